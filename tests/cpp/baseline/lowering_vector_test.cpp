// SPDX-License-Identifier: Apache-2.0
// Vector instructions as machine code against the functions of wasm/simd.h.
#if defined(__x86_64__) || defined(__aarch64__)

#include "catch.hpp"

#include "baseline/vector_machine.h"
#include "baseline/vector_operands.h"

using namespace vector_test;
namespace simd = epsilon::simd;

namespace {

struct OfOne {
    Opcode opcode;
    V128 (*reference)(V128);
};
struct OfTwo {
    Opcode opcode;
    V128 (*reference)(V128, V128);
};

const OfOne unaries[] = {
#define EPSILON_vector_unary_v_v(name, width) {Opcode::name, &simd::name},
#include "interp/opcode_families.inc"
};
const OfTwo binaries[] = {
#define EPSILON_vector_binary_vv_v(name, width) {Opcode::name, &simd::name},
#include "interp/opcode_families.inc"
};

std::string name_of(Opcode opcode) {
    return std::string(epsilon::opcode_info(opcode).text);
}

// Of two NaNs an operation gives one. Compilers may exchange the operands of the reference, and
// there are emulators that take the larger: the processor is asked.
V128 expected(const OfTwo& row, V128 a, V128 b) {
    const V128 result = row.reference(a, b);
    switch (row.opcode) {
        case Opcode::f32x4_min:
        case Opcode::f32x4_max:
            if (!extremes_give_operands) return result;
            [[fallthrough]];
        case Opcode::f32x4_add:
        case Opcode::f32x4_sub:
        case Opcode::f32x4_mul:
        case Opcode::f32x4_div:
            return simd::v128_bitselect(sum_of_f32x4(a, b), result,
                                        simd::f32x4_ne(a, a) & simd::f32x4_ne(b, b));
        case Opcode::f64x2_min:
        case Opcode::f64x2_max:
            if (!extremes_give_operands) return result;
            [[fallthrough]];
        case Opcode::f64x2_add:
        case Opcode::f64x2_sub:
        case Opcode::f64x2_mul:
        case Opcode::f64x2_div:
            return simd::v128_bitselect(sum_of_f64x2(a, b), result,
                                        simd::f64x2_ne(a, a) & simd::f64x2_ne(b, b));
        default:
            return result;
    }
}

// Runs the code with these operands; gives the first disagreement, or nothing.
std::string check_vector(const Machine& machine, Registers registers, Vec d, V128 want) {
    const Registers before = registers;
    machine.run(registers);
    const V128 got = registers.vector[size_t(d)];
    if (!same(got, want)) return "gives " + show(got) + ", not " + show(want);
    return touched(before, registers, Reg::none, int(d));
}

std::string check_unary(Machine& machine, const OfOne& unary, Vec d, Vec a, size_t step) {
    machine.make([&](Assembler& code) { lower_vector_unary(code, unary.opcode, d, a); });
    Registers registers = random_registers(1);
    for (size_t i = 0; i < pairs().size(); i += step) {
        const V128 operand = pairs()[i][i & 1];
        registers.vector[size_t(a)] = operand;
        const std::string failure = check_vector(machine, registers, d, unary.reference(operand));
        if (!failure.empty()) return "of " + show(operand) + ' ' + failure;
    }
    return "";
}

std::string check_binary(Machine& machine, const OfTwo& binary, Vec d, Vec a, Vec b, size_t step) {
    machine.make([&](Assembler& code) { lower_vector_binary(code, binary.opcode, d, a, b); });
    Registers registers = random_registers(2);
    for (size_t i = 0; i < pairs().size(); i += step) {
        registers.vector[size_t(a)] = pairs()[i][0];
        registers.vector[size_t(b)] = pairs()[i][1];
        const V128 x = registers.vector[size_t(a)], y = registers.vector[size_t(b)];
        const std::string failure = check_vector(machine, registers, d, expected(binary, x, y));
        if (!failure.empty()) return "of " + show(x) + " and " + show(y) + ' ' + failure;
    }
    return "";
}

}  // namespace

TEST_CASE("vectors of one operand", "[baseline]") {
    with_each_form([](Machine& machine) {
        for (const OfOne& unary : unaries) {
            INFO(name_of(unary.opcode) << " with " << machine.form().name());
            CHECK(check_unary(machine, unary, other_vectors[0], other_vectors[3], 1) == "");
            for (Vec d : vector_registers)
                for (Vec a : vector_registers)
                    CHECK(check_unary(machine, unary, d, a, 29) == "");
        }
    });
}

TEST_CASE("vectors of two operands", "[baseline]") {
    with_each_form([](Machine& machine) {
        for (const OfTwo& binary : binaries) {
            INFO(name_of(binary.opcode) << " with " << machine.form().name());
            CHECK(check_binary(machine, binary, other_vectors[0], other_vectors[1],
                               other_vectors[2], 1) == "");
            for (Vec d : vector_registers)
                for (Vec a : vector_registers)
                    for (Vec b : vector_registers)
                        CHECK(check_binary(machine, binary, d, a, b, 101) == "");
        }
    });
}

TEST_CASE("v128.bitselect", "[baseline]") {
    const auto check = [](Machine& machine, Vec d, Vec a, Vec b, Vec c) -> std::string {
        machine.make([&](Assembler& code) {
            lower_vector_ternary(code, Opcode::v128_bitselect, d, a, b, c);
        });
        Registers registers = random_registers(3);
        for (size_t i = 0; i < pairs().size(); i += 97) {
            registers.vector[size_t(a)] = pairs()[i][0];
            registers.vector[size_t(b)] = pairs()[i][1];
            registers.vector[size_t(c)] = pairs()[(i * 7 + 5000) % pairs().size()][0];
            const auto& operands = registers.vector;
            const std::string failure =
                check_vector(machine, registers, d,
                             simd::v128_bitselect(operands[size_t(a)], operands[size_t(b)],
                                                  operands[size_t(c)]));
            if (!failure.empty()) return failure;
        }
        return "";
    };
    with_each_form([&](Machine& machine) {
        for (Vec d : other_vectors)
            for (Vec a : other_vectors)
                for (Vec b : other_vectors)
                    for (Vec c : other_vectors)
                        CHECK(check(machine, d, a, b, c) == "");
    });
}

TEST_CASE("shifts of lanes", "[baseline]") {
    struct Row {
        Opcode opcode;
        V128 (*reference)(V128, uint32_t);
    };
    static const Row rows[] = {
#define EPSILON_vector_shift_vi_v(name, width) {Opcode::name, &simd::name},
#include "interp/opcode_families.inc"
    };
    std::vector<uint32_t> counts = {0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    for (uint32_t count = 0; count <= 130; ++count)
        counts.push_back(count);

    const auto check = [](Machine& machine, const Row& row, Vec d, Vec a, Reg reg, uint32_t count,
                          size_t step) -> std::string {
        static const Registers random = random_registers(14);
        Registers registers = random;
        if (reg != Reg::none) {
            registers.general[size_t(reg)] = 0xdeadbeef00000000 | count;
        }
        for (size_t i = count % step; i < pairs().size(); i += step) {
            const V128 operand = pairs()[i][0];
            registers.vector[size_t(a)] = operand;
            const std::string failure =
                check_vector(machine, registers, d, row.reference(operand, count));
            if (!failure.empty()) return "of " + show(operand) + ' ' + failure;
        }
        return "";
    };
    with_each_form([&](Machine& machine) {
        for (const Row& row : rows)
            for (Vec d : vector_registers)
                for (Vec a : {vector_registers[0], d}) {
                    INFO(name_of(row.opcode) << " with " << machine.form().name());
                    for (Reg reg : general_registers) {
                        machine.make([&](Assembler& code) {
                            lower_vector_shift(code, row.opcode, d, a, reg);
                        });
                        for (const uint32_t count : counts) {
                            INFO("by " << count);
                            CHECK(check(machine, row, d, a, reg, count, 701) == "");
                        }
                    }
                    for (const uint32_t count : counts) {
                        INFO("by the constant " << count);
                        machine.make([&](Assembler& code) {
                            lower_vector_shift(code, row.opcode, d, a, count);
                        });
                        CHECK(check(machine, row, d, a, Reg::none, count, 201) == "");
                    }
                }
    });
}

TEST_CASE("tests of lanes", "[baseline]") {
    struct Row {
        Opcode opcode;
        uint32_t (*reference)(V128);
    };
    static const Row rows[] = {
#define EPSILON_vector_test_v_i(name, width) {Opcode::name, &simd::name},
#include "interp/opcode_families.inc"
    };
    std::vector<V128> operands = {V128{0, 0}, V128{1, 0}, V128{0, uint64_t{1} << 63}};
    for (const auto& pair : pairs()) {
        operands.push_back(pair[0]);
        operands.push_back(simd::i8x16_eq(pair[0], pair[1]));
        operands.push_back(simd::i64x2_ne(pair[0], pair[1]));
    }
    for (int bit = 0; bit < 128; ++bit) {
        const V128 one =
            bit < 64 ? V128{uint64_t{1} << bit, 0} : V128{0, uint64_t{1} << (bit - 64)};
        operands.push_back(one);
        operands.push_back(~one);
    }
    for (int byte = 0; byte < 16; ++byte)
        operands.push_back(~simd::i8x16_replace_lane(V128{}, uint8_t(byte), 0xff));

    with_each_form([&](Machine& machine) {
        for (const Row& row : rows)
            for (Reg d : general_registers)
                for (Vec a : vector_registers) {
                    INFO(name_of(row.opcode) << " with " << machine.form().name());
                    machine.make(
                        [&](Assembler& code) { lower_vector_test(code, row.opcode, d, a); });
                    const Registers random = random_registers(4);
                    std::string failure;
                    for (size_t i = size_t(a) % 7; i < operands.size() && failure.empty(); i += 7) {
                        Registers before = random;
                        before.vector[size_t(a)] = operands[i];
                        Registers after = before;
                        machine.run(after);
                        failure = touched(before, after, d);
                        if (after.general[size_t(d)] != row.reference(operands[i])) {
                            failure = "of " + show(operands[i]) + " gives " +
                                      std::to_string(after.general[size_t(d)]);
                        }
                    }
                    CHECK(failure == "");
                }
    });
}

#endif

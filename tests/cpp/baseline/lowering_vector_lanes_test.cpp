// SPDX-License-Identifier: Apache-2.0
// Splats, lanes extracted and replaced, and constants as machine code.
#if defined(__x86_64__) || defined(__aarch64__)

#include "catch.hpp"

#include "baseline/vector_machine.h"

using namespace vector_test;
namespace simd = epsilon::simd;

namespace {

template <class T>
T from_bits(uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
template <class T>
uint64_t bits_of(T value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
}

// Scalars as their bits; floats are in vector registers.
struct Splat {
    Opcode opcode;
    bool is_float;
    V128 (*reference)(uint64_t);
};
struct Extract {
    Opcode opcode;
    bool is_float;
    unsigned size;  // of the lane
    uint64_t (*reference)(V128, uint8_t);
};
struct Replace {
    Opcode opcode;
    bool is_float;
    V128 (*reference)(V128, uint8_t, uint64_t);
};

#define SPLAT(name, is_float, T) \
    {Opcode::name, is_float, [](uint64_t bits) { return simd::name(from_bits<T>(bits)); }},
const Splat splats[] = {
#define EPSILON_vector_splat_i_v(name, width) SPLAT(name, false, uint32_t)
#define EPSILON_vector_splat_l_v(name, width) SPLAT(name, false, uint64_t)
#define EPSILON_vector_splat_f_v(name, width) SPLAT(name, true, float)
#define EPSILON_vector_splat_d_v(name, width) SPLAT(name, true, double)
#include "interp/opcode_families.inc"
};

#define EXTRACT(name, is_float, T)      \
    {Opcode::name, is_float, sizeof(T), \
     [](V128 a, uint8_t lane) { return bits_of<T>(simd::name(a, lane)); }},
const Extract extracts[] = {
#define EPSILON_vector_extract_v_i(name, width) EXTRACT(name, false, uint32_t)
#define EPSILON_vector_extract_v_l(name, width) EXTRACT(name, false, uint64_t)
#define EPSILON_vector_extract_v_f(name, width) EXTRACT(name, true, float)
#define EPSILON_vector_extract_v_d(name, width) EXTRACT(name, true, double)
#include "interp/opcode_families.inc"
};

#define REPLACE(name, is_float, T) \
    {Opcode::name, is_float,       \
     [](V128 a, uint8_t lane, uint64_t bits) { return simd::name(a, lane, from_bits<T>(bits)); }},
const Replace replaces[] = {
#define EPSILON_vector_replace_vi_v(name, width) REPLACE(name, false, uint32_t)
#define EPSILON_vector_replace_vl_v(name, width) REPLACE(name, false, uint64_t)
#define EPSILON_vector_replace_vf_v(name, width) REPLACE(name, true, float)
#define EPSILON_vector_replace_vd_v(name, width) REPLACE(name, true, double)
#include "interp/opcode_families.inc"
};

std::string_view text_of(Opcode opcode) {
    return epsilon::opcode_info(opcode).text;
}
// The second number of the shape that the instruction's name begins with.
unsigned lanes_of(Opcode opcode) {
    return unsigned(std::stoi(std::string(text_of(opcode).substr(text_of(opcode).find('x') + 1))));
}

// All random: NaNs of floats are among the bits.
constexpr int rounds = 40;

Registers operands(std::mt19937_64& random, int round) {
    Registers registers = random_registers(random());
    if (round % 4 == 0) {
        // Signaling NaNs, in either width.
        for (V128& vector : registers.vector)
            vector = (vector & 0x800fffff803fffff) | 0x7ff000007f800001;
    }
    return registers;
}

template <class Want>
std::string check(const Machine& machine, Vec d, Want want) {
    std::mt19937_64 random{5};
    for (int round = 0; round < rounds; ++round) {
        Registers registers = operands(random, round);
        const Registers before = registers;
        machine.run(registers);
        const V128 expected = want(before), got = registers.vector[size_t(d)];
        if (!same(got, expected)) return "gives " + show(got) + ", not " + show(expected);
        const std::string failure = touched(before, registers, Reg::none, int(d));
        if (!failure.empty()) return failure;
    }
    return "";
}

}  // namespace

TEST_CASE("splats", "[baseline]") {
    with_each_form([](Machine& machine) {
        for (const Splat& splat : splats)
            for (Vec d : vector_registers) {
                INFO(text_of(splat.opcode) << " with " << machine.form().name());
                if (splat.is_float) {
                    for (Vec a : vector_registers) {
                        machine.make(
                            [&](Assembler& code) { lower_vector_splat(code, splat.opcode, d, a); });
                        CHECK(check(machine, d, [&](const Registers& registers) {
                                  return splat.reference(registers.vector[size_t(a)][0]);
                              }) == "");
                    }
                } else {
                    for (Reg a : general_registers) {
                        machine.make(
                            [&](Assembler& code) { lower_vector_splat(code, splat.opcode, d, a); });
                        CHECK(check(machine, d, [&](const Registers& registers) {
                                  return splat.reference(registers.general[size_t(a)]);
                              }) == "");
                    }
                }
            }
    });
}

TEST_CASE("lanes replaced", "[baseline]") {
    with_each_form([](Machine& machine) {
        for (const Replace& replace : replaces)
            for (unsigned lane = 0; lane < lanes_of(replace.opcode); ++lane)
                for (Vec d : vector_registers)
                    for (Vec a : vector_registers) {
                        INFO(text_of(replace.opcode)
                             << ' ' << lane << " with " << machine.form().name());
                        const auto want = [&](const Registers& registers, uint64_t bits) {
                            return replace.reference(registers.vector[size_t(a)], uint8_t(lane),
                                                     bits);
                        };
                        if (replace.is_float) {
                            for (Vec b : vector_registers) {
                                machine.make([&](Assembler& code) {
                                    lower_vector_replace(code, replace.opcode, d, a, b, lane);
                                });
                                CHECK(check(machine, d, [&](const Registers& registers) {
                                          return want(registers, registers.vector[size_t(b)][0]);
                                      }) == "");
                            }
                        } else {
                            for (Reg b : general_registers) {
                                machine.make([&](Assembler& code) {
                                    lower_vector_replace(code, replace.opcode, d, a, b, lane);
                                });
                                CHECK(check(machine, d, [&](const Registers& registers) {
                                          return want(registers, registers.general[size_t(b)]);
                                      }) == "");
                            }
                        }
                    }
    });
}

TEST_CASE("integer lanes extracted", "[baseline]") {
    with_each_form([](Machine& machine) {
        for (const Extract& extract : extracts)
            for (unsigned lane = 0; lane < lanes_of(extract.opcode); ++lane)
                for (Vec a : vector_registers)
                    for (Reg d : general_registers) {
                        if (extract.is_float) continue;
                        INFO(text_of(extract.opcode)
                             << ' ' << lane << " with " << machine.form().name());
                        machine.make([&](Assembler& code) {
                            lower_vector_extract(code, extract.opcode, d, a, lane);
                        });
                        std::string failure;
                        std::mt19937_64 random{6};
                        for (int round = 0; round < rounds && failure.empty(); ++round) {
                            Registers registers = operands(random, round);
                            const Registers before = registers;
                            machine.run(registers);
                            failure = touched(before, registers, d);
                            // i32 results have upper halves of 0.
                            if (registers.general[size_t(d)] !=
                                extract.reference(before.vector[size_t(a)], uint8_t(lane))) {
                                failure = "of " + show(before.vector[size_t(a)]);
                            }
                        }
                        CHECK(failure == "");
                    }
    });
}

TEST_CASE("float lanes extracted", "[baseline]") {
    with_each_form([](Machine& machine) {
        for (const Extract& extract : extracts)
            for (unsigned lane = 0; lane < lanes_of(extract.opcode); ++lane)
                for (Vec a : vector_registers)
                    for (Vec d : vector_registers) {
                        if (!extract.is_float) continue;
                        INFO(text_of(extract.opcode)
                             << ' ' << lane << " with " << machine.form().name());
                        machine.make([&](Assembler& code) {
                            lower_vector_extract(code, extract.opcode, d, a, lane);
                        });
                        std::string failure;
                        std::mt19937_64 random{6};
                        for (int round = 0; round < rounds && failure.empty(); ++round) {
                            Registers registers = operands(random, round);
                            const Registers before = registers;
                            machine.run(registers);
                            failure = touched(before, registers, Reg::none, int(d));
                            const uint64_t want =
                                extract.reference(before.vector[size_t(a)], uint8_t(lane));
                            if (std::memcmp(&registers.vector[size_t(d)], &want, extract.size)) {
                                failure = "of " + show(before.vector[size_t(a)]);
                            }
                        }
                        CHECK(failure == "");
                    }
    });
}

TEST_CASE("v128.const", "[baseline]") {
    std::mt19937_64 random{8};
    std::vector<V128> constants = {V128{0, 0}, ~V128{0, 0}, V128{0, 1},
                                   V128{1, 0}, ~V128{0, 1}, V128{0, ~uint64_t{0}}};
    for (int i = 0; i < 10; ++i)
        constants.push_back(random_vector(random));
    // What may be an immediate: the same byte, bytes of 0 and 255, one byte of each lane or all but
    // one; also with one bit changed.
    for (int i = 0; i < 20; ++i) {
        const auto byte = uint8_t(random());
        const uint32_t word = uint32_t{byte} << i % 2 * 8;
        const uint32_t doubleword = uint32_t{byte} << i % 4 * 8;
        const auto mask = simd::i8x16_eq(simd::i64x2_splat(random() & 0x0101010101010101), V128{});
        for (const V128 constant :
             {simd::i8x16_splat(byte), mask, simd::i16x8_splat(word), ~simd::i16x8_splat(word),
              simd::i32x4_splat(doubleword), ~simd::i32x4_splat(doubleword)}) {
            constants.push_back(constant);
            constants.push_back(constant ^ V128{uint64_t{1} << random() % 64, 0});
            constants.push_back(constant ^ simd::i32x4_splat(1u << random() % 32));
        }
    }
    with_each_form([&](Machine& machine) {
        for (const V128 constant : constants)
            for (Vec d : vector_registers) {
                machine.make([&](Assembler& code) {
                    // More constants than one, some of them the same.
                    lower_vector_constant(code, scratch_vector,
                                          std::bit_cast<std::array<uint8_t, 16>>(V128{7, 7}));
                    lower_vector_constant(code, d,
                                          std::bit_cast<std::array<uint8_t, 16>>(constant));
                    lower_vector_constant(code, scratch_vector,
                                          std::bit_cast<std::array<uint8_t, 16>>(constant));
                });
                CHECK(check(machine, d, [&](const Registers&) { return constant; }) == "");
            }
    });
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Machine code of instructions on floats against wasm/numeric.h: the same bits for edges and for
// random operands, whichever of the registers are the same, in each form of the target's code.
#include "catch.hpp"

#if defined(__aarch64__)
#include "baseline/aarch64/float_machine.h"
#else
#include "baseline/x64/float_machine.h"
#endif

#include "baseline/executable.h"
#include "baseline/lowering.h"
#include "wasm/numeric.h"
#include "wasm/numeric_operands.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

using namespace float_test;
namespace numeric = epsilon::numeric;
using baseline_test::Executable;
using epsilon::Opcode;
using epsilon::Trap;
using numeric_test::BitsOf;
using numeric_test::show;

namespace {

struct Lane128 {
    uint64_t low = 0, high = 0;
    bool operator==(const Lane128&) const = default;
};

// All that the lowered code may and may not change. What it isn't to touch is compared only where
// asked for: that takes longer than the code itself.
struct Registers {
    std::array<Lane128, vector_count> vectors;
    std::array<uint64_t, general_registers.size()> general;
};

struct Operands {
    std::array<Lane128, 2> vectors;
    uint64_t integer = 0;
};

// What a call ends with.
enum class End : uint64_t { none, overflow, invalid };

// Registers by their numbers among those that hold slots; of general ones, among those that are
// tested, from 0 to 5.
struct Place {
    unsigned vector;
    unsigned general;
};
constexpr unsigned no_register = 100;

constexpr Vec vector_at(unsigned number) {
    return vector(Register(first_vector + number));
}
constexpr uint64_t initial_vector(unsigned number) {
    return UINT64_MAX - number;  // all ones: a NaN, should it be read
}
constexpr uint64_t initial_general(unsigned number) {
    return 0xaaaaaaaa00000000 + number;
}

// Code that loads operands, executes what `lower` gives, and stores all registers.
template <typename Lower>
std::unique_ptr<Executable> assemble(bool form, unsigned a, unsigned b, unsigned integer,
                                     Lower lower) {
    auto code = assembler(form);
    const Label overflow = code.new_label(), invalid = code.new_label();
    begin(code);
    for (unsigned i = 0; i < general_registers.size(); ++i)
        code.mov(general_registers[i], initial_general(i));
    for (unsigned i = 0; i < vector_count; ++i)
        load_constant(code, vector_at(i), UINT64_MAX, initial_vector(i));
    if (b != no_register) load_vector(code, vector_at(b), at(operands_register, 16));
    if (a != no_register) load_vector(code, vector_at(a), at(operands_register, 0));
    if (integer != no_register)
        code.load(Access::u64, general_registers[integer], at(operands_register, 32));
    lower(code, overflow, invalid);
    const Label end = code.new_label();
    code.mov(outcome_register, uint64_t(End::none));
    code.bind(end);
    for (unsigned i = 0; i < vector_count; ++i)
        store_vector(code, at(results_register, int32_t(16 * i)), vector_at(i));
    const auto after_vectors = int32_t(offsetof(Registers, general));
    for (unsigned i = 0; i < general_registers.size(); ++i)
        code.store(8, at(results_register, after_vectors + int32_t(8 * i)), general_registers[i]);
    code.ret();
    code.bind(overflow);
    code.mov(outcome_register, uint64_t(End::overflow));
    code.jmp(end);
    code.bind(invalid);
    code.mov(outcome_register, uint64_t(End::invalid));
    code.jmp(end);
    return std::make_unique<Executable>(code);
}

template <typename T>
uint64_t bits_of(T value) {
    if constexpr (std::is_floating_point_v<T>)
        return std::bit_cast<BitsOf<T>>(value);
    else
        return value;
}
// What is above an f32 means nothing.
template <typename T>
Lane128 in_vector(T value) {
    if constexpr (sizeof(T) == 4)
        return {bits_of(value) | 0x7ff7777700000000, 0x7ff5555555555555};
    else
        return {bits_of(value), 0x7ff5555555555555};
}
// Above an integer of 32 bits is zero.
template <typename T>
uint64_t in_register(T value) {
    return std::is_same_v<T, float> ? bits_of(value) | 0x1234567800000000 : bits_of(value);
}
template <typename T>
T from_bits(uint64_t bits) {
    if constexpr (std::is_floating_point_v<T>)
        return std::bit_cast<T>(BitsOf<T>(bits));
    else
        return T(bits);
}

// Half of them any bits; of the others, those of floats are near and within the ranges of
// integers, those of integers have any number of digits.
template <typename T>
std::vector<T> random_operands(size_t count, unsigned seed) {
    std::mt19937_64 random{seed};
    std::vector<T> operands;
    while (operands.size() < count) {
        const uint64_t bits = random();
        if (random() & 1)
            operands.push_back(from_bits<T>(bits));
        else if constexpr (std::is_floating_point_v<T>)
            operands.push_back(T(std::ldexp(double(int64_t(bits)), int(random() % 70) - int(66))));
        else
            operands.push_back(T(bits >> random() % (8 * sizeof(T))));
    }
    return operands;
}

// Collects what is wrong: an assertion for each operand would take most of the time.
class Failures {
public:
    Failures(Opcode opcode, bool form)
        : name_(std::string(opcode_info(opcode).text) + " (" + name_of(form) + ") ") {}
    ~Failures() {
        INFO(first_);
        CHECK(count_ == 0);
    }
    void add(const std::string& what) {
        if (count_++ == 0) first_ = name_ + what;
    }

private:
    std::string name_, first_;
    size_t count_ = 0;
};

// Everything but the result must be as it was; scratch registers are not looked at.
bool others_kept(const Registers& got, const Operands& operands, unsigned a, unsigned b,
                 unsigned integer, unsigned d, unsigned d_general) {
    bool kept = true;
    for (unsigned i = 0; i < vector_count; ++i) {
        const Lane128 before = i == a   ? operands.vectors[0]
                               : i == b ? operands.vectors[1]
                                        : Lane128{UINT64_MAX, initial_vector(i)};
        kept = kept && (i == d || got.vectors[i] == before);
    }
    for (unsigned i = 0; i < general_registers.size(); ++i) {
        const uint64_t before = i == integer ? operands.integer : initial_general(i);
        kept = kept && (i == d_general || got.general[i] == before);
    }
    return kept;
}

constexpr unsigned random_count = 100000;

// C++ leaves open which of two NaNs an operation gives, and there are emulators that take the
// larger: the processor is asked.
template <typename Float>
Float propagated(Float result, Float a, Float b) {
    return a == a && b == b ? result : sum(a, b);
}

template <typename Float>
void check_binary(Opcode opcode, Float (*operation)(Float, Float), bool of_bits = false) {
    struct Registers3 {
        unsigned d, a, b;
    };
    // Distinct ones, low and high; then each that may be the same.
    const std::vector<Registers3> choices = {{1, 2, 3},   {9, 2, 12}, {0, 13, 4},  {5, 5, 6},
                                             {10, 7, 10}, {3, 8, 8},  {11, 11, 11}};
    for (const bool form : forms()) {
        Failures failures(opcode, form);
        unsigned seed = 0;
        for (const Registers3& use : choices) {
            const unsigned d = use.d, a = use.a, b = use.b;
            const std::unique_ptr<Executable> code =
                assemble(form, a, b, 0, [&](Assembler& into, Label, Label) {
                    lower_float_binary(into, opcode, vector_at(d), vector_at(a), vector_at(b));
                });
            const auto check = [&](Float x, Float y, bool all) {
                if (a == b) y = x;
                const Operands operands{{in_vector(x), in_vector(y)}, 1};
                Registers got;
                code->call<uint64_t>(&operands, &got);
                const Float plain = operation(x, y);
                const Float want = of_bits ? plain : propagated(plain, x, y);
                const Float result = from_bits<Float>(got.vectors[d].low);
                if (bits_of(result) != bits_of(want))
                    failures.add(show(x) + ' ' + show(y) + " gives " + show(result) + ", not " +
                                 show(want));
                if (all && !others_kept(got, operands, a, b, 0, d, no_register))
                    failures.add("changes other registers");
            };
            const auto edges = numeric_test::float_edges<Float>();
            // All pairs once, a third of them for each other choice of registers.
            const size_t step = &use == &choices.front() ? 1 : 3;
            for (size_t i = 0; i < edges.size(); ++i)
                for (size_t j = i % step; j < edges.size(); j += step)
                    check(edges[i], edges[j], j % 16 == 0);
            const size_t count = random_count / choices.size() + 1;
            const auto x = random_operands<Float>(count, ++seed);
            const auto y = random_operands<Float>(count, ++seed);
            for (size_t i = 0; i < count; ++i)
                check(x[i], y[i], false);
        }
    }
}

// Of one operand, from and to any kind of register.
template <typename From, typename To, typename Lower>
void check_unary(Opcode opcode, To (*operation)(From), Lower lower) {
    constexpr bool from_float = std::is_floating_point_v<From>;
    constexpr bool to_float = std::is_floating_point_v<To>;
    struct Places {
        Place d, a;
    };
    const std::vector<Places> choices = {{{1, 1}, {2, 2}},  {{9, 3}, {12, 5}}, {{10, 0}, {4, 4}},
                                         {{5, 4}, {13, 0}}, {{3, 2}, {3, 2}},  {{11, 5}, {11, 5}}};
    for (const bool form : forms()) {
        Failures failures(opcode, form);
        unsigned seed = 0;
        for (const Places& use : choices) {
            const Place d = use.d, a = use.a;
            const unsigned a_vector = from_float ? a.vector : no_register;
            const unsigned a_general = from_float ? no_register : a.general;
            const std::unique_ptr<Executable> code =
                assemble(form, a_vector, a_vector, a_general,
                         [&](Assembler& into, Label overflow, Label invalid) {
                             lower(into, opcode, d, a, overflow, invalid);
                         });
            const auto check = [&](From x, bool all) {
                Operands operands;
                if constexpr (from_float)
                    operands.vectors[0] = operands.vectors[1] = in_vector(x);
                else
                    operands.integer = in_register(x);
                Registers got;
                code->call<uint64_t>(&operands, &got);
                const To want = operation(x);
                // An integer of 32 bits is zero above them.
                const uint64_t result = to_float ? bits_of(from_bits<To>(got.vectors[d.vector].low))
                                                 : got.general[d.general];
                if (result != bits_of(want))
                    failures.add(show(x) + " gives " + show(result) + ", not " +
                                 show(bits_of(want)));
                if (all && !others_kept(got, operands, a_vector, a_vector, a_general,
                                        to_float ? d.vector : no_register,
                                        to_float ? no_register : d.general))
                    failures.add("changes other registers");
            };
            for (const From x : numeric_test::edges_of<From>())
                check(x, true);
            for (const From x : random_operands<From>(random_count / choices.size() + 1, ++seed))
                check(x, false);
        }
    }
}

template <typename From, typename To>
void check_float(Opcode opcode, To (*operation)(From)) {
    check_unary(opcode, operation,
                [](Assembler& code, Opcode op, const Place& d, const Place& a, Label, Label) {
                    lower_float_unary(code, op, vector_at(d.vector), vector_at(a.vector));
                });
}
template <typename From, typename To>
void check_to_float(Opcode opcode, To (*operation)(From)) {
    check_unary(opcode, operation,
                [](Assembler& code, Opcode op, const Place& d, const Place& a, Label, Label) {
                    lower_int_to_float(code, op, vector_at(d.vector), general_registers[a.general]);
                });
}
template <typename From, typename To>
void check_to_int(Opcode opcode, To (*operation)(From)) {
    check_unary(opcode, operation,
                [](Assembler& code, Opcode op, const Place& d, const Place& a, Label, Label) {
                    lower_float_to_int(code, op, general_registers[d.general], vector_at(a.vector));
                });
}

template <typename From, typename To>
void check_trapping(Opcode opcode, Trap (*operation)(From, To*)) {
    const std::vector<Place> choices = {{2, 1}, {12, 5}, {3, 3}, {9, 0}};
    for (const bool form : forms()) {
        Failures failures(opcode, form);
        unsigned seed = 0;
        for (const Place& use : choices) {
            const unsigned a = use.vector, d = use.general;
            const std::unique_ptr<Executable> code = assemble(
                form, a, a, no_register, [&](Assembler& into, Label overflow, Label invalid) {
                    lower_float_to_int_trap(into, opcode, general_registers[d], vector_at(a),
                                            overflow, invalid);
                });
            const auto check = [&](From x) {
                const Operands operands{{in_vector(x), in_vector(x)}, 0};
                Registers got;
                const End end = code->call<End>(&operands, &got);
                To want{};
                const Trap trap = operation(x, &want);
                const End want_end = trap == Trap::none               ? End::none
                                     : trap == Trap::integer_overflow ? End::overflow
                                                                      : End::invalid;
                const uint64_t result = got.general[d];
                if (end != want_end || (end == End::none && result != want))
                    failures.add(show(x) + " gives " + show(result) + ", not " + show(want) +
                                 ", or ends in " + show(uint64_t(end)));
                if (!others_kept(got, operands, a, a, no_register, no_register, d))
                    failures.add("changes other registers");
            };
            for (const From x : numeric_test::float_edges<From>())
                check(x);
            for (const From x : random_operands<From>(random_count / choices.size(), ++seed))
                check(x);
        }
    }
}

}  // namespace

TEST_CASE("Lowered floats: operations of one operand", "[baseline]") {
    check_float(Opcode::f32_abs, numeric::f32_abs);
    check_float(Opcode::f32_neg, numeric::f32_neg);
    check_float(Opcode::f32_ceil, numeric::f32_ceil);
    check_float(Opcode::f32_floor, numeric::f32_floor);
    check_float(Opcode::f32_trunc, numeric::f32_trunc);
    check_float(Opcode::f32_nearest, numeric::f32_nearest);
    check_float(Opcode::f32_sqrt, numeric::f32_sqrt);
    check_float(Opcode::f64_abs, numeric::f64_abs);
    check_float(Opcode::f64_neg, numeric::f64_neg);
    check_float(Opcode::f64_ceil, numeric::f64_ceil);
    check_float(Opcode::f64_floor, numeric::f64_floor);
    check_float(Opcode::f64_trunc, numeric::f64_trunc);
    check_float(Opcode::f64_nearest, numeric::f64_nearest);
    check_float(Opcode::f64_sqrt, numeric::f64_sqrt);
    check_float(Opcode::f64_promote_f32, numeric::f64_promote_f32);
    check_float(Opcode::f32_demote_f64, numeric::f32_demote_f64);
}

TEST_CASE("Lowered floats: operations of two operands, f32", "[baseline]") {
    check_binary(Opcode::f32_add, numeric::f32_add);
    check_binary(Opcode::f32_sub, numeric::f32_sub);
    check_binary(Opcode::f32_mul, numeric::f32_mul);
    check_binary(Opcode::f32_div, numeric::f32_div);
    check_binary(Opcode::f32_min, numeric::f32_min);
    check_binary(Opcode::f32_max, numeric::f32_max);
    check_binary(Opcode::f32_copysign, numeric::f32_copysign, /*of_bits=*/true);
}

TEST_CASE("Lowered floats: operations of two operands, f64", "[baseline]") {
    check_binary(Opcode::f64_add, numeric::f64_add);
    check_binary(Opcode::f64_sub, numeric::f64_sub);
    check_binary(Opcode::f64_mul, numeric::f64_mul);
    check_binary(Opcode::f64_div, numeric::f64_div);
    check_binary(Opcode::f64_min, numeric::f64_min);
    check_binary(Opcode::f64_max, numeric::f64_max);
    check_binary(Opcode::f64_copysign, numeric::f64_copysign, /*of_bits=*/true);
}

TEST_CASE("Lowered floats: from integers", "[baseline]") {
    check_to_float(Opcode::f32_convert_i32_s, numeric::f32_convert_i32_s);
    check_to_float(Opcode::f32_convert_i32_u, numeric::f32_convert_i32_u);
    check_to_float(Opcode::f32_convert_i64_s, numeric::f32_convert_i64_s);
    check_to_float(Opcode::f32_convert_i64_u, numeric::f32_convert_i64_u);
    check_to_float(Opcode::f64_convert_i32_s, numeric::f64_convert_i32_s);
    check_to_float(Opcode::f64_convert_i32_u, numeric::f64_convert_i32_u);
    check_to_float(Opcode::f64_convert_i64_s, numeric::f64_convert_i64_s);
    check_to_float(Opcode::f64_convert_i64_u, numeric::f64_convert_i64_u);
    check_to_float(Opcode::f32_reinterpret_i32, numeric::f32_reinterpret_i32);
    check_to_float(Opcode::f64_reinterpret_i64, numeric::f64_reinterpret_i64);
}

TEST_CASE("Lowered floats: to integers, of which there is always one", "[baseline]") {
    check_to_int(Opcode::i32_trunc_sat_f32_s, numeric::i32_trunc_sat_f32_s);
    check_to_int(Opcode::i32_trunc_sat_f32_u, numeric::i32_trunc_sat_f32_u);
    check_to_int(Opcode::i32_trunc_sat_f64_s, numeric::i32_trunc_sat_f64_s);
    check_to_int(Opcode::i32_trunc_sat_f64_u, numeric::i32_trunc_sat_f64_u);
    check_to_int(Opcode::i64_trunc_sat_f32_s, numeric::i64_trunc_sat_f32_s);
    check_to_int(Opcode::i64_trunc_sat_f32_u, numeric::i64_trunc_sat_f32_u);
    check_to_int(Opcode::i64_trunc_sat_f64_s, numeric::i64_trunc_sat_f64_s);
    check_to_int(Opcode::i64_trunc_sat_f64_u, numeric::i64_trunc_sat_f64_u);
    check_to_int(Opcode::i32_reinterpret_f32, numeric::i32_reinterpret_f32);
    check_to_int(Opcode::i64_reinterpret_f64, numeric::i64_reinterpret_f64);
}

TEST_CASE("Lowered floats: to integers, or to a trap", "[baseline]") {
    check_trapping(Opcode::i32_trunc_f32_s, numeric::i32_trunc_f32_s);
    check_trapping(Opcode::i32_trunc_f32_u, numeric::i32_trunc_f32_u);
    check_trapping(Opcode::i32_trunc_f64_s, numeric::i32_trunc_f64_s);
    check_trapping(Opcode::i32_trunc_f64_u, numeric::i32_trunc_f64_u);
    check_trapping(Opcode::i64_trunc_f32_s, numeric::i64_trunc_f32_s);
    check_trapping(Opcode::i64_trunc_f32_u, numeric::i64_trunc_f32_u);
    check_trapping(Opcode::i64_trunc_f64_s, numeric::i64_trunc_f64_s);
    check_trapping(Opcode::i64_trunc_f64_u, numeric::i64_trunc_f64_u);
}

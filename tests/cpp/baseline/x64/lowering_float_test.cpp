// SPDX-License-Identifier: Apache-2.0
// Machine code of instructions on floats against wasm/numeric.h: the same bits for edges and for
// random operands, whichever of the registers are the same, with SSE and with AVX.
#include "catch.hpp"

#if defined(__x86_64__)

#include "baseline/x64/assembler.h"
#include "baseline/x64/executable.h"
#include "baseline/lowering.h"
#include "wasm/numeric.h"
#include "wasm/numeric_operands.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

using namespace epsilon::baseline;
namespace numeric = epsilon::numeric;
using baseline_test::Executable;
using epsilon::Opcode;
using epsilon::Trap;
using numeric_test::BitsOf;
using numeric_test::show;
using enum Reg;
using enum Width;
using enum Xmm;

namespace {

constexpr VectorCode load128 = {0xf3, 1, 0x6f}, store128 = {0xf3, 1, 0x7f};

struct Lane128 {
    uint64_t low = 0, high = 0;
    bool operator==(const Lane128&) const = default;
};

// All that the lowered code may and may not change. What it isn't to touch is compared only where
// asked for: that takes longer than the code itself.
struct Registers {
    std::array<Lane128, 14> vectors;
    std::array<uint64_t, 6> general;
};
constexpr std::array<Reg, 6> general = {rcx, rdx, rdi, r8, r10, r11};

struct Operands {
    std::array<Lane128, 2> vectors;
    uint64_t integer = 0;
};

// What a call ends with.
enum class End : uint64_t { none, overflow, invalid };

struct Place {
    Xmm vector;
    Reg integer;
};

// Code that loads operands, executes what `lower` gives, and stores all registers.
// r9 and rsi are not among those that are allocated: they address operands and results.
template <typename Lower>
std::unique_ptr<Executable> assemble(bool avx, Xmm a, Xmm b, Reg integer, Lower lower) {
    Assembler code(avx);
    const Label overflow = code.new_label(), invalid = code.new_label();
    code.mov(w64, r9, rdi);
    for (Reg r : general)
        code.mov(r, 0xaaaaaaaa00000000 + uint64_t(r));
    // All ones: a NaN, should it be read.
    for (unsigned i = 0; i < 14; ++i)
        code.vector1(load128, Xmm(i), code.constant64(UINT64_MAX, UINT64_MAX - i));
    code.vector1(load128, b, at(r9, 16));
    code.vector1(load128, a, at(r9, 0));
    code.load(Access::u64, integer, at(r9, 32));
    lower(code, overflow, invalid);
    const Label end = code.new_label();
    code.mov(rax, uint64_t(End::none));
    code.bind(end);
    for (unsigned i = 0; i < 14; ++i)
        code.vector_store(store128, at(rsi, int32_t(16 * i)), Xmm(i));
    for (unsigned i = 0; i < general.size(); ++i)
        code.store(8, at(rsi, int32_t(16 * 14 + 8 * i)), general[i]);
    code.ret();
    code.bind(overflow);
    code.mov(rax, uint64_t(End::overflow));
    code.jmp(end);
    code.bind(invalid);
    code.mov(rax, uint64_t(End::invalid));
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
template <typename T>
uint64_t in_register(T value) {
    return sizeof(T) == 4 ? bits_of(value) | 0x1234567800000000 : bits_of(value);
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

std::vector<bool> forms() {
    return processor().avx ? std::vector<bool>{false, true} : std::vector<bool>{false};
}

// Collects what is wrong: an assertion for each operand would take most of the time.
class Failures {
public:
    Failures(Opcode opcode, bool avx)
        : name_(std::string(opcode_info(opcode).text) + (avx ? " (AVX) " : " (SSE) ")) {}
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

// Everything but the result must be as it was; xmm14, xmm15 and rax are not looked at.
bool others_kept(const Registers& got, const Operands& operands, Xmm a, Xmm b, Reg integer, int d,
                 int d_general) {
    bool kept = true;
    for (unsigned i = 0; i < 14; ++i) {
        const Lane128 before = Xmm(i) == a   ? operands.vectors[0]
                               : Xmm(i) == b ? operands.vectors[1]
                                             : Lane128{UINT64_MAX, UINT64_MAX - i};
        kept = kept && (int(i) == d || got.vectors[i] == before);
    }
    for (unsigned i = 0; i < general.size(); ++i) {
        const Reg r = general[i];
        const uint64_t before = r == integer ? operands.integer : 0xaaaaaaaa00000000 + uint64_t(r);
        kept = kept && (int(r) == d_general || got.general[i] == before);
    }
    return kept;
}

constexpr unsigned random_count = 100000;

// Of two NaNs an operation gives the first. C++ leaves open which one, and there are emulators that
// take the larger: the processor is asked.
template <typename Float>
Float propagated(Float result, Float a, Float b) {
    if (a == a && b == b) return result;
    if constexpr (sizeof(Float) == 4)
        asm("addss %1, %0" : "+x"(a) : "x"(b));
    else
        asm("addsd %1, %0" : "+x"(a) : "x"(b));
    return a;
}

template <typename Float>
void check_binary(Opcode opcode, Float (*operation)(Float, Float), bool of_bits = false) {
    struct Registers3 {
        Xmm d, a, b;
    };
    // Distinct ones, low and high; then each that may be the same.
    const std::vector<Registers3> choices = {
        {xmm1, xmm2, xmm3},   {xmm9, xmm2, xmm12}, {xmm0, xmm13, xmm4},  {xmm5, xmm5, xmm6},
        {xmm10, xmm7, xmm10}, {xmm3, xmm8, xmm8},  {xmm11, xmm11, xmm11}};
    for (const bool avx : forms()) {
        Failures failures(opcode, avx);
        unsigned seed = 0;
        for (const Registers3& use : choices) {
            const Xmm d = use.d, a = use.a, b = use.b;
            const std::unique_ptr<Executable> code = assemble(
                avx, a, b, rcx,
                [&](Assembler& into, Label, Label) { lower_float_binary(into, opcode, d, a, b); });
            const auto check = [&](Float x, Float y, bool all) {
                if (a == b) y = x;
                const Operands operands{{in_vector(x), in_vector(y)}, 1};
                Registers got;
                code->call<uint64_t>(&operands, &got);
                const Float plain = operation(x, y);
                const Float want = of_bits ? plain : propagated(plain, x, y);
                const Float result = from_bits<Float>(got.vectors[unsigned(d)].low);
                if (bits_of(result) != bits_of(want))
                    failures.add(show(x) + ' ' + show(y) + " gives " + show(result) + ", not " +
                                 show(want));
                if (all && !others_kept(got, operands, a, b, rcx, int(d), -1))
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
    const std::vector<Places> choices = {{{xmm1, rdx}, {xmm2, rdi}},  {{xmm9, r8}, {xmm12, r11}},
                                         {{xmm10, rcx}, {xmm4, r10}}, {{xmm5, r10}, {xmm13, rcx}},
                                         {{xmm3, rdi}, {xmm3, rdi}},  {{xmm11, r11}, {xmm11, r11}}};
    for (const bool avx : forms()) {
        Failures failures(opcode, avx);
        unsigned seed = 0;
        for (const Places& use : choices) {
            const Place d = use.d, a = use.a;
            const Xmm a_vector = from_float ? a.vector : xmm0;
            const Reg a_integer = from_float ? rsi : a.integer;
            const std::unique_ptr<Executable> code =
                assemble(avx, a_vector, a_vector, from_float ? rax : a.integer,
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
                const auto number = std::find(general.begin(), general.end(), d.integer);
                const uint64_t result =
                    to_float ? bits_of(from_bits<To>(got.vectors[unsigned(d.vector)].low))
                             : got.general[size_t(number - general.begin())];
                if (result != bits_of(want))
                    failures.add(show(x) + " gives " + show(result) + ", not " +
                                 show(bits_of(want)));
                if (all &&
                    !others_kept(got, operands, a_vector, a_vector, a_integer,
                                 to_float ? int(d.vector) : -1, to_float ? -1 : int(d.integer)))
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
                    lower_float_unary(code, op, d.vector, a.vector);
                });
}
template <typename From, typename To>
void check_to_float(Opcode opcode, To (*operation)(From)) {
    check_unary(opcode, operation,
                [](Assembler& code, Opcode op, const Place& d, const Place& a, Label, Label) {
                    lower_int_to_float(code, op, d.vector, a.integer);
                });
}
template <typename From, typename To>
void check_to_int(Opcode opcode, To (*operation)(From)) {
    check_unary(opcode, operation,
                [](Assembler& code, Opcode op, const Place& d, const Place& a, Label, Label) {
                    lower_float_to_int(code, op, d.integer, a.vector);
                });
}

template <typename From, typename To>
void check_trapping(Opcode opcode, Trap (*operation)(From, To*)) {
    const std::vector<Place> choices = {{xmm2, rdx}, {xmm12, r11}, {xmm3, r8}, {xmm9, rcx}};
    for (const bool avx : forms()) {
        Failures failures(opcode, avx);
        unsigned seed = 0;
        for (const Place& use : choices) {
            const Xmm a = use.vector;
            const Reg d = use.integer;
            const std::unique_ptr<Executable> code =
                assemble(avx, a, a, rax, [&](Assembler& into, Label overflow, Label invalid) {
                    lower_float_to_int_trap(into, opcode, d, a, overflow, invalid);
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
                const auto number = std::find(general.begin(), general.end(), d);
                const uint64_t result = got.general[size_t(number - general.begin())];
                if (end != want_end || (end == End::none && result != want))
                    failures.add(show(x) + " gives " + show(result) + ", not " + show(want) +
                                 ", or ends in " + show(uint64_t(end)));
                if (!others_kept(got, operands, a, a, rsi, -1, int(d)))
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

#endif  // x86-64

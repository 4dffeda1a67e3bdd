// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "wasm/numeric.h"
#include "wasm/numeric_operands.h"
#include "wasm/trap.h"

using namespace epsilon::numeric;
using namespace numeric_test;
using epsilon::Trap;

namespace {

template <typename T>
using Signed = std::make_signed_t<T>;

template <typename T>
constexpr int width = sizeof(T) * 8;

template <typename T, typename Result>
struct Unary {
    const char* name;
    Result (*operation)(T);
    Result (*reference)(T);
};
template <typename T, typename Result>
struct Binary {
    const char* name;
    Result (*operation)(T, T);
    Result (*reference)(T, T);
};

template <typename T, typename Result>
void check(std::initializer_list<Unary<T, Result>> table) {
    for (const auto& row : table)
        for (T a : integer_edges<T>())
            if (row.operation(a) != row.reference(a))
                FAIL_CHECK(row.name << ' ' << show(a) << " gives " << show(row.operation(a)));
    SUCCEED();
}
template <typename T, typename Result>
void check(std::initializer_list<Binary<T, Result>> table) {
    for (const auto& row : table)
        for (T a : integer_edges<T>())
            for (T b : integer_edges<T>())
                if (row.operation(a, b) != row.reference(a, b))
                    FAIL_CHECK(row.name << ' ' << show(a) << ' ' << show(b) << " gives "
                                        << show(row.operation(a, b)));
    SUCCEED();
}

template <typename T>
bool bit(T a, int i) {
    return (a >> i & 1) != 0;
}

template <typename T>
T add(T a, T b) {
    return static_cast<T>(Wide{a} + Wide{b});
}
template <typename T>
T sub(T a, T b) {
    return static_cast<T>(Wide{a} - Wide{b});
}
template <typename T>
T mul(T a, T b) {
    T sum = 0;
    for (int i = 0; i < width<T>; ++i)
        if (bit(a, i)) sum += static_cast<T>(b << i);
    return sum;
}
template <typename T>
T and_(T a, T b) {
    return a & b;
}
template <typename T>
T or_(T a, T b) {
    return a | b;
}
template <typename T>
T xor_(T a, T b) {
    return a ^ b;
}
// Shifts and rotations, one place at a time.
template <typename T>
T shl(T a, T b) {
    for (T i = 0; i < b % width<T>; ++i)
        a = static_cast<T>(a + a);
    return a;
}
template <typename T>
T shr_u(T a, T b) {
    for (T i = 0; i < b % width<T>; ++i)
        a /= 2;
    return a;
}
template <typename T>
T shr_s(T a, T b) {
    const T sign = a & (T{1} << (width<T> - 1));
    for (T i = 0; i < b % width<T>; ++i)
        a = a / 2 | sign;
    return a;
}
template <typename T>
T rotl(T a, T b) {
    for (T i = 0; i < b % width<T>; ++i)
        a = static_cast<T>(a + a) | static_cast<T>(bit(a, width<T> - 1));
    return a;
}
template <typename T>
T rotr(T a, T b) {
    for (T i = 0; i < b % width<T>; ++i)
        a = a / 2 | static_cast<T>(T{bit(a, 0)} << (width<T> - 1));
    return a;
}

template <typename T>
T clz(T a) {
    T n = 0;
    for (int i = width<T> - 1; i >= 0 && !bit(a, i); --i)
        ++n;
    return n;
}
template <typename T>
T ctz(T a) {
    T n = 0;
    for (int i = 0; i < width<T> && !bit(a, i); ++i)
        ++n;
    return n;
}
template <typename T>
T popcnt(T a) {
    T n = 0;
    for (int i = 0; i < width<T>; ++i)
        n += bit(a, i);
    return n;
}
template <typename T, int bits>
T extend(T a) {
    for (int i = bits; i < width<T>; ++i)
        a = bit(a, bits - 1) ? a | T{1} << i : a & ~(T{1} << i);
    return a;
}

template <typename T>
Wide s(T a) {
    return Wide{static_cast<Signed<T>>(a)};
}
template <typename T>
Wide u(T a) {
    return Wide{a};
}
template <typename T>
uint32_t eqz(T a) {
    return u(a) == 0;
}
template <typename T>
uint32_t eq(T a, T b) {
    return u(a) == u(b);
}
template <typename T>
uint32_t ne(T a, T b) {
    return u(a) != u(b);
}
template <typename T>
uint32_t lt_s(T a, T b) {
    return s(a) < s(b);
}
template <typename T>
uint32_t lt_u(T a, T b) {
    return u(a) < u(b);
}
template <typename T>
uint32_t gt_s(T a, T b) {
    return s(a) > s(b);
}
template <typename T>
uint32_t gt_u(T a, T b) {
    return u(a) > u(b);
}
template <typename T>
uint32_t le_s(T a, T b) {
    return s(a) <= s(b);
}
template <typename T>
uint32_t le_u(T a, T b) {
    return u(a) <= u(b);
}
template <typename T>
uint32_t ge_s(T a, T b) {
    return s(a) >= s(b);
}
template <typename T>
uint32_t ge_u(T a, T b) {
    return u(a) >= u(b);
}

// Division in wider integers; the quotient tells whether it fits.
template <typename T>
void check_division(const char* name, Trap (*operation)(T, T, T*), bool is_signed, bool quotient) {
    constexpr T untouched = static_cast<T>(0x1234567890abcdef);
    for (T a : integer_edges<T>())
        for (T b : integer_edges<T>()) {
            T result = untouched, expected = untouched;
            Trap trap = Trap::none;
            const Wide x = is_signed ? s(a) : u(a), y = is_signed ? s(b) : u(b);
            if (y == 0)
                trap = Trap::integer_divide_by_zero;
            else if (quotient && is_signed && x / y > Wide{std::numeric_limits<Signed<T>>::max()})
                trap = Trap::integer_overflow;
            else
                expected = static_cast<T>(quotient ? x / y : x % y);
            if (operation(a, b, &result) != trap || result != expected)
                FAIL_CHECK(name << ' ' << show(a) << ' ' << show(b) << " gives " << show(result));
        }
    SUCCEED();
}

}  // namespace

TEST_CASE("integer arithmetic of 32 bits", "[wasm][numeric]") {
    using T = uint32_t;
    check<T, T>({{"add", i32_add, add},
                 {"sub", i32_sub, sub},
                 {"mul", i32_mul, mul},
                 {"and", i32_and, and_},
                 {"or", i32_or, or_},
                 {"xor", i32_xor, xor_},
                 {"shl", i32_shl, shl},
                 {"shr_s", i32_shr_s, shr_s},
                 {"shr_u", i32_shr_u, shr_u},
                 {"rotl", i32_rotl, rotl},
                 {"rotr", i32_rotr, rotr}});
    check<T, T>({{"clz", i32_clz, clz},
                 {"ctz", i32_ctz, ctz},
                 {"popcnt", i32_popcnt, popcnt},
                 {"extend8_s", i32_extend8_s, extend<T, 8>},
                 {"extend16_s", i32_extend16_s, extend<T, 16>}});
}

TEST_CASE("integer arithmetic of 64 bits", "[wasm][numeric]") {
    using T = uint64_t;
    check<T, T>({{"add", i64_add, add},
                 {"sub", i64_sub, sub},
                 {"mul", i64_mul, mul},
                 {"and", i64_and, and_},
                 {"or", i64_or, or_},
                 {"xor", i64_xor, xor_},
                 {"shl", i64_shl, shl},
                 {"shr_s", i64_shr_s, shr_s},
                 {"shr_u", i64_shr_u, shr_u},
                 {"rotl", i64_rotl, rotl},
                 {"rotr", i64_rotr, rotr}});
    check<T, T>({{"clz", i64_clz, clz},
                 {"ctz", i64_ctz, ctz},
                 {"popcnt", i64_popcnt, popcnt},
                 {"extend8_s", i64_extend8_s, extend<T, 8>},
                 {"extend16_s", i64_extend16_s, extend<T, 16>},
                 {"extend32_s", i64_extend32_s, extend<T, 32>}});
}

TEST_CASE("integer comparisons", "[wasm][numeric]") {
    check<uint32_t, uint32_t>({{"i32.eqz", i32_eqz, eqz}});
    check<uint32_t, uint32_t>({{"eq", i32_eq, eq},
                               {"ne", i32_ne, ne},
                               {"lt_s", i32_lt_s, lt_s},
                               {"lt_u", i32_lt_u, lt_u},
                               {"gt_s", i32_gt_s, gt_s},
                               {"gt_u", i32_gt_u, gt_u},
                               {"le_s", i32_le_s, le_s},
                               {"le_u", i32_le_u, le_u},
                               {"ge_s", i32_ge_s, ge_s},
                               {"ge_u", i32_ge_u, ge_u}});
    check<uint64_t, uint32_t>({{"i64.eqz", i64_eqz, eqz}});
    check<uint64_t, uint32_t>({{"eq", i64_eq, eq},
                               {"ne", i64_ne, ne},
                               {"lt_s", i64_lt_s, lt_s},
                               {"lt_u", i64_lt_u, lt_u},
                               {"gt_s", i64_gt_s, gt_s},
                               {"gt_u", i64_gt_u, gt_u},
                               {"le_s", i64_le_s, le_s},
                               {"le_u", i64_le_u, le_u},
                               {"ge_s", i64_ge_s, ge_s},
                               {"ge_u", i64_ge_u, ge_u}});
}

TEST_CASE("integer division and its traps", "[wasm][numeric]") {
    check_division<uint32_t>("i32.div_s", i32_div_s, true, true);
    check_division<uint32_t>("i32.div_u", i32_div_u, false, true);
    check_division<uint32_t>("i32.rem_s", i32_rem_s, true, false);
    check_division<uint32_t>("i32.rem_u", i32_rem_u, false, false);
    check_division<uint64_t>("i64.div_s", i64_div_s, true, true);
    check_division<uint64_t>("i64.div_u", i64_div_u, false, true);
    check_division<uint64_t>("i64.rem_s", i64_rem_s, true, false);
    check_division<uint64_t>("i64.rem_u", i64_rem_u, false, false);

    uint32_t result = 7;
    CHECK(i32_div_s(0x80000000, 0xffffffff, &result) == Trap::integer_overflow);
    CHECK(result == 7);
    CHECK(i32_rem_s(0x80000000, 0xffffffff, &result) == Trap::none);
    CHECK(result == 0);
}

TEST_CASE("texts of the traps", "[wasm][trap]") {
    CHECK(epsilon::trap_text(Trap::none) == "");
    CHECK(epsilon::trap_text(Trap::unreachable) == "unreachable");
    CHECK(epsilon::trap_text(Trap::integer_divide_by_zero) == "integer divide by zero");
    CHECK(epsilon::trap_text(Trap::integer_overflow) == "integer overflow");
    CHECK(epsilon::trap_text(Trap::invalid_conversion_to_integer) ==
          "invalid conversion to integer");
    CHECK(epsilon::trap_text(Trap::out_of_bounds_memory_access) == "out of bounds memory access");
    CHECK(epsilon::trap_text(Trap::out_of_bounds_table_access) == "out of bounds table access");
    CHECK(epsilon::trap_text(Trap::undefined_element) == "undefined element");
    CHECK(epsilon::trap_text(Trap::uninitialized_element) == "uninitialized element");
    CHECK(epsilon::trap_text(Trap::indirect_call_type_mismatch) == "indirect call type mismatch");
    CHECK(epsilon::trap_text(Trap::call_stack_exhausted) == "call stack exhausted");
    CHECK(epsilon::trap_text(static_cast<Trap>(0xff)) == "");
}

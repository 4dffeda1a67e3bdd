// SPDX-License-Identifier: Apache-2.0
// Labels, constants and data: what is not in the bytes of single instructions, for which see
// encode*_test.cpp.
#include "catch.hpp"

#include "baseline/aarch64/assembler.h"
#include "baseline/encoded.h"
#include "baseline/executable.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace epsilon::baseline;
using baseline_test::Encoded;
using baseline_test::Executable;
using enum Reg;
using enum Vec;
using enum Width;

namespace {

constexpr uint32_t mebi = 1 << 20;

void fill(Assembler& code, uint32_t bytes) {
    code.data(std::vector<uint8_t>(bytes));  // which are no instruction
}

// Gives a function 1 as its result, or 2.
void give(Assembler& code, uint64_t result) {
    code.mov(x0, result);
    code.ret();
}

// The ways to a label, each with the bytes that it reaches: forwards to the last multiple of
// `unit` before `reach`.
struct Way {
    const char* name;
    std::function<void(Assembler&, Label)> go;
    uint32_t unit;
    uint32_t start;  // of the instruction that has the distance, in the code
};
// All jump: the function is given 0.
const Way ways[] = {
    {"jcc",
     [](Assembler& code, Label label) {
         code.cmp(w64, x0, 0);
         code.jcc(Cond::eq, label);
     },
     4, 4},
    {"cbz", [](Assembler& code, Label label) { code.cbz(w32, x0, label); }, 4, 0},
    {"cbz of 64 bits", [](Assembler& code, Label label) { code.cbz(w64, x0, label); }, 4, 0},
    {"cbnz",
     [](Assembler& code, Label label) {
         code.mov(x0, 1);
         code.cbnz(w32, x0, label);
     },
     4, 4},
    {"cbnz of 64 bits",
     [](Assembler& code, Label label) {
         code.mov(x0, 0x100000000);
         code.cbnz(w64, x0, label);
     },
     4, 4},
    {"lea",
     [](Assembler& code, Label label) {
         code.lea(x3, label);
         code.jmp(x3);
     },
     4, 0},
};

// Code whose way to the label is so far. False if finish() refuses it; it must give 2 otherwise.
bool goes(const Way& way, bool far, int64_t distance) {
    Assembler code;
    if (far) code.use_far_distances();
    const Label start = code.new_label(), label = code.new_label();
    code.jmp(start);
    const auto put_label = [&] {
        code.bind(label);
        give(code, 2);
    };
    if (distance < 0) {
        put_label();
        // Up to the instruction that has the distance.
        fill(code, uint32_t(-distance) - 8 - way.start);
        code.bind(start);
        way.go(code, label);
        give(code, 1);
    } else {
        code.bind(start);
        const uint32_t from = code.position() + way.start;
        way.go(code, label);
        give(code, 1);
        fill(code, uint32_t(distance) - (code.position() - from));
        put_label();
    }
    if (!code.finish()) return false;
    CHECK(Executable(code.code()).call<uint64_t>(uint64_t{0}) == 2);
    return true;
}

}  // namespace

TEST_CASE("The encoder: branches near and far", "[baseline]") {
    for (const Way& way : ways) {
        INFO(way.name);
        for (const int64_t distance :
             {int64_t{64}, int64_t{-64}, int64_t{mebi - 4}, -int64_t{mebi}}) {
            INFO(distance);
            CHECK(goes(way, false, distance));
            CHECK(goes(way, true, distance));
        }
        for (const int64_t distance :
             {int64_t{mebi}, -int64_t{mebi} - 4, int64_t{3 * mebi}, -int64_t{5 * mebi}}) {
            INFO(distance);
            CHECK_FALSE(goes(way, false, distance));
            CHECK(goes(way, true, distance));
        }
    }
}

TEST_CASE("The encoder: jumps reach far always", "[baseline]") {
    const Way way = {"jmp", [](Assembler& code, Label label) { code.jmp(label); }, 4, 0};
    for (const bool far : {false, true}) {
        for (const int64_t distance :
             {int64_t{64}, int64_t{-64}, int64_t{4 * mebi}, -int64_t{4 * mebi}}) {
            CHECK(goes(way, far, distance));
        }
    }
}

TEST_CASE("The encoder: addresses of labels at any byte", "[baseline]") {
    const auto address = [](bool far, bool forward, uint32_t distance) -> int64_t {
        Assembler code;
        if (far) code.use_far_distances();
        const Label label = code.new_label(), start = code.new_label();
        code.jmp(start);
        if (!forward) {
            // Instructions are at multiples of 4.
            fill(code, 3 - (distance + 3) % 4);
            code.bind(label);
            fill(code, distance);
        }
        code.bind(start);
        const uint32_t from = code.position();
        CHECK(from % 4 == 0);
        code.lea(x0, label);
        code.ret();
        if (forward) {
            fill(code, distance - (code.position() - from));
            code.bind(label);
        }
        if (!code.finish()) return 0;
        const Executable function(code.code());
        return int64_t(function.call<uint64_t>() - function.address()) - int64_t{from};
    };
    for (const bool far : {false, true}) {
        for (uint32_t distance = 100; distance < 108; ++distance) {
            CHECK(address(far, true, distance) == int64_t{distance});
            CHECK(address(far, false, distance) == -int64_t{distance});
        }
        CHECK(address(far, true, mebi - 1) == mebi - 1);
        CHECK(address(far, false, mebi) == -int64_t{mebi});
        CHECK(address(far, true, mebi) == (far ? mebi : 0));
        CHECK(address(far, false, mebi + 1) == (far ? -int64_t{mebi} - 1 : 0));
        CHECK(address(far, true, 0x234567) == (far ? 0x234567 : 0));
        CHECK(address(far, false, 0x234567) == (far ? -0x234567 : 0));
    }
}

TEST_CASE("The encoder: conditions are those of comparisons", "[baseline]") {
    const std::pair<Cond, bool (*)(int64_t, int64_t)> rows[] = {
        {Cond::eq, [](int64_t a, int64_t b) { return a == b; }},
        {Cond::ne, [](int64_t a, int64_t b) { return a != b; }},
        {Cond::hs, [](int64_t a, int64_t b) { return uint64_t(a) >= uint64_t(b); }},
        {Cond::lo, [](int64_t a, int64_t b) { return uint64_t(a) < uint64_t(b); }},
        {Cond::mi, [](int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)) < 0; }},
        {Cond::pl, [](int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)) >= 0; }},
        {Cond::vs, [](int64_t a, int64_t b) { return __builtin_sub_overflow(a, b, &a); }},
        {Cond::vc, [](int64_t a, int64_t b) { return !__builtin_sub_overflow(a, b, &a); }},
        {Cond::hi, [](int64_t a, int64_t b) { return uint64_t(a) > uint64_t(b); }},
        {Cond::ls, [](int64_t a, int64_t b) { return uint64_t(a) <= uint64_t(b); }},
        {Cond::ge, [](int64_t a, int64_t b) { return a >= b; }},
        {Cond::lt, [](int64_t a, int64_t b) { return a < b; }},
        {Cond::gt, [](int64_t a, int64_t b) { return a > b; }},
        {Cond::le, [](int64_t a, int64_t b) { return a <= b; }},
    };
    constexpr int64_t operands[] = {
        0, 1, 2, -1, -2, INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1};
    for (const auto& [cond, holds] : rows) {
        for (const bool far : {false, true}) {
            Assembler code;
            if (far) code.use_far_distances();
            const Label yes = code.new_label();
            // Three answers, which must be the same: a digit each.
            code.cmp(w64, x0, x1);
            code.mov(x0, UINT64_MAX);
            code.cset(cond, x0);
            code.mov(x3, 10);
            code.csel(cond, w64, x3, x3, zero);
            code.alu(Alu::add, w64, x0, x0, x3);
            code.jcc(cond, yes);
            code.ret();
            code.bind(yes);
            code.alu(Alu::add, w64, x0, x0, 100);
            code.ret();
            const Executable function(code);
            for (const int64_t a : operands) {
                for (const int64_t b : operands) {
                    INFO(int(cond) << ' ' << a << ' ' << b);
                    CHECK(function.call<uint64_t>(a, b) == (holds(a, b) ? 111 : 0));
                    CHECK(holds(a, b) != rows[size_t(inverted(cond))].second(a, b));
                }
            }
        }
    }
}

TEST_CASE("The encoder: comparisons with zero look at their width", "[baseline]") {
    for (const bool far : {false, true}) {
        for (const Width width : {w32, w64}) {
            for (const bool of_zero : {false, true}) {
                Assembler code;
                if (far) code.use_far_distances();
                const Label label = code.new_label();
                if (of_zero)
                    code.cbz(width, x0, label);
                else
                    code.cbnz(width, x0, label);
                give(code, 1);
                code.bind(label);
                give(code, 2);
                const Executable function(code);
                for (const uint64_t value :
                     {uint64_t{0}, uint64_t{1}, uint64_t{1} << 31, uint64_t{1} << 32, UINT64_MAX}) {
                    const bool is_zero = (width == w64 ? value : uint32_t(value)) == 0;
                    CHECK(function.call<uint64_t>(value) == (is_zero == of_zero ? 2 : 1));
                }
            }
        }
    }
}

TEST_CASE("The encoder: loops and jumps run", "[baseline]") {
    // The sum of 1..n, with the parts in an order that needs jumps both ways.
    for (const uint32_t apart : {0u, 200u, 2 * mebi}) {
        Assembler code;
        if (apart > mebi) code.use_far_distances();
        const Label body = code.new_label(), test = code.new_label(), done = code.new_label();
        code.mov(x3, 0);
        code.jmp(test);
        fill(code, apart);
        code.bind(body);
        code.alu(Alu::add, w64, x3, x3, x0);
        code.alu(Alu::sub, w64, x0, x0, 1);
        code.jmp(test);
        fill(code, apart);
        code.bind(test);
        code.cbnz(w64, x0, body);
        code.lea(x4, done);
        code.jmp(x4);
        fill(code, apart);
        code.bind(done);
        code.mov(w64, x0, x3);
        code.ret();
        CHECK(Executable(code).call<uint64_t>(uint64_t{1000}) == 500500);
    }
}

TEST_CASE("The encoder: constants are behind the code, equal ones together", "[baseline]") {
    Encoded code;
    int pointee = 0;
    const auto pointer = reinterpret_cast<uint64_t>(&pointee);
    code.constant(v1, 1, 0);
    code.constant(v30, 1, 0);
    code.constant(v2, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
    code.address(x3, &pointee);
    code.constant(v3, pointer, 0);  // the same too
    code.constant(v4, 1, 0);
    code.mov(w64, x0, x3);
    code.ret();
    CHECK(code.finish());
    REQUIRE(code.position() == 32 + 3 * 16);
    const auto word = [&](size_t at) {
        uint64_t word;
        std::memcpy(&word, code.code().data() + at, 8);
        return word;
    };
    CHECK(word(32) == 1);
    CHECK(word(40) == 0);
    CHECK(word(48) == 0x0706050403020100);
    CHECK(word(56) == 0x0f0e0d0c0b0a0908);
    CHECK(word(64) == pointer);
    CHECK(word(72) == 0);
    CHECK(Executable(code.code()).call<uint64_t>() == pointer);
}

TEST_CASE("The encoder: any number of constants, near and far", "[baseline]") {
    constexpr uint64_t count = 20000;
    for (const bool far : {false, true}) {
        Assembler code;
        if (far) code.use_far_distances();
        code.mov(x3, 0);
        code.mov(x16, 0);  // no constant may take it
        for (uint64_t round = 0; round < 2; ++round) {
            for (uint64_t i = 0; i < count; ++i) {
                const Vec d = i % 2 == 0 ? v0 : v31;
                code.constant(d, i, 3 * i);
                code.from_vector(w64, x4, d);
                code.alu(Alu::add, w64, x3, x3, x4);
                code.op(0x5e180400, d, d);  // mov d, v.d[1]: the upper half
                code.from_vector(w64, x4, d);
                code.alu(Alu::add, w64, x3, x3, x4);
            }
        }
        code.alu(Alu::add, w64, x0, x3, x16);
        code.ret();
        CHECK(Executable(code).call<uint64_t>() == 4 * count * (count - 1));
    }
}

TEST_CASE("The encoder: constants from behind other code", "[baseline]") {
    int pointee = 0;
    for (const bool far : {false, true}) {
        for (const bool of_vector : {false, true}) {
            for (const uint32_t apart : {0u, 1000u, mebi - 16, mebi, 3 * mebi}) {
                Assembler code;
                if (far) code.use_far_distances();
                const uint64_t value = of_vector ? 0x123456789abcdef0 : uint64_t(&pointee);
                if (of_vector) {
                    code.constant(v16, 5, value);
                    code.op(0x5e180400, v16, v16);
                    code.from_vector(w64, x0, v16);
                } else {
                    code.address(x0, &pointee);
                }
                code.ret();
                fill(code, apart - (apart < 16 ? 0 : 16));
                INFO(far << of_vector << ' ' << apart);
                if (!far && apart >= mebi) {
                    CHECK_FALSE(code.finish());
                    continue;
                }
                CHECK(code.finish());
                CHECK(Executable(code.code()).call<uint64_t>() == value);
            }
        }
    }
}

TEST_CASE("The encoder: alignment, behind data of any size too", "[baseline]") {
    for (const uint32_t bytes : {4u, 8u, 16u, 64u}) {
        for (uint32_t before = 0; before < 70; ++before) {
            Assembler code;
            const Label end = code.new_label();
            code.jmp(end);
            std::vector<uint8_t> data(before);
            for (uint32_t i = 0; i < before; ++i) {
                data[i] = uint8_t(i + 1);
            }
            const uint32_t start = code.position();
            code.data(data);
            CHECK(code.position() == start + before);
            code.align(bytes);
            CHECK(code.position() % bytes == 0);
            CHECK(code.position() < start + before + bytes);
            code.bind(end);
            code.word(0xd503201f);
            // Through nops, from instructions on.
            code.align(bytes);
            give(code, 7);
            CHECK(std::memcmp(code.code().data() + start, data.data(), before) == 0);
            CHECK(Executable(code).call<uint64_t>() == 7);
        }
    }
}

TEST_CASE("The encoder: data of any size", "[baseline]") {
    Assembler code;
    std::vector<uint8_t> all;
    for (uint32_t size = 1; size < 200000; size = size * 3 + 1) {
        std::vector<uint8_t> part(size);
        for (uint32_t i = 0; i < size; ++i) {
            part[i] = uint8_t(i * 7 + size);
        }
        code.data(part);
        all.insert(all.end(), part.begin(), part.end());
    }
    code.data({});
    CHECK(std::vector<uint8_t>(code.code().begin(), code.code().end()) == all);
}

TEST_CASE("The encoder: it is used again after clear, for near distances", "[baseline]") {
    Encoded code;
    code.use_far_distances();
    const Label unused = code.new_label();
    code.jcc(Cond::ne, unused);
    code.lea(x3, unused);
    code.address(x3, &code);
    code.clear();
    CHECK(code.position() == 0);
    CHECK(code.code().empty());
    const Label label = code.new_label();
    CHECK_FALSE(code.is_bound(label));
    code.jcc(Cond::ne, label);
    code.bind(label);
    code.constant(v3, 1, 2);
    CHECK(code.finish());
    CHECK(code.position() == 32);
    code.is("b.ne; ldr; nop; nop; constant",
            "21000054"
            "6300009c"
            "1f2003d5"
            "1f2003d5"
            "01000000000000000200000000000000");
}

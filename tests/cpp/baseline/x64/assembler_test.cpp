// SPDX-License-Identifier: Apache-2.0
// What is not in the bytes of single instructions, for which see encode_*_test.cpp.
#include "catch.hpp"

#include "baseline/encoded.h"
#include "baseline/executable.h"
#include "baseline/x64/assembler.h"

#include <array>
#include <cstdint>
#include <vector>

using namespace epsilon::baseline;
using baseline_test::Encoded;
using baseline_test::Executable;
using enum Reg;
using enum Width;
using enum Xmm;

TEST_CASE("The encoder: jumps to bound labels are short where they reach", "[baseline]") {
    Encoded code(/*avx=*/false);
    const auto fill = [&code](unsigned bytes) {
        for (unsigned i = 0; i < bytes; ++i) {
            code.ret();
        }
    };
    const auto at_distance = [&](unsigned bytes, auto jump, const char* text, const char* hex) {
        const Label label = code.new_label();
        CHECK_FALSE(code.is_bound(label));
        code.bind(label);
        CHECK(code.is_bound(label));
        CHECK(code.position_of(label) == code.position());
        fill(bytes);
        std::string filled;
        for (unsigned i = 0; i < bytes; ++i) {
            filled += "c3";
        }
        jump(label);
        code.is(text, filled + hex);
    };
    const auto jmp = [&code](Label label) { code.jmp(label); };
    const auto jne = [&code](Label label) { code.jcc(Cond::ne, label); };
    at_distance(0, jmp, "to itself", "ebfe");
    at_distance(0, jne, "to itself", "75fe");
    at_distance(126, jmp, "-128", "eb80");
    at_distance(126, jne, "-128", "7580");
    // The distances are set by finish().
    at_distance(127, jmp, "-132", "e900000000");
    at_distance(127, jne, "-133", "0f8500000000");
}

TEST_CASE("The encoder: distances to labels", "[baseline]") {
    Encoded code(/*avx=*/false);
    const Label start = code.new_label(), end = code.new_label();
    code.bind(start);
    for (int i = 0; i < 200; ++i) {
        code.ret();
    }
    code.jmp(start);
    code.jcc(Cond::g, start);
    code.lea(r9, start);
    code.jmp(end);
    code.jcc(Cond::g, end);
    code.lea(rax, end);
    code.bind(end);
    code.finish();
    const auto bytes = code.code().subspan(200);
    const std::vector<uint8_t> expected = {
        0xe9, 0x33, 0xff, 0xff, 0xff,              // -205
        0x0f, 0x8f, 0x2d, 0xff, 0xff, 0xff,        // -211
        0x4c, 0x8d, 0x0d, 0x26, 0xff, 0xff, 0xff,  // -218
        0xe9, 0x0d, 0x00, 0x00, 0x00,              // 13
        0x0f, 0x8f, 0x07, 0x00, 0x00, 0x00,        // 7
        0x48, 0x8d, 0x05, 0x00, 0x00, 0x00, 0x00,  // 0
    };
    CHECK(std::vector<uint8_t>(bytes.begin(), bytes.end()) == expected);
}

TEST_CASE("The encoder: constants are behind the code, equal ones together", "[baseline]") {
    Encoded code(/*avx=*/true);
    const Mem one = code.constant64(1), again = code.constant64(1, 1), two = code.constant32(2);
    CHECK(one.constant == again.constant);
    CHECK(one.constant != two.constant);
    code.load(Access::u64, rcx, one);
    Mem second = two;
    second.disp = 12;
    code.load(Access::u32, rcx, second);
    code.finish();
    CHECK(code.position() == 48);
    code.is("mov rcx,[rip+9]; mov ecx,[rip+31]; nop; constants",
            "488b0d09000000"
            "8b0d1f000000"
            "0f1f00"
            "01000000000000000100000000000000"
            "02000000020000000200000002000000");
}

TEST_CASE("The encoder: any number of constants", "[baseline]") {
    Assembler code(/*avx=*/false);
    constexpr uint64_t count = 20000;
    code.zero(rax);
    for (uint64_t round = 0; round < 2; ++round) {
        for (uint64_t i = 0; i < count; ++i) {
            code.alu(Alu::add, w64, rax, code.constant64(i, 3 * i));
        }
    }
    code.ret();
    CHECK(Executable(code).call<uint64_t>() == count * (count - 1));
}

TEST_CASE("The encoder: it is used again after clear", "[baseline]") {
    Encoded code(/*avx=*/false);
    const Label unused = code.new_label();
    code.jmp(unused);
    code.load(Access::u64, rax, code.constant64(1));
    code.clear();
    CHECK(code.position() == 0);
    const Label label = code.new_label();
    CHECK_FALSE(code.is_bound(label));
    code.load(Access::u64, rax, code.constant64(1));
    code.bind(label);
    code.finish();
    code.is("mov rax,[rip+9]",
            "488b0509000000"
            "0f1f840000000000"
            "90"
            "01000000000000000100000000000000");
}

TEST_CASE("The encoder: single bytes make room too", "[baseline]") {
    Assembler code(/*avx=*/false);
    for (int i = 0; i < 10000; ++i) {
        code.cdq();
        code.cqo();
        code.ret();
        code.trap();
    }
    const auto bytes = code.code();
    REQUIRE(bytes.size() == 60000);
    const std::array<uint8_t, 6> expected = {0x99, 0x48, 0x99, 0xc3, 0x0f, 0x0b};
    size_t wrong = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        wrong += bytes[i] != expected[i % 6];
    }
    CHECK(wrong == 0);
}

#if defined(__x86_64__)

TEST_CASE("The encoder: filling up with nops does nothing", "[baseline]") {
    for (unsigned bytes : {1u, 2u, 4u, 8u, 16u, 32u}) {
        for (unsigned before = 0; before < 32; ++before) {
            Assembler code(/*avx=*/false);
            const Label end = code.new_label();
            code.mov(rax, 7);
            const uint32_t start = code.position();
            while (code.position() < start + before) {
                code.cdq();
            }
            code.align(bytes);
            CHECK(code.position() % bytes == 0);
            CHECK(code.position() < start + before + bytes);
            code.jmp(end);
            code.trap();
            code.bind(end);
            code.ret();
            CHECK(Executable(code).call<uint64_t>() == 7);
        }
    }
}

TEST_CASE("The encoder: loops and jumps run", "[baseline]") {
    // The sum of 1..n, with the parts in an order that needs jumps both ways.
    for (unsigned apart : {0u, 50u, 200u}) {
        Assembler code(/*avx=*/false);
        const Label body = code.new_label(), test = code.new_label(), done = code.new_label();
        const auto gap = [&] {
            for (unsigned i = 0; i < apart; ++i) {
                code.trap();
            }
        };
        code.zero(rax);
        code.jmp(test);
        gap();
        code.bind(body);
        code.alu(Alu::add, w64, rax, rdi);
        code.alu(Alu::sub, w64, rdi, 1);
        code.jmp(test);
        gap();
        code.bind(test);
        code.test(w64, rdi, rdi);
        code.jcc(Cond::ne, body);
        code.lea(rcx, done);
        code.jmp(rcx);
        gap();
        code.bind(done);
        code.ret();
        CHECK(Executable(code).call<uint64_t>(uint64_t{1000}) == 500500);
    }
}

TEST_CASE("The encoder: constants are found whatever follows the address", "[baseline]") {
    const auto offset = [](Mem m, int32_t disp) {
        m.disp = disp;
        return m;
    };
    Assembler code(/*avx=*/false);
    std::array<uint8_t, 16> counting;
    for (uint8_t i = 0; i < 16; ++i) {
        counting[i] = uint8_t(0x10 + i);
    }
    const Label wrong = code.new_label();
    code.constant64(0);  // so that others have a number
    const Mem constant = code.constant(counting);
    // Without an immediate, of one byte, of four.
    code.load(Access::u8, rax, offset(constant, 3));
    code.alu(Alu::cmp, w32, rax, 0x13);
    code.jcc(Cond::ne, wrong);
    code.alu(Alu::cmp, w64, code.constant64(5), 5);
    code.jcc(Cond::ne, wrong);
    code.alu(Alu::cmp, w32, offset(constant, 4), 0x17161514);
    code.jcc(Cond::ne, wrong);
    // Vectors: none, one byte.
    code.vector1({0xf3, 1, 0x6f}, xmm0, constant);                       // movdqu
    code.vector1({0x66, 1, 0x70}, xmm1, constant, 0x1b);                 // pshufd, backwards
    code.vector2({0x66, 3, 0x20}, xmm0, xmm0, offset(constant, 15), 0);  // pinsrb
    code.from_vector(w64, rcx, xmm0);
    code.mov(rdx, 0x171615141312111f);
    code.alu(Alu::cmp, w64, rcx, rdx);
    code.jcc(Cond::ne, wrong);
    code.from_vector(w64, rcx, xmm1);
    code.mov(rdx, 0x1b1a19181f1e1d1c);
    code.alu(Alu::cmp, w64, rcx, rdx);
    code.jcc(Cond::ne, wrong);
    code.vector2({0x66, 1, 0xef}, xmm0, xmm0, constant);  // pxor: aligned, or it would fault
    code.from_vector(w64, rax, xmm0);
    code.ret();
    code.bind(wrong);
    code.mov(rax, 1);
    code.ret();
    CHECK(Executable(code).call<uint64_t>() == 0x0f);
}

TEST_CASE("The encoder: SSE with three operands, whichever are the same", "[baseline]") {
    constexpr VectorCode subtract = {0x66, 1, 0xfb}, add = {0x66, 1, 0xd4, false, true};  // of u64
    // xmm0 is 100, xmm1 is 1, xmm2 is 20, xmm15 is 3000.
    const auto value = [](Xmm x) {
        return x == xmm0 ? 100 : x == xmm1 ? 1 : x == xmm2 ? 20 : 3000;
    };
    for (Xmm d : {xmm0, xmm1, xmm2}) {
        for (Xmm a : {xmm0, xmm1, xmm2, xmm15}) {
            for (Xmm b : {xmm0, xmm1, xmm2, xmm15}) {
                for (const VectorCode& operation : {subtract, add}) {
                    Assembler code(/*avx=*/false);
                    for (Xmm x : {xmm0, xmm1, xmm2, xmm15}) {
                        code.mov(rax, uint64_t(value(x)));
                        code.to_vector(w64, x, rax);
                    }
                    code.vector2(operation, d, a, b);
                    code.zero(rax);
                    for (Xmm x : {xmm0, xmm1, xmm2}) {
                        if (x != d) {
                            code.from_vector(w64, rcx, x);
                            code.alu(Alu::add, w64, rax, rcx);
                        }
                    }
                    code.from_vector(w64, rcx, d);
                    code.imul(w64, rcx, rcx, 1000000);
                    code.alu(Alu::add, w64, rax, rcx);
                    code.ret();
                    const int result =
                        operation.opcode == add.opcode ? value(a) + value(b) : value(a) - value(b);
                    const int64_t expected = int64_t{result} * 1000000 + 121 - value(d);
                    CHECK(Executable(code).call<int64_t>() == expected);
                }
            }
        }
    }
}

#endif

// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "baseline/aarch64/assembler.h"
#include "baseline/encoded.h"

using namespace epsilon::baseline;
using baseline_test::Encoded;
using enum Reg;
using enum Vec;
using enum Width;

TEST_CASE("The encoder: moves", "[baseline]") {
    Encoded code;
    code.mov(w32, x0, x1), code.is("mov w0, w1", "e003012a");
    code.mov(w64, x0, x1), code.is("mov x0, x1", "e00301aa");
    code.mov(w32, x9, x17), code.is("mov w9, w17", "e903112a");
    code.mov(w64, x9, x17), code.is("mov x9, x17", "e90311aa");
    code.mov(w32, x30, x15), code.is("mov w30, w15", "fe030f2a");
    code.mov(w64, x30, x15), code.is("mov x30, x15", "fe030faa");
    code.mov(w32, x3, zero), code.is("mov w3, wzr", "e3031f2a");
    code.mov(w64, x3, zero), code.is("mov x3, xzr", "e3031faa");
    code.mov(w32, zero, x4), code.is("mov wzr, w4", "ff03042a");
    code.mov(w64, zero, x4), code.is("mov xzr, x4", "ff0304aa");
    code.mov(x5, 0), code.is("mov x5, #0x0", "050080d2");
    code.mov(x8, 1), code.is("mov x8, #0x1", "280080d2");
    code.mov(x11, 0xffff), code.is("mov x11, #0xffff", "ebff9fd2");
    code.mov(x2, 0x10000), code.is("mov x2, #0x10000", "2200a0d2");
    code.mov(x3, 0xabcd00000000), code.is("mov x3, #0xabcd00000000", "a379d5d2");
    code.mov(x15, 0x1234000000000000), code.is("mov x15, #0x1234000000000000", "8f46e2d2");
    code.mov(x30, UINT64_MAX), code.is("mov x30, #0xffffffffffffffff", "1e008092");
    code.mov(x5, uint64_t(-2)), code.is("mov x5, #0xfffffffffffffffe", "25008092");
    code.mov(x15, 0xffffffff1234ffff), code.is("mov x15, #0xffffffff1234ffff", "6fb9bd92");
    code.mov(x15, 0xffffabcdffffffff), code.is("mov x15, #0xffffabcdffffffff", "4f86ca92");
    code.mov(x15, 0x7fffffffffffffff), code.is("mov x15, #0x7fffffffffffffff", "0f00f092");
    code.mov(x8, 0x12345678),
        code.is("mov x8, #0x5678; movk x8, #0x1234, lsl #16", "08cf8ad28846a2f2");
    code.mov(x2, 0x123456789abcdef0), code.is(
                                          "mov x2, #0xdef0; movk x2, #0x9abc, lsl #16; movk x2, "
                                          "#0x5678, lsl #32; movk x2, #0x1234, lsl #48",
                                          "02de9bd28257b3f202cfcaf28246e2f2");
    code.mov(x0, 0x1234000000005678),
        code.is("mov x0, #0x5678; movk x0, #0x1234, lsl #48", "00cf8ad28046e2f2");
    code.mov(x0, 0xffff1234ffff5678),
        code.is("mov x0, #0xffffffffffff5678; movk x0, #0x1234, lsl #32", "e03095928046c2f2");
    code.mov(x0, 0xffffffff12345678),
        code.is("mov x0, #0xffffffffffff5678; movk x0, #0x1234, lsl #16", "e03095928046a2f2");
    code.mov(x15, 0x5555555555555555), code.is("mov x15, #0x5555555555555555", "eff300b2");
    code.mov(x15, 0x0ff000000ff00000), code.is("mov x15, #0xff000000ff00000", "ef1f0cb2");
    code.mov(x15, 0x00ffffffffffff00), code.is("mov x15, #0xffffffffffff00", "efbf78b2");
    code.mov(x7, 0xfffffffb), code.is("orr w7, wzr, #0xfffffffb", "e77b1d32");
    code.mov(x7, 0xffffabcd), code.is("mov w7, #0xffffabcd", "47868a12");
    code.mov(x7, 0x1234ffff), code.is("mov w7, #0x1234ffff", "67b9bd12");
    code.mov(x7, 0x7fffffff), code.is("mov x7, #0x7fffffff", "e77b40b2");
    code.mov(x7, UINT32_MAX), code.is("mov x7, #0xffffffff", "e77f40b2");
    code.mov(x7, 0x80000000), code.is("mov x7, #0x80000000", "0700b0d2");
    code.mov(x7, 0x0f0f0f0f), code.is("mov w7, #0xf0f0f0f", "e7cf0032");
    code.mov(x7, 0xfe0001ff), code.is("mov w7, #0xfe0001ff", "e73f0732");
    code.mov(x7, 0x80000001), code.is("mov w7, #0x80000001", "e7070132");
}

TEST_CASE("The encoder: arithmetic of registers", "[baseline]") {
    Encoded code;
    code.alu(Alu::add, w32, x1, x10, x17), code.is("add w1, w10, w17", "4101110b");
    code.alu(Alu::add, w64, x15, x0, x30), code.is("add x15, x0, x30", "0f001e8b");
    code.alu(Alu::adds, w32, x1, x10, x17), code.is("adds w1, w10, w17", "4101112b");
    code.alu(Alu::adds, w64, x15, x0, x30), code.is("adds x15, x0, x30", "0f001eab");
    code.alu(Alu::sub, w32, x1, x10, x17), code.is("sub w1, w10, w17", "4101114b");
    code.alu(Alu::sub, w64, x15, x0, x30), code.is("sub x15, x0, x30", "0f001ecb");
    code.alu(Alu::subs, w32, x1, x10, x17), code.is("subs w1, w10, w17", "4101116b");
    code.alu(Alu::subs, w64, x15, x0, x30), code.is("subs x15, x0, x30", "0f001eeb");
    code.alu(Alu::and_, w32, x1, x10, x17), code.is("and w1, w10, w17", "4101110a");
    code.alu(Alu::and_, w64, x15, x0, x30), code.is("and x15, x0, x30", "0f001e8a");
    code.alu(Alu::orr, w32, x1, x10, x17), code.is("orr w1, w10, w17", "4101112a");
    code.alu(Alu::orr, w64, x15, x0, x30), code.is("orr x15, x0, x30", "0f001eaa");
    code.alu(Alu::eor, w32, x1, x10, x17), code.is("eor w1, w10, w17", "4101114a");
    code.alu(Alu::eor, w64, x15, x0, x30), code.is("eor x15, x0, x30", "0f001eca");
    code.alu(Alu::ands, w32, x1, x10, x17), code.is("ands w1, w10, w17", "4101116a");
    code.alu(Alu::ands, w64, x15, x0, x30), code.is("ands x15, x0, x30", "0f001eea");
    code.alu(Alu::orn, w32, x1, x10, x17), code.is("orn w1, w10, w17", "4101312a");
    code.alu(Alu::orn, w64, x15, x0, x30), code.is("orn x15, x0, x30", "0f003eaa");
    code.alu(Alu::udiv, w32, x1, x10, x17), code.is("udiv w1, w10, w17", "4109d11a");
    code.alu(Alu::udiv, w64, x15, x0, x30), code.is("udiv x15, x0, x30", "0f08de9a");
    code.alu(Alu::sdiv, w32, x1, x10, x17), code.is("sdiv w1, w10, w17", "410dd11a");
    code.alu(Alu::sdiv, w64, x15, x0, x30), code.is("sdiv x15, x0, x30", "0f0cde9a");
    code.alu(Alu::lsl, w32, x1, x10, x17), code.is("lsl w1, w10, w17", "4121d11a");
    code.alu(Alu::lsl, w64, x15, x0, x30), code.is("lsl x15, x0, x30", "0f20de9a");
    code.alu(Alu::lsr, w32, x1, x10, x17), code.is("lsr w1, w10, w17", "4125d11a");
    code.alu(Alu::lsr, w64, x15, x0, x30), code.is("lsr x15, x0, x30", "0f24de9a");
    code.alu(Alu::asr, w32, x1, x10, x17), code.is("asr w1, w10, w17", "4129d11a");
    code.alu(Alu::asr, w64, x15, x0, x30), code.is("asr x15, x0, x30", "0f28de9a");
    code.alu(Alu::ror, w32, x1, x10, x17), code.is("ror w1, w10, w17", "412dd11a");
    code.alu(Alu::ror, w64, x15, x0, x30), code.is("ror x15, x0, x30", "0f2cde9a");
    code.alu(Alu::add, w32, x2, x3, x4, 31), code.is("add w2, w3, w4, lsl #31", "627c040b");
    code.alu(Alu::add, w64, x9, x8, x7, 63), code.is("add x9, x8, x7, lsl #63", "09fd078b");
    code.alu(Alu::adds, w32, x2, x3, x4, 31), code.is("adds w2, w3, w4, lsl #31", "627c042b");
    code.alu(Alu::adds, w64, x9, x8, x7, 63), code.is("adds x9, x8, x7, lsl #63", "09fd07ab");
    code.alu(Alu::sub, w32, x2, x3, x4, 31), code.is("sub w2, w3, w4, lsl #31", "627c044b");
    code.alu(Alu::sub, w64, x9, x8, x7, 63), code.is("sub x9, x8, x7, lsl #63", "09fd07cb");
    code.alu(Alu::subs, w32, x2, x3, x4, 31), code.is("subs w2, w3, w4, lsl #31", "627c046b");
    code.alu(Alu::subs, w64, x9, x8, x7, 63), code.is("subs x9, x8, x7, lsl #63", "09fd07eb");
    code.alu(Alu::and_, w32, x2, x3, x4, 31), code.is("and w2, w3, w4, lsl #31", "627c040a");
    code.alu(Alu::and_, w64, x9, x8, x7, 63), code.is("and x9, x8, x7, lsl #63", "09fd078a");
    code.alu(Alu::orr, w32, x2, x3, x4, 31), code.is("orr w2, w3, w4, lsl #31", "627c042a");
    code.alu(Alu::orr, w64, x9, x8, x7, 63), code.is("orr x9, x8, x7, lsl #63", "09fd07aa");
    code.alu(Alu::eor, w32, x2, x3, x4, 31), code.is("eor w2, w3, w4, lsl #31", "627c044a");
    code.alu(Alu::eor, w64, x9, x8, x7, 63), code.is("eor x9, x8, x7, lsl #63", "09fd07ca");
    code.alu(Alu::ands, w32, x2, x3, x4, 31), code.is("ands w2, w3, w4, lsl #31", "627c046a");
    code.alu(Alu::ands, w64, x9, x8, x7, 63), code.is("ands x9, x8, x7, lsl #63", "09fd07ea");
    code.alu(Alu::orn, w32, x2, x3, x4, 31), code.is("orn w2, w3, w4, lsl #31", "627c242a");
    code.alu(Alu::orn, w64, x9, x8, x7, 63), code.is("orn x9, x8, x7, lsl #63", "09fd27aa");
    code.alu(Alu::add, w64, x9, x8, x7, 3), code.is("add x9, x8, x7, lsl #3", "090d078b");
    code.add_extended(x1, x12, x15), code.is("add x1, x12, w15, uxtw", "81412f8b");
    code.add_sign_extended(x14, x2, x17), code.is("add x14, x2, w17, sxtw", "4ec0318b");
    code.cmp_extended(Access::u32, x11, x6), code.is("cmp x11, w6, uxtw", "7f4126eb");
    code.cmp_extended(Access::s32_64, x3, x16), code.is("cmp x3, w16, sxtw", "7fc030eb");
    code.cmp(w32, x3, x16), code.is("cmp w3, w16", "7f00106b");
    code.cmp(w64, x15, x0), code.is("cmp x15, x0", "ff0100eb");
    code.cmp(w64, zero, x9), code.is("cmp xzr, x9", "ff0309eb");
    code.mul(w32, x3, x16, x12), code.is("mul w3, w16, w12", "037e0c1b");
    code.mul(w64, x15, x0, x7), code.is("mul x15, x0, x7", "0f7c079b");
    code.madd(w32, x3, x16, x12, x9), code.is("madd w3, w16, w12, w9", "03260c1b");
    code.madd(w64, x15, x0, x7, x1), code.is("madd x15, x0, x7, x1", "0f04079b");
    code.msub(w32, x3, x16, x12, x9), code.is("msub w3, w16, w12, w9", "03a60c1b");
    code.msub(w64, x15, x0, x7, x1), code.is("msub x15, x0, x7, x1", "0f84079b");
    code.umull(x15, x2, x7), code.is("umull x15, w2, w7", "4f7ca79b");
    code.clz(w32, x3, x16), code.is("clz w3, w16", "0312c05a");
    code.clz(w64, x13, x6), code.is("clz x13, x6", "cd10c0da");
    code.rbit(w32, x3, x16), code.is("rbit w3, w16", "0302c05a");
    code.rbit(w64, x13, x6), code.is("rbit x13, x6", "cd00c0da");
}

TEST_CASE("The encoder: shifts and extensions", "[baseline]") {
    Encoded code;
    code.shift(Shift::lsl, w32, x7, x14, 1), code.is("lsl w7, w14, #1", "c7791f53");
    code.shift(Shift::lsl, w32, x7, x14, 17), code.is("lsl w7, w14, #17", "c7390f53");
    code.shift(Shift::lsl, w32, x7, x14, 31), code.is("lsl w7, w14, #31", "c7010153");
    code.shift(Shift::lsl, w64, x12, x3, 1), code.is("lsl x12, x3, #1", "6cf87fd3");
    code.shift(Shift::lsl, w64, x12, x3, 32), code.is("lsl x12, x3, #32", "6c7c60d3");
    code.shift(Shift::lsl, w64, x12, x3, 63), code.is("lsl x12, x3, #63", "6c0041d3");
    code.shift(Shift::lsr, w32, x7, x14, 1), code.is("lsr w7, w14, #1", "c77d0153");
    code.shift(Shift::lsr, w32, x7, x14, 17), code.is("lsr w7, w14, #17", "c77d1153");
    code.shift(Shift::lsr, w32, x7, x14, 31), code.is("lsr w7, w14, #31", "c77d1f53");
    code.shift(Shift::lsr, w64, x12, x3, 1), code.is("lsr x12, x3, #1", "6cfc41d3");
    code.shift(Shift::lsr, w64, x12, x3, 32), code.is("lsr x12, x3, #32", "6cfc60d3");
    code.shift(Shift::lsr, w64, x12, x3, 63), code.is("lsr x12, x3, #63", "6cfc7fd3");
    code.shift(Shift::asr, w32, x7, x14, 1), code.is("asr w7, w14, #1", "c77d0113");
    code.shift(Shift::asr, w32, x7, x14, 17), code.is("asr w7, w14, #17", "c77d1113");
    code.shift(Shift::asr, w32, x7, x14, 31), code.is("asr w7, w14, #31", "c77d1f13");
    code.shift(Shift::asr, w64, x12, x3, 1), code.is("asr x12, x3, #1", "6cfc4193");
    code.shift(Shift::asr, w64, x12, x3, 32), code.is("asr x12, x3, #32", "6cfc6093");
    code.shift(Shift::asr, w64, x12, x3, 63), code.is("asr x12, x3, #63", "6cfc7f93");
    code.shift(Shift::ror, w32, x7, x14, 1), code.is("ror w7, w14, #1", "c7058e13");
    code.shift(Shift::ror, w32, x7, x14, 17), code.is("ror w7, w14, #17", "c7458e13");
    code.shift(Shift::ror, w32, x7, x14, 31), code.is("ror w7, w14, #31", "c77d8e13");
    code.shift(Shift::ror, w64, x12, x3, 1), code.is("ror x12, x3, #1", "6c04c393");
    code.shift(Shift::ror, w64, x12, x3, 32), code.is("ror x12, x3, #32", "6c80c393");
    code.shift(Shift::ror, w64, x12, x3, 63), code.is("ror x12, x3, #63", "6cfcc393");
    code.shift(Shift::lsl, w32, x7, x14, 0), code.is("lsr w7, w14, #0", "c77d0053");
    code.shift(Shift::lsl, w64, x7, x14, 64), code.is("lsr x7, x14, #0", "c7fd40d3");
    code.shift(Shift::lsr, w32, x7, x14, 0), code.is("lsr w7, w14, #0", "c77d0053");
    code.shift(Shift::lsr, w64, x7, x14, 64), code.is("lsr x7, x14, #0", "c7fd40d3");
    code.shift(Shift::asr, w32, x7, x14, 0), code.is("asr w7, w14, #0", "c77d0013");
    code.shift(Shift::asr, w64, x7, x14, 64), code.is("asr x7, x14, #0", "c7fd4093");
    code.shift(Shift::ror, w32, x7, x14, 0), code.is("ror w7, w14, #0", "c7018e13");
    code.shift(Shift::ror, w64, x7, x14, 64), code.is("ror x7, x14, #0", "c701ce93");
    code.shift(Shift::lsl, w32, x1, x2, 33), code.is("lsl w1, w2, #1", "41781f53");
    code.shift(Shift::lsr, w64, x1, x2, 65), code.is("lsr x1, x2, #1", "41fc41d3");
    code.extend(Access::s8_32, x5, x16), code.is("sxtb w5, w16", "051e0013");
    code.extend(Access::u8, x5, x16), code.is("uxtb w5, w16", "051e0053");
    code.extend(Access::s16_32, x5, x16), code.is("sxth w5, w16", "053e0013");
    code.extend(Access::u16, x5, x16), code.is("uxth w5, w16", "053e0053");
    code.extend(Access::u32, x5, x16), code.is("mov w5, w16", "e503102a");
    code.extend(Access::s8_64, x5, x16), code.is("sxtb x5, w16", "051e4093");
    code.extend(Access::s16_64, x5, x16), code.is("sxth x5, w16", "053e4093");
    code.extend(Access::s32_64, x5, x16), code.is("sxtw x5, w16", "057e4093");
    code.extend(Access::u64, x5, x16), code.is("mov x5, x16", "e50310aa");
}

TEST_CASE("The encoder: immediates of arithmetic", "[baseline]") {
    Encoded code;
    code.alu(Alu::add, w64, x1, x15, 0), code.is("add x1, x15, #0x0", "e1010091");
    code.alu(Alu::add, w32, x1, x15, 0xfff), code.is("add w1, w15, #0xfff", "e1fd3f11");
    code.alu(Alu::add, w64, x1, x15, 0x1000), code.is("add x1, x15, #0x1, lsl #12", "e1054091");
    code.alu(Alu::add, w32, x1, x15, 0xfff000), code.is("add w1, w15, #0xfff, lsl #12", "e1fd7f11");
    code.alu(Alu::add, w64, x1, x15, uint64_t(-1)), code.is("sub x1, x15, #0x1", "e10500d1");
    code.alu(Alu::add, w32, x1, x15, uint64_t(-0xfff)), code.is("sub w1, w15, #0xfff", "e1fd3f51");
    code.alu(Alu::add, w32, x1, x15, 0xfffffffe), code.is("sub w1, w15, #0x2", "e1090051");
    code.alu(Alu::add, w64, x1, x15, uint64_t(-0x1000)),
        code.is("sub x1, x15, #0x1, lsl #12", "e10540d1");
    code.alu(Alu::add, w32, x1, x15, uint64_t(-0xfff000)),
        code.is("sub w1, w15, #0xfff, lsl #12", "e1fd7f51");
    code.alu(Alu::add, w64, x1, x15, 0x1001),
        code.is("mov x17, #0x1001; add x1, x15, x17", "310082d2e101118b");
    code.alu(Alu::add, w64, x1, x15, 0xfffffffe),
        code.is("mov x17, #0xfffffffe; add x1, x15, x17", "f17b7fb2e101118b");
    code.alu(Alu::add, w32, x1, x15, 0x123456789),
        code.is("mov x17, #0x6789; movk x17, #0x2345, lsl #16; add w1, w15, w17",
                "31f18cd2b168a4f2e101110b");
    code.alu(Alu::add, w64, x1, zero, 7),
        code.is("mov x17, #0x7; add x1, xzr, x17", "f10080d2e103118b");
    code.alu(Alu::adds, w64, x1, x15, 0), code.is("adds x1, x15, #0x0", "e10100b1");
    code.alu(Alu::adds, w32, x1, x15, 0xfff), code.is("adds w1, w15, #0xfff", "e1fd3f31");
    code.alu(Alu::adds, w64, x1, x15, 0x1000), code.is("adds x1, x15, #0x1, lsl #12", "e10540b1");
    code.alu(Alu::adds, w32, x1, x15, 0xfff000),
        code.is("adds w1, w15, #0xfff, lsl #12", "e1fd7f31");
    code.alu(Alu::adds, w64, x1, x15, uint64_t(-1)), code.is("subs x1, x15, #0x1", "e10500f1");
    code.alu(Alu::adds, w32, x1, x15, uint64_t(-0xfff)),
        code.is("subs w1, w15, #0xfff", "e1fd3f71");
    code.alu(Alu::adds, w32, x1, x15, 0xfffffffe), code.is("subs w1, w15, #0x2", "e1090071");
    code.alu(Alu::adds, w64, x1, x15, uint64_t(-0x1000)),
        code.is("subs x1, x15, #0x1, lsl #12", "e10540f1");
    code.alu(Alu::adds, w32, x1, x15, uint64_t(-0xfff000)),
        code.is("subs w1, w15, #0xfff, lsl #12", "e1fd7f71");
    code.alu(Alu::adds, w64, x1, x15, 0x1001),
        code.is("mov x17, #0x1001; adds x1, x15, x17", "310082d2e10111ab");
    code.alu(Alu::adds, w64, x1, x15, 0xfffffffe),
        code.is("mov x17, #0xfffffffe; adds x1, x15, x17", "f17b7fb2e10111ab");
    code.alu(Alu::adds, w32, x1, x15, 0x123456789),
        code.is("mov x17, #0x6789; movk x17, #0x2345, lsl #16; adds w1, w15, w17",
                "31f18cd2b168a4f2e101112b");
    code.alu(Alu::adds, w64, x1, zero, 7),
        code.is("mov x17, #0x7; adds x1, xzr, x17", "f10080d2e10311ab");
    code.alu(Alu::sub, w64, x1, x15, 0), code.is("sub x1, x15, #0x0", "e10100d1");
    code.alu(Alu::sub, w32, x1, x15, 0xfff), code.is("sub w1, w15, #0xfff", "e1fd3f51");
    code.alu(Alu::sub, w64, x1, x15, 0x1000), code.is("sub x1, x15, #0x1, lsl #12", "e10540d1");
    code.alu(Alu::sub, w32, x1, x15, 0xfff000), code.is("sub w1, w15, #0xfff, lsl #12", "e1fd7f51");
    code.alu(Alu::sub, w64, x1, x15, uint64_t(-1)), code.is("add x1, x15, #0x1", "e1050091");
    code.alu(Alu::sub, w32, x1, x15, uint64_t(-0xfff)), code.is("add w1, w15, #0xfff", "e1fd3f11");
    code.alu(Alu::sub, w32, x1, x15, 0xfffffffe), code.is("add w1, w15, #0x2", "e1090011");
    code.alu(Alu::sub, w64, x1, x15, uint64_t(-0x1000)),
        code.is("add x1, x15, #0x1, lsl #12", "e1054091");
    code.alu(Alu::sub, w32, x1, x15, uint64_t(-0xfff000)),
        code.is("add w1, w15, #0xfff, lsl #12", "e1fd7f11");
    code.alu(Alu::sub, w64, x1, x15, 0x1001),
        code.is("mov x17, #0x1001; sub x1, x15, x17", "310082d2e10111cb");
    code.alu(Alu::sub, w64, x1, x15, 0xfffffffe),
        code.is("mov x17, #0xfffffffe; sub x1, x15, x17", "f17b7fb2e10111cb");
    code.alu(Alu::sub, w32, x1, x15, 0x123456789),
        code.is("mov x17, #0x6789; movk x17, #0x2345, lsl #16; sub w1, w15, w17",
                "31f18cd2b168a4f2e101114b");
    code.alu(Alu::sub, w64, x1, zero, 7), code.is("mov x17, #0x7; neg x1, x17", "f10080d2e10311cb");
    code.alu(Alu::subs, w64, x1, x15, 0), code.is("subs x1, x15, #0x0", "e10100f1");
    code.alu(Alu::subs, w32, x1, x15, 0xfff), code.is("subs w1, w15, #0xfff", "e1fd3f71");
    code.alu(Alu::subs, w64, x1, x15, 0x1000), code.is("subs x1, x15, #0x1, lsl #12", "e10540f1");
    code.alu(Alu::subs, w32, x1, x15, 0xfff000),
        code.is("subs w1, w15, #0xfff, lsl #12", "e1fd7f71");
    code.alu(Alu::subs, w64, x1, x15, uint64_t(-1)), code.is("adds x1, x15, #0x1", "e10500b1");
    code.alu(Alu::subs, w32, x1, x15, uint64_t(-0xfff)),
        code.is("adds w1, w15, #0xfff", "e1fd3f31");
    code.alu(Alu::subs, w32, x1, x15, 0xfffffffe), code.is("adds w1, w15, #0x2", "e1090031");
    code.alu(Alu::subs, w64, x1, x15, uint64_t(-0x1000)),
        code.is("adds x1, x15, #0x1, lsl #12", "e10540b1");
    code.alu(Alu::subs, w32, x1, x15, uint64_t(-0xfff000)),
        code.is("adds w1, w15, #0xfff, lsl #12", "e1fd7f31");
    code.alu(Alu::subs, w64, x1, x15, 0x1001),
        code.is("mov x17, #0x1001; subs x1, x15, x17", "310082d2e10111eb");
    code.alu(Alu::subs, w64, x1, x15, 0xfffffffe),
        code.is("mov x17, #0xfffffffe; subs x1, x15, x17", "f17b7fb2e10111eb");
    code.alu(Alu::subs, w32, x1, x15, 0x123456789),
        code.is("mov x17, #0x6789; movk x17, #0x2345, lsl #16; subs w1, w15, w17",
                "31f18cd2b168a4f2e101116b");
    code.alu(Alu::subs, w64, x1, zero, 7),
        code.is("mov x17, #0x7; negs x1, x17", "f10080d2e10311eb");
    code.cmp(w32, x3, 1), code.is("cmp w3, #0x1", "7f040071");
    code.cmp(w64, x3, uint64_t(-8)), code.is("cmn x3, #0x8", "7f2000b1");
    code.cmp(w64, x3, 0x100000001),
        code.is("mov x17, #0x100000001; cmp x3, x17", "f10300b27f0011eb");
    code.alu(Alu::and_, w32, x4, x11, 1), code.is("and w4, w11, #0x1", "64010012");
    code.alu(Alu::and_, w32, x4, x11, 0xfffffff8), code.is("and w4, w11, #0xfffffff8", "64711d12");
    code.alu(Alu::and_, w32, x4, x11, 0xaaaaaaaaff00ff00),
        code.is("and w4, w11, #0xff00ff00", "649d0812");
    code.alu(Alu::and_, w64, x4, x11, 0x8000000000000001),
        code.is("and x4, x11, #0x8000000000000001", "64054192");
    code.alu(Alu::and_, w64, x4, x11, 0xfffffffffffffff0),
        code.is("and x4, x11, #0xfffffffffffffff0", "64ed7c92");
    code.alu(Alu::and_, w64, x4, x11, 0x6666666666666666),
        code.is("and x4, x11, #0x6666666666666666", "64e50392");
    code.alu(Alu::and_, w64, x4, x11, 5),
        code.is("mov x17, #0x5; and x4, x11, x17", "b10080d26401118a");
    code.alu(Alu::and_, w32, x4, x11, 0),
        code.is("mov x17, #0x0; and w4, w11, w17", "110080d26401110a");
    code.alu(Alu::and_, w32, x4, x11, UINT64_MAX),
        code.is("mov x17, #0xffffffff; and w4, w11, w17", "f17f40b26401110a");
    code.alu(Alu::orr, w32, x4, x11, 1), code.is("orr w4, w11, #0x1", "64010032");
    code.alu(Alu::orr, w32, x4, x11, 0xfffffff8), code.is("orr w4, w11, #0xfffffff8", "64711d32");
    code.alu(Alu::orr, w32, x4, x11, 0xaaaaaaaaff00ff00),
        code.is("orr w4, w11, #0xff00ff00", "649d0832");
    code.alu(Alu::orr, w64, x4, x11, 0x8000000000000001),
        code.is("orr x4, x11, #0x8000000000000001", "640541b2");
    code.alu(Alu::orr, w64, x4, x11, 0xfffffffffffffff0),
        code.is("orr x4, x11, #0xfffffffffffffff0", "64ed7cb2");
    code.alu(Alu::orr, w64, x4, x11, 0x6666666666666666),
        code.is("orr x4, x11, #0x6666666666666666", "64e503b2");
    code.alu(Alu::orr, w64, x4, x11, 5),
        code.is("mov x17, #0x5; orr x4, x11, x17", "b10080d2640111aa");
    code.alu(Alu::orr, w32, x4, x11, 0),
        code.is("mov x17, #0x0; orr w4, w11, w17", "110080d26401112a");
    code.alu(Alu::orr, w32, x4, x11, UINT64_MAX),
        code.is("mov x17, #0xffffffff; orr w4, w11, w17", "f17f40b26401112a");
    code.alu(Alu::eor, w32, x4, x11, 1), code.is("eor w4, w11, #0x1", "64010052");
    code.alu(Alu::eor, w32, x4, x11, 0xfffffff8), code.is("eor w4, w11, #0xfffffff8", "64711d52");
    code.alu(Alu::eor, w32, x4, x11, 0xaaaaaaaaff00ff00),
        code.is("eor w4, w11, #0xff00ff00", "649d0852");
    code.alu(Alu::eor, w64, x4, x11, 0x8000000000000001),
        code.is("eor x4, x11, #0x8000000000000001", "640541d2");
    code.alu(Alu::eor, w64, x4, x11, 0xfffffffffffffff0),
        code.is("eor x4, x11, #0xfffffffffffffff0", "64ed7cd2");
    code.alu(Alu::eor, w64, x4, x11, 0x6666666666666666),
        code.is("eor x4, x11, #0x6666666666666666", "64e503d2");
    code.alu(Alu::eor, w64, x4, x11, 5),
        code.is("mov x17, #0x5; eor x4, x11, x17", "b10080d2640111ca");
    code.alu(Alu::eor, w32, x4, x11, 0),
        code.is("mov x17, #0x0; eor w4, w11, w17", "110080d26401114a");
    code.alu(Alu::eor, w32, x4, x11, UINT64_MAX),
        code.is("mov x17, #0xffffffff; eor w4, w11, w17", "f17f40b26401114a");
    code.alu(Alu::ands, w32, x4, x11, 1), code.is("ands w4, w11, #0x1", "64010072");
    code.alu(Alu::ands, w32, x4, x11, 0xfffffff8), code.is("ands w4, w11, #0xfffffff8", "64711d72");
    code.alu(Alu::ands, w32, x4, x11, 0xaaaaaaaaff00ff00),
        code.is("ands w4, w11, #0xff00ff00", "649d0872");
    code.alu(Alu::ands, w64, x4, x11, 0x8000000000000001),
        code.is("ands x4, x11, #0x8000000000000001", "640541f2");
    code.alu(Alu::ands, w64, x4, x11, 0xfffffffffffffff0),
        code.is("ands x4, x11, #0xfffffffffffffff0", "64ed7cf2");
    code.alu(Alu::ands, w64, x4, x11, 0x6666666666666666),
        code.is("ands x4, x11, #0x6666666666666666", "64e503f2");
    code.alu(Alu::ands, w64, x4, x11, 5),
        code.is("mov x17, #0x5; ands x4, x11, x17", "b10080d2640111ea");
    code.alu(Alu::ands, w32, x4, x11, 0),
        code.is("mov x17, #0x0; ands w4, w11, w17", "110080d26401116a");
    code.alu(Alu::ands, w32, x4, x11, UINT64_MAX),
        code.is("mov x17, #0xffffffff; ands w4, w11, w17", "f17f40b26401116a");
}

TEST_CASE("The encoder: conditions", "[baseline]") {
    Encoded code;
    code.cset(Cond::eq, x12), code.is("cset w12, eq", "ec179f1a");
    code.cset(Cond::ne, x12), code.is("cset w12, ne", "ec079f1a");
    code.cset(Cond::hs, x12), code.is("cset w12, cs", "ec379f1a");
    code.cset(Cond::lo, x12), code.is("cset w12, cc", "ec279f1a");
    code.cset(Cond::mi, x12), code.is("cset w12, mi", "ec579f1a");
    code.cset(Cond::pl, x12), code.is("cset w12, pl", "ec479f1a");
    code.cset(Cond::vs, x12), code.is("cset w12, vs", "ec779f1a");
    code.cset(Cond::vc, x12), code.is("cset w12, vc", "ec679f1a");
    code.cset(Cond::hi, x12), code.is("cset w12, hi", "ec979f1a");
    code.cset(Cond::ls, x12), code.is("cset w12, ls", "ec879f1a");
    code.cset(Cond::ge, x12), code.is("cset w12, ge", "ecb79f1a");
    code.cset(Cond::lt, x12), code.is("cset w12, lt", "eca79f1a");
    code.cset(Cond::gt, x12), code.is("cset w12, gt", "ecd79f1a");
    code.cset(Cond::le, x12), code.is("cset w12, le", "ecc79f1a");
    code.ccmp(Cond::vc, w32, x4, 0, 0), code.is("ccmp w4, #0x0, #0x0, vc", "8078407a");
    code.ccmp(Cond::ne, w64, x15, 31, 15), code.is("ccmp x15, #0x1f, #0xf, ne", "ef195ffa");
    code.ccmp(Cond::gt, w64, x9, 1, 4), code.is("ccmp x9, #0x1, #0x4, gt", "24c941fa");
    code.csel(Cond::lt, w32, x1, x2, x3), code.is("csel w1, w2, w3, lt", "41b0831a");
    code.csel(Cond::vs, w64, x17, x9, zero), code.is("csel x17, x9, xzr, vs", "31619f9a");
}

TEST_CASE("The encoder: vectors", "[baseline]") {
    Encoded code;
    code.mov(v7, v29), code.is("mov v7.16b, v29.16b", "a71fbd4e");
    code.to_vector(w32, v20, x9), code.is("fmov s20, w9", "3401271e");
    code.to_vector(w64, v3, x16), code.is("fmov d3, x16", "0302679e");
    code.from_vector(w32, x9, v20), code.is("fmov w9, s20", "8902261e");
    code.from_vector(w64, x16, v3), code.is("fmov x16, d3", "7000669e");
    code.op(0x4e20d400, v1, v18, v31), code.is("fadd v1.4s, v18.4s, v31.4s", "41d63f4e");
    code.op(0x4ea0f800, v16, v5), code.is("fabs v16.4s, v5.4s", "b0f8a04e");
    code.op(0x9e620000, v21, x15), code.is("scvtf d21, x15", "f501629e");
    code.op(0x1e380000, x14, v30), code.is("fcvtzs w14, s30", "ce03381e");
    code.op(0x4f000400, v22), code.is("movi v22.4s, #0x0", "1604004f");
}

TEST_CASE("The encoder: jumps to registers", "[baseline]") {
    Encoded code;
    code.jmp(x3), code.is("br x3", "60001fd6");
    code.jmp(x17), code.is("br x17", "20021fd6");
    code.ret(), code.is("ret", "c0035fd6");
    code.word(0xd503201f), code.is("nop", "1f2003d5");
}

TEST_CASE("The encoder: branches and addresses", "[baseline]") {
    Encoded code;
    // Gives a label behind the next instruction.
    const auto put = [&code](auto make) {
        const Label label = code.new_label();
        CHECK_FALSE(code.is_bound(label));
        make(label);
        code.word(0xd503201f);  // nop
        code.bind(label);
        CHECK(code.finish());
    };
    const auto near = [&](auto make) {
        code.clear();
        put(make);
    };
    const auto far = [&](auto make) {
        code.clear();
        code.use_far_distances();
        put(make);
    };
    near([&](Label l) { code.jmp(l); }), code.is("b +0x8; nop", "020000141f2003d5");
    far([&](Label l) { code.jmp(l); }), code.is("b +0x8; nop", "020000141f2003d5");
    near([&](Label l) { code.jcc(Cond::eq, l); }), code.is("b.eq +0x8; nop", "400000541f2003d5");
    near([&](Label l) { code.jcc(Cond::ne, l); }), code.is("b.ne +0x8; nop", "410000541f2003d5");
    near([&](Label l) { code.jcc(Cond::hs, l); }), code.is("b.cs +0x8; nop", "420000541f2003d5");
    near([&](Label l) { code.jcc(Cond::lo, l); }), code.is("b.cc +0x8; nop", "430000541f2003d5");
    near([&](Label l) { code.jcc(Cond::mi, l); }), code.is("b.mi +0x8; nop", "440000541f2003d5");
    near([&](Label l) { code.jcc(Cond::pl, l); }), code.is("b.pl +0x8; nop", "450000541f2003d5");
    near([&](Label l) { code.jcc(Cond::vs, l); }), code.is("b.vs +0x8; nop", "460000541f2003d5");
    near([&](Label l) { code.jcc(Cond::vc, l); }), code.is("b.vc +0x8; nop", "470000541f2003d5");
    near([&](Label l) { code.jcc(Cond::hi, l); }), code.is("b.hi +0x8; nop", "480000541f2003d5");
    near([&](Label l) { code.jcc(Cond::ls, l); }), code.is("b.ls +0x8; nop", "490000541f2003d5");
    near([&](Label l) { code.jcc(Cond::ge, l); }), code.is("b.ge +0x8; nop", "4a0000541f2003d5");
    near([&](Label l) { code.jcc(Cond::lt, l); }), code.is("b.lt +0x8; nop", "4b0000541f2003d5");
    near([&](Label l) { code.jcc(Cond::gt, l); }), code.is("b.gt +0x8; nop", "4c0000541f2003d5");
    near([&](Label l) { code.jcc(Cond::le, l); }), code.is("b.le +0x8; nop", "4d0000541f2003d5");
    far([&](Label l) { code.jcc(Cond::eq, l); }),
        code.is("b.ne +0x8; b +0xc; nop", "41000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::ne, l); }),
        code.is("b.eq +0x8; b +0xc; nop", "40000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::hs, l); }),
        code.is("b.cc +0x8; b +0xc; nop", "43000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::lo, l); }),
        code.is("b.cs +0x8; b +0xc; nop", "42000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::mi, l); }),
        code.is("b.pl +0x8; b +0xc; nop", "45000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::pl, l); }),
        code.is("b.mi +0x8; b +0xc; nop", "44000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::vs, l); }),
        code.is("b.vc +0x8; b +0xc; nop", "47000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::vc, l); }),
        code.is("b.vs +0x8; b +0xc; nop", "46000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::hi, l); }),
        code.is("b.ls +0x8; b +0xc; nop", "49000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::ls, l); }),
        code.is("b.hi +0x8; b +0xc; nop", "48000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::ge, l); }),
        code.is("b.lt +0x8; b +0xc; nop", "4b000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::lt, l); }),
        code.is("b.ge +0x8; b +0xc; nop", "4a000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::gt, l); }),
        code.is("b.le +0x8; b +0xc; nop", "4d000054020000141f2003d5");
    far([&](Label l) { code.jcc(Cond::le, l); }),
        code.is("b.gt +0x8; b +0xc; nop", "4c000054020000141f2003d5");
    near([&](Label l) { code.cbz(w32, x14, l); }),
        code.is("cbz w14, +0x8; nop", "4e0000341f2003d5");
    near([&](Label l) { code.cbz(w64, x3, l); }), code.is("cbz x3, +0x8; nop", "430000b41f2003d5");
    near([&](Label l) { code.cbnz(w32, x14, l); }),
        code.is("cbnz w14, +0x8; nop", "4e0000351f2003d5");
    near([&](Label l) { code.cbnz(w64, x3, l); }),
        code.is("cbnz x3, +0x8; nop", "430000b51f2003d5");
    far([&](Label l) { code.cbz(w32, x14, l); }),
        code.is("cbnz w14, +0x8; b +0xc; nop", "4e000035020000141f2003d5");
    far([&](Label l) { code.cbz(w64, x3, l); }),
        code.is("cbnz x3, +0x8; b +0xc; nop", "430000b5020000141f2003d5");
    far([&](Label l) { code.cbnz(w32, x14, l); }),
        code.is("cbz w14, +0x8; b +0xc; nop", "4e000034020000141f2003d5");
    far([&](Label l) { code.cbnz(w64, x3, l); }),
        code.is("cbz x3, +0x8; b +0xc; nop", "430000b4020000141f2003d5");
    near([&](Label l) { code.lea(x15, l); }), code.is("adr x15, +0x8; nop", "4f0000101f2003d5");
    far([&](Label l) { code.lea(x3, l); }),
        code.is("adr x3, +0x0; mov x17, #0x14; movk x17, #0x0, lsl #16; add x3, x3, w17, sxtw; nop",
                "03000010910280d21100a0f263c0318b1f2003d5");
}

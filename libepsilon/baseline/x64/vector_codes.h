// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline/x64/assembler.h"

// The instructions of SSE up to 4.1, of AVX and AVX2 that vectors are lowered to, by the names of
// their SSE forms.
namespace epsilon::baseline::codes {

// By mandatory prefix and opcode map: 0f, 0f 38, 0f 3a.
constexpr VectorCode np(uint8_t opcode) {
    return {0, 1, opcode};
}
constexpr VectorCode p66(uint8_t opcode) {
    return {0x66, 1, opcode};
}
constexpr VectorCode pf3(uint8_t opcode) {
    return {0xf3, 1, opcode};
}
constexpr VectorCode pf2(uint8_t opcode) {
    return {0xf2, 1, opcode};
}
constexpr VectorCode p66_38(uint8_t opcode) {
    return {0x66, 2, opcode};
}
constexpr VectorCode p66_3a(uint8_t opcode) {
    return {0x66, 3, opcode};
}
constexpr VectorCode wide(VectorCode code) {
    code.wide = true;
    return code;
}
constexpr VectorCode commuting(VectorCode code) {
    code.commutes = true;
    return code;
}

// --- Moves
constexpr VectorCode movups = np(0x10);
constexpr VectorCode movups_store = np(0x11);
constexpr VectorCode movaps = np(0x28);
constexpr VectorCode movss_load = pf3(0x10);
constexpr VectorCode movss_store = pf3(0x11);
constexpr VectorCode movsd_load = pf2(0x10);  // of two registers: the lower half of the second
constexpr VectorCode movsd_store = pf2(0x11);
constexpr VectorCode movddup = pf2(0x12);
constexpr VectorCode movlhps = np(0x16);
constexpr VectorCode vbroadcastss = p66_38(0x18);
constexpr VectorCode vpbroadcastb = p66_38(0x78);
constexpr VectorCode vpbroadcastw = p66_38(0x79);
constexpr VectorCode vpbroadcastq = p66_38(0x59);
constexpr VectorCode pmovmskb = p66(0xd7);
constexpr VectorCode movmskps = np(0x50);
constexpr VectorCode movmskpd = p66(0x50);
constexpr VectorCode pinsrb = p66_3a(0x20);
constexpr VectorCode pinsrw = p66(0xc4);
constexpr VectorCode pinsrd = p66_3a(0x22);
constexpr VectorCode pinsrq = wide(pinsrd);
constexpr VectorCode insertps = p66_3a(0x21);
constexpr VectorCode pextrb = p66_3a(0x14);
constexpr VectorCode pextrw = p66_3a(0x15);
constexpr VectorCode pextrd = p66_3a(0x16);
constexpr VectorCode pextrq = wide(pextrd);

// --- Shuffles
constexpr VectorCode pshufb = p66_38(0x00);
constexpr VectorCode pshufd = p66(0x70);
constexpr VectorCode pshuflw = pf2(0x70);
constexpr VectorCode pshufhw = pf3(0x70);
constexpr VectorCode shufps = np(0xc6);
constexpr VectorCode palignr = p66_3a(0x0f);
constexpr VectorCode pblendw = p66_3a(0x0e);
constexpr VectorCode vpblendvb = p66_3a(0x4c);
constexpr VectorCode punpcklbw = p66(0x60);
constexpr VectorCode punpcklwd = p66(0x61);
constexpr VectorCode punpckldq = p66(0x62);
constexpr VectorCode punpcklqdq = p66(0x6c);
constexpr VectorCode punpckhbw = p66(0x68);
constexpr VectorCode punpckhwd = p66(0x69);
constexpr VectorCode punpckhdq = p66(0x6a);
constexpr VectorCode punpckhqdq = p66(0x6d);
constexpr VectorCode packsswb = p66(0x63);
constexpr VectorCode packssdw = p66(0x6b);
constexpr VectorCode packuswb = p66(0x67);
constexpr VectorCode packusdw = p66_38(0x2b);
constexpr VectorCode pmovsxbw = p66_38(0x20);
constexpr VectorCode pmovsxwd = p66_38(0x23);
constexpr VectorCode pmovsxdq = p66_38(0x25);
constexpr VectorCode pmovzxbw = p66_38(0x30);
constexpr VectorCode pmovzxwd = p66_38(0x33);
constexpr VectorCode pmovzxdq = p66_38(0x35);

// --- Bits
constexpr VectorCode pand = commuting(p66(0xdb));
constexpr VectorCode pandn = p66(0xdf);  // of the first operand's inverse
constexpr VectorCode por = commuting(p66(0xeb));
constexpr VectorCode pxor = commuting(p66(0xef));
constexpr VectorCode ptest = p66_38(0x17);
constexpr VectorCode psllw = p66(0xf1);
constexpr VectorCode pslld = p66(0xf2);
constexpr VectorCode psllq = p66(0xf3);
constexpr VectorCode psrlw = p66(0xd1);
constexpr VectorCode psrld = p66(0xd2);
constexpr VectorCode psrlq = p66(0xd3);
constexpr VectorCode psraw = p66(0xe1);
constexpr VectorCode psrad = p66(0xe2);
// By an immediate: an opcode for each width of lanes, a digit for each operation.
constexpr VectorCode shift_words = p66(0x71);
constexpr VectorCode shift_doublewords = p66(0x72);
constexpr VectorCode shift_quadwords = p66(0x73);
constexpr uint8_t digit_srl = 2;
constexpr uint8_t digit_sra = 4;
constexpr uint8_t digit_sll = 6;

// --- Integers
constexpr VectorCode paddb = commuting(p66(0xfc));
constexpr VectorCode paddw = commuting(p66(0xfd));
constexpr VectorCode paddd = commuting(p66(0xfe));
constexpr VectorCode paddq = commuting(p66(0xd4));
constexpr VectorCode paddsb = commuting(p66(0xec));
constexpr VectorCode paddsw = commuting(p66(0xed));
constexpr VectorCode paddusb = commuting(p66(0xdc));
constexpr VectorCode paddusw = commuting(p66(0xdd));
constexpr VectorCode psubb = p66(0xf8);
constexpr VectorCode psubw = p66(0xf9);
constexpr VectorCode psubd = p66(0xfa);
constexpr VectorCode psubq = p66(0xfb);
constexpr VectorCode psubsb = p66(0xe8);
constexpr VectorCode psubsw = p66(0xe9);
constexpr VectorCode psubusb = p66(0xd8);
constexpr VectorCode psubusw = p66(0xd9);
constexpr VectorCode pmullw = commuting(p66(0xd5));
constexpr VectorCode pmulhw = commuting(p66(0xe5));
constexpr VectorCode pmulhuw = commuting(p66(0xe4));
constexpr VectorCode pmulld = commuting(p66_38(0x40));
constexpr VectorCode pmuldq = commuting(p66_38(0x28));
constexpr VectorCode pmuludq = commuting(p66(0xf4));
constexpr VectorCode pmulhrsw = commuting(p66_38(0x0b));
constexpr VectorCode pmaddwd = commuting(p66(0xf5));
constexpr VectorCode pmaddubsw = p66_38(0x04);  // unsigned times signed
constexpr VectorCode pavgb = commuting(p66(0xe0));
constexpr VectorCode pavgw = commuting(p66(0xe3));
constexpr VectorCode pminsb = commuting(p66_38(0x38));
constexpr VectorCode pminsw = commuting(p66(0xea));
constexpr VectorCode pminsd = commuting(p66_38(0x39));
constexpr VectorCode pminub = commuting(p66(0xda));
constexpr VectorCode pminuw = commuting(p66_38(0x3a));
constexpr VectorCode pminud = commuting(p66_38(0x3b));
constexpr VectorCode pmaxsb = commuting(p66_38(0x3c));
constexpr VectorCode pmaxsw = commuting(p66(0xee));
constexpr VectorCode pmaxsd = commuting(p66_38(0x3d));
constexpr VectorCode pmaxub = commuting(p66(0xde));
constexpr VectorCode pmaxuw = commuting(p66_38(0x3e));
constexpr VectorCode pmaxud = commuting(p66_38(0x3f));
constexpr VectorCode pabsb = p66_38(0x1c);
constexpr VectorCode pabsw = p66_38(0x1d);
constexpr VectorCode pabsd = p66_38(0x1e);
constexpr VectorCode pcmpeqb = commuting(p66(0x74));
constexpr VectorCode pcmpeqw = commuting(p66(0x75));
constexpr VectorCode pcmpeqd = commuting(p66(0x76));
constexpr VectorCode pcmpeqq = commuting(p66_38(0x29));
constexpr VectorCode pcmpgtb = p66(0x64);
constexpr VectorCode pcmpgtw = p66(0x65);
constexpr VectorCode pcmpgtd = p66(0x66);
constexpr VectorCode pcmpgtq = p66_38(0x37);  // SSE4.2

// --- Floats. Sums and products don't commute: of two NaNs they yield the first.
constexpr VectorCode addps = np(0x58);
constexpr VectorCode addpd = p66(0x58);
constexpr VectorCode subps = np(0x5c);
constexpr VectorCode subpd = p66(0x5c);
constexpr VectorCode mulps = np(0x59);
constexpr VectorCode mulpd = p66(0x59);
constexpr VectorCode divps = np(0x5e);
constexpr VectorCode divpd = p66(0x5e);
constexpr VectorCode minps = np(0x5d);  // the second where one is NaN or both are zeros
constexpr VectorCode minpd = p66(0x5d);
constexpr VectorCode maxps = np(0x5f);
constexpr VectorCode maxpd = p66(0x5f);
constexpr VectorCode sqrtps = np(0x51);
constexpr VectorCode sqrtpd = p66(0x51);
constexpr VectorCode roundps = p66_3a(0x08);
constexpr VectorCode roundpd = p66_3a(0x09);
constexpr VectorCode cmpps = np(0xc2);
constexpr VectorCode cmppd = p66(0xc2);
constexpr VectorCode andps = commuting(np(0x54));
constexpr VectorCode andnps = np(0x55);
constexpr VectorCode orps = commuting(np(0x56));
constexpr VectorCode xorps = commuting(np(0x57));
constexpr VectorCode cvtdq2ps = np(0x5b);
constexpr VectorCode cvtdq2pd = pf3(0xe6);
constexpr VectorCode cvttps2dq = pf3(0x5b);
constexpr VectorCode cvttpd2dq = p66(0xe6);
constexpr VectorCode cvtps2pd = np(0x5a);
constexpr VectorCode cvtpd2ps = p66(0x5a);

}  // namespace epsilon::baseline::codes

// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "baseline/encoded.h"
#include "baseline/x64/assembler.h"

using namespace epsilon::baseline;
using baseline_test::Encoded;
using enum Reg;
using enum Width;
using enum Xmm;

TEST_CASE("The encoder: vectors with SSE", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.vector1({0x66, 1, 0x51}, xmm0, xmm1), code.is("sqrtpd xmm0,xmm1", "660f51c1");
    code.vector1({0x66, 1, 0x51}, xmm15, xmm14), code.is("sqrtpd xmm15,xmm14", "66450f51fe");
    code.vector1({0x66, 1, 0x51}, xmm12, at(rcx, rdx, 1000, 2)),
        code.is("sqrtpd xmm12,XMMWORD PTR [rcx+rdx*4+0x3e8]", "66440f51a491e8030000");
    code.vector1({0, 1, 0x28}, xmm0, xmm1), code.is("movaps xmm0,xmm1", "0f28c1");
    code.vector1({0, 1, 0x28}, xmm9, xmm2), code.is("movaps xmm9,xmm2", "440f28ca");
    code.vector1({0, 1, 0x28}, xmm3, xmm10), code.is("movaps xmm3,xmm10", "410f28da");
    code.vector1({0, 1, 0x28}, xmm15, xmm14), code.is("movaps xmm15,xmm14", "450f28fe");
    code.vector1({0, 1, 0x28}, xmm12, at(r8, r9, -1, 3)),
        code.is("movaps xmm12,XMMWORD PTR [r8+r9*8-0x1]", "470f2864c8ff");
    code.vector1({0xf3, 1, 0x6f}, xmm0, xmm1), code.is("movdqu xmm0,xmm1", "f30f6fc1");
    code.vector1({0xf3, 1, 0x6f}, xmm12, at(none, rdi, 64, 3)),
        code.is("movdqu xmm12,XMMWORD PTR [rdi*8+0x40]", "f3440f6f24fd40000000");
    code.vector1({0xf3, 1, 0xe6}, xmm0, xmm1), code.is("cvtdq2pd xmm0,xmm1", "f30fe6c1");
    code.vector1({0xf3, 1, 0xe6}, xmm12, at(none, r10, 0, 2)),
        code.is("cvtdq2pd xmm12,QWORD PTR [r10*4+0x0]", "f3460fe6249500000000");
    code.vector1({0x66, 2, 0x1c}, xmm0, xmm1), code.is("pabsb xmm0,xmm1", "660f381cc1");
    code.vector1({0x66, 2, 0x1c}, xmm3, xmm10), code.is("pabsb xmm3,xmm10", "66410f381cda");
    code.vector1({0x66, 2, 0x1c}, xmm15, xmm14), code.is("pabsb xmm15,xmm14", "66450f381cfe");
    code.vector1({0x66, 2, 0x1c}, xmm12, at(none, 4096)),
        code.is("pabsb xmm12,XMMWORD PTR ds:0x1000", "66440f381c242500100000");
    code.vector1({0x66, 1, 0x2e}, xmm0, xmm1), code.is("ucomisd xmm0,xmm1", "660f2ec1");
    code.vector1({0x66, 1, 0x2e}, xmm9, xmm2), code.is("ucomisd xmm9,xmm2", "66440f2eca");
    code.vector1({0x66, 1, 0x2e}, xmm3, xmm10), code.is("ucomisd xmm3,xmm10", "66410f2eda");
    code.vector1({0x66, 1, 0x2e}, xmm12, at(rax, 0)),
        code.is("ucomisd xmm12,QWORD PTR [rax]", "66440f2e20");
    code.vector1({0, 1, 0x2e}, xmm0, xmm1), code.is("ucomiss xmm0,xmm1", "0f2ec1");
    code.vector1({0, 1, 0x2e}, xmm12, at(rsp, 0)),
        code.is("ucomiss xmm12,DWORD PTR [rsp]", "440f2e2424");
    code.vector1({0x66, 1, 0x70}, xmm0, xmm1, 0x1b), code.is("pshufd xmm0,xmm1,0x1b", "660f70c11b");
    code.vector1({0x66, 1, 0x70}, xmm15, xmm14, 0x1b),
        code.is("pshufd xmm15,xmm14,0x1b", "66450f70fe1b");
    code.vector1({0x66, 1, 0x70}, xmm5, at(rbp, 0), 0xe4),
        code.is("pshufd xmm5,XMMWORD PTR [rbp+0x0],0xe4", "660f706d00e4");
    code.vector_store({0xf3, 1, 0x7f}, at(r12, 0), xmm2),
        code.is("movdqu XMMWORD PTR [r12],xmm2", "f3410f7f1424");
    code.vector_store({0xf3, 1, 0x11}, at(rbx, 127), xmm2),
        code.is("movss DWORD PTR [rbx+0x7f],xmm2", "f30f11537f");
    code.vector_store({0xf2, 1, 0x11}, at(rsi, 128), xmm2),
        code.is("movsd QWORD PTR [rsi+0x80],xmm2", "f20f119680000000");
    code.vector_store({0x66, 1, 0xd6}, at(rsp, 8), xmm2),
        code.is("movq QWORD PTR [rsp+0x8],xmm2", "660fd6542408");
    code.vector_store({0x66, 3, 0x14}, at(rbp, -8), xmm11, 1),
        code.is("pextrb BYTE PTR [rbp-0x8],xmm11,0x1", "66440f3a145df801");
    code.vector_store({0x66, 3, 0x15}, at(r13, 65536), xmm11, 1),
        code.is("pextrw WORD PTR [r13+0x10000],xmm11,0x1", "66450f3a159d0000010001");
    code.vector_store({0x66, 3, 0x16}, at(r15, rax, 0), xmm11, 1),
        code.is("pextrd DWORD PTR [r15+rax*1],xmm11,0x1", "66450f3a161c0701");
    code.vector_store({0x66, 3, 0x16, true}, at(r15, r11, 16), xmm11, 1),
        code.is("pextrq QWORD PTR [r15+r11*1+0x10],xmm11,0x1", "664f0f3a165c1f1001");
    code.vector2({0, 1, 0x58}, xmm0, xmm0, xmm1), code.is("addps xmm0,xmm1", "0f58c1");
    code.vector2({0, 1, 0x58}, xmm3, xmm3, xmm12), code.is("addps xmm3,xmm12", "410f58dc");
    code.vector2({0, 1, 0x58}, xmm7, xmm7, at(rbp, rcx, 0)),
        code.is("addps xmm7,XMMWORD PTR [rbp+rcx*1+0x0]", "0f587c0d00");
    code.vector2({0xf2, 1, 0x58}, xmm0, xmm0, xmm1), code.is("addsd xmm0,xmm1", "f20f58c1");
    code.vector2({0xf2, 1, 0x58}, xmm7, xmm7, at(r13, r12, 0)),
        code.is("addsd xmm7,QWORD PTR [r13+r12*1+0x0]", "f2430f587c2500");
    code.vector2({0xf3, 1, 0x5c}, xmm0, xmm0, xmm1), code.is("subss xmm0,xmm1", "f30f5cc1");
    code.vector2({0xf3, 1, 0x5c}, xmm15, xmm15, xmm14), code.is("subss xmm15,xmm14", "f3450f5cfe");
    code.vector2({0xf3, 1, 0x5c}, xmm4, xmm4, xmm4), code.is("subss xmm4,xmm4", "f30f5ce4");
    code.vector2({0xf3, 1, 0x5c}, xmm7, xmm7, at(rsp, rbp, 0)),
        code.is("subss xmm7,DWORD PTR [rsp+rbp*1]", "f30f5c3c2c");
    code.vector2({0x66, 1, 0xef}, xmm0, xmm0, xmm1), code.is("pxor xmm0,xmm1", "660fefc1");
    code.vector2({0x66, 1, 0xef}, xmm9, xmm9, xmm2), code.is("pxor xmm9,xmm2", "66440fefca");
    code.vector2({0x66, 1, 0xef}, xmm4, xmm4, xmm4), code.is("pxor xmm4,xmm4", "660fefe4");
    code.vector2({0x66, 1, 0xef}, xmm7, xmm7, at(rax, r13, 0, 1)),
        code.is("pxor xmm7,XMMWORD PTR [rax+r13*2]", "66420fef3c68");
    code.vector2({0x66, 2, 0x00}, xmm0, xmm0, xmm1), code.is("pshufb xmm0,xmm1", "660f3800c1");
    code.vector2({0x66, 2, 0x00}, xmm7, xmm7, at(rcx, rdx, 1000, 2)),
        code.is("pshufb xmm7,XMMWORD PTR [rcx+rdx*4+0x3e8]", "660f3800bc91e8030000");
    code.vector2({0xf2, 1, 0x5a}, xmm0, xmm0, xmm1), code.is("cvtsd2ss xmm0,xmm1", "f20f5ac1");
    code.vector2({0xf2, 1, 0x5a}, xmm3, xmm3, xmm12), code.is("cvtsd2ss xmm3,xmm12", "f2410f5adc");
    code.vector2({0xf2, 1, 0x5a}, xmm15, xmm15, xmm14),
        code.is("cvtsd2ss xmm15,xmm14", "f2450f5afe");
    code.vector2({0xf2, 1, 0x5a}, xmm7, xmm7, at(r8, r9, -1, 3)),
        code.is("cvtsd2ss xmm7,QWORD PTR [r8+r9*8-0x1]", "f2430f5a7cc8ff");
    code.vector2({0, 1, 0x5c}, xmm1, xmm2, xmm3),
        code.is("movaps xmm1,xmm2; subps xmm1,xmm3", "0f28ca0f5ccb");
    code.vector2({0, 1, 0x58, false, true}, xmm1, xmm2, xmm1), code.is("addps xmm1,xmm2", "0f58ca");
    code.vector2({0, 1, 0x5c}, xmm1, xmm2, at(rax, 0)),
        code.is("movaps xmm1,xmm2; subps xmm1,XMMWORD PTR [rax]", "0f28ca0f5c08");
    code.vector2({0, 1, 0xc6}, xmm9, xmm2, xmm9, 3),
        code.is("movaps xmm15,xmm2; shufps xmm15,xmm9,0x3; movaps xmm9,xmm15",
                "440f28fa450fc6f903450f28cf");
    code.vector2({0, 1, 0xc6}, xmm9, xmm2, at(rbp, 16), 3),
        code.is("movaps xmm9,xmm2; shufps xmm9,XMMWORD PTR [rbp+0x10],0x3", "440f28ca440fc64d1003");
    code.vector_shift({0x66, 1, 0x72}, 6, xmm1, xmm9, 3),
        code.is("movaps xmm1,xmm9; pslld xmm1,0x3", "410f28c9660f72f103");
    code.vector2({0xf2, 1, 0x2a}, xmm1, xmm2, rcx),
        code.is("movaps xmm1,xmm2; cvtsi2sd xmm1,ecx", "0f28caf20f2ac9");
    code.vector2({0x66, 3, 0x22}, xmm1, xmm2, rcx, 2),
        code.is("movaps xmm1,xmm2; pinsrd xmm1,ecx,0x2", "0f28ca660f3a22c902");
    code.vector2({0x66, 3, 0x0b}, xmm0, xmm0, xmm9, 11),
        code.is("roundsd xmm0,xmm9,0xb", "66410f3a0bc10b");
    code.vector2({0x66, 3, 0x0f}, xmm0, xmm0, xmm9, 5),
        code.is("palignr xmm0,xmm9,0x5", "66410f3a0fc105");
    code.vector2({0x66, 3, 0x0f}, xmm15, xmm15, xmm14, 5),
        code.is("palignr xmm15,xmm14,0x5", "66450f3a0ffe05");
    code.vector2({0x66, 3, 0x0b}, xmm9, xmm9, at(none, rdi, 64, 3), 8),
        code.is("roundsd xmm9,QWORD PTR [rdi*8+0x40],0x8", "66440f3a0b0cfd4000000008");
    code.vector2({0x66, 3, 0x20}, xmm9, xmm9, at(none, r10, 0, 2), 15),
        code.is("pinsrb xmm9,BYTE PTR [r10*4+0x0],0xf", "66460f3a200c95000000000f");
    code.vector_shift({0x66, 1, 0x72}, 6, xmm1, xmm1, 31), code.is("pslld xmm1,0x1f", "660f72f11f");
    code.vector_shift({0x66, 1, 0x71}, 4, xmm1, xmm1, 1), code.is("psraw xmm1,0x1", "660f71e101");
    code.vector_shift({0x66, 1, 0x73}, 3, xmm1, xmm1, 8), code.is("psrldq xmm1,0x8", "660f73d908");
    code.vector_shift({0x66, 1, 0x72}, 6, xmm9, xmm9, 31),
        code.is("pslld xmm9,0x1f", "66410f72f11f");
    code.vector_shift({0x66, 1, 0x71}, 4, xmm9, xmm9, 1), code.is("psraw xmm9,0x1", "66410f71e101");
    code.to_vector(w32, xmm3, rax), code.is("movd xmm3,eax", "660f6ed8");
    code.to_vector(w64, xmm3, rax), code.is("movq xmm3,rax", "66480f6ed8");
    code.from_vector(w32, rax, xmm3), code.is("movd eax,xmm3", "660f7ed8");
    code.from_vector(w64, rax, xmm3), code.is("movq rax,xmm3", "66480f7ed8");
    code.from_vector({0xf2, 1, 0x2c}, rax, xmm3), code.is("cvttsd2si eax,xmm3", "f20f2cc3");
    code.from_vector({0xf3, 1, 0x2c, true}, rax, xmm3), code.is("cvttss2si rax,xmm3", "f3480f2cc3");
    code.from_vector({0x66, 1, 0xd7}, rax, xmm3), code.is("pmovmskb eax,xmm3", "660fd7c3");
    code.from_vector({0, 1, 0x50}, rax, xmm3), code.is("movmskps eax,xmm3", "0f50c3");
    code.from_vector({0x66, 3, 0x14}, rax, xmm3, 15),
        code.is("pextrb eax,xmm3,0xf", "660f3a14d80f");
    code.from_vector({0x66, 3, 0x16}, rax, xmm3, 3), code.is("pextrd eax,xmm3,0x3", "660f3a16d803");
    code.from_vector({0x66, 3, 0x16, true}, rax, xmm3, 1),
        code.is("pextrq rax,xmm3,0x1", "66480f3a16d801");
    code.vector2({0xf2, 1, 0x2a}, xmm3, xmm3, rax), code.is("cvtsi2sd xmm3,eax", "f20f2ad8");
    code.vector2({0xf3, 1, 0x2a, true}, xmm3, xmm3, rax),
        code.is("cvtsi2ss xmm3,rax", "f3480f2ad8");
    code.vector2({0x66, 3, 0x22, true}, xmm3, xmm3, rax, 1),
        code.is("pinsrq xmm3,rax,0x1", "66480f3a22d801");
    code.vector2({0x66, 1, 0xc4}, xmm3, xmm3, rax, 7), code.is("pinsrw xmm3,eax,0x7", "660fc4d807");
    code.to_vector(w32, xmm3, r12), code.is("movd xmm3,r12d", "66410f6edc");
    code.vector2({0xf2, 1, 0x2a}, xmm3, xmm3, r12), code.is("cvtsi2sd xmm3,r12d", "f2410f2adc");
    code.vector2({0x66, 3, 0x22}, xmm3, xmm3, r12, 2),
        code.is("pinsrd xmm3,r12d,0x2", "66410f3a22dc02");
    code.vector2({0x66, 3, 0x22, true}, xmm3, xmm3, r12, 1),
        code.is("pinsrq xmm3,r12,0x1", "66490f3a22dc01");
    code.to_vector(w32, xmm11, rax), code.is("movd xmm11,eax", "66440f6ed8");
    code.from_vector({0x66, 3, 0x14}, rax, xmm11, 15),
        code.is("pextrb eax,xmm11,0xf", "66440f3a14d80f");
    code.from_vector({0x66, 3, 0x16, true}, rax, xmm11, 1),
        code.is("pextrq rax,xmm11,0x1", "664c0f3a16d801");
    code.vector2({0xf2, 1, 0x2a}, xmm11, xmm11, rax), code.is("cvtsi2sd xmm11,eax", "f2440f2ad8");
    code.vector2({0x66, 3, 0x22}, xmm11, xmm11, r12, 2),
        code.is("pinsrd xmm11,r12d,0x2", "66450f3a22dc02");
    code.movap(xmm0, xmm1), code.is("movaps xmm0,xmm1", "0f28c1");
    code.movap(xmm3, xmm10), code.is("movaps xmm3,xmm10", "410f28da");
    code.movap(xmm15, xmm14), code.is("movaps xmm15,xmm14", "450f28fe");
}

TEST_CASE("The encoder: vectors with AVX", "[baseline]") {
    Encoded code(/*avx=*/true);
    code.vector1({0x66, 1, 0x51}, xmm0, xmm1), code.is("vsqrtpd xmm0,xmm1", "c5f951c1");
    code.vector1({0x66, 1, 0x51}, xmm3, xmm10), code.is("vsqrtpd xmm3,xmm10", "c4c17951da");
    code.vector1({0x66, 1, 0x51}, xmm15, xmm14), code.is("vsqrtpd xmm15,xmm14", "c4417951fe");
    code.vector1({0x66, 1, 0x51}, xmm12, at(none, 4096)),
        code.is("vsqrtpd xmm12,XMMWORD PTR ds:0x1000", "c57951242500100000");
    code.vector1({0, 1, 0x28}, xmm0, xmm1), code.is("vmovaps xmm0,xmm1", "c5f828c1");
    code.vector1({0, 1, 0x28}, xmm9, xmm2), code.is("vmovaps xmm9,xmm2", "c57828ca");
    code.vector1({0, 1, 0x28}, xmm12, at(rax, 0)),
        code.is("vmovaps xmm12,XMMWORD PTR [rax]", "c5782820");
    code.vector1({0xf3, 1, 0x6f}, xmm0, xmm1), code.is("vmovdqu xmm0,xmm1", "c5fa6fc1");
    code.vector1({0xf3, 1, 0x6f}, xmm3, xmm10), code.is("vmovdqu xmm3,xmm10", "c4c17a6fda");
    code.vector1({0xf3, 1, 0x6f}, xmm12, at(rsp, 0)),
        code.is("vmovdqu xmm12,XMMWORD PTR [rsp]", "c57a6f2424");
    code.vector1({0xf3, 1, 0xe6}, xmm0, xmm1), code.is("vcvtdq2pd xmm0,xmm1", "c5fae6c1");
    code.vector1({0xf3, 1, 0xe6}, xmm3, xmm10), code.is("vcvtdq2pd xmm3,xmm10", "c4c17ae6da");
    code.vector1({0xf3, 1, 0xe6}, xmm12, at(rbp, 0)),
        code.is("vcvtdq2pd xmm12,QWORD PTR [rbp+0x0]", "c57ae66500");
    code.vector1({0x66, 2, 0x1c}, xmm0, xmm1), code.is("vpabsb xmm0,xmm1", "c4e2791cc1");
    code.vector1({0x66, 2, 0x1c}, xmm3, xmm10), code.is("vpabsb xmm3,xmm10", "c4c2791cda");
    code.vector1({0x66, 2, 0x1c}, xmm12, at(r12, 0)),
        code.is("vpabsb xmm12,XMMWORD PTR [r12]", "c442791c2424");
    code.vector1({0x66, 1, 0x2e}, xmm0, xmm1), code.is("vucomisd xmm0,xmm1", "c5f92ec1");
    code.vector1({0x66, 1, 0x2e}, xmm12, at(r13, 0)),
        code.is("vucomisd xmm12,QWORD PTR [r13+0x0]", "c441792e6500");
    code.vector1({0, 1, 0x2e}, xmm0, xmm1), code.is("vucomiss xmm0,xmm1", "c5f82ec1");
    code.vector1({0, 1, 0x2e}, xmm3, xmm10), code.is("vucomiss xmm3,xmm10", "c4c1782eda");
    code.vector1({0, 1, 0x2e}, xmm12, at(rbx, 127)),
        code.is("vucomiss xmm12,DWORD PTR [rbx+0x7f]", "c5782e637f");
    code.vector1({0x66, 1, 0x70}, xmm0, xmm1, 0x1b),
        code.is("vpshufd xmm0,xmm1,0x1b", "c5f970c11b");
    code.vector1({0x66, 1, 0x70}, xmm15, xmm14, 0x1b),
        code.is("vpshufd xmm15,xmm14,0x1b", "c4417970fe1b");
    code.vector1({0x66, 1, 0x70}, xmm5, at(r9, -128), 0xe4),
        code.is("vpshufd xmm5,XMMWORD PTR [r9-0x80],0xe4", "c4c179706980e4");
    code.vector_store({0xf3, 1, 0x7f}, at(rsi, 128), xmm2),
        code.is("vmovdqu XMMWORD PTR [rsi+0x80],xmm2", "c5fa7f9680000000");
    code.vector_store({0xf3, 1, 0x11}, at(rsp, 8), xmm2),
        code.is("vmovss DWORD PTR [rsp+0x8],xmm2", "c5fa11542408");
    code.vector_store({0xf2, 1, 0x11}, at(rbp, -8), xmm2),
        code.is("vmovsd QWORD PTR [rbp-0x8],xmm2", "c5fb1155f8");
    code.vector_store({0xf2, 1, 0x11}, at(r13, 65536), xmm13),
        code.is("vmovsd QWORD PTR [r13+0x10000],xmm13", "c4417b11ad00000100");
    code.vector_store({0x66, 1, 0xd6}, at(r15, rax, 0), xmm2),
        code.is("vmovq QWORD PTR [r15+rax*1],xmm2", "c4c179d61407");
    code.vector_store({0x66, 3, 0x14}, at(rbp, rcx, 0), xmm11, 1),
        code.is("vpextrb BYTE PTR [rbp+rcx*1+0x0],xmm11,0x1", "c46379145c0d0001");
    code.vector_store({0x66, 3, 0x15}, at(r13, r12, 0), xmm11, 1),
        code.is("vpextrw WORD PTR [r13+r12*1+0x0],xmm11,0x1", "c40379155c250001");
    code.vector_store({0x66, 3, 0x16}, at(rsp, rbp, 0), xmm11, 1),
        code.is("vpextrd DWORD PTR [rsp+rbp*1],xmm11,0x1", "c46379161c2c01");
    code.vector_store({0x66, 3, 0x16, true}, at(rax, r13, 0, 1), xmm11, 1),
        code.is("vpextrq QWORD PTR [rax+r13*2],xmm11,0x1", "c423f9161c6801");
    code.vector2({0, 1, 0x58}, xmm0, xmm1, xmm2), code.is("vaddps xmm0,xmm1,xmm2", "c5f058c2");
    code.vector2({0, 1, 0x58}, xmm0, xmm9, xmm2), code.is("vaddps xmm0,xmm9,xmm2", "c5b058c2");
    code.vector2({0, 1, 0x58}, xmm7, xmm6, at(rcx, rdx, 1000, 2)),
        code.is("vaddps xmm7,xmm6,XMMWORD PTR [rcx+rdx*4+0x3e8]", "c5c858bc91e8030000");
    code.vector2({0xf2, 1, 0x58}, xmm0, xmm1, xmm2), code.is("vaddsd xmm0,xmm1,xmm2", "c5f358c2");
    code.vector2({0xf2, 1, 0x58}, xmm0, xmm9, xmm2), code.is("vaddsd xmm0,xmm9,xmm2", "c5b358c2");
    code.vector2({0xf2, 1, 0x58}, xmm7, xmm6, at(r8, r9, -1, 3)),
        code.is("vaddsd xmm7,xmm6,QWORD PTR [r8+r9*8-0x1]", "c4814b587cc8ff");
    code.vector2({0xf3, 1, 0x5c}, xmm0, xmm1, xmm2), code.is("vsubss xmm0,xmm1,xmm2", "c5f25cc2");
    code.vector2({0xf3, 1, 0x5c}, xmm0, xmm9, xmm2), code.is("vsubss xmm0,xmm9,xmm2", "c5b25cc2");
    code.vector2({0xf3, 1, 0x5c}, xmm0, xmm1, xmm10),
        code.is("vsubss xmm0,xmm1,xmm10", "c4c1725cc2");
    code.vector2({0xf3, 1, 0x5c}, xmm15, xmm14, xmm13),
        code.is("vsubss xmm15,xmm14,xmm13", "c4410a5cfd");
    code.vector2({0xf3, 1, 0x5c}, xmm7, xmm6, at(none, rdi, 64, 3)),
        code.is("vsubss xmm7,xmm6,DWORD PTR [rdi*8+0x40]", "c5ca5c3cfd40000000");
    code.vector2({0x66, 1, 0xef}, xmm0, xmm1, xmm2), code.is("vpxor xmm0,xmm1,xmm2", "c5f1efc2");
    code.vector2({0x66, 1, 0xef}, xmm0, xmm9, xmm2), code.is("vpxor xmm0,xmm9,xmm2", "c5b1efc2");
    code.vector2({0x66, 1, 0xef}, xmm0, xmm1, xmm10),
        code.is("vpxor xmm0,xmm1,xmm10", "c4c171efc2");
    code.vector2({0x66, 1, 0xef}, xmm7, xmm6, at(none, r10, 0, 2)),
        code.is("vpxor xmm7,xmm6,XMMWORD PTR [r10*4+0x0]", "c4a149ef3c9500000000");
    code.vector2({0x66, 2, 0x00}, xmm0, xmm1, xmm2),
        code.is("vpshufb xmm0,xmm1,xmm2", "c4e27100c2");
    code.vector2({0x66, 2, 0x00}, xmm0, xmm1, xmm10),
        code.is("vpshufb xmm0,xmm1,xmm10", "c4c27100c2");
    code.vector2({0x66, 2, 0x00}, xmm15, xmm14, xmm13),
        code.is("vpshufb xmm15,xmm14,xmm13", "c4420900fd");
    code.vector2({0x66, 2, 0x00}, xmm7, xmm6, at(none, 4096)),
        code.is("vpshufb xmm7,xmm6,XMMWORD PTR ds:0x1000", "c4e249003c2500100000");
    code.vector2({0xf2, 1, 0x5a}, xmm0, xmm1, xmm2),
        code.is("vcvtsd2ss xmm0,xmm1,xmm2", "c5f35ac2");
    code.vector2({0xf2, 1, 0x5a}, xmm15, xmm14, xmm13),
        code.is("vcvtsd2ss xmm15,xmm14,xmm13", "c4410b5afd");
    code.vector2({0xf2, 1, 0x5a}, xmm7, xmm6, at(rax, 0)),
        code.is("vcvtsd2ss xmm7,xmm6,QWORD PTR [rax]", "c5cb5a38");
    code.vector2({0x66, 3, 0x0b}, xmm0, xmm3, xmm9, 11),
        code.is("vroundsd xmm0,xmm3,xmm9,0xb", "c4c3610bc10b");
    code.vector2({0x66, 3, 0x0f}, xmm0, xmm3, xmm9, 5),
        code.is("vpalignr xmm0,xmm3,xmm9,0x5", "c4c3610fc105");
    code.vector2({0x66, 3, 0x0b}, xmm8, xmm11, xmm1, 11),
        code.is("vroundsd xmm8,xmm11,xmm1,0xb", "c463210bc10b");
    code.vector2({0x66, 3, 0x0f}, xmm15, xmm2, xmm14, 5),
        code.is("vpalignr xmm15,xmm2,xmm14,0x5", "c443690ffe05");
    code.vector2({0x66, 3, 0x0b}, xmm9, xmm9, at(rsp, 0), 8),
        code.is("vroundsd xmm9,xmm9,QWORD PTR [rsp],0x8", "c463310b0c2408");
    code.vector2({0x66, 3, 0x20}, xmm9, xmm9, at(rbp, 0), 15),
        code.is("vpinsrb xmm9,xmm9,BYTE PTR [rbp+0x0],0xf", "c46331204d000f");
    code.vector_shift({0x66, 1, 0x72}, 6, xmm1, xmm2, 31),
        code.is("vpslld xmm1,xmm2,0x1f", "c5f172f21f");
    code.vector_shift({0x66, 1, 0x71}, 4, xmm1, xmm2, 1),
        code.is("vpsraw xmm1,xmm2,0x1", "c5f171e201");
    code.vector_shift({0x66, 1, 0x73}, 3, xmm1, xmm2, 8),
        code.is("vpsrldq xmm1,xmm2,0x8", "c5f173da08");
    code.vector_shift({0x66, 1, 0x72}, 6, xmm1, xmm10, 31),
        code.is("vpslld xmm1,xmm10,0x1f", "c4c17172f21f");
    code.vector_shift({0x66, 1, 0x73}, 3, xmm1, xmm10, 8),
        code.is("vpsrldq xmm1,xmm10,0x8", "c4c17173da08");
    code.to_vector(w32, xmm3, rax), code.is("vmovd xmm3,eax", "c5f96ed8");
    code.to_vector(w64, xmm3, rax), code.is("vmovq xmm3,rax", "c4e1f96ed8");
    code.from_vector(w32, rax, xmm3), code.is("vmovd eax,xmm3", "c5f97ed8");
    code.from_vector(w64, rax, xmm3), code.is("vmovq rax,xmm3", "c4e1f97ed8");
    code.from_vector({0xf2, 1, 0x2c}, rax, xmm3), code.is("vcvttsd2si eax,xmm3", "c5fb2cc3");
    code.from_vector({0xf3, 1, 0x2c, true}, rax, xmm3),
        code.is("vcvttss2si rax,xmm3", "c4e1fa2cc3");
    code.from_vector({0x66, 1, 0xd7}, rax, xmm3), code.is("vpmovmskb eax,xmm3", "c5f9d7c3");
    code.from_vector({0, 1, 0x50}, rax, xmm3), code.is("vmovmskps eax,xmm3", "c5f850c3");
    code.from_vector({0x66, 3, 0x14}, rax, xmm3, 15),
        code.is("vpextrb eax,xmm3,0xf", "c4e37914d80f");
    code.from_vector({0x66, 3, 0x16}, rax, xmm3, 3),
        code.is("vpextrd eax,xmm3,0x3", "c4e37916d803");
    code.from_vector({0x66, 3, 0x16, true}, rax, xmm3, 1),
        code.is("vpextrq rax,xmm3,0x1", "c4e3f916d801");
    code.vector2({0xf2, 1, 0x2a}, xmm3, xmm2, rax), code.is("vcvtsi2sd xmm3,xmm2,eax", "c5eb2ad8");
    code.vector2({0xf3, 1, 0x2a, true}, xmm3, xmm2, rax),
        code.is("vcvtsi2ss xmm3,xmm2,rax", "c4e1ea2ad8");
    code.vector2({0x66, 3, 0x22}, xmm3, xmm2, rax, 2),
        code.is("vpinsrd xmm3,xmm2,eax,0x2", "c4e36922d802");
    code.vector2({0x66, 3, 0x22, true}, xmm3, xmm2, rax, 1),
        code.is("vpinsrq xmm3,xmm2,rax,0x1", "c4e3e922d801");
    code.vector2({0x66, 1, 0xc4}, xmm3, xmm2, rax, 7),
        code.is("vpinsrw xmm3,xmm2,eax,0x7", "c5e9c4d807");
    code.from_vector(w32, r12, xmm3), code.is("vmovd r12d,xmm3", "c4c1797edc");
    code.from_vector(w64, r12, xmm3), code.is("vmovq r12,xmm3", "c4c1f97edc");
    code.from_vector({0xf3, 1, 0x2c, true}, r12, xmm3),
        code.is("vcvttss2si r12,xmm3", "c461fa2ce3");
    code.from_vector({0x66, 1, 0xd7}, r12, xmm3), code.is("vpmovmskb r12d,xmm3", "c579d7e3");
    code.from_vector({0, 1, 0x50}, r12, xmm3), code.is("vmovmskps r12d,xmm3", "c57850e3");
    code.from_vector({0x66, 3, 0x14}, r12, xmm3, 15),
        code.is("vpextrb r12d,xmm3,0xf", "c4c37914dc0f");
    code.from_vector({0x66, 3, 0x16}, r12, xmm3, 3),
        code.is("vpextrd r12d,xmm3,0x3", "c4c37916dc03");
    code.vector2({0x66, 3, 0x22}, xmm3, xmm2, r12, 2),
        code.is("vpinsrd xmm3,xmm2,r12d,0x2", "c4c36922dc02");
    code.vector2({0x66, 1, 0xc4}, xmm3, xmm2, r12, 7),
        code.is("vpinsrw xmm3,xmm2,r12d,0x7", "c4c169c4dc07");
    code.to_vector(w64, xmm11, rax), code.is("vmovq xmm11,rax", "c461f96ed8");
    code.from_vector(w32, rax, xmm11), code.is("vmovd eax,xmm11", "c5797ed8");
    code.from_vector(w64, rax, xmm11), code.is("vmovq rax,xmm11", "c461f97ed8");
    code.from_vector({0x66, 1, 0xd7}, rax, xmm11), code.is("vpmovmskb eax,xmm11", "c4c179d7c3");
    code.from_vector({0x66, 3, 0x16}, rax, xmm11, 3),
        code.is("vpextrd eax,xmm11,0x3", "c4637916d803");
    code.from_vector({0x66, 3, 0x14}, r12, xmm11, 15),
        code.is("vpextrb r12d,xmm11,0xf", "c4437914dc0f");
    code.from_vector({0x66, 3, 0x16}, r12, xmm11, 3),
        code.is("vpextrd r12d,xmm11,0x3", "c4437916dc03");
    code.from_vector({0x66, 3, 0x16, true}, r12, xmm11, 1),
        code.is("vpextrq r12,xmm11,0x1", "c443f916dc01");
    code.vector2({0xf3, 1, 0x2a, true}, xmm11, xmm10, r12),
        code.is("vcvtsi2ss xmm11,xmm10,r12", "c441aa2adc");
    code.vector2({0x66, 3, 0x22}, xmm11, xmm10, r12, 2),
        code.is("vpinsrd xmm11,xmm10,r12d,0x2", "c4432922dc02");
    code.vector2({0x66, 3, 0x22, true}, xmm11, xmm10, r12, 1),
        code.is("vpinsrq xmm11,xmm10,r12,0x1", "c443a922dc01");
    code.movap(xmm0, xmm1), code.is("vmovaps xmm0,xmm1", "c5f828c1");
    code.movap(xmm15, xmm14), code.is("vmovaps xmm15,xmm14", "c4417828fe");
    code.vector3({0x66, 3, 0x4c}, xmm0, xmm1, xmm2, xmm3),
        code.is("vpblendvb xmm0,xmm1,xmm2,xmm3", "c4e3714cc230");
    code.vector3({0x66, 3, 0x4c}, xmm8, xmm9, xmm10, xmm11),
        code.is("vpblendvb xmm8,xmm9,xmm10,xmm11", "c443314cc2b0");
    code.vector3({0x66, 3, 0x4c}, xmm1, xmm2, xmm12, xmm15),
        code.is("vpblendvb xmm1,xmm2,xmm12,xmm15", "c4c3694cccf0");
}

// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "baseline/encoded.h"
#include "baseline/x64/assembler.h"

using namespace epsilon::baseline;
using baseline_test::Encoded;
using enum Reg;
using enum Width;

TEST_CASE("The encoder: moves", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.mov(w32, rax, rcx), code.is("mov eax,ecx", "8bc1");
    code.mov(w32, rcx, r9), code.is("mov ecx,r9d", "418bc9");
    code.mov(w32, r10, rbx), code.is("mov r10d,ebx", "448bd3");
    code.mov(w32, r15, r8), code.is("mov r15d,r8d", "458bf8");
    code.mov(w32, rsp, rbp), code.is("mov esp,ebp", "8be5");
    code.mov(w32, r12, r13), code.is("mov r12d,r13d", "458be5");
    code.mov(w32, rdi, rsi), code.is("mov edi,esi", "8bfe");
    code.mov(w64, rax, rcx), code.is("mov rax,rcx", "488bc1");
    code.mov(w64, rcx, r9), code.is("mov rcx,r9", "498bc9");
    code.mov(w64, r10, rbx), code.is("mov r10,rbx", "4c8bd3");
    code.mov(w64, r15, r8), code.is("mov r15,r8", "4d8bf8");
    code.mov(w64, rsp, rbp), code.is("mov rsp,rbp", "488be5");
    code.mov(w64, r12, r13), code.is("mov r12,r13", "4d8be5");
    code.mov(w64, rdi, rsi), code.is("mov rdi,rsi", "488bfe");
    code.mov(rax, 0), code.is("mov eax,0x0", "b800000000");
    code.mov(r9, 1), code.is("mov r9d,0x1", "41b901000000");
    code.mov(rsp, UINT32_MAX), code.is("mov esp,0xffffffff", "bcffffffff");
    code.mov(rdx, uint64_t(-1)), code.is("mov rdx,0xffffffffffffffff", "48c7c2ffffffff");
    code.mov(r12, 0xffffffff80000000), code.is("mov r12,0xffffffff80000000", "49c7c400000080");
    code.mov(rbp, 0xffffffff7fffffff),
        code.is("movabs rbp,0xffffffff7fffffff", "48bdffffff7fffffffff");
    code.mov(r13, 0x0123456789abcdef),
        code.is("movabs r13,0x123456789abcdef", "49bdefcdab8967452301");
    code.mov(rdi, 0x100000000), code.is("movabs rdi,0x100000000", "48bf0000000001000000");
    code.mov(r8, 0x80000000), code.is("mov r8d,0x80000000", "41b800000080");
    code.zero(rax), code.is("xor eax,eax", "31c0");
    code.zero(r8), code.is("xor r8d,r8d", "4531c0");
    code.zero(rbp), code.is("xor ebp,ebp", "31ed");
}

TEST_CASE("The encoder: addresses", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.lea(w64, rdx, at(rax, 0)), code.is("lea rdx,[rax]", "488d10");
    code.lea(w64, rdx, at(rsp, 0)), code.is("lea rdx,[rsp]", "488d1424");
    code.lea(w64, rdx, at(rbp, 0)), code.is("lea rdx,[rbp+0x0]", "488d5500");
    code.lea(w64, rdx, at(r12, 0)), code.is("lea rdx,[r12]", "498d1424");
    code.lea(w64, rdx, at(r13, 0)), code.is("lea rdx,[r13+0x0]", "498d5500");
    code.lea(w64, rdx, at(rbx, 127)), code.is("lea rdx,[rbx+0x7f]", "488d537f");
    code.lea(w64, rdx, at(r9, -128)), code.is("lea rdx,[r9-0x80]", "498d5180");
    code.lea(w64, rdx, at(rsi, 128)), code.is("lea rdx,[rsi+0x80]", "488d9680000000");
    code.lea(w64, rdx, at(r14, -129)), code.is("lea rdx,[r14-0x81]", "498d967fffffff");
    code.lea(w64, rdx, at(rsp, 8)), code.is("lea rdx,[rsp+0x8]", "488d542408");
    code.lea(w64, rdx, at(r12, 4096)), code.is("lea rdx,[r12+0x1000]", "498d942400100000");
    code.lea(w64, rdx, at(rbp, -8)), code.is("lea rdx,[rbp-0x8]", "488d55f8");
    code.lea(w64, rdx, at(r13, 65536)), code.is("lea rdx,[r13+0x10000]", "498d9500000100");
    code.lea(w64, rdx, at(r15, rax, 0)), code.is("lea rdx,[r15+rax*1]", "498d1407");
    code.lea(w64, rdx, at(r15, r11, 16)), code.is("lea rdx,[r15+r11*1+0x10]", "4b8d541f10");
    code.lea(w64, rdx, at(rbp, rcx, 0)), code.is("lea rdx,[rbp+rcx*1+0x0]", "488d540d00");
    code.lea(w64, rdx, at(r13, r12, 0)), code.is("lea rdx,[r13+r12*1+0x0]", "4b8d542500");
    code.lea(w64, rdx, at(rsp, rbp, 0)), code.is("lea rdx,[rsp+rbp*1]", "488d142c");
    code.lea(w64, rdx, at(rax, r13, 0, 1)), code.is("lea rdx,[rax+r13*2]", "4a8d1468");
    code.lea(w64, rdx, at(rcx, rdx, 1000, 2)),
        code.is("lea rdx,[rcx+rdx*4+0x3e8]", "488d9491e8030000");
    code.lea(w64, rdx, at(r8, r9, -1, 3)), code.is("lea rdx,[r8+r9*8-0x1]", "4b8d54c8ff");
    code.lea(w64, rdx, at(none, rdi, 64, 3)), code.is("lea rdx,[rdi*8+0x40]", "488d14fd40000000");
    code.lea(w64, rdx, at(none, r10, 0, 2)), code.is("lea rdx,[r10*4+0x0]", "4a8d149500000000");
    code.lea(w64, rdx, at(none, 4096)), code.is("lea rdx,ds:0x1000", "488d142500100000");
    code.lea(w32, r11, at(rax, 0)), code.is("lea r11d,[rax]", "448d18");
    code.lea(w32, r11, at(r12, 0)), code.is("lea r11d,[r12]", "458d1c24");
    code.lea(w32, r11, at(r9, -128)), code.is("lea r11d,[r9-0x80]", "458d5980");
    code.lea(w32, r11, at(rsp, 8)), code.is("lea r11d,[rsp+0x8]", "448d5c2408");
    code.lea(w32, r11, at(r13, 65536)), code.is("lea r11d,[r13+0x10000]", "458d9d00000100");
    code.lea(w32, r11, at(rbp, rcx, 0)), code.is("lea r11d,[rbp+rcx*1+0x0]", "448d5c0d00");
    code.lea(w32, r11, at(rax, r13, 0, 1)), code.is("lea r11d,[rax+r13*2]", "468d1c68");
    code.lea(w32, r11, at(none, rdi, 64, 3)), code.is("lea r11d,[rdi*8+0x40]", "448d1cfd40000000");
}

TEST_CASE("The encoder: loads and stores", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.load(Access::s8_32, rbx, at(rsp, 0)), code.is("movsx ebx,BYTE PTR [rsp]", "0fbe1c24");
    code.load(Access::s8_32, r10, at(rbp, 0)),
        code.is("movsx r10d,BYTE PTR [rbp+0x0]", "440fbe5500");
    code.load(Access::s8_32, rcx, at(r12, 0)), code.is("movsx ecx,BYTE PTR [r12]", "410fbe0c24");
    code.load(Access::u8, r8, at(r13, 0)), code.is("movzx r8d,BYTE PTR [r13+0x0]", "450fb64500");
    code.load(Access::u8, rsi, at(r9, -128)), code.is("movzx esi,BYTE PTR [r9-0x80]", "410fb67180");
    code.load(Access::s16_32, r13, at(rsi, 128)),
        code.is("movsx r13d,WORD PTR [rsi+0x80]", "440fbfae80000000");
    code.load(Access::s16_32, r11, at(rsp, 8)),
        code.is("movsx r11d,WORD PTR [rsp+0x8]", "440fbf5c2408");
    code.load(Access::u16, rdx, at(r12, 4096)),
        code.is("movzx edx,WORD PTR [r12+0x1000]", "410fb7942400100000");
    code.load(Access::u16, r9, at(rbp, -8)), code.is("movzx r9d,WORD PTR [rbp-0x8]", "440fb74df8");
    code.load(Access::u32, rdi, at(r15, rax, 0)),
        code.is("mov edi,DWORD PTR [r15+rax*1]", "418b3c07");
    code.load(Access::u32, r14, at(r15, r11, 16)),
        code.is("mov r14d,DWORD PTR [r15+r11*1+0x10]", "478b741f10");
    code.load(Access::s8_64, r12, at(r13, r12, 0)),
        code.is("movsx r12,BYTE PTR [r13+r12*1+0x0]", "4f0fbe642500");
    code.load(Access::s8_64, rbx, at(rsp, rbp, 0)),
        code.is("movsx rbx,BYTE PTR [rsp+rbp*1]", "480fbe1c2c");
    code.load(Access::s8_64, r10, at(rax, r13, 0, 1)),
        code.is("movsx r10,BYTE PTR [rax+r13*2]", "4e0fbe1468");
    code.load(Access::s16_64, rcx, at(rcx, rdx, 1000, 2)),
        code.is("movsx rcx,WORD PTR [rcx+rdx*4+0x3e8]", "480fbf8c91e8030000");
    code.load(Access::s32_64, rsi, at(none, r10, 0, 2)),
        code.is("movsxd rsi,DWORD PTR [r10*4+0x0]", "4a63349500000000");
    code.load(Access::s32_64, r13, at(none, 4096)),
        code.is("movsxd r13,DWORD PTR ds:0x1000", "4c632c2500100000");
    code.load(Access::s32_64, rsp, at(rax, 0)), code.is("movsxd rsp,DWORD PTR [rax]", "486320");
    code.load(Access::u64, r11, at(rsp, 0)), code.is("mov r11,QWORD PTR [rsp]", "4c8b1c24");
    code.store(1, at(r13, 0), rax), code.is("mov BYTE PTR [r13+0x0],al", "41884500");
    code.store(1, at(r14, -129), rsp), code.is("mov BYTE PTR [r14-0x81],spl", "4188a67fffffff");
    code.store(1, at(r12, 4096), rsi), code.is("mov BYTE PTR [r12+0x1000],sil", "4188b42400100000");
    code.store(1, at(rbp, -8), rdi), code.is("mov BYTE PTR [rbp-0x8],dil", "40887df8");
    code.store(1, at(r13, 65536), r8), code.is("mov BYTE PTR [r13+0x10000],r8b", "45888500000100");
    code.store(1, at(r15, rax, 0), r9), code.is("mov BYTE PTR [r15+rax*1],r9b", "45880c07");
    code.store(1, at(rbp, rcx, 0), r11), code.is("mov BYTE PTR [rbp+rcx*1+0x0],r11b", "44885c0d00");
    code.store(1, at(rax, r13, 0, 1), r14), code.is("mov BYTE PTR [rax+r13*2],r14b", "46883468");
    code.store(1, at(r8, r9, -1, 3), 0), code.is("mov BYTE PTR [r8+r9*8-0x1],0x0", "43c644c8ff00");
    code.store(1, at(none, rdi, 64, 3), -1),
        code.is("mov BYTE PTR [rdi*8+0x40],0xff", "c604fd40000000ff");
    code.store(1, at(none, r10, 0, 2), 0x12),
        code.is("mov BYTE PTR [r10*4+0x0],0x12", "42c604950000000012");
    code.store(2, at(none, 4096), rax), code.is("mov WORD PTR ds:0x1000,ax", "6689042500100000");
    code.store(2, at(rax, 0), rsp), code.is("mov WORD PTR [rax],sp", "668920");
    code.store(2, at(rsp, 0), rdi), code.is("mov WORD PTR [rsp],di", "66893c24");
    code.store(2, at(r13, 0), 0), code.is("mov WORD PTR [r13+0x0],0x0", "6641c745000000");
    code.store(2, at(rbx, 127), -1), code.is("mov WORD PTR [rbx+0x7f],0xffff", "66c7437fffff");
    code.store(2, at(r9, -128), 0x12), code.is("mov WORD PTR [r9-0x80],0x12", "6641c741801200");
    code.store(4, at(rsi, 128), rax), code.is("mov DWORD PTR [rsi+0x80],eax", "898680000000");
    code.store(4, at(r12, 4096), r8), code.is("mov DWORD PTR [r12+0x1000],r8d", "4589842400100000");
    code.store(4, at(r13, 65536), 0),
        code.is("mov DWORD PTR [r13+0x10000],0x0", "41c7850000010000000000");
    code.store(4, at(r15, r11, 16), 0x12345678),
        code.is("mov DWORD PTR [r15+r11*1+0x10],0x12345678", "43c7441f1078563412");
    code.store(8, at(rbp, rcx, 0), rax), code.is("mov QWORD PTR [rbp+rcx*1+0x0],rax", "4889440d00");
    code.store(8, at(r13, r12, 0), rsp), code.is("mov QWORD PTR [r13+r12*1+0x0],rsp", "4b89642500");
    code.store(8, at(r8, r9, -1, 3), 0),
        code.is("mov QWORD PTR [r8+r9*8-0x1],0x0", "4bc744c8ff00000000");
    code.store(8, at(none, r10, 0, 2), 0x12345678),
        code.is("mov QWORD PTR [r10*4+0x0],0x12345678", "4ac704950000000078563412");
}

TEST_CASE("The encoder: extensions", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.extend(Access::s8_32, rax, rcx), code.is("movsx eax,cl", "0fbec1");
    code.extend(Access::s8_32, rdx, rsp), code.is("movsx edx,spl", "400fbed4");
    code.extend(Access::s8_32, r9, rbp), code.is("movsx r9d,bpl", "440fbecd");
    code.extend(Access::s8_32, rbx, rsi), code.is("movsx ebx,sil", "400fbede");
    code.extend(Access::s8_32, rdi, rdi), code.is("movsx edi,dil", "400fbeff");
    code.extend(Access::s8_32, rcx, r12), code.is("movsx ecx,r12b", "410fbecc");
    code.extend(Access::s8_32, r8, r15), code.is("movsx r8d,r15b", "450fbec7");
    code.extend(Access::u8, rax, rcx), code.is("movzx eax,cl", "0fb6c1");
    code.extend(Access::u8, rdx, rsp), code.is("movzx edx,spl", "400fb6d4");
    code.extend(Access::u8, r9, rbp), code.is("movzx r9d,bpl", "440fb6cd");
    code.extend(Access::u8, rbx, rsi), code.is("movzx ebx,sil", "400fb6de");
    code.extend(Access::u8, rdi, rdi), code.is("movzx edi,dil", "400fb6ff");
    code.extend(Access::u8, rcx, r12), code.is("movzx ecx,r12b", "410fb6cc");
    code.extend(Access::u8, r8, r15), code.is("movzx r8d,r15b", "450fb6c7");
    code.extend(Access::s16_32, rax, rcx), code.is("movsx eax,cx", "0fbfc1");
    code.extend(Access::s16_32, rsp, r13), code.is("movsx esp,r13w", "410fbfe5");
    code.extend(Access::s16_32, r8, rdi), code.is("movsx r8d,di", "440fbfc7");
    code.extend(Access::u16, rax, rcx), code.is("movzx eax,cx", "0fb7c1");
    code.extend(Access::u16, rsp, r13), code.is("movzx esp,r13w", "410fb7e5");
    code.extend(Access::u16, r8, rdi), code.is("movzx r8d,di", "440fb7c7");
    code.extend(Access::u32, rax, rcx), code.is("mov eax,ecx", "8bc1");
    code.extend(Access::u32, rsp, r13), code.is("mov esp,r13d", "418be5");
    code.extend(Access::u32, r8, rdi), code.is("mov r8d,edi", "448bc7");
    code.extend(Access::s8_64, rax, rcx), code.is("movsx rax,cl", "480fbec1");
    code.extend(Access::s8_64, rdx, rsp), code.is("movsx rdx,spl", "480fbed4");
    code.extend(Access::s8_64, r9, rbp), code.is("movsx r9,bpl", "4c0fbecd");
    code.extend(Access::s8_64, rbx, rsi), code.is("movsx rbx,sil", "480fbede");
    code.extend(Access::s8_64, rdi, rdi), code.is("movsx rdi,dil", "480fbeff");
    code.extend(Access::s8_64, rcx, r12), code.is("movsx rcx,r12b", "490fbecc");
    code.extend(Access::s8_64, r8, r15), code.is("movsx r8,r15b", "4d0fbec7");
    code.extend(Access::s16_64, rax, rcx), code.is("movsx rax,cx", "480fbfc1");
    code.extend(Access::s16_64, rsp, r13), code.is("movsx rsp,r13w", "490fbfe5");
    code.extend(Access::s16_64, r8, rdi), code.is("movsx r8,di", "4c0fbfc7");
    code.extend(Access::s32_64, rax, rcx), code.is("movsxd rax,ecx", "4863c1");
    code.extend(Access::s32_64, rsp, r13), code.is("movsxd rsp,r13d", "4963e5");
    code.extend(Access::s32_64, r8, rdi), code.is("movsxd r8,edi", "4c63c7");
    code.extend(Access::u64, rax, rcx), code.is("mov rax,rcx", "488bc1");
    code.extend(Access::u64, rsp, r13), code.is("mov rsp,r13", "498be5");
    code.extend(Access::u64, r8, rdi), code.is("mov r8,rdi", "4c8bc7");
}

TEST_CASE("The encoder: arithmetic", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.alu(Alu::add, w32, rcx, r9), code.is("add ecx,r9d", "4103c9");
    code.alu(Alu::add, w32, rcx, -128), code.is("add ecx,0xffffff80", "83c180");
    code.alu(Alu::add, w32, rcx, at(none, 4096)),
        code.is("add ecx,DWORD PTR ds:0x1000", "030c2500100000");
    code.alu(Alu::add, w32, at(rax, 0), rcx), code.is("add DWORD PTR [rax],ecx", "0108");
    code.alu(Alu::add, w32, at(rsp, 0), 127), code.is("add DWORD PTR [rsp],0x7f", "8304247f");
    code.alu(Alu::add, w32, at(rbp, 0), 0x1234567),
        code.is("add DWORD PTR [rbp+0x0],0x1234567", "81450067452301");
    code.alu(Alu::add, w64, r10, rbx), code.is("add r10,rbx", "4c03d3");
    code.alu(Alu::add, w64, rdx, -128), code.is("add rdx,0xffffffffffffff80", "4883c280");
    code.alu(Alu::add, w64, rdx, at(r12, 0)), code.is("add rdx,QWORD PTR [r12]", "49031424");
    code.alu(Alu::add, w64, at(r13, 0), rdx), code.is("add QWORD PTR [r13+0x0],rdx", "49015500");
    code.alu(Alu::add, w64, at(rbx, 127), 127),
        code.is("add QWORD PTR [rbx+0x7f],0x7f", "4883437f7f");
    code.alu(Alu::add, w64, at(r9, -128), 0x1234567),
        code.is("add QWORD PTR [r9-0x80],0x1234567", "4981418067452301");
    code.alu(Alu::or_, w32, r10, rbx), code.is("or r10d,ebx", "440bd3");
    code.alu(Alu::or_, w32, rsp, -128), code.is("or esp,0xffffff80", "83cc80");
    code.alu(Alu::or_, w32, rsp, 128), code.is("or esp,0x80", "81cc80000000");
    code.alu(Alu::or_, w32, rsp, at(rsi, 128)),
        code.is("or esp,DWORD PTR [rsi+0x80]", "0ba680000000");
    code.alu(Alu::or_, w32, at(r14, -129), rsp),
        code.is("or DWORD PTR [r14-0x81],esp", "4109a67fffffff");
    code.alu(Alu::or_, w32, at(rsp, 8), 127), code.is("or DWORD PTR [rsp+0x8],0x7f", "834c24087f");
    code.alu(Alu::or_, w32, at(r12, 4096), 0x1234567),
        code.is("or DWORD PTR [r12+0x1000],0x1234567", "41818c240010000067452301");
    code.alu(Alu::or_, w64, r15, r8), code.is("or r15,r8", "4d0bf8");
    code.alu(Alu::or_, w64, rbp, -128), code.is("or rbp,0xffffffffffffff80", "4883cd80");
    code.alu(Alu::or_, w64, rbp, at(rbp, -8)), code.is("or rbp,QWORD PTR [rbp-0x8]", "480b6df8");
    code.alu(Alu::or_, w64, at(r13, 65536), rbp),
        code.is("or QWORD PTR [r13+0x10000],rbp", "4909ad00000100");
    code.alu(Alu::or_, w64, at(r15, rax, 0), 127),
        code.is("or QWORD PTR [r15+rax*1],0x7f", "49830c077f");
    code.alu(Alu::or_, w64, at(r15, r11, 16), 0x1234567),
        code.is("or QWORD PTR [r15+r11*1+0x10],0x1234567", "4b814c1f1067452301");
    code.alu(Alu::adc, w32, r15, r8), code.is("adc r15d,r8d", "4513f8");
    code.alu(Alu::adc, w32, rdi, -128), code.is("adc edi,0xffffff80", "83d780");
    code.alu(Alu::adc, w32, rdi, at(rbp, rcx, 0)),
        code.is("adc edi,DWORD PTR [rbp+rcx*1+0x0]", "137c0d00");
    code.alu(Alu::adc, w32, at(r13, r12, 0), rdi),
        code.is("adc DWORD PTR [r13+r12*1+0x0],edi", "43117c2500");
    code.alu(Alu::adc, w32, at(rsp, rbp, 0), 127),
        code.is("adc DWORD PTR [rsp+rbp*1],0x7f", "83142c7f");
    code.alu(Alu::adc, w32, at(rax, r13, 0, 1), 0x1234567),
        code.is("adc DWORD PTR [rax+r13*2],0x1234567", "4281146867452301");
    code.alu(Alu::adc, w64, rsp, rbp), code.is("adc rsp,rbp", "4813e5");
    code.alu(Alu::adc, w64, r8, -128), code.is("adc r8,0xffffffffffffff80", "4983d080");
    code.alu(Alu::adc, w64, r8, 128), code.is("adc r8,0x80", "4981d080000000");
    code.alu(Alu::adc, w64, r8, at(rcx, rdx, 1000, 2)),
        code.is("adc r8,QWORD PTR [rcx+rdx*4+0x3e8]", "4c138491e8030000");
    code.alu(Alu::adc, w64, at(r8, r9, -1, 3), r8),
        code.is("adc QWORD PTR [r8+r9*8-0x1],r8", "4f1144c8ff");
    code.alu(Alu::adc, w64, at(none, rdi, 64, 3), 127),
        code.is("adc QWORD PTR [rdi*8+0x40],0x7f", "488314fd400000007f");
    code.alu(Alu::adc, w64, at(none, r10, 0, 2), 0x1234567),
        code.is("adc QWORD PTR [r10*4+0x0],0x1234567", "4a8114950000000067452301");
    code.alu(Alu::sbb, w32, rsp, rbp), code.is("sbb esp,ebp", "1be5");
    code.alu(Alu::sbb, w32, r10, -128), code.is("sbb r10d,0xffffff80", "4183da80");
    code.alu(Alu::sbb, w32, r10, at(none, 4096)),
        code.is("sbb r10d,DWORD PTR ds:0x1000", "441b142500100000");
    code.alu(Alu::sbb, w32, at(rax, 0), r10), code.is("sbb DWORD PTR [rax],r10d", "441910");
    code.alu(Alu::sbb, w32, at(rsp, 0), 127), code.is("sbb DWORD PTR [rsp],0x7f", "831c247f");
    code.alu(Alu::sbb, w32, at(rbp, 0), 0x1234567),
        code.is("sbb DWORD PTR [rbp+0x0],0x1234567", "815d0067452301");
    code.alu(Alu::sbb, w64, r12, r13), code.is("sbb r12,r13", "4d1be5");
    code.alu(Alu::sbb, w64, r11, -128), code.is("sbb r11,0xffffffffffffff80", "4983db80");
    code.alu(Alu::sbb, w64, r11, 128), code.is("sbb r11,0x80", "4981db80000000");
    code.alu(Alu::sbb, w64, r11, at(r12, 0)), code.is("sbb r11,QWORD PTR [r12]", "4d1b1c24");
    code.alu(Alu::sbb, w64, at(r13, 0), r11), code.is("sbb QWORD PTR [r13+0x0],r11", "4d195d00");
    code.alu(Alu::sbb, w64, at(rbx, 127), 127),
        code.is("sbb QWORD PTR [rbx+0x7f],0x7f", "48835b7f7f");
    code.alu(Alu::sbb, w64, at(r9, -128), 0x1234567),
        code.is("sbb QWORD PTR [r9-0x80],0x1234567", "4981598067452301");
    code.alu(Alu::and_, w32, r12, r13), code.is("and r12d,r13d", "4523e5");
    code.alu(Alu::and_, w32, r13, -128), code.is("and r13d,0xffffff80", "4183e580");
    code.alu(Alu::and_, w32, r13, at(rsi, 128)),
        code.is("and r13d,DWORD PTR [rsi+0x80]", "4423ae80000000");
    code.alu(Alu::and_, w32, at(r14, -129), r13),
        code.is("and DWORD PTR [r14-0x81],r13d", "4521ae7fffffff");
    code.alu(Alu::and_, w32, at(rsp, 8), 127),
        code.is("and DWORD PTR [rsp+0x8],0x7f", "836424087f");
    code.alu(Alu::and_, w32, at(r12, 4096), 0x1234567),
        code.is("and DWORD PTR [r12+0x1000],0x1234567", "4181a4240010000067452301");
    code.alu(Alu::and_, w64, rdi, rsi), code.is("and rdi,rsi", "4823fe");
    code.alu(Alu::and_, w64, r14, -128), code.is("and r14,0xffffffffffffff80", "4983e680");
    code.alu(Alu::and_, w64, r14, at(rbp, -8)), code.is("and r14,QWORD PTR [rbp-0x8]", "4c2375f8");
    code.alu(Alu::and_, w64, at(r13, 65536), r14),
        code.is("and QWORD PTR [r13+0x10000],r14", "4d21b500000100");
    code.alu(Alu::and_, w64, at(r15, rax, 0), 127),
        code.is("and QWORD PTR [r15+rax*1],0x7f", "498324077f");
    code.alu(Alu::and_, w64, at(r15, r11, 16), 0x1234567),
        code.is("and QWORD PTR [r15+r11*1+0x10],0x1234567", "4b81641f1067452301");
    code.alu(Alu::sub, w32, rdi, rsi), code.is("sub edi,esi", "2bfe");
    code.alu(Alu::sub, w32, r10, -128), code.is("sub r10d,0xffffff80", "4183ea80");
    code.alu(Alu::sub, w32, r10, at(rbp, rcx, 0)),
        code.is("sub r10d,DWORD PTR [rbp+rcx*1+0x0]", "442b540d00");
    code.alu(Alu::sub, w32, at(r13, r12, 0), r10),
        code.is("sub DWORD PTR [r13+r12*1+0x0],r10d", "4729542500");
    code.alu(Alu::sub, w32, at(rsp, rbp, 0), 127),
        code.is("sub DWORD PTR [rsp+rbp*1],0x7f", "832c2c7f");
    code.alu(Alu::sub, w32, at(rax, r13, 0, 1), 0x1234567),
        code.is("sub DWORD PTR [rax+r13*2],0x1234567", "42812c6867452301");
    code.alu(Alu::sub, w64, rax, rcx), code.is("sub rax,rcx", "482bc1");
    code.alu(Alu::sub, w64, rcx, -128), code.is("sub rcx,0xffffffffffffff80", "4883e980");
    code.alu(Alu::sub, w64, rcx, at(rcx, rdx, 1000, 2)),
        code.is("sub rcx,QWORD PTR [rcx+rdx*4+0x3e8]", "482b8c91e8030000");
    code.alu(Alu::sub, w64, at(r8, r9, -1, 3), rcx),
        code.is("sub QWORD PTR [r8+r9*8-0x1],rcx", "4b294cc8ff");
    code.alu(Alu::sub, w64, at(none, rdi, 64, 3), 127),
        code.is("sub QWORD PTR [rdi*8+0x40],0x7f", "48832cfd400000007f");
    code.alu(Alu::sub, w64, at(none, r10, 0, 2), 0x1234567),
        code.is("sub QWORD PTR [r10*4+0x0],0x1234567", "4a812c950000000067452301");
    code.alu(Alu::xor_, w32, rax, rcx), code.is("xor eax,ecx", "33c1");
    code.alu(Alu::xor_, w32, rbx, -128), code.is("xor ebx,0xffffff80", "83f380");
    code.alu(Alu::xor_, w32, rbx, at(none, 4096)),
        code.is("xor ebx,DWORD PTR ds:0x1000", "331c2500100000");
    code.alu(Alu::xor_, w32, at(rax, 0), rbx), code.is("xor DWORD PTR [rax],ebx", "3118");
    code.alu(Alu::xor_, w32, at(rsp, 0), 127), code.is("xor DWORD PTR [rsp],0x7f", "8334247f");
    code.alu(Alu::xor_, w32, at(rbp, 0), 0x1234567),
        code.is("xor DWORD PTR [rbp+0x0],0x1234567", "81750067452301");
    code.alu(Alu::xor_, w64, rcx, r9), code.is("xor rcx,r9", "4933c9");
    code.alu(Alu::xor_, w64, rsp, -128), code.is("xor rsp,0xffffffffffffff80", "4883f480");
    code.alu(Alu::xor_, w64, rsp, at(r12, 0)), code.is("xor rsp,QWORD PTR [r12]", "49332424");
    code.alu(Alu::xor_, w64, at(r13, 0), rsp), code.is("xor QWORD PTR [r13+0x0],rsp", "49316500");
    code.alu(Alu::xor_, w64, at(rbx, 127), 127),
        code.is("xor QWORD PTR [rbx+0x7f],0x7f", "4883737f7f");
    code.alu(Alu::xor_, w64, at(r9, -128), 0x1234567),
        code.is("xor QWORD PTR [r9-0x80],0x1234567", "4981718067452301");
    code.alu(Alu::cmp, w32, rcx, r9), code.is("cmp ecx,r9d", "413bc9");
    code.alu(Alu::cmp, w32, rsi, -128), code.is("cmp esi,0xffffff80", "83fe80");
    code.alu(Alu::cmp, w32, rsi, at(rsi, 128)),
        code.is("cmp esi,DWORD PTR [rsi+0x80]", "3bb680000000");
    code.alu(Alu::cmp, w32, at(r14, -129), rsi),
        code.is("cmp DWORD PTR [r14-0x81],esi", "4139b67fffffff");
    code.alu(Alu::cmp, w32, at(rsp, 8), 127), code.is("cmp DWORD PTR [rsp+0x8],0x7f", "837c24087f");
    code.alu(Alu::cmp, w32, at(r12, 4096), 0x1234567),
        code.is("cmp DWORD PTR [r12+0x1000],0x1234567", "4181bc240010000067452301");
    code.alu(Alu::cmp, w64, r10, rbx), code.is("cmp r10,rbx", "4c3bd3");
    code.alu(Alu::cmp, w64, rdi, -128), code.is("cmp rdi,0xffffffffffffff80", "4883ff80");
    code.alu(Alu::cmp, w64, rdi, at(rbp, -8)), code.is("cmp rdi,QWORD PTR [rbp-0x8]", "483b7df8");
    code.alu(Alu::cmp, w64, at(r13, 65536), rdi),
        code.is("cmp QWORD PTR [r13+0x10000],rdi", "4939bd00000100");
    code.alu(Alu::cmp, w64, at(r15, rax, 0), 127),
        code.is("cmp QWORD PTR [r15+rax*1],0x7f", "49833c077f");
    code.alu(Alu::cmp, w64, at(r15, r11, 16), 0x1234567),
        code.is("cmp QWORD PTR [r15+r11*1+0x10],0x1234567", "4b817c1f1067452301");
    code.test(w32, rax, rcx), code.is("test eax,ecx", "85c8");
    code.test(w32, rcx, 0x7f), code.is("test ecx,0x7f", "f7c17f000000");
    code.imul(w32, rax, rcx), code.is("imul eax,ecx", "0fafc1");
    code.imul(w32, rcx, r9), code.is("imul ecx,r9d", "410fafc9");
    code.imul(w32, r9, at(rbp, rcx, 0)),
        code.is("imul r9d,DWORD PTR [rbp+rcx*1+0x0]", "440faf4c0d00");
    code.imul(w32, rax, rcx, -3), code.is("imul eax,ecx,0xfffffffd", "6bc1fd");
    code.imul(w32, r10, rbx, 1000), code.is("imul r10d,ebx,0x3e8", "4469d3e8030000");
    code.unary(Unary::not_, w32, rcx), code.is("not ecx", "f7d1");
    code.unary(Unary::neg, w32, rcx), code.is("neg ecx", "f7d9");
    code.unary(Unary::neg, w32, r13), code.is("neg r13d", "41f7dd");
    code.unary(Unary::mul, w32, rcx), code.is("mul ecx", "f7e1");
    code.unary(Unary::mul, w32, r13), code.is("mul r13d", "41f7e5");
    code.unary(Unary::imul, w32, rcx), code.is("imul ecx", "f7e9");
    code.unary(Unary::imul, w32, r13), code.is("imul r13d", "41f7ed");
    code.unary(Unary::div, w32, rcx), code.is("div ecx", "f7f1");
    code.unary(Unary::idiv, w32, rcx), code.is("idiv ecx", "f7f9");
    code.unary(Unary::idiv, w32, r13), code.is("idiv r13d", "41f7fd");
    code.test(w64, rax, rcx), code.is("test rax,rcx", "4885c8");
    code.test(w64, rcx, r9), code.is("test rcx,r9", "4c85c9");
    code.test(w64, rsp, rbp), code.is("test rsp,rbp", "4885ec");
    code.test(w64, rcx, 0x7f), code.is("test rcx,0x7f", "48f7c17f000000");
    code.imul(w64, rax, rcx), code.is("imul rax,rcx", "480fafc1");
    code.imul(w64, r9, at(r13, r12, 0)),
        code.is("imul r9,QWORD PTR [r13+r12*1+0x0]", "4f0faf4c2500");
    code.imul(w64, rax, rcx, -3), code.is("imul rax,rcx,0xfffffffffffffffd", "486bc1fd");
    code.unary(Unary::not_, w64, rcx), code.is("not rcx", "48f7d1");
    code.unary(Unary::not_, w64, r13), code.is("not r13", "49f7d5");
    code.unary(Unary::neg, w64, rcx), code.is("neg rcx", "48f7d9");
    code.unary(Unary::neg, w64, r13), code.is("neg r13", "49f7dd");
    code.unary(Unary::mul, w64, rcx), code.is("mul rcx", "48f7e1");
    code.unary(Unary::mul, w64, r13), code.is("mul r13", "49f7e5");
    code.unary(Unary::imul, w64, rcx), code.is("imul rcx", "48f7e9");
    code.unary(Unary::imul, w64, r13), code.is("imul r13", "49f7ed");
    code.unary(Unary::div, w64, rcx), code.is("div rcx", "48f7f1");
    code.unary(Unary::idiv, w64, rcx), code.is("idiv rcx", "48f7f9");
    code.cdq(), code.is("cdq", "99");
    code.cqo(), code.is("cqo", "4899");
}

TEST_CASE("The encoder: shifts and bits", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.shift(Shift::rol, w32, rax, 1), code.is("rol eax,1", "d1c0");
    code.shift(Shift::rol, w32, rax, 31), code.is("rol eax,0x1f", "c1c01f");
    code.shift_cl(Shift::rol, w32, rdi), code.is("rol edi,cl", "d3c7");
    code.shift(Shift::rol, w64, rax, 1), code.is("rol rax,1", "48d1c0");
    code.shift(Shift::rol, w64, rax, 63), code.is("rol rax,0x3f", "48c1c03f");
    code.shift_cl(Shift::rol, w64, r8), code.is("rol r8,cl", "49d3c0");
    code.shift_cl(Shift::rcl, w32, r13), code.is("rcl r13d,cl", "41d3d5");
    code.shift(Shift::rcr, w64, r15, 1), code.is("rcr r15,1", "49d1df");
    code.shift_cl(Shift::rcr, w64, rcx), code.is("rcr rcx,cl", "48d3d9");
    code.shift(Shift::shl, w32, rsp, 1), code.is("shl esp,1", "d1e4");
    code.shift(Shift::shl, w32, rsp, 31), code.is("shl esp,0x1f", "c1e41f");
    code.shift_cl(Shift::shl, w32, rbx), code.is("shl ebx,cl", "d3e3");
    code.shift(Shift::shl, w64, rsp, 1), code.is("shl rsp,1", "48d1e4");
    code.shift(Shift::shl, w64, rsp, 63), code.is("shl rsp,0x3f", "48c1e43f");
    code.shift_cl(Shift::shl, w64, rsp), code.is("shl rsp,cl", "48d3e4");
    code.shift(Shift::shr, w32, r9, 1), code.is("shr r9d,1", "41d1e9");
    code.shift(Shift::shr, w32, r9, 31), code.is("shr r9d,0x1f", "41c1e91f");
    code.shift_cl(Shift::shr, w32, rsi), code.is("shr esi,cl", "d3ee");
    code.shift(Shift::shr, w64, r9, 1), code.is("shr r9,1", "49d1e9");
    code.shift_cl(Shift::shr, w64, rdi), code.is("shr rdi,cl", "48d3ef");
    code.shift(Shift::sar, w32, r14, 1), code.is("sar r14d,1", "41d1fe");
    code.shift(Shift::sar, w32, r14, 31), code.is("sar r14d,0x1f", "41c1fe1f");
    code.shift_cl(Shift::sar, w32, r9), code.is("sar r9d,cl", "41d3f9");
    code.shift(Shift::sar, w64, r14, 1), code.is("sar r14,1", "49d1fe");
    code.shift(Shift::sar, w64, r14, 63), code.is("sar r14,0x3f", "49c1fe3f");
    code.shift_cl(Shift::sar, w64, r10), code.is("sar r10,cl", "49d3fa");
    code.shiftx(Shift::shl, w32, rax, rcx, rdx), code.is("shlx eax,ecx,edx", "c4e269f7c1");
    code.shiftx(Shift::shl, w32, r8, rbp, rsp), code.is("shlx r8d,ebp,esp", "c46259f7c5");
    code.shiftx(Shift::shl, w32, rbx, r12, rdi), code.is("shlx ebx,r12d,edi", "c4c241f7dc");
    code.shiftx(Shift::shl, w64, rax, rcx, rdx), code.is("shlx rax,rcx,rdx", "c4e2e9f7c1");
    code.shiftx(Shift::shl, w64, r8, rbp, rsp), code.is("shlx r8,rbp,rsp", "c462d9f7c5");
    code.shiftx(Shift::shr, w32, rax, rcx, rdx), code.is("shrx eax,ecx,edx", "c4e26bf7c1");
    code.shiftx(Shift::shr, w32, r8, rbp, rsp), code.is("shrx r8d,ebp,esp", "c4625bf7c5");
    code.shiftx(Shift::shr, w32, rbx, r12, rdi), code.is("shrx ebx,r12d,edi", "c4c243f7dc");
    code.shiftx(Shift::shr, w64, rax, rcx, rdx), code.is("shrx rax,rcx,rdx", "c4e2ebf7c1");
    code.shiftx(Shift::shr, w64, rbx, r12, rdi), code.is("shrx rbx,r12,rdi", "c4c2c3f7dc");
    code.shiftx(Shift::sar, w32, rax, rcx, rdx), code.is("sarx eax,ecx,edx", "c4e26af7c1");
    code.shiftx(Shift::sar, w64, rax, rcx, rdx), code.is("sarx rax,rcx,rdx", "c4e2eaf7c1");
    code.shiftx(Shift::sar, w64, r8, rbp, rsp), code.is("sarx r8,rbp,rsp", "c462daf7c5");
    code.shiftx(Shift::sar, w64, rbx, r12, rdi), code.is("sarx rbx,r12,rdi", "c4c2c2f7dc");
    code.rorx(w32, rax, rcx, 25), code.is("rorx eax,ecx,0x19", "c4e37bf0c119");
    code.rorx(w32, rcx, r9, 25), code.is("rorx ecx,r9d,0x19", "c4c37bf0c919");
    code.rorx(w32, r15, r8, 25), code.is("rorx r15d,r8d,0x19", "c4437bf0f819");
    code.bits(Bits::tzcnt, w32, rax, rcx), code.is("tzcnt eax,ecx", "f30fbcc1");
    code.bits(Bits::tzcnt, w32, rcx, r9), code.is("tzcnt ecx,r9d", "f3410fbcc9");
    code.bits(Bits::lzcnt, w32, rax, rcx), code.is("lzcnt eax,ecx", "f30fbdc1");
    code.bits(Bits::lzcnt, w32, rcx, r9), code.is("lzcnt ecx,r9d", "f3410fbdc9");
    code.bits(Bits::lzcnt, w32, r15, r8), code.is("lzcnt r15d,r8d", "f3450fbdf8");
    code.bits(Bits::popcnt, w32, rax, rcx), code.is("popcnt eax,ecx", "f30fb8c1");
    code.scan(Scan::bsf, w32, r10, rbx), code.is("bsf r10d,ebx", "440fbcd3");
    code.scan(Scan::bsr, w32, r10, rbx), code.is("bsr r10d,ebx", "440fbdd3");
    code.scan(Scan::bsr, w32, r15, r8), code.is("bsr r15d,r8d", "450fbdf8");
    code.rorx(w64, rax, rcx, 57), code.is("rorx rax,rcx,0x39", "c4e3fbf0c139");
    code.rorx(w64, r10, rbx, 57), code.is("rorx r10,rbx,0x39", "c463fbf0d339");
    code.bits(Bits::tzcnt, w64, rax, rcx), code.is("tzcnt rax,rcx", "f3480fbcc1");
    code.bits(Bits::lzcnt, w64, rax, rcx), code.is("lzcnt rax,rcx", "f3480fbdc1");
    code.bits(Bits::lzcnt, w64, rcx, r9), code.is("lzcnt rcx,r9", "f3490fbdc9");
    code.bits(Bits::popcnt, w64, rax, rcx), code.is("popcnt rax,rcx", "f3480fb8c1");
    code.scan(Scan::bsf, w64, r10, rbx), code.is("bsf r10,rbx", "4c0fbcd3");
    code.scan(Scan::bsr, w64, r10, rbx), code.is("bsr r10,rbx", "4c0fbdd3");
    code.scan(Scan::bsr, w64, r15, r8), code.is("bsr r15,r8", "4d0fbdf8");
}

TEST_CASE("The encoder: conditions and jumps", "[baseline]") {
    Encoded code(/*avx=*/false);
    code.setcc(Cond::o, rax), code.is("seto al", "0f90c0");
    code.cmov(Cond::o, w32, rax, rcx), code.is("cmovo eax,ecx", "0f40c1");
    code.setcc(Cond::no, rcx), code.is("setno cl", "0f91c1");
    code.cmov(Cond::no, w64, rcx, r9), code.is("cmovno rcx,r9", "490f41c9");
    code.setcc(Cond::b, rdx), code.is("setb dl", "0f92c2");
    code.cmov(Cond::b, w32, r10, rbx), code.is("cmovb r10d,ebx", "440f42d3");
    code.setcc(Cond::ae, rbx), code.is("setae bl", "0f93c3");
    code.cmov(Cond::ae, w64, r15, r8), code.is("cmovae r15,r8", "4d0f43f8");
    code.setcc(Cond::e, rsp), code.is("sete spl", "400f94c4");
    code.cmov(Cond::e, w32, rsp, rbp), code.is("cmove esp,ebp", "0f44e5");
    code.setcc(Cond::ne, rbp), code.is("setne bpl", "400f95c5");
    code.cmov(Cond::ne, w64, r12, r13), code.is("cmovne r12,r13", "4d0f45e5");
    code.setcc(Cond::be, rsi), code.is("setbe sil", "400f96c6");
    code.cmov(Cond::be, w32, rdi, rsi), code.is("cmovbe edi,esi", "0f46fe");
    code.setcc(Cond::a, rdi), code.is("seta dil", "400f97c7");
    code.cmov(Cond::a, w64, rax, rcx), code.is("cmova rax,rcx", "480f47c1");
    code.setcc(Cond::s, r8), code.is("sets r8b", "410f98c0");
    code.cmov(Cond::s, w32, rcx, r9), code.is("cmovs ecx,r9d", "410f48c9");
    code.setcc(Cond::ns, r9), code.is("setns r9b", "410f99c1");
    code.cmov(Cond::ns, w64, r10, rbx), code.is("cmovns r10,rbx", "4c0f49d3");
    code.setcc(Cond::p, r10), code.is("setp r10b", "410f9ac2");
    code.cmov(Cond::p, w32, r15, r8), code.is("cmovp r15d,r8d", "450f4af8");
    code.setcc(Cond::np, r11), code.is("setnp r11b", "410f9bc3");
    code.cmov(Cond::np, w64, rsp, rbp), code.is("cmovnp rsp,rbp", "480f4be5");
    code.setcc(Cond::l, r12), code.is("setl r12b", "410f9cc4");
    code.cmov(Cond::l, w32, r12, r13), code.is("cmovl r12d,r13d", "450f4ce5");
    code.setcc(Cond::ge, r13), code.is("setge r13b", "410f9dc5");
    code.cmov(Cond::ge, w64, rdi, rsi), code.is("cmovge rdi,rsi", "480f4dfe");
    code.setcc(Cond::le, r14), code.is("setle r14b", "410f9ec6");
    code.cmov(Cond::le, w32, rax, rcx), code.is("cmovle eax,ecx", "0f4ec1");
    code.setcc(Cond::g, r15), code.is("setg r15b", "410f9fc7");
    code.cmov(Cond::g, w64, rcx, r9), code.is("cmovg rcx,r9", "490f4fc9");
    code.cmov(Cond::a, w32, r11, at(rsp, rbp, 0)),
        code.is("cmova r11d,DWORD PTR [rsp+rbp*1]", "440f471c2c");
    code.cmov(Cond::a, w64, r11, at(rax, r13, 0, 1)),
        code.is("cmova r11,QWORD PTR [rax+r13*2]", "4e0f471c68");
    code.jmp(rax), code.is("jmp rax", "ffe0");
    code.jmp(rsp), code.is("jmp rsp", "ffe4");
    code.jmp(r11), code.is("jmp r11", "41ffe3");
    code.jmp(r13), code.is("jmp r13", "41ffe5");
    code.jmp(at(rax, 0)), code.is("jmp QWORD PTR [rax]", "ff20");
    code.jmp(at(rbp, 0)), code.is("jmp QWORD PTR [rbp+0x0]", "ff6500");
    code.jmp(at(r13, 0)), code.is("jmp QWORD PTR [r13+0x0]", "41ff6500");
    code.jmp(at(r9, -128)), code.is("jmp QWORD PTR [r9-0x80]", "41ff6180");
    code.jmp(at(r14, -129)), code.is("jmp QWORD PTR [r14-0x81]", "41ffa67fffffff");
    code.jmp(at(r12, 4096)), code.is("jmp QWORD PTR [r12+0x1000]", "41ffa42400100000");
    code.jmp(at(r13, 65536)), code.is("jmp QWORD PTR [r13+0x10000]", "41ffa500000100");
    code.call(at(rax, 0)), code.is("call QWORD PTR [rax]", "ff10");
    code.call(at(r9, -128)), code.is("call QWORD PTR [r9-0x80]", "41ff5180");
    code.call(at(r12, 4096)), code.is("call QWORD PTR [r12+0x1000]", "41ff942400100000");
    code.ret(), code.is("ret", "c3");
    code.stmxcsr(at(rsp, 8)), code.is("stmxcsr [rsp+0x8]", "0fae5c2408");
    code.stmxcsr(at(r9, 0)), code.is("stmxcsr [r9]", "410fae19");
    code.trap(), code.is("ud2", "0f0b");
}

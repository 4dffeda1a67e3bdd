// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "baseline/aarch64/assembler.h"
#include "baseline/encoded.h"

using namespace epsilon::baseline;
using baseline_test::Encoded;
using enum Reg;
using enum Vec;
using enum Width;

TEST_CASE("The encoder: loads and stores", "[baseline]") {
    Encoded code;
    code.load(Access::s8_32, x3, at(x2, 0)), code.is("ldrsb w3, [x2]", "4300c039");
    code.load(Access::s8_32, x3, at(x15, 1)), code.is("ldrsb w3, [x15, #1]", "e305c039");
    code.load(Access::s8_32, x3, at(x2, 4095)), code.is("ldrsb w3, [x2, #4095]", "43fcff39");
    code.load(Access::s8_32, x3, at(x1, -1)), code.is("ldursb w3, [x1, #-1]", "23f0df38");
    code.load(Access::s8_32, x3, at(x1, -256)), code.is("ldursb w3, [x1, #-256]", "2300d038");
    code.load(Access::s8_32, x3, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrsb w3, [x1, x17]", "112080922368f138");
    code.load(Access::s8_32, x3, at(x9, 4096)),
        code.is("mov x17, #0x1000; ldrsb w3, [x9, x17]", "110082d22369f138");
    code.load(Access::s8_32, x3, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrsb w3, [x9, x17]",
                "11cf8ad29146a2f22369f138");
    code.load(Access::s8_32, x3, at_index(x2, x13)),
        code.is("ldrsb w3, [x2, w13, uxtw]", "4348ed38");
    code.load(Access::s8_32, x3, at_index(x2, x13, w64)),
        code.is("ldrsb w3, [x2, x13]", "4368ed38");
    code.load(Access::u8, x4, at(x2, 0)), code.is("ldrb w4, [x2]", "44004039");
    code.load(Access::u8, x4, at(x15, 1)), code.is("ldrb w4, [x15, #1]", "e4054039");
    code.load(Access::u8, x4, at(x2, 4095)), code.is("ldrb w4, [x2, #4095]", "44fc7f39");
    code.load(Access::u8, x4, at(x1, -1)), code.is("ldurb w4, [x1, #-1]", "24f05f38");
    code.load(Access::u8, x4, at(x1, -256)), code.is("ldurb w4, [x1, #-256]", "24005038");
    code.load(Access::u8, x4, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrb w4, [x1, x17]", "1120809224687138");
    code.load(Access::u8, x4, at(x9, 4096)),
        code.is("mov x17, #0x1000; ldrb w4, [x9, x17]", "110082d224697138");
    code.load(Access::u8, x4, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrb w4, [x9, x17]",
                "11cf8ad29146a2f224697138");
    code.load(Access::u8, x4, at_index(x2, x13)), code.is("ldrb w4, [x2, w13, uxtw]", "44486d38");
    code.load(Access::u8, x4, at_index(x2, x13, w64)), code.is("ldrb w4, [x2, x13]", "44686d38");
    code.load(Access::s16_32, x5, at(x2, 0)), code.is("ldrsh w5, [x2]", "4500c079");
    code.load(Access::s16_32, x5, at(x15, 2)), code.is("ldrsh w5, [x15, #2]", "e505c079");
    code.load(Access::s16_32, x5, at(x2, 8190)), code.is("ldrsh w5, [x2, #8190]", "45fcff79");
    code.load(Access::s16_32, x5, at(x1, -1)), code.is("ldursh w5, [x1, #-1]", "25f0df78");
    code.load(Access::s16_32, x5, at(x1, -256)), code.is("ldursh w5, [x1, #-256]", "2500d078");
    code.load(Access::s16_32, x5, at(x1, 255)), code.is("ldursh w5, [x1, #255]", "25f0cf78");
    code.load(Access::s16_32, x5, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrsh w5, [x1, x17]", "112080922568f178");
    code.load(Access::s16_32, x5, at(x9, 8192)),
        code.is("mov x17, #0x2000; ldrsh w5, [x9, x17]", "110084d22569f178");
    code.load(Access::s16_32, x5, at(x9, 257)),
        code.is("mov x17, #0x101; ldrsh w5, [x9, x17]", "312080d22569f178");
    code.load(Access::s16_32, x5, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrsh w5, [x9, x17]",
                "11cf8ad29146a2f22569f178");
    code.load(Access::s16_32, x5, at_index(x2, x13)),
        code.is("ldrsh w5, [x2, w13, uxtw]", "4548ed78");
    code.load(Access::s16_32, x5, at_index(x2, x13, w64)),
        code.is("ldrsh w5, [x2, x13]", "4568ed78");
    code.load(Access::s16_32, x5, at_index(x30, x3, w32, 1)),
        code.is("ldrsh w5, [x30, w3, uxtw #1]", "c55be378");
    code.load(Access::s16_32, x5, at_index(x30, x3, w64, 1)),
        code.is("ldrsh w5, [x30, x3, lsl #1]", "c57be378");
    code.load(Access::u16, x6, at(x2, 0)), code.is("ldrh w6, [x2]", "46004079");
    code.load(Access::u16, x6, at(x15, 2)), code.is("ldrh w6, [x15, #2]", "e6054079");
    code.load(Access::u16, x6, at(x2, 8190)), code.is("ldrh w6, [x2, #8190]", "46fc7f79");
    code.load(Access::u16, x6, at(x1, -1)), code.is("ldurh w6, [x1, #-1]", "26f05f78");
    code.load(Access::u16, x6, at(x1, -256)), code.is("ldurh w6, [x1, #-256]", "26005078");
    code.load(Access::u16, x6, at(x1, 255)), code.is("ldurh w6, [x1, #255]", "26f04f78");
    code.load(Access::u16, x6, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrh w6, [x1, x17]", "1120809226687178");
    code.load(Access::u16, x6, at(x9, 8192)),
        code.is("mov x17, #0x2000; ldrh w6, [x9, x17]", "110084d226697178");
    code.load(Access::u16, x6, at(x9, 257)),
        code.is("mov x17, #0x101; ldrh w6, [x9, x17]", "312080d226697178");
    code.load(Access::u16, x6, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrh w6, [x9, x17]",
                "11cf8ad29146a2f226697178");
    code.load(Access::u16, x6, at_index(x2, x13)), code.is("ldrh w6, [x2, w13, uxtw]", "46486d78");
    code.load(Access::u16, x6, at_index(x2, x13, w64)), code.is("ldrh w6, [x2, x13]", "46686d78");
    code.load(Access::u16, x6, at_index(x30, x3, w32, 1)),
        code.is("ldrh w6, [x30, w3, uxtw #1]", "c65b6378");
    code.load(Access::u16, x6, at_index(x30, x3, w64, 1)),
        code.is("ldrh w6, [x30, x3, lsl #1]", "c67b6378");
    code.load(Access::u32, x7, at(x2, 0)), code.is("ldr w7, [x2]", "470040b9");
    code.load(Access::u32, x7, at(x15, 4)), code.is("ldr w7, [x15, #4]", "e70540b9");
    code.load(Access::u32, x7, at(x2, 16380)), code.is("ldr w7, [x2, #16380]", "47fc7fb9");
    code.load(Access::u32, x7, at(x1, -1)), code.is("ldur w7, [x1, #-1]", "27f05fb8");
    code.load(Access::u32, x7, at(x1, -256)), code.is("ldur w7, [x1, #-256]", "270050b8");
    code.load(Access::u32, x7, at(x1, 255)), code.is("ldur w7, [x1, #255]", "27f04fb8");
    code.load(Access::u32, x7, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr w7, [x1, x17]", "11208092276871b8");
    code.load(Access::u32, x7, at(x9, 16384)),
        code.is("mov x17, #0x4000; ldr w7, [x9, x17]", "110088d2276971b8");
    code.load(Access::u32, x7, at(x9, 257)),
        code.is("mov x17, #0x101; ldr w7, [x9, x17]", "312080d2276971b8");
    code.load(Access::u32, x7, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr w7, [x9, x17]",
                "11cf8ad29146a2f2276971b8");
    code.load(Access::u32, x7, at_index(x2, x13)), code.is("ldr w7, [x2, w13, uxtw]", "47486db8");
    code.load(Access::u32, x7, at_index(x2, x13, w64)), code.is("ldr w7, [x2, x13]", "47686db8");
    code.load(Access::u32, x7, at_index(x30, x3, w32, 2)),
        code.is("ldr w7, [x30, w3, uxtw #2]", "c75b63b8");
    code.load(Access::u32, x7, at_index(x30, x3, w64, 2)),
        code.is("ldr w7, [x30, x3, lsl #2]", "c77b63b8");
    code.load(Access::s8_64, x8, at(x2, 0)), code.is("ldrsb x8, [x2]", "48008039");
    code.load(Access::s8_64, x8, at(x15, 1)), code.is("ldrsb x8, [x15, #1]", "e8058039");
    code.load(Access::s8_64, x8, at(x2, 4095)), code.is("ldrsb x8, [x2, #4095]", "48fcbf39");
    code.load(Access::s8_64, x8, at(x1, -1)), code.is("ldursb x8, [x1, #-1]", "28f09f38");
    code.load(Access::s8_64, x8, at(x1, -256)), code.is("ldursb x8, [x1, #-256]", "28009038");
    code.load(Access::s8_64, x8, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrsb x8, [x1, x17]", "112080922868b138");
    code.load(Access::s8_64, x8, at(x9, 4096)),
        code.is("mov x17, #0x1000; ldrsb x8, [x9, x17]", "110082d22869b138");
    code.load(Access::s8_64, x8, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrsb x8, [x9, x17]",
                "11cf8ad29146a2f22869b138");
    code.load(Access::s8_64, x8, at_index(x2, x13)),
        code.is("ldrsb x8, [x2, w13, uxtw]", "4848ad38");
    code.load(Access::s8_64, x8, at_index(x2, x13, w64)),
        code.is("ldrsb x8, [x2, x13]", "4868ad38");
    code.load(Access::s16_64, x9, at(x2, 0)), code.is("ldrsh x9, [x2]", "49008079");
    code.load(Access::s16_64, x9, at(x15, 2)), code.is("ldrsh x9, [x15, #2]", "e9058079");
    code.load(Access::s16_64, x9, at(x2, 8190)), code.is("ldrsh x9, [x2, #8190]", "49fcbf79");
    code.load(Access::s16_64, x9, at(x1, -1)), code.is("ldursh x9, [x1, #-1]", "29f09f78");
    code.load(Access::s16_64, x9, at(x1, -256)), code.is("ldursh x9, [x1, #-256]", "29009078");
    code.load(Access::s16_64, x9, at(x1, 255)), code.is("ldursh x9, [x1, #255]", "29f08f78");
    code.load(Access::s16_64, x9, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrsh x9, [x1, x17]", "112080922968b178");
    code.load(Access::s16_64, x9, at(x9, 8192)),
        code.is("mov x17, #0x2000; ldrsh x9, [x9, x17]", "110084d22969b178");
    code.load(Access::s16_64, x9, at(x9, 257)),
        code.is("mov x17, #0x101; ldrsh x9, [x9, x17]", "312080d22969b178");
    code.load(Access::s16_64, x9, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrsh x9, [x9, x17]",
                "11cf8ad29146a2f22969b178");
    code.load(Access::s16_64, x9, at_index(x2, x13)),
        code.is("ldrsh x9, [x2, w13, uxtw]", "4948ad78");
    code.load(Access::s16_64, x9, at_index(x2, x13, w64)),
        code.is("ldrsh x9, [x2, x13]", "4968ad78");
    code.load(Access::s16_64, x9, at_index(x30, x3, w32, 1)),
        code.is("ldrsh x9, [x30, w3, uxtw #1]", "c95ba378");
    code.load(Access::s16_64, x9, at_index(x30, x3, w64, 1)),
        code.is("ldrsh x9, [x30, x3, lsl #1]", "c97ba378");
    code.load(Access::s32_64, x10, at(x2, 0)), code.is("ldrsw x10, [x2]", "4a0080b9");
    code.load(Access::s32_64, x10, at(x15, 4)), code.is("ldrsw x10, [x15, #4]", "ea0580b9");
    code.load(Access::s32_64, x10, at(x2, 16380)), code.is("ldrsw x10, [x2, #16380]", "4afcbfb9");
    code.load(Access::s32_64, x10, at(x1, -1)), code.is("ldursw x10, [x1, #-1]", "2af09fb8");
    code.load(Access::s32_64, x10, at(x1, -256)), code.is("ldursw x10, [x1, #-256]", "2a0090b8");
    code.load(Access::s32_64, x10, at(x1, 255)), code.is("ldursw x10, [x1, #255]", "2af08fb8");
    code.load(Access::s32_64, x10, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldrsw x10, [x1, x17]", "112080922a68b1b8");
    code.load(Access::s32_64, x10, at(x9, 16384)),
        code.is("mov x17, #0x4000; ldrsw x10, [x9, x17]", "110088d22a69b1b8");
    code.load(Access::s32_64, x10, at(x9, 257)),
        code.is("mov x17, #0x101; ldrsw x10, [x9, x17]", "312080d22a69b1b8");
    code.load(Access::s32_64, x10, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldrsw x10, [x9, x17]",
                "11cf8ad29146a2f22a69b1b8");
    code.load(Access::s32_64, x10, at_index(x2, x13)),
        code.is("ldrsw x10, [x2, w13, uxtw]", "4a48adb8");
    code.load(Access::s32_64, x10, at_index(x2, x13, w64)),
        code.is("ldrsw x10, [x2, x13]", "4a68adb8");
    code.load(Access::s32_64, x10, at_index(x30, x3, w32, 2)),
        code.is("ldrsw x10, [x30, w3, uxtw #2]", "ca5ba3b8");
    code.load(Access::s32_64, x10, at_index(x30, x3, w64, 2)),
        code.is("ldrsw x10, [x30, x3, lsl #2]", "ca7ba3b8");
    code.load(Access::u64, x11, at(x2, 0)), code.is("ldr x11, [x2]", "4b0040f9");
    code.load(Access::u64, x11, at(x15, 8)), code.is("ldr x11, [x15, #8]", "eb0540f9");
    code.load(Access::u64, x11, at(x2, 32760)), code.is("ldr x11, [x2, #32760]", "4bfc7ff9");
    code.load(Access::u64, x11, at(x1, -1)), code.is("ldur x11, [x1, #-1]", "2bf05ff8");
    code.load(Access::u64, x11, at(x1, -256)), code.is("ldur x11, [x1, #-256]", "2b0050f8");
    code.load(Access::u64, x11, at(x1, 255)), code.is("ldur x11, [x1, #255]", "2bf04ff8");
    code.load(Access::u64, x11, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr x11, [x1, x17]", "112080922b6871f8");
    code.load(Access::u64, x11, at(x9, 32768)),
        code.is("mov x17, #0x8000; ldr x11, [x9, x17]", "110090d22b6971f8");
    code.load(Access::u64, x11, at(x9, 257)),
        code.is("mov x17, #0x101; ldr x11, [x9, x17]", "312080d22b6971f8");
    code.load(Access::u64, x11, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr x11, [x9, x17]",
                "11cf8ad29146a2f22b6971f8");
    code.load(Access::u64, x11, at_index(x2, x13)), code.is("ldr x11, [x2, w13, uxtw]", "4b486df8");
    code.load(Access::u64, x11, at_index(x2, x13, w64)), code.is("ldr x11, [x2, x13]", "4b686df8");
    code.load(Access::u64, x11, at_index(x30, x3, w32, 3)),
        code.is("ldr x11, [x30, w3, uxtw #3]", "cb5b63f8");
    code.load(Access::u64, x11, at_index(x30, x3, w64, 3)),
        code.is("ldr x11, [x30, x3, lsl #3]", "cb7b63f8");
    code.store(1, at(x2, 0), x12), code.is("strb w12, [x2]", "4c000039");
    code.store(1, at(x15, 1), x12), code.is("strb w12, [x15, #1]", "ec050039");
    code.store(1, at(x2, 4095), x12), code.is("strb w12, [x2, #4095]", "4cfc3f39");
    code.store(1, at(x1, -1), x12), code.is("sturb w12, [x1, #-1]", "2cf01f38");
    code.store(1, at(x1, -256), x12), code.is("sturb w12, [x1, #-256]", "2c001038");
    code.store(1, at(x1, -257), x12),
        code.is("mov x17, #0xfffffffffffffeff; strb w12, [x1, x17]", "112080922c683138");
    code.store(1, at(x9, 4096), x12),
        code.is("mov x17, #0x1000; strb w12, [x9, x17]", "110082d22c693138");
    code.store(1, at(x9, 0x12345678), x12),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; strb w12, [x9, x17]",
                "11cf8ad29146a2f22c693138");
    code.store(1, at_index(x2, x13), x12), code.is("strb w12, [x2, w13, uxtw]", "4c482d38");
    code.store(1, at_index(x2, x13, w64), x12), code.is("strb w12, [x2, x13]", "4c682d38");
    code.store(2, at(x2, 0), x4), code.is("strh w4, [x2]", "44000079");
    code.store(2, at(x15, 2), x4), code.is("strh w4, [x15, #2]", "e4050079");
    code.store(2, at(x2, 8190), x4), code.is("strh w4, [x2, #8190]", "44fc3f79");
    code.store(2, at(x1, -1), x4), code.is("sturh w4, [x1, #-1]", "24f01f78");
    code.store(2, at(x1, -256), x4), code.is("sturh w4, [x1, #-256]", "24001078");
    code.store(2, at(x1, 255), x4), code.is("sturh w4, [x1, #255]", "24f00f78");
    code.store(2, at(x1, -257), x4),
        code.is("mov x17, #0xfffffffffffffeff; strh w4, [x1, x17]", "1120809224683178");
    code.store(2, at(x9, 8192), x4),
        code.is("mov x17, #0x2000; strh w4, [x9, x17]", "110084d224693178");
    code.store(2, at(x9, 257), x4),
        code.is("mov x17, #0x101; strh w4, [x9, x17]", "312080d224693178");
    code.store(2, at(x9, 0x12345678), x4),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; strh w4, [x9, x17]",
                "11cf8ad29146a2f224693178");
    code.store(2, at_index(x2, x13), x4), code.is("strh w4, [x2, w13, uxtw]", "44482d78");
    code.store(2, at_index(x2, x13, w64), x4), code.is("strh w4, [x2, x13]", "44682d78");
    code.store(2, at_index(x30, x3, w32, 1), x4),
        code.is("strh w4, [x30, w3, uxtw #1]", "c45b2378");
    code.store(2, at_index(x30, x3, w64, 1), x4), code.is("strh w4, [x30, x3, lsl #1]", "c47b2378");
    code.store(4, at(x2, 0), x0), code.is("str w0, [x2]", "400000b9");
    code.store(4, at(x15, 4), x0), code.is("str w0, [x15, #4]", "e00500b9");
    code.store(4, at(x2, 16380), x0), code.is("str w0, [x2, #16380]", "40fc3fb9");
    code.store(4, at(x1, -1), x0), code.is("stur w0, [x1, #-1]", "20f01fb8");
    code.store(4, at(x1, -256), x0), code.is("stur w0, [x1, #-256]", "200010b8");
    code.store(4, at(x1, 255), x0), code.is("stur w0, [x1, #255]", "20f00fb8");
    code.store(4, at(x1, -257), x0),
        code.is("mov x17, #0xfffffffffffffeff; str w0, [x1, x17]", "11208092206831b8");
    code.store(4, at(x9, 16384), x0),
        code.is("mov x17, #0x4000; str w0, [x9, x17]", "110088d2206931b8");
    code.store(4, at(x9, 257), x0),
        code.is("mov x17, #0x101; str w0, [x9, x17]", "312080d2206931b8");
    code.store(4, at(x9, 0x12345678), x0),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str w0, [x9, x17]",
                "11cf8ad29146a2f2206931b8");
    code.store(4, at_index(x2, x13), x0), code.is("str w0, [x2, w13, uxtw]", "40482db8");
    code.store(4, at_index(x2, x13, w64), x0), code.is("str w0, [x2, x13]", "40682db8");
    code.store(4, at_index(x30, x3, w32, 2), x0), code.is("str w0, [x30, w3, uxtw #2]", "c05b23b8");
    code.store(4, at_index(x30, x3, w64, 2), x0), code.is("str w0, [x30, x3, lsl #2]", "c07b23b8");
    code.store(8, at(x2, 0), x11), code.is("str x11, [x2]", "4b0000f9");
    code.store(8, at(x15, 8), x11), code.is("str x11, [x15, #8]", "eb0500f9");
    code.store(8, at(x2, 32760), x11), code.is("str x11, [x2, #32760]", "4bfc3ff9");
    code.store(8, at(x1, -1), x11), code.is("stur x11, [x1, #-1]", "2bf01ff8");
    code.store(8, at(x1, -256), x11), code.is("stur x11, [x1, #-256]", "2b0010f8");
    code.store(8, at(x1, 255), x11), code.is("stur x11, [x1, #255]", "2bf00ff8");
    code.store(8, at(x1, -257), x11),
        code.is("mov x17, #0xfffffffffffffeff; str x11, [x1, x17]", "112080922b6831f8");
    code.store(8, at(x9, 32768), x11),
        code.is("mov x17, #0x8000; str x11, [x9, x17]", "110090d22b6931f8");
    code.store(8, at(x9, 257), x11),
        code.is("mov x17, #0x101; str x11, [x9, x17]", "312080d22b6931f8");
    code.store(8, at(x9, 0x12345678), x11),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str x11, [x9, x17]",
                "11cf8ad29146a2f22b6931f8");
    code.store(8, at_index(x2, x13), x11), code.is("str x11, [x2, w13, uxtw]", "4b482df8");
    code.store(8, at_index(x2, x13, w64), x11), code.is("str x11, [x2, x13]", "4b682df8");
    code.store(8, at_index(x30, x3, w32, 3), x11),
        code.is("str x11, [x30, w3, uxtw #3]", "cb5b23f8");
    code.store(8, at_index(x30, x3, w64, 3), x11),
        code.is("str x11, [x30, x3, lsl #3]", "cb7b23f8");
    code.store(8, at(x1, 8), zero), code.is("str xzr, [x1, #8]", "3f0400f9");
}

TEST_CASE("The encoder: pairs in memory", "[baseline]") {
    Encoded code;
    code.load_pair(x3, x15, x1, 0), code.is("ldp x3, x15, [x1]", "233c40a9");
    code.store_pair(x9, 0, x17, x4), code.is("stp x17, x4, [x9]", "311100a9");
    code.load_pair(x3, x15, x1, 8), code.is("ldp x3, x15, [x1, #8]", "23bc40a9");
    code.store_pair(x9, 8, x17, x4), code.is("stp x17, x4, [x9, #8]", "319100a9");
    code.load_pair(x3, x15, x1, 504), code.is("ldp x3, x15, [x1, #504]", "23bc5fa9");
    code.store_pair(x9, 504, x17, x4), code.is("stp x17, x4, [x9, #504]", "31911fa9");
    code.load_pair(x3, x15, x1, -8), code.is("ldp x3, x15, [x1, #-8]", "23bc7fa9");
    code.store_pair(x9, -8, x17, x4), code.is("stp x17, x4, [x9, #-8]", "31913fa9");
    code.load_pair(x3, x15, x1, -512), code.is("ldp x3, x15, [x1, #-512]", "233c60a9");
    code.store_pair(x9, -512, x17, x4), code.is("stp x17, x4, [x9, #-512]", "311120a9");
    code.store_pair(x1, 16, zero, x30), code.is("stp xzr, x30, [x1, #16]", "3f7801a9");
}

TEST_CASE("The encoder: vectors in memory", "[baseline]") {
    Encoded code;
    code.load(1, v7, at(x2, 0)), code.is("ldr b7, [x2]", "4700403d");
    code.load(1, v7, at(x15, 1)), code.is("ldr b7, [x15, #1]", "e705403d");
    code.load(1, v7, at(x2, 4095)), code.is("ldr b7, [x2, #4095]", "47fc7f3d");
    code.load(1, v7, at(x1, -1)), code.is("ldur b7, [x1, #-1]", "27f05f3c");
    code.load(1, v7, at(x1, -256)), code.is("ldur b7, [x1, #-256]", "2700503c");
    code.load(1, v7, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr b7, [x1, x17]", "112080922768713c");
    code.load(1, v7, at(x9, 4096)),
        code.is("mov x17, #0x1000; ldr b7, [x9, x17]", "110082d22769713c");
    code.load(1, v7, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr b7, [x9, x17]",
                "11cf8ad29146a2f22769713c");
    code.load(1, v7, at_index(x2, x13)), code.is("ldr b7, [x2, w13, uxtw]", "47486d3c");
    code.load(1, v7, at_index(x2, x13, w64)), code.is("ldr b7, [x2, x13]", "47686d3c");
    code.store(1, at(x2, 0), v31), code.is("str b31, [x2]", "5f00003d");
    code.store(1, at(x15, 1), v31), code.is("str b31, [x15, #1]", "ff05003d");
    code.store(1, at(x2, 4095), v31), code.is("str b31, [x2, #4095]", "5ffc3f3d");
    code.store(1, at(x1, -1), v31), code.is("stur b31, [x1, #-1]", "3ff01f3c");
    code.store(1, at(x1, -256), v31), code.is("stur b31, [x1, #-256]", "3f00103c");
    code.store(1, at(x1, -257), v31),
        code.is("mov x17, #0xfffffffffffffeff; str b31, [x1, x17]", "112080923f68313c");
    code.store(1, at(x9, 4096), v31),
        code.is("mov x17, #0x1000; str b31, [x9, x17]", "110082d23f69313c");
    code.store(1, at(x9, 0x12345678), v31),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str b31, [x9, x17]",
                "11cf8ad29146a2f23f69313c");
    code.store(1, at_index(x2, x13), v31), code.is("str b31, [x2, w13, uxtw]", "5f482d3c");
    code.store(1, at_index(x2, x13, w64), v31), code.is("str b31, [x2, x13]", "5f682d3c");
    code.load(2, v17, at(x2, 0)), code.is("ldr h17, [x2]", "5100407d");
    code.load(2, v17, at(x15, 2)), code.is("ldr h17, [x15, #2]", "f105407d");
    code.load(2, v17, at(x2, 8190)), code.is("ldr h17, [x2, #8190]", "51fc7f7d");
    code.load(2, v17, at(x1, -1)), code.is("ldur h17, [x1, #-1]", "31f05f7c");
    code.load(2, v17, at(x1, -256)), code.is("ldur h17, [x1, #-256]", "3100507c");
    code.load(2, v17, at(x1, 255)), code.is("ldur h17, [x1, #255]", "31f04f7c");
    code.load(2, v17, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr h17, [x1, x17]", "112080923168717c");
    code.load(2, v17, at(x9, 8192)),
        code.is("mov x17, #0x2000; ldr h17, [x9, x17]", "110084d23169717c");
    code.load(2, v17, at(x9, 257)),
        code.is("mov x17, #0x101; ldr h17, [x9, x17]", "312080d23169717c");
    code.load(2, v17, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr h17, [x9, x17]",
                "11cf8ad29146a2f23169717c");
    code.load(2, v17, at_index(x2, x13)), code.is("ldr h17, [x2, w13, uxtw]", "51486d7c");
    code.load(2, v17, at_index(x2, x13, w64)), code.is("ldr h17, [x2, x13]", "51686d7c");
    code.load(2, v17, at_index(x30, x3, w32, 1)),
        code.is("ldr h17, [x30, w3, uxtw #1]", "d15b637c");
    code.load(2, v17, at_index(x30, x3, w64, 1)), code.is("ldr h17, [x30, x3, lsl #1]", "d17b637c");
    code.store(2, at(x2, 0), v31), code.is("str h31, [x2]", "5f00007d");
    code.store(2, at(x15, 2), v31), code.is("str h31, [x15, #2]", "ff05007d");
    code.store(2, at(x2, 8190), v31), code.is("str h31, [x2, #8190]", "5ffc3f7d");
    code.store(2, at(x1, -1), v31), code.is("stur h31, [x1, #-1]", "3ff01f7c");
    code.store(2, at(x1, -256), v31), code.is("stur h31, [x1, #-256]", "3f00107c");
    code.store(2, at(x1, 255), v31), code.is("stur h31, [x1, #255]", "3ff00f7c");
    code.store(2, at(x1, -257), v31),
        code.is("mov x17, #0xfffffffffffffeff; str h31, [x1, x17]", "112080923f68317c");
    code.store(2, at(x9, 8192), v31),
        code.is("mov x17, #0x2000; str h31, [x9, x17]", "110084d23f69317c");
    code.store(2, at(x9, 257), v31),
        code.is("mov x17, #0x101; str h31, [x9, x17]", "312080d23f69317c");
    code.store(2, at(x9, 0x12345678), v31),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str h31, [x9, x17]",
                "11cf8ad29146a2f23f69317c");
    code.store(2, at_index(x2, x13), v31), code.is("str h31, [x2, w13, uxtw]", "5f482d7c");
    code.store(2, at_index(x2, x13, w64), v31), code.is("str h31, [x2, x13]", "5f682d7c");
    code.store(2, at_index(x30, x3, w32, 1), v31),
        code.is("str h31, [x30, w3, uxtw #1]", "df5b237c");
    code.store(2, at_index(x30, x3, w64, 1), v31),
        code.is("str h31, [x30, x3, lsl #1]", "df7b237c");
    code.load(4, v19, at(x2, 0)), code.is("ldr s19, [x2]", "530040bd");
    code.load(4, v19, at(x15, 4)), code.is("ldr s19, [x15, #4]", "f30540bd");
    code.load(4, v19, at(x2, 16380)), code.is("ldr s19, [x2, #16380]", "53fc7fbd");
    code.load(4, v19, at(x1, -1)), code.is("ldur s19, [x1, #-1]", "33f05fbc");
    code.load(4, v19, at(x1, -256)), code.is("ldur s19, [x1, #-256]", "330050bc");
    code.load(4, v19, at(x1, 255)), code.is("ldur s19, [x1, #255]", "33f04fbc");
    code.load(4, v19, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr s19, [x1, x17]", "11208092336871bc");
    code.load(4, v19, at(x9, 16384)),
        code.is("mov x17, #0x4000; ldr s19, [x9, x17]", "110088d2336971bc");
    code.load(4, v19, at(x9, 257)),
        code.is("mov x17, #0x101; ldr s19, [x9, x17]", "312080d2336971bc");
    code.load(4, v19, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr s19, [x9, x17]",
                "11cf8ad29146a2f2336971bc");
    code.load(4, v19, at_index(x2, x13)), code.is("ldr s19, [x2, w13, uxtw]", "53486dbc");
    code.load(4, v19, at_index(x2, x13, w64)), code.is("ldr s19, [x2, x13]", "53686dbc");
    code.load(4, v19, at_index(x30, x3, w32, 2)),
        code.is("ldr s19, [x30, w3, uxtw #2]", "d35b63bc");
    code.load(4, v19, at_index(x30, x3, w64, 2)), code.is("ldr s19, [x30, x3, lsl #2]", "d37b63bc");
    code.store(4, at(x2, 0), v31), code.is("str s31, [x2]", "5f0000bd");
    code.store(4, at(x15, 4), v31), code.is("str s31, [x15, #4]", "ff0500bd");
    code.store(4, at(x2, 16380), v31), code.is("str s31, [x2, #16380]", "5ffc3fbd");
    code.store(4, at(x1, -1), v31), code.is("stur s31, [x1, #-1]", "3ff01fbc");
    code.store(4, at(x1, -256), v31), code.is("stur s31, [x1, #-256]", "3f0010bc");
    code.store(4, at(x1, 255), v31), code.is("stur s31, [x1, #255]", "3ff00fbc");
    code.store(4, at(x1, -257), v31),
        code.is("mov x17, #0xfffffffffffffeff; str s31, [x1, x17]", "112080923f6831bc");
    code.store(4, at(x9, 16384), v31),
        code.is("mov x17, #0x4000; str s31, [x9, x17]", "110088d23f6931bc");
    code.store(4, at(x9, 257), v31),
        code.is("mov x17, #0x101; str s31, [x9, x17]", "312080d23f6931bc");
    code.store(4, at(x9, 0x12345678), v31),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str s31, [x9, x17]",
                "11cf8ad29146a2f23f6931bc");
    code.store(4, at_index(x2, x13), v31), code.is("str s31, [x2, w13, uxtw]", "5f482dbc");
    code.store(4, at_index(x2, x13, w64), v31), code.is("str s31, [x2, x13]", "5f682dbc");
    code.store(4, at_index(x30, x3, w32, 2), v31),
        code.is("str s31, [x30, w3, uxtw #2]", "df5b23bc");
    code.store(4, at_index(x30, x3, w64, 2), v31),
        code.is("str s31, [x30, x3, lsl #2]", "df7b23bc");
    code.load(8, v23, at(x2, 0)), code.is("ldr d23, [x2]", "570040fd");
    code.load(8, v23, at(x15, 8)), code.is("ldr d23, [x15, #8]", "f70540fd");
    code.load(8, v23, at(x2, 32760)), code.is("ldr d23, [x2, #32760]", "57fc7ffd");
    code.load(8, v23, at(x1, -1)), code.is("ldur d23, [x1, #-1]", "37f05ffc");
    code.load(8, v23, at(x1, -256)), code.is("ldur d23, [x1, #-256]", "370050fc");
    code.load(8, v23, at(x1, 255)), code.is("ldur d23, [x1, #255]", "37f04ffc");
    code.load(8, v23, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr d23, [x1, x17]", "11208092376871fc");
    code.load(8, v23, at(x9, 32768)),
        code.is("mov x17, #0x8000; ldr d23, [x9, x17]", "110090d2376971fc");
    code.load(8, v23, at(x9, 257)),
        code.is("mov x17, #0x101; ldr d23, [x9, x17]", "312080d2376971fc");
    code.load(8, v23, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr d23, [x9, x17]",
                "11cf8ad29146a2f2376971fc");
    code.load(8, v23, at_index(x2, x13)), code.is("ldr d23, [x2, w13, uxtw]", "57486dfc");
    code.load(8, v23, at_index(x2, x13, w64)), code.is("ldr d23, [x2, x13]", "57686dfc");
    code.load(8, v23, at_index(x30, x3, w32, 3)),
        code.is("ldr d23, [x30, w3, uxtw #3]", "d75b63fc");
    code.load(8, v23, at_index(x30, x3, w64, 3)), code.is("ldr d23, [x30, x3, lsl #3]", "d77b63fc");
    code.store(8, at(x2, 0), v31), code.is("str d31, [x2]", "5f0000fd");
    code.store(8, at(x15, 8), v31), code.is("str d31, [x15, #8]", "ff0500fd");
    code.store(8, at(x2, 32760), v31), code.is("str d31, [x2, #32760]", "5ffc3ffd");
    code.store(8, at(x1, -1), v31), code.is("stur d31, [x1, #-1]", "3ff01ffc");
    code.store(8, at(x1, -256), v31), code.is("stur d31, [x1, #-256]", "3f0010fc");
    code.store(8, at(x1, 255), v31), code.is("stur d31, [x1, #255]", "3ff00ffc");
    code.store(8, at(x1, -257), v31),
        code.is("mov x17, #0xfffffffffffffeff; str d31, [x1, x17]", "112080923f6831fc");
    code.store(8, at(x9, 32768), v31),
        code.is("mov x17, #0x8000; str d31, [x9, x17]", "110090d23f6931fc");
    code.store(8, at(x9, 257), v31),
        code.is("mov x17, #0x101; str d31, [x9, x17]", "312080d23f6931fc");
    code.store(8, at(x9, 0x12345678), v31),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str d31, [x9, x17]",
                "11cf8ad29146a2f23f6931fc");
    code.store(8, at_index(x2, x13), v31), code.is("str d31, [x2, w13, uxtw]", "5f482dfc");
    code.store(8, at_index(x2, x13, w64), v31), code.is("str d31, [x2, x13]", "5f682dfc");
    code.store(8, at_index(x30, x3, w32, 3), v31),
        code.is("str d31, [x30, w3, uxtw #3]", "df5b23fc");
    code.store(8, at_index(x30, x3, w64, 3), v31),
        code.is("str d31, [x30, x3, lsl #3]", "df7b23fc");
    code.load(16, v22, at(x2, 0)), code.is("ldr q22, [x2]", "5600c03d");
    code.load(16, v22, at(x15, 16)), code.is("ldr q22, [x15, #16]", "f605c03d");
    code.load(16, v22, at(x2, 65520)), code.is("ldr q22, [x2, #65520]", "56fcff3d");
    code.load(16, v22, at(x1, -1)), code.is("ldur q22, [x1, #-1]", "36f0df3c");
    code.load(16, v22, at(x1, -256)), code.is("ldur q22, [x1, #-256]", "3600d03c");
    code.load(16, v22, at(x1, 255)), code.is("ldur q22, [x1, #255]", "36f0cf3c");
    code.load(16, v22, at(x1, -257)),
        code.is("mov x17, #0xfffffffffffffeff; ldr q22, [x1, x17]", "112080923668f13c");
    code.load(16, v22, at(x9, 65536)),
        code.is("mov x17, #0x10000; ldr q22, [x9, x17]", "3100a0d23669f13c");
    code.load(16, v22, at(x9, 257)),
        code.is("mov x17, #0x101; ldr q22, [x9, x17]", "312080d23669f13c");
    code.load(16, v22, at(x9, 0x12345678)),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; ldr q22, [x9, x17]",
                "11cf8ad29146a2f23669f13c");
    code.load(16, v22, at_index(x2, x13)), code.is("ldr q22, [x2, w13, uxtw]", "5648ed3c");
    code.load(16, v22, at_index(x2, x13, w64)), code.is("ldr q22, [x2, x13]", "5668ed3c");
    code.load(16, v22, at_index(x30, x3, w32, 4)),
        code.is("ldr q22, [x30, w3, uxtw #4]", "d65be33c");
    code.load(16, v22, at_index(x30, x3, w64, 4)),
        code.is("ldr q22, [x30, x3, lsl #4]", "d67be33c");
    code.store(16, at(x2, 0), v31), code.is("str q31, [x2]", "5f00803d");
    code.store(16, at(x15, 16), v31), code.is("str q31, [x15, #16]", "ff05803d");
    code.store(16, at(x2, 65520), v31), code.is("str q31, [x2, #65520]", "5ffcbf3d");
    code.store(16, at(x1, -1), v31), code.is("stur q31, [x1, #-1]", "3ff09f3c");
    code.store(16, at(x1, -256), v31), code.is("stur q31, [x1, #-256]", "3f00903c");
    code.store(16, at(x1, 255), v31), code.is("stur q31, [x1, #255]", "3ff08f3c");
    code.store(16, at(x1, -257), v31),
        code.is("mov x17, #0xfffffffffffffeff; str q31, [x1, x17]", "112080923f68b13c");
    code.store(16, at(x9, 65536), v31),
        code.is("mov x17, #0x10000; str q31, [x9, x17]", "3100a0d23f69b13c");
    code.store(16, at(x9, 257), v31),
        code.is("mov x17, #0x101; str q31, [x9, x17]", "312080d23f69b13c");
    code.store(16, at(x9, 0x12345678), v31),
        code.is("mov x17, #0x5678; movk x17, #0x1234, lsl #16; str q31, [x9, x17]",
                "11cf8ad29146a2f23f69b13c");
    code.store(16, at_index(x2, x13), v31), code.is("str q31, [x2, w13, uxtw]", "5f48ad3c");
    code.store(16, at_index(x2, x13, w64), v31), code.is("str q31, [x2, x13]", "5f68ad3c");
    code.store(16, at_index(x30, x3, w32, 4), v31),
        code.is("str q31, [x30, w3, uxtw #4]", "df5ba33c");
    code.store(16, at_index(x30, x3, w64, 4), v31),
        code.is("str q31, [x30, x3, lsl #4]", "df7ba33c");
}

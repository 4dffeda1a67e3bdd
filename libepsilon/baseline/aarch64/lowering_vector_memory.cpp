// SPDX-License-Identifier: Apache-2.0
// Loads of vectors, and loads and stores of lanes. Lanes go through a register of vectors: the
// instructions that access them in memory take no index, and are no faster.
#include "baseline/aarch64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

unsigned lane_size(Opcode opcode) {
    switch (opcode) {
        case v128_load8_lane:
        case v128_store8_lane:
            return 1;
        case v128_load16_lane:
        case v128_store16_lane:
            return 2;
        case v128_load32_lane:
        case v128_store32_lane:
            return 4;
        default:
            return 8;
    }
}

}  // namespace

void lower_vector_load(Assembler& code, Opcode opcode, Vec d, const Mem& m) {
    const auto extended = [&](uint32_t extension) {
        code.load(8, d, m);
        code.op(extension, d, d);
    };
    const auto splat = [&](unsigned size) {
        code.load(size, d, m);
        code.op(dup_lane(size, 0), d, d);
    };
    switch (opcode) {
        case v128_load:
            return code.load(16, d, m);
        case v128_load8x8_s:
            return extended(sxtl_8h);
        case v128_load8x8_u:
            return extended(uxtl_8h);
        case v128_load16x4_s:
            return extended(sxtl_4s);
        case v128_load16x4_u:
            return extended(uxtl_4s);
        case v128_load32x2_s:
            return extended(sxtl_2d);
        case v128_load32x2_u:
            return extended(uxtl_2d);
        case v128_load8_splat:
            return splat(1);
        case v128_load16_splat:
            return splat(2);
        case v128_load32_splat:
            return splat(4);
        case v128_load64_splat:
            return splat(8);
        case v128_load32_zero:
            return code.load(4, d, m);
        default:  // v128_load64_zero
            return code.load(8, d, m);
    }
}

void lower_vector_load_lane(Assembler& code, Opcode opcode, Vec d, Vec a, const Mem& m,
                            unsigned lane) {
    const unsigned size = lane_size(opcode);
    code.load(size, x, m);
    insert_lane(code, size, d, a, lane, x, 0);
}

uint32_t lower_vector_store_lane(Assembler& code, Opcode opcode, Vec a, const Mem& m,
                                 unsigned lane) {
    const unsigned size = lane_size(opcode);
    Vec source = a;
    if (lane != 0) {
        code.op(dup_scalar(size, lane), x, a);
        source = x;
    }
    const uint32_t position = code.position();
    code.store(size, m, source);
    return position;
}

}  // namespace epsilon::baseline

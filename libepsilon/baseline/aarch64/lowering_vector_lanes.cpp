// SPDX-License-Identifier: Apache-2.0
// Vectors from scalars and the other way round, and constants.
#include <algorithm>
#include <bit>
#include <optional>

#include "baseline/aarch64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

// The instruction that sets all lanes of `width` bits, 16 or 32, to the value: with one byte of it,
// or all but one, other than 0 or 255.
std::optional<uint32_t> immediate_lanes(uint32_t width, uint32_t value) {
    const uint32_t ones = width == 16 ? 0xffff : 0xffffffff;
    for (uint32_t place = 0; place < width / 8; ++place) {
        const uint32_t mask = 0xffu << 8 * place;
        const auto byte = [&](uint32_t bits) { return bits >> 8 * place & 0xff; };
        if ((value & ~mask) == 0) {
            return width == 16 ? movi_8h(byte(value), place) : movi_4s(byte(value), place);
        }
        if ((~value & ones & ~mask) == 0) {
            return width == 16 ? mvni_8h(byte(~value), place) : mvni_4s(byte(~value), place);
        }
    }
    return std::nullopt;
}

// The one instruction that makes the vector, if there is one.
std::optional<uint32_t> immediate(const std::array<uint8_t, 16>& bytes) {
    const auto [low, high] = std::bit_cast<std::array<uint64_t, 2>>(bytes);
    if (low != high) {
        return std::nullopt;
    }
    if (low == (low & 0xff) * 0x0101010101010101) {
        return movi_16b(bytes[0]);
    }
    uint32_t whole_bytes = 0;
    bool are_whole = true;
    for (unsigned i = 0; i < 8; ++i) {
        are_whole = are_whole && (bytes[i] == 0 || bytes[i] == 0xff);
        whole_bytes |= uint32_t(bytes[i] & 1) << i;
    }
    if (are_whole) {
        return movi_2d(whole_bytes);
    }
    if (low == (low & 0xffff) * 0x0001000100010001) {
        return immediate_lanes(16, uint32_t(low & 0xffff));
    }
    if (low == (low & 0xffffffff) * 0x0000000100000001) {
        return immediate_lanes(32, uint32_t(low));
    }
    return std::nullopt;
}

}  // namespace

void lower_vector_splat(Assembler& code, Opcode opcode, Vec d, Reg a) {
    const uint32_t size = opcode == i8x16_splat   ? 1
                          : opcode == i16x8_splat ? 2
                          : opcode == i32x4_splat ? 4
                                                  : 8;
    code.op(dup_general(size), d, a);
}

void lower_vector_splat(Assembler& code, Opcode opcode, Vec d, Vec a) {
    code.op(dup_lane(opcode == f32x4_splat ? 4 : 8, 0), d, a);
}

void lower_vector_extract(Assembler& code, Opcode opcode, Reg d, Vec a, unsigned lane) {
    switch (opcode) {
        case i8x16_extract_lane_s:
            return code.op(smov_w(1, lane), d, a);
        case i8x16_extract_lane_u:
            return code.op(umov(1, lane), d, a);
        case i16x8_extract_lane_s:
            return code.op(smov_w(2, lane), d, a);
        case i16x8_extract_lane_u:
            return code.op(umov(2, lane), d, a);
        case i32x4_extract_lane:
            return code.op(umov(4, lane), d, a);
        default:  // i64x2_extract_lane
            return code.op(umov(8, lane), d, a);
    }
}

void lower_vector_extract(Assembler& code, Opcode opcode, Vec d, Vec a, unsigned lane) {
    if (lane == 0) {
        move(code, d, a);
    } else {
        code.op(dup_scalar(opcode == f32x4_extract_lane ? 4 : 8, lane), d, a);
    }
}

void lower_vector_replace(Assembler& code, Opcode opcode, Vec d, Vec a, Reg b, unsigned lane) {
    const uint32_t size = opcode == i8x16_replace_lane   ? 1
                          : opcode == i16x8_replace_lane ? 2
                          : opcode == i32x4_replace_lane ? 4
                                                         : 8;
    move(code, d, a);
    code.op(ins_general(size, lane), d, b);
}

void lower_vector_replace(Assembler& code, Opcode opcode, Vec d, Vec a, Vec b, unsigned lane) {
    insert_lane(code, opcode == f32x4_replace_lane ? 4 : 8, d, a, lane, b, 0);
}

void insert_lane(Assembler& code, uint32_t size, Vec d, Vec a, unsigned lane, Vec b,
                 unsigned from) {
    Vec source = b;
    if (d == b && d != a) {
        code.mov(x, b);
        source = x;
    }
    move(code, d, a);
    code.op(ins_lane(size, lane, from), d, source);
}

void lower_vector_constant(Assembler& code, Vec d, const std::array<uint8_t, 16>& bytes) {
    if (const auto one = immediate(bytes)) {
        code.op(*one, d);
    } else {
        code.constant(d, bytes);
    }
}

}  // namespace epsilon::baseline

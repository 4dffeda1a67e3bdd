// SPDX-License-Identifier: Apache-2.0
// Vectors from scalars and the other way round, and constants.
#include <algorithm>

#include "baseline/x64/lowering_vector.h"

namespace epsilon::baseline {

using namespace codes;

namespace {

using enum Opcode;

}  // namespace

void lower_vector_splat(Assembler& code, Opcode opcode, Xmm d, Reg a) {
    code.to_vector(opcode == i64x2_splat ? Width::w64 : Width::w32, d, a);
    switch (opcode) {
        case i8x16_splat:
            if (code.avx()) {
                return code.vector1(vpbroadcastb, d, d);
            }
            set_zero(code, x);
            return code.vector2(pshufb, d, d, x);
        case i16x8_splat:
            if (code.avx()) {
                return code.vector1(vpbroadcastw, d, d);
            }
            code.vector1(pshuflw, d, d, 0);
            return code.vector1(pshufd, d, d, 0);
        case i32x4_splat:
            return code.vector1(pshufd, d, d, 0);
        default:  // i64x2_splat
            return code.vector2(punpcklqdq, d, d, d);
    }
}

void lower_vector_splat(Assembler& code, Opcode opcode, Xmm d, Xmm a) {
    if (opcode == f64x2_splat) {
        code.vector1(movddup, d, a);
    } else if (code.avx()) {
        code.vector1(vbroadcastss, d, a);
    } else {
        code.vector1(pshufd, d, a, 0);
    }
}

void lower_vector_extract(Assembler& code, Opcode opcode, Reg d, Xmm a, unsigned lane) {
    const auto number = uint8_t(lane);
    // One instruction less than for other lanes, or a cheaper one.
    if (lane == 0 && opcode != i8x16_extract_lane_u && opcode != i16x8_extract_lane_u) {
        code.from_vector(opcode == i64x2_extract_lane ? Width::w64 : Width::w32, d, a);
        if (opcode == i8x16_extract_lane_s) {
            code.extend(Access::s8_32, d, d);
        } else if (opcode == i16x8_extract_lane_s) {
            code.extend(Access::s16_32, d, d);
        }
        return;
    }
    switch (opcode) {
        case i8x16_extract_lane_s:
            code.from_vector(pextrb, d, a, number);
            return code.extend(Access::s8_32, d, d);
        case i8x16_extract_lane_u:
            return code.from_vector(pextrb, d, a, number);
        case i16x8_extract_lane_s:
            code.from_vector(pextrw, d, a, number);
            return code.extend(Access::s16_32, d, d);
        case i16x8_extract_lane_u:
            return code.from_vector(pextrw, d, a, number);
        case i32x4_extract_lane:
            return code.from_vector(pextrd, d, a, number);
        default:  // i64x2_extract_lane
            return code.from_vector(pextrq, d, a, number);
    }
}

void lower_vector_extract(Assembler& code, Opcode opcode, Xmm d, Xmm a, unsigned lane) {
    if (lane == 0) {
        code.movap(d, a);
    } else if (opcode == f32x4_extract_lane) {
        code.vector1(pshufd, d, a, uint8_t(lane));
    } else {
        code.vector1(pshufd, d, a, 0xee);
    }
}

void lower_vector_replace(Assembler& code, Opcode opcode, Xmm d, Xmm a, Reg b, unsigned lane) {
    const VectorCode& insertion = opcode == i8x16_replace_lane   ? pinsrb
                                  : opcode == i16x8_replace_lane ? pinsrw
                                  : opcode == i32x4_replace_lane ? pinsrd
                                                                 : pinsrq;
    code.vector2(insertion, d, a, b, uint8_t(lane));
}

void lower_vector_replace(Assembler& code, Opcode opcode, Xmm d, Xmm a, Xmm b, unsigned lane) {
    if (opcode == f32x4_replace_lane) {
        code.vector2(insertps, d, a, b, uint8_t(lane << 4));
    } else if (lane == 0) {
        code.vector2(movsd_load, d, a, b);
    } else {
        code.vector2(movlhps, d, a, b);
    }
}

void lower_vector_constant(Assembler& code, Xmm d, const std::array<uint8_t, 16>& bytes) {
    const auto all = [&](uint8_t value) {
        return std::all_of(bytes.begin(), bytes.end(), [&](uint8_t byte) { return byte == value; });
    };
    if (all(0)) {
        set_zero(code, d);
    } else if (all(0xff)) {
        set_ones(code, d);
    } else {
        load_constant(code, d, code.constant(bytes));
    }
}

}  // namespace epsilon::baseline

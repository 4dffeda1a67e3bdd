// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The instructions on floats, scalars and lanes, with their register fields zero. Where nothing
// else is said they are of f32; one bit makes them of f64.
namespace epsilon::baseline::float_codes {

constexpr uint32_t f64 = 1u << 22;
// Of conversions: the general register's 64 bits are the integer.
constexpr uint32_t int64 = 1u << 31;

// --- Scalars
constexpr uint32_t fabs = 0x1e20c000;
constexpr uint32_t fneg = 0x1e214000;
constexpr uint32_t fsqrt = 0x1e21c000;
constexpr uint32_t frintn = 0x1e244000;  // to nearest
constexpr uint32_t frintp = 0x1e24c000;  // up
constexpr uint32_t frintm = 0x1e254000;  // down
constexpr uint32_t frintz = 0x1e25c000;  // toward zero
constexpr uint32_t fadd = 0x1e202800;
constexpr uint32_t fsub = 0x1e203800;
constexpr uint32_t fmul = 0x1e200800;
constexpr uint32_t fdiv = 0x1e201800;
constexpr uint32_t fmin = 0x1e205800;
constexpr uint32_t fmax = 0x1e204800;
constexpr uint32_t fcmp = 0x1e202000;
constexpr uint32_t fmov_minus_one = 0x1e3e1000;
constexpr uint32_t promote = 0x1e22c000;  // fcvt d, s
constexpr uint32_t demote = 0x1e624000;   // fcvt s, d
constexpr uint32_t scvtf = 0x1e220000;
constexpr uint32_t ucvtf = 0x1e230000;
constexpr uint32_t fcvtzs = 0x1e380000;  // saturates, as fcvtzu does; NaN gives 0
constexpr uint32_t fcvtzu = 0x1e390000;
// Bits from register to register; f64 needs int64 too.
constexpr uint32_t fmov_from_general = 0x1e270000;
constexpr uint32_t fmov_to_general = 0x1e260000;

// --- Lanes
constexpr uint32_t fabs_lanes = 0x4ea0f800;
constexpr uint32_t fneg_lanes = 0x6ea0f800;
constexpr uint32_t fsqrt_lanes = 0x6ea1f800;
constexpr uint32_t frintn_lanes = 0x4e218800;
constexpr uint32_t frintp_lanes = 0x4ea18800;
constexpr uint32_t frintm_lanes = 0x4e219800;
constexpr uint32_t frintz_lanes = 0x4ea19800;
constexpr uint32_t fadd_lanes = 0x4e20d400;
constexpr uint32_t fsub_lanes = 0x4ea0d400;
constexpr uint32_t fmul_lanes = 0x6e20dc00;
constexpr uint32_t fdiv_lanes = 0x6e20fc00;
constexpr uint32_t fmin_lanes = 0x4ea0f400;
constexpr uint32_t fmax_lanes = 0x4e20f400;
constexpr uint32_t fcmeq_lanes = 0x4e20e400;
constexpr uint32_t fcmgt_lanes = 0x6ea0e400;
constexpr uint32_t fcmge_lanes = 0x6e20e400;
constexpr uint32_t scvtf_lanes = 0x4e21d800;
constexpr uint32_t ucvtf_lanes = 0x6e21d800;
constexpr uint32_t fcvtzs_lanes = 0x4ea1b800;
constexpr uint32_t fcvtzu_lanes = 0x6ea1b800;
// Between two lanes of 64 bits and the lower two of 32; narrow ones clear what is above.
constexpr uint32_t demote_lanes = 0x0e616800;    // fcvtn
constexpr uint32_t promote_lanes = 0x0e617800;   // fcvtl
constexpr uint32_t widen_s_lanes = 0x0f20a400;   // sxtl
constexpr uint32_t widen_u_lanes = 0x2f20a400;   // uxtl
constexpr uint32_t narrow_s_lanes = 0x0ea14800;  // sqxtn, saturates
constexpr uint32_t narrow_u_lanes = 0x2ea14800;  // uqxtn, saturates

// --- Bits
constexpr uint32_t not_bits = 0x6e205800;
// Takes the first operand's bits into the result where the second one's are 1, or are 0.
constexpr uint32_t insert_if_true = 0x6ea01c00;   // bit
constexpr uint32_t insert_if_false = 0x6ee01c00;  // bif
// The sign to bit 0, and bit 0 to the sign, with the others as they were.
constexpr uint32_t sign_to_bit_f32 = 0x2f210400;  // ushr, two lanes
constexpr uint32_t bit_to_sign_f32 = 0x2f3f5400;  // sli
constexpr uint32_t sign_to_bit_f64 = 0x7f410400;
constexpr uint32_t bit_to_sign_f64 = 0x7f7f5400;

}  // namespace epsilon::baseline::float_codes

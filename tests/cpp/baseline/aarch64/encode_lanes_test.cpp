// SPDX-License-Identifier: Apache-2.0
#if defined(__aarch64__)

#include "catch.hpp"

#include "baseline/aarch64/vector_codes.h"
#include "baseline/encoded.h"

using namespace epsilon::baseline;
using baseline_test::Encoded;
using enum Reg;
using enum Vec;

TEST_CASE("The encoder: instructions on lanes", "[baseline]") {
    Encoded code;
    code.op(codes::and_16b, v31, v0, v18), code.is("and v31.16b, v0.16b, v18.16b", "1f1c324e");
    code.op(codes::bic_16b, v3, v21, v30), code.is("bic v3.16b, v21.16b, v30.16b", "a31e7e4e");
    code.op(codes::orr_16b, v31, v0, v18), code.is("orr v31.16b, v0.16b, v18.16b", "1f1cb24e");
    code.op(codes::eor_16b, v3, v21, v30), code.is("eor v3.16b, v21.16b, v30.16b", "a31e3e6e");
    code.op(codes::bsl_16b, v31, v0, v18), code.is("bsl v31.16b, v0.16b, v18.16b", "1f1c726e");
    code.op(codes::bit_16b, v3, v21, v30), code.is("bit v3.16b, v21.16b, v30.16b", "a31ebe6e");
    code.op(codes::bif_16b, v31, v0, v18), code.is("bif v31.16b, v0.16b, v18.16b", "1f1cf26e");
    code.op(codes::mvn_16b, v3, v21), code.is("mvn v3.16b, v21.16b", "a35a206e");
    code.op(codes::cnt_16b, v31, v0), code.is("cnt v31.16b, v0.16b", "1f58204e");
    code.op(codes::sshl_16b, v3, v21, v30), code.is("sshl v3.16b, v21.16b, v30.16b", "a3463e4e");
    code.op(codes::sshl_8h, v31, v0, v18), code.is("sshl v31.8h, v0.8h, v18.8h", "1f44724e");
    code.op(codes::sshl_4s, v3, v21, v30), code.is("sshl v3.4s, v21.4s, v30.4s", "a346be4e");
    code.op(codes::sshl_2d, v31, v0, v18), code.is("sshl v31.2d, v0.2d, v18.2d", "1f44f24e");
    code.op(codes::ushl_16b, v3, v21, v30), code.is("ushl v3.16b, v21.16b, v30.16b", "a3463e6e");
    code.op(codes::ushl_8h, v31, v0, v18), code.is("ushl v31.8h, v0.8h, v18.8h", "1f44726e");
    code.op(codes::ushl_4s, v3, v21, v30), code.is("ushl v3.4s, v21.4s, v30.4s", "a346be6e");
    code.op(codes::ushl_2d, v31, v0, v18), code.is("ushl v31.2d, v0.2d, v18.2d", "1f44f26e");
    code.op(codes::shl(8, 1), v3, v21), code.is("shl v3.16b, v21.16b, #1", "a356094f");
    code.op(codes::shl(16, 7), v3, v21), code.is("shl v3.8h, v21.8h, #7", "a356174f");
    code.op(codes::shl(32, 31), v3, v21), code.is("shl v3.4s, v21.4s, #31", "a3563f4f");
    code.op(codes::shl(64, 33), v3, v21), code.is("shl v3.2d, v21.2d, #33", "a356614f");
    code.op(codes::shl(8, 0), v3, v21), code.is("shl v3.16b, v21.16b, #0", "a356084f");
    code.op(codes::sshr(8, 8), v31, v0), code.is("sshr v31.16b, v0.16b, #8", "1f04084f");
    code.op(codes::sshr(16, 1), v31, v0), code.is("sshr v31.8h, v0.8h, #1", "1f041f4f");
    code.op(codes::sshr(32, 17), v31, v0), code.is("sshr v31.4s, v0.4s, #17", "1f042f4f");
    code.op(codes::sshr(64, 63), v31, v0), code.is("sshr v31.2d, v0.2d, #63", "1f04414f");
    code.op(codes::sshr(64, 1), v31, v0), code.is("sshr v31.2d, v0.2d, #1", "1f047f4f");
    code.op(codes::ushr(8, 8), v3, v21), code.is("ushr v3.16b, v21.16b, #8", "a306086f");
    code.op(codes::ushr(16, 1), v3, v21), code.is("ushr v3.8h, v21.8h, #1", "a3061f6f");
    code.op(codes::ushr(32, 17), v3, v21), code.is("ushr v3.4s, v21.4s, #17", "a3062f6f");
    code.op(codes::ushr(64, 63), v3, v21), code.is("ushr v3.2d, v21.2d, #63", "a306416f");
    code.op(codes::ushr(64, 1), v3, v21), code.is("ushr v3.2d, v21.2d, #1", "a3067f6f");
    code.op(codes::dup_lane(1, 15), v31, v0), code.is("dup v31.16b, v0.b[15]", "1f041f4e");
    code.op(codes::dup_lane(2, 5), v31, v0), code.is("dup v31.8h, v0.h[5]", "1f04164e");
    code.op(codes::dup_lane(4, 3), v31, v0), code.is("dup v31.4s, v0.s[3]", "1f041c4e");
    code.op(codes::dup_lane(8, 1), v31, v0), code.is("dup v31.2d, v0.d[1]", "1f04184e");
    code.op(codes::dup_scalar(1, 9), v3, v21), code.is("mov b3, v21.b[9]", "a306135e");
    code.op(codes::dup_scalar(2, 7), v3, v21), code.is("mov h3, v21.h[7]", "a3061e5e");
    code.op(codes::dup_scalar(4, 2), v3, v21), code.is("mov s3, v21.s[2]", "a306145e");
    code.op(codes::dup_scalar(8, 1), v3, v21), code.is("mov d3, v21.d[1]", "a306185e");
    code.op(codes::dup_general(1), v31, x13), code.is("dup v31.16b, w13", "bf0d014e");
    code.op(codes::dup_general(2), v31, x13), code.is("dup v31.8h, w13", "bf0d024e");
    code.op(codes::dup_general(4), v31, x13), code.is("dup v31.4s, w13", "bf0d044e");
    code.op(codes::dup_general(8), v31, x13), code.is("dup v31.2d, x13", "bf0d084e");
    code.op(codes::smov_w(1, 15), x13, v21), code.is("smov w13, v21.b[15]", "ad2e1f0e");
    code.op(codes::smov_w(2, 6), x13, v21), code.is("smov w13, v21.h[6]", "ad2e1a0e");
    code.op(codes::umov(1, 15), x13, v0), code.is("umov w13, v0.b[15]", "0d3c1f0e");
    code.op(codes::umov(2, 6), x13, v0), code.is("umov w13, v0.h[6]", "0d3c1a0e");
    code.op(codes::umov(4, 3), x13, v0), code.is("mov w13, v0.s[3]", "0d3c1c0e");
    code.op(codes::umov(8, 1), x13, v0), code.is("mov x13, v0.d[1]", "0d3c184e");
    code.op(codes::umov(8, 0), x13, v0), code.is("mov x13, v0.d[0]", "0d3c084e");
    code.op(codes::ins_general(1, 14), v3, x13), code.is("mov v3.b[14], w13", "a31d1d4e");
    code.op(codes::ins_general(2, 6), v3, x13), code.is("mov v3.h[6], w13", "a31d1a4e");
    code.op(codes::ins_general(4, 3), v3, x13), code.is("mov v3.s[3], w13", "a31d1c4e");
    code.op(codes::ins_general(8, 1), v3, x13), code.is("mov v3.d[1], x13", "a31d184e");
    code.op(codes::ins_lane(1, 14, 5), v31, v0), code.is("mov v31.b[14], v0.b[5]", "1f2c1d6e");
    code.op(codes::ins_lane(2, 6, 7), v31, v0), code.is("mov v31.h[6], v0.h[7]", "1f741a6e");
    code.op(codes::ins_lane(4, 3, 1), v31, v0), code.is("mov v31.s[3], v0.s[1]", "1f241c6e");
    code.op(codes::ins_lane(8, 0, 1), v31, v0), code.is("mov v31.d[0], v0.d[1]", "1f44086e");
    code.op(codes::movi_16b(0xa5), v3), code.is("movi v3.16b, #0xa5", "a3e4054f");
    code.op(codes::movi_4s(0xa5, 0), v31), code.is("movi v31.4s, #0xa5", "bf04054f");
    code.op(codes::movi_4s(0xa5, 1), v31), code.is("movi v31.4s, #0xa5, lsl #8", "bf24054f");
    code.op(codes::movi_4s(0xa5, 2), v31), code.is("movi v31.4s, #0xa5, lsl #16", "bf44054f");
    code.op(codes::movi_4s(0xa5, 3), v31), code.is("movi v31.4s, #0xa5, lsl #24", "bf64054f");
    code.op(codes::mvni_4s(0xa5, 0), v3), code.is("mvni v3.4s, #0xa5", "a304056f");
    code.op(codes::mvni_4s(0xa5, 1), v3), code.is("mvni v3.4s, #0xa5, lsl #8", "a324056f");
    code.op(codes::mvni_4s(0xa5, 2), v3), code.is("mvni v3.4s, #0xa5, lsl #16", "a344056f");
    code.op(codes::mvni_4s(0xa5, 3), v3), code.is("mvni v3.4s, #0xa5, lsl #24", "a364056f");
    code.op(codes::movi_8h(0xa5, 0), v31), code.is("movi v31.8h, #0xa5", "bf84054f");
    code.op(codes::movi_8h(0xa5, 1), v31), code.is("movi v31.8h, #0xa5, lsl #8", "bfa4054f");
    code.op(codes::mvni_8h(0xa5, 0), v3), code.is("mvni v3.8h, #0xa5", "a384056f");
    code.op(codes::mvni_8h(0xa5, 1), v3), code.is("mvni v3.8h, #0xa5, lsl #8", "a3a4056f");
    code.op(codes::movi_2d(0xa5), v31), code.is("movi v31.2d, #0xff00ff0000ff00ff", "bfe4056f");
    code.op(codes::tbl_1, v3, v21, v30), code.is("tbl v3.16b, {v21.16b}, v30.16b", "a3021e4e");
    code.op(codes::tbl_2, v31, v0, v18),
        code.is("tbl v31.16b, {v0.16b, v1.16b}, v18.16b", "1f20124e");
    code.op(codes::ext_16b(13), v3, v21, v30),
        code.is("ext v3.16b, v21.16b, v30.16b, #13", "a36a1e6e");
    code.op(codes::zip1(1), v31, v0, v18), code.is("zip1 v31.16b, v0.16b, v18.16b", "1f38124e");
    code.op(codes::zip1(2), v31, v0, v18), code.is("zip1 v31.8h, v0.8h, v18.8h", "1f38524e");
    code.op(codes::zip1(4), v31, v0, v18), code.is("zip1 v31.4s, v0.4s, v18.4s", "1f38924e");
    code.op(codes::zip1(8), v31, v0, v18), code.is("zip1 v31.2d, v0.2d, v18.2d", "1f38d24e");
    code.op(codes::zip2(1), v3, v21, v30), code.is("zip2 v3.16b, v21.16b, v30.16b", "a37a1e4e");
    code.op(codes::zip2(2), v3, v21, v30), code.is("zip2 v3.8h, v21.8h, v30.8h", "a37a5e4e");
    code.op(codes::zip2(4), v3, v21, v30), code.is("zip2 v3.4s, v21.4s, v30.4s", "a37a9e4e");
    code.op(codes::zip2(8), v3, v21, v30), code.is("zip2 v3.2d, v21.2d, v30.2d", "a37ade4e");
    code.op(codes::uzp1(1), v31, v0, v18), code.is("uzp1 v31.16b, v0.16b, v18.16b", "1f18124e");
    code.op(codes::uzp1(2), v31, v0, v18), code.is("uzp1 v31.8h, v0.8h, v18.8h", "1f18524e");
    code.op(codes::uzp1(4), v31, v0, v18), code.is("uzp1 v31.4s, v0.4s, v18.4s", "1f18924e");
    code.op(codes::uzp1(8), v31, v0, v18), code.is("uzp1 v31.2d, v0.2d, v18.2d", "1f18d24e");
    code.op(codes::uzp2(1), v3, v21, v30), code.is("uzp2 v3.16b, v21.16b, v30.16b", "a35a1e4e");
    code.op(codes::uzp2(2), v3, v21, v30), code.is("uzp2 v3.8h, v21.8h, v30.8h", "a35a5e4e");
    code.op(codes::uzp2(4), v3, v21, v30), code.is("uzp2 v3.4s, v21.4s, v30.4s", "a35a9e4e");
    code.op(codes::uzp2(8), v3, v21, v30), code.is("uzp2 v3.2d, v21.2d, v30.2d", "a35ade4e");
    code.op(codes::trn1(1), v31, v0, v18), code.is("trn1 v31.16b, v0.16b, v18.16b", "1f28124e");
    code.op(codes::trn1(2), v31, v0, v18), code.is("trn1 v31.8h, v0.8h, v18.8h", "1f28524e");
    code.op(codes::trn1(4), v31, v0, v18), code.is("trn1 v31.4s, v0.4s, v18.4s", "1f28924e");
    code.op(codes::trn1(8), v31, v0, v18), code.is("trn1 v31.2d, v0.2d, v18.2d", "1f28d24e");
    code.op(codes::trn2(1), v3, v21, v30), code.is("trn2 v3.16b, v21.16b, v30.16b", "a36a1e4e");
    code.op(codes::trn2(2), v3, v21, v30), code.is("trn2 v3.8h, v21.8h, v30.8h", "a36a5e4e");
    code.op(codes::trn2(4), v3, v21, v30), code.is("trn2 v3.4s, v21.4s, v30.4s", "a36a9e4e");
    code.op(codes::trn2(8), v3, v21, v30), code.is("trn2 v3.2d, v21.2d, v30.2d", "a36ade4e");
    code.op(codes::rev16_16b, v31, v0), code.is("rev16 v31.16b, v0.16b", "1f18204e");
    code.op(codes::rev32_16b, v3, v21), code.is("rev32 v3.16b, v21.16b", "a30a206e");
    code.op(codes::rev32_8h, v31, v0), code.is("rev32 v31.8h, v0.8h", "1f08606e");
    code.op(codes::rev64_16b, v3, v21), code.is("rev64 v3.16b, v21.16b", "a30a204e");
    code.op(codes::rev64_8h, v31, v0), code.is("rev64 v31.8h, v0.8h", "1f08604e");
    code.op(codes::rev64_4s, v3, v21), code.is("rev64 v3.4s, v21.4s", "a30aa04e");
    code.op(codes::add_16b, v31, v0, v18), code.is("add v31.16b, v0.16b, v18.16b", "1f84324e");
    code.op(codes::add_8h, v3, v21, v30), code.is("add v3.8h, v21.8h, v30.8h", "a3867e4e");
    code.op(codes::add_4s, v31, v0, v18), code.is("add v31.4s, v0.4s, v18.4s", "1f84b24e");
    code.op(codes::add_2d, v3, v21, v30), code.is("add v3.2d, v21.2d, v30.2d", "a386fe4e");
    code.op(codes::sub_16b, v31, v0, v18), code.is("sub v31.16b, v0.16b, v18.16b", "1f84326e");
    code.op(codes::sub_8h, v3, v21, v30), code.is("sub v3.8h, v21.8h, v30.8h", "a3867e6e");
    code.op(codes::sub_4s, v31, v0, v18), code.is("sub v31.4s, v0.4s, v18.4s", "1f84b26e");
    code.op(codes::sub_2d, v3, v21, v30), code.is("sub v3.2d, v21.2d, v30.2d", "a386fe6e");
    code.op(codes::mul_8h, v31, v0, v18), code.is("mul v31.8h, v0.8h, v18.8h", "1f9c724e");
    code.op(codes::mul_4s, v3, v21, v30), code.is("mul v3.4s, v21.4s, v30.4s", "a39ebe4e");
    code.op(codes::sqadd_16b, v31, v0, v18), code.is("sqadd v31.16b, v0.16b, v18.16b", "1f0c324e");
    code.op(codes::sqadd_8h, v3, v21, v30), code.is("sqadd v3.8h, v21.8h, v30.8h", "a30e7e4e");
    code.op(codes::uqadd_16b, v31, v0, v18), code.is("uqadd v31.16b, v0.16b, v18.16b", "1f0c326e");
    code.op(codes::uqadd_8h, v3, v21, v30), code.is("uqadd v3.8h, v21.8h, v30.8h", "a30e7e6e");
    code.op(codes::sqsub_16b, v31, v0, v18), code.is("sqsub v31.16b, v0.16b, v18.16b", "1f2c324e");
    code.op(codes::sqsub_8h, v3, v21, v30), code.is("sqsub v3.8h, v21.8h, v30.8h", "a32e7e4e");
    code.op(codes::uqsub_16b, v31, v0, v18), code.is("uqsub v31.16b, v0.16b, v18.16b", "1f2c326e");
    code.op(codes::uqsub_8h, v3, v21, v30), code.is("uqsub v3.8h, v21.8h, v30.8h", "a32e7e6e");
    code.op(codes::sqrdmulh_8h, v31, v0, v18),
        code.is("sqrdmulh v31.8h, v0.8h, v18.8h", "1fb4726e");
    code.op(codes::urhadd_16b, v3, v21, v30),
        code.is("urhadd v3.16b, v21.16b, v30.16b", "a3163e6e");
    code.op(codes::urhadd_8h, v31, v0, v18), code.is("urhadd v31.8h, v0.8h, v18.8h", "1f14726e");
    code.op(codes::smin_16b, v3, v21, v30), code.is("smin v3.16b, v21.16b, v30.16b", "a36e3e4e");
    code.op(codes::smin_8h, v31, v0, v18), code.is("smin v31.8h, v0.8h, v18.8h", "1f6c724e");
    code.op(codes::smin_4s, v3, v21, v30), code.is("smin v3.4s, v21.4s, v30.4s", "a36ebe4e");
    code.op(codes::umin_16b, v31, v0, v18), code.is("umin v31.16b, v0.16b, v18.16b", "1f6c326e");
    code.op(codes::umin_8h, v3, v21, v30), code.is("umin v3.8h, v21.8h, v30.8h", "a36e7e6e");
    code.op(codes::umin_4s, v31, v0, v18), code.is("umin v31.4s, v0.4s, v18.4s", "1f6cb26e");
    code.op(codes::smax_16b, v3, v21, v30), code.is("smax v3.16b, v21.16b, v30.16b", "a3663e4e");
    code.op(codes::smax_8h, v31, v0, v18), code.is("smax v31.8h, v0.8h, v18.8h", "1f64724e");
    code.op(codes::smax_4s, v3, v21, v30), code.is("smax v3.4s, v21.4s, v30.4s", "a366be4e");
    code.op(codes::umax_16b, v31, v0, v18), code.is("umax v31.16b, v0.16b, v18.16b", "1f64326e");
    code.op(codes::umax_8h, v3, v21, v30), code.is("umax v3.8h, v21.8h, v30.8h", "a3667e6e");
    code.op(codes::umax_4s, v31, v0, v18), code.is("umax v31.4s, v0.4s, v18.4s", "1f64b26e");
    code.op(codes::abs_16b, v3, v21), code.is("abs v3.16b, v21.16b", "a3ba204e");
    code.op(codes::abs_8h, v31, v0), code.is("abs v31.8h, v0.8h", "1fb8604e");
    code.op(codes::abs_4s, v3, v21), code.is("abs v3.4s, v21.4s", "a3baa04e");
    code.op(codes::abs_2d, v31, v0), code.is("abs v31.2d, v0.2d", "1fb8e04e");
    code.op(codes::neg_16b, v3, v21), code.is("neg v3.16b, v21.16b", "a3ba206e");
    code.op(codes::neg_8h, v31, v0), code.is("neg v31.8h, v0.8h", "1fb8606e");
    code.op(codes::neg_4s, v3, v21), code.is("neg v3.4s, v21.4s", "a3baa06e");
    code.op(codes::neg_2d, v31, v0), code.is("neg v31.2d, v0.2d", "1fb8e06e");
    code.op(codes::addp_4s, v3, v21, v30), code.is("addp v3.4s, v21.4s, v30.4s", "a3bebe4e");
    code.op(codes::umaxp_4s, v31, v0, v18), code.is("umaxp v31.4s, v0.4s, v18.4s", "1fa4b26e");
    code.op(codes::addp_d, v3, v21), code.is("addp d3, v21.2d", "a3baf15e");
    code.op(codes::addv_8h, v31, v0), code.is("addv h31, v0.8h", "1fb8714e");
    code.op(codes::addv_4s, v3, v21), code.is("addv s3, v21.4s", "a3bab14e");
    code.op(codes::uminv_16b, v31, v0), code.is("uminv b31, v0.16b", "1fa8316e");
    code.op(codes::uminv_8h, v3, v21), code.is("uminv h3, v21.8h", "a3aa716e");
    code.op(codes::uminv_4s, v31, v0), code.is("uminv s31, v0.4s", "1fa8b16e");
    code.op(codes::sxtl_8h, v3, v21), code.is("sxtl v3.8h, v21.8b", "a3a6080f");
    code.op(codes::upper_half(codes::sxtl_8h), v3, v21),
        code.is("sxtl2 v3.8h, v21.16b", "a3a6084f");
    code.op(codes::sxtl_4s, v31, v0), code.is("sxtl v31.4s, v0.4h", "1fa4100f");
    code.op(codes::upper_half(codes::sxtl_4s), v31, v0), code.is("sxtl2 v31.4s, v0.8h", "1fa4104f");
    code.op(codes::sxtl_2d, v3, v21), code.is("sxtl v3.2d, v21.2s", "a3a6200f");
    code.op(codes::upper_half(codes::sxtl_2d), v3, v21), code.is("sxtl2 v3.2d, v21.4s", "a3a6204f");
    code.op(codes::uxtl_8h, v31, v0), code.is("uxtl v31.8h, v0.8b", "1fa4082f");
    code.op(codes::upper_half(codes::uxtl_8h), v31, v0),
        code.is("uxtl2 v31.8h, v0.16b", "1fa4086f");
    code.op(codes::uxtl_4s, v3, v21), code.is("uxtl v3.4s, v21.4h", "a3a6102f");
    code.op(codes::upper_half(codes::uxtl_4s), v3, v21), code.is("uxtl2 v3.4s, v21.8h", "a3a6106f");
    code.op(codes::uxtl_2d, v31, v0), code.is("uxtl v31.2d, v0.2s", "1fa4202f");
    code.op(codes::upper_half(codes::uxtl_2d), v31, v0), code.is("uxtl2 v31.2d, v0.4s", "1fa4206f");
    code.op(codes::xtn_2s, v3, v21), code.is("xtn v3.2s, v21.2d", "a32aa10e");
    code.op(codes::upper_half(codes::xtn_2s), v3, v21), code.is("xtn2 v3.4s, v21.2d", "a32aa14e");
    code.op(codes::sqxtn_8b, v31, v0), code.is("sqxtn v31.8b, v0.8h", "1f48210e");
    code.op(codes::upper_half(codes::sqxtn_8b), v31, v0),
        code.is("sqxtn2 v31.16b, v0.8h", "1f48214e");
    code.op(codes::sqxtn_4h, v3, v21), code.is("sqxtn v3.4h, v21.4s", "a34a610e");
    code.op(codes::upper_half(codes::sqxtn_4h), v3, v21),
        code.is("sqxtn2 v3.8h, v21.4s", "a34a614e");
    code.op(codes::sqxtun_8b, v31, v0), code.is("sqxtun v31.8b, v0.8h", "1f28212e");
    code.op(codes::upper_half(codes::sqxtun_8b), v31, v0),
        code.is("sqxtun2 v31.16b, v0.8h", "1f28216e");
    code.op(codes::sqxtun_4h, v3, v21), code.is("sqxtun v3.4h, v21.4s", "a32a612e");
    code.op(codes::upper_half(codes::sqxtun_4h), v3, v21),
        code.is("sqxtun2 v3.8h, v21.4s", "a32a616e");
    code.op(codes::saddlp_8h, v31, v0), code.is("saddlp v31.8h, v0.16b", "1f28204e");
    code.op(codes::saddlp_4s, v3, v21), code.is("saddlp v3.4s, v21.8h", "a32a604e");
    code.op(codes::uaddlp_8h, v31, v0), code.is("uaddlp v31.8h, v0.16b", "1f28206e");
    code.op(codes::uaddlp_4s, v3, v21), code.is("uaddlp v3.4s, v21.8h", "a32a606e");
    code.op(codes::uaddlp_2d, v31, v0), code.is("uaddlp v31.2d, v0.4s", "1f28a06e");
    code.op(codes::smull_8h, v3, v21, v30), code.is("smull v3.8h, v21.8b, v30.8b", "a3c23e0e");
    code.op(codes::upper_half(codes::smull_8h), v3, v21, v30),
        code.is("smull2 v3.8h, v21.16b, v30.16b", "a3c23e4e");
    code.op(codes::smull_4s, v31, v0, v18), code.is("smull v31.4s, v0.4h, v18.4h", "1fc0720e");
    code.op(codes::upper_half(codes::smull_4s), v31, v0, v18),
        code.is("smull2 v31.4s, v0.8h, v18.8h", "1fc0724e");
    code.op(codes::smull_2d, v3, v21, v30), code.is("smull v3.2d, v21.2s, v30.2s", "a3c2be0e");
    code.op(codes::upper_half(codes::smull_2d), v3, v21, v30),
        code.is("smull2 v3.2d, v21.4s, v30.4s", "a3c2be4e");
    code.op(codes::umull_8h, v31, v0, v18), code.is("umull v31.8h, v0.8b, v18.8b", "1fc0322e");
    code.op(codes::upper_half(codes::umull_8h), v31, v0, v18),
        code.is("umull2 v31.8h, v0.16b, v18.16b", "1fc0326e");
    code.op(codes::umull_4s, v3, v21, v30), code.is("umull v3.4s, v21.4h, v30.4h", "a3c27e2e");
    code.op(codes::upper_half(codes::umull_4s), v3, v21, v30),
        code.is("umull2 v3.4s, v21.8h, v30.8h", "a3c27e6e");
    code.op(codes::umull_2d, v31, v0, v18), code.is("umull v31.2d, v0.2s, v18.2s", "1fc0b22e");
    code.op(codes::upper_half(codes::umull_2d), v31, v0, v18),
        code.is("umull2 v31.2d, v0.4s, v18.4s", "1fc0b26e");
    code.op(codes::umlal_2d, v3, v21, v30), code.is("umlal v3.2d, v21.2s, v30.2s", "a382be2e");
    code.op(codes::upper_half(codes::umlal_2d), v3, v21, v30),
        code.is("umlal2 v3.2d, v21.4s, v30.4s", "a382be6e");
    code.op(codes::cmeq_16b, v31, v0, v18), code.is("cmeq v31.16b, v0.16b, v18.16b", "1f8c326e");
    code.op(codes::cmeq_8h, v3, v21, v30), code.is("cmeq v3.8h, v21.8h, v30.8h", "a38e7e6e");
    code.op(codes::cmeq_4s, v31, v0, v18), code.is("cmeq v31.4s, v0.4s, v18.4s", "1f8cb26e");
    code.op(codes::cmeq_2d, v3, v21, v30), code.is("cmeq v3.2d, v21.2d, v30.2d", "a38efe6e");
    code.op(codes::cmgt_16b, v31, v0, v18), code.is("cmgt v31.16b, v0.16b, v18.16b", "1f34324e");
    code.op(codes::cmgt_8h, v3, v21, v30), code.is("cmgt v3.8h, v21.8h, v30.8h", "a3367e4e");
    code.op(codes::cmgt_4s, v31, v0, v18), code.is("cmgt v31.4s, v0.4s, v18.4s", "1f34b24e");
    code.op(codes::cmgt_2d, v3, v21, v30), code.is("cmgt v3.2d, v21.2d, v30.2d", "a336fe4e");
    code.op(codes::cmge_16b, v31, v0, v18), code.is("cmge v31.16b, v0.16b, v18.16b", "1f3c324e");
    code.op(codes::cmge_8h, v3, v21, v30), code.is("cmge v3.8h, v21.8h, v30.8h", "a33e7e4e");
    code.op(codes::cmge_4s, v31, v0, v18), code.is("cmge v31.4s, v0.4s, v18.4s", "1f3cb24e");
    code.op(codes::cmge_2d, v3, v21, v30), code.is("cmge v3.2d, v21.2d, v30.2d", "a33efe4e");
    code.op(codes::cmhi_16b, v31, v0, v18), code.is("cmhi v31.16b, v0.16b, v18.16b", "1f34326e");
    code.op(codes::cmhi_8h, v3, v21, v30), code.is("cmhi v3.8h, v21.8h, v30.8h", "a3367e6e");
    code.op(codes::cmhi_4s, v31, v0, v18), code.is("cmhi v31.4s, v0.4s, v18.4s", "1f34b26e");
    code.op(codes::cmhs_16b, v3, v21, v30), code.is("cmhs v3.16b, v21.16b, v30.16b", "a33e3e6e");
    code.op(codes::cmhs_8h, v31, v0, v18), code.is("cmhs v31.8h, v0.8h, v18.8h", "1f3c726e");
    code.op(codes::cmhs_4s, v3, v21, v30), code.is("cmhs v3.4s, v21.4s, v30.4s", "a33ebe6e");
    code.op(codes::cmeq_zero_2d, v31, v0), code.is("cmeq v31.2d, v0.2d, #0", "1f98e04e");
}

#endif

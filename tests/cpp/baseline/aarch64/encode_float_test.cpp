// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include "baseline/aarch64/assembler.h"
#include "baseline/aarch64/float_codes.h"
#include "baseline/encoded.h"

// Inside, so that codes are found before functions of the C library.
namespace epsilon::baseline {

using namespace float_codes;
using baseline_test::Encoded;
using enum Reg;
using enum Vec;

TEST_CASE("The encoder: floats", "[baseline]") {
    Encoded code;
    code.op(fabs, v31, v18), code.is("fabs s31, s18", "5fc2201e");
    code.op(fabs | f64, v0, v30), code.is("fabs d0, d30", "c0c3601e");
    code.op(fneg, v31, v18), code.is("fneg s31, s18", "5f42211e");
    code.op(fneg | f64, v0, v30), code.is("fneg d0, d30", "c043611e");
    code.op(fsqrt, v31, v18), code.is("fsqrt s31, s18", "5fc2211e");
    code.op(fsqrt | f64, v0, v30), code.is("fsqrt d0, d30", "c0c3611e");
    code.op(frintn, v31, v18), code.is("frintn s31, s18", "5f42241e");
    code.op(frintn | f64, v0, v30), code.is("frintn d0, d30", "c043641e");
    code.op(frintp, v31, v18), code.is("frintp s31, s18", "5fc2241e");
    code.op(frintp | f64, v0, v30), code.is("frintp d0, d30", "c0c3641e");
    code.op(frintm, v31, v18), code.is("frintm s31, s18", "5f42251e");
    code.op(frintm | f64, v0, v30), code.is("frintm d0, d30", "c043651e");
    code.op(frintz, v31, v18), code.is("frintz s31, s18", "5fc2251e");
    code.op(frintz | f64, v0, v30), code.is("frintz d0, d30", "c0c3651e");
    code.op(fadd, v31, v18, v1), code.is("fadd s31, s18, s1", "5f2a211e");
    code.op(fadd | f64, v0, v30, v17), code.is("fadd d0, d30, d17", "c02b711e");
    code.op(fsub, v31, v18, v1), code.is("fsub s31, s18, s1", "5f3a211e");
    code.op(fsub | f64, v0, v30, v17), code.is("fsub d0, d30, d17", "c03b711e");
    code.op(fmul, v31, v18, v1), code.is("fmul s31, s18, s1", "5f0a211e");
    code.op(fmul | f64, v0, v30, v17), code.is("fmul d0, d30, d17", "c00b711e");
    code.op(fdiv, v31, v18, v1), code.is("fdiv s31, s18, s1", "5f1a211e");
    code.op(fdiv | f64, v0, v30, v17), code.is("fdiv d0, d30, d17", "c01b711e");
    code.op(fmin, v31, v18, v1), code.is("fmin s31, s18, s1", "5f5a211e");
    code.op(fmin | f64, v0, v30, v17), code.is("fmin d0, d30, d17", "c05b711e");
    code.op(fmax, v31, v18, v1), code.is("fmax s31, s18, s1", "5f4a211e");
    code.op(fmax | f64, v0, v30, v17), code.is("fmax d0, d30, d17", "c04b711e");
    code.op(fcmp, v0, v18, v1), code.is("fcmp s18, s1", "4022211e");
    code.op(fcmp | f64, v0, v30, v17), code.is("fcmp d30, d17", "c023711e");
    code.op(fmov_minus_one, v31), code.is("fmov s31, #-1.000000000000000000e+00", "1f103e1e");
    code.op(fmov_minus_one | f64, v16), code.is("fmov d16, #-1.000000000000000000e+00", "10107e1e");
    code.op(promote, v31, v18), code.is("fcvt d31, s18", "5fc2221e");
    code.op(demote, v0, v30), code.is("fcvt s0, d30", "c043621e");
    code.op(scvtf, v31, x9), code.is("scvtf s31, w9", "3f01221e");
    code.op(scvtf | int64, v3, x14), code.is("scvtf s3, x14", "c301229e");
    code.op(scvtf | f64, v31, x9), code.is("scvtf d31, w9", "3f01621e");
    code.op(scvtf | f64 | int64, v3, x14), code.is("scvtf d3, x14", "c301629e");
    code.op(ucvtf, v31, x9), code.is("ucvtf s31, w9", "3f01231e");
    code.op(ucvtf | int64, v3, x14), code.is("ucvtf s3, x14", "c301239e");
    code.op(ucvtf | f64, v31, x9), code.is("ucvtf d31, w9", "3f01631e");
    code.op(ucvtf | f64 | int64, v3, x14), code.is("ucvtf d3, x14", "c301639e");
    code.op(fcvtzs, x9, v31), code.is("fcvtzs w9, s31", "e903381e");
    code.op(fcvtzs | int64, x14, v3), code.is("fcvtzs x14, s3", "6e00389e");
    code.op(fcvtzs | f64, x9, v31), code.is("fcvtzs w9, d31", "e903781e");
    code.op(fcvtzs | f64 | int64, x14, v3), code.is("fcvtzs x14, d3", "6e00789e");
    code.op(fcvtzu, x9, v31), code.is("fcvtzu w9, s31", "e903391e");
    code.op(fcvtzu | int64, x14, v3), code.is("fcvtzu x14, s3", "6e00399e");
    code.op(fcvtzu | f64, x9, v31), code.is("fcvtzu w9, d31", "e903791e");
    code.op(fcvtzu | f64 | int64, x14, v3), code.is("fcvtzu x14, d3", "6e00799e");
    code.op(fmov_from_general, v31, x9), code.is("fmov s31, w9", "3f01271e");
    code.op(fmov_from_general | f64 | int64, v31, x9), code.is("fmov d31, x9", "3f01679e");
    code.op(fmov_to_general, x9, v31), code.is("fmov w9, s31", "e903261e");
    code.op(fmov_to_general | f64 | int64, x9, v31), code.is("fmov x9, d31", "e903669e");
}

TEST_CASE("The encoder: lanes of floats", "[baseline]") {
    Encoded code;
    code.op(fabs_lanes, v31, v18), code.is("fabs v31.4s, v18.4s", "5ffaa04e");
    code.op(fabs_lanes | f64, v0, v30), code.is("fabs v0.2d, v30.2d", "c0fbe04e");
    code.op(fneg_lanes, v31, v18), code.is("fneg v31.4s, v18.4s", "5ffaa06e");
    code.op(fneg_lanes | f64, v0, v30), code.is("fneg v0.2d, v30.2d", "c0fbe06e");
    code.op(fsqrt_lanes, v31, v18), code.is("fsqrt v31.4s, v18.4s", "5ffaa16e");
    code.op(fsqrt_lanes | f64, v0, v30), code.is("fsqrt v0.2d, v30.2d", "c0fbe16e");
    code.op(frintn_lanes, v31, v18), code.is("frintn v31.4s, v18.4s", "5f8a214e");
    code.op(frintn_lanes | f64, v0, v30), code.is("frintn v0.2d, v30.2d", "c08b614e");
    code.op(frintp_lanes, v31, v18), code.is("frintp v31.4s, v18.4s", "5f8aa14e");
    code.op(frintp_lanes | f64, v0, v30), code.is("frintp v0.2d, v30.2d", "c08be14e");
    code.op(frintm_lanes, v31, v18), code.is("frintm v31.4s, v18.4s", "5f9a214e");
    code.op(frintm_lanes | f64, v0, v30), code.is("frintm v0.2d, v30.2d", "c09b614e");
    code.op(frintz_lanes, v31, v18), code.is("frintz v31.4s, v18.4s", "5f9aa14e");
    code.op(frintz_lanes | f64, v0, v30), code.is("frintz v0.2d, v30.2d", "c09be14e");
    code.op(scvtf_lanes, v31, v18), code.is("scvtf v31.4s, v18.4s", "5fda214e");
    code.op(scvtf_lanes | f64, v0, v30), code.is("scvtf v0.2d, v30.2d", "c0db614e");
    code.op(ucvtf_lanes, v31, v18), code.is("ucvtf v31.4s, v18.4s", "5fda216e");
    code.op(ucvtf_lanes | f64, v0, v30), code.is("ucvtf v0.2d, v30.2d", "c0db616e");
    code.op(fcvtzs_lanes, v31, v18), code.is("fcvtzs v31.4s, v18.4s", "5fbaa14e");
    code.op(fcvtzs_lanes | f64, v0, v30), code.is("fcvtzs v0.2d, v30.2d", "c0bbe14e");
    code.op(fcvtzu_lanes, v31, v18), code.is("fcvtzu v31.4s, v18.4s", "5fbaa16e");
    code.op(fcvtzu_lanes | f64, v0, v30), code.is("fcvtzu v0.2d, v30.2d", "c0bbe16e");
    code.op(fadd_lanes, v31, v18, v1), code.is("fadd v31.4s, v18.4s, v1.4s", "5fd6214e");
    code.op(fadd_lanes | f64, v0, v30, v17), code.is("fadd v0.2d, v30.2d, v17.2d", "c0d7714e");
    code.op(fsub_lanes, v31, v18, v1), code.is("fsub v31.4s, v18.4s, v1.4s", "5fd6a14e");
    code.op(fsub_lanes | f64, v0, v30, v17), code.is("fsub v0.2d, v30.2d, v17.2d", "c0d7f14e");
    code.op(fmul_lanes, v31, v18, v1), code.is("fmul v31.4s, v18.4s, v1.4s", "5fde216e");
    code.op(fmul_lanes | f64, v0, v30, v17), code.is("fmul v0.2d, v30.2d, v17.2d", "c0df716e");
    code.op(fdiv_lanes, v31, v18, v1), code.is("fdiv v31.4s, v18.4s, v1.4s", "5ffe216e");
    code.op(fdiv_lanes | f64, v0, v30, v17), code.is("fdiv v0.2d, v30.2d, v17.2d", "c0ff716e");
    code.op(fmin_lanes, v31, v18, v1), code.is("fmin v31.4s, v18.4s, v1.4s", "5ff6a14e");
    code.op(fmin_lanes | f64, v0, v30, v17), code.is("fmin v0.2d, v30.2d, v17.2d", "c0f7f14e");
    code.op(fmax_lanes, v31, v18, v1), code.is("fmax v31.4s, v18.4s, v1.4s", "5ff6214e");
    code.op(fmax_lanes | f64, v0, v30, v17), code.is("fmax v0.2d, v30.2d, v17.2d", "c0f7714e");
    code.op(fcmeq_lanes, v31, v18, v1), code.is("fcmeq v31.4s, v18.4s, v1.4s", "5fe6214e");
    code.op(fcmeq_lanes | f64, v0, v30, v17), code.is("fcmeq v0.2d, v30.2d, v17.2d", "c0e7714e");
    code.op(fcmgt_lanes, v31, v18, v1), code.is("fcmgt v31.4s, v18.4s, v1.4s", "5fe6a16e");
    code.op(fcmgt_lanes | f64, v0, v30, v17), code.is("fcmgt v0.2d, v30.2d, v17.2d", "c0e7f16e");
    code.op(fcmge_lanes, v31, v18, v1), code.is("fcmge v31.4s, v18.4s, v1.4s", "5fe6216e");
    code.op(fcmge_lanes | f64, v0, v30, v17), code.is("fcmge v0.2d, v30.2d, v17.2d", "c0e7716e");
    code.op(demote_lanes, v31, v18), code.is("fcvtn v31.2s, v18.2d", "5f6a610e");
    code.op(promote_lanes, v31, v18), code.is("fcvtl v31.2d, v18.2s", "5f7a610e");
    code.op(widen_s_lanes, v31, v18), code.is("sxtl v31.2d, v18.2s", "5fa6200f");
    code.op(widen_u_lanes, v31, v18), code.is("uxtl v31.2d, v18.2s", "5fa6202f");
    code.op(narrow_s_lanes, v31, v18), code.is("sqxtn v31.2s, v18.2d", "5f4aa10e");
    code.op(narrow_u_lanes, v31, v18), code.is("uqxtn v31.2s, v18.2d", "5f4aa12e");
    code.op(not_bits, v31, v18), code.is("mvn v31.16b, v18.16b", "5f5a206e");
    code.op(sign_to_bit_f32, v31, v18), code.is("ushr v31.2s, v18.2s, #31", "5f06212f");
    code.op(bit_to_sign_f32, v31, v18), code.is("sli v31.2s, v18.2s, #31", "5f563f2f");
    code.op(sign_to_bit_f64, v31, v18), code.is("ushr d31, d18, #63", "5f06417f");
    code.op(bit_to_sign_f64, v31, v18), code.is("sli d31, d18, #63", "5f567f7f");
    code.op(insert_if_true, v31, v18, v1), code.is("bit v31.16b, v18.16b, v1.16b", "5f1ea16e");
    code.op(insert_if_false, v31, v18, v1), code.is("bif v31.16b, v18.16b, v1.16b", "5f1ee16e");
}

}  // namespace epsilon::baseline

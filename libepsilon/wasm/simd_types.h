// SPDX-License-Identifier: Apache-2.0
#pragma once

// The 128-bit vector and its views as lanes. Conventions: wasm/simd.h.

#include <bit>
#include <cstdint>
#include <cstring>

// EPSILON_SIMD_SSE: use the instructions of x86 up to SSE4.1. EPSILON_PORTABLE_SIMD asks for the
// form without, which is what other CPUs get, so that it can be tested anywhere.
#if defined(__SSE4_1__) && !defined(EPSILON_PORTABLE_SIMD)
#include <smmintrin.h>
#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif
#define EPSILON_SIMD_SSE 1
#else
#define EPSILON_SIMD_SSE 0
#endif

namespace epsilon::simd {

static_assert(std::endian::native == std::endian::little,
              "lane 0 must be at the lowest address of a vector");

// A v128; passed and returned in a vector register. Lanes are reached through a cast to one of the
// other types, which changes no bits: U8x16(a). Arithmetic on lanes that may wrap takes the
// unsigned types.
using V128 = uint64_t __attribute__((vector_size(16)));

using I8x16 = int8_t __attribute__((vector_size(16)));
using U8x16 = uint8_t __attribute__((vector_size(16)));
using I16x8 = int16_t __attribute__((vector_size(16)));
using U16x8 = uint16_t __attribute__((vector_size(16)));
using I32x4 = int32_t __attribute__((vector_size(16)));
using U32x4 = uint32_t __attribute__((vector_size(16)));
using I64x2 = int64_t __attribute__((vector_size(16)));
using U64x2 = uint64_t __attribute__((vector_size(16)));
using F32x4 = float __attribute__((vector_size(16)));
using F64x2 = double __attribute__((vector_size(16)));

// The vector stored in 16 bytes of any alignment, in the order of WebAssembly's memory.
inline V128 from_bytes(const void* bytes) noexcept {
    V128 a;
    std::memcpy(&a, bytes, sizeof a);
    return a;
}
inline void to_bytes(void* bytes, V128 a) noexcept {
    std::memcpy(bytes, &a, sizeof a);
}

inline V128 v128_not(V128 a) noexcept {
    return ~a;
}
inline V128 v128_and(V128 a, V128 b) noexcept {
    return a & b;
}
inline V128 v128_andnot(V128 a, V128 b) noexcept {
    return a & ~b;
}
inline V128 v128_or(V128 a, V128 b) noexcept {
    return a | b;
}
inline V128 v128_xor(V128 a, V128 b) noexcept {
    return a ^ b;
}

// The bits of a where the mask has ones, those of b elsewhere.
inline V128 v128_bitselect(V128 a, V128 b, V128 mask) noexcept {
    return b ^ ((a ^ b) & mask);
}

}  // namespace epsilon::simd

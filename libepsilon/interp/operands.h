// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <tuple>
#include <type_traits>

#include "interp/cell.h"
#include "interp/dispatch.h"
#include "wasm/simd.h"

// How handlers read operands and write results, by the C++ type of the value: uint32_t and
// uint64_t go through acc; float, double and vectors through vacc.
namespace epsilon::interp {

// The parameter and result types of a function of numeric.h or simd.h.
template <class F>
struct Signature;
template <class R, class... P>
struct Signature<R (*)(P...) noexcept> {
    using Result = R;
    template <unsigned i>
    using Param = std::tuple_element_t<i, std::tuple<P...>>;
    static constexpr unsigned params = sizeof...(P);
};
template <auto function>
using SignatureOf = Signature<decltype(function)>;

EPSILON_INLINE Slot& slot_at(const uint8_t* pc, int field, Slot* fp) {
    return fp[read_field<int16_t>(pc, field)];
}

EPSILON_INLINE Vector read_vector(const uint8_t* pc, int field, Slot* fp) {
    Vector value;
    std::memcpy(&value, &slot_at(pc, field, fp), sizeof value);
    return value;
}
EPSILON_INLINE void write_vector(const uint8_t* pc, int field, Slot* fp, Vector value) {
    std::memcpy(&slot_at(pc, field, fp), &value, sizeof value);
}

// Read as what it is: a conversion of bits would go through a register for integers.
template <class T>
EPSILON_INLINE T float_at(const uint8_t* pc, int field, Slot* fp) {
    T value;
    std::memcpy(&value, &slot_at(pc, field, fp), sizeof value);
    return value;
}

// `field` is the operand's slot field, or the immediate's field when k is imm.
template <class T, Kind k>
EPSILON_INLINE T read(const uint8_t* pc, int field, Slot* fp, uint64_t acc, Vector vacc) {
    if constexpr (std::is_same_v<T, Vector>) {
        return k == Kind::acc ? vacc : read_vector(pc, field, fp);
    } else if constexpr (std::is_same_v<T, float>) {
        if constexpr (k == Kind::acc) {
            return simd::F32x4(vacc)[0];
        } else {
            return float_at<float>(pc, field, fp);
        }
    } else if constexpr (std::is_same_v<T, double>) {
        if constexpr (k == Kind::acc) {
            return simd::F64x2(vacc)[0];
        } else {
            return float_at<double>(pc, field, fp);
        }
    } else {
        static_assert(std::is_same_v<T, uint32_t> || std::is_same_v<T, uint64_t>);
        if constexpr (k == Kind::imm) {
            if (sizeof(T) == 8 && field == field_immediate) {
                return T(read_field<uint64_t>(pc, field));
            }
            return T(int64_t(read_field<int32_t>(pc, field)));
        } else if constexpr (k == Kind::acc) {
            return T(acc);
        } else {
            return T(slot_at(pc, field, fp));
        }
    }
}

// A vector whose other lanes are whatever the register holds. Keeping or clearing them would cost
// instructions, and make every result wait for the one before.
template <class Lanes, class T>
EPSILON_INLINE Vector in_lane_0(T value) {
#if defined(__clang__)
    const Lanes lanes = {value};
    if constexpr (sizeof(T) == 4) {
        return Vector(__builtin_shufflevector(lanes, lanes, 0, -1, -1, -1));
    } else {
        return Vector(__builtin_shufflevector(lanes, lanes, 0, -1));
    }
#elif defined(__x86_64__)
    Vector vector;
    asm("" : "=x"(vector) : "0"(value));
    return vector;
#else
    return Vector(Lanes{value});
#endif
}

// Write-through: the accumulator of the type always gets the result, the slot when d is slot.
template <Kind d, class T>
EPSILON_INLINE void write(const uint8_t* pc, int field, Slot* fp, uint64_t& acc, Vector& vacc,
                          T value) {
    if constexpr (std::is_same_v<T, Vector>) {
        vacc = value;
        if constexpr (d == Kind::slot) {
            write_vector(pc, field, fp, value);
        }
    } else if constexpr (std::is_floating_point_v<T>) {
        vacc = in_lane_0<std::conditional_t<sizeof(T) == 4, simd::F32x4, simd::F64x2>>(value);
        if constexpr (d == Kind::slot) {
            // All eight bytes of an f32 too, so that a later eight-byte read can be forwarded.
            slot_at(pc, field, fp) = vacc[0];
        }
    } else {
        static_assert(std::is_same_v<T, uint32_t> || std::is_same_v<T, uint64_t>);
        acc = value;
        if constexpr (d == Kind::slot) {
            slot_at(pc, field, fp) = acc;
        }
    }
}

// As write, of a float's bits, those of an f32 in the lower half.
template <Kind d>
EPSILON_INLINE void write_float_bits(const uint8_t* pc, int field, Slot* fp, Vector& vacc,
                                     Slot bits) {
    vacc = in_lane_0<simd::F64x2>(std::bit_cast<double>(bits));
    if constexpr (d == Kind::slot) {
        slot_at(pc, field, fp) = bits;
    }
}

// Leaves execution with a trap; pc and fp tell where. Cold.
EPSILON_NEXT_CELL leave_with_trap(EPSILON_PARAMS);
template <Trap trap>
EPSILON_NEXT_CELL trap_handler(EPSILON_PARAMS) {
    ctx->trap = trap;
    EPSILON_JUMP(leave_with_trap);
}

// The accumulator means nothing after a trap: with its register free up to the test that finds it,
// the handler needs no stack frame.
#define EPSILON_TRAP(code)                      \
    do {                                        \
        EPSILON_FORGET(acc);                    \
        EPSILON_FORGET(local0);                 \
        EPSILON_JUMP(trap_handler<Trap::code>); \
    } while (false)

}  // namespace epsilon::interp

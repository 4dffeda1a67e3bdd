// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

namespace epsilon {

enum class LebStatus : uint8_t {
    ok,
    end,        // the bytes ran out
    too_long,   // more bytes than an integer of this width may take
    too_large,  // unused bits of the last byte are set
};

// Reads a LEB128 integer of `bits` bits (specification: Binary Format, Integers) from [at, end),
// signed when T is. On success `at` is behind the integer; otherwise it is at the offending byte
// (for too_long: at the last byte allowed).
template <class T, unsigned bits = sizeof(T) * 8>
constexpr LebStatus read_leb128(const uint8_t*& at, const uint8_t* end, T& value) {
    using Unsigned = std::make_unsigned_t<T>;
    static_assert(bits <= sizeof(T) * 8);
    Unsigned result = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at == end) {
            return LebStatus::end;
        }
        const uint8_t byte = *at;
        const unsigned left = bits - shift;
        if (left < 7) {
            // The bits that do not fit must be zero, or copies of the sign bit.
            if constexpr (std::is_signed_v<T>) {
                const uint8_t mask = uint8_t(0xffu << (left - 1)) & 0x7f;
                if ((byte & mask) != 0 && (byte & mask) != mask) {
                    return LebStatus::too_large;
                }
            } else if ((byte & 0x7f) >> left != 0) {
                return LebStatus::too_large;
            }
        }
        result |= Unsigned(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            if constexpr (std::is_signed_v<T>) {
                if ((byte & 0x40) != 0 && shift + 7 < sizeof(T) * 8) {
                    result |= ~Unsigned{0} << (shift + 7);
                }
            }
            value = static_cast<T>(result);
            ++at;
            return LebStatus::ok;
        }
        if (left <= 7) {
            return LebStatus::too_long;
        }
        ++at;
    }
}

// The specification's message for a failure.
constexpr const char* leb_message(LebStatus status) {
    switch (status) {
        case LebStatus::too_long:
            return "integer representation too long";
        case LebStatus::too_large:
            return "integer too large";
        default:
            return "unexpected end of section or function";
    }
}

}  // namespace epsilon

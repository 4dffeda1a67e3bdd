// SPDX-License-Identifier: Apache-2.0
#include "base/leb128.h"

#include <string>
#include <vector>

#include "catch.hpp"

using epsilon::LebStatus;
using Bytes = std::vector<uint8_t>;

namespace {

template <class T, unsigned bits = sizeof(T) * 8>
std::string read(const Bytes& bytes) {
    const uint8_t* at = bytes.data();
    T value{};
    const LebStatus status = epsilon::read_leb128<T, bits>(at, bytes.data() + bytes.size(), value);
    const std::string place = " @" + std::to_string(at - bytes.data());
    switch (status) {
        case LebStatus::ok:
            return std::to_string(value) + place;
        case LebStatus::end:
            return "end" + place;
        case LebStatus::too_long:
            return "too long" + place;
        default:
            return "too large" + place;
    }
}

}  // namespace

TEST_CASE("unsigned LEB128", "[base]") {
    CHECK(read<uint32_t>({0x00}) == "0 @1");
    CHECK(read<uint32_t>({0x7f}) == "127 @1");
    CHECK(read<uint32_t>({0x80, 0x01}) == "128 @2");
    CHECK(read<uint32_t>({0xff, 0xff, 0xff, 0xff, 0x0f}) == "4294967295 @5");
    // Longer than needed is allowed up to the width.
    CHECK(read<uint32_t>({0x83, 0x80, 0x80, 0x80, 0x00}) == "3 @5");
    CHECK(read<uint32_t>({0x83, 0x80, 0x80, 0x80, 0x80, 0x00}) == "too long @4");
    CHECK(read<uint32_t>({0x83, 0x80, 0x80, 0x80, 0x10}) == "too large @4");
    CHECK(read<uint32_t>({0xff, 0xff, 0xff, 0xff, 0x7f}) == "too large @4");
    CHECK(read<uint32_t>({0xff, 0xff, 0xff, 0xff, 0xff}) == "too large @4");
    CHECK(read<uint64_t>({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}) ==
          "18446744073709551615 @10");
    CHECK(read<uint64_t>({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}) ==
          "too large @9");
    CHECK(read<uint64_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) ==
          "too long @9");
}

TEST_CASE("signed LEB128", "[base]") {
    CHECK(read<int32_t>({0x3f}) == "63 @1");
    CHECK(read<int32_t>({0x40}) == "-64 @1");
    CHECK(read<int32_t>({0x7f}) == "-1 @1");
    CHECK(read<int32_t>({0xc0, 0x00}) == "64 @2");
    CHECK(read<int32_t>({0x80, 0x80, 0x80, 0x80, 0x78}) == "-2147483648 @5");
    CHECK(read<int32_t>({0xff, 0xff, 0xff, 0xff, 0x07}) == "2147483647 @5");
    // The unused bits must repeat the sign.
    CHECK(read<int32_t>({0x80, 0x80, 0x80, 0x80, 0x70}) == "too large @4");
    CHECK(read<int32_t>({0xff, 0xff, 0xff, 0xff, 0x0f}) == "too large @4");
    CHECK(read<int32_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == "too long @4");
    CHECK(read<int64_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}) ==
          "-9223372036854775808 @10");
    CHECK(read<int64_t>({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00}) ==
          "9223372036854775807 @10");
    CHECK(read<int64_t>({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e}) ==
          "too large @9");
}

TEST_CASE("33-bit LEB128 of block types", "[base]") {
    CHECK(read<int64_t, 33>({0x40}) == "-64 @1");
    CHECK(read<int64_t, 33>({0xff, 0xff, 0xff, 0xff, 0x0f}) == "4294967295 @5");
    CHECK(read<int64_t, 33>({0x80, 0x80, 0x80, 0x80, 0x70}) == "-4294967296 @5");
    CHECK(read<int64_t, 33>({0x80, 0x80, 0x80, 0x80, 0x20}) == "too large @4");
}

TEST_CASE("LEB128 that is cut off", "[base]") {
    CHECK(read<uint32_t>({}) == "end @0");
    CHECK(read<uint32_t>({0x80}) == "end @1");
    CHECK(read<int64_t>({0xff, 0xff}) == "end @2");
}

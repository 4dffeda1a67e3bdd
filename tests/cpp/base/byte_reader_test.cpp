// SPDX-License-Identifier: Apache-2.0
#include "base/byte_reader.h"

#include <vector>

#include "base/text.h"
#include "catch.hpp"

using namespace epsilon;
using Bytes = std::vector<uint8_t>;

namespace {

template <class T>
std::string text(const Result<T>& result) {
    if (result) {
        if constexpr (std::is_integral_v<T>)
            return std::to_string(result.value());
        else if constexpr (std::is_same_v<T, std::string_view>)
            return std::string(result.value());
        else
            return "bytes";
    }
    CHECK(result.error().kind == ErrorKind::malformed);
    return result.error().message + " @" + std::to_string(result.error().offset);
}

}  // namespace

TEST_CASE("byte reader reads one after the other", "[base]") {
    const Bytes bytes = {0xaa, 0x07, 0x85, 0x01, 0x03, 'a', 'b', 'c', 0x01, 0x02};
    ByteReader reader(bytes, 1, bytes.size());
    CHECK(text(reader.u8("a")) == "7");
    CHECK(text(reader.u32("b")) == "133");
    CHECK(text(reader.name("c")) == "abc");
    CHECK(reader.position() == 8);
    CHECK(reader.remaining() == 2);
    CHECK(text(reader.bytes(2, "d")) == "bytes");
    CHECK(reader.at_end());
    CHECK(text(reader.u8("e")) == "unexpected end of section or function: e is missing @10");
}

TEST_CASE("byte reader stays inside its part", "[base]") {
    const Bytes bytes = {0x80, 0x80, 0x01, 0x02};
    ByteReader reader(bytes, 0, 2);
    CHECK(text(reader.u32("n")) == "unexpected end of section or function: n is cut off @0");
    CHECK(text(reader.bytes(3, "b")) ==
          "unexpected end of section or function: b takes 3 bytes, 2 are left @0");
    // A broken integer is reported as such even when the part cuts it.
    const Bytes broken = {0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    ByteReader cut(broken, 0, 2);
    CHECK(text(cut.u32("n")) == "integer representation too long: n @4");
    CHECK(text(cut.u64("n")) == "unexpected end of section or function: n is cut off @0");
}

TEST_CASE("names", "[base]") {
    const Bytes not_utf8 = {0x02, 0xc0, 0x80};
    CHECK(text(ByteReader(not_utf8, 0, 3).name("x")) == "malformed UTF-8 encoding: x @1");
    const Bytes too_long = {0x05, 'a', 'b'};
    CHECK(text(ByteReader(too_long, 0, 3).name("x")) ==
          "length out of bounds: x takes 5 bytes, 2 are left @0");
    CHECK(text(ByteReader(too_long, 1, 1).name("x")) ==
          "length out of bounds: x takes 97 bytes, 1 are left @1");
    const Bytes beyond_part = {0x02, 'a', 'b'};
    CHECK(text(ByteReader(beyond_part, 0, 2).name("x")) ==
          "unexpected end of section or function: x is cut off @0");
    const Bytes huge = {0xff, 0xff, 0xff, 0xff, 0x0f};
    CHECK(text(ByteReader(huge, 0, 5).name("x")) ==
          "length out of bounds: x takes 4294967295 bytes, 0 are left @0");
    const Bytes empty = {0x00};
    CHECK(text(ByteReader(empty, 0, 1).name("x")).empty());
}

TEST_CASE("texts for messages", "[base]") {
    CHECK(concat("a", 1, std::string("b"), uint64_t{18446744073709551615u}, int8_t{-1}) ==
          "a1b18446744073709551615-1");
    CHECK(hex(0) == "00");
    CHECK(hex(0xff) == "ff");
    CHECK(hex(0x10d) == "10d");
    CHECK(quoted("plain") == "\"plain\"");
    CHECK(quoted(std::string_view("a\0\"\\\x1b\n", 6)) == "\"a\\00\\22\\5c\\1b\\0a\"");
    CHECK(quoted("\xc3\xa4") == "\"\xc3\xa4\"");
    // Cut between characters.
    CHECK(quoted(std::string(199, 'x') + "\xc3\xa4") == "\"" + std::string(199, 'x') + "\"...");
}

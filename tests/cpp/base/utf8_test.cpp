// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <string>

#include "catch.hpp"

using epsilon::is_utf8;

TEST_CASE("well-formed UTF-8", "[base]") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("plain text, longer than eight bytes"));
    CHECK(is_utf8(std::string_view("\0", 1)));
    CHECK(is_utf8("\x7f"));
    CHECK(is_utf8("\xc2\x80"));          // U+0080, the first of two bytes
    CHECK(is_utf8("\xdf\xbf"));          // U+07FF
    CHECK(is_utf8("\xe0\xa0\x80"));      // U+0800
    CHECK(is_utf8("\xed\x9f\xbf"));      // U+D7FF, before the surrogates
    CHECK(is_utf8("\xee\x80\x80"));      // U+E000, behind them
    CHECK(is_utf8("\xf0\x90\x80\x80"));  // U+10000
    CHECK(is_utf8("\xf4\x8f\xbf\xbf"));  // U+10FFFF
}

TEST_CASE("malformed UTF-8", "[base]") {
    CHECK_FALSE(is_utf8("\x80"));              // continuation without a start
    CHECK_FALSE(is_utf8("\xc0\x80"));          // overlong
    CHECK_FALSE(is_utf8("\xc1\xbf"));          // overlong
    CHECK_FALSE(is_utf8("\xe0\x9f\xbf"));      // overlong
    CHECK_FALSE(is_utf8("\xf0\x8f\xbf\xbf"));  // overlong
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));      // surrogate
    CHECK_FALSE(is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
    CHECK_FALSE(is_utf8("\xf5\x80\x80\x80"));
    CHECK_FALSE(is_utf8("\xff"));
    CHECK_FALSE(is_utf8("\xe2\x82"));      // cut off
    CHECK_FALSE(is_utf8("\xe2\x82\x28"));  // continuation missing
    CHECK_FALSE(is_utf8("\xf0\x90\x80\x41"));
}

TEST_CASE("UTF-8 errors are seen at every place", "[base]") {
    for (size_t at = 0; at < 24; ++at) {
        std::string text(24, 'a');
        text[at] = '\xff';
        CHECK_FALSE(is_utf8(text));
    }
}

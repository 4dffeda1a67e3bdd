// SPDX-License-Identifier: Apache-2.0
#include "wasm/opcode.h"

#include <map>
#include <set>
#include <string>

#include "catch.hpp"

using namespace epsilon;

TEST_CASE("every row of the opcode table is found by its encoding", "[wasm]") {
    std::set<std::pair<int, int>> encodings;
    for (uint16_t i = 0; i < uint16_t(Opcode::count); ++i) {
        const auto opcode = Opcode(i);
        const OpcodeInfo& info = opcode_info(opcode);
        INFO(info.text);
        CHECK(encodings.emplace(info.prefix, info.code).second);
        CHECK((info.prefix == 0 ? opcode_from_byte(uint8_t(info.code))
                                : opcode_from_prefixed(info.prefix, info.code)) == opcode);
    }
}

TEST_CASE("the counts of WebAssembly 2.0 and tail calls", "[wasm]") {
    std::map<int, int> per_prefix;
    for (uint16_t i = 0; i < uint16_t(Opcode::count); ++i)
        ++per_prefix[opcode_info(Opcode(i)).prefix];
    CHECK(per_prefix[0x00] == 183 + 2);  // tail calls are two
    CHECK(per_prefix[0xfc] == 18);
    CHECK(per_prefix[0xfd] == 236);
}

TEST_CASE("texts are unique, but for select", "[wasm]") {
    std::set<std::string_view> texts;
    for (uint16_t i = 0; i < uint16_t(Opcode::count); ++i) {
        if (Opcode(i) == Opcode::select_t) continue;
        INFO(opcode_info(Opcode(i)).text);
        CHECK(texts.insert(opcode_info(Opcode(i)).text).second);
    }
}

// The enumerator is the text with other punctuation, so that a row's columns belong together.
TEST_CASE("enumerators and texts agree", "[wasm]") {
    const std::map<Opcode, std::string> names = {
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) \
    {Opcode::name, #name},
#include "wasm/opcodes.def"
#undef EPSILON_OP
    };
    for (const auto& [opcode, name] : names) {
        std::string text(opcode_info(opcode).text);
        for (char& c : text)
            if (c == '.') c = '_';
        const bool is_keyword =
            text == "if" || text == "else" || text == "return" || opcode == Opcode::select_t;
        CHECK((is_keyword ? name.substr(0, text.size()) : name) == text);
    }
}

TEST_CASE("widths of loads and stores follow their names", "[wasm]") {
    for (uint16_t i = 0; i < uint16_t(Opcode::count); ++i) {
        const OpcodeInfo& info = opcode_info(Opcode(i));
        if (info.width == 0) continue;
        const std::string text(info.text);
        const size_t dot = text.find('.');
        const std::string what = text.substr(dot + 1);
        const size_t digit = what.find_first_of("0123456789");
        unsigned bits = unsigned(std::stoul(text.substr(1)));  // of the value's type
        if (digit != std::string::npos) {
            size_t end = 0;
            bits = unsigned(std::stoul(what.substr(digit), &end));
            // Shapes such as 8x8: the product.
            if (digit + end < what.size() && what[digit + end] == 'x')
                bits *= unsigned(std::stoul(what.substr(digit + end + 1)));
        }
        INFO(text);
        CHECK(info.width * 8u == bits);
    }
}

TEST_CASE("opcodes that are none", "[wasm]") {
    CHECK(opcode_from_byte(0x06) == Opcode::count);
    CHECK(opcode_from_byte(0xfc) == Opcode::count);
    CHECK(opcode_from_byte(0xff) == Opcode::count);
    CHECK(opcode_from_prefixed(0xfc, 0x12) == Opcode::count);
    CHECK(opcode_from_prefixed(0xfd, 0x9a) == Opcode::count);
    CHECK(opcode_from_prefixed(0xfd, 0x100) == Opcode::count);
    // Not 0x00 again: numbers are not cut to a byte.
    CHECK(opcode_from_prefixed(0xfc, 0x10000) == Opcode::count);
    CHECK(opcode_from_prefixed(0xfe, 0x00) == Opcode::count);
    CHECK(opcode_from_prefixed(0x00, 0x01) == Opcode::count);
}

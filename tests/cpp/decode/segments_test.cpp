// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;
using epsilon::SegmentMode;

namespace {

const Bytes zero = {0x41, 0x00, 0x0b};  // i32.const 0, end

Bytes with_elements(std::initializer_list<Bytes> segments) {
    return module({section(types, {function_type({}, {})}), section(functions, {{0x00}}),
                   section(tables, {{funcref, 0x00, 0x0a}, {externref, 0x00, 0x0a}}),
                   section(elements, segments), section(code, {body({})})});
}

// Offset of the first segment in the above.
constexpr int first_element = 30;

std::string place(int offset) {
    return " @" + std::to_string(first_element + offset);
}

Bytes with_data(std::initializer_list<Bytes> segments) {
    return module({section(memories, {{0x00, 0x01}}), section(data, segments)});
}

}  // namespace

TEST_CASE("element segments of all kinds", "[decode]") {
    const auto result = decode(with_elements({
        Bytes{0x00} + zero + Bytes{0x01, 0x00},
        Bytes{0x01, 0x00, 0x02, 0x00, 0x00},
        Bytes{0x02, 0x00} + zero + Bytes{0x00, 0x01, 0x00},
        Bytes{0x03, 0x00, 0x01, 0x00},
        Bytes{0x04} + zero + Bytes{0x02, 0xd2, 0x00, 0x0b, 0xd0, 0x70, 0x0b},
        Bytes{0x05, externref, 0x01, 0xd0, 0x6f, 0x0b},
        Bytes{0x06, 0x01} + zero + Bytes{externref, 0x01, 0xd0, 0x6f, 0x0b},
        Bytes{0x07, funcref, 0x00},
    }));
    REQUIRE(result);
    const auto& segments = result.value()->elements;
    REQUIRE(segments.size() == 8);
    CHECK(segments[0].mode == SegmentMode::active);
    CHECK(segments[1].mode == SegmentMode::passive);
    CHECK(segments[1].functions == std::vector<uint32_t>{0, 0});
    CHECK(segments[2].mode == SegmentMode::active);
    CHECK(segments[3].mode == SegmentMode::declarative);
    CHECK(segments[4].expressions.size() == 2);
    CHECK(segments[4].expressions[0].form == epsilon::ConstantExpression::Form::function);
    CHECK(segments[4].expressions[1].form == epsilon::ConstantExpression::Form::null);
    CHECK(segments[5].type == epsilon::ValueType::externref());
    CHECK(segments[6].table == 1);
    CHECK(segments[7].mode == SegmentMode::declarative);
    CHECK(segments[7].size() == 0);
}

TEST_CASE("element segments that are wrong", "[decode]") {
    CHECK(outcome(with_elements({{0x08}})) ==
          "malformed: malformed elements segment kind: 8" + place(0));
    CHECK(outcome(with_elements({{0x01, 0x01, 0x00}})) ==
          "malformed: malformed element kind: 0x01" + place(1));
    CHECK(outcome(with_elements({{0x05, i32, 0x00}})) ==
          "malformed: malformed reference type: 0x7f" + place(1));
    CHECK(outcome(with_elements({{0x01, 0x00, 0x01, 0x05}})) ==
          "invalid: unknown function 5: there are 1" + place(3));
    CHECK(outcome(with_elements({Bytes{0x02, 0x02} + zero + Bytes{0x00, 0x00}})) ==
          "invalid: unknown table 2: there are 2" + place(1));
    CHECK(outcome(with_elements({Bytes{0x02, 0x01} + zero + Bytes{0x00, 0x00}})) ==
          "invalid: type mismatch: element segment of funcref for a table of externref" + place(0));
    CHECK(outcome(with_elements({{0x05, externref, 0x01, 0xd2, 0x00, 0x0b}})) ==
          "invalid: type mismatch: constant expression must have type externref, found funcref" +
              place(3));
    CHECK(outcome(with_elements({Bytes{0x00, 0x42, 0x00, 0x0b, 0x00}})) ==
          "invalid: type mismatch: constant expression must have type i32, found i64" + place(1));
}

TEST_CASE("data segments of all kinds", "[decode]") {
    const auto result = decode(with_data({
        Bytes{0x00} + zero + Bytes{0x02, 'a', 'b'},
        Bytes{0x01, 0x01, 'c'},
        Bytes{0x02, 0x00} + zero + Bytes{0x00},
    }));
    REQUIRE(result);
    const auto& segments = result.value()->data;
    REQUIRE(segments.size() == 3);
    CHECK(segments[0].mode == SegmentMode::active);
    CHECK(segments[0].size == 2);
    CHECK((*result.value()->bytes)[segments[0].begin] == 'a');
    CHECK(segments[1].mode == SegmentMode::passive);
    CHECK(segments[2].size == 0);
}

TEST_CASE("data segments that are wrong", "[decode]") {
    CHECK(outcome(with_data({{0x03}})) == "malformed: malformed data segment kind: 3 @16");
    CHECK(outcome(with_data({Bytes{0x02, 0x01} + zero + Bytes{0x00}})) ==
          "invalid: unknown memory 1: there are 1 @17");
    CHECK(outcome(module({section(data, {Bytes{0x00} + zero + Bytes{0x00}})})) ==
          "invalid: unknown memory 0: there are 0 @11");
    CHECK(outcome(with_data({{0x01, 0x7f, 'x'}})) ==
          "malformed: unexpected end of section or function: data segment takes 127 bytes, 1 are "
          "left @18");
}

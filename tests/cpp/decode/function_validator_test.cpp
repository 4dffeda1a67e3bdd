// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;

namespace {

std::string check(const Bytes& instructions, const Bytes& results = {}, const Bytes& params = {}) {
    return outcome_of({params, results, instructions});
}

}  // namespace

TEST_CASE("operand types", "[decode]") {
    CHECK(check({0x41, 0, 0x41, 0, 0x6a, 0x1a}) == "ok");
    CHECK(check({0x41, 0, 0x42, 0, 0x6a, 0x1a}) ==
          "invalid: type mismatch: i32.add expected i32, found i64, in function 0 @+4");
    CHECK(check({0x41, 0, 0x6a, 0x1a}) ==
          "invalid: type mismatch: i32.add expected i32, found nothing, in function 0 @+2");
    CHECK(check({0x1a}) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 0 @+0");
    CHECK(check({0x41, 0}) ==
          "invalid: type mismatch: 1 values too many at the end of a function, in function 0 @+2");
    CHECK(check({}, {i32}) ==
          "invalid: type mismatch: end expected i32, found nothing, in function 0 @+0");
    CHECK(check({0x43, 0, 0, 0, 0}, {i32}) ==
          "invalid: type mismatch: end expected i32, found f32, in function 0 @+5");
    // Operands below the block are not the block's.
    CHECK(check({0x41, 0, 0x02, 0x40, 0x1a, 0x0b}) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 0 @+4");
    CHECK(check({0x41, 0, 0x02, 0x40, 0x0b}, {i32}) == "ok");
    CHECK(check({0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0b}, {i32}) ==
          "invalid: type mismatch: 1 values too many at the end of a block, in function 0 @+6");
}

TEST_CASE("unreachable code", "[decode]") {
    CHECK(check({0x00, 0x6a, 0x1a}) == "ok");
    CHECK(check({0x00, 0x41, 0, 0x6a}, {i32}) == "ok");
    CHECK(check({0x00, 0x42, 0, 0x6a}, {i32}) ==
          "invalid: type mismatch: i32.add expected i32, found i64, in function 0 @+3");
    // The result of a polymorphic instruction is known again.
    CHECK(check({0x00, 0x6a, 0x7b, 0x1a}) ==
          "invalid: type mismatch: i64.popcnt expected i64, found i32, in function 0 @+2");
    // Unknown types may become any.
    CHECK(check({0x00, 0x1b, 0x7b, 0x1a}) == "ok");
    CHECK(check({0x00, 0x1b, 0xd1, 0x1a}) == "ok");
    CHECK(check({0x00, 0x41, 0}, {}) ==
          "invalid: type mismatch: 1 values too many at the end of a function, in function 0 @+3");
    // A block in unreachable code begins reachable.
    CHECK(check({0x00, 0x02, 0x40, 0x1a, 0x0b}) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 0 @+3");
    // And after it the code is unreachable again.
    CHECK(check({0x00, 0x02, 0x40, 0x0b, 0x1a}) == "ok");
    CHECK(check({0x02, 0x40, 0x00, 0x0b, 0x1a}) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 0 @+4");
    // br_if gives its operands the label's types.
    CHECK(check({0x02, 0x7f, 0x00, 0x0d, 0, 0x0b}, {i32}) == "ok");
    CHECK(check({0x02, 0x7f, 0x00, 0x0d, 0, 0x7b, 0x1a, 0x41, 0, 0x0b}, {i32}) ==
          "invalid: type mismatch: i64.popcnt expected i64, found i32, in function 0 @+5");
}

TEST_CASE("if, else, end", "[decode]") {
    CHECK(check({0x41, 0, 0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b}, {i32}) == "ok");
    CHECK(check({0x41, 0, 0x04, 0x7f, 0x41, 1, 0x0b}, {i32}) ==
          "invalid: type mismatch: if without else must have results like its parameters, in "
          "function 0 @+6");
    CHECK(check({0x41, 0, 0x04, 0x7f, 0x42, 1, 0x05, 0x41, 2, 0x0b}, {i32}) ==
          "invalid: type mismatch: else expected i32, found i64, in function 0 @+6");
    CHECK(check({0x41, 0, 0x04, 0x40, 0x41, 1, 0x05, 0x0b}) ==
          "invalid: type mismatch: 1 values too many before else, in function 0 @+6");
    CHECK(check({0x05}) == "malformed: END opcode expected: else without an if, in function 0 @+0");
    CHECK(check({0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b}) ==
          "malformed: END opcode expected: else without an if, in function 0 @+5");
    // Unreachable before else does not make the else unreachable.
    CHECK(check({0x41, 0, 0x04, 0x40, 0x00, 0x05, 0x1a, 0x0b}) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 0 @+6");
    // An if without else passes parameters on: type 1 of the module below is [i32] -> [i32].
    const Bytes pass_on = module(
        {section(types, {function_type({}, {i32}), function_type({i32}, {i32})}),
         section(functions, {{0x00}}), section(code, {body({0x41, 5, 0x41, 1, 0x04, 1, 0x0b})})});
    CHECK(outcome(pass_on) == "ok");
}

TEST_CASE("labels", "[decode]") {
    CHECK(check({0x0c, 0x00}) == "ok");
    CHECK(check({0x0c, 0x01}) == "invalid: unknown label 1: br is in 1 blocks, in function 0 @+0");
    CHECK(check({0x41, 0, 0x0d, 0xff, 0xff, 0xff, 0xff, 0x0f}) ==
          "invalid: unknown label 4294967295: br_if is in 1 blocks, in function 0 @+2");
    // A loop's label takes its parameters, a block's its results.
    CHECK(check({0x03, 0x7f, 0x0c, 0, 0x0b}, {i32}) == "ok");
    CHECK(check({0x02, 0x7f, 0x0c, 0, 0x0b}, {i32}) ==
          "invalid: type mismatch: br expected i32, found nothing, in function 0 @+2");
    CHECK(check({0x41, 0, 0x0e, 1, 0, 1}) ==
          "invalid: unknown label 1: br_table is in 1 blocks, in function 0 @+2");
    CHECK(check({0x41, 0, 0x0e, 1, 1, 0}) ==
          "invalid: unknown label 1: br_table is in 1 blocks, in function 0 @+2");
    CHECK(check({0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0e, 1, 0, 1, 0x0b, 0x1a}) ==
          "invalid: type mismatch: labels of br_table take 1 and 0 values, in function 0 @+6");
    CHECK(check({0x02, 0x7f, 0x02, 0x7e, 0x41, 0, 0x41, 0, 0x0e, 1, 1, 0, 0x0b, 0x1a, 0x41, 0, 0x0b,
                 0x1a}) ==
          "invalid: type mismatch: br_table expected i64, found i32, in function 0 @+8");
    // In unreachable code labels of different types can be in one table.
    CHECK(check({0x02, 0x7f, 0x02, 0x7e, 0x00, 0x41, 0, 0x0e, 1, 1, 0, 0x0b, 0x1a, 0x41, 0, 0x0b,
                 0x1a}) == "ok");
    CHECK(check({0x41, 0, 0x0f}, {i32}) == "ok");
    CHECK(check({0x0f}, {i32}) ==
          "invalid: type mismatch: return expected i32, found nothing, in function 0 @+0");
}

TEST_CASE("locals", "[decode]") {
    CHECK(check({0x20, 0}, {i64}, {i64}) == "ok");
    CHECK(check({0x20, 1}, {i64}, {i64}) ==
          "invalid: unknown local 1: local.get has 1 to choose from, in function 0 @+0");
    CHECK(check({0x41, 0, 0x21, 0}, {}, {i64}) ==
          "invalid: type mismatch: local.set expected i64, found i32, in function 0 @+2");
    CHECK(check({0x41, 0, 0x22, 0}, {i32}, {i32}) == "ok");
    // 300 locals of i32, then 2 of f64: the last ones lie behind the spread-out part.
    const Bytes many = {0x03, 0xac, 0x02, i32, 0x00, i64, 0x02, f64};
    CHECK(outcome_of({{}, {f64}, {0x20, 0xad, 0x02}, many}) == "ok");
    CHECK(outcome_of({{}, {i32}, {0x20, 0xab, 0x02}, many}) == "ok");
    CHECK(outcome_of({{}, {i32}, {0x20, 0xac, 0x02}, many}) ==
          "invalid: type mismatch: end expected i32, found f64, in function 0 @+3");
    CHECK(outcome_of({{}, {}, {0x20, 0xae, 0x02, 0x1a}, many}) ==
          "invalid: unknown local 302: local.get has 302 to choose from, in function 0 @+0");
    CHECK(outcome_of({{}, {}, {}, {0x02, 0xff, 0xff, 0xff, 0xff, 0x0f, i32, 0x02, i64}}) ==
          "malformed: too many locals: 4294967297 are more than 2^32 - 1, in function 0 @+-2");
    CHECK(outcome_of({{}, {}, {}, {0x01, 0x01, 0x40}}) ==
          "malformed: malformed value type: 0x40, in function 0 @+-1");
}

TEST_CASE("globals", "[decode]") {
    const auto with = [](const Bytes& instructions) {
        return outcome(module({section(types, {function_type({}, {})}), section(functions, {{0}}),
                               section(globals, {Bytes{i32, 0x00, 0x41, 0x01, 0x0b},
                                                 Bytes{i64, 0x01, 0x42, 0x01, 0x0b}}),
                               section(code, {body(instructions)})}));
    };
    CHECK(with({0x23, 0, 0x1a, 0x42, 0, 0x24, 1}) == "ok");
    CHECK(with({0x41, 0, 0x24, 0}) == "invalid: immutable global 0: global.set, in function 0 @38");
    CHECK(with({0x41, 0, 0x24, 1}) ==
          "invalid: type mismatch: global.set expected i64, found i32, in function 0 @38");
    CHECK(with({0x23, 2, 0x1a}) ==
          "invalid: unknown global 2: global.get has 2 to choose from, in function 0 @36");
}

TEST_CASE("calls", "[decode]") {
    // Type 0: [] -> [], type 1: [i32] -> [i64]; function 0 of type 0, function 1 of type 1.
    const auto with = [](const Bytes& instructions) {
        return outcome(module({section(types, {function_type({}, {}), function_type({i32}, {i64})}),
                               section(functions, {{0}, {1}}),
                               section(tables, {{funcref, 0, 0}, {externref, 0, 0}}),
                               section(code, {body(instructions), body({0x42, 0})})}));
    };
    CHECK(with({0x41, 0, 0x10, 1, 0x1a}) == "ok");
    CHECK(with({0x41, 0, 0x10, 2}) ==
          "invalid: unknown function 2: call has 2 to choose from, in function 0 @40");
    CHECK(with({0x42, 0, 0x10, 1}) ==
          "invalid: type mismatch: call expected i32, found i64, in function 0 @40");
    CHECK(with({0x41, 0, 0x41, 0, 0x11, 1, 0, 0x1a}) == "ok");
    CHECK(with({0x41, 0, 0x41, 0, 0x11, 1, 1, 0x1a}) ==
          "invalid: type mismatch: call_indirect expected a table of funcref, found externref, in "
          "function 0 @42");
    CHECK(with({0x41, 0, 0x11, 0, 2}) ==
          "invalid: unknown table 2: call_indirect has 2 to choose from, in function 0 @40");
    CHECK(with({0x41, 0, 0x11, 9, 0}) ==
          "invalid: unknown type 9: call_indirect has 2 to choose from, in function 0 @40");
    CHECK(with({0x12, 0}) == "ok");
    CHECK(with({0x41, 0, 0x12, 1}) ==
          "invalid: type mismatch: return_call of a function of type [i32] -> [i64] where the "
          "results differ, in function 0 @40");
    CHECK(with({0x41, 0, 0x13, 0, 0, 0x1a}) == "ok");
    CHECK(with({0x41, 0, 0x41, 0, 0x13, 1, 0}) ==
          "invalid: type mismatch: return_call_indirect of a function of type [i32] -> [i64] "
          "where the results differ, in function 0 @42");
}

TEST_CASE("memory accesses", "[decode]") {
    CHECK(check({0x41, 0, 0x28, 2, 0, 0x1a}) == "ok");
    CHECK(check({0x41, 0, 0x28, 3, 0, 0x1a}) ==
          "invalid: alignment must not be larger than natural: i32.load has 2^3, natural is 2^2, "
          "in function 0 @+2");
    CHECK(check({0x41, 0, 0x28, 0x3f, 0, 0x1a}) ==
          "invalid: alignment must not be larger than natural: i32.load has 2^63, natural is 2^2, "
          "in function 0 @+2");
    CHECK(check({0x41, 0, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1a}) == "ok");
    CHECK(check({0x41, 0, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10, 0x1a}) ==
          "invalid: offset out of range: 4294967296 does not fit in 32 bits, in function 0 @+2");
    CHECK(check({0x41, 0, 0x28, 0x42, 1, 0, 0x1a}) ==
          "invalid: unknown memory 1: i32.load has 1 to choose from, in function 0 @+2");
    CHECK(check({0x3f, 1, 0x1a}) ==
          "invalid: unknown memory 1: memory.size has 1 to choose from, in function 0 @+0");
    CHECK(check({0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0a, 0, 1}) ==
          "invalid: unknown memory 1: memory.copy has 1 to choose from, in function 0 @+6");
    CHECK(check({0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x08, 0, 0}) ==
          "malformed: data count section required: by memory.init, in function 0 @+6");
    CHECK(check({0xfc, 0x09, 0}) ==
          "malformed: data count section required: by data.drop, in function 0 @+0");
    const Bytes counted =
        module({section(types, {function_type({}, {})}), section(functions, {{0}}),
                section(data_count, Bytes{0x01}), section(code, {body({0xfc, 0x09, 0x01})}),
                section(data, {Bytes{0x01, 0x00}})});
    CHECK(outcome(counted) ==
          "invalid: unknown data segment 1: data.drop has 1 to choose from, in function 0 @26");
}

TEST_CASE("vector lanes", "[decode]") {
    const Bytes vector = {0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const Bytes drop = {0x1a};
    CHECK(check(vector + Bytes{0xfd, 0x15, 15} + drop) == "ok");
    CHECK(check(vector + Bytes{0xfd, 0x15, 16} + drop) ==
          "invalid: invalid lane index: 16 of i8x16.extract_lane_s is not below 16, in function 0 "
          "@+18");
    CHECK(check(vector + Bytes{0xfd, 0x1b, 4} + drop) ==
          "invalid: invalid lane index: 4 of i32x4.extract_lane is not below 4, in function 0 "
          "@+18");
    CHECK(check(vector + Bytes{0xfd, 0x21, 2} + drop) ==
          "invalid: invalid lane index: 2 of f64x2.extract_lane is not below 2, in function 0 "
          "@+18");
    const Bytes shuffle = {0xfd, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    CHECK(check(vector + vector + shuffle + Bytes{31} + drop) == "ok");
    CHECK(check(vector + vector + shuffle + Bytes{32} + drop) ==
          "invalid: invalid lane index: 32 of i8x16.shuffle is not below 32, in function 0 @+36");
    CHECK(check(Bytes{0x41, 0} + vector + Bytes{0xfd, 0x57, 3, 0, 1} + drop) == "ok");
    CHECK(check(Bytes{0x41, 0} + vector + Bytes{0xfd, 0x57, 3, 0, 2} + drop) ==
          "invalid: invalid lane index: 2 of v128.load64_lane is not below 2, in function 0 @+20");
    CHECK(check(Bytes{0x41, 0} + vector + Bytes{0xfd, 0x57, 4, 0, 0} + drop) ==
          "invalid: alignment must not be larger than natural: v128.load64_lane has 2^4, natural "
          "is 2^3, in function 0 @+20");
}

TEST_CASE("select", "[decode]") {
    CHECK(check({0x41, 0, 0x41, 0, 0x41, 0, 0x1b}, {i32}) == "ok");
    CHECK(check({0x41, 0, 0x42, 0, 0x41, 0, 0x1b, 0x1a}) ==
          "invalid: type mismatch: select between i32 and i64, in function 0 @+6");
    CHECK(check({0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1b, 0x1a}) ==
          "invalid: type mismatch: select without a type expected numbers or vectors, found a "
          "reference, in function 0 @+6");
    CHECK(check({0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1c, 1, 0x70, 0x1a}) == "ok");
    CHECK(check({0xd0, 0x70, 0xd0, 0x6f, 0x41, 0, 0x1c, 1, 0x70, 0x1a}) ==
          "invalid: type mismatch: select expected funcref, found externref, in function 0 @+6");
    CHECK(check({0x00, 0x1c, 0}) ==
          "invalid: invalid result arity: select with 0 types, in function 0 @+1");
    CHECK(check({0x00, 0x1c, 2, i32, i32}) ==
          "invalid: invalid result arity: select with 2 types, in function 0 @+1");
}

TEST_CASE("references and tables", "[decode]") {
    CHECK(check({0x41, 0, 0xd1, 0x1a}) ==
          "invalid: type mismatch: ref.is_null expected a reference, found i32, in function 0 "
          "@+2");
    CHECK(check({0xd2, 0x05, 0x1a}) ==
          "invalid: unknown function 5: ref.func has 1 to choose from, in function 0 @+0");
    CHECK(check({0x41, 0, 0x25, 0, 0x1a}) == "ok");
    CHECK(check({0x41, 0, 0x25, 1, 0x1a}) ==
          "invalid: unknown table 1: table.get has 1 to choose from, in function 0 @+2");
    CHECK(check({0x41, 0, 0xd0, 0x6f, 0x26, 0}) ==
          "invalid: type mismatch: table.set expected funcref, found externref, in function 0 "
          "@+4");
    CHECK(check({0xd0, 0x70, 0x41, 0, 0xfc, 0x0f, 0, 0x1a}) == "ok");
    CHECK(check({0x41, 0, 0xd0, 0x70, 0x41, 0, 0xfc, 0x11, 0}) == "ok");
    CHECK(check({0xfc, 0x0d, 0}) ==
          "invalid: unknown elem segment 0: elem.drop has 0 to choose from, in function 0 @+0");
    CHECK(check({0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0e, 0, 1}) ==
          "invalid: unknown table 1: table.copy has 1 to choose from, in function 0 @+6");
}

TEST_CASE("block types", "[decode]") {
    CHECK(check({0x02, 0x00, 0x0b}) == "ok");
    CHECK(check({0x02, 0x01, 0x0b}) ==
          "invalid: unknown type 1: block has 1 to choose from, in function 0 @+0");
    // [i32 i64] -> [i64 i32] as type 1.
    const auto with = [](const Bytes& instructions) {
        return outcome(
            module({section(types, {function_type({}, {}), function_type({i32, i64}, {i64, i32})}),
                    section(functions, {{0}}), section(code, {body(instructions)})}));
    };
    CHECK(with({0x41, 0, 0x42, 0, 0x02, 1, 0x1a, 0x1a, 0x42, 0, 0x41, 0, 0x0b, 0x1a, 0x7b, 0x1a}) ==
          "ok");
    CHECK(with({0x42, 0, 0x41, 0, 0x02, 1, 0x00, 0x0b, 0x00}) ==
          "invalid: type mismatch: block expected i64, found i32, in function 0 @34");
    CHECK(with({0x41, 0, 0x42, 0, 0x03, 1, 0x0d, 0, 0x00, 0x0b, 0x00}) ==
          "invalid: type mismatch: br_if expected i32, found i64, in function 0 @36");
}

TEST_CASE("messages name the function", "[decode]") {
    const Bytes bytes =
        module({section(types, {function_type({}, {})}),
                section(imports, {name("m") + name("f") + Bytes{0x00, 0x00}}),
                section(functions, {{0}, {0}}), section(code, {body({}), body({0x1a})}),
                section(custom, name("name") + Bytes{0x01} +
                                    sized(vec({Bytes{0x02} + name("odd \"name\"")})))});
    CHECK(outcome(bytes) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 2 \"odd "
          "\\22name\\22\" @36");
}

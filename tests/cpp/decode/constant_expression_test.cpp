// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;
using Form = epsilon::ConstantExpression::Form;

namespace {

// Global 0: imported i32; global 1: imported mutable i32; global 2: the one with the expression;
// global 3: a later one.
Bytes with_global(uint8_t type, const Bytes& expression) {
    return module({section(types, {function_type({}, {})}),
                   section(imports, {name("") + name("") + Bytes{0x03, i32, 0x00},
                                     name("") + name("") + Bytes{0x03, i32, 0x01}}),
                   section(functions, {{0x00}}),
                   section(globals, {Bytes{type, 0x00} + expression + Bytes{0x0b},
                                     Bytes{i32, 0x00, 0x41, 0x00, 0x0b}}),
                   section(code, {body({})})});
}

std::string outcome_of_global(uint8_t type, const Bytes& expression) {
    const std::string text = outcome(with_global(type, expression));
    const size_t at = text.rfind('@');
    if (at == std::string::npos) return text;
    return text.substr(0, at) + "@+" + std::to_string(std::stoi(text.substr(at + 1)) - 36);
}

epsilon::ConstantExpression read(uint8_t type, const Bytes& expression) {
    const auto result = decode(with_global(type, expression));
    REQUIRE(result);
    return result.value()->globals[2].init;
}

}  // namespace

TEST_CASE("forms of constant expressions", "[decode]") {
    const auto number = read(i32, {0x41, 0x7f});
    CHECK(number.form == Form::value);
    CHECK(number.low == 0xffffffff);
    CHECK(number.high == 0);
    CHECK(number.end - number.begin == 3);
    CHECK(read(i64, {0x42, 0x7f}).low == UINT64_MAX);
    CHECK(read(f32, {0x43, 1, 2, 3, 4}).low == 0x04030201);
    CHECK(read(f64, {0x44, 1, 2, 3, 4, 5, 6, 7, 8}).low == 0x0807060504030201);
    const auto vector =
        read(v128, {0xfd, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    CHECK(vector.form == Form::value);
    CHECK(vector.low == 0x0807060504030201);
    CHECK(vector.high == 0x100f0e0d0c0b0a09);
    CHECK(read(i32, {0x23, 0x00}).form == Form::global);
    CHECK(read(i32, {0x23, 0x00}).index == 0);
    CHECK(read(funcref, {0xd2, 0x00}).form == Form::function);
    CHECK(read(externref, {0xd0, 0x6f}).form == Form::null);
    CHECK(read(i32, {0x23, 0x00, 0x41, 0x01, 0x6a}).form == Form::instructions);
    CHECK(read(i64, {0x42, 2, 0x42, 3, 0x7c, 0x42, 4, 0x7e, 0x42, 5, 0x7d}).form ==
          Form::instructions);
}

TEST_CASE("constant expressions that are wrong", "[decode]") {
    CHECK(outcome_of_global(i32, {0x41, 0x00, 0x68}) ==
          "invalid: constant expression required: i32.ctz is not constant @+2");
    CHECK(outcome_of_global(i32, {0x23, 0x01}) ==
          "invalid: constant expression required: global 1 is mutable @+0");
    CHECK(outcome_of_global(i32, {0x23, 0x02}) == "invalid: unknown global 2: there are 2 @+0");
    CHECK(outcome_of_global(funcref, {0xd2, 0x01}) ==
          "invalid: unknown function 1: there are 1 @+0");
    CHECK(outcome_of_global(i32, {0x42, 0x00}) ==
          "invalid: type mismatch: constant expression must have type i32, found i64 @+0");
    CHECK(outcome_of_global(i32, {}) ==
          "invalid: type mismatch: constant expression must have type i32, leaves 0 values @+0");
    CHECK(outcome_of_global(i32, {0x41, 0x00, 0x41, 0x00}) ==
          "invalid: type mismatch: constant expression must have type i32, leaves 2 values @+0");
    CHECK(outcome_of_global(i32, {0x41, 0x00, 0x6a}) ==
          "invalid: type mismatch: i32.add expected two i32 operands @+2");
    CHECK(outcome_of_global(i32, {0x41, 0x00, 0x42, 0x00, 0x6a}) ==
          "invalid: type mismatch: i32.add expected two i32 operands @+4");
    // Blocks are read to their end, so that what follows is not misread.
    CHECK(outcome_of_global(i32, {0x02, 0x7f, 0x04, 0x40, 0x05, 0x0b, 0x41, 0x00, 0x0b}) ==
          "invalid: constant expression required: block is not constant @+0");
    CHECK(outcome_of_global(i32, {0x41, 0x00, 0x05}) ==
          "malformed: END opcode expected: else in a constant expression @+2");
    CHECK(outcome_of_global(i32, {0xf3, 0x00}) == "malformed: illegal opcode f3 @+0");
    CHECK(outcome(module(
              {section(globals, {Bytes{i32, 0x00, 0x41, 0x00}}), section(code, Bytes{0x00})})) ==
          "malformed: unexpected end of section or function: an instruction is missing or cut off "
          "@15");
}

TEST_CASE("a global's value may use the globals before it", "[decode]") {
    CHECK(outcome(module({section(globals, {Bytes{i32, 0x00, 0x41, 0x01, 0x0b},
                                            Bytes{i32, 0x00, 0x23, 0x00, 0x0b}})})) == "ok");
    CHECK(outcome(module({section(globals, {Bytes{i32, 0x01, 0x41, 0x01, 0x0b},
                                            Bytes{i32, 0x00, 0x23, 0x00, 0x0b}})})) ==
          "invalid: constant expression required: global 0 is mutable @18");
}

TEST_CASE("functions in constant expressions and exports are declared", "[decode]") {
    // ref.func 1 in the body of function 0.
    const auto with = [](const Bytes& globals_section, const Bytes& exports_section,
                         const Bytes& elements_section) {
        return outcome(
            module({section(types, {function_type({}, {})}), section(functions, {{0x00}, {0x00}}),
                    globals_section, exports_section, elements_section,
                    section(code, {body({0xd2, 0x01, 0x1a}), body({})})}));
    };
    CHECK(with({}, {}, {}) ==
          "invalid: undeclared function reference: function 1 is in no element segment, export or "
          "constant expression, in function 0 @24");
    CHECK(with(section(globals, {Bytes{funcref, 0x00, 0xd2, 0x01, 0x0b}}), {}, {}) == "ok");
    CHECK(with({}, section(exports, {name("f") + Bytes{0x00, 0x01}}), {}) == "ok");
    CHECK(with({}, {}, section(elements, {Bytes{0x03, 0x00, 0x01, 0x01}})) == "ok");
    CHECK(with({}, {}, section(elements, {Bytes{0x03, 0x00, 0x01, 0x00}})) != "ok");
}

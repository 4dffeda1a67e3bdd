// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;
using epsilon::ExternKind;

namespace {

const Bytes one_type = section(types, {function_type({}, {})});
const Bytes one_function = section(functions, {{0x00}});
const Bytes one_body = section(code, {body({})});

}  // namespace

TEST_CASE("the header", "[decode]") {
    CHECK(outcome(module({})) == "ok");
    CHECK(outcome({}) ==
          "malformed: unexpected end of section or function: magic header takes 4 bytes, 0 are "
          "left @0");
    CHECK(outcome({0x00, 'a', 's', 'n', 1, 0, 0, 0}) ==
          "malformed: magic header not detected: the bytes do not begin with \\00asm @0");
    CHECK(outcome({0x00, 'a', 's', 'm', 2, 0, 0, 0}) ==
          "malformed: unknown binary version: expected 01 00 00 00, found 02 00 00 00 @4");
    CHECK(outcome({0x00, 'a', 's', 'm', 0x0d, 0, 1, 0}) ==
          "malformed: unknown binary version: expected 01 00 00 00, found 0d 00 01 00 (a "
          "component?) @4");
}

TEST_CASE("sections: ids, order, sizes", "[decode]") {
    CHECK(outcome(module({{0x0e, 0x00}})) == "malformed: malformed section id: 14 is not known @8");
    CHECK(outcome(module({section(imports, Bytes{0x00}), section(types, Bytes{0x00})})) ==
          "malformed: unexpected content after last section: section 1 comes twice or too late "
          "@11");
    CHECK(outcome(module({section(types, Bytes{0x00}), section(types, Bytes{0x00})})) ==
          "malformed: unexpected content after last section: section 1 comes twice or too late "
          "@11");
    CHECK(outcome(module({{types, 0x05, 0x00}})) ==
          "malformed: length out of bounds: section 1 takes 5 bytes, 1 are left @10");
    CHECK(outcome(module({section(types, Bytes{0x00, 0x00})})) ==
          "malformed: section size mismatch: 1 bytes are left in section 1 @11");
    // The data count stands before the code, though its id is larger.
    CHECK(outcome(module({section(data_count, Bytes{0x00}), section(code, Bytes{0x00}),
                          section(data, Bytes{0x00})})) == "ok");
    CHECK(outcome(module({section(code, Bytes{0x00}), section(data_count, Bytes{0x00})})) ==
          "malformed: unexpected content after last section: section 12 comes twice or too late "
          "@11");
    CHECK(outcome(module({section(13, Bytes{0x00})})) ==
          "unsupported: exception-handling is not supported: tag section @10");
}

TEST_CASE("custom sections go anywhere and are kept", "[decode]") {
    const Bytes custom_section = section(custom, name("x") + Bytes{1, 2, 3});
    const auto result = decode(module({custom_section, one_type, custom_section, one_function,
                                       custom_section, one_body, custom_section}));
    REQUIRE(result);
    const auto& customs = result.value()->customs;
    REQUIRE(customs.size() == 4);
    CHECK(customs[0].name == "x");
    CHECK(customs[0].begin == 12);
    CHECK(customs[3].size == 3);
    CHECK(outcome(module({section(custom, Bytes{})})) ==
          "malformed: unexpected end of section or function: name of a custom section is missing "
          "@10");
    CHECK(outcome(module({section(custom, Bytes{0x01, 0xff})})) ==
          "malformed: malformed UTF-8 encoding: name of a custom section @11");
}

TEST_CASE("counts of sections must agree", "[decode]") {
    CHECK(outcome(module({one_type, one_function})) ==
          "malformed: function and code section have inconsistent lengths: 1 functions, 0 bodies "
          "@18");
    CHECK(outcome(module({one_type, one_body})) ==
          "malformed: function and code section have inconsistent lengths: 0 functions, 1 bodies "
          "@20");
    CHECK(outcome(module({section(data_count, Bytes{0x02}), section(data, {Bytes{0x01, 0x00}})})) ==
          "malformed: data count and data section have inconsistent lengths: 2 announced, 1 "
          "segments @10");
}

TEST_CASE("types", "[decode]") {
    const auto result = decode(module({section(
        types, {function_type({i32}, {i64}), function_type({}, {}), function_type({i32}, {i64}),
                function_type({i32, i64}, {}), function_type({}, {})})}));
    REQUIRE(result);
    CHECK(result.value()->types.size() == 5);
    CHECK(result.value()->canonical_types == std::vector<uint32_t>{0, 1, 0, 3, 1});
    CHECK(outcome(module({section(types, {{0x60, 0x01, 0x40, 0x00}})})) ==
          "malformed: malformed value type: 0x40 @13");
    CHECK(outcome(module({section(types, {{0x61, 0x00, 0x00}})})) ==
          "malformed: malformed type form: 0x61 @11");
    CHECK(outcome(module({section(types, {{0xe0, 0x7f, 0x00, 0x00}})})) ==
          "malformed: integer representation too long: type form 0xe0 @11");
    CHECK(outcome(module({section(types, {{0x5f, 0x00}})})) ==
          "unsupported: gc is not supported: type form 0x5f @11");
    CHECK(outcome(module({section(types, {{0x5e, 0x78, 0x02}})})) ==
          "malformed: malformed mutability: 0x02 @13");
    CHECK(outcome(module({section(types, {{0x5e, 0x78, 0x01}})})) ==
          "unsupported: gc is not supported: type form 0x5e @11");
    CHECK(outcome(module({section(types, {{0x60, 0x01, 0x64, 0x70, 0x00}})})) ==
          "unsupported: function-references is not supported: type 0x64 @13");
}

TEST_CASE("imports", "[decode]") {
    const Bytes all = section(imports, {name("m") + name("f") + Bytes{0x00, 0x00},
                                        name("m") + name("t") + Bytes{0x01, funcref, 0x01, 1, 2},
                                        name("m") + name("m") + Bytes{0x02, 0x00, 0x01},
                                        name("m") + name("g") + Bytes{0x03, i32, 0x01},
                                        name("m") + name("f2") + Bytes{0x00, 0x00}});
    const auto result = decode(module({one_type, all}));
    REQUIRE(result);
    const epsilon::Module& module_read = *result.value();
    CHECK(module_read.imports.size() == 5);
    CHECK(module_read.imports[4].index == 1);
    CHECK(module_read.imports[4].kind == ExternKind::function);
    CHECK(module_read.imports[1].name == "t");
    CHECK(module_read.imported_functions == 2);
    CHECK(module_read.imported_tables == 1);
    CHECK(module_read.imported_memories == 1);
    CHECK(module_read.imported_globals == 1);
    CHECK(module_read.tables[0].type.limits.max == 2);
    CHECK(module_read.globals[0].type.is_mutable);

    const auto import = [](const Bytes& description) {
        return outcome(module({section(imports, {name("") + name("") + description})}));
    };
    CHECK(import({0x00, 0x00}) == "invalid: unknown type 0: there are 0 @14");
    CHECK(import({0x05}) == "malformed: malformed import kind: 0x05 @13");
    CHECK(import({0x04, 0x00, 0x00}) ==
          "unsupported: exception-handling is not supported: import of a tag @13");
    CHECK(import({0x03, i32, 0x02}) == "malformed: malformed mutability: 0x02 @15");
    // Limits hold for imports too.
    CHECK(import({0x02, 0x01, 0x02, 0x01}) ==
          "invalid: size minimum must not be greater than maximum: 2 > 1 @14");
    CHECK(import({0x02, 0x00, 0x81, 0x80, 0x04}) ==
          "invalid: memory size must be at most 65536 pages (4GiB), found 65537 @14");
    CHECK(import({0x01, i32, 0x00, 0x00}) == "malformed: malformed reference type: 0x7f @14");
}

TEST_CASE("tables and memories", "[decode]") {
    const auto memory = [](const Bytes& bytes) {
        return outcome(module({section(memories, {bytes})}));
    };
    CHECK(memory({0x00, 0x80, 0x80, 0x04}) == "ok");
    CHECK(memory({0x01, 0x00, 0x80, 0x80, 0x04}) == "ok");
    CHECK(memory({0x01, 0x00, 0x81, 0x80, 0x04}) ==
          "invalid: memory size must be at most 65536 pages (4GiB), found 65537 @11");
    CHECK(memory({0x08, 0x00}) == "malformed: malformed limits flags: 0x08 @11");
    CHECK(memory({0x03, 0x00, 0x01}) ==
          "unsupported: threads is not supported: limits flags 0x03 @11");
    CHECK(memory({0x04, 0x00}) == "unsupported: memory64 is not supported: limits flags 0x04 @11");
    const auto table = [](const Bytes& bytes) {
        return outcome(module({section(tables, {bytes})}));
    };
    CHECK(table({externref, 0x01, 0x00, 0xff, 0xff, 0xff, 0xff, 0x0f}) == "ok");
    CHECK(table({funcref, 0x00, 0x80, 0x80, 0x80, 0x80, 0x10}) ==
          "invalid: table size must be at most 2^32 - 1 elements, found 4294967296 @12");
    CHECK(table({0x40, 0x00, funcref, 0x00, 0x00, 0xd0, 0x70, 0x0b}) ==
          "unsupported: function-references is not supported: table with an initial value @11");
    CHECK(outcome(module({section(memories, {{0x00, 0x00}, {0x00, 0x00}})})) == "ok");
}

TEST_CASE("exports", "[decode]") {
    const auto with = [](std::initializer_list<Bytes> items) {
        return outcome(module({one_type, one_function, section(memories, {{0x00, 0x01}}),
                               section(exports, items), one_body}));
    };
    CHECK(with({name("a") + Bytes{0x00, 0x00}, name("b") + Bytes{0x00, 0x00},
                name("") + Bytes{0x02, 0x00}}) == "ok");
    CHECK(with({name("a") + Bytes{0x00, 0x01}}) == "invalid: unknown function 1: there are 1 @28");
    CHECK(with({name("a") + Bytes{0x01, 0x00}}) == "invalid: unknown table 0: there are 0 @28");
    CHECK(with({name("a") + Bytes{0x02, 0x01}}) == "invalid: unknown memory 1: there are 1 @28");
    CHECK(with({name("a") + Bytes{0x03, 0x00}}) == "invalid: unknown global 0: there are 0 @28");
    CHECK(with({name("a") + Bytes{0x05, 0x00}}) == "malformed: malformed export kind: 0x05 @28");
    // The first repetition in the order of the module.
    CHECK(with({name("b\n") + Bytes{0x00, 0x00}, name("a") + Bytes{0x00, 0x00},
                name("b\n") + Bytes{0x02, 0x00}, name("a") + Bytes{0x00, 0x00}}) ==
          "invalid: duplicate export name: \"b\\0a\" @35");
    const auto result = decode(
        module({one_type, one_function,
                section(exports, {name("z") + Bytes{0x00, 0x00}, name("m") + Bytes{0x00, 0x00},
                                  name("a") + Bytes{0x00, 0x00}}),
                one_body}));
    REQUIRE(result);
    CHECK(result.value()->find_export("m")->index == 0);
    CHECK(result.value()->find_export("b") == nullptr);
    CHECK(result.value()->exports[0].name == "z");
}

TEST_CASE("the start function", "[decode]") {
    const auto with = [](const Bytes& type, uint8_t function) {
        return outcome(module({section(types, {type}), one_function,
                               section(start, Bytes{function}), section(code, {body({0x00})})}));
    };
    CHECK(with(function_type({}, {}), 0) == "ok");
    CHECK(with(function_type({}, {}), 1) == "invalid: unknown function 1: there are 1 @20");
    CHECK(with(function_type({i32}, {}), 0) ==
          "invalid: start function: its type must be [] -> [], found [i32] -> [] @21");
    CHECK(with(function_type({}, {i32}), 0) ==
          "invalid: start function: its type must be [] -> [], found [] -> [i32] @21");
}

TEST_CASE("function bodies and their ends", "[decode]") {
    const Bytes two_functions = one_type + section(functions, {{0x00}, {0x00}});
    // The first body's size takes its `end` away.
    CHECK(outcome(module({two_functions, section(code, {{0x02, 0x00, 0x01}, body({})})})) ==
          "malformed: END opcode expected: the function body ends with 1 block open, in function "
          "0 @25");
    CHECK(outcome(module({one_type, one_function, section(code, {{0x02, 0x00, 0x01}})})) ==
          "malformed: unexpected end of section or function: the function body ends with 1 block "
          "open, in function 0 @24");
    CHECK(outcome(module({one_type, one_function, section(code, {{0x02, 0x00, 0x01}}),
                          section(data, Bytes{0x00})})) ==
          "malformed: section size mismatch: the function body ends with 1 block open, in "
          "function 0 @24");
    // The last byte is 0x0b, but no `end`.
    CHECK(outcome(module({one_type, one_function, section(code, {{0x03, 0x00, 0x41, 0x0b}})})) ==
          "malformed: unexpected end of section or function: the function body ends with 1 block "
          "open, in function 0 @25");
    CHECK(outcome(module({one_type, one_function, section(code, {{0x03, 0x00, 0x0b, 0x0b}})})) ==
          "malformed: section size mismatch: the function body goes on after its end, in function "
          "0 @24");
    CHECK(outcome(module({one_type, one_function, section(code, {{0x04, 0x00, 0x0b}})})) ==
          "malformed: unexpected end of section or function: function body takes 4 bytes, 2 are "
          "left @22");
}

TEST_CASE("being malformed comes before being invalid", "[decode]") {
    // An unknown type, and a body with an illegal opcode.
    CHECK(
        outcome(module({one_type, section(functions, {{0x07}}), section(code, {body({0xff})})})) ==
        "malformed: illegal opcode ff, in function 0 @23");
    CHECK(outcome(module(
              {one_type, section(functions, {{0x07}}), section(code, {body({})}), {0x0f, 0x00}})) ==
          "malformed: malformed section id: 15 is not known @24");
    CHECK(outcome(module({one_type, section(functions, {{0x07}}), section(code, {body({})})})) ==
          "invalid: unknown type 7: there are 1 @17");
}

TEST_CASE("the name section", "[decode]") {
    const auto with = [](const Bytes& names) {
        return decode(
            module({one_type, section(functions, {{0x00}, {0x00}}),
                    section(exports, {name("exported") + Bytes{0x00, 0x01}}),
                    section(code, {body({}), body({})}), section(custom, name("name") + names)}));
    };
    const auto subsection = [](uint8_t id, const Bytes& content) {
        return Bytes{id} + sized(content);
    };
    const Bytes module_name = subsection(0, name("mine"));
    const Bytes function_names =
        subsection(1, vec({Bytes{0x00} + name("first"), Bytes{0x63} + name("none")}));
    {
        const auto result = with(module_name + function_names + subsection(2, {0xff, 0xff}));
        REQUIRE(result);
        CHECK(result.value()->name == "mine");
        CHECK(result.value()->function_name(0) == "first");
        CHECK(result.value()->function_name(1) == "exported");
        CHECK(result.value()->function_names.size() == 1);
    }
    // A broken section counts as absent, and harms nothing.
    for (const Bytes& broken : {
             module_name + Bytes{0x01, 0x7f},                        // size
             module_name + subsection(1, {0xff, 0xff, 0x03}),        // count
             module_name + subsection(1, {0x01, 0x00, 0x01, 0xff}),  // UTF-8
             module_name + subsection(1, {0x00, 0x00}),              // rest
             module_name + Bytes{0x01},
         }) {
        const auto result = with(broken);
        REQUIRE(result);
        CHECK(result.value()->name.empty());
        CHECK(result.value()->function_names.empty());
    }
}

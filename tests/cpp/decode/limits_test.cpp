// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;
using epsilon::DecodeOptions;
using epsilon::ModuleLimits;

namespace {

// At the limit the module is fine; one below it is refused.
template <class Number>
void check(Number ModuleLimits::* limit, Number needed, const Bytes& bytes,
           const std::string& message) {
    DecodeOptions options;
    options.limits.*limit = needed;
    CHECK(outcome(bytes, options) == "ok");
    options.limits.*limit = Number(needed - 1);
    CHECK(outcome(bytes, options) == "limit: " + message);
}

const Bytes types_1 = section(types, {function_type({}, {})});
const Bytes import_all = section(
    imports,
    {name("") + name("") + Bytes{0x00, 0x00}, name("") + name("") + Bytes{0x01, funcref, 0, 0},
     name("") + name("") + Bytes{0x02, 0, 0}, name("") + name("") + Bytes{0x03, i32, 0}});

}  // namespace

TEST_CASE("limits on sections", "[decode]") {
    check(&ModuleLimits::types, 2u,
          module({section(types, {function_type({}, {}), function_type({}, {})})}),
          "too many: count of types 2 exceeds the limit of 1 @10");
    check(&ModuleLimits::imports, 4u, module({types_1, import_all}),
          "too many: count of imports 4 exceeds the limit of 3 @16");
    check(&ModuleLimits::functions, 3u,
          module({types_1, import_all, section(functions, {{0}, {0}}),
                  section(code, {body({}), body({})})}),
          "too many: count of functions 3 exceeds the limit of 2 @39");
    check(&ModuleLimits::tables, 2u,
          module({types_1, import_all, section(tables, {{funcref, 0, 0}})}),
          "too many: count of tables 2 exceeds the limit of 1 @39");
    check(&ModuleLimits::memories, 2u, module({types_1, import_all, section(memories, {{0, 0}})}),
          "too many: count of memories 2 exceeds the limit of 1 @39");
    check(&ModuleLimits::globals, 2u,
          module({types_1, import_all, section(globals, {Bytes{i32, 0, 0x41, 0, 0x0b}})}),
          "too many: count of globals 2 exceeds the limit of 1 @39");
    check(&ModuleLimits::exports, 1u,
          module({types_1, import_all, section(exports, {name("") + Bytes{0, 0}})}),
          "too many: count of exports 1 exceeds the limit of 0 @39");
    check(&ModuleLimits::element_segments, 1u,
          module({section(elements, {Bytes{0x01, 0x00, 0x00}})}),
          "too many: count of element segments 1 exceeds the limit of 0 @10");
    check(&ModuleLimits::data_segments, 1u, module({section(data, {Bytes{0x01, 0x00}})}),
          "too many: count of data segments 1 exceeds the limit of 0 @10");
    check(&ModuleLimits::table_init_elements, 2u,
          module({types_1, import_all, section(elements, {Bytes{0x01, 0x00, 0x02, 0x00, 0x00}})}),
          "too many: count of elements 2 exceeds the limit of 1 @42");
}

TEST_CASE("imports count towards the limits of what they import", "[decode]") {
    const Bytes two = section(imports, {name("") + name("") + Bytes{0x00, 0x00},
                                        name("") + name("") + Bytes{0x00, 0x00}});
    check(&ModuleLimits::functions, 2u, module({types_1, two}),
          "too many: imported functions 2 exceed the limit of 1 @23");
    check(&ModuleLimits::memories, 1u,
          module({section(imports, {name("") + name("") + Bytes{0x02, 0, 0}})}),
          "too many: imported memories 1 exceed the limit of 0 @13");
}

TEST_CASE("limits on functions", "[decode]") {
    check(&ModuleLimits::params, 2u, module({section(types, {function_type({i32, i64}, {})})}),
          "too many: count of parameters 2 exceeds the limit of 1 @12");
    check(&ModuleLimits::results, 2u, module({section(types, {function_type({}, {i32, i64})})}),
          "too many: count of results 2 exceeds the limit of 1 @13");
    const OneFunction locals{{i32, i32}, {}, {}, {0x01, 0x80, 0x01, v128}};
    check(&ModuleLimits::locals, 130u, locals.module(),
          "too many locals: 130 exceed the limit of 129, in function 0 @36");
    check(&ModuleLimits::body_bytes, 2u,
          module({types_1, section(functions, {{0}}), section(code, {body({})})}),
          "function body too large: 2 bytes exceed the limit of 1 @21");
    // The stack grows in steps; a limit must hold between them too.
    const OneFunction deep{{}, {}, repeat({0x41, 0x00}, 700) + Bytes(700, 0x1a)};
    check(&ModuleLimits::operands, 701u, deep.module(),
          "operand stack too deep: the limit is 700 values, in function 0 @1436");
}

TEST_CASE("limits on the module", "[decode]") {
    check(&ModuleLimits::module_bytes, uint64_t{14}, module({types_1}),
          "module too large: 14 bytes exceed the limit of 13 @0");
}

// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "support/module_bytes.h"
#include "wasm/opcode.h"

using namespace module_bytes;
using epsilon::Feature;

namespace {

std::string prefix(Feature feature) {
    return "unsupported: feature " + std::string(epsilon::feature_name(feature)) +
           " is switched off: ";
}

// The module is fine, and refused without the feature.
void check(Feature feature, const Bytes& bytes, const std::string& rest) {
    CHECK(outcome(bytes) == "ok");
    epsilon::DecodeOptions options;
    options.features.set(feature, false);
    CHECK(outcome(bytes, options) == prefix(feature) + rest);
    // The others off instead: the module needs no other feature.
    options.features = epsilon::Features();
    options.features.set(feature, true);
    CHECK(outcome(bytes, options) == "ok");
}

// `offset` counts from the first instruction.
void check_code(Feature feature, const Bytes& instructions, const std::string& rest,
                size_t offset) {
    const Bytes bytes = OneFunction{{}, {}, instructions}.module();
    const size_t first = bytes.size() - instructions.size() - 1;
    check(feature, bytes, rest + ", in function 0 @" + std::to_string(first + offset));
}

}  // namespace

TEST_CASE("mutable-globals", "[decode]") {
    check(Feature::mutable_globals,
          module({section(imports, {name("") + name("") + Bytes{0x03, i32, 0x01}})}),
          "import of a mutable global @13");
    check(Feature::mutable_globals,
          module({section(globals, {Bytes{i32, 0x01, 0x41, 0x00, 0x0b}}),
                  section(exports, {name("") + Bytes{0x03, 0x00}})}),
          "export of a mutable global @20");
}

TEST_CASE("sign-extension and saturating conversions", "[decode]") {
    check_code(Feature::sign_extension, {0x41, 0, 0xc0, 0x1a}, "i32.extend8_s", 2);
    check_code(Feature::saturating_conversions, {0x43, 0, 0, 0, 0, 0xfc, 0x00, 0x1a},
               "i32.trunc_sat_f32_s", 5);
}

TEST_CASE("multi-value", "[decode]") {
    check(Feature::multi_value, module({section(types, {function_type({}, {i32, i32})})}),
          "function type with 2 results @13");
    check_code(Feature::multi_value, {0x02, 0x00, 0x0b}, "block type given by a type index", 1);
}

TEST_CASE("bulk-memory", "[decode]") {
    check_code(Feature::bulk_memory, {0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0}, "memory.fill", 6);
    check(Feature::bulk_memory, module({section(data, {Bytes{0x01, 0x00}})}),
          "data segment of kind 1 @11");
    check(Feature::bulk_memory, module({section(data_count, Bytes{0x00})}),
          "data count section @10");
    check(Feature::bulk_memory, module({section(elements, {Bytes{0x01, 0x00, 0x00}})}),
          "element segment of kind 1 @11");
}

TEST_CASE("reference-types", "[decode]") {
    check(Feature::reference_types, module({section(types, {function_type({externref}, {})})}),
          "type externref @13");
    check(Feature::reference_types, module({section(types, {function_type({funcref}, {})})}),
          "type funcref @13");
    check(Feature::reference_types, module({section(tables, {{externref, 0, 0}})}),
          "type externref @11");
    check(Feature::reference_types, module({section(tables, {{funcref, 0, 0}, {funcref, 0, 0}})}),
          "more than one table @14");
    check_code(Feature::reference_types, {0xd0, 0x70, 0x1a}, "ref.null", 0);
    check_code(Feature::reference_types, {0x00, 0x1c, 0x01, i32, 0x1a}, "select", 1);
    check_code(Feature::reference_types, {0x41, 0, 0x11, 0, 0x80, 0x00},
               "table index of call_indirect", 4);
}

TEST_CASE("simd", "[decode]") {
    check(Feature::simd, module({section(types, {function_type({v128}, {})})}), "type v128 @13");
    check_code(Feature::simd, {0x00, 0xfd, 0x4d, 0x1a}, "v128.not", 1);
}

TEST_CASE("multi-memory", "[decode]") {
    check(Feature::multi_memory, module({section(memories, {{0x00, 0x00}, {0x00, 0x00}})}),
          "more than one memory @13");
    check_code(Feature::multi_memory, {0x3f, 0x80, 0x00, 0x1a}, "memory index of an instruction",
               1);
    check_code(Feature::multi_memory, {0x41, 0, 0x28, 0x42, 0x00, 0x00, 0x1a},
               "memory index of an instruction", 3);
    // A reserved zero byte is no use of the feature.
    epsilon::DecodeOptions options;
    options.features.set(Feature::multi_memory, false);
    CHECK(outcome(OneFunction{{}, {}, {0x3f, 0x00, 0x1a}}.module(), options) == "ok");
}

TEST_CASE("extended-const", "[decode]") {
    check(Feature::extended_const,
          module({section(globals, {Bytes{i32, 0, 0x41, 1, 0x41, 2, 0x6a, 0x0b}})}),
          "i32.add in a constant expression @17");
    check(Feature::extended_const,
          module({section(globals, {Bytes{i32, 0, 0x41, 1, 0x0b}, Bytes{i32, 0, 0x23, 0, 0x0b}})}),
          "global.get of a global that is not imported @18");
}

TEST_CASE("tail-call", "[decode]") {
    check_code(Feature::tail_call, {0x12, 0x00}, "return_call", 0);
    check_code(Feature::tail_call, {0x41, 0, 0x13, 0x00, 0x00}, "return_call_indirect", 2);
}

// Each instruction without its feature, whatever it is.
TEST_CASE("every instruction has its feature's switch", "[decode]") {
    for (uint16_t i = 0; i < uint16_t(epsilon::Opcode::count); ++i) {
        const epsilon::OpcodeInfo& info = epsilon::opcode_info(epsilon::Opcode(i));
        if (info.feature == Feature::core) continue;
        Bytes instruction = {uint8_t(info.code)};
        if (info.prefix != 0) instruction = Bytes{info.prefix} + u32(info.code);
        epsilon::DecodeOptions options;
        options.features.set(info.feature, false);
        INFO(info.text);
        CHECK(outcome_of({{}, {}, Bytes{0x00} + instruction}, options) ==
              prefix(info.feature) + std::string(info.text) + ", in function 0 @+1");
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "wasm/types.h"

#include <set>

#include "catch.hpp"
#include "wasm/features.h"
#include "wasm/module.h"

using namespace epsilon;

TEST_CASE("types as text", "[wasm]") {
    CHECK(to_string(ValueType(ValueType::i32)) == "i32");
    CHECK(to_string(ValueType(ValueType::v128)) == "v128");
    CHECK(to_string(ValueType::funcref()) == "funcref");
    CHECK(to_string(ValueType::externref()) == "externref");
    CHECK(to_string(ValueType::ref(HeapType::func, false)) == "(ref func)");
    CHECK(to_string(ValueType::ref(HeapType::concrete(3), true)) == "(ref null 3)");
    CHECK(to_string(ValueType::ref(HeapType::concrete(999999), false)) == "(ref 999999)");
    CHECK(to_string(ValueType::ref(HeapType::none, true)) == "nullref");
    CHECK(to_string(ValueType::ref(HeapType::nofunc, true)) == "nullfuncref");
    CHECK(to_string(ValueType()) == "unknown");
    CHECK(to_string(FunctionType{{ValueType::i32, ValueType::i64}, {ValueType::f32}}) ==
          "[i32 i64] -> [f32]");
    CHECK(to_string(FunctionType{}) == "[] -> []");
    CHECK(to_string(ExternKind::memory) == "memory");
}

TEST_CASE("value types know their heap type", "[wasm]") {
    const ValueType type = ValueType::ref(HeapType::concrete(70000), true);
    CHECK(type.is_reference());
    CHECK(type.is_nullable());
    CHECK(type.heap().is_concrete());
    CHECK(type.heap().type_index() == 70000);
    CHECK(ValueType::externref().heap() == HeapType::extern_);
    CHECK(ValueType(ValueType::v128).slots() == 2);
    CHECK_FALSE(ValueType::ref(HeapType::func, false).is_defaultable());
}

TEST_CASE("features", "[wasm]") {
    std::set<std::string_view> names;
    for (unsigned i = 0; i < unsigned(Feature::count); ++i) {
        CHECK(Features::all().has(Feature(i)));
        CHECK_FALSE(feature_name(Feature(i)).empty());
        names.insert(feature_name(Feature(i)));
    }
    CHECK(names.size() == unsigned(Feature::count));
    Features features;
    CHECK(features.has(Feature::core));
    CHECK_FALSE(features.has(Feature::simd));
    features.set(Feature::simd, true);
    CHECK(features.has(Feature::simd));
    features.set(Feature::simd, false);
    features.set(Feature::core, false);
    CHECK(features.bits() == 1);
}

TEST_CASE("a module finds exports and names", "[wasm]") {
    Module module;
    module.exports = {{"b", ExternKind::function, 1},
                      {"", ExternKind::memory, 0},
                      {"a", ExternKind::function, 1}};
    module.exports_by_name = {1, 2, 0};
    module.exports_by_function = {0, 2};
    CHECK(module.find_export("a") == &module.exports[2]);
    CHECK(module.find_export("b") == &module.exports[0]);
    CHECK(module.find_export("") == &module.exports[1]);
    CHECK(module.find_export("c") == nullptr);
    CHECK(module.find_export("aa") == nullptr);
    CHECK(module.function_name(1) == "b");
    CHECK(module.function_name(0).empty());
    module.function_names[1] = "named";
    CHECK(module.function_name(1) == "named");
}

// SPDX-License-Identifier: Apache-2.0
#include "runtime/type_registry.h"

#include <thread>
#include <vector>

#include "catch.hpp"

using namespace epsilon;

TEST_CASE("types are equal exactly when their numbers are", "[runtime]") {
    const TypeHandle empty(FunctionType{});
    const TypeHandle same(FunctionType{});
    const TypeHandle param(FunctionType{{ValueType::i32}, {}});
    const TypeHandle result(FunctionType{{}, {ValueType::i32}});
    const TypeHandle external(FunctionType{{ValueType::externref()}, {}});
    const TypeHandle function(FunctionType{{ValueType::funcref()}, {}});
    CHECK(empty.id() != 0);
    CHECK(empty.id() == same.id());
    CHECK(param.id() != result.id());
    CHECK(param.id() != empty.id());
    CHECK(external.id() != function.id());
    CHECK(result.type() == FunctionType{{}, {ValueType::i32}});
    CHECK_FALSE(TypeHandle());
}

TEST_CASE("numbers are given back", "[runtime]") {
    uint32_t before = 0;
    {
        const TypeHandle handle(FunctionType{{ValueType::v128, ValueType::f32}, {}});
        before = handle.id();
    }
    for (uint32_t i = 0; i < 100; ++i) {
        const TypeHandle handle(
            FunctionType{std::vector<ValueType>(10 + i, ValueType::f64), {ValueType::v128}});
        CHECK(handle.id() <= before);
    }
}

TEST_CASE("threads that intern and drop the same types agree", "[runtime]") {
    const FunctionType type{{ValueType::f32, ValueType::f32, ValueType::i64}, {}};
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) {
                const TypeHandle one(type);
                const TypeHandle two(type);
                wrong += one.id() != two.id() || !(one.type() == type);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(wrong == 0);
}

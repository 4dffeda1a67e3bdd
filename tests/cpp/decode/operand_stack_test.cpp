// SPDX-License-Identifier: Apache-2.0
#include "decode/operand_stack.h"

#include <vector>

#include "catch.hpp"
#include "decode/local_types.h"

using namespace epsilon;
using Types = std::vector<ValueType>;

TEST_CASE("operand stack: lists and blocks", "[decode]") {
    OperandStack stack(1000);
    stack.reset();
    const Types two = {ValueType::i32, ValueType::f64};
    CHECK(stack.push_list(two));
    CHECK(stack.top_has(two));
    CHECK_FALSE(stack.top_has(Types{ValueType::f64, ValueType::f64}));
    const size_t base = stack.base();
    stack.enter();
    CHECK(stack.size() == 0);
    CHECK_FALSE(stack.pop(ValueType::f64));
    CHECK(stack.mismatch().is_empty);
    CHECK(stack.push_list(two));
    stack.set_unreachable();
    CHECK(stack.size() == 0);
    CHECK(stack.pop_list(two));
    CHECK(stack.check_list(Types(500, ValueType::v128)));
    stack.leave(base, false);
    CHECK_FALSE(stack.is_unreachable());
    CHECK(stack.pop_list(two));
    CHECK(stack.size() == 0);
}

TEST_CASE("operand stack: checking a list pops nothing", "[decode]") {
    OperandStack stack(1000);
    stack.reset();
    stack.set_unreachable();
    CHECK(stack.ensure(2));
    stack.push(ValueType::bottom);
    stack.push(ValueType::i32);
    CHECK(stack.check_list(Types{ValueType::f32, ValueType::i64, ValueType::i32}));
    CHECK(stack.check_list(Types{ValueType::externref(), ValueType::i32}));
    CHECK_FALSE(stack.check_list(Types{ValueType::i64}));
    CHECK(stack.mismatch().expected == ValueType::i64);
    CHECK(stack.mismatch().found == ValueType::i32);
    CHECK(stack.size() == 2);
}

TEST_CASE("operand stack: grows to its limit", "[decode]") {
    OperandStack stack(1000);
    stack.reset();
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(stack.ensure(1));
        stack.push(i % 2 == 0 ? ValueType::i32 : ValueType::i64);
    }
    CHECK_FALSE(stack.ensure(1));
    for (int i = 999; i >= 0; --i) {
        REQUIRE(stack.pop(i % 2 == 0 ? ValueType::i32 : ValueType::i64));
    }
    CHECK_FALSE(stack.push_list(Types(1001, ValueType::i32)));
    CHECK(stack.push_list(Types(1000, ValueType::i32)));
}

TEST_CASE("local types: runs", "[decode]") {
    LocalTypes locals;
    locals.reset({});
    locals.add(1, ValueType::i32);
    locals.add(0, ValueType::v128);
    locals.add(400, ValueType::i64);
    locals.add(100, ValueType::i64);
    locals.add(49'499, ValueType::f32);
    CHECK(locals.count() == 50'000);
    CHECK(locals[0] == ValueType::i32);
    CHECK(locals[1] == ValueType::i64);
    CHECK(locals[255] == ValueType::i64);
    CHECK(locals[256] == ValueType::i64);
    CHECK(locals[500] == ValueType::i64);
    CHECK(locals[501] == ValueType::f32);
    CHECK(locals[49'999] == ValueType::f32);
    locals.reset({});
    CHECK(locals.count() == 0);
    locals.add(3, ValueType::f64);
    CHECK(locals[2] == ValueType::f64);
}

TEST_CASE("local types: parameters come first", "[decode]") {
    const Types few = {ValueType::i32, ValueType::f64};
    Types many(600, ValueType::i64);
    many[255] = many[256] = many[599] = ValueType::v128;
    LocalTypes locals;
    locals.reset(many);
    CHECK(locals.count() == 600);
    locals.add(300, ValueType::f32);
    CHECK(locals.count() == 900);
    CHECK(locals[0] == ValueType::i64);
    CHECK(locals[255] == ValueType::v128);
    CHECK(locals[256] == ValueType::v128);
    CHECK(locals[257] == ValueType::i64);
    CHECK(locals[599] == ValueType::v128);
    CHECK(locals[600] == ValueType::f32);
    CHECK(locals[899] == ValueType::f32);
    locals.reset(few);
    locals.add(1, ValueType::v128);
    CHECK(locals.count() == 3);
    CHECK(locals[1] == ValueType::f64);
    CHECK(locals[2] == ValueType::v128);
}

// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "interp/interp_support.h"
#include "interp/wat_modules.h"

// Instructions on floats and vectors that share a cell: what they give, and where they trap.
using namespace interp_support;

TEST_CASE("a cell with two memory accesses traps at the one that fails", "[interp]") {
    struct Case {
        const char* function;
        std::vector<Value> args;
        const char* frames;
        uint64_t instructions;  // a run counts as a whole
    };
    const int64_t outside = 70000;
    // Offsets as `wasm-tools dump` prints them.
    const Case cases[] = {
        {"multiply_add", {i32(0), i32(outside), f64(1)}, "fused.multiply_add/2@233", 8},
        {"multiply_add", {i32(outside), i32(0), f64(1)}, "fused.multiply_add/2@238", 8},
        {"multiply_add", {i32(65529 - 8), i32(65528 - 16), f64(1)}, "fused.multiply_add/2@238", 8},
        {"multiply_add", {i32(0), i32(65529 - 16), f64(1)}, "fused.multiply_add/2@233", 8},
        {"update", {i32(outside), i32(0), i32(8), f64(1)}, "fused.update/3@255", 15},
        {"update", {i32(0), i32(outside), i32(8), f64(1)}, "fused.update/3@265", 15},
        {"update", {i32(-8), i32(65536), i32(8), f64(1)}, "fused.update/3@265", 15},
        {"dot", {i32(outside), i32(0)}, "fused.dot/4@280", 11},
        {"dot", {i32(0), i32(outside)}, "fused.dot/4@285", 11},
        {"dot", {i32(65532), i32(0)}, "fused.dot/4@280", 11},
        {"dot", {i32(0), i32(65529)}, "fused.dot/4@285", 11},
        {"around", {i32(65529), f64(1)}, "fused.around/5@308", 18},
        {"around", {i32(64529), f64(1)}, "fused.around/5@318", 18},
        {"around", {i32(0), f64(1)}, "fused.around/5@332", 18},
    };
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& instance = machine.load(wat_modules::fused);
        for (const Case& item : cases) {
            INFO(item.function << " " << item.frames);
            CHECK(machine.call(instance, item.function, item.args) ==
                  "trap: out of bounds memory access");
            REQUIRE(machine.error);
            CHECK(machine.frames() == item.frames);
            if (options.metering) {
                CHECK(machine.store->meter()->last_call_instructions() == item.instructions);
            }
        }
    }
}

TEST_CASE("floats are calculated with loaded values and with constants", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& instance = machine.load(wat_modules::fused);
        const auto set = [&](int64_t address, double value) {
            CHECK(machine.call(instance, "set", {i32(address), f64(value)}) == "");
        };
        set(1016, 0.5);
        CHECK(machine.call(instance, "multiply_add", {i32(56), i32(1000), f64(3)}) == "");
        CHECK(machine.call(instance, "get", {i32(64)}) == "4.5");
        set(2008, 0.25);
        CHECK(machine.call(instance, "update", {i32(56), i32(2000), i32(8), f64(6)}) == "");
        CHECK(machine.call(instance, "get", {i32(64)}) == "3");
        // Two roundings: (1 + 2^-30) squared loses its last bit before 1 is taken away.
        const double near = 1 + std::ldexp(1, -30);
        set(3000, near);
        set(3008, 1);
        CHECK(machine.call(instance, "update", {i32(3000), i32(0), i32(8), f64(0)}) == "");
        CHECK(machine.call(instance, "update", {i32(3000), i32(2992), i32(8), f64(near)}) == "");
        volatile double square = near * near;
        set(4000, 1 - square);
        CHECK(machine.call(instance, "get", {i32(3008)}) ==
              machine.call(instance, "get", {i32(4000)}));
        set(5000, 2);
        set(6000, 10);
        set(4992, 0.5);
        CHECK(machine.call(instance, "around", {i32(5000), f64(5)}) == "20.5");
        CHECK(machine.call(instance, "dot", {i32(7000), i32(7000)}) == "0");
        CHECK(machine.call(instance, "constants", {f64(0)}) == "12.5");
        struct Compared {
            double x;
            const char* result;
            const char* result_f32;
        };
        const Compared comparisons[] = {
            {0, "24", "4"},   {0.1, "16", "4"},      {0.6, "25", "5"},
            {2, "27", "7"},   {3, "31", "7"},        {1e300, "15", "7"},
            {NAN, "18", "6"}, {INFINITY, "15", "7"}, {-5, "24", "4"},
        };
        for (const Compared& item : comparisons) {
            INFO(item.x);
            CHECK(machine.call(instance, "compare", {f64(item.x)}) == item.result);
            CHECK(machine.call(instance, "compare_f32", {f32(float(item.x))}) == item.result_f32);
        }
    }
}

TEST_CASE("vectors stay in the accumulator over blocks and calls", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& instance = machine.load(wat_modules::fused);
        CHECK(machine.call(instance, "vectors", {i32(3), i32(1)}) == "-3843995730816");
        CHECK(machine.call(instance, "vectors", {i32(3), i32(2)}) == "4538067118934619136");
        CHECK(machine.call(instance, "vectors", {i32(5), i32(9)}) == "-2191699168591510217");
        CHECK(machine.call(instance, "vectors", {i32(-7), i32(100)}) == "1057313131957343409");
    }
}

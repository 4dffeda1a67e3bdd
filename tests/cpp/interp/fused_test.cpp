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
        {"multiply_add", {i32(0), i32(outside), f64(1)}, "fused.multiply_add/2@289", 8},
        {"multiply_add", {i32(outside), i32(0), f64(1)}, "fused.multiply_add/2@294", 8},
        {"multiply_add", {i32(65521), i32(65512), f64(1)}, "fused.multiply_add/2@294", 8},
        {"multiply_add", {i32(0), i32(65513), f64(1)}, "fused.multiply_add/2@289", 8},
        {"update", {i32(outside), i32(0), i32(8), f64(1)}, "fused.update/3@311", 15},
        {"update", {i32(0), i32(outside), i32(8), f64(1)}, "fused.update/3@321", 15},
        {"update", {i32(-8), i32(65536), i32(8), f64(1)}, "fused.update/3@321", 15},
        {"dot", {i32(outside), i32(0)}, "fused.dot/4@336", 11},
        {"dot", {i32(0), i32(outside)}, "fused.dot/4@341", 11},
        {"dot", {i32(65532), i32(0)}, "fused.dot/4@336", 11},
        {"dot", {i32(0), i32(65529)}, "fused.dot/4@341", 11},
        {"around", {i32(65529), f64(1)}, "fused.around/5@364", 18},
        {"around", {i32(64529), f64(1)}, "fused.around/5@374", 18},
        {"around", {i32(0), f64(1)}, "fused.around/5@388", 18},
        {"products", {i32(outside), i32(0), i32(0), f64(1)}, "fused.products/6@400", 21},
        {"products", {i32(0), i32(65521), i32(0), f64(1)}, "fused.products/6@405", 21},
        {"products", {i32(0), i32(0), i32(65529), f64(1)}, "fused.products/6@421", 21},
        {"products", {i32(0), i32(8), i32(65521), f64(1)}, "fused.products/6@431", 21},
        {"products", {i32(0), i32(16), i32(65513), f64(1)}, "fused.products/6@431", 21},
        {"sum", {i32(65529)}, "fused.sum/7@443", 25},
        {"sum", {i32(65521)}, "fused.sum/7@448", 25},
        {"sum", {i32(65513)}, "fused.sum/7@457", 25},
        {"sum", {i32(65505)}, "fused.sum/7@466", 25},
        {"sum", {i32(65497)}, "fused.sum/7@472", 25},
        {"sum", {i32(65489)}, "fused.sum/7@485", 25},
        {"sum_f32", {i32(65533)}, "fused.sum_f32/8@499", 15},
        {"sum_f32", {i32(65529)}, "fused.sum_f32/8@505", 15},
        {"sum_f32", {i32(65525)}, "fused.sum_f32/8@514", 15},
        {"sum_f32", {i32(65521)}, "fused.sum_f32/8@520", 15},
        {"unrolled", {i32(65529), i32(0), f64(1)}, "fused.unrolled/9@538", 36},
        {"unrolled", {i32(65521), i32(0), f64(1)}, "fused.unrolled/9@567", 36},
        {"unrolled", {i32(65513), i32(0), f64(1)}, "fused.unrolled/9@586", 36},
        {"unrolled", {i32(0), i32(65529), f64(1)}, "fused.unrolled/9@550", 36},
        {"unrolled", {i32(0), i32(65521), f64(1)}, "fused.unrolled/9@574", 36},
        {"unrolled", {i32(0), i32(65513), f64(1)}, "fused.unrolled/9@593", 36},
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
        for (int i = 0; i < 40; ++i) {
            set(8 * i, 0.5 + i);
        }
        CHECK(machine.call(instance, "products", {i32(0), i32(80), i32(16), f64(3)}) == "-22.5");
        CHECK(machine.call(instance, "sum", {i32(8)}) == "41.5");
        CHECK(machine.call(instance, "sum_f32", {i32(0)}) == "3.6875");
        CHECK(machine.call(instance, "unrolled", {i32(0), i32(160), f64(0.25)}) == "");
        CHECK(machine.call(instance, "get", {i32(0)}) == "5.625");
        CHECK(machine.call(instance, "get", {i32(8)}) == "6.875");
        CHECK(machine.call(instance, "get", {i32(16)}) == "8.125");
        CHECK(machine.call(instance, "get", {i32(24)}) == "3.5");
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

// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "interp/interp_support.h"
#include "interp/wat_modules.h"

// Traps: which, with what text, where; memory bounds at every width and offset.
using namespace interp_support;

TEST_CASE("traps carry their code, text, and backtrace", "[interp]") {
    struct Case {
        const char* function;
        std::vector<Value> args;
        const char* error;
        Trap trap;
        const char* frames;
    };
    // Offsets as `wasm-tools dump` prints them.
    const Case cases[] = {
        {"divide",
         {i32(1), i32(0)},
         "trap: integer divide by zero",
         Trap::integer_divide_by_zero,
         "traps.divide/1@476"},
        {"divide",
         {i32(INT32_MIN), i32(-1)},
         "trap: integer overflow",
         Trap::integer_overflow,
         "traps.divide/1@476"},
        {"remainder",
         {i64(1), i64(0)},
         "trap: integer divide by zero",
         Trap::integer_divide_by_zero,
         "traps.remainder/2@484"},
        {"truncate",
         {f64(3e9)},
         "trap: integer overflow",
         Trap::integer_overflow,
         "traps.truncate/3@490"},
        {"truncate",
         {f64(NAN)},
         "trap: invalid conversion to integer",
         Trap::invalid_conversion_to_integer,
         "traps.truncate/3@490"},
        {"unreachable", {}, "trap: unreachable", Trap::unreachable, "traps.unreachable/4@494"},
        {"indirect",
         {i32(0)},
         "trap: uninitialized element 0",
         Trap::uninitialized_element,
         "traps.indirect/5@500"},
        {"indirect",
         {i32(1)},
         "trap: indirect call type mismatch",
         Trap::indirect_call_type_mismatch,
         "traps.indirect/5@500"},
        {"indirect",
         {i32(3)},
         "trap: undefined element 3",
         Trap::undefined_element,
         "traps.indirect/5@500"},
        {"table_get",
         {i32(3)},
         "trap: out of bounds table access",
         Trap::out_of_bounds_table_access,
         "traps.table_get/6@508"},
        {"fill",
         {i32(65535), i32(2)},
         "trap: out of bounds memory access",
         Trap::out_of_bounds_memory_access,
         "traps.fill/7@520"},
        {"load8",
         {i32(65536)},
         "trap: out of bounds memory access",
         Trap::out_of_bounds_memory_access,
         "traps.load8/10@556"},
        {"store128",
         {i32(65521)},
         "trap: out of bounds memory access",
         Trap::out_of_bounds_memory_access,
         "traps.store128/21@674"},
        {"nested",
         {i32(0)},
         "trap: integer divide by zero",
         Trap::integer_divide_by_zero,
         "traps.divide/1@476 traps.middle/9@548 traps.outer/8@530"},
    };
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& instance = machine.load(wat_modules::traps);
        for (const Case& item : cases) {
            INFO(item.function);
            CHECK(machine.call(instance, item.function, item.args) == item.error);
            REQUIRE(machine.error);
            CHECK(machine.error->trap == uint8_t(item.trap));
            CHECK(machine.frames() == item.frames);
            CHECK(machine.error->offset == machine.error->frames[0].offset);
        }
    }
}

TEST_CASE("memory accesses end exactly at the bounds", "[interp]") {
    struct Case {
        const char* function;
        uint64_t last;  // the largest address that is in bounds
    };
    const Case cases[] = {
        {"load8", 65535},   {"load16", 65534},  {"load32", 65532},        {"load64", 65528},
        {"load128", 65520}, {"loadf", 65532},   {"loadd", 65528},         {"store8", 65535},
        {"store16", 65534}, {"store32", 65532}, {"store64", 65528},       {"store128", 65520},
        {"storef", 65532},  {"stored", 65528},  {"lane64", 65528},        {"offset4", 65528},
        {"offset_end", 0},  {"second", 131060}, {"second_store", 131064},
    };
    const char* const out_of_bounds = "trap: out of bounds memory access";
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& instance = machine.load(wat_modules::traps);
        for (const Case& item : cases) {
            INFO(item.function);
            CHECK(machine.call(instance, item.function, {i32(0)}) != out_of_bounds);
            CHECK(machine.call(instance, item.function, {i32(int64_t(item.last))}) !=
                  out_of_bounds);
            for (const uint64_t address :
                 {item.last + 1, item.last + 8, uint64_t(1) << 20, uint64_t(0x7fffffff),
                  uint64_t(0x80000000), uint64_t(0xfffffff0), uint64_t(0xffffffff)}) {
                CHECK(machine.call(instance, item.function, {i32(int64_t(address))}) ==
                      out_of_bounds);
            }
        }
        for (const char* function :
             {"offset_2g", "offset_2g_far", "offset_4g", "offset_4g_store"}) {
            for (const int64_t address : {0x0ll, 0x1ll, 0x7fffffffll, 0x80000011ll, 0xffffffffll}) {
                INFO(function << " " << address);
                CHECK(machine.call(instance, function, {i32(address)}) == out_of_bounds);
            }
        }
    }
}

TEST_CASE("a trapping store writes nothing", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& instance = machine.load(wat_modules::traps);
        CHECK(machine.call(instance, "store64", {i32(65533)}) ==
              "trap: out of bounds memory access");
        CHECK(machine.call(instance, "load8", {i32(65533)}) == "0");
        CHECK(machine.call(instance, "fill", {i32(65530), i32(7)}) ==
              "trap: out of bounds memory access");
        CHECK(machine.call(instance, "load8", {i32(65530)}) == "0");
    }
}

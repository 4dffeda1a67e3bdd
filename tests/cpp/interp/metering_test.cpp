// SPDX-License-Identifier: Apache-2.0
#include "interp/interp_support.h"
#include "interp/wat_modules.h"

// Fuel and instruction counts, sentence by sentence (docs/fuel.md). The functions and what happens
// in them are in wat/metering.wat; the numbers here are counted by hand.
using namespace interp_support;

namespace {

// A machine with the program, which counts.
struct Program : Machine {
    explicit Program(const StoreOptions& options) : Machine(options) {
        const auto i32_type = ValueType(ValueType::i32);
        imports.set("host.observe", host({{i32_type}, {i32_type}},
                                         [this](Caller&, const Value* args, Value* results) {
                                             seen.push_back(meter().instructions());
                                             results[0] = args[0];
                                             return during ? during() : nullptr;
                                         }));
        instance = &load(wat_modules::metering);
    }

    Meter& meter() { return *store->meter(); }
    // Outcome, fuel, and instructions if they differ.
    std::string run(std::string_view name, const std::vector<Value>& args = {},
                    uint64_t fuel = Meter::unlimited) {
        return run(*instance, name, args, fuel);
    }
    std::string run(Instance& target, std::string_view name, const std::vector<Value>& args = {},
                    uint64_t fuel = Meter::unlimited) {
        const std::string outcome = call(target, name, args, timeout_ms, fuel);
        std::string text =
            (outcome.empty() ? "" : outcome + " ") + std::to_string(meter().last_call_fuel());
        if (meter().last_call_instructions() != meter().last_call_fuel()) {
            text += "/" + std::to_string(meter().last_call_instructions());
        }
        return text;
    }
    Value& global() { return *std::get<Global*>(*instance->find_export("g"))->storage(); }
    uint32_t word(uint32_t address) {
        uint32_t value;
        std::memcpy(&value, instance->view.memory0->base + address, sizeof value);
        return value;
    }

    Instance* instance;
    uint64_t timeout_ms = 0;
    std::vector<uint64_t> seen;        // instructions so far, each time the host was called
    std::function<ErrorPtr()> during;  // what else the host does
};

struct Count {
    const char* function;
    std::vector<Value> args;
    const char* outcome;
};

const Count counts[] = {
    // Every executed instruction counts 1; nop, block, loop, else and end count 0.
    {"markers", {}, "0"},
    {"three", {}, "3 3"},
    {"if_else", {i32(1)}, "1 3"},
    {"if_else", {i32(0)}, "2 5"},
    {"if_only", {i32(1)}, "4"},
    {"if_only", {i32(0)}, "2"},
    {"loop", {i32(1)}, "5"},
    {"loop", {i32(1000)}, "5000"},
    {"br_table", {i32(0)}, "0 3"},
    {"br_table", {i32(1)}, "1 6"},
    {"br_table", {i32(2)}, "2 4"},
    {"br_table", {i32(-1)}, "2 4"},
    {"branch_values", {i32(0)}, "6 7"},
    {"branch_values", {i32(1)}, "2 6"},
    {"table_values", {i32(0)}, "7 4"},
    {"table_values", {i32(1)}, "8 5"},
    {"return_if", {i32(1)}, "3 4"},
    {"return_if", {i32(0)}, "4 6"},
    {"call", {}, "3 9"},
    {"indirect", {i32(0)}, "6 6"},
    {"deep", {i32(0)}, "0 3"},
    {"deep", {i32(100)}, "100 803"},
    {"tail", {i32(0)}, "7 5"},
    {"tail", {i32(100)}, "7 705"},
    {"tail_indirect", {i32(0)}, "6 6"},
    {"stores", {}, "11"},
    {"joined", {i32(1)}, "15"},
    {"joined", {i32(3)}, "33"},
    {"fused", {i32(4)}, "0 18"},
    {"fused", {i32(5)}, "0 18"},
    // A host call is the 1 of its call.
    {"host", {}, "2 4"},
    {"tail_host", {}, "4 2"},
    {"indirect", {i32(1)}, "5 3"},
    // A run in which a trap happens counts whole, what is behind it doesn't.
    {"traps", {i32(0), i32(0), i32(1)}, "12"},
    {"traps", {i32(-4), i32(0), i32(1)}, "trap: out of bounds memory access 3"},
    {"traps", {i32(0), i32(-4), i32(1)}, "trap: out of bounds memory access 6"},
    {"traps", {i32(0), i32(0), i32(0)}, "trap: integer divide by zero 12"},
    {"unreachable", {}, "trap: unreachable 3"},
    {"indirect", {i32(99)}, "trap: uninitialized element 99 3"},
    {"indirect", {i32(100)}, "trap: undefined element 100 3"},
    // 1 for each 64 bytes or 8 elements, rounded down.
    {"fill", {i32(0), i32(0)}, "4"},
    {"fill", {i32(0), i32(63)}, "4"},
    {"fill", {i32(0), i32(64)}, "5/4"},
    {"fill", {i32(1), i32(131071)}, "2051/4"},
    {"copy", {i32(0), i32(65536)}, "1028/4"},
    {"copy", {i32(0), i32(127)}, "5/4"},
    {"init", {i32(0), i32(70)}, "5/4"},
    {"init", {i32(7), i32(63)}, "4"},
    {"table_fill", {i32(50), i32(7)}, "4"},
    {"table_fill", {i32(50), i32(50)}, "10/4"},
    {"table_copy", {i32(3), i32(17)}, "6/4"},
    {"table_init", {i32(0), i32(17)}, "6/4"},
    {"table_init", {i32(10), i32(7)}, "4"},
    // Out of bounds: nothing for size.
    {"fill", {i32(1), i32(131072)}, "trap: out of bounds memory access 4"},
    {"copy", {i32(0), i32(65537)}, "trap: out of bounds memory access 4"},
    {"copy", {i32(65537), i32(65536)}, "trap: out of bounds memory access 4"},
    {"init", {i32(0), i32(71)}, "trap: out of bounds memory access 4"},
    {"drop_data", {}, "1"},
    {"init", {i32(0), i32(64)}, "trap: out of bounds memory access 4"},
    {"table_fill", {i32(51), i32(50)}, "trap: out of bounds table access 4"},
    {"table_copy", {i32(50), i32(51)}, "trap: out of bounds table access 4"},
    {"table_init", {i32(1), i32(17)}, "trap: out of bounds table access 4"},
    // Growth of tables counts what it fills.
    {"table_grow", {i32(0)}, "100 3"},
    {"table_grow", {i32(7)}, "100 3"},
    {"table_grow", {i32(101)}, "107 15/3"},
    {"table_grow_local", {i32(8)}, "208 6/5"},
    {"table_grow", {i32(1000)}, "-1 3"},
    {"table_grow", {i32(-1)}, "-1 3"},
    {"fill_then", {i32(0)}, "16"},
    {"fill_then", {i32(640)}, "36/16"},
};

}  // namespace

TEST_CASE("instructions and fuel are counted the same in every form of code", "[interp]") {
    for (const StoreOptions& options : metered_options()) {
        for (const uint64_t timeout_ms : {0, 60'000}) {
            Program program(options);
            program.timeout_ms = timeout_ms;
            uint64_t total = 0;
            for (const Count& count : counts) {
                INFO(count.function);
                CHECK(program.run(count.function, count.args) == count.outcome);
                total += program.meter().last_call_fuel();
            }
            CHECK(program.meter().fuel_used() == total);
            CHECK(program.meter().pool() == Meter::unlimited);
        }
    }
}

TEST_CASE("start functions count, constant expressions don't", "[interp]") {
    for (const StoreOptions& options : metered_options()) {
        Program program(options);
        CHECK(program.meter().instructions() == 0);
        program.bind("metering", *program.instance);
        Instance& other = program.load(wat_modules::metering_start);
        CHECK(program.meter().last_call_instructions() == 80);
        CHECK(program.meter().instructions() == 80);
        // Between instances too.
        CHECK(program.run(other, "away", {i32(10)}) == "10 85");
        CHECK(program.run(other, "away_indirect", {i32(10)}) == "11 88");
        CHECK(program.run(other, "away_tail", {i32(10)}) == "10 85");
        CHECK(program.run(other, "away_tail_call", {i32(10)}) == "11 89");
        Value& started = *std::get<Global*>(*other.find_export("started"))->storage();
        for (const auto& [function, before] :
             {std::pair("away_then", 5), std::pair("away_indirect_then", 6)}) {
            CHECK(program.run(other, function) == std::to_string(before + 5));
            CHECK(started.low == 200);
            for (int fuel = 0; fuel < 5; ++fuel) {
                INFO(function << " " << fuel);
                started = i32(0);
                CHECK(program.run(other, function, {}, uint64_t(before + fuel)) ==
                      "fuel: fuel exhausted " + std::to_string(before + (fuel < 3 ? 0 : 3)));
                CHECK(started.low == (fuel < 3 ? 0 : 100));
            }
        }
        // They run out there too, on each way in and out. The table's function is the host's.
        for (const char* function : {"away", "away_indirect", "away_tail", "away_tail_call"}) {
            const std::string all = program.run(other, function, {i32(3)});
            const uint64_t needed = program.meter().last_call_fuel();
            CHECK(program.run(other, function, {i32(3)}, needed) == all);
            for (uint64_t fuel = 0; fuel < needed; ++fuel) {
                INFO(function << " " << fuel);
                const std::string outcome = program.run(other, function, {i32(3)}, fuel);
                CHECK(outcome.substr(0, 21) == "fuel: fuel exhausted ");
                CHECK(program.meter().last_call_fuel() <= fuel);
                CHECK(program.meter().last_call_fuel() + 4 > fuel);
                CHECK(program.run("three") == "3 3");
            }
        }
    }
}

TEST_CASE("a start function has the limit of its instantiation", "[interp]") {
    StoreOptions options;
    options.metering = true;
    Program program(options);
    program.bind("metering", *program.instance);
    const auto bytes = std::vector<uint8_t>(std::begin(wat_modules::metering_start),
                                            std::end(wat_modules::metering_start));
    auto module = compile(bytes, {});
    REQUIRE(module.ok());
    const Store::Entry entry(*program.store);
    InstantiationOptions instantiation;
    instantiation.fuel = 79;
    auto refused = instantiate(*program.store, **module, program.imports, instantiation);
    REQUIRE(!refused.ok());
    CHECK(text_of(refused.take_error()) == "fuel: fuel exhausted");
    CHECK(program.meter().last_call_fuel() == 72);
    instantiation.fuel = 80;
    CHECK(instantiate(*program.store, **module, program.imports, instantiation).ok());
}

TEST_CASE("fuel that doesn't cover the next run stops before that run", "[interp]") {
    for (const StoreOptions& options : metered_options()) {
        Program program(options);
        struct Case {
            uint64_t fuel;
            const char* outcome;
            uint32_t words[3];
        };
        const Case cases[] = {
            {0, "fuel: fuel exhausted 0", {0, 0, 0}},
            {2, "fuel: fuel exhausted 0", {0, 0, 0}},
            {3, "fuel: fuel exhausted 3", {1, 0, 0}},
            {5, "fuel: fuel exhausted 3", {1, 0, 0}},
            {6, "fuel: fuel exhausted 6", {1, 2, 0}},
            {10, "fuel: fuel exhausted 6", {1, 2, 0}},
            {11, "11", {1, 2, 3}},
            {UINT64_MAX - 1, "11", {1, 2, 3}},
        };
        for (const Case& expected : cases) {
            INFO(expected.fuel);
            std::memset(program.instance->view.memory0->base, 0, 12);
            CHECK(program.run("stores", {}, expected.fuel) == expected.outcome);
            CHECK(program.word(0) == expected.words[0]);
            CHECK(program.word(4) == expected.words[1]);
            CHECK(program.word(8) == expected.words[2]);
        }
        // A pool, and what is left of it.
        program.meter().set_pool(25);
        CHECK(program.run("stores") == "11");
        CHECK(program.meter().pool() == 14);
        CHECK(program.run("stores") == "11");
        CHECK(program.run("stores") == "fuel: fuel exhausted 3");
        CHECK(program.meter().pool() == 0);
        CHECK(program.run("markers") == "0");
        CHECK(program.run("three") == "fuel: fuel exhausted 0");
        program.meter().add_to_pool(3);
        CHECK(program.run("three") == "3 3");
        CHECK(program.meter().pool() == 0);
    }
}

TEST_CASE("fuel runs out at labels, loops and fused cells", "[interp]") {
    for (const StoreOptions& options : metered_options()) {
        Program program(options);
        const auto joined = [&](uint32_t argument, uint64_t fuel) {
            program.global() = i32(0);
            const std::string outcome = program.run("joined", {i32(argument)}, fuel);
            return outcome + " g=" + std::to_string(program.global().low);
        };
        CHECK(joined(0, 1) == "fuel: fuel exhausted 0 g=0");
        CHECK(joined(0, 3) == "fuel: fuel exhausted 2 g=0");
        CHECK(joined(0, 4) == "fuel: fuel exhausted 4 g=1");
        CHECK(joined(0, 7) == "fuel: fuel exhausted 4 g=1");
        CHECK(joined(0, 8) == "fuel: fuel exhausted 8 g=11");
        CHECK(joined(0, 16) == "fuel: fuel exhausted 8 g=11");
        CHECK(joined(0, 17) == "fuel: fuel exhausted 17 g=111");
        CHECK(joined(0, 9008) == "fuel: fuel exhausted 9008 g=100011");
        CHECK(joined(2, 5) == "fuel: fuel exhausted 2 g=0");
        CHECK(joined(2, 6) == "fuel: fuel exhausted 6 g=10");
        CHECK(joined(2, 15) == "fuel: fuel exhausted 15 g=110");
        CHECK(joined(2, 23) == "fuel: fuel exhausted 15 g=110");
        CHECK(joined(2, 24) == "24 g=210");
        const auto fused = [&](uint32_t argument, uint64_t fuel) {
            program.global() = i32(0);
            const std::string outcome = program.run("fused", {i32(argument)}, fuel);
            return outcome + " g=" + std::to_string(program.global().low);
        };
        for (const uint32_t argument : {4, 5}) {
            CHECK(fused(argument, 5) == "fuel: fuel exhausted 0 g=0");
            CHECK(fused(argument, 9) == "fuel: fuel exhausted 6 g=1");
            CHECK(fused(argument, 15) == "fuel: fuel exhausted 10 g=1");
            CHECK(fused(argument, 17) == "fuel: fuel exhausted 16 g=2");
            CHECK(fused(argument, 18) == "0 18 g=2");
        }
        // The trap in what the last run's fused cell does counts for it, and not without fuel.
        CHECK(program.run("fused", {i32(-100)}, 17) == "fuel: fuel exhausted 16");
        CHECK(program.run("fused", {i32(-100)}, 18) == "trap: out of bounds memory access 18");
        // Traps on the way to where fuel would run out.
        CHECK(program.run("traps", {i32(-4), i32(0), i32(1)}, 5) ==
              "trap: out of bounds memory access 3");
        CHECK(program.run("traps", {i32(0), i32(-4), i32(1)}, 11) ==
              "trap: out of bounds memory access 6");
        CHECK(program.run("traps", {i32(0), i32(0), i32(0)}, 11) == "fuel: fuel exhausted 6");
        CHECK(program.run("traps", {i32(-4), i32(0), i32(1)}, 2) == "fuel: fuel exhausted 0");
    }
}

TEST_CASE("a bulk instruction that fuel doesn't cover stops before it", "[interp]") {
    for (const StoreOptions& options : metered_options()) {
        Program program(options);
        CHECK(program.run("fill", {i32(0), i32(640)}, 13) == "fuel: fuel exhausted 4");
        CHECK(program.word(0) == 0);
        CHECK(program.run("fill", {i32(0), i32(640)}, 14) == "14/4");
        CHECK(program.word(636) == 0x01010101);
        // It traps rather than runs out.
        CHECK(program.run("fill", {i32(0), i32(-1)}, 4) == "trap: out of bounds memory access 4");
        CHECK(program.run("table_grow", {i32(80)}, 12) == "fuel: fuel exhausted 3");
        CHECK(program.run("table_grow", {i32(80)}, 13) == "100 13/3");
        CHECK(program.run("table_grow", {i32(-1)}, 3) == "-1 3");
        struct Case {
            uint64_t fuel;
            const char* outcome;
            uint32_t global;
            uint32_t word;
        };
        const Case cases[] = {
            {5, "fuel: fuel exhausted 0", 0, 0},
            {15, "fuel: fuel exhausted 6", 5, 0},
            {16, "fuel: fuel exhausted 16/6", 5, 0x03030303},
            {18, "fuel: fuel exhausted 18/8", 6, 0x03030303},
            {23, "fuel: fuel exhausted 18/8", 6, 0x03030303},
            {33, "fuel: fuel exhausted 24/14", 6, 0x03030303},
            {34, "fuel: fuel exhausted 34/14", 7, 0x04040404},
            {36, "36/16", 8, 0x04040404},
        };
        for (const Case& expected : cases) {
            INFO(expected.fuel);
            program.global() = i32(0);
            std::memset(program.instance->view.memory0->base, 0, 640);
            CHECK(program.run("fill_then", {i32(640)}, expected.fuel) == expected.outcome);
            CHECK(program.global().low == expected.global);
            CHECK(program.word(600) == expected.word);
        }
    }
}

TEST_CASE("the host sees what was used, and its calls use the same", "[interp]") {
    for (const StoreOptions& options : metered_options()) {
        Program program(options);
        // The run of the call is paid for, the next one isn't.
        CHECK(program.run("host") == "2 4");
        CHECK(program.seen == std::vector<uint64_t>{4});
        program.meter().set_pool(1000);
        program.during = [&]() -> ErrorPtr {
            CHECK(program.meter().pool() == 996);
            CHECK(program.run("three", {}, 3) == "3 3");
            CHECK(program.run("three", {}, 2) == "fuel: fuel exhausted 0");
            CHECK(program.meter().pool() == 993);
            return nullptr;
        };
        CHECK(program.run("host") == "2 7");
        CHECK(program.meter().pool() == 993);
        // The outer call's limit holds for inner calls that have a larger one, or none.
        program.during = [&]() -> ErrorPtr {
            CHECK(program.run("loop", {i32(100)}, 500) == "fuel: fuel exhausted 50");
            CHECK(program.run("three") == "3 3");
            CHECK(program.run("three") == "fuel: fuel exhausted 0");
            return nullptr;
        };
        CHECK(program.run("host", {}, 58) == "2 57");
        // The pool's too.
        program.meter().set_pool(13);
        program.during = [&]() -> ErrorPtr {
            CHECK(program.run("loop", {i32(100)}, 500) == "fuel: fuel exhausted 5");
            return nullptr;
        };
        CHECK(program.run("host", {}, 58) == "2 9");
        CHECK(program.meter().pool() == 4);
        // A host function can fill the pool up, or take it away, at once.
        program.during = [&]() -> ErrorPtr {
            program.meter().add_to_pool(10);
            return nullptr;
        };
        program.meter().set_pool(4);
        CHECK(program.run("host") == "2 4");
        CHECK(program.meter().pool() == 10);
        // Without the fuel for the run behind the call, the program stops there.
        program.during = [&]() -> ErrorPtr {
            program.meter().set_pool(0);
            return nullptr;
        };
        CHECK(program.run("host") == "2 4");
        program.meter().set_pool(100);
        CHECK(program.run("tail_host") == "4 2");
        program.meter().set_pool(2);
        CHECK(program.run("indirect", {i32(0)}) == "fuel: fuel exhausted 0");
        // An error of the host's: the run of its call counts whole.
        program.meter().set_pool(100);
        program.during = [&]() -> ErrorPtr { return make_error(ErrorKind::host, "no"); };
        CHECK(program.run("host") == "host: no 4");
        CHECK(program.meter().pool() == 96);
    }
}

TEST_CASE("running out of fuel has a kind of its own, with frames", "[interp]") {
    StoreOptions options;
    options.metering = true;
    Program program(options);
    CHECK(program.run("deep", {i32(2)}, 14) == "fuel: fuel exhausted 14");
    // Before the else part, in the third call.
    CHECK(program.error->trap == 0);
    CHECK(program.error->offset == Error::no_offset);
    CHECK(program.frames() == "metering.deep/13@766 metering.deep/13@760 metering.deep/13@760");
    // On the way out: in the call that was returned to.
    CHECK(program.run("deep", {i32(2)}, 15) == "fuel: fuel exhausted 15");
    CHECK(program.frames() == "metering.deep/13@762 metering.deep/13@760");
    // At the first instruction of the run, which may be one without a cell.
    CHECK(program.run("stores", {}, 3) == "fuel: fuel exhausted 3");
    CHECK(program.frames() == "metering.stores/18@827");
    CHECK(program.run("fill", {i32(0), i32(640)}, 13) == "fuel: fuel exhausted 4");
    CHECK(program.frames() == "metering.fill/24@982");
}

TEST_CASE("stack exhaustion counts the calls that were made", "[interp]") {
    StoreOptions options;
    options.metering = true;
    options.limits.max_call_depth = 1000;
    Program program(options);
    CHECK(program.run("recurse") == "trap: call stack exhausted 1000");
    CHECK(program.run("recurse", {}, 500) == "fuel: fuel exhausted 500");
    CHECK(program.run("recurse", {}, 1000) == "trap: call stack exhausted 1000");
    CHECK(program.run("deep", {i32(998)}) == "998 7987");
}

TEST_CASE("fuel needs a store that meters", "[interp]") {
    Machine machine;
    const auto i32_type = ValueType(ValueType::i32);
    machine.imports.set("host.observe",
                        machine.host({{i32_type}, {i32_type}},
                                     [](Caller&, const Value*, Value*) { return nullptr; }));
    Instance& instance = machine.load(wat_modules::metering);
    CHECK(machine.store->meter() == nullptr);
    CHECK(machine.call(instance, "three", {}, 0, 100) ==
          "misuse: the runtime does not meter: it was made without fuel or metering");
    CHECK(machine.call(instance, "three") == "3");
}

TEST_CASE("a meter's numbers don't overflow", "[interp]") {
    StoreOptions options;
    options.metering = true;
    options.fuel = UINT64_MAX - 1;
    Program program(options);
    CHECK(program.run("three") == "3 3");
    CHECK(program.meter().pool() == UINT64_MAX - 4);
    program.meter().add_to_pool(2);
    CHECK(program.meter().pool() == UINT64_MAX - 2);
    program.meter().add_to_pool(UINT64_MAX - 1);
    CHECK(program.meter().pool() == Meter::unlimited);
    CHECK(program.run("three", {}, UINT64_MAX - 1) == "3 3");
    CHECK(program.meter().pool() == Meter::unlimited);
    // Larger than what code counts down at a time.
    program.meter().set_pool((uint64_t{1} << 62) + 5);
    CHECK(program.run("three") == "3 3");
    CHECK(program.meter().pool() == (uint64_t{1} << 62) + 2);
    CHECK(program.meter().take((uint64_t{1} << 62) - 1));
    CHECK(program.meter().take(3));
    CHECK(!program.meter().take(1));
    CHECK(program.meter().pool() == 0);
}

// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include "interp/calls_program.h"

// Timeouts: what they stop, and how they nest.
using namespace interp_support;
using std::chrono::steady_clock;

namespace {

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Generous: the machine may be busy.
constexpr double much_too_long = 5;

}  // namespace

TEST_CASE("a timeout stops every kind of endless program", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        const std::pair<Instance*, const char*> endless[] = {
            {program.calls, "endless"},          {program.calls, "endless_table"},
            {program.calls, "endless_tail"},     {program.calls, "endless_calls"},
            {program.calls, "endless_host"},     {program.other, "endless_foreign"},
            {program.bouncer, "endless_bounce"},
        };
        for (int round = 0; round < 5; ++round) {
            for (const auto& [instance, name] : endless) {
                INFO(name);
                const auto start = steady_clock::now();
                CHECK(machine.call(*instance, name, {}, 5) == "timeout: execution timed out");
                CHECK(seconds_since(start) < much_too_long);
                CHECK(machine.call(*program.calls, "down", {i32(10)}) == "10");
                CHECK(machine.call(*program.calls, "down", {i32(10)}, 1'000'000) == "10");
            }
        }
    }
}

TEST_CASE("a sleeping host function is followed by the stop", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        program.again = [](Caller&, const Value*, Value*) -> ErrorPtr {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            return nullptr;
        };
        CHECK(program.machine.call(*program.calls, "again", {i32(1)}, 5) ==
              "timeout: execution timed out");
        CHECK(program.machine.call(*program.calls, "again", {i32(1)}) == "0");
        CHECK(program.machine.call(*program.other, "call_to_again", {i32(1)}, 5) ==
              "timeout: execution timed out");
        CHECK(program.machine.call(*program.calls, "down", {i32(10)}) == "10");
    }
}

TEST_CASE("an inner timeout leaves the outer call running", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        FunctionInstance& endless = Machine::function(*program.calls, "endless");
        program.again = [&](Caller& caller, const Value*, Value* results) -> ErrorPtr {
            for (int i = 0; i < 3; ++i) {
                CHECK(text_of(epsilon::call(caller.store, endless, nullptr, nullptr, 5)) ==
                      "timeout: execution timed out");
            }
            results[0] = i32(5);
            return nullptr;
        };
        CHECK(program.machine.call(*program.calls, "again", {i32(1)}, 1'000'000) == "5");
        CHECK(program.machine.call(*program.calls, "again", {i32(1)}) == "5");
    }
}

TEST_CASE("an outer timeout stops whatever runs inside, again and again", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        for (const uint64_t inner : {uint64_t(0), uint64_t(1'000'000), uint64_t(5)}) {
            CallsProgram program(options);
            FunctionInstance& endless = Machine::function(*program.calls, "endless");
            program.again = [&](Caller& caller, const Value*, Value*) -> ErrorPtr {
                // A host function that passes over its errors.
                for (int i = 0; i < 20; ++i) {
                    CHECK(text_of(epsilon::call(caller.store, endless, nullptr, nullptr, inner)) ==
                          "timeout: execution timed out");
                }
                return nullptr;
            };
            const auto start = steady_clock::now();
            CHECK(program.machine.call(*program.calls, "again", {i32(1)}, 20) ==
                  "timeout: execution timed out");
            CHECK(seconds_since(start) < much_too_long);
            CHECK(program.machine.call(*program.calls, "down", {i32(10)}) == "10");
        }
    }
}

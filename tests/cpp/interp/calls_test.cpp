// SPDX-License-Identifier: Apache-2.0
#include "interp/calls_program.h"

// Calls: direct, imported, indirect, to the host, tail calls; over instances; how deep.
using namespace interp_support;

TEST_CASE("calls pass arguments and results", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        Instance& calls = *program.calls;
        CHECK(machine.call(calls, "down", {i32(1000)}) == "1000");
        CHECK(machine.call(calls, "host_args", {i32(7)}) == "1021");
        CHECK(machine.call(calls, "host_seven", {i32(10)}) == "1012");
        CHECK(machine.call(calls, "host_eat", {i32(10)}) == "10");
        REQUIRE(program.eaten.size() == 7);
        CHECK(program.eaten[4].low == 14);
        CHECK(program.eaten[6].low == 16);
        CHECK(machine.call(calls, "host_vector", {i32(10)}) == "30");
        CHECK(machine.call(calls, "more_results", {i32(-2)}) == "-2 -1 0 1 2");
        CHECK(machine.call(calls, "fewer_results", {i32(4)}) == "91");
        CHECK(machine.call(calls, "indirect", {i32(0), i32(41)}) == "42");
        CHECK(machine.call(calls, "indirect_sum", {i32(1)}) == "48");
        CHECK(machine.call(calls, "indirect_sum", {i32(2)}) == "35");
        CHECK(machine.call(calls, "indirect", {i32(3), i32(1)}) ==
              "trap: indirect call type mismatch");
        CHECK(machine.call(calls, "indirect", {i32(6), i32(1)}) == "trap: uninitialized element 6");
        CHECK(machine.call(calls, "indirect", {i32(10), i32(1)}) == "trap: undefined element 10");
        CHECK(machine.call(calls, "indirect", {i32(-1), i32(1)}) ==
              "trap: undefined element 4294967295");
        CHECK(machine.call(calls, "indirect", {i32(2), i32(1)}) == "trap: unreachable");
    }
}

TEST_CASE("calls between instances come back to their own globals and memory", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        CHECK(machine.call(*program.other, "call_down", {i32(20)}) == "23");
        CHECK(machine.call(*program.calls, "grow_then_load", {i32(6)}) == "42");
        CHECK(machine.call(*program.calls, "indirect", {i32(1), i32(3)}) == "3");
    }
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        CHECK(program.machine.call(*program.other, "grow_there", {i32(7)}) == "42");
        CHECK(program.machine.call(*program.calls, "peek", {i32(400000)}) == "7");
        CHECK(program.machine.call(*program.calls, "grow", {i32(1)}) == "-1");
    }
}

TEST_CASE("a memory that the host grows is seen by its callers", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        program.again = [&](Caller&, const Value*, Value* results) -> ErrorPtr {
            const auto memory = program.calls->find_export("memory");
            REQUIRE(std::get<Memory*>(*memory)->grow(4));
            const uint8_t byte = 77;
            REQUIRE(std::get<Memory*>(*memory)->write(4 * 65536, {&byte, 1}).ok());
            results[0] = i32(4 * 65536);
            return nullptr;
        };
        CHECK(machine.call(*program.calls, "again", {i32(0)}) == "262144");
        CHECK(machine.call(*program.calls, "peek", {i32(4 * 65536)}) == "77");
    }
}

TEST_CASE("tail calls take no room", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        Instance& calls = *program.calls;
        Instance& other = *program.other;
        const int64_t often = 1'000'001;
        CHECK(machine.call(calls, "tail_self", {i64(often), i64(0)}) == std::to_string(2 * often));
        CHECK(machine.call(calls, "tail_even", {i64(often)}) == "0");
        CHECK(machine.call(calls, "tail_indirect", {i32(0)}) == "42");
        CHECK(machine.call(calls, "tail_indirect", {i32(7)}) ==
              "trap: indirect call type mismatch");
        CHECK(machine.call(calls, "tail_indirect", {i32(11)}) == "trap: undefined element 11");
        CHECK(machine.call(calls, "tail_host", {i32(5)}) == "6");
        CHECK(machine.call(calls, "tail_host_seven", {i32(5)}) == "5 6 7 8 9 10 11");
        CHECK(machine.call(other, "tail_even", {i64(often)}) == "0");
        CHECK(machine.call(other, "tail_even_then_mine", {i64(often + 1)}) == "31");
        CHECK(machine.call(other, "tail_to_host", {i32(5)}) == "6");
        CHECK(machine.call(other, "tail_to_seven", {i32(5)}) == "5 6 7 8 9 10 11");
        CHECK(machine.call(other, "bounce", {i64(often)}) == "1");
        CHECK(machine.call(other, "bounce", {i64(often + 1)}) == "3");
        CHECK(machine.call(*program.bouncer, "bounce", {i64(often)}) == "3");
    }
}

TEST_CASE("errors in functions that another instance tail-called", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        program.again = [](Caller&, const Value*, Value*) { return host_error("refused"); };
        CHECK(machine.call(*program.other, "call_to_again", {i32(1)}) == "host: refused");
        REQUIRE(machine.error->frames.size() == 1);
        CHECK(machine.error->frames[0].function_name == "call_to_again");
        CHECK(machine.call(*program.other, "tail_to_again", {i32(1)}) == "host: refused");
        CHECK(machine.error->frames.empty());
        CHECK(machine.call(*program.calls, "again_tail", {i32(1)}) == "host: refused");
        CHECK(machine.error->frames.empty());
        CHECK(machine.call(*program.other, "call_to_recurse") == "trap: call stack exhausted");
        CHECK(machine.error->frames.size() == 64);
        CHECK(machine.call(*program.other, "tail_to_recurse") == "trap: call stack exhausted");
        program.again = nullptr;
        CHECK(machine.call(*program.other, "call_to_again", {i32(1)}) == "3");
    }
}

TEST_CASE("an untranslated function too large for the stack traps at its call", "[interp]") {
    // Bytes of stack around what the frame needs, so that translating finds it too large.
    using namespace module_bytes;
    const Bytes locals = {0x01, 0xa0, 0x1f, v128};  // 4000 of them: 64,000 bytes
    const Bytes bytes = module_bytes::module({
        section(types, {function_type({}, {})}),
        section(functions, {{0x00}, {0x00}, {0x00}, {0x00}}),
        section(exports, {export_of("call", 0), export_of("tail", 1), export_of("large", 2),
                          export_of("fine", 3)}),
        section(code, {body({0x10, 0x02}), body({0x12, 0x02}), body({}, locals), body({})}),
    });
    const Bytes forwarder = module_bytes::module({
        section(types, {function_type({}, {})}),
        section(imports, {import_of("large", "large", 0x00)}),
        section(functions, {{0x00}, {0x00}}),
        section(exports, {export_of("call", 1), export_of("tail", 2)}),
        section(code, {body({0x10, 0x02}), body({0x12, 0x00})}),
    });
    StoreOptions options;
    options.limits.max_stack_bytes = 32768;
    for (const char* name : {"call", "tail", "large"}) {
        Machine machine(options);
        Instance& instance = machine.load(bytes);
        CHECK(machine.call(instance, name) == "trap: call stack exhausted");
        CHECK(machine.call(instance, name) == "trap: call stack exhausted");
        CHECK(machine.call(instance, "fine").empty());
    }
    for (const char* name : {"call", "tail"}) {
        Machine machine(options);
        machine.bind("large", machine.load(bytes));
        Instance& instance = machine.load(forwarder);
        CHECK(machine.call(instance, name) == "trap: call stack exhausted");
        CHECK(machine.error->frames.size() == (name[0] == 'c' ? 1 : 0));
    }
}

TEST_CASE("the host calls back, and traps pass through it", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        Machine& machine = program.machine;
        FunctionInstance& again = Machine::function(*program.calls, "again");
        FunctionInstance& down = Machine::function(*program.calls, "down");
        FunctionInstance& indirect = Machine::function(*program.calls, "indirect");
        program.again = [&](Caller& caller, const Value* args, Value* results) -> ErrorPtr {
            if (args[0].low == 0) {
                const Value call[] = {i32(2), i32(0)};
                return epsilon::call(caller.store, indirect, call, results, 0);
            }
            // A trap that the host takes no notice of.
            const Value trapping[] = {i32(2), i32(0)};
            Value dropped;
            CHECK(text_of(epsilon::call(caller.store, indirect, trapping, &dropped, 0)) ==
                  "trap: unreachable");
            const Value depth[] = {i32(100)};
            CHECK(!epsilon::call(caller.store, down, depth, &dropped, 0));
            if (args[0].low == 100) {
                results[0] = i32(1);
                return nullptr;
            }
            const Value next[] = {i32(int64_t(args[0].low) - 1)};
            ErrorPtr error = epsilon::call(caller.store, again, next, results, 0);
            results[0].low += 1;
            return error;
        };
        CHECK(machine.call(*program.calls, "again", {i32(110)}) == "11");
        CHECK(machine.call(*program.other, "call_to_again", {i32(110)}) == "14");
        CHECK(machine.call(*program.calls, "again", {i32(10)}) == "trap: unreachable");
        CHECK(machine.error->frames.size() == 2);
        CHECK(machine.call(*program.calls, "down", {i32(10)}) == "10");
    }
}

TEST_CASE("endless host re-entry ends by the native stack", "[interp]") {
    StoreOptions options;
    options.limits.max_stack_bytes = size_t(1) << 30;
    CallsProgram program(options);
    FunctionInstance& again = Machine::function(*program.calls, "again");
    program.again = [&](Caller& caller, const Value* args, Value* results) {
        return epsilon::call(caller.store, again, args, results, 0);
    };
    CHECK(program.machine.call(*program.calls, "again", {i32(1)}) == "trap: call stack exhausted");
    CHECK(program.machine.call(*program.calls, "down", {i32(10)}) == "10");
}

TEST_CASE("max_call_depth is exact", "[interp]") {
    for (const bool signals : {true, false}) {
        StoreOptions options;
        options.signals = signals;
        if (!signals) {
            options.memory_strategy = MemoryStrategy::explicit_checks;
        }
        options.limits.max_call_depth = 50;
        CallsProgram program(options);
        Machine& machine = program.machine;
        Instance& calls = *program.calls;
        for (int round = 0; round < 3; ++round) {
            CHECK(machine.call(calls, "down", {i32(49)}) == "49");
            CHECK(machine.call(calls, "down", {i32(50)}) == "trap: call stack exhausted");
            CHECK(machine.error->frames.size() == 50);
            CHECK(machine.call(*program.other, "call_down", {i32(48)}) == "51");
            CHECK(machine.call(*program.other, "call_down", {i32(49)}) ==
                  "trap: call stack exhausted");
        }
        // Tail calls replace a frame; the host's frames don't count.
        CHECK(machine.call(calls, "tail_even", {i64(1000)}) == "1");
        CHECK(machine.call(*program.other, "bounce", {i64(1000)}) == "3");
        CHECK(machine.call(calls, "tail_host_often", {i32(1000)}) == "0");
        CHECK(machine.call(*program.other, "tail_to_host", {i32(1)}) == "2");
        FunctionInstance& down = Machine::function(calls, "down");
        int32_t most = 0;
        program.again = [&](Caller& caller, const Value*, Value*) -> ErrorPtr {
            for (most = 0;; ++most) {
                const Value depth[] = {i32(most)};
                Value dropped;
                if (epsilon::call(caller.store, down, depth, &dropped, 0)) {
                    return nullptr;
                }
            }
        };
        CHECK(machine.call(calls, "again", {i32(0)}) == "0");
        CHECK(most == 49);  // one frame below the host, 49 of down(48) above
        CHECK(machine.call(calls, "again_tail", {i32(0)}) == "0");
        CHECK(most == 50);  // none below
        CHECK(machine.call(*program.other, "call_to_again", {i32(0)}) == "3");
        CHECK(most == 49);
    }
}

TEST_CASE("the stack is usable after it was exhausted", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        CallsProgram program(options);
        for (int round = 0; round < 3; ++round) {
            CHECK(program.machine.call(*program.calls, "recurse") == "trap: call stack exhausted");
            CHECK(program.machine.call(*program.calls, "down", {i32(1000)}) == "1000");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/interp_support.h"
#include "interp/wat_modules.h"

namespace interp_support {

// wat/calls.wat and, on top of it, calls_other.wat and bouncer.wat, with their host functions.
struct CallsProgram {
    explicit CallsProgram(const StoreOptions& options = {}) : machine(options) {
        const ValueType i = ValueType::i32, l = ValueType::i64, d = ValueType::f64,
                        v = ValueType::v128;
        const std::vector<ValueType> seven = {i, l, d, i, l, i, i};
        auto set = [&](const char* name, const FunctionType& type, HostLambda::Function function) {
            machine.imports.set(std::string("host.") + name,
                                machine.host(type, std::move(function)));
        };
        set("add", {{i, i}, {i}}, [](Caller&, const Value* args, Value* results) {
            results[0] = i32(int32_t(args[0].low + args[1].low));
            return nullptr;
        });
        set("seven", {{i}, seven}, [](Caller&, const Value* args, Value* results) {
            const auto first = int32_t(args[0].low);
            for (int32_t n : {0, 3, 5, 6}) {
                results[n] = i32(first + n);
            }
            results[1] = i64(first + 1);
            results[2] = f64(first + 2);
            results[4] = i64(first + 4);
            return nullptr;
        });
        set("eat", {seven, {}}, [this](Caller&, const Value* args, Value*) {
            eaten.assign(args, args + 7);
            return nullptr;
        });
        set("vector", {{v, i}, {v}}, [](Caller&, const Value* args, Value* results) {
            results[0] = {args[0].low * uint32_t(args[1].low), args[0].high};
            return nullptr;
        });
        set("again", {{i}, {i}}, [this](Caller& caller, const Value* args, Value* results) {
            return again ? again(caller, args, results) : nullptr;
        });
        calls = &machine.load(wat_modules::calls);
        machine.bind("calls", *calls);
        other = &machine.load(wat_modules::calls_other);
        bouncer = &machine.load(wat_modules::bouncer);
    }

    Machine machine;
    Instance* calls;
    Instance* other;
    Instance* bouncer;
    std::vector<Value> eaten;
    HostLambda::Function again;  // what host.again does
};

inline ErrorPtr host_error(const char* message) {
    return make_error(ErrorKind::host, message);
}

}  // namespace interp_support

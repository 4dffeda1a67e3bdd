// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "catch.hpp"
#include "engine/engine.h"
#include "interp/plain_compiler.h"
#include "support/module_bytes.h"
#include "wasm/trap.h"

// Programs run through the engine, with their outcomes as text.
namespace interp_support {

using namespace epsilon;
using module_bytes::operator+;

inline Value i32(int64_t value) {
    return {uint32_t(value), 0};
}
inline Value i64(int64_t value) {
    return {uint64_t(value), 0};
}
inline Value f32(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return {bits, 0};
}
inline Value f64(double value) {
    Value result;
    std::memcpy(&result.low, &value, sizeof value);
    return result;
}

inline std::string text_of(ValueType type, Value value) {
    char text[64];
    float single;
    double number;
    switch (type.kind()) {
        case ValueType::i32:
            return std::to_string(int32_t(value.low));
        case ValueType::i64:
            return std::to_string(int64_t(value.low));
        case ValueType::f32:
            std::memcpy(&single, &value.low, sizeof single);
            snprintf(text, sizeof text, "%.9g", double(single));
            return text;
        case ValueType::f64:
            std::memcpy(&number, &value.low, sizeof number);
            snprintf(text, sizeof text, "%.17g", number);
            return text;
        default:
            snprintf(text, sizeof text, "%016llx:%016llx", (unsigned long long)value.high,
                     (unsigned long long)value.low);
            return text;
    }
}

inline std::string text_of(const ErrorPtr& error) {
    static constexpr const char* kinds[] = {"malformed", "invalid", "unsupported", "link", "trap",
                                            "fuel",      "timeout", "interrupted", "exit", "limit",
                                            "no_memory", "misuse",  "host"};
    return std::string(kinds[size_t(error->kind)]) + ": " + error->message;
}

// Keys are "module.name".
class Imports : public ImportSet {
public:
    void set(const std::string& key, Extern value) { externs_.insert_or_assign(key, value); }
    std::optional<Extern> find(std::string_view module, std::string_view name) const override {
        const auto found = externs_.find(std::string(module) + "." + std::string(name));
        return found == externs_.end() ? std::nullopt : std::optional<Extern>(found->second);
    }

private:
    std::map<std::string, Extern> externs_;
};

// Pieces of modules written as bytes: of functions.
inline module_bytes::Bytes export_of(std::string_view name, uint8_t function) {
    return module_bytes::name(name) + module_bytes::Bytes{0x00, function};
}
inline module_bytes::Bytes import_of(std::string_view module, std::string_view name, uint8_t type) {
    return module_bytes::name(module) + module_bytes::name(name) + module_bytes::Bytes{0x00, type};
}

class HostLambda : public HostCallable {
public:
    using Function = std::function<ErrorPtr(Caller&, const Value* args, Value* results)>;
    explicit HostLambda(Function function) : function_(std::move(function)) {}
    ErrorPtr call(Caller& caller, const Value* args, size_t, Value* results, size_t) override {
        return function_(caller, args, results);
    }

private:
    Function function_;
};

class Machine {
public:
    // The compiler takes the place of the engine's. Without one, and where the engine has none, it
    // is one that makes no machine code.
    explicit Machine(const StoreOptions& options = {}, interp::Compiler* compiler = nullptr)
        : compiler_(compiler || has_baseline_compiler() ? compiler : &plain_compiler()) {
        auto made = new_store(options);
        REQUIRE(made.ok());
        store = made.take();
    }

    FunctionInstance* host(const FunctionType& type, HostLambda::Function function) {
        const Store::Entry entry(*store);
        auto made = store->new_host_function(type, std::make_unique<HostLambda>(function));
        REQUIRE(made.ok());
        return &made.value()->function;
    }

    template <size_t n>
    Instance& load(const uint8_t (&bytes)[n]) {
        return load(std::vector<uint8_t>(bytes, bytes + n));
    }
    Instance& load(std::vector<uint8_t> bytes) { return load(*compiled(std::move(bytes))); }
    std::shared_ptr<const CompiledModule> compiled(std::vector<uint8_t> bytes) const {
        auto module = compile(std::move(bytes), {});
        if (!module) {
            FAIL(module.error().message);
        }
        if (!compiler_) {
            return module.take();
        }
        return std::make_shared<const CompiledModule>(
            std::make_shared<interp::ModuleCells>((*module)->code()->module, SIZE_MAX, compiler_));
    }
    Instance& load(const CompiledModule& module) {
        const Store::Entry entry(*store);
        auto instance = instantiate(*store, module, imports, {});
        if (!instance) {
            FAIL(instance.error().message);
        }
        return **instance;
    }
    // Makes the instance's exports importable.
    void bind(const std::string& name, Instance& instance) {
        for (const Export& item : instance.module().exports) {
            imports.set(name + "." + std::string(item.name), *instance.find_export(item.name));
        }
    }

    static FunctionInstance& function(Instance& instance, std::string_view name) {
        const auto found = instance.find_export(name);
        if (!found) {
            FAIL("no export " << name);
        }
        return *std::get<FunctionInstance*>(*found);
    }

    // The results separated by spaces, or "kind: message"; the error itself stays in `error`.
    std::string call(Instance& instance, std::string_view name, const std::vector<Value>& args = {},
                     uint64_t timeout_ms = 0, uint64_t fuel = Meter::unlimited) {
        FunctionInstance& target = function(instance, name);
        const FunctionType& type = function_type(target);
        REQUIRE(args.size() == type.params.size());
        std::vector<Value> results(type.results.size() + 1);
        const Store::Entry entry(*store);
        error = epsilon::call(*store, target, args.data(), results.data(), timeout_ms, fuel);
        if (error) {
            return text_of(error);
        }
        std::string text;
        for (size_t i = 0; i < type.results.size(); ++i) {
            text += (i ? " " : "") + text_of(type.results[i], results[i]);
        }
        return text;
    }

    // Of the last call that failed: "name+offset" of each frame, innermost first; offsets are
    // counted from the start of the function's body.
    std::string frames() const {
        std::string text;
        for (const Frame& frame : error->frames) {
            text += (text.empty() ? "" : " ") + frame.module_name + "." + frame.function_name +
                    "/" + std::to_string(frame.function_index) + "@" + std::to_string(frame.offset);
        }
        return text;
    }

    std::shared_ptr<Store> store;
    Imports imports;
    ErrorPtr error;

private:
    interp::Compiler* const compiler_;
};

// Programs are compiled: at first calls; when they are called twice or a loop comes round; at
// random.
inline StoreOptions compiled(StoreOptions options) {
    options.tiers = Tiers::compiled;
    return options;
}
inline StoreOptions hot(StoreOptions options) {
    options.hot_calls = 2;
    options.hot_rounds = 1;
    return options;
}
inline StoreOptions at_random(StoreOptions options, uint64_t seed) {
    options.random_tiers = seed;
    return options;
}

// Every way in which code is made and run: what checks bounds, counts frames, stops, and meters;
// and is compiled.
inline std::vector<StoreOptions> all_options() {
    std::vector<StoreOptions> list(4);
    list[0].tiers = Tiers::interpreter;
    list[1].memory_strategy = MemoryStrategy::explicit_checks;
    list[2].signals = false;
    list[2].memory_strategy = MemoryStrategy::explicit_checks;
    list[2].limits.max_call_depth = 1'000'000;
    list[3].limits.max_call_depth = 1'000'000;
    for (size_t i : {0, 2}) {
        list.push_back(list[i]);
        list.back().metering = true;
    }
    for (size_t i : {0, 2, 3, 4}) {
        StoreOptions options = list[i];
        options.tiers = Tiers::tiered;
        list.push_back(compiled(options));
        list.push_back(hot(options));
        list.push_back(at_random(options, i + 1));
    }
    return list;
}

// Some of them, for what takes its time.
inline std::vector<StoreOptions> some_options() {
    StoreOptions polled;
    polled.signals = false;
    polled.memory_strategy = MemoryStrategy::explicit_checks;
    return {StoreOptions(), polled, compiled({}), hot(polled)};
}

// The ways of code that meters.
inline std::vector<StoreOptions> metered_options() {
    std::vector<StoreOptions> list = all_options();
    list.resize(4);
    for (StoreOptions& options : list) {
        options.metering = true;
    }
    StoreOptions options = list[0];
    options.tiers = Tiers::tiered;
    list.insert(list.end(), {compiled(options), hot(list[1]), compiled(list[2]), hot(list[3]),
                             at_random(options, 1), at_random(list[2], 2)});
    return list;
}

}  // namespace interp_support

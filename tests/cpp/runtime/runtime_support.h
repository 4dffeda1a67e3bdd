// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "catch.hpp"
#include "runtime/store.h"
#include "support/module_bytes.h"

// Stores and instances for tests of the runtime: nothing here runs code.
namespace runtime_support {

using namespace epsilon;
using module_bytes::operator+;

inline std::shared_ptr<Store> new_store(const StoreOptions& options = {}) {
    auto store = Store::create(options);
    REQUIRE(store.ok());
    return store.take();
}

inline std::shared_ptr<Store> store_with(const StoreLimits& limits) {
    StoreOptions options;
    options.limits = limits;
    return new_store(options);
}

inline std::shared_ptr<ModuleCode> compile(const module_bytes::Bytes& bytes) {
    auto module = module_bytes::decode(bytes);
    if (!module) {
        FAIL(module.error().message);
    }
    auto code = std::make_shared<ModuleCode>();
    code->module = module.take();
    for (const FunctionType& type : code->module->types) {
        code->types.emplace_back(type);
    }
    return code;
}

class Imports : public ImportSet {
public:
    Imports() = default;
    Imports(std::initializer_list<std::pair<const std::string, Extern>> list) : externs_(list) {}
    // Keys are "module.name".
    void set(const std::string& key, Extern value) { externs_.insert_or_assign(key, value); }
    std::optional<Extern> find(std::string_view module, std::string_view name) const override {
        const auto found = externs_.find(std::string(module) + "." + std::string(name));
        return found == externs_.end() ? std::nullopt : std::optional<Extern>(found->second);
    }

private:
    std::map<std::string, Extern> externs_;
};

inline Result<Instance*> try_instance(Store& store, const module_bytes::Bytes& bytes,
                                      const Imports& imports = {},
                                      const InstantiateOptions& options = {}) {
    const Store::Entry entry(store);
    REQUIRE(entry.ok());
    return instantiate(store, compile(bytes), imports, options);
}

inline Instance& instance_of(Store& store, const module_bytes::Bytes& bytes,
                             const Imports& imports = {}, const InstantiateOptions& options = {}) {
    auto made = try_instance(store, bytes, imports, options);
    if (!made) {
        FAIL(made.error().message);
    }
    return **made;
}

// "kind: message", or "ok" (and the instance's handle is given back).
template <class T>
std::string outcome(Result<T*> result) {
    if (result) {
        result.value()->store().release_handle(**result);
        return "ok";
    }
    static constexpr const char* names[] = {"malformed", "invalid", "unsupported", "link", "trap",
                                            "fuel",      "timeout", "interrupted", "exit", "limit",
                                            "no_memory", "misuse",  "host"};
    return std::string(names[size_t(result.error().kind)]) + ": " + result.error().message;
}

// Counts its own destruction.
class CountingCallable : public HostCallable {
public:
    explicit CountingCallable(int& destroyed) : destroyed_(destroyed) {}
    ~CountingCallable() override { ++destroyed_; }
    ErrorPtr call(Caller&, const Value*, size_t, Value*, size_t) override { return nullptr; }

private:
    int& destroyed_;
};

inline HostFunction& host_function(Store& store, int& destroyed, const FunctionType& type = {}) {
    return **store.new_host_function(type, std::make_unique<CountingCallable>(destroyed));
}

inline std::shared_ptr<void> counting_payload(int& destroyed) {
    return std::shared_ptr<void>(&destroyed, [](void* count) { ++*static_cast<int*>(count); });
}

inline Slot slot_of(const FunctionInstance& function) {
    return reinterpret_cast<uintptr_t>(&function);
}
inline Slot slot_of(const ExternRef& externref) {
    return reinterpret_cast<uintptr_t>(&externref);
}

inline MemoryType memory_type(uint64_t min, std::optional<uint64_t> max = std::nullopt) {
    MemoryType type;
    type.limits.min = min;
    type.limits.max = max;
    return type;
}

inline TableType table_type(ValueType element, uint64_t min,
                            std::optional<uint64_t> max = std::nullopt) {
    TableType type;
    type.element = element;
    type.limits.min = min;
    type.limits.max = max;
    return type;
}

// Pieces of modules.
inline module_bytes::Bytes limits(uint32_t min) {
    return module_bytes::Bytes{0} + module_bytes::u32(min);
}
inline module_bytes::Bytes limits(uint32_t min, uint32_t max) {
    return module_bytes::Bytes{1} + module_bytes::u32(min) + module_bytes::u32(max);
}
inline module_bytes::Bytes import(std::string_view module, std::string_view name,
                                  const module_bytes::Bytes& description) {
    return module_bytes::name(module) + module_bytes::name(name) + description;
}
inline module_bytes::Bytes export_of(std::string_view name, uint8_t kind, uint32_t index) {
    return module_bytes::name(name) + module_bytes::Bytes{kind} + module_bytes::u32(index);
}
inline module_bytes::Bytes i32_const(uint8_t value) {
    return {0x41, value, 0x0b};
}

}  // namespace runtime_support

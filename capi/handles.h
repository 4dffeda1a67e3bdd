// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/embedder.h"
#include "decode/limits.h"
#include "door.h"
#include "runtime/function.h"
#include "runtime/instance.h"
#include "runtime/store.h"
#include "values.h"

// What the opaque types of epsilon.h are.
namespace epsilon::capi {

// Being inside a store: for the length of a function of the C API. Keeps the store alive, because
// a finalizer that runs meanwhile may delete the last handle.
class Entered {
public:
    explicit Entered(std::shared_ptr<Store> store) : store_(std::move(store)), entry_(*store_) {}
    bool ok() const { return entry_.ok(); }
    Store& store() const { return *store_; }

private:
    std::shared_ptr<Store> store_;
    Store::Entry entry_;
};

// Enters a store, or returns the error from the enclosing body when another thread is inside.
#define EPSILON_ENTER(name, shared_store)        \
    ::epsilon::capi::Entered name(shared_store); \
    if (!name.ok()) {                            \
        return Store::busy_error();              \
    }

// One handle to an object, and to its store.
class Held {
public:
    // Takes over the handle that the object came with.
    static Held adopt(Object& object) { return Held(object); }
    // Adds a handle.
    static Held acquire(Object& object) {
        object.store().add_handle(object);
        return Held(object);
    }
    Held(Held&& other) noexcept
        : store_(std::move(other.store_)), object_(std::exchange(other.object_, nullptr)) {}
    Held& operator=(Held&& other) noexcept {
        std::swap(store_, other.store_);
        std::swap(object_, other.object_);
        return *this;
    }
    Held(const Held& other) : Held(acquire(*other.object_)) {}
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (object_ != nullptr) {
            Store::give_up(*object_, store_);
        }
    }

    const std::shared_ptr<Store>& store() const { return store_; }
    Object& object() const { return *object_; }

private:
    explicit Held(Object& object) : store_(object.store().shared_from_this()), object_(&object) {}

    std::shared_ptr<Store> store_;
    Object* object_;
};

// A handle that is nothing but the held object. If it can't be made the object is given up: in
// `new Handle{Held::adopt(object)}` the memory would be asked for first, and the object be lost.
template <class Handle>
std::unique_ptr<Handle> handle_of(Held held) {
    return std::unique_ptr<Handle>(new Handle{std::move(held)});
}

// An embedder's pointer with its finalizer, which runs exactly once: here, unless released.
class HostData {
public:
    HostData(void* data, epsilon_finalizer_t finalizer) : data_(data), finalizer_(finalizer) {}
    HostData(HostData&& other) noexcept
        : data_(other.data_), finalizer_(std::exchange(other.finalizer_, nullptr)) {}
    HostData& operator=(HostData&&) = delete;
    ~HostData() {
        if (finalizer_ != nullptr) {
            call_embedder(finalizer_, data_);
        }
    }

    void* data() const { return data_; }
    // The pointer as shared data. If that fails for lack of memory the finalizer has run.
    std::shared_ptr<void> share() {
        const epsilon_finalizer_t finalizer = std::exchange(finalizer_, nullptr);
        return std::shared_ptr<void>(data_, [finalizer](void* data) {
            if (finalizer != nullptr) {
                call_embedder(finalizer, data);
            }
        });
    }

private:
    void* data_;
    epsilon_finalizer_t finalizer_;
};

// Text made when it is first asked for; any thread.
class LazyText {
public:
    // Null without memory.
    template <class Make>
    const std::string* get(Make&& make) const noexcept {
        try {
            std::call_once(once_, [&] { text_ = make(); });
            return &text_;
        } catch (...) {
            return nullptr;
        }
    }

private:
    mutable std::once_flag once_;
    mutable std::string text_;
};

}  // namespace epsilon::capi

struct epsilon_type {
    epsilon_externkind_t kind;
    std::vector<epsilon_valtype_t> params;
    std::vector<epsilon_valtype_t> results;
    epsilon_valtype_t content = 0;
    bool is_mutable = false;
    uint64_t minimum = 0;
    std::optional<uint64_t> maximum;
    std::string text;

    explicit epsilon_type(const epsilon::FunctionType& type);
    explicit epsilon_type(const epsilon::TableType& type);
    explicit epsilon_type(const epsilon::MemoryType& type);
    explicit epsilon_type(const epsilon::GlobalType& type);
    // Of what an import or export of `module` is.
    static epsilon_type of(const epsilon::Module& module, epsilon::ExternKind kind, uint32_t index);
};

struct epsilon_config {
    epsilon::StoreOptions store;
    epsilon::Features features = epsilon::Features::all();
    epsilon::ModuleLimits limits;
    bool perf_map = false;
};

struct epsilon_options {
    std::optional<uint64_t> max_memory_pages;
    uint64_t timeout_ms = 0;
    uint64_t fuel = epsilon::Meter::unlimited;
};

struct epsilon_runtime {
    std::shared_ptr<epsilon::Store> store;
};

struct epsilon_interrupt {
    std::shared_ptr<epsilon::Store> store;
};

struct epsilon_module {
    epsilon::capi::Held held;

    epsilon::Instance& instance() const { return static_cast<epsilon::Instance&>(held.object()); }
};

struct epsilon_func {
    epsilon_func(epsilon::capi::Held handle, epsilon::FunctionInstance& instance);

    epsilon::capi::Held held;
    epsilon::PlainCallee callee;
    epsilon_type type;
    epsilon::capi::LazyText name;
};

struct epsilon_memory {
    explicit epsilon_memory(epsilon::capi::Held handle) : held(std::move(handle)) {}

    epsilon::capi::Held held;
    // What the pointers given out point into.
    std::vector<std::shared_ptr<void>> views;

    epsilon::Memory& memory() const { return static_cast<epsilon::Memory&>(held.object()); }
};

struct epsilon_table {
    epsilon::capi::Held held;

    epsilon::Table& table() const { return static_cast<epsilon::Table&>(held.object()); }
};

struct epsilon_global {
    epsilon::capi::Held held;

    epsilon::Global& global() const { return static_cast<epsilon::Global&>(held.object()); }
};

struct epsilon_externref {
    epsilon::capi::Held held;

    epsilon::ExternRef& externref() const {
        return static_cast<epsilon::ExternRef&>(held.object());
    }
};

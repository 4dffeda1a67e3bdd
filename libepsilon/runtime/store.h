// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "platform/virtual_memory.h"
#include "runtime/abi.h"
#include "runtime/function.h"
#include "runtime/global.h"
#include "runtime/instance.h"
#include "runtime/limits.h"
#include "runtime/memory.h"
#include "runtime/object.h"
#include "runtime/table.h"

namespace epsilon {

// Marks objects reachable from roots without recursion.
class Marker {
public:
    void mark(Object* object);
    void mark_reference(Store& store, ValueType type, Slot slot);
    void mark_function(FunctionInstance* function);

private:
    friend class Store;
    std::vector<Object*> pending_;
};

// The global state that a program manipulates (specification: Store), and the embedder's unit of
// isolation: objects of different stores never meet. Used by one thread at a time.
//
// Lifetime: the embedder's handles hold the store (std::shared_ptr); objects live in the store
// until nothing reaches them, at the latest until the store goes.
class Store : public std::enable_shared_from_this<Store> {
public:
    static Result<std::shared_ptr<Store>> create(const StoreOptions& options);
    ~Store();

    const StoreOptions& options() const { return options_; }
    Context& context() { return context_; }

    // Taken for every use of the store. Refused (false) while another thread is inside; the
    // thread that is inside may enter again (from a host function).
    class Entry {
    public:
        explicit Entry(Store& store) : store_(store), entered_(store.enter()) {}
        ~Entry() {
            if (entered_) {
                store_.leave();
            }
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        bool ok() const { return entered_; }

    private:
        Store& store_;
        bool entered_;
    };
    // The error to return when an Entry is refused.
    static ErrorPtr busy_error();

    // Objects made by the host. Each comes with one handle. The limits are asked here.
    Result<Memory*> new_memory(const MemoryType& type);
    Result<Table*> new_table(const TableType& type, Slot init);
    Result<Global*> new_global(const GlobalType& type, Value initial);
    Result<HostFunction*> new_host_function(const FunctionType& type,
                                            std::unique_ptr<HostCallable> callable);
    Result<ExternRef*> new_externref(std::shared_ptr<void> payload);

    // As new_memory and new_table, for instantiation: `max_memory_pages` replaces the store's cap
    // when given, and no handle is taken.
    Result<Memory*> allocate_memory(const MemoryType& type,
                                    std::optional<uint64_t> max_memory_pages);
    Result<Table*> allocate_table(const TableType& type, Slot init);
    void adopt(std::unique_ptr<Instance> instance);

    // Handles. Any thread, at any time: what cannot be done while another thread is inside is
    // done at the next idle moment.
    void add_handle(Object& object);
    void release_handle(Object& object);

    // References as the embedder passes them in: zero, or a pointer this store knows and that is
    // of the type's kind; anything else is refused.
    bool is_valid_reference(ValueType type, Slot slot) const;
    // The object that holds a function alive: its instance or its HostFunction.
    static Object* owner_of(FunctionInstance* function);

    // Frees what is unreachable. Only when no code runs; otherwise left for later.
    void collect();

    // Accounting for memories; false when max_total_memory_bytes refuses.
    bool reserve_memory_bytes(uint64_t bytes);
    void release_memory_bytes(uint64_t bytes);

    // The value stack, made at the first call. False when the system refuses.
    bool ensure_stack();
    Slot* stack_base() const { return stack_base_; }
    // Gives the pages of an exhausted stack back to the system.
    void trim_stack();

    // The cell that a host function starts with; set once by the engine before any host function.
    static void set_host_entry(const uint8_t* entry);

    // Asks running code to stop at once; any thread. Cleared by the call that stops.
    void request_stop(StopReason reason);
    void clear_stop();

private:
    friend class Marker;
    friend struct Instance;
    explicit Store(const StoreOptions& options);
    bool enter();
    void leave();

    StoreOptions options_;
    Context context_;
    platform::Reservation stack_;
    Slot* stack_base_ = nullptr;

    std::atomic<std::thread::id> owner_{};
    uint32_t entry_depth_ = 0;

    mutable std::mutex handle_mutex_;
    std::vector<Object*> released_;  // whose last handle went while the store was busy
    std::vector<std::unique_ptr<Object>> objects_;
    std::unordered_set<const void*> functions_;   // host functions, for reference checks
    std::unordered_set<const void*> externrefs_;
    uint64_t memory_bytes_ = 0;
};

}  // namespace epsilon

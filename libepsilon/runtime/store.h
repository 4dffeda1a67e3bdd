// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "platform/fork_mutex.h"
#include "platform/single_thread.h"
#include "platform/thread_id.h"
#include "platform/virtual_memory.h"
#include "platform/waker.h"
#include "runtime/abi.h"
#include "runtime/function.h"
#include "runtime/global.h"
#include "runtime/instance.h"
#include "runtime/limits.h"
#include "runtime/memory.h"
#include "runtime/meter.h"
#include "runtime/object.h"
#include "runtime/pauses.h"
#include "runtime/table.h"

namespace epsilon {

// Marks objects reachable from roots, without recursion and without allocating.
class Marker {
public:
    void mark(Object* object);
    // References of a store's own objects, which are valid; for other value types does nothing.
    void mark_references(ValueType type, const Slot* slots, size_t count);
    void mark_function(FunctionInstance* function);

private:
    friend class Store;
    void run();

    Object* pending_ = nullptr;
    uint64_t cost_ = 0;  // objects seen, and a fraction for each reference looked at
};

// The global state that a program manipulates (specification: Store), and the embedder's unit of
// isolation: objects of different stores never meet. Used by one thread at a time.
//
// Lifetime: the embedder's handles hold the store (std::shared_ptr); objects live in the store
// until nothing reaches them, at the latest until the store goes. Two ways of noticing:
//  - Counting. An object that no handle and no living instance's import refers to, and whose
//    references never left its instance (Object::escaped_), is freed at the next idle moment.
//  - Collection, for the rest: at idle moments, when what was let go since the last collection is
//    worth the work of another one. Handles are the roots.
// Finalizers (HostCallable, ExternRef payloads) run outside of locks, on the thread that freed the
// object, and may use the store.
class Store : public std::enable_shared_from_this<Store> {
public:
    // Fails with kind unsupported when guard pages are demanded and cannot be had.
    static Result<std::shared_ptr<Store>> create(const StoreOptions& options);
    // No thread is inside. Objects go with the store, whatever refers to them.
    ~Store();

    const StoreOptions& options() const { return options_; }
    Context& context() { return context_; }
    // How often the thread that is inside has entered.
    uint32_t entry_depth() const { return entry_depth_; }
    // Null unless options().metering.
    Meter* meter() { return context_.meter; }
    // Whether faults become traps here: the handler is installed and signals are allowed.
    bool faults_are_handled() const { return faults_are_handled_; }

    // Taken for every use of the store. Refused (false) while another thread is inside; the
    // thread that is inside may enter again (from a host function). Who takes it holds the store
    // (std::shared_ptr), at least until it has entered: see give_up.
    class Entry {
    public:
        // Or takes over what enter_first() has entered.
        explicit Entry(Store& store, bool entered_first = false)
            : store_(store),
              owner_(entered_first ? platform::current_thread_id() << 1 : store.enter()) {}
        ~Entry() {
            if (owner_ != 0) {
                store_.leave(owner_);
            }
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        bool ok() const { return owner_ != 0; }

    private:
        Store& store_;
        const uint64_t owner_;
    };
    // The error to return when an Entry is refused.
    static ErrorPtr busy_error();
    // For calls from outside with nothing out of the ordinary, which are many: enters if no thread
    // is inside. `thread` is the calling one's number, not 0. After leaving, nothing of the store
    // is touched.
    bool enter_first(uint64_t thread);
    void leave_first();
    // How much native stack such a call asks for: all there can be, while none is ordinary, because
    // the store meters, limits the time of each call, has no value stack yet or keeps references.
    // Who is not inside yet may see what was true before.
    size_t plain_call_stack_bytes() const {
        return plain_call_stack_bytes_.load(std::memory_order_relaxed);
    }

    // For calls that are more ordinary still: a store without pauses remembers the thread of the
    // last one, so that the next need not ask what it knows of it.
    bool remembers(uint64_t thread) const {
        return plain_thread_.load(std::memory_order_relaxed) == thread;
    }
    // Of that thread, once the store is entered: whether there is native stack for such a call.
    bool has_plain_stack() const {
        return platform::detail::stack_pointer() - plain_stack_low_ < plain_stack_size_;
    }
    void remember_thread();
    // Whether such calls are made, nobody is inside, and nobody else can come: then a call that
    // uses nothing of the store need not enter it.
    bool is_quiet() const {
        // With other threads nothing else may be looked at before the store is entered.
        return platform::is_single_threaded() &&
               plain_thread_.load(std::memory_order_relaxed) != no_thread &&
               (owner_.load(std::memory_order_relaxed) | leaves_until_collection_) == 0;
    }

    // Objects made by the host. Each comes with one handle. The limits are asked here. Misuse for
    // types that are not valid and for references that are not of this store.
    Result<Memory*> new_memory(const MemoryType& type);
    Result<Table*> new_table(const TableType& type, Slot init);
    Result<Global*> new_global(const GlobalType& type, Value initial);
    Result<HostFunction*> new_host_function(const FunctionType& type,
                                            std::unique_ptr<HostCallable> callable);
    // May free externrefs that nothing reaches, also while code runs. The caller has an Entry for
    // this alone.
    Result<ExternRef*> new_externref(std::shared_ptr<void> payload);

    // Handles. Releasing is legal on any thread at any time: what cannot be done while the store
    // is in use is done at the next idle moment. Adding needs an Entry, or another handle.
    void add_handle(Object& object);
    void release_handle(Object& object);
    // The same for a handle that also holds the store. Calls run without a hold of their own, so
    // while a thread is inside the store keeps this one until it is left.
    static void give_up(Object& object, const std::shared_ptr<Store>& store);

    // What is destroyed when the store is left, because the call that runs uses it.
    class Leftover {
    public:
        Leftover() = default;
        virtual ~Leftover() = default;
        Leftover(const Leftover&) = delete;
        Leftover& operator=(const Leftover&) = delete;

    private:
        friend class Store;
        Leftover* next_ = nullptr;
    };
    // Takes it over. Any thread; `store` is a hold of the caller's, none that goes with what is
    // given.
    static void destroy_when_left(std::unique_ptr<Leftover> leftover,
                                  const std::shared_ptr<Store>& store);

    // References as the embedder passes them in: zero, or a pointer this store knows and that is
    // of the type's kind; anything else is refused. Every reference that comes from the embedder
    // passes here: the object is from now on taken to be referred to from anywhere.
    bool is_valid_reference(ValueType type, Slot slot) const;
    // The object that holds a function alive: its instance or its HostFunction.
    static Object* owner_of(FunctionInstance* function);

    // Keeps the objects of the references among a call's results until the next time this is
    // called: the embedder has seen no more than their values yet.
    void keep_references(std::span<const ValueType> types, const Value* values);
    bool keeps_references() const { return !kept_.empty(); }

    // Frees what is unreachable, now or at the next idle moment.
    void collect();

    // Accounting for memories and tables; false when max_total_memory_bytes refuses.
    bool may_reserve_memory_bytes(uint64_t bytes) const;
    bool reserve_memory_bytes(uint64_t bytes);
    uint64_t memory_bytes() const { return memory_bytes_; }
    void release_memory_bytes(uint64_t bytes);

    // The value stack, made at the first call. False when the system refuses.
    bool ensure_stack();
    Slot* stack_base() const { return stack_base_; }
    // Gives the pages of an exhausted stack back to the system, except those of running frames.
    void trim_stack();

    // The cell that a host function starts with; set once by the engine before any host function.
    // And what they have for machine code that calls them, if their types are plain: in place, or
    // with two arrays.
    static void set_host_entry(const uint8_t* entry, const void* machine_in_place,
                               const void* machine);

    // Asks running code to stop at once; any thread, and signal handlers. Taken back for a reason
    // by who has dealt with it; the others stay.
    void request_stop(StopReason reason) noexcept;
    void clear_stop(StopReason reason) noexcept;
    // request_stop() wakes it: for host functions that wait.
    platform::Waker& waker() { return waker_; }
    // Whether a thread is inside; any thread.
    bool is_in_use() const { return owner_.load() != 0; }
    bool is_inside(uint64_t thread) const {
        return owner_.load(std::memory_order_relaxed) >> 1 == thread;
    }

    // What is called now and then while a program runs; null: nothing. The caller has entered.
    const std::shared_ptr<Pauses>& pauses() const { return pauses_; }
    void set_pauses(std::shared_ptr<Pauses> pauses);

    // Living objects of a kind, for limits, tests and diagnostics.
    uint64_t count(ObjectKind kind) const { return counts_[size_t(kind)]; }

private:
    friend class Instantiation;
    friend struct Instance;
    struct Burial;

    explicit Store(const StoreOptions& options);
    uint64_t enter();
    bool enter_if_idle();
    void leave(uint64_t owner);
    void leave_with_work();
    void leave_with_more(uint64_t owner);  // leave(), apart
    void tell_of_work();
    void destroy_leftovers();
    std::shared_ptr<Store> take_kept_self();
    void decide_on_plain_calls();

    // As new_memory and new_table, without adoption and handle; errors name no index.
    // `asked` replaces the store's cap when given: see StoreLimits::page_cap.
    Result<std::unique_ptr<Memory>> make_memory(const MemoryType& type,
                                                std::optional<uint64_t> asked);
    Result<std::unique_ptr<Table>> make_table(const TableType& type, Slot init);
    // After a limit refused: frees what can be freed. False when there was nothing to try.
    bool make_room();
    template <class Make>
    auto with_room(Make make);
    ErrorPtr total_exceeded(const std::string& what) const;
    // The limit on objects of a kind, asked before `more` are made.
    Result<void> check_count(ObjectKind kind, uint64_t more) const;
    // Room for so many more objects: adopt() doesn't fail after it.
    void reserve_objects(size_t count);
    template <class T>
    T* adopt(std::unique_ptr<T> object, uint32_t handles);
    void register_functions(const FunctionInstance* begin, size_t count);
    FunctionInstance* find_function(Slot slot) const;

    static void infect(Object* object);
    void idle_work();
    void release_unreferenced(Burial& burial);
    enum class Holder { nothing, import, anything, handle };
    Holder holder_of(Object& object) const;
    void free_if_unreferenced(Object* object, Burial& burial);
    void bury(Object* object, Burial& burial);
    void bury_imports(Burial& burial, bool free_unreferenced);
    static void destroy(Burial& burial);
    bool collection_is_due() const;
    static uint64_t weight_of(const Object& object);
    void look_again();
    void collect_unreachable(Burial& burial);
    void collect_externrefs();

    StoreOptions options_;
    Context context_;
    std::optional<Meter> meter_;
    bool faults_are_handled_ = false;
    std::optional<platform::Reservation> stack_;
    Slot* stack_base_ = nullptr;
    std::atomic<size_t> plain_call_stack_bytes_{SIZE_MAX};
    // A thread's number, or this, which none has; and what such calls may use of its stack.
    static constexpr uint64_t no_thread = UINT64_MAX;
    std::atomic<uint64_t> plain_thread_{no_thread};
    uintptr_t plain_stack_low_ = 0;
    size_t plain_stack_size_ = 0;
    std::shared_ptr<Pauses> pauses_;
    platform::Waker waker_;

    // Twice the id of the thread that is inside, 0 if there is none. One more, when there is work
    // to do before it leaves: what follows here was written to, or a collection is wanted.
    std::atomic<uint64_t> owner_{0};
    static constexpr uint64_t work_mark = 1;
    uint64_t leaves_until_collection_ = 0;  // 0: no survivor without a handle to look after
    uint32_t entry_depth_ = 1;              // also while no thread is inside

    mutable platform::ForkMutex handle_mutex_;
    // Objects whose last handle went; written under the lock.
    std::atomic<Object*> released_{nullptr};
    // Under the lock.
    Leftover* leftovers_ = nullptr;
    std::shared_ptr<Store> kept_self_;  // see give_up

    // Only for the thread that is inside.
    std::vector<Object*> objects_;                  // owned
    std::map<uintptr_t, size_t> function_blocks_;   // instances' own functions: begin, count
    std::unordered_set<uintptr_t> host_functions_;  // their FunctionInstances
    std::unordered_set<uintptr_t> externrefs_;
    std::vector<Object*> kept_;  // see keep_references; a handle each
    uint64_t counts_[6] = {};
    uint64_t memory_bytes_ = 0;

    bool collection_wanted_ = false;
    uint64_t garbage_weight_ = 0;           // of what was let go since the last collection
    uint64_t collection_cost_ = 0;          // of the last one
    std::atomic<uint32_t> collections_{0};  // read by release_handle on any thread
    uint64_t externrefs_for_collection_ = 100'000;
};

// Entering and leaving are what each call pays: one atomic exchange each, and none while the
// process has a single thread. In between, the word is changed by other threads that set the mark.
// What enter() gives, 0 when refused, goes to leave().
inline uint64_t Store::enter() {
    const uint64_t self = platform::current_thread_id() << 1;
    uint64_t owner = owner_.load(std::memory_order_relaxed);
    if (owner == 0) {
        if (platform::is_single_threaded()) {
            owner_.store(self, std::memory_order_relaxed);
        } else if (!owner_.compare_exchange_strong(owner, self)) {
            return 0;
        }
        return self;
    }
    if ((owner & ~work_mark) == self) {
        ++entry_depth_;
        return self;
    }
    return 0;
}

// After the last instruction here another thread may have entered, or destroyed the store.
inline void Store::leave(uint64_t owner) {
    if (entry_depth_ != 1) {
        --entry_depth_;
        return;
    }
    if (leaves_until_collection_ != 0 && --leaves_until_collection_ == 0) {
        collection_wanted_ = true;
        leave_with_work();
    } else if (platform::is_single_threaded()) {
        if (owner_.load(std::memory_order_relaxed) == owner) {
            owner_.store(0, std::memory_order_relaxed);
        } else {
            leave_with_work();
        }
    } else if (!owner_.compare_exchange_strong(owner, 0)) {
        leave_with_work();
    }
}

inline bool Store::enter_first(uint64_t thread) {
    uint64_t owner = owner_.load(std::memory_order_relaxed);
    if (owner != 0) {
        return false;
    }
    if (platform::is_single_threaded()) [[likely]] {
        owner_.store(thread << 1, std::memory_order_relaxed);
    } else if (!owner_.compare_exchange_strong(owner, thread << 1)) {
        return false;
    }
    return true;
}

// Here only the mark can have come into the word meanwhile.
inline void Store::leave_first() {
    uint64_t owner = owner_.load(std::memory_order_relaxed);
    if (leaves_until_collection_ != 0 || (owner & work_mark) != 0) [[unlikely]] {
        leave_with_more(owner & ~work_mark);
    } else if (platform::is_single_threaded()) [[likely]] {
        owner_.store(0, std::memory_order_relaxed);
    } else if (!owner_.compare_exchange_strong(owner, 0)) {
        leave_with_work();
    }
}

// What make() gives; where a limit refused and something could be freed, what a second try gives.
template <class Make>
auto Store::with_room(Make make) {
    auto made = make();
    if (made.ok() ||
        (made.error().kind != ErrorKind::limit && made.error().kind != ErrorKind::no_memory) ||
        !make_room()) {
        return made;
    }
    return make();
}

template <class T>
T* Store::adopt(std::unique_ptr<T> object, uint32_t handles) {
    object->index_ = static_cast<uint32_t>(objects_.size());
    object->handles_ = handles;
    objects_.push_back(object.get());
    ++counts_[size_t(object->kind())];
    return object.release();
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#include "runtime/store.h"

#include <algorithm>

#include "platform/fault_handler.h"
#include "platform/thread_id.h"

namespace epsilon {

namespace {

// The same for all stores; each new store writes it again, from any thread.
std::atomic<const uint8_t*> host_entry = nullptr;
std::atomic<const void*> host_machine_entries[2] = {};  // with two arrays, in place

// Behind stack_limit: room for the arguments and results of a call at the very end (at most 1000
// of each, a v128 taking two slots).
constexpr size_t stack_reserve_bytes = 64 << 10;
// What trim_stack leaves: programs that stay below don't pay for trimming.
constexpr size_t kept_stack_bytes = 256 << 10;

size_t round_up(size_t bytes, size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

std::string pages_text(uint64_t pages) {
    return std::to_string(pages) + (pages == 1 ? " page" : " pages");
}

}  // namespace

Store::Store(const StoreOptions& options) : options_(options) {
    context_.store = this;
    if (options.metering) {
        context_.meter = &meter_.emplace(context_.fuel_left, options.fuel);
    }
}

Result<std::shared_ptr<Store>> Store::create(const StoreOptions& options) {
    std::shared_ptr<Store> store(new Store(options));
    store->faults_are_handled_ =
        options.signals && platform::fault_handler_supported && platform::check_installed();
    if (options.memory_strategy == MemoryStrategy::guard && !store->faults_are_handled_) {
        return make_error(ErrorKind::unsupported,
                          options.signals ? "guard pages are not supported here"
                                          : "guard pages need signals, which are switched off");
    }
    return store;
}

Store::~Store() {
    pauses_.reset();  // the monitor thread uses the store
    std::vector<Object*> objects = std::move(objects_);
    objects_.clear();
    for (Object* object : objects) {
        delete object;
    }
}

bool Store::enter_if_idle() {
    uint64_t idle = 0;
    if (!owner_.compare_exchange_strong(idle, platform::current_thread_id() << 1)) {
        return false;
    }
    return true;
}

// The rest of leave(), when there is work. Each round takes the mark away, then does what there is;
// the store is left when no new mark has come since.
void Store::leave_with_work() {
    // A call that was counted when it ran already, and whose way of ending counts nothing.
    if (const uint64_t calls = context_.calls.load(std::memory_order_relaxed); (calls & 1) != 0) {
        context_.calls.store(calls + 1, std::memory_order_relaxed);
    }
    // Holds of handles that were given up: the last one dies when this thread has left.
    std::shared_ptr<Store> self;
    const uint64_t unmarked = platform::current_thread_id() << 1;
    uint64_t owner = unmarked;
    do {
        owner_.fetch_and(~work_mark);
        if (std::shared_ptr<Store> kept = take_kept_self()) {
            self = std::move(kept);
        }
        destroy_leftovers();
        if (released_.load(std::memory_order_relaxed) != nullptr || collection_wanted_) {
            idle_work();
        }
        owner = unmarked;
    } while (!owner_.compare_exchange_strong(owner, 0));
}

std::shared_ptr<Store> Store::take_kept_self() {
    const std::lock_guard lock(handle_mutex_);
    return std::move(kept_self_);
}

// Any thread that holds the store, after it has written down some work: sees to it that the thread
// inside does it before it leaves, or does it itself. If the mark is there already, the thread
// inside has not yet begun to look.
void Store::tell_of_work() {
    uint64_t owner = owner_.load();
    while ((owner & work_mark) == 0) {
        if (owner == 0) {
            if (enter_if_idle()) {
                leave_with_work();
                return;
            }
            owner = owner_.load();
        } else if (owner_.compare_exchange_weak(owner, owner | work_mark)) {
            return;
        }
    }
}

ErrorPtr Store::busy_error() {
    return make_error(ErrorKind::misuse, "the runtime is in use by another thread");
}

bool Store::make_room() {
    const Entry entry(*this);
    // The caller's entry and this one: no code runs. (A host function's caller has entered too.)
    if (!entry.ok() || entry_depth_ > 2 ||
        (garbage_weight_ == 0 && leaves_until_collection_ == 0 && released_.load() == nullptr)) {
        return false;
    }
    collection_wanted_ = true;
    idle_work();
    return true;
}

void Store::reserve_objects(size_t count) {
    if (objects_.capacity() - objects_.size() < count) {
        objects_.reserve(std::max(objects_.size() + count, objects_.size() * 2));
    }
}

Result<void> Store::check_count(ObjectKind kind, uint64_t more) const {
    const StoreLimits& limits = options_.limits;
    const bool memories = kind == ObjectKind::memory;
    const bool tables = kind == ObjectKind::table;
    const uint64_t limit = memories ? limits.max_memories
                           : tables ? limits.max_tables
                                    : limits.max_instances;
    if (more != 0 && (more > limit || count(kind) > limit - more)) {
        return make_error(ErrorKind::limit, std::string("too many ") +
                                                (memories ? "memories"
                                                 : tables ? "tables"
                                                          : "instances") +
                                                ": the limit is " + std::to_string(limit));
    }
    return {};
}

ErrorPtr Store::total_exceeded(const std::string& what) const {
    return make_error(
        ErrorKind::limit,
        "the minimum of " + what + " exceeds the limit on all memories and tables together: " +
            std::to_string(memory_bytes_) + " of " +
            std::to_string(options_.limits.max_total_memory_bytes) + " bytes are in use");
}

Result<std::unique_ptr<Memory>> Store::make_memory(const MemoryType& type,
                                                   std::optional<uint64_t> asked) {
    const StoreLimits& limits = options_.limits;
    const Limits& declared = type.limits;
    if (type.page_size != MemoryType::default_page_size || declared.shared ||
        declared.address != AddressType::i32) {
        return make_error(ErrorKind::unsupported, "memories of this type are not supported");
    }
    if (declared.max && *declared.max < declared.min) {
        return make_error(ErrorKind::misuse, "size minimum must not be greater than maximum");
    }
    const auto cap = limits.page_cap(asked);
    const uint64_t ceiling = std::min(cap && *cap != 0 ? *cap : StoreLimits::max_pages_of_memory32,
                                      StoreLimits::max_pages_of_memory32);
    if (declared.min > ceiling) {
        return make_error(ErrorKind::limit, "the minimum of " + pages_text(declared.min) +
                                                " is above the cap of " + pages_text(ceiling));
    }
    uint64_t max_pages = std::min(declared.max.value_or(ceiling), ceiling);
    if (!cap && !declared.max) {
        max_pages = std::max(StoreLimits::max_pages_without_maximum, declared.min);
    }
    const uint64_t size = declared.min * type.page_size;
    auto memory = std::make_unique<Memory>(*this, type, max_pages);
    if (!reserve_memory_bytes(size)) {
        return total_exceeded(pages_text(declared.min));
    }
    memory->accounted_ = size;
    const MemoryStrategy strategy = options_.memory_strategy;
    if (!memory->allocate(faults_are_handled_ && strategy != MemoryStrategy::explicit_checks,
                          strategy != MemoryStrategy::guard)) {
        return make_error(ErrorKind::no_memory,
                          "the system refused " + pages_text(declared.min) + " of memory");
    }
    return memory;
}

Result<std::unique_ptr<Table>> Store::make_table(const TableType& type, Slot init) {
    const StoreLimits& limits = options_.limits;
    const Limits& declared = type.limits;
    if (!type.element.is_reference()) {
        return make_error(ErrorKind::misuse, "table elements must be references");
    }
    if (declared.shared || declared.address != AddressType::i32) {
        return make_error(ErrorKind::unsupported, "tables of this type are not supported");
    }
    if (declared.max && *declared.max < declared.min) {
        return make_error(ErrorKind::misuse, "size minimum must not be greater than maximum");
    }
    const uint64_t ceiling = std::min<uint64_t>(limits.max_table_elements, UINT32_MAX);
    if (declared.min > ceiling) {
        return make_error(ErrorKind::limit, "the minimum of " + std::to_string(declared.min) +
                                                " elements is above the limit of " +
                                                std::to_string(ceiling));
    }
    auto table =
        std::make_unique<Table>(*this, type, std::min(declared.max.value_or(ceiling), ceiling));
    const uint64_t size = declared.min * sizeof(Slot);
    if (!reserve_memory_bytes(size)) {
        return total_exceeded(std::to_string(declared.min) + " elements");
    }
    table->accounted_ = size;
    if (!table->allocate(init)) {
        return make_error(ErrorKind::no_memory, "the system refused a table of " +
                                                    std::to_string(declared.min) + " elements");
    }
    return table;
}

Result<Memory*> Store::new_memory(const MemoryType& type) {
    EPSILON_TRY_ASSIGN(std::unique_ptr<Memory> memory,
                       with_room([&]() -> Result<std::unique_ptr<Memory>> {
                           EPSILON_TRY(check_count(ObjectKind::memory, 1));
                           return make_memory(type, std::nullopt);
                       }));
    reserve_objects(1);
    return adopt(std::move(memory), 1);
}

Result<Table*> Store::new_table(const TableType& type, Slot init) {
    if (type.element.is_reference() && !is_valid_reference(type.element, init)) {
        return make_error(ErrorKind::misuse,
                          "the initial element is not a reference of this runtime");
    }
    EPSILON_TRY_ASSIGN(std::unique_ptr<Table> table,
                       with_room([&]() -> Result<std::unique_ptr<Table>> {
                           EPSILON_TRY(check_count(ObjectKind::table, 1));
                           return make_table(type, init);
                       }));
    reserve_objects(1);
    return adopt(std::move(table), 1);
}

Result<Global*> Store::new_global(const GlobalType& type, Value initial) {
    if (type.value.kind() == ValueType::bottom) {
        return make_error(ErrorKind::misuse, "globals need a value type");
    }
    if (type.value.is_reference() && !is_valid_reference(type.value, initial.low)) {
        return make_error(ErrorKind::misuse,
                          "the initial value is not a reference of this runtime");
    }
    auto global = std::make_unique<Global>(*this, type, initial);
    reserve_objects(1);
    return adopt(std::move(global), 1);
}

Result<HostFunction*> Store::new_host_function(const FunctionType& type,
                                               std::unique_ptr<HostCallable> callable) {
    auto made = std::make_unique<HostFunction>(*this, TypeHandle(type), std::move(callable),
                                               host_entry.load(std::memory_order_relaxed));
    if (made->shape.plain) {
        const bool in_place = made->callable->in_place.function != nullptr;
        made->function.machine_code.store(
            host_machine_entries[in_place].load(std::memory_order_relaxed),
            std::memory_order_relaxed);
    }
    reserve_objects(1);
    host_functions_.insert(reinterpret_cast<uintptr_t>(&made->function));
    return adopt(std::move(made), 1);
}

Result<ExternRef*> Store::new_externref(std::shared_ptr<void> payload) {
    if (externrefs_.size() >= externrefs_for_collection_) {
        collect_externrefs();
    }
    auto made = std::make_unique<ExternRef>(*this, std::move(payload));
    reserve_objects(1);
    externrefs_.insert(reinterpret_cast<uintptr_t>(made.get()));
    return adopt(std::move(made), 1);
}

void Store::register_functions(const FunctionInstance* begin, size_t count) {
    if (count != 0) {
        function_blocks_.emplace(reinterpret_cast<uintptr_t>(begin), count);
    }
}

// Null unless the slot is the address of one of this store's functions.
FunctionInstance* Store::find_function(Slot slot) const {
    const auto address = static_cast<uintptr_t>(slot);
    auto block = function_blocks_.upper_bound(address);
    if (block != function_blocks_.begin()) {
        --block;
        const uintptr_t distance = address - block->first;
        if (distance % sizeof(FunctionInstance) == 0 &&
            distance / sizeof(FunctionInstance) < block->second) {
            return reinterpret_cast<FunctionInstance*>(address);
        }
    }
    return host_functions_.count(address) != 0 ? reinterpret_cast<FunctionInstance*>(address)
                                               : nullptr;
}

bool Store::is_valid_reference(ValueType type, Slot slot) const {
    if (!type.is_reference()) {
        return false;
    }
    if (slot == 0) {
        return type.is_nullable();
    }
    if (type.heap() == HeapType::func) {
        FunctionInstance* function = find_function(slot);
        if (function == nullptr) {
            return false;
        }
        infect(owner_of(function));
        return true;
    }
    if (type.heap() == HeapType::extern_) {
        const auto address = static_cast<uintptr_t>(slot);
        if (externrefs_.count(address) == 0) {
            return false;
        }
        infect(reinterpret_cast<ExternRef*>(address));
        return true;
    }
    return false;
}

Object* Store::owner_of(FunctionInstance* function) {
    return function->host != nullptr ? static_cast<Object*>(function->host) : function->instance;
}

bool Store::may_reserve_memory_bytes(uint64_t bytes) const {
    const uint64_t most = options_.limits.max_total_memory_bytes;
    return bytes <= most && memory_bytes_ <= most - bytes;
}

bool Store::reserve_memory_bytes(uint64_t bytes) {
    if (!may_reserve_memory_bytes(bytes)) {
        return false;
    }
    memory_bytes_ += bytes;
    return true;
}

void Store::release_memory_bytes(uint64_t bytes) {
    memory_bytes_ -= bytes;
}

bool Store::ensure_stack() {
    if (stack_base_ != nullptr) {
        return true;
    }
    const size_t page = platform::page_size();
    const size_t wanted = std::max(options_.limits.max_stack_bytes, page);
    if (wanted > SIZE_MAX / 2) {
        return false;
    }
    const size_t usable = round_up(wanted, page);
    auto reservation = platform::Reservation::reserve(usable + stack_reserve_bytes + page);
    if (!reservation || !reservation->commit(0, usable + stack_reserve_bytes)) {
        return false;
    }
    stack_ = std::move(reservation);
    stack_base_ = reinterpret_cast<Slot*>(stack_->base());
    context_.stack_limit = stack_base_ + usable / sizeof(Slot);
    decide_on_plain_calls();
    return true;
}

void Store::decide_on_plain_calls() {
    const bool never = stack_base_ == nullptr || context_.meter != nullptr ||
                       options_.timeout_ms != 0 || keeps_references();
    plain_call_stack_bytes_.store(never ? SIZE_MAX : options_.limits.min_native_stack_bytes,
                                  std::memory_order_relaxed);
    plain_thread_.store(no_thread, std::memory_order_relaxed);
}

void Store::leave_with_more(uint64_t owner) {
    leave(owner);
}

void Store::remember_thread() {
    const platform::detail::ThisThread& thread = platform::detail::this_thread;
    const size_t wanted = plain_call_stack_bytes();
    if (wanted < thread.prepared_stack_size && !pauses_) {
        plain_stack_low_ = thread.stack_low + wanted;
        plain_stack_size_ = thread.prepared_stack_size - wanted;
        plain_thread_.store(thread.id, std::memory_order_relaxed);
    }
}

void Store::trim_stack() {
    if (!stack_) {
        return;
    }
    const size_t page = platform::page_size();
    const size_t end = stack_->size() - page;
    size_t kept = kept_stack_bytes;
    // Entered again from a host function: the frames below its arguments are in use.
    if (entry_depth_ > 1 && context_.stack_top != nullptr) {
        kept += static_cast<size_t>(context_.stack_top - stack_base_) * sizeof(Slot);
    }
    kept = round_up(kept, page);
    if (kept < end) {
        stack_->discard(kept, end - kept);
    }
}

void Store::set_host_entry(const uint8_t* entry, const void* machine_in_place,
                           const void* machine) {
    host_machine_entries[0].store(machine, std::memory_order_relaxed);
    host_machine_entries[1].store(machine_in_place, std::memory_order_relaxed);
    host_entry.store(entry, std::memory_order_relaxed);
}

void Store::request_stop(StopReason reason) noexcept {
    context_.stop.fetch_or(static_cast<uint32_t>(reason));
    if (faults_are_handled_) {
        if (const char* base = platform::stop_region_base()) {
            context_.fault.handler_base.store(base);
        }
    }
    waker_.wake();
}

void Store::clear_stop(StopReason reason) noexcept {
    context_.stop.fetch_and(~static_cast<uint32_t>(reason));
    if (faults_are_handled_) {
        context_.fault.handler_base.store(context_.fault.real_handler_base);
        // Another reason, or the same one again, may have come before this store and lost its own.
        if (context_.stop.load() != 0) {
            if (const char* base = platform::stop_region_base()) {
                context_.fault.handler_base.store(base);
            }
        }
    }
}

void Store::set_pauses(std::shared_ptr<Pauses> pauses) {
    pauses_ = std::move(pauses);
    plain_thread_.store(no_thread, std::memory_order_relaxed);
    // What the ones before had asked for last.
    clear_stop(StopReason::pause);
    // From a host function: the call that runs was not counted if there were none before.
    if (pauses_ && context_.stack_top != nullptr) {
        context_.calls.store(context_.calls.load(std::memory_order_relaxed) | 1,
                             std::memory_order_relaxed);
        tell_of_work();  // to count its end
        pauses_->watch();
    }
}

}  // namespace epsilon

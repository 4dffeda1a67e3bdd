// SPDX-License-Identifier: Apache-2.0
// Lifetime of a store's objects: handles, counting, and collection.
#include <algorithm>

#include "platform/thread_id.h"
#include "runtime/store.h"

namespace epsilon {

// Objects taken out of the store that wait for their destructors. No user code runs while one is
// being filled.
struct Store::Burial {
    Object* dead = nullptr;
    Object* instances = nullptr;  // dead too, but their imports are not yet told
};

void Marker::mark(Object* object) {
    if (object == nullptr || object->marked_) {
        return;
    }
    object->marked_ = true;
    object->next_ = pending_;
    pending_ = object;
    ++cost_;
}

void Marker::mark_function(FunctionInstance* function) {
    if (function != nullptr) {
        mark(Store::owner_of(function));
    }
}

void Marker::mark_references(ValueType type, const Slot* slots, size_t count) {
    if (!type.is_reference()) {
        return;
    }
    cost_ += count / 4;
    const HeapType heap = type.heap();
    if (heap == HeapType::func || heap.is_concrete()) {
        for (size_t i = 0; i < count; ++i) {
            mark_function(reinterpret_cast<FunctionInstance*>(slots[i]));
        }
    } else if (heap == HeapType::extern_) {
        for (size_t i = 0; i < count; ++i) {
            mark(reinterpret_cast<ExternRef*>(slots[i]));
        }
    }
}

void Marker::run() {
    while (pending_ != nullptr) {
        Object* object = pending_;
        pending_ = object->next_;
        object->mark_children(*this);
    }
}

void Store::add_handle(Object& object) {
    const std::lock_guard lock(handle_mutex_);
    ++object.handles_;
}

void Store::release_handle(Object& object) {
    {
        const std::lock_guard lock(handle_mutex_);
        if (--object.handles_ != 0 || object.released_) {
            return;
        }
        object.released_ = true;
        object.released_epoch_ = collections_.load(std::memory_order_relaxed);
        object.released_depth_ =
            is_inside(platform::current_thread_id()) ? entry_depth_ : UINT32_MAX;
        object.next_released_ = released_.load(std::memory_order_relaxed);
        released_.store(&object);
    }
    // From here on the object may be gone.
    tell_of_work();
}

void Store::give_up(Object& object, const std::shared_ptr<Store>& store) {
    // Only a call that this handle began needs its hold, and who deletes the handle during the call
    // knows that it has begun. If no thread is inside now there is no such call. One hold kept is
    // as good as many: it stays until somebody leaves.
    if (store->is_in_use()) {
        {
            const std::lock_guard lock(store->handle_mutex_);
            if (!store->kept_self_) {
                store->kept_self_ = store;
            }
        }
        store->tell_of_work();
    }
    store->release_handle(object);
}

void Store::destroy_when_left(std::unique_ptr<Leftover> leftover,
                              const std::shared_ptr<Store>& store) {
    {
        const std::lock_guard lock(store->handle_mutex_);
        leftover->next_ = store->leftovers_;
        store->leftovers_ = leftover.release();
    }
    store->tell_of_work();
}

void Store::destroy_leftovers() {
    Leftover* leftover = nullptr;
    {
        const std::lock_guard lock(handle_mutex_);
        leftover = std::exchange(leftovers_, nullptr);
    }
    while (leftover != nullptr) {
        delete std::exchange(leftover, leftover->next_);
    }
}

void Store::keep_references(std::span<const ValueType> types, const Value* values) {
    while (!kept_.empty()) {
        Object* object = kept_.back();
        kept_.pop_back();
        release_handle(*object);
    }
    decide_on_plain_calls();
    for (size_t i = 0; i < types.size(); ++i) {
        const auto address = static_cast<uintptr_t>(values[i].low);
        if (!types[i].is_reference() || address == 0) {
            continue;
        }
        kept_.reserve(types.size());
        Object* object = types[i].heap() == HeapType::extern_
                             ? reinterpret_cast<ExternRef*>(address)
                             : owner_of(reinterpret_cast<FunctionInstance*>(address));
        add_handle(*object);
        kept_.push_back(object);
        decide_on_plain_calls();
    }
}

void Store::collect() {
    const Entry entry(*this);
    if (entry.ok()) {
        collection_wanted_ = true;
        tell_of_work();
    }
}

// References to `object` may be stored anywhere from now on, and so may those that its functions
// can make: to what it imports. Escaped objects' imports have always escaped themselves, so the
// walk ends there.
void Store::infect(Object* object) {
    Object* pending = nullptr;
    const auto push = [&pending](Object* escaping) {
        if (escaping != nullptr && !escaping->escaped_) {
            escaping->escaped_ = true;
            escaping->next_ = pending;
            pending = escaping;
        }
    };
    push(object);
    while (pending != nullptr) {
        Object* next = pending;
        pending = next->next_;
        if (next->group_ != nullptr) {
            push(next->group_);
        }
        if (next->kind_ != ObjectKind::instance) {
            continue;
        }
        auto& instance = static_cast<Instance&>(*next);
        for (FunctionInstance* function : instance.imported_functions()) {
            push(owner_of(function));
        }
        for (Table* table : instance.imported_tables()) {
            push(table);
        }
        for (Global* global : instance.imported_globals()) {
            if (global->type().value.is_reference()) {
                push(global);
            }
        }
    }
}

void Store::idle_work() {
    do {
        Burial burial;
        release_unreferenced(burial);
        if (collection_is_due()) {
            collect_unreachable(burial);
        }
        if (garbage_weight_ != 0) {
            look_again();
        }
        destroy(burial);
    } while (released_.load(std::memory_order_relaxed) != nullptr || collection_wanted_);
}

void Store::release_unreferenced(Burial& burial) {
    Object* unheld = nullptr;
    {
        const std::lock_guard lock(handle_mutex_);
        Object* object = released_.load(std::memory_order_relaxed);
        released_.store(nullptr, std::memory_order_relaxed);
        while (object != nullptr) {
            Object* next = object->next_released_;
            object->released_ = false;
            // Without handles it is this thread's alone, link and all.
            if (object->handles_ == 0) {
                object->next_released_ = unheld;
                unheld = object;
            }
            object = next;
        }
    }
    while (unheld != nullptr) {
        Object* next = unheld->next_released_;
        free_if_unreferenced(unheld, burial);
        unheld = next;
    }
    bury_imports(burial, true);
}

// What keeps an object, with those that belong to it: memories may outlive their instance and
// don't count.
Store::Holder Store::holder_of(Object& object) const {
    Holder holder = Holder::nothing;
    const auto ask = [&holder](const Object* part) {
        if (part == nullptr || holder == Holder::handle) {
            return;
        }
        if (part->handles_ != 0 || part->released_) {
            holder = Holder::handle;
        } else if (part->escaped_) {
            holder = Holder::anything;
        } else if (part->import_refs_ != 0 && holder == Holder::nothing) {
            holder = Holder::import;
        }
    };
    const std::lock_guard lock(handle_mutex_);
    ask(&object);
    if (object.kind_ == ObjectKind::instance) {
        auto& instance = static_cast<Instance&>(object);
        for (const Table* table : instance.defined_tables()) {
            ask(table);
        }
        for (const Global* global : instance.defined_globals()) {
            ask(global);
        }
    }
    return holder;
}

// What it is worth to find out that the object is garbage, as a number of objects that a collection
// may look at: a few microseconds' work for an instance and for each page of memory, as much as
// making them took; less for what embedders make by the million.
uint64_t Store::weight_of(const Object& object) {
    constexpr uint64_t weight = 256;
    switch (object.kind_) {
        case ObjectKind::externref:
            return weight / 16;
        case ObjectKind::memory:
            return weight * (1 + static_cast<const Memory&>(object).pages());
        case ObjectKind::instance: {
            uint64_t sum = weight;
            for (const Memory* memory : static_cast<const Instance&>(object).defined_memories()) {
                sum += weight_of(*memory);
            }
            return sum;
        }
        default:
            return weight;
    }
}

void Store::free_if_unreferenced(Object* object, Burial& burial) {
    if (object->dead_) {
        return;
    }
    Object* root = object->group_ != nullptr ? object->group_ : object;
    if (root->dead_) {
        // Released together with its instance, which will take it along.
        return;
    }
    const Holder holder = holder_of(*root);
    if (holder == Holder::nothing) {
        bury(root, burial);
    } else if (holder == Holder::anything) {
        // Perhaps garbage, perhaps not: only a collection can tell.
        garbage_weight_ += weight_of(*root);
    }
}

// Takes the object out of the store; an instance takes along what it defines.
void Store::bury(Object* object, Burial& burial) {
    object->dead_ = true;
    Object* last = objects_.back();
    objects_[object->index_] = last;
    last->index_ = object->index_;
    objects_.pop_back();
    --counts_[size_t(object->kind_)];

    if (object->kind_ != ObjectKind::externref && object->kind_ != ObjectKind::memory &&
        (garbage_weight_ != 0 || leaves_until_collection_ != 0)) {
        // It may have been the last to refer to one of those that counting can't free.
        garbage_weight_ += weight_of(*object);
    }
    switch (object->kind_) {
        case ObjectKind::host_function:
            host_functions_.erase(
                reinterpret_cast<uintptr_t>(&static_cast<HostFunction*>(object)->function));
            break;
        case ObjectKind::externref:
            externrefs_.erase(reinterpret_cast<uintptr_t>(static_cast<ExternRef*>(object)));
            break;
        case ObjectKind::instance:
            if (context_.view.instance == object) {
                // Calls leave it behind for the next one; another instance may get its address.
                context_.view = {};
            }
            function_blocks_.erase(
                reinterpret_cast<uintptr_t>(static_cast<Instance*>(object)->view.own_functions));
            object->next_ = burial.instances;
            burial.instances = object;
            return;
        default:
            break;
    }
    object->next_ = burial.dead;
    burial.dead = object;
}

// Tells the imports of dead instances. `free_unreferenced`: the dead were found by counting, so
// what they defined goes with them, and their imports may be unreferenced now.
void Store::bury_imports(Burial& burial, bool free_unreferenced) {
    while (burial.instances != nullptr) {
        auto* instance = static_cast<Instance*>(burial.instances);
        burial.instances = instance->next_;
        instance->next_ = burial.dead;
        burial.dead = instance;

        const auto part = [&](Object* defined, bool may_stay) {
            if (defined == nullptr || defined->dead_) {
                return;
            }
            defined->group_ = nullptr;
            if (!free_unreferenced) {
                return;
            }
            if (may_stay) {
                free_if_unreferenced(defined, burial);
            } else {
                bury(defined, burial);
            }
        };
        for (Table* table : instance->defined_tables()) {
            part(table, false);
        }
        for (Global* global : instance->defined_globals()) {
            part(global, false);
        }
        for (Memory* memory : instance->defined_memories()) {
            part(memory, true);
        }
        instance->for_each_import([&](Object* imported) {
            if (--imported->import_refs_ == 0 && free_unreferenced) {
                free_if_unreferenced(imported, burial);
            }
        });
    }
}

void Store::destroy(Burial& burial) {
    while (burial.dead != nullptr) {
        Object* object = burial.dead;
        burial.dead = object->next_;
        delete object;
    }
}

// A collection costs what there is to look at; it is due when what was let go is a fair part of
// that, so that letting go costs a constant on average.
bool Store::collection_is_due() const {
    return collection_wanted_ ||
           (garbage_weight_ != 0 &&
            garbage_weight_ >= std::max<uint64_t>(collection_cost_, objects_.size()));
}

// After as many calls as make the looking cheap.
void Store::look_again() {
    if (leaves_until_collection_ == 0) {
        leaves_until_collection_ = 16 + 8 * std::max<uint64_t>(collection_cost_, objects_.size());
    }
}

void Store::collect_unreachable(Burial& burial) {
    collection_wanted_ = false;
    collections_.fetch_add(1, std::memory_order_relaxed);

    Marker marker;
    {
        const std::lock_guard lock(handle_mutex_);
        for (Object* object : objects_) {
            // Released just now by another thread: on the list, so it must stay.
            object->rooted_ = object->handles_ != 0 || object->released_;
            if (object->rooted_) {
                marker.mark(object);
            }
        }
    }
    marker.run();

    bool unrooted_survivors = false;
    for (size_t i = objects_.size(); i-- > 0;) {
        Object* object = objects_[i];
        if (object->marked_) {
            object->marked_ = false;
            unrooted_survivors |= object->escaped_ && !object->rooted_ && object->group_ == nullptr;
        } else {
            // Moves the last object, which has been looked at, to this place.
            bury(object, burial);
        }
    }
    bury_imports(burial, false);
    collection_cost_ = marker.cost_;
    garbage_weight_ = 0;
    // Survivors that only the program refers to: nobody tells when it drops them.
    leaves_until_collection_ = 0;
    if (unrooted_survivors) {
        look_again();
    }
    externrefs_for_collection_ = std::max<uint64_t>(100'000, externrefs_.size() * 2);
}

// For programs that run long and are given ever new externrefs: frees those that nothing reaches
// while code runs. Everything else counts as a root; value stacks are read conservatively. An
// externref released by a host function that is still running may be in its hands, as a result it
// is about to return: those released less deep than in the one that asks for a new externref, and
// has entered once more for that, and those released since the last collection stay.
void Store::collect_externrefs() {
    const uint32_t epoch = collections_.fetch_add(1, std::memory_order_relaxed);
    Marker marker;
    {
        const std::lock_guard lock(handle_mutex_);
        for (Object* object : objects_) {
            const bool in_use =
                object->released_ && (object->released_epoch_ == epoch ||
                                      uint64_t{object->released_depth_} + 1 < entry_depth_);
            if (object->kind_ != ObjectKind::externref || object->handles_ != 0 || in_use) {
                marker.mark(object);
            }
        }
    }
    if (stack_base_ != nullptr && context_.stack_top != nullptr) {
        for (const Slot* slot = stack_base_; slot < context_.stack_top; ++slot) {
            const auto address = static_cast<uintptr_t>(*slot);
            // Most slots hold numbers: spare them the look-up.
            if (*slot > UINT16_MAX && address % alignof(ExternRef) == 0 &&
                externrefs_.count(address) != 0) {
                marker.mark(reinterpret_cast<ExternRef*>(address));
            }
        }
    }
    marker.run();

    {
        const std::lock_guard lock(handle_mutex_);
        Object* kept = nullptr;
        for (Object* object = released_.load(std::memory_order_relaxed); object != nullptr;) {
            Object* next = object->next_released_;
            if (object->marked_) {
                object->next_released_ = kept;
                kept = object;
            }
            object = next;
        }
        released_.store(kept, std::memory_order_relaxed);
    }
    Burial burial;
    for (size_t i = objects_.size(); i-- > 0;) {
        Object* object = objects_[i];
        if (!object->marked_) {
            bury(object, burial);
        }
        object->marked_ = false;
    }
    externrefs_for_collection_ = std::max<uint64_t>(100'000, externrefs_.size() * 2);
    destroy(burial);
}

}  // namespace epsilon

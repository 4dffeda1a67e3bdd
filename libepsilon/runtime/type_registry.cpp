// SPDX-License-Identifier: Apache-2.0
#include "runtime/type_registry.h"

#include <mutex>
#include <unordered_map>
#include <vector>

#include "platform/fork_mutex.h"

namespace epsilon {

namespace {

struct TypeHash {
    size_t operator()(const FunctionType& type) const {
        uint64_t hash = type.params.size();
        for (const auto* list : {&type.params, &type.results}) {
            for (const ValueType value : *list) {
                const uint64_t bits = uint64_t(value.kind()) << 24 |
                                      uint64_t(value.is_nullable()) << 23 | value.heap().code();
                hash = (hash ^ bits) * 0x9e3779b97f4a7c15;
                hash ^= hash >> 32;
            }
        }
        return static_cast<size_t>(hash);
    }
};

}  // namespace

struct TypeHandle::Entry {
    struct Registry {
        platform::ForkMutex mutex;
        // The type's one copy is the key. An entry that is being destroyed may still be here,
        // expired; whoever interns the type then takes its place.
        std::unordered_map<FunctionType, std::weak_ptr<const Entry>, TypeHash> entries;
        std::vector<uint32_t> free_ids;
        uint32_t next_id = 1;
    };
    // Never destroyed: handles in other static objects may outlive any order of destruction.
    static Registry& registry() {
        static Registry& instance = *new Registry;
        return instance;
    }

    Entry(const FunctionType& t, uint32_t number) : type(t), id(number) {}
    ~Entry() {
        Registry& all = registry();
        const std::lock_guard lock(all.mutex);
        const auto found = all.entries.find(type);
        // Expired means ours, or another expired one that removes itself in vain.
        if (found != all.entries.end() && found->second.expired()) {
            all.entries.erase(found);
        }
        all.free_ids.push_back(id);  // never allocates: room was made with the number
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    FunctionType type;
    uint32_t id;
};

TypeHandle::TypeHandle(const FunctionType& type) {
    Entry::Registry& all = Entry::registry();
    // Declared first, so that an entry made in vain dies outside of the lock.
    std::shared_ptr<const Entry> made;
    const std::lock_guard lock(all.mutex);
    auto& slot = all.entries[type];
    if ((entry_ = slot.lock())) {
        return;
    }
    if (all.free_ids.empty()) {
        if (all.free_ids.capacity() < all.next_id) {
            all.free_ids.reserve(all.next_id * size_t(2));
        }
        made = std::make_shared<const Entry>(type, all.next_id);
        ++all.next_id;
    } else {
        made = std::make_shared<const Entry>(type, all.free_ids.back());
        all.free_ids.pop_back();
    }
    slot = made;
    entry_ = std::move(made);
}

uint32_t TypeHandle::id() const {
    return entry_->id;
}
const FunctionType& TypeHandle::type() const {
    return entry_->type;
}

}  // namespace epsilon

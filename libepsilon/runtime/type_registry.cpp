// SPDX-License-Identifier: Apache-2.0
#include "runtime/type_registry.h"

#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "platform/fork_mutex.h"

namespace epsilon {

namespace {

// An order rather than a hash: modules choose their types, and could choose a million that collide.
struct ByType {
    bool operator()(const FunctionType* a, const FunctionType* b) const {
        const int order = compare(a->params, b->params);
        return order != 0 ? order < 0 : compare(a->results, b->results) < 0;
    }
    static int compare(const std::vector<ValueType>& a, const std::vector<ValueType>& b) {
        if (a.size() != b.size()) {
            return a.size() < b.size() ? -1 : 1;
        }
        return a.empty() ? 0 : std::memcmp(a.data(), b.data(), a.size() * sizeof(ValueType));
    }
};

}  // namespace

struct TypeHandle::Entry {
    struct Registry {
        platform::ForkMutex mutex;
        // The key is the entry's own type. An entry that is being destroyed may still be here,
        // expired; whoever interns the type then takes its place.
        std::map<const FunctionType*, std::weak_ptr<const Entry>, ByType> entries;
        std::vector<uint32_t> free_ids;
        uint32_t next_id = 1;
    };
    // Never destroyed: handles in other static objects may outlive any order of destruction.
    static Registry& registry() {
        static Registry& instance = *new Registry;
        return instance;
    }

    Entry(const FunctionType& t, uint32_t number) : type(t), shape(type), id(number) {}
    ~Entry() {
        Registry& all = registry();
        const std::lock_guard lock(all.mutex);
        const auto found = all.entries.find(&type);
        if (found != all.entries.end() && found->first == &type) {
            all.entries.erase(found);
        }
        all.free_ids.push_back(id);  // never allocates: room was made with the number
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    FunctionType type;
    CallShape shape;
    uint32_t id;
};

TypeHandle::TypeHandle(const FunctionType& type) {
    Entry::Registry& all = Entry::registry();
    // Declared first, so that an entry made in vain dies outside of the lock.
    std::shared_ptr<const Entry> made;
    const std::lock_guard lock(all.mutex);
    const auto found = all.entries.find(&type);
    if (found != all.entries.end() && (entry_ = found->second.lock())) {
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
    if (found != all.entries.end()) {
        all.entries.erase(found);
    }
    all.entries.emplace(&made->type, made);
    entry_ = std::move(made);
}

uint32_t TypeHandle::id() const {
    return entry_->id;
}
const FunctionType& TypeHandle::type() const {
    return entry_->type;
}
const CallShape& TypeHandle::shape() const {
    return entry_->shape;
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace epsilon {

class Store;
class Marker;
class Instantiation;
struct Instance;

enum class ObjectKind : uint8_t { instance, memory, table, global, host_function, externref };

// Something that lives in a store. Objects refer to each other by plain pointers, in cycles if a
// program makes them. Most are freed as soon as the last handle and the last importing instance
// go; those whose references may have travelled further (`escaped_`) are left to the collection
// (mark and sweep: store.h).
class Object {
public:
    Object(Store& owner, ObjectKind kind) : store_(owner), kind_(kind) {}
    virtual ~Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    Store& store() const { return store_; }
    ObjectKind kind() const { return kind_; }

protected:
    // Marks every object that this one refers to. Must not allocate.
    virtual void mark_children(Marker&) {}

private:
    friend class Store;
    friend class Marker;
    friend struct Instance;
    friend class Instantiation;

    Store& store_;
    // The instance that defines this memory, table or global; null for what the host made, for
    // instances, and for a memory that outlived its instance.
    Instance* group_ = nullptr;
    Object* next_ = nullptr;           // in the list of marked or of dead objects
    Object* next_released_ = nullptr;  // in the store's list of released objects
    uint32_t index_ = 0;               // in the store's list of objects
    uint32_t import_refs_ = 0;         // imports of living instances that resolved to this object

    // Guarded by the store's handle lock.
    uint32_t handles_ = 0;         // what the embedder holds
    uint32_t released_depth_ = 0;  // how deep the store had been entered at the release
    uint32_t released_epoch_ = 0;  // collections before the release
    bool released_ = false;        // in the list of released objects

    ObjectKind kind_;
    bool marked_ = false;
    bool rooted_ = false;  // had a handle at the last collection
    bool dead_ = false;
    // References to this object, or through it to what it imports, may be anywhere in the store.
    bool escaped_ = false;
};

}  // namespace epsilon

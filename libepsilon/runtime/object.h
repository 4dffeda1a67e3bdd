// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace epsilon {

class Store;
class Marker;

// Something that lives in a store. Objects refer to each other by plain pointers, in cycles if a
// program makes them; the store frees those that no handle and no running code reaches (mark and
// sweep, see Store::collect). `handles` counts what the embedder holds; it is guarded by the
// store's handle lock.
class Object {
public:
    explicit Object(Store& owner) : store_(owner) {}
    virtual ~Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    Store& store() const { return store_; }

protected:
    // Marks every object that this one refers to.
    virtual void mark_children(Marker&) {}

private:
    friend class Store;
    friend class Marker;
    Store& store_;
    uint32_t handles_ = 0;
    bool marked_ = false;
    // Whether another object or the embedder may have come to refer to it. What never escaped
    // can be freed without a collection when its last handle goes.
    bool escaped_ = false;
};

}  // namespace epsilon

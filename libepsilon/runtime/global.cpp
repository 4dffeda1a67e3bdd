// SPDX-License-Identifier: Apache-2.0
#include "runtime/global.h"

#include "runtime/store.h"

namespace epsilon {

Global::Global(Store& store, const GlobalType& type, Value initial)
    : Object(store, ObjectKind::global), type_(type), own_(initial), storage_(&own_) {}

Global::Global(Store& store, const GlobalType& type, Value* storage, Instance& owner)
    : Object(store, ObjectKind::global), type_(type), storage_(storage), owner_(&owner) {}

void Global::mark_children(Marker& marker) {
    // The owner marks what its globals hold.
    if (owner_ != nullptr) {
        marker.mark(owner_);
    } else {
        marker.mark_references(type_.value, &own_.low, 1);
    }
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/abi.h"
#include "runtime/object.h"

namespace epsilon {

// A global (specification: Global Instances). One that a module defines lives in its instance's
// block of globals and keeps that instance alive; one that the host made has its own storage.
class Global : public Object {
public:
    Global(Store& store, const GlobalType& type, Value initial);
    Global(Store& store, const GlobalType& type, Value* storage, Instance& owner);

    const GlobalType& type() const { return type_; }
    Value* storage() const { return storage_; }

protected:
    void mark_children(Marker&) override;

private:
    GlobalType type_;
    Value own_;
    Value* storage_;
    Instance* owner_ = nullptr;
};

}  // namespace epsilon

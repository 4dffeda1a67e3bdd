// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "runtime/instance.h"
#include "runtime/store.h"
#include "wasi/system.h"

namespace epsilon::wasi {

// Adds the functions of WASI to what a module's imports are bound to: to those that nothing else
// is bound to. It makes host functions for what the module asks for, and holds them until the
// instance does.
class WasiImports : public ImportSet {
public:
    explicit WasiImports(const ImportSet& others) : others_(others) {}
    ~WasiImports() override;
    WasiImports(const WasiImports&) = delete;
    WasiImports& operator=(const WasiImports&) = delete;

    // Makes the functions. misuse: the system serves another store. The caller has entered this
    // one.
    Result<void> add(Store& store, const Module& module, const std::shared_ptr<System>& system);

    std::optional<Extern> find(std::string_view module, std::string_view name) const override;

private:
    const ImportSet& others_;
    std::map<std::pair<std::string_view, std::string_view>, HostFunction*> functions_;
};

}  // namespace epsilon::wasi

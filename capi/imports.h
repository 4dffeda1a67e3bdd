// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "handles.h"
#include "wasi/system.h"

// What imports are bound to, by the names of module and import. Objects may be of several
// runtimes as long as nothing but the names is looked at: see foreign().
struct epsilon_imports : epsilon::ImportSet {
    void add(std::string_view module, std::string_view name, epsilon::Extern object,
             epsilon::capi::Held held);
    void add_module(std::string_view module, epsilon::capi::Held instance);

    // Only within `store`, and only when foreign() found nothing.
    std::optional<epsilon::Extern> find(std::string_view module,
                                        std::string_view name) const override;

    // Whose functions are for imports of WASI that nothing is bound to; null: none.
    std::shared_ptr<epsilon::wasi::System> wasi;

    // The first import of the module that is bound to an object of another runtime than `store`,
    // or null.
    const epsilon::Import* foreign(const epsilon::Module& module,
                                   const epsilon::Store& store) const;

private:
    // Bindings made later hide those made before.
    struct Item {
        uint64_t order;
        epsilon::Extern object;
        epsilon::capi::Held held;
    };
    struct Exports {
        uint64_t order;
        epsilon::capi::Held instance;
    };
    struct Scope {
        std::map<std::string, Item, std::less<>> items;
        std::vector<Exports> instances;
    };
    struct Binding {
        const Item* item = nullptr;
        epsilon::Instance* instance = nullptr;
        const epsilon::Store* store = nullptr;
    };
    Binding look_up(std::string_view module, std::string_view name) const;

    std::map<std::string, Scope, std::less<>> scopes_;
    uint64_t next_order_ = 0;
};

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "handles.h"

namespace epsilon::capi {

// What is made when it is first asked for; any thread. Throws what making it throws.
template <class T>
class Lazy {
public:
    template <class Make>
    const T& get(Make&& make) const {
        std::call_once(once_, [&] { value_ = make(); });
        return value_;
    }

private:
    mutable std::once_flag once_;
    mutable T value_;
};

// A misuse error unless there is an entry of this index.
template <class T>
ErrorPtr check_index(std::string_view what, const std::vector<T>& list, size_t index) {
    if (index >= list.size()) {
        return misuse("there is no ", what, " ", index, ": the module has ", list.size());
    }
    return nullptr;
}

}  // namespace epsilon::capi

// A compiled module as the embedder sees it: its names with NULs behind them, its types in C's
// terms. All are made when they are first asked for; most embedders never look.
struct epsilon_compiled {
    struct Import {
        std::string module;
        std::string name;
        const epsilon_type* type;
    };
    struct Export {
        std::string name;
        const epsilon_type* type;
    };
    struct Section {
        uint8_t id;
        uint32_t begin;
        uint32_t size;
    };
    // One for all that are of the same: a type may be a thousand times as large as what uses it.
    // By what tells types of this kind apart.
    using Types = std::map<std::pair<epsilon::ExternKind, uint32_t>, epsilon_type>;

    explicit epsilon_compiled(const epsilon::CompiledModule& compiled_module)
        : compiled(compiled_module) {}

    const epsilon::Module& module() const { return compiled.module(); }
    // These throw std::bad_alloc.
    const std::vector<Import>& imports() const;
    const std::vector<Export>& exports() const;
    const std::vector<std::string>& custom_names() const;
    const std::vector<Section>& sections() const;
    const std::vector<epsilon_type>& types() const;
    // The index must be one of this kind.
    const epsilon_type* item_type(epsilon::ExternKind kind, size_t index) const;
    // Empty where there is none.
    const std::vector<std::string>& function_names() const;

    const epsilon::CompiledModule compiled;  // shared, not copied
    epsilon::capi::LazyText name;

private:
    struct Imports {
        Types types;
        std::vector<Import> list;
    };
    struct Exports {
        Types types;
        std::vector<Export> list;
    };
    // The types of tables, memories and globals, by index.
    struct Items {
        Types types;
        std::vector<const epsilon_type*> tables;
        std::vector<const epsilon_type*> memories;
        std::vector<const epsilon_type*> globals;
    };
    template <class T>
    using Lazy = epsilon::capi::Lazy<T>;

    Lazy<Imports> imports_;
    Lazy<Exports> exports_;
    Lazy<std::vector<std::string>> custom_names_;
    Lazy<std::vector<Section>> sections_;
    Lazy<std::vector<epsilon_type>> types_;
    Lazy<Items> items_;
    Lazy<std::vector<std::string>> function_names_;
};

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

// A compiled module as the embedder sees it: its names with NULs behind them, its types in C's
// terms. Both are made when they are first asked for; most embedders never look.
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
    // One for all that are of the same: a type may be a thousand times as large as what uses it.
    using Types = std::map<std::pair<epsilon::ExternKind, uint32_t>, epsilon_type>;

    explicit epsilon_compiled(const epsilon::CompiledModule& compiled_module)
        : compiled(compiled_module) {}

    const epsilon::Module& module() const { return compiled.module(); }
    // These throw std::bad_alloc.
    const std::vector<Import>& imports() const;
    const std::vector<Export>& exports() const;
    const std::vector<std::string>& custom_names() const;

    const epsilon::CompiledModule compiled;  // shared, not copied
    epsilon::capi::LazyText name;

private:
    mutable std::once_flag imports_once_;
    mutable std::once_flag exports_once_;
    mutable std::once_flag customs_once_;
    mutable std::vector<Import> imports_;
    mutable std::vector<Export> exports_;
    mutable Types import_types_;
    mutable Types export_types_;
    mutable std::vector<std::string> custom_names_;
};

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "runtime/abi.h"
#include "runtime/function.h"
#include "runtime/global.h"
#include "runtime/memory.h"
#include "runtime/object.h"
#include "runtime/table.h"
#include "wasm/module.h"

namespace epsilon {

// What an engine gives the runtime for the functions of one module: the entry stubs and whatever
// must stay alive with the instance. Cells are shared by all instances of a module.
struct ModuleCode {
    virtual ~ModuleCode() = default;
    std::shared_ptr<const Module> module;
    // Per type index of the module.
    std::vector<TypeHandle> types;
};

// What can be imported and exported. A function is its FunctionInstance.
using Extern = std::variant<FunctionInstance*, Table*, Memory*, Global*>;

// The store's object behind an extern; for a function, its owner.
Object* object_of(const Extern& external);

// A module instance (specification: Module Instances). All arrays are parts of one block; those of
// an index space have the imports first.
struct Instance : public Object {
    Instance(Store& store, std::shared_ptr<ModuleCode> code);

    const Module& module() const { return *code->module; }

    std::shared_ptr<ModuleCode> code;
    // Which form of its functions' code this instance runs (checks, counting, polling); bits
    // belong to the interpreter. Set before the first call.
    uint32_t code_variant = 0;
    InstanceView view;

    std::span<FunctionInstance*> functions;
    std::span<FunctionInstance> own_functions;
    std::span<Value*> globals;
    std::span<Value> own_globals;
    std::span<Global*> global_objects;  // imported ones; defined ones when first asked for
    std::span<Table*> tables;
    std::span<TableView*> table_views;
    std::span<Memory*> memories;
    std::span<MemoryView*> memory_views;
    // Segments that were dropped count as empty (specification: elem.drop, data.drop).
    std::span<bool> dropped_elements;
    std::span<bool> dropped_data;

    // The export of that name, or nullopt.
    std::optional<Extern> find_export(std::string_view name);
    Extern export_at(uint32_t export_index);
    Global* global_object(uint32_t index);

    std::span<FunctionInstance*> imported_functions() const {
        return functions.first(module().imported_functions);
    }
    std::span<Table*> imported_tables() const { return tables.first(module().imported_tables); }
    std::span<Table*> defined_tables() const { return tables.subspan(module().imported_tables); }
    std::span<Memory*> imported_memories() const {
        return memories.first(module().imported_memories);
    }
    std::span<Memory*> defined_memories() const {
        return memories.subspan(module().imported_memories);
    }
    std::span<Global*> imported_globals() const {
        return global_objects.first(module().imported_globals);
    }
    std::span<Global*> defined_globals() const {  // null where never asked for
        return global_objects.subspan(module().imported_globals);
    }
    // Calls visit(Object*) for every import: as often as the object is imported.
    template <class Visit>
    void for_each_import(Visit visit) const;

protected:
    void mark_children(Marker&) override;

private:
    std::unique_ptr<std::byte[]> block_;
};

template <class Visit>
void Instance::for_each_import(Visit visit) const {
    for (FunctionInstance* function : imported_functions()) {
        visit(function->host != nullptr ? static_cast<Object*>(function->host)
                                        : function->instance);
    }
    for (Table* table : imported_tables()) {
        visit(table);
    }
    for (Memory* memory : imported_memories()) {
        visit(memory);
    }
    for (Global* global : imported_globals()) {
        visit(global);
    }
}

// Where a module's imports come from.
struct ImportSet {
    virtual ~ImportSet() = default;
    // The extern for an import, or nullopt when there is none of that name.
    virtual std::optional<Extern> find(std::string_view module, std::string_view name) const = 0;
};

struct InstantiateOptions {
    // As StoreLimits::max_memory_pages, replacing it for this module's memories (see page_cap);
    // none given: the store's.
    std::optional<uint64_t> max_memory_pages;
    // The stub to put in every defined function's `code`.
    const uint8_t* function_entry = nullptr;
    // What to put in their `machine_code`.
    const void* machine_entry = nullptr;
};

// Links, allocates and initialises (specification: Instantiation, steps up to the start
// function, which the engine calls). Element and data segments are written in order; one that is
// out of bounds traps, and what earlier ones wrote stays. A link error lists every missing or
// wrong import. The instance comes back with one handle. The caller has entered the store; no code
// of the store runs, or the caller is a host function and has entered it again.
Result<Instance*> instantiate(Store& store, std::shared_ptr<ModuleCode> code,
                              const ImportSet& imports, const InstantiateOptions& options);

}  // namespace epsilon

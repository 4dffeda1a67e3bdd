// SPDX-License-Identifier: Apache-2.0
#include "runtime/instance.h"

#include <new>

#include "runtime/store.h"

namespace epsilon {

namespace {

// Lays arrays out one behind the other, then hands them out, in the same order: first asked with a
// null block for the size, then with the block. Elements are value-initialised.
class BlockLayout {
public:
    explicit BlockLayout(std::byte* block) : block_(block) {}

    template <class T>
    void place(std::span<T>& array, size_t count) {
        static_assert(std::is_trivially_destructible_v<T>);
        offset_ = (offset_ + alignof(T) - 1) / alignof(T) * alignof(T);
        if (block_ != nullptr) {
            T* begin = reinterpret_cast<T*>(block_ + offset_);
            for (size_t i = 0; i < count; ++i) {
                new (begin + i) T();
            }
            array = {begin, count};
        }
        offset_ += count * sizeof(T);  // NOLINT(bugprone-sizeof-expression): arrays of pointers
    }
    size_t size() const { return offset_; }

private:
    std::byte* block_;
    size_t offset_ = 0;
};

void lay_out(Instance& instance, const Module& module, BlockLayout& layout) {
    layout.place(instance.own_globals, module.globals.size() - module.imported_globals);
    layout.place(instance.own_functions, module.functions.size() - module.imported_functions);
    layout.place(instance.functions, module.functions.size());
    layout.place(instance.globals, module.globals.size());
    layout.place(instance.global_objects, module.globals.size());
    layout.place(instance.tables, module.tables.size());
    layout.place(instance.table_views, module.tables.size());
    layout.place(instance.memories, module.memories.size());
    layout.place(instance.memory_views, module.memories.size());
    layout.place(instance.dropped_elements, module.elements.size());
    layout.place(instance.dropped_data, module.data.size());
}

}  // namespace

Object* object_of(const Extern& external) {
    if (const auto* function = std::get_if<FunctionInstance*>(&external)) {
        return Store::owner_of(*function);
    }
    if (const auto* table = std::get_if<Table*>(&external)) {
        return *table;
    }
    if (const auto* memory = std::get_if<Memory*>(&external)) {
        return *memory;
    }
    return std::get<Global*>(external);
}

Instance::Instance(Store& owner, std::shared_ptr<ModuleCode> module_code)
    : Object(owner, ObjectKind::instance), code(std::move(module_code)) {
    BlockLayout measure(nullptr);
    lay_out(*this, module(), measure);
    block_.reset(new std::byte[measure.size()]);
    BlockLayout fill(block_.get());
    lay_out(*this, module(), fill);

    view.instance = this;
    view.own_functions = own_functions.data();
    view.functions = functions.data();
    view.own_globals = own_globals.data();
    view.globals = globals.data();
    view.tables = table_views.data();
    view.memories = memory_views.data();
}

std::optional<Extern> Instance::find_export(std::string_view name) {
    const Export* found = module().find_export(name);
    if (found == nullptr) {
        return std::nullopt;
    }
    return export_at(static_cast<uint32_t>(found - module().exports.data()));
}

Extern Instance::export_at(uint32_t export_index) {
    const Export& exported = module().exports[export_index];
    switch (exported.kind) {
        case ExternKind::function:
            return functions[exported.index];
        case ExternKind::table:
            return tables[exported.index];
        case ExternKind::memory:
            return memories[exported.index];
        case ExternKind::global:
            break;
    }
    return global_object(exported.index);
}

Global* Instance::global_object(uint32_t index) {
    Global*& object = global_objects[index];
    if (object == nullptr) {
        auto made =
            std::make_unique<Global>(store(), module().globals[index].type, globals[index], *this);
        made->group_ = this;
        store().reserve_objects(1);
        object = store().adopt(std::move(made), 0);
    }
    return object;
}

void Instance::mark_children(Marker& marker) {
    for_each_import([&](Object* object) { marker.mark(object); });
    for (Table* table : defined_tables()) {
        marker.mark(table);
    }
    for (Memory* memory : defined_memories()) {
        marker.mark(memory);
    }
    for (Global* global : defined_globals()) {
        marker.mark(global);
    }
    const uint32_t imported = module().imported_globals;
    for (size_t i = 0; i < own_globals.size(); ++i) {
        marker.mark_references(module().globals[imported + i].type.value, &own_globals[i].low, 1);
    }
}

}  // namespace epsilon

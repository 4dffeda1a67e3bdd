// SPDX-License-Identifier: Apache-2.0
#include "compiled.h"
#include "door.h"
#include "handles.h"
#include "imports.h"
#include "wasi/linking.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

constexpr const char* kind_name(ExternKind kind) {
    switch (kind) {
        case ExternKind::table:
            return "table";
        case ExternKind::memory:
            return "memory";
        case ExternKind::global:
            return "global";
        case ExternKind::function:
            break;
    }
    return "function";
}

// Finds the export of this name and kind and makes a handle of it with `make`, which gets the
// object as T*.
template <class T, class Handle, class Make>
epsilon_error_t* export_of(epsilon_module_t* module, const char* name, size_t name_size,
                           ExternKind kind, Handle** out, Make&& make) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<Handle>> {
        EPSILON_REQUIRE(module, "module");
        if (!readable(name, name_size)) {
            return misuse("name is NULL");
        }
        EPSILON_ENTER(entered, module->held.store());
        const std::string_view text = view(name, name_size);
        const std::optional<Extern> found = module->instance().find_export(text);
        if (!found) {
            return misuse("unknown export ", quoted(text));
        }
        T* const* object = std::get_if<T*>(&*found);
        if (object == nullptr) {
            return misuse("export ", quoted(text), " is a ",
                          std::string_view(kind_name(ExternKind(found->index()))), ", not a ",
                          std::string_view(kind_name(kind)));
        }
        return make(**object);
    });
}

// Externs are listed in the order of the kinds.
static_assert(std::is_same_v<std::variant_alternative_t<size_t(ExternKind::function), Extern>,
                             FunctionInstance*>);
static_assert(
    std::is_same_v<std::variant_alternative_t<size_t(ExternKind::table), Extern>, Table*>);
static_assert(
    std::is_same_v<std::variant_alternative_t<size_t(ExternKind::memory), Extern>, Memory*>);
static_assert(
    std::is_same_v<std::variant_alternative_t<size_t(ExternKind::global), Extern>, Global*>);

}  // namespace

epsilon_error_t* epsilon_module_new(epsilon_runtime_t* runtime, const epsilon_compiled_t* compiled,
                                    const epsilon_imports_t* imports,
                                    const epsilon_options_t* options, epsilon_module_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_module>> {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_REQUIRE(compiled, "compiled");
        EPSILON_ENTER(entered, runtime->store);
        const epsilon_imports none;
        const epsilon_imports& bound = imports == nullptr ? none : *imports;
        if (const Import* import = bound.foreign(compiled->module(), entered.store())) {
            return misuse("import ", import->module, ".", import->name,
                          " is bound to an object of another runtime");
        }
        InstantiationOptions instance_options;
        if (options != nullptr) {
            instance_options.max_memory_pages = options->max_memory_pages;
            instance_options.timeout_ms = options->timeout_ms;
            instance_options.fuel = options->fuel;
        }
        wasi::WasiImports with_wasi(bound);
        if (bound.wasi) {
            EPSILON_TRY(with_wasi.add(entered.store(), compiled->module(), bound.wasi));
        }
        EPSILON_TRY_ASSIGN(Instance * instance, instantiate(entered.store(), compiled->compiled,
                                                            with_wasi, instance_options));
        return handle_of<epsilon_module>(Held::adopt(*instance));
    });
}

void epsilon_module_delete(epsilon_module_t* module) {
    delete module;
}

epsilon_error_t* epsilon_module_runtime(const epsilon_module_t* module, epsilon_runtime_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_runtime>> {
        EPSILON_REQUIRE(module, "module");
        return std::unique_ptr<epsilon_runtime>(new epsilon_runtime{module->held.store()});
    });
}

epsilon_error_t* epsilon_module_compiled(const epsilon_module_t* module, epsilon_compiled_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_compiled>> {
        EPSILON_REQUIRE(module, "module");
        return std::make_unique<epsilon_compiled>(CompiledModule(module->instance().code));
    });
}

epsilon_error_t* epsilon_module_export_func(epsilon_module_t* module, const char* name,
                                            size_t name_size, epsilon_func_t** out) {
    return export_of<FunctionInstance>(
        module, name, name_size, ExternKind::function, out, [](FunctionInstance& function) {
            return std::make_unique<epsilon_func>(Held::acquire(*Store::owner_of(&function)),
                                                  function);
        });
}

epsilon_error_t* epsilon_module_export_table(epsilon_module_t* module, const char* name,
                                             size_t name_size, epsilon_table_t** out) {
    return export_of<Table>(module, name, name_size, ExternKind::table, out, [](Table& table) {
        return handle_of<epsilon_table>(Held::acquire(table));
    });
}

epsilon_error_t* epsilon_module_export_memory(epsilon_module_t* module, const char* name,
                                              size_t name_size, epsilon_memory_t** out) {
    return export_of<Memory>(module, name, name_size, ExternKind::memory, out, [](Memory& memory) {
        return std::make_unique<epsilon_memory>(Held::acquire(memory));
    });
}

epsilon_error_t* epsilon_module_export_global(epsilon_module_t* module, const char* name,
                                              size_t name_size, epsilon_global_t** out) {
    return export_of<Global>(module, name, name_size, ExternKind::global, out, [](Global& global) {
        return handle_of<epsilon_global>(Held::acquire(global));
    });
}

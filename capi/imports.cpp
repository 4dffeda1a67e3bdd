// SPDX-License-Identifier: Apache-2.0
#include "imports.h"

#include "door.h"

using namespace epsilon;
using namespace epsilon::capi;

void epsilon_imports::add(std::string_view module, std::string_view name, Extern object,
                          Held held) {
    Scope& scope = scopes_[std::string(module)];
    scope.items.insert_or_assign(std::string(name), Item{next_order_++, object, std::move(held)});
}

void epsilon_imports::add_module(std::string_view module, Held instance) {
    scopes_[std::string(module)].instances.push_back({next_order_++, std::move(instance)});
}

epsilon_imports::Binding epsilon_imports::look_up(std::string_view module,
                                                  std::string_view name) const {
    const auto scope = scopes_.find(module);
    if (scope == scopes_.end()) {
        return {};
    }
    const auto found = scope->second.items.find(name);
    const Item* item = found == scope->second.items.end() ? nullptr : &found->second;
    const auto& instances = scope->second.instances;
    for (auto exports = instances.rbegin(); exports != instances.rend(); ++exports) {
        if (item != nullptr && item->order > exports->order) {
            break;
        }
        auto& instance = static_cast<Instance&>(exports->instance.object());
        if (instance.module().find_export(name) != nullptr) {
            return {nullptr, &instance, exports->instance.store().get()};
        }
    }
    return {item, nullptr, item == nullptr ? nullptr : item->held.store().get()};
}

std::optional<Extern> epsilon_imports::find(std::string_view module, std::string_view name) const {
    const Binding binding = look_up(module, name);
    if (binding.item != nullptr) {
        return binding.item->object;
    }
    if (binding.instance != nullptr) {
        return binding.instance->find_export(name);
    }
    return std::nullopt;
}

const Import* epsilon_imports::foreign(const Module& module, const Store& store) const {
    for (const Import& import : module.imports) {
        const Binding binding = look_up(import.module, import.name);
        if (binding.store != nullptr && binding.store != &store) {
            return &import;
        }
    }
    return nullptr;
}

namespace {

template <class Handle, class MakeExtern>
epsilon_error_t* add(epsilon_imports_t* imports, const char* module, size_t module_size,
                     const char* name, size_t name_size, const Handle* handle,
                     MakeExtern&& make_extern) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(imports, "imports");
        EPSILON_REQUIRE(handle, "the object");
        if (!readable(module, module_size) || !readable(name, name_size)) {
            return misuse("a name is NULL");
        }
        imports->add(view(module, module_size), view(name, name_size), make_extern(*handle),
                     handle->held);
        return nullptr;
    });
}

}  // namespace

epsilon_error_t* epsilon_imports_new(epsilon_imports_t** out) {
    return guarded_new(out, []() -> Result<std::unique_ptr<epsilon_imports>> {
        return std::make_unique<epsilon_imports>();
    });
}

void epsilon_imports_delete(epsilon_imports_t* imports) {
    delete imports;
}

epsilon_error_t* epsilon_imports_add_func(epsilon_imports_t* imports, const char* module,
                                          size_t module_size, const char* name, size_t name_size,
                                          epsilon_func_t* func) {
    return add(imports, module, module_size, name, name_size, func,
               [](const epsilon_func& handle) { return Extern(&handle.callee.function); });
}

epsilon_error_t* epsilon_imports_add_table(epsilon_imports_t* imports, const char* module,
                                           size_t module_size, const char* name, size_t name_size,
                                           epsilon_table_t* table) {
    return add(imports, module, module_size, name, name_size, table,
               [](const epsilon_table& handle) { return Extern(&handle.table()); });
}

epsilon_error_t* epsilon_imports_add_memory(epsilon_imports_t* imports, const char* module,
                                            size_t module_size, const char* name, size_t name_size,
                                            epsilon_memory_t* memory) {
    return add(imports, module, module_size, name, name_size, memory,
               [](const epsilon_memory& handle) { return Extern(&handle.memory()); });
}

epsilon_error_t* epsilon_imports_add_global(epsilon_imports_t* imports, const char* module,
                                            size_t module_size, const char* name, size_t name_size,
                                            epsilon_global_t* global) {
    return add(imports, module, module_size, name, name_size, global,
               [](const epsilon_global& handle) { return Extern(&handle.global()); });
}

epsilon_error_t* epsilon_imports_add_module(epsilon_imports_t* imports, const char* module,
                                            size_t module_size, epsilon_module_t* instance) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(imports, "imports");
        EPSILON_REQUIRE(instance, "instance");
        if (!readable(module, module_size)) {
            return misuse("a name is NULL");
        }
        imports->add_module(view(module, module_size), instance->held);
        return nullptr;
    });
}

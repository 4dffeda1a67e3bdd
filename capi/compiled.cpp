// SPDX-License-Identifier: Apache-2.0
#include "compiled.h"

#include "decode/decode.h"
#include "door.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

DecodeOptions decode_options(const epsilon_config_t* config) {
    DecodeOptions options;
    if (config != nullptr) {
        options.features = config->features;
        options.limits = config->limits;
    }
    return options;
}

Result<std::vector<uint8_t>> copy_of(const void* bytes, size_t size) {
    if (!readable(bytes, size)) {
        return misuse("bytes is NULL");
    }
    const auto* begin = static_cast<const uint8_t*>(bytes);
    return std::vector<uint8_t>(begin, begin + size);
}

template <class T>
ErrorPtr check_index(const char* what, const std::vector<T>& list, size_t index) {
    if (index >= list.size()) {
        return misuse("there is no ", std::string_view(what), " ", index, ": the module has ",
                      list.size());
    }
    return nullptr;
}

const epsilon_type* type_of(const Module& module, ExternKind kind, uint32_t index,
                            epsilon_compiled::Types& types) {
    const uint32_t key =
        kind == ExternKind::function ? module.canonical_types[module.functions[index]] : index;
    const auto found = types.find({kind, key});
    if (found != types.end()) {
        return &found->second;
    }
    return &types.emplace(std::pair(kind, key), epsilon_type::of(module, kind, index))
                .first->second;
}

}  // namespace

const std::vector<epsilon_compiled::Import>& epsilon_compiled::imports() const {
    std::call_once(imports_once_, [&] {
        std::vector<Import> list;
        list.reserve(module().imports.size());
        for (const epsilon::Import& import : module().imports) {
            list.push_back({std::string(import.module), std::string(import.name),
                            type_of(module(), import.kind, import.index, import_types_)});
        }
        imports_ = std::move(list);
    });
    return imports_;
}

const std::vector<epsilon_compiled::Export>& epsilon_compiled::exports() const {
    std::call_once(exports_once_, [&] {
        std::vector<Export> list;
        list.reserve(module().exports.size());
        for (const epsilon::Export& item : module().exports) {
            list.push_back(
                {std::string(item.name), type_of(module(), item.kind, item.index, export_types_)});
        }
        exports_ = std::move(list);
    });
    return exports_;
}

const std::vector<std::string>& epsilon_compiled::custom_names() const {
    std::call_once(customs_once_, [&] {
        std::vector<std::string> list;
        list.reserve(module().customs.size());
        for (const CustomSection& section : module().customs) {
            list.emplace_back(section.name);
        }
        custom_names_ = std::move(list);
    });
    return custom_names_;
}

epsilon_error_t* epsilon_compiled_new(const epsilon_config_t* config, const void* bytes,
                                      size_t size, epsilon_compiled_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_compiled>> {
        EPSILON_TRY_ASSIGN(auto copy, copy_of(bytes, size));
        EPSILON_TRY_ASSIGN(auto module, compile(std::move(copy), decode_options(config)));
        return std::make_unique<epsilon_compiled>(*module);
    });
}

void epsilon_compiled_delete(epsilon_compiled_t* compiled) {
    delete compiled;
}

epsilon_error_t* epsilon_compiled_validate(const epsilon_config_t* config, const void* bytes,
                                           size_t size) {
    return guarded([&]() -> Result<void> {
        EPSILON_TRY_ASSIGN(auto copy, copy_of(bytes, size));
        auto shared = std::make_shared<const std::vector<uint8_t>>(std::move(copy));
        return decode_module(std::move(shared), decode_options(config)).take_error();
    });
}

const uint8_t* epsilon_compiled_bytes(const epsilon_compiled_t* compiled, size_t* size) {
    set(size, compiled == nullptr ? 0 : compiled->module().bytes->size());
    return compiled == nullptr ? nullptr : compiled->module().bytes->data();
}

const char* epsilon_compiled_name(const epsilon_compiled_t* compiled, size_t* size) {
    set(size, 0u);
    if (compiled == nullptr || compiled->module().name.empty()) {
        return nullptr;
    }
    const std::string* name =
        compiled->name.get([&] { return std::string(compiled->module().name); });
    if (name == nullptr) {
        return nullptr;
    }
    set(size, name->size());
    return name->c_str();
}

size_t epsilon_compiled_import_count(const epsilon_compiled_t* compiled) {
    return compiled == nullptr ? 0 : compiled->module().imports.size();
}

epsilon_error_t* epsilon_compiled_import(const epsilon_compiled_t* compiled, size_t index,
                                         const char** module, size_t* module_size,
                                         const char** name, size_t* name_size,
                                         const epsilon_type_t** type) {
    set(module, nullptr);
    set(module_size, 0u);
    set(name, nullptr);
    set(name_size, 0u);
    set(type, nullptr);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        if (ErrorPtr error = check_index("import", compiled->module().imports, index)) {
            return error;
        }
        const epsilon_compiled::Import& import = compiled->imports()[index];
        set(module, import.module.c_str());
        set(module_size, import.module.size());
        set(name, import.name.c_str());
        set(name_size, import.name.size());
        set(type, import.type);
        return nullptr;
    });
}

size_t epsilon_compiled_export_count(const epsilon_compiled_t* compiled) {
    return compiled == nullptr ? 0 : compiled->module().exports.size();
}

epsilon_error_t* epsilon_compiled_export(const epsilon_compiled_t* compiled, size_t index,
                                         const char** name, size_t* name_size,
                                         const epsilon_type_t** type) {
    set(name, nullptr);
    set(name_size, 0u);
    set(type, nullptr);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        if (ErrorPtr error = check_index("export", compiled->module().exports, index)) {
            return error;
        }
        const epsilon_compiled::Export& item = compiled->exports()[index];
        set(name, item.name.c_str());
        set(name_size, item.name.size());
        set(type, item.type);
        return nullptr;
    });
}

size_t epsilon_compiled_custom_section_count(const epsilon_compiled_t* compiled) {
    return compiled == nullptr ? 0 : compiled->module().customs.size();
}

epsilon_error_t* epsilon_compiled_custom_section(const epsilon_compiled_t* compiled, size_t index,
                                                 const char** name, size_t* name_size,
                                                 const uint8_t** bytes, size_t* size) {
    set(name, nullptr);
    set(name_size, 0u);
    set(bytes, nullptr);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        if (ErrorPtr error = check_index("custom section", compiled->module().customs, index)) {
            return error;
        }
        const CustomSection& section = compiled->module().customs[index];
        const std::string& section_name = compiled->custom_names()[index];
        set(name, section_name.c_str());
        set(name_size, section_name.size());
        set(bytes, compiled->module().bytes->data() + section.begin);
        set(size, section.size);
        return nullptr;
    });
}

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

}  // namespace

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

epsilon_error_t* epsilon_compiled_machine_code(const epsilon_compiled_t* compiled,
                                               uint64_t* functions, uint64_t* bytes,
                                               uint64_t* nanoseconds) {
    set(functions, 0u);
    set(bytes, 0u);
    set(nanoseconds, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(compiled, "compiled");
        const CompiledCode code = compiled_code(compiled->compiled);
        set(functions, code.compiled_functions);
        set(bytes, code.machine_code_bytes);
        set(nanoseconds, code.compile_nanoseconds);
        return nullptr;
    });
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

// SPDX-License-Identifier: Apache-2.0
// Decoding and validation of arbitrary bytes: no crash, and verdicts that agree with each other.
#include <string>

#include "choices.h"
#include "handles.h"

namespace fuzz {

namespace {

struct Verdict {
    epsilon_error_kind_t kind = 0;
    std::string message;
    uint64_t offset = 0;

    bool valid() const { return kind == 0; }
    bool operator==(const Verdict&) const = default;
};

Verdict verdict_of(epsilon_error_t* given, size_t size) {
    const Error error(given);
    Verdict verdict;
    if (error != nullptr) {
        check_error(error.get());
        verdict.kind = epsilon_error_kind(error.get());
        EXPECT(verdict.kind == EPSILON_ERROR_MALFORMED || verdict.kind == EPSILON_ERROR_INVALID ||
               verdict.kind == EPSILON_ERROR_UNSUPPORTED || verdict.kind == EPSILON_ERROR_LIMIT);
        verdict.message = epsilon_error_message(error.get(), nullptr);
        EXPECT(!verdict.message.empty());
        epsilon_error_offset(error.get(), &verdict.offset);
        EXPECT(verdict.offset <= size);
    }
    return verdict;
}

void look_at_type(const epsilon_type_t* type) {
    EXPECT(type != nullptr && epsilon_externkind_name(epsilon_type_kind(type)) != nullptr);
    size_t count = 0;
    const epsilon_valtype_t* params = epsilon_type_params(type, &count);
    for (size_t i = 0; i < count; ++i) {
        EXPECT(epsilon_valtype_name(params[i]) != nullptr);
    }
    const char* text = epsilon_type_text(type, &count);
    EXPECT(text != nullptr && std::strlen(text) == count);
}

// What a compiled module is made of.
void look_at_parts(const epsilon_compiled_t* compiled, size_t size) {
    uint64_t end = 8;  // of the header
    for (size_t i = 0; i < epsilon_compiled_section_count(compiled); ++i) {
        uint64_t offset = 0;
        uint64_t length = 0;
        EXPECT(succeeded(epsilon_compiled_section(compiled, i, nullptr, &offset, &length)));
        EXPECT(offset >= end + 2);
        end = offset + length;
    }
    EXPECT(end == size);
    const epsilon_type_t* type = nullptr;
    for (size_t i = 0; i < epsilon_compiled_type_count(compiled); ++i) {
        EXPECT(succeeded(epsilon_compiled_type(compiled, i, &type)));
        look_at_type(type);
    }
    for (epsilon_externkind_t kind = 0; kind <= EPSILON_EXTERNKIND_GLOBAL; ++kind) {
        for (size_t i = 0; i < epsilon_compiled_item_count(compiled, kind, nullptr); ++i) {
            EXPECT(succeeded(epsilon_compiled_item_type(compiled, kind, i, &type)));
            EXPECT(epsilon_type_kind(type) == kind);
        }
    }
    for (size_t i = 0; i < epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_FUNC, nullptr);
         ++i) {
        const char* name = nullptr;
        size_t count = 0;
        uint64_t offset = 0;
        uint64_t length = 0;
        EXPECT(succeeded(
            epsilon_compiled_func(compiled, i, nullptr, &name, &count, &offset, &length)));
        EXPECT(name == nullptr ? count == 0 : name[count] == '\0');
        EXPECT(offset + length <= size);
    }
    for (size_t i = 0; i < epsilon_compiled_element_segment_count(compiled); ++i) {
        EXPECT(succeeded(
            epsilon_compiled_element_segment(compiled, i, nullptr, nullptr, nullptr, nullptr)));
    }
    for (size_t i = 0; i < epsilon_compiled_data_segment_count(compiled); ++i) {
        uint64_t offset = 0;
        uint64_t length = 0;
        EXPECT(succeeded(
            epsilon_compiled_data_segment(compiled, i, nullptr, nullptr, &offset, &length)));
        EXPECT(offset + length <= size);
    }
}

// All that can be asked of a compiled module.
void look_at(const epsilon_compiled_t* compiled, const uint8_t* data, size_t size) {
    size_t count = 0;
    const uint8_t* bytes = epsilon_compiled_bytes(compiled, &count);
    EXPECT(count == size && std::memcmp(bytes, data, size) == 0);
    const char* name = epsilon_compiled_name(compiled, &count);
    EXPECT(name == nullptr ? count == 0 : name[count] == '\0');
    const epsilon_type_t* type = nullptr;
    for (size_t i = 0; i < epsilon_compiled_import_count(compiled); ++i) {
        EXPECT(succeeded(
            epsilon_compiled_import(compiled, i, nullptr, nullptr, &name, &count, &type)));
        EXPECT(name[count] == '\0');
        look_at_type(type);
    }
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        EXPECT(succeeded(epsilon_compiled_export(compiled, i, &name, &count, &type)));
        EXPECT(name[count] == '\0');
        look_at_type(type);
    }
    for (size_t i = 0; i < epsilon_compiled_custom_section_count(compiled); ++i) {
        size_t content = 0;
        EXPECT(succeeded(
            epsilon_compiled_custom_section(compiled, i, &name, &count, &bytes, &content)));
        EXPECT(count + content <= size);
    }
    look_at_parts(compiled, size);
}

// Fewer features and lower limits, chosen by the input.
Config stricter(Choices choices) {
    Config config = made<Config>(epsilon_config_new);
    for (size_t i = choices.below(3); i > 0; --i) {
        const auto feature = epsilon_feature_t(choices.below(epsilon_feature_count()));
        EXPECT(succeeded(epsilon_config_set_feature(config.get(), feature, false)));
    }
    for (size_t i = choices.below(3); i > 0; --i) {
        const auto limit = epsilon_limit_t(choices.below(EPSILON_LIMIT_SEGMENT_ELEMENTS + 1));
        EXPECT(succeeded(epsilon_config_set_limit(config.get(), limit, choices.byte())));
    }
    return config;
}

// A number that depends on all of the input.
uint64_t digest(const uint8_t* data, size_t size) {
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; ++i) {
        hash = (hash ^ data[i]) * 0x100000001b3;
    }
    return hash ^ hash >> 29;
}

}  // namespace

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace fuzz;
    const Verdict verdict = verdict_of(epsilon_compiled_validate(nullptr, data, size), size);
    epsilon_compiled_t* out = nullptr;
    const Verdict again = verdict_of(epsilon_compiled_new(nullptr, data, size, &out), size);
    const Compiled compiled(out);
    EXPECT(verdict == again);
    EXPECT(verdict.valid() == (compiled != nullptr));
    if (compiled != nullptr) {
        look_at(compiled.get(), data, size);
    }

    const uint64_t hash = digest(data, size);
    uint8_t decisions[sizeof hash];
    std::memcpy(decisions, &hash, sizeof hash);
    const Config config = stricter(Choices(decisions, sizeof decisions));
    const Verdict strict = verdict_of(epsilon_compiled_validate(config.get(), data, size), size);
    EXPECT(!strict.valid() || verdict.valid());
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// What functions are made into, for people who look at it.
#include "compiled.h"
#include "door.h"
#include "engine/listing.h"

using namespace epsilon;
using namespace epsilon::capi;

struct epsilon_code {
    CodeListing listing;
};

namespace {

using Kind = baseline::CodePlace::Kind;
static_assert(unsigned(Kind::entry) == EPSILON_CODE_PLACE_ENTRY);
static_assert(unsigned(Kind::operation) == EPSILON_CODE_PLACE_OPERATION);
static_assert(unsigned(Kind::aside) == EPSILON_CODE_PLACE_ASIDE);
static_assert(unsigned(Kind::data) == EPSILON_CODE_PLACE_DATA);
static_assert(unsigned(Kind::address) == EPSILON_CODE_PLACE_ADDRESS);

}  // namespace

epsilon_error_t* epsilon_code_new(const epsilon_config_t* config,
                                  const epsilon_compiled_t* compiled, size_t index,
                                  epsilon_code_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_code>> {
        EPSILON_REQUIRE(compiled, "compiled");
        const Module& module = compiled->module();
        if (ErrorPtr error = check_index("function", module.functions, index)) {
            return error;
        }
        if (index < module.imported_functions) {
            return misuse("function ", index, " is an import: its code is not in the module");
        }
        const StoreOptions options = config == nullptr ? StoreOptions() : config->store;
        EPSILON_TRY_ASSIGN(CodeListing listing,
                           list_code(compiled->compiled, uint32_t(index), options));
        return std::make_unique<epsilon_code>(epsilon_code{std::move(listing)});
    });
}

void epsilon_code_delete(epsilon_code_t* code) {
    delete code;
}

const char* epsilon_code_cells(const epsilon_code_t* code, bool plain, size_t* size) {
    set(size, 0u);
    if (code == nullptr) {
        return nullptr;
    }
    const std::string& text = plain ? code->listing.compiled.plain_cells : code->listing.cells;
    set(size, text.size());
    return text.c_str();
}

const uint8_t* epsilon_code_machine_code(const epsilon_code_t* code, size_t* size) {
    set(size, 0u);
    if (code == nullptr || code->listing.compiled.code.empty()) {
        return nullptr;
    }
    set(size, code->listing.compiled.code.size());
    return code->listing.compiled.code.data();
}

size_t epsilon_code_place_count(const epsilon_code_t* code) {
    return code == nullptr ? 0 : code->listing.compiled.places.size();
}

epsilon_error_t* epsilon_code_place(const epsilon_code_t* code, size_t index,
                                    epsilon_code_place_kind_t* kind, size_t* offset,
                                    const char** text, size_t* size) {
    set(kind, 0u);
    set(offset, 0u);
    set(text, nullptr);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(code, "code");
        const std::vector<baseline::CodePlace>& places = code->listing.compiled.places;
        if (index >= places.size()) {
            return misuse("there is no place ", index, ": the code has ", places.size());
        }
        const baseline::CodePlace& place = places[index];
        set(kind, unsigned(place.kind));
        set(offset, place.offset);
        set(text, place.text.c_str());
        set(size, place.text.size());
        return nullptr;
    });
}

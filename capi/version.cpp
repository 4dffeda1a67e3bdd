// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.h"
#include "epsilon.h"
#include "platform/fault_handler.h"
#include "wasm/features.h"
#include "wasm/trap.h"

#define EPSILON_TEXT_OF(x) #x
#define EPSILON_TEXT(x) EPSILON_TEXT_OF(x)

#if EPSILON_TAIL_DISPATCH
#define EPSILON_DISPATCH_TEXT "tail-call"
#else
#define EPSILON_DISPATCH_TEXT "trampoline"
#endif

#if defined(__clang__)
#define EPSILON_COMPILER_TEXT "clang " __clang_version__
#else
#define EPSILON_COMPILER_TEXT "g++ " __VERSION__
#endif

#if defined(__x86_64__)
#define EPSILON_CPU_TEXT "x86-64"
#elif defined(__aarch64__)
#define EPSILON_CPU_TEXT "aarch64"
#else
#define EPSILON_CPU_TEXT "other processor"
#endif

using namespace epsilon;

namespace {

// epsilon.h counts from the first feature that can be switched.
constexpr unsigned first_feature = unsigned(Feature::core) + 1;
constexpr size_t feature_count = unsigned(Feature::count) - first_feature;

static_assert(unsigned(Feature::mutable_globals) - first_feature ==
              EPSILON_FEATURE_MUTABLE_GLOBALS);
static_assert(unsigned(Feature::sign_extension) - first_feature == EPSILON_FEATURE_SIGN_EXTENSION);
static_assert(unsigned(Feature::saturating_conversions) - first_feature ==
              EPSILON_FEATURE_SATURATING_CONVERSIONS);
static_assert(unsigned(Feature::multi_value) - first_feature == EPSILON_FEATURE_MULTI_VALUE);
static_assert(unsigned(Feature::bulk_memory) - first_feature == EPSILON_FEATURE_BULK_MEMORY);
static_assert(unsigned(Feature::reference_types) - first_feature ==
              EPSILON_FEATURE_REFERENCE_TYPES);
static_assert(unsigned(Feature::simd) - first_feature == EPSILON_FEATURE_SIMD);
static_assert(unsigned(Feature::multi_memory) - first_feature == EPSILON_FEATURE_MULTI_MEMORY);
static_assert(unsigned(Feature::extended_const) - first_feature == EPSILON_FEATURE_EXTENDED_CONST);
static_assert(unsigned(Feature::tail_call) - first_feature == EPSILON_FEATURE_TAIL_CALL);

}  // namespace

const char* epsilon_version(void) {
    return EPSILON_TEXT(EPSILON_VERSION_MAJOR) "." EPSILON_TEXT(
        EPSILON_VERSION_MINOR) "." EPSILON_TEXT(EPSILON_VERSION_PATCH);
}

uint32_t epsilon_version_number(void) {
    return EPSILON_VERSION_MAJOR * 10000 + EPSILON_VERSION_MINOR * 100 + EPSILON_VERSION_PATCH;
}

const char* epsilon_build_info(void) {
    return EPSILON_COMPILER_TEXT ", " EPSILON_CPU_TEXT ", " EPSILON_DISPATCH_TEXT
                                 " dispatch, "
#if EPSILON_FAULT_HANDLER && EPSILON_TAIL_DISPATCH
                                 "guard pages";
#else
                                 "explicit checks";
#endif
}

const char* epsilon_build_dispatch(void) {
    return EPSILON_DISPATCH_TEXT;
}

bool epsilon_build_guard_pages(void) {
    return has_guarded_memories();
}

bool epsilon_build_baseline_compiler(void) {
    return has_baseline_compiler();
}

size_t epsilon_feature_count(void) {
    return feature_count;
}

const char* epsilon_feature_name(epsilon_feature_t feature) {
    return feature < feature_count ? feature_name(Feature(feature + first_feature)).data()
                                   : nullptr;
}

bool epsilon_feature_supported(epsilon_feature_t feature) {
    return feature < feature_count && Features::all().has(Feature(feature + first_feature));
}

const char* epsilon_trap_text(epsilon_trap_t trap) {
    const std::string_view text = trap_text(Trap(trap));
    return text.empty() ? nullptr : text.data();
}

const char* epsilon_valtype_name(epsilon_valtype_t type) {
    switch (type) {
        case EPSILON_VALTYPE_I32:
            return "i32";
        case EPSILON_VALTYPE_I64:
            return "i64";
        case EPSILON_VALTYPE_F32:
            return "f32";
        case EPSILON_VALTYPE_F64:
            return "f64";
        case EPSILON_VALTYPE_V128:
            return "v128";
        case EPSILON_VALTYPE_FUNCREF:
            return "funcref";
        case EPSILON_VALTYPE_EXTERNREF:
            return "externref";
        default:
            return nullptr;
    }
}

const char* epsilon_externkind_name(epsilon_externkind_t kind) {
    switch (kind) {
        case EPSILON_EXTERNKIND_FUNC:
            return "func";
        case EPSILON_EXTERNKIND_TABLE:
            return "table";
        case EPSILON_EXTERNKIND_MEMORY:
            return "memory";
        case EPSILON_EXTERNKIND_GLOBAL:
            return "global";
        default:
            return nullptr;
    }
}

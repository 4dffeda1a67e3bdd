// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "interp/dispatch.h"
#include "wasm/opcode.h"

// Tail dispatch has handlers for processors with AVX2 beside those for all; trampolines, whose time
// goes elsewhere, do without.
#if EPSILON_TAIL_DISPATCH && defined(__x86_64__)
#define EPSILON_AVX2_HANDLERS 1
#else
#define EPSILON_AVX2_HANDLERS 0
#endif

// Where the translator finds handlers. Each source of handlers fills the part of its families;
// the parts together cover all of opcodes.def and cells.def (checked by a test).
namespace epsilon::interp {

enum class Special : uint8_t {
#define EPSILON_CELL(name, forms) name,
#include "interp/cells.def"
#undef EPSILON_CELL
    count,
};

struct HandlerTable {
    const Handler* forms[size_t(Opcode::count)] = {};
    uint8_t form_count[size_t(Opcode::count)] = {};
    const Handler* branch_forms[size_t(Opcode::count)] = {};  // fused with a branch
    uint8_t branch_count[size_t(Opcode::count)] = {};
    const Handler* metered_branch_forms[size_t(Opcode::count)] = {};  // as many
    const Handler* special[size_t(Special::count)] = {};
    uint16_t special_count[size_t(Special::count)] = {};
};

// Complete after the first call; thread-safe.
const HandlerTable& handler_table();

// The parts.
void add_i32_handlers(HandlerTable& table);
void add_i64_handlers(HandlerTable& table);
void add_float_handlers(HandlerTable& table);
void add_fused_float_handlers(HandlerTable& table);
void add_conversion_handlers(HandlerTable& table);
void add_load_handlers(HandlerTable& table);
void add_store_handlers(HandlerTable& table);
void add_vector_handlers(HandlerTable& table);
#if EPSILON_AVX2_HANDLERS
void add_vector_handlers_avx2(HandlerTable& table);
#endif
void add_control_handlers(HandlerTable& table);
void add_counter_handlers(HandlerTable& table);
void add_chain_handlers(HandlerTable& table);
void add_memory_chain_handlers(HandlerTable& table);
void add_call_handlers(HandlerTable& table);
void add_variable_handlers(HandlerTable& table);
void add_bulk_handlers(HandlerTable& table);
void add_metering_handlers(HandlerTable& table);
void add_metered_branch_handlers(HandlerTable& table);
void add_tier_handlers(HandlerTable& table);

template <size_t n>
inline void set_forms(HandlerTable& table, Opcode opcode, const Handler (&forms)[n]) {
    table.forms[size_t(opcode)] = forms;
    table.form_count[size_t(opcode)] = uint8_t(n);
}
template <size_t n>
inline void set_branch_forms(HandlerTable& table, Opcode opcode, const Handler (&forms)[n]) {
    table.branch_forms[size_t(opcode)] = forms;
    table.branch_count[size_t(opcode)] = uint8_t(n);
}
template <size_t n>
inline void set_metered_branch_forms(HandlerTable& table, Opcode opcode,
                                     const Handler (&forms)[n]) {
    table.metered_branch_forms[size_t(opcode)] = forms;
}
template <size_t n>
inline void set_special(HandlerTable& table, Special special, const Handler (&forms)[n]) {
    table.special[size_t(special)] = forms;
    table.special_count[size_t(special)] = uint16_t(n);
}

}  // namespace epsilon::interp

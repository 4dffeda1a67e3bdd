// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"
#include "interp/memory_access.h"
#include "interp/operands.h"
#include "wasm/simd.h"

// The handlers of vector instructions for every processor that this build runs on; those for newer
// ones are made from the same templates in handlers_vector_avx2.cpp. What differs is an attribute
// of the handlers: the functions they inline stay the same in all sources that include them.
#define EPSILON_VECTOR_TARGET
#include "interp/handlers_vector.inc"
#include "interp/handlers_vector_fused.inc"
#include "interp/handlers_vector_memory.inc"

namespace epsilon::interp {

void add_vector_handlers(HandlerTable& table) {
    add_vector_forms(table);
    add_vector_memory_forms(table);
    add_vector_fused_forms(table);
}

}  // namespace epsilon::interp

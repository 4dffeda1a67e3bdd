// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"

// The handlers of vector instructions for processors with AVX2, whose instructions name the result
// apart from the operands and take operands from unaligned memory (decision 0006).
#if EPSILON_AVX2_HANDLERS

#include "interp/memory_access.h"
#include "interp/operands.h"
#include "wasm/simd.h"

#define EPSILON_VECTOR_TARGET __attribute__((target("avx2")))
#include "interp/handlers_vector.inc"
#include "interp/handlers_vector_fused.inc"
#include "interp/handlers_vector_memory.inc"

namespace epsilon::interp {

void add_vector_handlers_avx2(HandlerTable& table) {
    add_vector_forms(table);
    add_vector_memory_forms(table);
    add_vector_fused_forms(table);
}

}  // namespace epsilon::interp

#endif

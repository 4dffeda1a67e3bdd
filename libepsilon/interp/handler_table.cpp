// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"

#include "platform/cpu.h"

namespace epsilon::interp {

const HandlerTable& handler_table() {
    static const HandlerTable table = [] {
        HandlerTable parts;
        add_i32_handlers(parts);
        add_i64_handlers(parts);
        add_float_handlers(parts);
        add_fused_float_handlers(parts);
        add_conversion_handlers(parts);
        add_load_handlers(parts);
        add_store_handlers(parts);
        add_vector_handlers(parts);
#if EPSILON_AVX2_HANDLERS
        if (platform::cpu_features().avx2) {
            add_vector_handlers_avx2(parts);
        }
#endif
        add_control_handlers(parts);
        add_counter_handlers(parts);
        add_chain_handlers(parts);
        add_memory_chain_handlers(parts);
        add_call_handlers(parts);
        add_variable_handlers(parts);
        add_bulk_handlers(parts);
        add_metering_handlers(parts);
        add_metered_branch_handlers(parts);
        add_tier_handlers(parts);
        return parts;
    }();
    return table;
}

}  // namespace epsilon::interp

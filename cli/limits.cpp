// SPDX-License-Identifier: Apache-2.0
#include "limits.h"

namespace cli {

Error configure(const Options& options, Config& config) {
    Error error(epsilon_config_new(out(config)));
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_memory_pages(config.get(), options.max_memory_pages));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_total_memory_bytes(config.get(),
                                                              options.max_total_memory_bytes));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_stack_bytes(config.get(), options.max_stack_bytes));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_call_depth(config.get(), options.max_call_depth));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_tiers(config.get(), epsilon_tiers_t(options.tiers)));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_perf_map(config.get(), options.perf_map));
    }
    return error;
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <variant>

#include "door.h"
#include "handles.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

// By the EPSILON_LIMIT_ constants.
struct LimitRow {
    const char* name;
    std::variant<uint32_t ModuleLimits::*, uint64_t ModuleLimits::*> field;
};
constexpr LimitRow limit_rows[] = {
    {"module-bytes", &ModuleLimits::module_bytes},
    {"types", &ModuleLimits::types},
    {"imports", &ModuleLimits::imports},
    {"functions", &ModuleLimits::functions},
    {"tables", &ModuleLimits::tables},
    {"memories", &ModuleLimits::memories},
    {"globals", &ModuleLimits::globals},
    {"exports", &ModuleLimits::exports},
    {"element-segments", &ModuleLimits::element_segments},
    {"data-segments", &ModuleLimits::data_segments},
    {"function-bytes", &ModuleLimits::body_bytes},
    {"locals", &ModuleLimits::locals},
    {"params", &ModuleLimits::params},
    {"results", &ModuleLimits::results},
    {"operands", &ModuleLimits::operands},
    {"segment-elements", &ModuleLimits::table_init_elements},
    {"code-bytes", &ModuleLimits::code_bytes},
};
constexpr size_t limit_count = std::size(limit_rows);
static_assert(limit_count == EPSILON_LIMIT_CODE_BYTES + 1);

// Indices and offsets in modules have 32 bits.
constexpr uint64_t largest_limit = UINT32_MAX;

constexpr uint64_t most_pages = StoreLimits::max_pages_of_memory32;

ErrorPtr too_large(const char* option, uint64_t value, uint64_t most) {
    return misuse(std::string_view(option), " is ", value, ", which is more than ", most);
}

}  // namespace

const char* epsilon_limit_name(epsilon_limit_t limit) {
    return limit < limit_count ? limit_rows[limit].name : nullptr;
}

uint64_t epsilon_limit_default(epsilon_limit_t limit) {
    if (limit >= limit_count) {
        return 0;
    }
    const ModuleLimits defaults;
    return std::visit([&](auto field) { return uint64_t(defaults.*field); },
                      limit_rows[limit].field);
}

epsilon_error_t* epsilon_config_new(epsilon_config_t** out) {
    return guarded_new(out, []() -> Result<std::unique_ptr<epsilon_config>> {
        return std::make_unique<epsilon_config>();
    });
}

void epsilon_config_delete(epsilon_config_t* config) {
    delete config;
}

epsilon_error_t* epsilon_config_set_feature(epsilon_config_t* config, epsilon_feature_t feature,
                                            bool enabled) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        if (!epsilon_feature_supported(feature)) {
            if (enabled) {
                return make_error(ErrorKind::unsupported,
                                  concat("feature ", unsigned(feature), " is not supported"));
            }
            return misuse("unknown feature ", unsigned(feature));
        }
        config->features.set(Feature(feature + unsigned(Feature::core) + 1), enabled);
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_limit(epsilon_config_t* config, epsilon_limit_t limit,
                                          uint64_t value) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        if (limit >= limit_count) {
            return misuse("unknown limit ", unsigned(limit));
        }
        const LimitRow& row = limit_rows[limit];
        if (value > largest_limit) {
            return too_large(row.name, value, largest_limit);
        }
        std::visit([&](auto field) { config->limits.*field = uint32_t(value); }, row.field);
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_memory_pages(epsilon_config_t* config, uint64_t pages) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        if (pages > most_pages) {
            return too_large("max_memory_pages", pages, most_pages);
        }
        if (pages == 0) {
            config->store.limits.max_memory_pages = std::nullopt;
        } else {
            config->store.limits.max_memory_pages = pages;
        }
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_ceilings(epsilon_config_t* config, bool enabled) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.limits.caps_are_ceilings = enabled;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_total_memory_bytes(epsilon_config_t* config,
                                                           uint64_t bytes) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.limits.max_total_memory_bytes = bytes == 0 ? UINT64_MAX : bytes;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_table_elements(epsilon_config_t* config,
                                                       uint64_t elements) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        if (elements > UINT32_MAX) {
            return too_large("max_table_elements", elements, UINT32_MAX);
        }
        config->store.limits.max_table_elements = elements;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_memories(epsilon_config_t* config, uint64_t memories) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.limits.max_memories = memories == 0 ? UINT64_MAX : memories;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_tables(epsilon_config_t* config, uint64_t tables) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.limits.max_tables = tables == 0 ? UINT64_MAX : tables;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_instances(epsilon_config_t* config, uint64_t instances) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.limits.max_instances = instances == 0 ? UINT64_MAX : instances;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_call_depth(epsilon_config_t* config, uint64_t frames) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        // More frames than any value stack has room for are no cap.
        config->store.limits.max_call_depth = frames > UINT32_MAX ? 0 : uint32_t(frames);
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_max_stack_bytes(epsilon_config_t* config, uint64_t bytes) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        if (bytes > SIZE_MAX) {
            return too_large("max_stack_bytes", bytes, SIZE_MAX);
        }
        config->store.limits.max_stack_bytes =
            bytes == 0 ? StoreLimits().max_stack_bytes : size_t(bytes);
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_memory_checks(epsilon_config_t* config,
                                                  epsilon_memory_checks_t checks) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        static_assert(unsigned(MemoryStrategy::automatic) == EPSILON_MEMORY_CHECKS_AUTO);
        static_assert(unsigned(MemoryStrategy::guard) == EPSILON_MEMORY_CHECKS_GUARD);
        static_assert(unsigned(MemoryStrategy::explicit_checks) == EPSILON_MEMORY_CHECKS_EXPLICIT);
        if (checks > EPSILON_MEMORY_CHECKS_EXPLICIT) {
            return misuse("unknown form of memory checks ", unsigned(checks));
        }
        config->store.memory_strategy = MemoryStrategy(checks);
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_signals(epsilon_config_t* config, bool enabled) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.signals = enabled;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_tiers(epsilon_config_t* config, epsilon_tiers_t tiers) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        static_assert(unsigned(Tiers::interpreter) == EPSILON_TIERS_INTERPRETER);
        static_assert(unsigned(Tiers::compiled) == EPSILON_TIERS_COMPILED);
        static_assert(unsigned(Tiers::tiered) == EPSILON_TIERS_TIERED);
        if (tiers > EPSILON_TIERS_TIERED) {
            return misuse("unknown tiers ", unsigned(tiers));
        }
        config->store.tiers = Tiers(tiers);
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_tier_thresholds(epsilon_config_t* config, uint32_t calls,
                                                    uint32_t rounds) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        if (calls == 0 || rounds == 0) {
            return misuse("a threshold of ", calls == 0 ? "calls" : "rounds",
                          " is 0, which is less than 1");
        }
        config->store.hot_calls = calls;
        config->store.hot_rounds = rounds;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_random_tiers(epsilon_config_t* config, uint64_t seed) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.random_tiers = seed;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_perf_map(epsilon_config_t* config, bool enabled) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->perf_map = enabled;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_timeout_ms(epsilon_config_t* config, uint64_t timeout_ms) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.timeout_ms = timeout_ms;
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_metering(epsilon_config_t* config, bool enabled) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.metering = enabled;
        if (!enabled) {
            config->store.fuel = Meter::unlimited;
        }
        return nullptr;
    });
}

epsilon_error_t* epsilon_config_set_fuel(epsilon_config_t* config, uint64_t fuel) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(config, "config");
        config->store.metering = true;
        config->store.fuel = fuel;
        return nullptr;
    });
}

epsilon_error_t* epsilon_options_new(epsilon_options_t** out) {
    return guarded_new(out, []() -> Result<std::unique_ptr<epsilon_options>> {
        return std::make_unique<epsilon_options>();
    });
}

void epsilon_options_delete(epsilon_options_t* options) {
    delete options;
}

epsilon_error_t* epsilon_options_set_max_memory_pages(epsilon_options_t* options, uint64_t pages) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(options, "options");
        if (pages > most_pages) {
            return too_large("max_memory_pages", pages, most_pages);
        }
        options->max_memory_pages = pages;
        return nullptr;
    });
}

epsilon_error_t* epsilon_options_set_timeout_ms(epsilon_options_t* options, uint64_t timeout_ms) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(options, "options");
        options->timeout_ms = timeout_ms;
        return nullptr;
    });
}

epsilon_error_t* epsilon_options_set_fuel(epsilon_options_t* options, uint64_t fuel) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(options, "options");
        options->fuel = fuel;
        return nullptr;
    });
}

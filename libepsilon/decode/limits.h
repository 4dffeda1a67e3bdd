// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace epsilon {

// Implementation limits on a module (specification: Appendix, Implementation Limitations). The
// defaults are those that web browsers agreed on, or larger. Exceeding one is an error of kind
// limit. The value 0 is an ordinary value, not "no limit".
struct ModuleLimits {
    uint64_t module_bytes = 1u << 30;
    uint32_t types = 1'000'000;
    uint32_t functions = 1'000'000;
    uint32_t imports = 1'000'000;
    uint32_t exports = 1'000'000;
    uint32_t globals = 1'000'000;
    uint32_t tables = 100'000;
    uint32_t memories = 100'000;
    uint32_t element_segments = 10'000'000;
    uint32_t data_segments = 10'000'000;
    uint32_t params = 1'000;
    uint32_t results = 1'000;
    uint32_t locals = 50'000;       // per function, parameters included
    uint32_t operands = 1'000'000;  // on a function's operand stack at a time
    uint32_t body_bytes = 128u << 20;
    uint32_t table_init_elements = 10'000'000;  // elements of one segment
    uint64_t code_bytes = UINT32_MAX;           // that all functions are translated to
};

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "decode/limits.h"
#include "wasm/module.h"

namespace epsilon {

struct DecodeOptions {
    Features features = Features::all();
    ModuleLimits limits;
    // Threads for validating bodies of large modules; 0 = as many as the machine has.
    unsigned threads = 0;
};

// Decodes and validates the whole module (specification: Binary Format; Validation). Errors carry
// the specification's message as a prefix, the byte offset, and in bodies the function's index and
// name. Thread-safe. The module keeps `bytes` alive.
Result<std::shared_ptr<const Module>> decode_module(
    std::shared_ptr<const std::vector<uint8_t>> bytes, const DecodeOptions& options);

}  // namespace epsilon

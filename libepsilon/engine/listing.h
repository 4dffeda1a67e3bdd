// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline/listing.h"
#include "engine/engine.h"

namespace epsilon {

// A function's code, to look at.
struct CodeListing {
    std::string cells;  // of the interpreter, as text
    baseline::Listing compiled;
};

// Functions with longer bodies are not listed.
constexpr uint32_t most_listed_bytes = 1u << 20;

// The code of a defined function, made as for instances in a store of these options. Fails with a
// limit error where the body is too long, or code too large.
Result<CodeListing> list_code(const CompiledModule& module, uint32_t function,
                              const StoreOptions& options);

}  // namespace epsilon

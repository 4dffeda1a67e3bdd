// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "decode/decode.h"

namespace epsilon {

// Decodes and validates all function bodies of an otherwise valid module, on several threads when
// there is much code. Of several errors, that of the function with the lowest index is reported,
// however the threads run.
Result<void> validate_bodies(const Module& module, const DecodeOptions& options,
                             const std::vector<bool>& declared_functions);

// The first malformed thing in the bodies of a module in which something else is wrong; null when
// there is none. A body's bytes come first where the module breaks after them, and being malformed
// comes before being invalid.
ErrorPtr find_malformed_body(const Module& module);

}  // namespace epsilon

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

}  // namespace epsilon

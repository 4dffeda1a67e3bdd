// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/instance.h"

namespace epsilon {

// The value of a validated constant expression (specification: Constant Expressions). Globals it
// reads have their values already. Allocates only for expressions of several instructions.
Value evaluate(const Instance& instance, const ConstantExpression& expression);

}  // namespace epsilon

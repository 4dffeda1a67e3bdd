// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/instance.h"

namespace epsilon {

// Finds every import of the module, in order, and checks its type (specification: External Typing,
// Import Matching). Fails with kind link and a text that lists every missing or wrong one, or with
// kind misuse for an object of another store.
Result<std::vector<Extern>> resolve_imports(const Store& store, const ModuleCode& code,
                                            const ImportSet& imports);

}  // namespace epsilon

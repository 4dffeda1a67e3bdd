// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handles.h"

namespace spec {

// The host module "spectest" that the scripts import from. Spec: test/core/README.md, "Spectest
// host module". Its 64-bit table does not exist here: it needs memory64.
class Spectest {
public:
    // Makes the objects in this runtime; the error of the first that could not be made.
    Error make(epsilon_runtime_t* runtime);
    Error add_to(epsilon_imports_t* imports) const;

private:
    static constexpr size_t function_count = 7;
    static constexpr size_t global_count = 4;

    Func functions_[function_count];
    Global globals_[global_count];
    Table table_;
    Memory memory_;
};

}  // namespace spec

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <epsilon.h>

#include "options.h"

namespace cli {

// Prints what the functions that are named in the options are made into. Gives the exit status.
int print_code(const std::string& file, const epsilon_compiled_t* compiled, const Options& options);

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <epsilon.h>

namespace cli {

// Prints all that there is to know about a module as one JSON object on one line. docs/cli.md has
// its keys.
void print_json(const std::string& file, const epsilon_compiled_t* compiled);

}  // namespace cli

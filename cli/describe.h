// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "parts.h"

namespace cli {

// "1 page", "2 pages".
std::string counted(uint64_t count, const char* noun);

// A type for people. Long function types are only named: thousands of functions may have one of a
// thousand parameters.
std::string describe(const epsilon_compiled_t* compiled, const Item& item);

}  // namespace cli

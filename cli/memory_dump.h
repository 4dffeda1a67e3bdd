// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include <epsilon.h>

namespace cli {

// Gives the bytes of a range that is inside the memory as lines of sixteen, each with its offset,
// in hexadecimal and as ASCII. Ends early where Ctrl-C came.
void dump(const epsilon_memory_t* memory, uint64_t offset, uint64_t length,
          const std::function<void(std::string_view line)>& print);

}  // namespace cli

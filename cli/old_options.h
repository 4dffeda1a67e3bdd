// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace cli {

// The words of the command line behind the program's name, with the options of the Go runtime's
// program (-arg V, -env K=V, -dir HOST=GUEST, -fuel N, -version) as those of ours.
std::vector<std::string> modern_options(int argc, const char* const* argv);

}  // namespace cli

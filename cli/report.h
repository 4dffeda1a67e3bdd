// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <epsilon.h>

namespace cli {

// Says on standard error what went wrong with this file: the kind, the message, where in the
// module, and the frames of a program that was stopped. Gives the exit status: the program's own if
// that is how it ended.
int report(const std::string& file, const epsilon_error_t* error);

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <epsilon.h>

namespace cli {

// What went wrong, for people: the kind, the message, where in the module, and on lines of their
// own the frames of a program that was stopped.
std::string describe_error(const epsilon_error_t* error);

// Says on standard error what went wrong with this file. Gives the exit status: the program's own
// if that is how it ended.
int report(const std::string& file, const epsilon_error_t* error);

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cli {

// Prints a message on standard error, behind "epsilon: " or what replaced it. What was printed on
// standard output comes before it.
void complain(std::string_view message);

// What messages begin with from now on, and whether they are red.
void set_message_form(std::string prefix, bool in_red);

}  // namespace cli

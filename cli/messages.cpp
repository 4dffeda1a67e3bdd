// SPDX-License-Identifier: Apache-2.0
#include "messages.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

struct Form {
    std::string prefix = "epsilon: ";
    bool in_red = false;
};

Form& form() {
    static Form the_form;
    return the_form;
}

}  // namespace

void complain(std::string_view message) {
    // Whether that could be written is found out later.
    std::fflush(stdout);
    const bool in_red = form().in_red;
    const std::string text = fmt::format("{}{}{}{}\n", in_red ? "\x1b[31m" : "", form().prefix,
                                         message, in_red ? "\x1b[0m" : "");
    // Who closed standard error wants no messages.
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void set_message_form(std::string prefix, bool in_red) {
    form() = {std::move(prefix), in_red};
}

}  // namespace cli

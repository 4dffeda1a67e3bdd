// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <fmt/format.h>

#include "commands.h"
#include "convert.h"
#include "files.h"
#include "handles.h"
#include "report.h"

namespace cli {

int validate(const Options& options) {
    int status = exit_success;
    for (const std::string& file : options.files) {
        const auto bytes = read_module(file);
        if (!bytes) {
            status = exit_failure;
            continue;
        }
        const Error error(epsilon_compiled_validate(nullptr, bytes->data(), bytes->size()));
        if (error != nullptr) {
            status = report(file, error.get());
        } else {
            fmt::print("{}: valid\n", display_name(file));
        }
    }
    return status;
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
// The epsilon program: runs and checks WebAssembly modules from a shell.
#include <cstdio>
#include <exception>
#include <optional>

#include <fmt/format.h>

#include "commands.h"
#include "options.h"

int main(int argc, char** argv) {
    try {
        cli::Options options;
        const std::optional<int> done = cli::parse_options(argc, argv, options);
        int status = cli::exit_success;
        if (done) {
            status = *done;
        } else {
            status = options.command == cli::Command::validate ? cli::validate(options)
                                                               : cli::run(options);
        }
        // A full disk or a closed pipe must not look like success.
        if (std::fflush(stdout) != 0 && status == cli::exit_success) {
            std::perror("epsilon: standard output");
            status = cli::exit_failure;
        }
        return status;
    } catch (const std::exception& error) {
        // Lack of memory, or output that fmt could not write.
        std::fprintf(stderr, "epsilon: %s\n", error.what());
        return cli::exit_failure;
    }
}

// SPDX-License-Identifier: Apache-2.0
// The epsilon program: runs, checks and shows WebAssembly modules from a shell.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "commands.h"
#include "options.h"

namespace {

int run_command(const cli::Options& options) {
    switch (options.command) {
        case cli::Command::validate:
            return cli::validate(options);
        case cli::Command::inspect:
            return cli::inspect(options);
        case cli::Command::wat:
            return cli::wat(options);
        case cli::Command::repl:
            return cli::repl(options);
        case cli::Command::run:
            break;
    }
    return cli::run(options);
}

// A full disk must not look like success. Who reads no more of a pipe needs no message.
int output_failed(int error) {
    if (error != EPIPE) {
        std::fprintf(stderr, "epsilon: standard output: %s\n", std::strerror(error));
    }
    return cli::exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        cli::Options options;
        const std::optional<int> done = cli::parse_options(argc, argv, options);
        const int status = done ? *done : run_command(options);
        return std::fflush(stdout) == 0 || status != cli::exit_success ? status
                                                                       : output_failed(errno);
    } catch (const std::system_error& error) {
        // What fmt could not write.
        if (std::ferror(stdout) != 0) {
            return output_failed(error.code().value());
        }
        std::fprintf(stderr, "epsilon: %s\n", error.what());
        return cli::exit_failure;
    } catch (const std::exception& error) {
        // Lack of memory.
        std::fprintf(stderr, "epsilon: %s\n", error.what());
        return cli::exit_failure;
    }
}

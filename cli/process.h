// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cli {

// How a program that was run ended.
struct Outcome {
    int start_error = 0;  // errno, if it could not be started
    int status = 0;       // its exit status
    int signal = 0;       // the signal that ended it
    std::vector<uint8_t> output;
    std::string messages;  // what it wrote on standard error
};

// Runs a program that is on the PATH, without a shell: gives it the input, and takes what it
// writes, until it has ended. It is in the same process group, so that Ctrl-C ends both.
Outcome run_program(const std::vector<const char*>& command, std::span<const uint8_t> input);

}  // namespace cli

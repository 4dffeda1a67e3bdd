// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.h"

namespace cli {

// Instantiates the module, calls its function, prints the results. The exit status.
int run(const Options& options);

// Takes commands from standard input until it ends. The exit status.
int repl(const Options& options);

// Checks each file and says which are valid. The exit status.
int validate(const Options& options);

// Prints what is in each file. The exit status.
int inspect(const Options& options);

// Converts the module to text, or from text. The exit status.
int wat(const Options& options);

}  // namespace cli

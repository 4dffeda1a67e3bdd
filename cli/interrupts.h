// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

#include "handles.h"

namespace cli {

// While one lives Ctrl-C doesn't end this process. It stops the program that runs in the runtime,
// if one is given, and is remembered. There is one at a time.
class Interrupts {
public:
    explicit Interrupts(epsilon_runtime_t* runtime = nullptr);
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    // Whether opening and reading files ends at Ctrl-C; not unless this says so. Does nothing while
    // none of these lives.
    static void end_system_calls(bool enabled);

    // Whether Ctrl-C came since this was made.
    static bool came();

private:
    Interrupt interrupt_;
    struct sigaction before_ = {};
};

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

#include "handles.h"

namespace cli {

// While one lives Ctrl-C doesn't end this process: it is remembered, and stops the program that
// runs in the runtime of the command under way. There is one at a time.
class Interrupts {
public:
    Interrupts();
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;
    ~Interrupts();

    // A command begins. What came since its line was read counts, and ends it.
    void begin(epsilon_runtime_t* runtime);

    // Whether Ctrl-C came since it was forgotten, or a command began.
    static bool came();
    static void forget();

    // Waits until there is something to read; false if Ctrl-C came.
    static bool wait(int file);

    // Whether opening and reading files ends at Ctrl-C; not unless this says so. Does nothing while
    // none of these lives.
    static void end_system_calls(bool enabled);

private:
    Interrupt interrupt_;
    struct sigaction before_ = {};
};

}  // namespace cli

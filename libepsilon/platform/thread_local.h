// SPDX-License-Identifier: Apache-2.0
#pragma once

// Marks variables of the thread that calls into WebAssembly and signal handlers look at: they are
// reached by one instruction, and reading them never allocates. There are few, because a library
// that is loaded late shares little room for such variables with others.
#if defined(__linux__)
#define EPSILON_INITIAL_EXEC __attribute__((tls_model("initial-exec")))
#else
#define EPSILON_INITIAL_EXEC
#endif

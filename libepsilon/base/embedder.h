// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace epsilon {

// Calls a function of the embedder's: a callback or a finalizer.
//
// A thread that ends in it (pthread_exit) would be unwound through frames that cannot be: the
// program's, and destructors. It is held for ever instead. Python (before 3.14) ends daemon threads
// in this way when they come back to it while it exits; later ones hold them themselves.
template <class Function, class... Args>
[[gnu::always_inline]] inline auto call_embedder(Function function, Args... args) {
#if defined(__GLIBCXX__)
    try {
        return function(args...);
    } catch (const abi::__forced_unwind&) {
        for (;;) {
            pause();
        }
    }
#else
    return function(args...);
#endif
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define EPSILON_KNOWS_SINGLE_THREAD 1
#else
#define EPSILON_KNOWS_SINGLE_THREAD 0
#endif

namespace epsilon::platform {

// Whether the process certainly has no other thread than the calling one. Between this and the next
// call of a function that may make threads, what other threads could see needs no atomic
// instructions that cost more than ordinary ones.
inline bool is_single_threaded() noexcept {
#if EPSILON_KNOWS_SINGLE_THREAD
    return __libc_single_threaded != 0;
#else
    return false;
#endif
}

}  // namespace epsilon::platform

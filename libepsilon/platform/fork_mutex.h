// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

namespace epsilon::platform {

// A mutex that a child made by fork() finds free, with what it guards whole: the thread that forks
// takes all of these first, and gives them back in both processes. An ordinary one that another
// thread held in that moment would stay locked in the child for ever.
//
// Held for short, and by a thread that neither takes, makes nor destroys another one meanwhile.
class ForkMutex {
public:
    ForkMutex() noexcept;
    ~ForkMutex();
    ForkMutex(const ForkMutex&) = delete;
    ForkMutex& operator=(const ForkMutex&) = delete;

    void lock() noexcept { pthread_mutex_lock(&mutex_); }
    void unlock() noexcept { pthread_mutex_unlock(&mutex_); }

private:
    friend struct ForkMutexes;

    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    // In the list of all.
    ForkMutex* next_;
    ForkMutex* previous_ = nullptr;
};

}  // namespace epsilon::platform

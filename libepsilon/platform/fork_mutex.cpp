// SPDX-License-Identifier: Apache-2.0
#include "platform/fork_mutex.h"

#include "platform/fork_count.h"

namespace epsilon::platform {

namespace {

// Never destroyed, like the list: static objects that have mutexes die at any time.
pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
ForkMutex* first = nullptr;
pthread_once_t registered = PTHREAD_ONCE_INIT;
// Written while all mutexes are held.
uint64_t forks = 0;
uint64_t generation = 0;

}  // namespace

struct ForkMutexes {
    static void lock_all() noexcept {
        pthread_mutex_lock(&list_mutex);
        for (ForkMutex* mutex = first; mutex != nullptr; mutex = mutex->next_)
            mutex->lock();
        ++forks;
    }
    static void unlock_all() noexcept {
        for (ForkMutex* mutex = first; mutex != nullptr; mutex = mutex->next_)
            mutex->unlock();
        pthread_mutex_unlock(&list_mutex);
    }
    static void begin_child() noexcept {
        ++generation;
        unlock_all();
    }
    static void register_handlers() noexcept { pthread_atfork(lock_all, unlock_all, begin_child); }
};

uint64_t fork_count() noexcept {
    return forks;
}

uint64_t process_generation() noexcept {
    return generation;
}

ForkMutex::ForkMutex() noexcept {
    pthread_once(&registered, &ForkMutexes::register_handlers);
    pthread_mutex_lock(&list_mutex);
    next_ = first;
    if (next_ != nullptr) next_->previous_ = this;
    first = this;
    pthread_mutex_unlock(&list_mutex);
}

ForkMutex::~ForkMutex() {
    pthread_mutex_lock(&list_mutex);
    (previous_ != nullptr ? previous_->next_ : first) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    pthread_mutex_unlock(&list_mutex);
    pthread_mutex_destroy(&mutex_);
}

}  // namespace epsilon::platform

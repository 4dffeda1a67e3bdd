// SPDX-License-Identifier: Apache-2.0
#include "platform/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace epsilon::platform {

Waker::~Waker() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

void Waker::wake() noexcept {
    const int descriptor = watched_.load();
    if (descriptor >= 0) {
        const int saved = errno;
        const uint64_t one = 1;
        // It can only fail when the counter is full, and then it is readable.
        [[maybe_unused]] const ssize_t written = write(descriptor, &one, sizeof one);
        errno = saved;
    }
}

int Waker::open() noexcept {
    if (descriptor_ < 0 || process_ != getpid()) {
        if (descriptor_ >= 0) {
            close(descriptor_);  // the parent's; nobody in this process waits yet
        }
        descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        process_ = getpid();
    }
    return descriptor_;
}

Waker::Watch::Watch(Waker& waker) noexcept
    : waker_(waker), descriptor_(waker.open()), outer_(waker.watched_.exchange(descriptor_)) {}

Waker::Watch::~Watch() {
    waker_.watched_.store(outer_);
}

void Waker::Watch::clear() noexcept {
    uint64_t count;
    [[maybe_unused]] const ssize_t got = read(descriptor_, &count, sizeof count);
}

}  // namespace epsilon::platform

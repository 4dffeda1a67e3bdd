// SPDX-License-Identifier: Apache-2.0
#include "platform/waker.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "catch.hpp"

using namespace epsilon::platform;

namespace {

bool readable(const Waker::Watch& watch, int timeout_ms) {
    pollfd one{watch.descriptor(), POLLIN, 0};
    return poll(&one, 1, timeout_ms) == 1;
}

Waker* signalled = nullptr;

}  // namespace

TEST_CASE("a waker wakes who watches, and nobody else", "[platform]") {
    Waker waker;
    waker.wake();  // nobody watches: nothing
    {
        Waker::Watch watch(waker);
        REQUIRE(watch.descriptor() >= 0);
        CHECK_FALSE(readable(watch, 0));
        waker.wake();
        waker.wake();
        CHECK(readable(watch, 0));
        watch.clear();
        CHECK_FALSE(readable(watch, 0));
        std::thread other([&] { waker.wake(); });
        CHECK(readable(watch, 10'000));
        other.join();
    }
    waker.wake();
    Waker::Watch watch(waker);
    watch.clear();  // what is left of the watch before
    CHECK_FALSE(readable(watch, 0));
}

TEST_CASE("watches nest", "[platform]") {
    Waker waker;
    Waker::Watch outer(waker);
    {
        Waker::Watch inner(waker);
        waker.wake();
        CHECK(readable(inner, 0));
        inner.clear();
    }
    waker.wake();
    CHECK(readable(outer, 0));
}

TEST_CASE("a signal handler can wake, and keeps errno", "[platform]") {
    Waker waker;
    Waker::Watch watch(waker);
    signalled = &waker;
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) { signalled->wake(); };
    REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
    errno = 12345;
    raise(SIGUSR1);
    CHECK(errno == 12345);
    CHECK(readable(watch, 0));
    sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("a forked child wakes itself, not its parent", "[platform]") {
    Waker waker;
    {
        const Waker::Watch once(waker);  // makes the descriptor that the child inherits
    }
    const pid_t child = fork();
    if (child == 0) {
        Waker::Watch watch(waker);
        waker.wake();
        _exit(readable(watch, 0) ? 0 : 1);
    }
    Waker::Watch watch(waker);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK_FALSE(readable(watch, 0));
}

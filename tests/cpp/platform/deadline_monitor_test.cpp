// SPDX-License-Identifier: Apache-2.0
#include "platform/deadline_monitor.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace epsilon::platform;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct Firing {
    std::atomic<int> count{0};
    std::atomic<Clock::rep> at{0};

    static void fire(void* self) {
        auto* firing = static_cast<Firing*>(self);
        firing->at = Clock::now().time_since_epoch().count();
        ++firing->count;
    }

    bool wait(std::chrono::milliseconds limit) const {
        const auto end = Clock::now() + limit;
        while (count == 0 && Clock::now() < end)
            std::this_thread::sleep_for(100us);
        return count != 0;
    }
};

}  // namespace

TEST_CASE("A deadline fires once and in time", "[platform]") {
    Firing firing;
    const auto when = Clock::now() + 20ms;
    const Deadline deadline(when, &Firing::fire, &firing);
    REQUIRE(deadline.ok());
    CHECK(deadline_monitor_running());
    REQUIRE(firing.wait(5000ms));
    CHECK(firing.at >= when.time_since_epoch().count());
    std::this_thread::sleep_for(5ms);
    CHECK(firing.count == 1);
}

TEST_CASE("A deadline in the past fires at once", "[platform]") {
    Firing firing;
    const Deadline deadline(Clock::time_point::min(), &Firing::fire, &firing);
    CHECK(firing.wait(5000ms));
}

TEST_CASE("An earlier deadline overtakes later ones", "[platform]") {
    Firing late;
    Firing never;
    Firing early;
    const Deadline last(Clock::time_point::max(), &Firing::fire, &late);
    auto middle = std::make_unique<Deadline>(Clock::now() + 10s, &Firing::fire, &never);
    const Deadline first(Clock::now() + 10ms, &Firing::fire, &early);
    CHECK(early.wait(5000ms));
    middle.reset();
    CHECK(never.count == 0);
    CHECK(late.count == 0);
}

TEST_CASE("Deadlines fire in order of their times", "[platform]") {
    struct Ordered {
        std::vector<int>* order;
        std::atomic<int>* fired;
        int index;
    };
    std::atomic<int> fired{0};
    std::vector<int> order;  // written by the monitor thread alone until all are destroyed
    std::vector<Ordered> arguments;
    std::vector<std::unique_ptr<Deadline>> deadlines;
    const int count = 100;
    for (int i = 0; i < count; ++i)
        arguments.push_back({&order, &fired, (i * 37) % count});
    const auto start = Clock::now() + 500ms;  // time enough to destroy some before
    for (Ordered& argument : arguments) {
        deadlines.push_back(std::make_unique<Deadline>(
            start + argument.index * 10us,
            [](void* raw) {
                auto* ordered = static_cast<Ordered*>(raw);
                ordered->order->push_back(ordered->index);
                ++*ordered->fired;
            },
            &argument));
    }
    for (int i = 0; i < count; i += 5)
        deadlines[static_cast<size_t>(i)].reset();
    const auto end = Clock::now() + 10s;
    while (fired < 80 && Clock::now() < end)
        std::this_thread::sleep_for(1ms);
    deadlines.clear();
    REQUIRE(order.size() == 80);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("Destruction waits for a firing in progress", "[platform]") {
    struct Slow {
        std::atomic<bool> entered{false};
        bool left = false;  // unsynchronised on purpose: destruction is the synchronisation
    } slow;
    {
        const Deadline deadline(
            Clock::now(),
            [](void* raw) {
                auto* state = static_cast<Slow*>(raw);
                state->entered = true;
                std::this_thread::sleep_for(30ms);
                state->left = true;
            },
            &slow);
        while (!slow.entered)
            std::this_thread::yield();
    }
    CHECK(slow.left);
}

TEST_CASE("No deadline fires after its destruction, under load from many threads", "[platform]") {
    std::atomic<int> fired{0};
    std::atomic<int> late{0};
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 8; ++seed) {
        threads.emplace_back([seed, &fired, &late] {
            struct State {
                std::atomic<bool>* alive;
                std::atomic<int>* fired;
                std::atomic<int>* late;
            };
            std::mt19937 random(seed);
            std::vector<std::unique_ptr<std::atomic<bool>>> kept;  // outlive every deadline
            for (int i = 0; i < 1500; ++i) {
                kept.push_back(std::make_unique<std::atomic<bool>>(true));
                State state{kept.back().get(), &fired, &late};
                {
                    const Deadline deadline(
                        Clock::now() + std::chrono::microseconds(random() % 200),
                        [](void* raw) {
                            const auto* s = static_cast<State*>(raw);
                            ++(s->alive->load() ? *s->fired : *s->late);
                        },
                        &state);
                    for (unsigned spin = random() % 2000; spin > 0; --spin) {
                        std::atomic_signal_fence(std::memory_order_seq_cst);
                    }
                    if (i % 16 == 0) std::this_thread::sleep_for(150us);
                }
                kept.back()->store(false);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(fired > 0);
    CHECK(late == 0);
}

// ThreadSanitizer refuses threads in a child of a threaded process, and qemu, under which programs
// for other processors are tested, doesn't survive one.
#if !defined(__SANITIZE_THREAD__) && defined(__x86_64__)
TEST_CASE("A forked child goes on with the deadlines of the thread that forked", "[platform]") {
    Firing own;
    Firing foreign;
    const auto start = Clock::now();
    auto deadline = std::make_unique<Deadline>(start + 50ms, &Firing::fire, &own);
    auto later = std::make_unique<Deadline>(start + 1h, &Firing::fire, &own);
    std::unique_ptr<Deadline> of_another;
    std::thread([&] {
        of_another = std::make_unique<Deadline>(start + 50ms, &Firing::fire, &foreign);
    }).join();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        // On a slow machine it may have fired before the fork.
        const int before = foreign.count;
        int failures = deadline_monitor_running() ? 0 : 1;
        if (!own.wait(5000ms)) failures |= 2;
        {
            Firing fresh;
            const Deadline made_here(Clock::now() + 5ms, &Firing::fire, &fresh);
            if (!made_here.ok() || !fresh.wait(5000ms)) failures |= 4;
            std::this_thread::sleep_for(100ms);
        }
        if (own.count != 1) failures |= 8;
        if (foreign.count != before) failures |= 16;
        deadline.reset();
        later.reset();
        of_another.reset();
        _exit(failures);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(own.wait(5000ms));
    CHECK(foreign.wait(5000ms));
}

TEST_CASE("A forked child without deadlines has no monitor until it needs one", "[platform]") {
    Firing foreign;
    std::unique_ptr<Deadline> of_another;
    std::thread([&] {
        of_another = std::make_unique<Deadline>(Clock::now() + 1h, &Firing::fire, &foreign);
    }).join();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        int failures = deadline_monitor_running() ? 1 : 0;
        of_another.reset();
        Firing own;
        const Deadline fresh(Clock::now() + 5ms, &Firing::fire, &own);
        if (!fresh.ok() || !own.wait(5000ms)) failures |= 2;
        _exit(failures);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("Where a forked child can have no monitor its deadlines fire at once", "[platform]") {
    if (geteuid() != 0) return;  // needs a user without other processes
    const pid_t outer = fork();  // where the user and limits may be changed
    REQUIRE(outer >= 0);
    if (outer == 0) {
        alarm(20);
        if (setuid(1'000'000 + static_cast<uid_t>(getpid())) != 0) _exit(3);
        Firing firing;
        const Deadline deadline(Clock::now() + 1h, &Firing::fire, &firing);
        if (!deadline.ok()) _exit(4);
        // The tightest limit that lets the child be made has no room for a thread of its own.
        pid_t inner = -1;
        for (rlim_t most = 1; inner < 0 && most < 100; ++most) {
            const rlimit limit = {most, 100};
            setrlimit(RLIMIT_NPROC, &limit);
            inner = fork();
        }
        if (inner < 0) _exit(5);
        if (inner == 0) _exit(firing.count == 1 && !deadline_monitor_running() ? 0 : 6);
        int status = 0;
        waitpid(inner, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 7);
    }
    int status = 0;
    REQUIRE(waitpid(outer, &status, 0) == outer);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("A deadline says so when no monitor thread can be had", "[platform]") {
    const pid_t child = fork();  // where no monitor runs, and limits may be changed
    REQUIRE(child >= 0);
    if (child == 0) {
        alarm(20);
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_NPROC, &none);
        if (geteuid() == 0 && setuid(65534) != 0) _exit(3);  // the limit spares root
        Firing firing;
        const Deadline deadline(Clock::now(), &Firing::fire, &firing);
        _exit(deadline.ok() || deadline_monitor_running() ? 1 : 0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
#endif

TEST_CASE("The monitor thread has all signals blocked", "[platform]") {
    struct Seen {
        std::atomic<bool> done{false};
        sigset_t blocked;
    } seen;
    const Deadline deadline(
        Clock::now(),
        [](void* raw) {
            auto* s = static_cast<Seen*>(raw);
            pthread_sigmask(SIG_SETMASK, nullptr, &s->blocked);
            s->done = true;
        },
        &seen);
    while (!seen.done)
        std::this_thread::yield();
    CHECK(sigismember(&seen.blocked, SIGINT) == 1);
    CHECK(sigismember(&seen.blocked, SIGALRM) == 1);
    sigset_t here;
    pthread_sigmask(SIG_SETMASK, nullptr, &here);
    CHECK(sigismember(&here, SIGINT) == 0);
}

TEST_CASE("The monitor ends when idle and starts again on demand", "[platform]") {
    {
        Firing firing;
        const Deadline deadline(Clock::now() + 1h, &Firing::fire, &firing);
        CHECK(deadline_monitor_running());
    }
    const auto end = Clock::now() + 10s;
    while (deadline_monitor_running() && Clock::now() < end)
        std::this_thread::sleep_for(20ms);
    CHECK_FALSE(deadline_monitor_running());
    Firing firing;
    const Deadline deadline(Clock::now() + 1ms, &Firing::fire, &firing);
    CHECK(firing.wait(5000ms));
}

namespace {

struct Ticks {
    std::atomic<int> count{0};
    std::atomic<int> wanted{0};  // until so many

    static bool tick(void* self) noexcept {
        auto* ticks = static_cast<Ticks*>(self);
        return ++ticks->count < ticks->wanted;
    }
    bool wait(int least) const {
        const auto end = Clock::now() + 20s;
        while (count < least && Clock::now() < end)
            std::this_thread::sleep_for(100us);
        return count >= least;
    }
};

}  // namespace

TEST_CASE("A ticker ticks until it is told to end, and starts again", "[platform]") {
    Ticks ticks;
    Ticker ticker(1ms, Ticks::tick, &ticks);
    std::this_thread::sleep_for(5ms);
    CHECK(ticks.count == 0);
    for (int round = 1; round <= 3; ++round) {
        ticks.wanted = 4 * round;
        const auto start = Clock::now();
        CHECK(ticker.start());
        CHECK(ticker.start());
        CHECK(ticks.wait(4 * round));
        CHECK(Clock::now() - start >= 4ms);
        std::this_thread::sleep_for(10ms);
        CHECK(ticks.count == 4 * round);
    }
}

TEST_CASE("A ticker's destruction ends it, also while it ticks", "[platform]") {
    Ticks ticks;
    ticks.wanted = 1'000'000;
    for (int round = 0; round < 200; ++round) {
        Ticker ticker(round % 2 == 0 ? 1us : 100us, Ticks::tick, &ticks);
        CHECK(ticker.start());
        if (round % 3 == 0) CHECK(ticks.wait(ticks.count + 1));
    }
    const int last = ticks.count;
    std::this_thread::sleep_for(5ms);
    CHECK(ticks.count == last);
}

TEST_CASE("A start during the last tick is not lost", "[platform]") {
    struct Restarted {
        Ticker* ticker = nullptr;
        std::atomic<int> count{0};
        std::atomic<bool> inside{false};
        std::atomic<bool> started{false};
        static bool tick(void* self) noexcept {
            auto* state = static_cast<Restarted*>(self);
            if (++state->count > 1) return false;
            state->inside = true;
            while (!state->started)
                std::this_thread::sleep_for(100us);
            return false;
        }
    } state;
    Ticker ticker(1ms, Restarted::tick, &state);
    CHECK(ticker.start());
    while (!state.inside)
        std::this_thread::sleep_for(100us);
    CHECK(ticker.start());
    state.started = true;
    const auto end = Clock::now() + 20s;
    while (state.count < 2 && Clock::now() < end)
        std::this_thread::sleep_for(100us);
    CHECK(state.count == 2);
}

#if !defined(__SANITIZE_THREAD__) && defined(__x86_64__)  // as above
TEST_CASE("A child made by fork() goes on with the tickers of the thread that forked",
          "[platform]") {
    Ticks ticks;
    ticks.wanted = 1'000'000;
    Ticker ticker(1ms, Ticks::tick, &ticks);
    CHECK(ticker.start());
    CHECK(ticks.wait(1));
    const uint64_t generation = monitor_generation();
    const pid_t child = fork();
    if (child == 0) {
        const bool good = ticks.wait(ticks.count + 3) && monitor_generation() != generation;
        _exit(good ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(monitor_generation() == generation);
}

TEST_CASE("A child made by fork() has no tickers of other threads, and can start them",
          "[platform]") {
    Ticks ticks;
    ticks.wanted = 1'000'000;
    Ticker ticker(1ms, Ticks::tick, &ticks);
    std::thread([&] { CHECK(ticker.start()); }).join();
    CHECK(ticks.wait(1));
    const pid_t child = fork();
    if (child == 0) {
        const int before = ticks.count;
        std::this_thread::sleep_for(10ms);
        const bool good = ticks.count == before && ticker.start() && ticks.wait(before + 3);
        _exit(good ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
#endif

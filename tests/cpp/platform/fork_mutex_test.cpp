// SPDX-License-Identifier: Apache-2.0
#include "platform/fork_mutex.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "platform/fork_count.h"
#include "platform/thread_id.h"

using namespace epsilon::platform;

TEST_CASE("A fork mutex excludes", "[platform]") {
    ForkMutex mutex;
    int count = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10000; ++i) {
                const std::lock_guard lock(mutex);
                ++count;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(count == 40000);
}

TEST_CASE("A forked child finds fork mutexes free and what they guard whole", "[platform]") {
    struct Guarded {
        ForkMutex mutex;
        int first = 0;
        int second = 0;
    };
    std::vector<std::unique_ptr<Guarded>> all;
    for (int i = 0; i < 5; ++i)
        all.push_back(std::make_unique<Guarded>());
    all.erase(all.begin() + 2);  // the list has a gap, and the ends change too
    all.erase(all.begin());
    all.pop_back();

    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (const auto& guarded : all) {
        threads.emplace_back([&done, g = guarded.get()] {
            while (!done) {
                const std::lock_guard lock(g->mutex);
                ++g->first;
                std::this_thread::yield();
                ++g->second;
            }
        });
    }
    threads.emplace_back([&done] {
        while (!done)
            const ForkMutex made_and_destroyed;
    });
    int failures = 0;
    for (int round = 0; round < 100; ++round) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            alarm(20);
            int differences = 0;
            for (const auto& guarded : all) {
                const std::lock_guard lock(guarded->mutex);
                differences += guarded->first == guarded->second ? 0 : 1;
            }
            const ForkMutex made_here;
            _exit(differences);
        }
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        failures += status != 0 ? 1 : 0;
    }
    done = true;
    for (std::thread& thread : threads)
        thread.join();
    CHECK(failures == 0);
}

TEST_CASE("Forks are counted, and children told from parents", "[platform]") {
    struct Counts {
        uint64_t forks = 0;
        uint64_t generation = 0;
    };
    ForkMutex mutex;
    const auto counts = [&mutex] {
        const std::lock_guard lock(mutex);
        return Counts{fork_count(), process_generation()};
    };
    const Counts before = counts();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    const Counts after = counts();
    if (child == 0) {
        const bool good =
            after.forks == before.forks + 1 && after.generation == before.generation + 1;
        _exit(good ? 0 : 1);
    }
    CHECK(after.forks == before.forks + 1);
    CHECK(after.generation == before.generation);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("Threads' numbers are never given twice", "[platform]") {
    const uint64_t own = current_thread_id();
    CHECK(own != 0);
    CHECK(current_thread_id() == own);
    std::vector<uint64_t> seen = {own};
    for (int i = 0; i < 10; ++i) {
        uint64_t id = 0;
        std::thread([&id] { id = current_thread_id(); }).join();
        CHECK(id > seen.back());
        seen.push_back(id);
    }
}

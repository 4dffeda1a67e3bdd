// SPDX-License-Identifier: Apache-2.0
#include "platform/stack_bounds.h"

#include <pthread.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>

#include "catch.hpp"
#include "platform/clocks.h"
#include "platform/cpu.h"

using namespace epsilon::platform;

namespace {

__attribute__((noinline)) size_t remaining_below(size_t bytes) {
    volatile char* block = static_cast<char*>(__builtin_alloca(bytes));
    block[0] = 1;
    const size_t remaining = native_stack_remaining();
    block[bytes - 1] = 1;
    return remaining;
}

}  // namespace

TEST_CASE("The main thread knows what is left of its stack", "[platform]") {
    const size_t remaining = native_stack_remaining();
    rlimit limit = {};
    REQUIRE(getrlimit(RLIMIT_STACK, &limit) == 0);
    CHECK(remaining > 64 * 1024);
    if (limit.rlim_cur != RLIM_INFINITY) CHECK(remaining <= limit.rlim_cur);
    const size_t deeper = remaining_below(16 * 1024);
    CHECK(deeper <= remaining - 16 * 1024);
    CHECK(deeper > remaining - 32 * 1024);
}

TEST_CASE("Other threads know what is left of theirs", "[platform]") {
    pthread_attr_t attributes;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    const size_t size = 512 * 1024;
    REQUIRE(pthread_attr_setstacksize(&attributes, size) == 0);
    size_t remaining[2] = {};
    pthread_t thread;
    const auto body = [](void* out) -> void* {
        static_cast<size_t*>(out)[0] = native_stack_remaining();
        static_cast<size_t*>(out)[1] = remaining_below(64 * 1024);
        return nullptr;
    };
    REQUIRE(pthread_create(&thread, &attributes, body, remaining) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    CHECK(remaining[0] <= size);
    CHECK(remaining[0] > 80 * 1024);  // thread-local storage takes the rest
    CHECK(remaining[1] <= remaining[0] - 64 * 1024);
}

TEST_CASE("The clock goes forward and deadlines saturate", "[platform]") {
    using Clock = std::chrono::steady_clock;
    const uint64_t before = monotonic_nanoseconds();
    CHECK(monotonic_nanoseconds() >= before);
    const auto now = Clock::now();
    CHECK(deadline_after(1'000'000) - now >= std::chrono::milliseconds(1));
    CHECK(deadline_after(UINT64_MAX) == Clock::time_point::max());
    CHECK(deadline_after(INT64_MAX) == Clock::time_point::max());
}

TEST_CASE("AVX2 comes with SSE4.1", "[platform]") {
    const CpuFeatures features = cpu_features();
    if (features.avx2) CHECK(features.sse41);
}

// SPDX-License-Identifier: Apache-2.0
#include "interrupts.h"

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace cli {

namespace {

volatile std::sig_atomic_t has_come = 0;
bool is_caught = false;

// What the signal handler stops.
std::atomic<const epsilon_interrupt_t*> target = nullptr;
static_assert(std::atomic<const epsilon_interrupt_t*>::is_always_lock_free);

void handle(int /* signal */) {
    has_come = 1;
    epsilon_interrupt_raise(target.load());
}

// Stops what the handler's call came too early for: it has no effect where no program runs yet.
epsilon_error_t* stop_if_it_came(void* /* env */, bool* /* again */) {
    constexpr std::string_view message = "interrupted";
    return Interrupts::came()
               ? epsilon_error_new(EPSILON_ERROR_INTERRUPTED, message.data(), message.size())
               : nullptr;
}

}  // namespace

Interrupts::Interrupts() {
    ::sigaction(SIGINT, nullptr, &before_);
    is_caught = true;
    forget();
    end_system_calls(false);
}

Interrupts::~Interrupts() {
    is_caught = false;
    ::sigaction(SIGINT, &before_, nullptr);
    target = nullptr;
}

void Interrupts::begin(epsilon_runtime_t* runtime) {
    constexpr uint64_t interval_ms = 100;
    target = nullptr;
    // Without memory for these, Ctrl-C is noticed when the program has ended.
    const Error no_interrupt(epsilon_interrupt_new(runtime, out(interrupt_)));
    const Error no_pauses(
        epsilon_runtime_set_pause(runtime, interval_ms, stop_if_it_came, nullptr, nullptr));
    target = interrupt_.get();
}

bool Interrupts::came() {
    return has_come != 0;
}

void Interrupts::forget() {
    has_come = 0;
}

bool Interrupts::wait(int file) {
    // Ctrl-C between the question and the waiting must not be lost.
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    pollfd wanted = {file, POLLIN, 0};
    if (!came()) {
        ::ppoll(&wanted, 1, nullptr, &before);
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return !came();
}

void Interrupts::end_system_calls(bool enabled) {
    if (is_caught) {
        struct sigaction action = {};
        action.sa_handler = handle;
        action.sa_flags = enabled ? 0 : SA_RESTART;
        ::sigaction(SIGINT, &action, nullptr);
    }
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include "platform/signal_chain.h"

#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace epsilon::platform {

namespace {

// A handler that ours replaced. Fields are changed while signals may be handled on other threads;
// a mixture of two handlers' flags and mask, seen in that moment, does no harm because every
// handler is called with all three arguments.
struct ReplacedHandler {
    std::atomic<uintptr_t> function{0};  // SIG_DFL, SIG_IGN, the address or unused_level
    std::atomic<int> flags{0};
    std::atomic<uint64_t> blocked{0};  // signal n is bit n - 1
};

constexpr uintptr_t unused_level = UINTPTR_MAX;

// Oldest first; entry n passes on to the levels below n. Handlers may appear in each other's chains
// (theirs may well pass on to ours), so a signal goes strictly downwards through the levels and
// ends below the lowest.
struct Chain {
    std::array<ReplacedHandler, max_replaced_handlers> levels;
    size_t count = 0;  // the entry that belongs in front; only for put_in_front()
};

Chain segv_chain;
Chain bus_chain;

Chain& chain_of(int signal) noexcept {
    return signal == SIGBUS ? bus_chain : segv_chain;
}

const auto default_function = reinterpret_cast<uintptr_t>(SIG_DFL);
const auto ignore_function = reinterpret_cast<uintptr_t>(SIG_IGN);

uintptr_t function_of(const struct sigaction& action) noexcept {
    return (action.sa_flags & SA_SIGINFO) != 0 ? reinterpret_cast<uintptr_t>(action.sa_sigaction)
                                               : reinterpret_cast<uintptr_t>(action.sa_handler);
}

// The system's signal set is 64 bits, the C library's larger with those in front.
uint64_t bits_of(const sigset_t& set) noexcept {
    uint64_t bits;
    std::memcpy(&bits, &set, sizeof bits);
    return bits;
}

sigset_t set_of(uint64_t bits) noexcept {
    sigset_t set;
    sigemptyset(&set);
    std::memcpy(&set, &bits, sizeof bits);
    return set;
}

void copy(ReplacedHandler& to, const ReplacedHandler& from) noexcept {
    to.function.store(from.function.load());
    to.flags.store(from.flags.load());
    to.blocked.store(from.blocked.load());
}

// Makes room by closing the gaps, or by forgetting the oldest. Entries that are still in others'
// hands then pass on to other levels than they did, which only a program meets that keeps
// installing handlers.
void compact(Chain& chain) noexcept {
    size_t kept = 0;
    for (ReplacedHandler& level : chain.levels) {
        if (level.function.load() != unused_level) copy(chain.levels[kept++], level);
    }
    if (kept == max_replaced_handlers) {
        for (size_t i = 1; i < kept; ++i)
            copy(chain.levels[i - 1], chain.levels[i]);
        --kept;
    }
    chain.count = kept;
}

void push(Chain& chain, const struct sigaction& action) noexcept {
    const uintptr_t function = function_of(action);
    if (function == default_function || function == ignore_function) {
        chain.count = 0;  // nothing below is ever reached
    }
    // Only the newest place of a handler counts. Its old level stays as a gap, so that the entries
    // above mean what they meant.
    for (size_t i = 0; i < chain.count; ++i) {
        if (chain.levels[i].function.load() == function) {
            chain.levels[i].function.store(unused_level);
        }
    }
    if (chain.count == max_replaced_handlers) compact(chain);
    ReplacedHandler& level = chain.levels[chain.count];
    level.function.store(function);
    level.flags.store(action.sa_flags);
    level.blocked.store(bits_of(action.sa_mask));
    ++chain.count;
}

// A replaced handler that passes on to ours calls it with the same siginfo. The level it came from
// is written into the part of siginfo that the system clears and SIGSEGV and SIGBUS don't use.
struct PassMark {
    static constexpr uint64_t expected_magic = 0x45707369506173f1;
    uint64_t magic;
    uint64_t level;
};
static_assert(sizeof(siginfo_t) == 128);
constexpr size_t mark_offset = sizeof(siginfo_t) - sizeof(PassMark);

PassMark read_mark(const siginfo_t* info) noexcept {
    PassMark mark;
    std::memcpy(&mark, reinterpret_cast<const char*>(info) + mark_offset, sizeof mark);
    return mark;
}

void write_mark(siginfo_t* info, const PassMark& mark) noexcept {
    std::memcpy(reinterpret_cast<char*>(info) + mark_offset, &mark, sizeof mark);
}

// A replaced handler may instead raise the signal anew, as Python's faulthandler does; that signal
// carries no mark. While a handler is being run, this says which and where on the stack; it can be
// stale after a handler left by siglongjmp, and then the new signal isn't handled below it.
struct Passing {
    const char* stack = nullptr;
    size_t level = 0;
};
__attribute__((tls_model("initial-exec"))) thread_local Passing passing;

void take_default_action(int signal, siginfo_t* info) noexcept {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    // A fault comes again as soon as the handler has returned, which gives a core dump of the
    // right place; anything else has to be sent again.
    const bool comes_again =
        info->si_code > 0 && !(signal == SIGBUS && info->si_code == BUS_MCEERR_AO);
    if (comes_again) return;
    const sigset_t self = set_of(uint64_t{1} << (signal - 1));
    pthread_sigmask(SIG_UNBLOCK, &self, nullptr);
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signal, info) != 0) {
        raise(signal);
    }
}

// The number of the entry this action is, or a larger one.
size_t entry_number(const HandlerEntries& entries, const struct sigaction& action) noexcept {
    const uintptr_t function = function_of(action);
    size_t n = 0;
    while (n < entries.size() && reinterpret_cast<uintptr_t>(entries[n]) != function)
        ++n;
    return n;
}

}  // namespace

bool put_in_front(int signal, const HandlerEntries& entries) noexcept {
    // Not blocked while handled: a fault in a handler we pass on to must reach the chain, and one
    // that leaves by longjmp must not leave the signal blocked.
    constexpr int flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    Chain& chain = chain_of(signal);
    struct sigaction current;
    if (sigaction(signal, nullptr, &current) != 0) return false;
    const size_t n = entry_number(entries, current);
    if (n < entries.size()) {
        chain.count = std::min(chain.count, n);
        // Put back by signal(), it lacks the flags and would be called without arguments.
        if (n == chain.count && (current.sa_flags & flags) == flags) return true;
    } else {
        // Before ours goes in, so that it finds the chain complete from the first signal on.
        push(chain, current);
    }
    struct sigaction action = {};
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    for (;;) {
        action.sa_sigaction = entries[chain.count];
        struct sigaction previous;
        if (sigaction(signal, &action, &previous) != 0) return false;
        if (function_of(previous) == function_of(current) ||
            entry_number(entries, previous) < entries.size()) {
            return true;
        }
        push(chain, previous);  // another thread came between
        current = previous;
    }
}

bool is_inside_pass_on(const void* frame_address) noexcept {
    return passing.stack != nullptr && static_cast<const char*>(frame_address) < passing.stack;
}

void pass_on(size_t n, int signal, siginfo_t* info, void* context) noexcept {
    const auto* here = static_cast<const char*>(__builtin_frame_address(0));
    Chain& chain = chain_of(signal);
    size_t bound = n;  // levels below this may be run
    const PassMark outer_mark = read_mark(info);
    if (outer_mark.magic == PassMark::expected_magic) {
        bound = std::min<size_t>(bound, outer_mark.level);
    } else if (info->si_code <= 0 && is_inside_pass_on(here)) {
        bound = std::min(bound, passing.level);
    }
    uintptr_t function = default_function;  // where there is nothing left
    size_t level_index = bound;
    while (level_index > 0) {
        function = chain.levels[--level_index].function.load();
        if (function != unused_level) break;
        function = default_function;
    }
    ReplacedHandler& level = chain.levels[level_index];
    const int flags = level.flags.load();
    if (function == default_function) return take_default_action(signal, info);
    if (function == ignore_function) {
        // The system doesn't let a program ignore its own faults.
        if (info->si_code > 0) take_default_action(signal, info);
        return;
    }
    if ((flags & SA_RESETHAND) != 0) level.function.store(default_function);

    uint64_t blocked = level.blocked.load();
    if ((flags & SA_NODEFER) == 0) blocked |= uint64_t{1} << (signal - 1);
    const sigset_t block = set_of(blocked);
    sigset_t outer_blocked;
    pthread_sigmask(SIG_BLOCK, &block, &outer_blocked);
    const Passing outer_passing = passing;
    passing = Passing{here, level_index};
    write_mark(info, PassMark{PassMark::expected_magic, level_index});

    reinterpret_cast<SignalHandler>(function)(signal, info, context);

    // First, as a signal that the handler raised while it was blocked comes now and belongs to it.
    pthread_sigmask(SIG_SETMASK, &outer_blocked, nullptr);
    write_mark(info, outer_mark);
    passing = outer_passing;
}

}  // namespace epsilon::platform

#endif

// SPDX-License-Identifier: Apache-2.0
// The fault handler among other handlers of SIGSEGV and SIGBUS. Every case runs in a child process
// that starts from the default action.
#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "platform/fault_test_support.h"

using namespace epsilon::platform;
using namespace fault_test;

namespace {

using SigInfoHandler = void (*)(int, siginfo_t*, void*);

volatile sig_atomic_t calls = 0;
volatile sig_atomic_t blocked_inside = 0;
void* volatile seen_address = nullptr;
sigjmp_buf way_out;
struct sigaction replaced;  // what a test's handler replaced

void set_default(int signal) {
    ::signal(signal, SIG_DFL);
}

struct sigaction set_handler(int signal, SigInfoHandler handler, int flags = 0) {
    struct sigaction action = {};
    struct sigaction former = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
    sigaction(signal, &action, &former);
    return former;
}

volatile char* inaccessible() {
    static char* page =
        static_cast<char*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    return page + 123;
}

void touch() {
    *inaccessible() = 1;
}

void leave(int, siginfo_t* info, void*) {
    calls = calls + 1;
    seen_address = info->si_addr;
    siglongjmp(way_out, 1);
}

// Whether a fault of the host's own ends in `leave`.
bool left_by_jump() {
    const int before = calls;
    if (sigsetjmp(way_out, 1) == 0) {
        touch();
        return false;
    }
    return calls == before + 1;
}

void pass_to_replaced(int signal, siginfo_t* info, void* context) {
    calls = calls + 1;
    if ((replaced.sa_flags & SA_SIGINFO) != 0) {
        replaced.sa_sigaction(signal, info, context);
    } else if (replaced.sa_handler != SIG_DFL && replaced.sa_handler != SIG_IGN) {
        replaced.sa_handler(signal);
    } else {
        set_default(signal);
    }
}

// What Python's faulthandler does: reports, restores what it replaced while it is enabled, and
// raises the signal again.
volatile sig_atomic_t reporter_enabled = 0;
void report(int signal, siginfo_t*, void*) {
    calls = calls + 1;
    if (calls > 10) _exit(99);
    if (reporter_enabled) {
        reporter_enabled = 0;
        sigaction(signal, &replaced, nullptr);
    }
    raise(signal);
}

// As faulthandler does when it is switched off: it may still be called, and does nothing.
void report_if_enabled(int signal, siginfo_t* info, void* context) {
    if (reporter_enabled) report(signal, info, context);
}

void enable_reporter(int flags) {
    reporter_enabled = 1;
    replaced = set_handler(SIGSEGV, &report, flags);
}

int in_fresh_child(const std::function<int()>& body) {
    return run_in_child([&body] {
        set_default(SIGSEGV);
        set_default(SIGBUS);
        calls = 0;
        ensure_alternate_stack();
        return body();
    });
}

}  // namespace

TEST_CASE("Faults of the host end the process as without us", "[platform]") {
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        touch();
                        return 2;
                    }),
                    SIGSEGV));
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        raise(SIGSEGV);
                        return 2;
                    }),
                    SIGSEGV));
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        kill(getpid(), SIGBUS);
                        return 2;
                    }),
                    SIGBUS));
    CHECK(killed_by(in_fresh_child([] {  // from a thread that never entered a runtime
                        if (!check_installed()) return 1;
                        std::thread(touch).join();
                        return 2;
                    }),
                    SIGSEGV));
}

TEST_CASE("A memory's range and a recorded instruction are both needed for a trap", "[platform]") {
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        Frame frame;
                        uint64_t slots[4];
                        enter_handlers(nullptr, slots, reinterpret_cast<uint8_t*>(16), 0, 0,
                                       &frame.fault, &fault_test_load);
                        return 2;
                    }),
                    SIGSEGV));
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        GuardedMemory memory;
                        Frame frame;
                        uint64_t slots[4];
                        enter_handlers(nullptr, slots, memory.base(), memory.committed(), 0,
                                       &frame.fault, &fault_test_unrecorded_load);
                        return 2;
                    }),
                    SIGSEGV));
    CHECK(killed_by(in_fresh_child([] {  // after the memory is gone
                        if (!check_installed()) return 1;
                        auto memory = Reservation::reserve(65536);
                        if (!memory || !register_range(memory->base(), 65536)) return 3;
                        unregister_range(memory->base());
                        Frame frame;
                        uint64_t slots[4];
                        enter_handlers(nullptr, slots, memory->base(), 0, 0, &frame.fault,
                                       &fault_test_load);
                        return 2;
                    }),
                    SIGSEGV));
}

TEST_CASE("An ignored signal is ignored when sent and deadly when real", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          ::signal(SIGSEGV, SIG_IGN);
                          if (!check_installed()) return 1;
                          raise(SIGSEGV);
                          kill(getpid(), SIGSEGV);
                          return traps_now() ? 0 : 2;
                      }),
                      0));
    CHECK(killed_by(in_fresh_child([] {
                        ::signal(SIGSEGV, SIG_IGN);
                        if (!check_installed()) return 1;
                        touch();
                        return 2;
                    }),
                    SIGSEGV));
}

TEST_CASE("An earlier handler gets the host's faults and may jump out", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          set_handler(SIGSEGV, &leave);
                          if (!check_installed()) return 1;
                          for (int i = 0; i < 5; ++i) {
                              if (!left_by_jump()) return 2;
                              if (seen_address != const_cast<char*>(inaccessible())) return 3;
                              if (!traps_now()) return 4;
                          }
                          return calls == 5 ? 0 : 5;
                      }),
                      0));
}

TEST_CASE("An earlier handler of the plain kind is called", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          ::signal(SIGSEGV, [](int signal) { _exit(signal == SIGSEGV ? 7 : 8); });
                          if (!check_installed()) return 1;
                          touch();
                          return 2;
                      }),
                      7));
}

TEST_CASE("An earlier handler that wants to be called once is called once", "[platform]") {
    CHECK(killed_by(in_fresh_child([] {
                        set_handler(SIGSEGV, &leave, static_cast<int>(SA_RESETHAND));
                        if (!check_installed()) return 1;
                        if (!left_by_jump()) return 2;
                        touch();
                        return 3;
                    }),
                    SIGSEGV));
}

TEST_CASE("An earlier handler runs with the signals blocked that it asked for", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          struct sigaction action = {};
                          action.sa_flags = SA_SIGINFO;
                          sigaddset(&action.sa_mask, SIGUSR1);
                          action.sa_sigaction = [](int, siginfo_t*, void*) {
                              sigset_t now;
                              pthread_sigmask(SIG_SETMASK, nullptr, &now);
                              blocked_inside = sigismember(&now, SIGUSR1) == 1 &&
                                               sigismember(&now, SIGSEGV) == 1 &&
                                               sigismember(&now, SIGUSR2) == 0;
                          };
                          sigaction(SIGSEGV, &action, nullptr);
                          if (!check_installed()) return 1;
                          raise(SIGSEGV);
                          sigset_t now;
                          pthread_sigmask(SIG_SETMASK, nullptr, &now);
                          if (sigismember(&now, SIGUSR1) || sigismember(&now, SIGSEGV)) return 2;
                          return blocked_inside ? 0 : 3;
                      }),
                      0));
}

TEST_CASE("A handler installed later, not passing on, is overtaken by the check", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          if (!check_installed()) return 1;
                          set_handler(SIGSEGV, &leave);
                          if (!check_installed() || !check_installed()) return 2;
                          if (!traps_now()) return 3;
                          if (!left_by_jump() || !left_by_jump()) return 4;
                          return traps_now() ? 0 : 5;
                      }),
                      0));
}

TEST_CASE("A later reset to the default action is overtaken as well", "[platform]") {
    CHECK(killed_by(in_fresh_child([] {
                        set_handler(SIGSEGV, &leave);
                        if (!check_installed()) return 1;
                        set_default(SIGSEGV);
                        if (!check_installed() || !traps_now()) return 2;
                        if (sigsetjmp(way_out, 1) != 0) return 3;
                        touch();
                        return 4;
                    }),
                    SIGSEGV));
}

TEST_CASE("A later handler that passes on needs no check", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          if (!check_installed()) return 1;
                          replaced = set_handler(SIGSEGV, &pass_to_replaced);
                          return traps_now() && calls == 1 ? 0 : 2;
                      }),
                      0));
}

TEST_CASE("Handlers that pass on to each other do not loop", "[platform]") {
    // Ours, theirs, ours again (called by theirs), the one that was first.
    CHECK(exited_with(in_fresh_child([] {
                          set_handler(SIGSEGV, &leave);
                          if (!check_installed()) return 1;
                          replaced = set_handler(SIGSEGV, &pass_to_replaced);
                          if (!check_installed() || !traps_now() || calls != 0) return 2;
                          for (int i = 1; i <= 3; ++i) {
                              if (sigsetjmp(way_out, 1) == 0) {
                                  touch();
                                  return 3;
                              }
                              if (calls != 2 * i) return 4;
                          }
                          return traps_now() ? 0 : 5;
                      }),
                      0));
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        replaced = set_handler(SIGSEGV, &pass_to_replaced);
                        if (!check_installed()) return 2;
                        touch();
                        return 3;
                    }),
                    SIGSEGV));
}

TEST_CASE("A crash reporter that raises again doesn't turn a trap into a crash", "[platform]") {
    for (const int flags : {0, static_cast<int>(SA_NODEFER)}) {
        CHECK(exited_with(in_fresh_child([flags] {
                              if (!check_installed()) return 1;
                              enable_reporter(flags);
                              Frame mark;
                              FaultFrame* former = exchange_active_frame(&mark.fault);
                              if (former != nullptr || !traps_now()) return 2;
                              if (exchange_active_frame(former) != &mark.fault) return 3;
                              return calls == 1 && traps_now() ? 0 : 4;
                          }),
                          0));
    }
}

TEST_CASE("A crash reporter sees a real crash, and the crash is deadly", "[platform]") {
    for (const int flags : {0, static_cast<int>(SA_NODEFER)}) {
        for (const bool in_webassembly : {false, true}) {
            for (const bool overtaken : {false, true}) {
                CAPTURE(flags, in_webassembly, overtaken);
                const int status = in_fresh_child([&] {
                    if (!check_installed()) return 1;
                    enable_reporter(flags);
                    if (overtaken && !check_installed()) return 2;
                    Frame mark;
                    if (in_webassembly) exchange_active_frame(&mark.fault);
                    touch();
                    return 3;
                });
                CHECK(killed_by(status, SIGSEGV));
            }
        }
    }
    // Installed before us, as the one to pass on to.
    CHECK(killed_by(in_fresh_child([] {
                        enable_reporter(SA_NODEFER);
                        if (!check_installed() || !traps_now()) return 1;
                        touch();
                        return 2;
                    }),
                    SIGSEGV));
}

TEST_CASE("A crash reporter switched off again is not passed to", "[platform]") {
    CHECK(killed_by(in_fresh_child([] {
                        if (!check_installed()) return 1;
                        for (int i = 0; i < 100; ++i) {
                            replaced = set_handler(SIGSEGV, &report_if_enabled, SA_NODEFER);
                            if (!check_installed() || !traps_now()) return 2;
                            sigaction(SIGSEGV, &replaced, nullptr);
                            if (!traps_now()) return 3;
                            if (i % 2 == 0 && !check_installed()) return 4;
                        }
                        touch();  // would fault for ever if the reporter were asked
                        return 5;
                    }),
                    SIGSEGV));
    // One handler of two, the other stays.
    CHECK(exited_with(in_fresh_child([] {
                          set_handler(SIGSEGV, &leave);
                          if (!check_installed()) return 1;
                          replaced = set_handler(SIGSEGV, &report_if_enabled, SA_NODEFER);
                          if (!check_installed() || !traps_now()) return 2;
                          sigaction(SIGSEGV, &replaced, nullptr);
                          return left_by_jump() && traps_now() ? 0 : 3;
                      }),
                      0));
}

namespace {

template <int n>
void numbered(int, siginfo_t*, void*) {
    calls = n;
    siglongjmp(way_out, 1);
}

// Whether a fault of the host's own comes to this numbered handler.
bool reaches(int n) {
    calls = -1;
    if (sigsetjmp(way_out, 1) == 0) touch();
    return calls == n;
}

template <int... n>
std::array<SigInfoHandler, sizeof...(n)> numbered_handlers(std::integer_sequence<int, n...>) {
    return {&numbered<n>...};
}

}  // namespace

TEST_CASE("Any number of replacements keeps the latest in reach", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          const auto handlers =
                              numbered_handlers(std::make_integer_sequence<int, 40>());
                          for (int round = 0; round < 3; ++round) {
                              for (size_t i = 0; i < handlers.size(); ++i) {
                                  set_handler(SIGSEGV, handlers[i]);
                                  if (!check_installed() || !traps_now()) return 1;
                                  if (!reaches(static_cast<int>(i))) return 2;
                              }
                          }
                          return 0;
                      }),
                      0));
}

TEST_CASE("A handler of ours put back without its flags is repaired by the check", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          if (!check_installed()) return 1;
                          struct sigaction action;
                          sigaction(SIGSEGV, nullptr, &action);
                          action.sa_flags = 0;
                          sigaction(SIGSEGV, &action, nullptr);
                          if (!check_installed()) return 2;
                          sigaction(SIGSEGV, nullptr, &action);
                          return (action.sa_flags & SA_SIGINFO) && traps_now() ? 0 : 3;
                      }),
                      0));
}

namespace {

__attribute__((noinline)) int recurse(int depth) {
    volatile char block[4096];
    block[0] = static_cast<char>(depth);
    return depth == 0 ? 0 : recurse(depth - 1) + block[0];
}

}  // namespace

TEST_CASE("An overflow of the native stack reaches the earlier handler", "[platform]") {
    CHECK(exited_with(in_fresh_child([] {
                          set_handler(SIGSEGV, [](int, siginfo_t*, void*) { _exit(9); });
                          if (!check_installed()) return 1;
                          std::thread([] {
                              if (ensure_alternate_stack()) recurse(INT_MAX);
                          }).join();
                          return 2;
                      }),
                      9));
}

#endif

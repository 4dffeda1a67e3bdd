// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "runtime/abi.h"
#include "wasm/simd.h"

// How one handler hands over to the next. Two forms, chosen when building:
//
//  - tail dispatch: handlers tail-call each other and keep the machine's state in registers
//    (see platform/fault_handler.h for the contract). Compilers turn every EPSILON_GO into a jump.
//  - trampoline: handlers return the next cell to a loop. For debug and sanitizer builds, and for
//    compilers that do not promise tail calls.
//
// pc     the cell that is executing
// fp     its frame (runtime/abi.h)
// mem    base of memory 0
// acc    the last integer or reference result, whether or not it was also stored
// local0 means nothing between cells: its register is every handler's to use
// vacc   the last vector, or the last floating-point number in lane 0
namespace epsilon::interp {

using Vector = simd::V128;

#if EPSILON_TAIL_DISPATCH

#define EPSILON_PARAMS                                                                            \
    [[maybe_unused]] const uint8_t *pc, [[maybe_unused]] Slot *fp, [[maybe_unused]] uint8_t *mem, \
        [[maybe_unused]] uint64_t acc, [[maybe_unused]] uint64_t local0,                          \
        [[maybe_unused]] Context *ctx, [[maybe_unused]] Vector vacc
#define EPSILON_ARGS pc, fp, mem, acc, local0, ctx, vacc
#define EPSILON_NEXT_CELL void
using Handler = void (*)(EPSILON_PARAMS);

#if defined(__clang__)
#define EPSILON_TAIL_CALL __attribute__((musttail)) return
#else
#define EPSILON_TAIL_CALL return
#endif

inline Handler handler_at(const uint8_t* cell, const Context* ctx) {
    int32_t offset;
    std::memcpy(&offset, cell, sizeof offset);
#if defined(__x86_64__)
    // One instruction reads the base and adds it: compilers don't fold an atomic load themselves.
    static_assert(sizeof ctx->fault.handler_base == sizeof(uint64_t));
    uint64_t address = uint64_t(int64_t(offset));
    asm("addq %1, %0" : "+r"(address) : "m"(ctx->fault.handler_base) : "cc");
    return reinterpret_cast<Handler>(address);
#else
    return reinterpret_cast<Handler>(
        const_cast<char*>(ctx->fault.handler_base.load(std::memory_order_relaxed) + offset));
#endif
}

// An unknown value, of no cost: the register is free up to here.
#define EPSILON_FORGET(variable) asm("" : "=r"(variable))
#ifdef __clang__  // g++ uses a register less where local0 stays what it is
#define EPSILON_FORGET_LOCAL0 EPSILON_FORGET(local0)
#else
#define EPSILON_FORGET_LOCAL0 static_cast<void>(0)
#endif

#define EPSILON_GO(next)                           \
    do {                                           \
        pc = (next);                               \
        EPSILON_FORGET_LOCAL0;                     \
        const Handler go_to = handler_at(pc, ctx); \
        EPSILON_TAIL_CALL go_to(EPSILON_ARGS);     \
    } while (false)
#define EPSILON_JUMP(handler) EPSILON_TAIL_CALL handler(EPSILON_ARGS)
#define EPSILON_LEAVE return

#else

#define EPSILON_PARAMS                                                    \
    [[maybe_unused]] const uint8_t *pc, [[maybe_unused]] Slot *&fp,       \
        [[maybe_unused]] uint8_t *&mem, [[maybe_unused]] uint64_t &acc,   \
        [[maybe_unused]] uint64_t &local0, [[maybe_unused]] Context *ctx, \
        [[maybe_unused]] Vector &vacc
#define EPSILON_ARGS pc, fp, mem, acc, local0, ctx, vacc
#define EPSILON_NEXT_CELL const uint8_t*
using Handler = const uint8_t* (*)(EPSILON_PARAMS);
#define EPSILON_FORGET(variable) static_cast<void>(0)
#define EPSILON_GO(next) return (next)
#define EPSILON_JUMP(handler) return handler(EPSILON_ARGS)
#define EPSILON_LEAVE return nullptr

#endif

#define EPSILON_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define EPSILON_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define EPSILON_APART __attribute__((noinline))
#define EPSILON_INLINE inline __attribute__((always_inline))

// A cell's head is the distance of its handler from this one, so that cells hold no addresses.
EPSILON_NEXT_CELL handler_anchor(EPSILON_PARAMS);

inline const char* handler_base() {
    return reinterpret_cast<const char*>(&handler_anchor);
}
inline int32_t handler_offset(Handler handler) {
    return int32_t(reinterpret_cast<const char*>(handler) - handler_base());
}

}  // namespace epsilon::interp

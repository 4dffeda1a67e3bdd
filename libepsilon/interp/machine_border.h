// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/dispatch.h"

// How handlers enter machine code. It has the machine's state where handlers of tail dispatch have
// it, so that those jump there and back. From a trampoline it is called, and comes back with the
// state in Context::machine and with the handler that is to run next.
namespace epsilon::interp {

#if (defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__) && defined(__linux__)
#define EPSILON_MACHINE_CODE 1
#else
#define EPSILON_MACHINE_CODE 0
#endif

// Whether calls from outside can go straight into machine code.
#define EPSILON_OUTER_ENTRY (EPSILON_MACHINE_CODE && EPSILON_TAIL_DISPATCH && EPSILON_FAULT_HANDLER)

#if !EPSILON_MACHINE_CODE

// Never reached: no cell has machine code.
#define EPSILON_ENTER_MACHINE_CODE(code) \
    do {                                 \
        static_cast<void>(code);         \
        EPSILON_LEAVE;                   \
    } while (false)

#elif EPSILON_TAIL_DISPATCH

#define EPSILON_ENTER_MACHINE_CODE(code)                              \
    do {                                                              \
        const Handler machine_code = reinterpret_cast<Handler>(code); \
        EPSILON_TAIL_CALL machine_code(EPSILON_ARGS);                 \
    } while (false)

#else

// Calls machine code with the state in the registers of tail dispatch. `code` is where local0 is
// there. All registers that a function must keep are kept here, or by the code itself.
extern "C" __attribute__((visibility("hidden"))) void epsilon_interp_call_machine_code(
    const uint8_t* pc, Slot* fp, uint8_t* mem, uint64_t acc, uint64_t code, Context* ctx,
    Vector vacc);

#define EPSILON_ENTER_MACHINE_CODE(code)                                           \
    do {                                                                           \
        epsilon_interp_call_machine_code(pc, fp, mem, acc, (code), ctx, vacc);     \
        const MachineState& state = ctx->machine;                                  \
        pc = state.pc;                                                             \
        fp = state.fp;                                                             \
        mem = state.mem;                                                           \
        acc = state.acc;                                                           \
        local0 = state.local0;                                                     \
        vacc = Vector{state.vacc[0], state.vacc[1]};                               \
        EPSILON_JUMP(reinterpret_cast<Handler>(const_cast<void*>(state.handler))); \
    } while (false)

#endif

}  // namespace epsilon::interp

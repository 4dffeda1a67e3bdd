// SPDX-License-Identifier: Apache-2.0
// Miniature interpreter handlers and landings for the tests of the fault handler.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <functional>

#include "platform/fault_handler.h"
#include "platform/fault_table.h"
#include "platform/virtual_memory.h"

extern "C" {
// Changes callee-saved registers and the stack, sets vacc to 2.5, loads a byte at mem + acc into
// fp[0] and returns.
void fault_test_load();
// The same load at an instruction that isn't recorded.
void fault_test_unrecorded_load();
// Adds one to acc and dispatches the cell at pc: a 32-bit distance from the handler base.
void fault_test_loop();
extern const char fault_test_anchor[];
}

namespace fault_test {

struct Frame;
using Handler = void (*)(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc,
                         uint64_t local0, Frame* frame, __m128 vacc);

inline epsilon::platform::Landing as_landing(Handler handler) {
    return reinterpret_cast<epsilon::platform::Landing>(handler);
}

void land_memory_fault(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
                       Frame* frame, __m128 vacc);
void land_stop(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
               Frame* frame, __m128 vacc);

// A context: begins with the frame that the fault handler knows.
struct Frame {
    Frame() {
        fault.memory_fault_landing = as_landing(&land_memory_fault);
        fault.stop_landing = as_landing(&land_stop);
    }

    epsilon::platform::FaultFrame fault;
    struct {
        const uint8_t* pc;
        uint64_t* fp;
        uint8_t* mem;
        uint64_t acc;
        uint64_t local0;
        float vacc;
    } seen = {};
    int landings = 0;
    int stops = 0;
};

// Loads a byte at mem + acc into fp[0]; instantiated in two translation units.
template <int which>
void store_load(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
                Frame* frame, __m128 vacc) {
    register const uint8_t* pc_pinned asm("rdi") = pc;
    register uint64_t* fp_pinned asm("rsi") = fp;
    register uint8_t* mem_pinned asm("rdx") = mem;
    register uint64_t acc_pinned asm("rcx") = acc;
    register uint64_t local0_pinned asm("r8") = local0;
    register Frame* frame_pinned asm("r9") = frame;
    register __m128 vacc_pinned asm("xmm0") = vacc;
    uint64_t value;
    asm volatile("1: movzbl (%[mem],%[acc]), %k[value]\n" EPSILON_FAULT_ENTRY(1b)
                 : [value] "=&r"(value)
                 : [mem] "r"(mem_pinned), [acc] "r"(acc_pinned), "r"(pc_pinned), "r"(fp_pinned),
                   "r"(local0_pinned), "r"(frame_pinned), "x"(vacc_pinned)
                 : "memory");
    fp[0] = value;
}

void read_modes(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
                Frame* frame, __m128 vacc);
void nest_then_fault(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
                     Frame* frame, __m128 vacc);

// enter_handlers(), with known values in the callee-saved registers: 1 if they and the stack
// pointer were restored.
uint64_t enter_and_check_registers(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc,
                                   uint64_t local0, Frame* frame,
                                   epsilon::platform::Landing handler);

// A registered reservation of 1 MiB with 64 KiB of zeros committed.
class GuardedMemory {
public:
    GuardedMemory();
    ~GuardedMemory();
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;

    uint8_t* base() { return memory_.base(); }
    uint64_t committed() const { return 65536; }

private:
    epsilon::platform::Reservation memory_;
};

// Whether an access outside of a guarded memory lands, by this thread, now.
bool traps_now();

// Runs the body in a forked child that exits with its result; gives the child's wait status. The
// child writes no core dump and dies by SIGALRM after 20 seconds.
int run_in_child(const std::function<int()>& body);
bool exited_with(int status, int code);
bool killed_by(int status, int signal);

}  // namespace fault_test

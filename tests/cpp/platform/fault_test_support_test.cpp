// SPDX-License-Identifier: Apache-2.0
#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include "platform/fault_test_support.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

using namespace epsilon::platform;

asm(R"(
    .pushsection .text
    .globl fault_test_anchor
fault_test_anchor:
    .skip 16, 0xcc

    .globl fault_test_load
fault_test_load:
    pushq %rbx
    pushq %rbp
    xorl %ebx, %ebx
    xorl %ebp, %ebp
    xorl %r12d, %r12d
    xorl %r13d, %r13d
    xorl %r14d, %r14d
    xorl %r15d, %r15d
    movl $0x40200000, %eax
    movd %eax, %xmm0
1:  movzbl (%rdx,%rcx), %eax
)" EPSILON_FAULT_ENTRY(1b) R"(
    movq %rax, (%rsi)
    popq %rbp
    popq %rbx
    ret

    .globl fault_test_unrecorded_load
fault_test_unrecorded_load:
    movzbl (%rdx,%rcx), %eax
    movq %rax, (%rsi)
    ret

    .globl fault_test_loop
fault_test_loop:
    incq %rcx
    movslq (%rdi), %rax
    addq (%r9), %rax
    jmp *%rax

fault_test_enter:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq 56(%rsp), %rax
    movq %rsp, %rbx
    leaq 1(%rsp), %rbp
    leaq 2(%rsp), %r12
    leaq 3(%rsp), %r13
    leaq 4(%rsp), %r14
    leaq 5(%rsp), %r15
    pushq %rax
    call epsilon_platform_enter_handlers
    addq $8, %rsp
    xorl %eax, %eax
    cmpq %rsp, %rbx
    jne 2f
    leaq 1(%rsp), %rcx
    cmpq %rcx, %rbp
    jne 2f
    leaq 2(%rsp), %rcx
    cmpq %rcx, %r12
    jne 2f
    leaq 3(%rsp), %rcx
    cmpq %rcx, %r13
    jne 2f
    leaq 4(%rsp), %rcx
    cmpq %rcx, %r14
    jne 2f
    leaq 5(%rsp), %rcx
    cmpq %rcx, %r15
    jne 2f
    incl %eax
2:  popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .popsection
)");

extern "C" uint64_t fault_test_enter(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc,
                                     uint64_t local0, FaultFrame* frame, Landing handler);

namespace fault_test {

void land_memory_fault(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
                       Frame* frame, __m128 vacc) {
    frame->seen = {pc, fp, mem, acc, local0, _mm_cvtss_f32(vacc)};
    ++frame->landings;
}

void land_stop(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
               Frame* frame, __m128 vacc) {
    frame->seen = {pc, fp, mem, acc, local0, _mm_cvtss_f32(vacc)};
    ++frame->stops;
}

void read_modes(const uint8_t*, uint64_t* fp, uint8_t*, uint64_t, uint64_t, Frame*, __m128) {
    fp[0] = _mm_getcsr();
}

void nest_then_fault(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc, uint64_t local0,
                     Frame* frame, __m128 vacc) {
    enter_handlers(pc, fp, mem, acc, local0, &frame->fault, as_landing(&store_load<2>));
    fp[1] = static_cast<uint64_t>(frame->landings);
    store_load<1>(pc, fp, mem, acc, local0, frame, vacc);
}

uint64_t enter_and_check_registers(const uint8_t* pc, uint64_t* fp, uint8_t* mem, uint64_t acc,
                                   uint64_t local0, Frame* frame, Landing handler) {
    return fault_test_enter(pc, fp, mem, acc, local0, &frame->fault, handler);
}

GuardedMemory::GuardedMemory() : memory_(Reservation::reserve(size_t{1} << 20).value()) {
    if (!memory_.commit(0, committed()) || !register_range(memory_.base(), memory_.size())) {
        throw std::runtime_error("no guarded memory");
    }
}

GuardedMemory::~GuardedMemory() {
    unregister_range(memory_.base());
}

bool traps_now() {
    GuardedMemory memory;
    Frame frame;
    uint64_t slots[4] = {};
    enter_handlers(nullptr, slots, memory.base(), memory.committed() + 1, 0, &frame.fault,
                   &fault_test_load);
    return frame.landings == 1;
}

int run_in_child(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no fork");
    if (child == 0) {
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        alarm(20);
        _exit(body());
    }
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool exited_with(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

bool killed_by(int status, int signal) {
    return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

}  // namespace fault_test

#endif

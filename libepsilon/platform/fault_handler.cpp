// SPDX-License-Identifier: Apache-2.0
#include "platform/fault_handler.h"

#if EPSILON_FAULT_HANDLER

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include "platform/code_memory.h"
#include "platform/fault_table.h"
#include "platform/fork_mutex.h"
#include "platform/saved_registers.h"
#include "platform/signal_chain.h"

namespace epsilon::platform {

namespace {

std::atomic<const char*> stop_region{nullptr};  // its middle

// Never destroyed: static destruction may run while other threads still make instances.
ForkMutex& install_mutex() noexcept {
    alignas(ForkMutex) static unsigned char storage[sizeof(ForkMutex)];
    static ForkMutex* const mutex = new (storage) ForkMutex;
    return *mutex;
}
std::atomic<bool> installed{false};

bool is_in_stop_region(uintptr_t address) noexcept {
    const auto middle = reinterpret_cast<uintptr_t>(stop_region.load(std::memory_order_relaxed));
    return middle != 0 && address - (middle - stop_region_reach) < 2 * stop_region_reach;
}

template <class T>
uintptr_t address_of(T* pointer) noexcept {
    return reinterpret_cast<uintptr_t>(pointer);
}

// True if the signal was ours; the context then continues at a landing.
bool redirect(int signal, const siginfo_t* info, greg_t* registers) noexcept {
    const auto instruction = static_cast<uintptr_t>(registers[REG_RIP]);
    auto* frame = reinterpret_cast<FaultFrame*>(registers[REG_R9]);
    if (is_in_stop_region(instruction) && signal == SIGSEGV) {
        // A stop asked for from here on stops the program again. The landing looks for the reason
        // only after this, so none is missed.
        frame->handler_base.store(frame->real_handler_base, std::memory_order_seq_cst);
        registers[REG_RIP] = static_cast<greg_t>(address_of(frame->stop_landing));
        return true;
    }
    const uintptr_t address = address_of(info->si_addr);
    if (!is_registered_address(address)) return false;
    if (!is_fault_instruction(instruction)) {
        const uint8_t* cell = fault_cell_of_code(instruction);
        if (cell == nullptr) return false;
        registers[REG_RDI] = static_cast<greg_t>(address_of(cell));
    }
    frame->fault_address = address;
    frame->fault_instruction = instruction;
    registers[REG_RSP] = static_cast<greg_t>(address_of(frame->entry_sp));
    registers[REG_RIP] = static_cast<greg_t>(address_of(frame->memory_fault_landing));
    return true;
}

// Whether a crash reporter in front of ours has answered a fault of ours by raising the signal
// again: inside its raise(), or at the instruction itself if it had the signal blocked.
// Not so if that was no fault of ours and we passed it on to the reporter.
bool is_raised_again(const siginfo_t* info, const greg_t* registers,
                     const void* frame_address) noexcept {
    if (info->si_code != SI_TKILL || info->si_pid != getpid()) return false;
    if (is_inside_pass_on(frame_address)) return false;
    const auto instruction = static_cast<uintptr_t>(registers[REG_RIP]);
    return detail::this_thread.active_frame != nullptr || is_fault_instruction(instruction) ||
           fault_cell_of_code(instruction) != nullptr || is_in_stop_region(instruction);
}

template <size_t entry>
void handle_signal(int signal, siginfo_t* info, void* raw_context) {
    const int saved_errno = errno;
    greg_t* registers = static_cast<ucontext_t*>(raw_context)->uc_mcontext.gregs;
    if (info->si_code > 0) {
        if (!redirect(signal, info, registers)) pass_on(entry, signal, info, raw_context);
    } else if (!is_raised_again(info, registers, __builtin_frame_address(0))) {
        pass_on(entry, signal, info, raw_context);
    }
    errno = saved_errno;
}

template <size_t... entry>
constexpr HandlerEntries make_entries(std::index_sequence<entry...>) {
    return {&handle_signal<entry>...};
}
constexpr HandlerEntries entries =
    make_entries(std::make_index_sequence<max_replaced_handlers + 1>());

void reserve_stop_region() noexcept {
    if (stop_region.load() != nullptr) return;
    void* base = mmap(nullptr, 2 * stop_region_reach, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base != MAP_FAILED) stop_region.store(static_cast<const char*>(base) + stop_region_reach);
}

}  // namespace

bool check_installed() noexcept {
    const std::lock_guard lock(install_mutex());
    reserve_stop_region();
    const bool ok =
        build_fault_table() && put_in_front(SIGSEGV, entries) && put_in_front(SIGBUS, entries);
    if (ok) installed.store(true, std::memory_order_release);
    return ok;
}

bool install() noexcept {
    return installed.load(std::memory_order_acquire) || check_installed();
}

const char* stop_region_base() noexcept {
    return stop_region.load(std::memory_order_acquire);
}

}  // namespace epsilon::platform

// Arguments of the handler are already where it wants them; `handler` is on the stack. Handlers run
// with the floating-point modes that WebAssembly requires (round to nearest, no flushing of
// denormal numbers, no exceptions), whatever those of the host are. CFA offsets are kept exact so
// that debuggers and profilers can unwind through here.
asm(R"(
    .pushsection .text
    .p2align 4
    .globl epsilon_platform_enter_handlers
    .hidden epsilon_platform_enter_handlers
    .type epsilon_platform_enter_handlers, @function
epsilon_platform_enter_handlers:
    .cfi_startproc
    endbr64
)" EPSILON_SAVE_REGISTERS R"(
    pushq 16(%r9)
    .cfi_adjust_cfa_offset 8
    pushq %r9
    .cfi_adjust_cfa_offset 8
    subq $24, %rsp
    .cfi_adjust_cfa_offset 24
    stmxcsr (%rsp)
    movl (%rsp), %eax
    andl $0xffc0, %eax
    cmpl $0x1f80, %eax
    je 1f
    movl $0x1f80, 4(%rsp)
    ldmxcsr 4(%rsp)
1:  movq 96(%rsp), %rax
    leaq -8(%rsp), %r10
    movq %r10, 16(%r9)
    pxor %xmm0, %xmm0
    call *%rax
    movl (%rsp), %eax
    andl $0xffc0, %eax
    cmpl $0x1f80, %eax
    je 2f
    ldmxcsr (%rsp)
2:  addq $24, %rsp
    .cfi_adjust_cfa_offset -24
    popq %r9
    .cfi_adjust_cfa_offset -8
    popq 16(%r9)
    .cfi_adjust_cfa_offset -8
)" EPSILON_RESTORE_REGISTERS R"(
    ret
    .cfi_endproc
    .size epsilon_platform_enter_handlers, . - epsilon_platform_enter_handlers
    .popsection
)");

// The same for the outermost call of a frame: entry_sp need not be kept, and the handler is the one
// of the cell. Hosts seldom have other modes: that way is apart.
asm(R"(
    .pushsection .text
    .p2align 4
    .globl epsilon_platform_enter_first
    .hidden epsilon_platform_enter_first
    .type epsilon_platform_enter_first, @function
epsilon_platform_enter_first:
    .cfi_startproc
    endbr64
)" EPSILON_SAVE_REGISTERS R"(
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq %rcx, %r9
    stmxcsr (%rsp)
    movl (%rsp), %eax
    leaq -8(%rsp), %r10
    movq %r10, 16(%r9)
    andl $0xffc0, %eax
    cmpl $0x1f80, %eax
    jne 2f
    movslq (%rdi), %rax
    pxor %xmm0, %xmm0
    addq (%r9), %rax
    call *%rax
1:  .cfi_remember_state
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
)" EPSILON_RESTORE_REGISTERS R"(
    ret
    .cfi_restore_state
2:  movl $0x1f80, 4(%rsp)
    ldmxcsr 4(%rsp)
    movslq (%rdi), %rax
    pxor %xmm0, %xmm0
    addq (%r9), %rax
    call *%rax
    ldmxcsr (%rsp)
    jmp 1b
    .cfi_endproc
    .size epsilon_platform_enter_first, . - epsilon_platform_enter_first
    .popsection
)");

// The first is come to by a return: a function that knows of it has put its address on the stack,
// above r15. The unwinder looks for it one byte in front.
asm(R"(
    .pushsection .text
    .p2align 4
    .type epsilon_platform_left_machine_code, @function
    .cfi_startproc
    .cfi_def_cfa_offset 16
    .cfi_offset %r15, -16
    nop
    .globl epsilon_platform_left_machine_code
    .hidden epsilon_platform_left_machine_code
epsilon_platform_left_machine_code:
    movl $1, %edx
    movq %rcx, %rax
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    ret
    .cfi_endproc
    .size epsilon_platform_left_machine_code, . - epsilon_platform_left_machine_code

    .p2align 4
    .globl epsilon_platform_save_for_machine_code
    .hidden epsilon_platform_save_for_machine_code
    .type epsilon_platform_save_for_machine_code, @function
epsilon_platform_save_for_machine_code:
    .cfi_startproc
    endbr64
)" EPSILON_SAVE_REGISTERS R"(
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq %rdx, %r9
    leaq -8(%rsp), %r10
    movq %r10, 16(%r9)
    call *%rax
    leaq 1(%r15), %rdx
    movq %rcx, %rax
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
)" EPSILON_RESTORE_REGISTERS R"(
    ret
    .cfi_endproc
    .size epsilon_platform_save_for_machine_code, . - epsilon_platform_save_for_machine_code
    .popsection
)");

#else

namespace epsilon::platform {

bool check_installed() noexcept {
    return false;
}
bool install() noexcept {
    return false;
}
const char* stop_region_base() noexcept {
    return nullptr;
}

}  // namespace epsilon::platform

#endif

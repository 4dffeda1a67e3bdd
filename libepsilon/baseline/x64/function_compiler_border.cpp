// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/x64/vector_codes.h"

// Ways into the code and out of it, and what is checked on them.
namespace epsilon::baseline {

using namespace codes;

using namespace interp;

// --- The beginning

void FunctionCompiler::check_stack(uint32_t frame_slots, Label exhausted) {
    code_.lea(Width::w64, Reg::rax, slot_memory(int32_t(frame_slots)));
    code_.alu(Alu::cmp, Width::w64, Reg::rax, context_memory(offsetof(Context, stack_limit)));
    code_.jcc(Cond::a, exhausted);
}

void FunctionCompiler::count_call(Label exhausted) {
    code_.load(epsilon::baseline::Access::u32, Reg::rax, context_memory(offsetof(Context, depth)));
    code_.alu(Alu::cmp, Width::w32, Reg::rax, context_memory(offsetof(Context, max_depth)));
    code_.jcc(Cond::ae, exhausted);
    code_.alu(Alu::add, Width::w32, context_memory(offsetof(Context, depth)), 1);
}

void FunctionCompiler::fill_locals(uint32_t slots) {
    if (slots == 0) {
        return;
    }
    code_.vector2(xorps, Xmm::xmm15, Xmm::xmm15, Xmm::xmm15);
    if (slots <= 16) {
        for (uint32_t slot = 0; slot < slots; slot += 2) {
            code_.vector_store(movups_store, slot_memory(int32_t(slot)), Xmm::xmm15);
        }
        return;
    }
    code_.lea(Width::w64, Reg::rax, slot_memory(int32_t(slots)));
    code_.mov(Width::w64, Reg::rdi, frame_register);
    const Label next = code_.new_label();
    code_.bind(next);
    code_.vector_store(movups_store, at(Reg::rdi, 0), Xmm::xmm15);
    code_.alu(Alu::add, Width::w64, Reg::rdi, 16);
    code_.alu(Alu::cmp, Width::w64, Reg::rdi, Reg::rax);
    code_.jcc(Cond::b, next);
}

// --- Fuel, stops, traps

void FunctionCompiler::take_fuel(uint32_t price, Label is_short) {
    const Mem fuel = context_memory(offsetof(Context, fuel_left));
    if (int32_t(price) >= 0) {
        code_.alu(Alu::sub, Width::w64, fuel, int32_t(price));
    } else {
        code_.mov(Reg::rax, price);
        code_.alu(Alu::sub, Width::w64, fuel, Reg::rax);
    }
    code_.jcc(Cond::s, is_short);
}

void FunctionCompiler::check_stop(Label stops) {
    code_.alu(Alu::cmp, Width::w32, context_memory(offsetof(Context, stop)), 0);
    code_.jcc(Cond::ne, stops);
}

void FunctionCompiler::note_trap(Trap trap) {
    code_.store(sizeof(Trap), context_memory(offsetof(Context, trap)), int32_t(trap));
}

// --- The border

void FunctionCompiler::leave(const void* handler, uint32_t cell, uint32_t price) {
    if (price != 0) {
        code_.mov(Reg::r8, price);
    }
    code_.mov(Reg::rdi, reinterpret_cast<uintptr_t>(function_.cells + cell));
    code_.mov(Reg::rax, reinterpret_cast<uintptr_t>(handler));
    code_.jmp(border_);
}

void FunctionCompiler::leave_for_side_cell(const void* handler, Label side) {
    code_.lea(Reg::rdi, side);
    code_.mov(Reg::rax, reinterpret_cast<uintptr_t>(handler));
    code_.jmp(border_);
}

void FunctionCompiler::enter_from_cells() {
    code_.mov(Width::w64, memory_register, Reg::rdx);
}

void FunctionCompiler::set_machine_return(Label label) {
    code_.lea(Reg::rax, label);
    code_.store(8, slot_memory(frame_machine_return), Reg::rax);
}

// To the handler in rax, with what it expects where it expects it.
void FunctionCompiler::give_over(Assembler& code) {
#if EPSILON_TAIL_DISPATCH
    code.mov(Width::w64, Reg::rdx, memory_register);
    code.jmp(Reg::rax);
#else
    const auto keep = [&code](size_t offset, Reg reg) {
        code.store(8, context_memory(offsetof(Context, machine) + offset), reg);
    };
    keep(offsetof(MachineState, pc), Reg::rdi);
    keep(offsetof(MachineState, fp), frame_register);
    keep(offsetof(MachineState, mem), memory_register);
    keep(offsetof(MachineState, acc), Reg::rcx);
    keep(offsetof(MachineState, local0), Reg::r8);
    keep(offsetof(MachineState, handler), Reg::rax);
    code.vector_store(movups_store,
                      context_memory(offsetof(Context, machine) + offsetof(MachineState, vacc)),
                      Xmm::xmm0);
    code.ret();
#endif
}

void FunctionCompiler::call_of_cells(Assembler& code) {
    code.mov(Reg::rax, reinterpret_cast<uintptr_t>(border_handlers().call_cells));
    give_over(code);
}

void FunctionCompiler::emit_border() {
    code_.bind(return_to_cells_);
    code_.mov(Reg::rax, reinterpret_cast<uintptr_t>(handlers_.return_to_cells));
    code_.bind(border_);
    give_over(code_);
}

}  // namespace epsilon::baseline

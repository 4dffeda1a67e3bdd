// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

// Ways into the code and out of it, and what is checked on them. Handlers have pc in x0, fp in x1,
// mem in x2, acc in x3, local0 in x4, ctx in x5 and vacc in v0; the one that is next is in x16.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

constexpr Reg scratch = Reg::x16;

}  // namespace

// --- The beginning

void FunctionCompiler::check_stack(uint32_t frame_slots, Label exhausted) {
    code_.alu(Alu::add, Width::w64, scratch, frame_register, frame_slots * sizeof(Slot));
    code_.load(u64, Reg::x0, context_memory(offsetof(Context, stack_limit)));
    code_.cmp(Width::w64, scratch, Reg::x0);
    code_.jcc(Cond::hi, exhausted);
}

void FunctionCompiler::count_call(Label exhausted) {
    code_.load(u32, scratch, context_memory(offsetof(Context, depth)));
    code_.load(u32, Reg::x0, context_memory(offsetof(Context, max_depth)));
    code_.cmp(Width::w32, scratch, Reg::x0);
    code_.jcc(Cond::hs, exhausted);
    code_.alu(Alu::add, Width::w32, scratch, scratch, 1);
    code_.store(4, context_memory(offsetof(Context, depth)), scratch);
}

void FunctionCompiler::fill_locals(uint32_t slots) {
    if (slots == 0) {
        return;
    }
    if (slots <= 16) {
        for (uint32_t slot = 0; slot < slots; ++slot) {
            code_.store(8, slot_memory(int32_t(slot)), Reg::zero);
        }
        return;
    }
    code_.alu(Alu::add, Width::w64, scratch, frame_register, slots * sizeof(Slot));
    code_.mov(Width::w64, Reg::x0, frame_register);
    const Label next = code_.new_label();
    code_.bind(next);
    code_.store(8, at(Reg::x0, 0), Reg::zero);
    code_.alu(Alu::add, Width::w64, Reg::x0, Reg::x0, sizeof(Slot));
    code_.cmp(Width::w64, Reg::x0, scratch);
    code_.jcc(Cond::lo, next);
}

// --- Fuel, stops, traps

void FunctionCompiler::take_fuel(uint32_t price, Label is_short) {
    const Mem fuel = context_memory(offsetof(Context, fuel_left));
    code_.load(u64, scratch, fuel);
    code_.alu(Alu::subs, Width::w64, scratch, scratch, price);
    code_.store(8, fuel, scratch);
    code_.jcc(Cond::mi, is_short);
}

void FunctionCompiler::check_stop(Label stops) {
    code_.load(u32, scratch, context_memory(offsetof(Context, stop)));
    code_.cbnz(Width::w32, scratch, stops);
}

void FunctionCompiler::note_trap(Trap trap) {
    code_.mov(scratch, uint64_t(trap));
    code_.store(sizeof(Trap), context_memory(offsetof(Context, trap)), scratch);
}

// --- The border

void FunctionCompiler::leave(const void* handler, uint32_t cell, uint32_t price) {
    if (price != 0) {
        code_.mov(Reg::x4, price);
    }
    code_.address(Reg::x0, function_.cells + cell);
    code_.address(scratch, handler);
    code_.jmp(border_);
}

void FunctionCompiler::leave_for_side_cell(const void* handler, Label side) {
    code_.lea(Reg::x0, side);
    code_.address(scratch, handler);
    code_.jmp(border_);
}

// All is where handlers have it.
void FunctionCompiler::enter_from_cells() {}

void FunctionCompiler::set_machine_return(Label label) {
    code_.lea(scratch, label);
    code_.store(8, slot_memory(frame_machine_return), scratch);
}

void FunctionCompiler::give_over(Assembler& code) {
#if EPSILON_TAIL_DISPATCH
    code.jmp(scratch);
#else
    const auto keep = [&code](size_t offset, Reg reg) {
        code.store(8, context_memory(offsetof(Context, machine) + offset), reg);
    };
    keep(offsetof(MachineState, pc), Reg::x0);
    keep(offsetof(MachineState, fp), frame_register);
    keep(offsetof(MachineState, mem), memory_register);
    keep(offsetof(MachineState, acc), Reg::x3);
    keep(offsetof(MachineState, local0), Reg::x4);
    keep(offsetof(MachineState, handler), scratch);
    code.store(16, context_memory(offsetof(Context, machine) + offsetof(MachineState, vacc)),
               Vec::v0);
    code.ret();
#endif
}

void FunctionCompiler::call_of_cells(Assembler& code) {
    code.address(scratch, border_handlers().call_cells);
    give_over(code);
}

void FunctionCompiler::emit_border() {
    code_.bind(return_to_cells_);
    code_.address(scratch, handlers_.return_to_cells);
    code_.bind(border_);
    give_over(code_);
}

}  // namespace epsilon::baseline

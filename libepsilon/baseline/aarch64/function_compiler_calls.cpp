// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

// Calls and returns. The frame is drawn in runtime/abi.h.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

// The function that is called; at returns, where machine code goes on.
constexpr Reg target = Reg::x16;

Mem view(size_t offset) {
    return at(context_register, int32_t(offsetof(Context, view) + offset));
}

constexpr int32_t header_slot(int32_t slot) {
    return slot * int32_t(sizeof(Slot));
}

}  // namespace

// The function in x16 is of the running instance. Everything is in memory. Behind: the cell where
// the interpreter would go on after the call.
void FunctionCompiler::call_function(const Operation& operation, uint32_t behind) {
    const Label side = code_.new_label();
    const Label returned = code_.new_label();
    code_.alu(Alu::add, Width::w64, Reg::x0, frame_register,
              uint64_t(int64_t{field<int32_t>(operation, 8)} * int64_t(sizeof(Slot))));
    code_.lea(Reg::x6, returned);
    code_.lea(Reg::x7, side);
    code_.store_pair(Reg::x0, header_slot(frame_machine_return), Reg::x6, Reg::x7);
    code_.store_pair(Reg::x0, header_slot(frame_caller_fp), frame_register, target);
    code_.mov(Width::w64, frame_register, Reg::x0);
    if (operation.form == Form::call_own && operation.immediate == own_offset_) {
        code_.jmp(entry_);
    } else {
        code_.load(u64, target, at(target, int32_t(offsetof(FunctionInstance, machine_code))));
        code_.jmp(target);
    }
    code_.bind(returned);
    return_from_function(side, behind);
}

void FunctionCompiler::call_own(const Operation& operation) {
    registers_.store_all();
    registers_.forget_all();
    code_.load(u64, target, view(offsetof(InstanceView, own_functions)));
    if (operation.immediate != 0) {
        code_.alu(Alu::add, Width::w64, target, target, operation.immediate);
    }
    call_function(operation, operation.cell + operation.size);
    finish_call(operation);
}

// Most imports are the host's: the interpreter calls those, and functions of other instances.
void FunctionCompiler::call_import(const Operation& operation) {
    interpret(operation, operation.size + cell_size);
    ++skip_;
    finish_call(operation);
}

// The function with the index in x4 goes to x16 if it is of this type and of the running instance.
void FunctionCompiler::look_up(uint32_t table, uint32_t type_id, Label otherwise) {
    code_.load(u64, Reg::x6, view(offsetof(InstanceView, tables)));
    code_.load(u64, Reg::x6, at(Reg::x6, int32_t(table * sizeof(TableView*))));
    code_.load(u64, Reg::x7, at(Reg::x6, int32_t(offsetof(TableView, size))));
    code_.cmp(Width::w64, Reg::x4, Reg::x7);
    code_.jcc(Cond::hs, otherwise);
    code_.load(u64, Reg::x6, at(Reg::x6, int32_t(offsetof(TableView, elements))));
    code_.load(u64, target, at_index(Reg::x6, Reg::x4, Width::w64, 3));
    code_.cbz(Width::w64, target, otherwise);
    code_.load(u32, Reg::x6, at(target, int32_t(offsetof(FunctionInstance, type_id))));
    code_.cmp(Width::w32, Reg::x6, type_id);
    code_.jcc(Cond::ne, otherwise);
    code_.load(u64, Reg::x6, view(offsetof(InstanceView, instance)));
    code_.load(u64, Reg::x7, at(target, int32_t(offsetof(FunctionInstance, instance))));
    code_.cmp(Width::w64, Reg::x6, Reg::x7);
    code_.jcc(Cond::ne, otherwise);
}

void FunctionCompiler::call_indirect(const Operation& operation) {
    const Reg index_held = registers_.use_int(operation.a, Type::i32);
    registers_.store_all();
    code_.mov(Width::w32, Reg::x4, index_held);
    registers_.forget_all();
    const Label resume = code_.new_label();
    const Label otherwise = interpret_aside(operation, operation.size + cell_size, resume);
    look_up(field<uint32_t>(operation, 16), field<uint32_t>(operation, 12), otherwise);
    call_function(operation, operation.cell + operation.size + cell_size);
    code_.bind(resume);
    ++skip_;
    finish_call(operation);
}

// --- Calls from outside: they come through cells.

void FunctionCompiler::emit_outer_entry() {}
void FunctionCompiler::emit_outer_return() {}
void FunctionCompiler::emit_outer_header() {}
void FunctionCompiler::emit_simple_body() {}
void FunctionCompiler::return_simply(const Operation& operation) {
    return_value(operation);
}

// --- Returns and tail calls

// What a frame returns to, in x16, x0 and x4, before it is overwritten.
void FunctionCompiler::load_header() {
    code_.load_pair(target, Reg::x0, frame_register, header_slot(frame_machine_return));
    code_.load(u64, Reg::x4, slot_memory(frame_caller_fp));
}

void FunctionCompiler::leave_frame() {
    if (is_counted()) {
        code_.load(u32, Reg::x6, context_memory(offsetof(Context, depth)));
        code_.alu(Alu::sub, Width::w32, Reg::x6, Reg::x6, 1);
        code_.store(4, context_memory(offsetof(Context, depth)), Reg::x6);
    }
    code_.mov(Width::w64, frame_register, Reg::x4);
    code_.jmp(target);
    reachable_ = false;
}

// Results may lie over the header, so it is read first. The result is in the accumulator too.
void FunctionCompiler::return_value(const Operation& operation) {
    const bool has_value = operation.form == Form::return_value;
    const bool is_float = has_value && !is_int(operation.type);
    if (is_float) {
        const Vec held = registers_.use_vector(operation.a, operation.type);
        if (held != result_vector) {
            code_.mov(result_vector, held);
        }
    } else if (has_value) {
        const Reg held = registers_.use_int(operation.a, operation.type);
        if (held != result_register) {
            code_.mov(Width::w64, result_register, held);
        }
    }
    load_header();
    if (is_float) {
        code_.store(8, slot_memory(operation.d), result_vector);
    } else if (has_value) {
        code_.store(8, slot_memory(operation.d), result_register);
    }
    leave_frame();
}

// To a function of the running instance, whose frame takes the place of this one; the interpreter
// does the others, and what has to trap.
void FunctionCompiler::tail_call(const Operation& operation) {
    const bool indirect = operation.has(reads_a);
    const uint32_t function = field<uint32_t>(operation, 8);
    if (operation.arguments > most_copied || (!indirect && function < imported_functions_)) {
        return leave_to_handler(operation);
    }
    registers_.store_all();
    const Label otherwise = cold({.kind = Cold::Kind::exit,
                                  .label = code_.new_label(),
                                  .handler = handler_of(operation),
                                  .cell = operation.cell});
    if (indirect) {
        code_.load(u32, Reg::x4, slot_memory(operation.a));
        look_up(function, field<uint32_t>(operation, 24), otherwise);
    } else {
        code_.load(u64, target, view(offsetof(InstanceView, own_functions)));
        code_.alu(Alu::add, Width::w64, target, target,
                  uint64_t{function - imported_functions_} * sizeof(FunctionInstance));
    }
    // As the interpreter has it: there may have to be room for a record and another header.
    const int32_t destination = field<int32_t>(operation, 16);
    const auto arguments = int32_t(operation.arguments);
    code_.load(u64, Reg::x6, at(target, int32_t(offsetof(FunctionInstance, code))));
    code_.load(
        u32, Reg::x6,
        at(Reg::x6, int32_t(offsetof(CodeHeader, frame_slots)) - int32_t(sizeof(CodeHeader))));
    code_.alu(Alu::add, Width::w64, Reg::x6, frame_register, Reg::x6, 3);
    code_.alu(Alu::add, Width::w64, Reg::x6, Reg::x6,
              uint64_t(int64_t{destination + 2 * frame_header_slots + arguments} *
                       int64_t(sizeof(Slot))));
    code_.load(u64, Reg::x7, context_memory(offsetof(Context, stack_limit)));
    code_.cmp(Width::w64, Reg::x6, Reg::x7);
    code_.jcc(Cond::hi, otherwise);
    if (is_counted()) {
        // It counts itself.
        code_.load(u32, Reg::x6, context_memory(offsetof(Context, depth)));
        code_.alu(Alu::sub, Width::w32, Reg::x6, Reg::x6, 1);
        code_.store(4, context_memory(offsetof(Context, depth)), Reg::x6);
    }
    code_.mov(Width::w64, Reg::x8, target);
    load_header();
    registers_.forget_all();
    registers_.copy_down(destination, operation.first_argument, operation.arguments);
    code_.alu(
        Alu::add, Width::w64, frame_register, frame_register,
        uint64_t(int64_t{destination + arguments + frame_header_slots} * int64_t(sizeof(Slot))));
    code_.store_pair(frame_register, header_slot(frame_machine_return), target, Reg::x0);
    code_.store_pair(frame_register, header_slot(frame_caller_fp), Reg::x4, Reg::x8);
    if (!indirect && (function - imported_functions_) * sizeof(FunctionInstance) == own_offset_) {
        code_.jmp(entry_);
    } else {
        code_.load(u64, target, at(Reg::x8, int32_t(offsetof(FunctionInstance, machine_code))));
        code_.jmp(target);
    }
    reachable_ = false;
}

}  // namespace epsilon::baseline

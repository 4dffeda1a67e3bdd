// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/x64/vector_codes.h"
#include "interp/charge.h"
#include "interp/dispatch.h"

// Calls, returns, and what the interpreter's handlers do. The frame is drawn in runtime/abi.h.
namespace epsilon::baseline {

using namespace codes;

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

// Results and arguments that are moved in a frame, in slots: more of them the interpreter moves.
constexpr uint32_t most_copied = 32;

const void* handler_of(const uint8_t* cell) {
    return handler_base() + read_field<int32_t>(cell, 0);
}

Mem view(size_t offset) {
    return at(context_register, int32_t(offsetof(Context, view) + offset));
}

Mem callee_slot(int32_t slot) {
    return at(Reg::rdi, slot * int32_t(sizeof(Slot)));
}

}  // namespace

// The function in rax is of the running instance. Everything is in memory. Behind: the cell where
// the interpreter would go on after the call.
void FunctionCompiler::call_function(const Operation& operation, uint32_t behind, uint32_t price) {
    const Label side = code_.new_label();
    const Label returned = code_.new_label();
    const Label go_on = code_.new_label();
    const Label resume = code_.new_label();
    code_.lea(Width::w64, Reg::rdi, slot_memory(field<int32_t>(operation, 8)));
    code_.store(8, callee_slot(frame_function), Reg::rax);
    code_.store(8, callee_slot(frame_caller_fp), frame_register);
    code_.lea(Reg::rcx, side);
    code_.store(8, callee_slot(frame_return_pc), Reg::rcx);
    code_.lea(Reg::rdx, returned);
    code_.store(8, callee_slot(frame_machine_return), Reg::rdx);
    code_.mov(Width::w64, frame_register, Reg::rdi);
    if (operation.form == Form::call_own && operation.immediate == own_offset_) {
        code_.jmp(entry_);
    } else {
        code_.jmp(at(Reg::rax, int32_t(offsetof(FunctionInstance, machine_code))));
    }
    code_.bind(returned);
    if (price != 0) {
        take_fuel(price, cold({.kind = Cold::Kind::exit,
                               .label = code_.new_label(),
                               .handler = handlers_.fuel_is_short,
                               .cell = behind,
                               .price = price}));
    }
    code_.bind(go_on);
    cold_.push_back({.kind = Cold::Kind::resume, .label = resume, .target = go_on});
    sides_.push_back({side, resume, current_, 0, behind, price});
}

// A single result is in the accumulator too.
void FunctionCompiler::finish_call(const Operation& operation) {
    if (operation.one_result) {
        registers_.define_stored(
            operation.d, operation.type,
            is_int(operation.type) ? register_of(Reg::rcx) : register_of(Xmm::xmm0));
    }
}

void FunctionCompiler::call_own(const Operation& operation) {
    registers_.store_all();
    registers_.forget_all();
    code_.load(u64, Reg::rax, view(offsetof(InstanceView, own_functions)));
    if (operation.immediate != 0) {
        code_.alu(Alu::add, Width::w64, Reg::rax, int32_t(operation.immediate));
    }
    const uint32_t behind = operation.cell + operation.size;
    call_function(operation, behind, is_metered() ? return_price(function_.cells + behind) : 0);
    finish_call(operation);
}

// Most imports are the host's: the interpreter calls those, and functions of other instances.
void FunctionCompiler::call_import(const Operation& operation) {
    interpret(operation, operation.size + cell_size);
    ++skip_;
    finish_call(operation);
}

// The function with the index in rcx goes to rax if it is of this type and of the running instance.
void FunctionCompiler::look_up(uint32_t table, uint32_t type_id, Label otherwise) {
    code_.load(u64, Reg::rdx, view(offsetof(InstanceView, tables)));
    code_.load(u64, Reg::rdx, at(Reg::rdx, int32_t(table * sizeof(TableView*))));
    code_.alu(Alu::cmp, Width::w64, Reg::rcx, at(Reg::rdx, int32_t(offsetof(TableView, size))));
    code_.jcc(Cond::ae, otherwise);
    code_.load(u64, Reg::rdx, at(Reg::rdx, int32_t(offsetof(TableView, elements))));
    code_.load(u64, Reg::rax, at(Reg::rdx, Reg::rcx, 0, 3));
    code_.test(Width::w64, Reg::rax, Reg::rax);
    code_.jcc(Cond::e, otherwise);
    code_.alu(Alu::cmp, Width::w32, at(Reg::rax, int32_t(offsetof(FunctionInstance, type_id))),
              int32_t(type_id));
    code_.jcc(Cond::ne, otherwise);
    code_.load(u64, Reg::rcx, view(offsetof(InstanceView, instance)));
    code_.alu(Alu::cmp, Width::w64, Reg::rcx,
              at(Reg::rax, int32_t(offsetof(FunctionInstance, instance))));
    code_.jcc(Cond::ne, otherwise);
}

void FunctionCompiler::call_indirect(const Operation& operation) {
    const Reg index_held = registers_.use_int(operation.a, Type::i32);
    registers_.store_all();
    code_.mov(Width::w32, Reg::rcx, index_held);
    registers_.forget_all();
    const Label resume = code_.new_label();
    const Label otherwise = interpret_aside(operation, operation.size + cell_size, resume);
    look_up(field<uint32_t>(operation, 16), field<uint32_t>(operation, 12), otherwise);
    const uint32_t behind = operation.cell + operation.size + cell_size;
    call_function(operation, behind, is_metered() ? return_price(function_.cells + behind) : 0);
    code_.bind(resume);
    ++skip_;
    finish_call(operation);
}

// The operation's cell, and what belongs to it, as side cells that the interpreter runs.
void FunctionCompiler::interpret(const Operation& operation, uint32_t size) {
    registers_.store_all();
    registers_.forget_all();
    const Label side = code_.new_label();
    const Label resume = code_.new_label();
    leave_for_side_cell(handler_of(function_.cells + operation.cell), side);
    code_.bind(resume);
    enter_from_cells();
    sides_.push_back({side, resume, current_, size, operation.cell + size, 0});
}

// The same behind the rest of the code, where everything is in memory already; goes on at `resume`.
Label FunctionCompiler::interpret_aside(const Operation& operation, uint32_t size, Label resume) {
    const Label side = code_.new_label();
    const Label resumed = code_.new_label();
    cold_.push_back({.kind = Cold::Kind::resume, .label = resumed, .target = resume});
    sides_.push_back({side, resumed, current_, size, operation.cell + size, 0});
    return cold({.kind = Cold::Kind::side,
                 .label = code_.new_label(),
                 .target = side,
                 .handler = handler_of(function_.cells + operation.cell)});
}

// The interpreter does the operation and doesn't come back here.
void FunctionCompiler::leave_to_handler(const Operation& operation) {
    registers_.store_all();
    leave(handler_of(function_.cells + operation.cell), operation.cell);
    reachable_ = false;
}

// What a frame returns to, in rax, rdi and rdx, before it is overwritten.
void FunctionCompiler::load_header() {
    code_.load(u64, Reg::rax, slot_memory(frame_machine_return));
    code_.load(u64, Reg::rdi, slot_memory(frame_return_pc));
    code_.load(u64, Reg::rdx, slot_memory(frame_caller_fp));
}

void FunctionCompiler::leave_frame() {
    if (is_counted()) {
        code_.alu(Alu::sub, Width::w32, context_memory(offsetof(Context, depth)), 1);
    }
    code_.mov(Width::w64, frame_register, Reg::rdx);
    code_.jmp(Reg::rax);
    reachable_ = false;
}

// Results may lie over the header, so it is read first. The result is in the accumulator too.
void FunctionCompiler::return_value(const Operation& operation) {
    const bool has_value = operation.form == Form::return_value;
    const bool is_float = has_value && !is_int(operation.type);
    if (is_float) {
        code_.movap(Xmm::xmm0, registers_.use_vector(operation.a, operation.type));
    } else if (has_value) {
        if (registers_.is_constant(operation.a)) {
            code_.mov(Reg::rcx, registers_.constant_value(operation.a));
        } else if (registers_.is_stored(operation.a)) {
            code_.load(u64, Reg::rcx, slot_memory(operation.a));
        } else {
            const Reg held = registers_.use_int(operation.a, operation.type);
            if (held != Reg::rcx) {
                code_.mov(Width::w64, Reg::rcx, held);
            }
        }
    }
    load_header();
    if (is_float) {
        code_.vector_store(movsd_store, slot_memory(operation.d), Xmm::xmm0);
    } else if (has_value) {
        code_.store(8, slot_memory(operation.d), Reg::rcx);
    }
    leave_frame();
}

// Slots from `source` down to `destination`, one after the other: what is overwritten has been
// read. Everything is in memory.
void FunctionCompiler::copy_down(int32_t destination, int32_t source, uint32_t count) {
    uint32_t i = 0;
    // Two at once where that doesn't overwrite the second one of them.
    for (; i + 1 < count && source - destination >= 2; i += 2) {
        code_.vector1(movups, Xmm::xmm15, slot_memory(source + int32_t(i)));
        code_.vector_store(movups_store, slot_memory(destination + int32_t(i)), Xmm::xmm15);
    }
    for (; i < count; ++i) {
        code_.load(u64, Reg::rcx, slot_memory(source + int32_t(i)));
        code_.store(8, slot_memory(destination + int32_t(i)), Reg::rcx);
    }
}

void FunctionCompiler::return_many(const Operation& operation) {
    if (operation.arguments > most_copied) {
        return leave_to_handler(operation);
    }
    registers_.store_all();
    load_header();
    copy_down(field<int32_t>(operation, 4), operation.first_argument, operation.arguments);
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
                                  .handler = handler_of(function_.cells + operation.cell),
                                  .cell = operation.cell});
    if (indirect) {
        code_.load(u32, Reg::rcx, slot_memory(operation.a));
        look_up(function, field<uint32_t>(operation, 24), otherwise);
    } else {
        code_.load(u64, Reg::rax, view(offsetof(InstanceView, own_functions)));
        code_.alu(Alu::add, Width::w64, Reg::rax,
                  int32_t((function - imported_functions_) * sizeof(FunctionInstance)));
    }
    // As the interpreter has it: there may have to be room for a record and another header.
    const int32_t destination = field<int32_t>(operation, 16);
    const auto arguments = int32_t(operation.arguments);
    code_.load(u64, Reg::rcx, at(Reg::rax, int32_t(offsetof(FunctionInstance, code))));
    code_.load(
        u32, Reg::rcx,
        at(Reg::rcx, int32_t(offsetof(CodeHeader, frame_slots)) - int32_t(sizeof(CodeHeader))));
    code_.lea(Width::w64, Reg::rcx,
              at(frame_register, Reg::rcx,
                 (destination + 2 * frame_header_slots + arguments) * int32_t(sizeof(Slot)), 3));
    code_.alu(Alu::cmp, Width::w64, Reg::rcx, context_memory(offsetof(Context, stack_limit)));
    code_.jcc(Cond::a, otherwise);
    if (is_counted()) {
        // It counts itself.
        code_.alu(Alu::sub, Width::w32, context_memory(offsetof(Context, depth)), 1);
    }
    code_.mov(Width::w64, Reg::r8, Reg::rax);
    load_header();
    copy_down(destination, operation.first_argument, operation.arguments);
    code_.lea(Width::w64, frame_register,
              slot_memory(destination + arguments + frame_header_slots));
    code_.store(8, slot_memory(frame_machine_return), Reg::rax);
    code_.store(8, slot_memory(frame_return_pc), Reg::rdi);
    code_.store(8, slot_memory(frame_caller_fp), Reg::rdx);
    code_.store(8, slot_memory(frame_function), Reg::r8);
    if (!indirect && (function - imported_functions_) * sizeof(FunctionInstance) == own_offset_) {
        code_.jmp(entry_);
    } else {
        code_.jmp(at(Reg::r8, int32_t(offsetof(FunctionInstance, machine_code))));
    }
    reachable_ = false;
}

}  // namespace epsilon::baseline

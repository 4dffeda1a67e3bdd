// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "interp/charge.h"
#include "interp/dispatch.h"

// Calls and returns. The frame is drawn in runtime/abi.h.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

// Results and arguments that are moved in a frame, in slots: more of them the interpreter moves.
constexpr uint32_t most_copied = 32;

// The function that is called; at returns, where machine code goes on.
constexpr Reg target = Reg::x16;

const void* handler_of(const uint8_t* cell) {
    return handler_base() + read_field<int32_t>(cell, 0);
}

Mem view(size_t offset) {
    return at(context_register, int32_t(offsetof(Context, view) + offset));
}

constexpr int32_t header_slot(int32_t slot) {
    return slot * int32_t(sizeof(Slot));
}

}  // namespace

// The function in x16 is of the running instance. Everything is in memory. Behind: the cell where
// the interpreter would go on after the call.
void FunctionCompiler::call_function(const Operation& operation, uint32_t behind, uint32_t price) {
    const Label side = code_.new_label();
    const Label returned = code_.new_label();
    const Label go_on = code_.new_label();
    const Label resume = code_.new_label();
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
            is_int(operation.type) ? register_of(result_register) : register_of(result_vector));
    }
}

void FunctionCompiler::call_own(const Operation& operation) {
    registers_.store_all();
    registers_.forget_all();
    code_.load(u64, target, view(offsetof(InstanceView, own_functions)));
    if (operation.immediate != 0) {
        code_.alu(Alu::add, Width::w64, target, target, operation.immediate);
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

// Slots from `source` down to `destination`, one after the other: what is overwritten has been
// read. Everything is in memory.
void FunctionCompiler::copy_down(int32_t destination, int32_t source, uint32_t count) {
    uint32_t i = 0;
    // Two at once where that doesn't overwrite the second one of them.
    for (; i + 1 < count && source - destination >= 2; i += 2) {
        code_.load(16, Vec::v31, slot_memory(source + int32_t(i)));
        code_.store(16, slot_memory(destination + int32_t(i)), Vec::v31);
    }
    for (; i < count; ++i) {
        code_.load(u64, Reg::x6, slot_memory(source + int32_t(i)));
        code_.store(8, slot_memory(destination + int32_t(i)), Reg::x6);
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
    copy_down(destination, operation.first_argument, operation.arguments);
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

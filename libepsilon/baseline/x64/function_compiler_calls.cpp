// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

#include <algorithm>

#include "baseline/x64/vector_codes.h"
#include "interp/charge.h"
#include "interp/dispatch.h"
#include "interp/execute.h"
#include "interp/families.h"
#include "interp/machine_border.h"
#include "platform/enter_handlers.h"

// Calls and returns. The frame is drawn in runtime/abi.h.
namespace epsilon::baseline {

using namespace codes;

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

// Of MXCSR: round to nearest, no flushing of denormal numbers, no exceptions.
constexpr int32_t floating_point_mode_bits = 0xffc0;
constexpr int32_t floating_point_modes = 0x1f80;

Mem view(size_t offset) {
    return at(context_register, int32_t(offsetof(Context, view) + offset));
}

bool has_outer_entry(const Function& function, bool is_metered) {
    const CallShape& shape = function.shape_of(function.index);
    return EPSILON_OUTER_ENTRY != 0 && !is_metered && shape.plain && shape.results.slots <= 1;
}

// Unless it computes with integers only and calls nothing.
bool needs_floating_point_modes(const Function& function) {
    return std::any_of(
        function.operations.begin(), function.operations.end(), [](const Operation& operation) {
            return (operation.form >= Form::call_own && operation.form <= Form::reload) ||
                   operation.form == Form::tail_call || operation.form == Form::other ||
                   !is_int(operation.type) || !is_int(operation.a_type) ||
                   !is_int(operation.b_type) || !is_int(operation.c_type);
        });
}

// Whether a function does nothing but to compute integers from its arguments, and not for long: it
// can't trap or be stopped, and touches nothing of its instance.
bool is_simple(const Function& function) {
    constexpr size_t most_operations = 24;
    constexpr uint32_t most_slots = 64;  // which every value stack has
    return function.operations.size() <= most_operations && function.slots <= most_slots &&
           !needs_floating_point_modes(function) &&
           std::none_of(function.blocks.begin(), function.blocks.end(),
                        [](const Block& block) { return block.is_loop(); }) &&
           std::all_of(function.operations.begin(), function.operations.end(),
                       [](const Operation& operation) {
                           switch (operation.form) {
                               case Form::binary:
                               case Form::binary_constant:
                                   return family_of(operation.opcode) != Family::binary_trap;
                               case Form::unary:
                               case Form::compare:
                               case Form::compare_constant:
                               case Form::move:
                               case Form::constant:
                               case Form::select:
                               case Form::native:
                               case Form::poll:
                               case Form::branch:
                               case Form::branch_if:
                               case Form::branch_if_constant:
                               case Form::return_none:
                               case Form::return_value:
                                   return true;
                               default:
                                   return false;
                           }
                       });
}

}  // namespace

// The frame of the function in rax begins, so many slots above this one: of the running instance,
// or the host's. Everything is in memory. It returns to the label; behind that,
// return_from_function() has to come.
Label FunctionCompiler::enter_function(int32_t frame, Label side) {
    const Label returned = code_.new_label();
    code_.mov(slot_memory(frame + frame_function), Reg::rax);
    code_.mov(slot_memory(frame + frame_caller_fp), frame_register);
    code_.lea(Reg::rcx, side);
    code_.mov(slot_memory(frame + frame_return_pc), Reg::rcx);
    code_.lea(Reg::rdx, returned);
    code_.mov(slot_memory(frame + frame_machine_return), Reg::rdx);
    code_.alu(Alu::add, Width::w64, frame_register, frame * int32_t(sizeof(Slot)));
    return returned;
}

void FunctionCompiler::call_function(const Operation& operation, uint32_t behind) {
    const Label side = code_.new_label();
    const Label returned = enter_function(field<int32_t>(operation, 8), side);
    if (operation.form == Form::call_own && operation.immediate == own_offset_) {
        code_.jmp(entry_);
    } else {
        code_.jmp(at(Reg::rax, int32_t(offsetof(FunctionInstance, machine_code))));
    }
    code_.bind(returned);
    return_from_function(side, behind);
}

void FunctionCompiler::call_own(const Operation& operation) {
    registers_.store_all();
    registers_.forget_all();
    code_.mov(Width::w64, Reg::rax, view(offsetof(InstanceView, own_functions)));
    if (operation.immediate != 0) {
        code_.alu(Alu::add, Width::w64, Reg::rax, int32_t(operation.immediate));
    }
    call_function(operation, operation.cell + operation.size);
    finish_call(operation);
}

// Most imports are the host's. Functions of other instances, and of many values, the interpreter
// calls. The values lie at the host's frame as it wants them (interp/tiers.h).
void FunctionCompiler::call_import(const Operation& operation) {
    const CallShape& shape = function_.shape_of(field<uint32_t>(operation, 12));
    if (host_machine_entry(true) == nullptr || !shape.plain) {
        interpret(operation, operation.size + cell_size);
        ++skip_;
        return finish_call(operation);
    }
    const int32_t frame = field<int32_t>(operation, 8);
    const auto value = [frame](uint32_t index) {
        return at(frame_register, frame * int32_t(sizeof(Slot)) + int32_t(index * sizeof(Value)));
    };
    const Label side = code_.new_label();
    const Label resume = code_.new_label();
    registers_.stores(new_moves_);
    const Label otherwise = interpret_aside(operation, operation.size + cell_size, resume);
    const auto load_function = [&] {
        const auto index = field<uint32_t>(operation, 12);
        code_.mov(Width::w64, Reg::rax, view(offsetof(InstanceView, functions)));
        code_.mov(Width::w64, Reg::rax, at(Reg::rax, int32_t(index * sizeof(FunctionInstance*))));
    };
    code_.lea(Width::w64, Reg::rax, slot_memory(frame));
    code_.alu(Alu::cmp, Width::w64, Reg::rax, context_memory(offsetof(Context, stack_limit)));
    code_.jcc(Cond::a, otherwise);
    load_function();
    code_.alu(Alu::cmp, Width::w64, at(Reg::rax, int32_t(offsetof(FunctionInstance, instance))), 0);
    code_.jcc(Cond::ne, otherwise);
    for (uint32_t i = 0; i < std::max(shape.params.slots, shape.results.slots); ++i) {
        if (i < shape.params.slots) {
            const int32_t slot = operation.first_argument + int32_t(i);
            registers_.copy_value(slot, shape.params.masks[i] <= UINT32_MAX, value(i));
        } else {
            code_.vector2(xorps, Xmm::xmm15, Xmm::xmm15, Xmm::xmm15);
            code_.vector_store(movups_store, value(i), Xmm::xmm15);
        }
    }
    for (uint32_t i = 0; i < shape.params.slots; ++i) {
        registers_.forget(operation.first_argument + int32_t(i), Type::i64);
    }
    registers_.store_all();
    registers_.forget_all();
    load_function();
    const Label returned = enter_function(frame, side);
    code_.jmp(at(Reg::rax, int32_t(offsetof(FunctionInstance, machine_code))));
    code_.bind(returned);
    code_.mov(Width::w64, memory_register, Reg::rdx);
    // Read as narrow as the host has just written them.
    for (uint32_t i = shape.results.slots; i-- != 0;) {
        code_.load(shape.results.masks[i] <= UINT32_MAX ? u32 : u64, Reg::rcx, value(i));
        code_.mov(slot_memory(operation.d + int32_t(i)), Reg::rcx);
    }
    if (operation.one_result && !is_int(operation.type)) {
        code_.to_vector(Width::w64, Xmm::xmm0, Reg::rcx);
    }
    return_from_function(side, operation.cell + operation.size + cell_size);
    code_.bind(resume);
    ++skip_;
    finish_call(operation);
}

// The function with the index in rcx goes to rax if it is of this type and of the running instance.
void FunctionCompiler::look_up(uint32_t table, uint32_t type_id, Label otherwise) {
    code_.mov(Width::w64, Reg::rdx, view(offsetof(InstanceView, tables)));
    code_.mov(Width::w64, Reg::rdx, at(Reg::rdx, int32_t(table * sizeof(TableView*))));
    code_.alu(Alu::cmp, Width::w64, Reg::rcx, at(Reg::rdx, int32_t(offsetof(TableView, size))));
    code_.jcc(Cond::ae, otherwise);
    code_.mov(Width::w64, Reg::rdx, at(Reg::rdx, int32_t(offsetof(TableView, elements))));
    code_.load(u64, Reg::rax, at(Reg::rdx, Reg::rcx, 0, 3));
    code_.test(Width::w64, Reg::rax, Reg::rax);
    code_.jcc(Cond::e, otherwise);
    code_.alu(Alu::cmp, Width::w32, at(Reg::rax, int32_t(offsetof(FunctionInstance, type_id))),
              int32_t(type_id));
    code_.jcc(Cond::ne, otherwise);
    code_.mov(Width::w64, Reg::rcx, view(offsetof(InstanceView, instance)));
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
    call_function(operation, operation.cell + operation.size + cell_size);
    code_.bind(resume);
    ++skip_;
    finish_call(operation);
}

// --- Calls from outside (platform/enter_handlers.h)

// With values of two words each at rdi.
void FunctionCompiler::emit_outer_entry() {
    if (!has_outer_entry(function_, is_metered())) {
        return;
    }
    outer_start_ = code_.new_label();
    const CallShape& shape = function_.shape_of(function_.index);
    outer_return_ = code_.new_label();
    outer_refusal_ = code_.new_label();
    mark(CodeMark::Kind::outer_entry);
    result_.outer_entry = code_.position();
#if EPSILON_OUTER_ENTRY
    // Good for a function that uses no other registers that are to be kept.
    if (!function_.has_calls) {
        code_.mov(Width::w64, context_register, Reg::rdx);
        code_.push(memory_register);
        code_.mov(Reg::rax,
                  reinterpret_cast<uintptr_t>(&platform::epsilon_platform_left_machine_code));
        code_.push(Reg::rax);
        code_.store(
            8, context_memory(offsetof(Context, fault) + offsetof(platform::FaultFrame, entry_sp)),
            Reg::rsp);
    }
#endif
    code_.bind(outer_start_);
    if (needs_floating_point_modes(function_)) {
        code_.stmxcsr(at(Reg::rsp, -8));
        code_.load(u32, Reg::rax, at(Reg::rsp, -8));
        code_.alu(Alu::and_, Width::w32, Reg::rax, floating_point_mode_bits);
        code_.alu(Alu::cmp, Width::w32, Reg::rax, floating_point_modes);
        code_.jcc(Cond::ne, outer_refusal_);
    }
    for (uint32_t i = 0; i < shape.params.slots; ++i) {
        const bool narrow = shape.params.masks[i] <= UINT32_MAX;
        const int32_t slot = int32_t(i) - frame_header_slots - int32_t(shape.params.slots);
        code_.load(narrow ? u32 : u64, Reg::rcx, at(Reg::rdi, int32_t(i * sizeof(Value))));
        code_.mov(slot_memory(slot), Reg::rcx);
    }
    if (!function_.module->memories.empty()) {
        code_.mov(Width::w64, memory_register, view(offsetof(InstanceView, memory0)));
        code_.mov(Width::w64, memory_register,
                  at(memory_register, int32_t(offsetof(MemoryView, base))));
    } else {
        code_.zero(memory_register);
    }
    // Both ways back at once: machine return, return pc.
    static_assert(frame_return_pc == frame_machine_return + 1);
    outer_header_ = code_.new_label();
    code_.lea(Reg::rcx, outer_header_);
    code_.vector1(movups, Xmm::xmm15, at(Reg::rcx, 0));
    code_.vector_store(movups_store, slot_memory(frame_machine_return), Xmm::xmm15);
    if (is_counted()) {
        code_.store(4, context_memory(offsetof(Context, depth)), 0);
    }
    code_.align(16);
}

void FunctionCompiler::emit_outer_return() {
    if (!has_outer_entry(function_, is_metered())) {
        return;
    }
    const CallShape& shape = function_.shape_of(function_.index);
    mark(CodeMark::Kind::outer_return);
    code_.bind(outer_return_);
    if (shape.results.slots != 0) {
        const ValueType type = shape.type->results[0];
        if (type == ValueType::f32 || type == ValueType::f64) {
            code_.from_vector(type == ValueType::f32 ? Width::w32 : Width::w64, Reg::rcx,
                              Xmm::xmm0);
        } else if (type == ValueType::i32) {
            code_.mov(Width::w32, Reg::rcx, Reg::rcx);
        }
    }
    const bool keeps_registers = !function_.has_calls && registers_.keeps_registers();
    if (keeps_registers) {
        code_.zero(Reg::rdx);
        code_.mov(Width::w64, Reg::rax, Reg::rcx);
        code_.alu(Alu::add, Width::w64, Reg::rsp, 8);
        code_.pop(memory_register);
    } else {
        code_.alu(Alu::or_, Width::w64, memory_register, -1);
    }
    code_.ret();
    if (needs_floating_point_modes(function_)) {
        code_.bind(outer_refusal_);
        code_.zero(memory_register);
        code_.store(sizeof(Outcome), context_memory(offsetof(Context, outcome)),
                    int32_t(Outcome::refused));
        code_.ret();
    }
#if EPSILON_OUTER_ENTRY
    if (!keeps_registers) {
        // Others may use all registers.
        code_.align(16);
        mark(CodeMark::Kind::outer_entry);
        result_.outer_entry = code_.position();
        code_.lea(Reg::rax, outer_start_);
        code_.mov(Reg::rcx,
                  reinterpret_cast<uintptr_t>(&platform::epsilon_platform_save_for_machine_code));
        code_.jmp(Reg::rcx);
    }
#endif
}

// What a frame that begins at the outside gets in its header.
void FunctionCompiler::emit_outer_header() {
    if (!has_outer_entry(function_, is_metered())) {
        return;
    }
    code_.align(16);
    code_.bind(outer_header_);
    result_.addresses.push_back({code_.position(), code_.position_of(outer_return_)});
    std::array<uint8_t, 16> bytes{};
    write_field(bytes.data(), 8, uint64_t(reinterpret_cast<uintptr_t>(exit_cell())));
    code_.data(bytes);
}

// For a function that is simple: from registers to a register, without a frame. It has the values
// in rdi, gives the result in rax, and may use slots from rsi on.
void FunctionCompiler::emit_simple_body() {
    if (!has_outer_entry(function_, is_metered()) || !is_simple(function_)) {
        return;
    }
    simple_ = true;
    cold_.clear();
    states_.assign(function_.blocks.size(), {});
    registers_.begin();
    reachable_ = true;
    skip_ = 0;
    code_.align(16);
    mark(CodeMark::Kind::outer_entry);
    const uint32_t begin = code_.position();
    // What holds the context elsewhere is not given away to slots.
    constexpr Reg values = context_register;
    code_.mov(Width::w64, values, Reg::rdi);
    const CallShape& shape = function_.shape_of(function_.index);
    for (uint32_t i = 0; i < shape.params.slots; ++i) {
        const bool narrow = shape.params.masks[i] <= UINT32_MAX;
        const int32_t slot = int32_t(i) - frame_header_slots - int32_t(shape.params.slots);
        if (function_.is_live_in(0, slot)) {
            const Reg reg = registers_.define_int(slot, narrow ? Type::i32 : Type::i64);
            code_.load(narrow ? u32 : u64, reg, at(values, int32_t(i * sizeof(Value))));
        }
    }
    registers_.end_operation({});
    define_zeros();
    compile_blocks(nullptr);
    emit_cold();
    if (registers_.keeps_registers()) {
        result_.outer_entry = begin + 1;
    }
}

void FunctionCompiler::return_simply(const Operation& operation) {
    if (operation.form == Form::return_value) {
        const Width width = operation.type == Type::i32 ? Width::w32 : Width::w64;
        if (registers_.is_constant(operation.a)) {
            code_.mov(Reg::rax, registers_.constant_value(operation.a));
        } else if (registers_.is_stored(operation.a)) {
            code_.load(u64, Reg::rax, slot_memory(operation.a));
        } else {
            code_.mov(width, Reg::rax, registers_.use_int(operation.a, operation.type));
        }
    }
    code_.ret();
    reachable_ = false;
}

// --- Returns and tail calls

// What a frame returns to, in rax, rdi and rdx, before it is overwritten.
void FunctionCompiler::load_header() {
    code_.mov(Width::w64, Reg::rax, slot_memory(frame_machine_return));
    code_.mov(Width::w64, Reg::rdi, slot_memory(frame_return_pc));
    code_.mov(Width::w64, Reg::rdx, slot_memory(frame_caller_fp));
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
        code_.mov(slot_memory(operation.d), Reg::rcx);
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
    const uint32_t offset = (function - imported_functions_) * uint32_t(sizeof(FunctionInstance));
    const bool to_itself = !indirect && offset == own_offset_;
    const int32_t destination = field<int32_t>(operation, 16);
    const auto arguments = int32_t(operation.arguments);
    // Where it takes as many slots as this one the header stays, but for the function.
    const bool same_place = destination + arguments + frame_header_slots == 0;
    for (const Reg reg : {Reg::rcx, Reg::rdx, Reg::r8}) {
        registers_.take(reg);
    }
    if (!same_place) {
        registers_.take(Reg::rdi);
    }
    if (indirect) {
        code_.mov(Width::w32, Reg::rcx, registers_.use_int(operation.a, Type::i32));
    }
    Cold way{.kind = Cold::Kind::exit,
             .label = code_.new_label(),
             .handler = handler_of(operation),
             .cell = operation.cell};
    registers_.stores(new_moves_);
    keep_moves(way);
    const Label otherwise = cold(way);
    if (indirect) {
        look_up(function, field<uint32_t>(operation, 24), otherwise);
        code_.mov(Width::w64, Reg::r8, Reg::rax);
    } else if (!to_itself || !same_place) {
        code_.mov(Width::w64, Reg::r8, view(offsetof(InstanceView, own_functions)));
        if (offset != 0) {
            code_.alu(Alu::add, Width::w64, Reg::r8, int32_t(offset));
        }
    }
    // As the interpreter has it: there may have to be room for a record and another header.
    const int32_t room = destination + 2 * frame_header_slots + arguments;
    if (to_itself) {
        const uint32_t frame = code_header(function_.cells).frame_slots;
        code_.lea(Width::w64, Reg::rcx, slot_memory(room + int32_t(frame)));
    } else {
        code_.load(u64, Reg::rcx, at(Reg::r8, int32_t(offsetof(FunctionInstance, code))));
        code_.load(
            u32, Reg::rcx,
            at(Reg::rcx, int32_t(offsetof(CodeHeader, frame_slots)) - int32_t(sizeof(CodeHeader))));
        code_.lea(Width::w64, Reg::rcx,
                  at(frame_register, Reg::rcx, room * int32_t(sizeof(Slot)), 3));
    }
    code_.alu(Alu::cmp, Width::w64, Reg::rcx, context_memory(offsetof(Context, stack_limit)));
    code_.jcc(Cond::a, otherwise);
    if (is_counted()) {
        // It counts itself.
        code_.alu(Alu::sub, Width::w32, context_memory(offsetof(Context, depth)), 1);
    }
    if (!same_place) {
        code_.mov(Width::w64, Reg::rcx, slot_memory(frame_machine_return));
        code_.mov(Width::w64, Reg::rdi, slot_memory(frame_return_pc));
        code_.mov(Width::w64, Reg::rdx, slot_memory(frame_caller_fp));
    }
    registers_.copy_down(destination, operation.first_argument, operation.arguments);
    if (!same_place) {
        code_.lea(Width::w64, frame_register,
                  slot_memory(destination + arguments + frame_header_slots));
        code_.mov(slot_memory(frame_machine_return), Reg::rcx);
        code_.mov(slot_memory(frame_return_pc), Reg::rdi);
        code_.mov(slot_memory(frame_caller_fp), Reg::rdx);
    }
    if (!to_itself || !same_place) {
        code_.mov(slot_memory(frame_function), Reg::r8);
    }
    if (to_itself) {
        code_.jmp(entry_);
    } else {
        code_.jmp(at(Reg::r8, int32_t(offsetof(FunctionInstance, machine_code))));
    }
    reachable_ = false;
}

}  // namespace epsilon::baseline

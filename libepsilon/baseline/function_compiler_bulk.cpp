// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "baseline/bulk_routines.h"
#include "baseline/function_compiler.h"
#include "baseline/pieces.h"

// Ranges of memory 0. They are looked at as a whole before a byte is written. What is short and of
// a known length is done access by access; what is not long, by routines in assembly; the rest by
// the interpreter, which may be stopped in its middle.
namespace epsilon::baseline {

using namespace interp;

namespace {

// Fewer bytes are free (docs/fuel.md).
constexpr uint32_t bytes_per_fuel = 64;

}  // namespace

void FunctionCompiler::memory_copy(const Operation& operation) {
    const std::optional<uint32_t> known = known_length(operation);
    if (!is_on_first_memory(operation) || (known && *known > most_routine_bytes())) {
        interpret(operation, operation.size);
    } else if (known && *known <= Pieces::most_bytes) {
        copy_known(operation, *known);
    } else {
        copy_by_routine(operation, known);
    }
}

void FunctionCompiler::memory_fill(const Operation& operation) {
    const std::optional<uint32_t> known = known_length(operation);
    if (!is_on_first_memory(operation) || (known && *known > most_routine_bytes())) {
        interpret(operation, operation.size);
    } else if (known && *known <= Pieces::most_bytes) {
        fill_known(operation, *known);
    } else {
        fill_by_routine(operation, known);
    }
}

void FunctionCompiler::charge_bytes(const Operation& operation) {
    if (const std::optional<uint32_t> known = known_length(operation)) {
        if (*known >= bytes_per_fuel) {
            interpret(operation, operation.size);
        }
        return;
    }
    const Reg length = registers_.use_int(operation.b, Type::i32);
    const Label resume = code_.new_label();
    branch_if_longer(length, bytes_per_fuel - 1, interpret_seldom(operation, resume));
    code_.bind(resume);
    registers_.release_dying(operation);
}

bool FunctionCompiler::is_on_first_memory(const Operation& operation) const {
    return field<uint32_t>(operation, field_index) == 0 &&
           (operation.form != Form::memory_copy || field<uint32_t>(operation, field_index2) == 0);
}

std::optional<uint32_t> FunctionCompiler::known_length(const Operation& operation) const {
    if (!registers_.is_constant(operation.b)) {
        return std::nullopt;
    }
    return uint32_t(registers_.constant_value(operation.b));
}

FunctionCompiler::Place FunctionCompiler::place_of(int32_t slot) {
    // Instructions can hold it, with an offset in the range.
    constexpr uint32_t most = uint32_t{1} << 30;
    if (registers_.is_constant(slot) && uint32_t(registers_.constant_value(slot)) <= most) {
        return {Reg::none, uint32_t(registers_.constant_value(slot))};
    }
    return {registers_.use_int(slot, Type::i32), 0};
}

// Whether the range is in every memory that the module can have, which never shrinks.
bool FunctionCompiler::is_surely_within(Place place, std::optional<uint32_t> length) const {
    const MemoryType& type = function_.module->memories[0];
    return place.is_known() && length &&
           uint64_t{place.known} + *length <= uint64_t{type.limits.min} * type.page_size;
}

// Traps unless the ranges at these places are in memory 0. Of a known length, or of that in the
// register.
void FunctionCompiler::check_ranges(const Operation& operation, std::optional<uint32_t> known,
                                    Reg length, std::initializer_list<Place> places) {
    const auto is_surely = [&](Place place) { return is_surely_within(place, known); };
    if (std::all_of(places.begin(), places.end(), is_surely)) {
        return;
    }
    const Label trap = trap_label(Trap::out_of_bounds_memory_access, operation.cell);
    begin_check(known, length, trap);
    for (const Place place : places) {
        if (!is_surely(place)) {
            check_place(place, trap);
        }
    }
}

void FunctionCompiler::copy_by_routine(const Operation& operation, std::optional<uint32_t> known) {
    take_for_routine();
    const Place to = place_of(operation.c);
    const Place from = place_of(operation.a);
    const Reg length = known ? Reg::none : registers_.use_int(operation.b, Type::i32);
    check_ranges(operation, known, length, {to, from});
    find(routine_operand, from);
    call_routine(operation, to, known, length, copy_routine());
}

void FunctionCompiler::fill_by_routine(const Operation& operation, std::optional<uint32_t> known) {
    take_for_routine();
    const Place to = place_of(operation.c);
    const bool constant = registers_.is_constant(operation.a);
    const Reg value = constant ? Reg::none : registers_.use_int(operation.a, Type::i32);
    const Reg length = known ? Reg::none : registers_.use_int(operation.b, Type::i32);
    check_ranges(operation, known, length, {to});
    if (constant) {
        code_.mov(routine_operand, uint8_t(registers_.constant_value(operation.a)));
    } else {
        code_.mov(Width::w32, routine_operand, value);
    }
    call_routine(operation, to, known, length, fill_routine());
}

// Its operand is where it expects that.
void FunctionCompiler::call_routine(const Operation& operation, Place to,
                                    std::optional<uint32_t> known, Reg length,
                                    const void* routine) {
    const Label resume = code_.new_label();
    if (known) {
        code_.mov(routine_length, *known);
    } else {
        branch_if_longer(length, most_routine_bytes(), interpret_seldom(operation, resume));
        code_.mov(Width::w32, routine_length, length);
    }
    find(routine_place, to);
    call_assembly(routine);
    code_.bind(resume);
    registers_.release_dying(operation);
}

// The interpreter does the operation behind the rest of the code, at the label, and goes on at
// `resume` with what is in registers now.
Label FunctionCompiler::interpret_seldom(const Operation& operation, Label resume) {
    const Label side = code_.new_label();
    Cold way{.kind = Cold::Kind::side,
             .label = code_.new_label(),
             .target = side,
             .handler = handler_of(operation)};
    registers_.stores(new_moves_);
    keep_moves(way);
    Cold back{.kind = Cold::Kind::resume, .label = code_.new_label(), .target = resume};
    registers_.loads(new_moves_);
    keep_moves(back);
    cold_.push_back(back);
    sides_.push_back(
        {side, back.label, current_, operation.size, operation.cell + operation.size, 0});
    return cold(way);
}

}  // namespace epsilon::baseline

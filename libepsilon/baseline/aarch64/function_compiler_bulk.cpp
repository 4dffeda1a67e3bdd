// SPDX-License-Identifier: Apache-2.0
#include "baseline/aarch64/vector_codes.h"
#include "baseline/function_compiler.h"
#include "baseline/pieces.h"

// Ranges of memory 0.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

constexpr Vec value_vector = Vec::v24;
constexpr std::array<Vec, 4> piece_vectors = {Vec::v24, Vec::v25, Vec::v26, Vec::v27};

// Where the range begins.
void find(Assembler& code, Reg d, Reg reg, uint32_t known) {
    if (reg == Reg::none) {
        code.alu(Alu::add, Width::w64, d, memory_register, known);
    } else {
        code.alu(Alu::add, Width::w64, d, memory_register, reg);
    }
}

}  // namespace

void FunctionCompiler::branch_if_longer(Reg length, uint32_t most, Label longer) {
    code_.cmp(Width::w32, length, most);
    code_.jcc(Cond::hi, longer);
}

// Traps unless the ranges at these places are in memory 0. Of a known length, or of that in the
// register. Uses x0.
void FunctionCompiler::check_ranges(const Operation& operation, std::optional<uint32_t> known,
                                    Reg length, std::initializer_list<Place> places) {
    bool is_known = true;
    for (const Place place : places) {
        is_known = is_known && is_surely_within(place, known);
    }
    if (is_known) {
        return;
    }
    const Label trap = trap_label(Trap::out_of_bounds_memory_access, operation.cell);
    code_.load(u64, Reg::x0,
               context_memory(offsetof(Context, view) + offsetof(InstanceView, memory0)));
    code_.load(u64, Reg::x0, at(Reg::x0, int32_t(offsetof(MemoryView, bytes))));
    if (!known) {
        code_.alu(Alu::subs, Width::w64, Reg::x0, Reg::x0, length);
        code_.jcc(Cond::lo, trap);
    } else if (is_surely_within({Reg::none, 0}, known)) {
        code_.alu(Alu::sub, Width::w64, Reg::x0, Reg::x0, *known);
    } else {
        code_.alu(Alu::subs, Width::w64, Reg::x0, Reg::x0, *known);
        code_.jcc(Cond::lo, trap);
    }
    for (const Place place : places) {
        if (is_surely_within(place, known)) {
            continue;
        }
        if (place.is_known()) {
            code_.cmp(Width::w64, Reg::x0, place.known);
        } else {
            code_.cmp(Width::w64, Reg::x0, place.reg);
        }
        code_.jcc(Cond::lo, trap);
    }
}

void FunctionCompiler::copy_by_routine(const Operation& operation, std::optional<uint32_t> known) {
    take_for_routine();
    const Place to = place_of(operation.c);
    const Place from = place_of(operation.a);
    const Reg length = known ? Reg::none : registers_.use_int(operation.b, Type::i32);
    check_ranges(operation, known, length, {to, from});
    find(code_, Reg::x16, from.reg, from.known);
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
        code_.mov(Reg::x16, uint8_t(registers_.constant_value(operation.a)));
    } else {
        code_.mov(Width::w32, Reg::x16, value);
    }
    call_routine(operation, to, known, length, fill_routine());
}

void FunctionCompiler::take_for_routine() {
    registers_.take(Reg::x3);
    registers_.take(Reg::x4);
}

// What it expects in x16 is there.
void FunctionCompiler::call_routine(const Operation& operation, Place to,
                                    std::optional<uint32_t> known, Reg length,
                                    const void* routine) {
    const Label resume = code_.new_label();
    if (known) {
        code_.mov(Reg::x3, *known);
    } else {
        branch_if_longer(length, most_routine_bytes(), interpret_seldom(operation, resume));
        code_.mov(Width::w32, Reg::x3, length);
    }
    find(code_, Reg::x0, to.reg, to.known);
    code_.address(Reg::x4, routine);
    code_.mov(Width::w64, Reg::x17, Reg::x30);
    code_.call(Reg::x4);
    code_.mov(Width::w64, Reg::x30, Reg::x17);
    code_.bind(resume);
    registers_.release_dying(operation);
}

void FunctionCompiler::copy_known(const Operation& operation, uint32_t length) {
    const Place to = place_of(operation.c);
    const Place from = place_of(operation.a);
    check_ranges(operation, length, Reg::none, {to, from});
    const Pieces pieces(length);
    find(code_, Reg::x0, from.reg, from.known);
    const Vec* into = piece_vectors.data();
    for (const Piece& piece : pieces) {
        code_.load(piece.bytes, *into++, at(Reg::x0, int32_t(piece.offset)));
    }
    find(code_, Reg::x0, to.reg, to.known);
    const Vec* from_vector = piece_vectors.data();
    for (const Piece& piece : pieces) {
        code_.store(piece.bytes, at(Reg::x0, int32_t(piece.offset)), *from_vector++);
    }
    registers_.release_dying(operation);
}

void FunctionCompiler::fill_known(const Operation& operation, uint32_t length) {
    const Place to = place_of(operation.c);
    const bool constant = registers_.is_constant(operation.a);
    const Reg value = constant ? Reg::none : registers_.use_int(operation.a, Type::i32);
    check_ranges(operation, length, Reg::none, {to});
    if (constant) {
        code_.mov(Reg::x0, uint8_t(registers_.constant_value(operation.a)));
    }
    code_.op(codes::dup_general(1), value_vector, constant ? Reg::x0 : value);
    find(code_, Reg::x0, to.reg, to.known);
    for (const Piece& piece : Pieces(length)) {
        code_.store(piece.bytes, at(Reg::x0, int32_t(piece.offset)), value_vector);
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline

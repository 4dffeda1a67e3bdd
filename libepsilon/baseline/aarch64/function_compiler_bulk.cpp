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

}  // namespace

void FunctionCompiler::branch_if_longer(Reg length, uint32_t most, Label longer) {
    code_.cmp(Width::w32, length, most);
    code_.jcc(Cond::hi, longer);
}

void FunctionCompiler::begin_check(std::optional<uint32_t> known, Reg length, Label trap) {
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
}

void FunctionCompiler::check_place(Place place, Label trap) {
    if (place.is_known()) {
        code_.cmp(Width::w64, Reg::x0, place.known);
    } else {
        code_.cmp(Width::w64, Reg::x0, place.reg);
    }
    code_.jcc(Cond::lo, trap);
}

void FunctionCompiler::find(Reg d, Place place) {
    if (place.is_known()) {
        code_.alu(Alu::add, Width::w64, d, memory_register, place.known);
    } else {
        code_.alu(Alu::add, Width::w64, d, memory_register, place.reg);
    }
}

void FunctionCompiler::take_for_routine() {
    registers_.take(routine_length);
    registers_.take(Reg::x4);
}

void FunctionCompiler::call_assembly(const void* routine) {
    code_.address(Reg::x4, routine);
    code_.mov(Width::w64, Reg::x17, Reg::x30);
    code_.call(Reg::x4);
    code_.mov(Width::w64, Reg::x30, Reg::x17);
}

void FunctionCompiler::copy_known(const Operation& operation, uint32_t length) {
    const Place to = place_of(operation.c);
    const Place from = place_of(operation.a);
    check_ranges(operation, length, Reg::none, {to, from});
    const Pieces pieces(length);
    find(Reg::x0, from);
    const Vec* into = piece_vectors.data();
    for (const Piece& piece : pieces) {
        code_.load(piece.bytes, *into++, at(Reg::x0, int32_t(piece.offset)));
    }
    find(Reg::x0, to);
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
    find(Reg::x0, to);
    for (const Piece& piece : Pieces(length)) {
        code_.store(piece.bytes, at(Reg::x0, int32_t(piece.offset)), value_vector);
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline

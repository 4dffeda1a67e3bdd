// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

#include <algorithm>

#include "baseline/pieces.h"
#include "baseline/x64/vector_codes.h"

// Ranges of memory 0.
namespace epsilon::baseline {

using namespace codes;

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

constexpr uint64_t in_each_byte = 0x0101010101010101;

Mem memory_at(Reg reg, uint32_t known, uint32_t offset) {
    return reg == Reg::none ? at(memory_register, int32_t(known + offset))
                            : at(memory_register, reg, int32_t(offset));
}

void store_vector(Assembler& code, uint32_t bytes, const Mem& to, Xmm value) {
    code.vector_store(bytes == 16  ? movups_store
                      : bytes == 8 ? movsd_store
                                   : movss_store,
                      to, value);
}

}  // namespace

void FunctionCompiler::branch_if_longer(Reg length, uint32_t most, Label longer) {
    code_.alu(Alu::cmp, Width::w32, length, int32_t(most));
    code_.jcc(Cond::a, longer);
}

void FunctionCompiler::begin_check(std::optional<uint32_t> known, Reg length, Label trap) {
    code_.load(u64, Reg::rax,
               context_memory(offsetof(Context, view) + offsetof(InstanceView, memory0)));
    code_.load(u64, Reg::rax, at(Reg::rax, int32_t(offsetof(MemoryView, bytes))));
    if (!known) {
        code_.alu(Alu::sub, Width::w64, Reg::rax, length);
        code_.jcc(Cond::b, trap);
    } else if (*known != 0) {
        code_.alu(Alu::sub, Width::w64, Reg::rax, int32_t(*known));
        if (!is_surely_within({Reg::none, 0}, known)) {
            code_.jcc(Cond::b, trap);
        }
    }
}

void FunctionCompiler::check_place(Place place, Label trap) {
    if (place.is_known()) {
        code_.alu(Alu::cmp, Width::w64, Reg::rax, int32_t(place.known));
    } else {
        code_.alu(Alu::cmp, Width::w64, Reg::rax, place.reg);
    }
    code_.jcc(Cond::b, trap);
}

void FunctionCompiler::find(Reg d, Place place) {
    code_.lea(Width::w64, d, memory_at(place.reg, place.known, 0));
}

void FunctionCompiler::take_for_routine() {
    registers_.take(routine_length);
    registers_.take(routine_operand);
    registers_.take(Xmm::xmm12);
    registers_.take(Xmm::xmm13);
}

void FunctionCompiler::call_assembly(const void* routine) {
    code_.call(code_.constant64(uint64_t(reinterpret_cast<uintptr_t>(routine)), 0));
}

// Where accesses are guarded they may fault themselves: all loads come first, then the store that
// ends where the range does. Nothing is written if it faults, and no other does if it doesn't.
bool FunctionCompiler::is_guarded(uint32_t length) const {
    return (variant_ & variant_checked) == 0 && length != 0;
}

void FunctionCompiler::copy_known(const Operation& operation, uint32_t length) {
    const Place to = place_of(operation.c);
    const Place from = place_of(operation.a);
    if (!is_guarded(length)) {
        check_ranges(operation, length, Reg::none, {to, from});
    }
    // In general registers where that is needed, and only there.
    constexpr std::array<Xmm, 4> vectors = {Xmm::xmm15, Xmm::xmm14, Xmm::xmm13, Xmm::xmm12};
    std::array<Reg, 4> generals;
    size_t used_vectors = 0;
    size_t used_generals = 0;
    const Pieces pieces(length);
    for (const Piece& piece : pieces) {
        const Mem source = memory_at(from.reg, from.known, piece.offset);
        if (piece.bytes >= 4) {
            const Xmm into = vectors[used_vectors++];
            if (used_vectors > 2) {
                registers_.take(into);
            }
            fault_site(operation);
            code_.vector1(piece.bytes == 16  ? movups
                          : piece.bytes == 8 ? movsd_load
                                             : movss_load,
                          into, source);
        } else {
            const Reg into = used_generals == 0 ? Reg::rax : registers_.temporary_int();
            generals[used_generals++] = into;
            fault_site(operation);
            code_.load(piece.bytes == 2 ? u16 : u8, into, source);
        }
    }
    for (uint32_t i = pieces.count(); i-- != 0;) {
        const Piece& piece = pieces.begin()[i];
        const Mem destination = memory_at(to.reg, to.known, piece.offset);
        fault_site(operation);
        if (piece.bytes >= 4) {
            store_vector(code_, piece.bytes, destination, vectors[--used_vectors]);
        } else {
            code_.store(piece.bytes, destination, generals[--used_generals]);
        }
    }
    registers_.release_dying(operation);
}

// With the value in each byte of xmm15, for accesses that are as wide as `least_vector`, and of rax
// for the others, unless it is immediate in them.
void FunctionCompiler::fill_known(const Operation& operation, uint32_t length) {
    const Place to = place_of(operation.c);
    const bool constant = registers_.is_constant(operation.a);
    const uint64_t pattern =
        constant ? uint8_t(registers_.constant_value(operation.a)) * in_each_byte : 0;
    const Reg value = constant ? Reg::none : registers_.use_int(operation.a, Type::i32);
    if (!is_guarded(length)) {
        check_ranges(operation, length, Reg::none, {to});
    }
    const Pieces pieces(length);
    const bool has_vector = length >= (constant ? 16 : 8);
    const uint32_t least_vector = !has_vector ? 32 : constant ? 8 : 4;
    const bool has_narrow = std::any_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
        return piece.bytes < least_vector;
    });
    if (constant && has_vector) {
        pattern == 0 ? code_.vector2(xorps, Xmm::xmm15, Xmm::xmm15, Xmm::xmm15)
                     : code_.vector1(movups, Xmm::xmm15, code_.constant64(pattern));
    } else if (constant && length >= 8 && pattern != 0) {
        code_.mov(Reg::rax, pattern);
    } else if (!constant) {
        const bool broadcasts = has_vector && code_.avx();
        if (broadcasts) {
            code_.to_vector(Width::w32, Xmm::xmm15, value);
            code_.vector1(vpbroadcastb, Xmm::xmm15, Xmm::xmm15);
        }
        if (has_narrow || !broadcasts) {
            code_.extend(u8, Reg::rax, value);
            code_.imul(Width::w32, Reg::rax, Reg::rax, int32_t(uint32_t(in_each_byte)));
        }
        if (has_vector && !broadcasts) {
            code_.to_vector(Width::w32, Xmm::xmm15, Reg::rax);
            code_.vector1(pshufd, Xmm::xmm15, Xmm::xmm15, 0);
        }
    }
    for (uint32_t i = pieces.count(); i-- != 0;) {
        const Piece& piece = pieces.begin()[i];
        const Mem destination = memory_at(to.reg, to.known, piece.offset);
        fault_site(operation);
        if (piece.bytes >= least_vector) {
            store_vector(code_, piece.bytes, destination, Xmm::xmm15);
        } else if (constant && (piece.bytes < 8 || pattern == 0)) {
            code_.store(piece.bytes, destination, int32_t(uint32_t(pattern)));
        } else {
            code_.store(piece.bytes, destination, Reg::rax);
        }
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline

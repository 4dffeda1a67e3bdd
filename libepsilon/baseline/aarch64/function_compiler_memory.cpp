// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/lowering.h"
#include "interp/families.h"
#include "interp/memory_access.h"

// Accesses to memory 0. The end of an access is compared with the memory's size: faults are not
// turned into traps on this processor. An index has 32 bits, and its register no others: the sum
// with the offset can't wrap.
namespace epsilon::baseline {

using namespace interp;

namespace {

using enum epsilon::baseline::Access;

static_assert(!guarded_access_supported);

}  // namespace

// Where the operation accesses, after the check. In x16, or with the index's own register.
Mem FunctionCompiler::address(const Operation& operation, unsigned bytes) {
    const uint64_t offset = operation.immediate;
    const bool constant = !operation.has(reads_a);
    const Reg index = constant ? Reg::none : registers_.use_int(operation.a, Type::i32);
    code_.load(u64, Reg::x0,
               context_memory(offsetof(Context, view) + offsetof(InstanceView, memory0)));
    code_.load(u64, Reg::x0, at(Reg::x0, int32_t(offsetof(MemoryView, bytes))));
    if (constant) {
        code_.mov(Reg::x16, offset + bytes);
    } else {
        code_.alu(Alu::add, Width::w64, Reg::x16, index, offset + bytes);
    }
    code_.cmp(Width::w64, Reg::x16, Reg::x0);
    code_.jcc(Cond::hi, trap_label(Trap::out_of_bounds_memory_access, operation.cell));
    if (!constant && offset == 0) {
        return at_index(memory_register, index);
    }
    code_.alu(Alu::add, Width::w64, Reg::x16, memory_register, Reg::x16);
    return at(Reg::x16, -int32_t(bytes));
}

void FunctionCompiler::load(const Operation& operation) {
    const Mem from = address(operation, opcode_info(operation.opcode).width);
    registers_.release_dying(operation);
    if (is_int(operation.type)) {
        const Reg d = registers_.define_int(operation.d, operation.type, from.index);
        return code_.load(access_of(operation.opcode), d, from);
    }
    const Vec d = registers_.define_vector(operation.d, operation.type);
    if (operation.type == Type::v128) {
        lower_vector_load(code_, operation.opcode, d, from);
    } else {
        code_.load(operation.type == Type::f32 ? 4 : 8, d, from);
    }
}

void FunctionCompiler::store(const Operation& operation) {
    const unsigned bytes = opcode_info(operation.opcode).width;
    if (!operation.has(reads_b)) {
        const auto value = uint64_t(int64_t(field<int32_t>(operation, field_store_immediate)));
        const Mem to = address(operation, bytes);
        if (value != 0) {
            code_.mov(Reg::x0, value);
        }
        code_.store(bytes, to, value != 0 ? Reg::x0 : Reg::zero);
    } else if (is_int(operation.type)) {
        const Reg value = registers_.use_int(operation.b, operation.type);
        code_.store(bytes, address(operation, bytes), value);
    } else {
        const Vec value = registers_.use_vector(operation.b, operation.type);
        code_.store(bytes, address(operation, bytes), value);
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline

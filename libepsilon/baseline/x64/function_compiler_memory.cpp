// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/lowering.h"
#include "baseline/widths.h"
#include "baseline/x64/int_operation.h"
#include "baseline/x64/lowering_float.h"
#include "baseline/x64/vector_codes.h"
#include "interp/families.h"

// Accesses to memory 0. Guarded ones are one instruction each that may fault; for the others the
// end of the access is compared with the memory's size. An index has 32 bits, and its register no
// others: the sum with the offset can't wrap.
namespace epsilon::baseline {

using namespace codes;

using namespace interp;

using enum epsilon::baseline::Access;

// Where the operation accesses, after the check if there has to be one.
Mem FunctionCompiler::address(const Operation& operation, unsigned bytes) {
    const uint64_t offset = operation.immediate;
    const bool constant = !operation.has(reads_a);
    const Reg index = constant ? Reg::none : registers_.use_int(operation.a, Type::i32);
    const auto is_near = [](uint64_t distance) { return distance <= INT32_MAX; };
    if (operation.checked) {
        const Reg memory = registers_.temporary_int();
        code_.load(u64, memory,
                   context_memory(offsetof(Context, view) + offsetof(InstanceView, memory0)));
        if (constant) {
            code_.mov(Reg::rax, offset + bytes);
        } else if (is_near(offset + bytes)) {
            code_.lea(Width::w64, Reg::rax, at(index, int32_t(offset + bytes)));
        } else {
            code_.mov(Reg::rax, offset + bytes);
            code_.alu(Alu::add, Width::w64, Reg::rax, index);
        }
        code_.alu(Alu::cmp, Width::w64, Reg::rax, at(memory, int32_t(offsetof(MemoryView, bytes))));
        code_.jcc(Cond::a, trap_label(Trap::out_of_bounds_memory_access, operation.cell));
    }
    if (is_near(offset)) {
        return constant ? at(memory_register, int32_t(offset))
                        : at(memory_register, index, int32_t(offset));
    }
    code_.mov(Reg::rax, offset);
    if (!constant) {
        code_.alu(Alu::add, Width::w64, Reg::rax, index);
    }
    return at(memory_register, Reg::rax, 0);
}

// Where the next operation computes with what is loaded, and nothing else reads that: both in one
// instruction, which is the one that faults. False if it is not so.
bool FunctionCompiler::load_joined(const Operation& operation, unsigned bytes) {
    const Operation* const next = next_operation();
    if (!next || next->form != Form::binary || next->a == next->b ||
        bytes != (operation.type == Type::i32 || operation.type == Type::f32 ? 4 : 8) ||
        next->type != operation.type) {
        return false;
    }
    const bool floats = has_memory_form(next->opcode);
    const IntOperation what = is_int(next->type) ? int_operation(next->opcode) : IntOperation{};
    const bool multiplies = what.kind == IntOperation::Kind::multiply;
    if (!floats && !multiplies && what.kind != IntOperation::Kind::alu) {
        return false;
    }
    // Of floats, as of differences, the second operand alone.
    const bool second = next->b == operation.d && next->dies(reads_b);
    const bool first = what.commutes && next->a == operation.d && next->dies(reads_a);
    const int32_t other = second ? next->a : next->b;
    if (!second && !first) {
        return false;
    }
    const Register a = floats ? register_of(registers_.use_vector(other, next->type))
                              : register_of(registers_.use_int(other, next->type));
    const Mem from = address(operation, bytes);
    registers_.release_dying(operation);
    registers_.forget(operation.d, operation.type);
    ++current_;
    registers_.release_dying(*next);
    if (floats) {
        const Xmm d = registers_.define_vector(next->d, next->type, vector(a));
        if (!code_.avx() && d != vector(a)) {
            code_.movap(d, vector(a));
        }
        fault_site(operation);
        lower_float_binary(code_, next->opcode, d, code_.avx() ? vector(a) : d, from);
        return true;
    }
    // A move to the result must leave the address.
    const bool keeps = from.index != Reg::none && from.index != general(a);
    const Reg d =
        registers_.define_int(next->d, next->type, general(a), keeps ? mask_of(from.index) : 0);
    const Width width = width_of(next->type);
    if (d != general(a)) {
        code_.mov(width, d, general(a));
    }
    fault_site(operation);
    if (multiplies) {
        code_.imul(width, d, from);
    } else {
        code_.alu(what.alu, width, d, from);
    }
    return true;
}

void FunctionCompiler::load(const Operation& operation) {
    if (load_joined(operation, opcode_info(operation.opcode).width)) {
        return;
    }
    const Mem from = address(operation, opcode_info(operation.opcode).width);
    registers_.release_dying(operation);
    if (is_int(operation.type)) {
        const Reg d = registers_.define_int(operation.d, operation.type,
                                            from.index == Reg::rax ? Reg::none : from.index);
        fault_site(operation);
        return code_.load(access_of(operation.opcode), d, from);
    }
    const Xmm d = registers_.define_vector(operation.d, operation.type);
    fault_site(operation);
    if (operation.type == Type::v128) {
        lower_vector_load(code_, operation.opcode, d, from);
    } else {
        code_.vector1(operation.type == Type::f32 ? movss_load : movsd_load, d, from);
    }
}

void FunctionCompiler::store(const Operation& operation) {
    const unsigned bytes = opcode_info(operation.opcode).width;
    const bool constant = !operation.has(reads_b);
    if (constant || (is_int(operation.type) && registers_.is_constant(operation.b))) {
        const uint64_t value =
            constant ? uint64_t(int64_t(field<int32_t>(operation, field_store_immediate)))
                     : registers_.constant_value(operation.b);
        if (bytes < 8 || int64_t(value) == int32_t(value)) {
            const Mem to = address(operation, bytes);
            fault_site(operation);
            code_.store(bytes, to, int32_t(uint32_t(value)));
            return registers_.release_dying(operation);
        }
    }
    if (is_int(operation.type)) {
        const Reg value = registers_.use_int(operation.b, operation.type);
        const Mem to = address(operation, bytes);
        fault_site(operation);
        code_.store(bytes, to, value);
    } else {
        const Xmm value = registers_.use_vector(operation.b, operation.type);
        const Mem to = address(operation, bytes);
        fault_site(operation);
        code_.vector_store(operation.type == Type::v128  ? movups_store
                           : operation.type == Type::f32 ? movss_store
                                                         : movsd_store,
                           to, value);
    }
    registers_.release_dying(operation);
}

}  // namespace epsilon::baseline

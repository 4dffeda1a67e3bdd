// SPDX-License-Identifier: Apache-2.0
#include "baseline/registers.h"
#include "baseline/x64/vector_codes.h"

// Values between registers and memory.
namespace epsilon::baseline {

using namespace codes;

void Registers::load(int32_t slot, Type type, Register reg) {
    switch (type) {
        case Type::i32:
            return code_.mov(Width::w32, general(reg), slot_memory(slot));
        case Type::i64:
            return code_.mov(Width::w64, general(reg), slot_memory(slot));
        case Type::f32:
            return code_.vector1(movss_load, vector(reg), slot_memory(slot));
        case Type::f64:
            return code_.vector1(movsd_load, vector(reg), slot_memory(slot));
        case Type::v128:
            return code_.vector1(movups, vector(reg), slot_memory(slot));
    }
}

void Registers::load_constant(Type type, uint64_t value, Register reg) {
    if (is_int(type) && value == 0) {
        code_.zero(general(reg));  // never between a comparison and its use
    } else if (is_int(type)) {
        code_.mov(general(reg), value);
    } else if (value == 0) {
        code_.vector2(xorps, vector(reg), vector(reg), vector(reg));
    } else {
        code_.vector1(movsd_load, vector(reg), code_.constant64(value));
    }
}

// All eight bytes of a narrow value, so that they can be read at once.
void Registers::store(Register reg, Type type, int32_t slot) {
    if (is_int(type)) {
        code_.mov(slot_memory(slot), general(reg));
    } else {
        code_.vector_store(type == Type::v128 ? movups_store : movsd_store, slot_memory(slot),
                           vector(reg));
    }
}

void Registers::store_constant(uint64_t value, int32_t slot) {
    if (int64_t(value) == int32_t(value)) {
        code_.store(8, slot_memory(slot), int32_t(value));
    } else {
        code_.mov(Reg::rax, value);
        code_.store(8, slot_memory(slot), Reg::rax);
    }
}

void Registers::copy(Register to, Register from) {
    if (is_vector(to)) {
        code_.movap(vector(to), vector(from));
    } else {
        code_.mov(Width::w64, general(to), general(from));
    }
}

void Registers::copy_value(int32_t slot, bool narrow, const Mem& to) {
    const uint8_t where = place(slot);
    const Width width = narrow ? Width::w32 : Width::w64;
    if (where == constant) {
        const uint64_t value = constant_value(slot);
        code_.vector1(movups, Xmm::xmm15, code_.constant64(narrow ? uint32_t(value) : value, 0));
    } else if (where == memory) {
        code_.vector1(narrow ? movss_load : movsd_load, Xmm::xmm15, slot_memory(slot));
    } else if (is_vector(where)) {
        code_.from_vector(width, Reg::rax, vector(where));
        code_.to_vector(width, Xmm::xmm15, Reg::rax);
    } else {
        code_.to_vector(width, Xmm::xmm15, general(where));
    }
    code_.vector_store(movups_store, to, Xmm::xmm15);
}

}  // namespace epsilon::baseline

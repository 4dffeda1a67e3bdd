// SPDX-License-Identifier: Apache-2.0
#include "baseline/registers.h"

// Values between registers and memory.
namespace epsilon::baseline {

void Registers::load(int32_t slot, Type type, Register reg) {
    switch (type) {
        case Type::i32:
            return code_.load(Access::u32, general(reg), slot_memory(slot));
        case Type::i64:
            return code_.load(Access::u64, general(reg), slot_memory(slot));
        case Type::f32:
            return code_.load(4, vector(reg), slot_memory(slot));
        case Type::f64:
            return code_.load(8, vector(reg), slot_memory(slot));
        case Type::v128:
            return code_.load(16, vector(reg), slot_memory(slot));
    }
}

void Registers::load_constant(Type type, uint64_t value, Register reg) {
    if (is_int(type)) {
        code_.mov(general(reg), value);
    } else if (value == 0) {
        code_.to_vector(Width::w64, vector(reg), Reg::zero);
    } else {
        code_.mov(Reg::x16, value);
        code_.to_vector(Width::w64, vector(reg), Reg::x16);
    }
}

// All eight bytes of a narrow value, so that they can be read at once.
void Registers::store(Register reg, Type type, int32_t slot) {
    if (is_int(type)) {
        code_.store(8, slot_memory(slot), general(reg));
    } else {
        code_.store(type == Type::v128 ? 16 : 8, slot_memory(slot), vector(reg));
    }
}

void Registers::store_constant(uint64_t value, int32_t slot) {
    if (value == 0) {
        return code_.store(8, slot_memory(slot), Reg::zero);
    }
    code_.mov(Reg::x16, value);
    code_.store(8, slot_memory(slot), Reg::x16);
}

void Registers::copy(Register to, Register from) {
    if (is_vector(to)) {
        code_.mov(vector(to), vector(from));
    } else {
        code_.mov(Width::w64, general(to), general(from));
    }
}

}  // namespace epsilon::baseline

// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "baseline/lowering.h"
#include "interp/families.h"

// Values: moves, and registers for what lowering.h makes code of; and what every target asks of
// instructions.
namespace epsilon::baseline {

using namespace interp;

using enum epsilon::baseline::Access;

Access access_of(Opcode opcode) {
    switch (opcode) {
        case Opcode::i32_load8_s:
            return s8_32;
        case Opcode::i64_load8_s:
            return s8_64;
        case Opcode::i32_load8_u:
        case Opcode::i64_load8_u:
            return u8;
        case Opcode::i32_load16_s:
            return s16_32;
        case Opcode::i64_load16_s:
            return s16_64;
        case Opcode::i32_load16_u:
        case Opcode::i64_load16_u:
            return u16;
        case Opcode::i64_load32_s:
            return s32_64;
        case Opcode::i64_load:
            return u64;
        default:
            return u32;
    }
}

Division division(Opcode opcode) {
    switch (opcode) {
        case Opcode::i32_div_s:
        case Opcode::i64_div_s:
            return {true, false};
        case Opcode::i32_div_u:
        case Opcode::i64_div_u:
            return {false, false};
        case Opcode::i32_rem_s:
        case Opcode::i64_rem_s:
            return {true, true};
        default:
            return {false, true};
    }
}

void FunctionCompiler::move(const Operation& operation) {
    if (operation.dies(reads_a) && registers_.rename(operation.a, operation.d, operation.type)) {
        return;
    }
    if (registers_.is_constant(operation.a) && operation.type != Type::v128) {
        return registers_.define_constant(operation.d, operation.type,
                                          registers_.constant_value(operation.a));
    }
    if (is_int(operation.type)) {
        const Reg a = registers_.use_int(operation.a, operation.type);
        registers_.release_dying(operation);
        const Reg d = registers_.define_int(operation.d, operation.type, a);
        if (d != a) {
            code_.mov(Width::w64, d, a);
        }
    } else {
        const Vec a = registers_.use_vector(operation.a, operation.type);
        registers_.release_dying(operation);
        code_.mov(registers_.define_vector(operation.d, operation.type, a), a);
    }
}

void FunctionCompiler::constant(const Operation& operation) {
    if (operation.type != Type::v128) {
        return registers_.define_constant(operation.d, operation.type, operation.immediate);
    }
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), function_.cells + operation.cell + field_immediate, bytes.size());
    lower_vector_constant(code_, registers_.define_vector(operation.d, Type::v128), bytes);
}

void FunctionCompiler::unary(const Operation& operation) {
    const Family family = family_of(operation.opcode);
    const bool to_int = is_int(operation.type);
    const bool from_int = is_int(operation.a_type);
    if (to_int && from_int) {
        return unary_int(operation);
    }
    if (from_int) {
        const Reg a = registers_.use_int(operation.a, operation.a_type);
        registers_.release_dying(operation);
        const Vec d = registers_.define_vector(operation.d, operation.type);
        return family == Family::vector_splat ? lower_vector_splat(code_, operation.opcode, d, a)
                                              : lower_int_to_float(code_, operation.opcode, d, a);
    }
    const Vec a = registers_.use_vector(operation.a, operation.a_type);
    registers_.release_dying(operation);
    if (to_int) {
        const Reg d = registers_.define_int(operation.d, operation.type);
        if (family == Family::vector_test) {
            return lower_vector_test(code_, operation.opcode, d, a);
        }
        if (family == Family::unary_trap) {
            return lower_float_to_int_trap(
                code_, operation.opcode, d, a, trap_label(Trap::integer_overflow, operation.cell),
                trap_label(Trap::invalid_conversion_to_integer, operation.cell));
        }
        return lower_float_to_int(code_, operation.opcode, d, a);
    }
    const Vec d = registers_.define_vector(operation.d, operation.type, a);
    if (family == Family::vector_splat) {
        return lower_vector_splat(code_, operation.opcode, d, a);
    }
    if (family == Family::vector_unary) {
        return lower_vector_unary(code_, operation.opcode, d, a);
    }
    lower_float_unary(code_, operation.opcode, d, a);
}

void FunctionCompiler::binary(const Operation& operation) {
    if (is_int(operation.type)) {
        return binary_int(operation);
    }
    if (binary_with_memory(operation)) {
        return;
    }
    const Vec a = registers_.use_vector(operation.a, operation.a_type);
    const Vec b = registers_.use_vector(operation.b, operation.b_type);
    registers_.release_dying(operation);
    const Vec d = registers_.define_vector(operation.d, operation.type, a);
    if (operation.type == Type::v128) {
        lower_vector_binary(code_, operation.opcode, d, a, b);
    } else {
        lower_float_binary(code_, operation.opcode, d, a, b);
    }
}

void FunctionCompiler::ternary(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, Type::v128);
    const Vec b = registers_.use_vector(operation.b, Type::v128);
    const Vec c = registers_.use_vector(operation.c, Type::v128);
    registers_.release_dying(operation);
    lower_vector_ternary(code_, operation.opcode,
                         registers_.define_vector(operation.d, Type::v128, a), a, b, c);
}

void FunctionCompiler::shift(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, Type::v128);
    if (operation.form == Form::shift_constant) {
        registers_.release_dying(operation);
        return lower_vector_shift(code_, operation.opcode,
                                  registers_.define_vector(operation.d, Type::v128, a), a,
                                  uint32_t(operation.immediate));
    }
    const Reg count = registers_.use_int(operation.b, Type::i32);
    registers_.release_dying(operation);
    lower_vector_shift(code_, operation.opcode,
                       registers_.define_vector(operation.d, Type::v128, a), a, count);
}

void FunctionCompiler::extract(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, Type::v128);
    registers_.release_dying(operation);
    const auto lane = unsigned(operation.immediate);
    if (is_int(operation.type)) {
        lower_vector_extract(code_, operation.opcode,
                             registers_.define_int(operation.d, operation.type), a, lane);
    } else {
        lower_vector_extract(code_, operation.opcode,
                             registers_.define_vector(operation.d, operation.type, a), a, lane);
    }
}

void FunctionCompiler::replace(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, Type::v128);
    const auto lane = unsigned(operation.immediate);
    if (is_int(operation.b_type)) {
        const Reg b = registers_.use_int(operation.b, operation.b_type);
        registers_.release_dying(operation);
        lower_vector_replace(code_, operation.opcode,
                             registers_.define_vector(operation.d, Type::v128, a), a, b, lane);
    } else {
        const Vec b = registers_.use_vector(operation.b, operation.b_type);
        registers_.release_dying(operation);
        lower_vector_replace(code_, operation.opcode,
                             registers_.define_vector(operation.d, Type::v128, a), a, b, lane);
    }
}

void FunctionCompiler::shuffle(const Operation& operation) {
    const Vec a = registers_.use_vector(operation.a, Type::v128);
    const Vec b = registers_.use_vector(operation.b, Type::v128);
    registers_.release_dying(operation);
    std::array<uint8_t, 16> lanes;
    std::memcpy(lanes.data(), function_.cells + operation.cell + cell_size, lanes.size());
    lower_vector_shuffle(code_, registers_.define_vector(operation.d, Type::v128, a), a, b, lanes);
}

}  // namespace epsilon::baseline

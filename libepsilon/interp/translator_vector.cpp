// SPDX-License-Identifier: Apache-2.0
#include "interp/memory_access.h"
#include "interp/translator_impl.h"

// Instructions on vectors that don't have the form of a scalar family (translator_numeric.cpp): of
// three operands, with a scalar beside a vector, with lane numbers. One of the operands may be in
// the accumulator of vectors and floats.
namespace epsilon::interp {

// Operands in vacc {none, a, b, c} x d.
void Translator::vector_ternary(Opcode opcode) {
    Operand popped[3];
    for (int i = 2; i >= 0; --i) {
        popped[i] = pop();
    }
    Source sources[3];
    unsigned accumulator = 0;
    for (unsigned i = 0; i < 3; ++i) {
        if (accumulator != 0) {
            sources[i].slot = use_slot(popped[i], i);
            continue;
        }
        sources[i] = use(popped[i], i);
        accumulator = sources[i].kind == Kind::acc ? i + 1 : 0;
    }
    const uint32_t at = produce(ValueType::v128, table_.forms[size_t(opcode)], accumulator * 2,
                                accumulator * 2 + 1);
    writer_.put(at, field_a, sources[0].slot);
    writer_.put(at, field_b, sources[1].slot);
    writer_.put(at, field_c, sources[2].slot);
}

// Count {slot, acc, imm} x form_unary(a, d).
void Translator::vector_shift(Opcode opcode) {
    Operand count = pop();
    const Operand a = pop();
    prepare(count, Immediate::of_32_bits);
    PendingShift shift;
    shift.valid =
        !wide_ && a.where == Operand::Where::local && count.where == Operand::Where::constant;
    shift.opcode = opcode;
    shift.local = a.local;
    shift.count = uint32_t(count.value);
    shift.at = writer_.position();
    shift.before = mirrors_;
    const Source vector = use(a, 0);
    const Source by = use(count, 1);
    const unsigned form = unsigned(by.kind) * 4;
    const uint32_t at = produce(ValueType::v128, table_.forms[size_t(opcode)],
                                form + form_unary(vector.kind, Kind::slot),
                                form + form_unary(vector.kind, Kind::acc));
    writer_.put(at, field_a, vector.slot);
    if (by.kind == Kind::imm) {
        writer_.put(at, field_immediate, by.immediate);
    } else {
        writer_.put(at, field_b, by.slot);
    }
    first_shift_ = shift_;
    first_shift_.valid = shift_.valid && shift_.end == at;
    shift_ = shift;
    shift_.end = writer_.position();
    shift_.home = top().home;
}

// Rotations, which WebAssembly doesn't have: one local shifted to both sides, by counts whose sum
// is the width of a lane, and the two results put together.
bool Translator::rotate_cell(Opcode opcode, const Operand& a, const Operand& b) {
    if (opcode != Opcode::v128_or || !shift_.valid || !first_shift_.valid ||
        shift_.end != writer_.position() || first_shift_.local != shift_.local ||
        a.where != Operand::Where::temporary || b.where != Operand::Where::temporary ||
        a.home != first_shift_.home || b.home != shift_.home) {
        return false;
    }
    const bool left_first = first_shift_.opcode < shift_.opcode;
    const PendingShift& left = left_first ? first_shift_ : shift_;
    const PendingShift& right = left_first ? shift_ : first_shift_;
    Special cell;
    uint32_t width;
    if (left.opcode == Opcode::i16x8_shl && right.opcode == Opcode::i16x8_shr_u) {
        cell = Special::rotate_i16x8;
        width = 16;
    } else if (left.opcode == Opcode::i32x4_shl && right.opcode == Opcode::i32x4_shr_u) {
        cell = Special::rotate_i32x4;
        width = 32;
    } else if (left.opcode == Opcode::i64x2_shl && right.opcode == Opcode::i64x2_shr_u) {
        cell = Special::rotate_i64x2;
        width = 64;
    } else {
        return false;
    }
    if (left.count >= width || right.count >= width || left.count + right.count != width) {
        return false;
    }
    writer_.truncate(first_shift_.at);
    reuse_cell(first_shift_.at);
    mirrors_ = first_shift_.before;
    condition_.valid = false;
    last_value_.valid = false;
    shift_.valid = false;
    Operand local;
    local.where = Operand::Where::local;
    local.kind = ValueType::v128;
    local.local = shift_.local;
    const Source source = use(local, 0);
    const uint32_t at =
        produce(ValueType::v128, special_forms(cell), form_unary(source.kind, Kind::slot),
                form_unary(source.kind, Kind::acc));
    writer_.put(at, field_a, source.slot);
    writer_.put(at, field_b, uint16_t(left.count));
    writer_.put(at, field_c, uint16_t(right.count));
    return true;
}

// Lanes are read where they are stored.
void Translator::vector_extract(const Instruction& instruction) {
    const Operand a = pop();
    const int16_t slot = use_slot(a, 0);
    const uint32_t at = produce(kinds_of(instruction.opcode).result,
                                table_.forms[size_t(instruction.opcode)], 0, 1);
    writer_.put(at, field_a, slot);
    writer_.put(at, field_b, uint16_t(instruction.lane));
}

// Scalar {slot, acc} x form_unary(vector, d).
void Translator::vector_replace(const Instruction& instruction) {
    Operand scalar = pop();
    const Operand a = pop();
    prepare(scalar, Immediate::none);
    const Source vector = use(a, 0);
    const Source lane = use(scalar, 1);
    const unsigned form = unsigned(lane.kind) * 4;
    const uint32_t at = produce(ValueType::v128, table_.forms[size_t(instruction.opcode)],
                                form + form_unary(vector.kind, Kind::slot),
                                form + form_unary(vector.kind, Kind::acc));
    writer_.put(at, field_a, vector.slot);
    writer_.put(at, field_b, lane.slot);
    writer_.put(at, field_c, uint16_t(instruction.lane));
}

// As a binary cell, of twice the size: the lane numbers are in the second half.
void Translator::vector_shuffle(const Instruction& instruction) {
    const Operand b = pop();
    const Operand a = pop();
    const Source first = use(a, 0);
    Source second;
    if (first.kind == Kind::acc) {
        second.slot = use_slot(b, 1);
    } else {
        second = use(b, 1);
    }
    const Pair pair = first.kind == Kind::acc    ? Pair::acc_slot
                      : second.kind == Kind::acc ? Pair::slot_acc
                                                 : Pair::slot_slot;
    const uint32_t at =
        produce(ValueType::v128, table_.forms[size_t(instruction.opcode)],
                form_pair(pair, Kind::slot), form_pair(pair, Kind::acc), 2 * cell_size);
    writer_.put(at, field_a, first.slot);
    writer_.put(at, field_b, second.slot);
    for (int i = 0; i < 16; ++i) {
        writer_.put(at, int(cell_size) + i, instruction.bytes[i]);
    }
}

void Translator::vector_lane_access(const Instruction& instruction, bool is_load) {
    const Handler handler = table_.forms[size_t(instruction.opcode)][0];
    const Operand value = pop();
    Operand address = pop();
    prepare(address, Immediate::none);
    const int16_t address_slot = use_slot(address, 0);
    const int16_t value_slot = use_slot(value, 1);
    uint32_t at;
    if (is_load) {
        at = produce_in_slot(ValueType::v128, handler, far_access_size);
        writer_.put(at, field_vector, value_slot);
    } else {
        at = writer_.add(handler, far_access_size);
        writer_.put(at, field_d, value_slot);
    }
    writer_.put(at, field_a, address_slot);
    writer_.put(at, field_far_memory, instruction.memory.memory);
    writer_.put(at, field_lane, uint16_t(instruction.lane));
    writer_.put(at, field_far_offset, instruction.memory.offset);
}

}  // namespace epsilon::interp

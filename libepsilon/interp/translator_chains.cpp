// SPDX-License-Identifier: Apache-2.0
#include "interp/operations.h"
#include "interp/translator_impl.h"

// Two operations in one cell, those that chains.def names.
namespace epsilon::interp {

namespace {

struct Chain {
    Opcode first;
    Kind b;
    Opcode second;
    Kind c;
    bool from = false;  // the first result is subtracted
};

#define EPSILON_SECOND_add(type) Opcode::type##_add
#define EPSILON_SECOND_and(type) Opcode::type##_and
#define EPSILON_SECOND_mul(type) Opcode::type##_mul
#define EPSILON_SECOND_or(type) Opcode::type##_or
#define EPSILON_SECOND_rotl(type) Opcode::type##_rotl
#define EPSILON_SECOND_shl(type) Opcode::type##_shl
#define EPSILON_SECOND_shr_s(type) Opcode::type##_shr_s
#define EPSILON_SECOND_shr_u(type) Opcode::type##_shr_u
#define EPSILON_SECOND_sub_from(type) Opcode::type##_sub
#define EPSILON_SECOND_xor(type) Opcode::type##_xor
constexpr bool is_from(std::string_view second) {
    return second == "sub_from";
}
#define EPSILON_CHAIN(type, first, b, second, c) \
    {Opcode::type##_##first, Kind::b, EPSILON_SECOND_##second(type), Kind::c, is_from(#second)},
constexpr Chain chains[] = {
#include "interp/chains.def"
};
#undef EPSILON_CHAIN

constexpr bool is_i64(Opcode opcode) {
    return opcode >= Opcode::i64_clz && opcode <= Opcode::i64_rotr;
}

struct LoadChain {
    Opcode load;
    Opcode operation;
};
#define EPSILON_LOAD_CHAIN(load, type, operation) {Opcode::load, Opcode::operation},
constexpr LoadChain load_chains[] = {
#include "interp/chains.def"
};
#undef EPSILON_LOAD_CHAIN

struct ScaledLoad {
    Opcode load;
    unsigned count;
};
#define EPSILON_SCALED_LOAD(load, memory, type, count) {Opcode::load, count},
constexpr ScaledLoad scaled_loads[] = {
#include "interp/chains.def"
};
#undef EPSILON_SCALED_LOAD

#define EPSILON_SUM_STORE(store, memory, type) Opcode::store,
constexpr Opcode sum_stores[] = {
#include "interp/chains.def"
};
#undef EPSILON_SUM_STORE

}  // namespace

// Whether the operand, which is used up, was in the accumulator before the last cell. That cell
// gets it from there, and the store of a temporary is taken back.
bool Translator::take_accumulator(const Operand& operand, const Mirror& before) {
    if (!before.valid || before.slot != slot_of(operand)) {
        return false;
    }
    if (operand.where == Operand::Where::temporary && before.removable) {
        writer_.put(before.producer, 0, before.accumulating);
    }
    return true;
}

// An operation on what the last cell computed and a slot or a constant.
bool Translator::chain_cell(Opcode opcode, const Operand& a, const Operand& b) {
    const bool second = !is_pending(a);
    if (wide_ || condition_.negated ||
        (second && (!is_pending(b) || a.where == Operand::Where::constant)) ||
        (condition_.pair == Pair::slot_acc && !is_commutative(condition_.opcode))) {
        return false;
    }
    const Operand& other = second ? a : b;
    const Kind kind_b = has_immediate(condition_.pair) ? Kind::imm : Kind::slot;
    const Kind kind_c = other.where == Operand::Where::constant ? Kind::imm : Kind::slot;
    const bool from = second && !is_commutative(opcode);
    unsigned row[2] = {0, 0};  // of each type
    for (const Chain& chain : chains) {
        const bool wide = is_i64(chain.first);
        if (chain.first != condition_.opcode || chain.second != opcode || chain.b != kind_b ||
            chain.c != kind_c || chain.from != from) {
            ++row[wide];
            continue;
        }
        const PendingCell first = condition_;
        take_back_pending();
        const Kind kind_a = first_kind(first.pair);
        unsigned form = row[wide] * 6 + (kind_a == Kind::acc ? 2 : 0);
        const bool taken = kind_a == Kind::slot && kind_c == Kind::slot &&
                           take_accumulator(other, first.before.integer);
        form += taken ? 4 : 0;
        const int16_t other_slot = kind_c == Kind::imm ? int16_t(0) : use_slot(other, 0);
        const uint32_t at = produce(wide ? ValueType::i64 : ValueType::i32,
                                    special_forms(wide ? Special::chain_i64 : Special::chain_i32),
                                    form, form + 1, wide ? chain_size_64 : cell_size);
        // A factor or term in the accumulator comes first.
        writer_.put(at, field_a, first.pair == Pair::slot_acc ? first.b : first.a);
        const int field_chain_c = wide ? field_chain_c_64 : field_chain_c_32;
        if (kind_b == Kind::slot) {
            writer_.put(at, field_b, first.pair == Pair::slot_acc ? first.a : first.b);
        } else if (wide) {
            writer_.put(at, field_immediate, first.immediate);
        } else {
            writer_.put(at, field_immediate, int32_t(first.immediate));
        }
        if (kind_c == Kind::slot) {
            writer_.put(at, field_chain_c, other_slot);
        } else if (wide) {
            writer_.put(at, field_chain_c, other.value);
        } else {
            writer_.put(at, field_chain_c, uint32_t(other.value));
        }
        const bool in_slot = !taken || other.where == Operand::Where::local;
        if (opcode == Opcode::i32_add && first.opcode == Opcode::i32_shl && kind_b == Kind::imm &&
            in_slot) {
            note_scaled(first, kind_c, other_slot, int32_t(other.value), top().home);
        }
        return true;
    }
    return false;
}

// The low half of what the last cell shifted by a constant.
bool Translator::shift_wrap(Opcode opcode, const Operand& a) {
    if (opcode != Opcode::i32_wrap_i64 || wide_ || !is_pending(a) ||
        condition_.opcode != Opcode::i64_shr_u || !has_immediate(condition_.pair)) {
        return false;
    }
    const PendingCell shift = condition_;
    take_back_pending();
    const Kind kind = first_kind(shift.pair);
    const uint32_t at = produce(ValueType::i32, special_forms(Special::shift_wrap),
                                form_unary(kind, Kind::slot), form_unary(kind, Kind::acc));
    writer_.put(at, field_a, shift.a);
    writer_.put(at, field_immediate, shift.immediate);
    return true;
}

// --- Loads

void Translator::note_load(Opcode opcode, Indexing indexing, Kind a, const Mirror& before) {
    load_.valid = !wide_;
    load_.opcode = opcode;
    load_.indexing = indexing;
    load_.a = a;
    load_.at = writer_.position() - cell_size;
    load_.end = writer_.position();
    load_.home = top().home;
    load_.before = before;
}

// An operation on a slot and what the last cell loaded. The cell stays that of the load: that is
// the instruction that may trap.
bool Translator::load_chain(Opcode opcode, const Operand& a, const Operand& b) {
    if (!load_.valid || load_.end != writer_.position()) {
        return false;
    }
    const auto is_loaded = [this](const Operand& operand) {
        return operand.where == Operand::Where::temporary && operand.home == load_.home;
    };
    const Operand& other = is_loaded(b) ? a : b;
    if ((!is_loaded(a) && !is_loaded(b)) || other.where == Operand::Where::constant) {
        return false;
    }
    unsigned row = 0;
    for (const LoadChain& chain : load_chains) {
        if (chain.load == load_.opcode && chain.operation == opcode) {
            break;
        }
        ++row;
    }
    if (row == std::size(load_chains)) {
        return false;
    }
    const uint32_t at = load_.at;
    if (load_.indexing == Indexing::sum) {
        const auto offset = writer_.get<uint32_t>(at, field_offset);
        if (offset != uint16_t(offset)) {
            return false;
        }
        writer_.put(at, field_load_chain_addend, writer_.get<uint32_t>(at, field_load_addend));
        writer_.put(at, field_load_chain_offset, uint16_t(offset));
    }
    load_.valid = false;
    writer_.put(at, field_load_chain_c, fit(slot_of(other)));
    const unsigned operands = load_.a == Kind::acc                    ? 1
                              : take_accumulator(other, load_.before) ? 2
                                                                      : 0;
    const unsigned checked = (request_.variant & variant_checked) != 0;
    const unsigned form = row * 36 + unsigned(load_.indexing) * 12 + checked * 6 + operands * 2;
    const Handler* const forms = special_forms(Special::load_chain);
    writer_.put(at, 0, handler_offset(forms[form]));
    const ValueType::Kind kind = is_i64(opcode) ? ValueType::i64 : ValueType::i32;
    push_temporary(kind);
    finish_produce(at, kind, top().home, handler_offset(forms[form + 1]), true);
    return true;
}

void Translator::note_scaled(const PendingCell& shift, Kind b, int16_t slot, int32_t immediate,
                             int32_t home) {
    scaled_.valid = !wide_ && shift.immediate >= 1 && shift.immediate <= 3;
    scaled_.count = unsigned(shift.immediate);
    scaled_.a = first_kind(shift.pair);
    scaled_.a_slot = shift.a;
    scaled_.b = b;
    scaled_.b_slot = slot;
    scaled_.immediate = immediate;
    scaled_.at = writer_.position() - cell_size;
    scaled_.end = writer_.position();
    scaled_.home = home;
    scaled_.before = shift.before;
}

// A load from an index that the last cell scaled, or scaled and added to.
bool Translator::load_scaled(const Instruction& instruction, const Operand& address,
                             ValueType::Kind kind) {
    if (is_pending(address) && condition_.opcode == Opcode::i32_shl && !wide_ &&
        has_immediate(condition_.pair)) {
        note_scaled(condition_, Kind::imm, 0, 0, address.home);
    }
    if (!scaled_.valid || scaled_.end != writer_.position() ||
        address.where != Operand::Where::temporary || address.home != scaled_.home) {
        return false;
    }
    unsigned row = 0;
    for (const ScaledLoad& load : scaled_loads) {
        if (load.load == instruction.opcode && load.count == scaled_.count) {
            break;
        }
        ++row;
    }
    if (row == std::size(scaled_loads)) {
        return false;
    }
    writer_.truncate(scaled_.at);
    reuse_cell(scaled_.at);
    mirrors_ = scaled_.before;
    keep_stores();
    condition_.valid = false;
    last_value_.valid = false;
    scaled_.valid = false;
    const unsigned checked = (request_.variant & variant_checked) != 0;
    const unsigned form = row * 16 + (scaled_.b == Kind::slot ? 8 : 0) + checked * 4;
    const uint32_t at =
        produce(kind, special_forms(Special::load_scaled), form + form_unary(scaled_.a, Kind::slot),
                form + form_unary(scaled_.a, Kind::acc));
    writer_.put(at, field_a, scaled_.a_slot);
    writer_.put(at, field_offset, uint32_t(instruction.memory.offset));
    if (scaled_.b == Kind::slot) {
        writer_.put(at, field_load_term, scaled_.b_slot);
    } else {
        writer_.put(at, field_load_addend, scaled_.immediate);
    }
    return true;
}

// --- Stores

// A store to a sum that the last cell computed; the value is a local's, or a short constant.
bool Translator::store_to_sum(const Instruction& instruction, const Operand& address,
                              const Operand& value) {
    const auto* const row =
        std::find(std::begin(sum_stores), std::end(sum_stores), instruction.opcode);
    const bool constant = value.where == Operand::Where::constant;
    if (row == std::end(sum_stores) || wide_ || !is_pending(address) ||
        condition_.opcode != Opcode::i32_add ||
        (constant && (!fits_immediate(value) || int32_t(value.value) != int16_t(value.value)))) {
        return false;
    }
    const PendingCell sum = condition_;
    take_back_pending();
    const bool immediate = has_immediate(sum.pair);
    const bool checked = (request_.variant & variant_checked) != 0;
    const auto form = unsigned(row - std::begin(sum_stores)) * 16 + (immediate ? 0 : 8) +
                      (constant ? 4 : 0) + (checked ? 2 : 0) +
                      (first_kind(sum.pair) == Kind::acc ? 1 : 0);
    const int16_t value_slot = constant ? int16_t(value.value) : use_slot(value, 1);
    const uint32_t at = writer_.add(special_handler(Special::store_sum, form));
    writer_.put(at, field_d, value_slot);
    writer_.put(at, field_a, sum.pair == Pair::slot_acc ? sum.b : sum.a);
    writer_.put(at, field_offset, uint32_t(instruction.memory.offset));
    if (immediate) {
        writer_.put(at, field_load_addend, uint32_t(sum.immediate));
    } else {
        writer_.put(at, field_load_term, sum.pair == Pair::slot_acc ? sum.a : sum.b);
    }
    return true;
}

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>

#include "interp/memory_access.h"
#include "interp/translator_impl.h"

// Two or three instructions on floats that share a cell: arithmetic with a loaded value, arithmetic
// and branches with a constant.
namespace epsilon::interp {

namespace {

struct Arithmetic {
    ValueType::Kind kind;
    FloatOperation operation;
};

// The four that most code is made of.
std::optional<Arithmetic> arithmetic(Opcode opcode) {
    switch (opcode) {
        case Opcode::f32_add:
            return Arithmetic{ValueType::f32, FloatOperation::add};
        case Opcode::f32_sub:
            return Arithmetic{ValueType::f32, FloatOperation::subtract};
        case Opcode::f32_mul:
            return Arithmetic{ValueType::f32, FloatOperation::multiply};
        case Opcode::f32_div:
            return Arithmetic{ValueType::f32, FloatOperation::divide};
        case Opcode::f64_add:
            return Arithmetic{ValueType::f64, FloatOperation::add};
        case Opcode::f64_sub:
            return Arithmetic{ValueType::f64, FloatOperation::subtract};
        case Opcode::f64_mul:
            return Arithmetic{ValueType::f64, FloatOperation::multiply};
        case Opcode::f64_div:
            return Arithmetic{ValueType::f64, FloatOperation::divide};
        default:
            return std::nullopt;
    }
}

FloatOperation exchanged(FloatOperation operation) {
    switch (operation) {
        case FloatOperation::subtract:
            return FloatOperation::subtract_from;
        case FloatOperation::divide:
            return FloatOperation::divide_into;
        default:
            return operation;
    }
}

Opcode exchanged(Opcode comparison) {
    switch (comparison) {
        case Opcode::f32_lt:
            return Opcode::f32_gt;
        case Opcode::f32_gt:
            return Opcode::f32_lt;
        case Opcode::f32_le:
            return Opcode::f32_ge;
        case Opcode::f32_ge:
            return Opcode::f32_le;
        case Opcode::f64_lt:
            return Opcode::f64_gt;
        case Opcode::f64_gt:
            return Opcode::f64_lt;
        case Opcode::f64_le:
            return Opcode::f64_ge;
        case Opcode::f64_ge:
            return Opcode::f64_le;
        default:
            return comparison;
    }
}

// The constant as an f32, if nothing is lost.
std::optional<float> as_float(const Operand& constant) {
    if (constant.kind == ValueType::f32) {
        return std::bit_cast<float>(uint32_t(constant.value));
    }
    const auto value = std::bit_cast<double>(constant.value);
    if (std::abs(value) > double(std::numeric_limits<float>::max()) ||
        double(float(value)) != value) {
        return std::nullopt;  // not a number neither
    }
    return float(value);
}

}  // namespace

// The cell at `at`, the last one, loads a float; `before` is the mirror of floats before it.
void Translator::offer_load(ValueType::Kind kind, unsigned address, uint32_t at,
                            const Mirror& before) {
    const bool checked = (request_.variant & variant_checked) != 0;
    if (wide_ || (checked && guarded_access_supported)) {
        return;
    }
    float_load_ = {};
    float_load_.valid = true;
    float_load_.kind = kind;
    float_load_.address = address;
    float_load_.at = at;
    float_load_.end = writer_.position();
    float_load_.home = top().home;
    float_load_.before = before;
}

// Whether the cell before is an f64.load from a slot's address that leaves its value in the
// accumulator alone: the value that the mirror before the load is of. Gives its AddressForm, of
// {plain, kept_sum, kept_step}. Fuel may end between two cells, so none are joined in metered code.
std::optional<unsigned> Translator::load_before(const PendingFloatLoad& load) const {
    if (metered_ || load.kind != ValueType::f64 || !load.before.valid ||
        load.before.producer + cell_size != load.at) {
        return std::nullopt;
    }
    const Handler* const forms = table_.forms[size_t(Opcode::f64_load)];
    const unsigned checked = (request_.variant & variant_checked) != 0;
    const auto head = writer_.get<int32_t>(load.before.producer, 0);
    const unsigned in_accumulator = form_unary(Kind::slot, Kind::acc);
    const unsigned candidates[] = {checked * 4 + in_accumulator,
                                   load_kept_sum_forms + checked * 8 + in_accumulator,
                                   load_kept_sum_forms + checked * 8 + 4 + in_accumulator};
    for (unsigned i = 0; i < 3; ++i) {
        if (head == handler_offset(forms[candidates[i]])) {
            return i;
        }
    }
    return std::nullopt;
}

// The last cell's work is done by the one before, too. That isn't stored in a slot.
void Translator::join(uint32_t first, Handler in_slot, Handler in_accumulator) {
    writer_.put(first, 0, handler_offset(in_slot));
    mirrors_.floating.producer = first;
    mirrors_.floating.accumulating = handler_offset(in_accumulator);
}

// When the cell before adds to the accumulator too.
void Translator::join_additions(const PendingFloatLoad& load) {
    const uint32_t first = load.before.producer;
    const auto is_simple = [](unsigned address) {
        return address == unsigned(AddressForm::plain) * 2 ||
               address == unsigned(AddressForm::sum) * 2;
    };
    if (metered_ || first + fused_load_size != load.at || !is_simple(load.address)) {
        return;
    }
    const bool is_f64 = load.kind == ValueType::f64;
    const Handler* const forms =
        special_forms(is_f64 ? Special::load_and_f64 : Special::load_and_f32);
    for (const AddressForm form : {AddressForm::plain, AddressForm::sum}) {
        if (writer_.get<int32_t>(first, 0) ==
            handler_offset(forms[form_load_and(FloatOperation::add, unsigned(form) * 2, Kind::acc,
                                               Kind::acc)])) {
            const unsigned both = (unsigned(form) * 2 + load.address / 2) * 2;
            const Handler* const joined =
                special_forms(is_f64 ? Special::add_twice_f64 : Special::add_twice_f32);
            join(first, joined[both], joined[both + 1]);
            return;
        }
    }
}

// When the last cell loaded an operand: the cell becomes one that calculates too, in its place, so
// that it still stands for the load where that traps. The accumulator is what it was before.
bool Translator::calculate_with_load(Opcode opcode, const Operand& a, const Operand& b) {
    const bool second = is_loaded(b);
    const Operand& other = second ? a : b;
    const std::optional<Arithmetic> what = arithmetic(opcode);
    if ((!second && !is_loaded(a)) || !what || what->operation == FloatOperation::divide ||
        other.where == Operand::Where::constant) {
        return false;
    }
    const bool is_f64 = float_load_.kind == ValueType::f64;
    const PendingFloatLoad load = float_load_;
    float_load_.valid = false;
    if (!load.multiplied) {
        const FloatOperation operation = second ? what->operation : exchanged(what->operation);
        mirrors_.floating = load.before;
        const Source source = use(other, 0);
        const Handler* const forms =
            special_forms(is_f64 ? Special::load_and_f64 : Special::load_and_f32);
        replace_load(load, forms[form_load_and(operation, load.address, source.kind, Kind::slot)],
                     forms[form_load_and(operation, load.address, source.kind, Kind::acc)]);
        writer_.put(load.at, field_fused_b, source.slot);
        if (operation == FloatOperation::multiply) {
            float_load_ = load;
            float_load_.multiplied = true;
            float_load_.b = source;
            if (source.kind == Kind::acc) {
                float_load_.first = load_before(load);
            }
            float_load_.end = writer_.position();
            float_load_.home = top().home;
        }
        return true;
    }
    if (load.summed || what->operation == FloatOperation::multiply ||
        (what->operation == FloatOperation::subtract && !second)) {
        return false;
    }
    mirrors_.floating = load.before;
    Source source;
    if (load.b.kind == Kind::acc) {
        mirrors_.floating.removable = false;  // the store was taken back for b
        source.slot = use_slot(other, 0);
    } else {
        source = use(other, 0);
    }
    const Handler* const forms =
        special_forms(is_f64 ? Special::load_multiply_f64 : Special::load_multiply_f32);
    const unsigned form =
        form_load_multiply(what->operation, load.address, load.b.kind, source.kind);
    replace_load(load, forms[form * 2], forms[form * 2 + 1]);
    writer_.put(load.at, field_fused_c, source.slot);
    if (load.first) {
        const unsigned joined =
            ((unsigned(what->operation) * address_form_count + load.address) * 3 + *load.first) * 2;
        const Handler* const both = special_forms(Special::load_twice_f64);
        join(load.before.producer, both[joined], both[joined + 1]);
        return true;
    }
    float_load_ = load;
    float_load_.summed = true;
    float_load_.form = form;
    float_load_.home = top().home;
    if (source.kind == Kind::acc) {
        float_load_.first = load_before(load);
    }
    return true;
}

// When the last cell calculated the value by load_multiply: it stores it too.
bool Translator::store_calculated(const Instruction& instruction, const Operand& address,
                                  const Operand& value) {
    if (!is_loaded(value) || !float_load_.summed || address.where == Operand::Where::constant) {
        return false;
    }
    const int16_t target = use_slot(address, 0);
    const bool is_f64 = float_load_.kind == ValueType::f64;
    const uint32_t at = float_load_.at;
    writer_.extend(at, fused_store_size);
    writer_.put(at, 0,
                handler_offset(special_handler(
                    is_f64 ? Special::load_multiply_store_f64 : Special::load_multiply_store_f32,
                    float_load_.form)));
    writer_.put(at, field_fused_target, target);
    writer_.put(at, field_fused_target_offset, uint32_t(instruction.memory.offset));
    writer_.add_origin(at + fused_store_origin);
    if (float_load_.first) {
        const bool subtract = float_load_.form >= address_form_count * 3;
        const unsigned joined =
            (unsigned(subtract) * address_form_count + float_load_.address) * 3 +
            *float_load_.first;
        writer_.put(float_load_.before.producer, 0,
                    handler_offset(special_handler(Special::update_f64, joined)));
    }
    reuse_cell(at);
    mirrors_.floating = {};
    last_value_.valid = false;
    float_load_.valid = false;
    return true;
}

// The cell gets another handler; its result is the new top of the stack.
void Translator::replace_load(const PendingFloatLoad& load, Handler in_slot,
                              Handler in_accumulator) {
    push_temporary(load.kind);
    writer_.extend(load.at, fused_load_size);
    writer_.put(load.at, 0, handler_offset(in_slot));
    reuse_cell(load.at);
    finish_produce(load.at, load.kind, top().home, handler_offset(in_accumulator), true);
}

bool Translator::calculate_with_constant(Opcode opcode, const Operand& a, const Operand& b) {
    const bool second = b.where == Operand::Where::constant;
    const std::optional<Arithmetic> what = arithmetic(opcode);
    if (wide_ || !what || second == (a.where == Operand::Where::constant)) {
        return false;
    }
    const bool is_f64 = what->kind == ValueType::f64;
    const unsigned operation = unsigned(second ? what->operation : exchanged(what->operation)) * 4;
    const Source source = use(second ? a : b, 0);
    const uint32_t at = produce(
        what->kind, special_forms(is_f64 ? Special::with_constant_f64 : Special::with_constant_f32),
        operation + form_unary(source.kind, Kind::slot),
        operation + form_unary(source.kind, Kind::acc));
    writer_.put(at, field_a, source.slot);
    writer_.put(at, field_immediate, (second ? b : a).value);
    return true;
}

// A comparison with a constant that a branch may follow: made of two cells, of which the branch
// then takes the place.
bool Translator::compare_with_constant(Opcode opcode, const Operand& a, const Operand& b) {
    const bool second = b.where == Operand::Where::constant;
    if (wide_ || second == (a.where == Operand::Where::constant)) {
        return false;
    }
    const std::optional<float> value = as_float(second ? b : a);
    if (!value) {
        return false;
    }
    const uint32_t constant_at = writer_.position();
    const Mirrors before = mirrors_;
    Operand first = a;
    Operand other = b;
    binary_cell(opcode, a.kind, ValueType::i32, first, other, true);
    if (condition_.valid && condition_.at == constant_at + cell_size) {
        condition_.constant = true;
        condition_.constant_at = constant_at;
        condition_.value = *value;
        condition_.compared = second ? a : b;
        condition_.before_constant = before;
        condition_.opcode = second ? opcode : exchanged(opcode);
    }
    return true;
}

// Of the pending comparison with a constant.
Translator::Condition Translator::condition_with_constant() {
    const PendingCell pending = condition_;
    writer_.truncate(pending.constant_at);
    reuse_cell(pending.constant_at);
    mirrors_ = pending.before_constant;
    condition_.valid = false;
    last_value_.valid = false;
    const Source source = use(pending.compared, 0);
    Condition condition;
    condition.opcode = pending.opcode;
    condition.negated = pending.negated;
    condition.pair = source.kind == Kind::acc ? Pair::acc_imm : Pair::slot_imm;
    condition.a = source.slot;
    condition.immediate = std::bit_cast<int32_t>(pending.value);
    condition.constant = true;
    return condition;
}

Handler Translator::branch_with_constant(const Condition& condition, bool when) const {
    const bool is_f64 = condition.opcode >= Opcode::f64_eq;
    const unsigned comparison =
        unsigned(condition.opcode) - unsigned(is_f64 ? Opcode::f64_eq : Opcode::f32_eq);
    return special_handler(
        is_f64 ? Special::branch_constant_f64 : Special::branch_constant_f32,
        form_branch_constant(metered_, comparison, when,
                             condition.pair == Pair::acc_imm ? Kind::acc : Kind::slot));
}

}  // namespace epsilon::interp

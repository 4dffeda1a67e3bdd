// SPDX-License-Identifier: Apache-2.0
#include "interp/translator_impl.h"

// The symbolic operand stack, the accumulators' mirrors, and cells that produce values.
namespace epsilon::interp {

uint32_t slots_of(std::span<const ValueType> types) {
    uint32_t slots = 0;
    for (const ValueType type : types) {
        slots += type.slots();
    }
    return slots;
}

namespace {

constexpr ValueType::Kind kind_of_letter(char letter) {
    switch (letter) {
        case 'i':
            return ValueType::i32;
        case 'l':
            return ValueType::i64;
        case 'f':
            return ValueType::f32;
        case 'd':
            return ValueType::f64;
        default:
            return ValueType::v128;
    }
}

constexpr Kinds kinds_of_signature(std::string_view signature) {
    return {kind_of_letter(signature[0]), kind_of_letter(signature[1]),
            kind_of_letter(signature.back())};
}

constexpr Kinds kinds[] = {
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) \
    kinds_of_signature(#signature),
#include "wasm/opcodes.def"
#undef EPSILON_OP
};

}  // namespace

const Kinds& kinds_of(Opcode opcode) {
    return kinds[size_t(opcode)];
}

void Translator::push_temporaries(std::span<const ValueType> types) {
    if (types.empty()) {
        return;
    }
    int32_t home = next_home_;
    const size_t size = operands_.size();
    operands_.resize(size + types.size());
    Operand* entry = operands_.data() + size;
    for (const ValueType type : types) {
        entry->kind = type.kind();
        entry->home = home;
        home += int32_t(slots_of(type.kind()));
        ++entry;
    }
    note_temporaries(uint32_t(size), uint32_t(operands_.size()));
    next_home_ = home;
    max_slots_ = std::max(max_slots_, int64_t{home});
    work_ += types.size() / 8;
}

void Translator::shrink_to(uint32_t height) {
    for (auto i = uint32_t(operands_.size()); i-- > height;) {
        forget_entry(operands_[i], i);
    }
    if (operands_.size() > height) {
        work_ += (operands_.size() - height) / 8;
        next_home_ = operands_[height].home;
        operands_.resize(height);
    }
    lower_marks(height);
}

// Where control may come from elsewhere: nothing is known of the accumulators.
void Translator::bind(Label label) {
    writer_.bind(label);
    start_label(label);
    forget_mirrors();
    condition_.valid = false;
    float_load_.valid = false;
    shift_.valid = false;
    counter_.valid = false;
    counters_.valid = false;
    load_.valid = false;
    scaled_.valid = false;
    last_move_.valid = false;
    last_value_.valid = false;
}

void Translator::note_write(int32_t slot, uint32_t slots) {
    if (plain_) {
        return;  // nothing reads accumulators
    }
    for (Mirror* mirror : {&mirrors_.integer, &mirrors_.floating}) {
        if (mirror->valid && mirror->slot + mirror->slots > slot &&
            mirror->slot < slot + int32_t(slots)) {
            *mirror = {};
        }
    }
}

bool Translator::fits_immediate(const Operand& operand) {
    if (operand.where != Operand::Where::constant) {
        return false;
    }
    return operand.kind == ValueType::i32 || (bank_of(operand.kind) == Bank::integer &&
                                              int64_t(operand.value) == int32_t(operand.value));
}

// Makes the entry a temporary in its home.
void Translator::materialise(Operand& operand) {
    if (operand.where == Operand::Where::temporary) {
        return;
    }
    const Operand from = operand;
    if (operand.where == Operand::Where::local) {
        --locals_[operand.local].pending;
    }
    operand.where = Operand::Where::temporary;
    move_to(operand.home, from);
}

// They join those known before, or take their place.
void Translator::note_temporaries(uint32_t first, uint32_t last) {
    if (first >= last) {
        return;
    }
    if (temporaries_from_ < temporaries_below_ && first <= temporaries_below_ &&
        last >= temporaries_from_) {
        temporaries_from_ = std::min(temporaries_from_, first);
        temporaries_below_ = std::max(temporaries_below_, last);
    } else if (last - first > 1 || temporaries_from_ >= temporaries_below_) {
        temporaries_from_ = first;
        temporaries_below_ = last;
    }
}

void Translator::materialise_range(uint32_t first, uint32_t last) {
    for (uint32_t i = skip_temporaries(first, last); i < last; i = skip_temporaries(i + 1, last)) {
        materialise(operands_[i]);
        ++work_;
    }
    note_temporaries(first, last);
}

// Before a local is written: entries that still mean its old value.
void Translator::flush_locals_of(uint32_t local) {
    for (uint32_t i = locals_[local].last; locals_[local].pending != 0; i = operands_[i].previous) {
        if (operands_[i].where == Operand::Where::local) {
            materialise(operands_[i]);
        }
    }
    locals_[local].last = no_entry;
}

// A constant that a cell can't hold goes home.
void Translator::prepare_constant(Operand& operand, Immediate allowed) {
    if (!(allowed == Immediate::of_32_bits && fits_immediate(operand))) {
        move_to(operand.home, operand);
        operand.where = Operand::Where::temporary;
    }
}

Source Translator::use(const Operand& operand, unsigned scratch) {
    Source source;
    if (operand.where == Operand::Where::constant) {
        source.kind = Kind::imm;
        source.immediate =
            operand.kind == ValueType::i32 ? int32_t(operand.value) : int64_t(operand.value);
        return source;
    }
    if (plain_) {
        source.slot = use_slot(operand, scratch);
        return source;
    }
    const int32_t slot = slot_of(operand);
    Mirror& equal = mirror(bank_of(operand.kind));
    if (equal.valid && equal.slot == slot && equal.slots == int32_t(slots_of(operand.kind))) {
        if (operand.where == Operand::Where::temporary && equal.removable) {
            writer_.put(equal.producer, 0, equal.accumulating);
            equal.removable = false;
        }
        source.kind = Kind::acc;
        // Good for reading too unless the store was taken back.
        source.slot = int16_t(slot);
        return source;
    }
    source.slot = use_slot(operand, scratch);
    return source;
}

// A copy of a slot that doesn't fit.
int16_t Translator::use_far_slot(const Operand& operand, unsigned scratch) {
    const int32_t slot = slot_of(operand);
    if (!wide_) {
        return fit(slot);
    }
    const auto near = int16_t(scratch * 2);
    const uint32_t slots = slots_of(operand.kind);
    const uint32_t at = writer_.add(special_handler(Special::move_far, slots - 1));
    writer_.put(at, 8, int32_t(near));
    writer_.put(at, 12, slot);
    return near;
}

// Appends a cell whose result is the new top of the stack, in the form that stores it. The caller
// fills in the operands.
uint32_t Translator::produce(ValueType::Kind kind, const Handler* forms, unsigned in_slot,
                             unsigned in_accumulator, uint32_t size) {
    const int32_t home = next_home_;
    push_temporary(kind);
    const uint32_t at = writer_.add(forms[in_slot], size);
    if (plain_ && home == int16_t(home)) {
        writer_.put(at, field_d, int16_t(home));
        last_value_ = {true, at, writer_.position(), home};
    } else {
        finish_produce(at, kind, home, handler_offset(forms[in_accumulator]), true);
    }
    return at;
}

// As produce, for cells that have no form without a store. Results are in the accumulator too.
uint32_t Translator::produce_in_slot(ValueType::Kind kind, Handler handler, uint32_t size) {
    push_temporary(kind);
    const uint32_t at = writer_.add(handler, size);
    finish_produce(at, kind, top().home, 0, false);
    return at;
}

void Translator::finish_produce(uint32_t at, ValueType::Kind kind, int32_t destination,
                                int32_t accumulating, bool removable) {
    const Bank bank = bank_of(kind);
    if (wide_ && destination != int16_t(destination)) {
        // Through scratch slot 3, which no operand of a value-producing cell uses.
        writer_.put(at, field_d, int16_t(6));
        const uint32_t move = writer_.add(special_handler(Special::move_far, slots_of(kind) - 1));
        writer_.put(move, 8, destination);
        writer_.put(move, 12, int32_t(6));
        note_write(destination, slots_of(kind));
        mirror(bank) = {};
        last_value_.valid = false;
        return;
    }
    writer_.put(at, field_d, fit(destination));
    if (!plain_) {
        note_write(destination, slots_of(kind));
        mirror(bank) = {true, removable, destination, at, accumulating, int32_t(slots_of(kind))};
    }
    last_value_ = {true, at, writer_.position(), destination};
}

void Translator::move_to(int32_t destination, const Operand& operand) {
    const Bank bank = bank_of(operand.kind);
    if (operand.where == Operand::Where::constant) {
        const Special special = bank == Bank::floating ? Special::const_float : Special::const_int;
        const Handler* const forms = special_forms(special);
        const uint32_t at = writer_.add(forms[0]);
        writer_.put(at, field_immediate, operand.value);
        finish_produce(at, operand.kind, destination, handler_offset(forms[1]), true);
        last_value_.valid = false;
        return;
    }
    const int32_t from = slot_of(operand);
    if (from == destination) {
        return;
    }
    if (wide_ && (destination != int16_t(destination) || from != int16_t(from))) {
        const uint32_t at =
            writer_.add(special_handler(Special::move_far, slots_of(operand.kind) - 1));
        writer_.put(at, 8, destination);
        writer_.put(at, 12, from);
        note_write(destination, slots_of(operand.kind));
        last_value_.valid = false;
        return;
    }
    if (!plain_ && bank == Bank::integer && operand.where == Operand::Where::local &&
        add_to_last_move(destination, from)) {
        return;
    }
    const Source source = use(operand, 0);
    const Special special = bank == Bank::vector     ? Special::move_vector
                            : bank == Bank::floating ? Special::move_float
                                                     : Special::move_int;
    const uint32_t at = writer_.add(special_handler(special, source.kind == Kind::acc));
    writer_.put(at, field_a, source.slot);
    finish_produce(at, operand.kind, destination, 0, false);
    last_value_.valid = false;
    if (bank == Bank::integer && source.kind == Kind::slot) {
        last_move_ = {true, at, writer_.position(), 1};
    }
}

// Moves come in groups, before calls and at the ends of loops: one cell holds up to three.
bool Translator::add_to_last_move(int32_t destination, int32_t source) {
    if (!last_move_.valid || last_move_.end != writer_.position() || last_move_.moves == 3) {
        return false;
    }
    const uint32_t at = last_move_.at;
    if (last_move_.moves == 1) {
        writer_.put(at, 0, handler_offset(special_handler(Special::move_int_2)));
        writer_.put(at, field_b, fit(source));
        writer_.put(at, field_c, fit(destination));
    } else {
        writer_.put(at, 0, handler_offset(special_handler(Special::move_int_3)));
        writer_.put(at, field_third_source, fit(source));
        writer_.put(at, field_third, fit(destination));
    }
    ++last_move_.moves;
    note_write(destination, 1);
    mirrors_.integer = {true, false, destination, at, 0};
    last_value_.valid = false;
    return true;
}

void Translator::move_many(int32_t destination, int32_t source, uint32_t slots) {
    if (destination == source || slots == 0) {
        return;
    }
    const uint32_t at = writer_.add(special_handler(Special::move_many));
    writer_.put(at, 4, destination);
    writer_.put(at, 8, source);
    writer_.put(at, 12, slots);
    note_write(destination, slots);
}

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include "interp/operations.h"
#include "interp/translator_impl.h"

// Counters: locals that constants are added to. The step shares a cell with what comes next.
namespace epsilon::interp {

// The pending addition has been stored in a local. Joined with the cell before it, if that one is a
// counter's step too.
void Translator::note_counter(int32_t slot) {
    const PendingCell previous = counter_;
    counter_ = condition_;
    counter_.home = slot;
    const bool joinable = previous.valid && previous.end == counter_.at && !counters_.valid &&
                          is_short_step(previous) && is_short_step(counter_) && counter_.a_stays;
    counters_.valid = false;
    if (!joinable) {
        return;
    }
    counters_ = {true, previous, counter_, {}};
    writer_.copy(previous.at, std::span(counters_.cells));
    const uint32_t at = previous.at;
    writer_.truncate(counter_.at);
    writer_.put(at, 0,
                handler_offset(special_handler(Special::add_2, previous.pair == Pair::acc_imm)));
    writer_.put(at, field_b, counter_.a);
    writer_.put(at, field_c, fit(slot));
    writer_.put(at, field_addend, int16_t(previous.immediate));
    writer_.put(at, field_addend_2, int16_t(counter_.immediate));
    counter_.at = at;
    counter_.end = writer_.position();
}

// Makes two cells of the last one again if it is of two counters, for what goes with one only.
void Translator::split_counters() {
    if (!counters_.valid || counter_.end != writer_.position()) {
        return;
    }
    counters_.valid = false;
    writer_.truncate(counters_.first.at);
    writer_.append(std::span(counters_.cells));
    counter_ = counters_.second;
}

// Both counters and a branch, if they fit its cell. The caller fills in the rest.
std::optional<uint32_t> Translator::emit_counters_branch(Handler handler) {
    if (!counters_.valid || counter_.end != writer_.position() || metered_ ||
        !counters_.first.a_stays) {
        return std::nullopt;
    }
    const uint32_t at = counters_.first.at;
    writer_.extend(at, add_2_branch_size);
    writer_.put(at, 0, handler_offset(handler));
    writer_.put(at, field_add_2_a, counters_.second.a);
    writer_.put(at, field_add_2_d, fit(counters_.second.home));
    counters_.valid = false;
    return at;
}

// When the last cell steps a counter that the condition compares: one cell for both.
std::optional<uint32_t> Translator::emit_counting_branch(const Condition& condition, bool when,
                                                         Label label) {
    Opcode opcode = when ? condition.opcode : inverted(condition.opcode);
    const bool with_immediate = condition.pair == Pair::acc_imm;
    if (opcode < Opcode::i32_eq || opcode > Opcode::i32_ge_u || condition.negated ||
        !counter_.valid || counter_.end != writer_.position() || !is_short_step(counter_) ||
        !mirrors_.integer.valid || mirrors_.integer.slot != counter_.home ||
        condition.pair == Pair::slot_slot || condition.pair == Pair::slot_imm ||
        (with_immediate && condition.immediate != int16_t(condition.immediate))) {
        return std::nullopt;
    }
    int16_t other = with_immediate ? int16_t(condition.immediate) : condition.b;
    if (condition.pair == Pair::slot_acc) {
        opcode = exchanged(opcode);
        other = condition.a;
    }
    const unsigned comparison = unsigned(opcode) - unsigned(Opcode::i32_eq);
    std::optional<uint32_t> at = emit_counters_branch(
        special_handler(Special::add_2_br_if, comparison * 2 + unsigned(with_immediate)));
    if (at) {
        writer_.put(*at, field_add_2_compare, other);
    } else {
        split_counters();
        at = counter_.at;
        const unsigned form = comparison * 4 + unsigned(counter_.pair == Pair::acc_imm) * 2 +
                              unsigned(with_immediate);
        writer_.put(*at, 0,
                    handler_offset(special_handler(Special::add_br_if, metered_form(form, 40))));
        writer_.put(*at, field_addend, int16_t(counter_.immediate));
        writer_.put(*at, field_add_compare, other);
    }
    reuse_cell(*at);
    writer_.target(*at, field_target, label);
    price_branch(*at, label);
    counter_.valid = false;
    last_value_.valid = false;
    condition_.valid = false;
    return at;
}

// The cell of a branch with the counter's step before it.
std::optional<uint32_t> Translator::counting_br() {
    if (!counter_.valid || counter_.end != writer_.position() ||
        (counter_.pair != Pair::slot_imm && counter_.pair != Pair::acc_imm)) {
        return std::nullopt;
    }
    if (const auto at = emit_counters_branch(special_handler(Special::add_2_br))) {
        return at;
    }
    split_counters();
    const uint32_t at = counter_.at;
    writer_.put(at, field_addend, int32_t(counter_.immediate));
    writer_.put(at, 0,
                handler_offset(special_handler(Special::add_br,
                                               metered_form(counter_.pair == Pair::acc_imm, 2))));
    return at;
}

}  // namespace epsilon::interp

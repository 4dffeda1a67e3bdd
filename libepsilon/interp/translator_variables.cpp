// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "interp/translator_impl.h"

// Locals and globals.
namespace epsilon::interp {

void Translator::local_get(uint32_t index) {
    Local& local = locals_[index];
    const uint32_t before = std::exchange(local.last, uint32_t(operands_.size()));
    ++local.pending;
    push({Operand::Where::local, local.kind, next_home_, index, before, 0});
}

void Translator::local_set(uint32_t index, bool tee) {
    const Operand value = pop();
    Local& local = locals_[index];
    if (value.where == Operand::Where::local && value.local == index) {
        if (tee) {
            local_get(index);
        }
        return;
    }
    const bool meant = local.pending != 0;
    flush_locals_of(index);
    const bool slot_fits = local.slot == int16_t(local.slot);
    if (!meant && slot_fits && value.where == Operand::Where::temporary && last_value_.valid &&
        last_value_.end == writer_.position() && last_value_.destination == value.home) {
        // The cell that computed the value stores it in the local.
        const bool counts = !plain_ && is_pending(value) && condition_.opcode == Opcode::i32_add;
        writer_.put(last_value_.at, field_d, int16_t(local.slot));
        note_write(local.slot, slots_of(local.kind));
        const Bank bank = bank_of(local.kind);
        if (mirror(bank).valid && mirror(bank).slot == last_value_.destination) {
            mirror(bank).slot = local.slot;
            mirror(bank).removable = false;
        }
        if (counts) {
            note_counter(local.slot);
        } else {
            counter_.valid = false;
        }
        last_value_.valid = false;
        condition_.valid = false;
    } else {
        move_to(local.slot, value);
    }
    if (tee) {
        local_get(index);
    }
}

void Translator::global_get(uint32_t index) {
    const ValueType::Kind kind = module_.globals[index].type.value.kind();
    const bool own = index >= module_.imported_globals;
    const unsigned forms = own ? 0 : 2;
    const Bank bank = bank_of(kind);
    const Special special = bank == Bank::vector     ? Special::global_get_vector
                            : bank == Bank::floating ? Special::global_get_float
                                                     : Special::global_get_int;
    const uint32_t at = produce(kind, special_forms(special), forms, forms + 1);
    writer_.put(at, field_immediate, own ? index - module_.imported_globals : index);
}

void Translator::global_set(uint32_t index) {
    const bool own = index >= module_.imported_globals;
    Operand value = pop();
    prepare(value, Immediate::none);
    const Source source = use(value, 0);
    const unsigned form = (own ? 0 : 2) + (source.kind == Kind::acc ? 1 : 0);
    const Bank bank = bank_of(value.kind);
    const Special special = bank == Bank::vector     ? Special::global_set_vector
                            : bank == Bank::floating ? Special::global_set_float
                                                     : Special::global_set_int;
    const uint32_t at = writer_.add(special_handler(special, form));
    writer_.put(at, field_a, source.slot);
    writer_.put(at, field_immediate, own ? index - module_.imported_globals : index);
}

}  // namespace epsilon::interp

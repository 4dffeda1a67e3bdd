// SPDX-License-Identifier: Apache-2.0
#include "interp/translator_impl.h"

// Instructions on sizes and ranges of memories and tables.
namespace epsilon::interp {

std::optional<Special> Translator::charge_before(Special special) {
    if (!metered_) {
        return std::nullopt;
    }
    Special charge;
    switch (special) {
        case Special::memory_init:
            charge = Special::charge_memory_init;
            break;
        case Special::memory_copy:
            charge = Special::charge_memory_copy;
            break;
        case Special::memory_fill:
            charge = Special::charge_memory_fill;
            break;
        case Special::table_init:
            charge = Special::charge_table_init;
            break;
        case Special::table_copy:
            charge = Special::charge_table_copy;
            break;
        case Special::table_fill:
            charge = Special::charge_table_fill;
            break;
        case Special::table_grow:
            charge = Special::cover_table_grow;
            break;
        default:
            return std::nullopt;
    }
    runs_.set_alone();
    return charge;
}

uint32_t Translator::put_bulk(uint32_t at, uint32_t index, uint32_t index2) {
    writer_.put(at, 8, index);
    writer_.put(at, 12, index2);
    return at;
}

void Translator::bulk(Special special, unsigned operands, uint32_t index, uint32_t index2) {
    Operand popped[3];
    for (unsigned i = operands; i-- != 0;) {
        popped[i] = pop();
    }
    int16_t slots[3] = {};
    for (unsigned i = 0; i < operands; ++i) {
        prepare(popped[i], Immediate::none);
    }
    for (unsigned i = 0; i < operands; ++i) {
        slots[i] = use_slot(popped[i], i);
    }
    const auto add = [&](Special cell) {
        const uint32_t at = put_bulk(writer_.add(special_handler(cell), bulk_size), index, index2);
        writer_.put(at, field_d, slots[0]);
        writer_.put(at, field_a, slots[1]);
        writer_.put(at, field_bulk_b, slots[2]);
    };
    if (const std::optional<Special> charge = charge_before(special)) {
        add(*charge);
    }
    add(special);
}

void Translator::bulk_with_result(Special special, unsigned operands, uint32_t index,
                                  ValueType::Kind result) {
    Operand popped[2];
    for (unsigned i = operands; i-- != 0;) {
        popped[i] = pop();
    }
    int16_t slots[2] = {};
    for (unsigned i = 0; i < operands; ++i) {
        prepare(popped[i], Immediate::none);
    }
    for (unsigned i = 0; i < operands; ++i) {
        slots[i] = use_slot(popped[i], i);
    }
    const auto put = [&](uint32_t at) {
        put_bulk(at, index, 0);
        writer_.put(at, field_a, slots[0]);
        writer_.put(at, field_bulk_b, slots[1]);
    };
    const std::optional<Special> charge = charge_before(special);
    if (charge) {
        put(writer_.add(special_handler(*charge), bulk_size));
    }
    const uint32_t at = produce_in_slot(result, special_handler(special), bulk_size);
    put(at);
    if (charge) {
        const uint32_t behind = writer_.add(special_handler(Special::charge_table_grow), bulk_size);
        put(behind);
        writer_.put(behind, field_d, writer_.get<int16_t>(at, field_d));
    }
}

}  // namespace epsilon::interp

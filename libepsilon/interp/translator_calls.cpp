// SPDX-License-Identifier: Apache-2.0
#include "interp/translator_impl.h"

// Calls and returns.
namespace epsilon::interp {

// Leaves the function with the results on top of the stack, which stay there.
void Translator::emit_return() {
    const auto destination = int32_t(-frame_header_slots - int32_t(param_slots_));
    const std::span<const ValueType> results = type_.results;
    if (results.empty()) {
        writer_.add(special_handler(Special::return_none, kept()));
        return;
    }
    if (results.size() == 1 && bank_of(results[0].kind()) != Bank::vector) {
        Operand result = top();
        prepare(result, Immediate::none);
        const Source source = use(result, 0);
        const Special special =
            bank_of(result.kind) == Bank::floating ? Special::return_float : Special::return_int;
        const uint32_t at =
            writer_.add(special_handler(special, (source.kind == Kind::acc ? 4 : 0) + kept()));
        writer_.put(at, field_d, fit(destination));
        writer_.put(at, field_a, source.slot);
        return;
    }
    // A conditional return leaves the entries on the stack: making them temporaries there would
    // be true on this path only, and callers have done it on both.
    const auto size = uint32_t(operands_.size());
    for (uint32_t i = skip_temporaries(size - uint32_t(results.size()), size); i < size;
         i = skip_temporaries(i + 1, size)) {
        if (operands_[i].where != Operand::Where::temporary) {
            move_to(operands_[i].home, operands_[i]);
        }
    }
    const uint32_t at = writer_.add(special_handler(Special::return_many, kept()));
    writer_.put(at, 4, destination);
    writer_.put(at, 8, operands_[operands_.size() - results.size()].home);
    writer_.put(at, 12, result_slots_);
}

// --- Calls

// Moves the arguments home; gives the slot of the first one.
int32_t Translator::prepare_arguments(const FunctionType& type) {
    const auto count = uint32_t(type.params.size());
    materialise_top(count);
    return count == 0 ? next_home_ : top(count - 1).home;
}

void Translator::finish_call(const FunctionType& type) {
    shrink_to(uint32_t(operands_.size() - type.params.size()));
    forget_mirrors();
    condition_.valid = false;
    last_value_.valid = false;
    push_temporaries(type.results);
    if (type.results.size() == 1 && bank_of(top().kind) != Bank::vector) {
        // Returning leaves a single result in the accumulator too.
        mirror(bank_of(top().kind)) = {true, false, top().home, 0, 0};
    }
    start_run();
}

// The field, in a cell that is `size` bytes long, of what the run behind the call costs.
constexpr int return_price_field(uint32_t size) {
    return int(size) - return_price_distance;
}

void Translator::call(uint32_t function) {
    const FunctionType& type = module_.function_type(function);
    const int32_t first = prepare_arguments(type);
    const int32_t distance = first + int32_t(slots_of(type.params)) + frame_header_slots;
    if (function >= module_.imported_functions) {
        const uint32_t at = writer_.add(special_handler(Special::call_own, kept()));
        writer_.put(at, 8, distance);
        writer_.put(at, 12,
                    uint32_t((function - module_.imported_functions) * sizeof(FunctionInstance)));
        finish_call(type);
        price_return(at, return_price_field(cell_size));
    } else {
        const uint32_t at = writer_.add(special_handler(Special::call_import, kept()));
        writer_.put(at, 8, distance);
        writer_.put(at, 12, function);
        const uint32_t reload = writer_.add(special_handler(Special::reload));
        finish_call(type);
        price_return(at, return_price_field(cell_size));
        price_return(reload, return_price_field(cell_size));
    }
}

void Translator::call_indirect(uint32_t type_index, uint32_t table) {
    const FunctionType& type = module_.types[type_index];
    Operand index = pop();
    const int32_t first = prepare_arguments(type);
    prepare(index, Immediate::none);
    const Source source = use(index, 0);
    const uint32_t size = metered_ ? 32 : 24;
    const uint32_t at = writer_.add(
        special_handler(Special::call_indirect, (source.kind == Kind::acc ? 4 : 0) + kept()), size);
    writer_.put(at, field_d, source.slot);
    writer_.put(at, 8, first + int32_t(slots_of(type.params)) + frame_header_slots);
    writer_.put(at, 12, request_.types[type_index].id());
    writer_.put(at, 16, table);
    const uint32_t reload = writer_.add(special_handler(Special::reload));
    finish_call(type);
    price_return(at, return_price_field(size));
    price_return(reload, return_price_field(cell_size));
}

void Translator::tail_call(const FunctionType& type, bool indirect, uint32_t index,
                           uint32_t type_id) {
    int32_t index_slot = 0;
    if (indirect) {
        Operand operand = pop();
        prepare(operand, Immediate::none);
        index_slot = slot_of(operand);
    }
    const int32_t first = prepare_arguments(type);
    const uint32_t at = writer_.add(
        special_handler(indirect ? Special::tail_call_indirect : Special::tail_call), 32);
    writer_.put(at, 4, first);
    writer_.put(at, 8, index);
    writer_.put(at, 12, slots_of(type.params));
    writer_.put(at, 16, int32_t(-frame_header_slots - int32_t(param_slots_)));
    writer_.put(at, 20, result_slots_);
    writer_.put(at, 24, type_id);
    writer_.put(at, 28, index_slot);
    end_run();
    reachable_ = false;
}

}  // namespace epsilon::interp

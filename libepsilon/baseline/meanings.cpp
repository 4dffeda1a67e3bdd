// SPDX-License-Identifier: Apache-2.0
#include "baseline/meanings.h"

#include <optional>
#include <string_view>

#include "interp/families.h"
#include "interp/handler_table.h"
#include "interp/memory_access.h"

namespace epsilon::baseline {

namespace {

using namespace interp;
using Fields = Meaning::Fields;
using Found = std::optional<Meaning>;  // nothing: no plain cell has that form

Type type_of_letter(char letter) {
    switch (letter) {
        case 'i':
            return Type::i32;
        case 'f':
            return Type::f32;
        case 'd':
            return Type::f64;
        case 'v':
            return Type::v128;
        default:
            return Type::i64;
    }
}

Meaning make(Form form, uint32_t size, unsigned operands, Fields fields = Fields::slots) {
    Meaning meaning;
    meaning.fields = fields;
    meaning.operation.form = form;
    meaning.operation.size = size;
    meaning.operation.operands = uint8_t(operands);
    return meaning;
}

Meaning of_type(Meaning meaning, Type type) {
    Operation& operation = meaning.operation;
    operation.type = operation.a_type = operation.b_type = type;
    return meaning;
}

Meaning with_signature(Meaning meaning, std::string_view signature) {
    Operation& operation = meaning.operation;
    operation.a_type = type_of_letter(signature[0]);
    operation.b_type = type_of_letter(signature[1] != '_' ? signature[1] : signature[0]);
    operation.type = type_of_letter(signature.back());
    return meaning;
}

// Of special cells with variants for the banks, in their order.
Type type_of_bank(Special special, Special first) {
    constexpr Type types[] = {Type::i64, Type::f64, Type::v128};
    return types[unsigned(special) - unsigned(first)];
}

// Loads and stores; their tables of forms are described in handlers_load.cpp and
// handlers_store.cpp.
Found access(Opcode opcode, unsigned form, bool is_load, bool is_vector) {
    const std::string_view signature = opcode_info(opcode).signature;
    const Type type = type_of_letter(is_load ? signature.back() : signature[1]);
    const bool integer_store = !is_load && is_int(type);
    const unsigned far_form = integer_store ? 10 : 8;
    Meaning meaning;
    if (form == far_form) {
        meaning = make(Form::other, far_access_size, reads_a | (is_load ? writes_d : reads_b),
                       is_load ? Fields::slots : Fields::value_in_d);
    } else if (is_load) {
        const bool constant = form > far_form && !is_vector;
        // The plain forms are the first of each four; those of constants come last, two and two.
        if (constant ? form != 33 && form != 35 : form != 0 && form != 4) {
            return std::nullopt;
        }
        meaning = make(constant ? Form::load_constant : Form::load, cell_size,
                       constant ? writes_d : reads_a | writes_d, Fields::immediate_32);
        meaning.operation.checked = constant ? form >= 35 : form >= 4;
    } else if (form < far_form) {
        const unsigned forms = integer_store ? pair_count_int : 4;
        const unsigned rest = form % forms;
        const bool value_constant = integer_store && Pair(rest) == Pair::slot_imm;
        if (rest != 0 && !value_constant) {
            return std::nullopt;
        }
        meaning = make(value_constant ? Form::store_constant : Form::store, cell_size,
                       value_constant ? reads_a : reads_a | reads_b, Fields::store);
        meaning.operation.checked = form >= forms;
    } else {
        const unsigned forms = integer_store ? 3 : 2;
        const unsigned rest = form - far_form - 1;
        if (rest % forms == 1) {
            return std::nullopt;
        }
        const bool value_constant = rest % forms == 2;
        meaning = make(value_constant ? Form::store_constant_to_constant : Form::store_to_constant,
                       cell_size, value_constant ? no_operands : reads_b, Fields::store);
        meaning.operation.checked = rest >= forms;
    }
    meaning = of_type(meaning, type);
    meaning.operation.a_type = Type::i32;
    return meaning;
}

Found instruction(Opcode opcode, unsigned form) {
    const std::string_view signature = opcode_info(opcode).signature;
    switch (const Family family = family_of(opcode)) {
        case Family::unary:
        case Family::unary_trap:
        case Family::vector_unary:
        case Family::vector_test:
        case Family::vector_splat:
            if (form != form_unary(Kind::slot, Kind::slot)) {
                return std::nullopt;
            }
            return with_signature(make(Form::unary, cell_size, reads_a | writes_d), signature);
        case Family::binary:
        case Family::binary_trap:
        case Family::compare:
        case Family::vector_binary: {
            const bool constant = form == form_pair(Pair::slot_imm, Kind::slot);
            if (!constant && form != form_pair(Pair::slot_slot, Kind::slot)) {
                return std::nullopt;
            }
            const bool compares = family == Family::compare;
            return with_signature(
                constant ? make(compares ? Form::compare_constant : Form::binary_constant,
                                cell_size, reads_a | writes_d, Fields::immediate_64)
                         : make(compares ? Form::compare : Form::binary, cell_size,
                                reads_a | reads_b | writes_d),
                signature);
        }
        case Family::vector_ternary: {
            Meaning meaning = with_signature(
                make(Form::ternary, cell_size, reads_a | reads_b | reads_c | writes_d), signature);
            meaning.operation.c_type = Type::v128;
            return meaning;
        }
        case Family::vector_shift:
            return with_signature(form >= 8
                                      ? make(Form::shift_constant, cell_size, reads_a | writes_d,
                                             Fields::immediate_64)
                                      : make(Form::shift, cell_size, reads_a | reads_b | writes_d),
                                  signature);
        case Family::vector_extract:
            return with_signature(
                make(Form::extract, cell_size, reads_a | writes_d, Fields::lane_in_b), signature);
        case Family::vector_replace:
            return with_signature(
                make(Form::replace, cell_size, reads_a | reads_b | writes_d, Fields::lane_in_c),
                signature);
        case Family::vector_shuffle:
            return with_signature(make(Form::shuffle, 2 * cell_size, reads_a | reads_b | writes_d),
                                  signature);
        case Family::load:
        case Family::vector_load:
            return access(opcode, form, true, family == Family::vector_load);
        case Family::store:
        case Family::vector_store:
            return access(opcode, form, false, family == Family::vector_store);
        case Family::vector_load_lane: {
            Meaning meaning = of_type(make(Form::other, far_access_size,
                                           reads_a | reads_b | writes_d, Fields::vector_last),
                                      Type::v128);
            meaning.operation.a_type = Type::i64;
            return meaning;
        }
        case Family::vector_store_lane: {
            Meaning meaning =
                make(Form::other, far_access_size, reads_a | reads_b, Fields::value_in_d);
            meaning.operation.b_type = Type::v128;
            return meaning;
        }
        case Family::test:
        case Family::special:
            // Tests are comparisons by now, and special instructions special cells.
            break;
    }
    return std::nullopt;
}

Found branch(Opcode opcode, unsigned form, bool metered, unsigned pairs) {
    const auto pair = Pair(form % pairs);
    const bool constant = pairs == pair_count_int && pair == Pair::slot_imm;
    if (!constant && pair != Pair::slot_slot) {
        return std::nullopt;
    }
    Meaning meaning = with_signature(make(constant ? Form::branch_if_constant : Form::branch_if,
                                          metered ? metered_branch_size : cell_size,
                                          constant ? reads_a : reads_a | reads_b, Fields::branch),
                                     opcode_info(opcode).signature);
    meaning.operation.opcode = opcode;
    meaning.operation.when = form < pairs;
    return meaning;
}

// On ranges of memories, all operands being i32.
Meaning bytes(Form form) {
    Meaning meaning = make(form, bulk_size, reads_a | reads_b | reads_c, Fields::bulk_of_three);
    Operation& operation = meaning.operation;
    operation.a_type = operation.b_type = operation.c_type = Type::i32;
    return meaning;
}

Found special_cell(Special special, unsigned form) {
    switch (special) {
        case Special::br:
            return make(Form::branch, form == 0 ? cell_size : metered_branch_size, no_operands,
                        Fields::jump);
        case Special::br_table: {
            Meaning meaning = make(Form::branch_table, 0, reads_a,
                                   form < 4 ? Fields::table : Fields::metered_table);
            meaning.operation.a_type = Type::i32;
            return meaning;
        }
        case Special::test_and:
        case Special::test_and_zero: {
            Found meaning = branch(Opcode::i32_and, form % pair_count_int, form >= pair_count_int,
                                   pair_count_int);
            if (meaning) {
                meaning->operation.when = special == Special::test_and;
            }
            return meaning;
        }
        case Special::poll:
            return make(Form::poll, cell_size, no_operands);
        case Special::unreachable:
            return make(Form::unreachable, cell_size, no_operands);
        case Special::native:
            return make(Form::native, cell_size, no_operands);
        case Special::charge:
            return make(Form::charge, cell_size, no_operands);
        case Special::call_own:
            return make(Form::call_own, cell_size, no_operands, Fields::call_own);
        case Special::call_import:
            return make(Form::call_import, cell_size, no_operands, Fields::call_import);
        case Special::call_indirect: {
            Meaning meaning =
                make(Form::call_indirect, form % 4 < 2 ? 24 : 32, reads_a, Fields::call_indirect);
            meaning.operation.a_type = Type::i32;
            return meaning;
        }
        case Special::reload:
            return make(Form::reload, cell_size, no_operands);
        case Special::tail_call:
            return make(Form::tail_call, 32, no_operands, Fields::tail_call);
        case Special::tail_call_indirect:
            return make(Form::tail_call, 32, reads_a, Fields::tail_call);
        case Special::return_none:
            return make(Form::return_none, cell_size, no_operands);
        case Special::return_int:
        case Special::return_float:
            return of_type(make(Form::return_value, cell_size, reads_a),
                           special == Special::return_int ? Type::i64 : Type::f64);
        case Special::return_many:
            return make(Form::return_many, cell_size, no_operands, Fields::range);
        case Special::move_int:
        case Special::move_float:
        case Special::move_vector:
            return of_type(make(Form::move, cell_size, reads_a | writes_d),
                           special == Special::move_int     ? Type::i64
                           : special == Special::move_float ? Type::f64
                                                            : Type::v128);
        case Special::const_int:
        case Special::const_float:
            return of_type(make(Form::constant, cell_size, writes_d, Fields::immediate_64),
                           special == Special::const_int ? Type::i64 : Type::f64);
        case Special::const_vector:
            return of_type(make(Form::constant, cell_size + 8, writes_d), Type::v128);
        case Special::select_int:
        case Special::select_float:
        case Special::select_vector: {
            Meaning meaning =
                of_type(make(Form::select, cell_size, reads_a | reads_b | reads_c | writes_d),
                        type_of_bank(special, Special::select_int));
            meaning.operation.c_type = Type::i32;
            return meaning;
        }
        case Special::global_get_int:
        case Special::global_get_float:
        case Special::global_get_vector: {
            Meaning meaning =
                of_type(make(Form::global_get, cell_size, writes_d, Fields::immediate_32),
                        type_of_bank(special, Special::global_get_int));
            meaning.operation.own = form < 2;
            return meaning;
        }
        case Special::global_set_int:
        case Special::global_set_float:
        case Special::global_set_vector: {
            Meaning meaning =
                of_type(make(Form::global_set, cell_size, reads_a, Fields::immediate_32),
                        type_of_bank(special, Special::global_set_int));
            meaning.operation.own = form < 2;
            return meaning;
        }
        case Special::memory_copy:
            return bytes(Form::memory_copy);
        case Special::memory_fill:
            return bytes(Form::memory_fill);
        case Special::charge_memory_init:
        case Special::charge_memory_copy:
        case Special::charge_memory_fill:
            return bytes(Form::charge_bytes);
        case Special::memory_size:
        case Special::table_size:
        case Special::ref_func:
            return make(Form::other, bulk_size, writes_d);
        case Special::memory_grow:
        case Special::table_get:
        case Special::table_grow:
            return make(Form::other, bulk_size, reads_a | reads_b | writes_d, Fields::bulk);
        case Special::cover_table_grow:
            return make(Form::other, bulk_size, reads_a | reads_b, Fields::bulk);
        case Special::charge_table_grow:
            return make(Form::other, bulk_size, reads_b | reads_c, Fields::bulk_of_three);
        case Special::move_many:
            return make(Form::other, cell_size, no_operands, Fields::range);
        // On ranges of memories and tables, and what they cost.
        case Special::memory_init:
        case Special::data_drop:
        case Special::table_set:
        case Special::table_fill:
        case Special::table_init:
        case Special::table_copy:
        case Special::elem_drop:
        case Special::charge_table_init:
        case Special::charge_table_copy:
        case Special::charge_table_fill:
            return make(Form::other, bulk_size, reads_a | reads_b | reads_c, Fields::bulk_of_three);
        default:
            return std::nullopt;
    }
}

bool has_vectors(const Operation& operation) {
    const auto has = [&](Operands which, Type type) {
        return operation.has(which) && type == Type::v128;
    };
    return has(reads_a, operation.a_type) || has(reads_b, operation.b_type) ||
           has(reads_c, operation.c_type) || has(writes_d, operation.type);
}

}  // namespace

Meanings::Meanings() {
    const HandlerTable& handlers = handler_table();
    for (size_t i = 0; i < size_t(Opcode::count); ++i) {
        const auto opcode = Opcode(i);
        for (unsigned form = 0; form < handlers.form_count[i]; ++form) {
            Found meaning = instruction(opcode, form);
            if (meaning) {
                meaning->operation.opcode = opcode;
            }
            add(handlers.forms[i][form], meaning);
        }
        const unsigned count = handlers.branch_count[i];
        for (unsigned form = 0; form < count; ++form) {
            // Floats have forms for either outcome.
            const unsigned pairs = count == pair_count_int ? pair_count_int : pair_count_float;
            add(handlers.branch_forms[i][form], branch(opcode, form, false, pairs));
            add(handlers.metered_branch_forms[i][form], branch(opcode, form, true, pairs));
        }
    }
    for (size_t i = 0; i < size_t(Special::count); ++i) {
        for (unsigned form = 0; form < handlers.special_count[i]; ++form) {
            add(handlers.special[i][form], special_cell(Special(i), form));
        }
    }
}

// Instructions of the same meaning may share a handler: the first one stands for all.
void Meanings::add(Handler handler, std::optional<Meaning> meaning) {
    if (!meaning) {
        return;
    }
    meaning->head = handler_offset(handler);
    meaning->has_vectors = has_vectors(meaning->operation);
    uint16_t& number = places_[place(meaning->head)];
    if (number == 0) {
        meanings_.push_back(*meaning);
        number = uint16_t(meanings_.size());
    }
}

const Meanings& Meanings::get() {
    static const Meanings instance;
    return instance;
}

}  // namespace epsilon::baseline

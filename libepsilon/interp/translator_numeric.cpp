// SPDX-License-Identifier: Apache-2.0
#include "interp/memory_access.h"
#include "interp/operations.h"
#include "interp/translator_impl.h"
#include "runtime/memory.h"

// Families of instructions: numeric, loads and stores, select.
namespace epsilon::interp {

namespace {

// In the tables of loads: handlers_load.cpp.
constexpr unsigned load_constant_forms = 33;
// In those of stores: handlers_store.cpp.
constexpr unsigned int_store_constant_forms = 11;
constexpr unsigned float_store_constant_forms = 9;

// Instructions whose cell the next one may take over.
bool may_be_taken_over(Opcode opcode) {
    switch (opcode) {
        case Opcode::i32_and:
        case Opcode::i32_or:
        case Opcode::i32_xor:
        case Opcode::i32_add:
        case Opcode::i32_sub:
        case Opcode::i32_mul:
        case Opcode::i32_shl:
        case Opcode::i32_shr_s:
        case Opcode::i32_shr_u:
        case Opcode::i32_rotl:
        case Opcode::i64_and:
        case Opcode::i64_xor:
        case Opcode::i64_add:
        case Opcode::i64_mul:
        case Opcode::i64_shl:
        case Opcode::i64_shr_u:
        case Opcode::i64_rotl:
        case Opcode::f32_mul:
        case Opcode::f64_mul:
        case Opcode::f32x4_mul:
        case Opcode::f64x2_mul:
        case Opcode::i32x4_mul:
        case Opcode::i16x8_mul:
            return true;
        default:
            return false;
    }
}

Pair pair_of(Kind a, Kind b) {
    if (b == Kind::imm) {
        return a == Kind::acc ? Pair::acc_imm : Pair::slot_imm;
    }
    if (a == Kind::acc) {
        return Pair::acc_slot;
    }
    return b == Kind::acc ? Pair::slot_acc : Pair::slot_slot;
}

// A sum or difference that may share a cell with a product.
struct ProductSum {
    Opcode multiply;
    Special cell;
    bool add;
};

std::optional<ProductSum> product_sum(Opcode opcode) {
    switch (opcode) {
#define EPSILON_PRODUCT_SUM(type)                                              \
    case Opcode::type##_add:                                                   \
        return ProductSum{Opcode::type##_mul, Special::multiply_##type, true}; \
    case Opcode::type##_sub:                                                   \
        return ProductSum{Opcode::type##_mul, Special::multiply_##type, false};
        EPSILON_PRODUCT_SUM(f32)
        EPSILON_PRODUCT_SUM(f64)
        EPSILON_PRODUCT_SUM(f32x4)
        EPSILON_PRODUCT_SUM(f64x2)
        EPSILON_PRODUCT_SUM(i32x4)
        EPSILON_PRODUCT_SUM(i16x8)
        default:
            return std::nullopt;
    }
}

}  // namespace

void Translator::unary(Opcode opcode) {
    Operand a = pop();
    if (!plain_ && shift_wrap(opcode, a)) {
        return;
    }
    prepare(a, Immediate::none);
    const Source source = use(a, 0);
    const uint32_t at =
        produce(kinds_of(opcode).result, table_.forms[size_t(opcode)],
                form_unary(source.kind, Kind::slot), form_unary(source.kind, Kind::acc));
    writer_.put(at, field_a, source.slot);
}

void Translator::binary(Opcode opcode) {
    Operand b = pop();
    Operand a = pop();
    const ValueType::Kind kind = kinds_of(opcode).first;
    if (a.where == Operand::Where::constant && is_commutative(opcode)) {
        std::swap(a, b);
    }
    if (b.where == Operand::Where::constant) {
        // Additions of constants are what other instructions' cells take over.
        if (opcode == Opcode::i32_sub) {
            opcode = Opcode::i32_add;
            b.value = uint32_t(-b.value);
        } else if (opcode == Opcode::i64_sub) {
            opcode = Opcode::i64_add;
            b.value = -b.value;
        }
    }
    if (plain_) {
        // Tests are joined with their branches.
        return binary_cell(opcode, kind, kinds_of(opcode).result, a, b, opcode == Opcode::i32_and);
    }
    if (multiply_cell(opcode, kind, a, b) || chain_cell(opcode, a, b) || load_chain(opcode, a, b) ||
        rotate_cell(opcode, a, b) || calculate_with_load(opcode, a, b) ||
        calculate_with_constant(opcode, a, b)) {
        return;
    }
    binary_cell(opcode, kind, kinds_of(opcode).result, a, b, may_be_taken_over(opcode));
}

void Translator::compare(Opcode opcode) {
    Operand b = pop();
    Operand a = pop();
    const ValueType::Kind kind = kinds_of(opcode).first;
    if (a.where == Operand::Where::constant && is_integer_comparison(opcode)) {
        opcode = exchanged(opcode);
        std::swap(a, b);
    }
    if (!plain_ && is_float_comparison(opcode) && compare_with_constant(opcode, a, b)) {
        return;
    }
    binary_cell(opcode, kind, ValueType::i32, a, b, true);
}

// A sum or difference with the product that the last cell computed: one cell.
bool Translator::multiply_cell(Opcode opcode, ValueType::Kind kind, const Operand& a,
                               const Operand& b) {
    const std::optional<ProductSum> what = product_sum(opcode);
    const bool second = is_pending(b);
    const Operand& other = second ? a : b;
    if (wide_ || !what || (!second && !is_pending(a)) || condition_.opcode != what->multiply ||
        other.where == Operand::Where::constant) {
        return false;
    }
    const PendingCell product = condition_;
    take_back_pending();
    // Multiplication commutes: a factor in the accumulator comes first.
    const Kind first = product.pair == Pair::slot_slot ? Kind::slot : Kind::acc;
    const unsigned form = what->add ? 0 : second ? 4 : 8;
    const int16_t other_slot = use_slot(other, 0);
    const uint32_t at =
        produce(kind, special_forms(what->cell), form + form_unary(first, Kind::slot),
                form + form_unary(first, Kind::acc));
    writer_.put(at, field_a, product.a);
    writer_.put(at, field_b, product.pair == Pair::slot_acc ? product.a : product.b);
    writer_.put(at, field_c, other_slot);
    return true;
}

void Translator::binary_cell(Opcode opcode, ValueType::Kind operand_kind, ValueType::Kind result,
                             Operand& a, Operand& b, bool offered) {
    const bool immediates = bank_of(operand_kind) == Bank::integer;
    prepare(a, Immediate::none);
    prepare(b, immediates ? Immediate::of_64_bits : Immediate::none);
    const uint32_t begin = writer_.position();
    Mirrors before;
    if (!plain_) {
        before = mirrors_;
    }
    const Source first = use(a, 0);
    Source second;
    if (first.kind == Kind::acc && b.where != Operand::Where::constant &&
        slot_of(a) == slot_of(b)) {
        // Both are the same local; there is no form with the accumulator twice.
        second.slot = use_slot(b, 1);
    } else {
        second = use(b, 1);
    }
    if (first.kind == Kind::acc && second.kind == Kind::acc) {
        second.kind = Kind::slot;
    }
    const Pair pair = pair_of(first.kind, second.kind);
    const bool far_operands = writer_.position() != begin;
    const uint32_t at = produce(result, table_.forms[size_t(opcode)], form_pair(pair, Kind::slot),
                                form_pair(pair, Kind::acc));
    writer_.put(at, field_a, first.slot);
    if (second.kind == Kind::imm) {
        writer_.put(at, field_immediate, second.immediate);
    } else {
        writer_.put(at, field_b, second.slot);
    }
    // Branches have immediates of 32 bits.
    const bool fits =
        !is_integer_comparison(opcode) || second.immediate == int32_t(second.immediate);
    if (offered && fits && !far_operands && writer_.position() == at + cell_size) {
        condition_.valid = true;
        condition_.opcode = opcode;
        condition_.pair = pair;
        condition_.a = first.slot;
        condition_.b = second.slot;
        condition_.immediate = second.immediate;
        condition_.negated = false;
        condition_.a_stays =
            !wide_ && (first.kind == Kind::slot || a.where == Operand::Where::local);
        condition_.at = begin;
        condition_.end = writer_.position();
        condition_.home = top().home;
        condition_.before = before;
        condition_.constant = false;
    }
}

// i32.eqz, i64.eqz: a comparison with zero; of a comparison just made, its opposite.
void Translator::test(Opcode opcode) {
    Operand a = top();
    if (is_pending(a) && !condition_.negated && opcode == Opcode::i32_eqz) {
        if (is_integer_comparison(condition_.opcode)) {
            const Opcode opposite = inverted(condition_.opcode);
            const Handler* const forms = table_.forms[size_t(opposite)];
            writer_.put(condition_.at, 0,
                        handler_offset(forms[form_pair(condition_.pair, Kind::slot)]));
            Mirror& integer = mirrors_.integer;
            if (integer.valid && integer.producer == condition_.at) {
                integer.accumulating = handler_offset(forms[form_pair(condition_.pair, Kind::acc)]);
            }
            condition_.opcode = opposite;
            return;
        }
        if (is_float_comparison(condition_.opcode) || condition_.opcode == Opcode::i32_and) {
            PendingCell both = condition_;
            pop();
            Operand zero;
            zero.where = Operand::Where::constant;
            zero.kind = ValueType::i32;
            binary_cell(Opcode::i32_eq, ValueType::i32, ValueType::i32, a, zero, false);
            both.negated = true;
            both.end = writer_.position();
            both.home = top().home;
            condition_ = both;
            return;
        }
    }
    pop();
    Operand zero;
    zero.where = Operand::Where::constant;
    zero.kind = opcode == Opcode::i32_eqz ? ValueType::i32 : ValueType::i64;
    binary_cell(opcode == Opcode::i32_eqz ? Opcode::i32_eq : Opcode::i64_eq, zero.kind,
                ValueType::i32, a, zero, true);
}

// Removes the pending cell, whose work another one does: its operands are where they were.
void Translator::take_back_pending() {
    writer_.truncate(condition_.at);
    reuse_cell(condition_.at);
    mirrors_ = condition_.before;
    // An operand in the accumulator stays there: its store was taken back.
    mirror(bank_of(kinds_of(condition_.opcode).first)).removable = false;
    load_.valid = float_load_.valid = false;
    condition_.valid = false;
    last_value_.valid = false;
}

Translator::Condition Translator::pop_condition() {
    Condition condition;
    if (is_pending(top()) &&
        (condition_.opcode == Opcode::i32_and || is_integer_comparison(condition_.opcode) ||
         is_float_comparison(condition_.opcode))) {
        pop();
        if (condition_.constant) {
            return condition_with_constant();
        }
        take_back_pending();
        condition.opcode = condition_.opcode;
        condition.negated = condition_.negated;
        condition.pair = condition_.pair;
        condition.a = condition_.a;
        condition.b = condition_.b;
        condition.immediate = int32_t(condition_.immediate);
        return condition;
    }
    Operand a = pop();
    prepare(a, Immediate::none);
    const Source source = use(a, 0);
    condition.pair = pair_of(source.kind, Kind::imm);
    condition.a = source.slot;
    return condition;
}

// Gives the cell's position.
uint32_t Translator::emit_branch(const Condition& condition, bool when, Label label) {
    when = when != condition.negated;
    if (!plain_) {
        if (const std::optional<uint32_t> counting = emit_counting_branch(condition, when, label)) {
            return *counting;
        }
    }
    Handler handler;
    if (condition.opcode == Opcode::i32_and) {
        handler = special_handler(when ? Special::test_and : Special::test_and_zero,
                                  metered_form(unsigned(condition.pair), pair_count_int));
    } else if (condition.constant) {
        handler = branch_with_constant(condition, when);
    } else if (is_float_comparison(condition.opcode)) {
        handler = branch_forms(
            condition.opcode)[unsigned(condition.pair) + (when ? 0 : pair_count_float)];
    } else {
        const Opcode opcode = when ? condition.opcode : inverted(condition.opcode);
        handler = branch_forms(opcode)[unsigned(condition.pair)];
    }
    const uint32_t at = writer_.add(handler, branch_size());
    writer_.put(at, field_d, condition.a);
    writer_.put(at, field_a, condition.b);
    writer_.put(at, field_compare_immediate, condition.immediate);
    writer_.target(at, field_target, label);
    price_branch(at, label);
    return at;
}

bool Translator::needs_far_access(const MemoryArgument& memory) const {
    if (memory.memory != 0) {
        return true;
    }
    const bool checked = (request_.variant & variant_checked) != 0;
    return !checked && memory.offset >= guarded_offset_limit;
}

// Whether the address and the static offset are known, and no more than 32 bits together: a cell
// holds them as one offset.
bool Translator::is_constant_address(const Operand& address, const Instruction& instruction,
                                     unsigned constant_forms) const {
    // Accesses to vectors have no such forms.
    return address.where == Operand::Where::constant &&
           table_.form_count[size_t(instruction.opcode)] > constant_forms &&
           !needs_far_access(instruction.memory) &&
           instruction.memory.offset <= UINT32_MAX - uint32_t(address.value);
}

void Translator::store_at_constant(const Instruction& instruction, const Operand& address,
                                   Operand value, bool integer) {
    prepare(value, integer ? Immediate::of_32_bits : Immediate::none);
    const Source source = use(value, 1);
    const bool checked = (request_.variant & variant_checked) != 0;
    const unsigned first = integer ? int_store_constant_forms + (checked ? 3 : 0)
                                   : float_store_constant_forms + (checked ? 2 : 0);
    const uint32_t at =
        writer_.add(table_.forms[size_t(instruction.opcode)][first + unsigned(source.kind)]);
    writer_.put(at, field_offset, uint32_t(address.value + instruction.memory.offset));
    if (source.kind == Kind::imm) {
        writer_.put(at, field_store_immediate, int32_t(source.immediate));
    } else {
        writer_.put(at, field_d, source.slot);
    }
}

// When the last cell computed the address as a sum: one cell for both. The address may be a
// temporary, or a local that the sum was just stored in.
bool Translator::load_from_sum(const Instruction& instruction, const Operand& address,
                               ValueType::Kind kind) {
    const Handler* const forms = table_.forms[size_t(instruction.opcode)];
    const unsigned checked = (request_.variant & variant_checked) != 0;
    const bool temporary = is_pending(address) && condition_.opcode == Opcode::i32_add;
    const bool kept = address.where == Operand::Where::local && counter_.valid &&
                      counter_.end == writer_.position() &&
                      locals_[address.local].slot == counter_.home;
    if (!temporary && !kept) {
        return false;
    }
    const unsigned form_count = table_.form_count[size_t(instruction.opcode)];
    if (form_count <= load_kept_sum_forms &&
        (form_count <= load_sum_forms || kept || !has_immediate(condition_.pair))) {
        return false;  // of vectors only some, and none that keep the sum
    }
    if (kept) {
        split_counters();
    }
    const PendingCell sum = temporary ? condition_ : counter_;
    const bool immediate = has_immediate(sum.pair);
    if (kept && immediate && sum.immediate != int16_t(sum.immediate)) {
        return false;
    }
    condition_ = sum;
    take_back_pending();
    counter_.valid = false;
    const Mirror floats_before = mirrors_.floating;
    const bool offered = bank_of(kind) == Bank::floating;
    const Kind a = first_kind(sum.pair);
    uint32_t at;
    if (temporary && immediate) {
        const unsigned first = load_sum_forms + checked * 4;
        at = produce(kind, forms, first + form_unary(a, Kind::slot),
                     first + form_unary(a, Kind::acc));
        writer_.put(at, field_load_addend, uint32_t(sum.immediate));
        if (offered) {
            offer_load(kind, unsigned(AddressForm::sum) * 2 + (a == Kind::acc), at, floats_before);
        }
    } else {
        const unsigned first = load_kept_sum_forms + checked * 8 + (immediate ? 4 : 0);
        note_write(sum.home, 1);
        at = produce(kind, forms, first + form_unary(a, Kind::slot),
                     first + form_unary(a, Kind::acc));
        writer_.put(at, field_load_sum, fit(sum.home));
        writer_.put(at, field_load_term,
                    immediate                    ? int16_t(sum.immediate)
                    : sum.pair == Pair::slot_acc ? sum.a
                                                 : sum.b);
        if (offered && !immediate) {
            offer_load(kind, unsigned(AddressForm::kept_sum) * 2 + (a == Kind::acc), at,
                       floats_before);
        }
    }
    writer_.put(at, field_a, sum.a);
    writer_.put(at, field_offset, uint32_t(instruction.memory.offset));
    if (temporary) {
        note_load(instruction.opcode, immediate ? Indexing::sum : Indexing::indexed, a,
                  sum.before.integer);
    }
    return true;
}

void Translator::load(const Instruction& instruction) {
    const Handler* const forms = table_.forms[size_t(instruction.opcode)];
    const ValueType::Kind kind = kinds_of(instruction.opcode).result;
    Operand address = pop();
    if (is_constant_address(address, instruction, load_constant_forms)) {
        const unsigned checked = (request_.variant & variant_checked) != 0;
        const unsigned first = load_constant_forms + checked * 2;
        const uint32_t at = produce(kind, forms, first, first + 1);
        writer_.put(at, field_offset, uint32_t(address.value + instruction.memory.offset));
        return;
    }
    prepare(address, Immediate::none);
    if (needs_far_access(instruction.memory)) {
        const int16_t slot = use_slot(address, 0);
        const uint32_t at = produce_in_slot(kind, forms[load_far_form], far_access_size);
        writer_.put(at, field_a, slot);
        writer_.put(at, field_far_memory, instruction.memory.memory);
        writer_.put(at, field_far_offset, instruction.memory.offset);
        return;
    }
    const unsigned access = (request_.variant & variant_checked) != 0 ? 4 : 0;
    if (!plain_ &&
        (load_from_sum(instruction, address, kind) || load_scaled(instruction, address, kind))) {
        return;
    }
    if (plain_) {
        const int16_t slot = use_slot(address, 0);
        const uint32_t at = produce(kind, forms, access, access);
        writer_.put(at, field_a, slot);
        writer_.put(at, field_offset, uint32_t(instruction.memory.offset));
        return;
    }
    const Source source = use(address, 0);
    const Mirrors before = mirrors_;
    const uint32_t at = produce(kind, forms, access + form_unary(source.kind, Kind::slot),
                                access + form_unary(source.kind, Kind::acc));
    writer_.put(at, field_a, source.slot);
    writer_.put(at, field_offset, uint32_t(instruction.memory.offset));
    if (bank_of(kind) == Bank::floating) {
        offer_load(kind, source.kind == Kind::acc, at, before.floating);
    }
    note_load(instruction.opcode, Indexing::plain, source.kind, before.integer);
}

void Translator::store(const Instruction& instruction) {
    const Handler* const forms = table_.forms[size_t(instruction.opcode)];
    const bool integer = bank_of(kinds_of(instruction.opcode).second) == Bank::integer;
    Operand value = pop();
    Operand address = pop();
    const bool far = needs_far_access(instruction.memory);
    if (is_constant_address(address, instruction,
                            integer ? int_store_constant_forms : float_store_constant_forms)) {
        store_at_constant(instruction, address, value, integer);
        return;
    }
    if (!far && !plain_ &&
        ((!integer && store_calculated(instruction, address, value)) ||
         store_to_sum(instruction, address, value))) {
        return;
    }
    prepare(address, Immediate::none);
    prepare(value, integer && !far ? Immediate::of_32_bits : Immediate::none);
    if (far) {
        const int16_t address_slot = use_slot(address, 0);
        const int16_t value_slot = use_slot(value, 1);
        const uint32_t at = writer_.add(forms[integer ? 10 : 8], far_access_size);
        writer_.put(at, field_a, address_slot);
        writer_.put(at, field_d, value_slot);
        writer_.put(at, field_far_memory, instruction.memory.memory);
        writer_.put(at, field_far_offset, instruction.memory.offset);
        return;
    }
    const bool checked = (request_.variant & variant_checked) != 0;
    const Source first = use(address, 0);
    Source second;
    if (first.kind == Kind::acc && integer && value.where != Operand::Where::constant) {
        second.slot = use_slot(value, 1);
    } else {
        second = use(value, 1);
    }
    const unsigned form =
        integer ? unsigned(pair_of(first.kind, second.kind)) + (checked ? pair_count_int : 0)
                : form_unary(first.kind, second.kind) + (checked ? 4 : 0);
    const uint32_t at = writer_.add(forms[form]);
    writer_.put(at, field_a, first.slot);
    writer_.put(at, field_offset, uint32_t(instruction.memory.offset));
    if (second.kind == Kind::imm) {
        writer_.put(at, field_store_immediate, int32_t(second.immediate));
    } else {
        writer_.put(at, field_d, second.slot);
    }
}

void Translator::select() {
    Operand condition = pop();
    Operand second = pop();
    Operand first = pop();
    prepare(first, Immediate::none);
    prepare(second, Immediate::none);
    prepare(condition, Immediate::none);
    const int16_t first_slot = use_slot(first, 0);
    const int16_t second_slot = use_slot(second, 1);
    const Source source = use(condition, 2);
    const Bank bank = bank_of(first.kind);
    const Special special = bank == Bank::vector     ? Special::select_vector
                            : bank == Bank::floating ? Special::select_float
                                                     : Special::select_int;
    const uint32_t at =
        produce(first.kind, special_forms(special), form_unary(source.kind, Kind::slot),
                form_unary(source.kind, Kind::acc));
    writer_.put(at, field_a, first_slot);
    writer_.put(at, field_b, second_slot);
    writer_.put(at, field_c, source.slot);
}

}  // namespace epsilon::interp

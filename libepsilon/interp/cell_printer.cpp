// SPDX-License-Identifier: Apache-2.0
#include "interp/cell_printer.h"

#include <unordered_map>

#include "interp/cell.h"
#include "interp/families.h"
#include "interp/handler_table.h"
#include "runtime/abi.h"

namespace epsilon::interp {

namespace {

constexpr const char* special_names[] = {
#define EPSILON_CELL(name, forms) #name,
#include "interp/cells.def"
#undef EPSILON_CELL
};

// What load_chain cells load, and what they do with it.
struct LoadChain {
    Opcode load;
    Opcode operation;
};
constexpr LoadChain load_chains[] = {
#define EPSILON_LOAD_CHAIN(load, type, operation) {Opcode::load, Opcode::operation},
#include "interp/chains.def"
#undef EPSILON_LOAD_CHAIN
};

std::string name_of(Opcode opcode) {
    return std::string(opcode_info(opcode).text);
}

// What a handler stands for.
struct Meaning {
    enum class Kind : uint8_t { instruction, branch, special };
    Kind kind;
    bool metered;
    uint16_t code;  // Opcode or Special
    uint16_t form;
    uint16_t forms;  // of branches: those that are taken when the comparison holds
};

std::unordered_map<int32_t, Meaning> find_meanings() {
    std::unordered_map<int32_t, Meaning> meanings;
    const HandlerTable& table = handler_table();
    // Instructions of the same meaning may share a handler: the first one stands for all.
    const auto add = [&meanings](Handler handler, Meaning meaning) {
        meanings.try_emplace(handler_offset(handler), meaning);
    };
    for (size_t i = 0; i < size_t(Opcode::count); ++i) {
        for (unsigned form = 0; form < table.form_count[i]; ++form) {
            add(table.forms[i][form],
                {Meaning::Kind::instruction, false, uint16_t(i), uint16_t(form), 0});
        }
        // Those of integers have no forms for comparisons that don't hold: there are opposite ones.
        const unsigned taken =
            table.branch_count[i] == pair_count_int ? pair_count_int : pair_count_float;
        for (unsigned form = 0; form < table.branch_count[i]; ++form) {
            for (const bool metered : {false, true}) {
                const Handler* const forms =
                    metered ? table.metered_branch_forms[i] : table.branch_forms[i];
                add(forms[form],
                    {Meaning::Kind::branch, metered, uint16_t(i), uint16_t(form), uint16_t(taken)});
            }
        }
    }
    for (size_t i = 0; i < size_t(Special::count); ++i) {
        for (unsigned form = 0; form < table.special_count[i]; ++form) {
            add(table.special[i][form],
                {Meaning::Kind::special, false, uint16_t(i), uint16_t(form), 0});
        }
    }
    return meanings;
}

const std::unordered_map<int32_t, Meaning>& meanings() {
    static const std::unordered_map<int32_t, Meaning> instance = find_meanings();
    return instance;
}

// Describes one cell.
class Printer {
public:
    Printer(const uint8_t* cell, uint32_t at, uint32_t size) : cell_(cell), at_(at), size_(size) {}

    std::string describe(const Meaning& meaning) const;
    std::string fields() const;

private:
    template <class T>
    T field(int offset) const {
        return read_field<T>(cell_, offset);
    }
    template <class T>
    std::string number(int offset) const {
        return std::to_string(field<T>(offset));
    }
    std::string slot(int offset) const { return "fp[" + number<int16_t>(offset) + "]"; }
    std::string operand(bool in_accumulator, int offset) const {
        return in_accumulator ? "acc" : slot(offset);
    }
    std::string target() const {
        return "to " + std::to_string(int64_t(at_) + field<int32_t>(field_target));
    }
    std::string offset_text(uint32_t offset) const {
        return offset == 0 ? "" : " + " + std::to_string(offset);
    }
    std::string instruction(Opcode opcode, unsigned form) const;
    std::string load(Opcode opcode, unsigned form) const;
    std::string store(Opcode opcode, unsigned form) const;
    std::string branch(const Meaning& meaning) const;
    std::string load_chain(unsigned form) const;
    std::string special(Special special, unsigned form) const;
    std::string with_form(const std::string& name, unsigned form) const {
        return name + "." + std::to_string(form) + fields();
    }

    const uint8_t* const cell_;
    const uint32_t at_;
    const uint32_t size_;
};

std::string Printer::fields() const {
    std::string text;
    for (int at = 4; at < 12; at += 2) {
        text += " " + number<int16_t>(at);
    }
    for (uint32_t at = 8; at + 4 <= size_; at += 4) {
        text += (at == 8 ? " | " : " ") + number<int32_t>(int(at));
    }
    return text;
}

std::string Printer::load(Opcode opcode, unsigned form) const {
    const std::string name = name_of(opcode);
    const std::string offset = offset_text(field<uint32_t>(field_offset));
    if (form < 8) {
        return name + " " + operand(form % 2 != 0, field_d) + " <- memory[" +
               operand(form / 2 % 2 != 0, field_a) + offset + "]";
    }
    if (form >= 9 && form < 17) {
        const unsigned kinds = form - 9;
        return name + " " + operand(kinds % 2 != 0, field_d) + " <- memory[(" +
               operand(kinds / 2 % 2 != 0, field_a) + " + " + number<int32_t>(field_load_addend) +
               ")" + offset + "]";
    }
    if (form >= 33 && form < 37) {
        return name + " " + operand(form % 2 == 0, field_d) + " <- memory[" +
               number<uint32_t>(field_offset) + "]";
    }
    return with_form(name, form);
}

std::string Printer::store(Opcode opcode, unsigned form) const {
    const std::string name = name_of(opcode);
    const std::string offset = offset_text(field<uint32_t>(field_offset));
    const char type = opcode_info(opcode).signature[1];
    const bool is_int = type == 'i' || type == 'l';
    const unsigned forms = is_int ? pair_count_int : 4;
    if (form < 2 * forms) {
        const unsigned kinds = form % forms;
        const Pair pair = Pair(kinds);
        const bool address_taken =
            is_int ? pair == Pair::acc_slot || pair == Pair::acc_imm : kinds / 2 != 0;
        const bool value_taken = is_int ? pair == Pair::slot_acc : kinds % 2 != 0;
        const std::string value = is_int && has_immediate(pair)
                                      ? number<int32_t>(field_store_immediate)
                                      : operand(value_taken, field_d);
        return name + " memory[" + operand(address_taken, field_a) + offset + "] <- " + value;
    }
    if (form > 2 * forms) {
        const unsigned kind = (form - 2 * forms - 1) % (is_int ? 3 : 2);
        return name + " memory[" + number<uint32_t>(field_offset) + "] <- " +
               (kind == 2 ? number<int32_t>(field_store_immediate) : operand(kind == 1, field_d));
    }
    return with_form(name, form);
}

std::string Printer::instruction(Opcode opcode, unsigned form) const {
    const std::string name = name_of(opcode);
    const std::string to = name + " " + operand(form % 2 != 0, field_d) + " <- ";
    switch (family_of(opcode)) {
        case Family::unary:
        case Family::unary_trap:
        case Family::vector_unary:
        case Family::vector_test:
        case Family::vector_splat:
            return to + operand(form / 2 % 2 != 0, field_a);
        case Family::binary:
        case Family::binary_trap:
        case Family::compare:
        case Family::vector_binary: {
            const Pair pair = Pair(form / 2);
            const bool first = pair == Pair::acc_slot || pair == Pair::acc_imm;
            const std::string second =
                !has_immediate(pair)                      ? operand(pair == Pair::slot_acc, field_b)
                : opcode_info(opcode).signature[0] == 'l' ? number<int64_t>(field_immediate)
                                                          : number<int32_t>(field_immediate);
            return to + operand(first, field_a) + ", " + second;
        }
        case Family::load:
            return load(opcode, form);
        case Family::store:
            return store(opcode, form);
        case Family::vector_load:
            return form < 8 ? load(opcode, form) : with_form(name, form);
        case Family::vector_store:
            return form < 8 ? store(opcode, form) : with_form(name, form);
        default:
            return with_form(name, form);
    }
}

// Operands are in the fields d and a.
std::string Printer::branch(const Meaning& meaning) const {
    const bool taken = meaning.form < meaning.forms;
    const Pair pair = Pair(meaning.form % meaning.forms);
    const Opcode opcode = Opcode(meaning.code);
    std::string text = taken ? "br_if " : "br_unless ";
    text += name_of(opcode) + " ";
    text += operand(pair == Pair::acc_slot || pair == Pair::acc_imm, field_d) + ", ";
    text += has_immediate(pair) ? number<int32_t>(field_compare_immediate)
                                : operand(pair == Pair::slot_acc, field_a);
    return text + ", " + target();
}

std::string Printer::load_chain(unsigned form) const {
    const LoadChain& row = load_chains[form / 36];
    const unsigned operands = form % 6 / 2;
    const auto indexing = Indexing(form / 12 % 3);
    std::string address = operand(operands == 1, field_a);
    if (indexing == Indexing::sum) {
        address = "(" + address + " + " + number<int32_t>(field_load_chain_addend) + ")" +
                  offset_text(field<uint16_t>(field_load_chain_offset));
    } else {
        if (indexing == Indexing::indexed) {
            address = "(" + address + " + " + slot(field_load_term) + ")";
        }
        address += offset_text(field<uint32_t>(field_offset));
    }
    return "load_chain " + operand(form % 2 != 0, field_d) + " <- " + name_of(row.operation) + " " +
           operand(operands == 2, field_load_chain_c) + ", " + name_of(row.load) + " memory[" +
           address + "]";
}

std::string Printer::special(Special special, unsigned form) const {
    const std::string name = special_names[size_t(special)];
    const bool odd = form % 2 != 0;
    switch (special) {
        case Special::br:
            return name + " " + target();
        case Special::tally:
            return name + " " + number<uint32_t>(field_counter) + ", loop " +
                   number<uint32_t>(field_loop);
        case Special::native:
        case Special::poll:
        case Special::unreachable:
        case Special::return_none:
        case Special::reload:
            return name;
        case Special::charge:
            return name + " " + number<uint32_t>(field_price);
        case Special::move_int:
        case Special::move_float:
        case Special::move_vector:
            return name + " " + slot(field_d) + " <- " + operand(odd, field_a);
        case Special::move_int_2:
            return name + " " + slot(field_d) + " <- " + slot(field_a) + ", " + slot(field_c) +
                   " <- " + slot(field_b);
        case Special::const_int:
            return name + " " + operand(odd, field_d) + " <- " + number<int64_t>(field_immediate);
        case Special::select_int:
        case Special::select_float:
        case Special::select_vector:
            return name + " " + operand(odd, field_d) + " <- " + operand(form / 2 != 0, field_c) +
                   " ? " + slot(field_a) + " : " + slot(field_b);
        case Special::global_get_int:
        case Special::global_get_float:
        case Special::global_get_vector:
            return name + " " + operand(odd, field_d) + " <- global " +
                   number<uint32_t>(field_index);
        case Special::global_set_int:
        case Special::global_set_float:
        case Special::global_set_vector:
            return name + " global " + number<uint32_t>(field_index) + " <- " +
                   operand(odd, field_a);
        case Special::call_own:
            return name + " own function " +
                   std::to_string(field<uint32_t>(12) / sizeof(FunctionInstance)) + ", frame at " +
                   number<int32_t>(8);
        case Special::call_import:
            return name + " import " + number<uint32_t>(12) + ", frame at " + number<int32_t>(8);
        case Special::return_int:
        case Special::return_float:
            return name + " " + slot(field_d) + " <- " + operand(form >= 4, field_a);
        case Special::add_br_if: {
            const Opcode comparison = Opcode(size_t(Opcode::i32_eq) + form % 40 / 4);
            return name + " " + slot(field_d) + " <- " + operand(form / 2 % 2 != 0, field_a) +
                   " + " + number<int16_t>(field_addend) + ", " + name_of(comparison) + " " +
                   (odd ? number<int16_t>(field_add_compare) : slot(field_add_compare)) + ", " +
                   target();
        }
        case Special::test_and:
        case Special::test_and_zero: {
            const Pair pair = Pair(form % pair_count_int);
            return name + " " + operand(pair == Pair::acc_slot || pair == Pair::acc_imm, field_d) +
                   ", " +
                   (has_immediate(pair) ? number<int32_t>(field_compare_immediate)
                                        : operand(pair == Pair::slot_acc, field_a)) +
                   ", " + target();
        }
        case Special::load_chain:
            return load_chain(form);
        default:
            return with_form(name, form);
    }
}

std::string Printer::describe(const Meaning& meaning) const {
    std::string text;
    switch (meaning.kind) {
        case Meaning::Kind::instruction:
            return instruction(Opcode(meaning.code), meaning.form);
        case Meaning::Kind::branch:
            text = branch(meaning);
            break;
        case Meaning::Kind::special:
            return special(Special(meaning.code), meaning.form);
    }
    if (meaning.metered) {
        text += "; " + number<uint32_t>(field_taken_price) + " or " +
                number<uint32_t>(field_other_price) + " of fuel";
    }
    return text;
}

}  // namespace

std::vector<CellText> describe_cells(const uint8_t* entry) {
    const std::unordered_map<int32_t, Meaning>& known = meanings();
    std::vector<CellText> cells;
    const uint32_t size = code_header(entry).size;
    // Sizes aren't written in cells: a cell ends where the next known head is. Operands that
    // look like a head would be misprinted, never misread.
    for (uint32_t at = 0; at < size;) {
        const auto meaning = known.find(read_field<int32_t>(entry + at, 0));
        uint32_t next = at + cell_size;
        while (next < size && !known.contains(read_field<int32_t>(entry + next, 0))) {
            next += 8;
        }
        next = next > size ? size : next;
        const Printer printer(entry + at, at, next - at);
        cells.push_back({at, meaning == known.end() ? "?" + printer.fields()
                                                    : printer.describe(meaning->second)});
        at = next;
    }
    return cells;
}

std::string print_cells(const std::vector<CellText>& cells) {
    std::string text;
    for (const CellText& cell : cells) {
        text += std::to_string(cell.at) + ": " + cell.text + "\n";
    }
    return text;
}

}  // namespace epsilon::interp

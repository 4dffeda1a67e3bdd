// SPDX-License-Identifier: Apache-2.0
#include "baseline/operations.h"

#include <algorithm>

#include "interp/families.h"
#include "interp/handler_table.h"
#include "interp/memory_access.h"

namespace epsilon::baseline {

namespace {

using namespace interp;

// What a handler is, by its distance: an instruction's form, its fusion with a branch, or a special
// cell.
struct Meaning {
    enum class Kind : uint8_t { none, opcode, branch, metered_branch, special };
    int32_t head = 0;
    Kind kind = Kind::none;
    uint16_t code = 0;
    uint16_t form = 0;
};

class Meanings {
public:
    Meanings() : table_(size_t{1} << bits) {
        const HandlerTable& handlers = handler_table();
        for (size_t i = 0; i < size_t(Opcode::count); ++i) {
            for (unsigned form = 0; form < handlers.form_count[i]; ++form) {
                add(handlers.forms[i][form], Meaning::Kind::opcode, i, form);
            }
            for (unsigned form = 0; form < handlers.branch_count[i]; ++form) {
                add(handlers.branch_forms[i][form], Meaning::Kind::branch, i, form);
                add(handlers.metered_branch_forms[i][form], Meaning::Kind::metered_branch, i, form);
            }
        }
        for (size_t i = 0; i < size_t(Special::count); ++i) {
            for (unsigned form = 0; form < handlers.special_count[i]; ++form) {
                add(handlers.special[i][form], Meaning::Kind::special, i, form);
            }
        }
    }

    const Meaning& find(int32_t head) const {
        size_t at = place(head);
        while (table_[at].kind != Meaning::Kind::none && table_[at].head != head) {
            at = (at + 1) & (table_.size() - 1);
        }
        return table_[at];
    }

private:
    static constexpr unsigned bits = 14;
    static size_t place(int32_t head) { return uint32_t(head) * 2654435769u >> (32 - bits); }

    // Instructions of the same meaning may share a handler: the first one stands for all.
    void add(Handler handler, Meaning::Kind kind, size_t code, unsigned form) {
        const int32_t head = handler_offset(handler);
        Meaning& meaning = const_cast<Meaning&>(find(head));
        if (meaning.kind == Meaning::Kind::none) {
            meaning = {head, kind, uint16_t(code), uint16_t(form)};
        }
    }

    std::vector<Meaning> table_;
};

const Meanings& meanings() {
    static const Meanings instance;
    return instance;
}

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

Type type_of(ValueType type) {
    switch (type.kind()) {
        case ValueType::i32:
            return Type::i32;
        case ValueType::f32:
            return Type::f32;
        case ValueType::f64:
            return Type::f64;
        case ValueType::v128:
            return Type::v128;
        default:
            return Type::i64;
    }
}

uint32_t count_slots(std::span<const ValueType> types) {
    uint32_t slots = 0;
    for (const ValueType type : types) {
        slots += type.slots();
    }
    return slots;
}

class Reader {
public:
    Reader(const uint8_t* cells, const Module& module, uint32_t function,
           std::span<const TypeHandle> types, Function& result)
        : cells_(cells), module_(module), function_(function), types_(types), result_(result) {}

    bool read();

private:
    template <class T>
    T field(int offset) const {
        return read_field<T>(cell_, offset);
    }
    int16_t slot(int offset) const { return field<int16_t>(offset); }
    Operation& begin(Form form, uint32_t size, uint8_t operands) {
        operation_ = {};
        operation_.form = form;
        operation_.size = size;
        operation_.operands = operands;
        operation_.d = slot(field_d);
        operation_.a = slot(field_a);
        operation_.b = slot(field_b);
        operation_.c = slot(field_c);
        return operation_;
    }
    void read_opcode(Opcode opcode, unsigned form);
    void read_access(Opcode opcode, unsigned form, bool is_load);
    void read_branch(Opcode opcode, unsigned form, bool metered, unsigned pairs);
    void read_special(Special special, unsigned form);
    void read_call(const FunctionType& type, uint32_t size);
    void set_types(std::string_view signature);
    void set_all(Type type) { operation_.type = operation_.a_type = operation_.b_type = type; }
    void set_target(uint32_t target);
    void make_blocks();

    const uint8_t* const cells_;
    const Module& module_;
    const uint32_t function_;
    const std::span<const TypeHandle> types_;
    Function& result_;
    const uint8_t* cell_ = nullptr;
    Operation operation_;
};

void Reader::set_types(std::string_view signature) {
    operation_.a_type = type_of_letter(signature[0]);
    operation_.b_type = type_of_letter(signature[1] != '_' ? signature[1] : signature[0]);
    operation_.type = type_of_letter(signature.back());
}

// Targets are cells for now.
void Reader::set_target(uint32_t target) {
    operation_.target = target;
}

void Reader::read_access(Opcode opcode, unsigned form, bool is_load) {
    const bool is_vector =
        family_of(opcode) == Family::vector_load || family_of(opcode) == Family::vector_store;
    const std::string_view signature = opcode_info(opcode).signature;
    const Type type = type_of_letter(is_load ? signature.back() : signature[1]);
    const bool integer_store = !is_load && is_int(type);
    const unsigned far_form = integer_store ? 10 : 8;
    if (form == far_form) {
        begin(Form::other, far_access_size,
              uint8_t(reads_a | (is_load ? uint8_t(writes_d) : uint8_t(reads_b))));
        operation_.a_type = Type::i32;
        if (!is_load) {
            operation_.b = operation_.d;
        }
        operation_.type = operation_.b_type = type;
        return;
    }
    if (is_load) {
        const bool constant = form > far_form && !is_vector;
        begin(constant ? Form::load_constant : Form::load, cell_size,
              constant ? uint8_t(writes_d) : uint8_t(reads_a | writes_d));
        // The plain forms are the first of each four; those of constants come last, two and two.
        operation_.checked = constant ? form >= 35 : form >= 4;
    } else if (form < far_form) {
        const unsigned forms = integer_store ? pair_count_int : 4;
        const bool value_constant = integer_store && Pair(form % forms) == Pair::slot_imm;
        begin(value_constant ? Form::store_constant : Form::store, cell_size,
              value_constant ? uint8_t(reads_a) : uint8_t(reads_a | reads_b));
        operation_.checked = form >= forms;
    } else {
        const unsigned forms = integer_store ? 3 : 2;
        const unsigned rest = form - far_form - 1;
        const bool value_constant = rest % forms == 2;
        begin(value_constant ? Form::store_constant_to_constant : Form::store_to_constant,
              cell_size, value_constant ? uint8_t(no_operands) : uint8_t(reads_b));
        operation_.checked = rest >= forms;
    }
    if (!is_load) {
        operation_.b = operation_.d;
    }
    operation_.a_type = Type::i32;
    operation_.type = operation_.b_type = type;
    operation_.immediate = field<uint32_t>(field_offset);
}

void Reader::read_opcode(Opcode opcode, unsigned form) {
    const std::string_view signature = opcode_info(opcode).signature;
    switch (family_of(opcode)) {
        case Family::unary:
        case Family::unary_trap:
        case Family::vector_unary:
        case Family::vector_test:
        case Family::vector_splat:
            begin(Form::unary, cell_size, reads_a | writes_d);
            set_types(signature);
            break;
        case Family::binary:
        case Family::binary_trap:
        case Family::compare:
        case Family::vector_binary: {
            const bool constant = Pair(form / 2) == Pair::slot_imm;
            const bool compares = family_of(opcode) == Family::compare;
            begin(compares ? (constant ? Form::compare_constant : Form::compare)
                           : (constant ? Form::binary_constant : Form::binary),
                  cell_size, uint8_t(reads_a | writes_d | (constant ? 0 : reads_b)));
            set_types(signature);
            operation_.immediate = field<uint64_t>(field_immediate);
            break;
        }
        case Family::vector_ternary:
            begin(Form::ternary, cell_size, reads_a | reads_b | reads_c | writes_d);
            set_types(signature);
            operation_.c_type = Type::v128;
            break;
        case Family::vector_shift: {
            const bool constant = form >= 8;
            begin(constant ? Form::shift_constant : Form::shift, cell_size,
                  uint8_t(reads_a | writes_d | (constant ? 0 : reads_b)));
            set_types(signature);
            operation_.immediate = field<uint64_t>(field_immediate);
            break;
        }
        case Family::vector_extract:
            begin(Form::extract, cell_size, reads_a | writes_d);
            set_types(signature);
            operation_.immediate = field<uint16_t>(field_b);
            break;
        case Family::vector_replace:
            begin(Form::replace, cell_size, reads_a | reads_b | writes_d);
            set_types(signature);
            operation_.immediate = field<uint16_t>(field_c);
            break;
        case Family::vector_shuffle:
            begin(Form::shuffle, 2 * cell_size, reads_a | reads_b | writes_d);
            set_types(signature);
            break;
        case Family::load:
        case Family::vector_load:
            read_access(opcode, form, true);
            break;
        case Family::store:
        case Family::vector_store:
            read_access(opcode, form, false);
            break;
        case Family::vector_load_lane:
            begin(Form::other, far_access_size, reads_a | reads_b | writes_d);
            operation_.b = slot(field_vector);
            operation_.type = operation_.b_type = Type::v128;
            break;
        case Family::vector_store_lane:
            begin(Form::other, far_access_size, reads_a | reads_b);
            operation_.b = operation_.d;
            operation_.b_type = Type::v128;
            break;
        case Family::test:
        case Family::special:
            // Tests are comparisons by now, and special instructions special cells.
            begin(Form::other, cell_size, no_operands);
            break;
    }
    operation_.opcode = opcode;
}

// Operands in the fields d and a.
void Reader::read_branch(Opcode opcode, unsigned form, bool metered, unsigned pairs) {
    const bool constant = pairs == pair_count_int && Pair(form % pairs) == Pair::slot_imm;
    begin(constant ? Form::branch_if_constant : Form::branch_if,
          metered ? metered_branch_size : cell_size, uint8_t(reads_a | (constant ? 0 : reads_b)));
    set_types(opcode_info(opcode).signature);
    operation_.b = operation_.a;
    operation_.a = operation_.d;
    operation_.opcode = opcode;
    operation_.when = form < pairs;
    operation_.immediate = uint64_t(int64_t(field<int32_t>(field_compare_immediate)));
    set_target(operation_.cell);
}

void Reader::read_call(const FunctionType& type, uint32_t size) {
    const uint32_t arguments = count_slots(type.params);
    const int32_t first = field<int32_t>(8) - int32_t(frame_header_slots) - int32_t(arguments);
    operation_.size = size;
    operation_.arguments = uint16_t(arguments);
    operation_.first_argument = int16_t(first);
    operation_.d = int16_t(first);
    operation_.results = uint16_t(count_slots(type.results));
    operation_.one_result = type.results.size() == 1 && !type.results[0].is_vector();
    if (operation_.one_result) {
        operation_.type = type_of(type.results[0]);
    }
}

void Reader::read_special(Special special, unsigned form) {
    switch (special) {
        case Special::br:
            begin(Form::branch, form == 0 ? cell_size : metered_branch_size, no_operands);
            break;
        case Special::br_table: {
            const bool metered = form >= 4;
            const uint32_t count = field<uint32_t>(8) + 1;
            const uint32_t entry = metered ? 8 : 4;
            begin(Form::branch_table, (12 + entry * count + 7) & ~7u, reads_a);
            operation_.a = operation_.d;
            operation_.a_type = Type::i32;
            operation_.immediate = count;
            break;
        }
        case Special::test_and:
        case Special::test_and_zero:
            read_branch(Opcode::i32_and, form % pair_count_int, form >= pair_count_int,
                        pair_count_int);
            operation_.when = special == Special::test_and;
            break;
        case Special::poll:
            begin(Form::poll, cell_size, no_operands);
            break;
        case Special::unreachable:
            begin(Form::unreachable, cell_size, no_operands);
            break;
        case Special::native:
            begin(Form::native, cell_size, no_operands);
            break;
        case Special::charge:
            begin(Form::charge, cell_size, no_operands);
            break;
        case Special::call_own:
            begin(Form::call_own, cell_size, no_operands);
            operation_.immediate = field<uint32_t>(12);
            read_call(module_.function_type(module_.imported_functions +
                                            field<uint32_t>(12) / sizeof(FunctionInstance)),
                      cell_size);
            break;
        case Special::call_import:
            begin(Form::call_import, cell_size, no_operands);
            read_call(module_.function_type(field<uint32_t>(12)), cell_size);
            operation_.shape = &types_[module_.functions[field<uint32_t>(12)]].shape();
            break;
        case Special::call_indirect: {
            begin(Form::call_indirect, form % 4 < 2 ? 24 : 32, reads_a);
            operation_.a = operation_.d;
            operation_.a_type = Type::i32;
            const uint32_t id = field<uint32_t>(12);
            size_t type = 0;
            while (types_[type].id() != id) {
                ++type;
            }
            read_call(module_.types[type], operation_.size);
            break;
        }
        case Special::reload:
            begin(Form::reload, cell_size, no_operands);
            break;
        case Special::tail_call:
        case Special::tail_call_indirect:
            begin(Form::tail_call, 32,
                  special == Special::tail_call ? uint8_t(no_operands) : uint8_t(reads_a));
            operation_.a = int16_t(field<int32_t>(28));
            operation_.arguments = uint16_t(field<uint32_t>(12));
            operation_.first_argument = int16_t(field<int32_t>(4));
            break;
        case Special::return_none:
            begin(Form::return_none, cell_size, no_operands);
            break;
        case Special::return_int:
        case Special::return_float:
            begin(Form::return_value, cell_size, reads_a);
            operation_.a_type = operation_.type =
                special == Special::return_int ? Type::i64 : Type::f64;
            break;
        case Special::return_many:
            begin(Form::return_many, cell_size, no_operands);
            operation_.first_argument = int16_t(field<int32_t>(8));
            operation_.arguments = uint16_t(field<uint32_t>(12));
            break;
        case Special::move_int:
            begin(Form::move, cell_size, reads_a | writes_d);
            set_all(Type::i64);
            break;
        case Special::move_float:
            begin(Form::move, cell_size, reads_a | writes_d);
            set_all(Type::f64);
            break;
        case Special::move_vector:
            begin(Form::move, cell_size, reads_a | writes_d);
            set_all(Type::v128);
            break;
        case Special::const_int:
        case Special::const_float:
            begin(Form::constant, cell_size, writes_d);
            set_all(special == Special::const_int ? Type::i64 : Type::f64);
            operation_.immediate = field<uint64_t>(field_immediate);
            break;
        case Special::const_vector:
            begin(Form::constant, cell_size + 8, writes_d);
            set_all(Type::v128);
            break;
        case Special::select_int:
        case Special::select_float:
        case Special::select_vector:
            begin(Form::select, cell_size, reads_a | reads_b | reads_c | writes_d);
            set_all(special == Special::select_int     ? Type::i64
                    : special == Special::select_float ? Type::f64
                                                       : Type::v128);
            operation_.c_type = Type::i32;
            break;
        case Special::global_get_int:
        case Special::global_get_float:
        case Special::global_get_vector:
            begin(Form::global_get, cell_size, writes_d);
            set_all(special == Special::global_get_int     ? Type::i64
                    : special == Special::global_get_float ? Type::f64
                                                           : Type::v128);
            operation_.own = form < 2;
            operation_.immediate = field<uint32_t>(field_immediate);
            break;
        case Special::global_set_int:
        case Special::global_set_float:
        case Special::global_set_vector:
            begin(Form::global_set, cell_size, reads_a);
            set_all(special == Special::global_set_int     ? Type::i64
                    : special == Special::global_set_float ? Type::f64
                                                           : Type::v128);
            operation_.own = form < 2;
            operation_.immediate = field<uint32_t>(field_immediate);
            break;
        case Special::memory_size:
        case Special::table_size:
        case Special::ref_func:
            begin(Form::other, bulk_size, writes_d);
            break;
        case Special::memory_grow:
        case Special::table_get:
        case Special::table_grow:
        case Special::cover_table_grow:
        case Special::charge_table_grow:
            begin(
                Form::other, bulk_size,
                uint8_t(reads_a | reads_b | (special == Special::cover_table_grow ? 0 : writes_d)));
            operation_.b = slot(field_bulk_b);
            if (special == Special::charge_table_grow) {
                operation_.operands = reads_b | reads_c;
                operation_.c = operation_.d;
            }
            break;
        case Special::move_many:
            begin(Form::other, cell_size, no_operands);
            operation_.first_argument = int16_t(field<int32_t>(8));
            operation_.arguments = uint16_t(field<uint32_t>(12));
            break;
        default:
            // Instructions on ranges of memories and tables, and what they cost.
            begin(Form::other, bulk_size, reads_a | reads_b | reads_c);
            operation_.b = slot(field_bulk_b);
            operation_.c = operation_.d;
            break;
    }
}

bool Reader::read() {
    const CodeHeader& header = code_header(cells_);
    const FunctionType& type = module_.function_type(function_);
    const auto params = int32_t(count_slots(type.params));
    result_.cells = cells_;
    result_.lowest_slot = -frame_header_slots - params;
    result_.slots = uint32_t(int32_t(header.frame_slots) - result_.lowest_slot);
    if (header.frame_slots > INT16_MAX || params > INT16_MAX - frame_header_slots) {
        return false;
    }
    result_.operations.reserve(header.size / cell_size);
    for (uint32_t at = 0; at < header.size; at += operation_.size) {
        cell_ = cells_ + at;
        const Meaning& meaning = meanings().find(field<int32_t>(0));
        switch (meaning.kind) {
            case Meaning::Kind::opcode:
                read_opcode(Opcode(meaning.code), meaning.form);
                break;
            case Meaning::Kind::branch:
            case Meaning::Kind::metered_branch: {
                const unsigned count = handler_table().branch_count[meaning.code];
                read_branch(Opcode(meaning.code), meaning.form,
                            meaning.kind == Meaning::Kind::metered_branch,
                            count == pair_count_int ? pair_count_int : pair_count_float);
                break;
            }
            case Meaning::Kind::special:
                read_special(Special(meaning.code), meaning.form);
                break;
            case Meaning::Kind::none:
                return false;
        }
        operation_.cell = at;
        result_.operations.push_back(operation_);
    }
    make_blocks();
    return true;
}

void Reader::make_blocks() {
    std::vector<Operation>& operations = result_.operations;
    const auto count = uint32_t(operations.size());
    std::vector<uint32_t> operation_at(code_header(cells_).size / 8 + 1);
    for (uint32_t i = 0; i < count; ++i) {
        operation_at[operations[i].cell / 8] = i;
    }
    std::vector<bool> begins(count + 1);
    std::vector<uint32_t> last_branch_back(count);
    begins[0] = true;
    const auto lead_to = [&](uint32_t from, int32_t distance) {
        const uint32_t to = operation_at[(operations[from].cell + uint32_t(distance)) / 8];
        begins[to] = true;
        if (to <= from) {
            last_branch_back[to] = from + 1;
        }
        return to;
    };
    for (uint32_t i = 0; i < count; ++i) {
        Operation& operation = operations[i];
        cell_ = cells_ + operation.cell;
        if (operation.form == Form::branch || operation.form == Form::branch_if ||
            operation.form == Form::branch_if_constant) {
            operation.target = lead_to(i, field<int32_t>(field_target));
        } else if (operation.form == Form::branch_table) {
            operation.target = uint32_t(result_.table_targets.size());
            const int entry = (operation.size - 12) / operation.immediate >= 8 ? 8 : 4;
            for (uint32_t k = 0; k < operation.immediate; ++k) {
                result_.table_targets.push_back(lead_to(i, field<int32_t>(12 + entry * int(k))));
            }
        } else if (operation.form == Form::native) {
            begins[i] = true;
            result_.loops.push_back(operation.cell);
        }
        if (ends_block(operation.form)) {
            begins[i + 1] = true;
        }
    }
    result_.block_of.resize(count);
    for (uint32_t i = 0; i < count; ++i) {
        if (begins[i]) {
            result_.blocks.push_back({i, i, last_branch_back[i], last_branch_back[i] != 0});
        }
        result_.block_of[i] = uint32_t(result_.blocks.size() - 1);
        result_.blocks.back().last = i + 1;
    }
}

}  // namespace

bool calls_something(const Function& function) {
    return std::any_of(
        function.operations.begin(), function.operations.end(), [](const Operation& operation) {
            return operation.form == Form::call_own || operation.form == Form::call_import ||
                   operation.form == Form::call_indirect || operation.form == Form::tail_call;
        });
}

bool read_operations(const uint8_t* cells, const Module& module, uint32_t function,
                     std::span<const TypeHandle> types, Function& result) {
    result.has_memory = !module.memories.empty();
    result.shape = &types[module.functions[function]].shape();
    return Reader(cells, module, function, types, result).read();
}

}  // namespace epsilon::baseline

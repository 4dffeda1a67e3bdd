// SPDX-License-Identifier: Apache-2.0
#include "baseline/operations.h"

#include "baseline/meanings.h"
#include "interp/memory_access.h"

namespace epsilon::baseline {

namespace {

using namespace interp;

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
    void read_fields(Meaning::Fields fields, Operation& operation);
    void read_table(uint32_t entry_size, Operation& operation);
    void read_call(const FunctionType& type, Operation& operation);
    const FunctionType& type_with_id(uint32_t id) const;
    uint32_t target_cell(uint32_t cell, int offset);
    void begin_block(uint32_t operation, uint32_t cell);
    void set_targets();

    const uint8_t* const cells_;
    const Module& module_;
    const uint32_t function_;
    const std::span<const TypeHandle> types_;
    Function& result_;
    const uint8_t* cell_ = nullptr;
};

// What of the operation is in the cell: its slots are there already.
void Reader::read_fields(Meaning::Fields fields, Operation& operation) {
    using Fields = Meaning::Fields;
    switch (fields) {
        case Fields::slots:
            break;
        case Fields::immediate_64:
            operation.immediate = field<uint64_t>(field_immediate);
            break;
        case Fields::immediate_32:
            operation.immediate = field<uint32_t>(field_immediate);
            break;
        case Fields::lane_in_b:
            operation.immediate = field<uint16_t>(field_b);
            break;
        case Fields::lane_in_c:
            operation.immediate = field<uint16_t>(field_c);
            break;
        case Fields::store:
            operation.b = operation.d;
            operation.immediate = field<uint32_t>(field_offset);
            break;
        case Fields::value_in_d:
            operation.b = operation.d;
            break;
        case Fields::vector_last:
            operation.b = slot(field_vector);
            break;
        case Fields::jump:
            operation.target = target_cell(operation.cell, field_target);
            break;
        case Fields::branch:
            operation.target = target_cell(operation.cell, field_target);
            operation.b = operation.a;
            operation.a = operation.d;
            operation.immediate = uint64_t(int64_t(field<int32_t>(field_compare_immediate)));
            break;
        case Fields::bulk:
            operation.b = slot(field_bulk_b);
            break;
        case Fields::bulk_of_three:
            operation.b = slot(field_bulk_b);
            operation.c = operation.d;
            break;
        case Fields::table:
            read_table(4, operation);
            break;
        case Fields::metered_table:
            read_table(8, operation);
            break;
        case Fields::call_own:
            operation.immediate = field<uint32_t>(12);
            read_call(module_.function_type(module_.imported_functions +
                                            field<uint32_t>(12) / sizeof(FunctionInstance)),
                      operation);
            break;
        case Fields::call_import:
            read_call(module_.function_type(field<uint32_t>(12)), operation);
            break;
        case Fields::call_indirect:
            operation.a = operation.d;
            read_call(type_with_id(field<uint32_t>(12)), operation);
            break;
        case Fields::tail_call:
            result_.has_calls = true;
            operation.a = int16_t(field<int32_t>(28));
            operation.arguments = uint16_t(field<uint32_t>(12));
            operation.first_argument = int16_t(field<int32_t>(4));
            break;
        case Fields::range:
            operation.first_argument = int16_t(field<int32_t>(8));
            operation.arguments = uint16_t(field<uint32_t>(12));
            break;
    }
}

const FunctionType& Reader::type_with_id(uint32_t id) const {
    size_t type = 0;
    while (types_[type].id() != id) {
        ++type;
    }
    return module_.types[type];
}

void Reader::read_call(const FunctionType& type, Operation& operation) {
    result_.has_calls = true;
    const uint32_t arguments = count_slots(type.params);
    const int32_t first = field<int32_t>(8) - int32_t(frame_header_slots) - int32_t(arguments);
    operation.arguments = uint16_t(arguments);
    operation.first_argument = int16_t(first);
    operation.d = int16_t(first);
    operation.results = uint16_t(count_slots(type.results));
    operation.one_result = type.results.size() == 1 && !type.results[0].is_vector();
    if (operation.one_result) {
        operation.type = type_of(type.results[0]);
    }
}

// Targets are cells, until all operations are known.
void Reader::read_table(uint32_t entry_size, Operation& operation) {
    const uint32_t count = field<uint32_t>(8) + 1;
    operation.size = (12 + entry_size * count + 7) & ~7u;
    operation.a = operation.d;
    operation.immediate = count;
    operation.target = uint32_t(result_.table_targets.size());
    for (uint32_t i = 0; i < count; ++i) {
        result_.table_targets.push_back(target_cell(operation.cell, 12 + int(entry_size * i)));
    }
}

// The cell that the field leads to. A block begins there: forward ones are seen before they are
// read, and backward ones are loops, which begin with a native cell.
uint32_t Reader::target_cell(uint32_t cell, int offset) {
    const uint32_t target = cell + uint32_t(field<int32_t>(offset));
    result_.room.begins[target / 512] |= uint64_t{1} << (target / 8 % 64);
    return target;
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
    result_.room.begins.assign(header.size / 512 + 1, 0);
    if (result_.room.operation_at.size() < header.size / 8) {
        result_.room.operation_at.resize(header.size / 8);
    }
    result_.has_calls = false;
    const Meanings& meanings = Meanings::get();
    const uint64_t* const targets = result_.room.begins.data();
    bool has_vectors = false;
    bool begins = true;
    uint32_t index = 0;
    for (uint32_t at = 0; at < header.size; ++index) {
        cell_ = cells_ + at;
        const Meaning* const meaning = meanings.find(field<int32_t>(0));
        if (!meaning) {
            return false;
        }
        Operation& operation = result_.operations.emplace_back(meaning->operation);
        operation.cell = at;
        static_cast<CellSlots&>(operation) = field<CellSlots>(field_d);
        read_fields(meaning->fields, operation);
        has_vectors = has_vectors || meaning->has_vectors;
        if (operation.form == Form::native) {
            begins = true;
            result_.loops.push_back(at);
        }
        if (begins || (targets[at / 512] >> (at / 8 % 64) & 1) != 0) {
            begin_block(index, at);
        }
        begins = ends_block(operation.form);
        at += operation.size;
    }
    result_.blocks.back().last = index;
    result_.has_vectors = has_vectors;
    set_targets();
    return true;
}

void Reader::begin_block(uint32_t operation, uint32_t cell) {
    if (!result_.blocks.empty()) {
        result_.blocks.back().last = operation;
    }
    result_.blocks.push_back({operation, operation});
    result_.room.operation_at[cell / 8] = operation;
}

void Reader::set_targets() {
    if (result_.block_of.size() < result_.operations.size()) {
        result_.block_of.resize(result_.operations.size());
    }
    for (uint32_t i = 0; i < result_.blocks.size(); ++i) {
        result_.block_of[result_.blocks[i].first] = i;
    }
    const auto lead_to = [this](uint32_t from, uint32_t& target) {
        target = result_.room.operation_at[target / 8];
        if (target <= from) {
            result_.blocks[result_.block_of[target]].loop_end = from + 1;
        }
    };
    for (const Block& block : result_.blocks) {
        const uint32_t last = block.last - 1;
        Operation& operation = result_.operations[last];
        if (operation.form == Form::branch_table) {
            for (uint32_t i = 0; i < operation.immediate; ++i) {
                lead_to(last, result_.table_targets[operation.target + i]);
            }
        } else if (is_branch(operation.form)) {
            lead_to(last, operation.target);
        }
    }
}

}  // namespace

bool read_operations(const uint8_t* cells, const Module& module, uint32_t function,
                     std::span<const TypeHandle> types, Function& result) {
    result.module = &module;
    result.types = types;
    result.index = function;
    return Reader(cells, module, function, types, result).read();
}

}  // namespace epsilon::baseline

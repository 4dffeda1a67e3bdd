// SPDX-License-Identifier: Apache-2.0
#include "code_generator.h"

#include <algorithm>
#include <string_view>

namespace fuzz {

using epsilon::FunctionType;
using epsilon::Immediates;
using epsilon::Opcode;
using epsilon::OpcodeInfo;
using epsilon::ValueType;

namespace {

ValueType type_of(char letter) {
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

std::vector<ValueType> types_of(std::string_view letters) {
    std::vector<ValueType> types;
    for (const char letter : letters) {
        types.push_back(type_of(letter));
    }
    return types;
}

// The instructions whose types are in the table.
const std::vector<Opcode>& plain_opcodes() {
    static const std::vector<Opcode> list = [] {
        std::vector<Opcode> plain;
        for (size_t i = 0; i < size_t(Opcode::count); ++i) {
            if (epsilon::opcode_info(Opcode(i)).signature != "special") {
                plain.push_back(Opcode(i));
            }
        }
        return plain;
    }();
    return list;
}

constexpr int64_t edges[] = {0,   1,   -1,    2,     4,          8,         31,        63,       64,
                             127, 255, 65535, 65536, 0x7fffffff, INT32_MIN, INT64_MAX, INT64_MIN};

}  // namespace

CodeGenerator::CodeGenerator(const epsilon::Module& module, uint32_t function,
                             std::vector<ValueType> locals, Random& random)
    : module_(module),
      type_(module.function_type(function)),
      locals_(std::move(locals)),
      random_(random) {}

Bytes CodeGenerator::neutral_code(uint32_t steps) {
    code_.clear();
    stack_.clear();
    run(steps, 0);
    return code_;
}

Bytes CodeGenerator::results() {
    code_.clear();
    stack_.clear();
    leaves(type_.results);
    return code_;
}

void CodeGenerator::run(uint32_t steps, uint32_t depth) {
    const size_t floor = floor_;
    floor_ = stack_.size();
    for (; steps > 0; --steps) {
        step(depth);
    }
    drop_down_to(floor_);
    floor_ = floor;
}

void CodeGenerator::step(uint32_t depth) {
    switch (random_.below(depth < 3 ? 18 : 14)) {
        case 0:
        case 1:
            leaf(any_number_type());
            break;
        case 2:
        case 3:
        case 4:
            variable();
            break;
        case 5:
            select();
            break;
        case 6:
        case 7:
            memory();
            break;
        case 8:
        case 9:
            table();
            break;
        case 14:
        case 15:
            block(depth);
            break;
        case 16:
            call();
            break;
        case 17:
            leave_function();
            break;
        default:
            plain();
            break;
    }
}

void CodeGenerator::op(Opcode opcode) {
    const OpcodeInfo& info = epsilon::opcode_info(opcode);
    if (info.prefix != 0) {
        code_.push_back(info.prefix);
        number(info.code);
    } else {
        code_.push_back(uint8_t(info.code));
    }
}

ValueType CodeGenerator::any_number_type() {
    return ValueType(ValueType::Kind(random_.below(random_.one_in(3) ? 5 : 2)));
}

void CodeGenerator::constant(ValueType type) {
    int64_t value = edges[random_.below(std::size(edges))];
    if (random_.one_in(3)) {
        value = random_.below(10);
    } else if (random_.one_in(3)) {
        value ^= int64_t(random_.below(65536));
    }
    switch (type.kind()) {
        case ValueType::i32:
            op(Opcode::i32_const);
            write_s64(code_, int32_t(value));
            break;
        case ValueType::i64:
            op(Opcode::i64_const);
            write_s64(code_, value);
            break;
        case ValueType::f32:
        case ValueType::f64:
        case ValueType::v128: {
            const bool single = type == ValueType::f32;
            op(single                   ? Opcode::f32_const
               : type == ValueType::f64 ? Opcode::f64_const
                                        : Opcode::v128_const);
            const int bytes = single ? 4 : type == ValueType::f64 ? 8 : 16;
            for (int i = 0; i < bytes; ++i) {
                code_.push_back(uint8_t(random_.one_in(2) ? random_.below(256) : value));
            }
            break;
        }
        default:
            op(Opcode::ref_null);
            code_.push_back(type == ValueType::funcref() ? 0x70 : 0x6f);
            break;
    }
}

void CodeGenerator::leaf(ValueType type) {
    stack_.push_back(type);
    if (!locals_.empty() && !random_.one_in(3)) {
        const auto index = random_.below(uint32_t(locals_.size()));
        if (locals_[index] == type) {
            op(Opcode::local_get);
            number(index);
            return;
        }
    }
    if (!module_.globals.empty() && random_.one_in(3)) {
        const auto index = random_.below(uint32_t(module_.globals.size()));
        if (module_.globals[index].type.value == type) {
            op(Opcode::global_get);
            number(index);
            return;
        }
    }
    constant(type);
}

void CodeGenerator::leaves(const std::vector<ValueType>& types) {
    for (const ValueType type : types) {
        leaf(type);
    }
}

void CodeGenerator::operands(const std::vector<ValueType>& types) {
    const bool there = stack_.size() - floor_ >= types.size() &&
                       std::equal(types.rbegin(), types.rend(), stack_.rbegin());
    if (!there) {
        // The last of them may be.
        std::vector<ValueType> rest = types;
        if (rest.size() == 2 && stack_.size() > floor_ && stack_.back() == rest[0]) {
            rest.erase(rest.begin());
        }
        leaves(rest);
    }
    stack_.resize(stack_.size() - types.size());
}

void CodeGenerator::drop_down_to(size_t height) {
    for (; stack_.size() > height; stack_.pop_back()) {
        // Into a local of its type rather than nowhere.
        const auto local = std::find(locals_.begin(), locals_.end(), stack_.back());
        if (local != locals_.end() && random_.one_in(2)) {
            op(Opcode::local_set);
            number(uint32_t(local - locals_.begin()));
        } else {
            op(Opcode::drop);
        }
    }
}

void CodeGenerator::memory_argument(const OpcodeInfo& info) {
    uint32_t align = 0;
    while ((2u << align) <= info.width && random_.one_in(2)) {
        ++align;
    }
    const uint32_t memory = random_.one_in(4) ? any_memory() : 0;
    number(memory == 0 ? align : align | 0x40);
    if (memory != 0) {
        number(memory);
    }
    number(random_.one_in(8) ? uint32_t(edges[random_.below(std::size(edges))])
                             : random_.below(64));
}

void CodeGenerator::plain() {
    const auto& list = plain_opcodes();
    const Opcode opcode = list[random_.below(uint32_t(list.size()))];
    const OpcodeInfo& info = epsilon::opcode_info(opcode);
    if (info.width != 0 && !has_memory()) {
        return;
    }
    const size_t line = info.signature.find('_');
    operands(types_of(info.signature.substr(0, line)));
    op(opcode);
    switch (info.immediates) {
        case Immediates::memory_argument:
            memory_argument(info);
            break;
        case Immediates::memory_lane:
            memory_argument(info);
            code_.push_back(uint8_t(random_.below(2)));
            break;
        case Immediates::lane:
            code_.push_back(uint8_t(random_.below(2)));
            break;
        case Immediates::lanes16:
            for (int i = 0; i < 16; ++i) {
                code_.push_back(uint8_t(random_.below(32)));
            }
            break;
        default:
            break;
    }
    for (const ValueType type : types_of(info.signature.substr(line + 1))) {
        stack_.push_back(type);
    }
}

void CodeGenerator::variable() {
    if (!locals_.empty() && !random_.one_in(4)) {
        const auto index = random_.below(uint32_t(locals_.size()));
        operands({locals_[index]});
        const bool tee = random_.one_in(3);
        op(tee ? Opcode::local_tee : Opcode::local_set);
        number(index);
        if (tee) {
            stack_.push_back(locals_[index]);
        }
    } else if (!module_.globals.empty()) {
        const auto index = random_.below(uint32_t(module_.globals.size()));
        if (module_.globals[index].type.is_mutable) {
            operands({module_.globals[index].type.value});
            op(Opcode::global_set);
            number(index);
        }
    }
}

void CodeGenerator::select() {
    const ValueType type =
        stack_.size() > floor_ && !stack_.back().is_reference() ? stack_.back() : any_number_type();
    operands({type});
    stack_.push_back(type);
    leaf(type);
    leaf(ValueType::i32);
    op(Opcode::select);
    stack_.resize(stack_.size() - 2);
}

void CodeGenerator::block(uint32_t depth) {
    constexpr uint8_t empty = 0x40;
    const auto inside = [&](uint32_t label) {
        run(random_.below(4), depth + 1);
        if (random_.one_in(2)) {
            operands({ValueType::i32});
            op(Opcode::br_if);
            number(label);
        }
        run(random_.below(4), depth + 1);
    };
    switch (random_.below(4)) {
        case 0:
            operands({ValueType::i32});
            op(Opcode::if_);
            code_.push_back(empty);
            inside(0);
            op(Opcode::else_);
            inside(0);
            break;
        case 1:
            // The way back is out of this loop: it runs once.
            op(Opcode::block);
            code_.push_back(empty);
            op(Opcode::loop);
            code_.push_back(empty);
            inside(1);
            op(Opcode::end);
            break;
        case 2: {
            op(Opcode::block);
            code_.push_back(empty);
            op(Opcode::block);
            code_.push_back(empty);
            const uint32_t labels = random_.below(6);
            leaf(ValueType::i32);
            stack_.pop_back();
            op(Opcode::br_table);
            number(labels);
            for (uint32_t i = 0; i <= labels; ++i) {
                number(random_.below(2));
            }
            op(Opcode::end);
            run(random_.below(3), depth + 1);
            break;
        }
        default:
            op(Opcode::block);
            code_.push_back(empty);
            inside(0);
            break;
    }
    op(Opcode::end);
}

void CodeGenerator::call() {
    const FunctionType* type = nullptr;
    if (!module_.tables.empty() && !module_.types.empty() && random_.one_in(3)) {
        const auto table = random_.below(uint32_t(module_.tables.size()));
        if (module_.tables[table].type.element != ValueType::funcref()) {
            return;
        }
        const auto index = random_.below(uint32_t(module_.types.size()));
        type = &module_.types[index];
        leaves(type->params);
        leaf(ValueType::i32);
        stack_.pop_back();
        op(Opcode::call_indirect);
        number(index);
        number(table);
    } else {
        const auto index = random_.below(uint32_t(module_.functions.size()));
        type = &module_.function_type(index);
        leaves(type->params);
        op(Opcode::call);
        number(index);
    }
    stack_.resize(stack_.size() - type->params.size());
    stack_.insert(stack_.end(), type->results.begin(), type->results.end());
}

// Under a condition; by a tail call or a return.
void CodeGenerator::leave_function() {
    operands({ValueType::i32});
    op(Opcode::if_);
    code_.push_back(0x40);
    const size_t height = stack_.size();
    const auto index = random_.below(uint32_t(module_.functions.size()));
    const FunctionType& callee = module_.function_type(index);
    if (callee.results == type_.results && !random_.one_in(4)) {
        leaves(callee.params);
        op(Opcode::return_call);
        number(index);
    } else {
        leaves(type_.results);
        op(random_.one_in(8) ? Opcode::unreachable : Opcode::return_);
    }
    stack_.resize(height);
    op(Opcode::end);
}

void CodeGenerator::memory() {
    if (!has_memory()) {
        return;
    }
    const uint32_t memory = any_memory();
    const std::vector<ValueType> three(3, ValueType::i32);
    switch (random_.below(5)) {
        case 0:
            op(Opcode::memory_size);
            number(memory);
            stack_.push_back(ValueType::i32);
            break;
        case 1:
            operands({ValueType::i32});
            op(Opcode::memory_grow);
            number(memory);
            stack_.push_back(ValueType::i32);
            break;
        case 2:
            operands(three);
            op(Opcode::memory_fill);
            number(memory);
            break;
        case 3:
            operands(three);
            op(Opcode::memory_copy);
            number(memory);
            number(any_memory());
            break;
        default:
            if (module_.data_count.value_or(0) != 0) {
                const auto segment = random_.below(*module_.data_count);
                if (random_.one_in(4)) {
                    op(Opcode::data_drop);
                    number(segment);
                } else {
                    operands(three);
                    op(Opcode::memory_init);
                    number(segment);
                    number(memory);
                }
            }
            break;
    }
}

void CodeGenerator::table() {
    if (module_.tables.empty()) {
        return;
    }
    const auto table = random_.below(uint32_t(module_.tables.size()));
    const ValueType element = module_.tables[table].type.element;
    const auto same = [&](uint32_t other) { return module_.tables[other].type.element == element; };
    switch (random_.below(8)) {
        case 0:
            op(Opcode::table_size);
            number(table);
            stack_.push_back(ValueType::i32);
            break;
        case 1:
            operands({element, ValueType::i32});
            op(Opcode::table_grow);
            number(table);
            stack_.push_back(ValueType::i32);
            break;
        case 2:
            operands({ValueType::i32, element, ValueType::i32});
            op(Opcode::table_fill);
            number(table);
            break;
        case 3: {
            const auto other = random_.below(uint32_t(module_.tables.size()));
            if (same(other)) {
                operands({ValueType::i32, ValueType::i32, ValueType::i32});
                op(Opcode::table_copy);
                number(table);
                number(other);
            }
            break;
        }
        case 4:
            operands({ValueType::i32});
            op(Opcode::table_get);
            number(table);
            stack_.push_back(element);
            break;
        case 5:
            operands({ValueType::i32, element});
            op(Opcode::table_set);
            number(table);
            break;
        case 6:
            leaf(element);
            op(Opcode::ref_is_null);
            stack_.back() = ValueType::i32;
            break;
        default:
            if (!module_.elements.empty()) {
                const auto segment = random_.below(uint32_t(module_.elements.size()));
                if (random_.one_in(4)) {
                    op(Opcode::elem_drop);
                    number(segment);
                } else if (module_.elements[segment].type == element) {
                    operands({ValueType::i32, ValueType::i32, ValueType::i32});
                    op(Opcode::table_init);
                    number(segment);
                    number(table);
                }
            }
            break;
    }
}

}  // namespace fuzz

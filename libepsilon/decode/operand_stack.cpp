// SPDX-License-Identifier: Apache-2.0
#include "decode/operand_stack.h"

#include <algorithm>

namespace epsilon {

namespace {

// Whether a value of this type may stand where `expected` is asked for. Without subtyping between
// the reference types of this version, that is equality, or an unknown type.
bool matches(ValueType actual, ValueType expected) {
    return actual == expected || actual == ValueType::bottom;
}

}  // namespace

bool OperandStack::grow(size_t count) {
    const auto depth = size_t(top_ - begin_.get());
    const auto base = size_t(base_ - begin_.get());
    const size_t needed = depth + count;
    if (needed > limit_) {
        return false;
    }
    const auto capacity = size_t(capacity_end_ - begin_.get());
    const size_t new_capacity = std::min(limit_, std::max<size_t>({needed, capacity * 2, 256}));
    auto grown = std::make_unique<ValueType[]>(new_capacity);
    std::copy(begin_.get(), begin_.get() + depth, grown.get());
    begin_ = std::move(grown);
    capacity_end_ = begin_.get() + new_capacity;
    base_ = begin_.get() + base;
    top_ = begin_.get() + depth;
    return true;
}

bool OperandStack::fail_empty(ValueType expected) {
    mismatch_ = {expected, ValueType::bottom, true};
    return false;
}

bool OperandStack::pop_slow(ValueType expected) {
    if (top_ == base_) {
        return unreachable_ || fail_empty(expected);
    }
    const ValueType actual = *--top_;
    if (!matches(actual, expected)) {
        mismatch_ = {expected, actual, false};
        return false;
    }
    return true;
}

bool OperandStack::pop_list_slow(std::span<const ValueType> types) {
    for (size_t i = types.size(); i-- > 0;) {
        if (top_ == base_ && unreachable_) {
            return true;
        }
        if (!pop(types[i])) {
            return false;
        }
    }
    return true;
}

bool OperandStack::check_list_slow(std::span<const ValueType> types) {
    const ValueType* at = top_;
    for (size_t i = types.size(); i-- > 0;) {
        if (at == base_) {
            return unreachable_ || fail_empty(types[i]);
        }
        if (!matches(*--at, types[i])) {
            mismatch_ = {types[i], *at, false};
            return false;
        }
    }
    return true;
}

}  // namespace epsilon

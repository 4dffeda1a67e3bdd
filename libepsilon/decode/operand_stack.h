// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

#include "wasm/types.h"

namespace epsilon {

// The operand stack of the validation algorithm (specification: Appendix, Validation Algorithm),
// with the height and the reachability of the innermost block. Below that height nothing can be
// popped; in unreachable code popping an empty block's stack gives values of any type.
// After a failed pop, mismatch() says why. Reused from function to function.
class OperandStack {
public:
    struct Mismatch {
        ValueType expected;  // bottom: any type
        ValueType found;
        bool is_empty = false;  // nothing there to pop
    };

    explicit OperandStack(size_t limit) : limit_(limit) {}

    void reset() {
        top_ = base_ = begin_.get();
        unreachable_ = false;
    }

    // Makes room for `count` pushes. False when the stack would get deeper than the limit.
    bool ensure(size_t count) { return size_t(capacity_end_ - top_) >= count || grow(count); }
    // Room must have been ensured.
    void push(ValueType type) { *top_++ = type; }
    bool push_list(std::span<const ValueType> types) {
        if (!ensure(types.size())) [[unlikely]] {
            return false;
        }
        // Types may have a thousand parameters, and a call takes two bytes: copied as a whole.
        top_ = std::copy(types.begin(), types.end(), top_);
        return true;
    }

    bool pop(ValueType expected) {
        if (top_ != base_ && top_[-1] == expected) [[likely]] {
            --top_;
            return true;
        }
        return pop_slow(expected);
    }
    // bottom when the type is unknown.
    bool pop_any(ValueType& type) {
        if (top_ != base_) [[likely]] {
            type = *--top_;
            return true;
        }
        type = ValueType::bottom;
        return unreachable_ || fail_empty(ValueType::bottom);
    }
    bool pop_list(std::span<const ValueType> types) {
        if (top_has(types)) [[likely]] {
            top_ -= types.size();
            return true;
        }
        return pop_list_slow(types);
    }
    // Whether pop_list would succeed; pops nothing.
    bool check_list(std::span<const ValueType> types) {
        return top_has(types) || check_list_slow(types);
    }
    // Whether exactly these types, none unknown, are on top. Equal types have equal bytes.
    bool top_has(std::span<const ValueType> types) const {
        if (size_t(top_ - base_) < types.size()) {
            return false;
        }
        const ValueType* const at = top_ - types.size();
        constexpr size_t few = 8;
        if (types.size() > few) {
            return std::memcmp(at, types.data(), types.size_bytes()) == 0;
        }
        return std::equal(types.begin(), types.end(), at);
    }
    // Operands of the innermost block.
    size_t size() const { return size_t(top_ - base_); }
    // Operands of the innermost block, the bottom-most first.
    std::span<const ValueType> block() const { return {base_, top_}; }

    // The current block's rest cannot be reached: its operands go.
    void set_unreachable() {
        top_ = base_;
        unreachable_ = true;
    }
    bool is_unreachable() const { return unreachable_; }

    // Enters a block whose operands begin at the current height; the height to come back to is
    // the caller's to keep.
    size_t base() const { return size_t(base_ - begin_.get()); }
    void enter() {
        base_ = top_;
        unreachable_ = false;
    }
    void leave(size_t base, bool unreachable) {
        top_ = base_;
        base_ = begin_.get() + base;
        unreachable_ = unreachable;
    }

    const Mismatch& mismatch() const { return mismatch_; }

private:
    bool grow(size_t count);
    bool pop_slow(ValueType expected);
    bool pop_list_slow(std::span<const ValueType> types);
    bool check_list_slow(std::span<const ValueType> types);
    bool fail_empty(ValueType expected);

    size_t limit_;
    std::unique_ptr<ValueType[]> begin_;
    ValueType* capacity_end_ = nullptr;
    ValueType* base_ = nullptr;  // of the innermost block
    ValueType* top_ = nullptr;
    bool unreachable_ = false;
    Mismatch mismatch_;
};

}  // namespace epsilon

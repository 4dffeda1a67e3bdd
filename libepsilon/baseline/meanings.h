// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "baseline/operations.h"
#include "interp/dispatch.h"

// What plain cells are, by their handlers.
namespace epsilon::baseline {

struct Meaning {
    // What of the operation is in the cell, besides what lies in the usual places of slots.
    enum class Fields : uint8_t {
        slots,  // nothing
        immediate_64,
        immediate_32,  // offsets of memory accesses too
        lane_in_b,
        lane_in_c,
        store,          // as immediate_32; operand b is in d
        value_in_d,     // operand b is in d
        vector_last,    // operand b is at field_vector
        jump,           // the target
        branch,         // operands a and b are in d and a; an immediate, and the target
        bulk,           // operand b is at field_bulk_b
        bulk_of_three,  // and operand c in d
        table,
        metered_table,
        call_own,
        call_import,
        call_indirect,
        tail_call,
        range,  // the slots of a range, at 8 and 12
    };
    int32_t head = 0;
    Fields fields = Fields::slots;
    bool has_vectors = false;  // among the operands and results
    Operation operation;       // without what is in the cell
};

// All of them, by the heads of cells.
class Meanings {
public:
    static const Meanings& get();

    // Null if it isn't a plain cell's head.
    const Meaning* find(int32_t head) const {
        const uint16_t number = places_[place(head)];
        return number != 0 ? &meanings_[number - 1] : nullptr;
    }

private:
    static constexpr unsigned bits = 12;

    Meanings();
    // Where the number of the head's meaning is, or a place for it.
    size_t place(int32_t head) const {
        size_t at = uint32_t(head) * 2654435769u >> (32 - bits);
        while (places_[at] != 0 && meanings_[places_[at] - 1].head != head) {
            at = (at + 1) % places_.size();
        }
        return at;
    }
    void add(interp::Handler handler, std::optional<Meaning> meaning);

    std::vector<Meaning> meanings_;
    std::array<uint16_t, size_t{1} << bits> places_{};  // numbers from 1, by hash
};

}  // namespace epsilon::baseline

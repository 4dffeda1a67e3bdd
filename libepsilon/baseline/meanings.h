// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "baseline/operations.h"

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
    Operation operation;  // without what is in the cell
};

// Of a cell with this head; null if it isn't a plain one's.
const Meaning* meaning_of(int32_t head);

}  // namespace epsilon::baseline

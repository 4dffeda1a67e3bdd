// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/abi.h"

// Memory and table instructions that work on sizes and ranges, as their handlers call them: the
// operands are read from the cell and its frame. Long ones are stopped and paused between their
// pieces (runtime/bulk.h).
namespace epsilon::interp {

// False: the program leaves, with a trap or stopped; the context says why.
bool memory_init(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;
bool memory_copy(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;
bool memory_fill(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;
bool table_init(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;
bool table_copy(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;
bool table_fill(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;

// The result, 2^32-1 when growth is refused. A stop that ends the program ends growth too: nothing
// has changed then.
uint32_t memory_grow(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;
uint32_t table_grow(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;

void drop_element_segment(Context& ctx, uint32_t segment) noexcept;
void drop_data_segment(Context& ctx, uint32_t segment) noexcept;

}  // namespace epsilon::interp

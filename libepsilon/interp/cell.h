// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "runtime/abi.h"

// Cells: what the translator makes of a function's body and the handlers execute. A cell starts
// with the 32-bit distance of its handler (dispatch.h); the rest is operands at fixed offsets:
//
//   offset  0        4        6        8             10       12              16
//           head     d        a        b             c
//           head     d        a        immediate (32 bits)    branch target
//
// d, a, b, c are slots of the frame, signed 16 bits, counted from fp; parameters are negative.
// Immediates are sign-extended; those of i64 operations at field_immediate have all 64 bits. Branch
// targets are distances in bytes from the cell's own start. Cells are 16 bytes, or longer by
// multiples of eight where noted. A slot that does not fit is moved from or to a scratch slot by
// move_far cells around the cell.
namespace epsilon::interp {

constexpr int field_d = 4;
constexpr int field_a = 6;
constexpr int field_b = 8;
constexpr int field_c = 10;
constexpr int field_immediate = 8;
constexpr int field_offset = 8;  // of loads and stores: static offset
constexpr int field_target = 8;  // of branches
constexpr int field_compare_immediate = 12;
constexpr int field_store_immediate = 12;
constexpr int field_third_source = 12;  // of move_int_3
constexpr int field_third = 14;
constexpr int field_load_addend = 12;  // of loads whose address is a sum
constexpr int field_load_term = 12;    // of loads that keep the sum: slot or 16 bits
constexpr int field_load_sum = 14;     // and the slot for it
constexpr uint32_t bulk_size = 24;     // of instructions on ranges of memories and tables
constexpr int field_fused_b = 16;      // of load_and and load_multiply: loads with operands
constexpr int field_fused_c = 18;      // behind
constexpr uint32_t fused_load_size = 24;
constexpr int field_fused_target = 20;  // of load_multiply_store: the store's address and offset
constexpr int field_fused_target_offset = 24;
constexpr uint32_t fused_store_size = 32;
constexpr uint32_t fused_store_origin = 8;  // pc in the cell while it stores
constexpr int field_index = 8;
constexpr int field_index2 = 12;
constexpr int field_bulk_b = 16;
constexpr int field_addend = 12;       // of add_br_if and add_2, 16 bits; of add_br, 32 bits
constexpr int field_add_compare = 14;  // of add_br_if, slot or 16 bits
constexpr int field_addend_2 = 14;     // of add_2
constexpr int field_add_2_d = 16;      // of add_2_br and add_2_br_if, which are longer
constexpr int field_add_2_a = 18;
constexpr int field_add_2_compare = 20;
constexpr uint32_t add_2_branch_size = 24;
// Of chains.def: the second operation's operand.
constexpr int field_chain_c_32 = 12;
constexpr int field_chain_c_64 = 16;
constexpr uint32_t chain_size_64 = 24;
constexpr int field_load_chain_c = 14;
constexpr int field_load_chain_addend = 8;   // where the address is a + imm
constexpr int field_load_chain_offset = 12;  // then, 16 bits
constexpr int field_table_addend = 6;        // of br_table
constexpr uint32_t cell_size = 16;

// Cells of metered code carry prices (metering.h), of 32 bits: branches, which are longer by them,
// for each way; calls, and the reload cells behind them, at a fixed distance before the point that
// they return to.
constexpr uint32_t metered_branch_size = 24;
constexpr int field_taken_price = 16;
constexpr int field_other_price = 20;
constexpr int field_price = 8;  // of a charge cell
constexpr int return_price_distance = 12;

// Scratch slots at the start of a frame whose slots don't all fit 16 bits, two each.
constexpr int scratch_slots = 8;

template <class T>
inline T read_field(const uint8_t* cell, int offset) {
    T value;
    std::memcpy(&value, cell + offset, sizeof value);
    return value;
}

template <class T>
inline void write_field(uint8_t* cell, int offset, T value) {
    std::memcpy(cell + offset, &value, sizeof value);
}

// Before the first cell of every function and stub.
struct CodeHeader {
    uint32_t frame_slots = 0;  // from fp to the end of the frame
    uint32_t zero_slots = 0;   // locals to clear on entry, a multiple of two
    uint32_t size = 0;         // bytes of cells
    uint32_t price = 0;        // of the first run, if the code is metered
};
static_assert(sizeof(CodeHeader) == 16);

inline const CodeHeader& code_header(const uint8_t* code) {
    return *reinterpret_cast<const CodeHeader*>(code - sizeof(CodeHeader));
}

// Where an operand is read from, or a result goes: a slot, the accumulator of its type, or an
// immediate. A result in a slot is left in the accumulator too.
enum class Kind : uint8_t { slot, acc, imm };

// Forms of a family's handlers, in the order of its handler table. `pair` is the two operands.
enum class Pair : uint8_t { slot_slot, acc_slot, slot_acc, slot_imm, acc_imm };
constexpr bool has_immediate(Pair pair) {
    return pair == Pair::slot_imm || pair == Pair::acc_imm;
}
// Of two operands that can be exchanged, one in the accumulator comes first.
constexpr Kind first_kind(Pair pair) {
    return pair == Pair::slot_slot || pair == Pair::slot_imm ? Kind::slot : Kind::acc;
}
constexpr unsigned pair_count_int = 5;
constexpr unsigned pair_count_float = 3;

constexpr unsigned form_pair(Pair pair, Kind d) {
    return unsigned(pair) * 2 + (d == Kind::acc);
}
constexpr unsigned form_unary(Kind a, Kind d) {
    return unsigned(a == Kind::acc) * 2 + (d == Kind::acc);
}
// Loads and stores: how bounds are checked comes first.
enum class Access : uint8_t { guarded, checked };
// How cells of load_chain make an index.
enum class Indexing : uint8_t { plain, sum, indexed };

// Loads with float arithmetic in one cell (handlers_fused_float.cpp). The address: as it is, plus
// an immediate, plus a slot with the sum kept; each x {slot, acc}. The last one, plus 16 bits with
// the sum kept, is only for cells that are joined with the next.
enum class AddressForm : uint8_t { plain, sum, kept_sum, kept_step };
constexpr unsigned address_form_count = 6;
// Of an operand and the loaded value or the constant, in this order; `_from` and `_into` the other
// way round.
enum class FloatOperation : uint8_t { add, subtract, subtract_from, multiply, divide, divide_into };

constexpr unsigned form_load_and(FloatOperation operation, unsigned address, Kind b, Kind d) {
    return (unsigned(operation) * address_form_count + address) * 4 + form_unary(b, d);
}
// At most one of b and c is acc. The form that stores in memory; twice that, and one more for a
// result that is not stored in a slot, are those that don't.
constexpr unsigned form_load_multiply(FloatOperation operation, unsigned address, Kind b, Kind c) {
    const unsigned pair = b == Kind::acc ? 1 : c == Kind::acc ? 2 : 0;
    return (unsigned(operation) * address_form_count + address) * 3 + pair;
}
// Comparisons in the order of their opcodes.
constexpr unsigned form_branch_constant(bool metered, unsigned comparison, bool taken, Kind a) {
    return (unsigned(metered) * 6 + comparison) * 4 + unsigned(taken) * 2 + (a == Kind::acc);
}

// Code variants: one set of cells per module for each combination in use (Instance::code_variant).
enum CodeVariant : uint32_t {
    variant_checked = 1,  // memory 0 needs explicit bounds checks
    variant_counted = 2,  // calls count frames against max_call_depth
    variant_polled = 4,   // loops and functions poll for stops
    variant_metered = 8,  // runs are charged for
    variant_tiered = 16,  // functions and loops are counted, to be compiled when they are hot
    variant_count = 32,
};

constexpr int field_counter = 8;  // of a tally cell
constexpr int field_loop = 12;
constexpr int field_self = 4;  // of a native cell
constexpr int field_machine_code = 8;
constexpr int field_original = 16;  // of a resume cell
constexpr uint32_t resume_size = 24;

}  // namespace epsilon::interp

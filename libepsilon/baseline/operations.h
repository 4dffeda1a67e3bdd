// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "interp/cell.h"
#include "interp/translator.h"
#include "runtime/call_shape.h"
#include "runtime/type_registry.h"
#include "wasm/module.h"
#include "wasm/opcode.h"

// Plain cells (interp/tiers.h) as a list that can be walked both ways: what the compiler reads.
namespace epsilon::baseline {

// A slot's value, by the registers it can be in. Integers are references too.
enum class Type : uint8_t { i32, i64, f32, f64, v128 };
constexpr bool is_int(Type type) {
    return type == Type::i32 || type == Type::i64;
}

enum class Form : uint8_t {
    unary,            // d <- opcode(a)
    binary,           // d <- opcode(a, b)
    binary_constant,  // d <- opcode(a, immediate)
    compare,          // as binary
    compare_constant,
    ternary,         // d <- opcode(a, b, c), vectors
    shift,           // d <- opcode(a, b), a vector
    shift_constant,  // d <- opcode(a, immediate)
    extract,         // d <- lane b of a
    replace,         // d <- a with lane c from b
    shuffle,         // the lanes are in the cell
    move,            // d <- a
    constant,        // d <- immediate; vectors: in the cell
    select,          // d <- c ? a : b
    load,            // d <- memory at a + immediate
    load_constant,   // d <- memory at immediate
    store,           // memory at a + immediate <- b
    store_constant,  // memory at a + immediate <- constant in the cell
    store_to_constant,
    store_constant_to_constant,
    memory_copy,  // to c from a, b bytes
    memory_fill,  // at c with a, b bytes
    global_get,   // d <- global; own or any
    global_set,   // global <- a
    native,       // machine code may be entered here
    poll,
    charge,        // the price in the cell
    charge_bytes,  // for the b bytes of the operation behind it
    branch,
    branch_if,           // opcode(a, b) is `when`
    branch_if_constant,  // opcode(a, immediate) is `when`
    branch_table,        // a is the index
    call_own,
    call_import,
    call_indirect,  // a is the index
    reload,         // behind the latter two; belongs to them
    return_none,
    return_value,  // a, to slot d
    return_many,
    tail_call,
    unreachable,
    other,  // the interpreter does it
};

constexpr bool is_branch(Form form) {
    return form >= Form::branch && form <= Form::branch_table;
}
// What control leads out of or into at: such an operation ends a block.
constexpr bool ends_block(Form form) {
    constexpr auto up_to = [](Form last) { return (uint64_t{2} << unsigned(last)) - 1; };
    constexpr uint64_t branches = up_to(Form::branch_table) & ~up_to(Form::charge_bytes);
    constexpr uint64_t ends = up_to(Form::unreachable) & ~up_to(Form::reload);
    static_assert(unsigned(Form::other) < 64 &&
                  unsigned(Form::charge_bytes) + 1 == unsigned(Form::branch) &&
                  unsigned(Form::reload) + 1 == unsigned(Form::return_none));
    return ((branches | ends) >> unsigned(form) & 1) != 0;
}
constexpr bool falls_through(Form form) {
    return !ends_block(form) || form == Form::branch_if || form == Form::branch_if_constant;
}

enum Operands : uint8_t { no_operands = 0, reads_a = 1, reads_b = 2, reads_c = 4, writes_d = 8 };

// The slots of a cell, as they lie in it (interp/cell.h).
struct CellSlots {
    int16_t d = 0;
    int16_t a = 0;
    int16_t b = 0;
    int16_t c = 0;
};

struct Operation : CellSlots {
    uint64_t immediate = 0;
    uint32_t cell = 0;    // distance of the cell
    uint32_t size = 0;    // of the cell
    uint32_t target = 0;  // of branches: an operation; of branch_table: the first of table_targets
    Opcode opcode = Opcode::nop;
    Form form = Form::other;
    Type type = Type::i64;  // of the result; of what is stored or returned
    Type a_type = Type::i64;
    Type b_type = Type::i64;
    Type c_type = Type::i64;
    uint8_t operands = no_operands;  // Operands
    uint8_t deaths = 0;       // Operands that are not read after this; a result that never is
    bool when = true;         // of branches
    bool own = false;         // of globals
    bool checked = false;     // accesses compare with the memory's size
    bool one_result = false;  // of calls: a number, of `type`, in slot d
    uint16_t results = 0;     // of calls: slots from d on
    uint16_t arguments = 0;   // slots read from `first_argument` on: of calls, of return_many
    int16_t first_argument = 0;

    bool has(Operands which) const { return (operands & which) != 0; }
    bool dies(Operands which) const { return (deaths & which) != 0; }
};
constexpr uint32_t slots_of(Type type) {
    return type == Type::v128 ? 2 : 1;
}

struct Block {
    uint32_t first = 0;     // operations
    uint32_t last = 0;      // behind them
    uint32_t loop_end = 0;  // of a loop's first block: behind the last branch back; else 0

    bool is_loop() const { return loop_end != 0; }
};

struct Function {
    const uint8_t* cells = nullptr;
    const Module* module = nullptr;
    std::span<const TypeHandle> types;
    uint32_t index = 0;        // in the module
    int32_t lowest_slot = 0;   // of a parameter
    uint32_t slots = 0;        // from there to the end of the frame
    bool has_vectors = false;  // among operands and results of operations
    bool has_calls = false;    // of the host too; tail calls too
    std::vector<Operation> operations;
    std::vector<Block> blocks;
    std::vector<uint32_t> block_of;       // by operation, of those that begin blocks
    std::vector<uint32_t> table_targets;  // operations
    std::vector<uint32_t> loops;          // cells of native operations, the first one included
    // Per block, a bit for each slot that is read before it is written from there on; empty when
    // the function is too large to find out: then all of them count as read.
    std::vector<uint64_t> live_in;
    uint32_t live_words = 0;

    // What it is found with, here to keep the room.
    struct {
        std::vector<uint64_t> begins;        // a bit per eight bytes of cells: a branch leads there
        std::vector<uint32_t> operation_at;  // by eight bytes of cells, where a block begins
        std::vector<uint64_t> live;
        std::vector<uint64_t> read;     // of the blocks of a loop
        std::vector<uint64_t> written;  // likewise
    } room;

    // Keeps the room.
    void clear() {
        operations.clear();
        blocks.clear();
        table_targets.clear();
        loops.clear();
        live_in.clear();
        live_words = 0;
    }
    const CallShape& shape_of(uint32_t callee) const {
        return types[module->functions[callee]].shape();
    }
    bool is_live_in(uint32_t block, int32_t slot) const {
        if (live_in.empty()) {
            return true;
        }
        const auto bit = uint32_t(slot - lowest_slot);
        return (live_in[size_t(block) * live_words + bit / 64] >> (bit % 64) & 1) != 0;
    }
};

// Reads the cells of a function. False if it is not one to compile: its frame is so large that
// slots don't fit cells.
bool read_operations(const uint8_t* cells, const Module& module, uint32_t function,
                     std::span<const TypeHandle> types, Function& result);

// Fills in live_in and the deaths of operations.
void find_deaths(Function& function);

}  // namespace epsilon::baseline

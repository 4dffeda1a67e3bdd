// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "baseline/assembler_x64.h"
#include "baseline/operations.h"
#include "baseline/registers.h"
#include "interp/tiers.h"
#include "platform/code_memory.h"
#include "runtime/abi.h"

// Compiles one function: one pass over its operations.
//
// Control that arrives at a block finds slots where the block's snapshot has them. The first way
// that leads there decides what that is, and loops choose for themselves; other ways make moves.
// Whatever is rare is put behind the rest of the code.
namespace epsilon::baseline {

// What is filled in when it is known where the code lies: 8 bytes that hold an address in it.
struct AddressField {
    uint32_t at;      // in the code
    uint32_t target;  // in the code
};
struct SideCells {
    uint32_t begin;  // in the code
    uint32_t end;
    uint32_t original;  // distance of the cell
};

struct CompiledCode {
    uint32_t entry = 0;                    // for machine code that calls
    uint32_t outer_entry = UINT32_MAX;     // for calls from outside; or there is none
    std::vector<uint32_t> native_entries;  // for native cells, in order
    std::vector<platform::FaultSite> faults;
    std::vector<AddressField> addresses;
    std::vector<SideCells> side_cells;
};

// A place in the code, for those who look at it.
struct CodeMark {
    enum class Kind : uint8_t {
        operation,  // the cell's begins here
        // What happens apart from the rest, in the order of FunctionCompiler::Cold::Kind.
        jump,
        exit,
        trap,
        enter,
        resume,
        side,
        fill_and_exit,
        outer_entry,
        outer_return,
        border,      // what ways out have in common
        data,        // from here on it is no code
        side_cells,  // a copy of the cell, or none, and a resume cell behind it
        constants,
    };
    Kind kind;
    uint32_t offset;
    uint32_t cell = 0;  // its distance
};

class FunctionCompiler {
public:
    // `index`: of the function in the module, which imports as many functions.
    FunctionCompiler(Assembler& code, const Function& function, uint32_t variant, uint32_t index,
                     uint32_t imported_functions);
    // From now on places in the code are noted there.
    void note_marks(std::vector<CodeMark>& marks) { marks_ = &marks; }
    // The code is in the assembler, finished. Nothing when the program that runs must end.
    std::optional<CompiledCode> run(const Context* running = nullptr);
    // Leaves machine code for the handler in rax.
    static void give_over(Assembler& code);

private:
    // What happens apart from the rest of the code.
    struct Cold {
        enum class Kind : uint8_t { jump, exit, trap, enter, resume, side, fill_and_exit };
        Kind kind;
        Label label = 0;
        Label target = 0;               // of jumps; of what the interpreter does: the side cell
        Label fuel = 0;                 // of jumps with a price: where it is short
        const void* handler = nullptr;  // of exits
        uint32_t cell = 0;              // where the interpreter goes on
        uint32_t price = 0;             // what it has to pay there
        Trap trap = Trap::none;
        uint32_t moves = 0;  // of moves_, from here on
        uint32_t move_count = 0;
    };
    struct Side {
        Label label;
        Label resume;
        uint32_t operation;  // whose cell is copied; or only a resume cell
        uint32_t copied;     // bytes
        uint32_t goes_on;    // distance of the cell that is resumed with
        uint32_t price;      // of returning
    };
    struct BlockState {
        Label label = 0;
        Snapshot snapshot;
        Label loop_label = 0;
        Snapshot loop_snapshot;
        bool reached = false;  // by a branch, and the snapshot is known
    };

    void mark(CodeMark::Kind kind, uint32_t cell = 0) {
        if (marks_) {
            marks_->push_back({kind, code_.position(), cell});
        }
    }
    bool is_metered() const { return (variant_ & interp::variant_metered) != 0; }
    bool is_counted() const { return (variant_ & interp::variant_counted) != 0; }
    bool is_polled() const { return (variant_ & interp::variant_polled) != 0; }
    template <class T>
    T field(const Operation& operation, int offset) const {
        return interp::read_field<T>(function_.cells + operation.cell, offset);
    }
    static Mem context_memory(size_t offset) { return at(context_register, int32_t(offset)); }

    // function_compiler.cpp: blocks and the ways between them.
    void prologue();
    void begin_block(uint32_t index);
    void begin_loop(uint32_t index);
    void find_loop_wishes(const Block& block);
    void find_shared_slots();
    bool is_shared(int32_t slot, Type type) const;
    void operation(uint32_t index);
    void prepare_edge(uint32_t target);
    Label reach(uint32_t target);
    Label edge(uint32_t target, uint32_t price);
    void jump(uint32_t target, uint32_t price);
    void branch(Cond cond, uint32_t target, uint32_t price);
    void charge(uint32_t price, uint32_t cell, uint32_t block);
    Label fuel_label(uint32_t price, uint32_t cell, uint32_t block);
    void take_fuel(uint32_t price, Label is_short);
    void fill_locals();
    void poll(uint32_t cell);
    Label trap_label(Trap trap, uint32_t cell);
    void emit_cold();
    void emit_exit(const void* handler, uint32_t cell);
    bool has_outer_entry() const;
    bool needs_floating_point_modes() const;
    void emit_outer_entry();
    void emit_outer_return();
    void emit_border();
    void emit_side_cells();
    void emit_outer_header();
    Label cold(Cold what);
    // Takes over what is in new_moves_.
    void keep_moves(Cold& what);
    void make_moves();
    uint32_t block_at(uint32_t operation) const { return function_.block_of[operation]; }
    bool is_backward(uint32_t target) const { return target <= current_; }

    // function_compiler_integer.cpp
    void unary_int(const Operation& operation);
    void binary_int(const Operation& operation);
    void constant_operand(Alu op, Width width, Reg d, uint64_t value);
    void binary_int_constant(const Operation& operation);
    void shift_int(const Operation& operation, Shift shift, Width width);
    void divide(const Operation& operation);
    void divide_by_constant(const Operation& operation, uint64_t value);
    Cond compare_ints(const Operation& operation);
    void compare(const Operation& operation);
    void branch_if(const Operation& operation);
    void branch_table(const Operation& operation);
    void select(const Operation& operation);
    void move(const Operation& operation);
    void constant(const Operation& operation);
    void global_get(const Operation& operation);
    void global_set(const Operation& operation);

    // function_compiler_memory.cpp
    Mem address(const Operation& operation, unsigned bytes);
    void load(const Operation& operation);
    void store(const Operation& operation);
    void fault_site(const Operation& operation) {
        result_.faults.push_back({code_.position(), operation.cell});
    }

    // function_compiler_float.cpp: floats and vectors.
    void unary(const Operation& operation);
    void binary(const Operation& operation);
    void ternary(const Operation& operation);
    void shift(const Operation& operation);
    void extract(const Operation& operation);
    void replace(const Operation& operation);
    void shuffle(const Operation& operation);
    void compare_floats(const Operation& operation);
    void branch_if_floats(const Operation& operation);

    // function_compiler_calls.cpp
    void call_own(const Operation& operation);
    void call_import(const Operation& operation);
    void call_indirect(const Operation& operation);
    Label enter_function(Label side);
    void return_from_function(Label side, uint32_t behind);
    void call_function(const Operation& operation, uint32_t behind);
    void finish_call(const Operation& operation);
    void return_value(const Operation& operation);
    void interpret(const Operation& operation, uint32_t size);
    Label interpret_aside(const Operation& operation, uint32_t size, Label resume);
    void leave_to_handler(const Operation& operation);
    void look_up(uint32_t table, uint32_t type_id, Label otherwise);
    void load_header();
    void leave_frame();
    void return_many(const Operation& operation);
    void tail_call(const Operation& operation);

    std::vector<CodeMark>* marks_ = nullptr;
    Assembler& code_;
    const Function& function_;
    Registers registers_;
    const uint32_t variant_;
    const uint32_t imported_functions_;
    const uint32_t own_offset_;  // of the function in its instance's own functions
    const interp::BorderHandlers& handlers_;
    std::vector<BlockState> states_;
    std::vector<Cold> cold_;
    std::vector<Move> moves_;      // of what is in cold_
    std::vector<Move> new_moves_;  // not made yet
    // By slot, how the function uses it, if it has vectors: some share slots with numbers.
    enum Part : uint8_t { as_number = 1, as_vector = 2, as_upper_half = 4 };
    std::vector<uint8_t> parts_;
    bool knows_parts_ = false;
    // What find_loop_wishes() works with.
    struct Use {
        int32_t slot;
        Type type;
        uint32_t count;
        bool written;
    };
    std::vector<Use> uses_;
    std::vector<uint32_t> use_of_;  // by slot, from 1; 0: none
    std::vector<uint32_t> used_;    // those that are not 0
    std::vector<Registers::Wish> wishes_;
    uint32_t looks_left_;  // at operations
    std::vector<Side> sides_;
    struct Table {
        Label label;
        std::vector<Label> targets;
    };
    std::vector<Table> tables_;
    CompiledCode result_;
    Label border_ = 0;
    Label return_to_cells_ = 0;
    Label entry_ = 0;
    Label body_ = 0;
    Label outer_start_ = 0;
    Label outer_return_ = 0;
    Label outer_header_ = 0;
    Label outer_refusal_ = 0;
    bool calls_something_ = false;
    uint32_t current_ = 0;   // operation
    bool reachable_ = true;  // from the operation before
    uint32_t skip_ = 0;      // operations that are done with the one before
};

}  // namespace epsilon::baseline

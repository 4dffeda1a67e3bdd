// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "baseline/operations.h"
#include "baseline/registers.h"
#include "baseline/target.h"
#include "interp/tiers.h"
#include "platform/code_memory.h"
#include "runtime/abi.h"

// Compiles functions, one after the other, each in one pass over its operations.
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
    uint32_t entry = 0;  // for machine code that calls
    // For calls from outside, one more for a simple body; or there is none.
    uint32_t outer_entry = UINT32_MAX;
    std::vector<uint32_t> native_entries;  // for native cells, in order
    std::vector<platform::FaultSite> faults;
    std::vector<AddressField> addresses;
    std::vector<SideCells> side_cells;
    bool reaches = true;  // false: to be made again, with far distances
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

// What an instruction that accesses memory reads or writes there.
Access access_of(Opcode opcode);

struct Division {
    bool is_signed;
    bool remainder;
};
Division division(Opcode opcode);

class FunctionCompiler {
public:
    // What is in `function` then is what is compiled.
    FunctionCompiler(Assembler& code, const Function& function);
    // The code is in the assembler, finished; the rest is here, until the next time. Places in the
    // code are noted in `marks` if they are wanted. Null when the program that runs must end.
    // `index`: of the function in the module, which imports as many functions.
    const CompiledCode* compile(uint32_t variant, uint32_t index, uint32_t imported_functions,
                                const Context* running = nullptr,
                                std::vector<CodeMark>* marks = nullptr);
    // What machine code jumps to where it calls a function that has none, with its frame set up.
    static void call_of_cells(Assembler& code);

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
        if (marks_) [[unlikely]] {
            note_mark(kind, cell);
        }
    }
    void note_mark(CodeMark::Kind kind, uint32_t cell);
    bool is_metered() const { return (variant_ & interp::variant_metered) != 0; }
    bool is_counted() const { return (variant_ & interp::variant_counted) != 0; }
    bool is_polled() const { return (variant_ & interp::variant_polled) != 0; }
    template <class T>
    T field(const Operation& operation, int offset) const {
        return interp::read_field<T>(function_.cells + operation.cell, offset);
    }
    static Mem context_memory(size_t offset) { return at(context_register, int32_t(offset)); }

    // function_compiler.cpp: blocks and the ways between them.
    void begin();
    bool run(const Context* running);
    bool compile_blocks(const Context* running);
    void prologue();
    void define_zeros();
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
    void branch_if(const Operation& operation);
    void branch_by_flags(const Operation& operation, Cond cond);
    void charge_otherwise(const Operation& operation);
    void prepare_table(const Operation& operation);
    uint32_t table_price(const Operation& operation, uint32_t index) const;
    void add_table(const Operation& operation, Label table);
    void charge(uint32_t price, uint32_t cell, uint32_t block);
    Label fuel_label(uint32_t price, uint32_t cell, uint32_t block);
    void poll(uint32_t cell);
    Label trap_label(Trap trap, uint32_t cell);
    void emit_cold();
    void emit_side_cells();
    Label cold(Cold what);
    // Takes over what is in new_moves_.
    void keep_moves(Cold& what);
    void make_moves();
    uint32_t block_at(uint32_t operation) const { return function_.block_of[operation]; }
    bool is_backward(uint32_t target) const { return target <= current_; }

    // function_compiler_calls.cpp: what calls have in common, and what handlers do.
    //
    // Results and arguments that are moved in a frame, in slots: more of them the interpreter
    // moves.
    static constexpr uint32_t most_copied = 32;
    const void* handler_of(const Operation& operation) const;
    void return_from_function(Label side, uint32_t behind);
    void finish_call(const Operation& operation);
    void interpret(const Operation& operation, uint32_t size);
    Label interpret_aside(const Operation& operation, uint32_t size, Label resume);
    void leave_to_handler(const Operation& operation);
    void return_many(const Operation& operation);

    // function_compiler_values.cpp: moves, floats and vectors.
    void move(const Operation& operation);
    void constant(const Operation& operation);
    void unary(const Operation& operation);
    void binary(const Operation& operation);
    void ternary(const Operation& operation);
    void shift(const Operation& operation);
    void extract(const Operation& operation);
    void replace(const Operation& operation);
    void shuffle(const Operation& operation);

    // function_compiler_bulk.cpp: ranges of memory 0.
    //
    // Where one begins: in a register, or a known number.
    struct Place {
        Reg reg = Reg::none;
        uint32_t known = 0;

        bool is_known() const { return reg == Reg::none; }
    };
    void memory_copy(const Operation& operation);
    void memory_fill(const Operation& operation);
    void charge_bytes(const Operation& operation);
    bool is_on_first_memory(const Operation& operation) const;
    std::optional<uint32_t> known_length(const Operation& operation) const;
    Place place_of(int32_t slot);
    bool is_surely_within(Place place, std::optional<uint32_t> length) const;
    Label interpret_seldom(const Operation& operation, Label resume);
    void check_ranges(const Operation& operation, std::optional<uint32_t> known, Reg length,
                      std::initializer_list<Place> places);
    // The length is known, or in operand b.
    void copy_by_routine(const Operation& operation, std::optional<uint32_t> known);
    void fill_by_routine(const Operation& operation, std::optional<uint32_t> known);
    void call_routine(const Operation& operation, Place to, std::optional<uint32_t> known,
                      Reg length, const void* routine);

    // The target's, in the folder of its name.
    //
    // function_compiler_border.cpp: ways into the code and out of it, and what is checked on them.
    void check_stack(uint32_t frame_slots, Label exhausted);
    void count_call(Label exhausted);
    void fill_locals(uint32_t slots);
    void take_fuel(uint32_t price, Label is_short);
    void check_stop(Label stops);
    void note_trap(Trap trap);
    // To a handler, at the cell; it finds the price, of fuel that is short, in local0.
    void leave(const void* handler, uint32_t cell, uint32_t price = 0);
    void leave_for_side_cell(const void* handler, Label side);
    // What handlers have in their registers comes to the code's own.
    void enter_from_cells();
    void set_machine_return(Label label);
    // Leaves machine code for a handler, which is in a register of the target's choice.
    static void give_over(Assembler& code);
    void emit_border();
    // Calls from outside that don't go through cells (platform/enter_handlers.h), if the processor
    // and the function allow: in front of the beginning, behind the code, and among its data.
    void emit_outer_entry();
    void emit_outer_return();
    void emit_outer_header();
    // Behind the code: a second body for calls from outside, if the function is simple.
    void emit_simple_body();
    void return_simply(const Operation& operation);

    // function_compiler_integer.cpp
    void unary_int(const Operation& operation);
    void binary_int(const Operation& operation);
    void binary_int_constant(const Operation& operation);
    void shift_int(const Operation& operation);
    void divide(const Operation& operation);
    void divide_by_constant(const Operation& operation, uint64_t value);
    void divide_unsigned(const Operation& operation, uint64_t size);
    void divide_signed(const Operation& operation, uint64_t size, bool negative);
    void finish_division(const Operation& operation, Reg a, Reg quotient, uint64_t size,
                         bool negative);
    Cond compare_ints(const Operation& operation);
    void compare(const Operation& operation);
    // Of x64: several operations in one.
    bool add_joined(const Operation& operation, uint64_t value, bool fit);
    bool binary_with_memory(const Operation& operation);
    bool load_joined(const Operation& operation, unsigned bytes);
    const Operation* next_operation() const;
    bool select_by_comparison(const Operation& operation);
    uint32_t branch_by_comparison(const Operation& operation) const;
    void finish_comparison(const Operation& operation, uint32_t branch, Cond cond);
    void select_int(const Operation& operation, Reg a, Reg b, Cond cond);
    void select_vector(const Operation& operation, Vec a, Vec b, Cond cond);
    void branch_table(const Operation& operation);
    void select(const Operation& operation);
    Mem global(const Operation& operation);
    void global_get(const Operation& operation);
    void global_set(const Operation& operation);

    // function_compiler_memory.cpp
    Mem address(const Operation& operation, unsigned bytes);
    void load(const Operation& operation);
    void store(const Operation& operation);
    void fault_site(const Operation& operation) {
        result_.faults.push_back({code_.position(), operation.cell});
    }

    // function_compiler_bulk.cpp
    void branch_if_longer(Reg length, uint32_t most, Label longer);
    // The bytes of memory 0, less the length, go to the scratch register; then a place is compared
    // with that. Traps if it is less.
    void begin_check(std::optional<uint32_t> known, Reg length, Label trap);
    void check_place(Place place, Label trap);
    // The address of a place.
    void find(Reg d, Place place);
    void copy_known(const Operation& operation, uint32_t length);
    void fill_known(const Operation& operation, uint32_t length);
    bool is_guarded(uint32_t length) const;
    void take_for_routine();
    void call_assembly(const void* routine);

    // function_compiler_float.cpp
    void compare_floats(const Operation& operation);
    void branch_if_floats(const Operation& operation);

    // function_compiler_calls.cpp
    void call_own(const Operation& operation);
    void call_import(const Operation& operation);
    void call_indirect(const Operation& operation);
    Label enter_function(int32_t frame, Label side);
    void call_function(const Operation& operation, uint32_t behind);
    void return_value(const Operation& operation);
    void look_up(uint32_t table, uint32_t type_id, Label otherwise);
    void load_header();
    void leave_frame();
    void tail_call(const Operation& operation);

    std::vector<CodeMark>* marks_ = nullptr;
    Assembler& code_;
    const Function& function_;
    Registers registers_;
    uint32_t variant_ = 0;
    uint32_t imported_functions_ = 0;
    uint32_t own_offset_ = 0;  // of the function in its instance's own functions
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
        uint32_t count = 0;
        Type type = Type::i64;
        bool written = false;
    };
    Use& use_of(int32_t slot) { return uses_[size_t(slot - function_.lowest_slot)]; }
    std::vector<Use> uses_;      // by slot; the last one is of no slot
    std::vector<int32_t> used_;  // slots whose count is not 0
    std::vector<int32_t> wanted_;
    std::vector<Registers::Wish> wishes_;
    uint32_t looks_left_ = 0;  // at operations
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
    uint32_t current_ = 0;    // operation
    uint32_t block_end_ = 0;  // behind the block's operations
    bool reachable_ = true;   // from the operation before
    uint32_t skip_ = 0;       // operations that are done with the one before
    bool simple_ = false;     // it is the second body
};

}  // namespace epsilon::baseline

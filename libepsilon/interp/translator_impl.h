// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "interp/cell_writer.h"
#include "interp/handler_table.h"
#include "interp/metering.h"
#include "interp/translator.h"
#include "wasm/instruction_reader.h"

// The translator's working state; private to translator*.cpp.
//
// One pass over the body. The operand stack is symbolic: an entry is a temporary that lies in its
// home slot, a local that has not been read yet, or a constant. Homes depend on the height alone,
// so control-flow merges agree without moves. A local that is about to be written is first moved
// home from the entries that still mean it; entries below a block are never locals.
//
// The accumulators are write-through: the cell that computes a value stores it and leaves it in
// the accumulator of its bank. `Mirror` remembers which slot the accumulator equals. When the only
// reader of a temporary takes it from the accumulator, the store was useless and is taken back by
// giving the producing cell the handler that doesn't store.
namespace epsilon::interp {

enum class Bank : uint8_t { integer, floating, vector };

constexpr Bank bank_of(ValueType::Kind kind) {
    switch (kind) {
        case ValueType::f32:
        case ValueType::f64:
            return Bank::floating;
        case ValueType::v128:
            return Bank::vector;
        default:
            return Bank::integer;
    }
}

struct Operand {
    enum class Where : uint8_t { temporary, local, constant };
    Where where = Where::temporary;
    ValueType::Kind kind = ValueType::i32;
    int32_t home = 0;  // slot of this height
    // The local it was pushed for (also when it is a temporary by now), and the entry below it that
    // was pushed for the same one: see Local::last.
    uint32_t local = no_local;
    uint32_t previous = 0;
    uint64_t value = 0;  // constant's bits; never v128; of others it is zero

    static constexpr uint32_t no_local = UINT32_MAX;
};

// Where a cell reads an operand.
struct Source {
    Kind kind = Kind::slot;
    int16_t slot = 0;
    int64_t immediate = 0;
};

struct Mirror {
    bool valid = false;
    bool removable = false;  // the store may be taken back
    int32_t slot = 0;
    uint32_t producer = 0;     // position of the cell that stored
    int32_t accumulating = 0;  // its head when it doesn't store
    int32_t slots = 1;         // of the value
};

struct Mirrors {
    Mirror integer;
    Mirror floating;
};

// The last cell, if it computed something that the next cell can take over: a condition for a
// branch, or an i32.add of an immediate for an address or a loop's end.
struct PendingCell {
    bool valid = false;
    Opcode opcode = Opcode::nop;  // a comparison, i32_and for a test, i32_add
    Pair pair = Pair::slot_slot;
    int16_t a = 0;
    int16_t b = 0;
    int64_t immediate = 0;
    bool negated = false;  // an eqz cell follows the comparison
    bool a_stays = false;  // the slot a holds its operand, also where the accumulator is read
    uint32_t at = 0;       // first cell to take back
    uint32_t end = 0;      // position behind it
    int32_t home = 0;      // slot of the result
    Mirrors before;        // as they were before `at`
    // A comparison of floats whose other operand is a constant that the cell at `constant_at`,
    // right before this one, made: for a branch that has the constant in it.
    bool constant = false;
    uint32_t constant_at = 0;
    float value = 0;
    Operand compared;
    Mirrors before_constant;
};

// The last cell, if it loaded a float that the next instruction may take from there.
struct PendingFloatLoad {
    bool valid = false;
    bool multiplied = false;  // by the operand b: the cell is load_and
    bool summed = false;      // and added to the operand c, or subtracted: load_multiply
    ValueType::Kind kind = ValueType::f64;
    unsigned address = 0;  // AddressForm x {slot, acc}
    uint32_t at = 0;
    uint32_t end = 0;
    int32_t home = 0;
    Source b;
    unsigned form = 0;  // form_load_multiply
    // The f64.load right before, in the first place of the operation when b or c is in the
    // accumulator: AddressForm {plain, kept_sum, kept_step} as 0 to 2, and the cell.
    std::optional<unsigned> first;
    Mirror before;  // of floats
};

// A cell that shifts a local by a constant; two of them may be a rotation.
struct PendingShift {
    bool valid = false;
    Opcode opcode = Opcode::nop;
    uint32_t local = 0;
    uint32_t count = 0;
    uint32_t at = 0;
    uint32_t end = 0;
    int32_t home = 0;
    Mirrors before;
};

// Whether it adds a constant of 16 bits, signed.
inline bool is_short_step(const PendingCell& cell) {
    return has_immediate(cell.pair) && cell.immediate == int16_t(cell.immediate);
}

// The last cell, if it is a load whose result another operation may be applied to at once.
struct PendingLoad {
    bool valid = false;
    Opcode opcode = Opcode::nop;
    Indexing indexing = Indexing::plain;
    Kind a = Kind::slot;
    uint32_t at = 0;
    uint32_t end = 0;
    int32_t home = 0;
    Mirror before;  // of integers, before the cell
};

// The last cell, if it computed (a << count) + (immediate or slot), i32.
struct PendingScaled {
    bool valid = false;
    unsigned count = 0;
    Kind a = Kind::slot;
    int16_t a_slot = 0;
    Kind b = Kind::imm;
    int16_t b_slot = 0;
    int32_t immediate = 0;
    uint32_t at = 0;
    uint32_t end = 0;
    int32_t home = 0;
    Mirrors before;
};

constexpr uint32_t slots_of(ValueType::Kind kind) {
    return kind == ValueType::v128 ? 2 : 1;
}
uint32_t slots_of(std::span<const ValueType> types);

// Of an instruction's operands and its result, as opcodes.def has them.
struct Kinds {
    ValueType::Kind first;
    ValueType::Kind second;
    ValueType::Kind result;
};
const Kinds& kinds_of(Opcode opcode);

struct ControlFrame {
    enum class Kind : uint8_t { function, block, loop, if_, else_ };
    Kind kind = Kind::block;
    bool end_used = false;
    uint32_t height = 0;    // operands below the parameters
    int32_t base_home = 0;  // home of the first parameter and of the first result
    std::span<const ValueType> params;
    std::span<const ValueType> results;
    Label end = 0;        // of a loop: its start
    Label otherwise = 0;  // of an if
    // Where the last br_table that has it as a label branches to.
    uint32_t branch_table = 0;
    Label table_target = 0;
    bool in_table = false;  // that is the label itself, not a stub
};

struct Local {
    static constexpr uint32_t no_entry = UINT32_MAX;

    ValueType::Kind kind;
    int32_t slot;
    uint32_t pending;  // entries of the operand stack that mean it
    // The uppermost entry pushed for it since it was last written, if there is one: the head of
    // a list of all of them, so that a write finds those that mean it without a search.
    uint32_t last = no_entry;
};

struct TranslationRoom::Parts {
    CellWriter::Room cells;
    std::vector<Local> locals;
    std::vector<Operand> operands;
    std::vector<ControlFrame> controls;
};

class Translator {
public:
    using Room = TranslationRoom::Parts;

    Translator(const TranslateRequest& request, bool wide, Room& room);
    // Gives the room back.
    ~Translator();
    Translator(const Translator&) = delete;
    Translator& operator=(const Translator&) = delete;
    // False when a slot didn't fit and the function must be translated in wide form. An error of
    // kind interrupted when the program that runs must end, or by most_work.
    Result<bool> run();
    CodeHeader header() const;
    std::vector<Run> take_runs() { return runs_.take(); }
    std::span<const uint8_t> cells() const { return writer_.bytes(); }
    uint64_t work() const { return work_; }

private:
    // translator_values.cpp: operands, mirrors, value-producing cells.
    void push(const Operand& operand) {
        operands_.push_back(operand);
        next_home_ = operand.home + int32_t(slots_of(operand.kind));
        max_slots_ = std::max(max_slots_, int64_t{next_home_});
    }
    void push_temporary(ValueType::Kind kind) {
        const auto index = uint32_t(operands_.size());
        note_temporaries(index, index + 1);
        push({Operand::Where::temporary, kind, next_home_, Operand::no_local, no_entry, 0});
    }
    void push_constant(ValueType::Kind kind, uint64_t value) {
        push({Operand::Where::constant, kind, next_home_, Operand::no_local, no_entry, value});
    }
    void push_temporaries(std::span<const ValueType> types);
    // For an entry that goes.
    void forget_entry(const Operand& operand, uint32_t index) {
        if (operand.local != Operand::no_local) {
            Local& local = locals_[operand.local];
            local.pending -= operand.where == Operand::Where::local ? 1 : 0;
            local.last = local.last == index ? operand.previous : local.last;
        }
    }
    Operand pop() {
        const Operand operand = operands_.back();
        operands_.pop_back();
        const auto height = uint32_t(operands_.size());
        next_home_ = operand.home;
        forget_entry(operand, height);
        lower_marks(height);
        return operand;
    }
    Operand& top(uint32_t depth = 0) { return operands_[operands_.size() - 1 - depth]; }
    void shrink_to(uint32_t height);
    void lower_marks(uint32_t height) {
        no_locals_below_ = std::min(no_locals_below_, height);
        temporaries_below_ = std::min(temporaries_below_, height);
    }
    int32_t slot_of(const Operand& operand) const {
        return operand.where == Operand::Where::local ? locals_[operand.local].slot : operand.home;
    }
    int16_t fit(int32_t slot) {
        overflow_ = overflow_ || slot != int16_t(slot);
        return int16_t(slot);
    }
    // Floats and vectors share a register.
    Mirror& mirror(Bank bank) {
        return bank == Bank::integer ? mirrors_.integer : mirrors_.floating;
    }
    void forget_mirrors() { mirrors_ = {}; }
    void bind(Label label);
    void keep_stores() {
        mirrors_.integer.removable = mirrors_.floating.removable = false;
        float_load_.valid = false;
    }
    void note_write(int32_t slot, uint32_t slots);
    void materialise(Operand& operand);
    // Of the entries from `first` to before `last`, the next that isn't known to be a temporary.
    uint32_t skip_temporaries(uint32_t first, uint32_t last) const {
        return first >= temporaries_from_ && first < temporaries_below_
                   ? std::min(last, temporaries_below_)
                   : first;
    }
    void note_temporaries(uint32_t first, uint32_t last);
    void materialise_range(uint32_t first, uint32_t last);
    void materialise_top(uint32_t count) {
        materialise_range(uint32_t(operands_.size()) - count, uint32_t(operands_.size()));
    }
    void flush_locals_of(uint32_t local);
    enum class Immediate : uint8_t { none, of_32_bits, of_64_bits };
    // To be called for all operands of a cell before use() is for any: constants that the cell
    // cannot hold are moved home, which changes the accumulators.
    void prepare(Operand& operand, Immediate allowed) {
        if (operand.where == Operand::Where::constant && allowed != Immediate::of_64_bits) {
            prepare_constant(operand, allowed);
        }
    }
    void prepare_constant(Operand& operand, Immediate allowed);
    static bool fits_immediate(const Operand& operand);
    bool is_constant_address(const Operand& address, const Instruction& instruction,
                             unsigned constant_forms) const;
    Source use(const Operand& operand, unsigned scratch);
    int16_t use_slot(const Operand& operand, unsigned scratch) {
        const int32_t slot = slot_of(operand);
        return slot == int16_t(slot) ? int16_t(slot) : use_far_slot(operand, scratch);
    }
    int16_t use_far_slot(const Operand& operand, unsigned scratch);
    uint32_t produce(ValueType::Kind kind, const Handler* forms, unsigned in_slot,
                     unsigned in_accumulator, uint32_t size = cell_size);
    uint32_t produce_in_slot(ValueType::Kind kind, Handler handler, uint32_t size);
    void finish_produce(uint32_t at, ValueType::Kind kind, int32_t destination,
                        int32_t accumulating, bool removable);
    void move_to(int32_t destination, const Operand& operand);
    void move_many(int32_t destination, int32_t source, uint32_t slots);

    // translator_numeric.cpp: families.
    void unary(Opcode opcode);
    void binary(Opcode opcode);
    void compare(Opcode opcode);
    void test(Opcode opcode);
    void load(const Instruction& instruction);
    void store(const Instruction& instruction);
    void select();
    // What was popped for it may be moved home.
    void binary_cell(Opcode opcode, ValueType::Kind operand_kind, ValueType::Kind result,
                     Operand& a, Operand& b, bool may_branch);
    void store_at_constant(const Instruction& instruction, const Operand& address, Operand value,
                           bool integer);
    bool needs_far_access(const MemoryArgument& memory) const;

    // translator_float.cpp: cells of two or three instructions on floats.
    void offer_load(ValueType::Kind kind, unsigned address, uint32_t at, const Mirror& before);
    bool is_loaded(const Operand& operand) const {
        return float_load_.valid && float_load_.end == writer_.position() &&
               operand.where == Operand::Where::temporary && operand.home == float_load_.home;
    }
    std::optional<unsigned> load_before(const PendingFloatLoad& load) const;
    void join_additions(const PendingFloatLoad& load);
    void join(uint32_t first, Handler in_slot, Handler in_accumulator);
    bool calculate_with_load(Opcode opcode, const Operand& a, const Operand& b);
    bool store_calculated(const Instruction& instruction, const Operand& address,
                          const Operand& value);
    void replace_load(const PendingFloatLoad& load, Handler in_slot, Handler in_accumulator);
    bool calculate_with_constant(Opcode opcode, const Operand& a, const Operand& b);
    bool compare_with_constant(Opcode opcode, const Operand& a, const Operand& b);

    // translator_vector.cpp
    void vector_ternary(Opcode opcode);
    void vector_shift(Opcode opcode);
    bool rotate_cell(Opcode opcode, const Operand& a, const Operand& b);
    void vector_extract(const Instruction& instruction);
    void vector_replace(const Instruction& instruction);
    void vector_shuffle(const Instruction& instruction);
    void vector_lane_access(const Instruction& instruction, bool is_load);

    // translator.cpp: the driver and control; translator_calls.cpp: calls and returns;
    // translator_variables.cpp: locals and globals; translator_bulk.cpp: tables and memories.
    void by_family(const Instruction& instruction);
    void special(const Instruction& instruction);
    void constant(const Instruction& instruction);
    void is_null();
    void drop();
    void unreachable();
    void leave();
    void begin_tier();
    uint32_t hot_after() const;
    void begin_block(const Instruction& instruction, ControlFrame::Kind kind);
    void begin_else();
    void end_block();
    void skip_unreachable(const Instruction& instruction);
    std::span<const ValueType> label_types(const ControlFrame& frame) const;
    void branch(uint32_t depth);
    void branch_if(uint32_t depth);
    void branch_table(const Instruction& instruction);
    void move_to_label(const ControlFrame& frame);
    bool at_label(const ControlFrame& frame) const;
    void emit_br(Label label);
    void emit_return();
    void call(uint32_t function);
    void call_indirect(uint32_t type, uint32_t table);
    void tail_call(const FunctionType& type, bool indirect, uint32_t index, uint32_t type_id);
    int32_t prepare_arguments(const FunctionType& type);
    void finish_call(const FunctionType& type);
    void local_get(uint32_t index);
    void local_set(uint32_t index, bool tee);
    void global_get(uint32_t index);
    void global_set(uint32_t index);

    // translator_bulk.cpp: tables, memories.
    // A 24-byte cell with up to three slot operands, popped last first; see handlers_bulk.cpp.
    void bulk(Special special, unsigned operands, uint32_t index, uint32_t index2);
    void bulk_with_result(Special special, unsigned operands, uint32_t index,
                          ValueType::Kind result);
    uint32_t put_bulk(uint32_t at, uint32_t index, uint32_t index2);
    // The cell that charges for a bulk instruction's size; it has the same operands.
    std::optional<Special> charge_before(Special special);

    // A condition popped from the stack, and branches on it.
    struct Condition {
        Opcode opcode = Opcode::i32_ne;
        bool negated = false;
        Pair pair = Pair::slot_imm;
        int16_t a = 0;
        int16_t b = 0;
        int32_t immediate = 0;
        bool constant = false;  // the immediate is an f32
    };
    Condition pop_condition();
    // translator_float.cpp
    Condition condition_with_constant();
    Handler branch_with_constant(const Condition& condition, bool when) const;
    uint32_t emit_branch(const Condition& condition, bool when, Label label);
    // translator_counters.cpp
    std::optional<uint32_t> emit_counting_branch(const Condition& condition, bool when,
                                                 Label label);
    std::optional<uint32_t> emit_counters_branch(Handler handler);
    std::optional<uint32_t> counting_br();
    void note_counter(int32_t slot);
    void split_counters();
    bool add_to_last_move(int32_t destination, int32_t source);
    // Whether the pending cell is the last one and made the operand.
    bool is_pending(const Operand& operand) const {
        return condition_.valid && condition_.end == writer_.position() &&
               operand.where == Operand::Where::temporary && operand.home == condition_.home;
    }
    void take_back_pending();
    bool load_from_sum(const Instruction& instruction, const Operand& address,
                       ValueType::Kind kind);
    // translator_chains.cpp
    bool take_accumulator(const Operand& operand, const Mirror& before);
    bool chain_cell(Opcode opcode, const Operand& a, const Operand& b);
    bool load_chain(Opcode opcode, const Operand& a, const Operand& b);
    bool shift_wrap(Opcode opcode, const Operand& a);
    void note_load(Opcode opcode, Indexing indexing, Kind a, const Mirror& before);
    void note_scaled(const PendingCell& shift, Kind b, int16_t slot, int32_t immediate,
                     int32_t home);
    bool load_scaled(const Instruction& instruction, const Operand& address, ValueType::Kind kind);
    bool store_to_sum(const Instruction& instruction, const Operand& address, const Operand& value);
    bool multiply_cell(Opcode opcode, ValueType::Kind kind, const Operand& a, const Operand& b);

    bool is_stopped() const {
        return work_ > request_.most_work || (request_.running && request_.running->must_end());
    }
    // For the driver: asks after some work only, but never lets more be done than is allowed.
    bool is_stopped_now() {
        if (work_ < next_look_) [[likely]] {
            return false;
        }
        next_look_ = std::min(work_ + work_between_looks, request_.most_work);
        return is_stopped();
    }
    static constexpr uint64_t work_between_looks = 32;

    // translator_metering.cpp: runs (metering.h). These do nothing in code that is not metered.
    void count(Opcode opcode);
    void end_run();      // at an instruction that control doesn't pass
    void start_run();    // behind one that it passes, but that ends what is paid for
    void proceed_run();  // at a marker, or behind a label's fall-through
    void start_label(Label label);
    void price_branch(uint32_t at, Label label);  // the cell's way to the label
    void price_other(uint32_t at);                // its other way, to the current run
    void price_return(uint32_t at, int field);    // of a call: the current run
    void forget_joined();
    // A cell before the last one: it does work of the current run.
    void reuse_cell(uint32_t at);
    uint32_t branch_size() const { return metered_ ? metered_branch_size : cell_size; }

    const Handler* special_forms(Special special) const { return table_.special[size_t(special)]; }
    Handler special_handler(Special special, unsigned form = 0) const {
        return special_forms(special)[form];
    }
    // Which of a cell's forms: what calls keep account of.
    unsigned kept() const {
        return ((request_.variant & variant_counted) != 0 ? 1 : 0) + (metered_ ? 2 : 0);
    }
    const Handler* branch_forms(Opcode opcode) const {
        return (metered_ ? table_.metered_branch_forms : table_.branch_forms)[size_t(opcode)];
    }
    // A branch cell that has `plain_forms` forms in code that is not metered.
    unsigned metered_form(unsigned form, unsigned plain_forms) const {
        return form + (metered_ ? plain_forms : 0);
    }

    const TranslateRequest& request_;
    Room& room_;
    const Module& module_;
    const HandlerTable& table_;
    const FunctionType& type_;
    const bool wide_;
    const bool metered_;
    const bool plain_;
    const FunctionBody& body_;
    bool overflow_ = false;  // a slot didn't fit
    CellWriter writer_;

    static constexpr uint32_t no_entry = Local::no_entry;
    std::vector<Local> locals_;
    uint32_t param_slots_ = 0;
    uint32_t result_slots_ = 0;
    int32_t next_home_ = 0;  // of the next entry of the operand stack
    uint32_t zero_slots_ = 0;
    int64_t max_slots_ = 0;

    std::vector<Operand> operands_;
    uint32_t no_locals_below_ = 0;  // entries of lower index are not locals
    // Entries known to be temporaries, so that a thousand values aren't looked at for each branch:
    // from the first index to before the second.
    uint32_t temporaries_from_ = 0;
    uint32_t temporaries_below_ = 0;
    uint32_t branch_tables_ = 0;  // so far
    uint32_t loops_ = 0;          // so far
    std::vector<ControlFrame> controls_;
    bool reachable_ = true;
    uint32_t unreachable_depth_ = 0;  // blocks opened in unreachable code
    uint64_t work_ = 0;               // see TranslateRequest::most_work
    uint64_t next_look_ = 0;          // how much of it there is then: see is_stopped_now()

    Mirrors mirrors_;
    PendingCell condition_;
    PendingLoad load_;
    PendingFloatLoad float_load_;
    PendingShift shift_;        // the last cell
    PendingShift first_shift_;  // the one before
    PendingScaled scaled_;
    // The last cell, if it stored an i32.add in a local.
    PendingCell counter_;
    // Of two steps that share the last cell: what they were, and their cells.
    struct {
        bool valid = false;
        PendingCell first;
        PendingCell second;
        std::array<uint8_t, 2 * cell_size> cells;
    } counters_;
    // The last cell, if it moves integers from slots to slots and has room for another move.
    struct {
        bool valid = false;
        uint32_t at = 0;
        uint32_t end = 0;
        unsigned moves = 0;
    } last_move_;
    // The last cell, if its result may be sent to a local's slot instead.
    struct {
        bool valid = false;
        uint32_t at = 0;
        uint32_t end = 0;
        int32_t destination = 0;
    } last_value_;
    RunRecorder runs_;
    uint32_t first_price_ = 0;
    const InstructionReader* reader_ = nullptr;
};

// In the tables of loads: handlers_load.cpp.
constexpr unsigned load_far_form = 8;
constexpr unsigned load_sum_forms = 9;
constexpr unsigned load_kept_sum_forms = 17;

}  // namespace epsilon::interp

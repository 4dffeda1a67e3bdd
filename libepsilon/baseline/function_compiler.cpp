// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "interp/dispatch.h"
#include "interp/handler_table.h"
#include "interp/machine_border.h"

// Blocks and the ways between them, and what is rare.
namespace epsilon::baseline {

using namespace interp;

namespace {

// Loops longer than this keep what is in registers as it is.
constexpr uint32_t longest_loop = 2000;
// Loops within loops are looked through for each of them, so often on average.
constexpr uint32_t looks_per_operation = 16;
// Locals that start as known zeros; more of them are written to memory.
constexpr uint32_t most_known_zeros = 64;

}  // namespace

FunctionCompiler::FunctionCompiler(Assembler& code, const Function& function)
    : code_(code), function_(function), registers_(code, function), handlers_(border_handlers()) {}

const CompiledCode* FunctionCompiler::compile(uint32_t variant, uint32_t index,
                                              uint32_t imported_functions, const Context* running,
                                              std::vector<CodeMark>* marks) {
    variant_ = variant;
    imported_functions_ = imported_functions;
    own_offset_ = uint32_t((index - imported_functions) * sizeof(FunctionInstance));
    marks_ = marks;
    code_.clear();
    if (!run(running)) {
        return nullptr;
    }
    if (!result_.reaches) {
        code_.clear();
        code_.use_far_distances();
        if (!run(running)) {
            return nullptr;
        }
    }
    return &result_;
}

void FunctionCompiler::begin() {
    if (marks_) {
        marks_->clear();
    }
    registers_.begin();
    states_.assign(function_.blocks.size(), {});
    cold_.clear();
    moves_.clear();
    new_moves_.clear();
    parts_.clear();
    knows_parts_ = false;
    uses_.assign(function_.slots + 1, {});
    used_.clear();
    looks_left_ = uint32_t(function_.operations.size()) * looks_per_operation;
    sides_.clear();
    tables_.clear();
    result_.native_entries.assign(function_.loops.size(), UINT32_MAX);
    result_.outer_entry = UINT32_MAX;
    result_.faults.clear();
    result_.addresses.clear();
    result_.side_cells.clear();
    border_ = code_.new_label();
    return_to_cells_ = code_.new_label();
    entry_ = code_.new_label();
    body_ = code_.new_label();
    current_ = 0;
    reachable_ = true;
    skip_ = 0;
    simple_ = false;
}

void FunctionCompiler::note_mark(CodeMark::Kind kind, uint32_t cell) {
    marks_->push_back({kind, code_.position(), cell});
}

// False when the program that runs must end.
bool FunctionCompiler::run(const Context* running) {
    begin();
    prologue();
    if (!compile_blocks(running)) {
        return false;
    }
    emit_cold();
    emit_outer_return();
    emit_simple_body();
    mark(CodeMark::Kind::border);
    emit_border();
    mark(CodeMark::Kind::data);
    for (const Table& table : tables_) {
        code_.align(4);
        code_.bind(table.label);
        for (const Label target : table.targets) {
            const auto distance =
                int32_t(code_.position_of(target) - code_.position_of(table.label));
            uint8_t bytes[4];
            std::memcpy(bytes, &distance, sizeof bytes);
            code_.data(bytes);
        }
    }
    emit_outer_header();
    emit_side_cells();
    mark(CodeMark::Kind::constants);
    result_.reaches = code_.finish();
    result_.entry = code_.position_of(entry_);
    return true;
}

bool FunctionCompiler::compile_blocks(const Context* running) {
    for (uint32_t i = 0; i < function_.blocks.size(); ++i) {
        if (running && running->must_end()) {
            return false;
        }
        begin_block(i);
        const Block& block = function_.blocks[i];
        block_end_ = block.last;
        for (current_ = block.first; current_ < block.last && reachable_; ++current_) {
            if (skip_ != 0) {
                --skip_;
                continue;
            }
            if (!simple_) {
                mark(CodeMark::Kind::operation, function_.operations[current_].cell);
            }
            registers_.begin_operation(current_, block_end_);
            operation(current_);
            registers_.end_operation(function_.operations[current_]);
        }
    }
    return true;
}

// --- The beginning

void FunctionCompiler::prologue() {
    const CodeHeader& header = code_header(function_.cells);
    emit_outer_entry();
    code_.bind(entry_);
    const Label exhausted = code_.new_label();
    check_stack(header.frame_slots, exhausted);
    cold_.push_back(
        {.kind = Cold::Kind::exit, .label = exhausted, .handler = handlers_.call_exhausted});
    if (is_counted()) {
        count_call(exhausted);
    }
    const auto fill_and_exit = [&](const void* handler, uint32_t price) {
        return cold({.kind = Cold::Kind::fill_and_exit,
                     .label = code_.new_label(),
                     .handler = handler,
                     .price = price});
    };
    if (is_metered()) {
        take_fuel(header.price, fill_and_exit(handlers_.fuel_is_short, header.price));
    }
    if (!is_polled()) {
        check_stop(fill_and_exit(handlers_.go_on, 0));
    }
    uint32_t zeros = 0;
    for (uint32_t slot = 0; slot < header.zero_slots && zeros <= most_known_zeros; ++slot) {
        zeros += function_.is_live_in(0, int32_t(slot)) ? 1 : 0;
    }
    if (zeros > most_known_zeros) {
        fill_locals(header.zero_slots);
    }
    code_.bind(body_);
    if (zeros <= most_known_zeros) {
        define_zeros();
    }
    // From the interpreter: its call has checked, paid, and cleared the locals.
    const Label from_cells = code_.new_label();
    cold_.push_back({.kind = Cold::Kind::enter, .label = from_cells, .target = body_, .cell = 0});
}

// The locals that start as zero.
void FunctionCompiler::define_zeros() {
    const uint32_t slots = code_header(function_.cells).zero_slots;
    for (uint32_t slot = 0; slot < slots; ++slot) {
        if (function_.is_live_in(0, int32_t(slot))) {
            registers_.define_constant(int32_t(slot), Type::i64, 0, false);
        }
    }
}

// --- Blocks

void FunctionCompiler::begin_block(uint32_t index) {
    BlockState& state = states_[index];
    if (state.reached) {
        if (reachable_) {
            registers_.transition(index, state.snapshot, new_moves_);
            make_moves();
        }
        code_.bind(state.label);
        registers_.restore(state.snapshot);
        reachable_ = true;
    }
    if (reachable_ && function_.blocks[index].is_loop()) {
        begin_loop(index);
    }
}

void FunctionCompiler::find_shared_slots() {
    knows_parts_ = true;
    if (!function_.has_vectors) {
        return;
    }
    parts_.resize(function_.slots + 2);
    const auto mark = [this](int32_t slot, Type type) {
        uint8_t* const part = &parts_[size_t(slot - function_.lowest_slot)];
        part[0] |= type == Type::v128 ? as_vector : as_number;
        part[1] |= type == Type::v128 ? as_upper_half : 0;
    };
    for (const Operation& each : function_.operations) {
        if (each.has(reads_a)) {
            mark(each.a, each.a_type);
        }
        if (each.has(reads_b)) {
            mark(each.b, each.b_type);
        }
        if (each.has(reads_c)) {
            mark(each.c, each.c_type);
        }
        if (each.has(writes_d)) {
            mark(each.d, each.type);
        }
    }
}

// Whether the slot is at another time a part of a vector, or the vector's slots are numbers: that
// it lives where a loop begins doesn't tell then which of them it is.
bool FunctionCompiler::is_shared(int32_t slot, Type type) const {
    if (parts_.empty()) {
        return false;
    }
    const uint8_t* const part = &parts_[size_t(slot - function_.lowest_slot)];
    return type == Type::v128 ? part[0] != as_vector || part[1] != as_upper_half
                              : part[0] != as_number;
}

// The slots that the loop uses most, as many as registers can hold and leave some to work with.
void FunctionCompiler::find_loop_wishes(const Block& block) {
    bool calls = false;
    const uint32_t index = block_at(block.first);
    // Without branches: which operands there are can't be foretold. Those that there are not use a
    // slot behind the others.
    used_.resize(function_.slots + 1);
    size_t used = 0;
    const int32_t no_slot = function_.lowest_slot + int32_t(function_.slots);
    const auto use = [&](bool is, int32_t slot, Type type, uint32_t weight, bool written) {
        slot = no_slot + ((slot - no_slot) & -int32_t{is});
        Use& known = use_of(slot);
        const bool is_new = is && known.count == 0;
        used_[used] = slot;
        used += is_new ? 1 : 0;
        known.type = is_new || type == Type::v128 ? type : known.type;
        known.count += weight;
        known.written = known.written || written;
    };
    uint32_t inner_end = 0;
    const uint32_t end =
        block.first + std::min({block.loop_end - block.first, longest_loop, looks_left_});
    looks_left_ -= end - block.first;
    for (uint32_t i = block.first; i < end; ++i) {
        const Operation& operation = function_.operations[i];
        if (operation.form == Form::native && i != block.first) {
            inner_end = std::max(inner_end, function_.blocks[block_at(i)].loop_end);
        }
        const uint32_t weight = i < inner_end ? 8 : 1;
        calls = calls || (operation.form >= Form::call_own && operation.form <= Form::reload);
        use(operation.has(reads_a), operation.a, operation.a_type, weight, false);
        use(operation.has(reads_b), operation.b, operation.b_type, weight, false);
        if (operation.has(reads_c)) [[unlikely]] {
            use(true, operation.c, operation.c_type, weight, false);
        }
        use(operation.has(writes_d), operation.d, operation.type, weight, true);
    }
    used_.resize(used);
    size_t used_general = 0;
    for (const int32_t slot : used_) {
        used_general += is_int(use_of(slot).type) ? 1 : 0;
    }
    const size_t used_vectors = used_.size() - used_general;
    if (!knows_parts_) {
        find_shared_slots();
    }
    wanted_.clear();
    std::copy_if(used_.begin(), used_.end(), std::back_inserter(wanted_), [&](int32_t slot) {
        return function_.is_live_in(index, slot) && !is_shared(slot, use_of(slot).type);
    });
    std::sort(wanted_.begin(), wanted_.end(), [this](int32_t a, int32_t b) {
        const uint32_t uses_of_a = use_of(a).count;
        const uint32_t uses_of_b = use_of(b).count;
        return uses_of_a != uses_of_b ? uses_of_a > uses_of_b : a < b;
    });
    // Where the loop calls, everything goes to memory and comes back: few are worth that.
    size_t general_left = calls ? 4 : Registers::general_count - 2;
    size_t vectors_left = calls ? 2 : vector_count - 3;
    wishes_.clear();
    for (const int32_t slot : wanted_) {
        const Use& each = use_of(slot);
        size_t& left = is_int(each.type) ? general_left : vectors_left;
        if (left != 0) {
            --left;
            // All of the slot: what lives here may be of another type than what the loop uses.
            const Type type = each.type == Type::v128 ? Type::v128
                              : is_int(each.type)     ? Type::i64
                                                      : Type::f64;
            wishes_.push_back({slot, type, each.written});
        }
    }
    // What it doesn't use may stay where it is, if it never needs the register.
    if (!calls && end == block.loop_end) {
        size_t general_free = Registers::general_count - 1;
        size_t vectors_free = vector_count - 1;
        general_free -= std::min(general_free, used_general);
        vectors_free -= std::min(vectors_free, used_vectors);
        registers_.for_each_held([&](int32_t slot, Type type) {
            size_t& left = is_int(type) ? general_free : vectors_free;
            if (left != 0 && use_of(slot).count == 0 && function_.is_live_in(index, slot) &&
                !is_shared(slot, type)) {
                --left;
                wishes_.push_back({slot, type, false});
            }
        });
    }
    for (const int32_t slot : used_) {
        use_of(slot) = {};
    }
    used_.clear();
}

void FunctionCompiler::begin_loop(uint32_t index) {
    const Block& block = function_.blocks[index];
    BlockState& state = states_[index];
    find_loop_wishes(block);
    state.loop_snapshot = registers_.loop_snapshot(wishes_);
    registers_.transition(index, state.loop_snapshot, new_moves_);
    make_moves();
    state.loop_label = code_.new_label();
    code_.align(16);
    code_.bind(state.loop_label);
    registers_.restore(state.loop_snapshot);
    Cold enter{.kind = Cold::Kind::enter,
               .label = code_.new_label(),
               .target = state.loop_label,
               .cell = function_.operations[block.first].cell};
    for (const Held& held : registers_.held(state.loop_snapshot)) {
        new_moves_.push_back({Move::Kind::load, 0, held.reg, held.type, held.slot, 0});
    }
    keep_moves(enter);
    cold_.push_back(enter);
}

void FunctionCompiler::make_moves() {
    registers_.emit(new_moves_);
    new_moves_.clear();
}

void FunctionCompiler::keep_moves(Cold& what) {
    what.moves = uint32_t(moves_.size());
    what.move_count = uint32_t(new_moves_.size());
    moves_.insert(moves_.end(), new_moves_.begin(), new_moves_.end());
    new_moves_.clear();
}

// --- Ways

// Before the condition of a branch is found: labels know no constants.
void FunctionCompiler::prepare_edge(uint32_t target) {
    const uint32_t block = block_at(target);
    if (!is_backward(target) && !states_[block].reached) {
        registers_.hold_constants(block);
    }
}

// The target's label; new_moves_ get what it takes to go there from the current state.
Label FunctionCompiler::reach(uint32_t target) {
    const uint32_t block = block_at(target);
    BlockState& state = states_[block];
    if (is_backward(target)) {
        registers_.transition(block, state.loop_snapshot, new_moves_);
        return state.loop_label;
    }
    if (!state.reached) {
        state.reached = true;
        state.label = code_.new_label();
        state.snapshot = registers_.snapshot(block);
        return state.label;
    }
    registers_.transition(block, state.snapshot, new_moves_);
    return state.label;
}

// A label for a conditional way to the target: the target's own, or of code that goes there.
Label FunctionCompiler::edge(uint32_t target, uint32_t price) {
    const Label fuel =
        price != 0 ? fuel_label(price, function_.operations[target].cell, block_at(target)) : 0;
    const Label label = reach(target);
    if (new_moves_.empty() && price == 0) {
        return label;
    }
    Cold way{.kind = Cold::Kind::jump,
             .label = code_.new_label(),
             .target = label,
             .fuel = fuel,
             .price = price};
    keep_moves(way);
    return cold(way);
}

void FunctionCompiler::jump(uint32_t target, uint32_t price) {
    charge(price, function_.operations[target].cell, block_at(target));
    if (target == current_ + 1) {
        return;
    }
    prepare_edge(target);
    const Label label = reach(target);
    make_moves();
    code_.jmp(label);
    reachable_ = false;
}

void FunctionCompiler::branch(Cond cond, uint32_t target, uint32_t price) {
    if (!is_backward(target)) {
        return code_.jcc(cond, edge(target, price));
    }
    const Label label = reach(target);
    if (new_moves_.empty() && price == 0) {
        return code_.jcc(cond, label);
    }
    // One branch instead of two: flags stay, and if it isn't taken the moves do no harm.
    if (price == 0 && registers_.can_make_in_advance(new_moves_)) {
        make_moves();
        return code_.jcc(cond, label);
    }
    const Label skip = code_.new_label();
    code_.jcc(inverted(cond), skip);
    if (price != 0) {
        const std::vector<Move> moves = std::exchange(new_moves_, {});
        charge(price, function_.operations[target].cell, block_at(target));
        new_moves_ = moves;
    }
    make_moves();
    code_.jmp(label);
    code_.bind(skip);
}

void FunctionCompiler::branch_if(const Operation& operation) {
    prepare_edge(operation.target);
    if (is_int(operation.a_type)) {
        const Cond cond = compare_ints(operation);
        return branch_by_flags(operation, operation.when ? cond : inverted(cond));
    }
    branch_if_floats(operation);
    charge_otherwise(operation);
}

// If the condition is met.
void FunctionCompiler::branch_by_flags(const Operation& operation, Cond cond) {
    branch(cond, operation.target,
           is_metered() ? field<uint32_t>(operation, field_taken_price) : 0);
    charge_otherwise(operation);
}

// What a branch costs that isn't taken.
void FunctionCompiler::charge_otherwise(const Operation& operation) {
    const uint32_t next = current_ + 1;
    charge(is_metered() ? field<uint32_t>(operation, field_other_price) : 0,
           function_.operations[next].cell, block_at(next));
}

void FunctionCompiler::prepare_table(const Operation& operation) {
    for (uint32_t i = 0; i < operation.immediate; ++i) {
        prepare_edge(function_.table_targets[operation.target + i]);
    }
}

uint32_t FunctionCompiler::table_price(const Operation& operation, uint32_t index) const {
    return is_metered() ? field<uint32_t>(operation, int(12 + 8 * index + 4)) : 0;
}

// Control has been given to what is in the table, which is a distance from it for each label.
void FunctionCompiler::add_table(const Operation& operation, Label table) {
    const uint32_t* const targets = &function_.table_targets[operation.target];
    std::vector<Label> labels;
    labels.reserve(operation.immediate);
    // Labels of one place may differ in price: between them is what costs and does nothing.
    std::map<std::pair<uint32_t, uint32_t>, Label> known;
    for (uint32_t i = 0; i < operation.immediate; ++i) {
        const uint32_t price = table_price(operation, i);
        const auto [found, added] = known.try_emplace({targets[i], price});
        if (added) {
            found->second = edge(targets[i], price);
        }
        labels.push_back(found->second);
    }
    tables_.push_back({table, std::move(labels)});
    reachable_ = false;
}

// --- Fuel, stops, traps

Label FunctionCompiler::fuel_label(uint32_t price, uint32_t cell, uint32_t block) {
    registers_.stores(block, new_moves_);
    Cold way{.kind = Cold::Kind::exit,
             .label = code_.new_label(),
             .handler = handlers_.fuel_is_short,
             .cell = cell,
             .price = price};
    keep_moves(way);
    return cold(way);
}

void FunctionCompiler::charge(uint32_t price, uint32_t cell, uint32_t block) {
    if (price != 0) {
        take_fuel(price, fuel_label(price, cell, block));
    }
}

void FunctionCompiler::poll(uint32_t cell) {
    Cold way{.kind = Cold::Kind::exit,
             .label = code_.new_label(),
             .handler = handlers_.go_on,
             .cell = cell};
    registers_.stores(new_moves_);
    keep_moves(way);
    check_stop(cold(way));
}

Label FunctionCompiler::trap_label(Trap trap, uint32_t cell) {
    return cold({.kind = Cold::Kind::trap,
                 .label = code_.new_label(),
                 .handler = handlers_.trap,
                 .cell = cell,
                 .trap = trap});
}

Label FunctionCompiler::cold(Cold what) {
    cold_.push_back(what);
    return what.label;
}

void FunctionCompiler::emit_cold() {
    uint32_t entered = 0;
    for (const Cold& what : cold_) {
        code_.bind(what.label);
        mark(CodeMark::Kind(unsigned(CodeMark::Kind::jump) + unsigned(what.kind)), what.cell);
        switch (what.kind) {
            case Cold::Kind::jump:
                if (what.price != 0) {
                    take_fuel(what.price, what.fuel);
                }
                registers_.emit({moves_.data() + what.moves, what.move_count});
                code_.jmp(what.target);
                break;
            case Cold::Kind::exit:
                registers_.emit({moves_.data() + what.moves, what.move_count});
                leave(what.handler, what.cell, what.price);
                break;
            case Cold::Kind::trap:
                note_trap(what.trap);
                leave(what.handler, what.cell);
                break;
            case Cold::Kind::fill_and_exit:
                fill_locals(code_header(function_.cells).zero_slots);
                leave(what.handler, what.cell, what.price);
                break;
            case Cold::Kind::enter: {
                while (function_.loops[entered] != what.cell) {
                    ++entered;
                }
                result_.native_entries[entered] = code_.position();
                enter_from_cells();
                // Whoever called: the interpreter finds its way from the return pc.
                set_machine_return(return_to_cells_);
                registers_.emit({moves_.data() + what.moves, what.move_count});
                code_.jmp(what.target);
                break;
            }
            case Cold::Kind::side:
                registers_.emit({moves_.data() + what.moves, what.move_count});
                leave_for_side_cell(what.handler, what.target);
                break;
            case Cold::Kind::resume:
                enter_from_cells();
                registers_.emit({moves_.data() + what.moves, what.move_count});
                code_.jmp(what.target);
                break;
        }
    }
}

// --- What lies behind the code

void FunctionCompiler::emit_side_cells() {
    const int32_t head = handler_offset(handler_table().special[size_t(Special::resume)][0]);
    for (const Side& side : sides_) {
        code_.align(8);
        if (side.copied == 0 && is_metered()) {
            uint8_t before[cell_size] = {};
            write_field(before, int(cell_size) - return_price_distance, side.price);
            code_.data(before);
        }
        code_.bind(side.label);
        const uint32_t begin = code_.position();
        const uint32_t original = function_.operations[side.operation].cell;
        mark(CodeMark::Kind::side_cells, side.copied != 0 ? original : side.goes_on);
        code_.data({function_.cells + original, side.copied});
        // The resume cell stands for what comes behind the copied ones.
        result_.side_cells.push_back(
            {begin, code_.position() + resume_size, side.goes_on - side.copied});
        uint8_t cell[resume_size] = {};
        write_field(cell, 0, head);
        write_field(cell, field_original,
                    uint64_t(reinterpret_cast<uintptr_t>(function_.cells + side.goes_on)));
        result_.addresses.push_back(
            {code_.position() + field_machine_code, code_.position_of(side.resume)});
        code_.data(cell);
    }
}

// --- Operations

void FunctionCompiler::operation(uint32_t index) {
    const Operation& operation = function_.operations[index];
    const uint32_t next_cell = operation.cell + operation.size;
    switch (operation.form) {
        case Form::unary:
            return unary(operation);
        case Form::binary:
            return binary(operation);
        case Form::binary_constant:
            return binary_int_constant(operation);
        case Form::compare:
        case Form::compare_constant:
            return compare(operation);
        case Form::ternary:
            return ternary(operation);
        case Form::shift:
        case Form::shift_constant:
            return shift(operation);
        case Form::extract:
            return extract(operation);
        case Form::replace:
            return replace(operation);
        case Form::shuffle:
            return shuffle(operation);
        case Form::move:
            return move(operation);
        case Form::constant:
            return constant(operation);
        case Form::select:
            return select(operation);
        case Form::load:
        case Form::load_constant:
            return load(operation);
        case Form::store:
        case Form::store_constant:
        case Form::store_to_constant:
        case Form::store_constant_to_constant:
            return store(operation);
        case Form::memory_copy:
            return memory_copy(operation);
        case Form::memory_fill:
            return memory_fill(operation);
        case Form::global_get:
            return global_get(operation);
        case Form::global_set:
            return global_set(operation);
        case Form::native:
            if (index != 0 && !is_polled() && function_.blocks[block_at(index)].is_loop()) {
                poll(operation.cell);
            }
            return;
        case Form::poll:
            return simple_ ? void() : poll(operation.cell);
        case Form::charge: {
            const auto price = field<uint32_t>(operation, field_price);
            Cold way{.kind = Cold::Kind::exit,
                     .label = code_.new_label(),
                     .handler = handlers_.fuel_is_short,
                     .cell = next_cell,
                     .price = price};
            registers_.stores(new_moves_);
            keep_moves(way);
            return take_fuel(price, cold(way));
        }
        case Form::charge_bytes:
            return charge_bytes(operation);
        case Form::branch:
            return jump(operation.target,
                        is_metered() ? field<uint32_t>(operation, field_taken_price) : 0);
        case Form::branch_if:
        case Form::branch_if_constant:
            return branch_if(operation);
        case Form::branch_table:
            return branch_table(operation);
        case Form::call_own:
            return call_own(operation);
        case Form::call_import:
            return call_import(operation);
        case Form::call_indirect:
            return call_indirect(operation);
        case Form::return_none:
        case Form::return_value:
            return simple_ ? return_simply(operation) : return_value(operation);
        case Form::return_many:
            return return_many(operation);
        case Form::tail_call:
            return tail_call(operation);
        case Form::unreachable: {
            code_.jmp(trap_label(Trap::unreachable, operation.cell));
            reachable_ = false;
            return;
        }
        case Form::reload:
        case Form::other:
            return interpret(operation, operation.size);
    }
}

}  // namespace epsilon::baseline

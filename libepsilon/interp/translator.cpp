// SPDX-License-Identifier: Apache-2.0
#include "interp/translator.h"

#include "interp/families.h"
#include "interp/translator_impl.h"
#include "interp/translator_steps.h"

// The driver and control flow.
namespace epsilon::interp {

namespace {

// A block's result type as a list; only the kind matters here.
std::span<const ValueType> single_type(ValueType type) {
    static constexpr ValueType types[] = {ValueType::i32, ValueType::i64,  ValueType::f32,
                                          ValueType::f64, ValueType::v128, ValueType::funcref()};
    return {&types[type.kind()], 1};
}

// A number that every bit of the given one has changed.
uint64_t mixed(uint64_t bits) {
    for (int round = 0; round < 3; ++round) {
        bits = (bits ^ (bits >> 32)) * 0xd6e8feb86659fd93;
    }
    return bits ^ (bits >> 32);
}

// Of cells for a byte of a body, more or less.
constexpr size_t cell_bytes_per_byte = 5;
constexpr size_t least_room = 32;

// Frames beyond this can't be on any value stack, and slots would overflow 32 bits.
constexpr int64_t max_frame_slots = int64_t(1) << 27;

}  // namespace

CodeBlock::CodeBlock(const CodeHeader& header, std::span<const uint8_t> cells)
    : memory_(new uint8_t[sizeof(CodeHeader) + cells.size()]) {
    std::memcpy(memory_.get(), &header, sizeof header);
    std::memcpy(memory_.get() + sizeof header, cells.data(), cells.size());
}

void too_many_cells() {
    throw TooManyCells();
}

namespace {

ErrorPtr too_large(const TranslateRequest& request, const char* what) {
    return make_error(
        ErrorKind::limit,
        "function " + std::to_string(request.function) + " needs too large " + what,
        request.module.bodies[request.function - request.module.imported_functions].begin);
}

}  // namespace

TranslationRoom::TranslationRoom() : parts_(std::make_unique<Parts>()) {}
TranslationRoom::~TranslationRoom() = default;

Result<CodeBlock> translate(const TranslateRequest& request) {
    Translator::Room own;
    Translator::Room& room = request.room ? request.room->parts() : own;
    for (const bool wide : {false, true}) {
        if (request.origins) {
            request.origins->clear();
        }
        Translator translator(request, wide, room);
        try {
            Result<bool> fits = translator.run();
            if (request.work) {
                *request.work += translator.work();
            }
            if (!fits) {
                return fits.take_error();
            }
            if (*fits) {
                if (request.runs) {
                    *request.runs = translator.take_runs();
                }
                return CodeBlock(translator.header(), translator.cells());
            }
        } catch (const TooManyCells&) {
            return too_large(request, "code");
        }
    }
    return too_large(request, "a frame");
}

Translator::Translator(const TranslateRequest& request, bool wide, Room& room)
    : request_(request),
      room_(room),
      module_(request.module),
      table_(handler_table()),
      type_(request.module.function_type(request.function)),
      wide_(wide),
      metered_((request.variant & variant_metered) != 0),
      plain_(request.plain),
      body_(module_.bodies[request.function - module_.imported_functions]),
      writer_(request.origins, cell_bytes_per_byte * (body_.end - body_.begin),
              std::move(room.cells)),
      locals_(std::move(room.locals)),
      operands_(std::move(room.operands)),
      controls_(std::move(room.controls)) {
    locals_.clear();
    operands_.clear();
    controls_.clear();
    locals_.reserve(least_room);
    operands_.reserve(least_room);
    controls_.reserve(least_room);
}

Translator::~Translator() {
    room_.cells = std::move(writer_).give_back();
    room_.locals = std::move(locals_);
    room_.operands = std::move(operands_);
    room_.controls = std::move(controls_);
}

CodeHeader Translator::header() const {
    CodeHeader header;
    header.frame_slots = uint32_t(std::max<int64_t>(max_slots_, zero_slots_));
    header.zero_slots = zero_slots_;
    header.size = writer_.position();
    header.price = first_price_;
    return header;
}

Result<bool> Translator::run() {
    const std::span<const uint8_t> bytes(*module_.bytes);

    param_slots_ = slots_of(type_.params);
    result_slots_ = slots_of(type_.results);
    int32_t slot = -frame_header_slots - int32_t(param_slots_);
    for (const ValueType param : type_.params) {
        locals_.push_back({param.kind(), slot, 0, no_entry});
        slot += int32_t(param.slots());
    }
    // Local declarations (specification: Binary Format, Code Section); validated before.
    slot = wide_ ? scratch_slots : 0;
    InstructionReader::List declarations(bytes, body_.begin);
    for (uint32_t runs = declarations.next_u32(); runs != 0; --runs) {
        const uint32_t count = declarations.next_u32();
        const ValueType type = declarations.next_value_type();
        for (uint32_t i = 0; i < count; ++i) {
            locals_.push_back({type.kind(), slot, 0, no_entry});
            slot += int32_t(type.slots());
        }
    }
    next_home_ = slot;
    max_slots_ = slot;
    zero_slots_ = (uint32_t(slot) + 1) & ~1u;

    InstructionReader reader(bytes, declarations.position(bytes), body_.end, module_.features);
    reader_ = &reader;
    ControlFrame function;
    function.kind = ControlFrame::Kind::function;
    function.base_home = next_home_;
    function.results = type_.results;
    controls_.push_back(function);
    writer_.set_origin(reader.position());
    start_run();
    begin_tier();
    if ((request_.variant & variant_polled) != 0) {
        writer_.add(special_handler(Special::poll));
    }

    Instruction instruction;
    ErrorPtr error;
    const auto read = [&](Immediates immediates) __attribute__((always_inline)) {
        return reader.read_immediates(instruction, immediates, error);
    };
    work_ = locals_.size() / 8;
    while (!controls_.empty()) {
        ++work_;
        if (is_stopped_now()) [[unlikely]] {
            return make_error(ErrorKind::interrupted, "translation stopped");
        }
        if (!reader.read_opcode(instruction, error)) {
            return error;
        }
        writer_.set_origin(instruction.offset);
        if (!reachable_) {
            if (!reader.read_immediates(instruction, error)) {
                return error;
            }
            skip_unreachable(instruction);
            continue;
        }
        if (metered_) {
            count(instruction.opcode);
        }
        switch (step_of(instruction.opcode)) {
            case Step::local_get:
                if (!read(Immediates::local)) {
                    return error;
                }
                local_get(instruction.index);
                break;
            case Step::local_set:
                if (!read(Immediates::local)) {
                    return error;
                }
                local_set(instruction.index, false);
                break;
            case Step::local_tee:
                if (!read(Immediates::local)) {
                    return error;
                }
                local_set(instruction.index, true);
                break;
            case Step::i32_const:
                if (!read(Immediates::i32)) {
                    return error;
                }
                push_constant(ValueType::i32, uint32_t(instruction.i32));
                break;
            case Step::block:
                if (!read(Immediates::block_type)) {
                    return error;
                }
                begin_block(instruction, ControlFrame::Kind::block);
                break;
            case Step::end:
                end_block();
                break;
            case Step::branch:
                if (!read(Immediates::label)) {
                    return error;
                }
                branch(instruction.index);
                break;
            case Step::branch_if:
                if (!read(Immediates::label)) {
                    return error;
                }
                branch_if(instruction.index);
                break;
            case Step::call:
                if (!read(Immediates::function)) {
                    return error;
                }
                call(instruction.index);
                break;
            case Step::load:
                if (!read(Immediates::memory_argument)) {
                    return error;
                }
                load(instruction);
                break;
            case Step::store:
                if (!read(Immediates::memory_argument)) {
                    return error;
                }
                store(instruction);
                break;
            case Step::unary:
                unary(instruction.opcode);
                break;
            case Step::binary:
                binary(instruction.opcode);
                break;
            case Step::compare:
                compare(instruction.opcode);
                break;
            case Step::test:
                test(instruction.opcode);
                break;
            case Step::other:
                if (!reader.read_immediates(instruction, error)) {
                    return error;
                }
                by_family(instruction);
                break;
        }
        if (overflow_ || max_slots_ > max_frame_slots) {
            return false;
        }
    }
    writer_.resolve_labels();
    if (metered_) {
        first_price_ = runs_.resolve(writer_);
    }
    return true;
}

void Translator::by_family(const Instruction& instruction) {
    switch (family_of(instruction.opcode)) {
        case Family::special:
            return special(instruction);
        case Family::unary:
        case Family::unary_trap:
            return unary(instruction.opcode);
        case Family::binary:
        case Family::binary_trap:
            return binary(instruction.opcode);
        case Family::compare:
            return compare(instruction.opcode);
        case Family::test:
            return test(instruction.opcode);
        case Family::load:
            return load(instruction);
        case Family::store:
            return store(instruction);
        case Family::vector_unary:
        case Family::vector_test:
        case Family::vector_splat:
            return unary(instruction.opcode);
        case Family::vector_binary:
            return binary(instruction.opcode);
        case Family::vector_ternary:
            return vector_ternary(instruction.opcode);
        case Family::vector_shift:
            return vector_shift(instruction.opcode);
        case Family::vector_extract:
            return vector_extract(instruction);
        case Family::vector_replace:
            return vector_replace(instruction);
        case Family::vector_shuffle:
            return vector_shuffle(instruction);
        case Family::vector_load:
            return load(instruction);
        case Family::vector_store:
            return store(instruction);
        case Family::vector_load_lane:
            return vector_lane_access(instruction, true);
        case Family::vector_store_lane:
            return vector_lane_access(instruction, false);
    }
}

// Where machine code may be entered: the function's start, or that of a loop.
void Translator::begin_tier() {
    if (plain_) {
        writer_.add(special_handler(Special::native));
    } else if ((request_.variant & variant_tiered) != 0) {
        const uint32_t at = writer_.add(special_handler(Special::tally));
        writer_.put(at, field_counter, hot_after());
        writer_.put(at, field_loop, loops_);
    }
}

// When the function or the loop that begins here is hot.
uint32_t Translator::hot_after() const {
    if (request_.random_tiers == 0) {
        return loops_ == 0 ? request_.hot_calls : request_.hot_rounds;
    }
    const uint64_t place = uint64_t(request_.function) << 32 | loops_;
    const uint64_t number = mixed(request_.random_tiers ^ mixed(place));
    // Never, or after 1 to 128 times, small numbers more often.
    return number % 8 == 0 ? UINT32_MAX : 1 + uint32_t((number >> 8) % (2u << (number % 7)));
}

// All that it does is done by others: then it needs no frame of its own.
void Translator::special(const Instruction& instruction) {
    switch (instruction.opcode) {
        case Opcode::unreachable:
            return unreachable();
        case Opcode::nop:
            return;
        case Opcode::block:
            return begin_block(instruction, ControlFrame::Kind::block);
        case Opcode::loop:
            return begin_block(instruction, ControlFrame::Kind::loop);
        case Opcode::if_:
            return begin_block(instruction, ControlFrame::Kind::if_);
        case Opcode::else_:
            return begin_else();
        case Opcode::end:
            return end_block();
        case Opcode::br:
            return branch(instruction.index);
        case Opcode::br_if:
            return branch_if(instruction.index);
        case Opcode::br_table:
            return branch_table(instruction);
        case Opcode::return_:
            return leave();
        case Opcode::call:
            return call(instruction.index);
        case Opcode::call_indirect:
            return call_indirect(instruction.index, instruction.index2);
        case Opcode::return_call:
            return tail_call(module_.function_type(instruction.index), false, instruction.index, 0);
        case Opcode::return_call_indirect:
            return tail_call(module_.types[instruction.index], true, instruction.index2,
                             request_.types[instruction.index].id());
        case Opcode::drop:
            return drop();
        case Opcode::select:
        case Opcode::select_t:
            return select();
        case Opcode::local_get:
            return local_get(instruction.index);
        case Opcode::local_set:
            return local_set(instruction.index, false);
        case Opcode::local_tee:
            return local_set(instruction.index, true);
        case Opcode::global_get:
            return global_get(instruction.index);
        case Opcode::global_set:
            return global_set(instruction.index);
        case Opcode::table_get:
            return bulk_with_result(Special::table_get, 1, instruction.index, ValueType::reference);
        case Opcode::table_set:
            return bulk(Special::table_set, 2, instruction.index, 0);
        case Opcode::ref_is_null:
            return is_null();
        case Opcode::ref_func:
            return bulk_with_result(Special::ref_func, 0, instruction.index, ValueType::reference);
        case Opcode::memory_size:
            return bulk_with_result(Special::memory_size, 0, instruction.index, ValueType::i32);
        case Opcode::memory_grow:
            return bulk_with_result(Special::memory_grow, 1, instruction.index, ValueType::i32);
        case Opcode::i32_const:
        case Opcode::i64_const:
        case Opcode::f32_const:
        case Opcode::f64_const:
        case Opcode::v128_const:
        case Opcode::ref_null:
            return constant(instruction);
        case Opcode::memory_init:
            return bulk(Special::memory_init, 3, instruction.index2, instruction.index);
        case Opcode::data_drop:
            return bulk(Special::data_drop, 0, instruction.index, 0);
        case Opcode::memory_copy:
            return bulk(Special::memory_copy, 3, instruction.index, instruction.index2);
        case Opcode::memory_fill:
            return bulk(Special::memory_fill, 3, instruction.index, 0);
        case Opcode::table_init:
            return bulk(Special::table_init, 3, instruction.index2, instruction.index);
        case Opcode::elem_drop:
            return bulk(Special::elem_drop, 0, instruction.index, 0);
        case Opcode::table_copy:
            return bulk(Special::table_copy, 3, instruction.index, instruction.index2);
        case Opcode::table_grow:
            return bulk_with_result(Special::table_grow, 2, instruction.index, ValueType::i32);
        case Opcode::table_size:
            return bulk_with_result(Special::table_size, 0, instruction.index, ValueType::i32);
        case Opcode::table_fill:
            return bulk(Special::table_fill, 3, instruction.index, 0);
        default:
            // Every other row of opcodes.def has a family.
            return;
    }
}

void Translator::constant(const Instruction& instruction) {
    switch (instruction.opcode) {
        case Opcode::i32_const:
            return push_constant(ValueType::i32, uint32_t(instruction.i32));
        case Opcode::i64_const:
            return push_constant(ValueType::i64, uint64_t(instruction.i64));
        case Opcode::f32_const:
            return push_constant(ValueType::f32, instruction.f32_bits);
        case Opcode::f64_const:
            return push_constant(ValueType::f64, instruction.f64_bits);
        case Opcode::ref_null:
            return push_constant(ValueType::reference, 0);
        default: {
            const uint32_t at =
                produce(ValueType::v128, special_forms(Special::const_vector), 0, 1, cell_size + 8);
            for (int i = 0; i < 16; ++i) {
                writer_.put(at, field_immediate + i, instruction.bytes[i]);
            }
        }
    }
}

void Translator::is_null() {
    Operand a = pop();
    Operand null;
    null.where = Operand::Where::constant;
    null.kind = ValueType::i64;
    binary_cell(Opcode::i64_eq, ValueType::i64, ValueType::i32, a, null, true);
}

void Translator::drop() {
    pop();
}

void Translator::unreachable() {
    writer_.add(special_handler(Special::unreachable));
    end_run();
    reachable_ = false;
}

void Translator::leave() {
    emit_return();
    end_run();
    reachable_ = false;
}

// --- Blocks (specification: Control Instructions)

void Translator::begin_block(const Instruction& instruction, ControlFrame::Kind kind) {
    ControlFrame frame;
    frame.kind = kind;
    const BlockType& block = instruction.block;
    switch (block.form) {
        case BlockType::Form::empty:
            break;
        case BlockType::Form::value:
            frame.results = single_type(block.value);
            break;
        case BlockType::Form::type_index:
            frame.params = module_.types[block.type_index].params;
            frame.results = module_.types[block.type_index].results;
            break;
    }
    // Entries below the block stay as they are until it ends, on every path: none may be a local.
    // Parameters are taken by code that more than one path may reach: they go home.
    const bool conditional = kind == ControlFrame::Kind::if_;
    const auto size = uint32_t(operands_.size()) - (conditional ? 1 : 0);
    frame.height = size - uint32_t(frame.params.size());
    for (uint32_t i = std::min(no_locals_below_, frame.height); i < frame.height; ++i) {
        if (operands_[i].where == Operand::Where::local) {
            materialise(operands_[i]);
        }
    }
    materialise_range(frame.height, size);
    Condition condition;
    if (conditional) {
        condition = pop_condition();
    }
    keep_stores();
    no_locals_below_ = size;
    frame.base_home = frame.params.empty() ? next_home_ : operands_[frame.height].home;
    frame.end = writer_.new_label();
    if (conditional) {
        frame.otherwise = writer_.new_label();
        const uint32_t at = emit_branch(condition, false, frame.otherwise);
        start_run();
        price_other(at);
    } else if (kind == ControlFrame::Kind::loop) {
        proceed_run();
        bind(frame.end);
        ++loops_;
        begin_tier();
        if ((request_.variant & variant_polled) != 0) {
            writer_.add(special_handler(Special::poll));
        }
    } else {
        proceed_run();
    }
    controls_.push_back(frame);
}

void Translator::begin_else() {
    ControlFrame& frame = controls_.back();
    if (reachable_) {
        materialise_top(uint32_t(frame.results.size()));
        emit_br(frame.end);
        end_run();
        frame.end_used = true;
    }
    frame.kind = ControlFrame::Kind::else_;
    bind(frame.otherwise);
    shrink_to(frame.height);
    push_temporaries(frame.params);
    no_locals_below_ = uint32_t(operands_.size());
    reachable_ = true;
}

void Translator::end_block() {
    const ControlFrame frame = controls_.back();
    if (frame.kind == ControlFrame::Kind::function) {
        if (reachable_) {
            emit_return();
            end_run();
        }
        controls_.pop_back();
        return;
    }
    controls_.pop_back();
    if (reachable_) {
        materialise_top(uint32_t(frame.results.size()));
        keep_stores();
        proceed_run();
    }
    const bool joined = (frame.end_used && frame.kind != ControlFrame::Kind::loop) ||
                        frame.kind == ControlFrame::Kind::if_;
    if (frame.kind == ControlFrame::Kind::if_) {
        // Without an else the parameters are the results, and lie where those do.
        bind(frame.otherwise);
    }
    if (joined) {
        bind(frame.end);
        reachable_ = true;
    }
    shrink_to(frame.height);
    push_temporaries(frame.results);
    no_locals_below_ = uint32_t(operands_.size());
}

void Translator::skip_unreachable(const Instruction& instruction) {
    switch (instruction.opcode) {
        case Opcode::block:
        case Opcode::loop:
        case Opcode::if_:
            ++unreachable_depth_;
            break;
        case Opcode::else_:
            if (unreachable_depth_ == 0) {
                begin_else();
            }
            break;
        case Opcode::end:
            if (unreachable_depth_ != 0) {
                --unreachable_depth_;
            } else {
                end_block();
            }
            break;
        default:
            break;
    }
}

// --- Branches

std::span<const ValueType> Translator::label_types(const ControlFrame& frame) const {
    return frame.kind == ControlFrame::Kind::loop ? frame.params : frame.results;
}

// Whether the values of a branch lie where its target wants them.
bool Translator::at_label(const ControlFrame& frame) const {
    const size_t count = label_types(frame).size();
    const auto size = uint32_t(operands_.size());
    for (uint32_t i = skip_temporaries(size - uint32_t(count), size); i < size;
         i = skip_temporaries(i + 1, size)) {
        if (operands_[i].where != Operand::Where::temporary) {
            return false;
        }
    }
    return count == 0 || operands_[operands_.size() - count].home == frame.base_home;
}

// Several values must be at home already.
void Translator::move_to_label(const ControlFrame& frame) {
    const std::span<const ValueType> types = label_types(frame);
    if (types.size() == 1) {
        if (top().where != Operand::Where::temporary || top().home != frame.base_home) {
            move_to(frame.base_home, top());
        }
    } else if (!types.empty()) {
        move_many(frame.base_home, operands_[operands_.size() - types.size()].home,
                  slots_of(types));
    }
}

// A move or the step of a counter just before the branch goes into its cell.
void Translator::emit_br(Label label) {
    uint32_t at;
    if (plain_) {
        at = writer_.add(special_handler(Special::br, metered_form(0, 1)));
    } else if (last_move_.valid && last_move_.end == writer_.position() && last_move_.moves <= 2) {
        at = last_move_.at;
        if (last_move_.moves == 2) {
            writer_.put(at, field_third_source, writer_.get<int16_t>(at, field_b));
            writer_.put(at, field_third, writer_.get<int16_t>(at, field_c));
        }
        writer_.put(at, 0,
                    handler_offset(
                        special_handler(Special::move_br, metered_form(last_move_.moves - 1, 2))));
    } else if (const std::optional<uint32_t> counting = counting_br()) {
        at = *counting;
    } else {
        at = writer_.add(special_handler(Special::br, metered_form(0, 1)));
    }
    reuse_cell(at);
    last_move_.valid = false;
    counter_.valid = false;
    last_value_.valid = false;
    condition_.valid = false;
    writer_.target(at, field_target, label);
    price_branch(at, label);
}

void Translator::branch(uint32_t depth) {
    ControlFrame& frame = controls_[controls_.size() - 1 - depth];
    if (frame.kind == ControlFrame::Kind::function) {
        emit_return();
    } else {
        if (label_types(frame).size() > 1) {
            materialise_top(uint32_t(label_types(frame).size()));
        }
        move_to_label(frame);
        emit_br(frame.end);
        frame.end_used = true;
    }
    end_run();
    reachable_ = false;
}

void Translator::branch_if(uint32_t depth) {
    ControlFrame& frame = controls_[controls_.size() - 1 - depth];
    const size_t count = label_types(frame).size();
    if (count > 1) {
        const auto size = uint32_t(operands_.size()) - 1;
        materialise_range(size - uint32_t(count), size);
    }
    const Condition condition = pop_condition();
    keep_stores();
    if (frame.kind != ControlFrame::Kind::function && at_label(frame)) {
        const uint32_t at = emit_branch(condition, true, frame.end);
        frame.end_used = true;
        start_run();
        price_other(at);
        return;
    }
    const Label skip = writer_.new_label();
    emit_branch(condition, false, skip);
    const Mirrors mirrors = mirrors_;
    if (frame.kind == ControlFrame::Kind::function) {
        emit_return();
    } else {
        move_to_label(frame);
        emit_br(frame.end);
        frame.end_used = true;
    }
    end_run();
    bind(skip);
    // Reached only by the branch above.
    mirrors_ = mirrors;
}

void Translator::branch_table(const Instruction& instruction) {
    Operand index = pop();
    InstructionReader::List labels = reader_->list(instruction);
    if (instruction.count >= CellWriter::most_bytes / 8) {
        too_many_cells();
    }
    const uint32_t count = instruction.count + 1;
    InstructionReader::List first = labels;
    const auto arity =
        uint32_t(label_types(controls_[controls_.size() - 1 - first.next_u32()]).size());
    materialise_top(arity);
    prepare(index, Immediate::none);
    Source source;
    int16_t addend = 0;
    if (!plain_ && is_pending(index) && condition_.opcode == Opcode::i32_add &&
        is_short_step(condition_)) {
        take_back_pending();
        source.kind = condition_.pair == Pair::acc_imm ? Kind::acc : Kind::slot;
        source.slot = condition_.a;
        addend = int16_t(condition_.immediate);
    } else {
        source = use(index, 0);
    }
    keep_stores();
    const uint32_t entry_size = metered_ ? 8 : 4;
    const uint32_t size = (12 + entry_size * count + 7) & ~7u;
    const uint32_t at = writer_.add(
        special_handler(Special::br_table,
                        metered_form((addend != 0 ? 2 : 0) + (source.kind == Kind::acc), 4)),
        size);
    writer_.put(at, field_d, source.slot);
    writer_.put(at, field_table_addend, addend);
    writer_.put(at, 8, instruction.count);
    // Targets that need moves, or that leave the function, go through a stub behind the table.
    std::vector<uint32_t> stub_depths;
    ++branch_tables_;
    work_ += count / 4;
    for (uint32_t i = 0; i < count; ++i) {
        if (i % 4096 == 0 && is_stopped()) {
            // The driver is to see it too, and gives up what there is.
            next_look_ = 0;
            return;
        }
        const uint32_t depth = labels.next_u32();
        ControlFrame& frame = controls_[controls_.size() - 1 - depth];
        if (frame.branch_table != branch_tables_) {
            frame.branch_table = branch_tables_;
            frame.in_table = frame.kind != ControlFrame::Kind::function && at_label(frame);
            if (frame.in_table) {
                frame.table_target = frame.end;
                frame.end_used = true;
            } else {
                frame.table_target = writer_.new_label();
                stub_depths.push_back(depth);
            }
        }
        if (metered_ && frame.in_table) {
            runs_.price(at, int(12 + entry_size * i + 4), frame.table_target);
        }
        writer_.target(at, int(12 + entry_size * i), frame.table_target);
    }
    for (const uint32_t depth : stub_depths) {
        ControlFrame& frame = controls_[controls_.size() - 1 - depth];
        bind(frame.table_target);  // paid for where it goes
        if (frame.kind == ControlFrame::Kind::function) {
            emit_return();
        } else {
            move_to_label(frame);
            emit_br(frame.end);
            frame.end_used = true;
        }
    }
    end_run();
    reachable_ = false;
}

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include "baseline/registers.h"

#include <algorithm>
#include <bit>

namespace epsilon::baseline {

void Registers::begin() {
    order_ = function_.has_calls ? &general_order : &leaf_order;
    lowest_slot_ = function_.lowest_slot;
    states_.assign(function_.slots + 2, {});
    holders_.fill({});
    bound_ = 0;
    pinned_ = 0;
    ever_used_ = 0;
    clock_ = 0;
    has_vectors_ = false;
    held_.clear();
    constant_slots_.clear();
    unstored_constants_.clear();
    held_constants_.clear();
    general_registers_ = 0;
    for (const Reg reg : *order_) {
        general_registers_ |= 1u << register_of(reg);
    }
}

// --- Which register

void Registers::bind(int32_t slot, Type type, Register reg, bool dirty) {
    Holder& holder = holders_[reg];
    holder.slot = slot;
    holder.type = type;
    holder.dirty = dirty;
    holder.used = ++clock_;
    holder.in_loop = state(slot).hint == reg;
    bound_ |= 1u << reg;
    has_vectors_ = has_vectors_ || type == Type::v128;
    ever_used_ |= 1u << reg;
    set_place(slot, reg);
}

void Registers::unbind(Register reg) {
    set_place(holders_[reg].slot, memory);
    holders_[reg].slot = no_slot;
    holders_[reg].dirty = false;
    bound_ &= ~(1u << reg);
}

void Registers::evict(Register reg) {
    const Holder& holder = holders_[reg];
    if (holder.slot == no_slot) {
        return;
    }
    if (holder.dirty) {
        store(reg, holder.type, holder.slot);
    }
    unbind(reg);
}

// A free register, or one whose slot is not needed for longest.
Register Registers::allocate(bool of_vectors, uint32_t avoided) {
    avoided |= pinned_;
    Register best = free_register(of_vectors, avoided | bound_);
    if (best == none) {
        best =
            find_victim(bound_ & ~avoided & (of_vectors ? vector_registers : general_registers_));
        evict(best);
    }
    pin(best);
    return best;
}

// The first that is not taken; or none.
Register Registers::free_register(bool of_vectors, uint32_t taken) const {
    if (of_vectors) {
        const uint32_t free = ~taken & vector_registers;
        return free != 0 ? Register(std::countr_zero(free)) : none;
    }
    for (const Reg reg : *order_) {
        if ((taken >> register_of(reg) & 1) == 0) {
            return register_of(reg);
        }
    }
    return none;
}

// Of these registers the one whose slot the next operations read last. Where they don't read
// several of them: rather one that is in memory already, and rather no loop's, as that has to come
// back; then the one that was not used for longest.
Register Registers::find_victim(uint32_t candidates) const {
    const Operation* operation = &function_.operations[next_];
    const Operation* const end =
        &function_.operations[0] + std::min(next_ + operations_ahead, end_of_block_);
    const auto read = [&](int32_t slot) {
        const uint8_t where = place(slot);
        if (where < constant && (candidates & (candidates - 1)) != 0) {
            candidates &= ~(1u << where);
        }
    };
    for (; operation < end && (candidates & (candidates - 1)) != 0; ++operation) {
        if (operation->has(reads_a)) {
            read(operation->a);
        }
        if (operation->has(reads_b)) {
            read(operation->b);
        }
        if (operation->has(reads_c)) {
            read(operation->c);
        }
    }
    Register best = none;
    uint64_t best_age = UINT64_MAX;
    for (; candidates != 0; candidates &= candidates - 1) {
        const auto reg = Register(std::countr_zero(candidates));
        const Holder& holder = holders_[reg];
        const uint64_t age =
            uint64_t{holder.dirty} << 33 | uint64_t{holder.in_loop} << 32 | holder.used;
        if (age < best_age) {
            best = reg;
            best_age = age;
        }
    }
    return best;
}

Reg Registers::temporary_int(uint32_t avoided) {
    return general(allocate(false, avoided));
}

void Registers::take(Reg reg) {
    const Register wanted = register_of(reg);
    const Holder holder = holders_[wanted];
    if (holder.slot == no_slot) {
        pin(wanted);
        return;
    }
    // To another register if one is free, else to memory.
    pin(wanted);
    for (const Reg other : *order_) {
        const Register to = register_of(other);
        if (is_free(to) && (pinned_ >> to & 1) == 0) {
            copy(to, wanted);
            unbind(wanted);
            bind(holder.slot, holder.type, to, holder.dirty);
            return;
        }
    }
    evict(wanted);
}

// --- Operands

Reg Registers::bring_int(int32_t slot, Type type) {
    const uint8_t where = place(slot);
    const Register wished = state(slot).hint;
    const bool has_wish =
        wished != none && !is_vector(wished) && is_free(wished) && (pinned_ >> wished & 1) == 0;
    if (where == constant) {
        const State known = state(slot);
        const Register reg = has_wish ? wished : allocate(false, 0);
        load_constant(type, known.value, reg);
        bind(slot, type, reg, known.dirty);
        pin(reg);
        return general(reg);
    }
    if (where != memory) {
        evict(where);
    }
    const Register reg = has_wish ? wished : allocate(false, 0);
    load(slot, type, reg);
    bind(slot, type, reg, false);
    pin(reg);
    return general(reg);
}

Vec Registers::use_vector(int32_t slot, Type type) {
    const uint8_t where = place(slot);
    if (where < constant && is_vector(where) &&
        (type != Type::v128 || holders_[where].type == Type::v128)) {
        holders_[where].used = ++clock_;
        pin(where);
        return vector(where);
    }
    const Register wished = state(slot).hint;
    const bool has_wish =
        wished != none && is_vector(wished) && is_free(wished) && (pinned_ >> wished & 1) == 0;
    if (where == constant && type != Type::v128) {
        const State known = state(slot);
        const Register reg = has_wish ? wished : allocate(true, 0);
        load_constant(type, known.value, reg);
        bind(slot, type, reg, known.dirty);
        pin(reg);
        return vector(reg);
    }
    // A vector whose halves were set by themselves: locals are, at first.
    for (uint32_t half = 0; half < slots_of(type); ++half) {
        const int32_t part = slot + int32_t(half);
        if (place(part) == constant) {
            const State known = state(part);
            if (known.dirty) {
                store_constant(known.value, part);
            }
            set_place(part, memory);
        } else if (place(part) != memory) {
            evict(place(part));
        }
    }
    const Register reg = has_wish ? wished : allocate(true, 0);
    load(slot, type, reg);
    bind(slot, type, reg, false);
    pin(reg);
    return vector(reg);
}

void Registers::forget_with_vectors(int32_t slot, Type type) {
    for (uint32_t half = 0; half < slots_of(type); ++half) {
        forget_slot(slot + int32_t(half));
    }
    // A vector that begins one slot lower.
    if (slot > lowest_slot_) {
        const uint8_t where = place(slot - 1);
        if (where < constant && holders_[where].type == Type::v128) {
            unbind(where);
        }
    }
}

void Registers::release_dying(const Operation& operation) {
    if (operation.dies(reads_a)) {
        forget(operation.a, operation.a_type);
    }
    if (operation.dies(reads_b)) {
        forget(operation.b, operation.b_type);
    }
    if (operation.dies(reads_c)) {
        forget(operation.c, operation.c_type);
    }
}

Register Registers::define(int32_t slot, Type type, Register wished, uint32_t avoided) {
    const uint8_t before = place(slot);
    forget(slot, type);
    const uint32_t bank = is_int(type) ? general_bank : vector_bank;
    const uint32_t free = bank & ~bound_ & ~avoided;
    // Where the loop wants it; where it was; where the operation would like it. An operand's
    // register that is free by now is as good, though it is pinned.
    const uint32_t wishes = bit_of(wished) | bit_of(before);
    const uint32_t good = free & (~pinned_ | wishes);
    const Register hint = state(slot).hint;
    const Register chosen = (good & bit_of(hint)) != 0     ? hint
                            : (good & bit_of(before)) != 0 ? Register(before)
                            : (good & bit_of(wished)) != 0 ? wished
                                                           : allocate(!is_int(type), avoided);
    bind(slot, type, chosen, true);
    pinned_ |= 1u << chosen;
    return chosen;
}

Reg Registers::define_int(int32_t slot, Type type, Reg wished, uint32_t avoided) {
    return general(define(slot, type, wished == Reg::none ? none : register_of(wished), avoided));
}
Vec Registers::define_vector(int32_t slot, Type type, Vec wished, uint32_t avoided) {
    return vector(define(slot, type, wished == no_wish ? none : register_of(wished), avoided));
}

void Registers::define_constant(int32_t slot, Type type, uint64_t value, bool is_typed) {
    forget(slot, type);
    State& known = state(slot);
    known.value = value;
    known.type = type;
    known.typed = is_typed;
    set_constant(slot, true);
}

// What the slot's state says is its value.
void Registers::set_constant(int32_t slot, bool dirty) {
    State& known = state(slot);
    known.dirty = dirty;
    set_place(slot, constant);
    if (!known.listed) {
        known.listed = true;
        constant_slots_.push_back(slot);
    }
    if (!known.waits) {
        known.waits = true;
        unstored_constants_.push_back(slot);
    }
}

void Registers::define_stored(int32_t slot, Type type, Register reg) {
    forget(slot, type);
    bind(slot, type, reg, false);
}

bool Registers::rename(int32_t from, int32_t to, Type type) {
    const uint8_t where = place(from);
    // A vector's halves may be constants, each by itself.
    if (where == memory || (where == constant && type == Type::v128)) {
        return false;
    }
    if (where == constant) {
        const State known = state(from);
        forget(from, type);
        define_constant(to, known.type, known.value, known.typed);
        return true;
    }
    const Type held = holders_[where].type;
    if (held == Type::v128 && type != Type::v128) {
        return false;
    }
    unbind(where);
    forget(to, type);
    // All of the slot: what was of 32 bits may be extended now. Another way to a label may have a
    // value of 64 bits in memory, and loads it in the type that the slot has here.
    bind(to, held == Type::i32 ? Type::i64 : held, where, true);
    return true;
}

// --- All of them

// Eight bytes at a time, even where there are sixteen: they have been written eight at a time a
// moment ago, and the processor would wait until that is done.
void Registers::copy_down(int32_t destination, int32_t source, uint32_t count) {
    for (int32_t i = 0; i < int32_t(count);) {
        const uint8_t where = place(source + i);
        if (where == constant) {
            store_constant(constant_value(source + i), destination + i);
            ++i;
        } else if (where == memory) {
            load(source + i, Type::f64, register_of(scratch_vector));
            store(register_of(scratch_vector), Type::f64, destination + i);
            ++i;
        } else {
            store(where, holders_[where].type, destination + i);
            i += int32_t(slots_of(holders_[where].type));
        }
    }
}

void Registers::store_all() {
    for_each_holder([this](Register reg) {
        Holder& holder = holders_[reg];
        if (holder.dirty) {
            store(reg, holder.type, holder.slot);
            holder.dirty = false;
        }
    });
    for (const int32_t slot : unstored_constants_) {
        State& known = state(slot);
        if (is_unstored_constant(slot)) {
            store_constant(known.value, slot);
            known.dirty = false;
        }
        known.waits = false;
    }
    unstored_constants_.clear();
}

void Registers::forget_all() {
    for_each_holder([this](Register reg) { unbind(reg); });
    for (const int32_t slot : constant_slots_) {
        if (place(slot) == constant) {
            set_place(slot, memory);
        }
        state(slot).listed = false;
    }
    constant_slots_.clear();
    for (const int32_t slot : unstored_constants_) {
        state(slot).waits = false;
    }
    unstored_constants_.clear();
}

void Registers::store_constants(uint32_t block) {
    std::erase_if(unstored_constants_, [&](int32_t slot) {
        State& known = state(slot);
        if (is_unstored_constant(slot) && function_.is_live_in(block, slot)) {
            store_constant(known.value, slot);
            known.dirty = false;
        }
        known.waits = is_unstored_constant(slot);
        return !known.waits;
    });
}

void Registers::hold_constants(uint32_t block) {
    std::erase_if(unstored_constants_, [&](int32_t slot) {
        State& known = state(slot);
        known.waits = is_unstored_constant(slot);
        if (!known.waits || !function_.is_live_in(block, slot)) {
            return !known.waits;
        }
        const Register reg = known.typed ? spare_register(!is_int(known.type)) : none;
        if (reg != none) {
            load_constant(known.type, known.value, reg);
            bind(slot, known.type, reg, true);
            held_constants_.push_back(slot);
        } else {
            store_constant(known.value, slot);
            known.dirty = false;
        }
        known.waits = false;
        return true;
    });
}

void Registers::release_constants() {
    for (const int32_t slot : held_constants_) {
        const uint8_t where = place(slot);
        const bool dirty = where < constant && holders_[where].dirty;
        if (where < constant) {
            unbind(where);
        }
        set_constant(slot, dirty);
    }
    held_constants_.clear();
}

// A free register, if there are some; or none.
Register Registers::spare_register(bool of_vectors) const {
    const uint32_t taken = pinned_ | bound_;
    const uint32_t free = ~taken & (of_vectors ? vector_registers : general_registers_);
    return std::popcount(free) < spare_registers ? none : free_register(of_vectors, taken);
}

// --- Between blocks

Snapshot Registers::snapshot(uint32_t block) {
    const auto first = uint32_t(held_.size());
    for_each_holder([&](Register reg) {
        const Holder& holder = holders_[reg];
        if (is_read(block, holder.slot, holder.type)) {
            held_.push_back({holder.slot, reg, holder.type, holder.dirty});
        }
    });
    return {first, uint32_t(held_.size()) - first};
}

void Registers::restore(Snapshot snapshot) {
    forget_all();
    for (const Held& each : held(snapshot)) {
        bind(each.slot, each.type, each.reg, each.dirty);
    }
}

void Registers::transition(uint32_t block, Snapshot to, std::vector<Move>& moves) const {
    // By register that holds the slot now, its number there from 1.
    std::array<uint8_t, 32> wanted_of{};
    const std::span<const Held> wishes = held(to);
    const auto wanted_in = [&](Register reg) {
        return wanted_of[reg] != 0 ? &wishes[wanted_of[reg] - 1u] : nullptr;
    };
    std::array<const Held*, 32> loaded;
    size_t loads = 0;
    std::array<const Held*, 32> known;
    size_t constants = 0;
    for (const Held& each : wishes) {
        const uint8_t where = place(each.slot);
        if (where < constant) {
            wanted_of[where] = uint8_t(&each - wishes.data() + 1);
        } else if (where == constant) {
            known[constants++] = &each;
        } else {
            loaded[loads++] = &each;
        }
    }
    for_each_holder([&](Register reg) {
        const Holder& holder = holders_[reg];
        const Held* const wanted = wanted_in(reg);
        // Into a register of the other bank, where a slot's type isn't known, by way of memory.
        const bool crosses = wanted && is_vector(wanted->reg) != is_vector(reg);
        if (crosses) {
            loaded[loads++] = wanted;
        }
        if (holder.dirty &&
            (crosses || (wanted ? !wanted->dirty : is_read(block, holder.slot, holder.type)))) {
            moves.push_back({Move::Kind::store, reg, 0, holder.type, holder.slot, 0});
        }
        if (crosses) {
            wanted_of[reg] = 0;
        }
    });
    for (const int32_t slot : unstored_constants_) {
        const State& value = state(slot);
        if (!is_unstored_constant(slot) || !function_.is_live_in(block, slot)) {
            continue;
        }
        const auto end = known.begin() + constants;
        const auto found = std::find_if(known.begin(), end,
                                        [slot](const Held* each) { return each->slot == slot; });
        if (found == end || !(*found)->dirty) {
            moves.push_back({Move::Kind::store_constant, 0, 0, value.type, slot, value.value});
        }
    }
    for_each_holder([&](Register reg) {
        const Held* const wanted = wanted_in(reg);
        if (wanted && wanted->reg != reg) {
            moves.push_back({Move::Kind::copy, reg, wanted->reg, wanted->type, wanted->slot, 0});
        }
    });
    for (size_t i = 0; i < loads; ++i) {
        moves.push_back({Move::Kind::load, 0, loaded[i]->reg, loaded[i]->type, loaded[i]->slot, 0});
    }
    for (size_t i = 0; i < constants; ++i) {
        moves.push_back({Move::Kind::constant, 0, known[i]->reg, known[i]->type, known[i]->slot,
                         state(known[i]->slot).value});
    }
}

void Registers::stores(std::vector<Move>& moves) const {
    for_each_holder([&](Register reg) {
        const Holder& holder = holders_[reg];
        if (holder.dirty) {
            moves.push_back({Move::Kind::store, reg, 0, holder.type, holder.slot, 0});
        }
    });
    for (const int32_t slot : unstored_constants_) {
        const State& known = state(slot);
        if (is_unstored_constant(slot)) {
            moves.push_back({Move::Kind::store_constant, 0, 0, known.type, slot, known.value});
        }
    }
}

void Registers::stores(uint32_t block, std::vector<Move>& moves) const {
    const size_t first = moves.size();
    stores(moves);
    moves.erase(
        std::remove_if(moves.begin() + std::ptrdiff_t(first), moves.end(),
                       [&](const Move& move) { return !is_read(block, move.slot, move.type); }),
        moves.end());
}

void Registers::loads(std::vector<Move>& moves) const {
    for_each_holder([&](Register reg) {
        moves.push_back({Move::Kind::load, 0, reg, holders_[reg].type, holders_[reg].slot, 0});
    });
}

// Copies may lead in circles, which go through a scratch register.
void Registers::copy_in_parallel(std::span<const Move> copies) {
    std::array<Register, 32> source;
    source.fill(none);
    std::array<uint8_t, 32> readers{};
    for (const Move& move : copies) {
        source[move.to] = move.from;
        ++readers[move.from];
    }
    std::array<Register, 32> ready;
    size_t readies = 0;
    for (const Move& move : copies) {
        if (readers[move.to] == 0) {
            ready[readies++] = move.to;
        }
    }
    size_t left = copies.size();
    for (;;) {
        while (readies != 0) {
            const Register to = ready[--readies];
            const Register from = source[to];
            copy(to, from);
            source[to] = none;
            --left;
            if (--readers[from] == 0 && source[from] != none) {
                ready[readies++] = from;
            }
        }
        if (left == 0) {
            return;
        }
        // A circle: what is read from its first register is read from the scratch register.
        Register first = 0;
        while (source[first] == none) {
            ++first;
        }
        const Register scratch =
            is_vector(first) ? register_of(scratch_vector) : register_of(scratch_register);
        copy(scratch, first);
        for (Register& from : source) {
            if (from == first) {
                from = scratch;
                ++readers[scratch];
                --readers[first];
            }
        }
        ready[readies++] = first;
    }
}

void Registers::emit(std::span<const Move> moves) {
    for (size_t i = 0; i < moves.size(); ++i) {
        const Move& move = moves[i];
        switch (move.kind) {
            case Move::Kind::store:
                store(move.from, move.type, move.slot);
                break;
            case Move::Kind::store_constant:
                store_constant(move.value, move.slot);
                break;
            case Move::Kind::copy: {
                size_t end = i + 1;
                while (end < moves.size() && moves[end].kind == Move::Kind::copy) {
                    ++end;
                }
                copy_in_parallel(moves.subspan(i, end - i));
                i = end - 1;
                break;
            }
            case Move::Kind::load:
                load(move.slot, move.type, move.to);
                break;
            case Move::Kind::constant:
                load_constant(move.type, move.value, move.to);
                break;
        }
    }
}

bool Registers::can_make_in_advance(std::span<const Move> moves) const {
    constexpr size_t few = 4;
    return moves.size() <= few && std::all_of(moves.begin(), moves.end(), [this](const Move& move) {
               const bool is_register = move.kind == Move::Kind::copy ||
                                        move.kind == Move::Kind::load ||
                                        (move.kind == Move::Kind::constant && move.value != 0);
               return is_register && is_free(move.to);
           });
}

Snapshot Registers::loop_snapshot(std::span<const Wish> wishes) {
    const auto first = uint32_t(held_.size());
    uint32_t used = 0;
    uint32_t done = 0;
    const auto add = [&](size_t i, Register reg) {
        const Wish& wish = wishes[i];
        const uint8_t where = place(wish.slot);
        const bool dirty = (where < constant && holders_[where].dirty) ||
                           (where == constant && state(wish.slot).dirty);
        held_.push_back({wish.slot, reg, wish.type, dirty || wish.written});
        state(wish.slot).hint = reg;
        used |= 1u << reg;
        done |= 1u << i;
    };
    // Where they are already, then in what is left.
    for (size_t i = 0; i < wishes.size(); ++i) {
        const uint8_t where = place(wishes[i].slot);
        if (where < constant && is_vector(where) == !is_int(wishes[i].type)) {
            add(i, where);
        }
    }
    for (size_t i = 0; i < wishes.size(); ++i) {
        if ((done >> i & 1) != 0) {
            continue;
        }
        if (is_int(wishes[i].type)) {
            const auto* const reg = std::find_if(order_->begin(), order_->end(), [used](Reg each) {
                return (used >> register_of(each) & 1) == 0;
            });
            add(i, register_of(*reg));
        } else {
            Register reg = first_vector;
            while ((used >> reg & 1) != 0) {
                ++reg;
            }
            add(i, reg);
        }
    }
    return {first, uint32_t(held_.size()) - first};
}

}  // namespace epsilon::baseline

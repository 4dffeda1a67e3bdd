// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "baseline/operations.h"
#include "baseline/target.h"

// Slots in registers. Between two operations each slot is in memory, in one register, or a known
// constant; a dirty one is not in memory yet. Only slots whose values are still read are kept.
namespace epsilon::baseline {

inline Mem slot_memory(int32_t slot) {
    return at(frame_register, slot * int32_t(sizeof(Slot)));
}

constexpr bool is_vector(Register reg) {
    return reg >= first_vector;
}

// What a state that control arrives with has to become: parts of a transition, in an order in which
// they can be made.
struct Move {
    enum class Kind : uint8_t { store, store_constant, copy, load, constant };
    Kind kind;
    Register from = 0;
    Register to = 0;
    Type type = Type::i64;
    int32_t slot = 0;
    uint64_t value = 0;
};

// Where slots are at a label.
struct Held {
    int32_t slot;
    Register reg;
    Type type;
    bool dirty;
};
// A part of a list that all snapshots share.
struct Snapshot {
    uint32_t first = 0;
    uint32_t count = 0;
};

class Registers {
public:
    static constexpr Vec no_wish = Vec(0xff);

    Registers(Assembler& code, const Function& function) : code_(code), function_(function) {}
    // The function has changed: nothing is known of its slots.
    void begin();

    // --- Within an operation

    // The operation that comes, and what is behind its block's last.
    void begin_operation(uint32_t index, uint32_t end_of_block) {
        next_ = index;
        end_of_block_ = end_of_block;
    }
    // The slot's value in a register, which is not given away before end_operation().
    Reg use_int(int32_t slot, Type type) {
        const uint8_t where = place(slot);
        if (where < constant && !is_vector(where)) {
            holders_[where].used = ++clock_;
            pin(where);
            return general(where);
        }
        return bring_int(slot, type);
    }
    Vec use_vector(int32_t slot, Type type);
    // The slot's value, if it is a known constant.
    bool is_constant(int32_t slot) const { return place(slot) == constant; }
    uint64_t constant_value(int32_t slot) const { return state(slot).value; }
    // The slot's memory, if its value is there.
    bool is_stored(int32_t slot) const { return place(slot) == memory; }
    // The operands that die give their registers away.
    void release_dying(const Operation& operation);
    // A register for the slot's new value: `wished` if it is free, none of those avoided.
    Reg define_int(int32_t slot, Type type, Reg wished = Reg::none, uint32_t avoided = 0);
    Vec define_vector(int32_t slot, Type type, Vec wished = no_wish, uint32_t avoided = 0);
    // Without a type it may be read as a value of either bank.
    void define_constant(int32_t slot, Type type, uint64_t value, bool is_typed = true);
    // The slot has its value in this register, and in memory.
    void define_stored(int32_t slot, Type type, Register reg);
    // `to` takes over the register or constant of `from`, which dies. False if it is in memory.
    bool rename(int32_t from, int32_t to, Type type);
    // A register for the operation's own use.
    Reg temporary_int(uint32_t avoided = 0);
    // Makes a register free, for the operation's own use.
    void take(Reg reg);
    void take(Vec reg) {
        evict(register_of(reg));
        pin(register_of(reg));
    }
    void pin(Register reg) {
        pinned_ |= 1u << reg;
        ever_used_ |= 1u << reg;
    }
    void end_operation(const Operation& operation) {
        if (operation.dies(writes_d)) {
            forget(operation.d, operation.type);
        }
        pinned_ = 0;
        if (!held_constants_.empty()) {
            release_constants();
        }
    }

    // Forgets the slot's value, as it is written elsewhere or never read.
    void forget(int32_t slot, Type type) {
        if (has_vectors_ || type == Type::v128) {
            return forget_with_vectors(slot, type);
        }
        forget_slot(slot);
    }
    // The values of slots, wherever they are, into the memory of others, one after the other, from
    // the first: what is overwritten has been read, if `destination` is lower. Only memory changes;
    // scratch registers may be used.
    void copy_down(int32_t destination, int32_t source, uint32_t count);
    // The value of a number, wherever it is, into sixteen bytes of other memory, which are zero
    // above it. May use scratch registers. The target's.
    void copy_value(int32_t slot, bool narrow, const Mem& to);
    // Everything into memory; `forget_all` also gives all registers away.
    void store_all();
    void forget_all();
    // Constants that may be read there go to memory, or to registers that are free until the
    // operation ends, and may change flags: no label has constants.
    void store_constants(uint32_t block);
    void hold_constants(uint32_t block);

    // --- Between blocks

    // Where slots that are read from the block on are now.
    Snapshot snapshot(uint32_t block);
    std::span<const Held> held(Snapshot snapshot) const {
        return {held_.data() + snapshot.first, snapshot.count};
    }
    void restore(Snapshot snapshot);
    // Appends what makes the current state that of the block's snapshot.
    void transition(uint32_t block, Snapshot to, std::vector<Move>& moves) const;
    // Appends the stores of what is not in memory.
    void stores(std::vector<Move>& moves) const;
    // Those of slots read from the block on.
    void stores(uint32_t block, std::vector<Move>& moves) const;
    // The loads of what is in registers, once it is in memory too.
    void loads(std::vector<Move>& moves) const;
    void emit(std::span<const Move> moves);
    // Whether the moves are few, change nothing but registers that hold nothing, and leave flags
    // as they are.
    bool can_make_in_advance(std::span<const Move> moves) const;
    // Calls f(slot, type) for what is in registers.
    template <class F>
    void for_each_held(F f) const {
        for_each_holder([&](Register reg) { f(holders_[reg].slot, holders_[reg].type); });
    }
    // For the loop that begins: in which registers these slots are best, and which of them may be
    // dirty there.
    struct Wish {
        int32_t slot;
        Type type;
        bool written;
    };
    Snapshot loop_snapshot(std::span<const Wish> wishes);

    // Whether all registers in use so far are ones that C's functions need not keep.
    bool keeps_registers() const { return (ever_used_ & kept_registers) == 0; }

    static constexpr size_t general_count = std::size(general_order);

private:
    static constexpr uint8_t memory = 0xff;
    static constexpr uint8_t constant = 0xfe;
    static constexpr Register none = 0xff;
    static constexpr int32_t no_slot = INT32_MIN;
    static constexpr uint32_t vector_registers = ((1u << vector_count) - 1) << first_vector;
    // Constants get registers where so many are free.
    static constexpr int spare_registers = 4;
    // So many are looked through for what is needed next.
    static constexpr uint32_t operations_ahead = 24;
    // A bit for each register; none for what is no register.
    static constexpr uint32_t bit_of(uint8_t reg) { return reg < 32 ? 1u << reg : 0; }
    static constexpr uint32_t general_bank = (1u << first_vector) - 1;
    static constexpr uint32_t vector_bank = ~general_bank;

    struct Holder {
        int32_t slot = no_slot;
        uint32_t used = 0;
        Type type = Type::i64;
        bool dirty = false;
        bool in_loop = false;  // a loop's register: given away last
    };
    // Of a slot: where its value is; if it is a constant, which one.
    struct State {
        uint64_t value = 0;
        Type type = Type::i64;
        bool dirty = false;
        bool listed = false;  // in constant_slots_
        bool waits = false;   // in unstored_constants_
        bool typed = false;   // of a constant: `type` is how it is read
        uint8_t place = memory;
        Register hint = none;  // where it is in the loop around
    };

    State& state(int32_t slot) { return states_[size_t(slot - lowest_slot_)]; }
    const State& state(int32_t slot) const { return states_[size_t(slot - lowest_slot_)]; }
    uint8_t place(int32_t slot) const { return state(slot).place; }
    void set_place(int32_t slot, uint8_t place) { state(slot).place = place; }
    Reg bring_int(int32_t slot, Type type);
    void forget_slot(int32_t slot) {
        uint8_t& where = state(slot).place;
        if (where < constant) {
            unbind(where);
        } else {
            where = memory;
        }
    }
    void forget_with_vectors(int32_t slot, Type type);
    Register allocate(bool of_vectors, uint32_t avoided);
    Register find_victim(uint32_t candidates) const;
    Register free_register(bool of_vectors, uint32_t taken) const;
    Register spare_register(bool of_vectors) const;
    void set_constant(int32_t slot, bool dirty);
    void release_constants();
    void bind(int32_t slot, Type type, Register reg, bool dirty);
    void unbind(Register reg);
    void evict(Register reg);
    // The target's.
    void load(int32_t slot, Type type, Register reg);
    void load_constant(Type type, uint64_t value, Register reg);
    void store(Register reg, Type type, int32_t slot);
    void store_constant(uint64_t value, int32_t slot);
    void copy(Register to, Register from);
    bool is_unstored_constant(int32_t slot) const {
        return place(slot) == constant && state(slot).dirty;
    }
    bool is_free(Register reg) const { return (bound_ >> reg & 1) == 0; }
    void copy_in_parallel(std::span<const Move> copies);
    Register define(int32_t slot, Type type, Register wished, uint32_t avoided);

    Assembler& code_;
    const Function& function_;
    const std::array<Reg, general_count>* order_ = &general_order;  // of general registers
    template <class F>
    void for_each_holder(F f) const {
        for (uint32_t left = bound_; left != 0; left &= left - 1) {
            f(Register(std::countr_zero(left)));
        }
    }
    bool is_read(uint32_t block, int32_t slot, Type type) const {
        return function_.is_live_in(block, slot) ||
               (type == Type::v128 && function_.is_live_in(block, slot + 1));
    }

    std::array<Holder, 32> holders_;
    uint32_t bound_ = 0;  // which of them hold slots
    std::vector<Held> held_;
    int32_t lowest_slot_ = 0;
    std::vector<State> states_;  // by slot
    bool has_vectors_ = false;   // a slot had one
    // Each slot once; some are none any more.
    std::vector<int32_t> constant_slots_;
    std::vector<int32_t> unstored_constants_;
    std::vector<int32_t> held_constants_;  // in registers until the operation ends
    uint32_t general_registers_ = 0;
    uint32_t pinned_ = 0;
    uint32_t ever_used_ = 0;
    uint32_t clock_ = 0;
    uint32_t next_ = 0;  // operation
    uint32_t end_of_block_ = 0;
};

}  // namespace epsilon::baseline

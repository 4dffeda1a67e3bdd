// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "baseline/operations.h"

// Which slots are read later (backward data flow over blocks), and so which operation is the last
// to read a value: its register is free then, and the slot is never stored.
//
// Blocks are gone through from the last to the first. What lives behind one is known by then, but
// for branches back: the blocks of loops are summed up, and gone over until no loop's beginning
// changes, before their operations are marked.
namespace epsilon::baseline {

namespace {

// Beyond this, finding out would take longer than it is worth.
constexpr uint64_t max_words = uint64_t{1} << 20;

// Without vectors each operand is one slot.
template <bool vectors>
class Liveness {
public:
    explicit Liveness(Function& function)
        : function_(function),
          operations_(function.operations.data()),
          lowest_slot_(function.lowest_slot),
          words_((function.slots + 63) / 64),
          live_(function.room.live),
          read_(function.room.read),
          written_(function.room.written) {
        live_.resize(words_);
    }

    void run() {
        const auto blocks = uint32_t(function_.blocks.size());
        if (blocks * uint64_t{words_} > max_words) {
            return;
        }
        function_.live_words = words_;
        function_.live_in.resize(blocks * size_t{words_});
        find_regions();
        uint32_t end = blocks;
        for (auto region = regions_.rbegin(); region != regions_.rend(); ++region) {
            mark(region->last, end);
            settle(*region);
            mark(region->first, region->last);
            end = region->first;
        }
        mark(0, end);
    }

private:
    // Blocks that branches back keep within: a loop, with those that begin in it.
    struct Region {
        uint32_t first;
        uint32_t last;  // behind them
    };

    uint64_t* live_in(size_t block) { return &function_.live_in[block * words_]; }
    uint32_t bit_of(int32_t slot) const { return uint32_t(slot - lowest_slot_); }
    // An operand's bit in a set, or the two of a vector; no bits if there is no such operand. Which
    // operands there are can't be foretold: a branch for each would take longer than all the rest.
    struct Bits {
        uint32_t word;
        uint32_t upper_word;
        uint64_t mask;
        uint64_t upper_mask;
    };
    Bits bits_of(const Operation& operation, Operands which, int32_t slot, Type type) const {
        const uint64_t is = uint64_t{operation.operands} >> std::countr_zero(unsigned{which}) & 1;
        const uint32_t bit = bit_of(slot) & -uint32_t(is);
        Bits bits{bit / 64, 0, is << (bit % 64), 0};
        if constexpr (vectors) {
            const uint64_t is_vector = type == Type::v128 ? is : 0;
            const auto upper = bit + uint32_t(is_vector);
            bits.upper_word = upper / 64;
            bits.upper_mask = is_vector << (upper % 64);
        }
        return bits;
    }
    Bits bits_of_a(const Operation& each) const {
        return bits_of(each, reads_a, each.a, each.a_type);
    }
    Bits bits_of_b(const Operation& each) const {
        return bits_of(each, reads_b, each.b, each.b_type);
    }
    Bits bits_of_c(const Operation& each) const {
        return bits_of(each, reads_c, each.c, each.c_type);
    }
    Bits bits_of_d(const Operation& each) const {
        return bits_of(each, writes_d, each.d, each.type);
    }
    static bool has(const uint64_t* set, const Bits& bits) {
        return (set[bits.word] & bits.mask) != 0 ||
               (vectors && (set[bits.upper_word] & bits.upper_mask) != 0);
    }
    static void add(uint64_t* set, const Bits& bits) {
        set[bits.word] |= bits.mask;
        if constexpr (vectors) {
            set[bits.upper_word] |= bits.upper_mask;
        }
    }
    static void remove(uint64_t* set, const Bits& bits) {
        set[bits.word] &= ~bits.mask;
        if constexpr (vectors) {
            set[bits.upper_word] &= ~bits.upper_mask;
        }
    }
    static void add(uint64_t* set, uint32_t bit) { set[bit / 64] |= uint64_t{1} << (bit % 64); }
    static void remove(uint64_t* set, uint32_t bit) {
        set[bit / 64] &= ~(uint64_t{1} << (bit % 64));
    }
    // Most sets are a word or two: no function is called to copy them.
    void copy(const uint64_t* from, uint64_t* to) const {
        uint32_t word = 0;
        do {
            to[word] = from[word];
        } while (++word < words_);
    }

    void find_regions() {
        uint32_t end = 0;  // of the last region: an operation
        for (uint32_t i = 0; i < function_.blocks.size(); ++i) {
            const Block& block = function_.blocks[i];
            if (block.is_loop() && block.first >= end) {
                regions_.push_back({i, i});
            }
            end = std::max(end, block.loop_end);
            if (block.first < end) {
                regions_.back().last = i + 1;
            }
        }
    }

    // The slots of a call, backwards.
    void remove_results(const Operation& operation, uint64_t* live) const {
        const uint32_t first = bit_of(operation.d);
        for (uint32_t i = 0; i < operation.results; ++i) {
            remove(live, first + i);
        }
    }
    void add_arguments(const Operation& operation, uint64_t* live) const {
        const uint32_t first = bit_of(operation.first_argument);
        for (uint32_t i = 0; i < operation.arguments; ++i) {
            add(live, first + i);
        }
    }

    // Which slots the block reads first, and which it writes.
    void sum_up(const Block& block, uint64_t* read, uint64_t* written) const {
        for (uint32_t i = block.last; i-- != block.first;) {
            const Operation& operation = operations_[i];
            const Bits result = bits_of_d(operation);
            remove(read, result);
            add(written, result);
            if (operation.results != 0) {
                remove_results(operation, read);
                const uint32_t first = bit_of(operation.d);
                for (uint32_t k = 0; k < operation.results; ++k) {
                    add(written, first + k);
                }
            }
            add(read, bits_of_a(operation));
            add(read, bits_of_b(operation));
            if (operation.has(reads_c)) [[unlikely]] {
                add(read, bits_of_c(operation));
            }
            if (operation.arguments != 0) {
                add_arguments(operation, read);
            }
        }
    }

    // To live_, as far as it is known.
    void find_live_behind(uint32_t index) {
        const Operation& last = operations_[function_.blocks[index].last - 1];
        if (falls_through(last.form) && index + 1 < function_.blocks.size()) {
            copy(live_in(index + 1), live_.data());
        } else {
            std::fill_n(live_.data(), words_, 0);
        }
        const auto join = [this](uint32_t operation) {
            const uint64_t* const more = live_in(function_.block_of[operation]);
            uint64_t* const live = live_.data();
            for (uint32_t word = 0; word < words_; ++word) {
                live[word] |= more[word];
            }
        };
        if (last.form == Form::branch_table) {
            for (uint32_t k = 0; k < last.immediate; ++k) {
                join(function_.table_targets[last.target + k]);
            }
        } else if (is_branch(last.form)) {
            join(last.target);
        }
    }

    // Finds live_in of the region's blocks.
    void settle(const Region& region) {
        const size_t words = size_t{region.last - region.first} * words_;
        std::fill_n(live_in(region.first), words, 0);
        read_.assign(words, 0);
        written_.assign(words, 0);
        for (uint32_t i = region.first; i < region.last; ++i) {
            const size_t at = size_t{i - region.first} * words_;
            sum_up(function_.blocks[i], &read_[at], &written_[at]);
        }
        for (bool changed = true; changed;) {
            changed = false;
            for (uint32_t i = region.last; i-- != region.first;) {
                find_live_behind(i);
                const size_t at = size_t{i - region.first} * words_;
                uint64_t* const known = live_in(i);
                for (uint32_t word = 0; word < words_; ++word) {
                    const uint64_t before = read_[at + word] | (live_[word] & ~written_[at + word]);
                    changed = changed || (before != known[word] && function_.blocks[i].is_loop());
                    known[word] = before;
                }
            }
        }
    }

    // Finds live_in and the deaths of blocks, where what lives behind them is known.
    void mark(uint32_t first, uint32_t last) {
        for (uint32_t i = last; i-- != first;) {
            find_live_behind(i);
            mark(function_.blocks[i]);
            copy(live_.data(), live_in(i));
        }
    }
    void mark(const Block& block) {
        uint64_t* const live = live_.data();
        for (uint32_t i = block.last; i-- != block.first;) {
            Operation& operation = operations_[i];
            const Bits result = bits_of_d(operation);
            unsigned lives = has(live, result) ? writes_d : 0;
            // What is overwritten here doesn't live on either.
            remove(live, result);
            if (operation.results != 0) {
                remove_results(operation, live);
            }
            const Bits a = bits_of_a(operation);
            const Bits b = bits_of_b(operation);
            lives |= has(live, a) ? reads_a : 0;
            lives |= has(live, b) ? reads_b : 0;
            if (operation.has(reads_c)) [[unlikely]] {
                const Bits c = bits_of_c(operation);
                lives |= has(live, c) ? reads_c : 0;
                add(live, c);
            }
            operation.deaths = uint8_t(operation.operands & ~lives);
            add(live, a);
            add(live, b);
            if (operation.arguments != 0) {
                add_arguments(operation, live);
            }
        }
    }

    Function& function_;
    Operation* const operations_;
    const int32_t lowest_slot_;
    const uint32_t words_;
    std::vector<uint64_t>& live_;
    std::vector<uint64_t>& read_;
    std::vector<uint64_t>& written_;
    std::vector<Region> regions_;
};

}  // namespace

void find_deaths(Function& function) {
    if (function.has_vectors) {
        Liveness<true>(function).run();
    } else {
        Liveness<false>(function).run();
    }
}

}  // namespace epsilon::baseline

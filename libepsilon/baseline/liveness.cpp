// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

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
    static bool has(const uint64_t* set, uint32_t bit) {
        return (set[bit / 64] >> (bit % 64) & 1) != 0;
    }
    static void add(uint64_t* set, uint32_t bit) { set[bit / 64] |= uint64_t{1} << (bit % 64); }
    static void remove(uint64_t* set, uint32_t bit) {
        set[bit / 64] &= ~(uint64_t{1} << (bit % 64));
    }
    bool has(const uint64_t* set, int32_t slot, Type type) const {
        const uint32_t bit = bit_of(slot);
        return has(set, bit) || (vectors && type == Type::v128 && has(set, bit + 1));
    }
    void add(uint64_t* set, int32_t slot, Type type) const {
        const uint32_t bit = bit_of(slot);
        add(set, bit);
        if (vectors && type == Type::v128) {
            add(set, bit + 1);
        }
    }
    void remove(uint64_t* set, int32_t slot, Type type) const {
        const uint32_t bit = bit_of(slot);
        remove(set, bit);
        if (vectors && type == Type::v128) {
            remove(set, bit + 1);
        }
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

    // What the operation does to what lives, backwards.
    void add_reads(const Operation& operation, uint64_t* live) const {
        if (operation.has(reads_a)) {
            add(live, operation.a, operation.a_type);
        }
        if (operation.has(reads_b)) {
            add(live, operation.b, operation.b_type);
        }
        if (operation.has(reads_c)) {
            add(live, operation.c, operation.c_type);
        }
        if (operation.arguments != 0) {
            const uint32_t first = bit_of(operation.first_argument);
            for (uint32_t i = 0; i < operation.arguments; ++i) {
                add(live, first + i);
            }
        }
    }
    void remove_results(const Operation& operation, uint64_t* live) const {
        if (operation.results != 0) {
            const uint32_t first = bit_of(operation.d);
            for (uint32_t i = 0; i < operation.results; ++i) {
                remove(live, first + i);
            }
        }
    }

    // Which slots the block reads first, and which it writes.
    void sum_up(const Block& block, uint64_t* read, uint64_t* written) const {
        for (uint32_t i = block.last; i-- != block.first;) {
            const Operation& operation = operations_[i];
            if (operation.has(writes_d)) {
                remove(read, operation.d, operation.type);
                add(written, operation.d, operation.type);
            }
            if (operation.results != 0) {
                remove_results(operation, read);
                const uint32_t first = bit_of(operation.d);
                for (uint32_t k = 0; k < operation.results; ++k) {
                    add(written, first + k);
                }
            }
            add_reads(operation, read);
        }
    }

    // To live_, as far as it is known.
    void find_live_behind(uint32_t index) {
        const Operation& last = operations_[function_.blocks[index].last - 1];
        if (falls_through(last.form) && index + 1 < function_.blocks.size()) {
            std::copy_n(live_in(index + 1), words_, live_.data());
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
            std::copy(live_.begin(), live_.end(), live_in(i));
        }
    }
    void mark(const Block& block) {
        uint64_t* const live = live_.data();
        for (uint32_t i = block.last; i-- != block.first;) {
            Operation& operation = operations_[i];
            unsigned deaths = 0;
            if (operation.has(writes_d)) {
                if (!has(live, operation.d, operation.type)) {
                    deaths |= writes_d;
                }
                // What is overwritten here doesn't live on either.
                remove(live, operation.d, operation.type);
            }
            remove_results(operation, live);
            if (operation.has(reads_a) && !has(live, operation.a, operation.a_type)) {
                deaths |= reads_a;
            }
            if (operation.has(reads_b) && !has(live, operation.b, operation.b_type)) {
                deaths |= reads_b;
            }
            if (operation.has(reads_c) && !has(live, operation.c, operation.c_type)) {
                deaths |= reads_c;
            }
            operation.deaths = uint8_t(deaths);
            add_reads(operation, live);
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

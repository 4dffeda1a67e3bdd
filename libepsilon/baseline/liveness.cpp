// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "baseline/operations.h"

// Which slots are read later (backward data flow over blocks), and so which operation is the last
// to read a value: its register is free then, and the slot is never stored.
namespace epsilon::baseline {

namespace {

// Beyond this, finding out would take longer than it is worth.
constexpr uint64_t max_words = uint64_t{1} << 20;

class Liveness {
public:
    explicit Liveness(Function& function)
        : function_(function), words_((function.slots + 63) / 64) {}

    void run() {
        const size_t blocks = function_.blocks.size();
        if (blocks * words_ > max_words) {
            return;
        }
        function_.live_words = words_;
        function_.live_in.assign(blocks * words_, 0);
        std::vector<uint64_t> read_first(blocks * words_);
        std::vector<uint64_t> written(blocks * words_);
        for (size_t i = 0; i < blocks; ++i) {
            summarise(function_.blocks[i], &read_first[i * words_], &written[i * words_]);
        }
        std::vector<uint64_t> live(words_);
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t i = blocks; i-- != 0;) {
                live_out(i, live);
                for (uint32_t word = 0; word < words_; ++word) {
                    const uint64_t before =
                        read_first[i * words_ + word] | (live[word] & ~written[i * words_ + word]);
                    uint64_t& known = function_.live_in[i * words_ + word];
                    changed = changed || before != known;
                    known = before;
                }
            }
        }
        for (size_t i = 0; i < blocks; ++i) {
            live_out(i, live);
            mark(function_.blocks[i], live.data());
        }
    }

private:
    uint32_t bit_of(int32_t slot) const { return uint32_t(slot - function_.lowest_slot); }
    bool has(const uint64_t* set, int32_t slot, Type type) const {
        const uint32_t bit = bit_of(slot);
        bool found = (set[bit / 64] >> (bit % 64) & 1) != 0;
        if (slots_of(type) == 2) {
            const uint32_t next = bit + 1;
            found = found || (set[next / 64] >> (next % 64) & 1) != 0;
        }
        return found;
    }
    void add(uint64_t* set, int32_t slot, uint32_t count) const {
        for (uint32_t bit = bit_of(slot); count != 0; --count, ++bit) {
            set[bit / 64] |= uint64_t{1} << (bit % 64);
        }
    }
    void remove(uint64_t* set, int32_t slot, uint32_t count) const {
        for (uint32_t bit = bit_of(slot); count != 0; --count, ++bit) {
            set[bit / 64] &= ~(uint64_t{1} << (bit % 64));
        }
    }

    // One operation, backwards: `live` behind it becomes `live` before it.
    void step(const Operation& operation, uint64_t* live, uint64_t* written) const {
        const auto writes = [&](int32_t slot, uint32_t count) {
            remove(live, slot, count);
            if (written) {
                add(written, slot, count);
            }
        };
        if (operation.has(writes_d)) {
            writes(operation.d, slots_of(operation.type));
        }
        if (operation.results != 0) {
            writes(operation.d, operation.results);
        }
        if (operation.has(reads_a)) {
            add(live, operation.a, slots_of(operation.a_type));
        }
        if (operation.has(reads_b)) {
            add(live, operation.b, slots_of(operation.b_type));
        }
        if (operation.has(reads_c)) {
            add(live, operation.c, slots_of(operation.c_type));
        }
        if (operation.arguments != 0) {
            add(live, operation.first_argument, operation.arguments);
        }
    }

    void summarise(const Block& block, uint64_t* read_first, uint64_t* written) const {
        for (uint32_t i = block.last; i-- != block.first;) {
            step(function_.operations[i], read_first, written);
        }
    }

    void live_out(size_t index, std::vector<uint64_t>& live) const {
        std::fill(live.begin(), live.end(), 0);
        const Block& block = function_.blocks[index];
        const Operation& last = function_.operations[block.last - 1];
        const auto join = [&](size_t successor) {
            for (uint32_t word = 0; word < words_; ++word) {
                live[word] |= function_.live_in[successor * words_ + word];
            }
        };
        if (last.form == Form::branch_table) {
            for (uint32_t k = 0; k < last.immediate; ++k) {
                join(function_.block_of[function_.table_targets[last.target + k]]);
            }
        } else if (last.form == Form::branch || last.form == Form::branch_if ||
                   last.form == Form::branch_if_constant) {
            join(function_.block_of[last.target]);
        }
        if (falls_through(last.form) && index + 1 < function_.blocks.size()) {
            join(index + 1);
        }
    }

    void mark(const Block& block, uint64_t* live) const {
        for (uint32_t i = block.last; i-- != block.first;) {
            Operation& operation = function_.operations[i];
            uint8_t deaths = 0;
            if (operation.has(writes_d) && !has(live, operation.d, operation.type)) {
                deaths |= writes_d;
            }
            // What is overwritten here doesn't live on either.
            if (operation.has(writes_d)) {
                remove(live, operation.d, slots_of(operation.type));
            }
            if (operation.results != 0) {
                remove(live, operation.d, operation.results);
            }
            if (operation.has(reads_a) && !has(live, operation.a, operation.a_type)) {
                deaths |= reads_a;
            }
            if (operation.has(reads_b) && !has(live, operation.b, operation.b_type)) {
                deaths |= reads_b;
            }
            if (operation.has(reads_c) && !has(live, operation.c, operation.c_type)) {
                deaths |= reads_c;
            }
            operation.deaths = deaths;
            step(operation, live, nullptr);
        }
    }

    Function& function_;
    const uint32_t words_;
};

}  // namespace

void find_deaths(Function& function) {
    Liveness(function).run();
}

}  // namespace epsilon::baseline

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "runtime/instance.h"

// Bodies of the instructions that work on whole ranges (specification: memory.init and the
// following); any tier may call them.
//
// Bounds are checked as a whole before the first write. Long ranges are then done in pieces, with a
// look at the checkpoint between them, if there is one: where it ends the operation, what has been
// written stays, and the result is Trap::none. At a checkpoint memories and tables may grow.
namespace epsilon {

// Asked between the pieces of a long operation.
class Checkpoint {
public:
    // False: the operation ends here.
    virtual bool goes_on() = 0;

protected:
    ~Checkpoint() = default;
};

// Ends the operation when the program that runs in this context, if any, is told to end. It does
// not pause: for operations in whose middle nothing else may happen.
class EndCheck final : public Checkpoint {
public:
    explicit EndCheck(const Context* running) : running_(running) {}
    bool goes_on() override {
        came_ = running_ != nullptr && running_->must_end();
        return !came_;
    }
    bool came() const { return came_; }

private:
    const Context* running_;
    bool came_ = false;
};

// So much takes a fraction of a millisecond, also in memory that was never touched, which the
// system has to clear first (decision 0004).
constexpr uint64_t bulk_piece_bytes = uint64_t(256) << 10;
constexpr uint64_t bulk_piece_elements = bulk_piece_bytes / sizeof(Slot);

// Calls step(offset, count) for one piece after the other.
template <class Step>
void in_pieces(uint64_t length, uint64_t piece, Checkpoint* checkpoint, Step step) {
    for (uint64_t done = 0; done != length;) {
        const uint64_t count = std::min(length - done, piece);
        step(done, count);
        done += count;
        if (done != length && checkpoint != nullptr && !checkpoint->goes_on()) {
            return;
        }
    }
}

// table_init may throw bad_alloc only for a segment with an expression of several instructions,
// which no reference type has today.
Trap table_init(Instance& instance, uint32_t table, uint32_t segment, uint32_t destination,
                uint32_t source, uint32_t length, Checkpoint* checkpoint = nullptr);
Trap table_copy(Instance& instance, uint32_t destination_table, uint32_t source_table,
                uint32_t destination, uint32_t source, uint32_t length,
                Checkpoint* checkpoint = nullptr);
Trap table_fill(TableView& table, uint32_t destination, Slot value, uint32_t length,
                Checkpoint* checkpoint = nullptr);
Trap memory_init(Instance& instance, uint32_t memory, uint32_t segment, uint32_t destination,
                 uint32_t source, uint32_t length, Checkpoint* checkpoint = nullptr);
Trap memory_copy(MemoryView& destination_memory, MemoryView& source_memory, uint64_t destination,
                 uint64_t source, uint64_t length, Checkpoint* checkpoint = nullptr);
Trap memory_fill(MemoryView& memory, uint64_t destination, uint8_t value, uint64_t length,
                 Checkpoint* checkpoint = nullptr);

}  // namespace epsilon

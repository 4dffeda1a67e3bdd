// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "platform/virtual_memory.h"
#include "runtime/abi.h"
#include "runtime/object.h"

namespace epsilon {

// Static offsets below this are covered by a guarded memory's reservation: any 32-bit index plus
// such an offset faults when it is out of bounds. Larger ones take an explicit check.
constexpr uint64_t guarded_offset_limit = (uint64_t(2) << 30) - 16;

// A linear memory (specification: Memory Instances). A guarded memory is a reservation that never
// moves, with inaccessible pages behind its end; otherwise the bytes are allocated, accesses are
// checked by their instructions, and growth may move them (views of the old bytes stay valid: the
// old allocation is kept while somebody holds it).
class Memory : public Object, public MemoryView {
public:
    // Through Store::new_memory, which asks the limits and then calls allocate().
    Memory(Store& store, const MemoryType& type, uint64_t max_pages);
    ~Memory() override;

    const MemoryType& type() const { return type_; }  // as declared: see current_type
    MemoryType current_type() const;                  // minimum = current size (for linking)
    uint64_t pages() const { return bytes / type_.page_size; }
    uint64_t max_pages() const { return max_pages_; }  // the declared maximum and the caps
    bool guarded() const { return guarded_; }

    // The old size in pages, or nullopt when the limits or the system refuse; nothing has changed
    // then. The new pages are zero. Growth by copying is refused when the program that runs in this
    // context, if one is given, is told to end meanwhile.
    std::optional<uint64_t> grow(uint64_t delta_pages, const Context* running = nullptr);

    // Bounds are checked over the whole range before anything is written; kind misuse when out of
    // bounds.
    Result<void> read(uint64_t offset, std::span<uint8_t> out) const;
    Result<void> write(uint64_t offset, std::span<const uint8_t> data);

    // Keeps the bytes mapped for a view that may outlive the memory and its store. Null for a
    // memory without bytes.
    std::shared_ptr<void> keep_alive() const { return backing_; }

private:
    friend class Store;
    friend class Instantiation;
    // Makes the minimum size's bytes; false when the system refuses. Called once.
    bool allocate(bool allow_guard, bool allow_explicit);
    bool allocate_guarded(uint64_t size);
    bool move_to(uint64_t size, const Context* running);
    bool grow_in_place(uint64_t size);
    ErrorPtr bounds_error(uint64_t offset, uint64_t length) const;

    MemoryType type_;
    uint64_t max_pages_;
    bool guarded_ = false;
    // What of max_total_memory_bytes this memory holds.
    uint64_t accounted_ = 0;
    std::shared_ptr<platform::Reservation> backing_;
};

}  // namespace epsilon

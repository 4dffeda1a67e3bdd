// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory.h"

#include <algorithm>
#include <cstring>

#include "platform/memory_slots.h"
#include "runtime/bulk.h"
#include "runtime/store.h"

namespace epsilon {

namespace {

// A 32-bit index, a static offset below guarded_offset_limit and the widest access end within the
// first 6 GiB.
constexpr uint64_t guarded_span = uint64_t(6) << 30;
static_assert((uint64_t(1) << 32) + guarded_offset_limit + 16 <= guarded_span);

// Where the bytes of an empty memory are said to be: no access of any length is in bounds there.
alignas(16) uint8_t no_bytes[16];

}  // namespace

Memory::Memory(Store& store, const MemoryType& type, uint64_t max_pages)
    : Object(store, ObjectKind::memory), type_(type), max_pages_(max_pages) {
    base = no_bytes;
}

Memory::~Memory() {
    store().release_memory_bytes(accounted_);
}

MemoryType Memory::current_type() const {
    MemoryType type = type_;
    type.limits.min = pages();
    return type;
}

bool Memory::allocate(bool allow_guard, bool allow_explicit) {
    const uint64_t size = type_.limits.min * type_.page_size;
    if (allow_guard && allocate_guarded(size)) {
        return true;
    }
    return allow_explicit && (size == 0 || move_to(size, nullptr));
}

bool Memory::allocate_guarded(uint64_t size) {
    if constexpr (sizeof(size_t) < 8) {
        return false;
    }
    backing_ = platform::take_slot(static_cast<size_t>(guarded_span + platform::page_size()),
                                   static_cast<size_t>(size));
    if (!backing_) {
        return false;
    }
    guarded_ = true;
    base = backing_->base();
    bytes = size;
    return true;
}

// Growth by moving copies; room for more growth keeps repeated small steps from copying each time.
bool Memory::move_to(uint64_t size, const Context* running) {
    const uint64_t wished =
        std::min(max_pages_ * type_.page_size, size + (bytes == 0 ? 0 : size / 2));
    std::optional<platform::Reservation> reservation;
    for (const uint64_t capacity : {std::max(wished, size), size}) {
        if (capacity <= SIZE_MAX && !reservation) {
            reservation = platform::Reservation::reserve(static_cast<size_t>(capacity));
        }
    }
    if (!reservation || !reservation->commit(0, static_cast<size_t>(size))) {
        return false;
    }
    auto backing = std::make_shared<platform::Reservation>(std::move(*reservation));
    EndCheck end(running);
    in_pieces(bytes, bulk_piece_bytes, &end, [&](uint64_t done, uint64_t count) {
        std::memcpy(backing->base() + done, base + done, static_cast<size_t>(count));
    });
    if (end.came()) {
        return false;
    }
    backing_ = std::move(backing);
    base = backing_->base();
    set_bytes(size);
    return true;
}

bool Memory::grow_in_place(uint64_t size) {
    const size_t added = static_cast<size_t>(size - bytes);
    if (!backing_->commit(static_cast<size_t>(bytes), added)) {
        // What is beyond the end must fault. The range was one inaccessible mapping, so a refusal
        // has left it so; this is for systems that changed a part.
        backing_->decommit(static_cast<size_t>(bytes), added);
        return false;
    }
    set_bytes(size);
    return true;
}

std::optional<uint64_t> Memory::grow(uint64_t delta_pages, const Context* running) {
    const uint64_t old_pages = pages();
    if (delta_pages > max_pages_ - old_pages) {
        return std::nullopt;
    }
    if (delta_pages == 0) {
        return old_pages;
    }
    const uint64_t added = delta_pages * type_.page_size;
    if (!store().reserve_memory_bytes(added)) {
        return std::nullopt;
    }
    const bool in_place = backing_ != nullptr && (guarded_ || bytes + added <= backing_->size());
    bool grown = false;
    try {
        grown = in_place ? grow_in_place(bytes + added) : move_to(bytes + added, running);
    } catch (const std::bad_alloc&) {
        // Refused by the system, like a refused mapping.
    }
    if (!grown) {
        store().release_memory_bytes(added);
        return std::nullopt;
    }
    accounted_ += added;
    return old_pages;
}

ErrorPtr Memory::bounds_error(uint64_t offset, uint64_t length) const {
    return make_error(ErrorKind::misuse, "out of bounds memory access: " + std::to_string(length) +
                                             " bytes at offset " + std::to_string(offset) +
                                             " of a memory of " + std::to_string(bytes) + " bytes");
}

Result<void> Memory::read(uint64_t offset, std::span<uint8_t> out) const {
    if (out.size() > bytes || offset > bytes - out.size()) {
        return bounds_error(offset, out.size());
    }
    if (!out.empty()) {
        std::memcpy(out.data(), base + offset, out.size());
    }
    return {};
}

Result<void> Memory::write(uint64_t offset, std::span<const uint8_t> data) {
    if (data.size() > bytes || offset > bytes - data.size()) {
        return bounds_error(offset, data.size());
    }
    if (!data.empty()) {
        std::memmove(base + offset, data.data(), data.size());
    }
    return {};
}

}  // namespace epsilon

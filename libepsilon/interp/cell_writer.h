// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "interp/cell.h"
#include "interp/dispatch.h"
#include "interp/translator.h"

namespace epsilon::interp {

using Label = uint32_t;

// Thrown within translate().
struct TooManyCells {};
[[noreturn]] void too_many_cells();

// The cells of a function while they are made. Positions are distances from the first cell.
class CellWriter {
public:
    // Branch distances are signed, of 32 bits.
    static constexpr size_t most_bytes = size_t{1} << 30;

    // Room for cells, and for what is known of them: empty, or what another writer gave back.
    struct Room;

    // `expected`: bytes, more or less.
    CellWriter(std::vector<CellOrigin>* origins, size_t expected, Room&& room);
    Room give_back() &&;

    uint32_t position() const { return size_; }
    // Appends a cell of `size` bytes, zero but for its head.
    uint32_t add(Handler handler, uint32_t size = cell_size) {
        const uint32_t at = grow(size);
        put(at, 0, handler_offset(handler));
        return at;
    }
    // The last cell, `at`, gets this size if it is smaller.
    void extend(uint32_t at, uint32_t size) {
        if (size_ < at + size) {
            make_room(at + size - size_);
            size_ = at + size;
        }
    }
    // What follows in the last cell, from `position` on, stands for the current instruction.
    void add_origin(uint32_t position) {
        if (origins_) {
            origins_->push_back({position, origin_});
        }
    }
    template <class T>
    void put(uint32_t at, int field, T value) {
        std::memcpy(bytes_.data() + at + field, &value, sizeof value);
    }
    template <class T>
    T get(uint32_t at, int field) const {
        T value;
        std::memcpy(&value, bytes_.data() + at + field, sizeof value);
        return value;
    }
    // The last cells, from `at` on.
    void copy(uint32_t at, std::span<uint8_t> to) const {
        std::memcpy(to.data(), bytes_.data() + at, to.size());
    }
    void append(std::span<const uint8_t> cells) {
        const uint32_t at = grow(uint32_t(cells.size()));
        std::memcpy(bytes_.data() + at, cells.data(), cells.size());
    }
    // Takes back everything from `at` on.
    void truncate(uint32_t at) {
        std::memset(bytes_.data() + at, 0, size_ - at);
        size_ = at;
        while (origins_ && !origins_->empty() && origins_->back().cell >= at) {
            origins_->pop_back();
        }
    }
    // Offset in the module of the instruction that the next cells stand for.
    void set_origin(uint32_t offset) { origin_ = offset; }

    Label new_label() {
        labels_.push_back(unbound);
        return Label(labels_.size() - 1);
    }
    void bind(Label label) { labels_[label] = position(); }
    // The 32-bit field at `field` of the cell at `at` becomes the distance to the label.
    void target(uint32_t at, int field, Label label) { patches_.push_back({at, field, label}); }
    void resolve_labels() {
        for (const Patch& patch : patches_) {
            put(patch.at, patch.field, int32_t(labels_[patch.label] - patch.at));
        }
    }

    std::span<const uint8_t> bytes() const { return {bytes_.data(), size_}; }

private:
    uint32_t grow(uint32_t size) {
        const uint32_t at = size_;
        make_room(size);
        if (origins_ && (origins_->empty() || origins_->back().offset != origin_)) {
            origins_->push_back({at, origin_});
        }
        size_ = at + size;
        return at;
    }
    // A cell is short: a call for each to make room and zero it would take as long as its making.
    void make_room(uint32_t size) {
        if (EPSILON_UNLIKELY(size > bytes_.size() - size_)) {
            make_much_room(size);
        }
    }
    EPSILON_APART void make_much_room(uint32_t size) {
        if (size > most_bytes - size_) {
            too_many_cells();
        }
        bytes_.resize(std::max(size_t{size_} + size, std::min(2 * bytes_.size(), most_bytes)));
    }

    static constexpr size_t least_room = 256;
    static constexpr size_t most_expected = size_t{1} << 20;
    static constexpr size_t least_labels = 32;
    static constexpr uint32_t unbound = UINT32_MAX;
    struct Patch {
        uint32_t at;
        int field;
        Label label;
    };
    std::vector<uint8_t> bytes_;  // zero from size_ on
    uint32_t size_ = 0;
    std::vector<uint32_t> labels_;
    std::vector<Patch> patches_;
    std::vector<CellOrigin>* origins_;
    uint32_t origin_ = 0;
};

struct CellWriter::Room {
    std::vector<uint8_t> bytes;  // zeros
    std::vector<uint32_t> labels;
    std::vector<Patch> patches;
};

inline CellWriter::CellWriter(std::vector<CellOrigin>* origins, size_t expected, Room&& room)
    : bytes_(std::move(room.bytes)),
      labels_(std::move(room.labels)),
      patches_(std::move(room.patches)),
      origins_(origins) {
    expected = std::clamp(expected, least_room, most_expected);
    if (bytes_.size() < expected) {
        bytes_.resize(expected);
    }
    labels_.clear();
    patches_.clear();
    labels_.reserve(least_labels);
    patches_.reserve(least_labels);
}

inline CellWriter::Room CellWriter::give_back() && {
    std::memset(bytes_.data(), 0, size_);
    return {std::move(bytes_), std::move(labels_), std::move(patches_)};
}

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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
    static constexpr uint32_t most_bytes = 1u << 30;

    explicit CellWriter(std::vector<CellOrigin>* origins) : origins_(origins) {}

    uint32_t position() const { return uint32_t(bytes_.size()); }
    // Appends a cell of `size` bytes, zero but for its head.
    uint32_t add(Handler handler, uint32_t size = cell_size) {
        const uint32_t at = grow(size);
        put(at, 0, handler_offset(handler));
        return at;
    }
    // The last cell, `at`, gets this size if it is smaller.
    void extend(uint32_t at, uint32_t size) {
        if (position() < at + size) {
            bytes_.resize(at + size);
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
        bytes_.resize(at);
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

    std::span<const uint8_t> bytes() const { return bytes_; }

private:
    uint32_t grow(uint32_t size) {
        const uint32_t at = position();
        if (EPSILON_UNLIKELY(size > most_bytes || at > most_bytes - size)) {
            too_many_cells();
        }
        bytes_.resize(at + size);
        if (origins_ && (origins_->empty() || origins_->back().offset != origin_)) {
            origins_->push_back({at, origin_});
        }
        return at;
    }

    static constexpr uint32_t unbound = UINT32_MAX;
    struct Patch {
        uint32_t at;
        int field;
        Label label;
    };
    std::vector<uint8_t> bytes_;
    std::vector<uint32_t> labels_;
    std::vector<Patch> patches_;
    std::vector<CellOrigin>* origins_;
    uint32_t origin_ = 0;
};

}  // namespace epsilon::interp

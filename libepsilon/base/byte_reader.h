// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/leb128.h"
#include "base/result.h"

namespace epsilon {

// Reads values one after the other from a part of a module's bytes: a section, say. Positions and
// the offsets of errors count from the start of the whole. `what` names the thing in messages.
// Nothing is copied; the bytes must outlive the reader.
//
// Integers are looked at beyond the end of the part (never of the whole), because the
// specification's tests want a broken integer reported as such even where the part cuts it.
class ByteReader {
public:
    // Reads whole[begin, end); begin <= end <= whole.size().
    ByteReader(std::span<const uint8_t> whole, size_t begin, size_t end)
        : start_(whole.data()),
          at_(start_ + begin),
          end_(start_ + end),
          whole_end_(start_ + whole.size()) {}

    size_t position() const { return size_t(at_ - start_); }
    size_t end_position() const { return size_t(end_ - start_); }
    size_t remaining() const { return size_t(end_ - at_); }
    bool at_end() const { return at_ == end_; }
    // Only when not at_end().
    uint8_t peek() const { return *at_; }
    std::span<const uint8_t> whole() const { return {start_, whole_end_}; }
    // position <= end_position(), not before the current one.
    void move_to(size_t position) { at_ = start_ + position; }

    Result<uint8_t> u8(std::string_view what) {
        if (at_ == end_) [[unlikely]] {
            return unexpected_end(what, 1);
        }
        return *at_++;
    }
    Result<uint32_t> u32(std::string_view what) {
        if (at_ != end_ && *at_ < 0x80) [[likely]] {
            return uint32_t{*at_++};
        }
        return integer<uint32_t, 32>(what);
    }
    Result<uint64_t> u64(std::string_view what) { return integer<uint64_t, 64>(what); }
    Result<int64_t> s33(std::string_view what) { return integer<int64_t, 33>(what); }
    Result<std::span<const uint8_t>> bytes(size_t count, std::string_view what);
    // A vector of bytes that must be UTF-8 (specification: Binary Format, Names).
    Result<std::string_view> name(std::string_view what);

    // "<message>: <particulars>" at the current position.
    ErrorPtr malformed(std::string_view message, std::string_view particulars) const;

private:
    template <class T, unsigned bits>
    Result<T> integer(std::string_view what);
    ErrorPtr unexpected_end(std::string_view what, uint64_t needed) const;

    const uint8_t* start_;
    const uint8_t* at_;
    const uint8_t* end_;
    const uint8_t* whole_end_;
};

}  // namespace epsilon

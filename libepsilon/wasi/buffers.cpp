// SPDX-License-Identifier: Apache-2.0
#include "wasi/buffers.h"

namespace epsilon::wasi {

namespace {
constexpr uint64_t iovec_size = 8;  // address, size
}

Errno Buffers::load(Address list, uint32_t count, uint64_t most) {
    if (count > most) {
        return Errno::inval;
    }
    if (!memory_.contains(list.value, count * iovec_size)) {
        return Errno::fault;
    }
    ranges_.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
        Range range{};
        memory_.load(list + i * iovec_size, range.address);
        memory_.load(list + i * iovec_size + 4, range.size);
        if (!memory_.contains(range.address, range.size)) {
            return Errno::fault;
        }
        if (range.size != 0) {
            ranges_.push_back(range);
            size_ += range.size;
        }
    }
    return Errno::success;
}

std::span<const iovec> Buffers::front(uint64_t most, size_t parts) {
    front_.clear();
    uint32_t offset = offset_;
    for (size_t i = next_; i < ranges_.size() && most != 0 && front_.size() < parts; ++i) {
        const uint64_t size = std::min<uint64_t>(ranges_[i].size - offset, most);
        front_.push_back({memory_.at(uint64_t(ranges_[i].address) + offset, size), size});
        most -= size;
        offset = 0;
    }
    return front_;
}

void Buffers::advance(uint64_t count) {
    size_ -= count;
    while (count != 0) {
        const uint64_t left = ranges_[next_].size - offset_;
        if (count < left) {
            offset_ += static_cast<uint32_t>(count);
            return;
        }
        count -= left;
        ++next_;
        offset_ = 0;
    }
}

size_t Buffers::copy_in(std::span<const uint8_t> bytes) {
    const size_t count = std::min<uint64_t>(size_, bytes.size());
    size_t done = 0;
    for (const iovec& part : front(count, ranges_.size())) {
        std::memcpy(part.iov_base, bytes.data() + done, part.iov_len);
        done += part.iov_len;
    }
    advance(count);
    return count;
}

size_t Buffers::peek(std::span<uint8_t> bytes) {
    const size_t count = std::min<uint64_t>(size_, bytes.size());
    size_t done = 0;
    for (const iovec& part : front(count, ranges_.size())) {
        std::memcpy(bytes.data() + done, part.iov_base, part.iov_len);
        done += part.iov_len;
    }
    return count;
}

}  // namespace epsilon::wasi

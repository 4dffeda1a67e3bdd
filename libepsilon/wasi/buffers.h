// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <span>
#include <vector>

#include "wasi/guest_memory.h"
#include "wasi/types.h"

namespace epsilon::wasi {

// The list of ranges of the program's memory that a call reads or writes, and how far it has come.
class Buffers {
public:
    explicit Buffers(const GuestMemory& memory) : memory_(memory) {}

    // Reads the list. inval: more than `most` ranges; fault: something is outside of the memory.
    Errno load(Address list, uint32_t count, uint64_t most);

    // Leaves out what is beyond so many bytes.
    void limit(uint64_t most) { size_ = std::min(size_, most); }
    // What is left.
    uint64_t size() const { return size_; }
    // Up to so many bytes of what is left, in no more parts than readv() takes: good until the next
    // callback.
    std::span<const iovec> front(uint64_t most) { return front(std::min(most, size_), 1024); }
    // So many bytes are done with.
    void advance(uint64_t count);

    // Copies to or from the front, as much as there is of both; returns how much. copy_in advances.
    size_t copy_in(std::span<const uint8_t> bytes);
    size_t peek(std::span<uint8_t> bytes);

private:
    std::span<const iovec> front(uint64_t most, size_t parts);

    struct Range {
        uint32_t address;
        uint32_t size;
    };
    GuestMemory memory_;
    std::vector<Range> ranges_;
    size_t next_ = 0;      // the first range that is not done with
    uint32_t offset_ = 0;  // what of it is
    uint64_t size_ = 0;
    std::vector<iovec> front_;
};

}  // namespace epsilon::wasi

// SPDX-License-Identifier: Apache-2.0
#include "wasi/streams.h"

#include <algorithm>

#include "wasi/call.h"

namespace epsilon::wasi {

namespace {

// Callbacks get and give bytes outside of the program's memory, which they may cause to move.
constexpr size_t piece = 64 << 10;

Errno stat_of_stream(FileStat& stat) {
    stat = FileStat();
    return Errno::success;
}

}  // namespace

Errno BytesInput::read(Call& /*call*/, Buffers& buffers) {
    position_ += buffers.copy_in(std::span<const uint8_t>(bytes_).subspan(position_));
    return Errno::success;
}

Errno BytesInput::stat(FileStat& stat) {
    return stat_of_stream(stat);
}

uint64_t BytesInput::readable_bytes(bool& at_end) {
    at_end = position_ == bytes_.size();
    return bytes_.size() - position_;
}

Errno SourceInput::read(Call& call, Buffers& buffers) {
    if (buffers.size() == 0) {
        return Errno::success;
    }
    std::vector<uint8_t> bytes(std::min<uint64_t>(buffers.size(), piece));
    size_t count = 0;
    if (ErrorPtr error = source_->read(bytes.data(), bytes.size(), count)) {
        return call.end_with(std::move(error));
    }
    buffers.copy_in(std::span<const uint8_t>(bytes).first(count));
    return Errno::success;
}

Errno SourceInput::stat(FileStat& stat) {
    return stat_of_stream(stat);
}

Errno CapturedOutput::write(Call& /*call*/, std::span<const uint8_t> bytes, bool /*may_wait*/,
                            size_t& count) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    count = bytes.size();
    return Errno::success;
}

Errno OutputStream::write(Call& call, Buffers& buffers) {
    std::vector<uint8_t> bytes;
    while (buffers.size() != 0) {
        const uint64_t allowed = std::min<uint64_t>(buffers.size(), allowance.left());
        if (allowed == 0) {
            allowance.refuse();
            return Errno::nospc;
        }
        if (call.must_end()) {
            return Errno::intr;
        }
        if (target_ == nullptr) {
            allowance.use(allowed);
            buffers.advance(allowed);
            continue;
        }
        bytes.resize(std::min<uint64_t>(allowed, piece));
        buffers.peek(bytes);
        size_t count = 0;
        const Errno result = target_->write(call, bytes, (flags() & fdflags::nonblock) == 0, count);
        allowance.use(count);
        buffers.advance(count);
        EPSILON_WASI_TRY(result);
    }
    return Errno::success;
}

Errno OutputStream::stat(FileStat& stat) {
    stat = FileStat();
    stat.type = type();
    return Errno::success;
}

}  // namespace epsilon::wasi

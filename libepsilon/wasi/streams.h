// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "wasi/descriptor.h"

namespace epsilon::wasi {

// Standard input from a copy of some bytes.
class BytesInput : public Descriptor {
public:
    explicit BytesInput(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}

    FileType type() const override { return FileType::unknown; }
    Rights applicable_rights() const override { return rights::of_streams & ~rights::fd_write; }
    Errno read(Call& call, Buffers& buffers) override;
    Errno stat(FileStat& stat) override;
    uint64_t readable_bytes(bool& at_end) override;

private:
    std::vector<uint8_t> bytes_;
    size_t position_ = 0;
};

// Where the embedder's callback gets bytes from.
class InputSource {
public:
    virtual ~InputSource() = default;
    // `count` of at most `size` bytes were written to `data`; 0 is the end.
    virtual ErrorPtr read(uint8_t* data, size_t size, size_t& count) = 0;
};

class SourceInput : public Descriptor {
public:
    explicit SourceInput(std::unique_ptr<InputSource> source) : source_(std::move(source)) {}

    FileType type() const override { return FileType::unknown; }
    Rights applicable_rights() const override { return rights::of_streams & ~rights::fd_write; }
    Errno read(Call& call, Buffers& buffers) override;
    Errno stat(FileStat& stat) override;

private:
    const std::unique_ptr<InputSource> source_;
};

// Where output goes.
class OutputTarget {
public:
    virtual ~OutputTarget() = default;
    // Takes the bytes, of which there is one at least, or the first `count` of them; again: it
    // would have to wait and may not.
    virtual Errno write(Call& call, std::span<const uint8_t> bytes, bool may_wait,
                        size_t& count) = 0;
    virtual FileType type() const { return FileType::unknown; }
    virtual int host_descriptor() const { return -1; }
    // Null where it isn't kept.
    virtual const std::vector<uint8_t>* captured() const { return nullptr; }
};

class CapturedOutput : public OutputTarget {
public:
    Errno write(Call& call, std::span<const uint8_t> bytes, bool may_wait, size_t& count) override;
    const std::vector<uint8_t>* captured() const override { return &bytes_; }

private:
    std::vector<uint8_t> bytes_;
};

// How many bytes a stream may still take.
class OutputAllowance {
public:
    void limit_to(std::optional<uint64_t> most) { most_ = most; }
    uint64_t left() const { return most_ ? *most_ - std::min(*most_, used_) : UINT64_MAX; }
    void use(uint64_t count) { used_ += count; }
    void refuse() { refused_ = true; }
    // Whether bytes were kept out.
    bool refused() const { return refused_; }

private:
    std::optional<uint64_t> most_;
    uint64_t used_ = 0;
    bool refused_ = false;
};

// Standard output or error, into a target, or nowhere.
class OutputStream : public Descriptor {
public:
    // Null: what is written is discarded.
    explicit OutputStream(std::unique_ptr<OutputTarget> target) : target_(std::move(target)) {}

    FileType type() const override { return target_ ? target_->type() : FileType::unknown; }
    Rights applicable_rights() const override { return rights::of_streams & ~rights::fd_read; }
    Errno write(Call& call, Buffers& buffers) override;
    Errno stat(FileStat& stat) override;
    int host_descriptor() const override { return target_ ? target_->host_descriptor() : -1; }

    const OutputTarget* target() const { return target_.get(); }
    OutputAllowance allowance;

private:
    const std::unique_ptr<OutputTarget> target_;
};

}  // namespace epsilon::wasi

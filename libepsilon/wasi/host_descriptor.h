// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <utility>

#include "wasi/descriptor.h"
#include "wasi/streams.h"

struct stat;  // NOLINT(readability-identifier-naming): the system's

namespace epsilon::wasi {

// A descriptor of the process, closed in the end.
class HostFd {
public:
    HostFd() = default;
    explicit HostFd(int fd) : fd_(fd) {}
    HostFd(HostFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    HostFd& operator=(HostFd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~HostFd() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    // Another descriptor of the same thing; one without value where there are no more.
    static HostFd copy_of(int fd);

private:
    int fd_ = -1;
};

FileStat stat_of_host(const struct stat& host);
// For utimensat(): two of them.
void to_host(const NewTimes& times, struct timespec (&host)[2]);

// What the program may do to a file of the host beyond what its rights say.
enum class HostUse {
    everything,
    read,    // the tree it is in is read-only
    stream,  // the process uses it too: nothing but reading and writing, and its flags are its own
};

// A file of the host that is no directory: one with a position, or a stream such as a pipe or a
// terminal. Streams are waited for before they are read or written, so that stops find the program;
// their nonblock flag is the program's, and kept here.
class HostFile : public Descriptor {
public:
    HostFile(HostFd fd, FileType type, FdFlags flags, HostUse use);

    FileType type() const override { return type_; }
    Rights applicable_rights() const override;
    Errno set_flags(FdFlags flags) override;
    Errno read(Call& call, Buffers& buffers) override;
    Errno write(Call& call, Buffers& buffers) override;
    Errno read_at(Call& call, Buffers& buffers, uint64_t offset) override;
    Errno write_at(Call& call, Buffers& buffers, uint64_t offset) override;
    Errno seek(int64_t offset, Whence whence, uint64_t& position) override;
    Errno stat(FileStat& stat) override;
    Errno set_size(uint64_t size) override;
    Errno set_times(const NewTimes& times) override;
    Errno allocate(uint64_t offset, uint64_t size) override;
    Errno advise(uint64_t offset, uint64_t size, Advice advice) override;
    Errno sync(bool data_only) override;
    int host_descriptor() const override { return has_position_ ? -1 : fd_.get(); }
    uint64_t readable_bytes(bool& at_end) override;

private:
    Errno changeable() const { return use_ == HostUse::everything ? Errno::success : Errno::rofs; }
    template <class Transfer>
    Errno transfer(Call& call, Buffers& buffers, Transfer&& transfer);

    HostFd fd_;
    const FileType type_;
    const HostUse use_;
    const bool has_position_;
};

// An output stream that is a descriptor of the process.
class HostOutput : public OutputTarget {
public:
    // `filtered`: control characters don't get through.
    HostOutput(HostFd fd, FileType type, bool filtered)
        : fd_(std::move(fd)), type_(type), filtered_(filtered) {}

    Errno write(Call& call, std::span<const uint8_t> bytes, bool may_wait, size_t& count) override;
    FileType type() const override { return type_; }
    int host_descriptor() const override { return fd_.get(); }

private:
    HostFd fd_;
    const FileType type_;
    const bool filtered_;
    bool after_c2_ =
        false;  // the byte before, 0xC2, may begin a control character: it is held back
};

// Standard streams made of a copy of a descriptor of the process; null if it is none.
std::shared_ptr<Descriptor> make_host_input(int fd);
std::unique_ptr<OutputTarget> make_host_output(int fd, bool allow_escapes);

}  // namespace epsilon::wasi

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wasi/host_descriptor.h"

namespace epsilon::wasi {

// A socket of the host, listening or connected. Waiting for it is up to the program's own nonblock
// flag; the host's calls never wait.
class HostSocket : public Socket {
public:
    HostSocket(HostFd fd, FileType type, FdFlags flags) : fd_(std::move(fd)), type_(type) {
        keep_flags(flags);
    }
    // A copy of a socket of the process; null when it is none. A listening one becomes nonblocking
    // for the process too: there is no other way of never waiting in accept().
    static std::shared_ptr<HostSocket> copy_of(int fd);

    FileType type() const override { return type_; }
    Errno read(Call& call, Buffers& buffers) override;
    Errno write(Call& call, Buffers& buffers) override { return send(call, buffers); }
    Errno stat(FileStat& stat) override;
    int host_descriptor() const override { return fd_.get(); }
    uint64_t readable_bytes(bool& at_end) override;

    Errno accept(Call& call, FdFlags flags, std::shared_ptr<Descriptor>& out) override;
    Errno receive(Call& call, Buffers& buffers, uint16_t flags, uint16_t& out_flags) override;
    Errno send(Call& call, Buffers& buffers) override;
    Errno shutdown(bool receiving, bool sending) override;

private:
    bool may_wait() const { return (flags() & fdflags::nonblock) == 0; }

    HostFd fd_;
    const FileType type_;
};

}  // namespace epsilon::wasi

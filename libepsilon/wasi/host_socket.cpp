// SPDX-License-Identifier: Apache-2.0
#include "wasi/host_socket.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "wasi/call.h"

namespace epsilon::wasi {

namespace {

// What one call moves at most.
constexpr uint64_t socket_piece = 1 << 20;

bool would_wait(int error) {
    return error == EAGAIN || error == EWOULDBLOCK;
}

msghdr message_of(std::span<const iovec> parts) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    return message;
}

}  // namespace

std::shared_ptr<HostSocket> HostSocket::copy_of(int fd) {
    int kind = 0;
    int listens = 0;
    socklen_t size = sizeof kind;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) {
        return nullptr;
    }
    HostFd copy = HostFd::copy_of(fd);
    const int flags = fcntl(copy.get(), F_GETFL);
    if (!copy || flags < 0) {
        return nullptr;
    }
    size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0 &&
        fcntl(copy.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        return nullptr;
    }
    return std::make_shared<HostSocket>(
        std::move(copy), kind == SOCK_STREAM ? FileType::socket_stream : FileType::socket_dgram,
        (flags & O_NONBLOCK) != 0 && listens == 0 ? fdflags::nonblock : FdFlags(0));
}

Errno HostSocket::read(Call& call, Buffers& buffers) {
    uint16_t flags = 0;
    return receive(call, buffers, 0, flags);
}

Errno HostSocket::stat(FileStat& stat) {
    struct stat host{};
    if (fstat(fd_.get(), &host) != 0) {
        return last_errno();
    }
    stat = stat_of_host(host);
    stat.type = type_;
    return Errno::success;
}

uint64_t HostSocket::readable_bytes(bool& at_end) {
    at_end = false;
    int count = 0;
    return ioctl(fd_.get(), FIONREAD, &count) == 0 && count > 0 ? uint64_t(count) : 0;
}

Errno HostSocket::accept(Call& call, FdFlags flags, std::shared_ptr<Descriptor>& out) {
    for (;;) {
        HostFd accepted(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (accepted) {
            out = std::make_shared<HostSocket>(std::move(accepted), type_, flags);
            return Errno::success;
        }
        if (!would_wait(errno) && errno != EINTR) {
            return last_errno();
        }
        if (would_wait(errno) && !may_wait()) {
            return Errno::again;
        }
        EPSILON_WASI_TRY(call.wait_for(fd_.get(), POLLIN));
    }
}

Errno HostSocket::receive(Call& call, Buffers& buffers, uint16_t flags, uint16_t& out_flags) {
    out_flags = 0;
    const bool peek = (flags & riflags::peek) != 0;
    const bool wait_for_all = (flags & riflags::waitall) != 0 && !peek;
    bool any = false;
    do {
        msghdr message = message_of(buffers.front(socket_piece));
        const ssize_t count = recvmsg(fd_.get(), &message, MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (!would_wait(errno)) {
                return any ? Errno::success : last_errno();
            }
            if (!may_wait()) {
                return any ? Errno::success : Errno::again;
            }
            const Errno waited = call.wait_for(fd_.get(), POLLIN);
            if (waited != Errno::success) {
                return waited;
            }
            continue;
        }
        any = true;
        buffers.advance(static_cast<uint64_t>(count));
        out_flags = (message.msg_flags & MSG_TRUNC) != 0 ? roflag_data_truncated : uint16_t(0);
        if (count == 0 || !wait_for_all) {
            break;
        }
    } while (!any || buffers.size() != 0);
    return Errno::success;
}

Errno HostSocket::send(Call& call, Buffers& buffers) {
    bool any = false;
    do {
        msghdr message = message_of(
            buffers.front(type_ == FileType::socket_stream ? socket_piece : buffers.size()));
        const ssize_t count = sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) {
            any = true;
            buffers.advance(static_cast<uint64_t>(count));
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (!would_wait(errno)) {
            return any ? Errno::success : last_errno();
        }
        if (!may_wait()) {
            return any ? Errno::success : Errno::again;
        }
        EPSILON_WASI_TRY(call.wait_for(fd_.get(), POLLOUT));
    } while (!any || buffers.size() != 0);
    return Errno::success;
}

Errno HostSocket::shutdown(bool receiving, bool sending) {
    const int how = receiving && sending ? SHUT_RDWR : receiving ? SHUT_RD : SHUT_WR;
    return ::shutdown(fd_.get(), how) == 0 ? Errno::success : last_errno();
}

}  // namespace epsilon::wasi

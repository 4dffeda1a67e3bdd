// SPDX-License-Identifier: Apache-2.0
// Sockets, which the program gets from the embedder.
#include "wasi/functions.h"

namespace epsilon::wasi {

namespace {

Errno get_socket(Call& call, uint32_t fd, Rights needed, OpenFile& file) {
    const OpenFile* found = call.system.files.find(fd);
    if (found != nullptr && found->descriptor->as_socket() == nullptr) {
        return Errno::notsock;
    }
    return get_file(call, fd, needed, file);
}

Errno sock_accept(Call& call, uint32_t fd, uint32_t flags, Address out) {
    OpenFile file;
    EPSILON_WASI_TRY(get_socket(call, fd, rights::sock_accept, file));
    if ((flags & ~uint32_t(fdflags::nonblock)) != 0) {
        return Errno::inval;
    }
    if (!call.memory.contains(out.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    const uint64_t most = call.system.limits().descriptors;
    if (call.system.files.is_full(most)) {
        return Errno::mfile;
    }
    OpenFile accepted;
    EPSILON_WASI_TRY(file.descriptor->as_socket()->accept(call, static_cast<FdFlags>(flags),
                                                          accepted.descriptor));
    accepted.base = file.inheriting & accepted.descriptor->applicable_rights();
    accepted.inheriting = file.inheriting;
    uint32_t number = 0;
    EPSILON_WASI_TRY(call.system.files.add(std::move(accepted), most, number));
    call.memory.store(out.value, number);
    return Errno::success;
}

Errno sock_recv(Call& call, uint32_t fd, Address list, uint32_t count, uint32_t flags, Address size,
                Address out_flags) {
    OpenFile file;
    EPSILON_WASI_TRY(get_socket(call, fd, rights::fd_read, file));
    if ((flags & ~uint32_t(riflags::peek | riflags::waitall)) != 0) {
        return Errno::inval;
    }
    Buffers buffers(call.memory);
    EPSILON_WASI_TRY(buffers.load(list, count, call.system.limits().iovecs));
    if (!call.memory.contains(size.value, sizeof(uint32_t)) ||
        !call.memory.contains(out_flags.value, sizeof(uint16_t))) {
        return Errno::fault;
    }
    const uint64_t asked = buffers.size();
    uint16_t received_flags = 0;
    EPSILON_WASI_TRY(file.descriptor->as_socket()->receive(
        call, buffers, static_cast<uint16_t>(flags), received_flags));
    call.memory.store(size.value, static_cast<uint32_t>(asked - buffers.size()));
    call.memory.store(out_flags.value, received_flags);
    return Errno::success;
}

Errno sock_send(Call& call, uint32_t fd, Address list, uint32_t count, uint32_t flags,
                Address size) {
    OpenFile file;
    EPSILON_WASI_TRY(get_socket(call, fd, rights::fd_write, file));
    if (flags != 0) {
        return Errno::inval;
    }
    Buffers buffers(call.memory);
    EPSILON_WASI_TRY(buffers.load(list, count, call.system.limits().iovecs));
    if (!call.memory.contains(size.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    const uint64_t asked = buffers.size();
    const Errno result = file.descriptor->as_socket()->send(call, buffers);
    const uint64_t sent = asked - buffers.size();
    if (result != Errno::success && sent == 0) {
        return result;
    }
    call.memory.store(size.value, static_cast<uint32_t>(sent));
    return Errno::success;
}

Errno sock_shutdown(Call& call, uint32_t fd, uint32_t how) {
    OpenFile file;
    EPSILON_WASI_TRY(get_socket(call, fd, rights::sock_shutdown, file));
    if (how == 0 || (how & ~uint32_t(sdflags::receive | sdflags::send)) != 0) {
        return Errno::inval;
    }
    return file.descriptor->as_socket()->shutdown((how & sdflags::receive) != 0,
                                                  (how & sdflags::send) != 0);
}

constexpr Function functions[] = {
    make_function<sock_accept>("sock_accept", false),
    make_function<sock_recv>("sock_recv"),
    make_function<sock_send>("sock_send"),
    make_function<sock_shutdown>("sock_shutdown"),
};

}  // namespace

std::span<const Function> socket_functions() {
    return functions;
}

}  // namespace epsilon::wasi

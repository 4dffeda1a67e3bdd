// SPDX-License-Identifier: Apache-2.0
// What descriptors are, and may do; files as a whole.
#include "wasi/functions.h"

namespace epsilon::wasi {

namespace {

Errno fd_close(Call& call, uint32_t fd) {
    return call.system.files.close(fd);
}

Errno fd_renumber(Call& call, uint32_t from, uint32_t to) {
    return call.system.files.renumber(from, to);
}

Errno fd_fdstat_get(Call& call, uint32_t fd, Address out) {
    OpenFile file;
    EPSILON_WASI_TRY(get_file(call, fd, 0, file));
    const GuestMemory& memory = call.memory;
    if (!memory.contains(out.value, 24)) {
        return Errno::fault;
    }
    memory.store<uint64_t>(
        out + 0, uint64_t(file.descriptor->type()) | uint64_t(file.descriptor->flags()) << 16);
    memory.store<uint64_t>(out + 8, file.base);
    memory.store<uint64_t>(out + 16, file.inheriting);
    return Errno::success;
}

// Only append and nonblock can be changed once a file is open.
Errno fd_fdstat_set_flags(Call& call, uint32_t fd, uint32_t flags) {
    constexpr FdFlags changeable = fdflags::append | fdflags::nonblock;
    OpenFile file;
    EPSILON_WASI_TRY(get_file(call, fd, rights::fd_fdstat_set_flags, file));
    if ((flags & ~uint32_t(fdflags::all)) != 0 ||
        ((flags ^ file.descriptor->flags()) & ~uint32_t(changeable)) != 0) {
        return Errno::inval;
    }
    return file.descriptor->set_flags(static_cast<FdFlags>(flags));
}

// Rights can be given up, and never be got back.
Errno fd_fdstat_set_rights(Call& call, uint32_t fd, uint64_t base, uint64_t inheriting) {
    OpenFile* file = call.system.files.find(fd);
    if (file == nullptr) {
        return Errno::badf;
    }
    if ((base & ~file->base) != 0 || (inheriting & ~file->inheriting) != 0) {
        return Errno::notcapable;
    }
    file->base = base;
    file->inheriting = inheriting;
    return Errno::success;
}

Errno fd_prestat_get(Call& call, uint32_t fd, Address out) {
    const OpenFile* file = call.system.files.find(fd);
    if (file == nullptr || !file->preopened_as) {
        return Errno::badf;
    }
    if (!call.memory.contains(out.value, 8)) {
        return Errno::fault;
    }
    call.memory.store<uint32_t>(out + 0, 0);  // a directory
    call.memory.store(out + 4, static_cast<uint32_t>(file->preopened_as->size()));
    return Errno::success;
}

Errno fd_prestat_dir_name(Call& call, uint32_t fd, Address out, uint32_t size) {
    const OpenFile* file = call.system.files.find(fd);
    if (file == nullptr || !file->preopened_as) {
        return Errno::badf;
    }
    const std::string& name = *file->preopened_as;
    if (size < name.size()) {
        return Errno::nametoolong;
    }
    uint8_t* to = call.memory.at(out.value, name.size());
    if (to == nullptr) {
        return Errno::fault;
    }
    std::memcpy(to, name.data(), name.size());
    return Errno::success;
}

Errno fd_filestat_get(Call& call, uint32_t fd, Address out) {
    OpenFile file;
    EPSILON_WASI_TRY(get_file(call, fd, rights::fd_filestat_get, file));
    FileStat stat;
    EPSILON_WASI_TRY(file.descriptor->stat(stat));
    return store_stat(call, out, stat);
}

// Positions and sizes of files are signed for the host.
bool fits(uint64_t offset, uint64_t size) {
    return offset <= INT64_MAX && size <= INT64_MAX - offset;
}

Errno fd_filestat_set_size(Call& call, uint32_t fd, uint64_t size) {
    OpenFile file;
    EPSILON_WASI_TRY(get_content(call, fd, rights::fd_filestat_set_size, file));
    return fits(0, size) ? file.descriptor->set_size(size) : Errno::fbig;
}

Errno fd_filestat_set_times(Call& call, uint32_t fd, uint64_t accessed, uint64_t modified,
                            uint32_t flags) {
    OpenFile file;
    EPSILON_WASI_TRY(get_file(call, fd, rights::fd_filestat_set_times, file));
    NewTimes times;
    EPSILON_WASI_TRY(load_times(accessed, modified, flags, times));
    return file.descriptor->set_times(times);
}

Errno fd_allocate(Call& call, uint32_t fd, uint64_t offset, uint64_t size) {
    OpenFile file;
    EPSILON_WASI_TRY(get_content(call, fd, rights::fd_allocate, file));
    if (size == 0 || offset > INT64_MAX || size > INT64_MAX) {
        return Errno::inval;
    }
    return fits(offset, size) ? file.descriptor->allocate(offset, size) : Errno::fbig;
}

Errno fd_advise(Call& call, uint32_t fd, uint64_t offset, uint64_t size, uint32_t advice) {
    OpenFile file;
    EPSILON_WASI_TRY(get_content(call, fd, rights::fd_advise, file));
    if (advice > uint32_t(Advice::noreuse) || offset > INT64_MAX || size > INT64_MAX) {
        return Errno::inval;
    }
    return file.descriptor->advise(offset, size, Advice(advice));
}

Errno fd_sync(Call& call, uint32_t fd) {
    OpenFile file;
    EPSILON_WASI_TRY(get_file(call, fd, rights::fd_sync, file));
    return file.descriptor->sync(false);
}

Errno fd_datasync(Call& call, uint32_t fd) {
    OpenFile file;
    EPSILON_WASI_TRY(get_file(call, fd, rights::fd_datasync, file));
    return file.descriptor->sync(true);
}

constexpr Function functions[] = {
    make_function<fd_close>("fd_close"),
    make_function<fd_renumber>("fd_renumber"),
    make_function<fd_fdstat_get>("fd_fdstat_get"),
    make_function<fd_fdstat_set_flags>("fd_fdstat_set_flags"),
    make_function<fd_fdstat_set_rights>("fd_fdstat_set_rights"),
    make_function<fd_prestat_get>("fd_prestat_get"),
    make_function<fd_prestat_dir_name>("fd_prestat_dir_name"),
    make_function<fd_filestat_get>("fd_filestat_get"),
    make_function<fd_filestat_set_size>("fd_filestat_set_size"),
    make_function<fd_filestat_set_times>("fd_filestat_set_times"),
    make_function<fd_allocate>("fd_allocate"),
    make_function<fd_advise>("fd_advise"),
    make_function<fd_sync>("fd_sync"),
    make_function<fd_datasync>("fd_datasync"),
};

}  // namespace

std::span<const Function> descriptor_functions() {
    return functions;
}

}  // namespace epsilon::wasi

// SPDX-License-Identifier: Apache-2.0
// What is done by path, beneath a directory that the program has.
#include <algorithm>

#include "wasi/functions.h"

namespace epsilon::wasi {

namespace {

// A directory descriptor and a path, checked.
struct At {
    OpenFile file;
    std::string path;
    Directory& directory() const { return *file.descriptor->as_directory(); }
};

Errno load(Call& call, uint32_t fd, Rights needed, Address path, uint32_t size, At& at) {
    EPSILON_WASI_TRY(get_directory(call, fd, needed, at.file));
    return load_path(call, path, size, at.path);
}

Errno load_lookup(uint32_t flags, bool& follow) {
    follow = (flags & lookup_symlink_follow) != 0;
    return (flags & ~lookup_symlink_follow) == 0 ? Errno::success : Errno::inval;
}

Errno path_create_directory(Call& call, uint32_t fd, Address path, uint32_t size) {
    At at;
    EPSILON_WASI_TRY(load(call, fd, rights::path_create_directory, path, size, at));
    return at.directory().create_directory(at.path);
}

Errno path_remove_directory(Call& call, uint32_t fd, Address path, uint32_t size) {
    At at;
    EPSILON_WASI_TRY(load(call, fd, rights::path_remove_directory, path, size, at));
    return at.directory().remove_directory(at.path);
}

Errno path_unlink_file(Call& call, uint32_t fd, Address path, uint32_t size) {
    At at;
    EPSILON_WASI_TRY(load(call, fd, rights::path_unlink_file, path, size, at));
    return at.directory().unlink(at.path);
}

Errno path_filestat_get(Call& call, uint32_t fd, uint32_t lookup, Address path, uint32_t size,
                        Address out) {
    At at;
    bool follow = false;
    EPSILON_WASI_TRY(load(call, fd, rights::path_filestat_get, path, size, at));
    EPSILON_WASI_TRY(load_lookup(lookup, follow));
    FileStat stat;
    EPSILON_WASI_TRY(at.directory().stat_path(at.path, follow, stat));
    return store_stat(call, out, stat);
}

Errno path_filestat_set_times(Call& call, uint32_t fd, uint32_t lookup, Address path, uint32_t size,
                              uint64_t accessed, uint64_t modified, uint32_t flags) {
    At at;
    bool follow = false;
    NewTimes times;
    EPSILON_WASI_TRY(load(call, fd, rights::path_filestat_set_times, path, size, at));
    EPSILON_WASI_TRY(load_lookup(lookup, follow));
    EPSILON_WASI_TRY(load_times(accessed, modified, flags, times));
    return at.directory().set_times_of(at.path, follow, times);
}

Errno path_link(Call& call, uint32_t old_fd, uint32_t lookup, Address old_path, uint32_t old_size,
                uint32_t new_fd, Address new_path, uint32_t new_size) {
    At from;
    At to;
    bool follow = false;
    EPSILON_WASI_TRY(load(call, old_fd, rights::path_link_source, old_path, old_size, from));
    EPSILON_WASI_TRY(load(call, new_fd, rights::path_link_target, new_path, new_size, to));
    EPSILON_WASI_TRY(load_lookup(lookup, follow));
    // The file could be opened with more rights than where it comes from.
    if ((to.file.inheriting & ~from.file.inheriting) != 0) {
        return Errno::notcapable;
    }
    return from.directory().link(from.path, follow, to.directory(), to.path);
}

Errno path_rename(Call& call, uint32_t old_fd, Address old_path, uint32_t old_size, uint32_t new_fd,
                  Address new_path, uint32_t new_size) {
    At from;
    At to;
    EPSILON_WASI_TRY(load(call, old_fd, rights::path_rename_source, old_path, old_size, from));
    EPSILON_WASI_TRY(load(call, new_fd, rights::path_rename_target, new_path, new_size, to));
    if ((to.file.inheriting & ~from.file.inheriting) != 0) {
        return Errno::notcapable;
    }
    return from.directory().rename(from.path, to.directory(), to.path);
}

Errno path_symlink(Call& call, Address target, uint32_t target_size, uint32_t fd, Address path,
                   uint32_t size) {
    At at;
    std::string text;
    EPSILON_WASI_TRY(load(call, fd, rights::path_symlink, path, size, at));
    EPSILON_WASI_TRY(load_path(call, target, target_size, text));
    return at.directory().symlink(text, at.path);
}

// What doesn't fit into the buffer is left out.
Errno path_readlink(Call& call, uint32_t fd, Address path, uint32_t size, Address buffer,
                    uint32_t buffer_size, Address used) {
    At at;
    EPSILON_WASI_TRY(load(call, fd, rights::path_readlink, path, size, at));
    uint8_t* to = call.memory.at(buffer.value, buffer_size);
    if (to == nullptr || !call.memory.contains(used.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    std::string target;
    EPSILON_WASI_TRY(at.directory().read_link(at.path, target));
    const auto count = static_cast<uint32_t>(std::min<size_t>(target.size(), buffer_size));
    std::copy_n(target.data(), count, to);
    call.memory.store(used.value, count);
    return Errno::success;
}

Errno path_open(Call& call, uint32_t fd, uint32_t lookup, Address path, uint32_t size, uint32_t how,
                uint64_t base, uint64_t inheriting, uint32_t flags, Address out) {
    At at;
    OpenOptions options;
    EPSILON_WASI_TRY(load(call, fd, rights::path_open, path, size, at));
    EPSILON_WASI_TRY(load_lookup(lookup, options.follow));
    if ((how & ~uint32_t(oflags::all)) != 0 || (flags & ~uint32_t(fdflags::all)) != 0) {
        return Errno::inval;
    }
    if (!call.memory.contains(out.value, sizeof(uint32_t))) {
        return Errno::fault;
    }
    options.how = static_cast<OpenFlags>(how);
    options.flags = static_cast<FdFlags>(flags);
    const Rights needed = ((options.how & oflags::creat) != 0 ? rights::path_create_file : 0) |
                          ((options.how & oflags::trunc) != 0 ? rights::path_filestat_set_size : 0);
    base &= rights::all;
    inheriting &= rights::all;
    if ((needed & ~at.file.base) != 0 || ((base | inheriting) & ~at.file.inheriting) != 0) {
        return Errno::notcapable;
    }
    options.read = (base & (rights::fd_read | rights::fd_readdir)) != 0;
    options.write = (base & rights::that_write) != 0;
    // The number comes first: without one nothing is to be created or truncated.
    if (call.system.files.is_full(call.system.limits().descriptors)) {
        return Errno::mfile;
    }
    OpenFile opened;
    EPSILON_WASI_TRY(at.directory().open(at.path, options, opened.descriptor));
    opened.base = base & opened.descriptor->applicable_rights();
    opened.inheriting = inheriting;
    uint32_t number = 0;
    EPSILON_WASI_TRY(
        call.system.files.add(std::move(opened), call.system.limits().descriptors, number));
    call.memory.store(out.value, number);
    return Errno::success;
}

constexpr Function functions[] = {
    make_function<path_create_directory>("path_create_directory"),
    make_function<path_filestat_get>("path_filestat_get"),
    make_function<path_filestat_set_times>("path_filestat_set_times"),
    make_function<path_link>("path_link"),
    make_function<path_open>("path_open"),
    make_function<path_readlink>("path_readlink"),
    make_function<path_remove_directory>("path_remove_directory"),
    make_function<path_rename>("path_rename"),
    make_function<path_symlink>("path_symlink"),
    make_function<path_unlink_file>("path_unlink_file"),
};

}  // namespace

std::span<const Function> path_functions() {
    return functions;
}

}  // namespace epsilon::wasi

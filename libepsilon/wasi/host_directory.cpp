// SPDX-License-Identifier: Apache-2.0
#include "wasi/host_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

namespace epsilon::wasi {

namespace {

Errno result_of(int result) {
    return result < 0 ? last_errno() : Errno::success;
}

Errno stat_place(const HostPlace& place, struct stat& host) {
    return result_of(fstatat(place.parent(), place.name(), &host, AT_SYMLINK_NOFOLLOW));
}

// For a path that ends in a slash: notdir unless it names a directory.
Errno check_slash(const HostPlace& place) {
    if (!place.wants_directory || place.last == ".") {
        return Errno::success;
    }
    struct stat host{};
    EPSILON_WASI_TRY(stat_place(place, host));
    return S_ISDIR(host.st_mode) ? Errno::success : Errno::notdir;
}

// Whether a file is one of /proc: there the process, its memory included, is a file among others.
bool is_process_information(int fd) {
    struct statfs system{};
    return fstatfs(fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

int host_flags(const OpenOptions& options, const HostPlace& place) {
    // Without waiting: a FIFO without a writer would hold the program for ever.
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    const bool write = options.write || (options.how & oflags::trunc) != 0;
    flags |= !write ? O_RDONLY : options.read ? O_RDWR : O_WRONLY;
    flags |= (options.how & oflags::creat) != 0 ? O_CREAT : 0;
    flags |= (options.how & oflags::excl) != 0 ? O_EXCL : 0;
    flags |= (options.how & oflags::trunc) != 0 ? O_TRUNC : 0;
    flags |= (options.how & oflags::directory) != 0 || place.wants_directory ? O_DIRECTORY : 0;
    flags |= (options.flags & fdflags::append) != 0 ? O_APPEND : 0;
    flags |= (options.flags & fdflags::dsync) != 0 ? O_DSYNC : 0;
    flags |= (options.flags & (fdflags::sync | fdflags::rsync)) != 0 ? O_SYNC : 0;
    return flags;
}

}  // namespace

int HostDirectory::open_tree(const std::string& path, bool read_only,
                             std::shared_ptr<Directory>& out) {
    HostFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat host{};
    if (!fd || fstat(fd.get(), &host) != 0) {
        return errno;
    }
    auto tree = std::make_shared<HostTree>();
    tree->read_only = read_only;
    tree->device = host.st_dev;
    tree->inode = host.st_ino;
    out = std::make_shared<HostDirectory>(std::move(fd), std::move(tree));
    return 0;
}

Errno HostDirectory::stat(FileStat& stat) {
    struct stat host{};
    EPSILON_WASI_TRY(result_of(fstat(fd_.get(), &host)));
    stat = stat_of_host(host);
    return Errno::success;
}

Errno HostDirectory::set_times(const NewTimes& times) {
    EPSILON_WASI_TRY(writable());
    timespec host[2];
    to_host(times, host);
    return result_of(futimens(fd_.get(), host));
}

Errno HostDirectory::sync(bool data_only) {
    return result_of(data_only ? fdatasync(fd_.get()) : fsync(fd_.get()));
}

Errno HostDirectory::make_descriptor(HostFd fd, const OpenOptions& options,
                                     std::shared_ptr<Descriptor>& out) const {
    struct stat host{};
    EPSILON_WASI_TRY(result_of(fstat(fd.get(), &host)));
    if (host.st_dev != tree_->device && is_process_information(fd.get())) {
        return Errno::acces;
    }
    if (S_ISDIR(host.st_mode)) {
        out = std::make_shared<HostDirectory>(std::move(fd), tree_);
    } else {
        out = std::make_shared<HostFile>(std::move(fd), stat_of_host(host).type, options.flags,
                                         tree_->read_only ? HostUse::read : HostUse::everything);
    }
    return Errno::success;
}

Errno HostDirectory::open(std::string_view path, const OpenOptions& options,
                          std::shared_ptr<Descriptor>& out) {
    const bool creates = (options.how & oflags::creat) != 0;
    const bool changes = options.write || (options.how & oflags::trunc) != 0;
    if (creates && (options.how & oflags::directory) != 0) {
        return Errno::inval;
    }
    HostPlace place;
    const bool exclusive = creates && (options.how & oflags::excl) != 0;
    EPSILON_WASI_TRY(
        find_place(fd_.get(), path, exclusive ? EndLink::kept : end_link(options.follow), place));
    if (creates && place.wants_directory) {
        return Errno::isdir;  // as the host says of a path that ends in a slash
    }
    if (tree_->read_only && (creates || changes)) {
        // What the host would say without having a look first whether the file is there.
        struct stat host{};
        const Errno found = stat_place(place, host);
        if (found != Errno::success && !creates) {
            return found;
        }
        if (found == Errno::success && exclusive) {
            return Errno::exist;
        }
        if (found == Errno::success && S_ISDIR(host.st_mode) && changes) {
            return Errno::isdir;
        }
        if (changes || found != Errno::success) {
            return Errno::rofs;
        }
    }
    int flags = host_flags(options, place);
    if (tree_->read_only) {
        flags &= ~O_CREAT;
    }
    HostFd fd(openat(place.parent(), place.name(), flags, 0666));
    if (!fd) {
        // What is there but is a link was not to be followed.
        return errno == ENXIO ? Errno::nxio : last_errno();
    }
    return make_descriptor(std::move(fd), options, out);
}

Errno HostDirectory::stat_path(std::string_view path, bool follow, FileStat& stat) {
    HostPlace place;
    EPSILON_WASI_TRY(find_place(fd_.get(), path, end_link(follow), place));
    struct stat host{};
    EPSILON_WASI_TRY(stat_place(place, host));
    if (place.wants_directory && !S_ISDIR(host.st_mode)) {
        return Errno::notdir;
    }
    if (follow && S_ISLNK(host.st_mode)) {
        return Errno::loop;  // it has just become one
    }
    stat = stat_of_host(host);
    return Errno::success;
}

Errno HostDirectory::set_times_of(std::string_view path, bool follow, const NewTimes& times) {
    EPSILON_WASI_TRY(writable());
    HostPlace place;
    EPSILON_WASI_TRY(find_place(fd_.get(), path, end_link(follow), place));
    EPSILON_WASI_TRY(check_slash(place));
    timespec host[2];
    to_host(times, host);
    return result_of(utimensat(place.parent(), place.name(), host, AT_SYMLINK_NOFOLLOW));
}

Errno HostDirectory::create_directory(std::string_view path) {
    HostPlace place;
    EPSILON_WASI_TRY(writable());
    EPSILON_WASI_TRY(find_place(fd_.get(), path, EndLink::kept, place));
    return result_of(mkdirat(place.parent(), place.name(), 0777));
}

Errno HostDirectory::remove_directory(std::string_view path) {
    HostPlace place;
    EPSILON_WASI_TRY(writable());
    EPSILON_WASI_TRY(find_place(fd_.get(), path, EndLink::kept, place));
    return result_of(unlinkat(place.parent(), place.name(), AT_REMOVEDIR));
}

Errno HostDirectory::unlink(std::string_view path) {
    HostPlace place;
    EPSILON_WASI_TRY(writable());
    EPSILON_WASI_TRY(find_place(fd_.get(), path, EndLink::kept, place));
    if (place.wants_directory) {
        EPSILON_WASI_TRY(check_slash(place));
        return Errno::isdir;
    }
    return result_of(unlinkat(place.parent(), place.name(), 0));
}

Errno HostDirectory::read_link(std::string_view path, std::string& target) {
    HostPlace place;
    EPSILON_WASI_TRY(find_place(fd_.get(), path, EndLink::followed_before_slash, place));
    EPSILON_WASI_TRY(check_slash(place));
    std::array<char, PATH_MAX> text;
    const ssize_t size = readlinkat(place.parent(), place.name(), text.data(), text.size());
    if (size < 0) {
        return last_errno();
    }
    target.assign(text.data(), static_cast<size_t>(size));
    return Errno::success;
}

// The place of something that is to be made and is no directory.
Errno HostDirectory::place_for_new(std::string_view path, HostPlace& place) const {
    EPSILON_WASI_TRY(find_place(fd_.get(), path, EndLink::kept, place));
    if (place.wants_directory) {
        EPSILON_WASI_TRY(check_slash(place));
        return Errno::exist;
    }
    return Errno::success;
}

Errno HostDirectory::symlink(std::string_view target, std::string_view path) {
    EPSILON_WASI_TRY(writable());
    if (target.front() == '/') {
        return Errno::perm;  // it would lead outside; here nothing follows it, but others might
    }
    HostPlace place;
    EPSILON_WASI_TRY(place_for_new(path, place));
    return result_of(symlinkat(std::string(target).c_str(), place.parent(), place.name()));
}

Errno HostDirectory::link(std::string_view path, bool follow, Directory& to,
                          std::string_view new_path) {
    auto* target = dynamic_cast<HostDirectory*>(&to);
    if (target == nullptr) {
        return Errno::xdev;
    }
    // A link in a writable tree would make a file of this one writable.
    EPSILON_WASI_TRY(writable());
    EPSILON_WASI_TRY(target->writable());
    HostPlace from;
    HostPlace place;
    EPSILON_WASI_TRY(find_place(fd_.get(), path, end_link(follow), from));
    EPSILON_WASI_TRY(check_slash(from));
    EPSILON_WASI_TRY(target->place_for_new(new_path, place));
    return result_of(linkat(from.parent(), from.name(), place.parent(), place.name(), 0));
}

Errno HostDirectory::rename(std::string_view path, Directory& to, std::string_view new_path) {
    auto* target = dynamic_cast<HostDirectory*>(&to);
    if (target == nullptr) {
        return Errno::xdev;
    }
    EPSILON_WASI_TRY(writable());
    EPSILON_WASI_TRY(target->writable());
    HostPlace from;
    HostPlace place;
    EPSILON_WASI_TRY(find_place(fd_.get(), path, EndLink::kept, from));
    EPSILON_WASI_TRY(check_slash(from));
    EPSILON_WASI_TRY(find_place(target->fd_.get(), new_path, EndLink::kept, place));
    if (place.wants_directory && !from.wants_directory) {
        struct stat host{};
        EPSILON_WASI_TRY(stat_place(from, host));
        if (!S_ISDIR(host.st_mode)) {
            return Errno::notdir;
        }
    }
    return result_of(renameat(from.parent(), from.name(), place.parent(), place.name()));
}

namespace {

// What getdents64() writes.
struct HostEntry {
    uint64_t inode;
    int64_t next;
    unsigned short size;
    unsigned char type;
    char name[1];
};

FileType type_of_entry(int directory, const HostEntry& entry) {
    switch (entry.type) {
        case DT_REG:
            return FileType::regular_file;
        case DT_DIR:
            return FileType::directory;
        case DT_LNK:
            return FileType::symbolic_link;
        case DT_CHR:
            return FileType::character_device;
        case DT_BLK:
            return FileType::block_device;
        case DT_SOCK:
            return FileType::socket_stream;
        case DT_FIFO:
            return FileType::unknown;
        default:
            break;
    }
    struct stat host{};
    return fstatat(directory, entry.name, &host, AT_SYMLINK_NOFOLLOW) == 0 ? stat_of_host(host).type
                                                                           : FileType::unknown;
}

}  // namespace

// Cookies are counted, since wasi-libc's telldir() keeps 32 bits of them and the host's have 64.
// That of an entry stands for the host's position behind it, which lasts whatever happens to the
// directory.
Errno HostDirectory::read_entries(uint64_t cookie, EntrySink& sink) {
    if (cookie == 0) {
        positions_.assign(1, 0);
    }
    // Entries that this descriptor has not read yet are skipped.
    uint64_t index = std::min<uint64_t>(cookie, positions_.size() - 1);
    if (lseek(fd_.get(), positions_[index], SEEK_SET) < 0) {
        return last_errno();
    }
    FileStat self;
    EPSILON_WASI_TRY(stat(self));
    const bool is_top = self.device == tree_->device && self.inode == tree_->inode;
    alignas(HostEntry) std::array<char, 32 << 10> buffer;
    for (;;) {
        const long size = syscall(SYS_getdents64, fd_.get(), buffer.data(), buffer.size());
        if (size <= 0) {
            return size < 0 ? last_errno() : Errno::success;
        }
        for (long at = 0; at < size;) {
            const auto& entry = *reinterpret_cast<const HostEntry*>(buffer.data() + at);
            at += entry.size;
            index++;
            positions_.resize(std::max<size_t>(positions_.size(), index + 1));
            positions_[index] = entry.next;
            if (index <= cookie) {
                continue;
            }
            const std::string_view name(entry.name);
            const uint64_t inode = is_top && name == ".." ? self.inode : entry.inode;
            if (!sink.add(name, inode, type_of_entry(fd_.get(), entry), index)) {
                return Errno::success;
            }
        }
    }
}

}  // namespace epsilon::wasi

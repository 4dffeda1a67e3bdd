// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The numbers and layouts of WASI preview 1 (wasi_snapshot_preview1.witx).
namespace epsilon::wasi {

enum class Errno : uint16_t {
    success,
    too_big,
    acces,
    addrinuse,
    addrnotavail,
    afnosupport,
    again,
    already,
    badf,
    badmsg,
    busy,
    canceled,
    child,
    connaborted,
    connrefused,
    connreset,
    deadlk,
    destaddrreq,
    dom,
    dquot,
    exist,
    fault,
    fbig,
    hostunreach,
    idrm,
    ilseq,
    inprogress,
    intr,
    inval,
    io,
    isconn,
    isdir,
    loop,
    mfile,
    mlink,
    msgsize,
    multihop,
    nametoolong,
    netdown,
    netreset,
    netunreach,
    nfile,
    nobufs,
    nodev,
    noent,
    noexec,
    nolck,
    nolink,
    nomem,
    nomsg,
    noprotoopt,
    nospc,
    nosys,
    notconn,
    notdir,
    notempty,
    notrecoverable,
    notsock,
    notsup,
    notty,
    nxio,
    overflow,
    ownerdead,
    perm,
    pipe,
    proto,
    protonosupport,
    prototype,
    range,
    rofs,
    spipe,
    srch,
    stale,
    timedout,
    txtbsy,
    xdev,
    notcapable,
};
static_assert(unsigned(Errno::notcapable) == 76);

// The program's name for an errno of the host.
Errno from_host(int host_errno);
// Of the host call that has just failed.
Errno last_errno();

// Returns from the enclosing function unless the expression succeeds.
#define EPSILON_WASI_TRY(expression)                                \
    do {                                                            \
        if (const ::epsilon::wasi::Errno wasi_errno = (expression); \
            wasi_errno != ::epsilon::wasi::Errno::success) {        \
            return wasi_errno;                                      \
        }                                                           \
    } while (false)

// The two modules that programs import from. The older one has other layouts of a few records.
enum class Edition : uint8_t { preview1, unstable };

using Rights = uint64_t;
namespace rights {
constexpr Rights fd_datasync = 1 << 0;
constexpr Rights fd_read = 1 << 1;
constexpr Rights fd_seek = 1 << 2;
constexpr Rights fd_fdstat_set_flags = 1 << 3;
constexpr Rights fd_sync = 1 << 4;
constexpr Rights fd_tell = 1 << 5;
constexpr Rights fd_write = 1 << 6;
constexpr Rights fd_advise = 1 << 7;
constexpr Rights fd_allocate = 1 << 8;
constexpr Rights path_create_directory = 1 << 9;
constexpr Rights path_create_file = 1 << 10;
constexpr Rights path_link_source = 1 << 11;
constexpr Rights path_link_target = 1 << 12;
constexpr Rights path_open = 1 << 13;
constexpr Rights fd_readdir = 1 << 14;
constexpr Rights path_readlink = 1 << 15;
constexpr Rights path_rename_source = 1 << 16;
constexpr Rights path_rename_target = 1 << 17;
constexpr Rights path_filestat_get = 1 << 18;
constexpr Rights path_filestat_set_size = 1 << 19;
constexpr Rights path_filestat_set_times = 1 << 20;
constexpr Rights fd_filestat_get = 1 << 21;
constexpr Rights fd_filestat_set_size = 1 << 22;
constexpr Rights fd_filestat_set_times = 1 << 23;
constexpr Rights path_symlink = 1 << 24;
constexpr Rights path_remove_directory = 1 << 25;
constexpr Rights path_unlink_file = 1 << 26;
constexpr Rights poll_fd_readwrite = 1 << 27;
constexpr Rights sock_shutdown = 1 << 28;
constexpr Rights sock_accept = 1 << 29;

constexpr Rights all = (1 << 30) - 1;
// What a descriptor of each sort can have.
constexpr Rights of_streams = fd_read | fd_write | fd_fdstat_set_flags | fd_sync | fd_datasync |
                              fd_filestat_get | poll_fd_readwrite;
constexpr Rights of_files = of_streams | fd_seek | fd_tell | fd_advise | fd_allocate |
                            fd_filestat_set_size | fd_filestat_set_times;
constexpr Rights of_sockets = fd_read | fd_write | fd_fdstat_set_flags | fd_filestat_get |
                              poll_fd_readwrite | sock_shutdown | sock_accept;
constexpr Rights of_directories =
    path_create_directory | path_create_file | path_link_source | path_link_target | path_open |
    fd_readdir | path_readlink | path_rename_source | path_rename_target | path_filestat_get |
    path_filestat_set_size | path_filestat_set_times | fd_filestat_get | fd_filestat_set_times |
    path_symlink | path_remove_directory | path_unlink_file | fd_fdstat_set_flags | fd_sync |
    fd_datasync;
// Whoever asks for one of these when a file is opened wants to change its content.
constexpr Rights that_write = fd_write | fd_allocate | fd_filestat_set_size;
}  // namespace rights

enum class FileType : uint8_t {
    unknown,
    block_device,
    character_device,
    directory,
    regular_file,
    socket_dgram,
    socket_stream,
    symbolic_link,
};

using FdFlags = uint16_t;
namespace fdflags {
constexpr FdFlags append = 1 << 0;
constexpr FdFlags dsync = 1 << 1;
constexpr FdFlags nonblock = 1 << 2;
constexpr FdFlags rsync = 1 << 3;
constexpr FdFlags sync = 1 << 4;
constexpr FdFlags all = (1 << 5) - 1;
}  // namespace fdflags

using OpenFlags = uint16_t;
namespace oflags {
constexpr OpenFlags creat = 1 << 0;
constexpr OpenFlags directory = 1 << 1;
constexpr OpenFlags excl = 1 << 2;
constexpr OpenFlags trunc = 1 << 3;
constexpr OpenFlags all = (1 << 4) - 1;
}  // namespace oflags

namespace fstflags {
constexpr uint16_t atim = 1 << 0;
constexpr uint16_t atim_now = 1 << 1;
constexpr uint16_t mtim = 1 << 2;
constexpr uint16_t mtim_now = 1 << 3;
constexpr uint16_t all = (1 << 4) - 1;
}  // namespace fstflags

constexpr uint32_t lookup_symlink_follow = 1;

enum class Whence : uint8_t { set, current, end };
enum class Advice : uint8_t { normal, sequential, random, willneed, dontneed, noreuse };
enum class ClockId : uint32_t { realtime, monotonic, process_cputime, thread_cputime };
enum class EventType : uint8_t { clock, fd_read, fd_write };

namespace riflags {
constexpr uint16_t peek = 1 << 0;
constexpr uint16_t waitall = 1 << 1;
}  // namespace riflags
constexpr uint16_t roflag_data_truncated = 1;
namespace sdflags {
constexpr uint8_t receive = 1 << 0;
constexpr uint8_t send = 1 << 1;
}  // namespace sdflags

// Times are nanoseconds since 1970.
struct FileStat {
    uint64_t device = 0;
    uint64_t inode = 0;
    FileType type = FileType::unknown;
    uint64_t links = 1;
    uint64_t size = 0;
    uint64_t accessed = 0;
    uint64_t modified = 0;
    uint64_t changed = 0;
};

// What to make of a time of a file.
struct NewTime {
    enum class Kind : uint8_t { kept, now, given };
    Kind kind = Kind::kept;
    uint64_t nanoseconds = 0;
};
struct NewTimes {
    NewTime accessed;
    NewTime modified;
};

}  // namespace epsilon::wasi

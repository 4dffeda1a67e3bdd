// SPDX-License-Identifier: Apache-2.0
#include "wasi/host_descriptor.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

#include "wasi/call.h"

namespace epsilon::wasi {

namespace {

constexpr uint64_t second = 1'000'000'000;
// Files are read and written in pieces, so that stops find the program in between.
constexpr uint64_t file_piece = 2 << 20;
// What a pipe or terminal that is ready takes without making the writer wait.
constexpr size_t stream_piece = 4096;

// While it lives, the signals for a broken pipe and for a file beyond the process's limit, which
// would end the process, are not delivered to this thread.
class NoSignals {
public:
    NoSignals() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGPIPE);
        sigaddset(&signals_, SIGXFSZ);
        sigset_t pending;
        sigpending(&pending);
        if (sigismember(&pending, SIGPIPE) != 0) {
            sigdelset(&signals_, SIGPIPE);  // one from elsewhere is left to whom it is meant for
        }
        if (sigismember(&pending, SIGXFSZ) != 0) {
            sigdelset(&signals_, SIGXFSZ);
        }
        pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    }
    ~NoSignals() {
        const int saved = errno;
        const timespec now{};
        while (sigtimedwait(&signals_, nullptr, &now) > 0) {
        }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = saved;
    }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;

private:
    sigset_t signals_;
    sigset_t before_;
};

// Files only need it where the process has a limit.
bool file_size_is_limited() {
    rlimit limit{};
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

Errno result_of(int result) {
    return result < 0 ? last_errno() : Errno::success;
}

FileType type_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return FileType::regular_file;
        case S_IFDIR:
            return FileType::directory;
        case S_IFLNK:
            return FileType::symbolic_link;
        case S_IFCHR:
            return FileType::character_device;
        case S_IFBLK:
            return FileType::block_device;
        case S_IFSOCK:
            return FileType::socket_stream;
        default:
            return FileType::unknown;
    }
}

uint64_t nanoseconds(const timespec& time) {
    return time.tv_sec < 0 ? 0 : uint64_t(time.tv_sec) * second + uint64_t(time.tv_nsec);
}

timespec to_host(const NewTime& time) {
    switch (time.kind) {
        case NewTime::Kind::now:
            return {0, UTIME_NOW};
        case NewTime::Kind::given:
            return {static_cast<time_t>(time.nanoseconds / second),
                    static_cast<long>(time.nanoseconds % second)};
        case NewTime::Kind::kept:
            break;
    }
    return {0, UTIME_OMIT};
}

}  // namespace

HostFd HostFd::copy_of(int fd) {
    return HostFd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

FileStat stat_of_host(const struct stat& host) {
    FileStat stat;
    stat.device = host.st_dev;
    stat.inode = host.st_ino;
    stat.type = type_of(host.st_mode);
    stat.links = host.st_nlink;
    stat.size = static_cast<uint64_t>(host.st_size);
    stat.accessed = nanoseconds(host.st_atim);
    stat.modified = nanoseconds(host.st_mtim);
    stat.changed = nanoseconds(host.st_ctim);
    return stat;
}

void to_host(const NewTimes& times, timespec (&host)[2]) {
    host[0] = to_host(times.accessed);
    host[1] = to_host(times.modified);
}

HostFile::HostFile(HostFd fd, FileType type, FdFlags flags, HostUse use)
    : fd_(std::move(fd)),
      type_(type),
      use_(use),
      has_position_(type == FileType::regular_file || type == FileType::block_device) {
    keep_flags(flags);
}

Rights HostFile::applicable_rights() const {
    // A character device with the right to seek would not be taken for a terminal.
    return has_position_ ? rights::of_files
           : type_ == FileType::character_device
               ? rights::of_streams | rights::fd_filestat_set_times
               : rights::of_streams;
}

Errno HostFile::set_flags(FdFlags flags) {
    if (use_ != HostUse::stream && ((flags ^ this->flags()) & fdflags::append) != 0) {
        const int now = fcntl(fd_.get(), F_GETFL);
        const int wanted = (flags & fdflags::append) != 0 ? now | O_APPEND : now & ~O_APPEND;
        if (now < 0 || fcntl(fd_.get(), F_SETFL, wanted) < 0) {
            return last_errno();
        }
    }
    keep_flags(flags);
    return Errno::success;
}

// Calls transfer(parts, done) for one piece after the other until the buffers are used up or less
// comes than was asked for.
template <class Transfer>
Errno HostFile::transfer(Call& call, Buffers& buffers, Transfer&& transfer) {
    uint64_t done = 0;
    do {
        const std::span<const iovec> parts = buffers.front(file_piece);
        uint64_t asked = 0;
        for (const iovec& part : parts) {
            asked += part.iov_len;
        }
        const ssize_t count = transfer(parts, done);
        if (count < 0) {
            if (errno == EINTR && !call.must_end()) {
                continue;
            }
            return done != 0 ? Errno::success : last_errno();
        }
        buffers.advance(static_cast<uint64_t>(count));
        done += static_cast<uint64_t>(count);
        if (static_cast<uint64_t>(count) < asked) {
            break;
        }
    } while (buffers.size() != 0 && !call.must_end());
    return Errno::success;
}

Errno HostFile::read(Call& call, Buffers& buffers) {
    if (has_position_) {
        return transfer(call, buffers, [&](std::span<const iovec> parts, uint64_t /*done*/) {
            return readv(fd_.get(), parts.data(), static_cast<int>(parts.size()));
        });
    }
    if (buffers.size() == 0) {
        return Errno::success;
    }
    for (;;) {
        if ((flags() & fdflags::nonblock) == 0) {
            EPSILON_WASI_TRY(call.wait_for(fd_.get(), POLLIN));
        } else {
            pollfd one{fd_.get(), POLLIN, 0};
            if (poll(&one, 1, 0) == 0) {
                return Errno::again;
            }
        }
        const std::span<const iovec> parts = buffers.front(file_piece);
        const ssize_t count = readv(fd_.get(), parts.data(), static_cast<int>(parts.size()));
        if (count >= 0) {
            buffers.advance(static_cast<uint64_t>(count));
            return Errno::success;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return last_errno();
        }
        // Another process was faster.
    }
}

namespace {

// Writes to a pipe or terminal what it takes at once, up to stream_piece bytes.
Errno write_ready(Call& call, int fd, std::span<const iovec> parts, bool may_wait, size_t& count) {
    for (;;) {
        if (may_wait) {
            EPSILON_WASI_TRY(call.wait_for(fd, POLLOUT));
        } else {
            pollfd one{fd, POLLOUT, 0};
            if (poll(&one, 1, 0) == 0) {
                return Errno::again;
            }
        }
        const NoSignals no_signals;
        const ssize_t written = writev(fd, parts.data(), static_cast<int>(parts.size()));
        if (written >= 0) {
            count = static_cast<size_t>(written);
            return Errno::success;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return last_errno();
        }
    }
}

}  // namespace

Errno HostFile::write(Call& call, Buffers& buffers) {
    EPSILON_WASI_TRY(changeable());
    if (has_position_) {
        std::optional<NoSignals> no_signals;
        if (file_size_is_limited()) {
            no_signals.emplace();
        }
        return transfer(call, buffers, [&](std::span<const iovec> parts, uint64_t /*done*/) {
            return writev(fd_.get(), parts.data(), static_cast<int>(parts.size()));
        });
    }
    bool any = false;
    while (buffers.size() != 0) {
        size_t count = 0;
        const Errno result = write_ready(call, fd_.get(), buffers.front(stream_piece),
                                         (flags() & fdflags::nonblock) == 0, count);
        if (result != Errno::success) {
            return any && result == Errno::again ? Errno::success : result;
        }
        buffers.advance(count);
        any = true;
    }
    return Errno::success;
}

Errno HostFile::read_at(Call& call, Buffers& buffers, uint64_t offset) {
    return transfer(call, buffers, [&](std::span<const iovec> parts, uint64_t done) {
        return preadv(fd_.get(), parts.data(), static_cast<int>(parts.size()),
                      static_cast<off_t>(offset + done));
    });
}

Errno HostFile::write_at(Call& call, Buffers& buffers, uint64_t offset) {
    EPSILON_WASI_TRY(changeable());
    std::optional<NoSignals> no_signals;
    if (file_size_is_limited()) {
        no_signals.emplace();
    }
    return transfer(call, buffers, [&](std::span<const iovec> parts, uint64_t done) {
        return pwritev(fd_.get(), parts.data(), static_cast<int>(parts.size()),
                       static_cast<off_t>(offset + done));
    });
}

Errno HostFile::seek(int64_t offset, Whence whence, uint64_t& position) {
    const int host_whence = whence == Whence::set       ? SEEK_SET
                            : whence == Whence::current ? SEEK_CUR
                                                        : SEEK_END;
    const off_t result = lseek(fd_.get(), offset, host_whence);
    if (result < 0) {
        return last_errno();
    }
    position = static_cast<uint64_t>(result);
    return Errno::success;
}

Errno HostFile::stat(FileStat& stat) {
    struct stat host{};
    EPSILON_WASI_TRY(result_of(fstat(fd_.get(), &host)));
    stat = stat_of_host(host);
    stat.type = type_;
    return Errno::success;
}

Errno HostFile::set_size(uint64_t size) {
    EPSILON_WASI_TRY(changeable());
    const NoSignals no_signals;
    return result_of(ftruncate(fd_.get(), static_cast<off_t>(size)));
}

Errno HostFile::set_times(const NewTimes& times) {
    EPSILON_WASI_TRY(changeable());
    timespec host[2];
    wasi::to_host(times, host);
    return result_of(futimens(fd_.get(), host));
}

Errno HostFile::allocate(uint64_t offset, uint64_t size) {
    EPSILON_WASI_TRY(changeable());
    const NoSignals no_signals;
    return result_of(fallocate(fd_.get(), 0, static_cast<off_t>(offset), static_cast<off_t>(size)));
}

Errno HostFile::advise(uint64_t offset, uint64_t size, Advice advice) {
    static constexpr int host_advice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL,
                                          POSIX_FADV_RANDOM,   POSIX_FADV_WILLNEED,
                                          POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE};
    return from_host(posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size),
                                   host_advice[size_t(advice)]));
}

Errno HostFile::sync(bool data_only) {
    const int result = data_only ? fdatasync(fd_.get()) : fsync(fd_.get());
    // Pipes and terminals have nothing to wait for.
    return result < 0 && errno == EINVAL ? Errno::success : result_of(result);
}

uint64_t HostFile::readable_bytes(bool& at_end) {
    at_end = false;
    if (!has_position_) {
        int count = 0;
        return ioctl(fd_.get(), FIONREAD, &count) == 0 && count > 0 ? uint64_t(count) : 0;
    }
    struct stat host{};
    const off_t position = lseek(fd_.get(), 0, SEEK_CUR);
    if (position < 0 || fstat(fd_.get(), &host) != 0 || position >= host.st_size) {
        return 0;
    }
    return static_cast<uint64_t>(host.st_size - position);
}

Errno HostOutput::write(Call& call, std::span<const uint8_t> bytes, bool may_wait, size_t& count) {
    std::vector<uint8_t> harmless;
    std::span<const uint8_t> rest = bytes;
    if (filtered_) {
        for (const uint8_t byte : bytes) {
            // U+0080 to U+009F are control characters too.
            const bool is_control = byte == 0x7F || (after_c2_ && byte >= 0x80 && byte < 0xA0) ||
                                    (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t');
            if (is_control) {
                harmless.insert(harmless.end(), {0xEF, 0xBF, 0xBD});
            } else if (after_c2_ || byte != 0xC2) {
                if (after_c2_) {
                    harmless.push_back(0xC2);
                }
                harmless.push_back(byte);
            }
            after_c2_ = !after_c2_ && byte == 0xC2;
        }
        rest = harmless;
        may_wait = true;  // what is written is not what is counted
    }
    count = filtered_ ? bytes.size() : 0;
    while (!rest.empty()) {
        const iovec part{const_cast<uint8_t*>(rest.data()), std::min(rest.size(), stream_piece)};
        size_t written = 0;
        const Errno result = write_ready(call, fd_.get(), {&part, 1}, may_wait, written);
        if (result != Errno::success) {
            return count != 0 && result == Errno::again ? Errno::success : result;
        }
        rest = rest.subspan(written);
        count += filtered_ ? 0 : written;
    }
    return Errno::success;
}

namespace {

// The type of what may be a standard stream, with a copy of its descriptor.
std::optional<FileType> stream_type(int fd, HostFd& copy) {
    struct stat host{};
    if (fstat(fd, &host) != 0 || S_ISDIR(host.st_mode)) {
        return std::nullopt;
    }
    copy = HostFd::copy_of(fd);
    if (!copy) {
        return std::nullopt;
    }
    const FileType type = type_of(host.st_mode);
    // Of devices only terminals are told from files that can be read faster.
    return type == FileType::character_device && isatty(fd) == 0 ? FileType::unknown : type;
}

}  // namespace

std::shared_ptr<Descriptor> make_host_input(int fd) {
    HostFd copy;
    const std::optional<FileType> type = stream_type(fd, copy);
    return type ? std::make_shared<HostFile>(std::move(copy), *type, FdFlags(0), HostUse::stream)
                : nullptr;
}

std::unique_ptr<OutputTarget> make_host_output(int fd, bool allow_escapes) {
    HostFd copy;
    const std::optional<FileType> type = stream_type(fd, copy);
    if (!type) {
        return nullptr;
    }
    const bool filtered = *type == FileType::character_device && !allow_escapes;
    return std::make_unique<HostOutput>(std::move(copy), *type, filtered);
}

}  // namespace epsilon::wasi

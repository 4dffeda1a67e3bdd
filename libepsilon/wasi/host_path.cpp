// SPDX-License-Identifier: Apache-2.0
#include "wasi/host_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <vector>

namespace epsilon::wasi {

namespace {

// As in the kernel.
constexpr int most_links = 40;
// A path that links have made longer than this is given up.
constexpr size_t most_path_bytes = 64 << 10;
// Directories that the walk keeps open: they are taken from the whole process.
constexpr size_t most_depth = 256;
// openat2() refuses (EAGAIN) while something is renamed; after so many times the walk does it.
constexpr int most_tries = 16;

// As in <linux/openat2.h>, which older systems don't have; theirs may still run on newer kernels.
struct OpenHow {
    uint64_t flags = 0;
    uint64_t mode = 0;
    uint64_t resolve = 0;
};
constexpr long openat2_number = 437;  // on all processors
constexpr uint64_t resolve_no_magic_links = 0x02;
constexpr uint64_t resolve_beneath = 0x08;

constexpr int open_directory = O_PATH | O_DIRECTORY | O_CLOEXEC;

std::atomic<PathResolution> wanted{PathResolution::automatic};
// openat2() is missing, or a filter of system calls refuses it.
std::atomic<bool> kernel_lacks_it{false};

// The target of a symbolic link. inval: it is none.
Errno link_target(int parent, const std::string& name, std::string& target) {
    char text[PATH_MAX];
    const ssize_t size = readlinkat(parent, name.c_str(), text, sizeof text);
    if (size < 0) {
        return last_errno();
    }
    if (size == 0 || size_t(size) == sizeof text) {
        return Errno::nametoolong;
    }
    target.assign(text, static_cast<size_t>(size));
    return target.front() == '/' ? Errno::perm : Errno::success;
}

// Cuts the first component off, with the slashes around it.
std::string_view take_component(std::string_view& path) {
    const size_t begin = path.find_first_not_of('/');
    if (begin == std::string_view::npos) {
        path = {};
        return {};
    }
    path.remove_prefix(begin);
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(end);
    return component;
}

// Opens a directory beneath `start`, component by component. The directories on the way are kept
// open, so that ".." goes back to where the path came from, wherever that has been moved to.
Errno walk_to_directory(int start, std::string_view path, int& links, HostFd& out) {
    std::vector<HostFd> opened;
    std::string rest(path);
    for (;;) {
        std::string_view left = rest;
        const std::string component(take_component(left));
        if (component.empty()) {
            break;
        }
        rest = std::string(left);
        if (component == ".") {
            continue;
        }
        if (component == "..") {
            if (opened.empty()) {
                return Errno::perm;
            }
            opened.pop_back();
            continue;
        }
        const int parent = opened.empty() ? start : opened.back().get();
        if (opened.size() == most_depth) {
            return Errno::nametoolong;
        }
        HostFd next(openat(parent, component.c_str(), open_directory | O_NOFOLLOW));
        if (next) {
            opened.push_back(std::move(next));
            continue;
        }
        if (errno != ENOTDIR && errno != ELOOP) {
            return last_errno();
        }
        std::string target;
        const Errno result = link_target(parent, component, target);
        if (result != Errno::success) {
            return result == Errno::inval ? Errno::notdir : result;
        }
        if (++links > most_links) {
            return Errno::loop;
        }
        if (target.size() + rest.size() > most_path_bytes) {
            return Errno::nametoolong;
        }
        rest = target + "/" + rest;
    }
    if (opened.empty()) {
        out = HostFd(openat(start, ".", open_directory));
        return out ? Errno::success : last_errno();
    }
    out = std::move(opened.back());
    return Errno::success;
}

// The same by one call of the kernel. notsup: there is no such call.
Errno kernel_to_directory(int start, const std::string& path, HostFd& out) {
    OpenHow how;
    how.flags = open_directory;
    how.resolve = resolve_beneath | resolve_no_magic_links;
    for (int tries = 0; tries < most_tries; ++tries) {
        out = HostFd(
            static_cast<int>(syscall(openat2_number, start, path.c_str(), &how, sizeof how)));
        if (out) {
            return Errno::success;
        }
        if (errno != EAGAIN && errno != EINTR) {
            break;
        }
    }
    switch (errno) {
        case EXDEV:
            return Errno::perm;
        case ENOSYS:
        case EPERM:
            kernel_lacks_it.store(true, std::memory_order_relaxed);
            return Errno::notsup;
        case EAGAIN:
        case EINTR:
            return Errno::notsup;
        default:
            return last_errno();
    }
}

Errno to_directory(int start, const std::string& path, int& links, HostFd& out) {
    const PathResolution resolution = wanted.load(std::memory_order_relaxed);
    if (resolution == PathResolution::kernel ||
        (resolution == PathResolution::automatic &&
         !kernel_lacks_it.load(std::memory_order_relaxed))) {
        const Errno result = kernel_to_directory(start, path, out);
        if (result != Errno::notsup || resolution == PathResolution::kernel) {
            return result;
        }
    }
    return walk_to_directory(start, path, links, out);
}

}  // namespace

void set_path_resolution(PathResolution resolution) {
    wanted.store(resolution, std::memory_order_relaxed);
}

Errno find_place(int start, std::string_view path, EndLink end_link, HostPlace& place) {
    if (path.front() == '/') {
        return Errno::perm;
    }
    int links = 0;
    std::string whole(path);
    for (;;) {
        const size_t end = whole.find_last_not_of('/') + 1;
        place.wants_directory = place.wants_directory || end < whole.size();
        whole.resize(end);
        const size_t slash = whole.rfind('/');
        std::string parent = slash == std::string::npos ? "" : whole.substr(0, slash);
        place.last = slash == std::string::npos ? whole : whole.substr(slash + 1);
        if (place.last == "." || place.last == "..") {
            // No name of its own: the directory that it is, and there ".".
            parent = whole;
            place.last = ".";
            place.wants_directory = true;
        }
        place.start = start;
        place.opened = HostFd();
        if (!parent.empty() && parent != ".") {
            EPSILON_WASI_TRY(to_directory(start, parent, links, place.opened));
        }
        const bool follow = end_link == EndLink::followed ||
                            (end_link == EndLink::followed_before_slash && place.wants_directory);
        if (!follow || place.last == ".") {
            return Errno::success;
        }
        std::string target;
        const Errno result = link_target(place.parent(), place.last, target);
        if (result == Errno::inval || result == Errno::noent) {
            return Errno::success;  // no link; or nothing yet, which is up to who asks
        }
        EPSILON_WASI_TRY(result);
        if (++links > most_links) {
            return Errno::loop;
        }
        whole = parent.empty() ? target : parent + "/" + target;
        if (whole.size() > most_path_bytes) {
            return Errno::nametoolong;
        }
    }
}

}  // namespace epsilon::wasi

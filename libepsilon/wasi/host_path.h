// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "wasi/host_descriptor.h"

namespace epsilon::wasi {

// Where a path ends: a name in a directory of the host that lies beneath the one where the path
// began. The name is a single component, or ".", and has no slash: with it and a flag against
// following links the host looks at this directory and no other.
struct HostPlace {
    int parent() const { return opened ? opened.get() : start; }
    const char* name() const { return last.c_str(); }

    int start = -1;  // borrowed
    HostFd opened;   // the parent, where it isn't the start itself
    std::string last;
    // The path ended in a slash: what it names has to be a directory.
    bool wants_directory = false;
};

// How paths are kept beneath their start. The results are the same.
enum class PathResolution {
    automatic,  // the kernel's openat2() where it has it, otherwise the walk
    kernel,
    walk,  // one component after the other, symbolic links expanded here
};
// For tests; the whole process.
void set_path_resolution(PathResolution resolution);

// A symbolic link at the end of a path.
enum class EndLink {
    kept,
    followed_before_slash,  // the path says that it means a directory
    followed,
};
inline EndLink end_link(bool follow) {
    return follow ? EndLink::followed : EndLink::followed_before_slash;
}

// Finds the place of a path. Everything but the last component must be there. perm: the path leads
// outside, by "..", by being absolute or by a link that does; loop: too many links.
//
// No race with other users of the directories leads outside: components are opened without
// following links (or by openat2() with RESOLVE_BENEATH), and what was opened is what is used.
Errno find_place(int start, std::string_view path, EndLink end, HostPlace& place);

}  // namespace epsilon::wasi

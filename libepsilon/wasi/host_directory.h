// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

#include "wasi/host_descriptor.h"
#include "wasi/host_path.h"

namespace epsilon::wasi {

// What the directories of one preopened tree have in common.
struct HostTree {
    // Nothing is changed in it, whatever rights descriptors have.
    bool read_only = false;
    // The directory that was preopened: what is above it is none of the program's business.
    uint64_t device = 0;
    uint64_t inode = 0;
};

// A directory of the host, and the paths beneath it.
class HostDirectory : public Directory {
public:
    HostDirectory(HostFd fd, std::shared_ptr<const HostTree> tree)
        : fd_(std::move(fd)), tree_(std::move(tree)) {}
    // Opens a directory for a program; 0, or the host's errno.
    static int open_tree(const std::string& path, bool read_only, std::shared_ptr<Directory>& out);

    Errno stat(FileStat& stat) override;
    Errno set_times(const NewTimes& times) override;
    Errno sync(bool data_only) override;

    Errno open(std::string_view path, const OpenOptions& options,
               std::shared_ptr<Descriptor>& out) override;
    Errno stat_path(std::string_view path, bool follow, FileStat& stat) override;
    Errno set_times_of(std::string_view path, bool follow, const NewTimes& times) override;
    Errno create_directory(std::string_view path) override;
    Errno remove_directory(std::string_view path) override;
    Errno unlink(std::string_view path) override;
    Errno read_link(std::string_view path, std::string& target) override;
    Errno symlink(std::string_view target, std::string_view path) override;
    Errno link(std::string_view path, bool follow, Directory& to,
               std::string_view new_path) override;
    Errno rename(std::string_view path, Directory& to, std::string_view new_path) override;
    Errno read_entries(uint64_t cookie, EntrySink& sink) override;

private:
    // rofs where nothing may be changed.
    Errno writable() const { return tree_->read_only ? Errno::rofs : Errno::success; }
    Errno place_for_new(std::string_view path, HostPlace& place) const;
    Errno make_descriptor(HostFd fd, const OpenOptions& options,
                          std::shared_ptr<Descriptor>& out) const;

    HostFd fd_;
    const std::shared_ptr<const HostTree> tree_;
    // The host's positions in the directory, by cookie.
    std::vector<off_t> positions_{0};
};

}  // namespace epsilon::wasi

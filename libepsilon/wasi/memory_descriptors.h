// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wasi/memory_file_system.h"

namespace epsilon::wasi {

// An open file in memory.
class MemoryFile : public Descriptor {
public:
    MemoryFile(std::shared_ptr<MemoryNode> node, FdFlags flags, bool read_only)
        : node_(std::move(node)), read_only_(read_only) {
        keep_flags(flags);
    }

    FileType type() const override { return node_->type; }
    Rights applicable_rights() const override { return rights::of_files; }
    Errno read(Call& call, Buffers& buffers) override;
    Errno write(Call& call, Buffers& buffers) override;
    Errno read_at(Call& call, Buffers& buffers, uint64_t offset) override;
    Errno write_at(Call& call, Buffers& buffers, uint64_t offset) override;
    Errno seek(int64_t offset, Whence whence, uint64_t& position) override;
    Errno stat(FileStat& stat) override;
    Errno set_size(uint64_t size) override;
    Errno set_times(const NewTimes& times) override;
    Errno allocate(uint64_t offset, uint64_t size) override;
    Errno advise(uint64_t offset, uint64_t size, Advice advice) override;
    uint64_t readable_bytes(bool& at_end) override;

private:
    Errno writable() const { return read_only_ ? Errno::rofs : Errno::success; }

    const std::shared_ptr<MemoryNode> node_;
    const bool read_only_;
    uint64_t position_ = 0;
};

// An open directory in memory.
class MemoryDirectory : public Directory {
public:
    MemoryDirectory(std::shared_ptr<MemoryFileSystem> files, std::shared_ptr<MemoryNode> node)
        : files_(std::move(files)), node_(std::move(node)) {}

    Errno stat(FileStat& stat) override;
    Errno set_times(const NewTimes& times) override;

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
    Errno writable() const { return files_->read_only() ? Errno::rofs : Errno::success; }
    // The place of something that has to be there.
    Errno find_existing(std::string_view path, bool follow, MemoryPlace& place) const;
    // The place of something that must not be there yet, made by what this directory allows.
    Errno find_new(std::string_view path, MemoryPlace& place) const;

    const std::shared_ptr<MemoryFileSystem> files_;
    const std::shared_ptr<MemoryNode> node_;
};

}  // namespace epsilon::wasi

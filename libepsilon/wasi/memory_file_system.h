// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/descriptor.h"

namespace epsilon::wasi {

// What the file systems in memory of one program may take together.
struct MemoryQuota {
    uint64_t max_bytes = 0;
    uint64_t max_nodes = 0;
    uint64_t bytes = 0;
    uint64_t nodes = 0;  // further names of a file count too
};

// A file, directory or symbolic link in memory. It lives as long as a name or an open descriptor
// refers to it.
struct MemoryNode {
    MemoryNode(std::shared_ptr<MemoryQuota> quota, FileType type, uint64_t inode);
    ~MemoryNode();
    MemoryNode(const MemoryNode&) = delete;
    MemoryNode& operator=(const MemoryNode&) = delete;

    bool is_directory() const { return type == FileType::directory; }
    FileStat stat() const;
    // nospc: the quota does not allow it.
    Errno resize(uint64_t size);
    void set_times(const NewTimes& times);
    void modified_now();

    // An entry of a directory, under the order in which it was made: cookies stay good while
    // others come and go.
    struct Entry {
        std::string name;
        std::shared_ptr<MemoryNode> node;
    };
    const std::shared_ptr<MemoryNode>* find(const std::string& name) const;
    // Under a name that is free, or instead of what has it. Without memory nothing has changed.
    void insert(const std::string& name, std::shared_ptr<MemoryNode> node);
    void erase(const std::string& name);
    void lose_name();

    // What a name means to the node, given and taken.
    void named(MemoryNode& directory);
    void unnamed();

    const std::shared_ptr<MemoryQuota> quota;
    const FileType type;
    const uint64_t inode;
    std::vector<uint8_t> bytes;  // a file's content, a link's target
    std::map<uint64_t, Entry> entries;
    std::map<std::string, uint64_t, std::less<>> orders;
    uint64_t next_order;
    uint64_t links = 0;
    MemoryNode* parent = nullptr;           // of a directory that has a name
    std::shared_ptr<MemoryNode> next_dead;  // while its tree is given up
    uint64_t accessed;
    uint64_t modified;
    uint64_t changed;
};

// Where a path in memory ends: a name in a directory, there or not.
struct MemoryPlace {
    std::shared_ptr<MemoryNode> parent;
    std::string name;
    std::shared_ptr<MemoryNode> node;  // null if there is nothing of that name
    bool wants_directory = false;
};

// A tree of files in memory.
class MemoryFileSystem : public std::enable_shared_from_this<MemoryFileSystem> {
public:
    MemoryFileSystem(std::shared_ptr<MemoryQuota> quota, bool read_only);
    ~MemoryFileSystem();

    bool read_only() const { return read_only_; }
    const std::shared_ptr<MemoryNode>& root() const { return root_; }
    std::shared_ptr<Directory> open_root();

    // Whether the quota allows no more names.
    bool is_full() const { return quota_->nodes >= quota_->max_nodes; }
    // Null, with nospc, when it is full.
    std::shared_ptr<MemoryNode> make_node(FileType type);

    // As find_place() of host directories: paths stay beneath `start`.
    Errno find(const std::shared_ptr<MemoryNode>& start, std::string_view path, bool follow,
               MemoryPlace& place) const;

    // For the embedder, whatever the tree allows the program. A path that ends in a slash is a
    // directory. Missing directories are made.
    Errno put(std::string_view path, std::span<const uint8_t> bytes);
    // Null if there is nothing of this path; links aren't followed.
    std::shared_ptr<MemoryNode> get(std::string_view path) const;

private:
    const std::shared_ptr<MemoryQuota> quota_;
    const bool read_only_;
    uint64_t next_inode_ = 1;
    std::shared_ptr<MemoryNode> root_;
};

}  // namespace epsilon::wasi

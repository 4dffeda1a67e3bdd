// SPDX-License-Identifier: Apache-2.0
#include "wasi/memory_descriptors.h"

#include <algorithm>

namespace epsilon::wasi {

namespace {

// No file in memory is larger, whatever the quota.
constexpr uint64_t most_file_bytes = uint64_t(1) << 40;

}  // namespace

Errno MemoryFile::read_at(Call& /*call*/, Buffers& buffers, uint64_t offset) {
    const std::span<const uint8_t> bytes(node_->bytes);
    buffers.copy_in(bytes.subspan(std::min<uint64_t>(offset, bytes.size())));
    return Errno::success;
}

Errno MemoryFile::write_at(Call& /*call*/, Buffers& buffers, uint64_t offset) {
    EPSILON_WASI_TRY(writable());
    if (buffers.size() == 0) {
        return Errno::success;
    }
    if (offset > most_file_bytes || buffers.size() > most_file_bytes) {
        return Errno::fbig;
    }
    uint64_t count = buffers.size();
    if (offset + count > node_->bytes.size() && node_->resize(offset + count) != Errno::success) {
        // As much as there is room for.
        const MemoryQuota& quota = *node_->quota;
        const uint64_t room =
            node_->bytes.size() + (quota.max_bytes - std::min(quota.max_bytes, quota.bytes));
        if (room <= offset) {
            return Errno::nospc;
        }
        count = std::min(count, room - offset);
        if (offset + count > node_->bytes.size()) {
            EPSILON_WASI_TRY(node_->resize(offset + count));
        }
    }
    buffers.advance(buffers.peek(std::span(node_->bytes).subspan(offset, count)));
    node_->modified_now();
    return Errno::success;
}

Errno MemoryFile::read(Call& call, Buffers& buffers) {
    const uint64_t before = buffers.size();
    EPSILON_WASI_TRY(read_at(call, buffers, position_));
    position_ += before - buffers.size();
    return Errno::success;
}

Errno MemoryFile::write(Call& call, Buffers& buffers) {
    const uint64_t before = buffers.size();
    const uint64_t offset = (flags() & fdflags::append) != 0 ? node_->bytes.size() : position_;
    EPSILON_WASI_TRY(write_at(call, buffers, offset));
    position_ = offset + before - buffers.size();
    return Errno::success;
}

Errno MemoryFile::seek(int64_t offset, Whence whence, uint64_t& position) {
    const uint64_t from = whence == Whence::set       ? 0
                          : whence == Whence::current ? position_
                                                      : node_->bytes.size();
    int64_t sum = 0;
    if (__builtin_add_overflow(static_cast<int64_t>(from), offset, &sum) || sum < 0) {
        return Errno::inval;
    }
    position_ = position = static_cast<uint64_t>(sum);
    return Errno::success;
}

Errno MemoryFile::stat(FileStat& stat) {
    stat = node_->stat();
    return Errno::success;
}

Errno MemoryFile::set_size(uint64_t size) {
    EPSILON_WASI_TRY(writable());
    if (size > most_file_bytes) {
        return Errno::fbig;
    }
    EPSILON_WASI_TRY(node_->resize(size));
    node_->modified_now();
    return Errno::success;
}

Errno MemoryFile::set_times(const NewTimes& times) {
    EPSILON_WASI_TRY(writable());
    node_->set_times(times);
    return Errno::success;
}

Errno MemoryFile::allocate(uint64_t offset, uint64_t size) {
    EPSILON_WASI_TRY(writable());
    if (offset > most_file_bytes || size > most_file_bytes) {
        return Errno::fbig;
    }
    return offset + size > node_->bytes.size() ? set_size(offset + size) : Errno::success;
}

Errno MemoryFile::advise(uint64_t /*offset*/, uint64_t /*size*/, Advice /*advice*/) {
    return Errno::success;
}

uint64_t MemoryFile::readable_bytes(bool& at_end) {
    at_end = false;
    return node_->bytes.size() - std::min<uint64_t>(node_->bytes.size(), position_);
}

Errno MemoryDirectory::stat(FileStat& stat) {
    stat = node_->stat();
    return Errno::success;
}

Errno MemoryDirectory::set_times(const NewTimes& times) {
    EPSILON_WASI_TRY(writable());
    node_->set_times(times);
    return Errno::success;
}

Errno MemoryDirectory::find_existing(std::string_view path, bool follow, MemoryPlace& place) const {
    EPSILON_WASI_TRY(files_->find(node_, path, follow || path.back() == '/', place));
    if (place.node == nullptr) {
        return Errno::noent;
    }
    return place.wants_directory && !place.node->is_directory() ? Errno::notdir : Errno::success;
}

Errno MemoryDirectory::find_new(std::string_view path, MemoryPlace& place) const {
    EPSILON_WASI_TRY(files_->find(node_, path, false, place));
    if (place.node != nullptr) {
        return place.wants_directory && !place.node->is_directory() ? Errno::notdir : Errno::exist;
    }
    // In a directory that was removed nothing can be made.
    const bool is_gone = place.parent->links == 0 && place.parent != files_->root();
    return is_gone ? Errno::noent : Errno::success;
}

Errno MemoryDirectory::open(std::string_view path, const OpenOptions& options,
                            std::shared_ptr<Descriptor>& out) {
    const bool creates = (options.how & oflags::creat) != 0;
    const bool exclusive = creates && (options.how & oflags::excl) != 0;
    const bool truncates = (options.how & oflags::trunc) != 0;
    if (creates && (options.how & oflags::directory) != 0) {
        return Errno::inval;
    }
    MemoryPlace place;
    EPSILON_WASI_TRY(
        files_->find(node_, path, !exclusive && (options.follow || path.back() == '/'), place));
    if (creates && place.wants_directory) {
        return Errno::isdir;
    }
    if (place.node == nullptr) {
        if (!creates) {
            return Errno::noent;
        }
        EPSILON_WASI_TRY(writable());
        if (place.parent->links == 0 && place.parent != files_->root()) {
            return Errno::noent;
        }
        place.node = files_->make_node(FileType::regular_file);
        if (place.node == nullptr) {
            return Errno::nospc;
        }
        place.parent->insert(place.name, place.node);
    } else if (exclusive) {
        return Errno::exist;
    }
    if (place.node->type == FileType::symbolic_link) {
        return Errno::loop;
    }
    const bool wants_directory = place.wants_directory || (options.how & oflags::directory) != 0;
    if (place.node->is_directory()) {
        if (options.write || truncates) {
            return Errno::isdir;
        }
        out = std::make_shared<MemoryDirectory>(files_, place.node);
        return Errno::success;
    }
    if (wants_directory) {
        return Errno::notdir;
    }
    if (options.write || truncates) {
        EPSILON_WASI_TRY(writable());
    }
    auto file = std::make_shared<MemoryFile>(place.node, options.flags, files_->read_only());
    if (truncates) {
        EPSILON_WASI_TRY(file->set_size(0));
    }
    out = std::move(file);
    return Errno::success;
}

Errno MemoryDirectory::stat_path(std::string_view path, bool follow, FileStat& stat) {
    MemoryPlace place;
    EPSILON_WASI_TRY(find_existing(path, follow, place));
    stat = place.node->stat();
    return Errno::success;
}

Errno MemoryDirectory::set_times_of(std::string_view path, bool follow, const NewTimes& times) {
    EPSILON_WASI_TRY(writable());
    MemoryPlace place;
    EPSILON_WASI_TRY(find_existing(path, follow, place));
    place.node->set_times(times);
    return Errno::success;
}

Errno MemoryDirectory::create_directory(std::string_view path) {
    EPSILON_WASI_TRY(writable());
    MemoryPlace place;
    EPSILON_WASI_TRY(files_->find(node_, path, false, place));
    if (place.node != nullptr) {
        return Errno::exist;
    }
    EPSILON_WASI_TRY(find_new(path, place));
    std::shared_ptr<MemoryNode> made = files_->make_node(FileType::directory);
    if (made == nullptr) {
        return Errno::nospc;
    }
    place.parent->insert(place.name, std::move(made));
    return Errno::success;
}

Errno MemoryDirectory::remove_directory(std::string_view path) {
    EPSILON_WASI_TRY(writable());
    MemoryPlace place;
    EPSILON_WASI_TRY(files_->find(node_, path, false, place));
    if (place.node == nullptr) {
        return Errno::noent;
    }
    if (place.name == ".") {
        return Errno::inval;
    }
    if (!place.node->is_directory()) {
        return Errno::notdir;
    }
    if (!place.node->entries.empty()) {
        return Errno::notempty;
    }
    place.parent->erase(place.name);
    return Errno::success;
}

Errno MemoryDirectory::unlink(std::string_view path) {
    EPSILON_WASI_TRY(writable());
    MemoryPlace place;
    EPSILON_WASI_TRY(files_->find(node_, path, false, place));
    if (place.node == nullptr) {
        return Errno::noent;
    }
    if (place.node->is_directory()) {
        return Errno::isdir;
    }
    if (place.wants_directory) {
        return Errno::notdir;
    }
    place.parent->erase(place.name);
    return Errno::success;
}

Errno MemoryDirectory::read_link(std::string_view path, std::string& target) {
    MemoryPlace place;
    EPSILON_WASI_TRY(find_existing(path, false, place));
    if (place.node->type != FileType::symbolic_link) {
        return Errno::inval;
    }
    target.assign(place.node->bytes.begin(), place.node->bytes.end());
    return Errno::success;
}

Errno MemoryDirectory::symlink(std::string_view target, std::string_view path) {
    EPSILON_WASI_TRY(writable());
    if (target.front() == '/') {
        return Errno::perm;
    }
    MemoryPlace place;
    EPSILON_WASI_TRY(find_new(path, place));
    if (place.wants_directory) {
        return Errno::noent;
    }
    std::shared_ptr<MemoryNode> made = files_->make_node(FileType::symbolic_link);
    if (made == nullptr) {
        return Errno::nospc;
    }
    EPSILON_WASI_TRY(made->resize(target.size()));
    std::copy(target.begin(), target.end(), made->bytes.begin());
    place.parent->insert(place.name, std::move(made));
    return Errno::success;
}

Errno MemoryDirectory::link(std::string_view path, bool follow, Directory& to,
                            std::string_view new_path) {
    auto* target = dynamic_cast<MemoryDirectory*>(&to);
    if (target == nullptr || target->files_ != files_) {
        return Errno::xdev;
    }
    EPSILON_WASI_TRY(writable());
    MemoryPlace from;
    MemoryPlace place;
    EPSILON_WASI_TRY(find_existing(path, follow, from));
    EPSILON_WASI_TRY(target->find_new(new_path, place));
    if (from.node->is_directory()) {
        return Errno::perm;
    }
    if (place.wants_directory) {
        return Errno::noent;
    }
    if (files_->is_full()) {
        return Errno::nospc;
    }
    place.parent->insert(place.name, from.node);
    return Errno::success;
}

Errno MemoryDirectory::rename(std::string_view path, Directory& to, std::string_view new_path) {
    auto* target = dynamic_cast<MemoryDirectory*>(&to);
    if (target == nullptr || target->files_ != files_) {
        return Errno::xdev;
    }
    EPSILON_WASI_TRY(writable());
    MemoryPlace from;
    MemoryPlace place;
    EPSILON_WASI_TRY(files_->find(node_, path, false, from));
    if (from.node == nullptr) {
        return Errno::noent;
    }
    EPSILON_WASI_TRY(files_->find(target->node_, new_path, false, place));
    if (from.name == "." || place.name == ".") {
        return Errno::busy;
    }
    const bool is_directory = from.node->is_directory();
    if (!is_directory && (from.wants_directory || place.wants_directory)) {
        return Errno::notdir;
    }
    if (place.parent->links == 0 && place.parent != files_->root()) {
        return Errno::noent;
    }
    if (place.node == from.node) {
        return Errno::success;
    }
    for (const MemoryNode* above = place.parent.get(); is_directory && above != nullptr;
         above = above->parent) {
        if (above == from.node.get()) {
            return Errno::inval;  // into itself
        }
    }
    if (place.node != nullptr) {
        if (is_directory && !place.node->is_directory()) {
            return Errno::notdir;
        }
        if (!is_directory && place.node->is_directory()) {
            return Errno::isdir;
        }
        if (!place.node->entries.empty()) {
            return Errno::notempty;
        }
    }
    place.parent->insert(place.name, from.node);
    from.parent->erase(from.name);
    return Errno::success;
}

// Cookies: 1 comes after ".", 2 after "..", and then each entry's order plus one.
Errno MemoryDirectory::read_entries(uint64_t cookie, EntrySink& sink) {
    if (cookie == 0 && !sink.add(".", node_->inode, FileType::directory, 1)) {
        return Errno::success;
    }
    if (cookie <= 1) {
        const MemoryNode& above = node_->parent == nullptr ? *node_ : *node_->parent;
        if (!sink.add("..", above.inode, FileType::directory, 2)) {
            return Errno::success;
        }
    }
    for (auto entry = node_->entries.lower_bound(cookie); entry != node_->entries.end(); ++entry) {
        const MemoryNode::Entry& value = entry->second;
        if (!sink.add(value.name, value.node->inode, value.node->type, entry->first + 1)) {
            break;
        }
    }
    return Errno::success;
}

}  // namespace epsilon::wasi

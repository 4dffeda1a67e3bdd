// SPDX-License-Identifier: Apache-2.0
#include "wasi/memory_file_system.h"

#include <algorithm>
#include <chrono>

#include "wasi/memory_descriptors.h"

namespace epsilon::wasi {

namespace {

constexpr int most_links = 40;
constexpr size_t most_name_bytes = 255;  // as hosts have it
constexpr size_t most_path_bytes = 64 << 10;
// Entries of a directory come after "." and "..".
constexpr uint64_t first_order = 2;

uint64_t now() {
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    return uint64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
}

// The components of a path, the last one first.
std::vector<std::string> components_backwards(std::string_view path) {
    std::vector<std::string> components;
    size_t begin = 0;
    while (begin < path.size()) {
        const size_t end = std::min(path.find('/', begin), path.size());
        if (end != begin) {
            components.emplace_back(path.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    std::reverse(components.begin(), components.end());
    return components;
}

}  // namespace

MemoryNode::MemoryNode(std::shared_ptr<MemoryQuota> node_quota, FileType node_type,
                       uint64_t node_inode)
    : quota(std::move(node_quota)),
      type(node_type),
      inode(node_inode),
      next_order(first_order),
      accessed(now()),
      modified(accessed),
      changed(accessed) {
    ++quota->nodes;
}

MemoryNode::~MemoryNode() {
    quota->bytes -= bytes.size();
    --quota->nodes;
    // Trees may be deep: what they hold is given up one by one, not by recursion, and without
    // memory for a list of it.
    std::shared_ptr<MemoryNode> dead;
    const auto take = [&dead](MemoryNode& node) {
        for (auto& [order, entry] : node.entries) {
            std::shared_ptr<MemoryNode> child = std::move(entry.node);
            child->parent = nullptr;
            child->lose_name();
            if (child.use_count() == 1) {
                child->next_dead = std::move(dead);
                dead = std::move(child);
            }
        }
        node.entries.clear();
    };
    take(*this);
    while (dead != nullptr) {
        const std::shared_ptr<MemoryNode> node = std::move(dead);
        dead = std::move(node->next_dead);
        take(*node);
    }
}

FileStat MemoryNode::stat() const {
    FileStat stat;
    stat.device = 1;
    stat.inode = inode;
    stat.type = type;
    stat.links = is_directory() ? 1 : links;
    stat.size = bytes.size();
    stat.accessed = accessed;
    stat.modified = modified;
    stat.changed = changed;
    return stat;
}

Errno MemoryNode::resize(uint64_t size) {
    const uint64_t others = quota->bytes - bytes.size();
    if (size > bytes.size() && (size > quota->max_bytes || others > quota->max_bytes - size)) {
        return Errno::nospc;
    }
    bytes.resize(size);
    if (bytes.capacity() / 4 > size) {
        bytes.shrink_to_fit();
    }
    quota->bytes = others + size;
    return Errno::success;
}

void MemoryNode::set_times(const NewTimes& times) {
    changed = now();
    const auto set = [this](const NewTime& time, uint64_t& target) {
        if (time.kind != NewTime::Kind::kept) {
            target = time.kind == NewTime::Kind::now ? changed : time.nanoseconds;
        }
    };
    set(times.accessed, accessed);
    set(times.modified, modified);
}

void MemoryNode::modified_now() {
    modified = changed = now();
}

const std::shared_ptr<MemoryNode>* MemoryNode::find(const std::string& name) const {
    const auto found = orders.find(name);
    return found == orders.end() ? nullptr : &entries.find(found->second)->second.node;
}

void MemoryNode::named(MemoryNode& directory) {
    if (++links > 1) {
        ++quota->nodes;
    }
    changed = now();
    if (is_directory()) {
        parent = &directory;
    }
}

void MemoryNode::unnamed() {
    lose_name();
    changed = now();
    if (links == 0) {
        parent = nullptr;
    }
}

void MemoryNode::insert(const std::string& name, std::shared_ptr<MemoryNode> node) {
    MemoryNode& added = *node;
    const auto found = orders.find(name);
    if (found != orders.end()) {
        std::swap(entries.find(found->second)->second.node, node);
        node->unnamed();
    } else {
        entries.emplace(next_order, Entry{name, std::move(node)});
        try {
            orders.emplace(name, next_order);
        } catch (...) {
            entries.erase(next_order);
            throw;
        }
        ++next_order;
    }
    added.named(*this);
    modified_now();
}

void MemoryNode::lose_name() {
    if (--links > 0) {
        --quota->nodes;
    }
}

void MemoryNode::erase(const std::string& name) {
    const auto found = orders.find(name);
    const auto entry = entries.find(found->second);
    entry->second.node->unnamed();
    orders.erase(found);
    entries.erase(entry);
    modified_now();
}

MemoryFileSystem::MemoryFileSystem(std::shared_ptr<MemoryQuota> quota, bool read_only)
    : quota_(std::move(quota)),
      read_only_(read_only),
      root_(std::make_shared<MemoryNode>(quota_, FileType::directory, next_inode_++)) {}

MemoryFileSystem::~MemoryFileSystem() = default;

std::shared_ptr<Directory> MemoryFileSystem::open_root() {
    return std::make_shared<MemoryDirectory>(shared_from_this(), root_);
}

std::shared_ptr<MemoryNode> MemoryFileSystem::make_node(FileType type) {
    if (is_full()) {
        return nullptr;
    }
    return std::make_shared<MemoryNode>(quota_, type, next_inode_++);
}

Errno MemoryFileSystem::find(const std::shared_ptr<MemoryNode>& start, std::string_view path,
                             bool follow, MemoryPlace& place) const {
    if (path.front() == '/') {
        return Errno::perm;
    }
    place.wants_directory = path.back() == '/';
    std::vector<std::string> rest = components_backwards(path);
    // The directories from the start to where the path is now.
    std::vector<std::shared_ptr<MemoryNode>> way{start};
    size_t bytes = path.size();
    int links = 0;
    while (!rest.empty()) {
        const std::string component = std::move(rest.back());
        rest.pop_back();
        const std::shared_ptr<MemoryNode> current = way.back();
        const bool is_last = rest.empty();
        if (component == "." || component == "..") {
            if (component == "..") {
                if (way.size() == 1) {
                    return Errno::perm;
                }
                way.pop_back();
            }
            if (is_last) {
                break;
            }
            continue;
        }
        if (component.size() > most_name_bytes) {
            return Errno::nametoolong;
        }
        const std::shared_ptr<MemoryNode>* found = current->find(component);
        const bool is_link = found != nullptr && (*found)->type == FileType::symbolic_link;
        if (is_link && (!is_last || follow)) {
            const std::string target((*found)->bytes.begin(), (*found)->bytes.end());
            if (++links > most_links) {
                return Errno::loop;
            }
            bytes += target.size();
            if (bytes > most_path_bytes) {
                return Errno::nametoolong;
            }
            if (target.front() == '/') {
                return Errno::perm;
            }
            place.wants_directory = place.wants_directory || (is_last && target.back() == '/');
            for (std::string& part : components_backwards(target)) {
                rest.insert(rest.end(), std::move(part));
            }
            continue;
        }
        if (is_last) {
            place.parent = current;
            place.name = component;
            place.node = found == nullptr ? nullptr : *found;
            return Errno::success;
        }
        if (found == nullptr) {
            return Errno::noent;
        }
        if (!(*found)->is_directory()) {
            return Errno::notdir;
        }
        way.push_back(*found);
    }
    // The path ends in "." or "..": a directory without a name of its own.
    place.parent = way.back();
    place.name = std::string(".");
    place.node = way.back();
    place.wants_directory = true;
    return Errno::success;
}

Errno MemoryFileSystem::put(std::string_view path, std::span<const uint8_t> bytes) {
    std::vector<std::string> rest = components_backwards(path);
    const bool is_directory = path.empty() || path.back() == '/';
    if (is_directory && !bytes.empty()) {
        return Errno::isdir;
    }
    std::shared_ptr<MemoryNode> current = root_;
    while (!rest.empty()) {
        const std::string name = std::move(rest.back());
        rest.pop_back();
        if (name == "." || name == "..") {
            return Errno::inval;
        }
        if (name.size() > most_name_bytes) {
            return Errno::nametoolong;
        }
        const bool wants_directory = is_directory || !rest.empty();
        const std::shared_ptr<MemoryNode>* found = current->find(name);
        std::shared_ptr<MemoryNode> next = found == nullptr ? nullptr : *found;
        if (next == nullptr) {
            next = make_node(wants_directory ? FileType::directory : FileType::regular_file);
            if (next == nullptr) {
                return Errno::nospc;
            }
            current->insert(name, next);
        } else if (next->is_directory() != wants_directory) {
            return wants_directory ? Errno::notdir : Errno::isdir;
        }
        current = std::move(next);
    }
    if (is_directory) {
        return Errno::success;
    }
    if (current->type != FileType::regular_file) {
        return Errno::loop;
    }
    EPSILON_WASI_TRY(current->resize(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), current->bytes.begin());
    current->modified_now();
    return Errno::success;
}

std::shared_ptr<MemoryNode> MemoryFileSystem::get(std::string_view path) const {
    std::vector<std::string> rest = components_backwards(path);
    std::shared_ptr<MemoryNode> current = root_;
    while (!rest.empty()) {
        const std::shared_ptr<MemoryNode>* found = current->find(rest.back());
        if (found == nullptr) {
            return nullptr;
        }
        current = *found;
        rest.pop_back();
    }
    return current;
}

}  // namespace epsilon::wasi

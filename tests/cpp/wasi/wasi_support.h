// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "runtime/store.h"
#include "wasi/functions.h"
#include "wasi/host_directory.h"
#include "wasi/system.h"

namespace epsilon::wasi {
inline std::ostream& operator<<(std::ostream& out, Errno value) {
    return out << "errno " << unsigned(value);
}
}  // namespace epsilon::wasi

// A program that is nothing but a memory: the functions of WASI are called as it would.
namespace wasi_support {

using namespace epsilon;
using namespace epsilon::wasi;

// A new directory of the host with a name of its own, removed in the end.
class Folder {
public:
    Folder() {
        char name[] = "/tmp/epsilon-wasi-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path / name, std::ios::binary) << text;
    }
    std::string read(const std::string& name) const {
        std::ifstream file(path / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool has(const std::string& name) const {
        return std::filesystem::symlink_status(path / name).type() !=
               std::filesystem::file_type::not_found;
    }

    std::filesystem::path path;
};

struct Range {
    uint32_t address;
    uint32_t size;
};

class Program {
public:
    Program() : store(Store::create({}).take()), bytes(4 << 16) {
        view.base = bytes.data();
        view.bytes = bytes.size();
    }

    Errno call(std::string_view name, std::initializer_list<uint64_t> args) {
        const Function* function = find_function(edition, name);
        if (function == nullptr) {
            FAIL("no function " << name);
        }
        const FunctionType type = function->type();
        REQUIRE(type.params.size() == args.size());
        std::vector<Value> values;
        for (const uint64_t arg : args) {
            values.push_back({arg, 0});
        }
        Value result;
        Call running{system, *store, GuestMemory(&view), edition};
        error = function->call(running, values.data(), &result);
        return Errno(result.low);
    }

    // Room in the memory; what was there goes on being used until reset() is called.
    uint32_t room(uint32_t size) {
        const uint32_t at = next;
        next += (size + 15) & ~15u;
        REQUIRE(next <= bytes.size());
        return at;
    }
    void reset() { next = 1024; }
    Range put(std::string_view text) {
        const auto size = static_cast<uint32_t>(text.size());
        const uint32_t at = room(size);
        std::copy(text.begin(), text.end(), bytes.begin() + at);
        return {at, size};
    }
    template <class T>
    T get(uint64_t address) const {
        T value{};
        REQUIRE(GuestMemory(&view).load(address, value));
        return value;
    }
    template <class T>
    void set(uint64_t address, T value) {
        REQUIRE(GuestMemory(&view).store(address, value));
    }
    std::string text(uint32_t address, uint32_t size) const {
        return {reinterpret_cast<const char*>(bytes.data()) + address, size};
    }
    // A list of ranges for reads and writes.
    uint32_t list(std::initializer_list<Range> ranges) {
        const uint32_t at = room(static_cast<uint32_t>(8 * ranges.size()));
        uint32_t next_range = at;
        for (const Range& range : ranges) {
            set(next_range, range.address);
            set(next_range + 4, range.size);
            next_range += 8;
        }
        return at;
    }

    // Opens a path beneath a descriptor, with all rights that make sense.
    Errno open(uint32_t directory, std::string_view path, unsigned how, uint32_t& fd,
               Rights base = rights::of_files, FdFlags flags = 0, bool follow = true) {
        const Range name = put(path);
        const uint32_t out = room(4);
        const Errno result = call("path_open", {directory, follow ? 1u : 0u, name.address,
                                                name.size, how, base, rights::all, flags, out});
        fd = result == Errno::success ? get<uint32_t>(out) : UINT32_MAX;
        return result;
    }
    uint32_t open_file(std::string_view path, unsigned how = 0, uint32_t directory = 3) {
        uint32_t fd = 0;
        REQUIRE(open(directory, path, how, fd) == Errno::success);
        return fd;
    }
    uint32_t open_directory(std::string_view path, uint32_t directory = 3) {
        uint32_t fd = 0;
        REQUIRE(open(directory, path, oflags::directory, fd, rights::of_directories) ==
                Errno::success);
        return fd;
    }
    // A function of a directory and one path.
    Errno at(std::string_view name, uint32_t directory, std::string_view path) {
        const Range range = put(path);
        return call(name, {directory, range.address, range.size});
    }
    Errno stat(uint32_t directory, std::string_view path, bool follow, uint32_t out) {
        const Range range = put(path);
        return call("path_filestat_get",
                    {directory, follow ? 1u : 0u, range.address, range.size, out});
    }
    Errno symlink(std::string_view target, std::string_view path, uint32_t directory = 3) {
        const Range to = put(target);
        const Range name = put(path);
        return call("path_symlink", {to.address, to.size, directory, name.address, name.size});
    }
    Errno rename(uint32_t from, std::string_view path, uint32_t to, std::string_view new_path) {
        const Range old_name = put(path);
        const Range new_name = put(new_path);
        return call("path_rename",
                    {from, old_name.address, old_name.size, to, new_name.address, new_name.size});
    }
    Errno link(uint32_t from, std::string_view path, uint32_t to, std::string_view new_path,
               bool follow = false) {
        const Range old_name = put(path);
        const Range new_name = put(new_path);
        return call("path_link", {from, follow ? 1u : 0u, old_name.address, old_name.size, to,
                                  new_name.address, new_name.size});
    }
    Errno write(uint32_t fd, std::string_view text) {
        const uint32_t ranges = list({put(text)});
        const uint32_t size = room(4);
        const Errno result = call("fd_write", {fd, ranges, 1, size});
        written = result == Errno::success ? get<uint32_t>(size) : 0;
        return result;
    }
    Errno read(uint32_t fd, uint32_t most, std::string& out) {
        const uint32_t to = room(most);
        const uint32_t ranges = list({{to, most}});
        const uint32_t size = room(4);
        const Errno result = call("fd_read", {fd, ranges, 1, size});
        out = result == Errno::success ? text(to, get<uint32_t>(size)) : "";
        return result;
    }
    std::string read_all(uint32_t fd) {
        std::string all;
        std::string part;
        do {
            reset();
            REQUIRE(read(fd, 4096, part) == Errno::success);
            all += part;
        } while (!part.empty());
        return all;
    }

    std::shared_ptr<Store> store;
    System system;
    Edition edition = Edition::preview1;
    std::vector<uint8_t> bytes;
    MemoryView view;
    ErrorPtr error;
    uint32_t written = 0;
    uint32_t next = 1024;
};

// The three kinds of trees of files that a program can have, which answer alike.
enum class Tree { host_by_kernel, host_by_walk, memory };

// A program with one tree as descriptor 3.
struct ProgramWithTree : Program {
    explicit ProgramWithTree(Tree kind, bool read_only = false) : tree(kind) {
        set_path_resolution(kind == Tree::host_by_kernel ? PathResolution::kernel
                            : kind == Tree::host_by_walk ? PathResolution::walk
                                                         : PathResolution::automatic);
        if (kind == Tree::memory) {
            REQUIRE(system.preopen_memory("/", read_only).ok());
        } else {
            std::filesystem::create_directory(folder.path / "top");
            std::shared_ptr<Directory> directory;
            REQUIRE(HostDirectory::open_tree(folder.path / "top", read_only, directory) == 0);
            REQUIRE(system.preopen_directory("/", directory).ok());
        }
    }
    ~ProgramWithTree() { set_path_resolution(PathResolution::automatic); }

    // Puts a file into the tree, as the embedder.
    void put_file(const std::string& path, const std::string& text) {
        if (tree == Tree::memory) {
            const auto* data = reinterpret_cast<const uint8_t*>(text.data());
            REQUIRE(system.memory_mounts()[0].files->put(path, {data, text.size()}) ==
                    Errno::success);
        } else {
            const std::filesystem::path whole = folder.path / "top" / path;
            std::filesystem::create_directories(whole.parent_path());
            if (path.back() != '/') {
                folder.write("top/" + path, text);
            }
        }
    }

    const Tree tree;
    Folder folder;
};

inline const Tree all_trees[] = {Tree::host_by_kernel, Tree::host_by_walk, Tree::memory};
inline const Tree host_trees[] = {Tree::host_by_kernel, Tree::host_by_walk};

}  // namespace wasi_support

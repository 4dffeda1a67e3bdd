// SPDX-License-Identifier: Apache-2.0
// The files in memory of a WASI program, as the embedder sees them.
#include <algorithm>

#include "door.h"
#include "wasi.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

using wasi::MemoryNode;
using Mount = wasi::System::MemoryMount;

std::string with_slash(const std::string& path) {
    return path.empty() || path.back() != '/' ? path + "/" : path;
}

// The directory in memory that the path lies in, and what of the path is beneath it; null if there
// is none. The longest guest path is the one.
const Mount* find_mount(const epsilon_wasi& wasi, std::string_view path,
                        std::string_view& beneath) {
    const Mount* found = nullptr;
    size_t longest = 0;
    for (const Mount& mount : wasi.system->memory_mounts()) {
        const std::string start = with_slash(mount.guest_path);
        if (start.size() > longest && path.substr(0, start.size()) == start) {
            found = &mount;
            longest = start.size();
        }
    }
    beneath = path.substr(longest);
    return found;
}

ErrorPtr not_in_memory(std::string_view path) {
    return misuse("no directory in memory has the path ", quoted(path));
}

std::string_view reason(wasi::Errno error) {
    switch (error) {
        case wasi::Errno::notdir:
            return "what it leads through is a file";
        case wasi::Errno::isdir:
            return "it is a directory";
        case wasi::Errno::nametoolong:
            return "a name in it is too long";
        case wasi::Errno::loop:
            return "it is a symbolic link";
        default:
            return "it has a component that is no name";
    }
}

// Directories inside one another make paths long: with each level all that are below.
constexpr uint64_t most_listed_path_bytes = 64 << 20;

// False if the paths, whose bytes are counted in path_bytes, are too many.
bool list(const std::string& path, const std::shared_ptr<MemoryNode>& top, uint64_t& path_bytes,
          std::vector<epsilon_wasi::File>& files) {
    // Trees may be deep.
    std::vector<epsilon_wasi::File> pending{{path, top}};
    while (!pending.empty()) {
        const epsilon_wasi::File current = std::move(pending.back());
        pending.pop_back();
        for (const auto& [order, entry] : current.node->entries) {
            std::string name = current.path + entry.name;
            if (entry.node->is_directory()) {
                name += '/';
                pending.push_back({name, entry.node});
            }
            path_bytes += name.size();
            if (path_bytes > most_listed_path_bytes) {
                return false;
            }
            files.push_back({std::move(name), entry.node});
        }
    }
    return true;
}

}  // namespace

epsilon_error_t* epsilon_wasi_file_write(epsilon_wasi_t* wasi, const char* path, size_t path_size,
                                         const void* data, size_t size) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_text(path, path_size, "path")) {
            return error;
        }
        if (!readable(data, size)) {
            return misuse("data is NULL");
        }
        const std::string_view text = view(path, path_size);
        std::string_view beneath;
        const Mount* mount = find_mount(*wasi, text, beneath);
        if (mount == nullptr) {
            return not_in_memory(text);
        }
        const wasi::Errno result =
            mount->files->put(beneath, {static_cast<const uint8_t*>(data), size});
        if (result == wasi::Errno::nospc) {
            return make_error(
                ErrorKind::limit,
                concat("the limits on files in memory leave no room for ", quoted(text)));
        }
        if (result != wasi::Errno::success) {
            return misuse("cannot write ", quoted(text), ": ", reason(result));
        }
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_file_read(epsilon_wasi_t* wasi, const char* path, size_t path_size,
                                        const uint8_t** data, size_t* size) {
    set(data, nullptr);
    set(size, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        EPSILON_REQUIRE(data, "data");
        EPSILON_REQUIRE(size, "size");
        if (ErrorPtr error = check_text(path, path_size, "path")) {
            return error;
        }
        const std::string_view text = view(path, path_size);
        std::string_view beneath;
        const Mount* mount = find_mount(*wasi, text, beneath);
        if (mount == nullptr) {
            return not_in_memory(text);
        }
        const std::shared_ptr<MemoryNode> node = mount->files->get(beneath);
        if (node == nullptr || node->type != wasi::FileType::regular_file) {
            return misuse("no file in memory has the path ", quoted(text));
        }
        *data = node->bytes.data();
        *size = node->bytes.size();
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_file_count(epsilon_wasi_t* wasi, size_t* count) {
    set(count, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        EPSILON_REQUIRE(count, "count");
        std::vector<epsilon_wasi::File> files;
        uint64_t path_bytes = 0;
        for (const Mount& mount : wasi->system->memory_mounts()) {
            if (!list(with_slash(mount.guest_path), mount.files->root(), path_bytes, files)) {
                return make_error(ErrorKind::limit,
                                  concat("the paths of the files in memory are longer than ",
                                         most_listed_path_bytes, " bytes in all"));
            }
        }
        std::sort(files.begin(), files.end(),
                  [](const auto& a, const auto& b) { return a.path < b.path; });
        std::swap(wasi->files, files);
        *count = wasi->files.size();
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_file(epsilon_wasi_t* wasi, size_t index, const char** path,
                                   size_t* path_size, const uint8_t** data, size_t* size,
                                   bool* is_symbolic_link) {
    set(path, nullptr);
    set(path_size, 0u);
    set(data, nullptr);
    set(size, 0u);
    set(is_symbolic_link, false);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        EPSILON_REQUIRE(path, "path");
        if (index >= wasi->files.size()) {
            return misuse("file ", index, " is not in the list of ", wasi->files.size());
        }
        const epsilon_wasi::File& file = wasi->files[index];
        *path = file.path.c_str();
        set(path_size, file.path.size());
        if (data != nullptr) {
            wasi->content = file.node->bytes;
            *data = wasi->content.data();
        }
        set(size, file.node->bytes.size());
        set(is_symbolic_link, file.node->type == wasi::FileType::symbolic_link);
        return nullptr;
    });
}

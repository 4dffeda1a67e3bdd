// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "messages.h"
#include "text.h"

namespace cli {

namespace {

// How many bytes a read of the whole file is likely to give, and one to see its end by.
size_t expected_size(std::FILE* file) {
    constexpr size_t least = size_t{64} << 10;
    struct stat status = {};
    if (::fstat(::fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        return least;
    }
    // A file with holes may be said to have more than there is memory for.
    constexpr size_t most = size_t{256} << 20;
    return std::clamp(size_t(status.st_size) + 1, least, most);
}

}  // namespace

std::optional<std::vector<uint8_t>> read_file(const std::string& path) {
    const bool is_stdin = path == "-";
    std::FILE* file = is_stdin ? stdin : std::fopen(path.c_str(), "rbe");
    int error = file == nullptr ? errno : 0;
    std::vector<uint8_t> bytes;
    if (file != nullptr) {
        bytes.resize(expected_size(file));
        size_t size = 0;
        while (size_t count = std::fread(bytes.data() + size, 1, bytes.size() - size, file)) {
            size += count;
            // Grows by what is already there, so that large files are not copied often.
            if (size == bytes.size()) {
                bytes.resize(2 * size);
            }
        }
        bytes.resize(size);
        if (std::ferror(file) != 0) {
            error = errno;
        }
        if (!is_stdin) {
            std::fclose(file);
        }
    }
    if (error != 0) {
        complain(fmt::format("{}: {}", display_name(path), std::strerror(error)));
        return std::nullopt;
    }
    return bytes;
}

bool write_file(const std::string& path, const std::vector<uint8_t>& bytes) {
    if (path == "-") {
        fmt::print("{}",
                   std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        return true;
    }
    std::FILE* file = std::fopen(path.c_str(), "wbe");
    int error = file == nullptr ? errno : 0;
    if (file != nullptr) {
        struct stat status = {};
        const bool is_regular = ::fstat(::fileno(file), &status) == 0 && S_ISREG(status.st_mode);
        const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
        error = is_written ? 0 : errno;
        if (std::fclose(file) != 0 && error == 0) {
            error = errno;
        }
        if (error != 0 && is_regular) {
            ::unlink(path.c_str());
        }
    }
    if (error != 0) {
        complain(fmt::format("{}: {}", display_name(path), std::strerror(error)));
    }
    return error == 0;
}

std::string display_name(const std::string& path) {
    return path == "-" ? "standard input" : printable(path);
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "messages.h"
#include "text.h"

namespace cli {

std::optional<std::vector<uint8_t>> read_file(const std::string& path) {
    const bool is_stdin = path == "-";
    std::FILE* file = is_stdin ? stdin : std::fopen(path.c_str(), "rbe");
    int error = file == nullptr ? errno : 0;
    std::vector<uint8_t> bytes;
    if (file != nullptr) {
        constexpr size_t chunk = size_t{64} << 10;
        size_t size = 0;
        size_t count = 0;
        do {
            // Grows by what is already there, so that large files are not copied often.
            bytes.resize(size + (size < chunk ? chunk : size));
            count = std::fread(bytes.data() + size, 1, bytes.size() - size, file);
            size += count;
        } while (count > 0);
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

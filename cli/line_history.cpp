// SPDX-License-Identifier: Apache-2.0
#include "line_history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace cli {

namespace {

namespace fs = std::filesystem;

constexpr mode_t of_owner = 0600;

class File {
public:
    explicit File(int number) : number_(number) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    int number() const { return number_; }
    bool is_regular() const {
        struct stat status = {};
        return number_ >= 0 && ::fstat(number_, &status) == 0 && S_ISREG(status.st_mode);
    }
    bool write(std::string_view text) const {
        return ::write(number_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    }

private:
    int number_;
};

// The end of the file, which is all that counts of a large one.
std::string read_end(const File& file) {
    constexpr off_t longest = off_t{1} << 20;
    const off_t size = ::lseek(file.number(), 0, SEEK_END);
    const off_t begin = std::max<off_t>(size - longest, 0);
    std::string text(static_cast<size_t>(std::max<off_t>(size, 0) - begin), '\0');
    const ssize_t count = ::pread(file.number(), text.data(), text.size(), begin);
    text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    // Not the rest of a line.
    return begin == 0 ? text : text.substr(std::min(text.find('\n'), text.size()));
}

bool is_fit(std::string_view line) {
    return !line.empty() && std::none_of(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
}

void replace(const std::string& path, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += line + '\n';
    }
    std::string name = path + ".XXXXXX";
    const File file(::mkstemp(name.data()));
    if (file.number() >= 0 && (!file.write(text) || ::rename(name.c_str(), path.c_str()) != 0)) {
        ::unlink(name.c_str());
    }
}

}  // namespace

std::string HistoryFile::find_path() {
    const char* state = std::getenv("XDG_STATE_HOME");
    const char* home = std::getenv("HOME");
    if (state != nullptr && state[0] == '/') {
        return std::string(state) + "/epsilon/history";
    }
    return home != nullptr && home[0] == '/' ? std::string(home) + "/.local/state/epsilon/history"
                                             : "";
}

std::vector<std::string> HistoryFile::read() {
    std::vector<std::string> lines;
    const File file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_regular()) {
        return lines;
    }
    const std::string text = read_end(file);
    size_t count = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++count;
        if (is_fit(line)) {
            lines.emplace_back(line);
        }
    }
    if (lines.size() > max_lines) {
        lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(max_lines));
    }
    if (count > 4 * max_lines) {
        replace(path_, lines);
    }
    return lines;
}

void HistoryFile::append(const std::string& line) const {
    if (path_.empty() || !is_fit(line)) {
        return;
    }
    std::error_code ignored;
    const fs::path folder = fs::path(path_).parent_path();
    if (!fs::exists(folder, ignored)) {
        fs::create_directories(folder.parent_path(), ignored);
        ::mkdir(folder.c_str(), 0700);
    }
    const File file(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, of_owner));
    if (file.is_regular()) {
        file.write(line + '\n');
    }
}

}  // namespace cli

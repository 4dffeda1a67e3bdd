// SPDX-License-Identifier: Apache-2.0
#include "line_editor.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "interrupts.h"

namespace cli {

namespace {

class PlainEditor : public LineEditor {
public:
    explicit PlainEditor(std::string prompt) : prompt_(std::move(prompt)) {}

    Input read() override {
        if (prompt_.empty()) {
            return read_line();
        }
        Interrupts::forget();
        fmt::print("{}", prompt_);
        std::fflush(stdout);
        Input input = read_line();
        if (input.kind == Input::Kind::interrupted || input.kind == Input::Kind::end) {
            fmt::print("\n");
        }
        return input;
    }

private:
    Input read_line() {
        Input input;
        bool is_too_long = false;
        while (true) {
            if (next_ == count_) {
                if (!prompt_.empty() && !Interrupts::wait(STDIN_FILENO)) {
                    input = {};
                    input.kind = Input::Kind::interrupted;
                    return input;
                }
                const ssize_t count = ::read(STDIN_FILENO, buffer_, sizeof buffer_);
                if (count < 0) {
                    input = {};
                    input.kind = Input::Kind::failed;
                    input.error = errno;
                    return input;
                }
                next_ = 0;
                count_ = static_cast<size_t>(count);
                if (count == 0 && input.line.empty() && !is_too_long) {
                    return input;
                }
            }
            const char* begin = buffer_ + next_;
            const char* end = std::find(begin, static_cast<const char*>(buffer_) + count_, '\n');
            const size_t length = static_cast<size_t>(end - begin);
            is_too_long = is_too_long || length > max_line - input.line.size();
            if (is_too_long) {
                input.line.clear();
            } else {
                input.line.append(begin, length);
            }
            const bool is_last = count_ == 0;
            const bool is_whole = next_ + length < count_;
            next_ += length + (is_whole ? 1 : 0);
            if (is_last || is_whole) {
                input.kind = is_too_long ? Input::Kind::too_long : Input::Kind::line;
                return input;
            }
        }
    }

    std::string prompt_;
    char buffer_[size_t{64} << 10];
    size_t next_ = 0;
    size_t count_ = 0;
};

}  // namespace

std::unique_ptr<LineEditor> make_plain_editor(std::string prompt) {
    return std::make_unique<PlainEditor>(std::move(prompt));
}

#ifndef EPSILON_HAVE_LIBEDIT
std::unique_ptr<LineEditor> make_terminal_editor(const std::string& /* prompt */,
                                                 bool /* in_colour */, Completer /* completer */) {
    return nullptr;
}
#endif

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <epsilon.h>
#include <fmt/format.h>

#include "commands.h"
#include "interrupts.h"
#include "line_editor.h"
#include "messages.h"
#include "repl_commands.h"
#include "repl_completion.h"
#include "repl_session.h"

namespace cli {

namespace {

constexpr std::string_view prompt = "epsilon> ";

bool has_value(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

// https://no-color.org
bool shows_colour(int file) {
    const char* terminal = std::getenv("TERM");
    return ::isatty(file) != 0 && !has_value("NO_COLOR") && has_value("TERM") &&
           std::string_view(terminal) != "dumb";
}

class Repl {
public:
    explicit Repl(const Options& options) : session_(options), on_terminal_(is_on_terminal()) {
        display_ = {on_terminal_ && shows_colour(STDOUT_FILENO), on_terminal_};
    }

    int run() {
        const std::unique_ptr<LineEditor> editor = make_editor();
        if (on_terminal_) {
            interrupts_.emplace();
            set_message_form("error: ", shows_colour(STDERR_FILENO));
            fmt::print("Epsilon {}. HELP lists the commands, QUIT or Ctrl-D leaves.\n",
                       epsilon_version());
        }
        while (true) {
            const Input input = editor->read();
            ++line_number_;
            if (!on_terminal_) {
                set_message_form(fmt::format("epsilon: line {}: ", line_number_), false);
            }
            if (!take(input)) {
                break;
            }
            // Who waits for results behind a pipe gets them, and an error of writing them ends
            // this.
            if (std::fflush(stdout) != 0) {
                throw std::system_error(errno, std::generic_category(), "standard output");
            }
        }
        return has_failed_ && !on_terminal_ ? exit_failure : exit_success;
    }

private:
    std::unique_ptr<LineEditor> make_editor() {
        if (!on_terminal_) {
            return make_plain_editor("");
        }
        auto editor = make_terminal_editor(
            std::string(prompt), display_.in_colour,
            [this](std::string_view before) { return complete(session_, before); });
        return editor != nullptr ? std::move(editor) : make_plain_editor(std::string(prompt));
    }

    // False at the end.
    bool take(const Input& input) {
        switch (input.kind) {
            case Input::Kind::line:
                return execute_line(input.line) == Next::go_on;
            case Input::Kind::too_long:
                fail(fmt::format("a line longer than {} bytes", max_line));
                return true;
            case Input::Kind::interrupted:
                return true;
            case Input::Kind::failed:
                fail(fmt::format("standard input: {}", std::strerror(input.error)));
                return false;
            case Input::Kind::end:
                break;
        }
        return false;
    }

    Next execute_line(std::string_view line) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (line_number_ == 1 && line.starts_with(byte_order_mark)) {
            line.remove_prefix(byte_order_mark.size());
        }
        if (interrupts_) {
            interrupts_->begin(session_.runtime());
        }
        try {
            return execute(session_, display_, line);
        } catch (const Failure& failure) {
            // The terminal shows ^C and stays on that line.
            if (Interrupts::came() && *failure.what() != '\0') {
                fmt::print("\n");
            }
            fail(failure.what());
        } catch (const std::bad_alloc&) {
            fail("no memory left");
        }
        return Next::go_on;
    }

    void fail(std::string_view message) {
        has_failed_ = true;
        if (!message.empty()) {
            complain(message);
        }
    }

    Session session_;
    bool on_terminal_;
    std::optional<Interrupts> interrupts_;
    Display display_;
    uint64_t line_number_ = 0;
    bool has_failed_ = false;
};

}  // namespace

bool is_on_terminal() {
    return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
}

int repl(const Options& options) {
    try {
        return Repl(options).run();
    } catch (const Failure& failure) {
        // What it needs before its first command.
        complain(failure.what());
        return exit_failure;
    }
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
// Editing with libedit (docs/decisions/0013-line-editing.md). Signals are ours: the library would
// pass those it catches on to the whole process group.
#ifdef EPSILON_HAVE_LIBEDIT

#include <histedit.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <utility>

#include <fmt/format.h>

#include "interrupts.h"
#include "line_editor.h"
#include "line_history.h"
#include "text.h"

namespace cli {

namespace {

constexpr int caught_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};

volatile std::sig_atomic_t last_signal = 0;

void remember_signal(int signal) {
    last_signal = signal;
}

// Signals while a line is edited: they arrive only where the next character is waited for.
class Signals {
public:
    Signals() {
        sigemptyset(&blocked_);
        for (const int signal : caught_signals) {
            sigaddset(&blocked_, signal);
        }
        ::sigprocmask(SIG_BLOCK, &blocked_, &unblocked_);
        for (size_t i = 0; i < std::size(caught_signals); ++i) {
            ::sigaction(caught_signals[i], nullptr, &before_[i]);
            // What was ignored when this process was started stays ignored.
            if (before_[i].sa_handler != SIG_IGN) {
                catch_signal(caught_signals[i]);
            }
        }
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() {
        for (size_t i = 0; i < std::size(caught_signals); ++i) {
            ::sigaction(caught_signals[i], &before_[i], nullptr);
        }
        ::sigprocmask(SIG_SETMASK, &unblocked_, nullptr);
    }

    // Waits until there is something to read. The signal that came instead, or 0.
    int wait() const {
        last_signal = 0;
        pollfd file = {STDIN_FILENO, POLLIN, 0};
        ::ppoll(&file, 1, nullptr, &unblocked_);
        return last_signal;
    }

    // Does what the signal does to a process that doesn't catch it. Returns if that goes on.
    void pass_on(int signal) const {
        const auto index = static_cast<size_t>(
            std::find(std::begin(caught_signals), std::end(caught_signals), signal) -
            std::begin(caught_signals));
        ::sigaction(signal, &before_[index], nullptr);
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal);
        std::raise(signal);
        ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
        ::sigprocmask(SIG_BLOCK, &one, nullptr);
        catch_signal(signal);
    }

private:
    void catch_signal(int signal) const {
        struct sigaction action = {};
        action.sa_handler = remember_signal;
        // One at a time: the others wait for the next wait().
        action.sa_mask = blocked_;
        ::sigaction(signal, &action, nullptr);
    }

    sigset_t blocked_;
    sigset_t unblocked_;
    struct sigaction before_[std::size(caught_signals)];
};

// The characters of the terminal are UTF-8 unless the environment says something else: that it says
// nothing, as in containers, is no statement. For the library; it has no effect on numbers.
void set_locale() {
    if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1) {
        std::setlocale(LC_CTYPE, "C.UTF-8");
    }
}

class LibeditEditor : public LineEditor {
public:
    LibeditEditor(const std::string& prompt, bool in_colour, Completer completer)
        : completer_(std::move(completer)) {
        set_locale();
        // Marks what takes no room.
        constexpr const char* bold = "\1\x1b[1m\1";
        constexpr const char* plain = "\1\x1b[0m\1";
        prompt_ = in_colour ? fmt::format("{}{}{}", bold, prompt, plain) : prompt;
        history_ = ::history_init();
        editor_ = ::el_init("epsilon", stdin, stdout, stderr);
        if (editor_ == nullptr || history_ == nullptr) {
            return;
        }
        HistEvent event;
        ::history(history_, &event, H_SETSIZE, static_cast<int>(HistoryFile::max_lines));
        ::history(history_, &event, H_SETUNIQUE, 1);
        for (const std::string& line : file_.read()) {
            ::history(history_, &event, H_ENTER, line.c_str());
        }
        ::el_set(editor_, EL_CLIENTDATA, this);
        ::el_set(editor_, EL_PROMPT_ESC, prompt_of, '\1');
        ::el_set(editor_, EL_HIST, ::history, history_);
        ::el_set(editor_, EL_SIGNAL, 0);
        ::el_set(editor_, EL_EDITOR, "emacs");
        ::el_set(editor_, EL_GETCFN, read_character);
        ::el_set(editor_, EL_ADDFN, "epsilon-complete", "complete the word", complete);
        bind_keys();
        // The user's settings, in ~/.editrc.
        ::el_source(editor_, nullptr);
    }
    ~LibeditEditor() override {
        if (editor_ != nullptr) {
            ::el_end(editor_);
        }
        if (history_ != nullptr) {
            ::history_end(history_);
        }
    }

    bool is_usable() const { return editor_ != nullptr && history_ != nullptr; }

    Input read() override {
        // What came for the last command. One that comes from here on is a key, or for the next.
        Interrupts::forget();
        Input input;
        int count = 0;
        const char* text = nullptr;
        {
            const Signals signals;
            signals_ = &signals;
            is_interrupted_ = false;
            error_ = 0;
            errno = 0;
            text = ::el_gets(editor_, &count);
            signals_ = nullptr;
        }
        if (is_interrupted_) {
            fmt::print("^C\n");
            input.kind = Input::Kind::interrupted;
        } else if (text == nullptr || count <= 0) {
            fmt::print("\n");
            input.kind = error_ != 0 ? Input::Kind::failed : Input::Kind::end;
            input.error = error_;
        } else {
            take_line(std::string_view(text, static_cast<size_t>(count)), input);
        }
        return input;
    }

private:
    void take_line(std::string_view text, Input& input) {
        if (text.ends_with('\n')) {
            text.remove_suffix(1);
        }
        if (text.size() > max_line) {
            input.kind = Input::Kind::too_long;
            return;
        }
        input.kind = Input::Kind::line;
        input.line = text;
        remember(input.line.substr(0, text.find_last_not_of(" \t") + 1));
    }

    // A line that is not empty, and not that of before once more.
    void remember(const std::string& line) {
        if (line.empty()) {
            return;
        }
        HistEvent event;
        const bool is_new = ::history(history_, &event, H_FIRST) != 0 || event.str != line;
        ::history(history_, &event, H_ENTER, line.c_str());
        if (is_new) {
            file_.append(line);
        }
    }

    void bind_keys() {
        constexpr const char* keys[][2] = {
            {"^I", "epsilon-complete"},        {"^R", "em-inc-search-prev"},
            {"\\e[1~", "ed-move-to-beg"},      {"\\e[4~", "ed-move-to-end"},
            {"\\e[7~", "ed-move-to-beg"},      {"\\e[8~", "ed-move-to-end"},
            {"\\e[H", "ed-move-to-beg"},       {"\\e[F", "ed-move-to-end"},
            {"\\e[3~", "ed-delete-next-char"}, {"\\e[1;5C", "em-next-word"},
            {"\\e[1;5D", "ed-prev-word"},
        };
        for (const auto& [key, function] : keys) {
            ::el_set(editor_, EL_BIND, key, function, nullptr);
        }
    }

    static LibeditEditor& of(EditLine* editor) {
        void* self = nullptr;
        ::el_get(editor, EL_CLIENTDATA, &self);
        return *static_cast<LibeditEditor*>(self);
    }

    static char* prompt_of(EditLine* editor) { return of(editor).prompt_.data(); }

    // 1 for a character, 0 at the end, -1 where reading ends without one.
    static int read_character(EditLine* editor, wchar_t* character) {
        LibeditEditor& self = of(editor);
        while (true) {
            const int signal = self.signals_->wait();
            if (signal == SIGINT) {
                self.is_interrupted_ = true;
                return -1;
            }
            if (signal != 0) {
                self.take_signal(signal);
                continue;
            }
            char byte = 0;
            const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
            if (count == 0) {
                return 0;
            }
            if (count < 0) {
                if (errno == EINTR || errno == EAGAIN) {
                    continue;
                }
                self.error_ = errno;
                return -1;
            }
            if (self.decode(byte, character)) {
                return 1;
            }
        }
    }

    // Bytes that are no characters are passed over.
    bool decode(char byte, wchar_t* character) {
        const size_t length = std::mbrtowc(character, &byte, 1, &decoding_);
        constexpr auto incomplete = static_cast<size_t>(-2);
        constexpr auto wrong = static_cast<size_t>(-1);
        if (length == wrong) {
            decoding_ = {};
        }
        return length != incomplete && length != wrong;
    }

    void take_signal(int signal) {
        if (signal == SIGWINCH) {
            ::el_resize(editor_);
        } else {
            ::el_set(editor_, EL_PREP_TERM, 0);
            if (signal != SIGCONT) {
                fmt::print("\n");
                std::fflush(stdout);
                signals_->pass_on(signal);
            }
            ::el_set(editor_, EL_PREP_TERM, 1);
        }
        // Where the library takes the cursor to be.
        fmt::print("\r");
        std::fflush(stdout);
        ::el_set(editor_, EL_REFRESH);
    }

    static unsigned char complete(EditLine* editor, int /* character */) {
        return of(editor).complete_word();
    }

    unsigned char complete_word() {
        const LineInfo* line = ::el_line(editor_);
        const std::string_view before(line->buffer,
                                      static_cast<size_t>(line->cursor - line->buffer));
        const Completion completion = completer_(before);
        const auto& candidates = completion.candidates;
        if (candidates.empty()) {
            return CC_ERROR;
        }
        std::string common = candidates.front().text;
        for (const Completion::Candidate& candidate : candidates) {
            const auto end = std::mismatch(common.begin(), common.end(), candidate.text.begin(),
                                           candidate.text.end());
            common.erase(end.first, common.end());
        }
        const bool is_unique = candidates.size() == 1;
        if (is_unique && candidates.front().is_whole) {
            common += ' ';
        }
        const std::string_view typed = before.substr(completion.begin);
        if (!is_unique && common.size() <= typed.size()) {
            print_candidates(candidates);
            return CC_REDISPLAY;
        }
        // In characters.
        ::el_deletestr(editor_, static_cast<int>(characters(typed)));
        return ::el_insertstr(editor_, common.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }

    static size_t characters(std::string_view text) {
        size_t count = 0;
        while (!text.empty()) {
            take_character(text);
            ++count;
        }
        return count;
    }

    static void print_candidates(const std::vector<Completion::Candidate>& candidates) {
        constexpr size_t most = 200;
        const size_t count = std::min(candidates.size(), most);
        size_t width = 0;
        for (size_t i = 0; i < count; ++i) {
            width = std::max(width, characters(candidates[i].text) + 2);
        }
        winsize screen = {};
        ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &screen);
        const size_t in_row = std::max<size_t>(screen.ws_col / width, 1);
        for (size_t i = 0; i < count; ++i) {
            const std::string& text = candidates[i].text;
            const bool is_last = (i + 1) % in_row == 0 || i + 1 == count;
            fmt::print("{}{}{:{}}", i % in_row == 0 ? "\n" : "", text, "",
                       is_last ? 0 : width - characters(text));
        }
        if (candidates.size() > most) {
            fmt::print("\nand {} more", candidates.size() - most);
        }
        fmt::print("\n");
        std::fflush(stdout);
    }

    Completer completer_;
    std::string prompt_;
    HistoryFile file_;
    EditLine* editor_ = nullptr;
    History* history_ = nullptr;
    const Signals* signals_ = nullptr;
    bool is_interrupted_ = false;
    int error_ = 0;
    std::mbstate_t decoding_ = {};
};

}  // namespace

std::unique_ptr<LineEditor> make_terminal_editor(const std::string& prompt, bool in_colour,
                                                 Completer completer) {
    const char* terminal = std::getenv("TERM");
    if (terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb") {
        return nullptr;
    }
    auto editor = std::make_unique<LibeditEditor>(prompt, in_colour, std::move(completer));
    return editor->is_usable() ? std::move(editor) : nullptr;
}

}  // namespace cli

#endif

// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

extern "C" char** environ;  // NOLINT(readability-identifier-naming)

namespace cli {

namespace {

void check(int result, const char* what) {
    if (result != 0) {
        throw std::system_error(result, std::generic_category(), what);
    }
}

// An open file of this process.
class Descriptor {
public:
    Descriptor() = default;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    // Takes it over; never one of the standard files, which would be in the way of the program's.
    void take(int number) {
        constexpr int first = STDERR_FILENO + 1;
        close();
        number_ = ::fcntl(number, F_DUPFD_CLOEXEC, first);
        const int error = errno;
        ::close(number);
        check(number_ < 0 ? error : 0, "a pipe");
    }
    void close() {
        if (number_ >= 0) {
            ::close(number_);
            number_ = -1;
        }
    }
    int number() const { return number_; }

private:
    int number_ = -1;
};

struct Pipe {
    Descriptor reading;
    Descriptor writing;

    Pipe() {
        int ends[2];
        check(::pipe(ends) != 0 ? errno : 0, "a pipe");
        reading.take(ends[0]);
        writing.take(ends[1]);
    }
};

// For the time that a program runs: it may end before it has read everything, which is an error of
// write() then, and its status is wanted, whatever this process was started with.
class Signals {
public:
    Signals() {
        struct sigaction action = {};
        action.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &action, &pipe_);
        action.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &action, &child_);
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() {
        ::sigaction(SIGPIPE, &pipe_, nullptr);
        ::sigaction(SIGCHLD, &child_, nullptr);
    }

private:
    struct sigaction pipe_ = {};
    struct sigaction child_ = {};
};

class Process {
public:
    Process(const std::vector<const char*>& command, const Pipe& input, const Pipe& output,
            const Pipe& messages) {
        std::vector<char*> arguments;
        arguments.reserve(command.size() + 1);
        for (const char* argument : command) {
            arguments.push_back(const_cast<char*>(argument));  // as C wants them; never written to
        }
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t files;
        check(::posix_spawn_file_actions_init(&files), "starting a program");
        ::posix_spawn_file_actions_adddup2(&files, input.reading.number(), STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&files, output.writing.number(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&files, messages.writing.number(), STDERR_FILENO);
        posix_spawnattr_t attributes;
        ::posix_spawnattr_init(&attributes);
        sigset_t defaults;
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes, &defaults);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        start_error_ =
            ::posix_spawnp(&id_, arguments[0], &files, &attributes, arguments.data(), environ);
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&files);
        if (start_error_ != 0) {
            id_ = 0;
        }
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() {
        if (id_ > 0) {
            ::kill(id_, SIGKILL);
            wait();
        }
    }

    int start_error() const { return start_error_; }
    int wait() {
        int status = 0;
        while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
        }
        id_ = 0;
        return status;
    }

private:
    pid_t id_ = 0;
    int start_error_ = 0;
};

// Writes what the pipe takes; closes it when all is written, or nobody reads any more.
void feed(Descriptor& pipe, std::span<const uint8_t>& input) {
    const ssize_t count = ::write(pipe.number(), input.data(), input.size());
    if (count >= 0) {
        input = input.subspan(static_cast<size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
        input = {};
    }
    if (input.empty()) {
        pipe.close();
    }
}

template <typename Bytes>
void drain(Descriptor& pipe, Bytes& bytes) {
    uint8_t chunk[size_t{64} << 10];
    const ssize_t count = ::read(pipe.number(), chunk, sizeof chunk);
    if (count > 0) {
        bytes.insert(bytes.end(), chunk, chunk + count);
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        pipe.close();
    }
}

void converse(Descriptor& input_pipe, Descriptor& output_pipe, Descriptor& messages_pipe,
              std::span<const uint8_t> input, Outcome& outcome) {
    ::fcntl(input_pipe.number(), F_SETFL, O_NONBLOCK);
    if (input.empty()) {
        input_pipe.close();
    }
    while (output_pipe.number() >= 0 || messages_pipe.number() >= 0) {
        // Closed ones have negative numbers, which poll passes over.
        pollfd files[] = {{input_pipe.number(), POLLOUT, 0},
                          {output_pipe.number(), POLLIN, 0},
                          {messages_pipe.number(), POLLIN, 0}};
        if (::poll(files, 3, -1) < 0) {
            check(errno == EINTR ? 0 : errno, "waiting for a program");
            continue;
        }
        if (files[0].revents != 0) {
            feed(input_pipe, input);
        }
        if (files[1].revents != 0) {
            drain(output_pipe, outcome.output);
        }
        if (files[2].revents != 0) {
            drain(messages_pipe, outcome.messages);
        }
    }
}

}  // namespace

Outcome run_program(const std::vector<const char*>& command, std::span<const uint8_t> input) {
    Outcome outcome;
    const Signals signals;
    Pipe input_pipe;
    Pipe output_pipe;
    Pipe messages_pipe;
    Process process(command, input_pipe, output_pipe, messages_pipe);
    outcome.start_error = process.start_error();
    if (outcome.start_error != 0) {
        return outcome;
    }
    input_pipe.reading.close();
    output_pipe.writing.close();
    messages_pipe.writing.close();
    converse(input_pipe.writing, output_pipe.reading, messages_pipe.reading, input, outcome);
    const int status = process.wait();
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return outcome;
}

}  // namespace cli

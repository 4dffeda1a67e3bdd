// SPDX-License-Identifier: Apache-2.0
#include "decode/body_validation.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "base/byte_reader.h"
#include "base/text.h"
#include "decode/function_validator.h"
#include "wasm/instruction_reader.h"
#include "wasm/type_reader.h"

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#endif

namespace epsilon {

namespace {

// Below this a thread costs more than it saves.
constexpr size_t parallel_code_bytes = 256 * 1024;
// Work is handed out in pieces of about so many bytes of code.
constexpr size_t piece_bytes = 32 * 1024;

// While one exists, threads started by this one take no signals: those are for the host's threads.
class SignalsBlocked {
public:
#if defined(__unix__) || defined(__APPLE__)
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
#else
    SignalsBlocked() = default;
    ~SignalsBlocked() {}
#endif

public:
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
};

class Validation {
public:
    Validation(const Module& module, const DecodeOptions& options,
               const std::vector<bool>& declared)
        : module_(module), options_(options), declared_(declared) {}

    // Validates pieces until none is left. Any number of threads at a time.
    void work() {
        try {
            FunctionValidator validator(module_, options_.limits, declared_);
            uint32_t begin;
            uint32_t end;
            while (take_piece(begin, end)) {
                for (uint32_t i = begin; i < end && i < lowest_bad_; ++i) {
                    if (ErrorPtr error = validator.validate(i)) {
                        report(i, std::move(error));
                        break;
                    }
                }
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            exception_ = std::current_exception();
            next_ = uint32_t(module_.bodies.size());
        }
    }

    Result<void> result() {
        if (exception_) {
            std::rethrow_exception(exception_);
        }
        return std::move(error_);
    }

private:
    bool take_piece(uint32_t& begin, uint32_t& end) {
        const std::lock_guard lock(mutex_);
        const auto count = uint32_t(module_.bodies.size());
        begin = next_;
        end = begin;
        for (size_t bytes = 0; end < count && bytes < piece_bytes; ++end) {
            bytes += module_.bodies[end].end - module_.bodies[end].begin;
        }
        next_ = end;
        // Functions behind a bad one cannot change the outcome; those before it can.
        return begin < end && begin < lowest_bad_;
    }

    void report(uint32_t function, ErrorPtr error) {
        const std::lock_guard lock(mutex_);
        if (function < lowest_bad_) {
            lowest_bad_ = function;
            error_ = std::move(error);
        }
    }

    const Module& module_;
    const DecodeOptions& options_;
    const std::vector<bool>& declared_;
    std::mutex mutex_;
    uint32_t next_ = 0;  // the first function that nobody took
    std::atomic<uint32_t> lowest_bad_{UINT32_MAX};
    ErrorPtr error_;  // of that function
    std::exception_ptr exception_;
};

unsigned thread_count(const Module& module, const DecodeOptions& options) {
    if (module.bodies.empty()) {
        return 1;
    }
    const size_t code = module.bodies.back().end - module.bodies.front().begin;
    if (code < parallel_code_bytes) {
        return 1;
    }
    const unsigned wanted =
        options.threads != 0 ? options.threads : std::thread::hardware_concurrency();
    return unsigned(std::clamp<size_t>(wanted, 1, code / (parallel_code_bytes / 4)));
}

}  // namespace

Result<void> validate_bodies(const Module& module, const DecodeOptions& options,
                             const std::vector<bool>& declared_functions) {
    Validation validation(module, options, declared_functions);
    std::vector<std::thread> threads;
    const unsigned count = thread_count(module, options);
    threads.reserve(count - 1);
    try {
        const SignalsBlocked blocked;
        while (threads.size() < count - 1) {
            threads.emplace_back([&validation] { validation.work(); });
        }
    } catch (const std::exception&) {
        // No more threads (or memory for them): those there are, and this one, do all the work.
    }
    validation.work();
    for (std::thread& thread : threads) {
        thread.join();
    }
    return validation.result();
}

namespace {

ErrorPtr find_malformed(const Module& module, const FunctionBody& body) {
    ByteReader reader(*module.bytes, body.begin, body.end);
    Result<uint32_t> groups = reader.u32("count of local declarations");
    if (!groups) {
        return groups.take_error();
    }
    for (uint32_t left = *groups; left > 0; --left) {
        if (Result<uint32_t> count = reader.u32("count of locals"); !count) {
            return count.take_error();
        }
        if (Result<ValueType> type = read_value_type(reader, module.features); !type) {
            return type.take_error();
        }
    }
    InstructionReader instructions(*module.bytes, uint32_t(reader.position()), body.end,
                                   module.features);
    Instruction instruction;
    ErrorPtr error;
    while (!instructions.at_end()) {
        if (!instructions.read(instruction, error)) {
            return error;
        }
    }
    return nullptr;
}

}  // namespace

ErrorPtr find_malformed_body(const Module& module) {
    for (size_t i = 0; i < module.bodies.size(); ++i) {
        ErrorPtr error = find_malformed(module, module.bodies[i]);
        if (error) {
            if (error->kind != ErrorKind::malformed) {
                return nullptr;
            }
            error->message += concat(", in function ", module.imported_functions + i);
            return error;
        }
    }
    return nullptr;
}

}  // namespace epsilon

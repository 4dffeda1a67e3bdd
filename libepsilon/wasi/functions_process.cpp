// SPDX-License-Identifier: Apache-2.0
// Arguments, environment, clocks, random numbers, and the process itself.
#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "wasi/clocks.h"
#include "wasi/functions.h"

namespace epsilon::wasi {

namespace {

Errno store_sizes(const Call& call, const std::vector<std::string>& texts, Address count,
                  Address size) {
    uint64_t bytes = 0;
    for (const std::string& text : texts) {
        bytes += text.size() + 1;
    }
    const bool stored = call.memory.store(count.value, static_cast<uint32_t>(texts.size())) &&
                        call.memory.store(size.value, static_cast<uint32_t>(bytes));
    return stored ? Errno::success : Errno::fault;
}

Errno store_texts(const Call& call, const std::vector<std::string>& texts, Address pointers,
                  Address buffer) {
    uint64_t at = buffer.value;
    for (size_t i = 0; i < texts.size(); ++i) {
        const std::string& text = texts[i];
        uint8_t* to = call.memory.at(at, text.size() + 1);
        if (to == nullptr ||
            !call.memory.store(pointers + i * sizeof(uint32_t), static_cast<uint32_t>(at))) {
            return Errno::fault;
        }
        std::memcpy(to, text.c_str(), text.size() + 1);
        at += text.size() + 1;
    }
    return Errno::success;
}

Errno args_sizes_get(Call& call, Address count, Address size) {
    return store_sizes(call, call.system.arguments(), count, size);
}

Errno args_get(Call& call, Address pointers, Address buffer) {
    return store_texts(call, call.system.arguments(), pointers, buffer);
}

Errno environ_sizes_get(Call& call, Address count, Address size) {
    return store_sizes(call, call.system.variables(), count, size);
}

Errno environ_get(Call& call, Address pointers, Address buffer) {
    return store_texts(call, call.system.variables(), pointers, buffer);
}

Errno clock_res_get(Call& call, uint32_t clock, Address resolution) {
    uint64_t nanoseconds = 0;
    EPSILON_WASI_TRY(clock_resolution(clock, nanoseconds));
    return call.memory.store(resolution.value, nanoseconds) ? Errno::success : Errno::fault;
}

// The precision is what the program could do with; it gets the best there is.
Errno clock_time_get(Call& call, uint32_t clock, uint64_t /*precision*/, Address time) {
    uint64_t nanoseconds = 0;
    EPSILON_WASI_TRY(clock_time(clock, nanoseconds));
    return call.memory.store(time.value, nanoseconds) ? Errno::success : Errno::fault;
}

Errno random_get(Call& call, Address buffer, uint32_t size) {
    constexpr size_t piece = 256 << 10;
    uint8_t* to = call.memory.at(buffer.value, size);
    if (to == nullptr) {
        return Errno::fault;
    }
    uint64_t& used = call.system.random_bytes_used;
    const uint64_t most = call.system.limits().random_bytes;
    if (used > most || size > most - used) {
        return Errno::io;
    }
    used += size;
    size_t left = size;
    while (left != 0) {
        if (call.must_end()) {
            return Errno::intr;
        }
        const ssize_t got = getrandom(to, std::min(left, piece), 0);
        if (got < 0 && errno != EINTR) {
            return last_errno();
        }
        if (got > 0) {
            to += got;
            left -= static_cast<size_t>(got);
        }
    }
    return Errno::success;
}

Errno sched_yield(Call& /*call*/) {
    ::sched_yield();
    return Errno::success;
}

// There are no signals.
Errno proc_raise(Call& /*call*/, uint32_t /*signal*/) {
    return Errno::nosys;
}

ErrorPtr proc_exit(Call& /*call*/, const Value* args, Value* /*results*/) {
    const auto status = static_cast<int32_t>(static_cast<uint32_t>(args[0].low));
    ErrorPtr error = make_error(ErrorKind::exit, concat("exit status ", status));
    error->exit_status = status;
    return error;
}

constexpr Function functions[] = {
    make_function<args_get>("args_get"),
    make_function<args_sizes_get>("args_sizes_get"),
    make_function<environ_get>("environ_get"),
    make_function<environ_sizes_get>("environ_sizes_get"),
    make_function<clock_res_get>("clock_res_get"),
    make_function<clock_time_get>("clock_time_get"),
    make_function<random_get>("random_get"),
    make_function<sched_yield>("sched_yield"),
    make_function<proc_raise>("proc_raise"),
    {"proc_exit", [] { return FunctionType{{ValueType::i32}, {}}; }, proc_exit, false, true},
};

}  // namespace

std::span<const Function> process_functions() {
    return functions;
}

}  // namespace epsilon::wasi

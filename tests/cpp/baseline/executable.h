// SPDX-License-Identifier: Apache-2.0
// Machine code that can be called.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>

#include "baseline/target.h"

namespace baseline_test {

class Executable {
public:
    // Completes the code.
    explicit Executable(epsilon::baseline::Assembler& code) : Executable(finished(code)) {}
    // Of code that is complete.
    explicit Executable(std::span<const uint8_t> code) : size_(code.size()) {
        start_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start_ == MAP_FAILED) {
            throw std::runtime_error("no memory for machine code");
        }
        std::memcpy(start_, code.data(), size_);
        // Where processors don't do that themselves.
        char* const first = static_cast<char*>(start_);
        __builtin___clear_cache(first, first + size_);
        if (mprotect(start_, size_, PROT_READ | PROT_EXEC) != 0) {
            munmap(start_, size_);
            throw std::runtime_error("this system lets no program make its code executable");
        }
    }
    Executable(const Executable&) = delete;
    Executable& operator=(const Executable&) = delete;
    ~Executable() { munmap(start_, size_); }

    template <typename Result, typename... Arguments>
#if defined(__clang__)
    // It would read the type of the function from before its code.
    __attribute__((no_sanitize("function")))
#endif
    Result
    call(Arguments... arguments) const {
        return reinterpret_cast<Result (*)(Arguments...)>(start_)(arguments...);
    }

    uint64_t address() const { return reinterpret_cast<uint64_t>(start_); }

private:
    template <typename Assembler>  // a target's knows of distances that are too far, or has none
    static std::span<const uint8_t> finished(Assembler& code) {
        if constexpr (std::is_void_v<decltype(code.finish())>) {
            code.finish();
        } else if (!code.finish()) {
            throw std::runtime_error("something is too far away in the code");
        }
        return code.code();
    }

    void* start_;
    size_t size_;
};

}  // namespace baseline_test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/result.h"
#include "base/text.h"
#include "epsilon.h"

// The door between C and C++. Every function of epsilon.h that can fail runs its body through
// guarded(): nothing is thrown into C, and every failure is an epsilon_error_t. That type is
// Error under another name.
namespace epsilon::capi {

inline epsilon_error_t* to_c(ErrorPtr error) noexcept {
    return reinterpret_cast<epsilon_error_t*>(error.release());
}
inline Error* from_c(epsilon_error_t* error) noexcept {
    return reinterpret_cast<Error*>(error);
}
inline const Error* from_c(const epsilon_error_t* error) noexcept {
    return reinterpret_cast<const Error*>(error);
}

template <class... Parts>
ErrorPtr misuse(const Parts&... parts) {
    return make_error(ErrorKind::misuse, concat(parts...));
}

// Turns the exception being handled into an error.
inline ErrorPtr error_of_current_exception() noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return Error::out_of_memory();
    } catch (const std::length_error&) {
        // A container larger than the address space.
        return Error::out_of_memory();
    } catch (const std::exception& exception) {
        try {
            return misuse("internal error: ", std::string_view(exception.what()));
        } catch (...) {
            return Error::out_of_memory();
        }
    } catch (...) {
        return Error::out_of_memory();
    }
}

// Runs `body`, which returns ErrorPtr or Result<void>.
template <class Body>
[[gnu::always_inline]] inline epsilon_error_t* guarded(Body&& body) noexcept {
    try {
        Result<void> result = std::forward<Body>(body)();
        return to_c(result.take_error());
    } catch (...) {
        return to_c(error_of_current_exception());
    }
}

// The same for a function with one out-parameter that gets a new handle: `body` returns
// Result<std::unique_ptr<Handle>>. `what` names the function in messages.
template <class Handle, class Body>
epsilon_error_t* guarded_new(Handle** out, Body&& body) noexcept {
    if (out == nullptr) {
        return guarded([] { return misuse("the out-parameter is NULL"); });
    }
    *out = nullptr;
    return guarded([&]() -> Result<void> {
        auto result = std::forward<Body>(body)();
        if (!result) {
            return result.take_error();
        }
        *out = result.take().release();
        return {};
    });
}

// Whether a text or an array given as pointer and count can be read.
inline bool readable(const void* data, size_t count) {
    return data != nullptr || count == 0;
}

inline std::string_view view(const char* text, size_t size) {
    return size == 0 ? std::string_view() : std::string_view(text, size);
}

// Writes to an out-parameter that may be NULL.
template <class T, class U>
void set(T* out, U&& value) {
    if (out != nullptr) {
        *out = T(std::forward<U>(value));
    }
}

// Returns a misuse error from the enclosing body if the handle or pointer is NULL.
#define EPSILON_REQUIRE(pointer, name)      \
    do {                                    \
        if ((pointer) == nullptr) {         \
            return misuse(name " is NULL"); \
        }                                   \
    } while (false)

}  // namespace epsilon::capi

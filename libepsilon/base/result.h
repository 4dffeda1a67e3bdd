// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace epsilon {

// Either a value or an error. Converts from both, so that functions return either one directly.
template <class T>
class [[nodiscard]] Result {
public:
    template <class U = T>
        requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::decay_t<U>, Result> &&
                 !std::is_same_v<std::decay_t<U>, ErrorPtr>)
    Result(U&& value) : value_(std::forward<U>(value)) {}
    Result(ErrorPtr error) : error_(std::move(error)) { assert(error_); }

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }

    T& value() {
        assert(ok());
        return *value_;
    }
    const T& value() const {
        assert(ok());
        return *value_;
    }
    T take() {
        assert(ok());
        return std::move(*value_);
    }
    T& operator*() { return value(); }
    T* operator->() { return &value(); }

    const Error& error() const { return *error_; }
    ErrorPtr take_error() { return std::move(error_); }

private:
    std::optional<T> value_;
    ErrorPtr error_;
};

// Success, or an error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(ErrorPtr error) : error_(std::move(error)) {}

    bool ok() const { return !error_; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return *error_; }
    ErrorPtr take_error() { return std::move(error_); }

private:
    ErrorPtr error_;
};

}  // namespace epsilon

// Returns the error of `expression` (a Result<void>) from the enclosing function, if it has one.
#define EPSILON_TRY(expression)                                            \
    do {                                                                   \
        if (auto epsilon_try_result = (expression); !epsilon_try_result) { \
            return epsilon_try_result.take_error();                        \
        }                                                                  \
    } while (false)

// Binds the value of `expression` (a Result<T>) to `declaration`, or returns its error.
#define EPSILON_TRY_ASSIGN_NAME2(a, b) a##b
#define EPSILON_TRY_ASSIGN_NAME(a, b) EPSILON_TRY_ASSIGN_NAME2(a, b)
#define EPSILON_TRY_ASSIGN_IMPL(result, declaration, expression) \
    auto result = (expression);                                  \
    if (!result) {                                               \
        return result.take_error();                              \
    }                                                            \
    declaration = result.take()
#define EPSILON_TRY_ASSIGN(declaration, expression)                                          \
    EPSILON_TRY_ASSIGN_IMPL(EPSILON_TRY_ASSIGN_NAME(epsilon_result_, __LINE__), declaration, \
                            expression)

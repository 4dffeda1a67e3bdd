// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace epsilon {

namespace {

// Never destroyed: errors outlive static destructors.
union SharedError {
    Error error;
    // A text short enough to lie inside std::string.
    SharedError(ErrorKind kind, const char* text) : error() {
        error.kind = kind;
        error.message = text;
    }
    ~SharedError() {}
};

SharedError& shared_no_memory() noexcept {
    static SharedError shared(ErrorKind::no_memory, "out of memory");
    return shared;
}

SharedError& shared_callback_failed() noexcept {
    static SharedError shared(ErrorKind::host, "callback failed");
    return shared;
}

}  // namespace

ErrorPtr Error::out_of_memory() noexcept {
    return ErrorPtr(&shared_no_memory().error);
}

ErrorPtr Error::callback_failed() noexcept {
    return ErrorPtr(&shared_callback_failed().error);
}

bool Error::is_shared() const noexcept {
    return this == &shared_no_memory().error || this == &shared_callback_failed().error;
}

void* Error::operator new(size_t size) {
    return ::operator new(size);
}

void Error::operator delete(Error* error, std::destroying_delete_t) noexcept {
    if (!error->is_shared()) {
        error->~Error();
        ::operator delete(error);
    }
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace epsilon {

namespace {

// Short enough to lie inside std::string. Never destroyed: errors outlive static destructors.
union SharedError {
    Error error;
    SharedError() : error() {
        error.kind = ErrorKind::no_memory;
        error.message = "out of memory";
        error.is_shared = true;
    }
    ~SharedError() {}
};

SharedError& shared_error() noexcept {
    static SharedError shared;
    return shared;
}

}  // namespace

ErrorPtr Error::out_of_memory() noexcept {
    return ErrorPtr(&shared_error().error);
}

void* Error::operator new(size_t size) {
    return ::operator new(size);
}

void Error::operator delete(Error* error, std::destroying_delete_t) noexcept {
    if (!error->is_shared) {
        error->~Error();
        ::operator delete(error);
    }
}

}  // namespace epsilon

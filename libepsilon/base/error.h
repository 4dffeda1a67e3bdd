// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace epsilon {

// One kind per way of failing; the same list, in the same order, is public in epsilon.h.
enum class ErrorKind : uint8_t {
    malformed,    // the bytes are not a module (specification: Binary Format)
    invalid,      // the module does not validate (specification: Validation)
    unsupported,  // a feature that is switched off or that this version does not have
    link,         // imports missing or of the wrong type
    trap,         // the program trapped
    fuel,         // the program ran out of fuel
    timeout,      // the deadline passed
    interrupted,  // stopped by the host
    exit,         // the program ended itself with an exit status
    limit,        // a configured limit was reached
    no_memory,    // the system refused memory
    misuse,       // the caller broke a rule of the interface
    host,         // a host function failed with the embedder's own error
};

// One activation in a backtrace, innermost first.
struct Frame {
    uint32_t function_index = 0;
    std::string function_name;  // from the name section, else an export's name, else empty
    std::string module_name;
    uint64_t offset = 0;  // of the instruction, in bytes from the start of the module
};

struct Error {
    static constexpr uint64_t no_offset = UINT64_MAX;

    ErrorKind kind = ErrorKind::misuse;
    uint8_t trap = 0;  // a wasm/trap.h Trap when kind is trap
    int32_t exit_status = 0;
    uint64_t offset = no_offset;  // in bytes from the start of the module, where one applies
    std::string message;
    std::vector<Frame> frames;
    // What an embedder attached to its own error (kind host); released with the error.
    std::shared_ptr<void> host_data;

    // An error of kind no_memory that takes none. There is one for all: it must not be changed,
    // and deleting it does nothing.
    static std::unique_ptr<Error> out_of_memory() noexcept;
    // The same of kind host, for a callback that failed and could not make an error.
    static std::unique_ptr<Error> callback_failed() noexcept;
    bool is_shared() const noexcept;
    static void* operator new(size_t size);
    static void operator delete(Error* error, std::destroying_delete_t) noexcept;
};

using ErrorPtr = std::unique_ptr<Error>;

[[nodiscard]] inline ErrorPtr make_error(ErrorKind kind, std::string message,
                                         uint64_t offset = Error::no_offset) {
    auto error = std::make_unique<Error>();
    error->kind = kind;
    error->message = std::move(message);
    error->offset = offset;
    return error;
}

}  // namespace epsilon

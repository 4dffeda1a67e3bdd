// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <span>

#include "door.h"
#include "handles.h"
#include "wasm/trap.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

// By ErrorKind; epsilon.h counts from 1.
constexpr const char* kind_names[] = {"malformed", "invalid", "unsupported", "link", "trap",
                                      "fuel",      "timeout", "interrupted", "exit", "limit",
                                      "no-memory", "misuse",  "host"};
constexpr size_t kind_count = std::size(kind_names);
static_assert(kind_count == EPSILON_ERROR_HOST);

constexpr epsilon_error_kind_t to_c(ErrorKind kind) {
    return epsilon_error_kind_t(kind) + 1;
}
static_assert(to_c(ErrorKind::malformed) == EPSILON_ERROR_MALFORMED);
static_assert(to_c(ErrorKind::invalid) == EPSILON_ERROR_INVALID);
static_assert(to_c(ErrorKind::unsupported) == EPSILON_ERROR_UNSUPPORTED);
static_assert(to_c(ErrorKind::link) == EPSILON_ERROR_LINK);
static_assert(to_c(ErrorKind::trap) == EPSILON_ERROR_TRAP);
static_assert(to_c(ErrorKind::fuel) == EPSILON_ERROR_FUEL);
static_assert(to_c(ErrorKind::timeout) == EPSILON_ERROR_TIMEOUT);
static_assert(to_c(ErrorKind::interrupted) == EPSILON_ERROR_INTERRUPTED);
static_assert(to_c(ErrorKind::exit) == EPSILON_ERROR_EXIT);
static_assert(to_c(ErrorKind::limit) == EPSILON_ERROR_LIMIT);
static_assert(to_c(ErrorKind::no_memory) == EPSILON_ERROR_NO_MEMORY);
static_assert(to_c(ErrorKind::misuse) == EPSILON_ERROR_MISUSE);
static_assert(to_c(ErrorKind::host) == EPSILON_ERROR_HOST);

static_assert(unsigned(Trap::unreachable) == EPSILON_TRAP_UNREACHABLE);
static_assert(unsigned(Trap::integer_divide_by_zero) == EPSILON_TRAP_INTEGER_DIVIDE_BY_ZERO);
static_assert(unsigned(Trap::integer_overflow) == EPSILON_TRAP_INTEGER_OVERFLOW);
static_assert(unsigned(Trap::invalid_conversion_to_integer) ==
              EPSILON_TRAP_INVALID_CONVERSION_TO_INTEGER);
static_assert(unsigned(Trap::out_of_bounds_memory_access) ==
              EPSILON_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS);
static_assert(unsigned(Trap::out_of_bounds_table_access) ==
              EPSILON_TRAP_OUT_OF_BOUNDS_TABLE_ACCESS);
static_assert(unsigned(Trap::undefined_element) == EPSILON_TRAP_UNDEFINED_ELEMENT);
static_assert(unsigned(Trap::uninitialized_element) == EPSILON_TRAP_UNINITIALIZED_ELEMENT);
static_assert(unsigned(Trap::indirect_call_type_mismatch) ==
              EPSILON_TRAP_INDIRECT_CALL_TYPE_MISMATCH);
static_assert(unsigned(Trap::call_stack_exhausted) == EPSILON_TRAP_CALL_STACK_EXHAUSTED);

// Null and 0 for an empty name.
const char* name_or_null(const std::string& name, size_t* size) {
    set(size, name.size());
    return name.empty() ? nullptr : name.c_str();
}

}  // namespace

const char* epsilon_error_kind_name(epsilon_error_kind_t kind) {
    return kind >= 1 && kind <= kind_count ? kind_names[kind - 1] : nullptr;
}

epsilon_error_t* epsilon_error_new(epsilon_error_kind_t kind, const char* message,
                                   size_t message_size) {
    return guarded([&]() -> ErrorPtr {
        if (kind < 1 || kind > kind_count) {
            return misuse("unknown error kind ", unsigned(kind));
        }
        if (!readable(message, message_size)) {
            return misuse("the message is NULL");
        }
        return make_error(ErrorKind(kind - 1), std::string(view(message, message_size)));
    });
}

epsilon_error_t* epsilon_error_new_exit(int32_t status) {
    return guarded([&] {
        ErrorPtr error = make_error(ErrorKind::exit, concat("exit status ", status));
        error->exit_status = status;
        return error;
    });
}

epsilon_error_t* epsilon_error_new_host(const char* message, size_t message_size, void* data,
                                        epsilon_finalizer_t finalizer) {
    HostData host_data(data, finalizer);
    return guarded([&]() -> ErrorPtr {
        if (!readable(message, message_size)) {
            return misuse("the message is NULL");
        }
        ErrorPtr error = make_error(ErrorKind::host, std::string(view(message, message_size)));
        error->host_data = host_data.share();
        return error;
    });
}

epsilon_error_t* epsilon_error_callback_failed(void) {
    return to_c(Error::callback_failed());
}

void epsilon_error_delete(epsilon_error_t* error) {
    delete from_c(error);
}

epsilon_error_kind_t epsilon_error_kind(const epsilon_error_t* error) {
    return error == nullptr ? epsilon_error_kind_t(0) : to_c(from_c(error)->kind);
}

const char* epsilon_error_message(const epsilon_error_t* error, size_t* size) {
    if (error == nullptr) {
        set(size, 0u);
        return nullptr;
    }
    set(size, from_c(error)->message.size());
    return from_c(error)->message.c_str();
}

bool epsilon_error_offset(const epsilon_error_t* error, uint64_t* offset) {
    const uint64_t found = error == nullptr ? Error::no_offset : from_c(error)->offset;
    set(offset, found == Error::no_offset ? 0 : found);
    return found != Error::no_offset;
}

epsilon_trap_t epsilon_error_trap(const epsilon_error_t* error) {
    return error == nullptr ? epsilon_trap_t(EPSILON_TRAP_NONE) : from_c(error)->trap;
}

int32_t epsilon_error_exit_status(const epsilon_error_t* error) {
    return error == nullptr ? 0 : from_c(error)->exit_status;
}

void* epsilon_error_host_data(const epsilon_error_t* error) {
    return error == nullptr ? nullptr : from_c(error)->host_data.get();
}

size_t epsilon_error_frame_count(const epsilon_error_t* error) {
    return error == nullptr ? 0 : from_c(error)->frames.size();
}

bool epsilon_error_frame(const epsilon_error_t* error, size_t index, uint32_t* func_index,
                         const char** func_name, size_t* func_name_size, const char** module_name,
                         size_t* module_name_size, uint64_t* offset) {
    set(func_index, 0u);
    set(func_name, nullptr);
    set(func_name_size, 0u);
    set(module_name, nullptr);
    set(module_name_size, 0u);
    set(offset, 0u);
    if (index >= epsilon_error_frame_count(error)) {
        return false;
    }
    const Frame& frame = from_c(error)->frames[index];
    set(func_index, frame.function_index);
    set(func_name, name_or_null(frame.function_name, func_name_size));
    set(module_name, name_or_null(frame.module_name, module_name_size));
    set(offset, frame.offset == Error::no_offset ? 0 : frame.offset);
    return true;
}

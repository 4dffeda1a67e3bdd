// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <epsilon.h>

#include <cstring>
#include <memory>

#include "expect.h"

// Handles of epsilon.h that delete themselves, and what holds for every error.
namespace fuzz {

template <auto function>
struct Delete {
    template <class T>
    void operator()(T* handle) const {
        function(handle);
    }
};
template <class T, auto function>
using Handle = std::unique_ptr<T, Delete<function>>;

using Error = Handle<epsilon_error_t, epsilon_error_delete>;
using Config = Handle<epsilon_config_t, epsilon_config_delete>;
using Runtime = Handle<epsilon_runtime_t, epsilon_runtime_delete>;
using Compiled = Handle<epsilon_compiled_t, epsilon_compiled_delete>;
using Imports = Handle<epsilon_imports_t, epsilon_imports_delete>;
using Options = Handle<epsilon_options_t, epsilon_options_delete>;
using Module = Handle<epsilon_module_t, epsilon_module_delete>;
using Func = Handle<epsilon_func_t, epsilon_func_delete>;
using Memory = Handle<epsilon_memory_t, epsilon_memory_delete>;
using Table = Handle<epsilon_table_t, epsilon_table_delete>;
using Global = Handle<epsilon_global_t, epsilon_global_delete>;
using Call = Handle<epsilon_call_t, epsilon_call_delete>;
using Interrupt = Handle<epsilon_interrupt_t, epsilon_interrupt_delete>;
using Externref = Handle<epsilon_externref_t, epsilon_externref_delete>;

// An error has a kind, a message, and frames that can be asked for.
inline void check_error(const epsilon_error_t* error) {
    const epsilon_error_kind_t kind = epsilon_error_kind(error);
    EXPECT(epsilon_error_kind_name(kind) != nullptr);
    size_t size = 0;
    const char* message = epsilon_error_message(error, &size);
    EXPECT(message != nullptr && message[size] == '\0');
    EXPECT((kind == EPSILON_ERROR_TRAP) || epsilon_error_trap(error) == EPSILON_TRAP_NONE);
    uint64_t offset = 0;
    EXPECT(epsilon_error_offset(error, &offset) || offset == 0);
    const size_t frames = epsilon_error_frame_count(error);
    for (size_t i = 0; i <= frames && i < 4; ++i) {
        uint32_t index = 0;
        const char* name = nullptr;
        size_t name_size = 0;
        const bool found =
            epsilon_error_frame(error, i, &index, &name, &name_size, nullptr, nullptr, &offset);
        EXPECT(found == (i < frames));
        EXPECT(name == nullptr || name[name_size] == '\0');
    }
}

// Takes the error over; whether there was none.
inline bool succeeded(epsilon_error_t* error) {
    if (error == nullptr) {
        return true;
    }
    check_error(error);
    epsilon_error_delete(error);
    return false;
}

// What `make(out)` gives, as a handle; empty when it fails.
template <class Owned, class Make>
Owned made(Make&& make) {
    typename Owned::pointer out = nullptr;
    if (!succeeded(make(&out))) {
        EXPECT(out == nullptr);
    }
    return Owned(out);
}

}  // namespace fuzz

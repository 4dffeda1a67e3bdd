// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <epsilon.h>

// Owners of the C API's handles, and a way to fill them through its out-parameters.
namespace cli {

template <auto Delete>
struct Deleter {
    template <typename T>
    void operator()(T* handle) const {
        Delete(handle);
    }
};

using Error = std::unique_ptr<epsilon_error_t, Deleter<epsilon_error_delete>>;
using Config = std::unique_ptr<epsilon_config_t, Deleter<epsilon_config_delete>>;
using Runtime = std::unique_ptr<epsilon_runtime_t, Deleter<epsilon_runtime_delete>>;
using Compiled = std::unique_ptr<epsilon_compiled_t, Deleter<epsilon_compiled_delete>>;
using InstanceOptions = std::unique_ptr<epsilon_options_t, Deleter<epsilon_options_delete>>;
using Imports = std::unique_ptr<epsilon_imports_t, Deleter<epsilon_imports_delete>>;
using Module = std::unique_ptr<epsilon_module_t, Deleter<epsilon_module_delete>>;
using Func = std::unique_ptr<epsilon_func_t, Deleter<epsilon_func_delete>>;
using Memory = std::unique_ptr<epsilon_memory_t, Deleter<epsilon_memory_delete>>;
using Global = std::unique_ptr<epsilon_global_t, Deleter<epsilon_global_delete>>;
using Interrupt = std::unique_ptr<epsilon_interrupt_t, Deleter<epsilon_interrupt_delete>>;

// The owner takes what was written when the full expression of the call ends.
template <typename Handle>
class Out {
public:
    explicit Out(Handle& handle) : handle_(handle) {}
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;
    ~Out() { handle_.reset(raw_); }
    operator typename Handle::pointer *() { return &raw_; }

private:
    Handle& handle_;
    typename Handle::pointer raw_ = nullptr;
};

template <typename Handle>
Out<Handle> out(Handle& handle) {
    return Out<Handle>(handle);
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "decode/decode.h"
#include "runtime/instance.h"
#include "runtime/store.h"

// What the C API is made of: compiling, instantiating and calling, with the tiers behind it.
namespace epsilon {

// A decoded and validated module with its code. Immutable for users; any thread, any store.
class CompiledModule {
public:
    explicit CompiledModule(std::shared_ptr<ModuleCode> code) : code_(std::move(code)) {}
    const Module& module() const { return *code_->module; }
    const std::shared_ptr<ModuleCode>& code() const { return code_; }

private:
    std::shared_ptr<ModuleCode> code_;
};

// Takes the bytes over. Code is made later, function by function.
Result<std::shared_ptr<const CompiledModule>> compile(std::vector<uint8_t> bytes,
                                                      const DecodeOptions& options);

// A store that can run code.
Result<std::shared_ptr<Store>> new_store(const StoreOptions& options);

// A timeout that is none, also where the store has a default.
constexpr uint64_t no_timeout = UINT64_MAX;

struct InstantiationOptions {
    std::optional<uint64_t> max_memory_pages;  // see InstantiateOptions
    uint64_t timeout_ms = 0;                   // for the start function; 0: the store's default
    uint64_t fuel = Meter::unlimited;          // likewise
};

// Links, initialises and runs the start function. The instance comes with one handle. The caller
// has entered the store.
Result<Instance*> instantiate(Store& store, const CompiledModule& module, const ImportSet& imports,
                              const InstantiationOptions& options);

// Calls a function: arguments and room for results as its type says. References among the
// arguments are checked here (misuse error). With a timeout the program is stopped when it has
// passed, wherever it is; nothing runs on. 0: the store's default. A fuel limit of its own needs a
// store that meters (misuse error). The caller has entered the store.
ErrorPtr call(Store& store, FunctionInstance& function, const CallShape& shape, const Value* args,
              Value* results, uint64_t timeout_ms = 0, uint64_t fuel = Meter::unlimited);
inline ErrorPtr call(Store& store, FunctionInstance& function, const Value* args, Value* results,
                     uint64_t timeout_ms, uint64_t fuel = Meter::unlimited) {
    return call(store, function, call_shape(function), args, results, timeout_ms, fuel);
}

// The error for asking a store about fuel that does not meter.
ErrorPtr not_metered_error();

// What this build does; for feature queries.
bool has_tail_dispatch();
bool has_guarded_memories();
// Also whether the system allows memory for code.
bool has_baseline_compiler();

// What has been made of a module so far, in all runtimes.
struct CompiledCode {
    uint64_t bytes;  // of all code: cells, and machine code with what belongs to it
    uint64_t compiled_functions;
    uint64_t machine_code_bytes;
    uint64_t compile_nanoseconds;
};
CompiledCode compiled_code(const CompiledModule& module);

}  // namespace epsilon

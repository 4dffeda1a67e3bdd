// SPDX-License-Identifier: Apache-2.0
#include "interp/module_cells.h"

#include <chrono>

#include "runtime/store.h"

namespace epsilon::interp {

namespace {

// Stands for a function that could not be compiled: asked for once.
class Refused : public MachineFunction {};
const Refused refused;

size_t bytes_of(const uint8_t* entry) {
    return sizeof(CodeHeader) + code_header(entry).size;
}

}  // namespace

ModuleCells::ModuleCells(std::shared_ptr<const Module> validated, size_t most_bytes,
                         Compiler* compiler)
    : compiler_(compiler), most_bytes_(most_bytes) {
    module = std::move(validated);
    types.reserve(module->types.size());
    for (size_t i = 0; i < module->types.size(); ++i) {
        const uint32_t canonical = module->canonical_types[i];
        types.push_back(canonical < i ? types[canonical] : TypeHandle(module->types[i]));
    }
}

ModuleCells::~ModuleCells() {
    for (const std::atomic<Entry*>& variant : variants_) {
        const std::unique_ptr<Entry[]> entries(variant.load(std::memory_order_acquire));
        if (!entries) {
            continue;
        }
        for (size_t i = 0; i < module->bodies.size(); ++i) {
            if (const uint8_t* entry = entries[i].load(std::memory_order_relaxed)) {
                CodeBlock::free(entry);
            }
        }
    }
    for (const std::atomic<MachineEntry*>& variant : machine_variants_) {
        const std::unique_ptr<MachineEntry[]> entries(variant.load(std::memory_order_acquire));
        for (size_t i = 0; entries && i < module->bodies.size(); ++i) {
            const MachineFunction* const made = entries[i].load(std::memory_order_relaxed);
            if (made != &refused) {
                delete made;
            }
        }
    }
}

template <class T>
T* ModuleCells::entries(std::atomic<T*>& variant) const {
    if (T* ready = variant.load(std::memory_order_acquire)) {
        return ready;
    }
    std::unique_ptr<T[]> made(new T[module->bodies.size()]());
    T* expected = nullptr;
    if (variant.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) {
        return made.release();
    }
    return expected;
}

const uint8_t* ModuleCells::made_cells(uint32_t function, uint32_t variant) const {
    const Entry* const entries = variants_[variant].load(std::memory_order_acquire);
    return entries ? entries[function - module->imported_functions].load(std::memory_order_acquire)
                   : nullptr;
}

const MachineFunction* ModuleCells::made_machine_function(uint32_t function,
                                                          uint32_t variant) const {
    const MachineEntry* const entries =
        machine_variants_[variant & ~variant_tiered].load(std::memory_order_acquire);
    const MachineFunction* const made =
        entries ? entries[function - module->imported_functions].load(std::memory_order_acquire)
                : nullptr;
    return made != &refused ? made : nullptr;
}

// Whether so many more are allowed.
bool ModuleCells::take_bytes(size_t size) {
    if (bytes_.fetch_add(size, std::memory_order_relaxed) + size <= most_bytes_) {
        return true;
    }
    bytes_.fetch_sub(size, std::memory_order_relaxed);
    return false;
}

// With its bytes taken; null when it can't be.
std::unique_ptr<MachineFunction> ModuleCells::compile(uint32_t function, uint32_t variant,
                                                      const Context& running) {
    const auto begin = std::chrono::steady_clock::now();
    std::unique_ptr<MachineFunction> made = compiler_->compile(*this, function, variant, running);
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begin;
    compile_nanoseconds_.fetch_add(uint64_t(taken.count()), std::memory_order_relaxed);
    if (made && !take_bytes(bytes_of(made->entry()) + made->machine_bytes())) {
        made = nullptr;
    }
    return made;
}

ModuleCells::Compiled ModuleCells::compiled() const {
    return {compiled_functions_.load(std::memory_order_relaxed),
            machine_bytes_.load(std::memory_order_relaxed),
            compile_nanoseconds_.load(std::memory_order_relaxed)};
}

const MachineFunction* ModuleCells::machine_function(uint32_t function, uint32_t variant,
                                                     const Context& running) noexcept {
    if (!compiler_) {
        return nullptr;
    }
    variant &= ~variant_tiered;
    try {
        MachineEntry& entry =
            entries(machine_variants_[variant])[function - module->imported_functions];
        const MachineFunction* made = entry.load(std::memory_order_acquire);
        if (!made) {
            std::unique_ptr<MachineFunction> compiled = compile(function, variant, running);
            if (!compiled && running.must_end()) {
                return nullptr;  // given up, for now
            }
            const MachineFunction* const result = compiled ? compiled.get() : &refused;
            if (entry.compare_exchange_strong(made, result, std::memory_order_acq_rel)) {
                made = result;
                if (compiled) {
                    compiled_functions_.fetch_add(1, std::memory_order_relaxed);
                    machine_bytes_.fetch_add(compiled->machine_bytes(), std::memory_order_relaxed);
                    made = compiled.release();
                }
            } else if (compiled) {
                bytes_.fetch_sub(bytes_of(compiled->entry()) + compiled->machine_bytes(),
                                 std::memory_order_relaxed);
            }
        }
        return made != &refused ? made : nullptr;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

Result<const uint8_t*> ModuleCells::cells(uint32_t function, uint32_t variant,
                                          const Context* running) {
    Entry& entry = entries(variants_[variant])[function - module->imported_functions];
    if (const uint8_t* ready = entry.load(std::memory_order_acquire)) {
        return ready;
    }
    TranslateRequest request = {.module = *module,
                                .types = types,
                                .function = function,
                                .variant = variant,
                                .running = running};
    if (running) {
        const StoreOptions& options = running->store->options();
        request.hot_calls = options.hot_calls;
        request.hot_rounds = options.hot_rounds;
        request.random_tiers = options.random_tiers;
    }
    EPSILON_TRY_ASSIGN(CodeBlock block, translate(request));
    const size_t size = bytes_of(block.entry());
    if (!take_bytes(size)) {
        return make_error(
            ErrorKind::limit,
            "function " + std::to_string(function) + " takes " + std::to_string(size) +
                " bytes of code: the limit for the module is " + std::to_string(most_bytes_),
            module->bodies[function - module->imported_functions].begin);
    }
    const uint8_t* made = block.release();
    const uint8_t* expected = nullptr;
    if (entry.compare_exchange_strong(expected, made, std::memory_order_acq_rel)) {
        return made;
    }
    bytes_.fetch_sub(size, std::memory_order_relaxed);
    CodeBlock::free(made);
    return expected;
}

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include "interp/module_cells.h"

namespace epsilon::interp {

ModuleCells::ModuleCells(std::shared_ptr<const Module> validated, size_t most_bytes)
    : most_bytes_(most_bytes) {
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
}

ModuleCells::Entry* ModuleCells::entries(uint32_t variant) {
    if (Entry* ready = variants_[variant].load(std::memory_order_acquire)) {
        return ready;
    }
    std::unique_ptr<Entry[]> made(new Entry[module->bodies.size()]());
    Entry* expected = nullptr;
    if (variants_[variant].compare_exchange_strong(expected, made.get(),
                                                   std::memory_order_acq_rel)) {
        return made.release();
    }
    return expected;
}

Result<const uint8_t*> ModuleCells::cells(uint32_t function, uint32_t variant,
                                          const Context* running) {
    Entry& entry = entries(variant)[function - module->imported_functions];
    if (const uint8_t* ready = entry.load(std::memory_order_acquire)) {
        return ready;
    }
    EPSILON_TRY_ASSIGN(CodeBlock block, translate({.module = *module,
                                                   .types = types,
                                                   .function = function,
                                                   .variant = variant,
                                                   .running = running}));
    const size_t size = sizeof(CodeHeader) + code_header(block.entry()).size;
    if (bytes_.fetch_add(size, std::memory_order_relaxed) + size > most_bytes_) {
        bytes_.fetch_sub(size, std::memory_order_relaxed);
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

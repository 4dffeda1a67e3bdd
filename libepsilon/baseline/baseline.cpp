// SPDX-License-Identifier: Apache-2.0
#include "baseline/baseline.h"

#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "baseline/function_compiler.h"
#include "interp/machine_border.h"
#include "interp/module_cells.h"
#include "platform/code_memory.h"
#include "platform/code_symbols.h"

namespace epsilon::baseline {

#if EPSILON_MACHINE_CODE

namespace {

using namespace interp;

// A thread keeps the room that such a function took, and no more.
constexpr size_t most_kept_bytes = size_t{1} << 20;

class BaselineFunction : public MachineFunction {
public:
    BaselineFunction(CodeBlock cells, platform::CodeBlock code, const CompiledCode& compiled,
                     std::vector<uint32_t> loops)
        : MachineFunction(parts(std::move(cells), code, compiled, std::move(loops))),
          code_(std::move(code)) {}

private:
    static Parts parts(CodeBlock cells, const platform::CodeBlock& code,
                       const CompiledCode& compiled, std::vector<uint32_t> loops) {
        Parts parts;
        parts.cells = std::move(cells);
        parts.machine_entry = code.code() + compiled.entry;
        if (compiled.outer_entry != UINT32_MAX) {
            parts.outer_entry = code.code() + compiled.outer_entry;
        }
        parts.machine_bytes = code.size();
        parts.loops = std::move(loops);
        parts.side_cells.reserve(compiled.side_cells.size());
        for (const SideCells& side : compiled.side_cells) {
            parts.side_cells.push_back(
                {code.code() + side.begin, code.code() + side.end, side.original});
        }
        return parts;
    }

    platform::CodeBlock code_;
};

template <class T>
void write(uint8_t* at, T value) {
    std::memcpy(at, &value, sizeof value);
}

// The code as executable memory, with the addresses that it holds. Empty without memory.
platform::CodeBlock place(Assembler& assembler, const CompiledCode& compiled,
                          const uint8_t* cells) {
    const std::span<const uint8_t> bytes = assembler.code();
    platform::CodeBlock block = platform::CodeBlock::allocate(bytes.size(), compiled.faults.size());
    if (block) {
        std::memcpy(block.writable(), bytes.data(), bytes.size());
        for (const AddressField& field : compiled.addresses) {
            write(block.writable() + field.at, block.code() + field.target);
        }
        std::copy(compiled.faults.begin(), compiled.faults.end(), block.fault_sites());
        block.finish(cells);
    }
    return block;
}

// What compiling a function needs room for, kept for the next one.
struct Workspace {
    TranslationRoom translation;
    Function function;
    Assembler assembler = new_assembler();
    FunctionCompiler compiler{assembler, function};
};

// What profilers and debuggers show.
std::string name_of(const Module& module, uint32_t function) {
    const std::string_view name = module.function_name(function);
    return "wasm: " + (name.empty() ? "function " + std::to_string(function) : std::string(name));
}

class BaselineCompiler : public Compiler {
public:
    BaselineCompiler() {
        Assembler assembler = new_assembler();
        FunctionCompiler::call_of_cells(assembler);
        assembler.finish();
        uncompiled_ = place(assembler, {}, nullptr);
        uncompiled_.set_name("epsilon: call of cells");
    }
    bool is_ready() const { return bool(uncompiled_); }

    std::unique_ptr<MachineFunction> compile(ModuleCells& module, uint32_t function,
                                             uint32_t variant,
                                             const Context& running) noexcept override {
        try {
            return compile_function(module, function, variant, running);
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }
    const void* uncompiled_entry() const noexcept override { return uncompiled_.code(); }

private:
    static std::unique_ptr<MachineFunction> compile_function(ModuleCells& module, uint32_t function,
                                                             uint32_t variant,
                                                             const Context& running);

    platform::CodeBlock uncompiled_;
};

std::unique_ptr<MachineFunction> BaselineCompiler::compile_function(ModuleCells& module,
                                                                    uint32_t function,
                                                                    uint32_t variant,
                                                                    const Context& running) {
    thread_local std::unique_ptr<Workspace> kept;
    std::unique_ptr<Workspace> workspace = kept ? std::move(kept) : std::make_unique<Workspace>();
    Result<CodeBlock> cells = translate({.module = *module.module,
                                         .types = module.types,
                                         .function = function,
                                         .variant = variant,
                                         .plain = true,
                                         .running = &running,
                                         .room = &workspace->translation});
    if (!cells || code_header(cells->entry()).size > most_cell_bytes) {
        return nullptr;
    }
    Function& operations = workspace->function;
    operations.clear();
    if (!read_operations(cells->entry(), *module.module, function, module.types, operations)) {
        return nullptr;
    }
    find_deaths(operations);
    const CompiledCode* const compiled =
        workspace->compiler.compile(variant, function, module.module->imported_functions, &running);
    if (!compiled || !compiled->reaches) {
        return nullptr;
    }
    platform::CodeBlock code = place(workspace->assembler, *compiled, cells->entry());
    if (!code) {
        return nullptr;
    }
    if (platform::code_names_wanted()) {
        code.set_name(name_of(*module.module, function));
    }
    auto* const entry = const_cast<uint8_t*>(cells->entry());
    for (size_t i = 0; i < operations.loops.size(); ++i) {
        uint8_t* const native = entry + operations.loops[i];
        write(native + field_self, uint32_t(reinterpret_cast<uintptr_t>(native)));
        if (compiled->native_entries[i] != UINT32_MAX) {
            write(native + field_machine_code, code.code() + compiled->native_entries[i]);
        }
    }
    auto result = std::make_unique<BaselineFunction>(std::move(*cells), std::move(code), *compiled,
                                                     operations.loops);
    if (workspace->assembler.code().size() <= most_kept_bytes) {
        kept = std::move(workspace);
    }
    return result;
}

}  // namespace

interp::Compiler* compiler() {
    if (!platform::code_memory_available()) {
        return nullptr;
    }
    // Never destroyed: other threads may still run when static objects are.
    static BaselineCompiler* const instance = new BaselineCompiler;
    return instance->is_ready() ? instance : nullptr;
}

#else

interp::Compiler* compiler() {
    return nullptr;
}

#endif

}  // namespace epsilon::baseline

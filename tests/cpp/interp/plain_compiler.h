// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>

#include "interp/cell.h"
#include "interp/handler_table.h"
#include "interp/module_cells.h"
#include "interp/tiers.h"

// A compiler that makes no machine code: what it gives are the plain cells, whose native cells lead
// nowhere, so that the interpreter executes them. It shows what happens between the two sets of a
// function's cells, on any processor.
namespace interp_support {

using namespace epsilon;

// The distances of the cells with this head: one that an operand looks like is not told apart,
// which matters little here.
inline std::vector<uint32_t> cells_of_kind(const uint8_t* entry, interp::Special special) {
    const int32_t head =
        interp::handler_offset(interp::handler_table().special[size_t(special)][0]);
    std::vector<uint32_t> found;
    for (uint32_t at = 0; at < interp::code_header(entry).size; at += 8) {
        if (interp::read_field<int32_t>(entry, int(at)) == head) {
            found.push_back(at);
        }
    }
    return found;
}

class PlainCompiler : public interp::Compiler {
public:
    std::unique_ptr<interp::MachineFunction> compile(interp::ModuleCells& module, uint32_t function,
                                                     uint32_t variant,
                                                     const Context& running) noexcept override {
        ++asked;
        if (refuses) {
            return nullptr;
        }
        auto cells = interp::translate({.module = *module.module,
                                        .types = module.types,
                                        .function = function,
                                        .variant = variant,
                                        .plain = true,
                                        .running = &running});
        return cells ? std::make_unique<Made>(cells.take()) : nullptr;
    }
    const void* uncompiled_entry() const noexcept override { return nullptr; }

    std::atomic<int> asked = 0;
    bool refuses = false;

private:
    struct Made : interp::MachineFunction {
        explicit Made(interp::CodeBlock cells) : MachineFunction(parts(std::move(cells))) {}

    private:
        static Parts parts(interp::CodeBlock cells) {
            Parts parts;
            parts.loops = cells_of_kind(cells.entry(), interp::Special::native);
            parts.cells = std::move(cells);
            parts.machine_bytes = 1;
            return parts;
        }
    };
};

inline PlainCompiler& plain_compiler() {
    static PlainCompiler compiler;
    return compiler;
}

}  // namespace interp_support

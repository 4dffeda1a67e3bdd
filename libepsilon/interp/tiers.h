// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "interp/translator.h"
#include "runtime/abi.h"
#include "runtime/instance.h"

// What the interpreter and the compiler of hot functions (libepsilon/baseline) know of each other.
//
// A hot function is translated once more, in plain form (TranslateRequest::plain), and those cells
// are compiled. They are code like all cells: where machine code gives over to the interpreter it
// stores what it has in registers into the slots, and the interpreter goes on at the plain cell
// that comes next, until it meets a native cell. What machine code has no template for is done by
// the interpreter's handler on a copy of the cell, a side cell, with a resume cell behind it.
namespace epsilon::interp {

class ModuleCells;

// A compiled function: its plain cells with what was made of them. Its native cells hold addresses
// of its machine code. Immutable; owned by the module's cells.
class MachineFunction {
public:
    virtual ~MachineFunction() = default;

    // The plain cells, with their header in front: what FunctionInstance::code becomes.
    const uint8_t* entry() const { return parts_.cells.entry(); }
    // What FunctionInstance::machine_code becomes.
    const void* machine_entry() const { return parts_.machine_entry; }
    // What FunctionInstance::outer_entry becomes.
    const void* outer_entry() const { return parts_.outer_entry; }
    // Bytes of machine code.
    size_t machine_bytes() const { return parts_.machine_bytes; }
    // Where the loop with this number begins (from 1; 0 is the function's start).
    const uint8_t* loop(uint32_t number) const {
        return number < parts_.loops.size() ? entry() + parts_.loops[number] : nullptr;
    }
    // The plain cell that a side cell stands for, or a resume cell, or null if the address isn't in
    // one of this function's. Also of addresses within cells.
    const uint8_t* original(const uint8_t* pc) const;

protected:
    struct SideCell {
        const uint8_t* begin;
        const uint8_t* end;
        uint32_t original;  // distance from the first cell
    };
    struct Parts {
        CodeBlock cells;
        const void* machine_entry = nullptr;
        const void* outer_entry = nullptr;
        size_t machine_bytes = 0;
        std::vector<uint32_t> loops;
        std::vector<SideCell> side_cells;  // in order
    };
    MachineFunction() = default;
    explicit MachineFunction(Parts parts) : parts_(std::move(parts)) {}

private:
    Parts parts_;
};

// Compiles functions. Implemented by baseline, installed by the engine; any thread.
class Compiler {
public:
    virtual ~Compiler() = default;
    // Null when the function can't be compiled, now or ever: it stays with the interpreter.
    virtual std::unique_ptr<MachineFunction> compile(ModuleCells& module, uint32_t function,
                                                     uint32_t variant,
                                                     const Context& running) noexcept = 0;
    // For FunctionInstance::machine_code of what is not compiled.
    virtual const void* uncompiled_entry() const noexcept = 0;
};

// For handlers. The tally cell at pc, in the frame, has come to zero: gives the cell to go on with,
// which is in machine code's cells if the function could be compiled.
const uint8_t* tier_up(Context& ctx, const uint8_t* pc, Slot* fp) noexcept;

// The cell that a return address stands for: itself, or what a resume cell goes on with.
const uint8_t* original_cell(const uint8_t* pc) noexcept;

// What an address in a function's code means. A function may have activations in two sets of its
// cells at once: those that count, and the plain ones of its machine code.
struct CodePlace {
    const uint8_t* entry = nullptr;  // of the set that it is in; null if it isn't in any
    bool plain = false;
    const uint8_t* pc = nullptr;  // there, in place of an address in a side or resume cell

    explicit operator bool() const { return entry != nullptr; }
    uint32_t distance() const { return uint32_t(pc - entry); }
};
// Of a defined function; the address may be anywhere within a cell.
CodePlace place_of(const FunctionInstance& function, const uint8_t* pc) noexcept;

// Machine code that a function is to be called in, if the store compiles at first calls, or there
// is some already. It becomes the function's. Null otherwise.
const MachineFunction* machine_code_for_call(const Context& ctx,
                                             FunctionInstance& function) noexcept;

// Handlers that machine code gives over to, with the machine's state in registers, or in
// Context::machine. In the interpreter's calling convention, whatever the build's is.
struct BorderHandlers {
    const void* go_on;            // with the cell at pc
    const void* call_cells;       // the function of the frame at fp, whose header is complete
    const void* call_exhausted;   // traps at the call whose frame is at fp
    const void* return_to_cells;  // to the cell at pc, in the caller's frame at fp
    const void* trap;             // Context::trap at the cell at pc
    const void* fuel_is_short;    // by local0, for what begins at pc
};
const BorderHandlers& border_handlers();

// What FunctionInstance::machine_code is of host functions with plain types (CallShape): calls the
// one of the frame at fp, whose header is complete, and goes on at the machine return. The values
// lie at fp, and so do the results then. Null where a trampoline calls handlers.
const void* host_machine_entry(bool in_place);

}  // namespace epsilon::interp

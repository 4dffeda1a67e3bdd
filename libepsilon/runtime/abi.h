// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "platform/fault_handler.h"
#include "wasm/trap.h"
#include "wasm/types.h"

// The layout that executing code sees: value slots, frames, and the few fields of every runtime
// object that an instruction touches. Interpreter handlers and, later, generated code rely on it.
namespace epsilon {

// A frame's values live in eight-byte slots; a v128 takes two. i32 is kept zero-extended, f32 in
// the low four bytes. A reference is a pointer (FunctionInstance* or ExternRef*); null is zero.
using Slot = uint64_t;

// A value outside of frames: globals, host calls, the C API. Same layout as epsilon_value_t, which
// foreign code allocates: aligned to 8 bytes, no more.
struct Value {
    uint64_t low = 0;
    uint64_t high = 0;  // only v128
};

// A frame on the value stack, growing upwards; `fp` points behind the header:
//
//   [parameters][machine return][return pc, caller fp, FunctionInstance*][locals][operands]
//               fp-4            fp-3       fp-2       fp-1               fp
//
// Parameters are the caller's topmost operands, results are written over them from the same slot
// on, so calls copy nothing. The machine return is machine code's affair: where a frame of machine
// code goes on when it returns.
constexpr int frame_header_slots = 4;
constexpr int frame_machine_return = -4;
constexpr int frame_return_pc = -3;
constexpr int frame_caller_fp = -2;
constexpr int frame_function = -1;

struct Instance;
struct HostFunction;
class Meter;
class Store;

// A function as executing code sees it.
struct FunctionInstance {
    // First cell to execute: the function's own cells, or a stub that translates it first, or one
    // that calls the host. Whoever tiers up writes this; nobody asks what is behind it.
    std::atomic<const uint8_t*> code{nullptr};
    Instance* instance = nullptr;  // null for host functions
    uint32_t type_id = 0;          // equal exactly when the function types are equal
    uint32_t index = 0;            // in the instance's function index space
    HostFunction* host = nullptr;  // null for WebAssembly functions
    // Where machine code of the same instance goes to call it: the function's own, or a stub that
    // goes on with `code`. Null where nothing is compiled.
    std::atomic<const void*> machine_code{nullptr};
    // Where a call from outside enters machine code without a cell (platform/enter_handlers.h), if
    // there is such a place; one more if that is a simple body (baseline/function_compiler.h).
    std::atomic<const void*> outer_entry{nullptr};
};
static_assert(sizeof(FunctionInstance) == 48);

struct MemoryView {
    uint8_t* base = nullptr;
    uint64_t bytes = 0;
};

struct TableView {
    Slot* elements = nullptr;
    uint64_t size = 0;
};

// What an instruction needs of its instance. The context holds a copy for the running instance.
struct InstanceView {
    Instance* instance = nullptr;
    FunctionInstance* own_functions = nullptr;  // the defined ones, in order
    FunctionInstance** functions = nullptr;     // all of the index space
    Value* own_globals = nullptr;               // the defined ones, in order
    Value** globals = nullptr;                  // all of the index space
    TableView** tables = nullptr;
    MemoryView** memories = nullptr;
    MemoryView* memory0 = nullptr;  // null without memories
};

// Why execution came back to whoever started it.
enum class Outcome : uint8_t {
    returned,
    trapped,
    stopped,
    host_error,
    no_memory,
    out_of_fuel,
    // Machine code entered at FunctionInstance::outer_entry has done nothing: the host's
    // floating-point modes are not those needed.
    refused,
};

// Why a program is to stop; bits, as several reasons can come together.
enum class StopReason : uint32_t {
    timeout = 1,
    interrupted = 2,
    pause = 4,  // the program goes on afterwards (runtime/pauses.h)
};
constexpr uint32_t stops_that_end =
    uint32_t(StopReason::timeout) | uint32_t(StopReason::interrupted);

// The machine's state when machine code gives over to a handler, in builds whose handlers don't
// have it in registers (interp/dispatch.h).
struct MachineState {
    const uint8_t* pc = nullptr;
    Slot* fp = nullptr;
    uint8_t* mem = nullptr;
    uint64_t acc = 0;
    uint64_t local0 = 0;
    uint64_t vacc[2] = {};
    const void* handler = nullptr;
};

// Per store: what executing code reads and writes. One thread at a time is inside.
struct Context {
    platform::FaultFrame fault;  // must be first: the fault handler finds it through the context
    InstanceView view;
    Slot* stack_limit = nullptr;    // frames must end at or below
    std::atomic<uint32_t> stop{0};  // StopReasons; polled where stopping by faults is not used
    uint32_t depth = 0;             // frames, kept only by code that counts them
    uint32_t max_depth = UINT32_MAX;
    Outcome outcome = Outcome::returned;
    Trap trap = Trap::none;
    uint32_t trap_detail = 0;          // the index for undefined and uninitialized elements
    const uint8_t* exit_pc = nullptr;  // where execution left: cell and frame
    Slot* exit_fp = nullptr;
    Slot* stack_top = nullptr;           // first free slot while a host function runs
    const uint8_t* exit_cell = nullptr;  // ends a call from outside
    Store* store = nullptr;
    void* time_limit = nullptr;          // the engine's record of the innermost timeout
    Error* host_error = nullptr;         // owned; of the host function that failed
    FunctionInstance* callee = nullptr;  // from one handler to the next, when a call is not simple
    int64_t fuel_left = 0;               // what metered code may use before it asks the meter
    Meter* meter = nullptr;              // null in stores that don't meter
    // Counts the beginnings and ends of outermost calls in stores with pauses: odd while one runs.
    // Written by the thread that is inside.
    std::atomic<uint64_t> calls{0};
    MachineState machine;

    // Whether the running program has been told to end.
    bool must_end() const { return (stop.load(std::memory_order_relaxed) & stops_that_end) != 0; }
};
static_assert(offsetof(Context, fault) == 0);

}  // namespace epsilon

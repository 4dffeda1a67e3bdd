// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/result.h"
#include "runtime/abi.h"
#include "runtime/instance.h"
#include "runtime/store.h"

// Running functions: the door between the embedder and the cells, and what handlers call that is
// too large or too rare to be a handler.
namespace epsilon::interp {

// Entry cells of functions that have no cells of their own.
const uint8_t* translate_entry();  // translates the function, then runs it
const uint8_t* host_entry();       // calls the host
// Where a function goes on that a tail call from another instance replaced (handlers_call.cpp).
const uint8_t* foreign_return_cell();

// Where the frame of a call from outside returns to.
const uint8_t* exit_cell();

// Prepares a store's context for this interpreter: handler base, landings. Once per store.
void attach(Store& store);

// The code variant that an instance must run.
uint32_t code_variant(const Instance& instance);
// The same by what it depends on: whether memory 0 is guarded, or there is none; and whether there
// is a compiler.
uint32_t code_variant(const StoreOptions& options, bool guarded, bool has_compiler);

// Calls a function with arguments and room for results as its type says. The caller has entered
// the store, has checked the arguments, and, for a deadline or an interrupt, arranged for
// Store::request_stop. Traps, stops and errors of host functions come back as errors with a
// backtrace; the store stays usable.
ErrorPtr call(Store& store, FunctionInstance& function, const CallShape& shape, const Value* args,
              Value* results);
// The error of a call that has ended otherwise than by returning.
ErrorPtr error_of_call(Store& store);

// For handlers. None of these throws.

// The cells of the frame's function, translated if need be and written to its entry; null when
// that fails (ctx.outcome says why).
const uint8_t* translate_for_call(Context& ctx, const Slot* fp) noexcept;
// Calls the host function of the frame; returns its first result slot, or null when it failed.
Slot* call_host(Context& ctx, Slot* fp) noexcept;
// Calls a host function with as many values as it has, all plain.
Error* call_host_with_values(Context& ctx, HostFunction& host, Value* args,
                             Value* results) noexcept;
// The program ends at the call of the host function whose frame it is, with its error, which is
// taken over, or without one because it has been told to. Gives null.
Slot* host_failed(Context& ctx, const Slot* fp, Error* error) noexcept;
void switch_instance(Context& ctx, Instance& instance) noexcept;

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"
#include "interp/charge.h"
#include "interp/dispatch.h"

// What calls have in common, and what the interpreter's handlers do.
namespace epsilon::baseline {

using namespace interp;

const void* FunctionCompiler::handler_of(const Operation& operation) const {
    return handler_base() + field<int32_t>(operation, 0);
}

// Behind: the cell where the interpreter would go on after the call.
void FunctionCompiler::return_from_function(Label side, uint32_t behind) {
    const Label go_on = code_.new_label();
    const Label resume = code_.new_label();
    const uint32_t price = is_metered() ? return_price(function_.cells + behind) : 0;
    if (price != 0) {
        take_fuel(price, cold({.kind = Cold::Kind::exit,
                               .label = code_.new_label(),
                               .handler = handlers_.fuel_is_short,
                               .cell = behind,
                               .price = price}));
    }
    code_.bind(go_on);
    cold_.push_back({.kind = Cold::Kind::resume, .label = resume, .target = go_on});
    sides_.push_back({side, resume, current_, 0, behind, price});
}

// A single result is in the accumulator too.
void FunctionCompiler::finish_call(const Operation& operation) {
    if (operation.one_result) {
        registers_.define_stored(
            operation.d, operation.type,
            is_int(operation.type) ? register_of(result_register) : register_of(result_vector));
    }
}

// The operation's cell, and what belongs to it, as side cells that the interpreter runs.
void FunctionCompiler::interpret(const Operation& operation, uint32_t size) {
    registers_.store_all();
    registers_.forget_all();
    const Label side = code_.new_label();
    const Label resume = code_.new_label();
    leave_for_side_cell(handler_of(operation), side);
    code_.bind(resume);
    enter_from_cells();
    sides_.push_back({side, resume, current_, size, operation.cell + size, 0});
}

// The same behind the rest of the code, after the moves there are; goes on at `resume`, with
// everything in memory.
Label FunctionCompiler::interpret_aside(const Operation& operation, uint32_t size, Label resume) {
    const Label side = code_.new_label();
    const Label resumed = code_.new_label();
    cold_.push_back({.kind = Cold::Kind::resume, .label = resumed, .target = resume});
    sides_.push_back({side, resumed, current_, size, operation.cell + size, 0});
    Cold way{.kind = Cold::Kind::side,
             .label = code_.new_label(),
             .target = side,
             .handler = handler_of(operation)};
    keep_moves(way);
    return cold(way);
}

// The interpreter does the operation and doesn't come back here.
void FunctionCompiler::leave_to_handler(const Operation& operation) {
    registers_.store_all();
    leave(handler_of(operation), operation.cell);
    reachable_ = false;
}

void FunctionCompiler::return_many(const Operation& operation) {
    if (operation.arguments > most_copied) {
        return leave_to_handler(operation);
    }
    const int32_t destination = field<int32_t>(operation, 4);
    if (destination + int32_t(operation.arguments) <= frame_machine_return) {
        registers_.copy_down(destination, operation.first_argument, operation.arguments);
        load_header();
    } else {
        registers_.store_all();
        registers_.forget_all();
        load_header();
        registers_.copy_down(destination, operation.first_argument, operation.arguments);
    }
    leave_frame();
}

}  // namespace epsilon::baseline

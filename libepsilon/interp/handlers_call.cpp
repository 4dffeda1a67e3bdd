// SPDX-License-Identifier: Apache-2.0
#include "interp/backtrace.h"
#include "interp/charge.h"
#include "interp/execute.h"
#include "interp/frame.h"
#include "interp/handler_table.h"
#include "interp/operands.h"
#include "interp/plain_call.h"

// Calls and returns. The frame's layout is drawn in runtime/abi.h.
//
// The context holds the running instance's view. A call that may leave the instance is followed by
// a reload cell: the callee returns there if it belongs to another instance, and behind it
// otherwise, so that calls within an instance never look.
namespace epsilon::interp {

EPSILON_NEXT_CELL stack_exhausted(EPSILON_PARAMS) {
    EPSILON_TRAP(call_stack_exhausted);
}

// The frame was never entered: the trap belongs to the call, whose cell ends where it returns to.
EPSILON_NEXT_CELL call_exhausted(EPSILON_PARAMS) {
    const ReturnPoint caller = return_point(fp);
    pc = caller.pc - cell_size;
    fp = caller.fp;
    EPSILON_JUMP(stack_exhausted);
}

// Of handlers_host.cpp.
EPSILON_NEXT_CELL host_call(EPSILON_PARAMS);
void add_host_call_handler(HandlerTable& table);

namespace {

EPSILON_INLINE void push_frame(Slot* callee, const uint8_t* return_pc, Slot* caller,
                               FunctionInstance* function) {
    callee[frame_return_pc] = Slot(return_pc);
    callee[frame_caller_fp] = Slot(caller);
    callee[frame_function] = Slot(function);
}

// Locals start as zero; the count is even.
EPSILON_INLINE void clear_locals(Slot* fp, uint32_t count) {
    for (uint32_t i = 0; i < count; i += 2) {
        // Keeps the compiler from calling memset, which would need a stack frame.
        asm volatile("");
        fp[i] = 0;
        fp[i + 1] = 0;
    }
}

// Enters `function` with its frame at `callee`; the running instance's, so nothing to switch.
#define EPSILON_ENTER(function, callee, return_pc)                                           \
    do {                                                                                     \
        /* Dead in the callee; clearing them frees registers, so that no stack is needed. */ \
        acc = 0;                                                                             \
        local0 = 0;                                                                          \
        const uint8_t* const enter_code = (function)->code.load(std::memory_order_relaxed);  \
        const CodeHeader& enter_header = code_header(enter_code);                            \
        if (EPSILON_UNLIKELY((callee) + enter_header.frame_slots > ctx->stack_limit)) {      \
            EPSILON_JUMP(stack_exhausted);                                                   \
        }                                                                                    \
        if constexpr (counted) {                                                             \
            if (EPSILON_UNLIKELY(ctx->depth >= ctx->max_depth)) {                            \
                EPSILON_JUMP(stack_exhausted);                                               \
            }                                                                                \
            ++ctx->depth;                                                                    \
        }                                                                                    \
        push_frame((callee), (return_pc), fp, (function));                                   \
        clear_locals((callee), enter_header.zero_slots);                                     \
        fp = (callee);                                                                       \
        if constexpr (metered) {                                                             \
            EPSILON_GO_CHARGED(enter_code, enter_header.price);                              \
        } else {                                                                             \
            EPSILON_GO(enter_code);                                                          \
        }                                                                                    \
    } while (false)

template <bool counted, bool metered>
EPSILON_NEXT_CELL hot_call_own(EPSILON_PARAMS) {
    auto* const function = reinterpret_cast<FunctionInstance*>(
        reinterpret_cast<char*>(ctx->view.own_functions) + read_field<uint32_t>(pc, 12));
    Slot* const callee = fp + read_field<int32_t>(pc, 8);
    EPSILON_ENTER(function, callee, pc + cell_size);
}

// The rest of a call that leaves the instance: the cell is `size` bytes, before its reload cell.
// Apart from its caller, which then has no use for a stack frame.
template <bool counted, bool metered, uint32_t size>
EPSILON_APART EPSILON_NEXT_CELL call_out(EPSILON_PARAMS) {
    // The callee was left in the context by the calling handler.
    FunctionInstance* const function = ctx->callee;
    Slot* const callee = fp + read_field<int32_t>(pc, 8);
    const CodeHeader& header = code_header(function->code.load(std::memory_order_relaxed));
    if (callee + header.frame_slots > ctx->stack_limit ||
        (counted && ctx->depth >= ctx->max_depth)) {
        EPSILON_JUMP(stack_exhausted);
    }
    switch_instance(*ctx, *function->instance);
    mem = memory_base(*ctx);
    EPSILON_ENTER(function, callee, pc + size);
}

// Calls the host: it leaves the view as it is, and counts no frame.
#define EPSILON_ENTER_HOST(function, callee, return_pc)               \
    do {                                                              \
        if (EPSILON_UNLIKELY((callee) > ctx->stack_limit)) {          \
            EPSILON_JUMP(stack_exhausted);                            \
        }                                                             \
        push_frame((callee), (return_pc), fp, (function));            \
        fp = (callee);                                                \
        EPSILON_GO((function)->code.load(std::memory_order_relaxed)); \
    } while (false)

template <bool counted, bool metered>
EPSILON_NEXT_CELL call_import(EPSILON_PARAMS) {
    FunctionInstance* const function = ctx->view.functions[read_field<uint32_t>(pc, 12)];
    Slot* const callee = fp + read_field<int32_t>(pc, 8);
    if (!function->instance) {
        if (EPSILON_UNLIKELY(callee > ctx->stack_limit)) {
            EPSILON_JUMP(stack_exhausted);
        }
        push_frame(callee, pc + 2 * cell_size, fp, function);
        fp = callee;
        EPSILON_JUMP(host_call);
    }
    if (EPSILON_UNLIKELY(function->instance != ctx->view.instance)) {
        ctx->callee = function;
        EPSILON_JUMP((call_out<counted, metered, cell_size>));
    }
    EPSILON_ENTER(function, callee, pc + 2 * cell_size);
}

template <bool metered>
constexpr uint32_t call_indirect_size = metered ? 32 : 24;

// The function to call, or null with the trap in the context (specification: call_indirect).
EPSILON_INLINE FunctionInstance* look_up(Context* ctx, const TableView& table, uint32_t index,
                                         uint32_t type_id) {
    if (EPSILON_UNLIKELY(index >= table.size)) {
        ctx->trap = Trap::undefined_element;
        ctx->trap_detail = index;
        return nullptr;
    }
    auto* const function = reinterpret_cast<FunctionInstance*>(table.elements[index]);
    if (EPSILON_UNLIKELY(!function)) {
        ctx->trap = Trap::uninitialized_element;
        ctx->trap_detail = index;
        return nullptr;
    }
    if (EPSILON_UNLIKELY(function->type_id != type_id)) {
        ctx->trap = Trap::indirect_call_type_mismatch;
        return nullptr;
    }
    return function;
}

template <bool counted, bool metered, Kind a>
EPSILON_NEXT_CELL call_indirect(EPSILON_PARAMS) {
    const uint32_t index = read<uint32_t, a>(pc, field_d, fp, acc, vacc);
    FunctionInstance* const function = look_up(ctx, *ctx->view.tables[read_field<uint32_t>(pc, 16)],
                                               index, read_field<uint32_t>(pc, 12));
    if (EPSILON_UNLIKELY(!function)) {
        EPSILON_JUMP(leave_with_trap);
    }
    Slot* const callee = fp + read_field<int32_t>(pc, 8);
    if (EPSILON_UNLIKELY(function->instance != ctx->view.instance)) {
        if (!function->instance) {
            EPSILON_ENTER_HOST(function, callee, pc + call_indirect_size<metered> + cell_size);
        }
        ctx->callee = function;
        EPSILON_JUMP((call_out<counted, metered, call_indirect_size<metered>>));
    }
    EPSILON_ENTER(function, callee, pc + call_indirect_size<metered> + cell_size);
}

EPSILON_NEXT_CELL reload(EPSILON_PARAMS) {
    Instance& instance = *function_of(fp)->instance;
    if (&instance != ctx->view.instance) {
        switch_instance(*ctx, instance);
    }
    mem = memory_base(*ctx);
    EPSILON_GO(pc + cell_size);
}

// Tail calls (specification: return_call). The cell, 32 bytes:
//   4 first argument's slot, 8 function or table index, 12 argument slots,
//   16 slot of this frame's first parameter, 20 result slots, 24 type number, 28 index slot
//
// A callee of another instance must not return straight to our caller, who doesn't expect the view
// to change. It gets a record of a header's size below its parameters, [return pc, caller fp,
// result slots, nothing], and returns to foreign_return, which moves the results down over the
// record and reloads. A frame that already returns there passes its record on: the stack doesn't
// grow.
EPSILON_NEXT_CELL enter_tail_call(EPSILON_PARAMS) {
    FunctionInstance* const function = ctx->callee;
    const uint32_t arguments = read_field<uint32_t>(pc, 12);
    const bool foreign = function->instance && function->instance != ctx->view.instance;
    const uint8_t* return_pc = return_pc_of(fp);
    const Slot* source = fp + read_field<int32_t>(pc, 4);
    Slot* destination = fp + read_field<int32_t>(pc, 16);
    Slot* caller = caller_of(fp);
    const bool new_record = foreign && return_pc != foreign_return_cell();
    const uint8_t* const code = function->code.load(std::memory_order_relaxed);
    const CodeHeader& header = code_header(code);
    // The arguments may move up when a record is put below them: never beyond this limit.
    if (destination + 2 * frame_header_slots + arguments + header.frame_slots > ctx->stack_limit) {
        EPSILON_JUMP(stack_exhausted);
    }
    if (!function->instance && ctx->max_depth != UINT32_MAX) {
        // Frames are counted, but not the host's, and it takes the place of one that is.
        --ctx->depth;
    }
    if (new_record) {
        Slot* const record = destination;
        destination += frame_header_slots;
        std::memmove(destination, source, arguments * sizeof(Slot));
        record[0] = Slot(return_pc);
        record[1] = Slot(caller);
        record[2] = read_field<uint32_t>(pc, 20);
        caller = destination;
        return_pc = foreign_return_cell();
    } else {
        std::memmove(destination, source, arguments * sizeof(Slot));
    }
    Slot* const callee = destination + arguments + frame_header_slots;
    push_frame(callee, return_pc, caller, function);
    if (foreign) {
        switch_instance(*ctx, *function->instance);
        mem = memory_base(*ctx);
    }
    clear_locals(callee, header.zero_slots);
    fp = callee;
    // Nothing in code that is not metered.
    EPSILON_GO_CHARGED(code, header.price);
}

EPSILON_NEXT_CELL tail_call(EPSILON_PARAMS) {
    ctx->callee = ctx->view.functions[read_field<uint32_t>(pc, 8)];
    EPSILON_JUMP(enter_tail_call);
}

EPSILON_NEXT_CELL tail_call_indirect(EPSILON_PARAMS) {
    const uint32_t index = uint32_t(fp[read_field<int32_t>(pc, 28)]);
    ctx->callee = look_up(ctx, *ctx->view.tables[read_field<uint32_t>(pc, 8)], index,
                          read_field<uint32_t>(pc, 24));
    if (!ctx->callee) {
        EPSILON_JUMP(leave_with_trap);
    }
    EPSILON_JUMP(enter_tail_call);
}

// fp is the first slot behind the record, where the results are.
EPSILON_NEXT_CELL foreign_return(EPSILON_PARAMS) {
    Slot* const record = fp - frame_header_slots;
    const auto* const return_pc = reinterpret_cast<const uint8_t*>(record[0]);
    auto* const caller = reinterpret_cast<Slot*>(record[1]);
    std::memmove(record, fp, record[2] * sizeof(Slot));
    fp = caller;
    if (caller) {
        switch_instance(*ctx, *function_of(caller)->instance);
        mem = memory_base(*ctx);
    }
    if (ctx->meter) {
        EPSILON_GO_CHARGED(return_pc, return_price(return_pc));
    }
    EPSILON_GO(return_pc);
}

// Results may lie over the header, so it is read first.
#define EPSILON_LEAVE_FRAME(write_results)                        \
    do {                                                          \
        if constexpr (counted) {                                  \
            --ctx->depth;                                         \
        }                                                         \
        const uint8_t* const leave_to = return_pc_of(fp);         \
        Slot* const leave_caller = caller_of(fp);                 \
        write_results;                                            \
        fp = leave_caller;                                        \
        if constexpr (metered) {                                  \
            EPSILON_GO_CHARGED(leave_to, return_price(leave_to)); \
        } else {                                                  \
            EPSILON_GO(leave_to);                                 \
        }                                                         \
    } while (false)

template <bool counted, bool metered>
EPSILON_NEXT_CELL hot_return_none(EPSILON_PARAMS) {
    EPSILON_LEAVE_FRAME(void());
}

template <bool counted, bool metered, Kind a>
EPSILON_NEXT_CELL hot_return_int(EPSILON_PARAMS) {
    acc = read<uint64_t, a>(pc, field_a, fp, acc, vacc);
    EPSILON_LEAVE_FRAME(slot_at(pc, field_d, fp) = acc);
}

// f32 too: eight bytes are moved.
template <bool counted, bool metered, Kind a>
EPSILON_NEXT_CELL hot_return_float(EPSILON_PARAMS) {
    if constexpr (a == Kind::slot) {
        vacc[0] = slot_at(pc, field_a, fp);
    }
    EPSILON_LEAVE_FRAME(slot_at(pc, field_d, fp) = vacc[0]);
}

template <bool counted, bool metered>
EPSILON_NEXT_CELL return_many(EPSILON_PARAMS) {
    EPSILON_LEAVE_FRAME(std::memmove(fp + read_field<int32_t>(pc, 4),
                                     fp + read_field<int32_t>(pc, 8),
                                     read_field<uint32_t>(pc, 12) * sizeof(Slot)));
}

EPSILON_NEXT_CELL translate(EPSILON_PARAMS) {
    const uint8_t* const code = translate_for_call(*ctx, fp);
    if (!code) {
        EPSILON_LEAVE;
    }
    const CodeHeader& header = code_header(code);
    if (fp + header.frame_slots > ctx->stack_limit) {
        EPSILON_JUMP(call_exhausted);
    }
    clear_locals(fp, header.zero_slots);
    // Nothing in code that is not metered.
    EPSILON_GO_CHARGED(code, header.price);
}

// In the order of Translator::kept().
#define EPSILON_KEPT_FORMS(handler) \
    {handler<false, false>, handler<true, false>, handler<false, true>, handler<true, true>}
#define EPSILON_KEPT_FORMS_OF_SOURCE(handler)                             \
    {handler<false, false, Kind::slot>, handler<true, false, Kind::slot>, \
     handler<false, true, Kind::slot>,  handler<true, true, Kind::slot>,  \
     handler<false, false, Kind::acc>,  handler<true, false, Kind::acc>,  \
     handler<false, true, Kind::acc>,   handler<true, true, Kind::acc>}
constexpr Handler call_own_forms[] = EPSILON_KEPT_FORMS(hot_call_own);
constexpr Handler call_import_forms[] = EPSILON_KEPT_FORMS(call_import);
constexpr Handler call_indirect_forms[] = EPSILON_KEPT_FORMS_OF_SOURCE(call_indirect);
constexpr Handler reload_forms[] = {reload};
constexpr Handler tail_call_forms[] = {tail_call};
constexpr Handler tail_call_indirect_forms[] = {tail_call_indirect};
constexpr Handler foreign_return_forms[] = {foreign_return};
constexpr Handler return_none_forms[] = EPSILON_KEPT_FORMS(hot_return_none);
constexpr Handler return_int_forms[] = EPSILON_KEPT_FORMS_OF_SOURCE(hot_return_int);
constexpr Handler return_float_forms[] = EPSILON_KEPT_FORMS_OF_SOURCE(hot_return_float);
constexpr Handler return_many_forms[] = EPSILON_KEPT_FORMS(return_many);
constexpr Handler translate_forms[] = {translate};

}  // namespace

// What a call cell does, for machine code, which has written the header.
EPSILON_NEXT_CELL call_cells(EPSILON_PARAMS) {
    const uint8_t* const code = function_of(fp)->code.load(std::memory_order_relaxed);
    const CodeHeader& header = code_header(code);
    if (EPSILON_UNLIKELY(fp + header.frame_slots > ctx->stack_limit ||
                         (ctx->max_depth != UINT32_MAX && ctx->depth >= ctx->max_depth))) {
        EPSILON_JUMP(call_exhausted);
    }
    if (ctx->max_depth != UINT32_MAX) {
        ++ctx->depth;
    }
    clear_locals(fp, header.zero_slots);
    // Nothing in code that is not metered.
    EPSILON_GO_CHARGED(code, header.price);
}

void add_call_handlers(HandlerTable& table) {
    set_special(table, Special::call_own, call_own_forms);
    set_special(table, Special::call_import, call_import_forms);
    set_special(table, Special::call_indirect, call_indirect_forms);
    set_special(table, Special::reload, reload_forms);
    set_special(table, Special::tail_call, tail_call_forms);
    set_special(table, Special::tail_call_indirect, tail_call_indirect_forms);
    set_special(table, Special::foreign_return, foreign_return_forms);
    set_special(table, Special::return_none, return_none_forms);
    set_special(table, Special::return_int, return_int_forms);
    set_special(table, Special::return_float, return_float_forms);
    set_special(table, Special::return_many, return_many_forms);
    set_special(table, Special::translate, translate_forms);
    add_host_call_handler(table);
}

}  // namespace epsilon::interp

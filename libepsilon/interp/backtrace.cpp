// SPDX-License-Identifier: Apache-2.0
#include "interp/backtrace.h"

#include <algorithm>

#include "interp/execute.h"
#include "interp/module_cells.h"

namespace epsilon::interp {

namespace {

// Offsets of one function's cells, kept between frames because recursion repeats functions.
struct Origins {
    const FunctionInstance* function = nullptr;
    std::vector<CellOrigin> cells;

    uint64_t find(const FunctionInstance& wanted, const uint8_t* pc) {
        const Instance& instance = *wanted.instance;
        if (function != &wanted) {
            function = nullptr;
            const auto block = translate({instance.module(), instance.code->types, wanted.index,
                                          instance.code_variant, &cells});
            if (!block) {
                return Error::no_offset;
            }
            function = &wanted;
        }
        const uint8_t* const entry = wanted.code.load(std::memory_order_relaxed);
        if (pc < entry || pc >= entry + code_header(entry).size) {
            return Error::no_offset;
        }
        const auto distance = uint32_t(pc - entry);
        const auto after = std::upper_bound(
            cells.begin(), cells.end(), distance,
            [](uint32_t cell, const CellOrigin& origin) { return cell < origin.cell; });
        return after == cells.begin() ? Error::no_offset : std::prev(after)->offset;
    }
};

ReturnPoint after_record(const Slot* behind) {
    const Slot* const record = behind - frame_header_slots;
    return {reinterpret_cast<const uint8_t*>(record[0]), reinterpret_cast<Slot*>(record[1])};
}

}  // namespace

ReturnPoint return_point(const Slot* fp) noexcept {
    const ReturnPoint point = {reinterpret_cast<const uint8_t*>(fp[frame_return_pc]),
                               reinterpret_cast<Slot*>(fp[frame_caller_fp])};
    return point.pc == foreign_return_cell() ? after_record(point.fp) : point;
}

std::vector<Frame> backtrace(const uint8_t* pc, const Slot* fp) {
    std::vector<Frame> frames;
    Origins origins;
    if (pc == foreign_return_cell()) {
        // Stopped between the frames: what would be fp is the end of a record.
        const ReturnPoint point = after_record(fp);
        pc = point.pc - 1;
        fp = point.fp;
    }
    while (fp && frames.size() < max_backtrace_frames) {
        const auto& function = *reinterpret_cast<const FunctionInstance*>(fp[frame_function]);
        if (function.instance) {
            const Module& module = function.instance->module();
            Frame frame;
            frame.function_index = function.index;
            frame.function_name = module.function_name(function.index);
            frame.module_name = module.name;
            frame.offset = origins.find(function, pc);
            frames.push_back(std::move(frame));
        }
        const ReturnPoint point = return_point(fp);
        pc = point.pc - 1;
        fp = point.fp;
    }
    return frames;
}

}  // namespace epsilon::interp

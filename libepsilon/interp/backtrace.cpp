// SPDX-License-Identifier: Apache-2.0
#include "interp/backtrace.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "interp/execute.h"
#include "interp/module_cells.h"
#include "interp/tiers.h"

namespace epsilon::interp {

namespace {

// Offsets of functions' cells, kept between frames because recursion repeats functions. Plain cells
// have others than the rest (tiers.h).
class Origins {
public:
    explicit Origins(const Context& ctx) : ctx_(ctx) {}

    uint64_t find(const FunctionInstance& function, const uint8_t* pc) {
        const CodePlace place = place_of(function, pc);
        if (!place) {
            return Error::no_offset;
        }
        const std::vector<CellOrigin>& cells = cells_of(function, place.plain);
        const auto after = std::upper_bound(
            cells.begin(), cells.end(), place.distance(),
            [](uint32_t cell, const CellOrigin& origin) { return cell < origin.cell; });
        return after == cells.begin() ? Error::no_offset : std::prev(after)->offset;
    }

private:
    // Empty when they are not known.
    const std::vector<CellOrigin>& cells_of(const FunctionInstance& function, bool plain) {
        const auto [found, added] = functions_.try_emplace({&function, plain});
        std::vector<CellOrigin>& cells = found->second;
        if (added) {
            const Instance& instance = *function.instance;
            const bool place_of_trap = functions_.size() == 1 && ctx_.outcome == Outcome::trapped;
            uint64_t work = 0;
            const auto block = translate({.module = instance.module(),
                                          .types = instance.code->types,
                                          .function = function.index,
                                          .variant = instance.code_variant,
                                          .plain = plain,
                                          .origins = &cells,
                                          .running = place_of_trap ? &ctx_ : nullptr,
                                          .most_work = place_of_trap ? UINT64_MAX : work_left_,
                                          .work = &work});
            if (!place_of_trap) {
                work_left_ -= std::min(work, work_left_);
            }
            if (!block) {
                cells = {};
            }
        }
        return cells;
    }

    const Context& ctx_;
    uint64_t work_left_ = max_backtrace_work;
    std::map<std::pair<const FunctionInstance*, bool>, std::vector<CellOrigin>> functions_;
};

// Not in the middle of a character.
std::string cut(std::string_view name) {
    size_t size = std::min(name.size(), max_backtrace_name_bytes);
    while (size != name.size() && size > 0 && (uint8_t(name[size]) & 0xc0) == 0x80) {
        --size;
    }
    return std::string(name.substr(0, size));
}

ReturnPoint after_record(const Slot* behind) {
    const Slot* const record = behind - frame_header_slots;
    return {original_cell(reinterpret_cast<const uint8_t*>(record[0])),
            reinterpret_cast<Slot*>(record[1])};
}

}  // namespace

ReturnPoint return_point(const Slot* fp) noexcept {
    const ReturnPoint point = {original_cell(reinterpret_cast<const uint8_t*>(fp[frame_return_pc])),
                               reinterpret_cast<Slot*>(fp[frame_caller_fp])};
    return point.pc == foreign_return_cell() ? after_record(point.fp) : point;
}

std::vector<Frame> backtrace(const Context& ctx, const uint8_t* pc, const Slot* fp) {
    std::vector<Frame> frames;
    Origins origins(ctx);
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
            frame.function_name = cut(module.function_name(function.index));
            frame.module_name = cut(module.name);
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

// SPDX-License-Identifier: Apache-2.0
#include "interp/stops.h"

#include <algorithm>

#include "interp/cell.h"
#include "interp/execute.h"
#include "interp/tiers.h"

namespace epsilon::interp {

namespace {

bool leave(Context& ctx, const uint8_t* pc, Slot* fp, Outcome outcome) {
    ctx.outcome = outcome;
    ctx.exit_pc = pc;
    ctx.exit_fp = fp;
    return false;
}

}  // namespace

bool goes_on(Context& ctx, const uint8_t* pc, Slot* fp, uint64_t acc) noexcept {
    if (ctx.must_end()) {
        return leave(ctx, pc, fp, Outcome::stopped);
    }
    Store& store = *ctx.store;
    const bool paused =
        (ctx.stop.load(std::memory_order_relaxed) & uint32_t(StopReason::pause)) != 0;
    if (paused && pc == foreign_return_cell()) {
        // Between two frames: after this cell.
        store.request_stop(StopReason::pause);
        return true;
    }
    store.clear_stop(StopReason::pause);
    const std::shared_ptr<Pauses> pauses = store.pauses();
    if (!paused || !pauses || !fp) {
        // Asked for during a call that is over, or this one is: no frame is left.
        return true;
    }
    // What the host calls meanwhile runs above this frame, and above the accumulator, which may
    // hold the only reference to something. A frame that isn't translated yet may have no room for
    // its slots, but doesn't use them. This one may run in cells that its function was in before.
    const auto& function = *reinterpret_cast<const FunctionInstance*>(fp[frame_function]);
    const uint8_t* const code = function.code.load(std::memory_order_relaxed);
    uint32_t slots = code_header(code).frame_slots;
    if (function.instance) {
        if (const CodePlace place = place_of(function, pc)) {
            slots = std::max(slots, code_header(place.entry).frame_slots);
        }
    }
    Slot* const end = std::min(fp + slots, ctx.stack_limit);
    *end = acc;
    Slot* const stack_top = std::exchange(ctx.stack_top, end + 1);
    platform::FaultFrame* const active = platform::exchange_active_frame(nullptr);
    ErrorPtr error = pauses->pause();
    platform::exchange_active_frame(active);
    ctx.stack_top = stack_top;
    if (error) {
        ctx.host_error = error.release();
        return leave(ctx, pc, fp, Outcome::host_error);
    }
    return !ctx.must_end() || leave(ctx, pc, fp, Outcome::stopped);
}

}  // namespace epsilon::interp

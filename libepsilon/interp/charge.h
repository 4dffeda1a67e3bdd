// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "interp/cell.h"
#include "interp/dispatch.h"

// How handlers of metered code pay for the runs that they lead to (metering.h).
namespace epsilon::interp {

// Continues at pc, if the fuel is found for what begins there. The price is in local0 and was
// taken from the countdown. Cold.
EPSILON_NEXT_CELL fuel_is_short(EPSILON_PARAMS);

#define EPSILON_GO_CHARGED(next, price)             \
    do {                                            \
        local0 = (price);                           \
        pc = (next);                                \
        ctx->fuel_left -= int64_t(local0);          \
        if (EPSILON_UNLIKELY(ctx->fuel_left < 0)) { \
            EPSILON_JUMP(fuel_is_short);            \
        }                                           \
        EPSILON_GO(pc);                             \
    } while (false)

// A branch cell's way out; `metered` is the handler's template parameter.
#define EPSILON_BRANCH(next, price_field)                                    \
    do {                                                                     \
        if constexpr (metered) {                                             \
            EPSILON_GO_CHARGED(next, read_field<uint32_t>(pc, price_field)); \
        } else {                                                             \
            EPSILON_GO(next);                                                \
        }                                                                    \
    } while (false)

template <bool metered>
constexpr uint32_t branch_size = metered ? metered_branch_size : cell_size;

// What the run behind a call costs, by the point that the call returns to.
inline uint32_t return_price(const uint8_t* return_pc) {
    return read_field<uint32_t>(return_pc, -return_price_distance);
}
// The stubs that calls from outside and from other instances return to have no price.
static_assert(sizeof(CodeHeader) - return_price_distance == offsetof(CodeHeader, zero_slots));

}  // namespace epsilon::interp

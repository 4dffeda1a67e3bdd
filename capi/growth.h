// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "door.h"
#include "runtime/store.h"

namespace epsilon::capi {

// Why a growth was refused that has changed nothing: by the maximum or a cap, by the cap on all
// together, or by the system. `unit` is the bytes of a page or an element.
inline ErrorPtr growth_refused(const Store& store, std::string_view what, std::string_view units,
                               uint64_t size, uint64_t delta, uint64_t most, uint64_t unit) {
    const std::string text =
        concat("a ", what, " of ", size, " ", units, " cannot grow by ", delta, ": ");
    if (delta > most - size) {
        return make_error(ErrorKind::limit, concat(text, "it may have ", most, " ", units));
    }
    if (!store.may_reserve_memory_bytes(delta * unit)) {
        return make_error(
            ErrorKind::limit,
            concat(text, "all memories and tables together have ", store.memory_bytes(), " of ",
                   store.options().limits.max_total_memory_bytes, " bytes"));
    }
    return make_error(ErrorKind::no_memory, concat(text, "the system refused"));
}

}  // namespace epsilon::capi

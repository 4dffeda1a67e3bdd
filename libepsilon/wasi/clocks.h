// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wasi/types.h"

namespace epsilon::wasi {

// The clocks by their ClockIds, in nanoseconds. inval: no such clock.
Errno clock_time(uint32_t clock, uint64_t& nanoseconds);
Errno clock_resolution(uint32_t clock, uint64_t& nanoseconds);

}  // namespace epsilon::wasi

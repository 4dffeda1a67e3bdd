// SPDX-License-Identifier: Apache-2.0
#include "door.h"
#include "platform/memory_slots.h"

using namespace epsilon;

size_t epsilon_pool_trim(void) {
    return platform::trim_slots();
}

void epsilon_pool_set_limit(size_t ranges) {
    platform::set_slot_limit(ranges);
}

size_t epsilon_pool_size(void) {
    return platform::kept_slots();
}

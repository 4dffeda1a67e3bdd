// SPDX-License-Identifier: Apache-2.0
// The C API under random sequences of calls: handles of every noun made, used and deleted in any
// order, also from callbacks, from finalizers and on other threads, with objects of other runtimes
// and references that are none.
#include "api_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::World(fuzz::Choices(data, size)).run();
    return 0;
}

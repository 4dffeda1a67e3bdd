// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The instructions of AdvSIMD that vectors are lowered to, with their register fields zero.
namespace epsilon::baseline::codes {

}  // namespace epsilon::baseline::codes

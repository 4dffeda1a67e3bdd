// SPDX-License-Identifier: Apache-2.0
#include "wasm/trap.h"

namespace epsilon {

std::string_view trap_text(Trap trap) noexcept {
    switch (trap) {
        case Trap::none:
            return "";
#define EPSILON_TRAP(name, text) \
    case Trap::name:             \
        return text;
#include "wasm/traps.def"
#undef EPSILON_TRAP
    }
    return "";
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace epsilon {

// Whether the bytes are well-formed UTF-8 (Unicode, table 3-7: no surrogates, nothing above
// U+10FFFF, no overlong forms), which names in a module must be.
bool is_utf8(std::string_view text);

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The candidate that a word was probably meant to be: one that it begins, or one that a slip or two
// of the fingers make of it. Empty if there is none.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace cli

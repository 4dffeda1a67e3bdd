// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "line_editor.h"
#include "repl_session.h"

namespace cli {

// What the word before the cursor could be: a command, an export of what is loaded, a module, a
// file.
Completion complete(const Session& session, std::string_view before);

}  // namespace cli

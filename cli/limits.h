// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "handles.h"
#include "options.h"

namespace cli {

// Makes the configuration that the options ask for, without fuel: who has how much of it is said
// where something runs.
Error configure(const Options& options, Config& config);

}  // namespace cli

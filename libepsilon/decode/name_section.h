// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wasm/module.h"

namespace epsilon {

// Reads the module's and the functions' names from a name section (specification: Appendix,
// Custom Sections) into the module. False, with nothing changed, when the section is broken: a
// custom section never makes a module malformed.
bool read_name_section(const CustomSection& section, Module& module);

}  // namespace epsilon

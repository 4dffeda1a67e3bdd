// SPDX-License-Identifier: Apache-2.0
// A short text that is built in, for hosts that cannot write to the program's memory.
#pragma once

#include <stdint.h>

// FNV-1a, 64 bits, of the sample's HTML, without the highest bit; 0 when there is no memory.
uint64_t sample_hash(void);

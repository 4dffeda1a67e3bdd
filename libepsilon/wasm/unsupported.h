// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "wasm/features.h"

namespace epsilon {

// `what` needs a feature that the configuration switched off.
ErrorPtr switched_off(Feature feature, std::string_view what, uint64_t offset);

// `what` belongs to a proposal that this version does not have.
ErrorPtr missing_proposal(std::string_view proposal, std::string_view what, uint64_t offset);

// The usual name of the proposal that an encoding belongs to, when it is one that this version
// does not have; empty when nothing is known to use the encoding.
std::string_view proposal_of_opcode(uint8_t byte);
std::string_view proposal_of_prefixed_opcode(uint8_t prefix, uint32_t code);
// Of value types and heap types; `byte` is their single-byte form.
std::string_view proposal_of_type(uint8_t byte);

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "handles.h"

namespace spec {

// The objects that the scripts write as (ref.extern N): one reference for each N, the same at every
// mention, alive as long as the script.
class ExternObjects {
public:
    explicit ExternObjects(epsilon_runtime_t* runtime) : runtime_(runtime) {}

    // 0 where the library could not make one.
    uint64_t reference(uint64_t number);
    // Nothing if the reference is not one of ours.
    std::optional<uint64_t> number(uint64_t reference);

private:
    epsilon_runtime_t* runtime_;
    std::map<uint64_t, Externref> objects_;
};

// Reads an argument for a parameter of this type. Nothing if the script's value is not of the type.
std::optional<epsilon_value_t> parse_argument(const nlohmann::json& argument,
                                              epsilon_valtype_t type, ExternObjects& objects);

// Whether a result of this type is one that the script expects: exact bits, a class of NaNs, a kind
// of reference, or one of several.
bool matches(const nlohmann::json& expected, epsilon_valtype_t type, const epsilon_value_t& value,
             ExternObjects& objects);

// A result, for messages.
std::string describe(epsilon_valtype_t type, const epsilon_value_t& value);

}  // namespace spec

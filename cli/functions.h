// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "handles.h"
#include "parts.h"

// Exports, and above all functions, that people name at a shell and give arguments to.
namespace cli {

std::optional<Export> find_export(const epsilon_compiled_t* compiled, std::string_view name);

bool is_func(const Export& candidate);
// A function without parameters and results.
bool is_niladic(const Export& candidate);

// A library's constructors: toolchains export them under this name where there is no "_start".
std::optional<Export> constructors_of(const epsilon_compiled_t* compiled);

// The names of the exports of a kind; the first twenty of them, for people who named another.
std::vector<std::string_view> export_names(const epsilon_compiled_t* compiled,
                                           epsilon_externkind_t kind);
std::string exported_names(const epsilon_compiled_t* compiled, epsilon_externkind_t kind);

// Reads a value of what is described ("function "f": parameter 1"); says what is wrong with it, if
// it is none.
std::optional<std::string> parse_typed(std::string_view text, epsilon_valtype_t type,
                                       std::string_view what, epsilon_value_t& value);

// Reads the arguments by the function's own type; says what is wrong with them, if anything is.
std::optional<std::string> parse_arguments(const Export& function,
                                           std::span<const std::string> texts,
                                           std::vector<epsilon_value_t>& values);

// What a call may use. 0 milliseconds are no limit.
struct CallLimits {
    uint64_t timeout_ms = 0;
    uint64_t fuel = std::numeric_limits<uint64_t>::max();
};

Error call(epsilon_module_t* module, const Export& function,
           const std::vector<epsilon_value_t>& arguments, const CallLimits& limits,
           std::vector<epsilon_value_t>& results);

std::vector<std::string> format_results(const Export& function,
                                        const std::vector<epsilon_value_t>& results,
                                        epsilon_runtime_t* runtime);

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include "wasm/module.h"

#include <algorithm>

namespace epsilon {

std::string_view Module::function_name(uint32_t function) const {
    if (const auto found = function_names.find(function); found != function_names.end()) {
        return found->second;
    }
    const auto found = std::lower_bound(
        exports_by_function.begin(), exports_by_function.end(), function,
        [this](uint32_t index, uint32_t wanted) { return exports[index].index < wanted; });
    if (found == exports_by_function.end() || exports[*found].index != function) {
        return {};
    }
    return exports[*found].name;
}

const Export* Module::find_export(std::string_view export_name) const {
    const auto found = std::lower_bound(
        exports_by_name.begin(), exports_by_name.end(), export_name,
        [this](uint32_t index, std::string_view name) { return exports[index].name < name; });
    if (found == exports_by_name.end() || exports[*found].name != export_name) {
        return nullptr;
    }
    return &exports[*found];
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#include "describe.h"

#include <fmt/format.h>

namespace cli {

namespace {

std::string range(const epsilon_type_t* type, const char* noun) {
    const uint64_t minimum = epsilon_type_minimum(type);
    uint64_t maximum = 0;
    if (!epsilon_type_maximum(type, &maximum)) {
        return fmt::format("at least {}", counted(minimum, noun));
    }
    return minimum == maximum ? fmt::format("exactly {}", counted(minimum, noun))
                              : fmt::format("{} to {}", minimum, counted(maximum, noun));
}

}  // namespace

std::string counted(uint64_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string describe(const epsilon_compiled_t* compiled, const Item& item) {
    switch (item.kind) {
        case EPSILON_EXTERNKIND_MEMORY:
            return range(item.type, "page");
        case EPSILON_EXTERNKIND_TABLE:
            return fmt::format("{} of {}", range(item.type, "element"),
                               epsilon_valtype_name(epsilon_type_content(item.type)));
        default:
            break;
    }
    constexpr size_t longest = 100;
    size_t size = 0;
    const char* text = epsilon_type_text(item.type, &size);
    return item.kind != EPSILON_EXTERNKIND_FUNC || size <= longest
               ? std::string(text, size)
               : fmt::format("type {}", function_at(compiled, item.index).type);
}

}  // namespace cli

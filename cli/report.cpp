// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <cstdint>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "files.h"
#include "options.h"
#include "text.h"
#include "wasi.h"

namespace cli {

namespace {

void print_frames(const epsilon_error_t* error) {
    const size_t count = epsilon_error_frame_count(error);
    for (size_t i = 0; i < count; ++i) {
        uint32_t index = 0;
        const char* name = nullptr;
        size_t name_size = 0;
        const char* module = nullptr;
        size_t module_size = 0;
        uint64_t offset = 0;
        if (!epsilon_error_frame(error, i, &index, &name, &name_size, &module, &module_size,
                                 &offset)) {
            break;
        }
        const std::string prefix =
            module == nullptr
                ? ""
                : fmt::format("{}!", printable(std::string_view(module, module_size)));
        const std::string function = name == nullptr ? fmt::format("function {}", index)
                                                     : printable(std::string_view(name, name_size));
        fmt::print(stderr, "  at {}{} (0x{:x})\n", prefix, function, offset);
    }
}

}  // namespace

int report(const std::string& file, const epsilon_error_t* error) {
    const epsilon_error_kind_t kind = epsilon_error_kind(error);
    if (kind == EPSILON_ERROR_EXIT) {
        return shell_status(epsilon_error_exit_status(error));
    }
    size_t size = 0;
    const char* message = epsilon_error_message(error, &size);
    fmt::print(stderr, "epsilon: {}: {}: {}", display_name(file), epsilon_error_kind_name(kind),
               printable_lines(std::string_view(message, size)));
    uint64_t offset = 0;
    // A program's place is its innermost frame.
    if (epsilon_error_frame_count(error) == 0 && epsilon_error_offset(error, &offset)) {
        fmt::print(stderr, " (at byte 0x{:x})", offset);
    }
    fmt::print(stderr, "\n");
    print_frames(error);
    return exit_failure;
}

}  // namespace cli

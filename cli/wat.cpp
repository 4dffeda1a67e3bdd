// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>

#include <epsilon.h>
#include <fmt/format.h>

#include "commands.h"
#include "convert.h"
#include "files.h"
#include "handles.h"
#include "messages.h"
#include "report.h"

namespace cli {

namespace {

bool has_magic(const std::vector<uint8_t>& bytes) {
    constexpr uint8_t magic[] = {0x00, 'a', 's', 'm'};
    return bytes.size() >= sizeof magic && std::equal(magic, magic + sizeof magic, bytes.begin());
}

}  // namespace

int wat(const Options& options) {
    const std::string& file = options.files.front();
    const auto bytes = read_file(file);
    if (!bytes) {
        return exit_failure;
    }
    const Form wanted = is_text(*bytes) ? Form::binary : Form::text;
    if (wanted == Form::text && !has_magic(*bytes)) {
        const Error error(epsilon_compiled_validate(nullptr, bytes->data(), bytes->size()));
        return report(file, error.get());
    }
    if (wanted == Form::binary && options.output == "-" && ::isatty(STDOUT_FILENO) != 0) {
        complain(
            fmt::format("{}: a binary module is not written to a terminal: use -o OUT, or "
                        "redirect the output",
                        display_name(file)));
        return exit_usage;
    }
    const auto converted = convert(*bytes, wanted, file);
    return converted && write_file(options.output, *converted) ? exit_success : exit_failure;
}

}  // namespace cli

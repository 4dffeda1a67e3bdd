// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "handles.h"

// What the command line gives a program through WASI.
namespace cli {

struct Directory {
    std::string host;
    std::string guest;
    bool read_only = false;
};

struct WasiOptions {
    // The program's name for itself; without one the name of its file.
    std::optional<std::string> name;
    // Arguments given as options, which come before those after the file.
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment;
    std::vector<Directory> directories;
    bool allow_escapes = false;
    // Otherwise the program's is empty.
    bool inherits_input = true;
};

// HOST, or HOST::GUEST. Nothing if one of them is empty.
std::optional<Directory> parse_directory(std::string_view text, bool read_only);

// NAME=VALUE, or NAME alone for the value that it has here. Nothing if the name is empty, or has no
// value here.
std::optional<std::pair<std::string, std::string>> parse_variable(const std::string& text);

// Whether the module imports functions of WASI.
bool uses_wasi(const epsilon_compiled_t* compiled);

// Binds the WASI functions to what the options give, and to the streams of this process.
Error add_wasi(const WasiOptions& options, const std::string& file,
               const std::vector<std::string>& arguments, const Imports& imports);

// The status for the shell of one that a program ended with: shells know the lowest byte, and one
// that is not 0 is not made 0.
int shell_status(int status);

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include "old_options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace cli {

namespace {

using std::string_view;

constexpr std::array<string_view, 4> old_names = {"-arg", "-env", "-dir", "-fuel"};
// Ours that stand alone.
constexpr std::array<string_view, 4> flags = {"--help", "--version", "--allow-escapes",
                                              "--perf-map"};

std::string modern_directory(const std::string& text) {
    const size_t at = text.find('=');
    return at == std::string::npos || text.find("::") != std::string::npos
               ? text
               : text.substr(0, at) + "::" + text.substr(at + 1);
}

}  // namespace

std::vector<std::string> modern_options(int argc, const char* const* argv) {
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    // Up to the file, whose arguments are not ours.
    for (size_t i = !words.empty() && words.front() == "run" ? 1 : 0; i < words.size(); ++i) {
        std::string& word = words[i];
        const size_t equals = word.find('=');
        const string_view name = string_view(word).substr(0, equals);
        if (name == "-version") {
            word = "--version";
            continue;
        }
        const bool is_old = std::find(old_names.begin(), old_names.end(), name) != old_names.end();
        if (!is_old && !name.starts_with("--")) {
            break;
        }
        if (name == "--" || std::find(flags.begin(), flags.end(), name) != flags.end()) {
            continue;
        }
        const bool is_directory = name == "-dir";
        if (equals == std::string::npos) {
            if (is_old) {
                word.insert(0, "-");
            }
            ++i;  // the value
            if (is_directory && i < words.size()) {
                words[i] = modern_directory(words[i]);
            }
        } else if (is_old) {
            word = is_directory ? "--dir=" + modern_directory(word.substr(equals + 1)) : "-" + word;
        }
    }
    return words;
}

}  // namespace cli

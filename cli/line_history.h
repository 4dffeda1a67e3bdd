// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace cli {

// The file of the lines that were typed, one a line, which all terminals append to: in
// $XDG_STATE_HOME/epsilon or ~/.local/state/epsilon, readable to its owner only. Where it cannot be
// read or written, nothing is said, and there is no history of earlier times.
class HistoryFile {
public:
    static constexpr size_t max_lines = 1000;

    // At most max_lines, the newest last. A file that has grown to several times that is cut down.
    std::vector<std::string> read();

    void append(const std::string& line) const;

private:
    std::string path_ = find_path();

    static std::string find_path();
};

}  // namespace cli

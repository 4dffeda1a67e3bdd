// SPDX-License-Identifier: Apache-2.0
#include "hints.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace cli {

namespace {

// How many letters must be put in, left out, replaced, or exchanged with the next, to make one word
// of the other.
size_t distance(std::string_view from, std::string_view to) {
    std::vector<size_t> before_last;
    std::vector<size_t> last(to.size() + 1);
    std::vector<size_t> row(to.size() + 1);
    for (size_t j = 0; j <= to.size(); ++j) {
        row[j] = j;
    }
    for (size_t i = 1; i <= from.size(); ++i) {
        before_last = last;
        last = row;
        row[0] = i;
        for (size_t j = 1; j <= to.size(); ++j) {
            const size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row[to.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    constexpr size_t longest = 64;  // what is longer is no slip
    std::string best;
    size_t best_distance = std::numeric_limits<size_t>::max();
    for (const std::string& candidate : candidates) {
        const size_t letters = std::min(word.size(), candidate.size());
        const size_t allowed = letters <= 4 ? 1 : 2;
        // The two dashes alone begin every option.
        const bool begins = word.size() > 3 && candidate.starts_with(word);
        const size_t steps = word.size() > longest ? longest : distance(word, candidate);
        if (begins || steps <= allowed) {
            const size_t rank = begins ? 0 : steps;
            if (rank < best_distance) {
                best_distance = rank;
                best = candidate;
            }
        }
    }
    return best;
}

}  // namespace cli

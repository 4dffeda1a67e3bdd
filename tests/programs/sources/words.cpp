// SPDX-License-Identifier: Apache-2.0
// words: counts the words of standard input, longest first among equals, as text and as JSON.
// Streams, containers, algorithms, formatting of numbers; no exceptions.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

struct Word {
    std::string text;
    int count = 0;
    std::vector<int> lines;
};

std::optional<std::string> cleaned(std::string_view raw) {
    std::string text;
    for (char c : raw)
        if (std::isalpha(static_cast<unsigned char>(c)) || c == '\'')
            text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (text.empty()) return std::nullopt;
    return text;
}

using Value = std::variant<int, double, std::string>;

std::string json(const Value& value) {
    struct Writer {
        std::string operator()(int n) const { return std::to_string(n); }
        std::string operator()(double n) const {
            std::ostringstream out;
            out << std::setprecision(17) << n;
            return out.str();
        }
        std::string operator()(const std::string& s) const {
            std::ostringstream out;
            out << std::quoted(s);
            return out.str();
        }
    };
    return std::visit(Writer{}, value);
}

}  // namespace

int main(int argc, char** argv) {
    std::unordered_map<std::string, std::unique_ptr<Word>> words;
    std::string line;
    int number = 0;
    while (std::getline(std::cin, line)) {
        number++;
        std::istringstream parts(line);
        for (std::string part; parts >> part;) {
            auto text = cleaned(part);
            if (!text) continue;
            auto& word = words[*text];
            if (!word) word = std::make_unique<Word>(Word{*text, 0, {}});
            word->count++;
            if (word->lines.empty() || word->lines.back() != number) word->lines.push_back(number);
        }
    }

    std::vector<const Word*> sorted;
    for (const auto& [text, word] : words)
        sorted.push_back(word.get());
    std::sort(sorted.begin(), sorted.end(), [](const Word* a, const Word* b) {
        if (a->count != b->count) return a->count > b->count;
        if (a->text.size() != b->text.size()) return a->text.size() > b->text.size();
        return a->text < b->text;
    });

    std::map<size_t, int> lengths;
    for (const Word* word : sorted)
        lengths[word->text.size()] += word->count;
    int total = std::accumulate(sorted.begin(), sorted.end(), 0,
                                [](int sum, const Word* word) { return sum + word->count; });
    double bits = 0;
    for (const Word* word : sorted) {
        double share = static_cast<double>(word->count) / total;
        bits -= share * std::log2(share);
    }

    std::cout << number << " lines, " << total << " words, " << sorted.size() << " different\n"
              << std::fixed << std::setprecision(12) << bits << " bits a word\n";
    for (size_t i = 0; i < std::min<size_t>(sorted.size(), 20); i++) {
        const Word& word = *sorted[i];
        std::cout << std::left << std::setw(14) << word.text << std::right << std::setw(4)
                  << word.count << "  in";
        for (int n : word.lines)
            std::cout << ' ' << n;
        std::cout << '\n';
    }
    for (auto [length, count] : lengths)
        std::cout << std::setw(3) << length << ' ' << std::string(static_cast<size_t>(count), '#')
                  << '\n';

    if (argc > 1) {
        // This libc++ has no file streams.
        std::ostringstream out;
        out << "{\n";
        for (const Word* word : sorted)
            out << "  " << json(Value(word->text)) << ": [" << json(Value(word->count)) << ", "
                << json(Value(100.0 * word->count / total)) << "],\n";
        out << "  \"\": 0\n}\n";
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(argv[1], "wb"),
                                                             std::fclose);
        if (!file || std::fputs(out.str().c_str(), file.get()) < 0) {
            std::cerr << "words: cannot write " << argv[1] << '\n';
            return 2;
        }
    }
    return 0;
}

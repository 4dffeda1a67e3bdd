// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer: runs a target with the inputs in the files and folders given.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
    namespace files = std::filesystem;
    std::vector<files::path> inputs;
    for (int i = 1; i < argc; ++i) {
        if (!files::is_directory(argv[i])) {
            inputs.emplace_back(argv[i]);
            continue;
        }
        for (const auto& entry : files::directory_iterator(argv[i])) {
            if (entry.is_regular_file()) {
                inputs.push_back(entry.path());
            }
        }
    }
    std::sort(inputs.begin(), inputs.end());
    for (const files::path& path : inputs) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
            return 2;
        }
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        // A copy of exactly this size, so that sanitizers see a read behind the end.
        const std::vector<uint8_t> input(bytes.begin(), bytes.end());
        // The last line is of the input that crashed.
        std::printf("%s: %zu bytes\n", path.c_str(), input.size());
        std::fflush(stdout);
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu inputs\n", inputs.size());
    return inputs.empty() ? 2 : 0;
}

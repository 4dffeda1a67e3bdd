// SPDX-License-Identifier: Apache-2.0
// How long Epsilon takes from a module's bytes to machine code of all its functions, on one thread;
// the worker's mode `compile` (suite/workers.py):
//
//   bench_compile_speed compile FILE
//
// Prints processor times in nanoseconds, and bytes: "validate" of decoding and validating,
// "compile" of that with all cells and machine code, "again" the least of two more times, when
// memory that was freed is at hand; "wall" as "compile" by the clock on the wall; "machine" bytes
// of machine code, and "refused", the functions that there is none for.
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "baseline/baseline.h"
#include "decode/decode.h"
#include "interp/module_cells.h"

namespace {

using Bytes = std::shared_ptr<const std::vector<uint8_t>>;

int64_t now(clockid_t clock) {
    timespec t;
    clock_gettime(clock, &t);
    return int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

struct Figures {
    int64_t validate = 0;
    int64_t compile = 0;
    int64_t wall = 0;
    uint64_t machine_bytes = 0;
    size_t refused = 0;
};

bool measure(const Bytes& bytes, epsilon::interp::Compiler* compiler, Figures& figures) {
    const int64_t start = now(CLOCK_PROCESS_CPUTIME_ID);
    const int64_t wall = now(CLOCK_MONOTONIC);
    epsilon::DecodeOptions options;
    options.threads = 1;
    auto module = epsilon::decode_module(bytes, options);
    if (!module) {
        std::fprintf(stderr, "error: %s\n", module.error().message.c_str());
        return false;
    }
    figures.validate = now(CLOCK_PROCESS_CPUTIME_ID) - start;
    const auto first = uint32_t((*module)->imported_functions);
    const size_t count = (*module)->bodies.size();
    epsilon::interp::ModuleCells cells(*module, SIZE_MAX, compiler);
    const epsilon::Context running;
    figures.refused = 0;
    for (size_t i = 0; i < count; ++i)
        if (cells.machine_function(first + uint32_t(i), 0, running) == nullptr) ++figures.refused;
    figures.compile = now(CLOCK_PROCESS_CPUTIME_ID) - start;
    figures.wall = now(CLOCK_MONOTONIC) - wall;
    figures.machine_bytes = cells.compiled().machine_bytes;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || std::strcmp(argv[1], "compile") != 0) {
        std::fprintf(stderr, "usage: bench_compile_speed compile FILE\n");
        return 2;
    }
    std::ifstream file(argv[2], std::ios::binary);
    if (!file) {
        std::perror(argv[2]);
        return 1;
    }
    const Bytes bytes = std::make_shared<const std::vector<uint8_t>>(
        std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    epsilon::interp::Compiler* compiler = epsilon::baseline::compiler();
    if (compiler == nullptr) {
        std::fprintf(stderr, "error: nothing can be compiled here\n");
        return 1;
    }
    Figures first;
    if (!measure(bytes, compiler, first)) return 1;
    Figures again;
    int64_t least = INT64_MAX;
    for (int i = 0; i < 2; ++i) {
        measure(bytes, compiler, again);
        if (again.compile < least) least = again.compile;
    }
    std::printf("validate %lld\ncompile %lld\nagain %lld\nwall %lld\nmachine %llu\nrefused %zu\n",
                (long long)first.validate, (long long)first.compile, (long long)least,
                (long long)first.wall, (unsigned long long)first.machine_bytes, first.refused);
    return 0;
}

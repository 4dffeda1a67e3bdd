// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include "interp/interp_support.h"

// The kernels of bench/ have the same counts in every build and form of code: those written here,
// which tests/fuzz/metering.py's reference gives too.
using namespace interp_support;

namespace {

struct Kernel {
    const char* name;
    int argument;
    const char* result;
    uint64_t instructions;
    uint64_t fuel;
    uint64_t limit;
    uint64_t used;  // within the limit
};

const Kernel kernels[] = {
    {"fib", 20, "6765", 265277, 265277, 100003, 99998},
    {"vmloop", 1, "-2938450119254118883", 14258247, 14258280, 1000003, 999994},
    {"sha256", 1, "6903516795933642958", 9564839, 9564839, 1000003, 999962},
    {"format", 1, "8128250484618611638", 2004096, 2004096, 1000003, 1000002},
    {"lu", 1, "169846600830154784", 26896193, 26896193, 1000003, 999971},
};

std::vector<uint8_t> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    INFO(path);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("kernels have the same counts in every build and form of code", "[interp]") {
    for (const Kernel& kernel : kernels) {
        INFO(kernel.name);
        const auto bytes =
            read_file(std::string(EPSILON_SOURCE_DIR "/bench/wasm/") + kernel.name + ".wasm");
        for (const StoreOptions& options : metered_options()) {
            Machine machine(options);
            Instance& instance = machine.load(bytes);
            const std::vector<Value> args = {i32(kernel.argument)};
            const Meter& meter = *machine.store->meter();
            CHECK(machine.call(instance, "run", args) == kernel.result);
            CHECK(meter.last_call_instructions() == kernel.instructions);
            CHECK(meter.last_call_fuel() == kernel.fuel);
            Instance& other = machine.load(bytes);
            CHECK(machine.call(other, "run", args, 60'000, kernel.limit) == "fuel: fuel exhausted");
            CHECK(meter.last_call_fuel() == kernel.used);
        }
    }
}

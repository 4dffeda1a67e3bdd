// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;

namespace {

// `count` functions of about 1000 bytes; those in `bad` are invalid.
Bytes large_module(uint32_t count, std::initializer_list<uint32_t> bad) {
    const Bytes good = body(repeat({0x41, 0x00, 0x1a, 0x01}, 250));
    const Bytes wrong = body(repeat({0x41, 0x00, 0x1a, 0x01}, 249) + Bytes{0x1a, 0x01, 0x01, 0x01});
    Bytes bodies = u32(count);
    bodies.reserve(count * good.size());
    for (uint32_t i = 0; i < count; ++i) {
        const Bytes& one = std::find(bad.begin(), bad.end(), i) != bad.end() ? wrong : good;
        bodies.insert(bodies.end(), one.begin(), one.end());
    }
    return module({section(types, {function_type({}, {})}),
                   section(functions, u32(count) + Bytes(count, 0)), section(code, bodies)});
}

}  // namespace

TEST_CASE("large modules are validated by several threads", "[decode]") {
    const Bytes good = large_module(2000, {});
    for (const unsigned threads : {0u, 1u, 2u, 7u}) {
        epsilon::DecodeOptions options;
        options.threads = threads;
        CHECK(outcome(good, options) == "ok");
    }
}

TEST_CASE("the lowest function's error wins, whoever finds it", "[decode]") {
    for (int round = 0; round < 20; ++round) {
        for (const unsigned threads : {1u, 2u, 4u}) {
            epsilon::DecodeOptions options;
            options.threads = threads;
            const std::string found = outcome(large_module(600, {590, 301, 37, 36, 512}), options);
            CHECK(found.find("in function 36 @") != std::string::npos);
        }
    }
}

TEST_CASE("offsets are the module's in every thread", "[decode]") {
    const Bytes bytes = large_module(1000, {999});
    epsilon::DecodeOptions options;
    options.threads = 4;
    CHECK(outcome(bytes, options) ==
          "invalid: type mismatch: drop expected a value, found nothing, in function 999 @" +
              std::to_string(bytes.size() - 5));
}

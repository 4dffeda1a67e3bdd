// SPDX-License-Identifier: Apache-2.0
//
// Input that is made to hurt: cut off, changed, announcing more than there is, nested deeply.
#include <limits.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>

#include "catch.hpp"
#include "support/module_bytes.h"

using namespace module_bytes;

namespace {

struct Sections {
    Bytes bytes;
    std::set<size_t> boundaries;  // where a module cut there is one of whole sections
};

// A module with all sections and many kinds of instructions.
Sections everything() {
    const Bytes code_body =
        body({0x41, 0x00, 0x04, 0x7f, 0x41, 0x01, 0x05, 0x41, 0x80, 0x01, 0x0b, 0x0e, 0x01, 0x00,
              0x00, 0x02, 0x40, 0x23, 0x00, 0x0d, 0x00, 0x0b, 0x41, 0x00, 0x28, 0x02, 0x84, 0x01,
              0x1a, 0x44, 1,    2,    3,    4,    5,    6,    7,    8,    0x1a, 0x41, 0,    0x41,
              0,    0x41, 0,    0xfc, 0x08, 0x00, 0x00, 0xd2, 0x01, 0x1a, 0xd0, 0x6f, 0x1a, 0x00,
              0x1c, 0x01, v128, 0xfd, 0x15, 0x03, 0x1a, 0x10, 0x00, 0x41, 0x00, 0x11, 0x00, 0x00},
             {0x02, 0x03, i32, 0x01, v128});
    Sections result;
    result.bytes = module({});
    for (const Bytes& item : {
             section(custom, name("note") + Bytes{1, 2, 3}),
             section(types, {function_type({}, {}), function_type({i32, externref}, {f64, v128})}),
             section(imports, {name("env") + name("call") + Bytes{0x00, 0x00},
                               name("env") + name("size") + Bytes{0x03, i32, 0x00}}),
             section(functions, {{0x00}}),
             section(tables, {{funcref, 0x01, 0x01, 0x0a}}),
             section(memories, {{0x01, 0x01, 0x02}}),
             section(globals, {Bytes{i32, 0x01, 0x23, 0x00, 0x41, 0x01, 0x6a, 0x0b}}),
             section(exports, {name("run") + Bytes{0x00, 0x01}, name("memory") + Bytes{0x02, 0}}),
             section(start, Bytes{0x01}),
             section(elements, {Bytes{0x00, 0x41, 0x00, 0x0b, 0x01, 0x01},
                                Bytes{0x05, externref, 0x01, 0xd0, 0x6f, 0x0b}}),
             section(data_count, Bytes{0x01}),
             section(code, {code_body}),
             section(data, {Bytes{0x00, 0x41, 0x00, 0x0b, 0x02, 'h', 'i'}}),
             section(custom, name("name") + Bytes{0x01} + sized(vec({Bytes{0x01} + name("run")}))),
         }) {
        result.boundaries.insert(result.bytes.size());
        result.bytes = result.bytes + item;
    }
    result.boundaries.insert(result.bytes.size());
    return result;
}

// Runs `task` on a thread with a stack of 64 KiB, or the least that the system allows.
template <class Task>
void on_small_stack(Task task) {
    pthread_attr_t attributes;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    const size_t stack_bytes = std::max<size_t>(64 << 10, PTHREAD_STACK_MIN);
    REQUIRE(pthread_attr_setstacksize(&attributes, stack_bytes) == 0);
    pthread_t thread;
    REQUIRE(pthread_create(
                &thread, &attributes,
                [](void* argument) -> void* {
                    (*static_cast<Task*>(argument))();
                    return nullptr;
                },
                &task) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

#ifdef EPSILON_TEST_EMULATED
constexpr double much_too_long = 20;
#else
constexpr double much_too_long = 2;
#endif

double seconds_for(const Bytes& bytes, const std::string& expected) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string found = outcome(bytes);
    CHECK(found.substr(0, expected.size()) == expected);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("a module cut anywhere is malformed", "[decode]") {
    const Sections whole = everything();
    REQUIRE(outcome(whole.bytes) == "ok");
    for (size_t size = 0; size < whole.bytes.size(); ++size) {
        const Bytes part(whole.bytes.begin(), whole.bytes.begin() + long(size));
        const std::string found = outcome(part);
        INFO(size << ": " << found);
        if (whole.boundaries.count(size) == 0)
            CHECK(found.rfind("malformed: ", 0) == 0);
        else
            CHECK((found == "ok" || found.rfind("malformed: ", 0) == 0));
    }
}

TEST_CASE("a module changed anywhere is judged, not crashed on", "[decode]") {
    const Sections whole = everything();
    for (size_t at = 0; at < whole.bytes.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            Bytes changed = whole.bytes;
            changed[at] = uint8_t(value);
            const auto result = decode(changed);
            if (!result) CHECK(result.error().offset <= changed.size());
        }
    }
}

TEST_CASE("random changes of several bytes", "[decode]") {
    const Sections whole = everything();
    std::mt19937 random(20240229);
    for (int round = 0; round < 20000; ++round) {
        Bytes changed = whole.bytes;
        for (int change = int(random() % 6); change >= 0; --change) {
            const size_t at = 8 + random() % (changed.size() - 8);
            switch (random() % 4) {
                case 0:
                    changed[at] = uint8_t(random());
                    break;
                case 1:
                    changed[at] ^= uint8_t(1u << random() % 8);
                    break;
                case 2:
                    changed.erase(changed.begin() + long(at));
                    break;
                default:
                    changed.insert(changed.begin() + long(at), uint8_t(random()));
                    break;
            }
        }
        const auto result = decode(changed);
        if (!result) CHECK(result.error().offset <= changed.size());
    }
}

TEST_CASE("counts that announce more than there is", "[decode]") {
    const Bytes huge = {0xff, 0xff, 0xff, 0xff, 0x0f};
    const Bytes before = section(types, {function_type({}, {})});
    for (const Bytes& bytes : {
             module({section(types, huge)}),
             module({section(types, Bytes{0x01, 0x60} + huge)}),
             module({section(types, Bytes{0x01, 0x60, 0x00} + huge)}),
             module({section(imports, huge)}),
             module({section(imports, Bytes{0x01} + huge)}),
             module({before, section(functions, huge)}),
             module({section(tables, huge)}),
             module({section(memories, huge)}),
             module({section(globals, huge)}),
             module({section(exports, huge)}),
             module({section(elements, huge)}),
             module({section(elements, Bytes{0x01, 0x01, 0x00} + huge)}),
             module({section(elements, Bytes{0x01, 0x05, funcref} + huge)}),
             module({section(code, huge)}),
             module({section(code, Bytes{0x01} + huge)}),
             module({section(data, huge)}),
             module({section(data, Bytes{0x01, 0x01} + huge)}),
             module({section(custom, huge)}),
             module({before, section(functions, {{0}}), section(code, {body({}, huge)})}),
             module({before, section(functions, {{0}}),
                     section(code, {body({0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00})})}),
             module({before, section(functions, {{0}}),
                     section(code, {body({0x1c, 0xff, 0xff, 0xff, 0xff, 0x0f, i32})})}),
         }) {
        const std::string found = outcome(bytes);
        INFO(found);
        CHECK(found.rfind("malformed: ", 0) == 0);
    }
}

TEST_CASE("a million nested blocks on a small stack", "[decode]") {
    constexpr size_t depth = 1'000'000;
    const Bytes deep =
        OneFunction{{}, {}, repeat({0x02, 0x40}, depth) + Bytes(depth, 0x0b)}.module();
    const Bytes open = OneFunction{{}, {}, repeat({0x03, 0x40}, depth)}.module();
    const Bytes constant =
        module({section(globals, {Bytes{i32, 0x00} + repeat({0x02, 0x40}, depth) +
                                  Bytes(depth, 0x0b) + Bytes{0x0b}})});
    std::string found[3];
    on_small_stack([&] {
        epsilon::DecodeOptions options;
        options.threads = 1;
        found[0] = outcome(deep, options);
        found[1] = outcome(open, options);
        found[2] = outcome(constant, options);
    });
    CHECK(found[0] == "ok");
    CHECK(found[1].rfind("malformed: unexpected end of section or function: the function body "
                         "ends with 1000000 blocks open",
                         0) == 0);
    CHECK(found[2] == "invalid: constant expression required: block is not constant @16");
}

TEST_CASE("many functions with very many locals", "[decode]") {
    // Compressed declarations must not be spread out: 20,000 times 50,000 types would take long.
    constexpr size_t count = 20'000;
    const Bytes one = body({}, {0x01, 0xd0, 0x86, 0x03, v128});
    const Bytes bytes = module({section(types, {function_type({}, {})}),
                                section(functions, u32(count) + Bytes(count, 0)),
                                section(code, u32(count) + repeat(one, count))});
    CHECK(seconds_for(bytes, "ok") < much_too_long);
}

TEST_CASE("a function with many runs of locals", "[decode]") {
    // 25,000 runs of two types, each local read once.
    Bytes locals = u32(50'000);
    Bytes reads;
    for (uint32_t i = 0; i < 50'000; ++i) {
        locals.push_back(0x01);
        locals.push_back(i % 2 == 0 ? i32 : f64);
        reads.push_back(0x20);
        const Bytes index = u32(i);
        reads.insert(reads.end(), index.begin(), index.end());
        reads.push_back(i % 2 == 0 ? 0x45 : 0x99);  // i32.eqz, f64.abs
        reads.push_back(0x1a);
    }
    CHECK(seconds_for(OneFunction{{}, {}, reads, locals}.module(), "ok") < much_too_long);
}

TEST_CASE("branch tables with very many labels", "[decode]") {
    // A million labels to a block with a thousand results: checked once, not a million times.
    const Bytes thousand(1000, i32);
    const auto with = [&](const Bytes& labels) {
        const Bytes table = Bytes{0x0e} + u32(uint32_t(labels.size())) + labels + Bytes{0x00};
        const Bytes instructions = Bytes{0x02, 0x01} + repeat({0x41, 0x00}, 1001) + table +
                                   Bytes{0x0b} + Bytes(1000, 0x1a);
        return module({section(types, {function_type({}, {}), function_type({}, thousand)}),
                       section(functions, {{0}}), section(code, {body(instructions)})});
    };
    CHECK(seconds_for(with(Bytes(1'000'000, 0x00)), "ok") < much_too_long);
}

TEST_CASE("calls with many results do not pile up operands", "[decode]") {
    // Each call is two bytes and pushes a thousand values.
    const Bytes thousand(1000, i64);
    const Bytes bytes =
        module({section(types, {function_type({}, thousand)}), section(functions, {{0}}),
                section(code, {body(repeat({0x10, 0x00}, 1'000'000))})});
    CHECK(seconds_for(bytes, "limit: operand stack too deep: the limit is 1000000 values") <
          much_too_long);
}

TEST_CASE("export names with a long common beginning", "[decode]") {
    Bytes items;
    constexpr uint32_t count = 20'000;
    for (uint32_t i = 0; i < count; ++i) {
        const Bytes item =
            name(std::string(100, 'x') + std::to_string((i * 7919u) % count)) + Bytes{0x02, 0x00};
        items.insert(items.end(), item.begin(), item.end());
    }
    CHECK(seconds_for(module({section(memories, {{0, 0}}), section(exports, u32(count) + items)}),
                      "ok") < much_too_long);
}

// SPDX-License-Identifier: Apache-2.0
#include "interp/interp_support.h"

// Frames whose slots don't fit the cells' 16 bits: values move through scratch slots.
using namespace interp_support;
using module_bytes::Bytes;
using module_bytes::u32;

namespace {

// Locals of the function under test: the parameter, which is 1; x, which is 8 (i32); i64, f64,
// v128. In wide frames 49,000 of v128 come before them.
struct Locals {
    uint32_t first;
    Bytes get(uint32_t i) const { return Bytes{0x20} + u32(first + i); }
    Bytes set(uint32_t i) const { return Bytes{0x21} + u32(first + i); }
    Bytes tee(uint32_t i) const { return Bytes{0x22} + u32(first + i); }
};
enum : uint32_t { x, y, wide, number, vector };

// Defines the function under test as 0, exported as "f".
Bytes program(const Bytes& locals, const Bytes& instructions) {
    using namespace module_bytes;
    using module_bytes::i32, module_bytes::i64;
    const Bytes sub = body({0x20, 0x00, 0x20, 0x01, 0x6b});
    const Bytes swap = body({0x20, 0x01, 0x20, 0x00});
    const Bytes twice = body({0x20, 0x00, 0x20, 0x00, 0xfd, 0xae, 0x01});
    return module_bytes::module({
        section(types, {function_type({i32}, {i32}), function_type({i32, i32}, {i32}),
                        function_type({i32, i64}, {i64, i32}), function_type({v128}, {v128}),
                        function_type({}, {i64, i32})}),
        section(functions, {{0x00}, {0x01}, {0x02}, {0x03}}),
        section(tables, {{funcref, 0x00, 0x0a}}),
        section(memories, {{0x00, 0x01}}),
        section(globals, {Bytes{i64, 0x01, 0x42, 0x05, 0x0b}}),
        section(exports, {export_of("f", 0)}),
        section(elements, {Bytes{0x00, 0x41, 0x08, 0x0b, 0x01, 0x01}}),
        section(code, {body(instructions, locals), sub, swap, twice}),
    });
}

struct Case {
    const char* name;
    Bytes (*instructions)(const Locals&);
    int32_t result;
};

const Case cases[] = {
    {"arithmetic", [](const Locals& l) { return l.get(x) + l.get(x) + Bytes{0x6c}; }, 64},
    {"tee",
     [](const Locals& l) {
         return l.get(x) + Bytes{0x41, 3, 0x6a} + l.tee(y) + l.get(y) + Bytes{0x6c};
     },
     121},
    {"pending",
     [](const Locals& l) { return l.get(x) + Bytes{0x41, 20} + l.set(x) + l.get(x) + Bytes{0x6b}; },
     -12},
    {"float",
     [](const Locals& l) {
         return l.get(x) + Bytes{0xb7} + l.tee(number) + l.get(number) + Bytes{0xa2, 0xaa};
     },
     64},
    {"int64",
     [](const Locals& l) {
         return l.get(x) + Bytes{0xac} + l.set(wide) + l.get(wide) + l.get(wide) +
                Bytes{0x7c, 0xa7};
     },
     16},
    {"vector",
     [](const Locals& l) {
         return l.get(x) + Bytes{0xfd, 0x11} + l.tee(vector) + l.get(vector) +
                Bytes{0xfd, 0xae, 0x01, 0xfd, 0x1b, 0x02};
     },
     16},
    {"vector constant, lane, shift",
     [](const Locals& l) {
         return Bytes{0xfd, 0x0c, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0} + l.get(x) +
                Bytes{0xfd, 0x1c, 0x01} + Bytes{0x41, 2, 0xfd, 0xab, 0x01} + l.set(vector) +
                l.get(vector) + Bytes{0xfd, 0x1b, 0x01};
     },
     32},
    {"bitselect and shuffle",
     [](const Locals& l) {
         return l.get(x) + Bytes{0xfd, 0x11} + l.set(vector) + l.get(vector) +
                Bytes{0x41, 7, 0xfd, 0x11} + Bytes{0x41, 12, 0xfd, 0x11, 0xfd, 0x52} +
                l.get(vector) +
                Bytes{0xfd, 0x0d, 0, 17, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} +
                Bytes{0xfd, 0x1b, 0x00};
     },
     11},  // (8 & 12) | (7 & ~12)
    {"select",
     [](const Locals& l) {
         return l.get(x) + Bytes{0x41, 3} + l.get(x) + Bytes{0x41, 9, 0x48, 0x1b};
     },
     8},
    {"select of vectors",
     [](const Locals& l) {
         return l.get(x) + Bytes{0xfd, 0x11} + l.tee(vector) + l.get(vector) + l.get(vector) +
                Bytes{0xfd, 0xae, 0x01} + l.get(y) + Bytes{0x1b, 0xfd, 0x1b, 0x03};
     },
     16},
    {"comparison", [](const Locals& l) { return l.get(x) + l.get(y) + Bytes{0x4a, 0x45}; }, 0},
    {"branch on comparison",
     [](const Locals& l) {
         return l.get(x) + l.get(y) + Bytes{0x4a, 0x04, 0x7f} + l.get(x) +
                Bytes{0x05, 0x41, 0, 0x0b};
     },
     8},
    {"br_if with a value",
     [](const Locals& l) {
         return Bytes{0x02, 0x7f, 0x41, 5} + l.get(x) + l.get(x) + Bytes{0x0d, 0x00, 0x6a, 0x0b};
     },
     8},
    {"br_if not taken",
     [](const Locals& l) {
         return Bytes{0x02, 0x7f, 0x41, 5} + l.get(x) + l.get(y) + Bytes{0x0d, 0x00, 0x6a, 0x0b};
     },
     13},
    {"br_table with a value",
     [](const Locals& l) {
         return Bytes{0x02, 0x7f, 0x02, 0x7f, 0x41, 5} + l.get(x) + l.get(y) +
                Bytes{0x0e, 0x01, 0x00, 0x01, 0x0b, 0x41, 30, 0x6a, 0x0b};
     },
     38},
    {"br with two values",
     [](const Locals& l) {
         // The block gives (i64, i32), of type 4; the branch passes over a value of its own.
         return Bytes{0x02, 0x04, 0x41, 9} + l.get(x) + Bytes{0xac} + l.get(x) +
                Bytes{0x0c, 0x00, 0x0b} + l.set(y) + Bytes{0xa7} + l.get(y) + Bytes{0x6a};
     },
     16},
    {"loop",
     [](const Locals& l) {
         return Bytes{0x03, 0x40} + l.get(y) + Bytes{0x41, 2, 0x6a} + l.set(y) + l.get(x) +
                Bytes{0x41, 1, 0x6b} + l.tee(x) + Bytes{0x0d, 0x00, 0x0b} + l.get(y);
     },
     16},
    {"store and load",
     [](const Locals& l) {
         return l.get(x) + l.get(x) + Bytes{0x36, 2, 4} + l.get(x) + Bytes{0x28, 2, 4};
     },
     8},
    {"store and load of a vector",
     [](const Locals& l) {
         return l.get(x) + l.get(x) + Bytes{0xfd, 0x11, 0xfd, 0x0b, 4, 4} + l.get(x) +
                Bytes{0xfd, 0x00, 4, 4, 0xfd, 0x1b, 0};
     },
     8},
    {"lane load",
     [](const Locals& l) {
         return l.get(x) + l.get(x) + Bytes{0x36, 2, 0} + l.get(x) + l.get(vector) +
                Bytes{0xfd, 0x56, 2, 0, 3, 0xfd, 0x1b, 3};
     },
     8},
    {"global",
     [](const Locals& l) {
         return Bytes{0x23, 0} + l.get(x) + Bytes{0xac, 0x7c, 0x24, 0, 0x23, 0, 0xa7};
     },
     13},
    {"memory.fill, copy",
     [](const Locals& l) {
         return l.get(x) + l.get(x) + l.get(x) + Bytes{0xfc, 0x0b, 0} + Bytes{0x41, 40} + l.get(x) +
                l.get(x) + Bytes{0xfc, 0x0a, 0, 0} + Bytes{0x41, 40, 0x2d, 0, 0};
     },
     8},
    {"memory.size, grow",
     [](const Locals& l) {
         return l.get(x) + Bytes{0x40, 0} + Bytes{0x3f, 0, 0x41, 10, 0x6c, 0x6a};
     },
     91},
    {"tables",
     [](const Locals& l) {
         return l.get(y) + l.get(x) + Bytes{0x25, 0, 0x26, 0} + l.get(y) + Bytes{0x25, 0, 0xd1} +
                Bytes{0xfc, 0x10, 0, 0x6a};
     },
     10},
    {"call", [](const Locals& l) { return l.get(x) + Bytes{0x41, 3, 0x10, 0x01}; }, 5},
    {"call with two results",
     [](const Locals& l) {
         return l.get(x) + Bytes{0x42, 30, 0x10, 0x02} + l.set(y) + Bytes{0xa7} + l.get(y) +
                Bytes{0x6b};
     },
     22},
    {"call with a vector",
     [](const Locals& l) {
         return l.get(x) + Bytes{0xfd, 0x11, 0x10, 0x03} + l.set(vector) + l.get(vector) +
                Bytes{0xfd, 0x1b, 3};
     },
     16},
    {"call_indirect",
     [](const Locals& l) { return l.get(x) + Bytes{0x41, 5} + l.get(x) + Bytes{0x11, 1, 0}; }, 3},
};

constexpr uint32_t depth = 70'000;

std::string run(const Bytes& bytes, const StoreOptions& options) {
    Machine machine(options);
    return machine.call(machine.load(bytes), "f", {interp_support::i32(1)});
}

}  // namespace

TEST_CASE("wide frames compute what small ones do", "[interp]") {
    using namespace module_bytes;
    using module_bytes::f64, module_bytes::i32, module_bytes::i64;
    const Bytes near = {0x04, 0x02, i32, 0x01, i64, 0x01, f64, 0x01, v128};
    const Bytes far = Bytes{0x05} + u32(49'000) + Bytes{v128} + Bytes(near.begin() + 1, near.end());
    const std::vector<StoreOptions> options = all_options();
    size_t turn = 0;  // each case in another form of the code: none depends on it in wide frames
    for (const bool many_locals : {false, true}) {
        const Locals locals{many_locals ? 49'001u : 1u};
        const Bytes prologue = Bytes{0x20, 0x00, 0x41, 7, 0x6a} + locals.set(x);
        for (const bool deep : {false, true}) {
            for (const Case& item : cases) {
                INFO(item.name << (many_locals ? ", many locals" : "") << (deep ? ", deep" : ""));
                Bytes instructions = prologue;
                if (deep) {
                    instructions = instructions + repeat({0x20, 0x00}, depth);
                }
                instructions = instructions + item.instructions(locals);
                if (deep) {
                    instructions = instructions + repeat({0x6a}, depth);
                }
                const int64_t expected = item.result + (deep ? int64_t(depth) : 0);
                CHECK(run(program(many_locals ? far : near, instructions),
                          options[turn++ % options.size()]) == std::to_string(expected));
            }
        }
    }
}

TEST_CASE("wide frames: tail call, return of many values, trap", "[interp]") {
    using namespace module_bytes;
    using module_bytes::i32, module_bytes::i64;
    const Bytes far = Bytes{0x02} + u32(49'000) + Bytes{v128, 0x02, i32};
    const Locals locals{49'001};
    const Bytes prologue = Bytes{0x20, 0x00, 0x41, 7, 0x6a} + locals.set(x);
    for (const StoreOptions& options : all_options()) {
        // return_call of function 1 (8 - 3), and through the table, entry 8.
        CHECK(run(program(far, prologue + locals.get(x) + Bytes{0x41, 3, 0x12, 0x01}), options) ==
              "5");
        CHECK(run(program(far, prologue + locals.get(x) + Bytes{0x41, 3} + locals.get(x) +
                                   Bytes{0x13, 0x01, 0x00}),
                  options) == "5");
        CHECK(run(program(far, prologue + locals.get(x) + locals.get(x + 1) + Bytes{0x6d}),
                  options) == "trap: integer divide by zero");
    }
}

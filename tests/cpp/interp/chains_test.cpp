// SPDX-License-Identifier: Apache-2.0
#include "interp/interp_support.h"
#include "wasm/opcode.h"

// Instructions that share a cell (interp/chains.def) do what they do one by one: each program has
// them next to each other, and once more with a local between them.
using namespace interp_support;
using module_bytes::Bytes;
using module_bytes::u32;

namespace {

enum : uint8_t {
    x,
    y,
    z,
    i,
    t,
    u
};  // locals: three parameters of the type, an i32, two of the type

Bytes get(uint8_t local) {
    return {0x20, local};
}
// A value through a local: no cell takes it over.
Bytes apart(uint8_t local) {
    return {0x21, local, 0x20, local};
}
Bytes op(Opcode opcode) {
    return {uint8_t(opcode_info(opcode).code)};
}
Bytes signed_number(int64_t value) {
    Bytes bytes;
    for (;;) {
        const auto low = uint8_t(value & 0x7f);
        value >>= 7;
        if ((value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0)) {
            bytes.push_back(low);
            return bytes;
        }
        bytes.push_back(uint8_t(low | 0x80));
    }
}
Bytes i32_const(int64_t value) {
    return Bytes{0x41} + signed_number(value);
}
Bytes i64_const(int64_t value) {
    return Bytes{0x42} + signed_number(value);
}

// A function f of three numbers of a type; memory 0 has 256 bytes of data at its start.
Bytes program(bool is_i64, const Bytes& instructions, bool results = true) {
    using namespace module_bytes;
    const uint8_t type = is_i64 ? module_bytes::i64 : module_bytes::i32;
    Bytes bytes;
    for (int at = 0; at < 256; ++at) {
        bytes.push_back(uint8_t(at * 167 + 91));
    }
    return module_bytes::module({
        section(types, {function_type({type, type, type}, results ? Bytes{type} : Bytes{})}),
        section(functions, {{0x00}}),
        section(memories, {{0x00, 0x01}}),
        section(exports, {export_of("f", 0)}),
        section(code, {body(instructions, {0x02, 0x01, module_bytes::i32, 0x02, type})}),
        section(data, {Bytes{0x00, 0x41, 0x00, 0x0b} + sized(bytes)}),
    });
}

struct Values {
    int64_t x, y, z;
};
const Values some_values[] = {
    {0, 0, 0},
    {1, 2, 3},
    {-1, 1, -1},
    {0x12345678, 33, -7},
    {INT32_MIN, -1, INT32_MAX},
    {-5, 31, 9},
    {77, 64, 100},
    {INT64_MIN, 63, 0x123456789abcdef0},
};

// Both programs give the same for all values, in all forms of code.
void compare(const char* what, bool is_i64, const Bytes& together, const Bytes& one_by_one) {
    INFO(what);
    for (const StoreOptions& options : all_options()) {
        Machine machine(options);
        Instance& first = machine.load(program(is_i64, together));
        Instance& second = machine.load(program(is_i64, one_by_one));
        for (const Values& v : some_values) {
            INFO(v.x << " " << v.y << " " << v.z);
            const std::vector<Value> args = is_i64
                                                ? std::vector<Value>{i64(v.x), i64(v.y), i64(v.z)}
                                                : std::vector<Value>{i32(v.x), i32(v.y), i32(v.z)};
            CHECK(machine.call(first, "f", args) == machine.call(second, "f", args));
        }
    }
}

struct Chain {
    const char* name;
    bool is_i64;
    Opcode first;
    bool immediate_b;
    Opcode second;
    bool immediate_c;
    bool from;
};
#define EPSILON_SECOND(type, second) second_opcode(Opcode::type##_sub, #second, #type "." #second)
// By its name, because "sub_from" is none.
Opcode second_opcode(Opcode subtraction, std::string_view name, std::string_view text) {
    if (name == "sub_from") {
        return subtraction;
    }
    for (size_t opcode = 0; opcode < size_t(Opcode::count); ++opcode) {
        if (opcode_info(Opcode(opcode)).text == text) {
            return Opcode(opcode);
        }
    }
    FAIL("no instruction " << text);
    return Opcode::nop;
}

std::vector<Chain> all_chains() {
    constexpr bool slot = false;
    constexpr bool imm = true;
    return {
#define EPSILON_CHAIN(type, first, b, second, c) \
    {#type " " #first " " #b " " #second " " #c, \
     std::string_view(#type) == "i64",           \
     Opcode::type##_##first,                     \
     b,                                          \
     EPSILON_SECOND(type, second),               \
     c,                                          \
     std::string_view(#second) == "sub_from"},
#include "interp/chains.def"
#undef EPSILON_CHAIN
    };
}

}  // namespace

TEST_CASE("two integer operations in one cell", "[interp]") {
    for (const Chain& chain : all_chains()) {
        const auto number = [&](int64_t value) {
            return chain.is_i64 ? i64_const(value) : i32_const(value);
        };
        const Bytes one = number(1) + Bytes{uint8_t(chain.is_i64 ? 0x85 : 0x73)};  // xor 1
        for (const int64_t constant : {int64_t(2), int64_t(-3), int64_t(0x123456789a)}) {
            const int64_t b_value = chain.is_i64 ? constant : int32_t(constant);
            const Bytes b = chain.immediate_b ? number(b_value) : get(y);
            const Bytes c = chain.immediate_c ? number(b_value + 1) : get(z);
            const Bytes first = op(chain.first);
            const Bytes second = op(chain.second);
            // The first operand from a slot and from the accumulator.
            for (const Bytes& a : {get(x), get(x) + one}) {
                const Bytes v = a + b + first;
                if (chain.from) {
                    compare(chain.name, chain.is_i64, c + v + second, c + v + apart(t) + second);
                    // What it is subtracted from is in the accumulator, or was.
                    compare(chain.name, chain.is_i64, c + one + v + second,
                            c + one + apart(u) + v + apart(t) + second);
                } else {
                    compare(chain.name, chain.is_i64, v + c + second, v + apart(t) + c + second);
                    if (!chain.immediate_c) {
                        compare(chain.name, chain.is_i64, c + one + v + second,
                                c + one + apart(u) + v + apart(t) + second);
                    }
                }
            }
        }
    }
}

TEST_CASE("the test of a pending operation is not the operation", "[interp]") {
    // (x & 2 == 0) + 5: not (x & 2) + 5.
    compare("and, eqz, add", false,
            get(x) + i32_const(2) + Bytes{0x71, 0x45} + i32_const(5) + Bytes{0x6a},
            get(x) + i32_const(2) + Bytes{0x71} + apart(t) + Bytes{0x45} + apart(t) + i32_const(5) +
                Bytes{0x6a});
}

TEST_CASE("the low half of a shifted number", "[interp]") {
    for (const int64_t count : {0, 1, 32, 63, 64, -1}) {
        compare("shift, wrap", true, get(x) + i64_const(count) + Bytes{0x88, 0xa7, 0xad},
                get(x) + i64_const(count) + Bytes{0x88} + apart(t) + Bytes{0xa7, 0xad});
    }
}

TEST_CASE("immediates of 64 bits", "[interp]") {
    for (const int64_t constant : {int64_t(INT32_MAX) + 1, INT64_MIN, int64_t(-1) << 33}) {
        for (const uint8_t opcode : {0x7c, 0x7d, 0x7e, 0x83, 0x84, 0x85}) {
            compare("immediate", true, get(x) + i64_const(constant) + Bytes{opcode},
                    get(x) + i64_const(constant) + apart(t) + Bytes{opcode});
        }
        for (uint8_t opcode = 0x51; opcode <= 0x5a; ++opcode) {  // comparisons, then with a branch
            const Bytes both = get(x) + i64_const(constant);
            const Bytes apart_both = get(x) + i64_const(constant) + apart(t);
            compare("compared", true, both + Bytes{opcode, 0xad}, apart_both + Bytes{opcode, 0xad});
            const Bytes branch = {opcode, 0x04, 0x7e, 0x42, 1, 0x05, 0x42, 2, 0x0b};
            compare("branch", true, both + branch, apart_both + branch);
        }
    }
}

TEST_CASE("loads with an operation, scaled loads, stores to sums", "[interp]") {
    struct Load {
        Opcode load;
        Opcode operation;
    };
#define EPSILON_LOAD_CHAIN(load, type, operation) {Opcode::load, Opcode::operation},
    const Load loads[] = {
#include "interp/chains.def"
    };
#undef EPSILON_LOAD_CHAIN
    for (const Load& item : loads) {
        const bool is_i64 = opcode_info(item.operation).text.substr(0, 3) == "i64";
        const Bytes wrap = is_i64 ? Bytes{0xa7} : Bytes{};
        const Bytes one =
            (is_i64 ? i64_const(1) : i32_const(1)) + Bytes{uint8_t(is_i64 ? 0x85 : 0x73)};
        // Addresses below 256: in a local, in the accumulator, plus an immediate, indexed.
        const Bytes low = get(x) + wrap + i32_const(63) + Bytes{0x71};
        const Bytes addresses[] = {
            low + apart(i),
            low,
            low + apart(i) + i32_const(70'000) + Bytes{0x6a} + i32_const(-70'000) + Bytes{0x6a},
            low + apart(i) + i32_const(40) + Bytes{0x6a},
            low + apart(i) + get(i) + Bytes{0x6a},
        };
        const Bytes load = op(item.load) + Bytes{0x00, 0x10};
        for (const Bytes& address : addresses) {
            for (const Bytes& other : {get(z), get(z) + one}) {
                compare("load first", is_i64, address + load + other + op(item.operation),
                        address + apart(i) + load + apart(t) + other + op(item.operation));
                compare(
                    "load second", is_i64, other + address + load + op(item.operation),
                    other + apart(u) + address + apart(i) + load + apart(t) + op(item.operation));
            }
        }
    }
#define EPSILON_SCALED_LOAD(load, type, in, count) {Opcode::load, count},
    const struct {
        Opcode load;
        int count;
    } scaled[] = {
#include "interp/chains.def"
    };
#undef EPSILON_SCALED_LOAD
    for (const auto& item : scaled) {
        const char letter = opcode_info(item.load).signature.back();
        const Bytes to_i32 = letter == 'l'   ? Bytes{0xa7}
                             : letter == 'f' ? Bytes{0xbc}
                             : letter == 'd' ? Bytes{0xbd, 0xa7}
                                             : Bytes{};
        for (const Bytes& base :
             {Bytes{}, i32_const(24) + Bytes{0x6a}, i32_const(-16) + Bytes{0x6a}}) {
            const Bytes index = get(x) + i32_const(15) + Bytes{0x71} + i32_const(item.count);
            const Bytes load = op(item.load) + Bytes{0x00, 0x20} + to_i32;
            compare("scaled", false, index + Bytes{0x74} + base + load,
                    index + Bytes{0x74} + apart(t) + base + apart(i) + load);
        }
        // The base in a local, or computed just before.
        const Bytes index =
            get(x) + i32_const(15) + Bytes{0x71} + apart(t) + i32_const(item.count) + Bytes{0x74};
        for (const Bytes& base : {get(y) + i32_const(64) + Bytes{0x71} + apart(u),
                                  get(y) + i32_const(64) + Bytes{0x71}}) {
            const Bytes load = op(item.load) + Bytes{0x00, 0x00} + to_i32;
            compare("scaled", false, base + index + Bytes{0x6a} + load,
                    base + apart(u) + index + apart(t) + Bytes{0x6a} + apart(i) + load);
        }
    }
#define EPSILON_SUM_STORE(store, type, in) Opcode::store,
    const Opcode stores[] = {
#include "interp/chains.def"
    };
#undef EPSILON_SUM_STORE
    for (const Opcode store : stores) {
        const bool is_i64 = store == Opcode::i64_store;
        const Bytes wrap = is_i64 ? Bytes{0xa7} : Bytes{};
        const Bytes low = get(x) + wrap + i32_const(63) + Bytes{0x71};
        const Bytes read = i32_const(80) + Bytes{uint8_t(is_i64 ? 0x29 : 0x28), 0x00, 0x00};
        for (const Bytes& sum :
             {low + apart(i) + i32_const(30) + Bytes{0x6a}, low + i32_const(30) + Bytes{0x6a},
              low + apart(i) + get(i) + Bytes{0x6a}}) {
            for (const Bytes& value : {get(z), is_i64 ? i64_const(-2) : i32_const(-2),
                                       is_i64 ? i64_const(70'000) : i32_const(70'000)}) {
                const Bytes last = op(store) + Bytes{0x00, 0x08} + read;
                compare("store", is_i64, sum + value + last, sum + apart(i) + value + last);
            }
        }
    }
}

TEST_CASE("constant addresses", "[interp]") {
    for (const int64_t address : {0, 65532, 65533, -1, -4}) {
        for (const uint8_t offset : {0x00, 0x03}) {
            const Bytes load = Bytes{0x28, 0x00, offset};
            compare("load", false, i32_const(address) + load, i32_const(address) + apart(i) + load);
            const Bytes store =
                Bytes{0x36, 0x00, offset} + i32_const(65528) + Bytes{0x28, 0x00, 0x00};
            for (const Bytes& value : {get(x), get(x) + i32_const(1) + Bytes{0x73}, i32_const(7)}) {
                compare("store", false, i32_const(address) + value + store,
                        i32_const(address) + apart(i) + value + store);
            }
        }
    }
}

TEST_CASE("a scaled load where the operand stack is empty otherwise", "[interp]") {
    // The memory of the stack begins with its address: nothing before it is looked at.
    const Bytes load = {0x28, 0x00, 0x00};
    const Bytes mask = i32_const(15) + Bytes{0x71};
    for (const int64_t count : {1, 2, 3}) {
        const Bytes shift = i32_const(count) + Bytes{0x74};
        compare("scaled", false, get(x) + mask + Bytes{0x22, t} + shift + load,
                get(x) + mask + Bytes{0x22, t} + shift + apart(i) + load);
        compare("scaled local", false, get(x) + mask + Bytes{0x21, t} + get(t) + shift + load,
                get(x) + mask + Bytes{0x21, t} + get(t) + shift + apart(i) + load);
    }
}

TEST_CASE("a load with an operation traps as the load", "[interp]") {
    // A static offset that is nowhere else in the module tells where the load is.
    const Bytes load = {0x28, 0x00, 0xb4, 0xd5, 0x02};
    for (const Bytes& address :
         {get(x), get(x) + get(y) + Bytes{0x6a}, get(x) + i32_const(8) + Bytes{0x6a}}) {
        const Bytes bytes = program(false, get(z) + address + load + Bytes{0x6a});
        const auto at = std::search(bytes.begin(), bytes.end(), load.begin(), load.end());
        for (const StoreOptions& options : all_options()) {
            Machine machine(options);
            Instance& instance = machine.load(bytes);
            CHECK(machine.call(instance, "f", {i32(65536), i32(0), i32(1)}) ==
                  "trap: out of bounds memory access");
            CHECK(machine.error->offset == size_t(at - bytes.begin()));
        }
    }
}

TEST_CASE("steps of counters, comparisons and branches", "[interp]") {
    // Counts x up or down by steps of one to three locals until it compares with y or a constant,
    // at most 100 times.
    const auto step = [](uint8_t local, int64_t by) {
        return get(local) + i32_const(by) + Bytes{0x6a, 0x21, local};
    };
    for (uint8_t comparison = 0x46; comparison <= 0x4f; ++comparison) {
        for (const int64_t by : {1, -2, 40'000}) {
            for (const bool immediate : {false, true}) {
                for (int counters = 1; counters <= 3; ++counters) {
                    for (const bool exchanged : {false, true}) {
                        const Bytes other = immediate ? i32_const(20) : get(y);
                        const Bytes limit =
                            step(i, 1) + get(i) + i32_const(100) + Bytes{0x4b, 0x0d, 0x01};
                        const auto loop = [&](const Bytes& between) {
                            Bytes steps;
                            for (int n = 1; n < counters; ++n) {
                                steps = steps + step(n == 1 ? z : t, by + n) + between;
                            }
                            const Bytes counted = step(x, by) + between;
                            const Bytes compared = exchanged ? other + get(x) : get(x) + other;
                            return Bytes{0x02, 0x40, 0x03, 0x40} + limit + steps + counted +
                                   compared + Bytes{comparison, 0x0d, 0x00, 0x0b, 0x0b} + get(x) +
                                   get(z) + Bytes{0x6a} + get(t) + Bytes{0x6a} + get(i) +
                                   Bytes{0x6a};
                        };
                        compare("counters", false, loop({}),
                                loop({0x02, 0x40, 0x03, 0x40, 0x0b, 0x0b}));
                    }
                }
            }
        }
    }
    // Two steps and a branch; a step and a load from what it counts, behind another step.
    const Bytes nothing = {0x03, 0x40, 0x0b};
    const auto two = [&](const Bytes& between) {
        return Bytes{0x02, 0x40, 0x03, 0x40} + get(i) + i32_const(9) + Bytes{0x4b, 0x0d, 0x01} +
               step(x, 3) + between + step(i, 1) + between + Bytes{0x0c, 0x00, 0x0b, 0x0b} +
               get(x) + get(i) + Bytes{0x6a};
    };
    compare("two steps, br", false, two({}), two(nothing));
    const auto load = [&](const Bytes& between) {
        return step(t, 5) + between + step(i, 7) + between + get(i) + Bytes{0x28, 0x00, 0x00} +
               get(i) + Bytes{0x6a} + get(t) + Bytes{0x6a};
    };
    compare("two steps, load", false, load({}), load(nothing));
}

TEST_CASE("br_table of a sum", "[interp]") {
    for (const int64_t addend : {-3, 2, 40'000}) {
        const auto table = [&](const Bytes& between) {
            return Bytes{0x02, 0x40, 0x02, 0x40, 0x02, 0x40} + get(x) + i32_const(addend) +
                   Bytes{0x6a} + between + Bytes{0x0e, 0x02, 0x00, 0x01, 0x02, 0x0b, 0x41, 1,
                                                 0x0f, 0x0b, 0x41, 2,    0x0f, 0x0b, 0x41, 3};
        };
        compare("br_table", false, table({}), table(apart(i)));
    }
}

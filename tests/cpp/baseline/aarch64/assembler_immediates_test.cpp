// SPDX-License-Identifier: Apache-2.0
// Immediates of every shape, by running what is made of them.
#include "catch.hpp"

#include "baseline/aarch64/assembler.h"
#include "baseline/executable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace epsilon::baseline;
using baseline_test::Executable;
using enum Reg;
using enum Width;

namespace {

// One function that stores any number of results, through x1.
class Results {
public:
    Results() { code_.mov(w64, x1, x0); }

    Assembler& code() { return code_; }
    void add(Reg result) {
        code_.store(8, at(x1, 0), result);
        code_.alu(Alu::add, w64, x1, x1, 8);
        ++count_;
    }
    // The flags, in the lowest bits: N, Z, C, V.
    void add_flags() {
        code_.word(0xd53b4200 | 15);  // mrs x15, nzcv
        code_.shift(Shift::lsr, w64, x15, x15, 28);
        add(x15);
    }
    std::vector<uint64_t> run() {
        code_.ret();
        std::vector<uint64_t> results(count_);
        Executable(code_).call<void>(results.data());
        return results;
    }

private:
    Assembler code_;
    size_t count_ = 0;
};

// What a logical instruction of the width can have as an immediate, sorted: patterns of 2 to 64
// bits, repeated, each of them a run of ones at any place, going around.
std::vector<uint64_t> bitmasks(unsigned width) {
    std::vector<uint64_t> masks;
    for (unsigned size = 2; size <= width; size *= 2) {
        for (unsigned ones = 1; ones < size; ++ones) {
            for (unsigned first = 0; first < size; ++first) {
                uint64_t mask = 0;
                for (unsigned i = 0; i < ones; ++i) {
                    for (unsigned copy = 0; copy < width; copy += size) {
                        mask |= uint64_t{1} << (copy + (first + i) % size);
                    }
                }
                masks.push_back(mask);
            }
        }
    }
    std::sort(masks.begin(), masks.end());
    return masks;
}
bool is_in(const std::vector<uint64_t>& sorted, uint64_t value) {
    return std::binary_search(sorted.begin(), sorted.end(), value);
}

// Values near what single instructions take, and others.
std::vector<uint64_t> all_shapes() {
    constexpr std::array<uint64_t, 7> parts = {0, 1, 0xffff, 0xfffe, 0x8000, 0x7fff, 0x1234};
    std::vector<uint64_t> values;
    for (const uint64_t a : parts) {
        for (const uint64_t b : parts) {
            for (const uint64_t c : parts) {
                for (const uint64_t d : parts) {
                    values.push_back(a << 48 | b << 32 | c << 16 | d);
                }
            }
        }
    }
    std::mt19937_64 random{1};
    for (const unsigned width : {32u, 64u}) {
        for (const uint64_t mask : bitmasks(width)) {
            values.push_back(mask);
            values.push_back(mask ^ uint64_t{1} << random() % width);
        }
    }
    for (int i = 0; i < 2000; ++i) {
        values.push_back(random() >> random() % 64);
        values.push_back(~values.back());
    }
    return values;
}

// At most as many instructions as there are parts that differ from zeros, or from ones.
unsigned most_instructions(uint64_t value) {
    unsigned not_zeros = 0, not_ones = 0;
    for (unsigned i = 0; i < 64; i += 16) {
        not_zeros += uint16_t(value >> i) != 0;
        not_ones += uint16_t(value >> i) != 0xffff;
    }
    return std::max(1u, std::min(not_zeros, not_ones));
}

struct Width2 {
    Width width;
    unsigned bits;
};
constexpr Width2 widths[] = {{w32, 32}, {w64, 64}};
uint64_t cut(uint64_t value, unsigned bits) {
    return bits == 64 ? value : uint32_t(value);
}

}  // namespace

TEST_CASE("The encoder: all kinds of values are made", "[baseline]") {
    const std::vector<uint64_t> values = all_shapes();
    const std::vector<uint64_t> masks = bitmasks(64), short_masks = bitmasks(32);
    REQUIRE(masks.size() == 5334);
    REQUIRE(short_masks.size() == 1302);
    constexpr Reg targets[] = {x0, x3, x9, x15, x16, x17, x30};
    Results results;
    results.code().mov(w64, x14, x30);
    results.code().cmp(w64, x1, x1);  // flags that no move changes
    size_t too_long = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        const Reg target = targets[i % std::size(targets)];
        const uint32_t start = results.code().position();
        results.code().mov(target, values[i]);
        const uint32_t size = (results.code().position() - start) / 4;
        const bool is_mask = is_in(masks, values[i]) || is_in(short_masks, values[i]);
        too_long += size > (is_mask ? 1 : most_instructions(values[i]));
        results.add(target);
    }
    results.add_flags();
    results.code().mov(w64, x30, x14);
    const std::vector<uint64_t> got = results.run();
    CHECK(too_long == 0);
    CHECK(got.back() == 0b0110);
    CHECK(std::equal(values.begin(), values.end(), got.begin()));
}

TEST_CASE("The encoder: immediates of 32 bits that need one instruction", "[baseline]") {
    Assembler code;
    size_t count = 0;
    const auto add = [&](uint64_t value) {
        code.mov(x3, value);
        ++count;
    };
    for (int32_t value = -65536; value < 0; ++value) {
        add(uint32_t(value));
    }
    for (uint32_t value = 0; value < 65536; ++value) {
        add(value);
        add(value << 16);
        add(value << 16 | 0xffff);
    }
    CHECK(code.position() == 4 * count);
}

TEST_CASE("The encoder: logical operations with immediates", "[baseline]") {
    struct Operation {
        Alu op;
        std::function<uint64_t(uint64_t, uint64_t)> meaning;
    };
    const Operation operations[] = {
        {Alu::and_, std::bit_and<uint64_t>()},
        {Alu::orr, std::bit_or<uint64_t>()},
        {Alu::eor, std::bit_xor<uint64_t>()},
        {Alu::ands, std::bit_and<uint64_t>()},
    };
    for (const auto& [width, bits] : widths) {
        const std::vector<uint64_t> masks = bitmasks(bits);
        std::mt19937_64 random{2};
        std::vector<uint64_t> immediates = masks;
        for (const uint64_t mask : masks) {
            immediates.push_back(mask ^ uint64_t{1} << random() % bits);
            immediates.push_back(mask ^ uint64_t{1} << random() % bits ^
                                 uint64_t{1} << random() % bits);
        }
        immediates.push_back(0);
        immediates.push_back(UINT64_MAX);
        for (int i = 0; i < 1000; ++i) {
            immediates.push_back(random() >> random() % 64);
        }
        for (const Operation& operation : operations) {
            Results results;
            std::vector<uint64_t> want;
            size_t wrong_size = 0;
            for (const uint64_t immediate : immediates) {
                // Of 32 bits, whatever is above the lower half.
                const uint64_t given = bits == 64 ? immediate : immediate ^ random() << 32;
                const uint64_t operand = random();
                results.code().mov(x3, operand);
                const uint32_t start = results.code().position();
                results.code().alu(operation.op, width, x4, x3, given);
                const bool is_one = results.code().position() == start + 4;
                wrong_size += is_one != is_in(masks, cut(immediate, bits));
                results.add(x4);
                want.push_back(cut(operation.meaning(operand, immediate), bits));
                if (operation.op == Alu::ands) {
                    results.add_flags();
                    const uint64_t result = want.back();
                    want.push_back((result >> (bits - 1)) << 3 | uint64_t{result == 0} << 2);
                }
            }
            INFO(bits << " bits, operation " << uint32_t(operation.op));
            CHECK(wrong_size == 0);
            CHECK(results.run() == want);
        }
    }
}

TEST_CASE("The encoder: sums and differences with immediates", "[baseline]") {
    std::vector<uint64_t> immediates = {
        0,          1,          2,           0xffe,      0xfff,      0x1000,
        0x1001,     0x2000,     0xffe000,    0xfff000,   0xfff001,   0xffffff,
        0x1000000,  0x1001000,  0x7fffffff,  0x80000000, 0x80000001, 0xfffff000,
        0xfffff001, 0xffffffff, 0x100000000, UINT64_MAX, INT64_MAX,  uint64_t(INT64_MIN)};
    std::mt19937_64 random{3};
    for (size_t i = 0, count = immediates.size(); i < count; ++i) {
        immediates.push_back(0 - immediates[i]);
        immediates.push_back(random() >> random() % 64);
        immediates.push_back(random() << 32 | immediates[i]);  // nothing but more, of 32 bits
    }
    std::vector<uint64_t> operands = immediates;
    operands.resize(48);
    for (const auto& [width, bits] : widths) {
        for (const Alu op : {Alu::add, Alu::adds, Alu::sub, Alu::subs}) {
            const bool adds = op == Alu::add || op == Alu::adds;
            const bool sets_flags = op == Alu::adds || op == Alu::subs;
            Results results;
            std::vector<uint64_t> want;
            const auto flags = [adds, bits = bits](uint64_t a, uint64_t b, uint64_t result) {
                const uint64_t sign = uint64_t{1} << (bits - 1);
                const bool carry = adds ? cut(a + b, bits) < a : a >= b;
                const uint64_t overflow = (a ^ result) & (adds ? b ^ result : a ^ b) & sign;
                return uint64_t{(result & sign) != 0} << 3 | uint64_t{result == 0} << 2 |
                       uint64_t{carry} << 1 | uint64_t{overflow != 0};
            };
            for (const uint64_t immediate : immediates) {
                for (const uint64_t operand : operands) {
                    results.code().mov(x3, operand);
                    results.code().alu(op, width, x4, x3, immediate);
                    results.add(x4);
                    const uint64_t a = cut(operand, bits), b = cut(immediate, bits);
                    want.push_back(cut(adds ? a + b : a - b, bits));
                    if (sets_flags) {
                        results.code().alu(op, width, zero, x3, immediate);
                        results.add_flags();
                        want.push_back(flags(a, b, want.back()));
                    }
                }
                // Zero is a register like the others, not the stack's pointer.
                results.code().alu(op, width, x4, zero, immediate);
                results.add(x4);
                want.push_back(cut(adds ? immediate : 0 - immediate, bits));
            }
            INFO(bits << " bits, operation " << uint32_t(op));
            CHECK(results.run() == want);
        }
    }
}

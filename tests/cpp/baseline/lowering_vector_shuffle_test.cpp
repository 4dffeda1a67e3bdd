// SPDX-License-Identifier: Apache-2.0
// i8x16.shuffle as machine code: the patterns that are one instruction, and any others.
#if defined(__x86_64__) || defined(__aarch64__)

#include <algorithm>
#include <set>

#include "catch.hpp"

#include "baseline/vector_machine.h"

using namespace vector_test;

namespace {

using Lanes = std::array<uint8_t, 16>;

// The lanes of `size` bytes with these numbers, those of the second operand after those of the
// first.
Lanes of_lanes(unsigned size, const std::vector<unsigned>& numbers) {
    Lanes lanes{};
    for (unsigned i = 0; i < 16; ++i)
        lanes[i] = uint8_t(numbers[i / size] * size + i % size);
    return lanes;
}

// What x86-64 has one instruction for, without a constant.
std::set<Lanes> patterns_of_x64() {
    std::set<Lanes> result;
    // One operand, or each.
    for (unsigned first : {0u, 4u})
        for (unsigned code = 0; code < 256; ++code)
            result.insert(of_lanes(4, {first + (code & 3), first + (code >> 2 & 3),
                                       first + (code >> 4 & 3), first + (code >> 6)}));
    for (unsigned first : {0u, 8u})
        for (unsigned code = 0; code < 256; ++code) {
            const unsigned lanes[] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
            std::vector<unsigned> low, high;
            for (unsigned i = 0; i < 4; ++i) {
                low.push_back(first + lanes[i]);
                high.push_back(first + i);
            }
            for (unsigned i = 0; i < 4; ++i) {
                low.push_back(first + 4 + i);
                high.push_back(first + 4 + lanes[i]);
            }
            result.insert(of_lanes(2, low));
            result.insert(of_lanes(2, high));
        }
    for (unsigned first : {0u, 16u})
        for (unsigned shift = 0; shift < 16; ++shift) {
            Lanes rotation;
            for (unsigned i = 0; i < 16; ++i)
                rotation[i] = uint8_t(first + (shift + i) % 16);
            result.insert(rotation);
        }
    // Both in turn, from the lower or upper halves; also one with itself.
    for (unsigned size : {1u, 2u, 4u, 8u})
        for (unsigned half : {0u, 1u})
            for (unsigned a : {0u, 1u})
                for (unsigned b : {0u, 1u}) {
                    std::vector<unsigned> lanes;
                    const unsigned count = 16 / size;
                    for (unsigned i = 0; i < count; ++i)
                        lanes.push_back(half * count / 2 + i / 2 + (i % 2 ? b : a) * count);
                    result.insert(of_lanes(size, lanes));
                }
    // Sixteen bytes out of both.
    for (unsigned shift = 0; shift < 32; ++shift) {
        Lanes lanes;
        for (unsigned i = 0; i < 16; ++i)
            lanes[i] = uint8_t((shift + i) % 32);
        result.insert(lanes);
    }
    // Two lanes of one, then two of the other.
    for (unsigned first : {0u, 4u})
        for (unsigned code = 0; code < 256; ++code)
            result.insert(of_lanes(4, {first + (code & 3), first + (code >> 2 & 3),
                                       4 - first + (code >> 4 & 3), 4 - first + (code >> 6)}));
    // One lane of the other.
    for (unsigned first : {0u, 4u})
        for (unsigned to = 0; to < 4; ++to)
            for (unsigned from = 0; from < 4; ++from) {
                std::vector<unsigned> lanes = {first, first + 1, first + 2, first + 3};
                lanes[to] = 4 - first + from;
                result.insert(of_lanes(4, lanes));
            }
    // In their places, from either.
    for (unsigned of_b = 0; of_b < 256; ++of_b) {
        std::vector<unsigned> lanes;
        for (unsigned i = 0; i < 8; ++i)
            lanes.push_back(i + (of_b >> i & 1) * 8);
        result.insert(of_lanes(2, lanes));
    }
    return result;
}

// And AArch64.
std::set<Lanes> patterns_of_aarch64() {
    std::set<Lanes> result;
    for (unsigned size : {1u, 2u, 4u, 8u}) {
        const unsigned count = 16 / size;
        for (unsigned lane = 0; lane < 2 * count; ++lane)
            result.insert(of_lanes(size, std::vector(count, lane)));
        // Both orders of a and b, or one of them with itself.
        for (unsigned a : {0u, count})
            for (unsigned b : {0u, count}) {
                std::vector<unsigned> zip[2], uzp[2], trn[2];
                for (unsigned i = 0; i < count; ++i)
                    for (unsigned odd : {0u, 1u}) {
                        zip[odd].push_back((i % 2 ? b : a) + odd * count / 2 + i / 2);
                        uzp[odd].push_back((i < count / 2 ? a : b) + 2 * i % count + odd);
                        trn[odd].push_back((i % 2 ? b : a) + i / 2 * 2 + odd);
                    }
                for (const auto& lanes : {zip[0], zip[1], uzp[0], uzp[1], trn[0], trn[1]})
                    result.insert(of_lanes(size, lanes));
            }
        for (unsigned group = 2; group * size <= 8; group *= 2)
            for (unsigned first : {0u, count}) {
                std::vector<unsigned> lanes;
                for (unsigned i = 0; i < count; ++i)
                    lanes.push_back(first + (i ^ (group - 1)));
                result.insert(of_lanes(size, lanes));
            }
    }
    for (unsigned shift = 0; shift < 32; ++shift) {
        Lanes both, one;
        for (unsigned i = 0; i < 16; ++i) {
            both[i] = uint8_t((shift + i) % 32);
            one[i] = uint8_t(shift / 16 * 16 + (shift + i) % 16);
        }
        result.insert(both);
        result.insert(one);
    }
    return result;
}

#if defined(__aarch64__)
std::set<Lanes> patterns() {
    return patterns_of_aarch64();
}
size_t longest(const Machine&) {
    return 4;
}
#else
std::set<Lanes> patterns() {
    return patterns_of_x64();
}
// The longest instruction without a constant has 6 bytes; a constant takes 9. Without AVX there may
// be a move.
size_t longest(const Machine& machine) {
    return machine.form().avx ? 6 : 11;
}
#endif

std::string text_of(const Lanes& lanes) {
    std::string text;
    for (const uint8_t lane : lanes)
        text += ' ' + std::to_string(lane);
    return text;
}

std::string check(Machine& machine, const Lanes& lanes, Vec d, Vec a, Vec b) {
    machine.make([&](Assembler& code) { lower_vector_shuffle(code, d, a, b, lanes); });
    for (int round = 0; round < 3; ++round) {
        Registers registers = random_registers(uint64_t(round));
        const Registers before = registers;
        machine.run(registers);
        uint8_t bytes[32];
        std::memcpy(bytes, &before.vector[size_t(a)], 16);
        std::memcpy(bytes + 16, &before.vector[size_t(b)], 16);
        Lanes want;
        std::transform(lanes.begin(), lanes.end(), want.begin(),
                       [&](uint8_t lane) { return bytes[lane]; });
        const V128 got = registers.vector[size_t(d)];
        std::string failure = touched(before, registers, Reg::none, int(d));
        if (!same(got, std::bit_cast<V128>(want))) failure = "gives " + show(got);
        if (!failure.empty()) {
            return text_of(lanes) + " of vectors " + std::to_string(int(a)) + " and " +
                   std::to_string(int(b)) + " to " + std::to_string(int(d)) + ' ' + failure;
        }
    }
    return "";
}

std::string check_all_registers(Machine& machine, const Lanes& lanes) {
    for (Vec d : vector_registers)
        for (Vec a : vector_registers)
            for (Vec b : vector_registers) {
                std::string failure = check(machine, lanes, d, a, b);
                if (!failure.empty()) return failure;
            }
    return "";
}

}  // namespace

TEST_CASE("shuffles that are one instruction", "[baseline]") {
    with_each_form([](Machine& machine) {
        size_t number = 0;
        for (const Lanes& lanes : patterns()) {
            INFO(text_of(lanes) << " with " << machine.form().name());
            const auto [d, a, b, c] = other_vectors;
            CHECK(check(machine, lanes, d, a, b) == "");
            CHECK(machine.code_size() <= longest(machine));
            CHECK(check(machine, lanes, d, d, c) == "");
            CHECK(check(machine, lanes, c, d, c) == "");
            if (number++ % 7 == 0) {
                CHECK(check_all_registers(machine, lanes) == "");
            }
        }
    });
}

TEST_CASE("any shuffles", "[baseline]") {
    std::mt19937_64 random{9};
    std::vector<Lanes> shuffles;
    const auto add = [&](auto lane_at) {
        Lanes lanes;
        for (unsigned i = 0; i < 16; ++i)
            lanes[i] = uint8_t(lane_at(i));
        shuffles.push_back(lanes);
    };
    for (unsigned lane = 0; lane < 32; ++lane)
        add([&](unsigned) { return lane; });
    for (int i = 0; i < 150; ++i) {
        add([&](unsigned) { return random() % 32; });
        add([&](unsigned) { return random() % 16; });
        add([&](unsigned) { return 16 + random() % 16; });
        add([&](unsigned place) { return place + random() % 2 * 16; });
    }
    // Lanes of more bytes, and what is almost a pattern.
    for (int i = 0; i < 150; ++i)
        for (const unsigned size : {2u, 4u, 8u}) {
            std::vector<unsigned> numbers;
            for (unsigned lane = 0; lane < 16 / size; ++lane)
                numbers.push_back(unsigned(random() % (32 / size)));
            shuffles.push_back(of_lanes(size, numbers));
        }
    for (const auto& patterns : {patterns_of_x64(), patterns_of_aarch64()})
        for (Lanes lanes : patterns) {
            shuffles.push_back(lanes);
            lanes[random() % 16] = uint8_t(random() % 32);
            shuffles.push_back(lanes);
        }
    with_each_form([&](Machine& machine) {
        size_t number = 0;
        for (const Lanes& lanes : shuffles) {
            INFO(machine.form().name());
            CHECK(check(machine, lanes, other_vectors[0], other_vectors[1], other_vectors[3]) ==
                  "");
            if (number++ % 5 == 0) {
                CHECK(check_all_registers(machine, lanes) == "");
            }
        }
    });
}

#endif

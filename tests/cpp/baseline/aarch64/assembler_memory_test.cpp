// SPDX-License-Identifier: Apache-2.0
// Loads and stores at all kinds of distances, by running them.
#include "catch.hpp"

#include "baseline/aarch64/assembler.h"
#include "baseline/executable.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace epsilon::baseline;
using baseline_test::Executable;
using enum Reg;
using enum Width;
using enum Vec;

namespace {

struct Kind {
    Access access;
    unsigned bytes;
    bool is_signed;
    bool to_32;
};
constexpr Kind kinds[] = {
    {Access::s8_32, 1, true, true},   {Access::u8, 1, false, false},
    {Access::s16_32, 2, true, true},  {Access::u16, 2, false, false},
    {Access::u32, 4, false, false},   {Access::s8_64, 1, true, false},
    {Access::s16_64, 2, true, false}, {Access::s32_64, 4, true, false},
    {Access::u64, 8, false, false},
};

// Any base will do: what is accessed is at `place`.
struct Place {
    Reg base, index;
    Mem m;
    uint64_t base_value, index_value;
    std::string name;
};

// About all limits of forms: 9 bits, signed; 12 bits, of units of 1 to 16 bytes; parts of 16 bits.
std::vector<int32_t> distances() {
    std::vector<int32_t> distances = {INT32_MIN, INT32_MIN + 1, INT32_MAX, INT32_MAX - 1};
    for (const int32_t limit : {0, 255, 256, 4095, 4096, 8190, 8192, 16380, 16384, 32760, 32768,
                                65520, 65536, 0x12345670, 0x40000000}) {
        for (int32_t near = -17; near <= 17; ++near) {
            distances.push_back(limit + near);
            distances.push_back(-limit + near);
        }
    }
    return distances;
}

std::vector<Place> places(const uint8_t* place, unsigned bytes) {
    const auto address = reinterpret_cast<uint64_t>(place);
    std::vector<Place> places;
    for (const int32_t disp : distances()) {
        const Reg base = places.size() % 2 == 0 ? x4 : x16;
        places.push_back({base, none, at(base, disp), address - uint64_t(int64_t{disp}), 0,
                          "at " + std::to_string(disp)});
    }
    const auto scale = uint8_t(bytes == 16 ? 4 : bytes == 8 ? 3 : bytes / 2);
    for (const uint8_t shift : {uint8_t{0}, scale}) {
        for (const uint64_t index :
             {uint64_t{0}, uint64_t{1}, uint64_t{0x12345}, uint64_t{0xffffffff},
              uint64_t{0x80000000}, uint64_t{0x7fffffff}}) {
            const std::string name =
                "with index " + std::to_string(index) + " shifted by " + std::to_string(shift);
            // The upper half of an index of 32 bits means nothing.
            places.push_back({x5, x9, at_index(x5, x9, w32, shift), address - (index << shift),
                              index | 0xdeadbeef00000000, name});
            for (const uint64_t wide : {index, 0 - index, index << 30}) {
                places.push_back({x14, x3, at_index(x14, x3, w64, shift), address - (wide << shift),
                                  wide, name + ", 64 bits"});
            }
        }
    }
    return places;
}

void set_registers(Assembler& code, const Place& place) {
    code.mov(place.base, place.base_value);
    if (place.index != none) code.mov(place.index, place.index_value);
}

std::array<uint8_t, 48> random_bytes(unsigned seed) {
    std::mt19937_64 random{seed};
    std::array<uint8_t, 48> bytes;
    for (uint8_t& byte : bytes)
        byte = uint8_t(random());
    return bytes;
}

// Runs code that was made for many places and wrote `size` bytes for each, through x1, in one go.
// Gives the name of the first for which they are not as wanted, or nothing.
std::string first_wrong(Assembler& code, const std::vector<Place>& places, size_t size,
                        const std::function<const uint8_t*(size_t)>& want) {
    code.ret();
    std::vector<uint8_t> results(places.size() * size, 0xcc);
    Executable(code).call<void>(results.data());
    for (size_t i = 0; i < places.size(); ++i)
        if (std::memcmp(&results[i * size], want(i), size) != 0) return places[i].name;
    return "";
}

}  // namespace

TEST_CASE("The encoder: loads from all kinds of distances", "[baseline]") {
    const std::array<uint8_t, 48> bytes = random_bytes(1);
    // Both signs, and any alignment.
    for (const size_t offset : {size_t{8}, size_t{13}, size_t{19}, size_t{30}}) {
        for (const Kind& kind : kinds) {
            uint64_t want = 0;
            std::memcpy(&want, &bytes[offset], kind.bytes);
            if (kind.is_signed) {
                const unsigned unused = 64 - 8 * kind.bytes;
                want = uint64_t(int64_t(want << unused) >> unused);
                if (kind.to_32) want = uint32_t(want);
            }
            const std::vector<Place> all = places(&bytes[offset], kind.bytes);
            Assembler code;
            code.mov(w64, x1, x0);
            for (size_t i = 0; i < all.size(); ++i) {
                set_registers(code, all[i]);
                // The base may be the result, and the index.
                const Reg d = i % 3 == 0                           ? x12
                              : i % 3 == 1 || all[i].index == none ? all[i].base
                                                                   : all[i].index;
                code.load(kind.access, d, all[i].m);
                code.store(8, at(x1, 0), d);
                code.alu(Alu::add, w64, x1, x1, 8);
            }
            INFO(kind.bytes << " bytes, access " << int(kind.access) << ", from byte " << offset);
            CHECK(first_wrong(code, all, 8, [&](size_t) {
                      return reinterpret_cast<const uint8_t*>(&want);
                  }) == "");
        }
    }
}

TEST_CASE("The encoder: loads of vectors clear what is above", "[baseline]") {
    const std::array<uint8_t, 48> bytes = random_bytes(2);
    for (const size_t offset : {size_t{16}, size_t{21}}) {
        for (const unsigned size : {1u, 2u, 4u, 8u, 16u}) {
            std::array<uint8_t, 16> want{};
            std::memcpy(want.data(), &bytes[offset], size);
            const std::vector<Place> all = places(&bytes[offset], size);
            Assembler code;
            code.mov(w64, x1, x0);
            for (size_t i = 0; i < all.size(); ++i) {
                const Vec d = i % 2 == 0 ? v1 : v30;
                set_registers(code, all[i]);
                code.constant(d, UINT64_MAX, UINT64_MAX);
                code.load(size, d, all[i].m);
                code.store(16, at(x1, 0), d);
                code.alu(Alu::add, w64, x1, x1, 16);
            }
            INFO(size << " bytes from byte " << offset);
            CHECK(first_wrong(code, all, 16, [&](size_t) { return want.data(); }) == "");
        }
    }
}

TEST_CASE("The encoder: stores at all kinds of distances", "[baseline]") {
    const std::array<uint8_t, 48> source = random_bytes(3);
    std::array<uint64_t, 2> value;
    std::memcpy(value.data(), source.data(), 16);
    // Each into the same place, which is copied then, and is as it was for the next one.
    alignas(16) static std::array<uint8_t, 48> target;
    for (const bool of_vectors : {false, true}) {
        for (const unsigned size : {1u, 2u, 4u, 8u, 16u}) {
            if (size == 16 && !of_vectors) continue;
            for (const size_t offset : {size_t{16}, size_t{19}}) {
                target.fill(0x55);
                std::array<uint8_t, 48> want = target;
                std::memcpy(&want[offset], source.data(), size);
                const std::vector<Place> all = places(&target[offset], size);
                Assembler code;
                code.mov(w64, x1, x0);
                code.constant(v16, value[0], value[1]);
                code.constant(v7, 0x5555555555555555, 0x5555555555555555);
                for (const Place& place : all) {
                    set_registers(code, place);
                    code.mov(x12, value[0]);
                    if (of_vectors)
                        code.store(size, place.m, v16);
                    else
                        code.store(size, place.m, x12);
                    code.mov(x6, reinterpret_cast<uint64_t>(target.data()));
                    for (const int32_t part : {0, 16, 32}) {
                        code.load(16, v31, at(x6, part));
                        code.store(16, at(x1, part), v31);
                        code.store(16, at(x6, part), v7);
                    }
                    code.alu(Alu::add, w64, x1, x1, 48);
                }
                INFO(size << " bytes" << (of_vectors ? " of a vector" : "") << " to byte "
                          << offset);
                CHECK(first_wrong(code, all, 48, [&](size_t) { return want.data(); }) == "");
            }
        }
    }
}

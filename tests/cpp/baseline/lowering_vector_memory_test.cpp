// SPDX-License-Identifier: Apache-2.0
// Loads of vectors, and loads and stores of lanes, as machine code: at the end of memory, and
// beyond it, where they must fault at their first instruction.
#if defined(__x86_64__) || defined(__aarch64__)

#include <unistd.h>

#include <algorithm>

#include "catch.hpp"

#include "baseline/vector_machine.h"

using namespace vector_test;
namespace simd = epsilon::simd;

namespace {

// Two pages that can be accessed before one that can't.
class Pages {
public:
    Pages() : page_(size_t(sysconf(_SC_PAGESIZE))) {
        start_ = static_cast<uint8_t*>(
            mmap(nullptr, 3 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (start_ == MAP_FAILED) throw std::runtime_error("no memory");
        mprotect(end(), page_, PROT_NONE);
        fill();
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages() { munmap(start_, 3 * page_); }

    void fill() {
        std::mt19937_64 random{10};
        std::generate(start_, end(), [&] { return uint8_t(random()); });
    }
    uint8_t* end() const { return start_ + 2 * page_; }

private:
    size_t page_;
    uint8_t* start_;
};

template <class T>
V128 load(V128 (*function)(T), const uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof value);
    return function(value);
}
V128 v128_load(V128 v) {
    return v;
}

struct Load {
    Opcode opcode;
    unsigned width;
    V128 (*reference)(const uint8_t* bytes);
};
const Load loads[] = {
#define EPSILON_vector_load_i_v(name, width)         \
    {Opcode::name, width, [](const uint8_t* bytes) { \
         using namespace epsilon::simd;              \
         return load(&name, bytes);                  \
     }},
#include "interp/opcode_families.inc"
};

struct Lane {
    Opcode opcode;
    unsigned width;
};
const Lane lane_loads[] = {
#define EPSILON_vector_load_lane_iv_v(name, width) {Opcode::name, width},
#include "interp/opcode_families.inc"
};
const Lane lane_stores[] = {
#define EPSILON_vector_store_lane_iv_(name, width) {Opcode::name, width},
#include "interp/opcode_families.inc"
};

std::string_view text_of(Opcode opcode) {
    return epsilon::opcode_info(opcode).text;
}

// Runs the code just made at the end of memory: only `width` bytes can be accessed there.
std::string check_vector(const Machine& machine, const Pages& pages, const Addressing& addressing,
                         unsigned width, Vec d, Vec a, unsigned lane) {
    Registers registers = random_registers(11);
    const uint8_t* address = pages.end() - width;
    addressing.set(registers, address);
    const Registers before = registers;
    if (machine.run_to_fault(registers) != -1) return "reads too much";
    auto want = std::bit_cast<std::array<uint8_t, 16>>(before.vector[size_t(a)]);
    std::copy(address, address + width, want.begin() + lane * width);
    const V128 got = registers.vector[size_t(d)];
    if (!same(got, std::bit_cast<V128>(want))) return "gives " + show(got);
    return touched(before, registers, Reg::none, int(d));
}

// Runs the code where it faults: at `position` if it accesses directly, before anything is changed.
std::string check_fault(const Machine& machine, const Pages& pages, const Addressing& addressing,
                        uint32_t position) {
    Registers registers = random_registers(12);
    addressing.set(registers, pages.end());
    const Registers before = registers;
    const int fault = machine.run_to_fault(registers);
    if (addressing.is_direct() ? fault != int(position) : fault < 0)
        return "faults at " + std::to_string(fault);
    return touched(before, registers, Reg::none);
}

}  // namespace

TEST_CASE("loads of vectors", "[baseline]") {
    const Pages pages;
    with_each_form([&](Machine& machine) {
        for (const Load& row : loads)
            for (const Addressing& addressing : addressings)
                for (Vec d : vector_registers) {
                    INFO(text_of(row.opcode) << " with " << machine.form().name());
                    machine.make([&](Assembler& code) {
                        lower_vector_load(code, row.opcode, d, addressing.m);
                    });
                    Registers registers = random_registers(11);
                    const uint8_t* address = pages.end() - row.width;
                    addressing.set(registers, address);
                    const Registers before = registers;
                    CHECK(machine.run_to_fault(registers) == -1);
                    CHECK(show(registers.vector[size_t(d)]) == show(row.reference(address)));
                    CHECK(touched(before, registers, Reg::none, int(d)) == "");
                    CHECK(check_fault(machine, pages, addressing, machine.start()) == "");
                }
    });
}

TEST_CASE("loads of lanes", "[baseline]") {
    const Pages pages;
    with_each_form([&](Machine& machine) {
        for (const Lane& row : lane_loads)
            for (unsigned lane = 0; lane < 16 / row.width; ++lane)
                for (const Addressing& addressing : addressings)
                    for (Vec d : vector_registers)
                        for (Vec a : vector_registers) {
                            INFO(text_of(row.opcode)
                                 << ' ' << lane << " with " << machine.form().name());
                            machine.make([&](Assembler& code) {
                                lower_vector_load_lane(code, row.opcode, d, a, addressing.m, lane);
                            });
                            CHECK(check_vector(machine, pages, addressing, row.width, d, a, lane) ==
                                  "");
                            CHECK(check_fault(machine, pages, addressing, machine.start()) == "");
                        }
    });
}

TEST_CASE("stores of lanes", "[baseline]") {
    Pages pages;
    with_each_form([&](Machine& machine) {
        for (const Lane& row : lane_stores)
            for (unsigned lane = 0; lane < 16 / row.width; ++lane)
                for (const Addressing& addressing : addressings)
                    for (Vec a : vector_registers) {
                        INFO(text_of(row.opcode)
                             << ' ' << lane << " with " << machine.form().name());
                        uint32_t position = 0;
                        machine.make([&](Assembler& code) {
                            position =
                                lower_vector_store_lane(code, row.opcode, a, addressing.m, lane);
                        });
                        Registers registers = random_registers(13);
                        pages.fill();
                        std::array<uint8_t, 32> want, got;
                        std::memcpy(want.data(), pages.end() - 32, 32);
                        std::memcpy(want.data() + 32 - row.width,
                                    reinterpret_cast<uint8_t*>(&registers.vector[size_t(a)]) +
                                        lane * row.width,
                                    row.width);
                        addressing.set(registers, pages.end() - row.width);
                        const Registers before = registers;
                        CHECK(machine.run_to_fault(registers) == -1);
                        std::memcpy(got.data(), pages.end() - 32, 32);
                        CHECK(got == want);
                        CHECK(touched(before, registers, Reg::none) == "");
                        CHECK(check_fault(machine, pages, addressing, position) == "");
                    }
    });
}

#endif

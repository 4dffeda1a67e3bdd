// SPDX-License-Identifier: Apache-2.0
#include "baseline/aarch64/assembler.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace epsilon::baseline {

namespace {

constexpr uint32_t nop = 0xd503201f;
constexpr Reg spare = Reg::x17;

// The fields N, immr and imms of a logical operation, in their places: a pattern of 2 to 64 bits,
// repeated, that is a run of ones, rotated. Nothing where the value is none.
std::optional<uint32_t> logical_immediate(Width width, uint64_t value) {
    if (width == Width::w32) {
        value = uint32_t(value) | value << 32;
    }
    if (value == 0 || value == UINT64_MAX) {
        return std::nullopt;
    }
    unsigned size = 64;
    while (size > 2) {
        const unsigned half = size / 2;
        const uint64_t mask = (uint64_t{1} << half) - 1;
        if ((value & mask) != (value >> half & mask)) {
            break;
        }
        size = half;
    }
    const uint64_t mask = UINT64_MAX >> (64 - size);
    const uint64_t pattern = value & mask;
    // Rotated left until it is a run from bit 0.
    const auto ones = unsigned(std::popcount(pattern));
    const uint64_t run = UINT64_MAX >> (64 - ones);
    for (unsigned rotation = 0; rotation < size; ++rotation) {
        const uint64_t turned =
            rotation == 0 ? run : ((run >> rotation) | (run << (size - rotation))) & mask;
        if (turned == pattern) {
            const uint32_t n = size == 64 ? 1 : 0;
            const uint32_t imms = (~(size * 2 - 1) & 0x3f) | (ones - 1);
            return n << 22 | rotation << 16 | imms << 10;
        }
    }
    return std::nullopt;
}

bool is_signed(Access access) {
    return access == Access::s8_32 || access == Access::s16_32 || access == Access::s8_64 ||
           access == Access::s16_64 || access == Access::s32_64;
}

unsigned scale_of(Access access) {
    switch (access) {
        case Access::s8_32:
        case Access::s8_64:
        case Access::u8:
            return 0;
        case Access::s16_32:
        case Access::s16_64:
        case Access::u16:
            return 1;
        case Access::s32_64:
        case Access::u32:
            return 2;
        case Access::u64:
            break;
    }
    return 3;
}

// The fields size, V and opc of accesses to vectors, by the scale.
uint32_t vector_access(unsigned scale, bool is_load) {
    const uint32_t opc = (scale == 4 ? 2 : 0) | (is_load ? 1 : 0);
    return (scale == 4 ? 0 : scale) << 30 | 1u << 26 | opc << 22;
}

}  // namespace

void Assembler::grow() {
    const uint32_t used = bytes_.empty() ? 0 : position();
    bytes_.resize(std::max<size_t>(4096, bytes_.size() * 2));
    next_ = bytes_.data() + used;
}

void Assembler::clear() {
    far_ = false;
    next_ = bytes_.data();
    labels_.clear();
    fixups_.clear();
    constants_.clear();
    known_constants_.fill(0);
}

void Assembler::align(uint32_t bytes) {
    // Behind data of any size.
    static constexpr uint8_t zeros[3] = {};
    data(std::span(zeros).first((4 - position() % 4) % 4));
    while (position() % bytes != 0) {
        word(nop);
    }
}

void Assembler::data(std::span<const uint8_t> bytes) {
    while (size_t(bytes_.data() + bytes_.size() - next_) < bytes.size() + 16) {
        grow();
    }
    std::copy(bytes.begin(), bytes.end(), next_);
    next_ += bytes.size();
}

// --- Labels

bool Assembler::set(const Fixup& fixup) {
    const int64_t distance = int64_t(labels_[fixup.label]) - int64_t(fixup.at);
    uint8_t* const place = bytes_.data() + fixup.at;
    const auto fits = [distance](unsigned bits) {
        return distance >= -(int64_t{1} << (bits - 1)) && distance < int64_t{1} << (bits - 1);
    };
    const auto add = [](uint8_t* at, uint32_t bits) {
        uint32_t instruction;
        std::memcpy(&instruction, at, sizeof instruction);
        instruction |= bits;
        std::memcpy(at, &instruction, sizeof instruction);
    };
    switch (fixup.kind) {
        case Fixup::Kind::branch26:
            add(place, uint32_t(distance >> 2) & 0x3ffffff);
            return fits(28);
        case Fixup::Kind::branch19:
            add(place, (uint32_t(distance >> 2) & 0x7ffff) << 5);
            return fits(21);
        case Fixup::Kind::adr:
            add(place, (uint32_t(distance) & 3) << 29 | (uint32_t(distance >> 2) & 0x7ffff) << 5);
            return fits(21);
        case Fixup::Kind::pair:
            add(place + 4, (uint32_t(distance) & 0xffff) << 5);
            add(place + 8, uint32_t(distance) >> 16 << 5);
            return distance == int32_t(distance);
    }
    return false;
}

bool Assembler::finish() {
    if (!constants_.empty()) {
        align(16);
        for (const Constant& constant : constants_) {
            bind(constant.label);
            data(constant.bytes);
        }
    }
    bool reaches = true;
    for (const Fixup& fixup : fixups_) {
        reaches = set(fixup) && reaches;
    }
    return reaches;
}

void Assembler::jmp(Label label) {
    fixups_.push_back({Fixup::Kind::branch26, position(), label});
    word(0x14000000);
}

// Far away, by a branch around a jump.
void Assembler::conditional(uint32_t code, uint32_t inverted_code, Label label) {
    if (far_) {
        word(inverted_code | 2 << 5);
        return jmp(label);
    }
    fixups_.push_back({Fixup::Kind::branch19, position(), label});
    word(code);
}

void Assembler::jcc(Cond cond, Label label) {
    conditional(0x54000000 | uint32_t(cond), 0x54000000 | uint32_t(inverted(cond)), label);
}

void Assembler::compare_and_branch(uint32_t code, Width width, Reg a, Label label) {
    const uint32_t fields = sf(width) | rd(a);
    conditional(code | fields, (code ^ 0x01000000) | fields, label);
}

void Assembler::lea(Reg d, Label label) {
    if (!far_) {
        fixups_.push_back({Fixup::Kind::adr, position(), label});
        return word(0x10000000 | rd(d));
    }
    fixups_.push_back({Fixup::Kind::pair, position(), label});
    word(0x10000000 | rd(d));      // adr d, here
    word(0xd2800000 | rd(spare));  // movz
    word(0xf2a00000 | rd(spare));  // movk, shifted by 16
    add_sign_extended(d, d, spare);
}

// --- Constants

Label Assembler::constant_label(const std::array<uint8_t, 16>& bytes) {
    uint64_t low, high;
    std::memcpy(&low, bytes.data(), 8);
    std::memcpy(&high, bytes.data() + 8, 8);
    uint32_t& known = known_constants_[((low ^ high) * 0x9e3779b97f4a7c15 ^ high) >> 58 & 63];
    if (known == 0 || constants_[known - 1].bytes != bytes) {
        constants_.push_back({bytes, new_label()});
        known = uint32_t(constants_.size());
    }
    return constants_[known - 1].label;
}

void Assembler::constant(Vec d, const std::array<uint8_t, 16>& bytes) {
    if (far_) {
        // There is one register only: no address is made, but the constant itself.
        uint64_t low, high;
        std::memcpy(&low, bytes.data(), 8);
        std::memcpy(&high, bytes.data() + 8, 8);
        mov(spare, low);
        to_vector(Width::w64, d, spare);
        if (high != 0) {
            mov(spare, high);
            op(0x4e181c00, d, spare);  // ins d.d[1]
        }
        return;
    }
    fixups_.push_back({Fixup::Kind::branch19, position(), constant_label(bytes)});
    word(0x9c000000 | rd(d));  // ldr, literal
}

void Assembler::constant(Vec d, uint64_t low, uint64_t high) {
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &low, 8);
    std::memcpy(bytes.data() + 8, &high, 8);
    constant(d, bytes);
}

void Assembler::address(Reg d, const void* pointer) {
    std::array<uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &pointer, sizeof pointer);
    const Label label = constant_label(bytes);
    if (far_) {
        lea(d, label);
        return load(Access::u64, d, at(d, 0));
    }
    fixups_.push_back({Fixup::Kind::branch19, position(), label});
    word(0x58000000 | rd(d));
}

// --- General registers

void Assembler::mov(Reg d, uint64_t immediate) {
    // From zeros or from ones, whichever leaves fewer parts to set; or in one.
    if (immediate == 0 || immediate == UINT64_MAX) {
        return word((immediate == 0 ? 0xd2800000 : 0x92800000) | rd(d));
    }
    unsigned zeros = 0;
    unsigned ones = 0;
    for (unsigned i = 0; i < 64; i += 16) {
        const auto part = uint16_t(immediate >> i);
        zeros += part == 0 ? 1 : 0;
        ones += part == 0xffff ? 1 : 0;
    }
    if (zeros < 3 && ones < 3) {
        if (const auto fields = logical_immediate(Width::w64, immediate)) {
            return word(0xb2000000 | *fields | rn(Reg::zero) | rd(d));  // orr
        }
        // The upper half is cleared by instructions of 32 bits.
        if (immediate <= UINT32_MAX) {
            if (const auto fields = logical_immediate(Width::w32, immediate)) {
                return word(0x32000000 | *fields | rn(Reg::zero) | rd(d));
            }
            if (ones == 1) {
                const bool upper = uint16_t(immediate) == 0xffff;
                const auto part = uint16_t(~immediate >> (upper ? 16 : 0));
                return word(0x12800000 | (upper ? 1u << 21 : 0) | uint32_t{part} << 5 | rd(d));
            }
        }
    }
    const bool inverts = ones > zeros;
    const uint16_t filler = inverts ? 0xffff : 0;
    bool first = true;
    for (unsigned i = 0; i < 4; ++i) {
        const auto part = uint16_t(immediate >> (16 * i));
        if (part == filler) {
            continue;
        }
        if (first) {
            word((inverts ? 0x92800000 : 0xd2800000) | i << 21 |
                 uint32_t(uint16_t(inverts ? ~part : part)) << 5 | rd(d));
        } else {
            word(0xf2800000 | i << 21 | uint32_t{part} << 5 | rd(d));
        }
        first = false;
    }
}

void Assembler::alu(Alu op, Width width, Reg d, Reg a, uint64_t immediate) {
    if (width == Width::w32) {
        immediate = uint32_t(immediate);
    }
    switch (op) {
        case Alu::add:
        case Alu::adds:
        case Alu::sub:
        case Alu::subs: {
            const uint64_t negated =
                width == Width::w32 ? uint32_t(0 - immediate) : uint64_t(0 - immediate);
            // In the form of immediates, zero stands for the stack pointer: as an operand, and as a
            // result of those without flags, which nobody wants.
            if (a == Reg::zero) {
                break;
            }
            // 12 bits, or the 12 bits above those.
            const auto fits = [](uint64_t value) {
                return value < 0x1000 || ((value & 0xfff) == 0 && value < 0x1000000);
            };
            uint32_t code = (uint32_t(op) & 0x60000000) | 0x11000000;
            uint64_t value = immediate;
            // Carries would differ where nothing is added: that always fits.
            if (!fits(value) && fits(negated)) {
                code ^= 0x40000000;
                value = negated;
            }
            if (fits(value)) {
                const bool above = value >= 0x1000;
                return word(code | sf(width) | (above ? 1u << 22 : 0) |
                            uint32_t(above ? value >> 12 : value) << 10 | rn(a) | rd(d));
            }
            break;
        }
        default:
            if (const auto fields = logical_immediate(width, immediate)) {
                return word((uint32_t(op) & 0x60000000) | 0x12000000 | sf(width) | *fields | rn(a) |
                            rd(d));
            }
            break;
    }
    mov(spare, immediate);
    alu(op, width, d, a, spare);
}

void Assembler::shift(Shift op, Width width, Reg d, Reg a, uint8_t count) {
    const unsigned bits = width == Width::w64 ? 64 : 32;
    count &= uint8_t(bits - 1);
    switch (op) {
        case Shift::lsl:
            return bitfield(0x53000000, width, d, a, (bits - count) & (bits - 1), bits - 1 - count);
        case Shift::lsr:
            return bitfield(0x53000000, width, d, a, count, bits - 1);
        case Shift::asr:
            return bitfield(0x13000000, width, d, a, count, bits - 1);
        case Shift::ror:
            return word(0x13800000 | sf(width) | (width == Width::w64 ? 1u << 22 : 0) | rm(a) |
                        uint32_t{count} << 10 | rn(a) | rd(d));
    }
}

void Assembler::extend(Access access, Reg d, Reg s) {
    const unsigned last = (8u << scale_of(access)) - 1;
    switch (access) {
        case Access::u8:
        case Access::u16:
            return bitfield(0x53000000, Width::w32, d, s, 0, last);
        case Access::u32:
            return mov(Width::w32, d, s);
        case Access::u64:
            return mov(Width::w64, d, s);
        case Access::s8_32:
        case Access::s16_32:
            return bitfield(0x13000000, Width::w32, d, s, 0, last);
        case Access::s8_64:
        case Access::s16_64:
        case Access::s32_64:
            return bitfield(0x13000000, Width::w64, d, s, 0, last);
    }
}

// --- Memory

void Assembler::access(uint32_t code, unsigned scale, uint32_t reg, const Mem& m) {
    if (m.index != Reg::none) {
        const uint32_t option = m.index_width == Width::w32 ? 2 : 3;
        return word(code | 0x38200800 | rm(m.index) | option << 13 | (m.shift != 0 ? 1u << 12 : 0) |
                    rn(m.base) | reg);
    }
    const int32_t disp = m.disp;
    if (disp >= 0 && (disp & ((1 << scale) - 1)) == 0 && disp >> scale < 0x1000) {
        return word(code | 0x39000000 | uint32_t(disp >> scale) << 10 | rn(m.base) | reg);
    }
    if (disp >= -256 && disp < 256) {
        return word(code | 0x38000000 | (uint32_t(disp) & 0x1ff) << 12 | rn(m.base) | reg);
    }
    mov(spare, uint64_t(int64_t{disp}));
    word(code | 0x38206800 | rm(spare) | rn(m.base) | reg);
}

void Assembler::load(Access access, Reg d, const Mem& m) {
    const unsigned scale = scale_of(access);
    const bool to_32 = access == Access::s8_32 || access == Access::s16_32;
    const uint32_t opc = !is_signed(access) ? 1 : to_32 ? 3 : 2;
    this->access(scale << 30 | opc << 22, scale, rd(d), m);
}

void Assembler::store(unsigned bytes, const Mem& m, Reg s) {
    const auto scale = unsigned(std::countr_zero(bytes));
    access(scale << 30, scale, rd(s), m);
}

void Assembler::load(unsigned bytes, Vec d, const Mem& m) {
    const auto scale = unsigned(std::countr_zero(bytes));
    access(vector_access(scale, true), scale, rd(d), m);
}

void Assembler::store(unsigned bytes, const Mem& m, Vec s) {
    const auto scale = unsigned(std::countr_zero(bytes));
    access(vector_access(scale, false), scale, rd(s), m);
}

}  // namespace epsilon::baseline

// SPDX-License-Identifier: Apache-2.0
#include "baseline/x64/assembler.h"

#include <algorithm>
#include <utility>

namespace epsilon::baseline {

namespace {

using encoding::code_of;
using encoding::disp_size;
using encoding::high;
using encoding::is_short;
using encoding::mod_of;

// The bits that instructions have of none are zero.
static_assert((code_of(Reg::none) & 15) == 0);
constexpr VectorCode movaps = {0, 1, 0x28};

}  // namespace

void Assembler::grow(size_t bytes) {
    const uint32_t used = position();
    bytes_.resize(std::max(2 * bytes_.size(), bytes_.size() + bytes + least_bytes));
    next_ = bytes_.data() + used;
}

void Assembler::clear() {
    next_ = bytes_.data();
    labels_.clear();
    fixups_.clear();
    constants_.clear();
    constant_fixups_.clear();
    known_constants_.fill(0);
}

void Assembler::align(uint32_t bytes) {
    // The recommended nops of one to eight bytes.
    static constexpr uint8_t nops[8][8] = {
        {0x90},
        {0x66, 0x90},
        {0x0f, 0x1f, 0x00},
        {0x0f, 0x1f, 0x40, 0x00},
        {0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
        {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
    };
    for (uint32_t left = (bytes - position() % bytes) % bytes; left != 0;) {
        const uint32_t size = std::min<uint32_t>(left, 8);
        room();
        std::memcpy(next_, nops[size - 1], size);
        next_ += size;
        left -= size;
    }
}

Mem Assembler::constant(const std::array<uint8_t, 16>& bytes) {
    // One look: a function may have any number of constants.
    uint64_t low, high;
    std::memcpy(&low, bytes.data(), 8);
    std::memcpy(&high, bytes.data() + 8, 8);
    uint32_t& number = known_constants_[(low + 31 * high) * 0x9e3779b97f4a7c15 >> 58];
    if (number == 0 || constants_[number - 1] != bytes) {
        constants_.push_back(bytes);
        number = uint32_t(constants_.size());
    }
    return {Reg::none, Reg::none, 0, 0, number};
}

Mem Assembler::constant64(uint64_t low, uint64_t high) {
    std::array<uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &low, 8);
    std::memcpy(bytes.data() + 8, &high, 8);
    return constant(bytes);
}

void Assembler::data(std::span<const uint8_t> bytes) {
    room(bytes.size());
    next_ = std::copy(bytes.begin(), bytes.end(), next_);
}

bool Assembler::finish() {
    if (!constants_.empty()) {
        align(16);
    }
    const uint32_t first = position();
    for (const std::array<uint8_t, 16>& constant : constants_) {
        data(constant);
    }
    const auto set = [this](uint32_t at, int32_t value) {
        std::memcpy(bytes_.data() + at, &value, sizeof value);
    };
    for (const Fixup& fixup : fixups_) {
        set(fixup.at, int32_t(labels_[fixup.label] - (fixup.at + 4)));
    }
    for (const ConstantFixup& fixup : constant_fixups_) {
        int32_t disp;
        std::memcpy(&disp, bytes_.data() + fixup.at, sizeof disp);
        set(fixup.at,
            int32_t(first + 16 * (fixup.constant - 1) + uint32_t(disp) - fixup.at) - fixup.end);
    }
    fixups_.clear();
    constant_fixups_.clear();
    return true;
}

// --- Encoding

// The parts of instructions, in their order. The end of the code is in a local variable meanwhile:
// as far as compilers know, each byte that is written could change a member. What there may be or
// not is written in any case, and then counted or not: which it is can't be foretold.
class Assembler::Instruction {
public:
    explicit Instruction(Assembler& code) : code_(code), next_(code.next_) {}
    ~Instruction() { code_.next_ = next_; }
    Instruction(const Instruction&) = delete;
    Instruction& operator=(const Instruction&) = delete;

    uint32_t position() const { return uint32_t(next_ - code_.bytes_.data()); }
    void byte(uint8_t value) { *next_++ = value; }
    template <class T>
    void put(T value) {
        std::memcpy(next_, &value, sizeof value);
        next_ += sizeof value;
    }
    void rex(bool wide, uint8_t reg, uint8_t index, uint8_t base, bool needed = false) {
        const auto bits = uint8_t(wide << 3 | high(reg) << 2 | high(index) << 1 | high(base));
        *next_ = 0x40 | bits;
        next_ += bits != 0 || needed ? 1 : 0;
    }
    void opcode(uint8_t map, uint8_t opcode) {
        *next_ = 0x0f;
        next_ += map >= 1 ? 1 : 0;
        if (map >= 2) [[unlikely]] {
            byte(map == 2 ? 0x38 : 0x3a);
        }
        byte(opcode);
    }
    // Prefix, opcode map and opcode of vector instructions, in the form of SSE or of AVX.
    void sse(const VectorCode& code, uint8_t reg, uint8_t index, uint8_t base) {
        if (code.prefix != 0) {
            byte(code.prefix);
        }
        rex(code.wide, reg, index, base);
        opcode(code.map, code.opcode);
    }
    void vex(const VectorCode& code, uint8_t reg, uint8_t other, uint8_t index, uint8_t base) {
        const uint8_t pp = code.prefix == 0x66   ? 1
                           : code.prefix == 0xf3 ? 2
                           : code.prefix == 0xf2 ? 3
                                                 : 0;
        const auto vvvv = uint8_t((~other & 15) << 3);
        if (code.map == 1 && !code.wide && !high(index) && !high(base)) {
            byte(0xc5);
            byte(uint8_t(!high(reg) << 7 | vvvv | pp));
        } else {
            byte(0xc4);
            byte(uint8_t(!high(reg) << 7 | !high(index) << 6 | !high(base) << 5 | code.map));
            byte(uint8_t(code.wide << 7 | vvvv | pp));
        }
        byte(code.opcode);
    }
    void modrm(uint8_t reg, uint8_t rm) { byte(uint8_t(0xc0 | (reg & 7) << 3 | (rm & 7))); }
    // ModRM, SIB and displacement.
    void operand(uint8_t reg, const Mem& m) {
        const auto reg_bits = uint8_t((reg & 7) << 3);
        const uint8_t index = m.index == Reg::none ? 4 : code_of(m.index) & 7;
        if (m.base == Reg::none) [[unlikely]] {
            if (m.constant != 0) {
                byte(reg_bits | 5);
            } else {
                byte(reg_bits | 4);
                byte(uint8_t(m.scale << 6 | index << 3 | 5));
            }
            return put(m.disp);
        }
        const auto base = uint8_t(code_of(m.base) & 7);
        const bool has_sib = m.index != Reg::none || base == 4;
        next_[0] = uint8_t(mod_of(m.disp, base) | reg_bits | (has_sib ? 4 : base));
        next_[1] = uint8_t(m.scale << 6 | index << 3 | base);
        next_ += has_sib ? 2 : 1;
        std::memcpy(next_, &m.disp, sizeof m.disp);
        next_ += disp_size(m.disp, base);
    }

private:
    Assembler& code_;
    uint8_t* next_;
};

// The field that the operand ends with is filled in later.
void Assembler::note_constant(const Mem& m, int tail) {
    constant_fixups_.push_back({position() - 4, m.constant, 4 + tail});
    room();
}

void Assembler::rr(Width width, uint8_t opcode, Reg reg, Reg rm, uint8_t map) {
    {
        Instruction instruction(*this);
        instruction.rex(width == Width::w64, code_of(reg), 0, code_of(rm));
        instruction.opcode(map, opcode);
        instruction.modrm(code_of(reg), code_of(rm));
    }
    room();
}

void Assembler::rm(Width width, uint8_t opcode, Reg reg, const Mem& m, uint8_t map, int tail) {
    {
        Instruction instruction(*this);
        instruction.rex(width == Width::w64, code_of(reg), code_of(m.index), code_of(m.base));
        instruction.opcode(map, opcode);
        instruction.operand(code_of(reg), m);
    }
    end_operand(m, tail);
}

void Assembler::vector(const VectorCode& code, Xmm d, Xmm other, Xmm s, bool one, int) {
    {
        Instruction instruction(*this);
        if (avx_) {
            instruction.vex(code, code_of(d), one ? 0 : code_of(other), 0, code_of(s));
        } else {
            instruction.sse(code, code_of(d), 0, code_of(s));
        }
        instruction.modrm(code_of(d), code_of(s));
    }
    room();
}

void Assembler::vector(const VectorCode& code, Xmm d, Xmm other, const Mem& m, bool one, int tail) {
    {
        Instruction instruction(*this);
        if (avx_) {
            instruction.vex(code, code_of(d), one ? 0 : code_of(other), code_of(m.index),
                            code_of(m.base));
        } else {
            instruction.sse(code, code_of(d), code_of(m.index), code_of(m.base));
        }
        instruction.operand(code_of(d), m);
    }
    end_operand(m, tail);
}

// --- General registers

void Assembler::mov(Reg d, uint64_t immediate) {
    room();
    Instruction instruction(*this);
    if (immediate == uint32_t(immediate)) {
        instruction.rex(false, 0, 0, code_of(d));
        instruction.byte(uint8_t(0xb8 | (code_of(d) & 7)));
        instruction.put(uint32_t(immediate));
    } else if (int64_t(immediate) == int32_t(immediate)) {
        instruction.rex(true, 0, 0, code_of(d));
        instruction.byte(0xc7);
        instruction.modrm(0, code_of(d));
        instruction.put(int32_t(immediate));
    } else {
        instruction.rex(true, 0, 0, code_of(d));
        instruction.byte(uint8_t(0xb8 | (code_of(d) & 7)));
        instruction.put(immediate);
    }
}

void Assembler::lea(Reg d, Label label) {
    room();
    Instruction instruction(*this);
    instruction.rex(true, code_of(d), 0, 0);
    instruction.byte(0x8d);
    instruction.byte(uint8_t((code_of(d) & 7) << 3 | 5));
    fixups_.push_back({instruction.position(), label});
    instruction.put(0);
}

void Assembler::load(Access access, Reg d, const Mem& m) {
    switch (access) {
        case Access::s8_32:
            return rm(Width::w32, 0xbe, d, m, 1);
        case Access::u8:
            return rm(Width::w32, 0xb6, d, m, 1);
        case Access::s16_32:
            return rm(Width::w32, 0xbf, d, m, 1);
        case Access::u16:
            return rm(Width::w32, 0xb7, d, m, 1);
        case Access::u32:
            return rm(Width::w32, 0x8b, d, m);
        case Access::s8_64:
            return rm(Width::w64, 0xbe, d, m, 1);
        case Access::s16_64:
            return rm(Width::w64, 0xbf, d, m, 1);
        case Access::s32_64:
            return rm(Width::w64, 0x63, d, m);
        case Access::u64:
            return rm(Width::w64, 0x8b, d, m);
    }
}

void Assembler::store(unsigned bytes, const Mem& m, Reg s) {
    switch (bytes) {
        case 1: {
            {
                Instruction instruction(*this);
                // Without a prefix, codes 4 to 7 would be other registers.
                instruction.rex(false, code_of(s), code_of(m.index), code_of(m.base),
                                code_of(s) >= 4);
                instruction.byte(0x88);
                instruction.operand(code_of(s), m);
            }
            return end_operand(m, 0);
        }
        case 2:
            byte(0x66);
            return rm(Width::w32, 0x89, s, m);
        case 4:
            return rm(Width::w32, 0x89, s, m);
        default:
            return rm(Width::w64, 0x89, s, m);
    }
}

void Assembler::store(unsigned bytes, const Mem& m, int32_t immediate) {
    switch (bytes) {
        case 1:
            rm(Width::w32, 0xc6, Reg(0), m, 0, 1);
            return byte(uint8_t(immediate));
        case 2:
            byte(0x66);
            rm(Width::w32, 0xc7, Reg(0), m, 0, 2);
            return put(int16_t(immediate));
        case 4:
            rm(Width::w32, 0xc7, Reg(0), m, 0, 4);
            return put(immediate);
        default:
            rm(Width::w64, 0xc7, Reg(0), m, 0, 4);
            return put(immediate);
    }
}

void Assembler::extend(Access access, Reg d, Reg s) {
    const auto from_byte = [&](Width width, uint8_t opcode) {
        room();
        Instruction instruction(*this);
        instruction.rex(width == Width::w64, code_of(d), 0, code_of(s), code_of(s) >= 4);
        instruction.opcode(1, opcode);
        instruction.modrm(code_of(d), code_of(s));
    };
    switch (access) {
        case Access::s8_32:
            return from_byte(Width::w32, 0xbe);
        case Access::u8:
            return from_byte(Width::w32, 0xb6);
        case Access::s8_64:
            return from_byte(Width::w64, 0xbe);
        case Access::s16_32:
            return rr(Width::w32, 0xbf, d, s, 1);
        case Access::u16:
            return rr(Width::w32, 0xb7, d, s, 1);
        case Access::s16_64:
            return rr(Width::w64, 0xbf, d, s, 1);
        case Access::s32_64:
            return rr(Width::w64, 0x63, d, s);
        case Access::u32:
            return mov(Width::w32, d, s);
        case Access::u64:
            return mov(Width::w64, d, s);
    }
}

void Assembler::alu(Alu op, Width width, Reg d, int32_t immediate) {
    rr(width, is_short(immediate) ? 0x83 : 0x81, Reg(uint8_t(op)), d);
    if (is_short(immediate)) {
        byte(uint8_t(immediate));
    } else {
        put(immediate);
    }
}

void Assembler::alu(Alu op, Width width, const Mem& m, int32_t immediate) {
    const bool is_byte = is_short(immediate);
    rm(width, is_byte ? 0x83 : 0x81, Reg(uint8_t(op)), m, 0, is_byte ? 1 : 4);
    if (is_byte) {
        byte(uint8_t(immediate));
    } else {
        put(immediate);
    }
}

void Assembler::test(Width width, Reg a, int32_t immediate) {
    rr(width, 0xf7, Reg(0), a);
    put(immediate);
}

void Assembler::imul(Width width, Reg d, Reg s, int32_t immediate) {
    rr(width, is_short(immediate) ? 0x6b : 0x69, d, s);
    if (is_short(immediate)) {
        byte(uint8_t(immediate));
    } else {
        put(immediate);
    }
}

void Assembler::shift(Shift op, Width width, Reg r, uint8_t count) {
    rr(width, count == 1 ? 0xd1 : 0xc1, Reg(uint8_t(op)), r);
    if (count != 1) {
        byte(count);
    }
}

void Assembler::shiftx(Shift op, Width width, Reg d, Reg s, Reg count) {
    const uint8_t prefix = op == Shift::shl ? 0x66 : op == Shift::sar ? 0xf3 : 0xf2;
    room();
    Instruction instruction(*this);
    instruction.vex({prefix, 2, 0xf7, width == Width::w64}, code_of(d), code_of(count), 0,
                    code_of(s));
    instruction.modrm(code_of(d), code_of(s));
}

void Assembler::rorx(Width width, Reg d, Reg s, uint8_t count) {
    room();
    Instruction instruction(*this);
    instruction.vex({0xf2, 3, 0xf0, width == Width::w64}, code_of(d), 0, 0, code_of(s));
    instruction.modrm(code_of(d), code_of(s));
    instruction.byte(count);
}

void Assembler::bits(Bits op, Width width, Reg d, Reg s) {
    room();
    byte(0xf3);
    rr(width, uint8_t(op), d, s, 1);
}

void Assembler::setcc(Cond cond, Reg d) {
    room();
    Instruction instruction(*this);
    instruction.rex(false, 0, 0, code_of(d), code_of(d) >= 4);
    instruction.opcode(1, uint8_t(0x90 | uint8_t(cond)));
    instruction.modrm(0, code_of(d));
}

void Assembler::jmp(Label label) {
    room();
    if (is_bound(label)) {
        const auto distance = int32_t(labels_[label] - (position() + 2));
        if (is_short(distance)) {
            byte(0xeb);
            return byte(uint8_t(distance));
        }
    }
    byte(0xe9);
    fixups_.push_back({position(), label});
    put(0);
}

void Assembler::jcc(Cond cond, Label label) {
    room();
    if (is_bound(label)) {
        const auto distance = int32_t(labels_[label] - (position() + 2));
        if (is_short(distance)) {
            byte(uint8_t(0x70 | uint8_t(cond)));
            return byte(uint8_t(distance));
        }
    }
    byte(0x0f);
    byte(uint8_t(0x80 | uint8_t(cond)));
    fixups_.push_back({position(), label});
    put(0);
}

// --- Vector registers

void Assembler::movap(Xmm d, Xmm s) {
    if (d != s) {
        vector1(movaps, d, s);
    }
}

void Assembler::two_operands(const VectorCode& code, Xmm d, Xmm a, Xmm b, int immediate) {
    // d is the first operand and the result.
    Xmm result = d;
    if (d == b && d != a) {
        if (code.commutes) {
            std::swap(a, b);
        } else {
            result = Xmm::xmm15;
        }
    }
    movap(result, a);
    vector(code, result, result, b, false);
    if (immediate >= 0) {
        byte(uint8_t(immediate));
    }
    movap(d, result);
}

void Assembler::vector2(const VectorCode& code, Xmm d, Xmm a, Xmm b) {
    if (!avx_) {
        return two_operands(code, d, a, b, -1);
    }
    vector(code, d, a, b, false);
}

void Assembler::vector2(const VectorCode& code, Xmm d, Xmm a, const Mem& b) {
    if (!avx_) {
        movap(d, a);
    }
    vector(code, d, a, b, false);
}

void Assembler::vector2(const VectorCode& code, Xmm d, Xmm a, Xmm b, uint8_t immediate) {
    if (!avx_) {
        return two_operands(code, d, a, b, immediate);
    }
    vector(code, d, a, b, false, 1);
    byte(immediate);
}

void Assembler::vector2(const VectorCode& code, Xmm d, Xmm a, const Mem& b, uint8_t immediate) {
    if (!avx_) {
        movap(d, a);
    }
    vector(code, d, a, b, false, 1);
    byte(immediate);
}

void Assembler::vector_shift(const VectorCode& code, uint8_t digit, Xmm d, Xmm a, uint8_t count) {
    if (avx_) {
        // The destination is the operand that others read from.
        vector(code, Xmm(digit), d, a, false, 1);
    } else {
        movap(d, a);
        vector(code, Xmm(digit), d, d, false, 1);
    }
    byte(count);
}

void Assembler::vector3(const VectorCode& code, Xmm d, Xmm a, Xmm b, Xmm c) {
    vector(code, d, a, b, false, 1);
    byte(uint8_t(code_of(c) << 4));
}

void Assembler::to_vector(Width width, Xmm d, Reg s) {
    vector({0x66, 1, 0x6e, width == Width::w64}, d, Xmm(0), Xmm(code_of(s)), true);
}

void Assembler::from_vector(Width width, Reg d, Xmm s) {
    vector({0x66, 1, 0x7e, width == Width::w64}, s, Xmm(0), Xmm(code_of(d)), true);
}

void Assembler::vector2(const VectorCode& code, Xmm d, Xmm a, Reg b) {
    if (!avx_) {
        movap(d, a);
    }
    vector(code, d, a, Xmm(code_of(b)), false);
}

void Assembler::vector2(const VectorCode& code, Xmm d, Xmm a, Reg b, uint8_t immediate) {
    if (!avx_) {
        movap(d, a);
    }
    vector(code, d, a, Xmm(code_of(b)), false, 1);
    byte(immediate);
}

void Assembler::from_vector(const VectorCode& code, Reg d, Xmm s) {
    vector(code, Xmm(code_of(d)), Xmm(0), s, true);
}

void Assembler::from_vector(const VectorCode& code, Reg d, Xmm s, uint8_t immediate) {
    vector(code, s, Xmm(0), Xmm(code_of(d)), true, 1);
    byte(immediate);
}

}  // namespace epsilon::baseline

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

// Encodes x86-64 instructions, those that the baseline compiler uses. Names are the processor
// manuals'; operands in their order, destination first. Nothing is checked beyond what types say:
// the compiler gives only what can be encoded.
namespace epsilon::baseline {

enum class Reg : uint8_t {
    rax,
    rcx,
    rdx,
    rbx,
    rsp,
    rbp,
    rsi,
    rdi,
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    none,
};
enum class Xmm : uint8_t {
    xmm0,
    xmm1,
    xmm2,
    xmm3,
    xmm4,
    xmm5,
    xmm6,
    xmm7,
    xmm8,
    xmm9,
    xmm10,
    xmm11,
    xmm12,
    xmm13,
    xmm14,
    xmm15,
};

enum class Width : uint8_t { w32, w64 };

// The conditions of jcc, setcc and cmovcc, by their codes.
enum class Cond : uint8_t {
    o,
    no,
    b,
    ae,
    e,
    ne,
    be,
    a,
    s,
    ns,
    p,
    np,
    l,
    ge,
    le,
    g,
};
constexpr Cond inverted(Cond cond) {
    return Cond(uint8_t(cond) ^ 1);
}

// [base + index * 2^scale + disp], without those that are none; or a constant behind the code.
struct Mem {
    Reg base = Reg::none;
    Reg index = Reg::none;  // not rsp
    uint8_t scale = 0;
    int32_t disp = 0;
    // Of a constant: its number, from 1; disp is counted from there.
    uint32_t constant = 0;
};
constexpr Mem at(Reg base, int32_t disp) {
    return {base, Reg::none, 0, disp, 0};
}
constexpr Mem at(Reg base, Reg index, int32_t disp, uint8_t scale = 0) {
    return {base, index, scale, disp, 0};
}

// The eight operations with the same forms, by the number in their encodings.
enum class Alu : uint8_t { add, or_, adc, sbb, and_, sub, xor_, cmp };
enum class Shift : uint8_t { rol, ror, rcl, rcr, shl, shr, sal, sar };
// One operand, opcode f7.
enum class Unary : uint8_t { not_ = 2, neg = 3, mul = 4, imul = 5, div = 6, idiv = 7 };
enum class Bits : uint8_t { tzcnt = 0xbc, lzcnt = 0xbd, popcnt = 0xb8 };
enum class Scan : uint8_t { bsf = 0xbc, bsr = 0xbd };

// How a load extends what it reads; a store writes the low bytes.
enum class Access : uint8_t { s8_32, u8, s16_32, u16, u32, s8_64, s16_64, s32_64, u64 };

// An instruction of SSE or AVX: mandatory prefix, opcode map (1: 0f, 2: 0f 38, 3: 0f 3a), opcode.
struct VectorCode {
    uint8_t prefix;  // 0, 0x66, 0xf3, 0xf2
    uint8_t map;
    uint8_t opcode;
    bool wide = false;      // with the W bit
    bool commutes = false;  // of two operands
};

using Label = uint32_t;

// Parts of instructions.
namespace encoding {

constexpr uint8_t code_of(Reg reg) {
    return uint8_t(reg);
}
constexpr uint8_t code_of(Xmm reg) {
    return uint8_t(reg);
}
// What a prefix has of it.
constexpr uint8_t high(uint8_t code) {
    return code >> 3 & 1;
}
constexpr bool is_short(int32_t value) {
    return value == int8_t(value);
}
// Of displacements from a base, by the low bits of its code. rbp and r13 have no form without one.
// Without branches: which size it is can't be foretold.
constexpr unsigned has_disp(int32_t disp, uint8_t base) {
    return unsigned{disp != 0} | unsigned{base == 5};
}
constexpr uint8_t mod_of(int32_t disp, uint8_t base) {
    return uint8_t(has_disp(disp, base) << (7 - unsigned{is_short(disp)}));
}
// In bytes: one or four, which begin with the same byte.
constexpr unsigned disp_size(int32_t disp, uint8_t base) {
    return has_disp(disp, base) << (2 - 2 * unsigned{is_short(disp)});
}

}  // namespace encoding

class Assembler {
public:
    // With AVX, vector instructions have their three-operand forms.
    explicit Assembler(bool avx) : avx_(avx) { room(); }
    Assembler(const Assembler&) = delete;
    Assembler& operator=(const Assembler&) = delete;

    bool avx() const { return avx_; }
    uint32_t position() const { return uint32_t(next_ - bytes_.data()); }

    Label new_label() {
        labels_.push_back(unbound);
        return Label(labels_.size() - 1);
    }
    void bind(Label label) { labels_[label] = position(); }
    bool is_bound(Label label) const { return labels_[label] != unbound; }
    uint32_t position_of(Label label) const { return labels_[label]; }
    // Fills up with nops.
    void align(uint32_t bytes);

    // Sixteen bytes behind the code, aligned as far as the code itself is; equal ones are there
    // once, as a rule.
    Mem constant(const std::array<uint8_t, 16>& bytes);
    Mem constant64(uint64_t low, uint64_t high);
    Mem constant64(uint64_t both) { return constant64(both, both); }
    Mem constant32(uint32_t all) { return constant64(uint64_t{all} << 32 | all); }

    // Bytes that are no instructions.
    void data(std::span<const uint8_t> bytes);

    // Sets all labels and constants; the code is complete. True: all distances fit instructions.
    bool finish();
    void use_far_distances() {}
    std::span<const uint8_t> code() const { return {bytes_.data(), position()}; }
    void clear();

    // --- General registers. 32-bit results clear the upper half.
    void mov(Width width, Reg d, Reg s) { rr(width, 0x8b, d, s); }
    void mov(Reg d, uint64_t immediate);  // the shortest form; flags stay
    // From and to [base + disp], no more, with a base that isn't rsp or r12: what there is most of.
    void mov(Width width, Reg d, const Mem& m) { mov(width, 0x8b, d, m); }
    void mov(const Mem& m, Reg s) { mov(Width::w64, 0x89, s, m); }
    void zero(Reg d) { rr(Width::w32, 0x31, d, d); }
    void lea(Width width, Reg d, const Mem& m) { rm(width, 0x8d, d, m); }
    void lea(Reg d, Label label);
    void load(Access access, Reg d, const Mem& m);
    void store(unsigned bytes, const Mem& m, Reg s);
    void store(unsigned bytes, const Mem& m, int32_t immediate);
    void extend(Access access, Reg d, Reg s);  // from the low part of s

    void alu(Alu op, Width width, Reg d, Reg s) { rr(width, uint8_t(uint8_t(op) << 3 | 3), d, s); }
    void alu(Alu op, Width width, Reg d, int32_t immediate);
    void alu(Alu op, Width width, Reg d, const Mem& m) {
        rm(width, uint8_t(uint8_t(op) << 3 | 3), d, m);
    }
    void alu(Alu op, Width width, const Mem& m, int32_t immediate);
    void alu(Alu op, Width width, const Mem& m, Reg s) {
        rm(width, uint8_t(uint8_t(op) << 3 | 1), s, m);
    }
    void test(Width width, Reg a, Reg b) { rr(width, 0x85, b, a); }
    void test(Width width, Reg a, int32_t immediate);
    void imul(Width width, Reg d, Reg s) { rr(width, 0xaf, d, s, 1); }
    void imul(Width width, Reg d, const Mem& m) { rm(width, 0xaf, d, m, 1); }
    void imul(Width width, Reg d, Reg s, int32_t immediate);
    void unary(Unary op, Width width, Reg r) { rr(width, 0xf7, Reg(uint8_t(op)), r); }
    void cdq() { room(), byte(0x99); }
    void cqo() { room(), byte(0x48), byte(0x99); }
    void shift(Shift op, Width width, Reg r, uint8_t count);
    void shift_cl(Shift op, Width width, Reg r) { rr(width, 0xd3, Reg(uint8_t(op)), r); }
    // BMI2: shlx, shrx, sarx, rorx.
    void shiftx(Shift op, Width width, Reg d, Reg s, Reg count);
    void rorx(Width width, Reg d, Reg s, uint8_t count);
    void bits(Bits op, Width width, Reg d, Reg s);
    void scan(Scan op, Width width, Reg d, Reg s) { rr(width, uint8_t(op), d, s, 1); }
    void setcc(Cond cond, Reg d);  // the low byte
    void cmov(Cond cond, Width width, Reg d, Reg s) {
        rr(width, uint8_t(0x40 | uint8_t(cond)), d, s, 1);
    }
    void cmov(Cond cond, Width width, Reg d, const Mem& m) {
        rm(width, uint8_t(0x40 | uint8_t(cond)), d, m, 1);
    }

    void jmp(Label label);
    void jcc(Cond cond, Label label);
    // Short jumps forward, over at most 127 bytes: skip_to_here() is told what the jump gave.
    using Skip = uint32_t;
    Skip skip() { return short_jump(0xeb); }
    Skip skip_if(Cond cond) { return short_jump(uint8_t(0x70 | uint8_t(cond))); }
    void skip_to_here(Skip skip) { bytes_[skip - 1] = uint8_t(position() - skip); }
    void jmp(Reg target) { rr(Width::w32, 0xff, Reg(4), target); }
    void jmp(const Mem& target) { rm(Width::w32, 0xff, Reg(4), target); }
    void call(const Mem& target) { rm(Width::w32, 0xff, Reg(2), target); }
    void push(Reg s) { stack(0x50, s); }
    void pop(Reg d) { stack(0x58, d); }
    void ret() { room(), byte(0xc3); }
    void stmxcsr(const Mem& m) { rm(Width::w32, 0xae, Reg(3), m, 1); }
    void trap() { room(), byte(0x0f), byte(0x0b); }  // ud2

    // --- Vector registers.
    // d <- code(s). With AVX, scalar operations of one operand are vector2's: they have another,
    // whose upper lanes they keep.
    void vector1(const VectorCode& code, Xmm d, Xmm s) { vector(code, d, Xmm(0), s, true); }
    void vector1(const VectorCode& code, Xmm d, const Mem& m) { vector(code, d, Xmm(0), m, true); }
    void vector1(const VectorCode& code, Xmm d, Xmm s, uint8_t immediate) {
        vector(code, d, Xmm(0), s, true, 1), byte(immediate);
    }
    void vector1(const VectorCode& code, Xmm d, const Mem& m, uint8_t immediate) {
        vector(code, d, Xmm(0), m, true, 1), byte(immediate);
    }
    // code(d) -> m, of stores.
    void vector_store(const VectorCode& code, const Mem& m, Xmm s) {
        vector(code, s, Xmm(0), m, true);
    }
    void vector_store(const VectorCode& code, const Mem& m, Xmm s, uint8_t immediate) {
        vector(code, s, Xmm(0), m, true, 1), byte(immediate);
    }
    // d <- code(a, b). Without AVX it may take moves, and xmm15 where b is d and a is not; b and d
    // must not both be xmm15 then, unless the operation commutes.
    void vector2(const VectorCode& code, Xmm d, Xmm a, Xmm b);
    void vector2(const VectorCode& code, Xmm d, Xmm a, const Mem& b);
    void vector2(const VectorCode& code, Xmm d, Xmm a, Xmm b, uint8_t immediate);
    void vector2(const VectorCode& code, Xmm d, Xmm a, const Mem& b, uint8_t immediate);
    // d <- a shifted by an immediate: opcode group `digit`.
    void vector_shift(const VectorCode& code, uint8_t digit, Xmm d, Xmm a, uint8_t count);
    // AVX only: d <- for each byte, of b where c's upper bit is set, of a otherwise, and the like.
    void vector3(const VectorCode& code, Xmm d, Xmm a, Xmm b, Xmm c);
    void movap(Xmm d, Xmm s);
    void mov(Xmm d, Xmm s) { movap(d, s); }
    // Between general and vector registers: movd, movq.
    void to_vector(Width width, Xmm d, Reg s);
    void from_vector(Width width, Reg d, Xmm s);
    // Of a vector and a general register or memory: cvtsi2sd, pinsrd, ...
    void vector2(const VectorCode& code, Xmm d, Xmm a, Reg b);
    void vector2(const VectorCode& code, Xmm d, Xmm a, Reg b, uint8_t immediate);
    void from_vector(const VectorCode& code, Reg d, Xmm s);  // cvttsd2si, pmovmskb, ...
    void from_vector(const VectorCode& code, Reg d, Xmm s, uint8_t immediate);  // pextrd: d is rm

private:
    static constexpr uint32_t unbound = UINT32_MAX;
    static constexpr size_t least_bytes = 4096;
    struct Fixup {
        uint32_t at;  // of 32 bits
        uint32_t label;
    };
    struct ConstantFixup {
        uint32_t at;
        uint32_t constant;
        int32_t end;  // of the instruction, from the field
    };

    // So much is free behind the code where an instruction begins. It is looked for behind the one
    // before: then a call that makes room costs nothing where it isn't made.
    static constexpr size_t least_room = 64;
    void room(size_t bytes = 0) {
        if (size_t(bytes_.data() + bytes_.size() - next_) < bytes + least_room) grow(bytes);
    }
    void grow(size_t bytes);
    void byte(uint8_t value) { *next_++ = value; }
    void stack(uint8_t opcode, Reg reg) {
        room();
        if (uint8_t(reg) >= 8) {
            byte(0x41);
        }
        byte(uint8_t(opcode | (uint8_t(reg) & 7)));
    }
    Skip short_jump(uint8_t opcode) {
        room(), byte(opcode), byte(0);
        return position();
    }
    template <class T>
    void put(T value) {
        std::memcpy(next_, &value, sizeof value);
        next_ += sizeof value;
    }
    class Instruction;  // while it is written
    // Behind an operand; `tail` bytes of immediate follow.
    void end_operand(const Mem& m, int tail) {
        if (m.constant != 0) [[unlikely]] {
            return note_constant(m, tail);
        }
        room();
    }
    void note_constant(const Mem& m, int tail);
    void mov(Width width, uint8_t opcode, Reg reg, const Mem& m) {
        using namespace encoding;
        const uint8_t code = code_of(reg);
        const auto rex =
            uint8_t((width == Width::w64) << 3 | high(code) << 2 | high(code_of(m.base)));
        const auto base = uint8_t(code_of(m.base) & 7);
        uint8_t* next = next_;
        *next = 0x40 | rex;
        next += rex != 0 ? 1 : 0;
        next[0] = opcode;
        next[1] = uint8_t(mod_of(m.disp, base) | (code & 7) << 3 | base);
        std::memcpy(next + 2, &m.disp, sizeof m.disp);
        next_ = next + 2 + disp_size(m.disp, base);
        room();
    }
    void rr(Width width, uint8_t opcode, Reg reg, Reg rm, uint8_t map = 0);
    void rm(Width width, uint8_t opcode, Reg reg, const Mem& m, uint8_t map = 0, int tail = 0);
    // The instruction up to its immediate. `other` is not used where `one` operand is read.
    void vector(const VectorCode& code, Xmm d, Xmm other, Xmm s, bool one, int tail = 0);
    void vector(const VectorCode& code, Xmm d, Xmm other, const Mem& m, bool one, int tail = 0);
    // `immediate` follows, unless it is negative.
    void two_operands(const VectorCode& code, Xmm d, Xmm a, Xmm b, int immediate);

    bool avx_;
    std::vector<uint8_t> bytes_;
    uint8_t* next_ = nullptr;
    std::vector<uint32_t> labels_;
    std::vector<Fixup> fixups_;
    std::vector<std::array<uint8_t, 16>> constants_;
    // The numbers of some constants, by hash.
    std::array<uint32_t, 64> known_constants_{};
    std::vector<ConstantFixup> constant_fixups_;
};

}  // namespace epsilon::baseline

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

// Encodes AArch64 instructions, those that the baseline compiler uses. Names are the architecture
// manual's; operands in their order, destination first. Nothing is checked beyond what types say:
// the compiler gives only what can be encoded.
namespace epsilon::baseline {

enum class Reg : uint8_t {
    x0,
    x1,
    x2,
    x3,
    x4,
    x5,
    x6,
    x7,
    x8,
    x9,
    x10,
    x11,
    x12,
    x13,
    x14,
    x15,
    x16,
    x17,  // the assembler's own: for what doesn't fit an instruction
    x30 = 30,
    zero = 31,
    none = 32,
};
enum class Vec : uint8_t {
    v0,
    v1,
    v2,
    v3,
    v4,
    v5,
    v6,
    v7,
    v8,  // up to v15 their lower halves are the caller's: not used
    v16 = 16,
    v17,
    v18,
    v19,
    v20,
    v21,
    v22,
    v23,
    v24,
    v25,
    v26,
    v27,
    v28,
    v29,
    v30,
    v31,
};

enum class Width : uint8_t { w32, w64 };

// The conditions of branches and selections, by their codes.
enum class Cond : uint8_t { eq, ne, hs, lo, mi, pl, vs, vc, hi, ls, ge, lt, gt, le };
constexpr Cond inverted(Cond cond) {
    return Cond(uint8_t(cond) ^ 1);
}

// [base + disp], any distance; or [base + index * 2^shift], where the shift is none or makes the
// index one of accesses of that size. An index of 32 bits is extended with zeros.
struct Mem {
    Reg base = Reg::none;
    Reg index = Reg::none;
    int32_t disp = 0;
    uint8_t shift = 0;
    Width index_width = Width::w32;
};
constexpr Mem at(Reg base, int32_t disp) {
    return {base, Reg::none, disp};
}
constexpr Mem at_index(Reg base, Reg index, Width width = Width::w32, uint8_t shift = 0) {
    return {base, index, 0, shift, width};
}

// How a load extends what it reads; a store writes the low bytes.
enum class Access : uint8_t { s8_32, u8, s16_32, u16, u32, s8_64, s16_64, s32_64, u64 };

// Of three registers, with the same forms.
enum class Alu : uint32_t {
    add = 0x0b000000,
    adds = 0x2b000000,
    sub = 0x4b000000,
    subs = 0x6b000000,
    and_ = 0x0a000000,
    orr = 0x2a000000,
    eor = 0x4a000000,
    ands = 0x6a000000,
    orn = 0x2a200000,
    udiv = 0x1ac00800,
    sdiv = 0x1ac00c00,
    lsl = 0x1ac02000,
    lsr = 0x1ac02400,
    asr = 0x1ac02800,
    ror = 0x1ac02c00,
};
enum class Shift : uint8_t { lsl, lsr, asr, ror };

using Label = uint32_t;

class Assembler {
public:
    Assembler() = default;
    Assembler(const Assembler&) = delete;
    Assembler& operator=(const Assembler&) = delete;

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

    // Bytes that are no instructions.
    void data(std::span<const uint8_t> bytes);

    // Sets all labels and constants; the code is complete. False if something is too far away: then
    // all of it has to be made again, with far distances.
    bool finish();
    // What is made from now on reaches as far as code can be large; conditional branches, addresses
    // and constants reach 1 MiB otherwise.
    void use_far_distances() { far_ = true; }
    std::span<const uint8_t> code() const { return {bytes_.data(), position()}; }
    // Near distances again.
    void clear();

    // --- General registers. 32-bit results clear the upper half.
    void mov(Width width, Reg d, Reg s) { alu(Alu::orr, width, d, Reg::zero, s); }
    void mov(Reg d, uint64_t immediate);  // all 64 bits; flags stay
    // From a constant behind the code, where those who list the code find it.
    void address(Reg d, const void* pointer);
    void lea(Reg d, Label label);
    void load(Access access, Reg d, const Mem& m);
    void store(unsigned bytes, const Mem& m, Reg s);
    void extend(Access access, Reg d, Reg s);  // from the low part of s

    void alu(Alu op, Width width, Reg d, Reg a, Reg b) {
        word(uint32_t(op) | sf(width) | rm(b) | rn(a) | rd(d));
    }
    // d <- a op (b << count); of sums and logical operations.
    void alu(Alu op, Width width, Reg d, Reg a, Reg b, uint8_t count) {
        word(uint32_t(op) | sf(width) | rm(b) | uint32_t{count} << 10 | rn(a) | rd(d));
    }
    // d <- a + (zero-extended low half of b), or sign-extended.
    void add_extended(Reg d, Reg a, Reg b) { word(0x8b204000 | rm(b) | rn(a) | rd(d)); }
    void add_sign_extended(Reg d, Reg a, Reg b) { word(0x8b20c000 | rm(b) | rn(a) | rd(d)); }
    // All of a with the low half of b, extended with zeros or with its sign: u32, s32_64.
    void cmp_extended(Access half, Reg a, Reg b) {
        word((half == Access::u32 ? 0xeb20401f : 0xeb20c01f) | rm(b) | rn(a));
    }
    // Any immediate, x17 if it doesn't fit; the operation is add, adds, sub, subs, and_, orr, eor,
    // ands. Of 32 bits the immediate's lower half counts.
    void alu(Alu op, Width width, Reg d, Reg a, uint64_t immediate);
    void cmp(Width width, Reg a, Reg b) { alu(Alu::subs, width, Reg::zero, a, b); }
    void cmp(Width width, Reg a, uint64_t immediate) {
        alu(Alu::subs, width, Reg::zero, a, immediate);
    }
    void mul(Width width, Reg d, Reg a, Reg b) { madd(width, d, a, b, Reg::zero); }
    void madd(Width width, Reg d, Reg a, Reg b, Reg c) {  // d <- a * b + c
        word(0x1b000000 | sf(width) | rm(b) | ra(c) | rn(a) | rd(d));
    }
    void msub(Width width, Reg d, Reg a, Reg b, Reg c) {  // d <- c - a * b
        word(0x1b008000 | sf(width) | rm(b) | ra(c) | rn(a) | rd(d));
    }
    void umull(Reg d, Reg a, Reg b) { word(0x9ba07c00 | rm(b) | rn(a) | rd(d)); }
    void shift(Shift op, Width width, Reg d, Reg a, uint8_t count);
    void clz(Width width, Reg d, Reg a) { word(0x5ac01000 | sf_n0(width) | rn(a) | rd(d)); }
    void rbit(Width width, Reg d, Reg a) { word(0x5ac00000 | sf_n0(width) | rn(a) | rd(d)); }
    void cset(Cond cond, Reg d) {
        word(0x1a9f07e0 | uint32_t(inverted(cond)) << 12 | rd(d));  // csinc d, zero, zero
    }
    // d <- cond ? a : b.
    void csel(Cond cond, Width width, Reg d, Reg a, Reg b) {
        word(0x1a800000 | sf(width) | rm(b) | uint32_t(cond) << 12 | rn(a) | rd(d));
    }

    // Compares with 0 to 31 if the condition holds; sets these flags (NZCV) if not.
    void ccmp(Cond cond, Width width, Reg a, unsigned immediate, unsigned flags) {
        word(0x7a400800 | sf(width) | immediate << 16 | uint32_t(cond) << 12 | rn(a) | flags);
    }
    // 64-bit registers, the first one at [base + disp]: a multiple of 8 from -512 to 504.
    void load_pair(Reg d, Reg e, Reg base, int32_t disp) {
        word(0xa9400000 | pair_distance(disp) | ra(e) | rn(base) | rd(d));
    }
    void store_pair(Reg base, int32_t disp, Reg s, Reg t) {
        word(0xa9000000 | pair_distance(disp) | ra(t) | rn(base) | rd(s));
    }

    void jmp(Label label);
    void jcc(Cond cond, Label label);
    void cbz(Width width, Reg a, Label label) { compare_and_branch(0x34000000, width, a, label); }
    void cbnz(Width width, Reg a, Label label) { compare_and_branch(0x35000000, width, a, label); }
    void call(Reg target) { word(0xd63f0000 | rn(target)); }
    void jmp(Reg target) { word(0xd61f0000 | rn(target)); }
    void ret() { word(0xd65f0000 | rn(Reg::x30)); }

    // --- Vector registers

    // Loads of 1, 2, 4, 8 or 16 bytes clear what is above them.
    void load(unsigned bytes, Vec d, const Mem& m);
    void store(unsigned bytes, const Mem& m, Vec s);
    // Sixteen bytes that lie behind the code, or are made of immediates if distances are far.
    void constant(Vec d, const std::array<uint8_t, 16>& bytes);
    void constant(Vec d, uint64_t low, uint64_t high);
    // Instructions by their encodings with all register fields zero.
    void op(uint32_t code, Vec d, Vec n) { word(code | rn(n) | rd(d)); }
    void op(uint32_t code, Vec d, Vec n, Vec m) { word(code | rm(m) | rn(n) | rd(d)); }
    void op(uint32_t code, Vec d, Reg n) { word(code | rn(n) | rd(d)); }
    void op(uint32_t code, Reg d, Vec n) { word(code | rn(n) | rd(d)); }
    void op(uint32_t code, Vec d) { word(code | rd(d)); }
    void mov(Vec d, Vec s) { op(0x4ea01c00, d, s, s); }  // orr, all 16 bytes
    // Between general and vector registers; what is above is cleared.
    void to_vector(Width width, Vec d, Reg s) {
        word((width == Width::w64 ? 0x9e670000 : 0x1e270000) | rn(s) | rd(d));
    }
    void from_vector(Width width, Reg d, Vec s) {
        word((width == Width::w64 ? 0x9e660000 : 0x1e260000) | rn(s) | rd(d));
    }

    void word(uint32_t instruction) {
        if (size_t(bytes_.data() + bytes_.size() - next_) < 16) {
            grow();
        }
        std::memcpy(next_, &instruction, sizeof instruction);
        next_ += sizeof instruction;
    }

private:
    static constexpr uint32_t unbound = UINT32_MAX;
    struct Fixup {
        // Of branches and loads (26 and 19 bits, in words), of adr (21 bits), and of a pair of movz
        // and movk behind an adr of itself.
        enum class Kind : uint8_t { branch26, branch19, adr, pair };
        Kind kind;
        uint32_t at;
        uint32_t label;
    };
    struct Constant {
        std::array<uint8_t, 16> bytes;
        Label label;
    };

    void grow();
    static constexpr uint32_t rd(Reg r) { return uint32_t(r); }
    static constexpr uint32_t rd(Vec r) { return uint32_t(r); }
    static constexpr uint32_t rn(Reg r) { return uint32_t(r) << 5; }
    static constexpr uint32_t rn(Vec r) { return uint32_t(r) << 5; }
    static constexpr uint32_t ra(Reg r) { return uint32_t(r) << 10; }
    static constexpr uint32_t rm(Reg r) { return uint32_t(r) << 16; }
    static constexpr uint32_t rm(Vec r) { return uint32_t(r) << 16; }
    static constexpr uint32_t sf(Width width) { return width == Width::w64 ? 1u << 31 : 0; }
    // Of instructions with one operand only that bit tells the width.
    static constexpr uint32_t sf_n0(Width width) { return sf(width); }
    static constexpr uint32_t pair_distance(int32_t disp) {
        return (uint32_t(disp / 8) & 0x7f) << 15;
    }
    // A load or store of 2^scale bytes; `code` has its opc and V fields.
    void access(uint32_t code, unsigned scale, uint32_t reg, const Mem& m);
    void compare_and_branch(uint32_t code, Width width, Reg a, Label label);
    void conditional(uint32_t code, uint32_t inverted_code, Label label);
    void bitfield(uint32_t code, Width width, Reg d, Reg a, unsigned first, unsigned last) {
        word(code | sf(width) | (width == Width::w64 ? 1u << 22 : 0) | first << 16 | last << 10 |
             rn(a) | rd(d));
    }
    // The label of the constant.
    Label constant_label(const std::array<uint8_t, 16>& bytes);
    bool set(const Fixup& fixup);

    bool far_ = false;
    std::vector<uint8_t> bytes_;
    uint8_t* next_ = nullptr;
    std::vector<uint32_t> labels_;
    std::vector<Fixup> fixups_;
    std::vector<Constant> constants_;
    // The numbers of some constants, from 1, by hash.
    std::array<uint32_t, 64> known_constants_{};
};

}  // namespace epsilon::baseline

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "interp/operands.h"
#include "platform/fault_table.h"

// Accesses to memory 0. Guarded ones are a single instruction recorded in the fault table, with
// pc, fp and ctx held in their argument registers, so that the fault handler can turn a fault into
// a jump to the trap (platform/fault_handler.h). They exist where faults are caught.
namespace epsilon::interp {

#if EPSILON_FAULT_HANDLER && EPSILON_TAIL_DISPATCH
#define EPSILON_GUARDED_ACCESS 1
#else
#define EPSILON_GUARDED_ACCESS 0
#endif

constexpr bool guarded_access_supported = EPSILON_GUARDED_ACCESS != 0;

#if EPSILON_GUARDED_ACCESS

#define EPSILON_LOAD_ASM(instruction, output, value)                        \
    register Context* context asm("r9") = ctx;                              \
    asm volatile("1: " instruction " (%1,%2), %0\n" EPSILON_FAULT_ENTRY(1b) \
                 : output(value)                                            \
                 : "r"(mem), "r"(address), "D"(pc), "S"(fp), "r"(context))
#define EPSILON_STORE_ASM(instruction, input, value)                        \
    register Context* context asm("r9") = ctx;                              \
    asm volatile("1: " instruction " %0, (%1,%2)\n" EPSILON_FAULT_ENTRY(1b) \
                 :                                                          \
                 : input(value), "r"(mem), "r"(address), "D"(pc), "S"(fp), "r"(context))

// Loads an M and extends it to T, in the way of M's signedness.
template <class M, class T>
EPSILON_INLINE T guarded_load(const uint8_t* mem, uint64_t address, const uint8_t* pc, Slot* fp,
                              Context* ctx) {
    if constexpr (std::is_same_v<M, float>) {
        T value;
        EPSILON_LOAD_ASM("movss", "=x", value);
        return value;
    } else if constexpr (std::is_same_v<M, double>) {
        T value;
        EPSILON_LOAD_ASM("movsd", "=x", value);
        return value;
    } else if constexpr (std::is_same_v<M, Vector>) {
        T value;
        EPSILON_LOAD_ASM("movdqu", "=x", value);
        return value;
    } else if constexpr (std::is_same_v<M, uint8_t>) {
        uint32_t value;
        EPSILON_LOAD_ASM("movzbl", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, uint16_t>) {
        uint32_t value;
        EPSILON_LOAD_ASM("movzwl", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, uint32_t>) {
        uint32_t value;
        EPSILON_LOAD_ASM("movl", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, uint64_t>) {
        uint64_t value;
        EPSILON_LOAD_ASM("movq", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, int8_t> && sizeof(T) == 4) {
        uint32_t value;
        EPSILON_LOAD_ASM("movsbl", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, int16_t> && sizeof(T) == 4) {
        uint32_t value;
        EPSILON_LOAD_ASM("movswl", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, int8_t>) {
        uint64_t value;
        EPSILON_LOAD_ASM("movsbq", "=r", value);
        return value;
    } else if constexpr (std::is_same_v<M, int16_t>) {
        uint64_t value;
        EPSILON_LOAD_ASM("movswq", "=r", value);
        return value;
    } else {
        static_assert(std::is_same_v<M, int32_t>);
        uint64_t value;
        EPSILON_LOAD_ASM("movslq", "=r", value);
        return value;
    }
}

template <class M>
EPSILON_INLINE void guarded_store(uint8_t* mem, uint64_t address, M value, const uint8_t* pc,
                                  Slot* fp, Context* ctx) {
    if constexpr (std::is_same_v<M, float>) {
        EPSILON_STORE_ASM("movss", "x", value);
    } else if constexpr (std::is_same_v<M, double>) {
        EPSILON_STORE_ASM("movsd", "x", value);
    } else if constexpr (std::is_same_v<M, Vector>) {
        EPSILON_STORE_ASM("movdqu", "x", value);
    } else if constexpr (sizeof(M) == 1) {
        EPSILON_STORE_ASM("movb", "r", value);
    } else if constexpr (sizeof(M) == 2) {
        EPSILON_STORE_ASM("movw", "r", value);
    } else if constexpr (sizeof(M) == 4) {
        EPSILON_STORE_ASM("movl", "r", value);
    } else {
        EPSILON_STORE_ASM("movq", "r", value);
    }
}

#endif

template <class M, class T>
EPSILON_INLINE T plain_load(const uint8_t* at) {
    M value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::is_same_v<M, T>) {
        return value;
    } else {
        return T(std::conditional_t<std::is_signed_v<M>, std::make_signed_t<T>, T>(value));
    }
}

template <class M>
EPSILON_INLINE void plain_store(uint8_t* at, M value) {
    std::memcpy(at, &value, sizeof value);
}

// An access of a handler's to memory 0, which traps beyond its end. `access` is the handler's
// template parameter. The load declares `name`, of type T, with an M in it.
#define EPSILON_CHECK_BOUNDS(M, address)                                      \
    if (EPSILON_UNLIKELY((address) + sizeof(M) > ctx->view.memory0->bytes)) { \
        EPSILON_TRAP(out_of_bounds_memory_access);                            \
    }
#if EPSILON_GUARDED_ACCESS
#define EPSILON_LOAD(name, M, T, access, address)                \
    T name;                                                      \
    if constexpr (access == Access::guarded) {                   \
        name = T(guarded_load<M, T>(mem, address, pc, fp, ctx)); \
    } else {                                                     \
        EPSILON_CHECK_BOUNDS(M, address);                        \
        name = plain_load<M, T>(mem + (address));                \
    }
#define EPSILON_STORE(M, access, address, value)            \
    if constexpr (access == Access::guarded) {              \
        guarded_store<M>(mem, address, value, pc, fp, ctx); \
    } else {                                                \
        EPSILON_CHECK_BOUNDS(M, address);                   \
        plain_store<M>(mem + (address), value);             \
    }
#else
#define EPSILON_LOAD(name, M, T, access, address) \
    EPSILON_CHECK_BOUNDS(M, address);             \
    const T name = plain_load<M, T>(mem + (address))
#define EPSILON_STORE(M, access, address, value) \
    EPSILON_CHECK_BOUNDS(M, address);            \
    plain_store<M>(mem + (address), value)
#endif

// The two forms of cells for accesses out of the ordinary: another memory than 0, a static offset
// that guard pages don't cover. d, a (and the value) are slots; 32-bit memory index at 8; 64-bit
// offset at 16; 24 bytes.
constexpr uint32_t far_access_size = 24;
constexpr int field_far_memory = 8;
constexpr int field_far_offset = 16;
constexpr int field_lane = 12;    // of lane accesses: the lane's number
constexpr int field_vector = 14;  // of lane loads: the slot of the vector to change

// Null when [index + offset, + width) is out of bounds.
EPSILON_INLINE uint8_t* far_address(const uint8_t* pc, uint64_t index, unsigned width,
                                    Context* ctx) {
    const MemoryView& memory = *ctx->view.memories[read_field<uint32_t>(pc, field_far_memory)];
    const uint64_t offset = read_field<uint64_t>(pc, field_far_offset);
    uint64_t address;
    if (__builtin_add_overflow(index, offset, &address) || memory.bytes < width ||
        address > memory.bytes - width) {
        return nullptr;
    }
    return memory.base + address;
}

}  // namespace epsilon::interp

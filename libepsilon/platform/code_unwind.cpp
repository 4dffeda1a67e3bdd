// SPDX-License-Identifier: Apache-2.0
#include "platform/code_unwind.h"

#include <unwind.h>

#include <cstdlib>
#include <cstring>

// NOLINTBEGIN(readability-identifier-naming): the unwinders' names
extern "C" {
void __register_frame(void* section) __attribute__((weak));
void __deregister_frame(void* section) __attribute__((weak));
// LLVM's unwinder has this and wants other arguments; only libgcc's is told.
void __unw_add_dynamic_fde(uintptr_t fde) __attribute__((weak));
}
// NOLINTEND(readability-identifier-naming)

namespace epsilon::platform {

namespace {

#if defined(__x86_64__)
constexpr uint8_t stack_pointer = 7;
constexpr uint8_t return_address = 16;
// On entry the return address is on the stack.
constexpr uint8_t rules[] = {0x0c, stack_pointer, 8, 0x80 | return_address, 1};
#else
// AArch64: it is in the link register.
constexpr uint8_t stack_pointer = 31;
constexpr uint8_t return_address = 30;
constexpr uint8_t rules[] = {0x0c, stack_pointer, 0, 0, 0};
#endif

// The layout of the two records, their sizes without the length fields in front of them, and
// padded by zeros, which are no-operations.
struct CommonRecord {
    uint32_t length = sizeof(CommonRecord) - 4;
    uint32_t id = 0;
    uint8_t version = 1;
    char augmentation[3] = {'z', 'R', 0};
    uint8_t code_factor = 1;
    uint8_t data_factor = 0x78;  // -8
    uint8_t return_address_register = return_address;
    uint8_t augmentation_length = 1;
    uint8_t pointer_encoding = 0;  // absolute, of eight bytes
    uint8_t instructions[7] = {rules[0], rules[1], rules[2], rules[3], rules[4], 0, 0};
};
static_assert(sizeof(CommonRecord) == 24);

struct RangeRecord {
    uint32_t length = sizeof(RangeRecord) - 4;
    uint32_t common_distance = sizeof(CommonRecord) + 4;  // from this field back
    uint64_t begin = 0;
    uint64_t size = 0;
    uint8_t augmentation_length = 0;
    uint8_t padding[7] = {};
};
static_assert(sizeof(RangeRecord) == 32);

// And a length of zero ends the section.
static_assert(sizeof(CommonRecord) + sizeof(RangeRecord) + 4 <= UnwindSection::size);

}  // namespace

UnwindSection::UnwindSection(const void* begin, size_t range) noexcept : bytes_{} {
    const CommonRecord common;
    RangeRecord record;
    record.begin = reinterpret_cast<uintptr_t>(begin);
    record.size = range;
    std::memcpy(bytes_, &common, sizeof common);
    std::memcpy(bytes_ + sizeof common, &record, sizeof record);
}

bool register_unwind_section(const UnwindSection& section, const void* code) noexcept {
    if (__register_frame == nullptr || __deregister_frame == nullptr ||
        __unw_add_dynamic_fde != nullptr) {
        return false;
    }
    // It takes memory for a record without asking whether there is any.
    void* const probe = std::malloc(256);
    if (probe == nullptr) return false;
    std::free(probe);
    __register_frame(const_cast<uint8_t*>(section.bytes()));
    // It takes memory for sorting at the first search, which may be a signal handler's.
    static_cast<void>(_Unwind_FindEnclosingFunction(const_cast<void*>(code)));
    return true;
}

void forget_unwind_section(const UnwindSection& section) noexcept {
    __deregister_frame(const_cast<uint8_t*>(section.bytes()));
}

}  // namespace epsilon::platform

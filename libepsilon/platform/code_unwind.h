// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace epsilon::platform {

// What unwinders need to know of machine code, as a section .eh_frame: one entry for all of a
// range, since machine code leaves the stack as it found it. The registers of its caller's caller
// are with enter_handlers().
class UnwindSection {
public:
    UnwindSection(const void* begin, size_t size) noexcept;

    const uint8_t* bytes() const noexcept { return bytes_; }
    static constexpr size_t size = 64;

private:
    alignas(8) uint8_t bytes_[size];
};

// Tells the unwinder of this process (exceptions, backtrace()) of a section, which must live until
// it is forgotten; `code` is in its range. False when it can't be told.
bool register_unwind_section(const UnwindSection& section, const void* code) noexcept;
void forget_unwind_section(const UnwindSection& section) noexcept;

}  // namespace epsilon::platform

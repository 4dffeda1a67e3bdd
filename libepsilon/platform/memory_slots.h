// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "platform/virtual_memory.h"

// The address ranges of memories that are bounded by guard pages: registered with the fault handler
// while they exist, and kept for the next memory when the last one lets go, which spares the system
// calls and page faults that make up nearly all of an instance's cost (decision 0010).
//
// A range that is kept reads as zero from end to end, whoever had it. It keeps, resident, at most
// slot_resident_bytes of pages that its memory had touched, and the system's own tables of pages
// (up to 10 pages); at most 16 MiB of it stay accessible. Where the process's address space is
// limited (RLIMIT_AS) no new ranges are kept, and all are given back before the system's refusal of
// memory counts (Reservation).
//
// All of it on any thread, and in children made by fork().
namespace epsilon::platform {

// How many ranges are kept unless somebody sets it: together they keep 2 MiB of touched pages.
inline constexpr size_t default_slot_limit = 32;
inline constexpr size_t slot_resident_bytes = size_t{64} << 10;

// A range of `reserved` bytes, of which the first `accessible` are readable, writable and zero, and
// the rest faults, registered. Give it back by letting go of it; it is not to be moved from. Null
// when the system refuses or there is no fault handler; may throw bad_alloc.
std::shared_ptr<Reservation> take_slot(size_t reserved, size_t accessible);

// Gives all ranges that are kept back to the system; says how many there were.
size_t trim_slots() noexcept;

// How many may be kept from now on; 0: none. What is kept beyond is given back.
void set_slot_limit(size_t slots) noexcept;

// How many are kept now.
size_t kept_slots() noexcept;

}  // namespace epsilon::platform

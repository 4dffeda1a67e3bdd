// SPDX-License-Identifier: Apache-2.0
#include "platform/code_memory.h"

// Whether processors see by themselves that code was written.
#if defined(__x86_64__) || defined(__i386__)
#define EPSILON_CODE_IS_COHERENT 1
#else
#define EPSILON_CODE_IS_COHERENT 0
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include "platform/code_region.h"
#include "platform/code_symbols.h"
#include "platform/fork_count.h"
#include "platform/fork_mutex.h"
#include "platform/memory_slots.h"

namespace epsilon::platform {

namespace {

constexpr size_t region_bytes = size_t{1} << 20;
// Code reaches all of its block by 32-bit distances.
constexpr size_t largest_block = size_t{1} << 30;
// An empty region stays for the next block if no more than this was ever written: making one takes
// as long as compiling a function.
constexpr size_t largest_kept = size_t{64} << 10;

struct Arena {
    ForkMutex mutex;
    CodeRegion* mapped = nullptr;    // those with blocks, and the one that is kept
    CodeRegion* unmapped = nullptr;  // for reuse
    size_t bytes = 0;                // of the regions that are mapped, or being mapped
    size_t blocks = 0;
    size_t limit = default_code_memory_limit;
    bool tells_unwinder = false;

    const uint8_t* take(size_t units, CodeRegion*& from) noexcept;
    CodeRegion* take_unmapped(size_t size) noexcept;
    void add(CodeRegion* region) noexcept;
    void remove(CodeRegion* region) noexcept;
    void drop_empty(bool own_too) noexcept;
    bool has_room_for(size_t more) const noexcept {
        return bytes <= limit && more <= limit - bytes;
    }
    bool keeps_empty_but(const CodeRegion* but) const noexcept;
};

// Never destroyed: code may be given back by static objects.
Arena& arena() noexcept {
    alignas(Arena) static unsigned char storage[sizeof(Arena)];
    static Arena* const instance = new (storage) Arena;
    return *instance;
}

const uint8_t* Arena::take(size_t units, CodeRegion*& from) noexcept {
    for (CodeRegion* region = mapped; region != nullptr; region = region->next) {
        if (!region->is_own()) continue;
        const uint8_t* code = region->take(units);
        if (code == nullptr) continue;
        ++blocks;
        from = region;
        return code;
    }
    return nullptr;
}

CodeRegion* Arena::take_unmapped(size_t size) noexcept {
    for (CodeRegion** link = &unmapped; *link != nullptr; link = &(*link)->next) {
        if ((*link)->size() == size) return std::exchange(*link, (*link)->next);
    }
    return nullptr;
}

void Arena::add(CodeRegion* region) noexcept {
    region->next = std::exchange(mapped, region);
    region->tell_unwinder(tells_unwinder);
}

void Arena::remove(CodeRegion* region) noexcept {
    CodeRegion** link = &mapped;
    while (*link != region)
        link = &(*link)->next;
    *link = region->next;
    bytes -= region->size();
    region->unmap();
    region->next = std::exchange(unmapped, region);
}

// Empty regions: those that a parent of this process kept, and if it is to be, its own.
void Arena::drop_empty(bool own_too) noexcept {
    for (CodeRegion* region = mapped; region != nullptr;) {
        CodeRegion* const next = region->next;
        if (region->is_empty() && (own_too || !region->is_own())) remove(region);
        region = next;
    }
}

// Whether the process has an empty region besides this one.
bool Arena::keeps_empty_but(const CodeRegion* but) const noexcept {
    const CodeRegion* region = mapped;
    while (region != nullptr && (region == but || !region->is_empty() || !region->is_own()))
        region = region->next;
    return region != nullptr;
}

size_t units_of(size_t bytes, size_t fault_sites) noexcept {
    const size_t all =
        sizeof(CodeHeader) + bytes + alignof(FaultSite) - 1 + fault_sites * sizeof(FaultSite);
    return (all + CodeRegion::unit - 1) / CodeRegion::unit;
}

size_t offset_of_sites(size_t bytes) noexcept {
    return (bytes + alignof(FaultSite) - 1) & ~(alignof(FaultSite) - 1);
}

const CodeHeader& header_of(const uint8_t* code) noexcept {
    return *reinterpret_cast<const CodeHeader*>(code - sizeof(CodeHeader));
}

// Takes the units from a new region. Null if the limit or the system refuses.
const uint8_t* take_from_new(Arena& all, size_t units, CodeRegion*& from) noexcept {
    const size_t least = CodeRegion::first_unit + units * CodeRegion::unit;
    const size_t size = std::max(region_bytes, std::bit_ceil(least));
    CodeRegion* region = nullptr;
    {
        const std::lock_guard lock(all.mutex);
        all.drop_empty(!all.has_room_for(size));
        if (!all.has_room_for(size)) return nullptr;
        all.bytes += size;
        region = all.take_unmapped(size);
    }
    if (region == nullptr) region = CodeRegion::make(size);
    const bool mapped =
        region != nullptr && (region->map() || (trim_slots() != 0 && region->map()));
    const std::lock_guard lock(all.mutex);
    if (!mapped) {
        all.bytes -= size;
        if (region != nullptr) region->next = std::exchange(all.unmapped, region);
        return nullptr;
    }
    all.add(region);
    const uint8_t* code = region->take(units);
    if (code == nullptr) {
        all.remove(region);
        return nullptr;
    }
    ++all.blocks;
    from = region;
    return code;
}

#if !EPSILON_CODE_IS_COHERENT
// Other processors that run this process may have fetched what was in the block's place before.
// They drop it at a barrier, which the system sends them; without it they do so soon by themselves.
void drop_fetched_code() noexcept {
    const auto ask = [](int command) { return syscall(SYS_membarrier, command, 0, 0); };
    const int before = errno;
    // A process asks for its use once; a child process may have to ask again.
    if (ask(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE) != 0 && errno == EPERM &&
        ask(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE) == 0) {
        ask(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    }
    errno = before;
}
#endif

enum class Availability : uint8_t { unknown, refused, granted };
std::atomic<Availability> availability{Availability::unknown};
std::atomic<int> refusals{0};

// Whether what is written to one view is seen in the other. It isn't run: where that is forbidden
// so is the mapping.
bool try_region(CodeRegion& region) noexcept {
    const uint8_t* code = region.take(1);
    if (code == nullptr) return false;
    *region.writable(code) = 0x5a;
    const bool same = *static_cast<const volatile uint8_t*>(code) == 0x5a;
    region.give_back(code, 1, false);
    if (!same) errno = ENOTSUP;
    return same;
}

bool try_code_memory() noexcept {
    errno = ENOMEM;
    CodeRegion* region = CodeRegion::make(region_bytes);
    const bool mapped = region != nullptr && region->map();
    const bool granted = mapped && try_region(*region);
    // A lack of memory may pass.
    const bool is_final = granted || (errno != ENOMEM && errno != EAGAIN);
    Arena& all = arena();
    const std::lock_guard lock(all.mutex);
    if (mapped) {
        all.add(region);
        all.bytes += region_bytes;
        // The first block takes it, unless another thread has tried meanwhile.
        if (!granted || availability.load(std::memory_order_relaxed) != Availability::unknown)
            all.remove(region);
    } else if (region != nullptr) {
        region->next = std::exchange(all.unmapped, region);
    }
    if (is_final) {
        availability.store(granted ? Availability::granted : Availability::refused,
                           std::memory_order_relaxed);
    }
    return granted;
}

}  // namespace

CodeBlock CodeBlock::allocate(size_t bytes, size_t fault_sites) noexcept {
    CodeBlock block;
    if (bytes == 0 || bytes > largest_block || fault_sites > largest_block / sizeof(FaultSite) ||
        !code_memory_available()) {
        return block;
    }
    const size_t units = units_of(bytes, fault_sites);
    Arena& all = arena();
    {
        const std::lock_guard lock(all.mutex);
        block.code_ = all.take(units, block.region_);
        block.fork_count_ = fork_count();
    }
    if (block.code_ == nullptr) block.code_ = take_from_new(all, units, block.region_);
    if (block.code_ == nullptr) return block;
    auto* header = reinterpret_cast<CodeHeader*>(block.writable() - sizeof(CodeHeader));
    // Without cells nobody looks for sites.
    *header = {nullptr, static_cast<uint32_t>(bytes), static_cast<uint32_t>(fault_sites)};
    return block;
}

CodeBlock::CodeBlock(CodeBlock&& other) noexcept
    : region_(other.region_),
      code_(std::exchange(other.code_, nullptr)),
      fork_count_(other.fork_count_),
      debug_entry_(std::exchange(other.debug_entry_, nullptr)) {}

CodeBlock& CodeBlock::operator=(CodeBlock&& other) noexcept {
    CodeBlock taken(std::move(other));
    std::swap(region_, taken.region_);
    std::swap(code_, taken.code_);
    std::swap(fork_count_, taken.fork_count_);
    std::swap(debug_entry_, taken.debug_entry_);
    return *this;
}

CodeBlock::~CodeBlock() {
    if (code_ == nullptr) return;
    detail::remove_debug_entry(debug_entry_);
    const CodeHeader& header = header_of(code_);
    const size_t units = units_of(header.bytes, header.site_count);
    Arena& all = arena();
    const std::lock_guard lock(all.mutex);
    const bool is_own = region_->is_own();
    region_->give_back(code_, units, !is_own || fork_count_ != fork_count());
    --all.blocks;
    if (!region_->is_empty()) return;
    if (is_own && region_->is_whole() && region_->touched() <= largest_kept &&
        !all.keeps_empty_but(region_))
        return;
    all.remove(region_);
}

size_t CodeBlock::size() const noexcept {
    return code_ == nullptr ? 0 : header_of(code_).bytes;
}

uint8_t* CodeBlock::writable() const noexcept {
    return code_ == nullptr ? nullptr : region_->writable(code_);
}

FaultSite* CodeBlock::fault_sites() const noexcept {
    return code_ == nullptr ? nullptr
                            : reinterpret_cast<FaultSite*>(writable() + offset_of_sites(size()));
}

void CodeBlock::finish(const uint8_t* cells) noexcept {
    if (code_ == nullptr) return;
    reinterpret_cast<CodeHeader*>(writable() - sizeof(CodeHeader))->cells = cells;
#if !EPSILON_CODE_IS_COHERENT
    auto* begin = reinterpret_cast<char*>(const_cast<uint8_t*>(code_));
    __builtin___clear_cache(begin, begin + size());
    drop_fetched_code();
#endif
}

void CodeBlock::set_name(std::string_view name) noexcept {
    if (code_ == nullptr || debug_entry_ != nullptr) return;
    detail::write_perf_map(code_, size(), name);
    debug_entry_ = detail::add_debug_entry(code_, size(), name);
}

const uint8_t* fault_cell_of_code(uintptr_t instruction) noexcept {
    const CodeRegion* region = CodeRegion::of(instruction);
    if (region == nullptr) return nullptr;
    const uint8_t* code = region->block_of(instruction);
    if (code == nullptr) return nullptr;
    const CodeHeader& header = header_of(code);
    const uintptr_t offset = instruction - reinterpret_cast<uintptr_t>(code);
    if (header.cells == nullptr || offset >= header.bytes) return nullptr;
    const auto* sites = reinterpret_cast<const FaultSite*>(code + offset_of_sites(header.bytes));
    const FaultSite* end = sites + header.site_count;
    const FaultSite* site = std::lower_bound(
        sites, end, offset, [](const FaultSite& s, uintptr_t wanted) { return s.offset < wanted; });
    return site != end && site->offset == offset ? header.cells + site->cell : nullptr;
}

bool code_memory_available() noexcept {
    if (refusals.load(std::memory_order_relaxed) != 0) return false;
    const Availability known = availability.load(std::memory_order_relaxed);
    if (known == Availability::unknown) return try_code_memory();
    return known == Availability::granted;
}

void set_code_memory_limit(size_t bytes) noexcept {
    Arena& all = arena();
    const std::lock_guard lock(all.mutex);
    all.limit = bytes;
}

CodeMemoryUse code_memory_use() noexcept {
    Arena& all = arena();
    const std::lock_guard lock(all.mutex);
    return {all.bytes, all.blocks};
}

void detail::tell_unwinder(bool wanted) noexcept {
    Arena& all = arena();
    const std::lock_guard lock(all.mutex);
    all.tells_unwinder = wanted;
    for (CodeRegion* region = all.mapped; region != nullptr; region = region->next)
        region->tell_unwinder(wanted);
}

CodeMemoryRefusal::CodeMemoryRefusal() noexcept {
    refusals.fetch_add(1, std::memory_order_relaxed);
}

CodeMemoryRefusal::~CodeMemoryRefusal() {
    refusals.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace epsilon::platform

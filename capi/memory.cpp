// SPDX-License-Identifier: Apache-2.0
#include "door.h"
#include "growth.h"
#include "handles.h"

using namespace epsilon;
using namespace epsilon::capi;

epsilon_error_t* epsilon_memory_new(epsilon_runtime_t* runtime, uint64_t minimum, bool has_maximum,
                                    uint64_t maximum, epsilon_memory_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_memory>> {
        EPSILON_REQUIRE(runtime, "runtime");
        constexpr uint64_t most = StoreLimits::max_pages_of_memory32;
        if (minimum > most || (has_maximum && maximum > most)) {
            return misuse("memory size is ", minimum > most ? minimum : maximum,
                          " pages, which is more than ", most);
        }
        MemoryType type;
        type.limits.min = minimum;
        if (has_maximum) {
            type.limits.max = maximum;
        }
        EPSILON_ENTER(entered, runtime->store);
        EPSILON_TRY_ASSIGN(Memory * memory, entered.store().new_memory(type));
        return std::make_unique<epsilon_memory>(Held::adopt(*memory));
    });
}

void epsilon_memory_delete(epsilon_memory_t* memory) {
    delete memory;
}

uint64_t epsilon_memory_id(const epsilon_memory_t* memory) {
    return memory == nullptr ? 0 : reinterpret_cast<uintptr_t>(&memory->memory());
}

uint64_t epsilon_memory_size(const epsilon_memory_t* memory) {
    return epsilon_memory_byte_size(memory) / MemoryType::default_page_size;
}

uint64_t epsilon_memory_byte_size(const epsilon_memory_t* memory) {
    return memory == nullptr ? 0 : memory->memory().bytes_now();
}

bool epsilon_memory_maximum(const epsilon_memory_t* memory, uint64_t* maximum) {
    const std::optional<uint64_t> found =
        memory == nullptr ? std::nullopt : memory->memory().type().limits.max;
    set(maximum, found.value_or(0));
    return found.has_value();
}

uint8_t* epsilon_memory_data(epsilon_memory_t* memory) {
    if (memory == nullptr) {
        return nullptr;
    }
    // Growth on another thread may be replacing what is read here.
    const Entered entered(memory->held.store());
    if (!entered.ok()) {
        return nullptr;
    }
    try {
        std::shared_ptr<void> backing = memory->memory().keep_alive();
        // Memories seldom move: the list stays short, and the newest entry is the one sought.
        if (memory->views.empty() || memory->views.back() != backing) {
            memory->views.push_back(std::move(backing));
        }
        return memory->memory().base;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

bool epsilon_memory_is_reserved(const epsilon_memory_t* memory) {
    return memory != nullptr && memory->memory().guarded();
}

epsilon_error_t* epsilon_memory_read(const epsilon_memory_t* memory, uint64_t offset, void* data,
                                     size_t size) {
    return guarded([&]() -> Result<void> {
        EPSILON_REQUIRE(memory, "memory");
        if (!readable(data, size)) {
            return misuse("data is NULL");
        }
        EPSILON_ENTER(entered, memory->held.store());
        return memory->memory().read(offset, {static_cast<uint8_t*>(data), size});
    });
}

epsilon_error_t* epsilon_memory_write(epsilon_memory_t* memory, uint64_t offset, const void* data,
                                      size_t size) {
    return guarded([&]() -> Result<void> {
        EPSILON_REQUIRE(memory, "memory");
        if (!readable(data, size)) {
            return misuse("data is NULL");
        }
        EPSILON_ENTER(entered, memory->held.store());
        return memory->memory().write(offset, {static_cast<const uint8_t*>(data), size});
    });
}

epsilon_error_t* epsilon_memory_grow(epsilon_memory_t* memory, uint64_t delta, uint64_t* previous) {
    set(previous, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(memory, "memory");
        EPSILON_ENTER(entered, memory->held.store());
        Memory& object = memory->memory();
        const uint64_t before = object.pages();
        const std::optional<uint64_t> old = object.grow(delta);
        if (!old) {
            return growth_refused(entered.store(), "memory", "pages", before, delta,
                                  object.max_pages(), object.type().page_size);
        }
        set(previous, *old);
        return nullptr;
    });
}

// SPDX-License-Identifier: Apache-2.0
// A hash map with open addressing (linear probing, deletion by shifting back, growth by doubling):
// insertions, look-ups, updates and deletions of random keys, and of words as keys.
#include "kernel.h"

typedef struct {
    uint64_t key;  // 0: empty
    uint64_t value;
} Slot;

enum { most_slots = 1 << 15 };

static Slot storage[2][most_slots];
static Slot* slots;
static uint32_t capacity, used, which;

static inline uint32_t home(uint64_t key) {
    return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (capacity - 1);
}

static void clear(Slot* of, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        of[i] = (Slot){0, 0};
}

static Slot* find(uint64_t key) {
    uint32_t at = home(key);
    while (slots[at].key != 0 && slots[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static NOINLINE void grow(void) {
    Slot* old = slots;
    uint32_t count = capacity;
    which ^= 1;
    slots = storage[which];
    capacity *= 2;
    clear(slots, capacity);
    for (uint32_t i = 0; i < count; i++)
        if (old[i].key != 0) *find(old[i].key) = old[i];
}

static NOINLINE uint64_t* insert(uint64_t key) {
    Slot* slot = find(key);
    if (slot->key == 0) {
        if ((used + 1) * 4 > capacity * 3) {
            grow();
            slot = find(key);
        }
        *slot = (Slot){key, 0};
        used++;
    }
    return &slot->value;
}

static NOINLINE int erase(uint64_t key) {
    Slot* slot = find(key);
    if (slot->key == 0) return 0;
    uint32_t hole = (uint32_t)(slot - slots), at = hole;
    for (;;) {
        at = (at + 1) & (capacity - 1);
        if (slots[at].key == 0) break;
        uint32_t wanted = home(slots[at].key);
        if (((at - wanted) & (capacity - 1)) >= ((at - hole) & (capacity - 1))) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole] = (Slot){0, 0};
    used--;
    return 1;
}

static uint64_t key_of_word(const char* word) {
    uint64_t hash = FNV_START;
    for (; *word != '\0'; word++)
        hash = mix(hash, (uint8_t)*word);
    return hash | 1;
}

EXPORT(run) uint64_t run(uint32_t n) {
    static const char* const words[8] = {"alpha", "beta",    "gamma", "delta",
                                         "the",   "longest", "of",    "all-of-these-words"};
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        uint64_t state = 88172645463325252u + round;
        which = 0, used = 0, capacity = 64, slots = storage[0];
        clear(slots, capacity);
        for (uint32_t i = 0; i < 12000; i++) {
            uint64_t r = next_random(&state);
            *insert((r & 0x3fff) + 1) += i;
            *insert(key_of_word(words[r >> 61])) += 1;
            hash += find((r >> 20 & 0x7fff) + 1)->value;
            if ((r >> 40 & 3) == 0) hash += (uint64_t)erase((r >> 42 & 0x3fff) + 1);
        }
        for (uint32_t i = 0; i < capacity; i += 7)
            hash = mix(hash, slots[i].value);
        hash = mix(hash, used);
    }
    return hash;
}

// SPDX-License-Identifier: Apache-2.0
// Compression and back: LZ77 with hash chains of a 16 KiB window, then canonical Huffman codes of
// the bytes that it makes; both are undone, and what comes out must be what went in.
#include "kernel.h"

enum { size = 32768, window = 16384, shortest = 4, longest = 66, symbols = 256, nodes = 512 };

static uint8_t input[size], middle[size * 2], packed[size * 2 + 1024], unpacked[size * 2];
static uint8_t output[size];
static int32_t head[4096], chain[size];

static inline uint32_t slot_of(const uint8_t* p) {
    uint32_t word = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    return (word * 506832829u) >> 20;
}

// A byte below 128: that many + 1 literals follow; otherwise a match: length, then 2 bytes back.
static NOINLINE uint32_t lz_pack(uint8_t* out) {
    uint32_t made = 0, at = 0, literals = 0;
    for (int i = 0; i < 4096; i++)
        head[i] = -1;
    while (at < size) {
        uint32_t best = 0, from = 0;
        if (at + longest < size) {
            uint32_t slot = slot_of(input + at);
            int32_t tries = 16;
            for (int32_t p = head[slot]; p >= 0 && tries > 0 && at - (uint32_t)p < window;
                 tries--) {
                uint32_t length = 0;
                while (length < longest && input[(uint32_t)p + length] == input[at + length])
                    length++;
                if (length > best) best = length, from = (uint32_t)p;
                p = chain[p];
            }
        }
        uint32_t step = best >= shortest ? best : 1;
        if (best >= shortest) {
            out[made++] = (uint8_t)(128 + best - shortest);
            out[made++] = (uint8_t)(at - from);
            out[made++] = (uint8_t)((at - from) >> 8);
            literals = 0;
        } else if (literals == 0 || literals == 128) {
            out[made++] = 0;
            out[made++] = input[at];
            literals = 1;
        } else {
            out[made - literals - 1] = (uint8_t)literals;
            out[made++] = input[at];
            literals++;
        }
        for (; step > 0; step--, at++)
            if (at + 3 < size) {
                uint32_t slot = slot_of(input + at);
                chain[at] = head[slot];
                head[slot] = (int32_t)at;
            }
    }
    return made;
}

static NOINLINE uint32_t lz_unpack(const uint8_t* p, uint32_t count) {
    uint32_t made = 0;
    for (const uint8_t* end = p + count; p < end;) {
        uint32_t token = *p++;
        if (token < 128) {
            for (uint32_t i = 0; i <= token; i++)
                output[made++] = *p++;
        } else {
            uint32_t back = (uint32_t)p[0] | (uint32_t)p[1] << 8;
            p += 2;
            for (uint32_t i = 0; i < token - 128 + shortest; i++, made++)
                output[made] = output[made - back];
        }
    }
    return made;
}

static uint32_t weight[nodes], parent[nodes], code[symbols];
static uint8_t length_of[symbols];

// Joins the two lightest trees until one is left; a symbol's depth is its code's length.
static NOINLINE void make_codes(void) {
    uint32_t used = symbols;
    for (uint32_t i = 0; i < nodes; i++)
        parent[i] = 0;
    for (;;) {
        uint32_t one = nodes, two = nodes;
        for (uint32_t i = 0; i < used; i++) {
            if (parent[i] != 0) continue;
            if (one == nodes || weight[i] < weight[one])
                two = one, one = i;
            else if (two == nodes || weight[i] < weight[two])
                two = i;
        }
        if (two == nodes) break;
        weight[used] = weight[one] + weight[two];
        parent[one] = parent[two] = used++;
    }
    for (uint32_t i = 0; i < symbols; i++) {
        length_of[i] = 0;
        for (uint32_t at = i; parent[at] != 0; at = parent[at])
            length_of[i]++;
    }
    uint32_t next = 0;
    for (uint32_t length = 1; length < 32; length++, next <<= 1)
        for (uint32_t i = 0; i < symbols; i++)
            if (length_of[i] == length) code[i] = next++;
}

static NOINLINE uint32_t huffman_pack(const uint8_t* p, uint32_t count) {
    for (uint32_t i = 0; i < symbols; i++)
        weight[i] = 1;
    for (uint32_t i = 0; i < count; i++)
        weight[p[i]]++;
    make_codes();
    uint64_t bits = 0;
    uint32_t held = 0, made = 0;
    for (uint32_t i = 0; i < count; i++) {
        bits = bits << length_of[p[i]] | code[p[i]];
        for (held += length_of[p[i]]; held >= 8; held -= 8)
            packed[made++] = (uint8_t)(bits >> (held - 8));
    }
    packed[made++] = (uint8_t)(bits << (8 - held));
    return made;
}

static NOINLINE void huffman_unpack(uint32_t count) {
    uint32_t first[32] = {0}, many[32] = {0}, offset[32], order[symbols], placed = 0, at = 0;
    for (uint32_t length = 1; length < 32; length++) {
        offset[length] = placed;
        for (uint32_t i = 0; i < symbols; i++)
            if (length_of[i] == length) {
                if (many[length]++ == 0) first[length] = code[i];
                order[placed++] = i;
            }
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = 0;
        for (uint32_t length = 1;; length++, at++) {
            value = value << 1 | (packed[at / 8] >> (7 - at % 8) & 1);
            if (many[length] != 0 && value - first[length] < many[length]) {
                unpacked[i] = (uint8_t)order[offset[length] + value - first[length]];
                at++;
                break;
            }
        }
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    static const char* const words[8] = {"the ", "code",   "of a ", "machine ",
                                         "is ",  "read, ", "\n",    "not "};
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        for (uint32_t at = 0; at < size;) {
            uint64_t r = next_random(&state);
            const char* word = words[r & 7];
            while (*word != '\0' && at < size)
                input[at++] = (uint8_t)*word++;
            if ((r >> 8 & 7) == 0 && at < size) input[at++] = (uint8_t)(r >> 16);
        }
        uint32_t bytes = lz_pack(middle), final = huffman_pack(middle, bytes);
        huffman_unpack(bytes);
        uint32_t back = lz_unpack(unpacked, bytes), wrong = back != size;
        for (uint32_t i = 0; i < size; i++)
            wrong += input[i] != output[i];
        hash = mix(mix(mix(hash, bytes), final), wrong);
        hash = mix(hash, packed[final / 2]);
    }
    return hash;
}

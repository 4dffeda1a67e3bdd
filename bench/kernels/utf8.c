// SPDX-License-Identifier: Apache-2.0
// UTF-8: validation by a state machine, decoding to code points, to UTF-16 and back, folding of
// case, reversal by characters.
#include "kernel.h"

enum { size = 16384 };

static uint8_t text[size + 4], turned[size + 4];
static uint32_t points[size];
static uint16_t units[size];
static uint8_t kind[256];

// Classes of bytes: 0 ASCII, 1 continuation, 2 to 4 the lengths of sequences, 5 never valid.
static void make_kinds(void) {
    for (int i = 0; i < 256; i++)
        kind[i] = i < 0x80   ? 0
                  : i < 0xc0 ? 1
                  : i < 0xc2 ? 5
                  : i < 0xe0 ? 2
                  : i < 0xf0 ? 3
                  : i < 0xf5 ? 4
                             : 5;
}

static uint32_t encode(uint8_t* out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (c & 63));
    return 4;
}

// The offset of the first byte that is wrong, or the length.
static NOINLINE uint32_t validate(const uint8_t* p, uint32_t length) {
    for (uint32_t i = 0; i < length;) {
        uint32_t wanted = kind[p[i]];
        if (wanted == 0) {
            i++;
            continue;
        }
        if (wanted == 1 || wanted == 5 || i + wanted > length) return i;
        uint8_t second = p[i + 1];
        if ((p[i] == 0xe0 && second < 0xa0) || (p[i] == 0xed && second >= 0xa0) ||
            (p[i] == 0xf0 && second < 0x90) || (p[i] == 0xf4 && second >= 0x90))
            return i;
        for (uint32_t k = 1; k < wanted; k++)
            if (kind[p[i + k]] != 1) return i;
        i += wanted;
    }
    return length;
}

static NOINLINE uint32_t decode(const uint8_t* p, uint32_t length, uint32_t* out) {
    uint32_t made = 0;
    for (uint32_t i = 0; i < length; made++) {
        uint32_t c = p[i++], more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        if (more > 0) c &= 0x3fu >> more;
        while (more-- > 0)
            c = c << 6 | (p[i++] & 63u);
        out[made] = c;
    }
    return made;
}

static NOINLINE uint32_t to_utf16(uint32_t count) {
    uint32_t made = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t c = points[i];
        if (c >= 0x10000) {
            units[made++] = (uint16_t)(0xd7c0 + (c >> 10));
            c = 0xdc00 + (c & 0x3ff);
        }
        units[made++] = (uint16_t)c;
    }
    return made;
}

static uint32_t fold(uint32_t c) {
    if (c - 'A' < 26) return c + 32;
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9)) return c + 32;
    if (c >= 0x400 && c < 0x410) return c + 80;
    return c >= 0x410 && c < 0x430 ? c + 32 : c;
}

// From UTF-16, backwards and folded.
static NOINLINE uint32_t reverse(uint32_t count) {
    uint32_t made = 0;
    while (count-- > 0) {
        uint32_t c = units[count];
        if (c >= 0xdc00 && c < 0xe000)
            c = 0x10000 + ((units[--count] & 0x3ffu) << 10) + (c & 0x3ff);
        made += encode(turned + made, fold(c));
    }
    return made;
}

EXPORT(run) uint64_t run(uint32_t n) {
    static const uint32_t bases[8] = {0x41, 0x61, 0x20, 0xc0, 0x391, 0x410, 0x4e00, 0x1f600};
    uint64_t state = 88172645463325252u, hash = FNV_START;
    make_kinds();
    for (uint32_t round = 0; round < n; round++) {
        uint32_t length = 0;
        while (length < size - 4) {
            uint64_t r = next_random(&state);
            length += encode(text + length, bases[r >> 61] + (r >> 40) % 24);
        }
        uint32_t valid = validate(text, length), count = decode(text, length, points);
        uint32_t wide = to_utf16(count), back = reverse(wide);
        hash = mix(mix(mix(mix(hash, valid), count), wide), back);
        for (uint32_t i = 0; i < back; i += 5)
            hash = mix(hash, turned[i]);
        turned[next_random(&state) % back] = 0xff;
        hash = mix(hash, validate(turned, back));
    }
    return hash;
}

// SPDX-License-Identifier: Apache-2.0
// Base64, hexadecimal and run-length encoding of 16 KiB, and back, checking every character.
#include "kernel.h"

enum { size = 16384 };

static uint8_t data[size], again[size];
static char text[size * 2 + 4];
static int8_t values[256];

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void make_values(void) {
    for (int i = 0; i < 256; i++)
        values[i] = -1;
    for (int i = 0; i < 64; i++)
        values[(uint8_t)alphabet[i]] = (int8_t)i;
}

static NOINLINE uint32_t encode(uint32_t count) {
    uint32_t made = 0, i = 0;
    for (; i + 3 <= count; i += 3) {
        uint32_t bits = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
        text[made++] = alphabet[bits >> 18];
        text[made++] = alphabet[bits >> 12 & 63];
        text[made++] = alphabet[bits >> 6 & 63];
        text[made++] = alphabet[bits & 63];
    }
    if (i < count) {
        uint32_t bits = (uint32_t)data[i] << 16 | (i + 1 < count ? (uint32_t)data[i + 1] << 8 : 0);
        text[made++] = alphabet[bits >> 18];
        text[made++] = alphabet[bits >> 12 & 63];
        text[made++] = i + 1 < count ? alphabet[bits >> 6 & 63] : '=';
        text[made++] = '=';
    }
    return made;
}

static NOINLINE uint32_t decode(uint32_t count) {
    uint32_t made = 0, bits = 0, held = 0;
    for (uint32_t i = 0; i < count; i++) {
        int value = values[(uint8_t)text[i]];
        if (value < 0) break;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            again[made++] = (uint8_t)(bits >> held);
        }
    }
    return made;
}

static NOINLINE uint32_t hex_round_trip(uint32_t count) {
    static const char digits[] = "0123456789abcdef";
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < count; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    for (uint32_t i = 0; i < count; i++) {
        char high = text[2 * i], low = text[2 * i + 1];
        int byte = (high <= '9' ? high - '0' : high - 'a' + 10) << 4;
        byte |= low <= '9' ? low - '0' : low - 'a' + 10;
        wrong += byte != data[i];
    }
    return wrong;
}

static NOINLINE uint32_t runs(uint32_t count) {
    uint32_t made = 0;
    for (uint32_t i = 0; i < count;) {
        uint32_t length = 1;
        while (i + length < count && length < 255 && (data[i + length] & 1) == (data[i] & 1))
            length++;
        text[made++] = (char)length;
        text[made++] = (char)(data[i] & 1);
        i += length;
    }
    return made;
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    make_values();
    for (uint32_t i = 0; i < size; i++)
        data[i] = (uint8_t)(next_random(&state) >> 56);
    for (uint32_t round = 0; round < n; round++) {
        uint32_t count = size - round % 3, made = encode(count), wrong = 0;
        for (uint32_t i = 0; i < made; i += 61)
            hash = mix(hash, (uint8_t)text[i]);
        uint32_t back = decode(made);
        for (uint32_t i = 0; i < back; i++)
            wrong += data[i] != again[i];
        hash = mix(mix(mix(hash, made), back), wrong);
        hash = mix(hash, hex_round_trip(count));
        hash = mix(hash, runs(count));
        data[round % size] = (uint8_t)hash;
    }
    return hash;
}

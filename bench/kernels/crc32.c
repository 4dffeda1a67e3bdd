// SPDX-License-Identifier: Apache-2.0
// Checksums of a 64 KiB buffer: CRC-32 bit by bit, by one table and by four, Adler-32 and
// Fletcher-64; each is written into the buffer.
#include "kernel.h"

enum { size = 65536 };

static uint8_t data[size];
static uint32_t table[4][256];

static NOINLINE uint32_t crc_by_bits(const uint8_t* p, uint32_t count) {
    uint32_t crc = 0xffffffff;
    while (count-- > 0) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
    }
    return ~crc;
}

static void make_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        table[0][i] = crc;
    }
    for (int k = 1; k < 4; k++)
        for (uint32_t i = 0; i < 256; i++)
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
}

static NOINLINE uint32_t crc_by_table(const uint8_t* p, uint32_t count) {
    uint32_t crc = 0xffffffff;
    while (count-- > 0)
        crc = crc >> 8 ^ table[0][(crc ^ *p++) & 255];
    return ~crc;
}

static NOINLINE uint32_t crc_by_four(const uint8_t* p, uint32_t count) {
    uint32_t crc = 0xffffffff;
    for (; count >= 4; count -= 4, p += 4) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^
              table[0][crc >> 24];
    }
    return ~crc;
}

static NOINLINE uint32_t adler(const uint8_t* p, uint32_t count) {
    uint32_t a = 1, b = 0;
    while (count > 0) {
        uint32_t part = count < 5552 ? count : 5552;
        count -= part;
        while (part-- > 0) {
            a += *p++;
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    return b << 16 | a;
}

static NOINLINE uint64_t fletcher(const uint8_t* p, uint32_t count) {
    uint64_t a = 0, b = 0;
    for (; count >= 4; count -= 4, p += 4) {
        a += (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        b += a;
    }
    return (b % 0xffffffff) << 32 | a % 0xffffffff;
}

EXPORT(run) uint64_t run(uint32_t n) {
    make_tables();
    for (uint32_t i = 0; i < size; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 8));
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, crc_by_bits(data, size / 4));
        hash = mix(hash, crc_by_table(data, size));
        hash = mix(hash, crc_by_four(data, size));
        hash = mix(hash, adler(data, size));
        hash = mix(hash, fletcher(data, size));
        for (int i = 0; i < 8; i++)
            data[(round * 8 + (uint32_t)i) % size] = (uint8_t)(hash >> (8 * i));
    }
    return hash;
}

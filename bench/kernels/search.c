// SPDX-License-Identifier: Apache-2.0
// Searching text: the plain way, Horspool's, Knuth-Morris-Pratt's and Rabin-Karp's, counting of
// words and lines, and edit distances between words.
#include "kernel.h"

enum { size = 16384, longest = 32 };

static char text[size + 1];

static NOINLINE uint32_t length_of(const char* s) {
    const char* p = s;
    while (*p != '\0')
        p++;
    return (uint32_t)(p - s);
}

static NOINLINE int compare(const char* a, const char* b) {
    while (*a != '\0' && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

static NOINLINE uint32_t plain(const char* what, uint32_t length) {
    uint32_t found = 0;
    for (uint32_t i = 0; i + length <= size; i++) {
        uint32_t k = 0;
        while (k < length && text[i + k] == what[k])
            k++;
        found += k == length;
    }
    return found;
}

static NOINLINE uint32_t horspool(const char* what, uint32_t length) {
    uint32_t skip[256], found = 0;
    for (int i = 0; i < 256; i++)
        skip[i] = length;
    for (uint32_t i = 0; i + 1 < length; i++)
        skip[(uint8_t)what[i]] = length - 1 - i;
    for (uint32_t at = 0; at + length <= size; at += skip[(uint8_t)text[at + length - 1]]) {
        uint32_t k = length;
        while (k > 0 && text[at + k - 1] == what[k - 1])
            k--;
        found += k == 0;
    }
    return found;
}

static NOINLINE uint32_t by_prefixes(const char* what, uint32_t length) {
    uint32_t fail[longest + 1] = {0}, k = 0, found = 0;
    for (uint32_t i = 1; i < length; i++) {
        while (k > 0 && what[i] != what[k])
            k = fail[k - 1];
        k += what[i] == what[k];
        fail[i] = k;
    }
    k = 0;
    for (uint32_t i = 0; i < size; i++) {
        while (k > 0 && text[i] != what[k])
            k = fail[k - 1];
        k += text[i] == what[k];
        if (k == length) {
            found++;
            k = fail[k - 1];
        }
    }
    return found;
}

static NOINLINE uint32_t by_hash(const char* what, uint32_t length) {
    uint32_t wanted = 0, hash = 0, power = 1, found = 0;
    for (uint32_t i = 0; i < length; i++) {
        wanted = wanted * 257 + (uint8_t)what[i];
        hash = hash * 257 + (uint8_t)text[i];
        if (i > 0) power *= 257;
    }
    for (uint32_t i = 0; i + length <= size; i++) {
        found += hash == wanted;
        hash = (hash - (uint8_t)text[i] * power) * 257 + (uint8_t)text[i + length];
    }
    return found;
}

static NOINLINE uint64_t count_words(void) {
    uint32_t words = 0, lines = 0, inside = 0, capitals = 0;
    for (const char* p = text; *p != '\0'; p++) {
        int letter = (*p | 32) >= 'a' && (*p | 32) <= 'z';
        words += letter && !inside;
        inside = (uint32_t)letter;
        lines += *p == '\n';
        capitals += *p >= 'A' && *p <= 'Z';
    }
    return (uint64_t)words << 40 | (uint64_t)lines << 20 | capitals;
}

static NOINLINE uint32_t edit_distance(const char* a, const char* b) {
    uint32_t row[longest + 1], width = length_of(b);
    for (uint32_t j = 0; j <= width; j++)
        row[j] = j;
    for (uint32_t i = 0; a[i] != '\0'; i++) {
        uint32_t corner = row[0];
        row[0] = i + 1;
        for (uint32_t j = 0; j < width; j++) {
            uint32_t change = corner + (a[i] != b[j]), one = row[j] + 1, other = row[j + 1] + 1;
            corner = row[j + 1];
            uint32_t best = one < other ? one : other;
            row[j + 1] = best < change ? best : change;
        }
    }
    return row[width];
}

EXPORT(run) uint64_t run(uint32_t n) {
    static const char* const words[8] = {"needle", "haystack", "The",  "abcabcabd",
                                         "in a",   "aaaaab",   "some", "interpretation"};
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        for (int length = 0; length < size;) {
            uint64_t r = next_random(&state);
            for (const char* w = words[r >> 61]; *w != '\0' && length < size; w++)
                text[length++] = *w;
            if (length < size) text[length++] = "  \n,"[r & 3];
        }
        const char* what = words[round & 7];
        uint32_t length = length_of(what);
        hash = mix(hash, plain(what, length) << 16 | horspool(what, length));
        hash = mix(hash, by_prefixes(what, length) << 16 | by_hash(what, length));
        hash = mix(hash, count_words());
        for (int i = 0; i < 8; i++) {
            hash = mix(hash, edit_distance(what, words[i]));
            hash = mix(hash, (uint64_t)compare(what, words[i]));
        }
        hash = mix(hash, length_of(text));
    }
    return hash;
}

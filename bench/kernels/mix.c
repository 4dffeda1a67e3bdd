// SPDX-License-Identifier: Apache-2.0
// A mix like that of CoreMark, written anew: a linked list that is searched, reversed and sorted, a
// small matrix, a state machine that reads numbers, and a CRC of all results.
#include "kernel.h"

enum { list_length = 64, side = 9, text_length = 256 };

typedef struct Item {
    struct Item* next;
    int16_t key, value;
} Item;

static Item items[list_length];
static int16_t left[side][side], right[side][side];
static int32_t product[side][side];
static char text[text_length + 1];

static NOINLINE uint16_t crc16(uint16_t crc, uint16_t word) {
    for (int i = 0; i < 16; i++, word >>= 1)
        crc = (uint16_t)(((crc ^ word) & 1) ? crc >> 1 ^ 0xa001 : crc >> 1);
    return crc;
}

static Item* find(Item* list, int16_t key) {
    while (list != NULL && list->key != key)
        list = list->next;
    return list;
}

static Item* reverse(Item* list) {
    Item* done = NULL;
    while (list != NULL) {
        Item* next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

static int by_key(const Item* a, const Item* b) {
    return a->key - b->key;
}
static int by_value(const Item* a, const Item* b) {
    return (a->value & 0xff) - (b->value & 0xff);
}

static NOINLINE Item* sort(Item* list, int (*compare)(const Item*, const Item*)) {
    Item* sorted = NULL;
    while (list != NULL) {
        Item *next = list->next, **at = &sorted;
        while (*at != NULL && compare(*at, list) <= 0)
            at = &(*at)->next;
        list->next = *at;
        *at = list;
        list = next;
    }
    return sorted;
}

static NOINLINE uint16_t work_list(Item** list, uint16_t crc, int16_t wanted) {
    for (int16_t i = 0; i < 8; i++) {
        Item* found = find(*list, (int16_t)((wanted + i * 5) % list_length));
        *list = reverse(*list);
        if (found != NULL) {
            crc = crc16(crc, (uint16_t)found->value);
            found->value = (int16_t)(found->value + i);
        }
    }
    *list = sort(*list, by_value);
    crc = crc16(crc, (uint16_t)(*list)->key);
    *list = sort(*list, by_key);
    return crc;
}

static NOINLINE uint16_t work_matrix(uint16_t crc, int16_t add) {
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++)
            left[i][j] = (int16_t)(left[i][j] + add);
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            int32_t sum = 0;
            for (int k = 0; k < side; k++)
                sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    int32_t best = 0;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++)
            best +=
                product[i][j] > best ? 10 : (product[i][j] >> 2 & 15) - (product[i][j] >> 5 & 7);
    return crc16(crc, (uint16_t)best);
}

enum State { s_start, s_sign, s_integer, s_point, s_fraction, s_exponent, s_power, s_bad, s_count };

static enum State next_state(enum State state, char c) {
    int digit = c >= '0' && c <= '9';
    switch (state) {
        case s_start:
            return digit ? s_integer : c == '+' || c == '-' ? s_sign : c == '.' ? s_point : s_bad;
        case s_sign:
            return digit ? s_integer : c == '.' ? s_point : s_bad;
        case s_integer:
            return digit ? s_integer : c == '.' ? s_fraction : c == 'e' ? s_exponent : s_bad;
        case s_point:
        case s_fraction:
            return digit ? s_fraction : c == 'e' && state == s_fraction ? s_exponent : s_bad;
        case s_exponent:
            return digit || c == '-' ? s_power : s_bad;
        case s_power:
            return digit ? s_power : s_bad;
        default:
            return s_bad;
    }
}

static NOINLINE uint16_t work_states(uint16_t crc, uint32_t seed) {
    uint16_t visits[s_count] = {0}, finals[s_count] = {0};
    enum State state = s_start;
    for (const char* p = text; *p != '\0'; p++) {
        if (*p == ',') {
            finals[state]++;
            state = s_start;
            continue;
        }
        state = next_state(state, *p);
        visits[state]++;
    }
    text[seed % text_length] = "0123456789+-.e,,"[seed >> 8 & 15];
    for (int i = 0; i < s_count; i++)
        crc = crc16(crc16(crc, visits[i]), finals[i]);
    return crc;
}

EXPORT(run) uint64_t run(uint32_t n) {
    static const char pattern[] =
        "5012,-874,+122,35.54400,.1234500,-110.700,5.500e3,-.123e-2,T0.3e,";
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (int i = 0; i < text_length; i++)
        text[i] = pattern[i % (int)(sizeof pattern - 1)];
    for (int i = 0; i < list_length; i++)
        items[i] = (Item){i + 1 < list_length ? &items[i + 1] : NULL,
                          (int16_t)(i * 29 % list_length), (int16_t)next_random(&state)};
    for (int i = 0; i < side * side; i++) {
        left[i / side][i % side] = (int16_t)(i * 3);
        right[i / side][i % side] = (int16_t)(next_random(&state) & 0xff);
    }
    Item* list = items;
    uint16_t crc = 0;
    for (uint32_t round = 0; round < n; round++) {
        crc = work_list(&list, crc, (int16_t)(round % 97));
        crc = work_matrix(crc, (int16_t)(crc & 3));
        crc = work_states(crc, crc * 2654435761u);
        hash = mix(hash, crc);
    }
    return hash;
}

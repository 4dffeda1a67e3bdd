/* SPDX-License-Identifier: Apache-2.0 */
/* life TURNS PATTERN: Conway's game on a torus, in bits of 64-bit words. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 24, COLUMNS = 64 };

static uint64_t now[ROWS], next[ROWS];

static uint64_t left(uint64_t row) { return row << 1 | row >> 63; }
static uint64_t right(uint64_t row) { return row >> 1 | row << 63; }

/* Adds eight rows of neighbours at once, in counters of three bits. */
static void turn(void) {
    for (int y = 0; y < ROWS; y++) {
        uint64_t ones = 0, twos = 0, fours = 0;
        for (int dy = -1; dy <= 1; dy++) {
            uint64_t row = now[(y + dy + ROWS) % ROWS];
            uint64_t parts[3] = {left(row), right(row), dy ? row : 0};
            for (int i = 0; i < 3; i++) {
                uint64_t carry = ones & parts[i];
                ones ^= parts[i];
                uint64_t over = twos & carry;
                twos ^= carry;
                fours |= over;
            }
        }
        next[y] = ~fours & twos & (ones | now[y]);
    }
    memcpy(now, next, sizeof now);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name, *rows;
    } patterns[] = {{"blinker", "111"}, {"glider", "010/001/111"}, {"acorn", "0100000/0001000/1100111"}};
    if (argc != 3) return 2;
    const char *rows = NULL;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (strcmp(patterns[i].name, argv[2]) == 0) rows = patterns[i].rows;
    if (!rows) {
        fprintf(stderr, "no pattern %s\n", argv[2]);
        return 1;
    }
    for (int y = ROWS / 2, x = COLUMNS / 2; *rows; rows++) {
        if (*rows == '/')
            y++, x = COLUMNS / 2;
        else
            now[y] |= (uint64_t)(*rows - '0') << x++;
    }
    for (int n = atoi(argv[1]); n > 0; n--) turn();
    int living = 0;
    for (int y = 0; y < ROWS; y++) {
        for (int x = 0; x < COLUMNS; x++) putchar(now[y] >> x & 1 ? '#' : '.');
        putchar('\n');
        living += __builtin_popcountll(now[y]);
    }
    printf("%d after %s turns of %s, %.3f of all\n", living, argv[1], argv[2], living / (double)(ROWS * COLUMNS));
    return 0;
}

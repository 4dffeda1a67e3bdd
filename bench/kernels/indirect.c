// SPDX-License-Identifier: Apache-2.0
// Indirect calls: a tree of expressions evaluated through methods, a sort with a comparison that is
// passed in, and a table of operations chosen at random.
#include "kernel.h"

typedef struct Node Node;
struct Node {
    int64_t (*value)(const Node* self);
    const Node *left, *right;
    int64_t number;
};

enum { leaves = 1024, items = 1024, operations = 8 };

static Node nodes[2 * leaves];
static uint32_t order[items], keys[items];

static int64_t constant(const Node* self) {
    return self->number;
}
static int64_t negate(const Node* self) {
    return -self->number;
}
static int64_t add(const Node* self) {
    return self->left->value(self->left) + self->right->value(self->right);
}
static int64_t subtract(const Node* self) {
    return self->left->value(self->left) - self->right->value(self->right);
}
static int64_t larger(const Node* self) {
    int64_t a = self->left->value(self->left), b = self->right->value(self->right);
    return a > b ? a : b;
}
static int64_t exclusive(const Node* self) {
    return self->left->value(self->left) ^ self->right->value(self->right);
}

// A heap-shaped tree: node i has the children 2i and 2i + 1.
static void build_tree(uint64_t* state) {
    static int64_t (*const inner[4])(const Node*) = {add, subtract, larger, exclusive};
    for (int i = 2 * leaves - 1; i >= 1; i--) {
        uint64_t r = next_random(state);
        if (i >= leaves)
            nodes[i] = (Node){r & 1 ? constant : negate, NULL, NULL, (int64_t)(r >> 40)};
        else
            nodes[i] = (Node){inner[r & 3], &nodes[2 * i], &nodes[2 * i + 1], 0};
    }
}

static int by_key(uint32_t a, uint32_t b) {
    return keys[a] < keys[b];
}
static int by_low_bits(uint32_t a, uint32_t b) {
    return (keys[a] & 0xffff) < (keys[b] & 0xffff);
}

// Comb sort: simple, and nearly all of it comparisons.
static NOINLINE void sort(uint32_t* index, int count, int (*less)(uint32_t, uint32_t)) {
    int gap = count, swapped = 1;
    while (gap > 1 || swapped) {
        gap = gap * 10 / 13;
        if (gap < 1) gap = 1;
        swapped = 0;
        for (int i = 0; i + gap < count; i++)
            if (less(index[i + gap], index[i])) {
                uint32_t t = index[i];
                index[i] = index[i + gap];
                index[i + gap] = t;
                swapped = 1;
            }
    }
}

#define OPERATION(name, expression)                \
    static uint64_t name(uint64_t x, uint64_t y) { \
        return expression;                         \
    }
OPERATION(op_add, x + y)
OPERATION(op_xor, x ^ y)
OPERATION(op_mul, x*(y | 1))
OPERATION(op_sub, x - y)
OPERATION(op_turn, x << (y & 63) | x >> (-y & 63))
OPERATION(op_shift, x ^ x >> (y & 31))
OPERATION(op_and, x&(y | 0xff00ff00ff00ff00u))
OPERATION(op_or, x | (y & 0x0f0f))

EXPORT(run) uint64_t run(uint32_t n) {
    static uint64_t (*const table[operations])(uint64_t, uint64_t) = {
        op_add, op_xor, op_mul, op_sub, op_turn, op_shift, op_and, op_or};
    uint64_t state = 88172645463325252u, hash = FNV_START;
    build_tree(&state);
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, (uint64_t)nodes[1].value(&nodes[1]));
        for (uint32_t i = 0; i < items; i++) {
            order[i] = i;
            keys[i] = (uint32_t)next_random(&state);
        }
        sort(order, items, round & 1 ? by_key : by_low_bits);
        uint64_t x = round;
        for (uint32_t i = 0; i < items; i++)
            x = table[keys[order[i]] >> 29](x, keys[i]);
        hash = mix(hash, x + order[round % items]);
    }
    return hash;
}

// SPDX-License-Identifier: Apache-2.0
// Chasing pointers: a random cycle through 1 MiB, a binary search tree, and a linked list that is
// built, reversed and merge-sorted.
#include "kernel.h"

typedef struct Link {
    struct Link* next;
    uint32_t key;
} Link;

typedef struct Tree {
    struct Tree *left, *right;
    uint32_t key, count;
} Tree;

enum { links = 1 << 16, keys = 2048 };

static Link links_of[links];
static uint32_t shuffled[links];
static Tree trees[keys];

// Sattolo's shuffle: the result is one cycle through all links.
static NOINLINE void make_cycle(uint64_t* state) {
    for (uint32_t i = 0; i < links; i++)
        shuffled[i] = i;
    for (uint32_t i = links - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(next_random(state) % i);
        uint32_t t = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = t;
    }
    for (uint32_t i = 0; i < links; i++)
        links_of[i] = (Link){&links_of[shuffled[i]], i * 2654435761u};
}

static NOINLINE uint64_t chase(const Link** at, uint32_t steps) {
    const Link* p = *at;
    uint64_t sum = 0;
    while (steps-- > 0) {
        sum += p->key;
        p = p->next;
    }
    *at = p;
    return sum;
}

static NOINLINE uint64_t fill_tree(uint64_t* state) {
    uint32_t used = 0;
    uint64_t depth_sum = 0;
    Tree* root = NULL;
    while (used < keys) {
        uint32_t key = (uint32_t)(next_random(state) >> 50);
        Tree** at = &root;
        while (*at != NULL && (*at)->key != key) {
            at = key < (*at)->key ? &(*at)->left : &(*at)->right;
            depth_sum++;
        }
        if (*at == NULL) {
            trees[used] = (Tree){NULL, NULL, key, 0};
            *at = &trees[used++];
        }
        (*at)->count++;
    }
    return depth_sum;
}

static Link* merge(Link* a, Link* b) {
    Link head, *last = &head;
    while (a != NULL && b != NULL) {
        Link** from = a->key <= b->key ? &a : &b;
        last->next = *from;
        last = *from;
        *from = (*from)->next;
    }
    last->next = a != NULL ? a : b;
    return head.next;
}

static NOINLINE Link* sort(Link* list, uint32_t count) {
    if (count == 1) {
        list->next = NULL;
        return list;
    }
    uint32_t half = count / 2;
    Link* middle = list;
    for (uint32_t i = 0; i < half; i++)
        middle = middle->next;
    Link* right = sort(middle, count - half);
    return merge(sort(list, half), right);
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    make_cycle(&state);
    const Link* at = links_of;
    static Link few[keys];
    for (uint32_t round = 0; round < n; round++) {
        hash = mix(hash, chase(&at, links));
        hash = mix(hash, fill_tree(&state));
        for (uint32_t i = 0; i < keys; i++)
            few[i] = (Link){i + 1 < keys ? &few[i + 1] : NULL, (uint32_t)next_random(&state)};
        for (const Link* p = sort(few, keys); p != NULL; p = p->next)
            hash = mix(hash, p->key);
    }
    return hash;
}

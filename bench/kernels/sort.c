// SPDX-License-Identifier: Apache-2.0
// Sorting 4096 items: quicksort with an insertion sort at the end, heapsort, merge sort, radix sort
// and shellsort, of integers, doubles and pairs.
#include "kernel.h"

enum { count = 4096 };

typedef struct {
    uint32_t key, tag;
} Pair;

static uint32_t source[count], numbers[count], spare[count];
static double doubles[count];
static Pair pairs[count], pairs_spare[count];

static NOINLINE void insertion(uint32_t* items, int low, int high) {
    for (int i = low + 1; i <= high; i++) {
        uint32_t item = items[i];
        int j = i;
        for (; j > low && items[j - 1] > item; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

static NOINLINE void quick(uint32_t* items, int low, int high) {
    while (high - low > 12) {
        uint32_t a = items[low], b = items[low + (high - low) / 2], c = items[high];
        uint32_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        int i = low - 1, j = high + 1;
        for (;;) {
            do
                i++;
            while (items[i] < pivot);
            do
                j--;
            while (items[j] > pivot);
            if (i >= j) break;
            uint32_t t = items[i];
            items[i] = items[j];
            items[j] = t;
        }
        quick(items, low, j);
        low = j + 1;
    }
    insertion(items, low, high);
}

static NOINLINE void sift(double* heap, int at, int size) {
    double item = heap[at];
    for (;;) {
        int child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && heap[child] < heap[child + 1]) child++;
        if (heap[child] <= item) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = item;
}

static NOINLINE void heap_sort(double* heap, int size) {
    for (int i = size / 2; i-- > 0;)
        sift(heap, i, size);
    while (--size > 0) {
        double t = heap[0];
        heap[0] = heap[size];
        heap[size] = t;
        sift(heap, 0, size);
    }
}

static NOINLINE void merge_sort(Pair* items, Pair* other) {
    for (int width = 1; width < count; width *= 2) {
        for (int low = 0; low < count; low += 2 * width) {
            int i = low, j = low + width, middle = j, end = low + 2 * width;
            for (int k = low; k < end; k++)
                other[k] = i < middle && (j >= end || items[i].key <= items[j].key) ? items[i++]
                                                                                    : items[j++];
        }
        Pair* t = items;
        items = other;
        other = t;
    }
}

static NOINLINE void radix(uint32_t* items, uint32_t* other) {
    for (int shift = 0; shift < 32; shift += 8) {
        uint32_t places[257] = {0};
        for (int i = 0; i < count; i++)
            places[(items[i] >> shift & 255) + 1]++;
        for (int i = 0; i < 256; i++)
            places[i + 1] += places[i];
        for (int i = 0; i < count; i++)
            other[places[items[i] >> shift & 255]++] = items[i];
        uint32_t* t = items;
        items = other;
        other = t;
    }
}

static NOINLINE void shell(uint32_t* items) {
    for (int gap = 1093; gap > 0; gap /= 3)
        for (int i = gap; i < count; i++) {
            uint32_t item = items[i];
            int j = i;
            for (; j >= gap && items[j - gap] > item; j -= gap)
                items[j] = items[j - gap];
            items[j] = item;
        }
}

static void copy_source(void) {
    for (int i = 0; i < count; i++)
        numbers[i] = source[i];
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t r = next_random(&state);
            source[i] = (uint32_t)r;
            doubles[i] = (double)(int32_t)(r >> 32);
            pairs[i] = (Pair){(uint32_t)(r >> 50), i};
        }
        copy_source();
        quick(numbers, 0, count - 1);
        hash = mix(hash, numbers[round % count]);
        copy_source();
        radix(numbers, spare);
        hash = mix(hash, numbers[count - 1 - round % count]);
        copy_source();
        shell(numbers);
        hash = mix(hash, numbers[count / 2]);
        heap_sort(doubles, count);
        merge_sort(pairs, pairs_spare);
        for (int i = 0; i < count; i += 16)
            hash = mix(hash, pairs[i].tag + (uint64_t)(int64_t)doubles[i]);
    }
    return hash;
}

// SPDX-License-Identifier: Apache-2.0
// What markdown.wasm exports. A host writes a text into memory that it got from alloc, calls
// convert, reads the result where the returned record says, and gives both back.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "markdown.h"
#include "sample.h"

#define EXPORT(name) __attribute__((export_name(#name)))

// The layout is part of the interface: six 32-bit words, little-endian.
typedef struct {
    char* data;
    uint32_t length;
    uint32_t headings;
    uint32_t links;
    uint32_t code_blocks;
    uint32_t tables;
} Record;

_Static_assert(sizeof(Record) == 24, "hosts read six 32-bit words");

// Returns 0 when there is no memory.
EXPORT(alloc) void* export_alloc(uint32_t size) {
    return malloc(size > 0 ? size : 1);
}

EXPORT(release) void export_release(void* data) {
    free(data);
}

// Returns a Record, or 0 when there is no memory; record and record->data are the caller's.
EXPORT(convert) Record* export_convert(const char* text, uint32_t length) {
    MarkdownResult result;
    Record* record = malloc(sizeof *record);
    if (record == NULL) return NULL;
    if (markdown_to_html(text, length, &result) != 0) {
        free(record);
        return NULL;
    }
    *record = (Record){result.data,  (uint32_t)result.length, result.headings,
                       result.links, result.code_blocks,      result.tables};
    return record;
}

// Returns a text that ends in NUL, or 0 when there is no memory; it is the caller's.
EXPORT(frequent_words)
char* export_frequent_words(const char* text, uint32_t length, uint32_t count) {
    return markdown_frequent_words(text, length, count);
}

// Converts a text that is built in and returns a hash of the HTML: something to call from a shell.
EXPORT(sample_hash) uint64_t export_sample_hash(void) {
    return sample_hash();
}

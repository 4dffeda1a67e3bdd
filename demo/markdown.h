// SPDX-License-Identifier: Apache-2.0
// A Markdown-to-HTML converter: headings, paragraphs, emphasis, code, links, images, lists, tasks,
// quotes, tables, rules. It works on bytes in memory and knows nothing of files.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    char* data;  // NUL-terminated; from malloc, the caller frees it
    size_t length;
    uint32_t headings;
    uint32_t links;
    uint32_t code_blocks;
    uint32_t tables;
} MarkdownResult;

// Converts `length` bytes of Markdown. Returns 0, or -1 when there is no memory.
int markdown_to_html(const char* text, size_t length, MarkdownResult* result);

// The `count` most frequent words of at least four letters, a line each ("  12  memory\n"), most
// frequent first, then in alphabetical order. NUL-terminated; NULL when there is no memory.
char* markdown_frequent_words(const char* text, size_t length, unsigned count);

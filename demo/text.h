// SPDX-License-Identifier: Apache-2.0
// A text that grows, and a slice of a text that someone else owns.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char* data;
    size_t length;
    size_t capacity;
    bool failed;  // out of memory: what follows is dropped
} Text;

typedef struct {
    const char* data;
    size_t length;
} Slice;

void text_append(Text* text, const char* data, size_t length);
void text_puts(Text* text, const char* string);
void text_putc(Text* text, char c);
// The number in decimal, with blanks before it to fill `width`.
void text_number(Text* text, size_t number, size_t width);
// The bytes with the characters that mean something in HTML escaped.
void text_escape(Text* text, Slice slice);

Slice slice_of(const char* data, size_t length);
Slice slice_trim(Slice slice);
Slice slice_from(Slice slice, size_t start);
bool slice_starts(Slice slice, const char* prefix);
// The first place of a string in the slice at or after `start`; slice.length if there is none.
size_t slice_find(Slice slice, size_t start, const char* string);

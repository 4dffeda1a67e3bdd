// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <stdlib.h>
#include <string.h>

void text_append(Text* text, const char* data, size_t length) {
    if (text->failed || length == 0) return;
    if (text->capacity - text->length <= length) {
        size_t capacity = text->capacity ? text->capacity : 256;
        while (capacity - text->length <= length)
            capacity *= 2;
        char* grown = realloc(text->data, capacity);
        if (grown == NULL) {
            text->failed = true;
            return;
        }
        text->data = grown;
        text->capacity = capacity;
    }
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_puts(Text* text, const char* string) {
    text_append(text, string, strlen(string));
}

void text_putc(Text* text, char c) {
    text_append(text, &c, 1);
}

void text_number(Text* text, size_t number, size_t width) {
    char digits[24];
    size_t start = sizeof digits;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (sizeof digits - start < width && start > 0)
        digits[--start] = ' ';
    text_append(text, digits + start, sizeof digits - start);
}

void text_escape(Text* text, Slice slice) {
    size_t plain = 0;
    for (size_t i = 0; i < slice.length; i++) {
        const char* entity = NULL;
        switch (slice.data[i]) {
            case '&':
                entity = "&amp;";
                break;
            case '<':
                entity = "&lt;";
                break;
            case '>':
                entity = "&gt;";
                break;
            case '"':
                entity = "&quot;";
                break;
            default:
                continue;
        }
        text_append(text, slice.data + plain, i - plain);
        text_puts(text, entity);
        plain = i + 1;
    }
    text_append(text, slice.data + plain, slice.length - plain);
}

Slice slice_of(const char* data, size_t length) {
    return (Slice){data, length};
}

Slice slice_trim(Slice slice) {
    while (slice.length > 0 && memchr(" \t\r", slice.data[0], 3))
        slice = slice_from(slice, 1);
    while (slice.length > 0 && memchr(" \t\r", slice.data[slice.length - 1], 3))
        slice.length--;
    return slice;
}

Slice slice_from(Slice slice, size_t start) {
    if (start > slice.length) start = slice.length;
    return (Slice){slice.data + start, slice.length - start};
}

bool slice_starts(Slice slice, const char* prefix) {
    size_t length = strlen(prefix);
    return slice.length >= length && memcmp(slice.data, prefix, length) == 0;
}

size_t slice_find(Slice slice, size_t start, const char* string) {
    size_t length = strlen(string);
    for (size_t i = start; i + length <= slice.length; i++)
        if (memcmp(slice.data + i, string, length) == 0) return i;
    return slice.length;
}

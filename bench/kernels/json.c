// SPDX-License-Identifier: Apache-2.0
// A JSON text of some 20 KB is parsed into a tree of values (recursive descent: strings with
// escapes, numbers, arrays, objects), walked, and written back.
#include "kernel.h"

enum Kind { k_null, k_false, k_true, k_number, k_string, k_array, k_object };

typedef struct Value {
    enum Kind kind;
    uint32_t length;      // of a string, or items in an array or object
    struct Value* next;   // the next item of the same parent
    struct Value* first;  // first item; of an object: key, value, key, value...
    const char* text;
    double number;
} Value;

enum { text_size = 24576, most_values = 8192 };

static char source[text_size], strings[text_size], written[text_size * 2];
static Value values[most_values];
static uint32_t values_used, strings_used, length;
static const char* at;

static void put(char* to, const char* text) {
    while (*text != '\0')
        to[length++] = *text++;
}

static void put_number(char* to, uint32_t number) {
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count > 0)
        to[length++] = digits[--count];
}

static void make_source(uint64_t* state) {
    length = 0;
    put(source, "{\"items\": [");
    for (uint32_t i = 0; length < text_size - 256; i++) {
        uint64_t r = next_random(state);
        put(source, i == 0 ? "{\"id\": " : ",\n  {\"id\": ");
        put_number(source, (uint32_t)r);
        put(source, ", \"name\": \"part \\\"");
        put_number(source, i);
        put(source, "\\\"\\u00e9\\n\", \"price\": -");
        put_number(source, (uint32_t)(r >> 40));
        put(source, ".");
        put_number(source, (uint32_t)(r >> 50));
        put(source, "e-2, \"tags\": [true, false, null, [], {\"deep\": [1, [2, [3]]]}]}");
    }
    put(source, "]}");
    source[length] = '\0';
}

static Value* make(enum Kind kind) {
    Value* value = &values[values_used++];
    *value = (Value){.kind = kind};
    return value;
}

static void skip_space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
}

static uint32_t hex_digit(char c) {
    return (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

static NOINLINE Value* parse_string(void) {
    Value* value = make(k_string);
    char* out = strings + strings_used;
    value->text = out;
    for (at++; *at != '"'; at++) {
        if (*at != '\\') {
            *out++ = *at;
            continue;
        }
        switch (*++at) {
            case 'n':
                *out++ = '\n';
                break;
            case 't':
                *out++ = '\t';
                break;
            case 'u': {
                uint32_t c = 0;
                for (int i = 0; i < 4; i++)
                    c = c << 4 | hex_digit(*++at);
                if (c >= 0x80) *out++ = (char)(0xc0 | c >> 6);
                *out++ = (char)(c >= 0x80 ? 0x80 | (c & 63) : c);
                break;
            }
            default:
                *out++ = *at;
        }
    }
    at++;
    value->length = (uint32_t)(out - value->text);
    strings_used += value->length;
    return value;
}

static NOINLINE Value* parse_number(void) {
    int negative = *at == '-', exponent = 0;
    double number = 0;
    for (at += negative; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++, exponent--)
            number = number * 10 + (*at - '0');
    if (*at == 'e') {
        int down = at[1] == '-', power = 0;
        for (at += 1 + down; *at >= '0' && *at <= '9'; at++)
            power = power * 10 + (*at - '0');
        exponent += down ? -power : power;
    }
    for (; exponent < 0; exponent++)
        number /= 10;
    for (; exponent > 0; exponent--)
        number *= 10;
    Value* value = make(k_number);
    value->number = negative ? -number : number;
    return value;
}

static Value* parse_value(void);

static NOINLINE Value* parse_list(enum Kind kind, char end) {
    Value *list = make(kind), **last = &list->first;
    at++;
    for (skip_space(); *at != end; skip_space()) {
        if (*at == ',' || *at == ':') {
            at++;
            continue;
        }
        *last = parse_value();
        last = &(*last)->next;
        list->length++;
    }
    at++;
    return list;
}

static Value* parse_value(void) {
    skip_space();
    switch (*at) {
        case '{':
            return parse_list(k_object, '}');
        case '[':
            return parse_list(k_array, ']');
        case '"':
            return parse_string();
        case 't':
            at += 4;
            return make(k_true);
        case 'f':
            at += 5;
            return make(k_false);
        case 'n':
            at += 4;
            return make(k_null);
        default:
            return parse_number();
    }
}

static void write_value(const Value* value) {
    static const char* const words[] = {"null", "false", "true"};
    if (value->kind <= k_true) {
        put(written, words[value->kind]);
    } else if (value->kind == k_number) {
        double number = value->number;
        if (number < 0) written[length++] = '-';
        put_number(written, (uint32_t)(uint64_t)((number < 0 ? -number : number) * 250));
    } else if (value->kind == k_string) {
        written[length++] = '"';
        for (uint32_t i = 0; i < value->length; i++) {
            if (value->text[i] == '"' || (uint8_t)value->text[i] < ' ') written[length++] = '\\';
            written[length++] = value->text[i];
        }
        written[length++] = '"';
    } else {
        written[length++] = value->kind == k_array ? '[' : '{';
        int index = 0;
        for (const Value* item = value->first; item != NULL; item = item->next, index++) {
            if (index > 0) written[length++] = value->kind == k_object && index % 2 ? ':' : ',';
            write_value(item);
        }
        written[length++] = value->kind == k_array ? ']' : '}';
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        make_source(&state);
        values_used = strings_used = length = 0;
        at = source;
        write_value(parse_value());
        hash = mix(mix(hash, values_used), length);
        for (uint32_t i = 0; i < length; i++)
            hash = mix(hash, (uint8_t)written[i]);
    }
    return hash;
}

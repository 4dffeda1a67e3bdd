// SPDX-License-Identifier: Apache-2.0
// Text formatting: a printf-like formatter (flags, width, precision, %d %u %x %X %c %s %f) writes
// a line for each of 256 records into a buffer, n times; the checksum covers every character.
#include <stdarg.h>

#include "kernel.h"

typedef struct {
    char* out;
    size_t capacity;
    size_t length;  // characters produced, also those beyond the capacity
} Writer;

typedef struct {
    int left, plus, space, zero, alternate;
    int width;
    int precision;  // -1: not given
} Spec;

static inline void put(Writer* w, char c) {
    if (w->length < w->capacity) w->out[w->length] = c;
    w->length++;
}

static void repeat(Writer* w, char c, int count) {
    while (count-- > 0)
        put(w, c);
}

// Writes prefix (sign, 0x), zeros and digits into the field that the specification asks for.
static NOINLINE void put_field(Writer* w, const Spec* spec, const char* prefix, int prefix_length,
                               int zeros, const char* digits, int length) {
    int padding = spec->width - prefix_length - zeros - length;
    if (spec->zero && !spec->left && padding > 0) {
        zeros += padding;
        padding = 0;
    }
    if (!spec->left) repeat(w, ' ', padding);
    for (int i = 0; i < prefix_length; i++)
        put(w, prefix[i]);
    repeat(w, '0', zeros);
    for (int i = 0; i < length; i++)
        put(w, digits[i]);
    if (spec->left) repeat(w, ' ', padding);
}

// Digits are produced backwards, ending just before `end`; returns the first one.
static NOINLINE char* digits_of(uint64_t value, unsigned base, const char* alphabet, char* end) {
    while (value > UINT32_MAX) {
        *--end = alphabet[value % base];
        value /= base;
    }
    uint32_t low = (uint32_t)value;
    do {
        *--end = alphabet[low % base];
        low /= base;
    } while (low != 0);
    return end;
}

static int sign_of(const Spec* spec, int negative, char* sign) {
    if (negative)
        *sign = '-';
    else if (spec->plus)
        *sign = '+';
    else if (spec->space)
        *sign = ' ';
    else
        return 0;
    return 1;
}

static void put_integer(Writer* w, Spec* spec, uint64_t value, int negative) {
    char text[24], sign = 0;
    char* end = text + sizeof text;
    char* digits = digits_of(value, 10, "0123456789", end);
    int length = (int)(end - digits);
    int zeros = spec->precision > length ? spec->precision - length : 0;
    if (spec->precision >= 0) spec->zero = 0;
    put_field(w, spec, &sign, sign_of(spec, negative, &sign), zeros, digits, length);
}

static void put_hex(Writer* w, Spec* spec, uint64_t value, int upper) {
    char text[24];
    char* end = text + sizeof text;
    char* digits = digits_of(value, 16, upper ? "0123456789ABCDEF" : "0123456789abcdef", end);
    int length = (int)(end - digits);
    int zeros = spec->precision > length ? spec->precision - length : 0;
    put_field(w, spec, upper ? "0X" : "0x", spec->alternate && value != 0 ? 2 : 0, zeros, digits,
              length);
}

// Fixed point, for magnitudes below 2^53 and at most 9 decimals, rounding half up.
static void put_fixed(Writer* w, const Spec* spec, double value) {
    static const uint32_t powers[10] = {1,      10,      100,      1000,      10000,
                                        100000, 1000000, 10000000, 100000000, 1000000000};
    int precision = spec->precision < 0 ? 6 : spec->precision > 9 ? 9 : spec->precision;
    char text[48], sign = 0;
    char* end = text + sizeof text;
    int negative = value < 0;
    if (negative) value = -value;
    uint64_t whole = (uint64_t)value;
    uint64_t part = (uint64_t)((value - (double)whole) * powers[precision] + 0.5);
    if (part >= powers[precision]) {
        part -= powers[precision];
        whole++;
    }
    char* p = end;
    for (int i = 0; i < precision; i++) {
        *--p = (char)('0' + part % 10);
        part /= 10;
    }
    if (precision > 0) *--p = '.';
    p = digits_of(whole, 10, "0123456789", p);
    put_field(w, spec, &sign, sign_of(spec, negative, &sign), 0, p, (int)(end - p));
}

static int parse_number(const char** format) {
    int value = 0;
    while (**format >= '0' && **format <= '9')
        value = value * 10 + *(*format)++ - '0';
    return value;
}

static const char* parse_spec(const char* format, Spec* spec) {
    *spec = (Spec){.precision = -1};
    for (;; format++) {
        if (*format == '-')
            spec->left = 1;
        else if (*format == '+')
            spec->plus = 1;
        else if (*format == ' ')
            spec->space = 1;
        else if (*format == '0')
            spec->zero = 1;
        else if (*format == '#')
            spec->alternate = 1;
        else
            break;
    }
    spec->width = parse_number(&format);
    if (*format == '.') {
        format++;
        spec->precision = parse_number(&format);
    }
    return format;
}

// Like snprintf, for the conversions above; l means 64 bits.
static NOINLINE size_t format_text(char* out, size_t capacity, const char* format, ...) {
    Writer w = {out, capacity, 0};
    va_list args;
    va_start(args, format);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            put(&w, *format);
            continue;
        }
        Spec spec;
        format = parse_spec(format + 1, &spec);
        int wide = *format == 'l';
        format += wide;
        switch (*format) {
            case 'd': {
                int64_t v = wide ? va_arg(args, int64_t) : va_arg(args, int32_t);
                put_integer(&w, &spec, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0);
                break;
            }
            case 'u':
                put_integer(&w, &spec, wide ? va_arg(args, uint64_t) : va_arg(args, uint32_t), 0);
                break;
            case 'x':
            case 'X':
                put_hex(&w, &spec, wide ? va_arg(args, uint64_t) : va_arg(args, uint32_t),
                        *format == 'X');
                break;
            case 'c': {
                char c = (char)va_arg(args, int);
                put_field(&w, &spec, "", 0, 0, &c, 1);
                break;
            }
            case 's': {
                const char* s = va_arg(args, const char*);
                int length = 0;
                while (s[length] != '\0' && (spec.precision < 0 || length < spec.precision))
                    length++;
                spec.zero = 0;
                put_field(&w, &spec, "", 0, 0, s, length);
                break;
            }
            case 'f':
                put_fixed(&w, &spec, va_arg(args, double));
                break;
            default:
                put(&w, *format);
        }
    }
    va_end(args);
    return w.length;
}

typedef struct {
    const char* name;
    uint32_t id;
    int32_t change;
    int64_t total;
    double price;
    double ratio;
} Record;

enum { record_count = 256 };
static Record records[record_count];
static char page[65536];

EXPORT(run) uint64_t run(uint32_t n) {
    static const char* const names[8] = {"copper wire", "hinge",  "bolt M8",   "washer",
                                         "gasket",      "flange", "steel rod", "a very long name"};
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < record_count; i++) {
        uint64_t r = next_random(&state);
        records[i] = (Record){names[r & 7],
                              (uint32_t)(r >> 8),
                              (int32_t)(r >> 16) % 10000,
                              (int64_t)next_random(&state) >> (r & 31),
                              (double)(r >> 44) / 64,
                              (double)(int32_t)(r >> 20) / 2147483648.0};
    }
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        size_t length = 0;
        for (int i = 0; i < record_count; i++) {
            Record* r = &records[i];
            length += format_text(page + length, sizeof page - length,
                                  "%4u %-12.12s|%08x|%+6d|% 21ld|%10.2f|%#lx %7.4f%%%c\n",
                                  (uint32_t)i, r->name, r->id, r->change, r->total, r->price,
                                  (uint64_t)r->total, r->ratio, i % 16 == 15 ? '.' : ';');
            r->change += 7;
            r->price += 0.25;
            r->id += (uint32_t)length;
        }
        for (size_t i = 0; i < length; i++)
            hash = mix(hash, (uint8_t)page[i]);
    }
    return hash;
}

// SPDX-License-Identifier: Apache-2.0
// Regular expressions: a compiler to a small instruction set (characters, classes, alternatives, *,
// +, ?) and two matchers, a backtracking one and one that runs all threads in step.
#include "kernel.h"

enum Op { op_char, op_any, op_class, op_split, op_jump, op_match };

typedef struct {
    enum Op op;
    uint8_t c;
    int16_t x, y;  // targets of a split or jump; x: the class's number
} Instruction;

enum { most_code = 128, most_classes = 8, text_size = 2048 };

static Instruction code[most_code];
static uint32_t classes[most_classes][8];
static int code_length, class_count;
static const char* pattern;
static char text[text_size + 1];
static uint32_t steps;

static int emit(enum Op op, uint8_t c, int x, int y) {
    code[code_length] = (Instruction){op, c, (int16_t)x, (int16_t)y};
    return code_length++;
}

// Makes room for one instruction at `start`; all later code and its targets move up by one.
static void insert(int start) {
    for (int i = code_length; i > start; i--) {
        code[i] = code[i - 1];
        if (code[i].op != op_split && code[i].op != op_jump) continue;
        if (code[i].x >= start) code[i].x++;
        if (code[i].y >= start) code[i].y++;
    }
    code_length++;
}

static void compile_class(void) {
    uint32_t* set = classes[class_count];
    int negative = *pattern == '^';
    pattern += negative;
    for (int i = 0; i < 8; i++)
        set[i] = negative ? 0xffffffff : 0;
    while (*pattern != ']') {
        uint8_t low = (uint8_t)*pattern++, high = low;
        if (*pattern == '-') {
            high = (uint8_t)pattern[1];
            pattern += 2;
        }
        for (uint32_t c = low; c <= high; c++)
            set[c / 32] ^= 1u << (c % 32);
    }
    pattern++;
    emit(op_class, 0, class_count++, 0);
}

static void compile_alternatives(void);

static void compile_item(void) {
    int start = code_length;
    char c = *pattern++;
    if (c == '(') {
        compile_alternatives();
        pattern++;
    } else if (c == '[') {
        compile_class();
    } else if (c == '.') {
        emit(op_any, 0, 0, 0);
    } else {
        emit(op_char, (uint8_t)c, 0, 0);
    }
    if (*pattern == '*' || *pattern == '?') {
        insert(start);
        if (*pattern == '*') emit(op_jump, 0, start, -1);
        code[start] = (Instruction){op_split, 0, (int16_t)(start + 1), (int16_t)code_length};
        pattern++;
    } else if (*pattern == '+') {
        emit(op_split, 0, start, code_length + 1);
        pattern++;
    }
}

static void compile_alternatives(void) {
    int start = code_length;
    while (*pattern != '\0' && *pattern != '|' && *pattern != ')')
        compile_item();
    if (*pattern != '|') return;
    pattern++;
    insert(start);
    int jump = emit(op_jump, 0, 0, -1);
    code[start] = (Instruction){op_split, 0, (int16_t)(start + 1), (int16_t)code_length};
    compile_alternatives();
    code[jump].x = (int16_t)code_length;
}

static NOINLINE void compile(const char* source) {
    code_length = class_count = 0;
    pattern = source;
    compile_alternatives();
    emit(op_match, 0, 0, 0);
}

static inline int accepts(const Instruction* i, uint8_t c) {
    if (c == 0) return 0;
    if (i->op == op_char) return i->c == c;
    return i->op == op_any || (classes[i->x][c / 32] >> (c % 32) & 1);
}

// The end of the match that begins at p, or NULL. Gives up, as real ones do, after many steps, and
// when it is too deep.
static NOINLINE const char* backtrack(int pc, const char* p, int depth) {
    for (;;) {
        const Instruction* i = &code[pc];
        if (++steps > 20000 || depth > 500) return NULL;
        if (i->op == op_match) return p;
        if (i->op == op_jump) {
            pc = i->x;
        } else if (i->op == op_split) {
            const char* end = backtrack(i->x, p, depth + 1);
            if (end != NULL) return end;
            pc = i->y;
        } else {
            if (!accepts(i, (uint8_t)*p)) return NULL;
            p++;
            pc++;
        }
    }
}

typedef struct {
    int count;
    int16_t pcs[most_code];
} Threads;

static uint32_t marks[most_code], generation;

static void add_thread(Threads* threads, int pc) {
    if (marks[pc] == generation) return;
    marks[pc] = generation;
    if (code[pc].op == op_jump) {
        add_thread(threads, code[pc].x);
    } else if (code[pc].op == op_split) {
        add_thread(threads, code[pc].x);
        add_thread(threads, code[pc].y);
    } else {
        threads->pcs[threads->count++] = (int16_t)pc;
    }
}

// Counts the places in the text where some match ends, with a thread started at every place.
static NOINLINE uint32_t count_ends(void) {
    static Threads lists[2];
    uint32_t ends = 0;
    Threads *now = &lists[0], *next = &lists[1];
    now->count = 0;
    generation++;
    for (const char* p = text;; p++) {
        add_thread(now, 0);
        generation++;
        next->count = 0;
        for (int t = 0; t < now->count; t++) {
            const Instruction* i = &code[now->pcs[t]];
            if (i->op == op_match)
                ends++;
            else if (accepts(i, (uint8_t)*p))
                add_thread(next, now->pcs[t] + 1);
        }
        if (*p == '\0') return ends;
        Threads* t = now;
        now = next;
        next = t;
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    static const char* const patterns[6] = {
        "[a-z]+@[a-z]+.(com|org|net)", "(a|b)*abb", "h.*o w?orld",
        "[0-9]+-[0-9]+(-[0-9]+)?",     "x*x*x*y",   "[^a-m ]+ "};
    static const char* const words[8] = {"hello ",  "world ", "joe@site.org ", "ababb", "12-34-5 ",
                                         "xxxxxxx", "y",      "Mixed.Text "};
    uint64_t state = 88172645463325252u, hash = FNV_START;
    for (uint32_t round = 0; round < n; round++) {
        for (int length = 0; length < text_size;)
            for (const char* w = words[next_random(&state) >> 61]; *w && length < text_size; w++)
                text[length++] = *w;
        compile(patterns[round % 6]);
        uint32_t matches = 0, covered = 0;
        for (const char* p = text; *p != '\0';) {
            steps = 0;
            const char* end = backtrack(0, p, 0);
            if (end != NULL && end > p) {
                matches++;
                covered += (uint32_t)(end - p);
                p = end;
            } else {
                p++;
            }
        }
        hash = mix(mix(mix(hash, matches), covered), count_ends());
    }
    return hash;
}

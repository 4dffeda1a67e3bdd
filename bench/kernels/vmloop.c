// SPDX-License-Identifier: Apache-2.0
// A virtual machine for a small stack language, as interpreters written in C compile: one loop
// around one big switch (br_table in WebAssembly). It runs a program that counts primes with a
// sieve, sums the lengths of Collatz sequences and sorts an array, n times.
#include "kernel.h"

enum Op {
    op_halt,
    op_push,   // imm: constant
    op_load,   // imm: variable
    op_store,  // imm: variable
    op_inc,    // imm: variable
    op_dup,
    op_drop,
    op_swap,
    op_add,
    op_sub,
    op_mul,
    op_div,
    op_rem,
    op_and,
    op_or,
    op_xor,
    op_shl,
    op_shr,
    op_neg,
    op_not,
    op_eq,
    op_ne,
    op_lt,
    op_le,
    op_gt,
    op_ge,
    op_peek,     // address -> memory word
    op_poke,     // address value ->
    op_jump,     // imm: target
    op_jump_if,  // imm: target
    op_jump_unless,
    op_call,  // imm: target
    op_return,
    op_emit,  // value -> (into the checksum)
};

enum { max_code = 512, max_labels = 32, max_stack = 64, max_frames = 16, variables = 16 };
enum { words = 4096 };

static int32_t code[max_code];
static int32_t memory[words];

// An assembler of one pass: labels are numbered, and their uses patched at the end.
typedef struct {
    int length;
    int labels[max_labels];
    int fixups[max_code];
    int fixup_count;
} Assembler;

static void emit(Assembler* a, enum Op op) {
    code[a->length++] = op;
}

static void emit_imm(Assembler* a, enum Op op, int32_t imm) {
    code[a->length++] = op;
    code[a->length++] = imm;
}

static void emit_jump(Assembler* a, enum Op op, int label) {
    emit_imm(a, op, label);
    a->fixups[a->fixup_count++] = a->length - 1;
}

static void place(Assembler* a, int label) {
    a->labels[label] = a->length;
}

enum Variable { v_i, v_j, v_count, v_x, v_steps, v_limit, v_seed };

enum Label {
    l_sieve,
    l_clear,
    l_clear_end,
    l_outer,
    l_inner,
    l_next,
    l_sieve_end,
    l_collatz,
    l_start,
    l_step,
    l_even,
    l_stepped,
    l_collatz_next,
    l_collatz_end,
    l_sort,
    l_fill,
    l_fill_end,
    l_pass,
    l_shift,
    l_insert,
    l_pass_end,
    l_check,
    l_sort_end,
};

// while (variable < limit), else jump to the label
static void loop_head(Assembler* a, enum Label top, enum Variable v, int32_t limit, int end) {
    place(a, top);
    emit_imm(a, op_load, v);
    emit_imm(a, op_push, limit);
    emit(a, op_lt);
    emit_jump(a, op_jump_unless, end);
}

static void set(Assembler* a, enum Variable v, int32_t value) {
    emit_imm(a, op_push, value);
    emit_imm(a, op_store, v);
}

static void assemble_sieve(Assembler* a) {
    place(a, l_sieve);
    set(a, v_count, 0);
    set(a, v_i, 0);
    loop_head(a, l_clear, v_i, words, l_clear_end);
    emit_imm(a, op_load, v_i);
    emit_imm(a, op_push, 1);
    emit(a, op_poke);
    emit_imm(a, op_inc, v_i);
    emit_jump(a, op_jump, l_clear);
    place(a, l_clear_end);
    set(a, v_i, 2);
    loop_head(a, l_outer, v_i, words, l_sieve_end);
    emit_imm(a, op_load, v_i);
    emit(a, op_peek);
    emit_jump(a, op_jump_unless, l_next);
    emit_imm(a, op_inc, v_count);
    emit_imm(a, op_load, v_i);
    emit(a, op_dup);
    emit(a, op_add);
    emit_imm(a, op_store, v_j);
    loop_head(a, l_inner, v_j, words, l_next);
    emit_imm(a, op_load, v_j);
    emit_imm(a, op_push, 0);
    emit(a, op_poke);
    emit_imm(a, op_load, v_j);
    emit_imm(a, op_load, v_i);
    emit(a, op_add);
    emit_imm(a, op_store, v_j);
    emit_jump(a, op_jump, l_inner);
    place(a, l_next);
    emit_imm(a, op_inc, v_i);
    emit_jump(a, op_jump, l_outer);
    place(a, l_sieve_end);
    emit_imm(a, op_load, v_count);
    emit(a, op_emit);
    emit(a, op_return);
}

static void assemble_collatz(Assembler* a) {
    place(a, l_collatz);
    set(a, v_i, 1);
    set(a, v_steps, 0);
    loop_head(a, l_start, v_i, 400, l_collatz_end);
    emit_imm(a, op_load, v_i);
    emit_imm(a, op_store, v_x);
    place(a, l_step);
    emit_imm(a, op_load, v_x);
    emit_imm(a, op_push, 1);
    emit(a, op_ne);
    emit_jump(a, op_jump_unless, l_collatz_next);
    emit_imm(a, op_inc, v_steps);
    emit_imm(a, op_load, v_x);
    emit_imm(a, op_push, 1);
    emit(a, op_and);
    emit_jump(a, op_jump_unless, l_even);
    emit_imm(a, op_load, v_x);
    emit_imm(a, op_push, 3);
    emit(a, op_mul);
    emit_imm(a, op_push, 1);
    emit(a, op_add);
    emit_jump(a, op_jump, l_stepped);
    place(a, l_even);
    emit_imm(a, op_load, v_x);
    emit_imm(a, op_push, 1);
    emit(a, op_shr);
    place(a, l_stepped);
    emit_imm(a, op_store, v_x);
    emit_jump(a, op_jump, l_step);
    place(a, l_collatz_next);
    emit_imm(a, op_inc, v_i);
    emit_jump(a, op_jump, l_start);
    place(a, l_collatz_end);
    emit_imm(a, op_load, v_steps);
    emit(a, op_emit);
    emit(a, op_return);
}

static void assemble_sort(Assembler* a) {
    enum { items = 160 };
    place(a, l_sort);
    set(a, v_i, 0);
    loop_head(a, l_fill, v_i, items, l_fill_end);
    emit_imm(a, op_load, v_seed);
    emit_imm(a, op_push, 1103515245);
    emit(a, op_mul);
    emit_imm(a, op_push, 12345);
    emit(a, op_add);
    emit(a, op_dup);
    emit_imm(a, op_store, v_seed);
    emit_imm(a, op_push, 16);
    emit(a, op_shr);
    emit_imm(a, op_push, 1000);
    emit(a, op_rem);
    emit_imm(a, op_load, v_i);
    emit(a, op_swap);
    emit(a, op_poke);
    emit_imm(a, op_inc, v_i);
    emit_jump(a, op_jump, l_fill);
    place(a, l_fill_end);
    set(a, v_i, 1);
    loop_head(a, l_pass, v_i, items, l_pass_end);
    emit_imm(a, op_load, v_i);
    emit(a, op_peek);
    emit_imm(a, op_store, v_x);
    emit_imm(a, op_load, v_i);
    emit_imm(a, op_store, v_j);
    place(a, l_shift);
    emit_imm(a, op_load, v_j);
    emit_imm(a, op_push, 0);
    emit(a, op_gt);
    emit_jump(a, op_jump_unless, l_insert);
    emit_imm(a, op_load, v_j);
    emit_imm(a, op_push, 1);
    emit(a, op_sub);
    emit(a, op_peek);
    emit(a, op_dup);
    emit_imm(a, op_load, v_x);
    emit(a, op_gt);
    emit_jump(a, op_jump_unless, l_check);
    emit_imm(a, op_load, v_j);
    emit(a, op_swap);
    emit(a, op_poke);
    emit_imm(a, op_load, v_j);
    emit_imm(a, op_push, 1);
    emit(a, op_sub);
    emit_imm(a, op_store, v_j);
    emit_jump(a, op_jump, l_shift);
    place(a, l_check);
    emit(a, op_drop);
    place(a, l_insert);
    emit_imm(a, op_load, v_j);
    emit_imm(a, op_load, v_x);
    emit(a, op_poke);
    emit_imm(a, op_inc, v_i);
    emit_jump(a, op_jump, l_pass);
    place(a, l_pass_end);
    set(a, v_i, 0);
    loop_head(a, l_sort_end, v_i, items, max_labels - 1);
    emit_imm(a, op_load, v_i);
    emit(a, op_peek);
    emit(a, op_emit);
    emit_imm(a, op_inc, v_i);
    emit_jump(a, op_jump, l_sort_end);
    place(a, max_labels - 1);
    emit(a, op_return);
}

static void assemble(void) {
    Assembler a = {0};
    emit_jump(&a, op_call, l_sieve);
    emit_jump(&a, op_call, l_collatz);
    emit_jump(&a, op_call, l_sort);
    emit(&a, op_halt);
    assemble_sieve(&a);
    assemble_collatz(&a);
    assemble_sort(&a);
    for (int i = 0; i < a.fixup_count; i++)
        code[a.fixups[i]] = a.labels[code[a.fixups[i]]];
}

#define BINARY(name, expression)        \
    case name: {                        \
        int32_t y = sp[-1], x = sp[-2]; \
        sp--;                           \
        sp[-1] = (int32_t)(expression); \
        break;                          \
    }

// Runs the program from pc 0; returns the checksum with the emitted values mixed in.
static NOINLINE uint64_t interpret(const int32_t* program, int32_t* vars, uint64_t hash) {
    int32_t stack[max_stack];
    const int32_t* frames[max_frames];
    int32_t* sp = stack;
    const int32_t* pc = program;
    int frame = 0;
    for (;;) {
        switch ((enum Op) * pc++) {
            case op_halt:
                return hash;
            case op_push:
                *sp++ = *pc++;
                break;
            case op_load:
                *sp++ = vars[*pc++];
                break;
            case op_store:
                vars[*pc++] = *--sp;
                break;
            case op_inc:
                vars[*pc++]++;
                break;
            case op_dup:
                sp[0] = sp[-1];
                sp++;
                break;
            case op_drop:
                sp--;
                break;
            case op_swap: {
                int32_t top = sp[-1];
                sp[-1] = sp[-2];
                sp[-2] = top;
                break;
            }
                BINARY(op_add, (uint32_t)x + (uint32_t)y)
                BINARY(op_sub, (uint32_t)x - (uint32_t)y)
                BINARY(op_mul, (uint32_t)x * (uint32_t)y)
                BINARY(op_div, y == 0 || y == -1 ? 0 : x / y)
                BINARY(op_rem, y == 0 || y == -1 ? 0 : x % y)
                BINARY(op_and, x & y)
                BINARY(op_or, x | y)
                BINARY(op_xor, x ^ y)
                BINARY(op_shl, (uint32_t)x << (y & 31))
                BINARY(op_shr, (uint32_t)x >> (y & 31))
            case op_neg:
                sp[-1] = (int32_t)-(uint32_t)sp[-1];
                break;
            case op_not:
                sp[-1] = !sp[-1];
                break;
                BINARY(op_eq, x == y)
                BINARY(op_ne, x != y)
                BINARY(op_lt, x < y)
                BINARY(op_le, x <= y)
                BINARY(op_gt, x > y)
                BINARY(op_ge, x >= y)
            case op_peek:
                sp[-1] = memory[(uint32_t)sp[-1] % words];
                break;
            case op_poke:
                sp -= 2;
                memory[(uint32_t)sp[0] % words] = sp[1];
                break;
            case op_jump:
                pc = program + *pc;
                break;
            case op_jump_if:
                pc = *--sp ? program + *pc : pc + 1;
                break;
            case op_jump_unless:
                pc = *--sp ? pc + 1 : program + *pc;
                break;
            case op_call:
                frames[frame++] = pc + 1;
                pc = program + *pc;
                break;
            case op_return:
                pc = frames[--frame];
                break;
            case op_emit:
                hash = mix(hash, (uint32_t)*--sp);
                break;
        }
    }
}

EXPORT(run) uint64_t run(uint32_t n) {
    assemble();
    int32_t vars[variables] = {0};
    vars[v_seed] = 42;
    uint64_t hash = FNV_START;
    for (uint32_t round = 0; round < n; round++)
        hash = interpret(code, vars, hash);
    return hash;
}

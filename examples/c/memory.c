/* SPDX-License-Identifier: Apache-2.0 */
/* Passes texts and buffers to a program and back, and grows its memory.
 *
 *   cc -std=c11 memory.c $(pkg-config --cflags --libs epsilon) -o memory
 */
#include <epsilon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "memory: %s\n", epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

/* Says what went wrong where something has to. */
static void expect(const char* what, epsilon_error_t* error) {
    if (error == NULL) exit(1);
    printf("%s: %s: %s\n", what, epsilon_error_kind_name(epsilon_error_kind(error)),
           epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
}

static void call(epsilon_module_t* module, const char* name, const epsilon_value_t* args,
                 size_t nargs, epsilon_value_t* results, size_t nresults) {
    epsilon_func_t* func;
    check(epsilon_module_export_func(module, name, strlen(name), &func));
    check(epsilon_func_call(func, args, nargs, 0, results, nresults));
    epsilon_func_delete(func);
}

/* Puts a text where the program's own allocator has room for it; its address there. */
static uint32_t put_text(epsilon_module_t* module, epsilon_memory_t* memory, const char* text) {
    const epsilon_value_t size = {.u32 = (uint32_t)strlen(text)};
    epsilon_value_t address;
    call(module, "alloc", &size, 1, &address, 1);
    if (address.u32 == 0) {
        fprintf(stderr, "memory: the program has no memory left\n");
        exit(1);
    }
    /* epsilon_memory_write checks the range: no program can lead it astray. */
    check(epsilon_memory_write(memory, address.u32, text, strlen(text)));
    return address.u32;
}

/* A copy of a text of the program's. Its size is what the program says: check before allocating. */
static char* get_text(const epsilon_memory_t* memory, uint32_t address, uint32_t size) {
    if (size > epsilon_memory_byte_size(memory)) size = 0;
    char* text = (char*)malloc((size_t)size + 1);
    if (text == NULL) exit(1);
    check(epsilon_memory_read(memory, address, text, size));
    text[size] = '\0';
    return text;
}

int main(void) {
    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    epsilon_memory_t* memory;
    check(epsilon_runtime_new(NULL, &runtime));
    check(epsilon_compiled_new(NULL, memory_wasm, sizeof memory_wasm, &compiled));
    check(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    check(epsilon_module_export_memory(module, "memory", strlen("memory"), &memory));

    static const char text[] = "Sandboxes for everyone!";
    const uint32_t size = (uint32_t)strlen(text);
    const uint32_t address = put_text(module, memory, text);
    const epsilon_value_t upper_args[2] = {{.u32 = address}, {.u32 = size}};
    call(module, "upper", upper_args, 2, NULL, 0);
    char* copy = get_text(memory, address, size);
    printf("upper: %s\n", copy);
    free(copy);

    /* Without a copy: the bytes themselves. The pointer is asked for again after each call, since a
     * memory may move when it grows, as this one does in `repeat`. */
    const uint8_t* bytes = epsilon_memory_data(memory);
    printf("first byte: %c; %" PRIu64 " page\n", bytes[address], epsilon_memory_size(memory));
    const epsilon_value_t repeat_args[3] = {{.u32 = address}, {.u32 = size}, {.u32 = 5000}};
    epsilon_value_t made[2];
    call(module, "repeat", repeat_args, 3, made, 2);
    const uint64_t byte_size = epsilon_memory_byte_size(memory);
    bytes = epsilon_memory_data(memory);
    if (made[0].u32 > byte_size || made[1].u32 > byte_size - made[0].u32) exit(1);
    uint32_t exclamation_marks = 0;
    for (uint32_t i = 0; i < made[1].u32; ++i)
        exclamation_marks += bytes[made[0].u32 + i] == '!';
    printf("repeat: %" PRIu32 " bytes with %" PRIu32 " exclamation marks; %" PRIu64 " pages\n",
           made[1].u32, exclamation_marks, epsilon_memory_size(memory));

    /* Numbers are little-endian in WebAssembly, wherever it runs. */
    const uint8_t number[4] = {0x2A, 0, 0, 0};
    check(epsilon_memory_write(memory, 16, number, sizeof number));

    /* The host may grow it too, up to what the module declares and the runtime's caps allow. */
    uint64_t previous, maximum;
    check(epsilon_memory_grow(memory, 1, &previous));
    if (epsilon_memory_maximum(memory, &maximum))
        printf("grown from %" PRIu64 " to %" PRIu64 " of at most %" PRIu64 " pages\n", previous,
               epsilon_memory_size(memory), maximum);
    expect("two more pages", epsilon_memory_grow(memory, 2, NULL));

    /* A range that is not in the memory is an error, and nothing is copied. */
    uint8_t two[2];
    const uint64_t last = epsilon_memory_byte_size(memory) - 1;
    expect("two bytes from the last on", epsilon_memory_read(memory, last, two, sizeof two));

    epsilon_memory_delete(memory);
    epsilon_module_delete(module);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
    return 0;
}

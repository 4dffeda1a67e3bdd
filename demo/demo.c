// SPDX-License-Identifier: Apache-2.0
// A C program that embeds libepsilon: converts a Markdown file with demo/markdown.wasm.
//
//   demo MARKDOWN.wasm INPUT.md > OUTPUT.html
//
// Build: cc demo.c $(pkg-config --cflags --libs epsilon)
#include <epsilon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(epsilon_error_t* error) {
    if (error == NULL) return;
    fprintf(stderr, "demo: %s: %s\n", epsilon_error_kind_name(epsilon_error_kind(error)),
            epsilon_error_message(error, NULL));
    epsilon_error_delete(error);
    exit(1);
}

static void fail(const char* what, const char* why) {
    fprintf(stderr, "demo: %s: %s\n", what, why);
    exit(1);
}

static void* read_file(const char* path, size_t* size) {
    FILE* file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path, "cannot be opened");
    long length = ftell(file);
    rewind(file);
    void* data = length < 0 ? NULL : malloc((size_t)length + 1);
    if (data == NULL || fread(data, 1, (size_t)length, file) != (size_t)length)
        fail(path, "cannot be read");
    fclose(file);
    *size = (size_t)length;
    return data;
}

// Calls an exported function whose parameters are i32, with its result, if it has one.
static uint32_t call(epsilon_module_t* module, const char* name, size_t nargs, uint32_t a,
                     uint32_t b, size_t nresults) {
    epsilon_func_t* func;
    check(epsilon_module_export_func(module, name, strlen(name), &func));
    epsilon_value_t args[2] = {{.u32 = a}, {.u32 = b}};
    epsilon_value_t result = {0};
    check(epsilon_func_call(func, args, nargs, 0, &result, nresults));
    epsilon_func_delete(func);
    return result.u32;
}

// The record that `convert` returns: see exports.c.
enum { record_size = 24 };

static uint32_t load_u32(const uint8_t* p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int main(int argc, char** argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: demo MARKDOWN.wasm INPUT.md\n");
        return 2;
    }
    size_t wasm_size, text_size;
    void* wasm = read_file(argv[1], &wasm_size);
    void* text = read_file(argv[2], &text_size);

    epsilon_runtime_t* runtime;
    epsilon_compiled_t* compiled;
    epsilon_module_t* module;
    epsilon_memory_t* memory;
    check(epsilon_runtime_new(NULL, &runtime));
    check(epsilon_compiled_new(NULL, wasm, wasm_size, &compiled));
    check(epsilon_module_new(runtime, compiled, NULL, NULL, &module));
    check(epsilon_module_export_memory(module, "memory", strlen("memory"), &memory));

    call(module, "_initialize", 0, 0, 0, 0);
    uint32_t source = call(module, "alloc", 1, (uint32_t)text_size, 0, 1);
    if (source == 0) fail(argv[2], "the program has no memory left");
    check(epsilon_memory_write(memory, source, text, text_size));
    uint32_t record = call(module, "convert", 2, source, (uint32_t)text_size, 1);
    if (record == 0) fail(argv[2], "the program has no memory left");

    uint8_t fields[record_size];
    check(epsilon_memory_read(memory, record, fields, sizeof fields));
    uint32_t html = load_u32(fields), html_size = load_u32(fields + 4);
    void* output = malloc((size_t)html_size + 1);
    if (output == NULL) fail(argv[2], "no memory");
    check(epsilon_memory_read(memory, html, output, html_size));
    if (fwrite(output, 1, html_size, stdout) != html_size || fflush(stdout) != 0)
        fail("standard output", "cannot be written");
    fprintf(stderr, "demo: Epsilon %s made %u bytes of HTML with %u headings and %u links\n",
            epsilon_version(), (unsigned)html_size, (unsigned)load_u32(fields + 8),
            (unsigned)load_u32(fields + 12));

    call(module, "release", 1, html, 0, 0);
    call(module, "release", 1, record, 0, 0);
    call(module, "release", 1, source, 0, 0);
    epsilon_memory_delete(memory);
    epsilon_module_delete(module);
    epsilon_compiled_delete(compiled);
    epsilon_runtime_delete(runtime);
    free(output);
    free(text);
    free(wasm);
    return 0;
}

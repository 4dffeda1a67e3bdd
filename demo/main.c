// SPDX-License-Identifier: Apache-2.0
// The converter as a program, native and for WASI: reads a file and writes the HTML.
//   markdown FILE | markdown --words N FILE | markdown --sample
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markdown.h"
#include "sample.h"

static char* read_file(const char* path, size_t* length) {
    FILE* file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    long size = ftell(file);
    rewind(file);
    char* data = size < 0 ? NULL : malloc((size_t)size + 1);
    if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    *length = (size_t)size;
    return data;
}

int main(int argc, char** argv) {
    size_t length;
    if (argc == 2 && strcmp(argv[1], "--sample") == 0) {
        printf("%" PRIu64 "\n", sample_hash());
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "--words") == 0) {
        char* text = read_file(argv[3], &length);
        char* words = markdown_frequent_words(text, length, (unsigned)strtoul(argv[2], NULL, 10));
        if (words == NULL) return 1;
        fputs(words, stdout);
        free(words);
        free(text);
        return 0;
    }
    if (argc != 2) {
        fprintf(stderr, "usage: markdown FILE | --words N FILE | --sample\n");
        return 2;
    }
    char* text = read_file(argv[1], &length);
    MarkdownResult result;
    if (markdown_to_html(text, length, &result) != 0) return 1;
    fwrite(result.data, 1, result.length, stdout);
    free(result.data);
    free(text);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// walk FOLDER...: lists what is beneath the folders, sorted by size, with a checksum of each file,
// and copies the largest file to FOLDER/largest. Arguments, the environment, stdio, readdir, qsort.
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    char* path;
    uint64_t size;
    uint32_t sum;
    char kind;
};

static struct entry* entries;
static size_t count, room;

static uint32_t checksum(const char* path) {
    uint32_t a = 1, b = 0;
    FILE* file = fopen(path, "rb");
    if (!file) return 0;
    for (int c; (c = getc(file)) != EOF;) {
        a = (a + (uint32_t)c) % 65521;
        b = (b + a) % 65521;
    }
    fclose(file);
    return b << 16 | a;
}

static void add(const char* path, const struct stat* status) {
    if (count == room) {
        room = room ? room * 2 : 8;
        entries = realloc(entries, room * sizeof *entries);
        if (!entries) abort();
    }
    struct entry* entry = &entries[count++];
    entry->path = strdup(path);
    entry->kind = S_ISDIR(status->st_mode) ? 'd' : S_ISREG(status->st_mode) ? 'f' : '?';
    entry->size = entry->kind == 'f' ? (uint64_t)status->st_size : 0;
    entry->sum = entry->kind == 'f' ? checksum(path) : 0;
}

static int walk(const char* path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        fprintf(stderr, "walk: %s: %s\n", path, strerror(errno));
        return 1;
    }
    add(path, &status);
    if (!S_ISDIR(status.st_mode)) return 0;
    DIR* folder = opendir(path);
    if (!folder) {
        fprintf(stderr, "walk: %s: %s\n", path, strerror(errno));
        return 1;
    }
    int failed = 0;
    for (struct dirent* next; (next = readdir(folder));) {
        if (strcmp(next->d_name, ".") == 0 || strcmp(next->d_name, "..") == 0) continue;
        char* inner = NULL;
        if (asprintf(&inner, "%s/%s", path, next->d_name) < 0) abort();
        failed |= walk(inner);
        free(inner);
    }
    closedir(folder);
    return failed;
}

static int larger(const void* a, const void* b) {
    const struct entry *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return strcmp(x->path, y->path);
}

static int copy(const char* from, const char* to) {
    char block[1000];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    if (!in || !out) {
        perror(in ? to : from);
        return 1;
    }
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        if (fwrite(block, 1, n, out) != n) return 1;
    fclose(in);
    return fclose(out) != 0;
}

int main(int argc, char** argv) {
    const char* marker = getenv("MARKER");
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= walk(argv[i]);
    qsort(entries, count, sizeof *entries, larger);
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const struct entry* entry = &entries[i];
        total += entry->size;
        printf("%s%c %8" PRIu64 " %08" PRIx32 " %s\n", marker ? marker : "", entry->kind,
               entry->size, entry->sum, entry->path);
    }
    printf("%zu entries, %" PRIu64 " bytes\n", count, total);
    if (count && argc > 1) {
        char* to = NULL;
        if (asprintf(&to, "%s/largest", argv[1]) < 0) abort();
        failed |= copy(entries[0].path, to);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

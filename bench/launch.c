// SPDX-License-Identifier: Apache-2.0
// Starts a program and tells what it took: `launch [-o FILE] [-i FILE] PROGRAM [ARGUMENT...]`. The
// program's output goes into the one file and its input comes from the other; without them they are
// /dev/null. Prints wall time and processor time in nanoseconds, the most memory it had in KiB, and
// its status. Written in C so that what is measured is not the memory of a large parent.
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t nanoseconds(struct timeval t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_usec * 1000;
}

int main(int argc, char** argv) {
    const char *output = "/dev/null", *input = "/dev/null";
    char** program = argv + 1;
    for (; argc > 2 && *program != NULL && program[1] != NULL; program += 2) {
        if (strcmp(*program, "-o") == 0)
            output = program[1];
        else if (strcmp(*program, "-i") == 0)
            input = program[1];
        else
            break;
    }
    if (argc < 2 || *program == NULL) {
        fprintf(stderr, "usage: %s [-o FILE] [-i FILE] PROGRAM [ARGUMENT...]\n", argv[0]);
        return 2;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    pid_t pid;
    int status;
    struct rusage usage;
    int64_t start = now();
    if (posix_spawnp(&pid, program[0], &actions, NULL, program, environ) != 0 ||
        wait4(pid, &status, 0, &usage) != pid) {
        perror(program[0]);
        return 1;
    }
    int64_t wall = now() - start;
    printf("%" PRId64 " %" PRId64 " %ld %d\n", wall,
           nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime), usage.ru_maxrss, status);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// system FOLDER: what a program asks of the system besides reading and writing: clocks, sleep and
// poll, seek, truncate, append, rename, links, removal, directories with many entries, and errors.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int failures;

#define CHECK(condition)                                        \
    do {                                                        \
        int good = (condition);                                 \
        printf("%s: %s\n", good ? "ok" : "FAILED", #condition); \
        if (!good) failures++;                                  \
    } while (0)

// What a call that has to fail fails with.
#define CHECK_ERROR(call, error)                                                \
    do {                                                                        \
        errno = 0;                                                              \
        int failed = (call) < 0, got = errno;                                   \
        int good = failed && got == (error);                                    \
        printf("%s: %s is %s\n", good ? "ok" : "FAILED", #call, strerror(got)); \
        if (!good) failures++;                                                  \
    } while (0)

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return -1;
    return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

static void clocks(void) {
    int64_t began = nanoseconds(CLOCK_MONOTONIC);
    CHECK(began > 0);
    CHECK(nanoseconds(CLOCK_REALTIME) / 1000000000 > 1700000000);
    CHECK(nanoseconds(CLOCK_MONOTONIC) >= began);
    struct timespec resolution;
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec == 0);
    struct timespec pause = {0, 30000000};
    CHECK(nanosleep(&pause, NULL) == 0);
    CHECK(nanoseconds(CLOCK_MONOTONIC) - began >= 30000000);
    CHECK(poll(NULL, 0, 10) == 0);
    CHECK(nanoseconds(CLOCK_MONOTONIC) - began >= 40000000);
    struct pollfd output = {.fd = 1, .events = POLLOUT};
    CHECK(poll(&output, 1, 1000) == 1 && (output.revents & POLLOUT));
    CHECK(sched_yield() == 0);
    uint8_t a[64] = {0}, b[64] = {0};
    CHECK(getentropy(a, sizeof a) == 0 && getentropy(b, sizeof b) == 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
}

static void files(void) {
    int fd = open("data", O_CREAT | O_EXCL | O_RDWR, 0666);
    CHECK(fd >= 0);
    CHECK(write(fd, "0123456789", 10) == 10);
    CHECK(lseek(fd, -3, SEEK_END) == 7);
    char text[16] = {0};
    CHECK(read(fd, text, sizeof text) == 3 && strcmp(text, "789") == 0);
    CHECK(read(fd, text, sizeof text) == 0);
    CHECK(pwrite(fd, "abc", 3, 4) == 3 && pread(fd, text, 10, 0) == 10);
    CHECK(memcmp(text, "0123abc789", 10) == 0);
    CHECK(lseek(fd, 0, SEEK_CUR) == 10);
    CHECK(lseek(fd, 20, SEEK_SET) == 20 && write(fd, "x", 1) == 1);
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && status.st_size == 21 && S_ISREG(status.st_mode));
    CHECK(pread(fd, text, 11, 9) == 11 && text[0] == '9' && text[1] == 0 && text[10] == 0);
    CHECK(ftruncate(fd, 5) == 0 && fstat(fd, &status) == 0 && status.st_size == 5);
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
    struct timespec times[2] = {{1000000000, 0}, {1234567890, 500000000}};
    CHECK(futimens(fd, times) == 0 && fstat(fd, &status) == 0);
    CHECK(status.st_mtim.tv_sec == 1234567890 && status.st_mtim.tv_nsec == 500000000);
    CHECK_ERROR(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK(close(fd) == 0);
    CHECK_ERROR(close(fd), EBADF);
    CHECK_ERROR(open("data", O_CREAT | O_EXCL | O_RDWR, 0666), EEXIST);
    CHECK_ERROR(open("data/inner", O_RDONLY), ENOTDIR);
    CHECK_ERROR(open("nothing", O_RDONLY), ENOENT);
    CHECK_ERROR(open("data", O_RDONLY | O_DIRECTORY), ENOTDIR);

    fd = open("data", O_WRONLY | O_APPEND);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "!!", 2) == 2);
    CHECK(fstat(fd, &status) == 0 && status.st_size == 7);
    CHECK_ERROR(read(fd, text, 1), EBADF);
    close(fd);
    fd = open("data", O_RDONLY);
    CHECK_ERROR(write(fd, "x", 1), EBADF);
    CHECK(fcntl(fd, F_GETFL) == O_RDONLY);
    close(fd);
}

static void names(void) {
    struct stat a, b;
    char target[32] = {0};
    CHECK(link("data", "twin") == 0 && stat("data", &a) == 0 && stat("twin", &b) == 0);
    CHECK(a.st_ino == b.st_ino && a.st_nlink == 2);
    CHECK(symlink("data", "sign") == 0 && readlink("sign", target, sizeof target) == 4);
    CHECK(strcmp(target, "data") == 0);
    CHECK(lstat("sign", &a) == 0 && S_ISLNK(a.st_mode) && stat("sign", &a) == 0);
    CHECK(a.st_size == 7);
    CHECK_ERROR(open("sign", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(symlink("loop", "loop") == 0);
    CHECK_ERROR(open("loop", O_RDONLY), ELOOP);
    CHECK(mkdir("folder", 0777) == 0);
    CHECK_ERROR(mkdir("folder", 0777), EEXIST);
    CHECK(rename("twin", "folder/twin") == 0 && access("folder/twin", F_OK) == 0);
    CHECK_ERROR(access("twin", F_OK), ENOENT);
    CHECK_ERROR(rmdir("folder"), ENOTEMPTY);
    CHECK_ERROR(rmdir("data"), ENOTDIR);
    CHECK(rename("folder", "moved") == 0);
    CHECK_ERROR(rename("data", "moved"), EISDIR);
    CHECK(unlink("moved/twin") == 0 && rmdir("moved") == 0);
    CHECK(stat("data", &a) == 0 && a.st_nlink == 1);
    CHECK(unlink("sign") == 0 && unlink("loop") == 0);
    CHECK_ERROR(unlink("sign"), ENOENT);
}

static void many(void) {
    enum { COUNT = 300 };
    static char seen[COUNT];
    CHECK(mkdir("many", 0777) == 0);
    int made = 0;
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/a-rather-long-name-%d", i);
        int fd = open(name, O_CREAT | O_WRONLY, 0666);
        made += fd >= 0;
        close(fd);
    }
    CHECK(made == COUNT);
    DIR* folder = opendir("many");
    CHECK(folder != NULL);
    int found = 0, other = 0;
    long place = 0;
    for (struct dirent* next; (next = readdir(folder));) {
        int i = -1;
        if (sscanf(next->d_name, "a-rather-long-name-%d", &i) == 1 && i >= 0 && i < COUNT) {
            found += !seen[i];
            seen[i] = 1;
            other += next->d_type != DT_REG;
        } else {
            other += strcmp(next->d_name, ".") != 0 && strcmp(next->d_name, "..") != 0;
        }
        if (found == COUNT / 2 && !place) place = telldir(folder);
    }
    CHECK(found == COUNT && other == 0);
    seekdir(folder, place);
    int rest = 0;
    while (readdir(folder))
        rest++;
    CHECK(rest >= COUNT / 2 - 2 && rest <= COUNT / 2 + 2);
    closedir(folder);
    for (int i = 0; i < COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/a-rather-long-name-%d", i);
        made -= unlink(name) == 0;
    }
    CHECK(made == 0 && rmdir("many") == 0);
}

static void outside(void) {
    int fd;
    const char* paths[] = {"../outside", "/etc/passwd", "../../../../etc/passwd", "/"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        fd = open(paths[i], O_RDONLY);
        printf("%s: %s is refused\n", fd < 0 ? "ok" : "FAILED", paths[i]);
        if (fd >= 0) failures++;
    }
    CHECK(symlink("../outside", "way-out") == 0 || errno == EPERM || errno == ENOTCAPABLE);
    fd = open("way-out", O_RDONLY);
    CHECK(fd < 0);
    unlink("way-out");
}

int main(int argc, char** argv) {
    if (argc != 2 || chdir(argv[1]) != 0) return 2;
    clocks();
    files();
    names();
    many();
    outside();
    printf("%d failures\n", failures);
    return failures != 0;
}

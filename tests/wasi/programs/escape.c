/* SPDX-License-Identifier: Apache-2.0 */
/* Tries to get out of its directories: "/" and, read-only, "/ro". run.py lays the traps: links that
 * lead outside, and a file `secret` beside the directories. Says what worked and shouldn't have;
 * the exit status is how many things that were. build.sh compiles it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

static int escapes = 0;

static void ignore(__wasi_errno_t result) {
    (void)result;
}

static void escaped(const char* what, const char* path) {
    printf("escaped: %s %s\n", what, path);
    ++escapes;
}

static const char* const outside[] = {
    "..",
    "../secret",
    "/../secret",
    "/..",
    "out",
    "out/",
    "out/.",
    "chain",
    "up/secret",
    "up/top/../secret",
    "sub/../../secret",
    "sub/./.././../secret",
    "absolute",
    "magic/etc/passwd",
    "magic",
    "winding",
    "//../secret",
    "sub/up2/secret",
    "sub/up2/top/ok/../..",
    "cwd/secret",
    "fd/0",
    "dangling",
    "dangling/",
};

static void all_paths(void) {
    static const int flags[] = {O_RDONLY,           O_WRONLY,         O_RDWR,
                                O_WRONLY | O_TRUNC, O_RDWR | O_CREAT, O_RDONLY | O_DIRECTORY};
    struct stat status;
    char text[64];
    for (size_t i = 0; i < sizeof outside / sizeof *outside; ++i) {
        const char* path = outside[i];
        for (size_t j = 0; j < sizeof flags / sizeof *flags; ++j) {
            const int fd = open(path, flags[j], 0600);
            if (fd >= 0) {
                /* ".." of the top, resolved by the C library before we see it, is the top. */
                if (flags[j] != (O_RDONLY | O_DIRECTORY) || openat(fd, "secret", O_RDONLY) >= 0) {
                    escaped("open", path);
                }
                close(fd);
            }
        }
        char longer[256];
        snprintf(longer, sizeof longer, "%s/new-file", path);
        if (open(longer, O_WRONLY | O_CREAT, 0600) >= 0) {
            escaped("create", longer);
        }
        if (mkdir(longer, 0700) == 0) {
            escaped("mkdir", longer);
        }
        snprintf(longer, sizeof longer, "%s/secret", path);
        if (unlink(longer) == 0) {
            escaped("unlink", longer);
        }
        if (rename(longer, "mine") == 0) {
            escaped("rename", longer);
        }
        if (link(longer, "mine") == 0) {
            escaped("link", longer);
        }
        if (stat(longer, &status) == 0) {
            escaped("stat", longer);
        }
        if (readlink(longer, text, sizeof text) >= 0) {
            escaped("readlink", longer);
        }
        snprintf(longer, sizeof longer, "%s/mine", path);
        if (rename("ok", longer) == 0) {
            escaped("rename to", longer);
        }
        if (link("ok", longer) == 0) {
            escaped("link to", longer);
        }
    }
}

/* Without the C library in between, which takes ".." and "/" away. */
static void raw_paths(__wasi_fd_t top) {
    for (size_t i = 0; i < sizeof outside / sizeof *outside; ++i) {
        const char* path = outside[i];
        __wasi_fd_t fd;
        __wasi_filestat_t status;
        const __wasi_rights_t read = __WASI_RIGHTS_FD_READ;
        if (__wasi_path_open(top, 1, path, 0, read, read, 0, &fd) == 0) {
            escaped("path_open", path);
        }
        if (__wasi_path_open(top, 1, path, __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_WRITE, 0, 0,
                             &fd) == 0) {
            escaped("path_open to create", path);
        }
        if (__wasi_path_filestat_get(top, 1, path, &status) == 0) {
            escaped("path_filestat_get", path);
        }
        if (__wasi_path_filestat_set_times(top, 1, path, 1, 1,
                                           __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM) == 0) {
            escaped("path_filestat_set_times", path);
        }
        if (__wasi_path_link(top, 1, path, top, "mine") == 0) {
            escaped("path_link", path);
        }
    }
    if (__wasi_path_symlink("/etc/passwd", top, "mine") == 0) {
        escaped("path_symlink", "/etc/passwd");
    }
    /* A link made here that leads outside can't be followed. */
    if (__wasi_path_symlink("../secret", top, "mine") == 0) {
        __wasi_fd_t fd;
        if (__wasi_path_open(top, 1, "mine", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd) == 0) {
            escaped("path_open through a link of one's own", "mine");
        }
        ignore(__wasi_path_unlink_file(top, "mine"));
    }
    /* A directory moved up from under an open descriptor stays where it is beneath. */
    __wasi_fd_t deep;
    ignore(__wasi_path_create_directory(top, "d1"));
    ignore(__wasi_path_create_directory(top, "d1/d2"));
    if (__wasi_path_open(top, 0, "d1/d2", __WASI_OFLAGS_DIRECTORY, __WASI_RIGHTS_PATH_OPEN,
                         __WASI_RIGHTS_FD_READ, 0, &deep) == 0) {
        ignore(__wasi_path_rename(top, "d1/d2", top, "d2"));
        __wasi_fd_t fd;
        if (__wasi_path_open(deep, 1, "../../secret", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd) == 0 ||
            __wasi_path_open(deep, 1, "..", 0, 0, 0, 0, &fd) == 0) {
            escaped("path_open after a rename", "../..");
        }
    }
}

static void read_only(__wasi_fd_t top, __wasi_fd_t ro) {
    __wasi_fd_t fd;
    __wasi_fdstat_t status;
    if (__wasi_path_open(ro, 0, "file", 0, __WASI_RIGHTS_FD_WRITE, 0, 0, &fd) == 0) {
        escaped("write", "/ro/file");
    }
    if (__wasi_path_open(ro, 0, "file", __WASI_OFLAGS_TRUNC, __WASI_RIGHTS_FD_READ, 0, 0, &fd) ==
        0) {
        escaped("truncate", "/ro/file");
    }
    if (__wasi_path_open(ro, 0, "new", __WASI_OFLAGS_CREAT, __WASI_RIGHTS_FD_READ, 0, 0, &fd) ==
        0) {
        escaped("create", "/ro/new");
    }
    if (__wasi_path_link(ro, 0, "file", top, "linked") == 0) {
        escaped("link", "/ro/file");
    }
    if (__wasi_path_rename(ro, "file", top, "moved") == 0) {
        escaped("rename", "/ro/file");
    }
    if (__wasi_path_rename(top, "ok", ro, "moved") == 0) {
        escaped("rename to", "/ro/moved");
    }
    if (__wasi_path_unlink_file(ro, "file") == 0 || __wasi_path_create_directory(ro, "d") == 0 ||
        __wasi_path_symlink("file", ro, "l") == 0) {
        escaped("change", "/ro");
    }
    if (__wasi_path_open(ro, 0, "file", 0, __WASI_RIGHTS_FD_READ, 0, 0, &fd) != 0) {
        escaped("could not read", "/ro/file");
        return;
    }
    if (__wasi_fd_fdstat_set_rights(fd, __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_WRITE, 0) == 0) {
        escaped("get rights back", "/ro/file");
    }
    if (__wasi_fd_filestat_set_size(fd, 0) == 0 || __wasi_fd_allocate(fd, 0, 1 << 20) == 0 ||
        __wasi_fd_filestat_set_times(fd, 1, 1, __WASI_FSTFLAGS_MTIM) == 0) {
        escaped("change by descriptor", "/ro/file");
    }
    if (__wasi_fd_fdstat_get(fd, &status) == 0 &&
        (status.fs_rights_base & __WASI_RIGHTS_FD_WRITE) != 0) {
        escaped("right to write", "/ro/file");
    }
}

int main(void) {
    FILE* file = fopen("ok", "r");
    char text[16] = "";
    if (file == NULL || fgets(text, sizeof text, file) == NULL || strcmp(text, "inside") != 0) {
        escaped("could not read", "ok");
    } else {
        fclose(file);
    }
    all_paths();
    raw_paths(3);
    read_only(3, 4);
    printf("%d escapes\n", escapes);
    return escapes;
}

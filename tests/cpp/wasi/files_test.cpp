// SPDX-License-Identifier: Apache-2.0
// Files and directories: the same in the host's and in memory.
#include <map>

#include "wasi_support.h"

using namespace wasi_support;

namespace {

struct EntryOf {
    uint64_t next;
    uint64_t inode;
    uint8_t type;
};

// All entries, read with a buffer of this size.
std::map<std::string, EntryOf> entries(ProgramWithTree& program, uint32_t fd, uint32_t size) {
    std::map<std::string, EntryOf> found;
    uint64_t cookie = 0;
    const uint32_t buffer = 0x10000;
    for (;;) {
        REQUIRE(program.call("fd_readdir", {fd, buffer, size, cookie, 64}) == Errno::success);
        const uint32_t used = program.get<uint32_t>(64);
        REQUIRE(used <= size);
        const uint64_t before = cookie;
        for (uint32_t at = 0; used - at >= 24;) {
            const uint32_t name_size = program.get<uint32_t>(buffer + at + 16);
            if (used - at - 24 < name_size) {
                break;  // cut
            }
            const std::string name = program.text(buffer + at + 24, name_size);
            cookie = program.get<uint64_t>(buffer + at);
            CHECK(cookie <= 1000);  // small: wasi-libc's telldir() keeps 32 bits
            CHECK(found
                      .emplace(name, EntryOf{cookie, program.get<uint64_t>(buffer + at + 8),
                                             program.get<uint8_t>(buffer + at + 20)})
                      .second);
            at += 24 + name_size;
        }
        if (used < size) {
            return found;
        }
        REQUIRE(cookie != before);
    }
}

}  // namespace

TEST_CASE("files are written, read and sought in", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        uint32_t fd = 0;
        CHECK(program.open(3, "new", 0, fd) == Errno::noent);
        fd = program.open_file("new", oflags::creat | oflags::excl);
        uint32_t second = 0;
        CHECK(program.open(3, "new", oflags::creat | oflags::excl, second) == Errno::exist);
        CHECK(program.write(fd, "hello, world") == Errno::success);
        CHECK(program.written == 12);
        const auto seek = [&](int64_t offset, uint32_t whence) {
            const Errno result = program.call("fd_seek", {fd, uint64_t(offset), whence, 64});
            return result == Errno::success ? program.get<int64_t>(64) : -int64_t(result);
        };
        CHECK(seek(0, 1) == 12);
        CHECK(seek(-5, 2) == 7);
        CHECK(seek(-2, 1) == 5);
        CHECK(seek(3, 0) == 3);
        CHECK(seek(-1, 0) == -int64_t(Errno::inval));
        CHECK(seek(-4, 1) == -int64_t(Errno::inval));
        CHECK(seek(INT64_MIN, 2) == -int64_t(Errno::inval));
        CHECK(seek(0, 3) == -int64_t(Errno::inval));
        CHECK(program.call("fd_seek", {fd, 0, 0, 0x40000 - 7}) == Errno::fault);
        CHECK(program.call("fd_tell", {fd, 64}) == Errno::success);
        CHECK(program.get<uint64_t>(64) == 3);
        CHECK(program.read_all(fd) == "lo, world");
        // Beyond the end: zeros.
        CHECK(seek(20, 0) == 20);
        CHECK(program.write(fd, "!") == Errno::success);
        CHECK(seek(10, 0) == 10);
        CHECK(program.read_all(fd) == std::string("ld\0\0\0\0\0\0\0\0!", 11));
        // At a position of one's own.
        program.reset();
        const uint32_t to = program.room(8);
        const uint32_t list = program.list({{to, 3}, {to + 3, 2}});
        CHECK(program.call("fd_pread", {fd, list, 2, 7, 64}) == Errno::success);
        CHECK(program.get<uint32_t>(64) == 5);
        CHECK(program.text(to, 5) == "world");
        CHECK(program.call("fd_pread", {fd, list, 2, 1000, 64}) == Errno::success);
        CHECK(program.get<uint32_t>(64) == 0);
        CHECK(program.call("fd_pread", {fd, list, 2, UINT64_MAX, 64}) == Errno::inval);
        CHECK(program.call("fd_pwrite", {fd, list, 2, UINT64_MAX, 64}) == Errno::inval);
        CHECK(program.call("fd_pwrite", {fd, list, 1, 0, 64}) == Errno::success);
        CHECK(seek(0, 1) == 21);
        CHECK(seek(0, 0) == 0);
        CHECK(program.read_all(fd).substr(0, 6) == "worlo,");
        // Its size.
        CHECK(program.call("fd_filestat_set_size", {fd, 4}) == Errno::success);
        CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::regular_file));
        CHECK(program.get<uint64_t>(64 + 24) == 1);
        CHECK(program.get<uint64_t>(64 + 32) == 4);
        CHECK(program.call("fd_filestat_set_size", {fd, UINT64_MAX}) == Errno::fbig);
        CHECK(program.call("fd_filestat_get", {fd, 0x40000 - 63}) == Errno::fault);
        CHECK(program.call("fd_allocate", {fd, 2, 8}) == Errno::success);
        CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 32) == 10);
        CHECK(program.call("fd_allocate", {fd, 0, 1}) == Errno::success);
        CHECK(program.call("fd_allocate", {fd, 0, 0}) == Errno::inval);
        CHECK(program.call("fd_allocate", {fd, UINT64_MAX, 1}) == Errno::inval);
        CHECK(program.call("fd_allocate", {fd, INT64_MAX, INT64_MAX}) == Errno::fbig);
        for (uint32_t advice = 0; advice < 6; ++advice) {
            CHECK(program.call("fd_advise", {fd, 0, 10, advice}) == Errno::success);
        }
        CHECK(program.call("fd_advise", {fd, 0, 10, 6}) == Errno::inval);
        CHECK(program.call("fd_advise", {fd, UINT64_MAX, 10, 0}) == Errno::inval);
        CHECK(program.call("fd_sync", {fd}) == Errno::success);
        CHECK(program.call("fd_datasync", {fd}) == Errno::success);
        CHECK(program.open_file("new", oflags::trunc) != fd);
        CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 32) == 0);
        // An open file outlives its name.
        CHECK(program.write(fd, "kept") == Errno::success);
        CHECK(program.at("path_unlink_file", 3, "new") == Errno::success);
        CHECK(program.stat(3, "new", true, 64) == Errno::noent);
        CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 24) == 0);
    }
}

TEST_CASE("times of files", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "text");
        REQUIRE(program.symlink("file", "link") == Errno::success);
        const uint32_t fd = program.open_file("file");
        const uint64_t some = 1'500'000'000'123'456'789;
        const auto now = static_cast<uint64_t>(time(nullptr)) * 1'000'000'000;
        CHECK(program.call("fd_filestat_set_times",
                           {fd, some, some + 1, fstflags::atim | fstflags::mtim}) ==
              Errno::success);
        CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 40) == some);
        CHECK(program.get<uint64_t>(64 + 48) == some + 1);
        CHECK(program.get<uint64_t>(64 + 56) >= now - 2'000'000'000);
        CHECK(program.call("fd_filestat_set_times", {fd, 7, 7, 0}) == Errno::success);
        CHECK(program.call("fd_filestat_set_times", {fd, 7, 7, fstflags::mtim_now}) ==
              Errno::success);
        CHECK(program.stat(3, "link", true, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 40) == some);
        CHECK(program.get<uint64_t>(64 + 48) >= now - 2'000'000'000);
        const Range name = program.put("link");
        CHECK(program.call("path_filestat_set_times", {3, 1, name.address, name.size, 5, 6,
                                                       fstflags::atim | fstflags::mtim}) ==
              Errno::success);
        CHECK(program.stat(3, "file", false, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 48) == 6);
        CHECK(program.call("path_filestat_set_times", {3, 0, name.address, name.size, 5, 8,
                                                       fstflags::mtim}) == Errno::success);
        CHECK(program.stat(3, "file", false, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 48) == 6);
        CHECK(program.stat(3, "link", false, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 48) == 8);
        for (const uint32_t wrong : {3u, 12u, 15u, 16u, 0x10000u}) {
            CHECK(program.call("fd_filestat_set_times", {fd, 0, 0, wrong}) == Errno::inval);
            CHECK(program.call("path_filestat_set_times",
                               {3, 0, name.address, name.size, 0, 0, wrong}) == Errno::inval);
        }
    }
}

TEST_CASE("directories are made, listed, moved and removed", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        CHECK(program.at("path_create_directory", 3, "d") == Errno::success);
        CHECK(program.at("path_create_directory", 3, "d") == Errno::exist);
        CHECK(program.at("path_create_directory", 3, "x/y") == Errno::noent);
        CHECK(program.at("path_create_directory", 3, "d/e") == Errno::success);
        const uint32_t fd = program.open_directory("d");
        for (int i = 0; i < 100; ++i) {
            program.reset();
            const uint32_t made = program.open_file("file" + std::to_string(i), oflags::creat, fd);
            CHECK(program.call("fd_close", {made}) == Errno::success);
        }
        program.reset();
        REQUIRE(program.symlink("e", "link", fd) == Errno::success);
        for (const uint32_t size : {40u, 64u, 333u, 4096u, 65536u}) {
            INFO("buffer of " << size);
            const auto found = entries(program, fd, size);
            CHECK(found.size() == 104);
            CHECK(found.at(".").type == uint8_t(FileType::directory));
            CHECK(found.at("..").type == uint8_t(FileType::directory));
            CHECK(found.at("e").type == uint8_t(FileType::directory));
            CHECK(found.at("link").type == uint8_t(FileType::symbolic_link));
            CHECK(found.at("file7").type == uint8_t(FileType::regular_file));
            CHECK(program.stat(fd, "file7", false, 64) == Errno::success);
            CHECK(found.at("file7").inode == program.get<uint64_t>(64 + 8));
            CHECK(program.stat(3, ".", false, 64) == Errno::success);
            CHECK(found.at("..").inode == program.get<uint64_t>(64 + 8));
        }
        // Above the top there is nothing.
        const auto top = entries(program, 3, 4096);
        CHECK(top.size() == 3);
        CHECK(top.at("..").inode == top.at(".").inode);
        // Read, remove, go on from where one was.
        uint64_t cookie = 0;
        int removed = 0;
        for (;;) {
            program.reset();
            REQUIRE(program.call("fd_readdir", {fd, 0x10000, 200, cookie, 64}) == Errno::success);
            const uint32_t used = program.get<uint32_t>(64);
            for (uint32_t at = 0; used - at >= 24;) {
                const uint32_t size = program.get<uint32_t>(0x10000 + at + 16);
                if (used - at - 24 < size) {
                    break;
                }
                const std::string name = program.text(0x10000 + at + 24, size);
                cookie = program.get<uint64_t>(0x10000 + at);
                at += 24 + size;
                if (name.starts_with("file")) {
                    CHECK(program.at("path_unlink_file", fd, name) == Errno::success);
                    ++removed;
                }
            }
            if (used < 200) {
                break;
            }
        }
        CHECK(removed == 100);
        // Where nobody was yet, from another descriptor.
        const uint32_t fresh = program.open_directory("d");
        CHECK(program.call("fd_readdir", {fresh, 0x10000, 4096, 2, 64}) == Errno::success);
        const uint32_t rest = program.get<uint32_t>(64);
        CHECK(program.call("fd_readdir", {fresh, 0x10000, 4096, 0, 64}) == Errno::success);
        CHECK(program.get<uint32_t>(64) > rest);
        CHECK(program.call("fd_readdir", {fresh, 0x10000, 4096, UINT64_MAX, 64}) == Errno::success);
        CHECK(program.get<uint32_t>(64) == 0);
        CHECK(program.call("fd_readdir", {fd, 0x10000, 0, 0, 64}) == Errno::success);
        CHECK(program.get<uint32_t>(64) == 0);
        CHECK(program.call("fd_readdir", {fd, 0x30000, 0x10001, 0, 64}) == Errno::fault);
        CHECK(program.call("fd_readdir", {fd, 0x30000, 100, 0, 0x40000 - 3}) == Errno::fault);
        SystemLimits limits;
        limits.directory_entries = 3;
        program.system.set_limits(limits);
        CHECK(program.call("fd_readdir", {fd, 0x10000, 4096, 0, 64}) == Errno::overflow);

        CHECK(program.at("path_remove_directory", 3, "d") == Errno::notempty);
        CHECK(program.at("path_unlink_file", 3, "d/e") == Errno::isdir);
        CHECK(program.at("path_remove_directory", 3, "d/link") == Errno::notdir);
        CHECK(program.at("path_unlink_file", 3, "d/link") == Errno::success);
        CHECK(program.at("path_remove_directory", 3, "d/e/.") == Errno::inval);
        CHECK(program.at("path_remove_directory", 3, "d/e") == Errno::success);
        CHECK(program.at("path_remove_directory", 3, "d/e") == Errno::noent);
        CHECK(program.at("path_remove_directory", 3, "d") == Errno::success);
        // In a directory that is gone nothing can be made.
        uint32_t none = 0;
        CHECK(program.open(fd, "x", oflags::creat, none) == Errno::noent);
        CHECK(program.at("path_create_directory", fd, "x") == Errno::noent);
    }
}

TEST_CASE("renaming and linking", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("a", "A");
        program.put_file("b", "B");
        program.put_file("full/inner", "I");
        program.put_file("empty/", "");
        const auto content = [&](const char* path) {
            uint32_t fd = 0;
            if (program.open(3, path, 0, fd, rights::fd_read) != Errno::success) {
                return std::string("nothing");
            }
            const std::string text = program.read_all(fd);
            program.call("fd_close", {fd});
            return text;
        };
        CHECK(program.rename(3, "nothing", 3, "x") == Errno::noent);
        CHECK(program.rename(3, "a", 3, "b") == Errno::success);
        CHECK(content("b") == "A");
        CHECK(content("a") == "nothing");
        CHECK(program.rename(3, "b", 3, "b") == Errno::success);
        CHECK(program.rename(3, "b", 3, "full") == Errno::isdir);
        CHECK(program.rename(3, "full", 3, "b") == Errno::notdir);
        CHECK(program.rename(3, "empty", 3, "full") == Errno::notempty);
        CHECK(program.rename(3, "full", 3, "full/deeper") == Errno::inval);
        CHECK(program.rename(3, "full", 3, "empty") == Errno::success);
        CHECK(content("empty/inner") == "I");
        CHECK(program.rename(3, ".", 3, "x") == Errno::busy);
        CHECK(program.rename(3, "empty", 3, ".") == Errno::busy);

        CHECK(program.link(3, "b", 3, "hard") == Errno::success);
        CHECK(program.link(3, "b", 3, "hard") == Errno::exist);
        CHECK(program.link(3, "nothing", 3, "x") == Errno::noent);
        CHECK(program.link(3, "empty", 3, "x") == Errno::perm);
        CHECK(program.stat(3, "hard", false, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 24) == 2);
        CHECK(program.write(program.open_file("hard"), "H") == Errno::success);
        CHECK(content("b") == "H");
        CHECK(program.rename(3, "b", 3, "hard") == Errno::success);
        REQUIRE(program.symlink("hard", "soft") == Errno::success);
        CHECK(program.link(3, "soft", 3, "of_link", false) == Errno::success);
        CHECK(program.link(3, "soft", 3, "of_file", true) == Errno::success);
        CHECK(program.stat(3, "of_link", false, 64) == Errno::success);
        CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::symbolic_link));
        CHECK(program.stat(3, "of_file", false, 64) == Errno::success);
        CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::regular_file));
        const Range name = program.put("soft");
        CHECK(program.call("path_link", {3, 2, name.address, name.size, 3, name.address, 4}) ==
              Errno::inval);

        CHECK(program.symlink("x", "soft") == Errno::exist);
        CHECK(program.call("path_readlink", {3, name.address, name.size, 2048, 64, 128}) ==
              Errno::success);
        CHECK(program.get<uint32_t>(128) == 4);
        CHECK(program.text(2048, 4) == "hard");
        CHECK(program.call("path_readlink", {3, name.address, name.size, 2048, 2, 128}) ==
              Errno::success);
        CHECK(program.get<uint32_t>(128) == 2);
        CHECK(program.call("path_readlink", {3, name.address, name.size, 0x40000, 0, 128}) ==
              Errno::success);
        CHECK(program.get<uint32_t>(128) == 0);
        CHECK(program.call("path_readlink", {3, name.address, name.size, 0x3ffff, 2, 128}) ==
              Errno::fault);
        const Range file = program.put("hard");
        CHECK(program.call("path_readlink", {3, file.address, file.size, 2048, 64, 128}) ==
              Errno::inval);
        const Range missing = program.put("none");
        CHECK(program.call("path_readlink", {3, missing.address, missing.size, 2048, 64, 128}) ==
              Errno::noent);
    }
}

TEST_CASE("files of one kind don't move to the other", "[wasi]") {
    ProgramWithTree program(Tree::host_by_kernel);
    program.put_file("file", "text");
    REQUIRE(program.system.preopen_memory("/memory", false).ok());
    CHECK(program.rename(3, "file", 4, "file") == Errno::xdev);
    CHECK(program.link(3, "file", 4, "file") == Errno::xdev);
    CHECK(program.link(4, "file", 3, "file") == Errno::xdev);
    REQUIRE(program.system.preopen_memory("/second", false).ok());
    CHECK(program.rename(4, "file", 5, "file") == Errno::xdev);
}

TEST_CASE("files in memory stay within their limits", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    SystemLimits limits;
    limits.memory_bytes = 1000;
    limits.memory_files = 6;  // the top is one
    program.system.set_limits(limits);
    const uint32_t fd = program.open_file("file", oflags::creat);
    CHECK(program.write(fd, std::string(800, 'x')) == Errno::success);
    CHECK(program.written == 800);
    CHECK(program.write(fd, std::string(300, 'y')) == Errno::success);
    CHECK(program.written == 200);
    CHECK(program.write(fd, "z") == Errno::nospc);
    CHECK(program.call("fd_filestat_set_size", {fd, 1001}) == Errno::nospc);
    CHECK(program.call("fd_filestat_set_size", {fd, uint64_t(1) << 50}) == Errno::fbig);
    CHECK(program.call("fd_filestat_set_size", {fd, uint64_t(1) << 39}) == Errno::nospc);
    CHECK(program.call("fd_allocate", {fd, 1000, 1}) == Errno::nospc);
    CHECK(program.call("fd_filestat_set_size", {fd, 990}) == Errno::success);
    CHECK(program.symlink("twelve bytes", "link") == Errno::nospc);
    CHECK(program.symlink("ten bytes!", "link") == Errno::success);
    CHECK(program.at("path_create_directory", 3, "a") == Errno::success);
    CHECK(program.at("path_create_directory", 3, "b") == Errno::success);
    CHECK(program.at("path_create_directory", 3, "c") == Errno::success);
    CHECK(program.at("path_create_directory", 3, "d") == Errno::nospc);
    CHECK(program.symlink("", "e") == Errno::noent);
    CHECK(program.symlink("x", "e") == Errno::nospc);
    uint32_t none = 0;
    CHECK(program.open(3, "e", oflags::creat, none) == Errno::nospc);
    // What is removed makes room, an open file when it is closed.
    CHECK(program.at("path_remove_directory", 3, "a") == Errno::success);
    CHECK(program.at("path_create_directory", 3, "d") == Errno::success);
    CHECK(program.at("path_unlink_file", 3, "file") == Errno::success);
    CHECK(program.open(3, "e", oflags::creat, none) == Errno::nospc);
    CHECK(program.call("fd_close", {fd}) == Errno::success);
    CHECK(program.open(3, "e", oflags::creat, none) == Errno::success);
    CHECK(program.write(none, std::string(1000, 'x')) == Errno::success);
    CHECK(program.written == 990);
}

TEST_CASE("each name of a file in memory counts", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    SystemLimits limits;
    limits.memory_files = 5;  // the top is one
    program.system.set_limits(limits);
    const uint32_t fd = program.open_file("a", oflags::creat);
    CHECK(program.link(3, "a", 3, "b") == Errno::success);
    CHECK(program.link(3, "a", 3, "c") == Errno::success);
    CHECK(program.link(3, "b", 3, "d") == Errno::success);
    CHECK(program.link(3, "a", 3, "e") == Errno::nospc);
    CHECK(program.at("path_create_directory", 3, "e") == Errno::nospc);
    CHECK(program.rename(3, "d", 3, "e") == Errno::success);
    CHECK(program.at("path_unlink_file", 3, "e") == Errno::success);
    CHECK(program.at("path_create_directory", 3, "d") == Errno::success);
    CHECK(program.link(3, "a", 3, "e") == Errno::nospc);
    CHECK(program.at("path_unlink_file", 3, "a") == Errno::success);
    CHECK(program.at("path_unlink_file", 3, "b") == Errno::success);
    CHECK(program.at("path_unlink_file", 3, "c") == Errno::success);
    CHECK(program.call("fd_close", {fd}) == Errno::success);
    for (const char* name : {"1", "2", "3"}) {
        CHECK(program.at("path_create_directory", 3, name) == Errno::success);
    }
    CHECK(program.at("path_create_directory", 3, "4") == Errno::nospc);
}

TEST_CASE("deep trees in memory end without recursion", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    uint32_t fd = 3;
    for (int i = 0; i < 60000; ++i) {
        program.reset();
        REQUIRE(program.at("path_create_directory", fd, "d") == Errno::success);
        const uint32_t next = program.open_directory("d", fd);
        if (fd != 3) {
            REQUIRE(program.call("fd_close", {fd}) == Errno::success);
        }
        fd = next;
    }
}

TEST_CASE("wasi_unstable has other layouts", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    program.put_file("file", "text");
    program.edition = Edition::unstable;
    const uint32_t fd = program.open_file("file");
    // whence: current, end, set.
    CHECK(program.call("fd_seek", {fd, 1, 1, 64}) == Errno::success);
    CHECK(program.get<uint64_t>(64) == 5);
    CHECK(program.call("fd_seek", {fd, 2, 2, 64}) == Errno::success);
    CHECK(program.get<uint64_t>(64) == 2);
    CHECK(program.call("fd_seek", {fd, 1, 0, 64}) == Errno::success);
    CHECK(program.get<uint64_t>(64) == 3);
    program.set<uint64_t>(64 + 56, 0x1122334455667788);
    CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::success);
    CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::regular_file));
    CHECK(program.get<uint32_t>(64 + 20) == 1);
    CHECK(program.get<uint64_t>(64 + 24) == 4);
    CHECK(program.get<uint64_t>(64 + 56) == 0x1122334455667788);
    CHECK(program.call("fd_filestat_get", {fd, 0x40000 - 56}) == Errno::success);
    CHECK(program.call("fd_filestat_get", {fd, 0x40000 - 55}) == Errno::fault);
}

// SPDX-License-Identifier: Apache-2.0
// Descriptors: their table (row 33 of the checklist of attacks), rights and flags (row 32).
#include "wasi_support.h"

using namespace wasi_support;

TEST_CASE("the lowest free descriptor is the next, up to the limit", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    program.put_file("file", "text");
    SystemLimits limits;
    limits.descriptors = 8;
    program.system.set_limits(limits);
    for (uint32_t expected = 4; expected < 8; ++expected) {
        CHECK(program.open_file("file") == expected);
    }
    uint32_t fd = 0;
    CHECK(program.open(3, "file", 0, fd) == Errno::mfile);
    // Nothing was made either.
    CHECK(program.open(3, "new", oflags::creat, fd) == Errno::mfile);
    CHECK(program.stat(3, "new", true, 64) == Errno::noent);
    CHECK(program.open(3, "file", oflags::trunc, fd) == Errno::mfile);
    CHECK(program.stat(3, "file", true, 64) == Errno::success);
    CHECK(program.get<uint64_t>(64 + 32) == 4);
    CHECK(program.call("fd_close", {5}) == Errno::success);
    CHECK(program.call("fd_close", {5}) == Errno::badf);
    CHECK(program.call("fd_close", {0xffff'ffff}) == Errno::badf);
    CHECK(program.open_file("file") == 5);
    // As many times as one likes: nothing is lost.
    for (int i = 0; i < 1000; ++i) {
        program.reset();
        CHECK(program.call("fd_close", {6}) == Errno::success);
        CHECK(program.open_file("file") == 6);
    }
    CHECK(program.call("fd_close", {0}) == Errno::success);
    CHECK(program.open_file("file") == 0);
    // A preopened directory can be closed like anything else.
    CHECK(program.call("fd_close", {3}) == Errno::success);
    CHECK(program.call("fd_prestat_get", {3, 0}) == Errno::badf);
    CHECK(program.open(3, "file", 0, fd) == Errno::badf);
}

TEST_CASE("fd_renumber", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    program.put_file("one", "1");
    program.put_file("two", "2");
    const uint32_t one = program.open_file("one");
    const uint32_t two = program.open_file("two");
    CHECK(program.call("fd_renumber", {one, one}) == Errno::success);
    CHECK(program.call("fd_renumber", {one, 6}) == Errno::badf);
    CHECK(program.call("fd_renumber", {one, 0xffff'ffff}) == Errno::badf);
    CHECK(program.call("fd_renumber", {6, one}) == Errno::badf);
    CHECK(program.call("fd_renumber", {6, 6}) == Errno::badf);
    CHECK(program.call("fd_renumber", {one, two}) == Errno::success);
    std::string text;
    CHECK(program.read(one, 8, text) == Errno::badf);
    CHECK(program.read(two, 8, text) == Errno::success);
    CHECK(text == "1");
    // Onto a preopened directory and back: the number is that file then, and the directory is gone.
    CHECK(program.call("fd_renumber", {two, 3}) == Errno::success);
    CHECK(program.call("fd_prestat_get", {3, 0}) == Errno::badf);
    CHECK(program.call("fd_fdstat_get", {3, 64}) == Errno::success);
    CHECK(program.get<uint8_t>(64) == uint8_t(FileType::regular_file));
    CHECK(program.call("fd_renumber", {3, 1}) == Errno::success);
    CHECK(program.call("fd_close", {1}) == Errno::success);
    CHECK(program.call("fd_close", {1}) == Errno::badf);
}

TEST_CASE("preopened directories tell their names", "[wasi]") {
    Program program;
    REQUIRE(program.system.preopen_memory("/data", false).ok());
    REQUIRE(program.system.preopen_memory("", false).ok());
    const auto again = program.system.preopen_memory("/data", true);
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().kind == ErrorKind::misuse);
    CHECK(again.error().message == "the guest path \"/data\" is taken");
    program.set<uint64_t>(0, UINT64_MAX);
    CHECK(program.call("fd_prestat_get", {3, 0}) == Errno::success);
    CHECK(program.get<uint32_t>(0) == 0);
    CHECK(program.get<uint32_t>(4) == 5);
    CHECK(program.call("fd_prestat_dir_name", {3, 100, 5}) == Errno::success);
    CHECK(program.text(100, 6) == std::string("/data\0", 6));
    CHECK(program.call("fd_prestat_dir_name", {3, 100, 4}) == Errno::nametoolong);
    CHECK(program.call("fd_prestat_dir_name", {3, 100, 0}) == Errno::nametoolong);
    CHECK(program.call("fd_prestat_dir_name", {3, 0x40000 - 4, 5}) == Errno::fault);
    CHECK(program.call("fd_prestat_dir_name", {4, 0x40000, 0}) == Errno::success);
    CHECK(program.call("fd_prestat_dir_name", {5, 0, 0}) == Errno::badf);
    CHECK(program.call("fd_prestat_dir_name", {0, 0, 10}) == Errno::badf);
    CHECK(program.call("fd_prestat_get", {3, 0x40000 - 7}) == Errno::fault);
    SystemLimits limits;
    limits.descriptors = 5;
    program.system.set_limits(limits);
    const auto full = program.system.preopen_memory("/more", false);
    REQUIRE_FALSE(full.ok());
    CHECK(full.error().kind == ErrorKind::limit);
    CHECK(full.error().message == "too many descriptors: the limit is 5");
}

TEST_CASE("rights can be given up and never be got back", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "text");
        CHECK(program.call("fd_fdstat_get", {3, 64}) == Errno::success);
        CHECK(program.get<uint8_t>(64) == uint8_t(FileType::directory));
        CHECK(program.get<uint64_t>(64 + 8) == rights::of_directories);
        CHECK(program.get<uint64_t>(64 + 16) == rights::all);
        // It can be opened again with what it has.
        uint32_t fd = 0;
        CHECK(program.open(3, ".", 0, fd, rights::of_directories) == Errno::success);
        CHECK(program.call("fd_close", {fd}) == Errno::success);
        // Only what was asked for.
        CHECK(program.open(3, "file", 0, fd, rights::fd_read) == Errno::success);
        CHECK(program.call("fd_fdstat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 8) == rights::fd_read);
        const uint32_t list = program.list({program.put("new!")});
        CHECK(program.call("fd_write", {fd, list, 1, 64}) == Errno::notcapable);
        CHECK(program.call("fd_pwrite", {fd, list, 1, 0, 64}) == Errno::notcapable);
        CHECK(program.call("fd_pread", {fd, list, 1, 0, 64}) == Errno::notcapable);
        CHECK(program.call("fd_seek", {fd, 0, 0, 64}) == Errno::notcapable);
        CHECK(program.call("fd_tell", {fd, 64}) == Errno::notcapable);
        CHECK(program.call("fd_allocate", {fd, 0, 100}) == Errno::notcapable);
        CHECK(program.call("fd_advise", {fd, 0, 1, 0}) == Errno::notcapable);
        CHECK(program.call("fd_sync", {fd}) == Errno::notcapable);
        CHECK(program.call("fd_datasync", {fd}) == Errno::notcapable);
        CHECK(program.call("fd_filestat_get", {fd, 64}) == Errno::notcapable);
        CHECK(program.call("fd_filestat_set_size", {fd, 0}) == Errno::notcapable);
        CHECK(program.call("fd_filestat_set_times", {fd, 0, 0, 2}) == Errno::notcapable);
        CHECK(program.call("fd_fdstat_set_flags", {fd, fdflags::append}) == Errno::notcapable);
        CHECK(program.call("fd_fdstat_set_rights", {fd, rights::fd_read | rights::fd_write, 0}) ==
              Errno::notcapable);
        CHECK(program.call("fd_fdstat_set_rights", {fd, UINT64_MAX, 0}) == Errno::notcapable);
        CHECK(program.call("fd_fdstat_set_rights", {fd, 0, 0}) == Errno::success);
        std::string text;
        CHECK(program.read(fd, 4, text) == Errno::notcapable);
        CHECK(program.call("fd_fdstat_set_rights", {fd, rights::fd_read, 0}) == Errno::notcapable);
        CHECK(program.call("fd_fdstat_set_rights", {99, 0, 0}) == Errno::badf);

        // A directory without writing in what it passes on.
        const Rights reading = rights::fd_read | rights::fd_seek | rights::fd_filestat_get;
        CHECK(program.open(3, ".", oflags::directory, fd, rights::of_directories) ==
              Errno::success);
        CHECK(program.call("fd_fdstat_set_rights",
                           {fd,
                            rights::of_directories &
                                ~(rights::path_create_file | rights::path_filestat_set_size),
                            reading}) == Errno::success);
        const auto open = [&](unsigned how, Rights base, Rights inheriting) {
            const Range name = program.put("file");
            return program.call("path_open",
                                {fd, 0, name.address, name.size, how, base, inheriting, 0, 128});
        };
        CHECK(open(0, reading, 0) == Errno::success);
        CHECK(open(0, reading | rights::fd_write, 0) == Errno::notcapable);
        CHECK(open(0, rights::fd_allocate, 0) == Errno::notcapable);
        CHECK(open(0, reading, rights::fd_write) == Errno::notcapable);
        CHECK(open(oflags::trunc, reading, 0) == Errno::notcapable);
        CHECK(open(oflags::creat, reading, 0) == Errno::notcapable);
        // Nor by a detour through a directory that passes on more.
        CHECK(program.link(fd, "file", 3, "link") == Errno::notcapable);
        CHECK(program.rename(fd, "file", 3, "moved") == Errno::notcapable);
        CHECK(program.link(3, "file", fd, "link") == Errno::success);
        // Each function of paths has its right.
        const uint32_t bare = program.open_directory(".");
        CHECK(program.call("fd_fdstat_set_rights", {bare, 0, 0}) == Errno::success);
        CHECK(program.at("path_create_directory", bare, "d") == Errno::notcapable);
        CHECK(program.at("path_remove_directory", bare, "d") == Errno::notcapable);
        CHECK(program.at("path_unlink_file", bare, "d") == Errno::notcapable);
        CHECK(program.stat(bare, "file", true, 64) == Errno::notcapable);
        CHECK(program.symlink("a", "b", bare) == Errno::notcapable);
        CHECK(program.rename(bare, "file", 3, "b") == Errno::notcapable);
        CHECK(program.rename(3, "file", bare, "b") == Errno::notcapable);
        CHECK(program.link(bare, "file", 3, "b") == Errno::notcapable);
        CHECK(program.link(3, "file", bare, "b") == Errno::notcapable);
        uint32_t none = 0;
        CHECK(program.open(bare, "file", 0, none) == Errno::notcapable);
        const Range name = program.put("file");
        CHECK(program.call("path_readlink", {bare, name.address, name.size, 0, 8, 64}) ==
              Errno::notcapable);
        CHECK(program.call("path_filestat_set_times",
                           {bare, 0, name.address, name.size, 0, 0, 2}) == Errno::notcapable);
        CHECK(program.call("fd_readdir", {bare, 0, 100, 0, 128}) == Errno::notcapable);
        CHECK(program.call("fd_filestat_get", {bare, 64}) == Errno::notcapable);
        CHECK(program.stat(3, "file", true, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 32) == 4);
    }
}

TEST_CASE("nothing changes in a read-only tree", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree, true);
        program.put_file("file", "text");
        program.put_file("dir/inner", "text");
        if (tree == Tree::memory) {
            REQUIRE(program.system.preopen_memory("/other", false).ok());
        } else {
            std::filesystem::create_directory(program.folder.path / "other");
            std::shared_ptr<Directory> directory;
            REQUIRE(HostDirectory::open_tree(program.folder.path / "other", false, directory) == 0);
            REQUIRE(program.system.preopen_directory("/other", directory).ok());
        }
        program.reset();
        REQUIRE(program.write(program.open_file("mine", oflags::creat, 4), "x") == Errno::success);
        uint32_t fd = 0;
        CHECK(program.open(3, "file", 0, fd, rights::of_files) == Errno::rofs);
        CHECK(program.open(3, "file", 0, fd, rights::fd_write) == Errno::rofs);
        CHECK(program.open(3, "file", 0, fd, rights::fd_allocate) == Errno::rofs);
        CHECK(program.open(3, "file", 0, fd, rights::fd_filestat_set_size) == Errno::rofs);
        CHECK(program.open(3, "file", oflags::trunc, fd, rights::fd_read) == Errno::rofs);
        CHECK(program.open(3, "file", oflags::creat | oflags::trunc, fd, rights::fd_read) ==
              Errno::rofs);
        CHECK(program.open(3, "new", oflags::creat, fd, rights::fd_read) == Errno::rofs);
        CHECK(program.open(3, "file", oflags::creat | oflags::excl, fd, rights::fd_read) ==
              Errno::exist);
        CHECK(program.open(3, "nothing", 0, fd) == Errno::noent);
        CHECK(program.open(3, "dir", 0, fd, rights::fd_write) == Errno::isdir);
        CHECK(program.at("path_create_directory", 3, "new") == Errno::rofs);
        CHECK(program.at("path_remove_directory", 3, "dir") == Errno::rofs);
        CHECK(program.at("path_unlink_file", 3, "file") == Errno::rofs);
        CHECK(program.symlink("file", "link") == Errno::rofs);
        CHECK(program.rename(3, "file", 3, "moved") == Errno::rofs);
        const Errno across = tree == Tree::memory ? Errno::xdev : Errno::rofs;
        CHECK(program.rename(3, "file", 4, "moved") == across);
        CHECK(program.rename(4, "mine", 3, "moved") == across);
        CHECK(program.link(3, "file", 3, "link") == Errno::rofs);
        CHECK(program.link(3, "file", 4, "link") == across);
        CHECK(program.link(4, "mine", 3, "link") == across);
        const Range name = program.put("file");
        for (const uint32_t flags : {1u, 2u, 4u, 8u}) {
            CHECK(program.call("path_filestat_set_times",
                               {3, 0, name.address, name.size, 0, 0, flags}) == Errno::rofs);
            CHECK(program.call("fd_filestat_set_times", {3, 0, 0, flags}) == Errno::rofs);
        }
        // What can be opened is read, and has not got a right too many.
        const Rights reading = rights::of_files & ~rights::that_write;
        REQUIRE(program.open(3, "file", oflags::creat, fd, reading) == Errno::success);
        std::string text;
        CHECK(program.read(fd, 10, text) == Errno::success);
        CHECK(text == "text");
        CHECK(program.write(fd, "x") == Errno::notcapable);
        CHECK(program.call("fd_filestat_set_size", {fd, 0}) == Errno::notcapable);
        CHECK(program.call("fd_allocate", {fd, 0, 10}) == Errno::notcapable);
        CHECK(program.call("fd_filestat_set_times", {fd, 0, 0, 2}) == Errno::rofs);
        CHECK(program.call("fd_fdstat_set_rights", {fd, reading | rights::fd_write, 0}) ==
              Errno::notcapable);
        // A directory below is as read-only as the one above.
        const uint32_t below = program.open_directory("dir");
        CHECK(program.open(below, "inner", 0, fd, rights::fd_write) == Errno::rofs);
        CHECK(program.at("path_unlink_file", below, "inner") == Errno::rofs);
        CHECK(program.stat(3, "file", true, 64) == Errno::success);
        CHECK(program.get<uint64_t>(64 + 32) == 4);
    }
}

TEST_CASE("flags of descriptors", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "0123");
        const uint32_t fd = program.open_file("file");
        const auto flags = [&] {
            CHECK(program.call("fd_fdstat_get", {fd, 64}) == Errno::success);
            return program.get<uint16_t>(64 + 2);
        };
        CHECK(flags() == 0);
        CHECK(program.call("fd_fdstat_set_flags", {fd, fdflags::append}) == Errno::success);
        CHECK(flags() == fdflags::append);
        CHECK(program.write(fd, "45") == Errno::success);
        CHECK(program.call("fd_fdstat_set_flags", {fd, fdflags::nonblock}) == Errno::success);
        CHECK(flags() == fdflags::nonblock);
        CHECK(program.call("fd_seek", {fd, 0, 0, 64}) == Errno::success);
        CHECK(program.write(fd, "x") == Errno::success);
        CHECK(program.call("fd_seek", {fd, 0, 0, 64}) == Errno::success);
        CHECK(program.read_all(fd) == "x12345");
        for (const uint32_t wrong : {uint32_t(fdflags::sync), uint32_t(fdflags::dsync),
                                     uint32_t(fdflags::rsync), 32u, 0x10000u, 0xffff'ffffu}) {
            CHECK(program.call("fd_fdstat_set_flags", {fd, wrong}) == Errno::inval);
        }
        uint32_t second = 0;
        CHECK(program.open(3, "file", 0, second, rights::of_files,
                           fdflags::append | fdflags::sync | fdflags::dsync | fdflags::rsync) ==
              Errno::success);
        CHECK(program.write(second, "!") == Errno::success);
        CHECK(program.call("fd_seek", {fd, 0, 0, 64}) == Errno::success);
        CHECK(program.read_all(fd) == "x12345!");
        const Range name = program.put("file");
        CHECK(program.call("path_open", {3, 0, name.address, name.size, 16, 0, 0, 0, 64}) ==
              Errno::inval);
        CHECK(program.call("path_open", {3, 0, name.address, name.size, 0, 0, 0, 32, 64}) ==
              Errno::inval);
        CHECK(program.call("path_open", {3, 2, name.address, name.size, 0, 0, 0, 0, 64}) ==
              Errno::inval);
        CHECK(program.call("path_open", {3, 0, name.address, name.size, 0, 0, 0, 0, 0x40000 - 3}) ==
              Errno::fault);
    }
}

TEST_CASE("what files can do and directories can't, and the other way round", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "text");
        const uint32_t list = program.list({program.put("abcd")});
        CHECK(program.call("fd_read", {3, list, 1, 64}) == Errno::badf);
        CHECK(program.call("fd_write", {3, list, 1, 64}) == Errno::badf);
        CHECK(program.call("fd_pread", {3, list, 1, 0, 64}) == Errno::badf);
        CHECK(program.call("fd_pwrite", {3, list, 1, 0, 64}) == Errno::badf);
        CHECK(program.call("fd_seek", {3, 0, 0, 64}) == Errno::badf);
        CHECK(program.call("fd_tell", {3, 64}) == Errno::badf);
        CHECK(program.call("fd_allocate", {3, 0, 1}) == Errno::badf);
        CHECK(program.call("fd_advise", {3, 0, 1, 0}) == Errno::badf);
        CHECK(program.call("fd_filestat_set_size", {3, 0}) == Errno::badf);
        CHECK(program.call("fd_sync", {3}) == Errno::success);
        CHECK(program.call("fd_datasync", {3}) == Errno::success);
        CHECK(program.call("fd_filestat_get", {3, 64}) == Errno::success);
        CHECK(program.call("sock_shutdown", {3, 1}) == Errno::notsock);
        const uint32_t fd = program.open_file("file");
        CHECK(program.call("fd_readdir", {fd, 0, 100, 0, 64}) == Errno::notdir);
        uint32_t none = 0;
        CHECK(program.open(fd, "x", 0, none) == Errno::notdir);
        CHECK(program.at("path_unlink_file", fd, "x") == Errno::notdir);
        CHECK(program.call("sock_accept", {fd, 0, 64}) == Errno::notsock);
        CHECK(program.call("sock_send", {fd, list, 1, 0, 64}) == Errno::notsock);
        CHECK(program.call("sock_recv", {fd, list, 1, 0, 64, 128}) == Errno::notsock);
        CHECK(program.call("sock_shutdown", {99, 1}) == Errno::badf);
        CHECK(program.open(3, "file", oflags::directory, none, rights::fd_readdir) ==
              Errno::notdir);
        CHECK(program.open(3, "new", oflags::directory | oflags::creat, none) == Errno::inval);
        CHECK(program.open(3, ".", 0, none, rights::fd_write) == Errno::isdir);
    }
}

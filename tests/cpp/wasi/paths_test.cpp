// SPDX-License-Identifier: Apache-2.0
// Paths: where they lead, and that they never lead outside (row 31 of the checklist of attacks).
#include <thread>

#include "wasi_support.h"

using namespace wasi_support;

TEST_CASE("no path leads outside of its directory", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("dir/file", "inside");
        program.put_file("dir/sub/", "");
        if (tree != Tree::memory) {
            program.folder.write("secret", "outside");
            const std::filesystem::path top = program.folder.path / "top";
            std::filesystem::create_symlink("../secret", top / "out");
            std::filesystem::create_symlink("..", top / "up");
            std::filesystem::create_symlink(program.folder.path, top / "absolute");
            std::filesystem::create_symlink("dir/../../secret", top / "winding");
            std::filesystem::create_symlink("out", top / "chain");
            std::filesystem::create_symlink("/proc/self/root", top / "magic");
            std::filesystem::create_symlink("../new", top / "dangling");
        }
        std::vector<std::string> paths{"..",
                                       "../secret",
                                       "/",
                                       "/etc/passwd",
                                       "//etc/passwd",
                                       "dir/../../secret",
                                       "dir/../..",
                                       "./../secret",
                                       "dir/sub/../../../secret",
                                       "../top/dir/file",
                                       "dir/../../top/dir/file"};
        if (tree != Tree::memory) {
            for (const char* more :
                 {"out", "out/", "up", "up/", "up/secret", "up/top/dir/file", "absolute",
                  "absolute/secret", "winding", "chain", "magic/etc/passwd", "dangling"}) {
                paths.emplace_back(more);
            }
        }
        const uint32_t out = 64;
        for (const std::string& path : paths) {
            INFO("path " << path);
            program.reset();
            const bool is_link = path.find('/') == std::string::npos && path != "..";
            uint32_t fd = 0;
            CHECK(program.open(3, path, 0, fd, rights::fd_read) == Errno::perm);
            CHECK(program.open(3, path, oflags::directory, fd, rights::fd_readdir) == Errno::perm);
            CHECK(program.open(3, path, oflags::creat, fd) == Errno::perm);
            CHECK(program.open(3, path, oflags::trunc, fd) == Errno::perm);
            CHECK(program.stat(3, path, true, out) == Errno::perm);
            const Range name = program.put(path);
            CHECK(program.call("path_filestat_set_times", {3, 1, name.address, name.size, 0, 0,
                                                           fstflags::mtim_now}) == Errno::perm);
            CHECK(program.link(3, path, 3, "linked", true) == Errno::perm);
            if (is_link) {
                continue;  // the link itself is inside
            }
            CHECK(program.at("path_create_directory", 3, path + "/new") == Errno::perm);
            CHECK(program.at("path_remove_directory", 3, path + "/sub") == Errno::perm);
            CHECK(program.at("path_unlink_file", 3, path + "/file") == Errno::perm);
            CHECK(program.symlink("x", path + "/new") == Errno::perm);
            CHECK(program.rename(3, "dir/file", 3, path + "/new") == Errno::perm);
            CHECK(program.rename(3, path + "/file", 3, "stolen") == Errno::perm);
            CHECK(program.link(3, "dir/file", 3, path + "/new") == Errno::perm);
            CHECK(program.call("path_readlink", {3, name.address, name.size, 2048, 64, 128}) !=
                  Errno::success);
        }
        // A directory below is a world of its own.
        program.reset();
        const uint32_t below = program.open_directory("dir");
        uint32_t fd = 0;
        CHECK(program.open(below, "../dir/file", 0, fd) == Errno::perm);
        CHECK(program.open(below, "sub/../../dir/file", 0, fd) == Errno::perm);
        CHECK(program.open(below, "sub/../file", 0, fd) == Errno::success);
        if (tree != Tree::memory) {
            CHECK(program.folder.read("secret") == "outside");
            CHECK_FALSE(program.folder.has("new"));
        }
    }
}

TEST_CASE("paths that stay inside are followed as on the host", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("a/b/c/file", "text");
        program.put_file("top.txt", "top");
        REQUIRE(program.symlink("a/b", "short") == Errno::success);
        REQUIRE(program.symlink("../../top.txt", "a/b/up") == Errno::success);
        REQUIRE(program.symlink("short/up", "two") == Errno::success);
        REQUIRE(program.symlink("c/", "a/b/slash") == Errno::success);
        for (const char* path :
             {"a/b/c/file", "./a/./b//c/file", "a/../a/b/c/file", "short/c/file",
              "short/../b/c/file", "a/b/slash/file", "a/b/c/../../../a/b/c/file"}) {
            INFO("path " << path);
            program.reset();
            const uint32_t fd = program.open_file(path);
            CHECK(program.read_all(fd) == "text");
            CHECK(program.call("fd_close", {fd}) == Errno::success);
        }
        for (const char* path : {"a/b/up", "short/up", "two"}) {
            INFO("path " << path);
            program.reset();
            const uint32_t fd = program.open_file(path);
            CHECK(program.read_all(fd) == "top");
            CHECK(program.call("fd_close", {fd}) == Errno::success);
        }
        // The kernel's walk and ours count links alike, near enough.
        REQUIRE(program.symlink("loop2", "loop") == Errno::success);
        REQUIRE(program.symlink("loop", "loop2") == Errno::success);
        REQUIRE(program.symlink("self/x", "self") == Errno::success);
        uint32_t fd = 0;
        for (const char* path : {"loop", "loop/", "loop/x", "self", "self/y"}) {
            INFO("path " << path);
            program.reset();
            CHECK(program.open(3, path, 0, fd) == Errno::loop);
            CHECK(program.stat(3, path, true, 64) == Errno::loop);
        }
        CHECK(program.stat(3, "loop", false, 64) == Errno::success);
        CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::symbolic_link));
        CHECK(program.open(3, "loop", 0, fd, rights::of_files, 0, false) == Errno::loop);
    }
}

TEST_CASE("a path that ends in a slash means a directory", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "text");
        program.put_file("dir/inner", "text");
        REQUIRE(program.symlink("file", "to_file") == Errno::success);
        REQUIRE(program.symlink("dir", "to_dir") == Errno::success);
        uint32_t fd = 0;
        CHECK(program.open(3, "file/", 0, fd) == Errno::notdir);
        CHECK(program.open(3, "to_file/", 0, fd) == Errno::notdir);
        CHECK(program.open(3, "to_file/", 0, fd, rights::of_files, 0, false) == Errno::notdir);
        CHECK(program.open(3, "dir/", 0, fd, rights::of_directories) == Errno::success);
        CHECK(program.open(3, "to_dir/", 0, fd, rights::of_directories, 0, false) ==
              Errno::success);
        CHECK(program.open(3, "new/", oflags::creat, fd) == Errno::isdir);
        CHECK(program.open(3, "file/", oflags::creat, fd) == Errno::isdir);
        CHECK(program.stat(3, "file/", true, 64) == Errno::notdir);
        CHECK(program.stat(3, "to_file/", false, 64) == Errno::notdir);
        CHECK(program.stat(3, "to_dir/", false, 64) == Errno::success);
        CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::directory));
        CHECK(program.at("path_unlink_file", 3, "file/") == Errno::notdir);
        CHECK(program.at("path_unlink_file", 3, "dir/") == Errno::isdir);
        CHECK(program.at("path_unlink_file", 3, "to_dir/") == Errno::notdir);
        CHECK(program.at("path_remove_directory", 3, "file/") == Errno::notdir);
        CHECK(program.at("path_remove_directory", 3, "to_dir/") == Errno::notdir);
        CHECK(program.at("path_create_directory", 3, "made/") == Errno::success);
        CHECK(program.at("path_create_directory", 3, "made/") == Errno::exist);
        CHECK(program.at("path_create_directory", 3, "file/") == Errno::exist);
        CHECK(program.symlink("x", "link/") == Errno::noent);
        CHECK(program.symlink("x", "dir/") == Errno::exist);
        CHECK(program.symlink("x", "file/") == Errno::notdir);
        CHECK(program.link(3, "file", 3, "hard/") == Errno::noent);
        CHECK(program.link(3, "file/", 3, "hard") == Errno::notdir);
        CHECK(program.rename(3, "file/", 3, "moved") == Errno::notdir);
        CHECK(program.rename(3, "file", 3, "moved/") == Errno::notdir);
        CHECK(program.rename(3, "made/", 3, "moved/") == Errno::success);
        CHECK(program.at("path_remove_directory", 3, "moved/") == Errno::success);
        CHECK(program.stat(3, "file", true, 64) == Errno::success);
    }
}

TEST_CASE("paths that are no paths", "[wasi]") {
    using namespace std::string_view_literals;
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "text");
        const std::string long_name(300, 'n');
        const std::string long_path(5000, '/');
        const struct {
            std::string_view path;
            Errno errno_;
        } cases[] = {
            {"", Errno::noent},
            {"file\0x"sv, Errno::inval},
            {"\0"sv, Errno::inval},
            {"file\0"sv, Errno::inval},
            {"\xff"sv, Errno::ilseq},
            {"a\xc0\x80"sv, Errno::ilseq},
            {long_name, Errno::nametoolong},
            {long_path, Errno::nametoolong},
            {"file/x", Errno::notdir},
            {"nothing/x", Errno::noent},
        };
        for (const auto& item : cases) {
            INFO("path of " << item.path.size() << ": " << item.path);
            program.reset();
            uint32_t fd = 0;
            CHECK(program.open(3, item.path, 0, fd) == item.errno_);
            CHECK(program.open(3, item.path, oflags::creat, fd) == item.errno_);
            CHECK(program.stat(3, item.path, true, 64) == item.errno_);
            CHECK(program.at("path_create_directory", 3, item.path) == item.errno_);
            CHECK(program.at("path_unlink_file", 3, item.path) == item.errno_);
            CHECK(program.at("path_remove_directory", 3, item.path) == item.errno_);
            CHECK(program.rename(3, "file", 3, item.path) == item.errno_);
            CHECK(program.rename(3, item.path, 3, "new") == item.errno_);
            CHECK(program.link(3, "file", 3, item.path) == item.errno_);
            CHECK(program.symlink("x", item.path) == item.errno_);
        }
        program.reset();
        CHECK(program.symlink("", "link") == Errno::noent);
        CHECK(program.symlink("a\0b"sv, "link") == Errno::inval);
        CHECK(program.symlink("/etc/passwd", "link") == Errno::perm);
        const Range name = program.put("file");
        CHECK(program.call("path_filestat_get", {3, 2, name.address, name.size, 64}) ==
              Errno::inval);
        CHECK(program.call("path_filestat_get", {3, 0, 0xffff'fffe, 4, 64}) == Errno::fault);
        CHECK(program.call("path_filestat_get", {3, 0, name.address, 0xffff'ffff, 64}) ==
              Errno::fault);
        CHECK(program.call("path_filestat_get", {0, 0, name.address, name.size, 64}) ==
              Errno::notdir);
        CHECK(program.call("path_filestat_get", {99, 0, name.address, name.size, 64}) ==
              Errno::badf);
    }
}

// A thread swaps a directory for a link that leads outside while paths go through it: what is
// reached is inside or nothing.
TEST_CASE("a race with whoever renames directories leads nowhere", "[wasi]") {
    for (const Tree tree : host_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("dir/file", "inside");
        const std::filesystem::path top = program.folder.path / "top";
        std::filesystem::create_directory(program.folder.path / "outer");
        program.folder.write("outer/file", "outside");
        std::filesystem::create_symlink("../outer", top / "link");
        std::atomic<bool> done{false};
        std::thread swapper([&] {
            while (!done.load()) {
                // Exchanges the two names at once.
                renameat2(AT_FDCWD, (top / "dir").c_str(), AT_FDCWD, (top / "link").c_str(),
                          RENAME_EXCHANGE);
            }
        });
        int reached = 0;
        int refused = 0;
        bool leaked = false;
        for (int i = 0; i < 3000; ++i) {
            program.reset();
            uint32_t fd = 0;
            if (program.open(3, "dir/file", 0, fd, rights::fd_read) != Errno::success) {
                ++refused;
                continue;
            }
            ++reached;
            std::string text;
            program.read(fd, 64, text);
            leaked = leaked || text != "inside";
            program.call("fd_close", {fd});
        }
        done.store(true);
        swapper.join();
        CHECK_FALSE(leaked);
        CHECK(reached + refused == 3000);
        CHECK(program.folder.read("outer/file") == "outside");
    }
}

TEST_CASE("a tree with /proc in it doesn't give the process away", "[wasi]") {
    if (access("/proc/self/mem", F_OK) != 0) {
        return;
    }
    for (const bool read_only : {false, true}) {
        Program program;
        std::shared_ptr<Directory> directory;
        REQUIRE(HostDirectory::open_tree("/", read_only, directory) == 0);
        REQUIRE(program.system.preopen_directory("/", directory).ok());
        uint32_t fd = 0;
        for (const char* path : {"proc", "proc/self/", "proc/thread-self/mem", "proc/self/mem",
                                 "proc/self/environ", "proc/self/maps", "proc/self/task"}) {
            INFO("path " << path);
            CHECK(program.open(3, path, 0, fd, rights::fd_read) == Errno::acces);
        }
        CHECK(program.open(3, "proc/self/mem", 0, fd, rights::fd_write) ==
              (read_only ? Errno::rofs : Errno::acces));
        // Links of another kind than those of files lead nowhere.
        CHECK(program.open(3, "proc/self/fd/0", 0, fd, rights::fd_read) != Errno::success);
        CHECK(program.open(3, "proc/self/root/etc", 0, fd, rights::fd_readdir) == Errno::loop);
    }
}

TEST_CASE("opening a FIFO or a device doesn't wait", "[wasi]") {
    for (const Tree tree : host_trees) {
        ProgramWithTree program(tree);
        REQUIRE(mkfifo((program.folder.path / "top" / "fifo").c_str(), 0600) == 0);
        uint32_t fd = 0;
        CHECK(program.open(3, "fifo", 0, fd, rights::fd_read) == Errno::success);
        CHECK(program.call("fd_fdstat_get", {fd, 64}) == Errno::success);
        CHECK(program.get<uint8_t>(64) == uint8_t(FileType::unknown));
        CHECK(program.call("fd_close", {fd}) == Errno::success);
        CHECK(program.open(3, "fifo", 0, fd, rights::fd_write) == Errno::nxio);
    }
}

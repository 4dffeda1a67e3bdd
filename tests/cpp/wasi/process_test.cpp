// SPDX-License-Identifier: Apache-2.0
// Arguments, environment, clocks, random numbers, the end of a program, and the table of functions.
#include <set>

#include "wasi_support.h"

using namespace wasi_support;

TEST_CASE("the two modules have their functions", "[wasi]") {
    const char* names[] = {"args_get",
                           "args_sizes_get",
                           "environ_get",
                           "environ_sizes_get",
                           "clock_res_get",
                           "clock_time_get",
                           "fd_advise",
                           "fd_allocate",
                           "fd_close",
                           "fd_datasync",
                           "fd_fdstat_get",
                           "fd_fdstat_set_flags",
                           "fd_fdstat_set_rights",
                           "fd_filestat_get",
                           "fd_filestat_set_size",
                           "fd_filestat_set_times",
                           "fd_pread",
                           "fd_prestat_get",
                           "fd_prestat_dir_name",
                           "fd_pwrite",
                           "fd_read",
                           "fd_readdir",
                           "fd_renumber",
                           "fd_seek",
                           "fd_sync",
                           "fd_tell",
                           "fd_write",
                           "path_create_directory",
                           "path_filestat_get",
                           "path_filestat_set_times",
                           "path_link",
                           "path_open",
                           "path_readlink",
                           "path_remove_directory",
                           "path_rename",
                           "path_symlink",
                           "path_unlink_file",
                           "poll_oneoff",
                           "proc_exit",
                           "proc_raise",
                           "random_get",
                           "sched_yield",
                           "sock_accept",
                           "sock_recv",
                           "sock_send",
                           "sock_shutdown"};
    CHECK(std::size(names) == 46);
    size_t count = 0;
    for (const auto functions : {process_functions(), descriptor_functions(), stream_functions(),
                                 path_functions(), poll_functions(), socket_functions()}) {
        count += functions.size();
    }
    CHECK(count == 46);
    for (const char* name : names) {
        INFO(name);
        CHECK(find_function(Edition::preview1, name) != nullptr);
        CHECK((find_function(Edition::unstable, name) != nullptr) ==
              (std::string_view(name) != "sock_accept"));
    }
    CHECK(find_function(Edition::preview1, "fd_dup") == nullptr);
    const auto type = [](const char* name) {
        return to_string(find_function(Edition::preview1, name)->type());
    };
    CHECK(type("fd_read") == "[i32 i32 i32 i32] -> [i32]");
    CHECK(type("fd_seek") == "[i32 i64 i32 i32] -> [i32]");
    CHECK(type("fd_pwrite") == "[i32 i32 i32 i64 i32] -> [i32]");
    CHECK(type("fd_advise") == "[i32 i64 i64 i32] -> [i32]");
    CHECK(type("fd_readdir") == "[i32 i32 i32 i64 i32] -> [i32]");
    CHECK(type("clock_time_get") == "[i32 i64 i32] -> [i32]");
    CHECK(type("path_open") == "[i32 i32 i32 i32 i32 i64 i64 i32 i32] -> [i32]");
    CHECK(type("path_filestat_set_times") == "[i32 i32 i32 i32 i64 i64 i32] -> [i32]");
    CHECK(type("path_link") == "[i32 i32 i32 i32 i32 i32 i32] -> [i32]");
    CHECK(type("path_rename") == "[i32 i32 i32 i32 i32 i32] -> [i32]");
    CHECK(type("proc_exit") == "[i32] -> []");
    CHECK(type("sched_yield") == "[] -> [i32]");
    CHECK(type("sock_recv") == "[i32 i32 i32 i32 i32 i32] -> [i32]");
    CHECK(type("sock_accept") == "[i32 i32 i32] -> [i32]");
}

TEST_CASE("a program has no arguments, environment or files unless it is given some", "[wasi]") {
    Program program;
    for (const char* name : {"args_sizes_get", "environ_sizes_get"}) {
        program.set<uint64_t>(0, UINT64_MAX);
        CHECK(program.call(name, {0, 4}) == Errno::success);
        CHECK(program.get<uint64_t>(0) == 0);
    }
    CHECK(program.call("args_get", {0, 0}) == Errno::success);
    CHECK(program.call("environ_get", {0, 0}) == Errno::success);
    CHECK(program.call("fd_prestat_get", {3, 0}) == Errno::badf);
    std::string text;
    CHECK(program.read(0, 10, text) == Errno::success);
    CHECK(text.empty());
    CHECK(program.write(1, "lost") == Errno::success);
    CHECK(program.written == 4);
    CHECK(program.write(2, "lost") == Errno::success);
    CHECK(program.write(0, "x") == Errno::notcapable);
    CHECK(program.read(1, 1, text) == Errno::notcapable);
    CHECK(program.write(3, "x") == Errno::badf);
}

TEST_CASE("arguments and environment", "[wasi]") {
    Program program;
    for (const char* text : {"program", "", "two words"}) {
        REQUIRE(program.system.add_argument(text).ok());
    }
    REQUIRE(program.system.add_variable("A", "").ok());
    REQUIRE(program.system.add_variable("B", "x=y").ok());
    CHECK(program.call("args_sizes_get", {0, 4}) == Errno::success);
    CHECK(program.get<uint32_t>(0) == 3);
    CHECK(program.get<uint32_t>(4) == 8 + 1 + 10);
    CHECK(program.call("args_get", {16, 100}) == Errno::success);
    CHECK(program.get<uint32_t>(16) == 100);
    CHECK(program.get<uint32_t>(20) == 108);
    CHECK(program.get<uint32_t>(24) == 109);
    CHECK(program.text(100, 19) == std::string("program\0\0two words\0", 19));
    CHECK(program.call("environ_sizes_get", {0, 4}) == Errno::success);
    CHECK(program.get<uint32_t>(0) == 2);
    CHECK(program.get<uint32_t>(4) == 9);
    CHECK(program.call("environ_get", {16, 200}) == Errno::success);
    CHECK(program.text(200, 9) == std::string("A=\0B=x=y\0", 9));
    // Just inside, and just not.
    const auto end = static_cast<uint32_t>(program.bytes.size());
    CHECK(program.call("args_get", {end - 12, 100}) == Errno::success);
    CHECK(program.call("args_get", {end - 11, 100}) == Errno::fault);
    CHECK(program.call("args_get", {16, end - 19}) == Errno::success);
    CHECK(program.call("args_get", {16, end - 18}) == Errno::fault);
    CHECK(program.call("args_sizes_get", {end - 4, 0}) == Errno::success);
    CHECK(program.call("args_sizes_get", {end - 3, 0}) == Errno::fault);
    CHECK(program.call("args_sizes_get", {0, 0xffff'fffd}) == Errno::fault);
    // The list of pointers is longer than the address space.
    CHECK(program.call("args_get", {0xffff'fff8, 100}) == Errno::fault);
}

TEST_CASE("clocks", "[wasi]") {
    Program program;
    for (uint32_t clock = 0; clock < 4; ++clock) {
        INFO("clock " << clock);
        CHECK(program.call("clock_res_get", {clock, 8}) == Errno::success);
        CHECK(program.get<uint64_t>(8) >= 1);
        CHECK(program.call("clock_time_get", {clock, 0, 16}) == Errno::success);
        CHECK(program.call("clock_time_get", {clock, 1000, 24}) == Errno::success);
        CHECK(program.get<uint64_t>(24) >= program.get<uint64_t>(16));
    }
    CHECK(program.call("clock_time_get", {0, 0, 16}) == Errno::success);
    const auto now = static_cast<uint64_t>(time(nullptr));
    CHECK(program.get<uint64_t>(16) / 1'000'000'000 >= now - 1);
    CHECK(program.get<uint64_t>(16) / 1'000'000'000 <= now + 1);
    CHECK(program.call("clock_time_get", {4, 0, 16}) == Errno::inval);
    CHECK(program.call("clock_res_get", {0xffff'ffff, 16}) == Errno::inval);
    CHECK(program.call("clock_time_get", {0, 0, 0xffff'fff9}) == Errno::fault);
    CHECK(program.call("clock_res_get", {0, 0x40000 - 7}) == Errno::fault);
}

TEST_CASE("random bytes, as many as the limit allows", "[wasi]") {
    Program program;
    SystemLimits limits;
    limits.random_bytes = 100'000;
    program.system.set_limits(limits);
    CHECK(program.call("random_get", {0, 0}) == Errno::success);
    CHECK(program.call("random_get", {0x40000, 0}) == Errno::success);
    CHECK(program.call("random_get", {0x40001, 0}) == Errno::fault);
    CHECK(program.call("random_get", {0, 0x40001}) == Errno::fault);
    CHECK(program.call("random_get", {0xffff'ffff, 0xffff'ffff}) == Errno::fault);
    CHECK(program.call("random_get", {0, 90'000}) == Errno::success);
    std::set<uint8_t> seen(program.bytes.begin(), program.bytes.begin() + 90'000);
    CHECK(seen.size() == 256);
    CHECK(program.get<uint8_t>(90'000) == 0);
    CHECK(program.call("random_get", {0, 10'001}) == Errno::io);
    CHECK(program.call("random_get", {0, 10'000}) == Errno::success);
    CHECK(program.call("random_get", {0, 1}) == Errno::io);
}

TEST_CASE("the process", "[wasi]") {
    Program program;
    CHECK(program.call("sched_yield", {}) == Errno::success);
    CHECK(program.call("proc_raise", {6}) == Errno::nosys);
    for (const uint32_t status : {0u, 1u, 255u, 256u, 0xffff'ffffu}) {
        program.call("proc_exit", {status});
        REQUIRE(program.error != nullptr);
        CHECK(program.error->kind == ErrorKind::exit);
        CHECK(program.error->exit_status == static_cast<int32_t>(status));
    }
    CHECK(program.error->message == "exit status -1");
}

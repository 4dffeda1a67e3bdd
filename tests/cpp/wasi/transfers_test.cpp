// SPDX-License-Identifier: Apache-2.0
// What is read and written: lists of ranges (row 34 of the checklist of attacks), streams, and the
// work that a program can cause (row 36).
#include <fcntl.h>
#include <pty.h>

#include <random>
#include <thread>

#include "wasi/host_socket.h"
#include "wasi/streams.h"
#include "wasi_support.h"

using namespace wasi_support;

namespace {

// Gives bytes one after the other, then ends, then fails.
class TestSource : public InputSource {
public:
    ErrorPtr read(uint8_t* data, size_t size, size_t& count) override {
        count = std::min(size, text.size());
        std::copy_n(text.begin(), count, data);
        text.erase(0, count);
        largest = std::max(largest, size);
        if (fails) {
            return make_error(ErrorKind::host, "source failed");
        }
        return nullptr;
    }
    std::string text = "some input";
    size_t largest = 0;
    bool fails = false;
};

class TestTarget : public OutputTarget {
public:
    explicit TestTarget(std::string& text) : text_(text) {}
    Errno write(Call& call, std::span<const uint8_t> bytes, bool, size_t& count) override {
        if (text_ == "fail") {
            return call.end_with(make_error(ErrorKind::host, "target failed"));
        }
        count = bytes.size();
        text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return Errno::success;
    }

private:
    std::string& text_;
};

// Reads what a pipe holds.
std::string drain(int fd) {
    std::string all;
    char buffer[4096];
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        all.append(buffer, size_t(got));
    }
    return all;
}

}  // namespace

TEST_CASE("lists of ranges are checked as a whole before anything happens", "[wasi]") {
    for (const Tree tree : all_trees) {
        INFO("tree " << int(tree));
        ProgramWithTree program(tree);
        program.put_file("file", "0123456789");
        const uint32_t fd = program.open_file("file");
        const uint32_t to = program.room(64);
        const struct {
            const char* what;
            uint32_t list;
            uint32_t count;
            Errno errno_;
            uint32_t moved;
        } cases[] = {
            {"none", 0xffff'ffff, 0, Errno::fault, 0},
            {"none at the end", 0x40000, 0, Errno::success, 0},
            {"one of nothing", program.list({{to, 0}}), 1, Errno::success, 0},
            {"nothing beyond the end", program.list({{0x40001, 0}}), 1, Errno::fault, 0},
            {"nothing at the end", program.list({{0x40000, 0}, {to, 2}}), 2, Errno::success, 2},
            {"beyond the end", program.list({{to, 4}, {0x3ffff, 2}}), 2, Errno::fault, 0},
            {"wraps", program.list({{0xffff'fff0, 0x20}}), 1, Errno::fault, 0},
            {"all of 32 bits", program.list({{0, 0xffff'ffff}}), 1, Errno::fault, 0},
            {"the list beyond the end", 0x3fffc, 1, Errno::fault, 0},
            {"the list wraps", 0xffff'fff8, 2, Errno::fault, 0},
            {"count times 8 wraps", program.list({{to, 4}}), 0x2000'0001, Errno::inval, 0},
            {"more than allowed", 0, 1025, Errno::inval, 0},
            {"overlapping", program.list({{to, 4}, {to + 2, 4}}), 2, Errno::success, 8},
        };
        for (const auto& item : cases) {
            INFO(item.what);
            for (const char* function : {"fd_pread", "fd_pwrite"}) {
                program.set<uint32_t>(128, 77);
                CHECK(program.call(function, {fd, item.list, item.count, 0, 128}) == item.errno_);
                CHECK(program.get<uint32_t>(128) ==
                      (item.errno_ == Errno::success ? item.moved : 77));
            }
            program.put_file("file", "0123456789");
        }
        // The list itself may be read over.
        const uint32_t self = program.room(8);
        program.set<uint32_t>(self, self);
        program.set<uint32_t>(self + 4, 8);
        CHECK(program.call("fd_pread", {fd, self, 1, 0, 128}) == Errno::success);
        CHECK(program.text(self, 8) == "01234567");
        CHECK(program.call("fd_pread", {fd, program.list({{to, 4}}), 1, 0, 0x40000 - 3}) ==
              Errno::fault);
        // So many ranges that the host takes them in several calls.
        SystemLimits limits;
        limits.iovecs = 5000;
        program.system.set_limits(limits);
        const uint32_t many = 0x10000;
        for (uint32_t i = 0; i < 5000; ++i) {
            program.set<uint32_t>(many + 8 * i, 0x20000 + i);
            program.set<uint32_t>(many + 8 * i + 4, 1);
            program.set<uint8_t>(0x20000 + i, static_cast<uint8_t>(i * 7));
        }
        CHECK(program.call("fd_pwrite", {fd, many, 5000, 0, 128}) == Errno::success);
        CHECK(program.get<uint32_t>(128) == 5000);
        std::fill_n(program.bytes.begin() + 0x20000, 5000, uint8_t(0));
        CHECK(program.call("fd_pread", {fd, many, 5000, 0, 128}) == Errno::success);
        CHECK(program.get<uint32_t>(128) == 5000);
        CHECK(program.get<uint8_t>(0x20000 + 4999) == uint8_t(4999 * 7));
        // As much as it takes to get beyond 32 bits: counted, and cut.
        if (tree == Tree::memory) {
            for (uint32_t i = 0; i < 5000; ++i) {
                program.set<uint32_t>(many + 8 * i, 0);
                program.set<uint32_t>(many + 8 * i + 4, 0x40000);
            }
            uint32_t discarded = 1;
            CHECK(program.call("fd_write", {discarded, many, 5000, 128}) == Errno::success);
            CHECK(program.get<uint32_t>(128) == 5000u * 0x40000u);
            CHECK(program.call("fd_write", {discarded, many, 5000, 128}) == Errno::success);
        }
    }
}

TEST_CASE("standard input from bytes", "[wasi]") {
    Program program;
    const std::string text = "line 1\nline 2\n";
    program.system.set_stream(
        0, std::make_shared<BytesInput>(std::vector<uint8_t>(text.begin(), text.end())));
    std::string part;
    CHECK(program.read(0, 7, part) == Errno::success);
    CHECK(part == "line 1\n");
    CHECK(program.read(0, 0, part) == Errno::success);
    CHECK(part.empty());
    CHECK(program.read(0, 100, part) == Errno::success);
    CHECK(part == "line 2\n");
    CHECK(program.read(0, 100, part) == Errno::success);
    CHECK(part.empty());
    CHECK(program.call("fd_seek", {0, 0, 0, 64}) == Errno::notcapable);
    CHECK(program.call("fd_fdstat_get", {0, 64}) == Errno::success);
    CHECK(program.get<uint8_t>(64) == uint8_t(FileType::unknown));
    CHECK(program.call("fd_filestat_get", {0, 64}) == Errno::success);
    CHECK(program.call("fd_pread", {0, 0, 0, 0, 64}) == Errno::notcapable);
}

TEST_CASE("standard input from a source", "[wasi]") {
    Program program;
    auto made = std::make_unique<TestSource>();
    TestSource& source = *made;
    program.system.set_stream(0, std::make_shared<SourceInput>(std::move(made)));
    std::string part;
    CHECK(program.read(0, 4, part) == Errno::success);
    CHECK(part == "some");
    CHECK(program.read(0, 0x20000, part) == Errno::success);
    CHECK(part == " input");
    CHECK(source.largest == 65536);
    CHECK(program.read(0, 10, part) == Errno::success);
    CHECK(part.empty());
    source.fails = true;
    program.read(0, 10, part);
    REQUIRE(program.error != nullptr);
    CHECK(program.error->kind == ErrorKind::host);
    CHECK(program.error->message == "source failed");
    // Nothing asked for: nobody is called.
    program.read(0, 0, part);
    CHECK(program.error == nullptr);
}

TEST_CASE("output is captured, up to the limit", "[wasi]") {
    Program program;
    SystemLimits limits;
    limits.output_bytes = 10;
    program.system.set_limits(limits);
    program.system.set_output(1, std::make_unique<CapturedOutput>());
    std::string target;
    program.system.set_output(2, std::make_unique<TestTarget>(target));
    const auto captured = [&] {
        const auto* bytes = program.system.output(1).target()->captured();
        return std::string(bytes->begin(), bytes->end());
    };
    CHECK(program.write(1, "0123456") == Errno::success);
    CHECK_FALSE(program.system.output(1).allowance.refused());
    CHECK(program.write(1, "789abc") == Errno::success);
    CHECK(program.written == 3);
    CHECK(program.write(1, "x") == Errno::nospc);
    CHECK(program.system.output(1).allowance.refused());
    CHECK(captured() == "0123456789");
    CHECK(program.write(2, "error") == Errno::success);
    CHECK(target == "error");
    // A limit that is lifted.
    limits.output_bytes = UINT64_MAX;
    program.system.set_limits(limits);
    CHECK(program.write(1, "!") == Errno::success);
    CHECK(captured() == "0123456789!");
    target = "fail";
    program.write(2, "x");
    REQUIRE(program.error != nullptr);
    CHECK(program.error->message == "target failed");
    // The capture stays when the program closes its descriptor.
    CHECK(program.call("fd_close", {1}) == Errno::success);
    CHECK(captured() == "0123456789!");
    // Unless told otherwise captured output has a limit and discarded output has none.
    Program fresh;
    CHECK(fresh.system.output(1).allowance.left() == UINT64_MAX);
    fresh.system.set_output(1, std::make_unique<CapturedOutput>());
    CHECK(fresh.system.output(1).allowance.left() == 16 << 20);
}

TEST_CASE("streams that are descriptors of the process", "[wasi]") {
    Program program;
    int in[2];
    int out[2];
    REQUIRE(pipe(in) == 0);
    REQUIRE(pipe(out) == 0);
    program.system.set_stream(0, make_host_input(in[0]));
    program.system.set_output(1, make_host_output(out[1], false));
    close(in[0]);
    REQUIRE(write(in[1], "typed", 5) == 5);
    std::string part;
    CHECK(program.read(0, 100, part) == Errno::success);
    CHECK(part == "typed");
    CHECK(program.call("fd_fdstat_set_flags", {0, fdflags::nonblock}) == Errno::success);
    CHECK(program.read(0, 100, part) == Errno::again);
    // The process's own descriptor still waits.
    CHECK((fcntl(in[1], F_GETFL) & O_NONBLOCK) == 0);
    close(in[1]);
    CHECK(program.read(0, 100, part) == Errno::success);
    CHECK(part.empty());
    // More than a pipe holds, while somebody reads.
    const std::string much(200'000, 'm');
    std::string got;
    std::thread reader([&] { got = drain(out[0]); });
    CHECK(program.write(1, much.substr(0, 100'000)) == Errno::success);
    program.reset();
    CHECK(program.write(1, much.substr(0, 100'000)) == Errno::success);
    CHECK(program.written == 100'000);
    close(out[1]);
    CHECK(program.call("fd_close", {1}) == Errno::success);
    program.system.set_output(1, nullptr);
    reader.join();
    CHECK(got == much);
    close(out[0]);
    // Nobody reads: an errno, no signal.
    REQUIRE(pipe(out) == 0);
    program.system.set_output(2, make_host_output(out[1], false));
    close(out[0]);
    CHECK(program.write(2, "x") == Errno::pipe);
    close(out[1]);
    CHECK(make_host_input(-1) == nullptr);
    CHECK(make_host_output(12345, true) == nullptr);
    const int folder = open("/tmp", O_RDONLY | O_DIRECTORY);
    CHECK(make_host_input(folder) == nullptr);
    close(folder);
}

TEST_CASE("a file as standard input is read and left alone", "[wasi]") {
    Program program;
    Folder folder;
    folder.write("file", "content");
    const int fd = open((folder.path / "file").c_str(), O_RDWR);
    program.system.set_stream(0, make_host_input(fd));
    std::string part;
    CHECK(program.read(0, 100, part) == Errno::success);
    CHECK(part == "content");
    CHECK(program.call("fd_seek", {0, 0, 0, 64}) == Errno::success);
    CHECK(program.write(0, "x") == Errno::notcapable);
    CHECK(program.call("fd_filestat_set_size", {0, 0}) == Errno::notcapable);
    CHECK(program.call("fd_allocate", {0, 0, 100}) == Errno::notcapable);
    CHECK(program.call("fd_filestat_set_times", {0, 0, 0, 2}) == Errno::notcapable);
    CHECK(program.call("fd_fdstat_set_flags", {0, fdflags::append}) == Errno::success);
    CHECK((fcntl(fd, F_GETFL) & O_APPEND) == 0);
    close(fd);
    CHECK(folder.read("file") == "content");
}

TEST_CASE("control characters don't get to a terminal", "[wasi]") {
    Program program;
    int master = -1;
    int slave = -1;
    REQUIRE(openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
    termios raw{};
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    program.system.set_output(1, make_host_output(slave, false));
    program.system.set_output(2, make_host_output(slave, true));
    CHECK(program.call("fd_fdstat_get", {1, 64}) == Errno::success);
    CHECK(program.get<uint8_t>(64) == uint8_t(FileType::character_device));
    CHECK((program.get<uint64_t>(64 + 8) & (rights::fd_seek | rights::fd_tell)) == 0);
    const auto shown = [&](uint32_t fd, std::string_view text) {
        CHECK(program.write(fd, text) == Errno::success);
        CHECK(program.written == text.size());
        char buffer[256];
        const ssize_t size = read(master, buffer, sizeof buffer);
        return std::string(buffer, size_t(std::max<ssize_t>(size, 0)));
    };
    const std::string mark = "\xef\xbf\xbd";
    CHECK(shown(1, "a\tb\r\n") == "a\tb\r\n");
    CHECK(shown(1, "\x1b[2J!") == mark + "[2J!");
    CHECK(shown(1, "\x07\x08\x7f.") == mark + mark + mark + ".");
    CHECK(shown(1,
                "\xc2\x9b"
                "31m") == mark + "31m");
    CHECK(shown(1, "\xc3\xa9\xc2\xa9") == "\xc3\xa9\xc2\xa9");
    CHECK(shown(1, "\xc2\x1b[m") == mark + "[m");
    CHECK(shown(2, "\x1b[m") == "\x1b[m");
    close(slave);
    close(master);
}

TEST_CASE("no argument makes a function crash", "[wasi]") {
    std::mt19937_64 random(20261126);
    std::vector<const Function*> functions;
    for (const auto some : {process_functions(), descriptor_functions(), stream_functions(),
                            path_functions(), socket_functions(), poll_functions()}) {
        for (const Function& function : some) {
            functions.push_back(&function);
        }
    }
    for (const Tree tree : all_trees) {
        ProgramWithTree program(tree);
        program.put_file("a/b", "text");
        SystemLimits limits;
        limits.memory_bytes = 1 << 20;
        limits.random_bytes = 1 << 20;
        program.system.set_limits(limits);
        const char* names[] = {"a", "a/b", "..", "/", "a/../a", "x", "a/", "./x"};
        for (int i = 0; i < 20'000; ++i) {
            program.reset();
            program.edition = random() % 4 == 0 ? Edition::unstable : Edition::preview1;
            const Function& function = *functions[random() % functions.size()];
            const FunctionType type = function.type();
            const std::string_view name = names[random() % std::size(names)];
            const Range path = program.put(name);
            const uint32_t list = program.list({path, {2048, uint32_t(random() % 64)}});
            std::vector<Value> args;
            for (const ValueType& param : type.params) {
                uint64_t value = 0;
                switch (random() % 8) {
                    case 0:
                        value = random();
                        break;
                    case 1:
                        value = path.address;
                        break;
                    case 2:
                        value = path.size;
                        break;
                    case 3:
                        value = list;
                        break;
                    case 4:
                        value = 0x40000 - random() % 40;
                        break;
                    case 5:
                        value = UINT64_MAX - random() % 40;
                        break;
                    default:
                        value = random() % 8;
                        break;
                }
                args.push_back({param == ValueType::i32 ? uint32_t(value) : value, 0});
            }
            // What may well wait for ever: a clock far away.
            if (function.name == "poll_oneoff") {
                program.set<uint64_t>(list + 8, 0xff);
            }
            Value result;
            Call running{program.system, *program.store, GuestMemory(&program.view),
                         program.edition};
            const ErrorPtr error = function.call(running, args.data(), &result);
            CHECK((error == nullptr || error->kind == ErrorKind::exit));
            if (result.low > 76) {
                FAIL(function.name << " gave " << result.low);
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Waiting (row 35 of the checklist of attacks), and sockets.
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "wasi/host_socket.h"
#include "wasi_support.h"

using namespace wasi_support;

namespace {

constexpr uint64_t millisecond = 1'000'000;

double now_ms() {
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// Lists of subscriptions, and what happened.
struct Poll {
    explicit Poll(Program& owner) : program(owner), at(0x8000) {}

    void clock(uint64_t userdata, uint32_t id, uint64_t timeout, uint16_t flags) {
        const bool old = program.edition == Edition::unstable;
        begin(userdata, 0);
        program.set<uint32_t>(at + (old ? 24 : 16), id);
        program.set<uint64_t>(at + (old ? 32 : 24), timeout);
        program.set<uint64_t>(at + (old ? 40 : 32), 0);
        program.set<uint16_t>(at + (old ? 48 : 40), flags);
        at += old ? 56 : 48;
    }
    void descriptor(uint64_t userdata, uint8_t tag, uint32_t fd) {
        begin(userdata, tag);
        program.set<uint32_t>(at + 16, fd);
        at += program.edition == Edition::unstable ? 56 : 48;
    }
    Errno run() {
        const double start = now_ms();
        const Errno result = program.call("poll_oneoff", {0x8000, 0x20000, count, 64});
        took_ms = now_ms() - start;
        events = result == Errno::success ? program.get<uint32_t>(64) : 0;
        return result;
    }
    struct Event {
        uint64_t userdata;
        Errno error;
        uint8_t type;
        uint64_t bytes;
        uint16_t flags;
    };
    Event event(uint32_t index) const {
        const uint32_t from = 0x20000 + 32 * index;
        return {program.get<uint64_t>(from), Errno(program.get<uint16_t>(from + 8)),
                program.get<uint8_t>(from + 10), program.get<uint64_t>(from + 16),
                program.get<uint16_t>(from + 24)};
    }

    Program& program;
    uint32_t at;
    uint32_t count = 0;
    uint32_t events = 0;
    double took_ms = 0;

private:
    void begin(uint64_t userdata, uint8_t tag) {
        program.set<uint64_t>(at, userdata);
        program.set<uint8_t>(at + 8, tag);
        ++count;
    }
};

}  // namespace

TEST_CASE("poll_oneoff: clocks", "[wasi]") {
    for (const Edition edition : {Edition::preview1, Edition::unstable}) {
        Program program;
        program.edition = edition;
        uint64_t now = 0;
        {
            Poll poll(program);
            poll.clock(42, 1, 20 * millisecond, 0);
            poll.clock(43, 0, 10'000 * millisecond, 0);
            CHECK(poll.run() == Errno::success);
            CHECK(poll.events == 1);
            CHECK(poll.event(0).userdata == 42);
            CHECK(poll.event(0).error == Errno::success);
            CHECK(poll.event(0).type == 0);
            CHECK(poll.took_ms >= 20);
            CHECK(poll.took_ms < 5000);
        }
        for (const uint32_t id : {0u, 1u}) {
            CHECK(program.call("clock_time_get", {id, 0, 64}) == Errno::success);
            now = program.get<uint64_t>(64);
            Poll poll(program);
            poll.clock(7, id, now + 15 * millisecond, 1);
            CHECK(poll.run() == Errno::success);
            CHECK(poll.events == 1);
            CHECK(poll.took_ms >= 14);
            CHECK(poll.took_ms < 5000);
        }
        {
            // In the past, now, and never.
            Poll poll(program);
            poll.clock(1, 1, 0, 0);
            poll.clock(2, 1, 1, 1);
            poll.clock(3, 0, 1, 1);
            poll.clock(4, 1, UINT64_MAX, 0);
            poll.clock(5, 1, UINT64_MAX, 1);
            poll.clock(6, 0, UINT64_MAX, 1);
            CHECK(poll.run() == Errno::success);
            CHECK(poll.events == 3);
            CHECK(poll.event(2).userdata == 3);
        }
        {
            // What can't be waited for is said at once.
            Poll poll(program);
            poll.clock(1, 2, 0, 0);
            poll.clock(2, 3, 0, 0);
            poll.clock(3, 4, 0, 0);
            poll.clock(4, 1, 0, 2);
            poll.clock(5, 1, UINT64_MAX, 0);
            CHECK(poll.run() == Errno::success);
            REQUIRE(poll.events == 4);
            CHECK(poll.event(0).error == Errno::notsup);
            CHECK(poll.event(1).error == Errno::notsup);
            CHECK(poll.event(2).error == Errno::inval);
            CHECK(poll.event(3).error == Errno::inval);
        }
    }
}

TEST_CASE("poll_oneoff: what isn't a list of subscriptions", "[wasi]") {
    Program program;
    CHECK(program.call("poll_oneoff", {0, 0x20000, 0, 64}) == Errno::inval);
    CHECK(program.call("poll_oneoff", {0, 0x20000, 4097, 64}) == Errno::inval);
    CHECK(program.call("poll_oneoff", {0, 0x20000, 0xffff'ffff, 64}) == Errno::inval);
    CHECK(program.call("poll_oneoff", {0x40000 - 47, 0x20000, 1, 64}) == Errno::fault);
    CHECK(program.call("poll_oneoff", {0x8000, 0x40000 - 31, 1, 64}) == Errno::fault);
    CHECK(program.call("poll_oneoff", {0x8000, 0x20000, 1, 0x40000 - 3}) == Errno::fault);
    CHECK(program.call("poll_oneoff", {0xffff'fff0, 0x20000, 1, 64}) == Errno::fault);
    Poll poll(program);
    poll.descriptor(1, 3, 0);
    CHECK(poll.run() == Errno::inval);
    // The events may be written over the subscriptions.
    Poll over(program);
    over.clock(1, 1, 0, 0);
    over.clock(2, 1, 0, 0);
    over.clock(3, 1, 0, 0);
    CHECK(program.call("poll_oneoff", {0x8000, 0x8000, 3, 64}) == Errno::success);
    CHECK(program.get<uint32_t>(64) == 3);
    CHECK(program.get<uint64_t>(0x8000 + 64) == 3);
}

TEST_CASE("poll_oneoff: descriptors", "[wasi]") {
    ProgramWithTree program(Tree::memory);
    program.put_file("file", "12345");
    int in[2];
    REQUIRE(pipe(in) == 0);
    program.system.set_stream(0, make_host_input(in[0]));
    const uint32_t file = program.open_file("file");
    {
        Poll poll(program);
        poll.descriptor(1, 1, 0);
        poll.descriptor(2, 1, file);
        poll.descriptor(3, 2, file);
        poll.descriptor(4, 2, 1);
        poll.descriptor(5, 1, 99);
        poll.descriptor(6, 2, 0);  // without the right
        poll.descriptor(7, 1, 3);  // a directory
        poll.clock(8, 1, UINT64_MAX, 0);
        CHECK(poll.run() == Errno::success);
        REQUIRE(poll.events == 6);
        CHECK(poll.event(0).userdata == 2);
        CHECK(poll.event(0).type == 1);
        CHECK(poll.event(0).bytes == 5);
        CHECK(poll.event(1).userdata == 3);
        CHECK(poll.event(1).type == 2);
        CHECK(poll.event(2).userdata == 4);
        CHECK(poll.event(3).error == Errno::badf);
        CHECK(poll.event(4).error == Errno::notcapable);
        CHECK(poll.event(5).error == Errno::notcapable);
    }
    {
        // A pipe that gets something meanwhile, subscribed to twice.
        ssize_t written = 0;
        std::thread writer([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            written = write(in[1], "abc", 3);
        });
        Poll poll(program);
        poll.descriptor(1, 1, 0);
        poll.descriptor(2, 1, 0);
        poll.clock(3, 1, 20'000 * millisecond, 0);
        CHECK(poll.run() == Errno::success);
        writer.join();
        CHECK(written == 3);
        REQUIRE(poll.events == 2);
        CHECK(poll.event(0).bytes == 3);
        CHECK(poll.event(0).flags == 0);
        CHECK(poll.took_ms < 10'000);
    }
    {
        close(in[1]);
        std::string part;
        CHECK(program.read(0, 10, part) == Errno::success);
        Poll poll(program);
        poll.descriptor(1, 1, 0);
        CHECK(poll.run() == Errno::success);
        REQUIRE(poll.events == 1);
        CHECK(poll.event(0).flags == 1);
        close(in[0]);
    }
}

TEST_CASE("a wait ends within milliseconds of a stop", "[wasi]") {
    Program program;
    int in[2];
    REQUIRE(pipe(in) == 0);
    program.system.set_stream(0, make_host_input(in[0]));
    std::vector<double> latencies;
    for (int i = 0; i < 40; ++i) {
        std::atomic<double> stopped{0};
        std::thread stopper([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
            stopped = now_ms();
            program.store->request_stop(i % 2 == 0 ? StopReason::interrupted : StopReason::timeout);
        });
        Errno result = Errno::success;
        if (i % 4 < 2) {
            Poll poll(program);
            poll.clock(1, 1, UINT64_MAX, 0);
            result = poll.run();
        } else {
            program.reset();
            std::string part;
            result = program.read(0, 10, part);
        }
        latencies.push_back(now_ms() - stopped);
        stopper.join();
        CHECK(result == Errno::intr);
        // As long as the program is to end nothing waits.
        Poll again(program);
        again.clock(1, 1, UINT64_MAX, 0);
        CHECK(again.run() == Errno::intr);
        program.store->clear_stop(StopReason::interrupted);
        program.store->clear_stop(StopReason::timeout);
    }
    std::sort(latencies.begin(), latencies.end());
    CHECK(latencies[20] < 5);
    close(in[0]);
    close(in[1]);
}

namespace {

class TestPause : public PauseCallable {
public:
    TestPause(int& count, int most) : count_(count), most_(most) {}
    ErrorPtr call(bool& /*again*/) override {
        return ++count_ < most_ ? nullptr : make_error(ErrorKind::host, "paused for good");
    }

private:
    int& count_;
    const int most_;
};

}  // namespace

TEST_CASE("pauses are held while a program waits", "[wasi]") {
    Program program;
    int count = 0;
    program.store->set_pauses(std::make_shared<Pauses>(*program.store, std::chrono::hours(1),
                                                       std::make_unique<TestPause>(count, 3)));
    std::atomic<bool> done{false};
    std::thread pauser([&] {
        while (!done.load()) {
            program.store->request_stop(StopReason::pause);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    Poll poll(program);
    poll.clock(1, 1, UINT64_MAX, 0);
    CHECK(poll.run() != Errno::success);
    done.store(true);
    pauser.join();
    CHECK(count == 3);
    REQUIRE(program.error != nullptr);
    CHECK(program.error->message == "paused for good");
    program.store->set_pauses(nullptr);
}

TEST_CASE("sockets", "[wasi]") {
    Program program;
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(HostSocket::copy_of(-1) == nullptr);
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    CHECK(HostSocket::copy_of(pipes[0]) == nullptr);
    close(pipes[0]);
    close(pipes[1]);
    REQUIRE(program.system.preopen_socket(HostSocket::copy_of(pair[0])).ok());
    close(pair[0]);
    const int other = pair[1];
    CHECK(program.call("fd_prestat_get", {3, 64}) == Errno::badf);
    CHECK(program.call("fd_fdstat_get", {3, 64}) == Errno::success);
    CHECK(program.get<uint8_t>(64) == uint8_t(FileType::socket_stream));
    CHECK(program.call("fd_filestat_get", {3, 64}) == Errno::success);
    CHECK(program.get<uint8_t>(64 + 16) == uint8_t(FileType::socket_stream));

    const uint32_t to = program.room(64);
    const uint32_t list = program.list({{to, 2}, {to + 2, 62}});
    REQUIRE(write(other, "hello", 5) == 5);
    const auto receive = [&](uint32_t flags) {
        const Errno result = program.call("sock_recv", {3, list, 2, flags, 64, 72});
        return result == Errno::success ? program.text(to, program.get<uint32_t>(64))
                                        : "errno " + std::to_string(unsigned(result));
    };
    CHECK(receive(riflags::peek) == "hello");
    CHECK(receive(0) == "hello");
    CHECK(program.get<uint16_t>(72) == 0);
    CHECK(receive(4) == "errno 28");
    // All that was asked for, as it comes.
    std::thread writer([&] {
        for (int i = 0; i < 8; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            CHECK(write(other, "12345678", 8) == 8);
        }
    });
    CHECK(receive(riflags::waitall).size() == 64);
    writer.join();
    CHECK(program.call("fd_fdstat_set_flags", {3, fdflags::nonblock}) == Errno::success);
    CHECK(receive(0) == "errno 6");
    {
        Poll poll(program);
        poll.descriptor(1, 1, 3);
        poll.descriptor(2, 2, 3);
        CHECK(poll.run() == Errno::success);
        REQUIRE(poll.events == 1);
        CHECK(poll.event(0).userdata == 2);
    }
    const uint32_t out = program.list({program.put("send"), program.put("ing")});
    CHECK(program.call("sock_send", {3, out, 2, 0, 64}) == Errno::success);
    CHECK(program.get<uint32_t>(64) == 7);
    CHECK(program.call("sock_send", {3, out, 2, 1, 64}) == Errno::inval);
    CHECK(program.call("sock_send", {3, out, 2, 0, 0x40000 - 3}) == Errno::fault);
    CHECK(program.call("sock_recv", {3, list, 2, 0, 64, 0x40000 - 1}) == Errno::fault);
    CHECK(program.call("sock_recv", {3, 0x40000, 1, 0, 64, 72}) == Errno::fault);
    char buffer[16];
    CHECK(read(other, buffer, sizeof buffer) == 7);
    CHECK(program.write(3, "as a file") == Errno::success);
    CHECK(read(other, buffer, sizeof buffer) == 9);
    CHECK(program.call("fd_seek", {3, 0, 0, 64}) == Errno::notcapable);
    CHECK(program.call("sock_accept", {3, 0, 64}) == Errno::inval);
    CHECK(program.call("sock_accept", {3, 1, 64}) == Errno::inval);
    CHECK(program.call("sock_shutdown", {3, 0}) == Errno::inval);
    CHECK(program.call("sock_shutdown", {3, 4}) == Errno::inval);
    CHECK(program.call("sock_shutdown", {3, sdflags::send}) == Errno::success);
    CHECK(read(other, buffer, sizeof buffer) == 0);
    CHECK(program.call("sock_send", {3, out, 2, 0, 64}) == Errno::pipe);
    close(other);
    CHECK(receive(0).empty());
}

TEST_CASE("a socket that listens", "[wasi]") {
    Program program;
    Folder folder;
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct {
        sa_family_t family = AF_UNIX;
        char path[108] = {};
    } address;
    const std::string path = folder.path / "socket";
    path.copy(address.path, sizeof address.path - 1);
    const auto* host = reinterpret_cast<const sockaddr*>(&address);
    REQUIRE(bind(listener, host, sizeof address) == 0);
    REQUIRE(listen(listener, 4) == 0);
    REQUIRE(program.system.preopen_socket(HostSocket::copy_of(listener)).ok());
    CHECK(program.call("fd_fdstat_set_flags", {3, fdflags::nonblock}) == Errno::success);
    CHECK(program.call("sock_accept", {3, 0, 64}) == Errno::again);
    CHECK(program.call("fd_fdstat_set_flags", {3, 0}) == Errno::success);
    int client = -1;
    std::thread connector([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        client = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(connect(client, host, sizeof address) == 0);
    });
    CHECK(program.call("sock_accept", {3, fdflags::nonblock, 64}) == Errno::success);
    connector.join();
    CHECK(program.get<uint32_t>(64) == 4);
    std::string part;
    CHECK(program.read(4, 10, part) == Errno::again);
    CHECK(write(client, "x", 1) == 1);
    CHECK(program.read(4, 10, part) == Errno::success);
    CHECK(part == "x");
    CHECK(program.call("sock_accept", {3, fdflags::append, 64}) == Errno::inval);
    CHECK(program.call("sock_accept", {3, 0, 0x40000 - 3}) == Errno::fault);
    SystemLimits limits;
    limits.descriptors = 5;
    program.system.set_limits(limits);
    CHECK(program.call("sock_accept", {3, 0, 64}) == Errno::mfile);
    // A stop finds a program that waits for a connection.
    limits.descriptors = 10;
    program.system.set_limits(limits);
    std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        program.store->request_stop(StopReason::interrupted);
    });
    CHECK(program.call("sock_accept", {3, 0, 64}) == Errno::intr);
    stopper.join();
    close(client);
    close(listener);
}

// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "interp/execute.h"
#include "interp/interp_support.h"
#include "interp/stops.h"
#include "interp/wat_modules.h"
#include "runtime/bulk.h"

// Stops after which the program goes on, and stops in the middle of long instructions.
using namespace interp_support;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

class PauseLambda : public PauseCallable {
public:
    using Function = std::function<ErrorPtr(bool& again)>;
    explicit PauseLambda(Function function) : function_(std::move(function)) {}
    ErrorPtr call(bool& again) override { return function_(again); }

private:
    Function function_;
};

struct PausesProgram {
    explicit PausesProgram(const StoreOptions& options) : machine(options) {
        machine.imports.set("host.value", machine.host({{ValueType::i32}, {ValueType::i32}},
                                                       [](Caller&, const Value* args, Value* out) {
                                                           out[0] = i32(int32_t(args[0].low) * 3);
                                                           return nullptr;
                                                       }));
        pauses = &machine.load(wat_modules::pauses);
        machine.bind("pauses", *pauses);
        other = &machine.load(wat_modules::pauses_other);
    }

    void set_pause(std::chrono::milliseconds interval, PauseLambda::Function function) {
        const Store::Entry entry(*machine.store);
        machine.store->set_pauses(std::make_shared<Pauses>(
            *machine.store, interval, std::make_unique<PauseLambda>(std::move(function))));
    }

    void set_no_pause() {
        const Store::Entry entry(*machine.store);
        machine.store->set_pauses(nullptr);
    }

    Machine machine;
    Instance* pauses;
    Instance* other;
};

// Asks for stops of one kind in quick succession, on a thread of its own.
class Requests {
public:
    Requests(Store& store, StopReason reason, std::chrono::microseconds pause)
        : thread_([this, &store, reason, pause] {
              while (!done_) {
                  store.request_stop(reason);
                  std::this_thread::sleep_for(pause);
              }
          }) {}
    ~Requests() {
        done_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> done_{false};
    std::thread thread_;
};

}  // namespace

TEST_CASE("a program paused thousands of times computes the same", "[interp]") {
    const std::pair<const char*, int> runs[] = {
        {"checksum", 20'000}, {"memories", 2}, {"tables", 2}};
    for (const StoreOptions& options : all_options()) {
        PausesProgram program(options);
        Machine& machine = program.machine;
        std::string expected[4];
        for (size_t i = 0; i < 3; ++i) {
            expected[i] = machine.call(*program.pauses, runs[i].first, {i32(runs[i].second)});
        }
        expected[3] = machine.call(*program.other, "foreign", {i32(20'000)});
        std::atomic<int> count{0};
        int depth = 0;
        program.set_pause(1h, [&](bool&) {
            // Now and then the host uses the runtime meanwhile, and is paused in that too.
            if (++count % 16 == 0 && depth < 2) {
                ++depth;
                Value results[1];
                const Value args[] = {i32(30)};
                CHECK(!epsilon::call(*machine.store, Machine::function(*program.other, "foreign"),
                                     args, results, 0));
                --depth;
            }
            return nullptr;
        });
        // The host may call a program with side effects only where the paused one doesn't see them.
        const Requests requests(*machine.store, StopReason::pause, 20us);
        const auto end = steady_clock::now() + 20s;
        while (count < 1000 && steady_clock::now() < end) {
            for (size_t i = 0; i < 3; ++i) {
                INFO(runs[i].first);
                CHECK(machine.call(*program.pauses, runs[i].first, {i32(runs[i].second)}) ==
                      expected[i]);
            }
            CHECK(machine.call(*program.other, "foreign", {i32(20'000)}) == expected[3]);
        }
        CHECK(count >= 1000);
    }
}

TEST_CASE("an error from a pause ends the program where it is", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        PausesProgram program(options);
        Machine& machine = program.machine;
        for (int i = 0; i < 3; ++i) {
            program.set_pause(1ms, [](bool&) { return make_error(ErrorKind::host, "enough"); });
            CHECK(machine.call(*program.pauses, "fill_for_ever") == "host: enough");
            REQUIRE(machine.error->frames.size() == 1);
            CHECK(machine.error->frames[0].module_name == "pauses");
            program.set_no_pause();
            CHECK(machine.call(*program.pauses, "sizes") == "130 300000");
        }
    }
}

TEST_CASE("pauses come every interval, and no more when they are declined", "[interp]") {
    for (const StoreOptions& options : some_options()) {
        PausesProgram program(options);
        Machine& machine = program.machine;
        std::atomic<int> count{0};
        program.set_pause(5ms, [&](bool&) {
            ++count;
            return nullptr;
        });
        CHECK(machine.call(*program.pauses, "fill_for_ever", {}, 300) ==
              "timeout: execution timed out");
        CHECK(count >= 3);
        CHECK(count <= 61);
        count = 0;
        program.set_pause(5ms, [&](bool& again) {
            again = ++count < 2;
            return nullptr;
        });
        CHECK(machine.call(*program.pauses, "fill_for_ever", {}, 200) ==
              "timeout: execution timed out");
        CHECK(count == 2);
        CHECK(machine.call(*program.pauses, "fill_for_ever", {}, 200) ==
              "timeout: execution timed out");
        CHECK(count > 2);
    }
}

TEST_CASE("a callback may replace itself, or end pauses", "[interp]") {
    PausesProgram program({});
    Machine& machine = program.machine;
    int first = 0, second = 0;
    program.set_pause(1ms, [&](bool&) {
        ++first;
        program.set_pause(1ms, [&](bool&) {
            if (++second == 3) {
                machine.store->set_pauses(nullptr);
            }
            return nullptr;
        });
        return nullptr;
    });
    CHECK(machine.call(*program.pauses, "fill_for_ever", {}, 500) ==
          "timeout: execution timed out");
    CHECK(first == 1);
    CHECK(second == 3);
}

TEST_CASE("the accumulator's reference survives a pause", "[interp]") {
    auto made = new_store({});
    REQUIRE(made.ok());
    Store& store = *made.value();
    const Store::Entry entry(store);
    REQUIRE(store.ensure_stack());
    auto payload = std::make_shared<int>(5);
    ExternRef& held = **store.new_externref(payload);
    const Slot reference = reinterpret_cast<uintptr_t>(&held);
    FunctionInstance function;
    function.code = epsilon::interp::host_entry();
    Slot* const fp = store.stack_base() + frame_header_slots;
    fp[frame_function] = reinterpret_cast<uintptr_t>(&function);
    bool alive = false;
    store.set_pauses(std::make_shared<Pauses>(
        store, 1h, std::make_unique<PauseLambda>([&](bool&) -> ErrorPtr {
            // Enough of them that those which nothing reaches are looked for.
            for (int i = 0; i < 250'000; ++i) {
                ExternRef& other = **store.new_externref(nullptr);
                store.release_handle(other);
            }
            alive = store.is_valid_reference(ValueType::externref(), reference);
            return nullptr;
        })));
    store.release_handle(held);
    store.request_stop(StopReason::pause);
    CHECK(epsilon::interp::goes_on(store.context(), epsilon::interp::host_entry(), fp, reference));
    CHECK(alive);
    CHECK(payload.use_count() == 2);
    store.set_pauses(nullptr);
}

TEST_CASE("an interrupt ends all calls that are going on", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        PausesProgram program(options);
        Machine& machine = program.machine;
        int refused = 0;
        Instance* inner = nullptr;
        machine.imports.set(
            "host.value",
            machine.host(
                {{ValueType::i32}, {ValueType::i32}}, [&](Caller& caller, const Value*, Value*) {
                    // Passes over the errors of its calls.
                    for (int i = 0; i < 3; ++i) {
                        ErrorPtr error = epsilon::call(
                            caller.store, Machine::function(*program.pauses, "fill_for_ever"),
                            nullptr, nullptr, 0);
                        refused += text_of(error) == "interrupted: execution interrupted";
                    }
                    return nullptr;
                }));
        inner = &machine.load(wat_modules::pauses);
        // Nothing runs: no effect, now or later.
        machine.store->request_stop(StopReason::interrupted);
        const std::string expected = machine.call(*program.pauses, "checksum", {i32(100)});
        CHECK(expected.find("interrupted") == std::string::npos);
        for (int round = 0; round < 5; ++round) {
            {
                std::atomic<bool> ended{false};
                std::thread interrupter([&] {
                    std::this_thread::sleep_for(std::chrono::milliseconds(2 * round));
                    while (!ended) {
                        machine.store->request_stop(StopReason::interrupted);
                        std::this_thread::sleep_for(1ms);
                    }
                });
                CHECK(machine.call(*inner, "checksum", {i32(1000)}) ==
                      "interrupted: execution interrupted");
                ended = true;
                interrupter.join();
            }
            CHECK(machine.call(*program.pauses, "checksum", {i32(100)}) == expected);
        }
        // Three for each time that the interrupt did not come before the host function was called.
        CHECK(refused % 3 == 0);
        CHECK(refused > 0);
    }
}

TEST_CASE("stops and what takes them back cross without loss", "[interp]") {
    for (const StoreOptions& options : all_options()) {
        PausesProgram program(options);
        Machine& machine = program.machine;
        std::atomic<int> pauses{0};
        program.set_pause(1h, [&](bool&) {
            ++pauses;
            return nullptr;
        });
        // Pauses at the rate of calls: their requests cross the beginnings and ends of calls.
        const Requests requests(*machine.store, StopReason::pause, 5us);
        const std::string expected = machine.call(*program.other, "foreign", {i32(50)});
        const auto end = steady_clock::now() + 300ms;
        while (steady_clock::now() < end) {
            REQUIRE(machine.call(*program.other, "foreign", {i32(50)}) == expected);
            REQUIRE(machine.call(*program.pauses, "fill_for_ever", {}, 1) ==
                    "timeout: execution timed out");
        }
    }
}

namespace {

struct EndsAfter final : Checkpoint {
    explicit EndsAfter(int count) : left(count) {}
    bool goes_on() override { return left-- > 0; }
    int left;
};

}  // namespace

TEST_CASE("a stopped fill or copy leaves what it has written", "[interp]") {
    constexpr uint64_t piece = bulk_piece_bytes;
    Machine machine;
    const Store::Entry entry(*machine.store);
    MemoryType type;
    type.limits.min = 4 * piece / MemoryType::default_page_size;
    Memory& memory = **machine.store->new_memory(type);
    const auto count = [&](uint8_t value) {
        return uint64_t(std::count(memory.base, memory.base + memory.bytes, value));
    };
    EndsAfter one(1);
    CHECK(memory_fill(memory, 5, 1, 3 * piece, &one) == Trap::none);
    CHECK(count(1) == 2 * piece);
    CHECK(memory.base[5 + 2 * piece] == 0);
    // Out of bounds: nothing is written, whatever the length.
    EndsAfter never(-1);
    CHECK(memory_fill(memory, 5, 2, 4 * piece, &never) == Trap::out_of_bounds_memory_access);
    CHECK(count(2) == 0);

    // Upwards and overlapping: the last piece is the first.
    for (uint64_t i = 0; i < memory.bytes; ++i) {
        memory.base[i] = uint8_t(i * 31 >> 3);
    }
    const std::vector<uint8_t> before(memory.base, memory.base + memory.bytes);
    EndsAfter none(0);
    CHECK(memory_copy(memory, memory, 100, 0, 3 * piece, &none) == Trap::none);
    CHECK(std::memcmp(memory.base, before.data(), 100 + 2 * piece) == 0);
    CHECK(std::memcmp(memory.base + 100 + 2 * piece, before.data() + 2 * piece, piece) == 0);
    // Downwards: the first piece is.
    std::memcpy(memory.base, before.data(), before.size());
    none.left = 0;
    CHECK(memory_copy(memory, memory, 0, 100, 3 * piece, &none) == Trap::none);
    CHECK(std::memcmp(memory.base, before.data() + 100, piece) == 0);
    CHECK(std::memcmp(memory.base + piece, before.data() + piece, 3 * piece) == 0);
}

TEST_CASE("long copies are those of memmove", "[interp]") {
    constexpr uint64_t piece = bulk_piece_bytes;
    Machine machine;
    const Store::Entry entry(*machine.store);
    MemoryType type;
    type.limits.min = 4 * piece / MemoryType::default_page_size;
    Memory& memory = **machine.store->new_memory(type);
    std::vector<uint8_t> expected(memory.bytes);
    for (uint64_t i = 0; i < memory.bytes; ++i) {
        memory.base[i] = expected[i] = uint8_t(i * 2654435761u >> 13);
    }
    const uint64_t cases[][3] = {
        {0, 1, 3 * piece},      {1, 0, 3 * piece},         {piece, 0, 3 * piece},
        {0, piece, 3 * piece},  {piece - 1, 5, 2 * piece}, {piece + 1, 0, piece + 1},
        {7, 7, 2 * piece + 3},  {2 * piece, 3, 2 * piece}, {3, 2 * piece, 2 * piece},
        {17, piece / 2, piece},
    };
    for (const auto& [to, from, length] : cases) {
        INFO(to << " " << from << " " << length);
        EndsAfter many(1000);
        CHECK(memory_copy(memory, memory, to, from, length, &many) == Trap::none);
        std::memmove(expected.data() + to, expected.data() + from, length);
        CHECK(std::memcmp(memory.base, expected.data(), expected.size()) == 0);
    }
}

TEST_CASE("a memory that moves during a pause is filled to its end", "[interp]") {
    StoreOptions options;
    options.memory_strategy = MemoryStrategy::explicit_checks;
    PausesProgram program(options);
    Machine& machine = program.machine;
    bool grown = false;
    program.set_pause(1h, [&](bool&) {
        Memory& memory = *program.pauses->memories[0];
        const uint8_t* const before = memory.base;
        // In the middle of the instruction.
        if (memory.base[0] == 9 && memory.base[memory.bytes - 1] != 9 && !grown) {
            CHECK(memory.grow(70));
            grown = true;
            CHECK(memory.base != before);
        }
        return nullptr;
    });
    const Requests requests(*machine.store, StopReason::pause, 50us);
    const auto end = steady_clock::now() + 20s;
    while (!grown && steady_clock::now() < end) {
        CHECK(machine.call(*program.pauses, "fill_once", {i32(0)}) == "");
        CHECK(machine.call(*program.pauses, "fill_once", {i32(9)}) == "");
        const Memory& memory = *program.pauses->memories[0];
        CHECK(std::count(memory.base, memory.base + 8519680, uint8_t(9)) == 8519680);
    }
    CHECK(machine.call(*program.pauses, "sizes") == "200 300000");
}

TEST_CASE("growth that a stop ends has changed nothing", "[interp]") {
    StoreOptions options;
    options.memory_strategy = MemoryStrategy::explicit_checks;
    PausesProgram program(options);
    Machine& machine = program.machine;
    Context& context = machine.store->context();
    const Store::Entry entry(*machine.store);
    machine.store->request_stop(StopReason::timeout);
    Table& table = *program.pauses->tables[0];
    Memory& memory = *program.pauses->memories[0];
    CHECK(!table.grow(1'000'000, 0, &context));
    CHECK(!memory.grow(70, &context));
    CHECK(table.size == 300'000);
    CHECK(memory.pages() == 130);
    machine.store->clear_stop(StopReason::timeout);
    CHECK(table.grow(1'000'000, 0, &context) == 300'000u);
    CHECK(memory.grow(70, &context) == 130u);
}

// SPDX-License-Identifier: Apache-2.0
#include "interp/tiers.h"

#include <fstream>
#include <iterator>
#include <thread>

#include "interp/execute.h"
#include "interp/interp_support.h"
#include "interp/metering.h"
#include "interp/wat_modules.h"

// Two sets of cells for one function, and programs that change from one to the other: where they
// are, what they have paid, whose frames they are. Without machine code, which has tests of its
// own.
using namespace interp_support;
using interp::code_header;
using interp::CodeHeader;
using interp::CodePlace;
using interp::MachineFunction;
using interp::ModuleCells;
using interp::Special;

namespace {

std::vector<uint8_t> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    INFO(path);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::vector<uint8_t>> modules() {
    std::vector<std::vector<uint8_t>> list;
    for (const std::span<const uint8_t> bytes : wat_modules::all) {
        list.emplace_back(bytes.begin(), bytes.end());
    }
    for (const char* kernel : {"fib", "vmloop", "sha256", "format", "lu"}) {
        list.push_back(
            read_file(std::string(EPSILON_SOURCE_DIR "/bench/wasm/") + kernel + ".wasm"));
    }
    return list;
}

std::vector<uint32_t> costs(const std::vector<interp::Run>& runs) {
    std::vector<uint32_t> list;
    for (const interp::Run& run : runs) {
        list.push_back(run.offset);
        list.push_back(run.cost);
        list.push_back(run.last);
    }
    return list;
}

void compare_forms(const ModuleCells& module, uint32_t function, uint32_t variant) {
    INFO("function " << function << ", variant " << variant);
    std::vector<interp::Run> runs;
    std::vector<interp::Run> plain_runs;
    interp::TranslateRequest request = {.module = *module.module,
                                        .types = module.types,
                                        .function = function,
                                        .variant = variant | interp::variant_tiered,
                                        .runs = &runs};
    auto tallied = interp::translate(request);
    request.plain = true;
    request.runs = &plain_runs;
    auto plain = interp::translate(request);
    REQUIRE((tallied.ok() && plain.ok()));
    const CodeHeader& a = code_header(tallied->entry());
    const CodeHeader& b = code_header(plain->entry());
    CHECK(a.frame_slots == b.frame_slots);
    CHECK(a.zero_slots == b.zero_slots);
    CHECK(a.price == b.price);
    CHECK(costs(runs) == costs(plain_runs));
    const std::vector<uint32_t> tallies = cells_of_kind(tallied->entry(), Special::tally);
    CHECK(tallies.size() == cells_of_kind(plain->entry(), Special::native).size());
    CHECK(cells_of_kind(plain->entry(), Special::tally).empty());
    CHECK(cells_of_kind(tallied->entry(), Special::native).empty());
    for (uint32_t i = 0; i < tallies.size(); ++i) {
        const uint8_t* const cell = tallied->entry() + tallies[i];
        CHECK(interp::read_field<uint32_t>(cell, interp::field_loop) == i);
        CHECK(interp::read_field<uint32_t>(cell, interp::field_counter) == UINT32_MAX);
    }
}

}  // namespace

TEST_CASE("both forms of a function have the same frames, loops and prices", "[interp]") {
    for (const std::vector<uint8_t>& bytes : modules()) {
        auto compiled = compile(bytes, {});
        REQUIRE(compiled.ok());
        const auto& module = static_cast<const ModuleCells&>(*(*compiled)->code());
        const Module& wasm = *module.module;
        for (uint32_t i = 0; i < wasm.bodies.size(); ++i) {
            for (uint32_t variant = 0; variant < interp::variant_tiered; ++variant) {
                compare_forms(module, wasm.imported_functions + i, variant);
            }
        }
    }
}

namespace {

// The program, whose host watches.
struct Program : Machine {
    explicit Program(const StoreOptions& options, interp::Compiler* compiler = &plain_compiler())
        : Machine(options, compiler) {
        imports.set("host.observe",
                    host({{ValueType(ValueType::i32)}, {}}, [this](Caller&, const Value*, Value*) {
                        ++observed;
                        return nullptr;
                    }));
    }
    Instance& load_program() { return load(wat_modules::tiers); }
    int observed = 0;
};

// All that a call shows.
std::string outcome(Program& program, Instance& instance, std::string_view name,
                    const std::vector<Value>& args, uint64_t fuel = Meter::unlimited) {
    std::string text = program.call(instance, name, args, 0, fuel);
    if (program.error) {
        text += " " + program.frames();
    }
    if (const Meter* const meter = program.store->meter()) {
        text += " " + std::to_string(meter->last_call_fuel());
    }
    return text;
}

StoreOptions after(uint32_t calls, uint32_t rounds, StoreOptions options = {}) {
    options.hot_calls = calls;
    options.hot_rounds = rounds;
    return options;
}

StoreOptions interpreter(StoreOptions options = {}) {
    options.tiers = Tiers::interpreter;
    return options;
}

StoreOptions metered(StoreOptions options = {}) {
    options.metering = true;
    return options;
}

// Ways of changing between the tiers, of code that meters and of code that doesn't.
std::vector<StoreOptions> changes(const StoreOptions& options) {
    std::vector<StoreOptions> list = {compiled(options)};
    for (const uint32_t calls : {1u, 2u, 5u, UINT32_MAX}) {
        for (const uint32_t rounds : {1u, 2u, 7u, UINT32_MAX}) {
            list.push_back(after(calls, rounds, options));
        }
    }
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        list.push_back(at_random(options, seed));
    }
    return list;
}

const MachineFunction* machine_function(Instance& instance, uint32_t function) {
    const auto& cells = static_cast<const ModuleCells&>(*instance.code);
    return cells.made_machine_function(function, instance.code_variant);
}

}  // namespace

TEST_CASE("frames in both sets of a function's cells have the same backtraces", "[interp]") {
    for (const StoreOptions& base : {StoreOptions(), metered()}) {
        Program reference(interpreter(base), nullptr);
        Instance& expected = reference.load_program();
        const std::vector<Value> traps = {i32(9), i32(1)};
        const std::vector<Value> returns = {i32(9), i32(0)};
        const std::string trapped = outcome(reference, expected, "descend", traps);
        const std::string returned = outcome(reference, expected, "descend", returns);
        REQUIRE(trapped.substr(0, 29) == "trap: integer divide by zero ");
        REQUIRE(std::count(trapped.begin(), trapped.end(), '@') == 10);
        const std::string rounds = outcome(reference, expected, "rounds", {i32(6)});
        for (const StoreOptions& options : changes(base)) {
            INFO(int(options.tiers) << " " << options.hot_calls << " " << options.hot_rounds << " "
                                    << options.random_tiers);
            Program program(options);
            Instance& instance = program.load_program();
            for (int again = 0; again < 2; ++again) {
                CHECK(outcome(program, instance, "descend", traps) == trapped);
                CHECK(outcome(program, instance, "descend", returns) == returned);
            }
            CHECK(outcome(program, instance, "rounds", {i32(6)}) == rounds);
            CHECK(program.observed == 36);
            CHECK(program.call(instance, "dead") == "5");
        }
    }
}

TEST_CASE("fuel ends at the same place in either set of cells", "[interp]") {
    Program reference(interpreter(metered()), nullptr);
    Instance& expected = reference.load_program();
    for (const bool traps : {false, true}) {
        const std::vector<Value> args = {i32(3), i32(traps)};
        std::vector<std::string> outcomes;
        do {
            outcomes.push_back(outcome(reference, expected, "descend", args, outcomes.size()));
        } while (outcomes.back().substr(0, 5) == "fuel:");
        REQUIRE(outcomes.size() > 50);
        for (const StoreOptions& options : changes(metered())) {
            INFO(int(options.tiers) << " " << options.hot_calls << " " << options.hot_rounds << " "
                                    << options.random_tiers);
            Program program(options);
            Instance& instance = program.load_program();
            for (uint64_t fuel = 0; fuel < outcomes.size(); ++fuel) {
                INFO(fuel);
                CHECK(outcome(program, instance, "descend", args, fuel) == outcomes[fuel]);
            }
        }
    }
}

TEST_CASE("programs are stopped in either set of cells", "[interp]") {
    for (const StoreOptions& options : changes({})) {
        Program program(options);
        Instance& instance = program.load_program();
        CHECK(program.call(instance, "spin", {}, 5) == "timeout: execution timed out");
        if (program.error->frames.empty()) {
            continue;  // on a busy machine the time may be over before the call begins
        }
        CHECK(program.error->frames[0].function_index == 3);
        CHECK(program.error->frames[0].offset != Error::no_offset);
    }
}

TEST_CASE("kernels come to the same after any change between the sets of cells", "[interp]") {
    struct Kernel {
        const char* name;
        int argument;
    };
    for (const auto& [name, argument] : {Kernel{"fib", 16}, Kernel{"format", 1}}) {
        INFO(name);
        const auto bytes =
            read_file(std::string(EPSILON_SOURCE_DIR "/bench/wasm/") + name + ".wasm");
        for (const StoreOptions& base : {StoreOptions(), metered()}) {
            Program reference(interpreter(base), nullptr);
            const std::string expected =
                outcome(reference, reference.load(bytes), "run", {i32(argument)});
            for (const StoreOptions& options :
                 {compiled(base), after(1, 1, base), after(100, 1000, base), at_random(base, 1),
                  at_random(base, 2)}) {
                Program program(options);
                CHECK(outcome(program, program.load(bytes), "run", {i32(argument)}) == expected);
            }
        }
    }
}

TEST_CASE("functions are compiled when the store says so", "[interp]") {
    const auto asked_after = [](const StoreOptions& options, std::string_view name, int calls,
                                const std::vector<Value>& args) {
        PlainCompiler compiler;
        Program program(options, &compiler);
        Instance& instance = program.load_program();
        for (int i = 0; i < calls; ++i) {
            program.call(instance, name, args);
        }
        return int(compiler.asked);
    };
    const std::vector<Value> none;
    CHECK(asked_after(interpreter(), "dead", 1000, none) == 0);
    CHECK(asked_after(compiled({}), "dead", 1, none) == 1);
    CHECK(asked_after(compiled({}), "dead", 1000, none) == 1);
    CHECK(asked_after(after(3, UINT32_MAX), "dead", 2, none) == 0);
    CHECK(asked_after(after(3, UINT32_MAX), "dead", 3, none) == 1);
    CHECK(asked_after(after(3, UINT32_MAX), "dead", 1000, none) == 1);
    CHECK(asked_after(after(UINT32_MAX, UINT32_MAX), "dead", 1000, none) == 0);
    CHECK(asked_after(after(UINT32_MAX, 25), "rounds", 1, {i32(4)}) == 0);
    CHECK(asked_after(after(UINT32_MAX, 25), "rounds", 1, {i32(5)}) == 1);
    CHECK(asked_after(after(UINT32_MAX, 4), "rounds", 1, {i32(2)}) == 1);
    const StoreOptions defaults;
    CHECK(asked_after(defaults, "dead", int(defaults.hot_calls) - 1, none) == 0);
    CHECK(asked_after(defaults, "dead", int(defaults.hot_calls), none) == 1);
    CHECK(asked_after(defaults, "rounds", 1, {i32(20)}) == (defaults.hot_rounds <= 400));
    CHECK(asked_after(defaults, "rounds", 1, {i32(200)}) == (defaults.hot_rounds <= 40'000));
}

TEST_CASE("random tiers are the same for the same number", "[interp]") {
    const auto thresholds = [](uint64_t seed) {
        PlainCompiler compiler;
        Program program(at_random({}, seed), &compiler);
        Instance& instance = program.load_program();
        std::vector<uint32_t> list;
        for (const char* name : {"descend", "rounds", "dead"}) {
            FunctionInstance& function = Machine::function(instance, name);
            auto& cells = static_cast<ModuleCells&>(*instance.code);
            const auto entry =
                cells.cells(function.index, instance.code_variant, &program.store->context());
            REQUIRE(entry.ok());
            for (const uint32_t at : cells_of_kind(entry.value(), Special::tally)) {
                list.push_back(
                    interp::read_field<uint32_t>(entry.value() + at, interp::field_counter));
            }
        }
        return list;
    };
    CHECK(thresholds(1) == thresholds(1));
    CHECK(thresholds(1) != thresholds(2));
    std::vector<uint32_t> all;
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        for (const uint32_t number : thresholds(seed)) {
            CHECK((number == UINT32_MAX || (number >= 1 && number <= 128)));
            all.push_back(number);
        }
    }
    CHECK(std::count(all.begin(), all.end(), UINT32_MAX) > 20);
    CHECK(std::count(all.begin(), all.end(), 1) > 20);
    CHECK(std::count_if(all.begin(), all.end(), [](uint32_t n) { return n >= 8 && n <= 128; }) >
          20);
}

TEST_CASE("what can't be compiled is interpreted, and asked for once", "[interp]") {
    for (const StoreOptions& options : {compiled({}), after(1, 1)}) {
        PlainCompiler compiler;
        compiler.refuses = true;
        Program program(options, &compiler);
        Instance& instance = program.load_program();
        for (int i = 0; i < 5; ++i) {
            CHECK(program.call(instance, "dead") == "5");
            CHECK(program.call(instance, "descend", {i32(2), i32(0)}) == "7");
        }
        CHECK(compiler.asked == 2);
        CHECK(!machine_function(instance, 1));
        const auto& cells = static_cast<const ModuleCells&>(*instance.code);
        CHECK(cells.compiled().functions == 0);
        CHECK(cells.compiled().machine_bytes == 0);
    }
}

TEST_CASE("machine code counts against the limit on code", "[interp]") {
    Program program(compiled({}));
    auto module = compile({std::begin(wat_modules::tiers), std::end(wat_modules::tiers)}, {});
    REQUIRE(module.ok());
    const auto with_limit = [&](size_t bytes) {
        PlainCompiler compiler;
        const CompiledModule limited(
            std::make_shared<ModuleCells>((*module)->code()->module, bytes, &compiler));
        Instance& instance = program.load(limited);
        const std::string first = program.call(instance, "dead");
        const CompiledCode code = compiled_code(limited);
        CHECK(code.bytes <= bytes);
        CHECK(code.compiled_functions == code.machine_code_bytes);
        CHECK(program.call(instance, "dead") == first);
        CHECK(compiler.asked == 1);
        return first + " " + std::to_string(code.compiled_functions);
    };
    CHECK(with_limit(SIZE_MAX) == "5 1");
    // Its cells, which the interpreter has shorter, and a byte.
    auto& cells = static_cast<ModuleCells&>(*(*module)->code());
    const auto entry = cells.cells(4, 0);
    REQUIRE(entry.ok());
    const size_t size = sizeof(CodeHeader) + code_header(entry.value()).size;
    CHECK(with_limit(size) == "5 0");
    CHECK(with_limit(size - 1).substr(0, 7) == "limit: ");
}

TEST_CASE("compiling gives up when the program is stopped, and is asked for again", "[interp]") {
    struct Stopping : PlainCompiler {
        std::unique_ptr<MachineFunction> compile(ModuleCells& module, uint32_t function,
                                                 uint32_t variant,
                                                 const Context& running) noexcept override {
            if (stops) {
                running.store->request_stop(StopReason::interrupted);
            }
            return PlainCompiler::compile(module, function, variant, running);
        }
        bool stops = true;
    };
    for (const StoreOptions& options : {compiled({}), after(1, 1)}) {
        Stopping compiler;
        Program program(options, &compiler);
        Instance& instance = program.load_program();
        CHECK(program.call(instance, "dead") == "interrupted: execution interrupted");
        CHECK(!machine_function(instance, 4));
        compiler.stops = false;
        CHECK(program.call(instance, "dead") == "5");
        // By the call, or by the loop's first round.
        CHECK(machine_function(instance, 4));
    }
}

TEST_CASE("stores of all policies share a module, on several threads", "[interp]") {
    const std::vector<uint8_t> bytes(std::begin(wat_modules::tiers), std::end(wat_modules::tiers));
    Program reference(interpreter(), nullptr);
    const std::string expected =
        reference.call(reference.load_program(), "descend", {i32(40), i32(0)});
    for (int round = 0; round < 10; ++round) {
        PlainCompiler compiler;
        std::vector<std::unique_ptr<Program>> programs;
        std::vector<FunctionInstance*> functions;
        std::shared_ptr<const CompiledModule> module;
        for (const StoreOptions& options : {interpreter(), compiled({}), after(1, 1), after(2, 9),
                                            at_random({}, 5), StoreOptions()}) {
            programs.push_back(std::make_unique<Program>(options, &compiler));
            if (!module) {
                module = programs[0]->compiled(bytes);
            }
            functions.push_back(&Machine::function(programs.back()->load(*module), "descend"));
        }
        std::vector<std::thread> threads;
        std::vector<int64_t> results(programs.size());
        for (size_t i = 0; i < programs.size(); ++i) {
            threads.emplace_back([&, i] {
                const Value args[] = {i32(40), i32(0)};
                for (int again = 0; again < 3; ++again) {
                    Value result;
                    const Store::Entry entry(*programs[i]->store);
                    const ErrorPtr error =
                        call(*programs[i]->store, *functions[i], args, &result, 0);
                    results[i] = error ? -1 : int32_t(result.low);
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        for (const int64_t result : results) {
            CHECK(std::to_string(result) == expected);
        }
        CHECK(compiled_code(*module).compiled_functions == 1);
        CHECK(compiled_code(*module).machine_code_bytes == 1);
        CHECK(compiled_code(*module).compile_nanoseconds > 0);
    }
}

TEST_CASE("another instance starts with the code that there is", "[interp]") {
    PlainCompiler compiler;
    Program program(after(2, UINT32_MAX), &compiler);
    const auto module =
        program.compiled({std::begin(wat_modules::tiers), std::end(wat_modules::tiers)});
    Instance& first = program.load(*module);
    CHECK(program.call(first, "dead") == "5");
    CHECK(program.call(first, "dead") == "5");
    const MachineFunction* const made = machine_function(first, 4);
    REQUIRE(made);
    Instance& second = program.load(*module);
    FunctionInstance& function = Machine::function(second, "dead");
    CHECK(function.code.load() != made->entry());
    CHECK(program.call(second, "dead") == "5");
    CHECK(function.code.load() == made->entry());
    CHECK(compiler.asked == 1);
}

TEST_CASE("addresses in code are places in one of its sets of cells", "[interp]") {
    Program program(after(2, UINT32_MAX));
    Instance& instance = program.load_program();
    FunctionInstance& function = Machine::function(instance, "dead");
    const uint8_t* const stub = function.code.load();
    CHECK(!interp::place_of(function, stub));
    program.call(instance, "dead");
    const uint8_t* const tallied = function.code.load();
    program.call(instance, "dead");
    const uint8_t* const plain = function.code.load();
    REQUIRE((tallied != stub && plain != tallied));
    for (const uint8_t* entry : {tallied, plain}) {
        const uint32_t size = code_header(entry).size;
        for (uint32_t at = 0; at < size; ++at) {
            const CodePlace place = interp::place_of(function, entry + at);
            CHECK(place.entry == entry);
            CHECK(place.plain == (entry == plain));
            CHECK(place.pc == entry + at);
            CHECK(place.distance() == at);
        }
        // What is behind may be anything else, but not of this.
        CHECK(interp::place_of(function, entry + size).entry != entry);
    }
    // A resume cell stands for the cell that it goes on with.
    alignas(8) uint8_t resume[interp::resume_size] = {};
    interp::write_field(
        resume, 0,
        interp::handler_offset(interp::handler_table().special[size_t(Special::resume)][0]));
    interp::write_field(resume, interp::field_original, uint64_t(uintptr_t(plain + 16)));
    CHECK(interp::original_cell(resume) == plain + 16);
    CHECK(interp::original_cell(plain) == plain);
    // None of this function's.
    CHECK(!interp::place_of(function, resume));
}

TEST_CASE("side cells stand for the cells that they are copies of", "[interp]") {
    struct Made : MachineFunction {
        explicit Made(const uint8_t* sides) : MachineFunction(parts(sides)) {}
        static Parts parts(const uint8_t* sides) {
            const uint8_t cells[160] = {};
            Parts parts;
            parts.cells = interp::CodeBlock({.size = sizeof cells}, cells);
            parts.loops = {0, 48};
            parts.side_cells = {{sides, sides + 16, 32}, {sides + 40, sides + 72, 96}};
            return parts;
        }
    };
    const uint8_t around[116] = {};
    const uint8_t* const sides = around + 8;
    const Made made(sides);
    const auto original = [&](int at) {
        const uint8_t* const cell = made.original(sides + at);
        return cell ? int(cell - made.entry()) : -1;
    };
    CHECK(made.loop(0) == made.entry());
    CHECK(made.loop(1) == made.entry() + 48);
    CHECK(!made.loop(2));
    CHECK(original(-1) == -1);
    CHECK(original(0) == 32);
    CHECK(original(15) == 47);
    CHECK(original(16) == -1);
    CHECK(original(39) == -1);
    CHECK(original(40) == 96);
    CHECK(original(71) == 127);
    CHECK(original(72) == -1);
}

// The form with scratch slots begins where a slot doesn't fit, which may be so in one set only:
// then a running frame stays as it is.
TEST_CASE("frames near the bounds of slots stay in the cells that made them", "[interp]") {
    using namespace module_bytes;
    using module_bytes::i32, module_bytes::i64;
    for (uint32_t count = 32750; count <= 32775; ++count) {
        INFO(count);
        const Bytes last = u32(count);
        // (loop: x = x * 3 + (n + (n + n)), from several temporaries; n = n - 1; br_if n) x
        const Bytes instructions =
            Bytes{0x03, 0x40, 0x20} + last + Bytes{0x42, 3, 0x7e} + Bytes{0x20, 0x00, 0xac} +
            Bytes{0x20, 0x00, 0xac, 0x20, 0x00, 0xac, 0x7c, 0x7c, 0x7c, 0x21} + last +
            Bytes{0x20, 0x00, 0x41, 1, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b, 0x20} + last;
        const Bytes bytes = module({
            section(types, {function_type({i32}, {i64})}),
            section(functions, {{0x00}}),
            section(exports, {export_of("f", 0)}),
            section(code, {body(instructions, Bytes{0x01} + u32(count) + Bytes{i64})}),
        });
        Program reference(interpreter(), nullptr);
        const std::string expected =
            reference.call(reference.load(bytes), "f", {interp_support::i32(9)});
        for (const StoreOptions& options :
             {compiled({}), after(1, 1), after(2, 3), after(UINT32_MAX, 4)}) {
            Program program(options);
            Instance& instance = program.load(bytes);
            CHECK(program.call(instance, "f", {interp_support::i32(9)}) == expected);
            CHECK(program.call(instance, "f", {interp_support::i32(9)}) == expected);
        }
    }
}

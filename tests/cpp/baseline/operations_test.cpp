// SPDX-License-Identifier: Apache-2.0
// What the compiler knows of a function before it makes code: operations, blocks, what lives where.
#include "baseline/operations.h"

#include <string>

#include "baseline/baseline.h"
#include "baseline/meanings.h"
#include "catch.hpp"
#include "interp/handler_table.h"
#include "interp/interp_support.h"
#include "interp/machine_border.h"
#include "interp/module_cells.h"
#include "platform/code_memory.h"
#include "support/module_bytes.h"

using namespace epsilon;
using namespace epsilon::baseline;
using namespace module_bytes;

namespace {

// Of a module's only function.
struct Read {
    explicit Read(const Bytes& bytes) : module(*decode(bytes)), cells(module) {
        Result<interp::CodeBlock> made = interp::translate(
            {.module = *module, .types = cells.types, .function = 0, .variant = 0, .plain = true});
        REQUIRE(made);
        code = std::move(*made);
        REQUIRE(read_operations(code.entry(), *module, 0, cells.types, function));
        find_deaths(function);
    }

    std::shared_ptr<const Module> module;
    interp::ModuleCells cells;
    interp::CodeBlock code;
    Function function;
};

Bytes one_function(const Bytes& params, const Bytes& results, const Bytes& instructions,
                   const Bytes& locals = {0x00}) {
    return module_bytes::module({section(types, {function_type(params, results)}),
                                 section(functions, {{0x00}}),
                                 section(code, {body(instructions, locals)})});
}

}  // namespace

// A header that is missing makes every preprocessor's condition false.
TEST_CASE("there is a compiler where it is built and code memory is granted", "[baseline]") {
    const bool expected = EPSILON_MACHINE_CODE != 0 && platform::code_memory_available();
    CHECK((baseline::compiler() != nullptr) == expected);
}

TEST_CASE("a loop's block ends behind the last branch back", "[baseline]") {
    // (loop: x = x + 1; br_if x) x
    const Read read(one_function(
        {i32}, {i32},
        {0x03, 0x40, 0x20, 0x00, 0x41, 1, 0x6a, 0x22, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x00}));
    const Function& function = read.function;
    const std::vector<Operation>& operations = function.operations;
    REQUIRE(operations.size() == 5);
    CHECK(operations[0].form == Form::native);
    CHECK(operations[1].form == Form::native);
    CHECK(operations[2].form == Form::binary_constant);
    CHECK(operations[2].opcode == Opcode::i32_add);
    CHECK(operations[2].immediate == 1);
    CHECK(operations[3].form == Form::branch_if_constant);
    CHECK(operations[3].target == 1);
    CHECK(operations[4].form == Form::return_value);
    CHECK_FALSE(function.has_vectors);

    REQUIRE(function.blocks.size() == 3);
    CHECK_FALSE(function.blocks[0].is_loop());
    CHECK(function.blocks[1].first == 1);
    CHECK(function.blocks[1].last == 4);
    CHECK(function.blocks[1].loop_end == 4);
    CHECK_FALSE(function.blocks[2].is_loop());
    CHECK(function.loops == std::vector<uint32_t>{operations[0].cell, operations[1].cell});

    // The parameter lives everywhere: what reads it last are the addition, which overwrites it, and
    // the return.
    for (uint32_t block = 0; block < 3; ++block) {
        CHECK(function.is_live_in(block, function.lowest_slot));
    }
    CHECK(operations[2].deaths == reads_a);
    CHECK(operations[3].deaths == no_operands);
    CHECK(operations[4].deaths == reads_a);
}

// The outer loop's branch back is the last, and what it reads lives through the inner one; the
// second loop begins where the first one can't be reached any more.
TEST_CASE("what a loop reads lives through the loops in it", "[baseline]") {
    // (loop (loop br_if a) br_if b) (loop br_if c)
    const Read read(one_function({i32, i32, i32}, {},
                                 {0x03, 0x40, 0x03, 0x40, 0x20, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x01,
                                  0x0d, 0x00, 0x0b, 0x03, 0x40, 0x20, 0x02, 0x0d, 0x00, 0x0b}));
    const Function& function = read.function;
    std::vector<uint32_t> loops;
    for (uint32_t i = 0; i < function.blocks.size(); ++i) {
        if (function.blocks[i].is_loop()) {
            loops.push_back(i);
        }
    }
    REQUIRE(loops.size() == 3);
    const auto lives = [&](uint32_t loop) {
        std::string result;
        for (int32_t i = 0; i < 3; ++i) {
            result += function.is_live_in(loops[loop], function.lowest_slot + i) ? "abc"[i] : '-';
        }
        return result;
    };
    CHECK(lives(0) == "abc");
    CHECK(lives(1) == "abc");
    CHECK(lives(2) == "--c");
    CHECK(function.blocks[loops[0]].loop_end > function.blocks[loops[1]].loop_end);
}

TEST_CASE("vectors live in both of their slots", "[baseline]") {
    // A local vector, read once, in a function with a number behind it.
    const Read read(
        one_function({}, {i32}, {0x20, 0x00, 0xfd, 0x1b, 0x00}, {0x02, 0x01, v128, 0x01, i32}));
    const Function& function = read.function;
    CHECK(function.has_vectors);
    CHECK(function.is_live_in(0, 0));
    CHECK(function.is_live_in(0, 1));
    CHECK_FALSE(function.is_live_in(0, 2));
}

TEST_CASE("cells that plain code doesn't have mean nothing", "[baseline]") {
    const interp::HandlerTable& handlers = interp::handler_table();
    const auto find = [](interp::Handler handler) {
        return Meanings::get().find(interp::handler_offset(handler));
    };
    const interp::Handler* const additions = handlers.forms[size_t(Opcode::i32_add)];
    using interp::Kind, interp::Pair;
    const Meaning* const slots = find(additions[form_pair(Pair::slot_slot, Kind::slot)]);
    REQUIRE(slots != nullptr);
    CHECK(slots->operation.form == Form::binary);
    CHECK(find(additions[form_pair(Pair::acc_slot, Kind::slot)]) == nullptr);
    CHECK(find(additions[form_pair(Pair::slot_slot, Kind::acc)]) == nullptr);
    CHECK(find(handlers.special[size_t(interp::Special::tally)][0]) == nullptr);
    CHECK(find(handlers.special[size_t(interp::Special::move_far)][0]) == nullptr);
}

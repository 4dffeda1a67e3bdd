// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"

#include "catch.hpp"
#include "interp/cell.h"
#include "platform/fault_handler.h"

// The handlers are filled in by parts: together they cover everything, and are in reach.
using namespace epsilon;
using namespace epsilon::interp;

namespace {

// Which rows of opcodes.def are made of cells of cells.def.
enum class Lowering {
    special,
    unary,
    unary_trap,
    binary,
    binary_trap,
    compare,
    test,
    load,
    store,
    vector_unary,
    vector_binary,
    vector_ternary,
    vector_shift,
    vector_test,
    vector_splat,
    vector_extract,
    vector_replace,
    vector_shuffle,
    vector_load,
    vector_store,
    vector_load_lane,
    vector_store_lane,
};

struct Row {
    Opcode opcode;
    const char* name;
    Lowering lowering;
};
const Row rows[] = {
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) \
    {Opcode::name, text, Lowering::lowering},
#include "wasm/opcodes.def"
#undef EPSILON_OP
};

void check_reach(const char* name, const Handler* forms, size_t count) {
    INFO(name);
    REQUIRE(forms != nullptr);
    for (size_t i = 0; i < count; ++i) {
        REQUIRE(forms[i] != nullptr);
        const int64_t distance = reinterpret_cast<const char*>(forms[i]) - handler_base();
        CHECK(size_t(distance < 0 ? -distance : distance) < platform::stop_region_reach);
    }
}

}  // namespace

TEST_CASE("every instruction with a family has its handlers", "[interp]") {
    const HandlerTable& table = handler_table();
    for (const Row& row : rows) {
        INFO(row.name);
        const auto opcode = size_t(row.opcode);
        if (row.lowering == Lowering::special) {
            continue;
        }
        if (row.lowering == Lowering::test) {
            // Comparisons with zero.
            continue;
        }
        CHECK(table.form_count[opcode] > 0);
        check_reach(row.name, table.forms[opcode], table.form_count[opcode]);
        if (row.lowering == Lowering::compare) {
            CHECK(table.branch_count[opcode] > 0);
            check_reach(row.name, table.branch_forms[opcode], table.branch_count[opcode]);
            check_reach(row.name, table.metered_branch_forms[opcode], table.branch_count[opcode]);
        }
    }
}

TEST_CASE("every special cell has its handlers", "[interp]") {
    const HandlerTable& table = handler_table();
    struct Cell {
        Special special;
        const char* name;
        size_t forms;
    };
    const Cell cells[] = {
#define EPSILON_CELL(name, forms) {Special::name, #name, forms},
#include "interp/cells.def"
#undef EPSILON_CELL
    };
    for (const Cell& cell : cells) {
        INFO(cell.name);
        REQUIRE(table.special_count[size_t(cell.special)] == cell.forms);
        check_reach(cell.name, table.special[size_t(cell.special)], cell.forms);
    }
}

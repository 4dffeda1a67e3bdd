// SPDX-License-Identifier: Apache-2.0
#include "interp/handler_table.h"

#include "catch.hpp"
#include "interp/cell.h"
#include "interp/families.h"
#include "platform/fault_handler.h"

// The handlers are filled in by parts: together they cover everything, and are in reach.
using namespace epsilon;
using namespace epsilon::interp;

namespace {

struct Row {
    Opcode opcode;
    const char* name;
    Family lowering;
};
const Row rows[] = {
#define EPSILON_OP(name, prefix, code, text, immediates, signature, width, feature, lowering) \
    {Opcode::name, text, Family::lowering},
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
        if (row.lowering == Family::special) {
            continue;
        }
        if (row.lowering == Family::test) {
            // Comparisons with zero.
            continue;
        }
        CHECK(table.form_count[opcode] > 0);
        check_reach(row.name, table.forms[opcode], table.form_count[opcode]);
        if (row.lowering == Family::compare) {
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

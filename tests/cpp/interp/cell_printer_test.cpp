// SPDX-License-Identifier: Apache-2.0
#include "interp/cell_printer.h"

#include "interp/interp_support.h"
#include "interp/memory_access.h"
#include "interp/module_cells.h"
#include "interp/wat_modules.h"

using namespace interp_support;

// docs/performance.md walks through it.
TEST_CASE("the loop that sums an array is two cells", "[interp]") {
    const std::span<const uint8_t> bytes = wat_modules::sum;
    auto compiled = compile({bytes.begin(), bytes.end()}, {});
    REQUIRE(compiled.ok());
    auto& cells = static_cast<interp::ModuleCells&>(*(*compiled)->code());
    const uint32_t variant =
        interp::guarded_access_supported ? 0 : uint32_t(interp::variant_checked);
    const auto entry = cells.cells(0, variant);
    REQUIRE(entry.ok());
    CHECK(interp::print_cells(interp::describe_cells(entry.value())) ==
          "0: load_chain fp[0] <- i32.add fp[0], i32.load memory[fp[-6] + 8]\n"
          "16: add_br_if fp[-6] <- fp[-6] + 4, i32.ne fp[-5], to 0\n"
          "32: return_int fp[-6] <- fp[0]\n");
}

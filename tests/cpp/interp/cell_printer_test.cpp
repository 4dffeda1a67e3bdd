// SPDX-License-Identifier: Apache-2.0
#include "interp/cell_printer.h"

#include "interp/interp_support.h"
#include "interp/memory_access.h"
#include "interp/module_cells.h"
#include "interp/wat_modules.h"

using namespace interp_support;

namespace {

// The text without the numbers of handlers' forms, which depend on the build.
std::string without_forms(const std::string& text) {
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') {
            i = text.find(' ', i);
        }
        result += text[i];
    }
    return result;
}

}  // namespace

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
    CHECK(without_forms(interp::print_cells(entry.value())) ==
          "0: load_chain 0 -6 8 0 | 8 0\n"
          "16: add_br_if -6 -6 -16 -1 | -16 -327676\n"
          "32: return_int -6 0 0 0 | 0 0\n");
}

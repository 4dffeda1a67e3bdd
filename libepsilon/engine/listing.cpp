// SPDX-License-Identifier: Apache-2.0
#include "engine/listing.h"

#include "interp/cell_printer.h"
#include "interp/execute.h"
#include "platform/fault_handler.h"

namespace epsilon {

Result<CodeListing> list_code(const CompiledModule& module, uint32_t function,
                              const StoreOptions& options) {
    const auto& code = static_cast<const interp::ModuleCells&>(*module.code());
    const FunctionBody& body = code.module->bodies[function - code.module->imported_functions];
    if (const uint32_t size = body.end - body.begin; size > most_listed_bytes) {
        return make_error(ErrorKind::limit, "function " + std::to_string(function) + " has " +
                                                std::to_string(size) + " bytes: at most " +
                                                std::to_string(most_listed_bytes) + " are listed");
    }
    const bool guarded =
        options.signals && options.memory_strategy != MemoryStrategy::explicit_checks;
    uint32_t variant = interp::code_variant(options, guarded, code.compiler() != nullptr);
    if (options.signals && platform::fault_handler_supported) {
        variant &= ~uint32_t(interp::variant_polled);  // once there is a store
    }
    CodeListing listing;
    EPSILON_TRY_ASSIGN(const interp::CodeBlock cells,
                       interp::translate({.module = *code.module,
                                          .types = code.types,
                                          .function = function,
                                          .variant = variant,
                                          .hot_calls = options.hot_calls,
                                          .hot_rounds = options.hot_rounds,
                                          .random_tiers = options.random_tiers}));
    listing.cells = interp::print_cells(interp::describe_cells(cells.entry()));
    EPSILON_TRY_ASSIGN(listing.compiled, baseline::list_code(code, function, variant));
    return listing;
}

}  // namespace epsilon

// SPDX-License-Identifier: Apache-2.0
#include "baseline/listing.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <unordered_map>

#include "baseline/baseline.h"
#include "baseline/bulk_routines.h"
#include "baseline/function_compiler.h"
#include "interp/cell_printer.h"
#include "interp/execute.h"
#include "interp/handler_table.h"
#include "interp/machine_border.h"
#include "platform/enter_handlers.h"

namespace epsilon::baseline {

using namespace interp;

#if EPSILON_MACHINE_CODE

namespace {

// Handlers by their addresses.
std::unordered_map<uint64_t, std::string> name_handlers() {
    std::unordered_map<uint64_t, std::string> names;
    const auto add = [&names](const void* handler, const std::string& name) {
        names.try_emplace(uint64_t(reinterpret_cast<uintptr_t>(handler)), name);
    };
    const BorderHandlers& border = border_handlers();
    add(border.go_on, "interpreter: go on");
    add(border.call_cells, "interpreter: call");
    add(border.call_exhausted, "interpreter: call stack exhausted");
    add(border.return_to_cells, "interpreter: return");
    add(border.trap, "interpreter: trap");
    add(border.fuel_is_short, "interpreter: fuel is short");
    add(exit_cell(), "interpreter: end of a call from outside");
    add(copy_routine(), "copy bytes");
    add(fill_routine(), "fill bytes");
#if EPSILON_OUTER_ENTRY
    add(platform::epsilon_platform_left_machine_code, "left by a handler");
    add(reinterpret_cast<const void*>(&platform::epsilon_platform_save_for_machine_code),
        "saves registers");
#endif
    const HandlerTable& table = handler_table();
    for (size_t i = 0; i < size_t(Opcode::count); ++i) {
        for (unsigned form = 0; form < table.form_count[i]; ++form) {
            add(reinterpret_cast<const void*>(table.forms[i][form]),
                "interpreter: " + std::string(opcode_info(Opcode(i)).text));
        }
    }
    constexpr const char* special_names[] = {
#define EPSILON_CELL(name, forms) #name,
#include "interp/cells.def"
#undef EPSILON_CELL
    };
    for (size_t i = 0; i < size_t(Special::count); ++i) {
        for (unsigned form = 0; form < table.special_count[i]; ++form) {
            add(reinterpret_cast<const void*>(table.special[i][form]),
                "interpreter: " + std::string(special_names[i]));
        }
    }
    return names;
}

class Lister {
public:
    Lister(Listing& listing, const std::vector<CellText>& cells) : listing_(listing) {
        for (const CellText& cell : cells) {
            cells_.emplace(cell.at, cell.text);
        }
    }

    void add(uint32_t offset, CodePlace::Kind kind, std::string text) {
        places_.insert({offset, {offset, kind, std::move(text)}});
    }
    void add(const CodeMark& mark, std::span<const uint32_t> loops);
    void add_addresses(const uint8_t* cells);
    // Nothing is added after this.
    void finish();

private:
    static std::string cell(uint32_t distance) { return "cell " + std::to_string(distance); }

    Listing& listing_;
    std::unordered_map<uint32_t, std::string> cells_;
    std::multimap<uint32_t, CodePlace> places_;  // those of an offset as they were added
};

void Lister::add(const CodeMark& mark, std::span<const uint32_t> loops) {
    using Kind = CodeMark::Kind;
    const auto aside = [&](std::string text) {
        add(mark.offset, CodePlace::Kind::aside, std::move(text));
    };
    const auto data = [&](std::string text) {
        add(mark.offset, CodePlace::Kind::data, std::move(text));
    };
    switch (mark.kind) {
        case Kind::operation:
            return add(mark.offset, CodePlace::Kind::operation,
                       std::to_string(mark.cell) + ": " + cells_[mark.cell]);
        case Kind::jump:
            return aside("on the way to a block");
        case Kind::exit:
        case Kind::fill_and_exit:
            return aside("leaves for " + cell(mark.cell));
        case Kind::trap:
            return aside("traps at " + cell(mark.cell));
        case Kind::enter: {
            const auto loop = std::find(loops.begin(), loops.end(), mark.cell) - loops.begin();
            return add(mark.offset, CodePlace::Kind::entry,
                       "entered by " + cell(mark.cell) +
                           (loop == 0 ? std::string(", the function's first")
                                      : ", loop " + std::to_string(loop)));
        }
        case Kind::resume:
            return add(mark.offset, CodePlace::Kind::entry, "entered by a resume cell");
        case Kind::side:
            return aside("leaves for a side cell");
        case Kind::outer_entry:
            return add(mark.offset, CodePlace::Kind::entry, "called from outside");
        case Kind::outer_return:
            return aside("returns to the outside");
        case Kind::border:
            return aside("ways out");
        case Kind::data:
            return data("data");
        case Kind::side_cells:
            return data("side cells, of " + cell(mark.cell));
        case Kind::constants:
            return data("constants");
    }
}

// Addresses in the code are found by their values: none looks like one of these by chance.
void Lister::add_addresses(const uint8_t* cells) {
    static const std::unordered_map<uint64_t, std::string> handlers = name_handlers();
    const auto first = uint64_t(reinterpret_cast<uintptr_t>(cells));
    for (size_t at = 0; at + 8 <= listing_.code.size();) {
        uint64_t value;
        std::memcpy(&value, listing_.code.data() + at, sizeof value);
        const auto handler = handlers.find(value);
        const bool is_cell = value - first < code_header(cells).size;
        if (is_cell || handler != handlers.end()) {
            add(uint32_t(at), CodePlace::Kind::address,
                is_cell ? cell(uint32_t(value - first)) : handler->second);
            at += sizeof value;
        } else {
            ++at;
        }
    }
}

void Lister::finish() {
    for (auto& [offset, place] : places_) {
        // What is empty has nothing to say.
        if (offset < listing_.code.size()) {
            listing_.places.push_back(std::move(place));
        }
    }
}

std::string hexadecimal(uint32_t number) {
    char text[16];
    std::snprintf(text, sizeof text, "%x", number);
    return text;
}

}  // namespace

#endif

Result<Listing> list_code(const ModuleCells& module, uint32_t function, uint32_t variant) {
    variant &= ~uint32_t(variant_tiered);
    EPSILON_TRY_ASSIGN(const CodeBlock cells, translate({.module = *module.module,
                                                         .types = module.types,
                                                         .function = function,
                                                         .variant = variant,
                                                         .plain = true}));
    Listing listing;
    const std::vector<CellText> texts = describe_cells(cells.entry());
    listing.plain_cells = print_cells(texts);
#if EPSILON_MACHINE_CODE
    Function operations;
    if (code_header(cells.entry()).size > most_cell_bytes ||
        !read_operations(cells.entry(), *module.module, function, module.types, operations)) {
        return listing;
    }
    find_deaths(operations);
    Assembler assembler = new_assembler();
    std::vector<CodeMark> marks;
    FunctionCompiler compiler(assembler, operations);
    const CompiledCode& compiled =
        *compiler.compile(variant, function, module.module->imported_functions, nullptr, &marks);
    listing.code.assign(assembler.code().begin(), assembler.code().end());
    Lister lister(listing, texts);
    lister.add(compiled.entry, CodePlace::Kind::entry, "called by machine code");
    for (const CodeMark& mark : marks) {
        lister.add(mark, operations.loops);
    }
    lister.add_addresses(cells.entry());
    for (const AddressField& field : compiled.addresses) {
        lister.add(field.at, CodePlace::Kind::address, "code at 0x" + hexadecimal(field.target));
    }
    lister.finish();
#endif
    return listing;
}

}  // namespace epsilon::baseline

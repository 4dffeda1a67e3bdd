// SPDX-License-Identifier: Apache-2.0
#include "interp/cell_printer.h"

#include <unordered_map>

#include "interp/cell.h"
#include "interp/handler_table.h"

namespace epsilon::interp {

namespace {

struct SpecialInfo {
    const char* name;
    unsigned forms;
};

constexpr SpecialInfo special_infos[] = {
#define EPSILON_CELL(name, forms) {#name, forms},
#include "interp/cells.def"
#undef EPSILON_CELL
};

constexpr const char* pair_names[] = {"ss", "as", "sa", "si", "ai"};

std::unordered_map<int32_t, std::string> name_handlers() {
    std::unordered_map<int32_t, std::string> names;
    const HandlerTable& table = handler_table();
    const auto add = [&names](Handler handler, std::string name) {
        std::string& known = names[handler_offset(handler)];
        // Instructions of the same meaning may share a handler.
        known = known.empty() ? std::move(name) : known + "|" + name;
    };
    for (size_t i = 0; i < size_t(Opcode::count); ++i) {
        const std::string text(opcode_info(Opcode(i)).text);
        for (unsigned form = 0; form < table.form_count[i]; ++form) {
            add(table.forms[i][form], text + "." + std::to_string(form));
        }
        const unsigned taken =
            table.branch_count[i] == pair_count_int ? pair_count_int : pair_count_float;
        for (unsigned form = 0; form < table.branch_count[i]; ++form) {
            const std::string name =
                (form < taken ? "br_if " : "br_unless ") + text + "." + pair_names[form % taken];
            add(table.branch_forms[i][form], name);
            add(table.metered_branch_forms[i][form], "metered " + name);
        }
    }
    for (size_t i = 0; i < size_t(Special::count); ++i) {
        for (unsigned form = 0; form < special_infos[i].forms; ++form) {
            add(table.special[i][form],
                std::string(special_infos[i].name) + "." + std::to_string(form));
        }
    }
    return names;
}

}  // namespace

std::string print_cells(const uint8_t* entry) {
    static const std::unordered_map<int32_t, std::string> names = name_handlers();
    std::string text;
    const uint32_t size = code_header(entry).size;
    // Sizes aren't written in cells: a cell ends where the next known head is. Operands that
    // look like a head would be misprinted, never misread.
    for (uint32_t at = 0; at < size;) {
        const auto known = names.find(read_field<int32_t>(entry + at, 0));
        text += std::to_string(at) + ": " + (known == names.end() ? "?" : known->second);
        uint32_t next = at + 16;
        while (next < size && !names.contains(read_field<int32_t>(entry + next, 0))) {
            next += 8;
        }
        next = next > size ? size : next;
        for (int field = 4; field < 12; field += 2) {
            text += " " + std::to_string(read_field<int16_t>(entry + at, field));
        }
        for (uint32_t field = 8; at + field + 4 <= next; field += 4) {
            text += (field == 8 ? " | " : " ") +
                    std::to_string(read_field<int32_t>(entry + at, int(field)));
        }
        text += "\n";
        at = next;
    }
    return text;
}

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include "inspect_code.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "describe.h"
#include "disassembler.h"
#include "files.h"
#include "handles.h"
#include "hints.h"
#include "messages.h"
#include "parts.h"
#include "quantities.h"
#include "report.h"
#include "text.h"

namespace cli {

namespace {

using Code = std::unique_ptr<epsilon_code_t, Deleter<epsilon_code_delete>>;

struct Place {
    epsilon_code_place_kind_t kind = 0;
    size_t offset = 0;
    std::string_view text;
};

// --- Which function

struct Names {
    std::set<uint32_t> found;         // of the name that was looked for
    std::vector<std::string> others;  // what else there is
};

Names look_up(const epsilon_compiled_t* compiled, std::string_view name) {
    Names names;
    const auto consider = [&](std::string_view candidate, uint32_t index) {
        if (candidate == name) {
            names.found.insert(index);
        } else if (!candidate.empty()) {
            names.others.emplace_back(candidate);
        }
    };
    const size_t exports = epsilon_compiled_export_count(compiled);
    for (size_t i = 0; i < exports; ++i) {
        const Export item = export_at(compiled, i);
        if (item.item.kind == EPSILON_EXTERNKIND_FUNC) {
            consider(item.name, item.item.index);
        }
    }
    const size_t count = epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_FUNC, nullptr);
    for (size_t i = 0; i < count; ++i) {
        consider(function_at(compiled, i).name, uint32_t(i));
    }
    return names;
}

// The function of this name, or else of this index; complains if there is none, or several.
std::optional<uint32_t> find_function(const std::string& file, const epsilon_compiled_t* compiled,
                                      const std::string& name) {
    const size_t count = epsilon_compiled_item_count(compiled, EPSILON_EXTERNKIND_FUNC, nullptr);
    const Names names = look_up(compiled, name);
    const std::string where = display_name(file);
    if (names.found.size() > 1) {
        std::vector<uint32_t> some(names.found.begin(), names.found.end());
        const bool all = some.size() <= 20;
        some.resize(std::min<size_t>(some.size(), 20));
        complain(fmt::format("{}: {} functions are called {}: {}{}; name one by its index", where,
                             names.found.size(), in_quotes(name), fmt::join(some, ", "),
                             all ? "" : ", ..."));
        return std::nullopt;
    }
    if (!names.found.empty()) {
        return *names.found.begin();
    }
    const bool is_number = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return c >= '0' && c <= '9';
    });
    if (is_number) {
        const std::optional<uint64_t> index = parse_count(name);
        if (index && *index < count) {
            return uint32_t(*index);
        }
        complain(fmt::format("{}: no function {}: the module has {}", where, name, count));
        return std::nullopt;
    }
    const std::string meant = name.empty() ? "" : nearest(name, names.others);
    complain(fmt::format("{}: no function is called {}{}", where, in_quotes(name),
                         meant.empty() ? "" : fmt::format("; did you mean {}?", in_quotes(meant))));
    return std::nullopt;
}

// --- Machine code

std::vector<Place> places_of(const epsilon_code_t* code) {
    std::vector<Place> places(epsilon_code_place_count(code));
    for (size_t i = 0; i < places.size(); ++i) {
        const char* text = nullptr;
        size_t size = 0;
        const Error error(
            epsilon_code_place(code, i, &places[i].kind, &places[i].offset, &text, &size));
        places[i].text = std::string_view(text, size);
    }
    return places;
}

// Prints code row by row. Jumps and what else names a place in it name labels.
class Listing {
public:
    Listing(std::span<const uint8_t> code, std::vector<Place> places)
        : code_(code), places_(std::move(places)) {
        code_end_ = code.size();
        for (const Place& place : places_) {
            if (place.kind == EPSILON_CODE_PLACE_DATA) {
                code_end_ = std::min(code_end_, place.offset);
            }
            if (place.kind == EPSILON_CODE_PLACE_ADDRESS) {
                addresses_.emplace(place.offset, place.text);
            }
        }
        find_labels();
    }

    void print() {
        size_t next_place = 0;
        for (size_t at = 0; at < code_.size();) {
            for (; next_place < places_.size() && places_[next_place].offset <= at; ++next_place) {
                if (places_[next_place].kind != EPSILON_CODE_PLACE_ADDRESS) {
                    fmt::print("; {}\n", places_[next_place].text);
                }
            }
            if (const auto label = labels_.find(at); label != labels_.end()) {
                fmt::print("{}:\n", label->second);
            }
            at += at < code_end_ ? print_instruction(at) : print_data(at, next_place);
        }
    }

private:
    void find_labels() {
        for (size_t at = 0; at < code_end_;) {
            const auto instruction = disassemble(code_, uint32_t(at));
            if (instruction && instruction->target) {
                labels_.emplace(*instruction->target, "");
            }
            at += instruction ? instruction->size : 1;
        }
        size_t number = 0;
        for (auto& [offset, name] : labels_) {
            name = fmt::format("L{}", ++number);
        }
    }

    // The address within so many bytes, if there is one.
    const std::string_view* address_in(size_t at, size_t size) const {
        const auto found = addresses_.lower_bound(at);
        return found != addresses_.end() && found->first < at + size ? &found->second : nullptr;
    }

    // In hexadecimal; what differs from process to process is left out.
    std::string bytes(size_t at, size_t size) const {
        const auto address = addresses_.lower_bound(at);
        std::string text;
        for (size_t i = at; i < at + size; ++i) {
            const bool differs =
                address != addresses_.end() && i >= address->first && i < address->first + 8;
            text += differs ? ".. " : fmt::format("{:02x} ", code_[i]);
        }
        return text;
    }

    static void print_row(size_t at, const std::string& bytes, std::string_view text) {
        std::string row = fmt::format("{:6x}  {:<31} {}", at, bytes, text);
        row.erase(row.find_last_not_of(' ') + 1);
        fmt::print("{}\n", row);
    }

    size_t print_instruction(size_t at) {
        const auto instruction = disassemble(code_, uint32_t(at));
        if (!instruction) {
            return print_bytes(at, code_end_);
        }
        std::string text = instruction->text;
        if (instruction->target) {
            text.replace(instruction->operand, instruction->operand_size,
                         labels_[*instruction->target]);
        } else if (const std::string_view* address = address_in(at, instruction->size)) {
            const size_t operand = text.rfind(' ');
            text = fmt::format("{} <{}>", text.substr(0, operand), *address);
        }
        print_row(at, bytes(at, instruction->size), text);
        return instruction->size;
    }

    // Without a disassembler: up to the next thing that is known.
    size_t print_bytes(size_t at, size_t end) {
        for (const Place& place : places_) {
            if (place.offset > at && place.kind != EPSILON_CODE_PLACE_ADDRESS) {
                end = std::min(end, place.offset);
            }
        }
        const size_t size = std::min<size_t>(end - at, why_no_disassembly().empty() ? 1 : 10);
        print_row(at, bytes(at, size), "");
        return size;
    }

    size_t print_data(size_t at, size_t next_place) {
        size_t end = std::min(code_.size(), at + 8);
        if (const auto label = labels_.upper_bound(at); label != labels_.end()) {
            end = std::min(end, label->first);
        }
        if (next_place < places_.size()) {
            end = std::min(end, places_[next_place].offset);
        }
        const std::string_view* const address = address_in(at, end - at);
        print_row(at, bytes(at, end - at), address ? fmt::format("<{}>", *address) : "");
        return end - at;
    }

    std::span<const uint8_t> code_;
    std::vector<Place> places_;
    size_t code_end_ = 0;
    std::map<size_t, std::string_view> addresses_;
    std::map<size_t, std::string> labels_;
};

// --- Functions

std::string heading(const std::string& file, const epsilon_compiled_t* compiled, uint32_t index) {
    const std::string_view name = function_at(compiled, index).name;
    return fmt::format("{}: function {}{}{}", display_name(file), index, name.empty() ? "" : " ",
                       name.empty() ? "" : in_quotes(name));
}

void print_cells(const std::string& title, const epsilon_code_t* code) {
    for (const bool plain : {false, true}) {
        size_t size = 0;
        const char* const text = epsilon_code_cells(code, plain, &size);
        fmt::print("{}{}: {}\n{}", plain ? "\n" : "", title,
                   plain ? "plain cells, which are compiled" : "cells, which are interpreted",
                   std::string_view(text, size));
    }
}

int print_machine_code(const std::string& title, const epsilon_code_t* code) {
    size_t size = 0;
    const uint8_t* const bytes = epsilon_code_machine_code(code, &size);
    if (bytes == nullptr) {
        complain(
            fmt::format("{} can't be compiled: it is too large, or there is no compiler for "
                        "this processor",
                        title));
        return exit_failure;
    }
    fmt::print("{}: {} of machine code\n", title, counted(size, "byte"));
    const std::string why = why_no_disassembly();
    if (!why.empty()) {
        fmt::print("; bytes only: {}\n", why);
    }
    Listing({bytes, size}, places_of(code)).print();
    return exit_success;
}

}  // namespace

int print_code(const std::string& file, const epsilon_compiled_t* compiled,
               const Options& options) {
    int status = exit_success;
    bool is_first = true;
    for (const bool machine_code : {false, true}) {
        for (const std::string& name : machine_code ? options.asm_of : options.cells_of) {
            const std::optional<uint32_t> index = find_function(file, compiled, name);
            if (!index) {
                status = exit_failure;
                continue;
            }
            Code code;
            const Error error(epsilon_code_new(nullptr, compiled, *index, out(code)));
            if (error != nullptr) {
                status = report(file, error.get());
                continue;
            }
            fmt::print("{}", is_first ? "" : "\n");
            is_first = false;
            const std::string title = heading(file, compiled, *index);
            if (!machine_code) {
                print_cells(title, code.get());
            } else if (print_machine_code(title, code.get()) != exit_success) {
                status = exit_failure;
            }
        }
    }
    return status;
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include "repl_commands.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "describe.h"
#include "files.h"
#include "hints.h"
#include "interrupts.h"
#include "memory_dump.h"
#include "text.h"
#include "values.h"

namespace cli {

namespace {

using Words = std::span<const Word>;

constexpr size_t any_number = std::numeric_limits<size_t>::max();

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return result;
}

void print_value(const Display& display, std::string_view text) {
    fmt::print("{}{}{}\n", display.in_colour ? "\x1b[32m" : "", text,
               display.in_colour ? "\x1b[0m" : "");
}

void note(const Display& display, std::string_view text) {
    if (display.with_notes) {
        fmt::print("{}\n", text);
    }
}

uint64_t parse_number(const char* what, const std::string& text) {
    const auto value = parse_value(text, EPSILON_VALTYPE_I64);
    if (!value || text.starts_with('-')) {
        throw Failure(fmt::format("{}: {} is not a number of bytes, decimal or 0x hexadecimal",
                                  what, in_quotes(text)));
    }
    return value->u64;
}

void load(Session& session, const Display& display, Words words) {
    const std::string name = words.size() == 2 ? words[0].text : std::string(default_name);
    const LoadedModule& module = session.load(name, words.back().text);
    note(display,
         fmt::format("loaded {}: {}", as_word(module.name),
                     counted(epsilon_compiled_export_count(module.compiled.get()), "export")));
}

void invoke(Session& session, const Display& display, Words words) {
    const Session::Place function = session.resolve(words[0], EPSILON_EXTERNKIND_FUNC);
    std::vector<std::string> texts;
    texts.reserve(words.size());
    for (const Word& word : words.subspan(1)) {
        texts.push_back(word.text);
    }
    for (const std::string& result : session.invoke(function, texts)) {
        print_value(display, result);
    }
}

void get(Session& session, const Display& display, Words words) {
    print_value(display, session.get(session.resolve(words[0], EPSILON_EXTERNKIND_GLOBAL)));
}

void set(Session& session, const Display& /* display */, Words words) {
    session.set(session.resolve(words[0], EPSILON_EXTERNKIND_GLOBAL), words[1].text);
}

Session::Place find_memory(const Session& session, Words words) {
    if (words.size() == 3) {
        const LoadedModule* module = session.find(words[0].text);
        return module != nullptr ? session.only_memory(*module)
                                 : session.resolve(words[0], EPSILON_EXTERNKIND_MEMORY);
    }
    return session.only_memory(session.require_implied("memory"));
}

void mem(Session& session, const Display& display, Words words) {
    const Session::Place place = find_memory(session, words);
    const uint64_t offset = parse_number("OFFSET", words[words.size() - 2].text);
    const uint64_t length = parse_number("LENGTH", words[words.size() - 1].text);
    const Memory memory = session.memory(place);
    const uint64_t size = epsilon_memory_byte_size(memory.get());
    if (offset > size || length > size - offset) {
        throw Failure(fmt::format("memory {} has {}: {} at {} are not inside it",
                                  in_quotes(place.item.name), counted(size, "byte"),
                                  counted(length, "byte"), offset));
    }
    dump(memory.get(), offset, length, [&](std::string_view line) { print_value(display, line); });
}

void list(Session& session, const Display& display, Words words) {
    const LoadedModule* only = words.empty() ? nullptr : &session.require(words[0].text);
    if (session.modules().empty()) {
        note(display, "no module is loaded; LOAD FILE loads one");
    }
    for (const auto& module : session.modules()) {
        if (only != nullptr && only != module.get()) {
            continue;
        }
        const epsilon_compiled_t* compiled = module->compiled.get();
        fmt::print("{}: {}\n", as_word(module->name), printable(module->file));
        for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
            if (Interrupts::came()) {
                throw Failure("interrupted");
            }
            const Export item = export_at(compiled, i);
            fmt::print("  {} {}: {}\n", epsilon_externkind_name(item.item.kind), as_word(item.name),
                       describe(compiled, item.item));
        }
    }
}

std::string synopsis(const ReplCommand& command) {
    return fmt::format("{}{}{}", command.name, command.arguments.empty() ? "" : " ",
                       command.arguments);
}

const ReplCommand& require_command(std::string_view word) {
    const ReplCommand* command = find_repl_command(word);
    if (command != nullptr) {
        return *command;
    }
    std::vector<std::string> names;
    for (const ReplCommand& candidate : repl_commands()) {
        names.emplace_back(candidate.name);
    }
    const std::string meant = nearest(upper(word), names);
    throw Failure(
        fmt::format("no command {}; {}", in_short_quotes(word),
                    meant.empty() ? "HELP lists them" : fmt::format("did you mean {}?", meant)));
}

void help(Session& /* session */, const Display& /* display */, Words words) {
    if (!words.empty()) {
        const ReplCommand& command = require_command(words[0].text);
        fmt::print("{}\n{}\n", synopsis(command), command.description);
        return;
    }
    for (const ReplCommand& command : repl_commands()) {
        fmt::print("{:<36}{}\n", synopsis(command), command.summary);
    }
}

void clear(Session& session, const Display& display, Words /* words */) {
    const size_t count = session.modules().size();
    session.clear();
    note(display, fmt::format("unloaded {}", counted(count, "module")));
}

constexpr ReplCommand commands[] = {
    {"LOAD", "[NAME] FILE", "load a module, and link it to those that are loaded",
     "Loads a module in binary or in text form and runs its start function. Its imports are "
     "linked\n"
     "by name to the exports of the modules that are loaded. A module without a NAME is called\n"
     "default. If it exports _initialize and no _start, _initialize is called.",
     1, 2, load},
    {"INVOKE", "[MODULE.]FUNCTION [ARG...]", "call a function, and print its results",
     "Calls an exported function and prints its results, one a line. Arguments are read by the\n"
     "function's own type: i32 and i64 as decimal or 0x hexadecimal, f32 and f64 also as inf, nan\n"
     "and nan:0x400000, v128 as 0x and up to 32 digits or as i32x4:1,2,3,4, references as null.\n"
     "Without MODULE the module called default is meant, or else the only one. Names with spaces\n"
     "or dots are put in double quotes. Ctrl-C stops the function.",
     1, any_number, invoke},
    {"GET", "[MODULE.]GLOBAL", "print the value of a global",
     "Prints the value of an exported global.", 1, 1, get},
    {"SET", "[MODULE.]GLOBAL VALUE", "change a mutable global",
     "Gives an exported global another value, which is read as arguments of INVOKE are.", 2, 2,
     set},
    {"MEM", "[MODULE[.MEMORY]] OFFSET LENGTH", "print bytes of a memory",
     "Prints LENGTH bytes of an exported memory from OFFSET on: hexadecimal, and as ASCII where "
     "they\n"
     "are. Without MEMORY the one called memory is meant, or else the only one.",
     2, 3, mem},
    {"LIST", "[MODULE]", "list what is loaded, with its exports",
     "Lists the modules that are loaded, or one of them: its file, and the names and types of its\n"
     "exports.",
     0, 1, list},
    {"HELP", "[COMMAND]", "list the commands, or describe one",
     "Lists the commands, or describes one.", 0, 1, help},
    {"CLEAR", "", "unload everything", "Unloads all modules; what they held is given back.", 0, 0,
     clear},
    {"QUIT", "", "leave", "Leaves the program, as Ctrl-D does.", 0, 0, nullptr},
};

}  // namespace

std::span<const ReplCommand> repl_commands() {
    return commands;
}

const ReplCommand* find_repl_command(std::string_view name) {
    const std::string wanted = upper(name);
    const auto* found = std::find_if(std::begin(commands), std::end(commands),
                                     [&](const ReplCommand& c) { return c.name == wanted; });
    return found == std::end(commands) ? nullptr : found;
}

Next execute(Session& session, const Display& display, std::string_view line) {
    const std::vector<Word> words = split_words(line);
    if (words.empty() || line[words[0].begin] == '#') {
        return Next::go_on;
    }
    for (const Word& word : words) {
        if (!word.wrong.empty()) {
            throw Failure(word.wrong);
        }
    }
    const ReplCommand& command = require_command(words[0].text);
    const size_t count = words.size() - 1;
    if (count < command.fewest || count > command.most) {
        throw Failure(fmt::format("usage: {}", synopsis(command)));
    }
    if (command.run == nullptr) {
        return Next::quit;
    }
    command.run(session, display, Words(words).subspan(1));
    return Next::go_on;
}

}  // namespace cli

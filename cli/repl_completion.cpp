// SPDX-License-Identifier: Apache-2.0
#include "repl_completion.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "functions.h"
#include "repl_commands.h"
#include "repl_words.h"
#include "text.h"

namespace cli {

namespace {

namespace fs = std::filesystem;

// A name that could follow, behind what stays as it is.
struct Name {
    std::string before;
    std::string text;
    bool is_whole = true;
};

// The names as words; in quotes where they need them, or where these were begun.
void add(Completion& completion, const std::vector<Name>& names, bool in_quotes_already,
         Dots dots) {
    for (const Name& name : names) {
        const bool quoted = in_quotes_already || needs_quotes(name.text, dots);
        std::string text = quoted ? in_quotes(name.text) : name.text;
        if (quoted && !name.is_whole) {
            text.pop_back();
        }
        completion.candidates.push_back({name.before + text, name.is_whole});
    }
}

void add_commands(Completion& completion, std::string_view typed) {
    const bool small = !typed.empty() && typed.front() >= 'a' && typed.front() <= 'z';
    for (const ReplCommand& command : repl_commands()) {
        std::string name(command.name);
        if (small) {
            std::transform(name.begin(), name.end(), name.begin(),
                           [](char c) { return static_cast<char>(c + 32); });
        }
        const bool begins = typed.size() <= name.size() &&
                            std::equal(typed.begin(), typed.end(), name.begin(),
                                       [](char a, char b) { return (a | 0x20) == (b | 0x20); });
        if (begins) {
            completion.candidates.push_back({name});
        }
    }
}

bool is_wanted(const Export& item, epsilon_externkind_t kind, bool is_mutable) {
    return item.item.kind == kind && (!is_mutable || epsilon_type_mutable(item.item.type));
}

void add_exports_of(std::vector<Name>& names, const LoadedModule& module, std::string_view begin,
                    const std::string& before, epsilon_externkind_t kind, bool is_mutable) {
    const epsilon_compiled_t* compiled = module.compiled.get();
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        const Export item = export_at(compiled, i);
        if (is_wanted(item, kind, is_mutable) && item.name.starts_with(begin)) {
            names.push_back({before, std::string(item.name)});
        }
    }
}

void add_modules(Completion& completion, const Session& session, const Word& word) {
    std::vector<Name> names;
    for (const auto& module : session.modules()) {
        if (module->name.starts_with(word.text)) {
            names.push_back({"", module->name});
        }
    }
    add(completion, names, word.is_open, Dots::separate);
}

// MODULE.NAME, or NAME of the module that is meant without one.
void add_exports(Completion& completion, const Session& session, const Word& word,
                 epsilon_externkind_t kind, bool is_mutable = false) {
    std::vector<Name> names;
    const std::string_view text = word.text;
    for (const size_t dot : word.dots) {
        if (const LoadedModule* module = session.find(text.substr(0, dot))) {
            add_exports_of(names, *module, text.substr(dot + 1), as_word(module->name) + ".", kind,
                           is_mutable);
        }
    }
    if (!names.empty()) {
        add(completion, names, word.is_open, Dots::separate);
        return;
    }
    if (const LoadedModule* module = session.implied()) {
        add_exports_of(names, *module, text, "", kind, is_mutable);
    }
    add(completion, names, word.is_open, Dots::separate);
    if (word.is_open) {
        return;
    }
    for (const auto& module : session.modules()) {
        const bool has_any = !export_names(module->compiled.get(), kind).empty();
        if (has_any && module->name.starts_with(text) && module.get() != session.implied()) {
            completion.candidates.push_back({as_word(module->name) + ".", false});
        }
    }
}

void add_files(Completion& completion, const Word& word) {
    const std::string_view text = word.text;
    const size_t slash = text.rfind('/');
    const std::string folder(slash == std::string_view::npos ? "" : text.substr(0, slash + 1));
    const std::string_view begin = text.substr(folder.size());
    std::vector<Name> modules;
    std::vector<Name> others;
    std::error_code error;
    for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end;
         !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(begin) || (begin.empty() && name.front() == '.')) {
            continue;
        }
        std::error_code ignored;
        const bool is_folder = entry->is_directory(ignored);
        const bool is_module = name.ends_with(".wasm") || name.ends_with(".wat");
        (is_folder || is_module ? modules : others)
            .push_back({"", folder + name + (is_folder ? "/" : ""), !is_folder});
    }
    std::vector<Name>& names = modules.empty() ? others : modules;
    std::sort(names.begin(), names.end(),
              [](const Name& a, const Name& b) { return a.text < b.text; });
    add(completion, names, word.is_open, Dots::belong);
}

}  // namespace

Completion complete(const Session& session, std::string_view before) {
    std::vector<Word> words = split_words(before);
    const bool begins_word = before.empty() || before.back() == ' ' || before.back() == '\t';
    if (words.empty() || (begins_word && !words.back().is_open)) {
        words.emplace_back().begin = before.size();
    }
    const Word& word = words.back();
    Completion completion;
    completion.begin = word.begin;
    if (words.size() == 1) {
        add_commands(completion, word.text);
        return completion;
    }
    const ReplCommand* command = find_repl_command(words.front().text);
    const std::string_view name = command == nullptr ? "" : command->name;
    if (name == "LOAD") {
        add_files(completion, word);
    } else if (words.size() > 2) {
        return completion;
    } else if (name == "INVOKE") {
        add_exports(completion, session, word, EPSILON_EXTERNKIND_FUNC);
    } else if (name == "GET") {
        add_exports(completion, session, word, EPSILON_EXTERNKIND_GLOBAL);
    } else if (name == "SET") {
        add_exports(completion, session, word, EPSILON_EXTERNKIND_GLOBAL, true);
    } else if (name == "MEM") {
        add_exports(completion, session, word, EPSILON_EXTERNKIND_MEMORY);
    } else if (name == "LIST") {
        add_modules(completion, session, word);
    } else if (name == "HELP") {
        add_commands(completion, word.text);
    }
    return completion;
}

}  // namespace cli

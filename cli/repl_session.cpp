// SPDX-License-Identifier: Apache-2.0
#include "repl_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "convert.h"
#include "files.h"
#include "hints.h"
#include "interrupts.h"
#include "limits.h"
#include "report.h"
#include "text.h"
#include "values.h"
#include "wasi.h"

namespace cli {

namespace {

void check(const Error& error) {
    if (error != nullptr) {
        throw Failure(describe_error(error.get()));
    }
}

void check(epsilon_error_t* error) {
    check(Error(error));
}

// Whether a program ended as it should. One that ended itself has no results.
bool has_results(const Error& error) {
    if (epsilon_error_kind(error.get()) != EPSILON_ERROR_EXIT) {
        check(error);
        return true;
    }
    const int32_t status = epsilon_error_exit_status(error.get());
    if (status != 0) {
        throw Failure(fmt::format("the program ended with status {}", status));
    }
    return false;
}

// Ctrl-C has no effect on a program that has not begun.
void stop_if_interrupted() {
    if (Interrupts::came()) {
        throw Failure("interrupted");
    }
}

std::string with_hint(const std::string& message, const std::string& meant) {
    return meant.empty() ? message : fmt::format("{}; did you mean {}?", message, as_word(meant));
}

Export require_export(const LoadedModule& module, std::string_view name,
                      epsilon_externkind_t kind) {
    const std::optional<Export> found = find_export(module.compiled.get(), name);
    if (found && found->item.kind == kind) {
        return *found;
    }
    if (found) {
        throw Failure(fmt::format("export {} of module {} is a {}, not a {}", in_short_quotes(name),
                                  in_quotes(module.name), epsilon_externkind_name(found->item.kind),
                                  epsilon_externkind_name(kind)));
    }
    const auto names = export_names(module.compiled.get(), kind);
    const std::string message = fmt::format("module {} exports no {} {}", in_quotes(module.name),
                                            epsilon_externkind_name(kind), in_short_quotes(name));
    const std::string meant = nearest(name, {names.begin(), names.end()});
    if (!meant.empty() || names.empty()) {
        throw Failure(with_hint(message, meant));
    }
    throw Failure(
        fmt::format("{}; there are: {}", message, exported_names(module.compiled.get(), kind)));
}

std::vector<uint8_t> read_binary(const std::string& file) {
    // A file may be one that nobody writes to, such as a named pipe.
    Interrupts::end_system_calls(true);
    auto bytes = read_module(file);
    Interrupts::end_system_calls(false);
    if (!bytes) {
        throw Failure("");
    }
    return std::move(*bytes);
}

}  // namespace

Session::Session(const Options& options) {
    check(configure(options, config_));
    limits_.timeout_ms = options.timeout_ms;
    wasi_ = options.wasi;
    wasi_.inherits_input = false;  // where the commands come from
    if (options.fuel) {
        // For each call, not for all of them together.
        limits_.fuel = *options.fuel;
        check(epsilon_config_set_metering(config_.get(), true));
    }
    clear();
}

void Session::clear() {
    Runtime fresh;
    check(epsilon_runtime_new(config_.get(), out(fresh)));
    modules_.clear();
    runtime_ = std::move(fresh);
}

const LoadedModule& Session::load(const std::string& name, const std::string& file) {
    if (find(name) != nullptr) {
        throw Failure(fmt::format(
            "a module {} is loaded already; LOAD NAME FILE gives another name, CLEAR unloads all",
            in_short_quotes(name)));
    }
    if (file.find('\0') != std::string::npos) {
        throw Failure(fmt::format("{}: no file has such a name", printable(file)));
    }
    if (file == "-") {
        throw Failure("standard input is where commands come from");
    }
    const std::vector<uint8_t> bytes = read_binary(file);
    auto module = std::make_unique<LoadedModule>();
    module->name = name;
    module->file = file;
    Error error(
        epsilon_compiled_new(config_.get(), bytes.data(), bytes.size(), out(module->compiled)));
    if (error != nullptr) {
        throw Failure(fmt::format("{}: {}", printable(file), describe_error(error.get())));
    }
    InstanceOptions options;
    check(epsilon_options_new(out(options)));
    check(epsilon_options_set_timeout_ms(options.get(), limits_.timeout_ms));
    check(epsilon_options_set_fuel(options.get(), limits_.fuel));
    const Imports imports = link(*module);
    stop_if_interrupted();
    error.reset(epsilon_module_new(runtime(), module->compiled.get(), imports.get(), options.get(),
                                   out(module->instance)));
    if (error != nullptr) {
        throw Failure(fmt::format("{}: {}", printable(file), describe_error(error.get())));
    }
    initialize(*module);
    return *modules_.emplace_back(std::move(module));
}

// The one place where imports of what is loaded are bound.
Imports Session::link(const LoadedModule& loaded) const {
    Imports imports;
    check(epsilon_imports_new(out(imports)));
    for (const auto& module : modules_) {
        check(epsilon_imports_add_module(imports.get(), module->name.data(), module->name.size(),
                                         module->instance.get()));
    }
    if (uses_wasi(loaded.compiled.get())) {
        check(add_wasi(wasi_, loaded.file, {}, imports));
    }
    return imports;
}

void Session::initialize(const LoadedModule& module) {
    const std::optional<Export> constructors = constructors_of(module.compiled.get());
    if (constructors && !find_export(module.compiled.get(), "_start")) {
        stop_if_interrupted();
        std::vector<epsilon_value_t> no_results;
        has_results(call(module.instance.get(), *constructors, {}, limits_, no_results));
    }
}

const LoadedModule* Session::find(std::string_view name) const {
    const auto found = std::find_if(modules_.begin(), modules_.end(),
                                    [&](const auto& module) { return module->name == name; });
    return found == modules_.end() ? nullptr : found->get();
}

const LoadedModule& Session::require(std::string_view name) const {
    if (const LoadedModule* module = find(name)) {
        return *module;
    }
    std::vector<std::string> names;
    names.reserve(modules_.size());
    for (const auto& module : modules_) {
        names.push_back(module->name);
    }
    throw Failure(with_hint(fmt::format("no module {} is loaded", in_short_quotes(name)),
                            nearest(name, names)));
}

const LoadedModule* Session::implied() const {
    const LoadedModule* module = find(default_name);
    return module == nullptr && modules_.size() == 1 ? modules_.front().get() : module;
}

const LoadedModule& Session::require_implied(std::string_view word) const {
    if (const LoadedModule* module = implied()) {
        return *module;
    }
    if (modules_.empty()) {
        throw Failure("no module is loaded; LOAD FILE loads one");
    }
    throw Failure(fmt::format("which module? several are loaded: name one, as in {}.{}",
                              as_word(modules_.front()->name), as_word(word)));
}

Session::Place Session::resolve(const Word& word, epsilon_externkind_t kind) const {
    const std::string_view text = word.text;
    for (size_t i = word.dots.size(); i-- > 0;) {
        const LoadedModule* module = find(text.substr(0, word.dots[i]));
        if (module != nullptr) {
            return {*module, require_export(*module, text.substr(word.dots[i] + 1), kind)};
        }
    }
    const LoadedModule* module = implied();
    // A name with dots may be an export's without quotes too.
    if (!word.dots.empty() && (module == nullptr || !find_export(module->compiled.get(), text))) {
        require(text.substr(0, word.dots.back()));
    }
    const LoadedModule& meant = require_implied(text);
    return {meant, require_export(meant, text, kind)};
}

Session::Place Session::only_memory(const LoadedModule& module) const {
    constexpr std::string_view usual = "memory";
    const auto names = export_names(module.compiled.get(), EPSILON_EXTERNKIND_MEMORY);
    if (names.size() == 1) {
        return {module, require_export(module, names.front(), EPSILON_EXTERNKIND_MEMORY)};
    }
    if (names.empty()) {
        throw Failure(fmt::format("module {} exports no memory", in_quotes(module.name)));
    }
    return {module, require_export(module, usual, EPSILON_EXTERNKIND_MEMORY)};
}

std::vector<std::string> Session::invoke(const Place& function,
                                         const std::vector<std::string>& texts) {
    std::vector<epsilon_value_t> arguments;
    if (const auto wrong = parse_arguments(function.item, texts, arguments)) {
        throw Failure(*wrong);
    }
    stop_if_interrupted();
    std::vector<epsilon_value_t> results;
    const Error error =
        call(function.module.instance.get(), function.item, arguments, limits_, results);
    return has_results(error) ? format_results(function.item, results, runtime())
                              : std::vector<std::string>();
}

Memory Session::memory(const Place& place) const {
    Memory memory;
    check(epsilon_module_export_memory(place.module.instance.get(), place.item.name.data(),
                                       place.item.name.size(), out(memory)));
    return memory;
}

Global Session::global(const Place& place) const {
    Global global;
    check(epsilon_module_export_global(place.module.instance.get(), place.item.name.data(),
                                       place.item.name.size(), out(global)));
    return global;
}

std::string Session::get(const Place& place) const {
    const Global found = global(place);
    epsilon_value_t value = {};
    check(epsilon_global_get(found.get(), &value));
    return format_value(value, epsilon_global_content(found.get()), runtime());
}

void Session::set(const Place& place, std::string_view text) {
    const Global found = global(place);
    const std::string what = fmt::format("global {}", in_quotes(place.item.name));
    if (!epsilon_global_mutable(found.get())) {
        throw Failure(fmt::format("{} is immutable", what));
    }
    epsilon_value_t value = {};
    if (const auto wrong = parse_typed(text, epsilon_global_content(found.get()), what, value)) {
        throw Failure(*wrong);
    }
    check(epsilon_global_set(found.get(), &value));
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "commands.h"
#include "convert.h"
#include "files.h"
#include "functions.h"
#include "handles.h"
#include "limits.h"
#include "messages.h"
#include "report.h"
#include "text.h"
#include "wasi.h"

namespace cli {

namespace {

using std::string_view;

// The command's time limit, which instantiation and all calls share.
class Deadline {
public:
    explicit Deadline(uint64_t timeout_ms)
        : timeout_(timeout_ms), start_(std::chrono::steady_clock::now()) {}

    // What is left, in the API's form: 0 is no limit, so a time that is over is a millisecond.
    uint64_t remaining_ms() const {
        if (timeout_ == 0) {
            return 0;
        }
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - start_);
        const auto used = static_cast<uint64_t>(passed.count());
        return used < timeout_ ? timeout_ - used : 1;
    }

private:
    uint64_t timeout_;
    std::chrono::steady_clock::time_point start_;
};

// Prints the mistake; the exit status.
int mistake(const Options& options, const std::string& message) {
    complain(fmt::format("{}: {}", display_name(options.files.front()), message));
    return exit_usage;
}

// Which function to call: none for a module without "_start", which is only instantiated. A status
// if there is no such function.
std::optional<int> choose_function(const Options& options, const epsilon_compiled_t* compiled,
                                   std::optional<Export>& chosen) {
    const string_view name = options.function ? string_view(*options.function) : "_start";
    chosen = find_export(compiled, name);
    if (chosen && is_func(*chosen)) {
        return std::nullopt;
    }
    const std::string functions = exported_names(compiled, EPSILON_EXTERNKIND_FUNC);
    if (options.function) {
        const std::string what =
            chosen ? fmt::format("export {} is a {}, not a function", in_quotes(name),
                                 epsilon_externkind_name(chosen->item.kind))
                   : fmt::format("no exported function {}", in_quotes(name));
        const string_view hint = find_export(compiled, "_start") && uses_wasi(compiled)
                                     ? " (a program: epsilon run FILE ARG... gives it arguments)"
                                     : "";
        return mistake(options, functions.empty()
                                    ? what
                                    : fmt::format("{}; there are: {}{}", what, functions, hint));
    }
    chosen.reset();
    if (!options.arguments.empty()) {
        return mistake(options, "arguments, but no function \"_start\" to give them to");
    }
    if (!functions.empty()) {
        complain(fmt::format("{}: no function \"_start\"; --invoke calls another one: {}",
                             display_name(options.files.front()), functions));
    }
    return std::nullopt;
}

// Whether what is called is a program, where the module has WASI to give it arguments through.
bool is_command(const Export& function) {
    return function.name == "_start" && is_niladic(function);
}

Error instantiate(epsilon_runtime_t* runtime, const epsilon_compiled_t* compiled,
                  const epsilon_imports_t* imports, const Deadline& deadline, Module& module) {
    InstanceOptions options;
    Error error(epsilon_options_new(out(options)));
    if (error == nullptr) {
        error.reset(epsilon_options_set_timeout_ms(options.get(), deadline.remaining_ms()));
    }
    if (error == nullptr) {
        error.reset(epsilon_module_new(runtime, compiled, imports, options.get(), out(module)));
    }
    return error;
}

Error initialize(const epsilon_compiled_t* compiled, epsilon_module_t* module,
                 const Export& function, const Deadline& deadline) {
    const std::optional<Export> constructors = constructors_of(compiled);
    if (!constructors || function.name == "_initialize" || function.name == "_start") {
        return nullptr;
    }
    std::vector<epsilon_value_t> no_results;
    return call(module, *constructors, {}, {deadline.remaining_ms()}, no_results);
}

}  // namespace

int run(const Options& options) {
    const std::string& file = options.files.front();
    auto bytes = read_module(file);
    if (!bytes) {
        return exit_failure;
    }
    Config config;
    Compiled compiled;
    Error error = configure(options, config);
    if (error == nullptr && options.fuel) {
        error.reset(epsilon_config_set_fuel(config.get(), *options.fuel));
    }
    if (error == nullptr) {
        error.reset(
            epsilon_compiled_new(config.get(), bytes->data(), bytes->size(), out(compiled)));
    }
    if (error != nullptr) {
        return report(file, error.get());
    }
    bytes.reset();  // the library has its own: a large file would be in memory twice all along
    std::optional<Export> function;
    std::vector<epsilon_value_t> arguments;
    if (const std::optional<int> status = choose_function(options, compiled.get(), function)) {
        return *status;
    }
    const bool with_wasi = uses_wasi(compiled.get());
    const bool command = with_wasi && function && is_command(*function);
    if (function && !command) {
        const auto wrong = parse_arguments(*function, options.arguments, arguments);
        if (wrong) {
            return mistake(options, *wrong);
        }
    }

    Imports imports;
    if (with_wasi) {
        const std::vector<std::string> none;
        error.reset(epsilon_imports_new(out(imports)));
        if (error == nullptr) {
            error = add_wasi(options.wasi, file, command ? options.arguments : none, imports);
        }
        if (error != nullptr) {
            return report(file, error.get());
        }
    }
    const Deadline deadline(options.timeout_ms);
    Runtime runtime;
    Module module;
    std::vector<epsilon_value_t> results;
    error.reset(epsilon_runtime_new(config.get(), out(runtime)));
    if (error == nullptr) {
        error = instantiate(runtime.get(), compiled.get(), imports.get(), deadline, module);
    }
    if (error == nullptr && function) {
        error = initialize(compiled.get(), module.get(), *function, deadline);
    }
    if (error == nullptr && function) {
        error = call(module.get(), *function, arguments, {deadline.remaining_ms()}, results);
    }
    if (error != nullptr) {
        return report(file, error.get());
    }
    if (function) {
        for (const std::string& text : format_results(*function, results, runtime.get())) {
            fmt::print("{}\n", text);
        }
    }
    return exit_success;
}

}  // namespace cli

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
#include "handles.h"
#include "parts.h"
#include "report.h"
#include "text.h"
#include "values.h"
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

std::optional<Export> find_export(const epsilon_compiled_t* compiled, string_view name) {
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        const Export candidate = export_at(compiled, i);
        if (candidate.name == name) {
            return candidate;
        }
    }
    return std::nullopt;
}

bool is_func(const Export& candidate) {
    return candidate.item.kind == EPSILON_EXTERNKIND_FUNC;
}

bool is_niladic(const Export& candidate) {
    size_t nparams = 0;
    size_t nresults = 0;
    epsilon_type_params(candidate.item.type, &nparams);
    epsilon_type_results(candidate.item.type, &nresults);
    return is_func(candidate) && nparams == 0 && nresults == 0;
}

// The names of the exported functions, for people who named another.
std::string exported_functions(const epsilon_compiled_t* compiled) {
    constexpr size_t max_named = 20;
    std::string names;
    size_t count = 0;
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        const Export candidate = export_at(compiled, i);
        if (is_func(candidate) && count++ < max_named) {
            names += fmt::format("{}{}", names.empty() ? "" : ", ", printable(candidate.name));
        }
    }
    return count > max_named ? fmt::format("{}, and {} more", names, count - max_named) : names;
}

// Prints the mistake; the exit status.
int mistake(const Options& options, const std::string& message) {
    fmt::print(stderr, "epsilon: {}: {}\n", display_name(options.files.front()), message);
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
    const std::string functions = exported_functions(compiled);
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
        fmt::print(stderr, "epsilon: {}: no function \"_start\"; --invoke calls another one: {}\n",
                   display_name(options.files.front()), functions);
    }
    return std::nullopt;
}

std::optional<int> parse_arguments(const Options& options, const Export& function,
                                   std::vector<epsilon_value_t>& values) {
    size_t count = 0;
    const epsilon_valtype_t* types = epsilon_type_params(function.item.type, &count);
    if (options.arguments.size() != count) {
        return mistake(options, fmt::format("function {} {} takes {} argument{}, {} given",
                                            in_quotes(function.name),
                                            epsilon_type_text(function.item.type, nullptr), count,
                                            count == 1 ? "" : "s", options.arguments.size()));
    }
    for (size_t i = 0; i < count; ++i) {
        const std::string& text = options.arguments[i];
        const std::optional<epsilon_value_t> value = parse_value(text, types[i]);
        if (!value) {
            return mistake(options, fmt::format("function {}: parameter {} ({}): {} is not {}",
                                                in_quotes(function.name), i + 1,
                                                epsilon_valtype_name(types[i]), in_quotes(text),
                                                expected_form(types[i])));
        }
        values.push_back(*value);
    }
    return std::nullopt;
}

Error configure(const Options& options, Config& config) {
    Error error(epsilon_config_new(out(config)));
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_memory_pages(config.get(), options.max_memory_pages));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_total_memory_bytes(config.get(),
                                                              options.max_total_memory_bytes));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_stack_bytes(config.get(), options.max_stack_bytes));
    }
    if (error == nullptr) {
        error.reset(epsilon_config_set_max_call_depth(config.get(), options.max_call_depth));
    }
    if (error == nullptr && options.fuel) {
        error.reset(epsilon_config_set_fuel(config.get(), *options.fuel));
    }
    return error;
}

// Whether what is called is a program, which takes its arguments through WASI.
bool is_command(const epsilon_compiled_t* compiled, const Export& function) {
    return function.name == "_start" && is_niladic(function) && uses_wasi(compiled);
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

Error call(epsilon_module_t* module, const Export& function,
           const std::vector<epsilon_value_t>& arguments, const Deadline& deadline,
           std::vector<epsilon_value_t>& results) {
    Func func;
    Error error(
        epsilon_module_export_func(module, function.name.data(), function.name.size(), out(func)));
    if (error == nullptr) {
        size_t count = 0;
        epsilon_type_results(function.item.type, &count);
        results.resize(count);
        error.reset(epsilon_func_call(func.get(), arguments.data(), arguments.size(),
                                      deadline.remaining_ms(), results.data(), count));
    }
    return error;
}

// A library's constructors: toolchains export them under this name where there is no "_start".
Error initialize(const epsilon_compiled_t* compiled, epsilon_module_t* module,
                 const Export& function, const Deadline& deadline) {
    const std::optional<Export> constructors = find_export(compiled, "_initialize");
    if (!constructors || !is_niladic(*constructors) || function.name == "_initialize" ||
        function.name == "_start") {
        return nullptr;
    }
    std::vector<epsilon_value_t> no_results;
    return call(module, *constructors, {}, deadline, no_results);
}

}  // namespace

int run(const Options& options) {
    const std::string& file = options.files.front();
    const auto bytes = read_module(file);
    if (!bytes) {
        return exit_failure;
    }
    Config config;
    Compiled compiled;
    Error error = configure(options, config);
    if (error == nullptr) {
        error.reset(
            epsilon_compiled_new(config.get(), bytes->data(), bytes->size(), out(compiled)));
    }
    if (error != nullptr) {
        return report(file, error.get());
    }
    std::optional<Export> function;
    std::vector<epsilon_value_t> arguments;
    std::optional<int> status = choose_function(options, compiled.get(), function);
    const bool command = function && is_command(compiled.get(), *function);
    if (!status && function && !command) {
        status = parse_arguments(options, *function, arguments);
    }
    if (status) {
        return *status;
    }

    Imports imports;
    if (uses_wasi(compiled.get())) {
        const std::vector<std::string> none;
        error = add_wasi(options.wasi, file, command ? options.arguments : none, imports);
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
        error = call(module.get(), *function, arguments, deadline, results);
    }
    if (error != nullptr) {
        return report(file, error.get());
    }
    for (size_t i = 0; i < results.size(); ++i) {
        const epsilon_valtype_t type = epsilon_type_results(function->item.type, nullptr)[i];
        fmt::print("{}\n", format_value(results[i], type, runtime.get()));
    }
    return exit_success;
}

}  // namespace cli

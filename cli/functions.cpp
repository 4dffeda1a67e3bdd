// SPDX-License-Identifier: Apache-2.0
#include "functions.h"

#include <fmt/format.h>

#include "text.h"
#include "values.h"

namespace cli {

std::optional<Export> find_export(const epsilon_compiled_t* compiled, std::string_view name) {
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

std::optional<Export> constructors_of(const epsilon_compiled_t* compiled) {
    const std::optional<Export> found = find_export(compiled, "_initialize");
    return found && is_niladic(*found) ? found : std::nullopt;
}

std::vector<std::string_view> export_names(const epsilon_compiled_t* compiled,
                                           epsilon_externkind_t kind) {
    std::vector<std::string_view> names;
    for (size_t i = 0; i < epsilon_compiled_export_count(compiled); ++i) {
        const Export candidate = export_at(compiled, i);
        if (candidate.item.kind == kind) {
            names.push_back(candidate.name);
        }
    }
    return names;
}

std::string exported_names(const epsilon_compiled_t* compiled, epsilon_externkind_t kind) {
    constexpr size_t max_named = 20;
    const std::vector<std::string_view> all = export_names(compiled, kind);
    std::string names;
    for (size_t i = 0; i < all.size() && i < max_named; ++i) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", printable(all[i]));
    }
    return all.size() > max_named ? fmt::format("{}, and {} more", names, all.size() - max_named)
                                  : names;
}

std::optional<std::string> parse_typed(std::string_view text, epsilon_valtype_t type,
                                       std::string_view what, epsilon_value_t& value) {
    const std::optional<epsilon_value_t> parsed = parse_value(text, type);
    value = parsed.value_or(epsilon_value_t{});
    return parsed ? std::nullopt
                  : std::optional(fmt::format("{} ({}): {} is not {}", what,
                                              epsilon_valtype_name(type), in_quotes(text),
                                              expected_form(type)));
}

std::optional<std::string> parse_arguments(const Export& function,
                                           std::span<const std::string> texts,
                                           std::vector<epsilon_value_t>& values) {
    size_t count = 0;
    const epsilon_valtype_t* types = epsilon_type_params(function.item.type, &count);
    if (texts.size() != count) {
        return fmt::format("function {} {} takes {} argument{}, {} given", in_quotes(function.name),
                           epsilon_type_text(function.item.type, nullptr), count,
                           count == 1 ? "" : "s", texts.size());
    }
    values.resize(count);
    for (size_t i = 0; i < count; ++i) {
        const std::string what =
            fmt::format("function {}: parameter {}", in_quotes(function.name), i + 1);
        if (auto wrong = parse_typed(texts[i], types[i], what, values[i])) {
            return wrong;
        }
    }
    return std::nullopt;
}

Error call(epsilon_module_t* module, const Export& function,
           const std::vector<epsilon_value_t>& arguments, const CallLimits& limits,
           std::vector<epsilon_value_t>& results) {
    Func func;
    Error error(
        epsilon_module_export_func(module, function.name.data(), function.name.size(), out(func)));
    if (error == nullptr) {
        size_t count = 0;
        epsilon_type_results(function.item.type, &count);
        results.resize(count);
        error.reset(epsilon_func_call_metered(func.get(), arguments.data(), arguments.size(),
                                              limits.timeout_ms, limits.fuel, results.data(),
                                              count));
    }
    return error;
}

std::vector<std::string> format_results(const Export& function,
                                        const std::vector<epsilon_value_t>& results,
                                        epsilon_runtime_t* runtime) {
    std::vector<std::string> texts;
    const epsilon_valtype_t* types = epsilon_type_results(function.item.type, nullptr);
    texts.reserve(results.size());
    for (size_t i = 0; i < results.size(); ++i) {
        texts.push_back(format_value(results[i], types[i], runtime));
    }
    return texts;
}

}  // namespace cli

// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

namespace spec {

namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? std::string() : found->get<std::string>();
}

std::string message_of(const Error& error) {
    size_t size = 0;
    const char* text = epsilon_error_message(error.get(), &size);
    return text == nullptr ? std::string() : std::string(text, size);
}

std::string describe(const Error& error) {
    if (error == nullptr) {
        return "success";
    }
    const char* kind = epsilon_error_kind_name(epsilon_error_kind(error.get()));
    return std::string(kind == nullptr ? "unknown kind" : kind) + ": " + message_of(error);
}

Failure unexpected(const Error& error) {
    return {describe(error), ""};
}

// Whether the error is of this kind and its message begins with the script's text.
std::optional<Failure> check_error(const Error& error, epsilon_error_kind_t kind,
                                   const std::string& text) {
    if (error != nullptr && epsilon_error_kind(error.get()) == kind &&
        message_of(error).compare(0, text.size(), text) == 0) {
        return std::nullopt;
    }
    return Failure{std::string("expected ") + epsilon_error_kind_name(kind) + ": " + text +
                       "; got " + describe(error),
                   ""};
}

Runtime make_runtime(const epsilon_config_t* config, Error& error) {
    Runtime runtime;
    error.reset(epsilon_runtime_new(config, out(runtime)));
    return runtime;
}

bool is_text_only(const json& command) {
    return text_of(command, "module_type") == "text" && !command.contains("binary_filename");
}

}  // namespace

Script::Script(const epsilon_config_t* config, std::string folder, bool trace)
    : config_(config),
      folder_(std::move(folder)),
      trace_(trace),
      runtime_(make_runtime(config, setup_error_)),
      objects_(runtime_.get()) {
    if (setup_error_ == nullptr) {
        setup_error_ = spectest_.make(runtime_.get());
    }
}

Report Script::run(const json& commands) {
    Report report;
    std::map<uint64_t, unsigned> commands_of_line;
    for (const json& command : commands) {
        const uint64_t line = command.at("line").get<uint64_t>();
        std::string id = std::to_string(line);
        const unsigned occurrence = ++commands_of_line[line];
        if (occurrence > 1) {
            id += "#" + std::to_string(occurrence);
        }
        if (trace_) {
            std::fprintf(stderr, "%s\n", id.c_str());
        }
        const std::string type = text_of(command, "type");
        if (type == "assert_malformed" && is_text_only(command)) {
            ++report.not_applicable;
            continue;
        }
        Outcome failure =
            setup_error_ == nullptr ? run_command(command, id) : Outcome(unexpected(setup_error_));
        if (failure) {
            report.failed.push_back({id, type, std::move(*failure)});
        } else {
            ++report.passed;
        }
    }
    return report;
}

Script::Outcome Script::run_command(const json& command, const std::string& id) {
    const std::string type = text_of(command, "type");
    if (type == "module") {
        return run_module(command, id);
    }
    if (type == "module_definition") {
        return run_definition(command, id);
    }
    if (type == "module_instance") {
        return run_instance(command, id);
    }
    if (type == "register") {
        return run_register(command);
    }
    if (type == "action" || type == "assert_return") {
        return run_assert_return(command);
    }
    if (type == "assert_trap" || type == "assert_exhaustion" || type == "assert_exception") {
        return run_assert_stop(command);
    }
    if (type == "assert_malformed") {
        return run_assert_refused(command, EPSILON_ERROR_MALFORMED);
    }
    if (type == "assert_invalid") {
        return run_assert_refused(command, EPSILON_ERROR_INVALID);
    }
    if (type == "assert_unlinkable") {
        return run_assert_uninstantiable(command, EPSILON_ERROR_LINK);
    }
    if (type == "assert_uninstantiable") {
        return run_assert_uninstantiable(command, EPSILON_ERROR_TRAP);
    }
    return Failure{"unknown command " + type, ""};
}

Script::Outcome Script::run_module(const json& command, const std::string& id) {
    Compiled compiled;
    const Error error = compile(command, compiled);
    Outcome failure;
    if (error != nullptr) {
        failure = unexpected(error);
    }
    return instantiate(compiled.get(), text_of(command, "name"), std::move(failure), id);
}

Script::Outcome Script::run_definition(const json& command, const std::string& id) {
    Definition& definition = definitions_[text_of(command, "name")];
    const Error error = compile(command, definition.compiled);
    if (error == nullptr) {
        return std::nullopt;
    }
    Failure failure = unexpected(error);
    definition.absent = {"the module definition failed", id};
    return failure;
}

Script::Outcome Script::run_instance(const json& command, const std::string& id) {
    const auto found = definitions_.find(text_of(command, "module"));
    if (found == definitions_.end()) {
        return Failure{"no such module definition", ""};
    }
    const Definition& definition = found->second;
    Outcome failure;
    if (definition.compiled == nullptr) {
        failure = definition.absent;
    }
    return instantiate(definition.compiled.get(), text_of(command, "instance"), std::move(failure),
                       id);
}

Script::Outcome Script::instantiate(const epsilon_compiled_t* compiled, const std::string& name,
                                    Outcome failure, const std::string& id) {
    auto slot = std::make_shared<Slot>();
    current_ = slot;
    if (!name.empty()) {
        named_[name] = slot;
    }
    if (!failure) {
        const Error error = link(compiled, slot->instance);
        if (error != nullptr) {
            failure = unexpected(error);
            failure->depends_on = missing_import(compiled);
        }
    }
    if (failure) {
        slot->absent = {"the module failed",
                        failure->depends_on.empty() ? id : failure->depends_on};
    }
    return failure;
}

Script::Outcome Script::find_slot(const json& owner, const char* key, std::shared_ptr<Slot>& slot) {
    const std::string name = text_of(owner, key);
    if (name.empty()) {
        slot = current_;
    } else if (const auto found = named_.find(name); found != named_.end()) {
        slot = found->second;
    }
    if (slot == nullptr) {
        return Failure{"no such module", ""};
    }
    if (slot->instance == nullptr) {
        return slot->absent;
    }
    return std::nullopt;
}

Script::Outcome Script::run_register(const json& command) {
    std::shared_ptr<Slot> slot;
    Outcome failure = find_slot(command, "name", slot);
    if (slot != nullptr) {
        registered_[text_of(command, "as")] = slot;
        imports_.reset();
    }
    return failure;
}

Script::Outcome Script::run_assert_return(const json& command) {
    Results results;
    Error error;
    if (Outcome failure = act(command.at("action"), results, error)) {
        return failure;
    }
    if (error != nullptr) {
        return unexpected(error);
    }
    const auto expected = command.find("expected");
    if (expected == command.end()) {
        return std::nullopt;
    }
    if (expected->size() != results.values.size()) {
        return Failure{std::to_string(results.values.size()) + " results", ""};
    }
    for (size_t i = 0; i < results.values.size(); ++i) {
        if (!matches((*expected)[i], results.types[i], results.values[i], objects_)) {
            return Failure{"expected " + (*expected)[i].dump() + ", got " +
                               describe(results.types[i], results.values[i]),
                           ""};
        }
    }
    return std::nullopt;
}

Script::Outcome Script::run_assert_stop(const json& command) {
    Results results;
    Error error;
    if (Outcome failure = act(command.at("action"), results, error)) {
        return failure;
    }
    const std::string type = text_of(command, "type");
    if (type == "assert_exception") {
        // No error kind stands for an uncaught exception as long as modules with exceptions are
        // refused.
        return Failure{"expected an exception; got " + describe(error), ""};
    }
    if (Outcome failure = check_error(error, EPSILON_ERROR_TRAP, text_of(command, "text"))) {
        return failure;
    }
    if (type == "assert_exhaustion" &&
        epsilon_error_trap(error.get()) != EPSILON_TRAP_CALL_STACK_EXHAUSTED) {
        return Failure{"not the trap for an exhausted stack", ""};
    }
    return std::nullopt;
}

Script::Outcome Script::run_assert_refused(const json& command, epsilon_error_kind_t kind) {
    Compiled compiled;
    const Error error = compile(command, compiled);
    if (Outcome failure = check_error(error, kind, text_of(command, "text"))) {
        return failure;
    }
    uint64_t offset = 0;
    if (!epsilon_error_offset(error.get(), &offset)) {
        return Failure{"no offset: " + describe(error), ""};
    }
    return std::nullopt;
}

Script::Outcome Script::run_assert_uninstantiable(const json& command, epsilon_error_kind_t kind) {
    Compiled compiled;
    const Error refused = compile(command, compiled);
    if (refused != nullptr) {
        return unexpected(refused);
    }
    Module instance;
    const Error error = link(compiled.get(), instance);
    Outcome failure = check_error(error, kind, text_of(command, "text"));
    if (failure && error != nullptr) {
        failure->depends_on = missing_import(compiled.get());
    }
    return failure;
}

Script::Outcome Script::act(const json& action, Results& results, Error& error) {
    std::shared_ptr<Slot> slot;
    if (Outcome failure = find_slot(action, "module", slot)) {
        return failure;
    }
    const std::string type = text_of(action, "type");
    if (type == "invoke") {
        return invoke(action, slot->instance.get(), results, error);
    }
    if (type != "get") {
        return Failure{"unknown action " + type, ""};
    }
    const std::string field = text_of(action, "field");
    Global global;
    const Error missing(epsilon_module_export_global(slot->instance.get(), field.data(),
                                                     field.size(), out(global)));
    if (missing != nullptr) {
        return unexpected(missing);
    }
    results.types = {epsilon_global_content(global.get())};
    results.values.resize(1);
    error.reset(epsilon_global_get(global.get(), results.values.data()));
    return std::nullopt;
}

Script::Outcome Script::invoke(const json& action, epsilon_module_t* instance, Results& results,
                               Error& error) {
    const std::string field = text_of(action, "field");
    Func func;
    const Error missing(
        epsilon_module_export_func(instance, field.data(), field.size(), out(func)));
    if (missing != nullptr) {
        return unexpected(missing);
    }
    const epsilon_type_t* type = epsilon_func_type(func.get());
    size_t nparams = 0;
    const epsilon_valtype_t* params = epsilon_type_params(type, &nparams);
    size_t nresults = 0;
    const epsilon_valtype_t* result_types = epsilon_type_results(type, &nresults);

    const json& arguments = action.at("args");
    if (arguments.size() != nparams) {
        return Failure{"the function has " + std::to_string(nparams) + " parameters", ""};
    }
    std::vector<epsilon_value_t> values;
    for (size_t i = 0; i < nparams; ++i) {
        const std::optional<epsilon_value_t> value =
            parse_argument(arguments[i], params[i], objects_);
        if (!value) {
            return Failure{"argument " + arguments[i].dump() + " does not fit", ""};
        }
        values.push_back(*value);
    }
    results.types.assign(result_types, result_types + nresults);
    results.values.resize(nresults);
    error.reset(
        epsilon_func_call(func.get(), values.data(), nparams, 0, results.values.data(), nresults));
    return std::nullopt;
}

std::vector<uint8_t> Script::read_module(const json& command) const {
    const std::string name = text_of(command, "module_type") == "text"
                                 ? text_of(command, "binary_filename")
                                 : text_of(command, "filename");
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Error Script::compile(const json& command, Compiled& compiled) const {
    const std::vector<uint8_t> bytes = read_module(command);
    return Error(epsilon_compiled_new(config_, bytes.data(), bytes.size(), out(compiled)));
}

Error Script::link(const epsilon_compiled_t* compiled, Module& instance) {
    if (imports_ == nullptr) {
        // Made anew after each registration: a name registered again must not keep old exports.
        Error error(epsilon_imports_new(out(imports_)));
        if (error == nullptr) {
            error = spectest_.add_to(imports_.get());
        }
        for (const auto& [name, slot] : registered_) {
            if (error == nullptr && slot->instance != nullptr) {
                error.reset(epsilon_imports_add_module(imports_.get(), name.data(), name.size(),
                                                       slot->instance.get()));
            }
        }
        if (error != nullptr) {
            imports_.reset();
            return error;
        }
    }
    return Error(
        epsilon_module_new(runtime_.get(), compiled, imports_.get(), nullptr, out(instance)));
}

std::string Script::missing_import(const epsilon_compiled_t* compiled) const {
    for (size_t i = 0; i < epsilon_compiled_import_count(compiled); ++i) {
        const char* name = nullptr;
        size_t size = 0;
        const Error error(
            epsilon_compiled_import(compiled, i, &name, &size, nullptr, nullptr, nullptr));
        if (error != nullptr) {
            break;
        }
        const auto found = registered_.find(std::string(name, size));
        if (found != registered_.end() && found->second->instance == nullptr) {
            return found->second->absent.depends_on;
        }
    }
    return "";
}

}  // namespace spec

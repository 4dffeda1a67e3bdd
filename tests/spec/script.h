// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "handles.h"
#include "spectest.h"
#include "values.h"

namespace spec {

// Why a command did not do what the script says. depends_on is the id of the module command whose
// failure is the whole reason, empty if the command failed by itself.
struct Failure {
    std::string message;
    std::string depends_on;
};

struct FailedCommand {
    // The line, then "#2" for the second command of the same line.
    std::string id;
    std::string type;
    Failure failure;
};

struct Report {
    size_t passed = 0;
    // Modules in text form that must not be accepted: they test the converter, not the library.
    size_t not_applicable = 0;
    std::vector<FailedCommand> failed;
};

// One script, in the form that `wasm-tools json-from-wast` makes, in a runtime of its own.
class Script {
public:
    // config may be null. trace prints every command's id before it runs.
    Script(const epsilon_config_t* config, std::string folder, bool trace);

    Report run(const nlohmann::json& commands);

private:
    // What a module's name stands for: an instance, or the reason why there is none.
    struct Slot {
        Module instance;
        Failure absent;
    };
    struct Definition {
        Compiled compiled;
        Failure absent;
    };
    struct Results {
        std::vector<epsilon_valtype_t> types;
        std::vector<epsilon_value_t> values;
    };
    using Outcome = std::optional<Failure>;

    Outcome run_command(const nlohmann::json& command, const std::string& id);
    Outcome run_module(const nlohmann::json& command, const std::string& id);
    Outcome run_definition(const nlohmann::json& command, const std::string& id);
    Outcome run_instance(const nlohmann::json& command, const std::string& id);
    Outcome run_register(const nlohmann::json& command);
    Outcome run_assert_return(const nlohmann::json& command);
    Outcome run_assert_stop(const nlohmann::json& command);
    Outcome run_assert_refused(const nlohmann::json& command, epsilon_error_kind_t kind);
    Outcome run_assert_uninstantiable(const nlohmann::json& command, epsilon_error_kind_t kind);

    // Binds the names to the instance of this module or, if there is none, to the reason.
    Outcome instantiate(const epsilon_compiled_t* compiled, const std::string& name,
                        Outcome failure, const std::string& id);
    // Calls the function or reads the global; `error` is what that ended with. A Failure means that
    // it did not come to that.
    Outcome act(const nlohmann::json& action, Results& results, Error& error);
    Outcome find_slot(const nlohmann::json& owner, const char* key, std::shared_ptr<Slot>& slot);
    Outcome invoke(const nlohmann::json& action, epsilon_module_t* instance, Results& results,
                   Error& error);

    std::vector<uint8_t> read_module(const nlohmann::json& command) const;
    Error compile(const nlohmann::json& command, Compiled& compiled) const;
    Error link(const epsilon_compiled_t* compiled, Module& instance);
    // The module command that made this one fail by being absent among its imports.
    std::string missing_import(const epsilon_compiled_t* compiled) const;

    const epsilon_config_t* config_;
    std::string folder_;
    bool trace_;
    Error setup_error_;
    Runtime runtime_;
    Spectest spectest_;
    Imports imports_;
    ExternObjects objects_;
    std::shared_ptr<Slot> current_;
    std::map<std::string, std::shared_ptr<Slot>> named_;
    std::map<std::string, std::shared_ptr<Slot>> registered_;
    std::map<std::string, Definition> definitions_;
};

}  // namespace spec

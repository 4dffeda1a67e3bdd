// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "functions.h"
#include "handles.h"
#include "options.h"
#include "parts.h"
#include "repl_words.h"

namespace cli {

struct LoadedModule {
    std::string name;
    std::string file;
    Compiled compiled;
    Module instance;
};

// The name of a module that is loaded without one, and meant where none is named.
inline constexpr std::string_view default_name = "default";

// What is loaded in the REPL, and what is done with it. What cannot be done throws a Failure.
class Session {
public:
    explicit Session(const Options& options);

    epsilon_runtime_t* runtime() const { return runtime_.get(); }
    const std::vector<std::unique_ptr<LoadedModule>>& modules() const { return modules_; }

    // Instantiates the module of a file and calls its constructors. Its imports are linked to the
    // modules that are loaded already.
    const LoadedModule& load(const std::string& name, const std::string& file);

    // Unloads everything.
    void clear();

    // None if no module has the name.
    const LoadedModule* find(std::string_view name) const;
    const LoadedModule& require(std::string_view name) const;

    // The module meant where none is named: "default", or the only one; null if there is none.
    const LoadedModule* implied() const;
    // The word is what it was wanted for.
    const LoadedModule& require_implied(std::string_view word) const;

    // An export as MODULE.NAME, or as NAME of the module that is meant.
    struct Place {
        const LoadedModule& module;
        Export item;
    };
    Place resolve(const Word& word, epsilon_externkind_t kind) const;

    // The memory called "memory", or the only one.
    Place only_memory(const LoadedModule& module) const;

    // The results, each as text.
    std::vector<std::string> invoke(const Place& function, const std::vector<std::string>& texts);

    Memory memory(const Place& place) const;
    std::string get(const Place& global) const;
    void set(const Place& global, std::string_view text);

private:
    Imports link(const LoadedModule& module) const;
    void initialize(const LoadedModule& module);
    Global global(const Place& place) const;

    Config config_;
    CallLimits limits_;
    WasiOptions wasi_;
    Runtime runtime_;
    std::vector<std::unique_ptr<LoadedModule>> modules_;
};

}  // namespace cli

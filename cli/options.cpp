// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string_view>

#include <epsilon.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "hints.h"
#include "old_options.h"
#include "quantities.h"
#include "text.h"

namespace cli {

namespace {

constexpr char synopsis_of_run[] = "epsilon run [OPTION...] FILE [ARG...]";
constexpr char synopsis_of_short_form[] = "epsilon [OPTION...] FILE [FUNCTION] [ARG...]";
constexpr char synopsis_of_repl[] = "epsilon repl [OPTION...]";
constexpr char synopsis_of_validate[] = "epsilon validate FILE...";
constexpr char synopsis_of_inspect[] =
    "epsilon inspect [--json] [--cells NAME] [--asm NAME] FILE...";
constexpr char synopsis_of_wat[] = "epsilon wat [-o OUT] FILE";
constexpr char synopsis_of_help[] = "epsilon help [COMMAND]";

constexpr char footer[] =
    "epsilon FILE FUNCTION [ARG...] is short for epsilon run --invoke FUNCTION FILE [ARG...].\n"
    "epsilon alone, on a terminal, is short for epsilon repl.\n"
    "FILE is a module in binary or in text form; - is standard input.\n"
    "\nExamples:\n"
    "  epsilon run --timeout 1s --max-memory 16M prog.wasm\n"
    "  epsilon add.wasm add 5 37\n"
    "\nExit status: 0; 1 for an error; 2 for a mistake in the command line.";

constexpr char footer_of_run[] =
    "Everything after FILE belongs to the program, whatever it looks like. A program for WASI\n"
    "gets it as its arguments; its exit status is passed on. It has the standard streams, no\n"
    "environment but that of --env, and no files but those of --dir and --dir-ro.\n"
    "\nWith --invoke, arguments are read by the function's own type: i32 and i64 as decimal\n"
    "or 0x hexadecimal, f32 and f64 also as inf, nan and nan:0x400000, v128 as 0x and up to\n"
    "32 digits or as i32x4:1,2,3,4, references as null. Results are printed one a line.\n"
    "\nExamples:\n"
    "  epsilon run --dir-ro data --dir out::/out --env LANG=C prog.wasm data/in.csv\n"
    "  epsilon run --invoke add add.wasm 5 37\n"
    "  epsilon run --timeout 500ms --fuel 1000000 untrusted.wasm";

constexpr char footer_of_repl[] =
    "Commands are LOAD, INVOKE, GET, SET, MEM, LIST, HELP, CLEAR and QUIT, in small or large\n"
    "letters; HELP describes them. Time and fuel are given to each LOAD and INVOKE anew. Where\n"
    "standard input is no terminal, there are no prompts, and the exit status is 1 if a command\n"
    "failed.\n"
    "\nExamples:\n"
    "  epsilon repl --timeout 5s\n"
    "  printf 'LOAD add.wasm\\nINVOKE add 5 37\\n' | epsilon repl";

constexpr char footer_of_validate[] =
    "FILE - is standard input.\n"
    "\nExamples:\n"
    "  epsilon validate a.wasm b.wat\n"
    "  epsilon validate - <a.wasm";

constexpr char footer_of_inspect[] =
    "FILE - is standard input. NAME is a function's: that of its export, that in the name\n"
    "section, or its index.\n"
    "\nExamples:\n"
    "  epsilon inspect prog.wasm\n"
    "  epsilon inspect --cells main --asm main prog.wasm\n"
    "  epsilon inspect --json prog.wasm | jq -r '.imports[] | .module + \".\" + .name'";

constexpr char footer_of_wat[] =
    "Text becomes binary, binary becomes text, by wasm-tools or wabt, whichever is on the PATH.\n"
    "FILE - is standard input.\n"
    "\nExamples:\n"
    "  epsilon wat prog.wasm | less\n"
    "  epsilon wat prog.wat -o prog.wasm";

constexpr char footer_of_help[] =
    "COMMAND is run, repl, validate, inspect or wat.\n"
    "\nExamples:\n"
    "  epsilon help\n"
    "  epsilon help run";

// A line of a list in the help.
std::string entry(const std::string& what, const std::string& description) {
    return fmt::format("  {:<28}{}\n", what, description);
}

std::string names_of(const CLI::Option& option) {
    std::string names;
    for (const std::string& letter : option.get_snames()) {
        names += fmt::format("-{}, ", letter);
    }
    return fmt::format("{}--{}", names, option.get_lnames().front());
}

// Our help: that of CLI11 differs from release to release, and cannot know what prefix_command
// leaves to the program.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string /* name */,
                          CLI::AppFormatMode /* mode */) const override {
        const auto commands = app->get_subcommands([](const CLI::App*) { return true; });
        std::string text =
            fmt::format("{}\n\nUsage: {}\n", app->get_description(), synopsis_of(app->get_name()));
        if (!commands.empty()) {
            text += fmt::format("       {}\n", synopsis_of_short_form);
        }
        for (const CLI::App* command : commands) {
            // The first is the program's own.
            if (command != commands.front()) {
                text += fmt::format("       {}\n", synopsis_of(command->get_name()));
            }
        }
        if (!commands.empty()) {
            text += "\nCommands:\n";
        }
        for (const CLI::App* command : commands) {
            text += entry(command->get_name(), command->get_description());
        }
        text += "\nOptions:\n";
        for (const CLI::Option* option : app->get_options()) {
            if (!option->get_lnames().empty()) {
                const std::string placeholder = option->get_type_name();
                text += entry(names_of(*option) + (placeholder.empty() ? "" : " ") + placeholder,
                              option->get_description());
            }
        }
        return fmt::format("{}\n{}\n", text, app->get_footer());
    }

private:
    static const char* synopsis_of(const std::string& command) {
        const std::pair<std::string_view, const char*> commands[] = {
            {"repl", synopsis_of_repl},       {"validate", synopsis_of_validate},
            {"inspect", synopsis_of_inspect}, {"wat", synopsis_of_wat},
            {"help", synopsis_of_help},
        };
        for (const auto& [name, synopsis] : commands) {
            if (command == name) {
                return synopsis;
            }
        }
        return synopsis_of_run;
    }
};

// An option with a value that has a form of its own, or none: last_value gives the text.
void add_value(CLI::App& app, const char* names, const char* placeholder,
               const std::string& description) {
    app.add_option(names, description)
        ->type_name(placeholder)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// An option that counts each time it is given.
void add_list(CLI::App& app, const char* names, const char* placeholder,
              const std::string& description) {
    app.add_option(names, description)
        ->type_name(placeholder)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// The last one of an option that is given more than once.
std::optional<std::string> last_value(const CLI::App& app, const char* name) {
    return app.count(name) == 0 ? std::nullopt
                                : std::optional(app.get_option(name)->results().back());
}

std::optional<uint64_t> parse_tiers(std::string_view text) {
    if (text == "interpreter") {
        return EPSILON_TIERS_INTERPRETER;
    }
    if (text == "compiled") {
        return EPSILON_TIERS_COMPILED;
    }
    if (text == "tiered") {
        return EPSILON_TIERS_TIERED;
    }
    return std::nullopt;
}

// What limits programs, and what they are given.
void add_program_options(CLI::App& app) {
    add_value(app, "--max-memory", "SIZE",
              "Cap of each memory: pages of 64 KiB, or bytes (640K, 16M, 4G)");
    add_value(app, "--max-total-memory", "SIZE",
              "Cap of all memories and tables together: bytes, or 640K, 16M, 4G");
    add_value(app, "--max-stack", "SIZE",
              "Size of the program's stack: bytes, or 64K, 16M (default: 64M)");
    add_value(app, "--timeout", "TIME",
              "Stop the program after this time: milliseconds, or 500ms, 1.5s, 2m");
    add_value(app, "--max-call-depth", "N", "Trap beyond this many frames of WebAssembly");
    add_value(app, "--fuel", "N", "Stop the program after about this many instructions");
    add_value(app, "--tiers", "WAY",
              "How to execute it: interpreter, compiled, or tiered (default)");
    app.add_flag("--perf-map")
        ->description("Write the names of compiled functions where perf finds them");
    add_list(app, "--dir", "HOST[::GUEST]",
             "Give the program a directory, under its own path or GUEST");
    add_list(app, "--dir-ro", "HOST[::GUEST]", "As --dir, but nothing in it can be changed");
    add_list(app, "--env", "NAME[=VALUE]", "Set a variable, or pass on the one that is set here");
    add_list(app, "--arg", "ARG", "An argument, before those after FILE");
    add_value(app, "--argv0", "NAME", "The program's name for itself (default: that of its file)");
    app.add_flag("--allow-escapes")
        ->description("Let the program control the terminal that it writes to");
}

void add_run_options(CLI::App& app) {
    add_program_options(app);
    // Everything from the file on belongs to the program, whatever it looks like.
    app.prefix_command();
}

// The commands, their options, and what the command line says of them.
class CommandLine {
public:
    explicit CommandLine(Options& options) : options_(options) {
        app_.footer(footer);
        app_.set_version_flag("--version", [] {
            return fmt::format("epsilon {} ({})", epsilon_version(), epsilon_build_info());
        });
        app_.get_option("--version")->description("Print the version and how it was built");
        app_.set_help_flag("-h,--help", "Print this help");
        app_.formatter(std::make_shared<HelpFormatter>());
        app_.require_subcommand(0, 1);
        add_run_options(app_);

        run_ = add_command("run", "Run a program, or call a function of it", footer_of_run);
        add_value(*run_, "--invoke", "NAME", "Function to call (default: _start, if there is one)");
        add_run_options(*run_);
        repl_ = add_command("repl", "Load modules and call functions, command by command",
                            footer_of_repl);
        add_program_options(*repl_);
        validate_ =
            add_command("validate", "Check modules without running them", footer_of_validate);
        validate_->add_option("FILE", options_.files);
        inspect_ = add_command("inspect", "Print what modules contain", footer_of_inspect);
        inspect_->add_flag("--json", options_.json, "Print a JSON object for each, one a line");
        add_list(*inspect_, "--cells", "NAME", "Print the cells of a function instead");
        add_list(*inspect_, "--asm", "NAME", "Print the machine code of a function instead");
        inspect_->add_option("FILE", options_.files);
        wat_ = add_command("wat", "Convert a module to text, or from text", footer_of_wat);
        add_value(*wat_, "-o,--output", "OUT", "File to write (default: standard output)");
        wat_->add_option("FILE", options_.files);
        help_ = add_command("help", "Print help, for all or for a command", footer_of_help);
        help_->add_option("COMMAND", help_command_);
    }

    std::optional<int> parse(int argc, const char* const* argv) {
        try {
            std::vector<std::string> words = modern_options(argc, argv);
            std::reverse(words.begin(), words.end());  // as CLI11 wants them
            app_.parse(std::move(words));
        } catch (const CLI::CallForHelp&) {
            return print(app_.help());
        } catch (const CLI::CallForVersion& version) {
            return print(fmt::format("{}\n", version.what()));
        } catch (const CLI::ArgumentMismatch& mistake) {
            // "--timeout: 1 required ...", in words that differ from release to release.
            const std::string_view what = mistake.what();
            return usage_error(
                fmt::format("{} needs a value", printable(what.substr(0, what.find(':')))));
        } catch (const CLI::ParseError& mistake) {
            return usage_error(printable(mistake.what()));
        }
        if (help_->parsed()) {
            return print_help();
        }
        if (repl_->parsed()) {
            return take_repl();
        }
        if (run_->parsed() || app_.get_subcommands().empty()) {
            return take_run();
        }
        for (const CLI::Option* option : run_->get_options()) {
            const std::string name = "--" + option->get_lnames().front();
            if (name != "--help" && name != "--invoke" && app_.count(name) > 0) {
                return unknown_option(name);
            }
        }
        options_.command = validate_->parsed()  ? Command::validate
                           : inspect_->parsed() ? Command::inspect
                                                : Command::wat;
        return take_files();
    }

private:
    CLI::App* add_command(const char* name, const char* description, const char* text) {
        CLI::App* command = app_.add_subcommand(name, description);
        command->footer(text);
        command->set_help_flag("-h,--help", "Print this help");
        // Mistakes are described here.
        command->allow_extras();
        command->prefix_command(false);
        return command;
    }

    static int print(const std::string& text) {
        fmt::print("{}", text);
        return exit_success;
    }

    // The command that was named, or the whole program.
    const CLI::App& current() const {
        const std::vector<CLI::App*> parsed = app_.get_subcommands();
        return parsed.empty() ? app_ : *parsed.front();
    }

    int usage_error(std::string_view message) const {
        const std::string command = current().get_name();
        fmt::print(stderr, "epsilon: {}\nTry 'epsilon {}--help'.\n", message,
                   command == "epsilon" ? "" : command + " ");
        return exit_usage;
    }

    int usage_error(const std::string& message, std::string_view meant) const {
        return usage_error(meant.empty() ? message
                                         : fmt::format("{}; did you mean {}?", message, meant));
    }

    static bool is_option(const std::string& argument) {
        return argument.size() > 1 && argument.front() == '-';
    }

    int unknown_option(const std::string& argument) const {
        const std::string name = argument.substr(0, argument.find('='));
        std::vector<std::string> names;
        for (const CLI::Option* option : current().get_options()) {
            for (const std::string& known : option->get_lnames()) {
                names.push_back("--" + known);
            }
        }
        return usage_error(fmt::format("unknown option {}", printable(name)), nearest(name, names));
    }

    std::vector<const CLI::App*> commands() const {
        return app_.get_subcommands([](const CLI::App*) { return true; });
    }

    std::string nearest_command(std::string_view word) const {
        std::vector<std::string> names;
        for (const CLI::App* command : commands()) {
            names.push_back(command->get_name());
        }
        return nearest(word, names);
    }

    int print_help() const {
        for (const std::string& extra : help_->remaining()) {
            return is_option(extra) ? unknown_option(extra)
                                    : usage_error("help takes one command at most");
        }
        const std::string& name = help_command_;
        if (name.empty()) {
            // Not that of the command help, which is under way.
            return print(app_.get_formatter()->make_help(&app_, "", CLI::AppFormatMode::Normal));
        }
        for (const CLI::App* command : commands()) {
            if (command->get_name() == name) {
                return print(command->help());
            }
        }
        return usage_error(fmt::format("no command {}", in_quotes(name)), nearest_command(name));
    }

    std::optional<int> take_files() {
        // What comes after "--" some releases leave over, some give to the program as a whole.
        bool ends_options = false;
        for (const CLI::App* app : {&current(), static_cast<const CLI::App*>(&app_)}) {
            for (const std::string& extra : app->remaining()) {
                if (extra == "--" && !ends_options) {
                    ends_options = true;
                } else if (app == &current() && is_option(extra) && !ends_options) {
                    return unknown_option(extra);
                } else {
                    options_.files.push_back(extra);
                }
            }
        }
        if (options_.files.empty()) {
            return usage_error("no file given");
        }
        options_.cells_of = inspect_->get_option("--cells")->results();
        options_.asm_of = inspect_->get_option("--asm")->results();
        if (options_.json && !(options_.cells_of.empty() && options_.asm_of.empty())) {
            return usage_error("--json prints no code: leave it out, or --cells and --asm");
        }
        if (options_.command == Command::wat && options_.files.size() > 1) {
            return usage_error("wat takes one file");
        }
        if (const auto output = last_value(*wat_, "--output")) {
            options_.output = *output;
        }
        if (options_.output.empty()) {
            return usage_error("--output : expected a file");
        }
        return std::nullopt;
    }

    std::optional<int> take_repl() {
        for (const CLI::App* app : std::initializer_list<const CLI::App*>{repl_, &app_}) {
            for (const std::string& extra : app->remaining()) {
                return is_option(extra) ? unknown_option(extra)
                                        : usage_error("repl takes no file; its LOAD does");
            }
        }
        options_.command = Command::repl;
        const std::optional<int> status = take_limits();
        return status ? status : take_wasi();
    }

    // The file, and what follows it, which is left over because it may look like options.
    std::optional<int> take_run() {
        const bool short_form = !run_->parsed();
        options_.function = last_value(*run_, "--invoke");
        if (const std::optional<int> status = take_limits()) {
            return status;
        }
        if (const std::optional<int> status = take_wasi()) {
            return status;
        }
        std::vector<std::string> rest = current().remaining();
        bool ends_options = !rest.empty() && rest.front() == "--";
        if (ends_options) {
            rest.erase(rest.begin());
        } else if (!short_form && rest.empty()) {
            // What comes after "--" CLI11 gives to the program as a whole.
            rest = app_.remaining();
            ends_options = true;
        }
        if (rest.empty() && short_form && !ends_options && is_on_terminal()) {
            options_.command = Command::repl;
            return std::nullopt;
        }
        if (rest.empty()) {
            return usage_error("no file given");
        }
        const std::string& file = rest.front();
        if (is_option(file) && !ends_options) {
            return unknown_option(file);
        }
        if (short_form && ::access(file.c_str(), F_OK) != 0) {
            const std::string meant = nearest_command(file);
            if (!meant.empty()) {
                return usage_error(fmt::format("no file and no command {}", in_quotes(file)),
                                   meant);
            }
        }
        options_.files = {file};
        auto next = rest.begin() + 1;
        if (short_form && next != rest.end()) {
            options_.function = *next++;
        }
        options_.arguments.assign(next, rest.end());
        return std::nullopt;
    }

    struct Limit {
        const char* name;
        const char* form;
        std::optional<uint64_t> (*parse)(std::string_view);
        uint64_t& target;
    };

    std::vector<Limit> limits() {
        constexpr const char* bytes_form = "bytes, such as 1048576, 640K, 16M or 4G";
        return {
            {"--max-memory", "pages of 64 KiB (up to 65536), or bytes such as 640K, 16M or 4G",
             parse_pages, options_.max_memory_pages},
            {"--max-total-memory", bytes_form, parse_bytes, options_.max_total_memory_bytes},
            {"--max-stack", bytes_form, parse_bytes, options_.max_stack_bytes},
            {"--timeout", "milliseconds, or a number with a unit such as 500ms, 1.5s, 2m",
             parse_duration, options_.timeout_ms},
            {"--max-call-depth", "a number of frames", parse_count, options_.max_call_depth},
            {"--fuel", "a number of instructions", parse_count, fuel_},
            {"--tiers", "interpreter, compiled or tiered", parse_tiers, options_.tiers},
        };
    }

    std::optional<int> take_limits() {
        for (const Limit& limit : limits()) {
            // Before the command, and after it, which is what holds.
            for (const CLI::App* app : std::initializer_list<const CLI::App*>{&app_, run_, repl_}) {
                const std::optional<std::string> text = last_value(*app, limit.name);
                if (!text) {
                    continue;
                }
                const std::optional<uint64_t> value = limit.parse(*text);
                if (!value) {
                    return usage_error(fmt::format("{} {}: expected {}", limit.name,
                                                   printable(*text), limit.form));
                }
                limit.target = *value;
                if (&limit.target == &fuel_) {
                    options_.fuel = fuel_;
                }
            }
        }
        return std::nullopt;
    }

    // All that is given of an option, before the command and after it.
    std::vector<std::string> all_values(const char* name) const {
        std::vector<std::string> values;
        for (const CLI::App* app : std::initializer_list<const CLI::App*>{&app_, run_, repl_}) {
            const std::vector<std::string>& more = app->get_option(name)->results();
            values.insert(values.end(), more.begin(), more.end());
        }
        return values;
    }

    std::optional<int> take_wasi() {
        WasiOptions& wasi = options_.wasi;
        for (const bool read_only : {false, true}) {
            const char* const name = read_only ? "--dir-ro" : "--dir";
            for (const std::string& text : all_values(name)) {
                auto directory = parse_directory(text, read_only);
                if (!directory) {
                    return usage_error(fmt::format("{} {}: expected a directory, or HOST::GUEST",
                                                   name, printable(text)));
                }
                wasi.directories.push_back(std::move(*directory));
            }
        }
        for (const std::string& text : all_values("--env")) {
            auto variable = parse_variable(text);
            if (!variable) {
                return usage_error(
                    fmt::format("--env {}: expected NAME=VALUE, or the name of a "
                                "variable that is set",
                                printable(text)));
            }
            wasi.environment.push_back(std::move(*variable));
        }
        wasi.arguments = all_values("--arg");
        const std::vector<std::string> names = all_values("--argv0");
        if (!names.empty()) {
            wasi.name = names.back();
        }
        for (const CLI::App* app : std::initializer_list<const CLI::App*>{&app_, run_, repl_}) {
            wasi.allow_escapes |= app->count("--allow-escapes") > 0;
            options_.perf_map |= app->count("--perf-map") > 0;
        }
        return std::nullopt;
    }

    Options& options_;
    std::string help_command_;
    uint64_t fuel_ = 0;
    CLI::App app_{"Runs WebAssembly programs, checks and shows modules.", "epsilon"};
    CLI::App* run_ = nullptr;
    CLI::App* repl_ = nullptr;
    CLI::App* validate_ = nullptr;
    CLI::App* inspect_ = nullptr;
    CLI::App* wat_ = nullptr;
    CLI::App* help_ = nullptr;
};

}  // namespace

std::optional<int> parse_options(int argc, const char* const* argv, Options& options) {
    return CommandLine(options).parse(argc, argv);
}

}  // namespace cli

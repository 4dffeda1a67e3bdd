// SPDX-License-Identifier: Apache-2.0
// Runs scripts of the specification through the C API. Prints a line of JSON for each script: how
// many commands passed, and which failed why. Judging the failures is run.py's work.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "script.h"

namespace {

using nlohmann::json;

constexpr char usage[] =
    "usage: epsilon_spec_runner [OPTION...] SCRIPT.json...\n"
    "  --explicit-checks      bound memories by comparisons, not by guard pages\n"
    "  --no-signals           install no signal handlers\n"
    "  --max-call-depth N     an exact cap on WebAssembly frames\n"
    "  --metering             count instructions and fuel\n"
    "  --tiers WAY            interpreter, compiled or tiered (default)\n"
    "  --tier-thresholds C R  compile after C calls or R rounds of a loop\n"
    "  --random-tiers SEED    ... or at random\n"
    "  --build-info           print how the library was built, and end\n"
    "  --trace                print every command's line to standard error before it runs\n";

struct Options {
    spec::Config config;
    bool trace = false;
    int first_script = 1;
};

int fail(const std::string& message) {
    std::fprintf(stderr, "epsilon_spec_runner: %s\n", message.c_str());
    return 2;
}

// No tiers have the last one, which is refused.
epsilon_tiers_t tiers_named(const char* name) {
    const char* const names[] = {"interpreter", "compiled", "tiered"};
    unsigned tiers = 0;
    while (tiers < 3 && std::strcmp(names[tiers], name) != 0) {
        ++tiers;
    }
    return epsilon_tiers_t(tiers);
}

// 0 to go on; otherwise the exit status, -1 for success.
int parse_options(int argc, char** argv, Options& options) {
    spec::Error error(epsilon_config_new(spec::out(options.config)));
    epsilon_config_t* config = options.config.get();
    int i = 1;
    for (; error == nullptr && i < argc && std::strncmp(argv[i], "--", 2) == 0; ++i) {
        const std::string option = argv[i];
        if (option == "--explicit-checks") {
            error.reset(epsilon_config_set_memory_checks(config, EPSILON_MEMORY_CHECKS_EXPLICIT));
        } else if (option == "--no-signals") {
            error.reset(epsilon_config_set_signals(config, false));
        } else if (option == "--max-call-depth" && i + 1 < argc) {
            error.reset(
                epsilon_config_set_max_call_depth(config, std::strtoull(argv[++i], nullptr, 10)));
        } else if (option == "--metering") {
            error.reset(epsilon_config_set_metering(config, true));
        } else if (option == "--tiers" && i + 1 < argc) {
            error.reset(epsilon_config_set_tiers(config, tiers_named(argv[++i])));
        } else if (option == "--tier-thresholds" && i + 2 < argc) {
            const auto calls = uint32_t(std::strtoul(argv[++i], nullptr, 10));
            const auto rounds = uint32_t(std::strtoul(argv[++i], nullptr, 10));
            error.reset(epsilon_config_set_tier_thresholds(config, calls, rounds));
        } else if (option == "--random-tiers" && i + 1 < argc) {
            error.reset(
                epsilon_config_set_random_tiers(config, std::strtoull(argv[++i], nullptr, 10)));
        } else if (option == "--trace") {
            options.trace = true;
        } else if (option == "--build-info") {
            std::printf("%s\n", epsilon_build_info());
            return -1;
        } else {
            std::fputs(usage, stderr);
            return 2;
        }
    }
    options.first_script = i;
    return error == nullptr ? 0 : fail(epsilon_error_message(error.get(), nullptr));
}

std::string folder_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

json to_json(const spec::Report& report) {
    json failed = json::array();
    for (const spec::FailedCommand& command : report.failed) {
        failed.push_back({{"id", command.id},
                          {"type", command.type},
                          {"message", command.failure.message},
                          {"depends_on", command.failure.depends_on}});
    }
    return {
        {"passed", report.passed}, {"not_applicable", report.not_applicable}, {"failed", failed}};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    const int status = parse_options(argc, argv, options);
    if (status != 0) {
        return status < 0 ? 0 : status;
    }
    for (int i = options.first_script; i < argc; ++i) {
        std::ifstream file(argv[i], std::ios::binary);
        const json script = json::parse(file, nullptr, false);
        if (!script.is_object() || !script.contains("commands")) {
            return fail(std::string("not a converted script: ") + argv[i]);
        }
        spec::Script run(options.config.get(), folder_of(argv[i]), options.trace);
        json report = to_json(run.run(script.at("commands")));
        report["script"] = argv[i];
        // Messages quote names of hostile modules, which need not be UTF-8.
        std::printf("%s\n", report.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
    }
    return 0;
}

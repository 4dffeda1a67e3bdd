// SPDX-License-Identifier: Apache-2.0
#include "wasi.h"

#include <fcntl.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "parts.h"

namespace cli {

namespace {

using std::string_view;

using Wasi = std::unique_ptr<epsilon_wasi_t, Deleter<epsilon_wasi_delete>>;

// The name that programs are told: how they were called, without the folders on the way.
std::string name_of(const std::string& file) {
    return file == "-" ? file : std::filesystem::path(file).filename().string();
}

// Goes through the steps until one fails.
template <typename Range, typename Step>
Error each(const Range& range, Step step) {
    for (const auto& item : range) {
        if (Error error{step(item)}) {
            return error;
        }
    }
    return nullptr;
}

}  // namespace

std::optional<Directory> parse_directory(string_view text, bool read_only) {
    constexpr string_view separator = "::";
    const size_t at = text.find(separator);
    const string_view host = text.substr(0, at);
    const string_view guest = at == string_view::npos ? host : text.substr(at + separator.size());
    if (host.empty() || guest.empty()) {
        return std::nullopt;
    }
    return Directory{std::string(host), std::string(guest), read_only};
}

std::optional<std::pair<std::string, std::string>> parse_variable(const std::string& text) {
    const size_t at = text.find('=');
    std::string name = text.substr(0, at);
    if (name.empty()) {
        return std::nullopt;
    }
    if (at != std::string::npos) {
        return std::pair(std::move(name), text.substr(at + 1));
    }
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
        return std::nullopt;
    }
    return std::pair(std::move(name), std::string(value));
}

bool uses_wasi(const epsilon_compiled_t* compiled) {
    for (const Import& import : imports_of(compiled)) {
        if (import.module == "wasi_snapshot_preview1" || import.module == "wasi_unstable") {
            return true;
        }
    }
    return false;
}

Error add_wasi(const WasiOptions& options, const std::string& file,
               const std::vector<std::string>& arguments, const Imports& imports) {
    Wasi wasi;
    Error error(epsilon_wasi_new(out(wasi)));
    const auto add_argument = [&wasi](const std::string& text) {
        return epsilon_wasi_add_arg(wasi.get(), text.data(), text.size());
    };
    if (error == nullptr) {
        error.reset(add_argument(options.name ? *options.name : name_of(file)));
    }
    if (error == nullptr) {
        error = each(options.arguments, add_argument);
    }
    if (error == nullptr) {
        error = each(arguments, add_argument);
    }
    if (error == nullptr) {
        error = each(options.environment, [&wasi](const auto& variable) {
            return epsilon_wasi_add_env(wasi.get(), variable.first.data(), variable.first.size(),
                                        variable.second.data(), variable.second.size());
        });
    }
    if (error == nullptr) {
        error = each(options.directories, [&wasi](const Directory& directory) {
            return epsilon_wasi_preopen_dir(wasi.get(), directory.host.data(),
                                            directory.host.size(), directory.guest.data(),
                                            directory.guest.size(), directory.read_only);
        });
    }
    if (error == nullptr) {
        constexpr epsilon_wasi_stream_t streams[] = {EPSILON_WASI_STDIN, EPSILON_WASI_STDOUT,
                                                     EPSILON_WASI_STDERR};
        error = each(streams, [&](epsilon_wasi_stream_t stream) {
            // One that was closed stays what it is without one: empty, or discarded.
            const bool inherits = stream != EPSILON_WASI_STDIN || options.inherits_input;
            return !inherits || ::fcntl(stream, F_GETFD) < 0
                       ? nullptr
                       : epsilon_wasi_set_stream_fd(wasi.get(), stream, stream,
                                                    options.allow_escapes);
        });
    }
    if (error == nullptr) {
        error.reset(epsilon_imports_add_wasi(imports.get(), wasi.get()));
    }
    return error;
}

int shell_status(int status) {
    constexpr int mask = 0xff;
    return status != 0 && (status & mask) == 0 ? 1 : status & mask;
}

}  // namespace cli

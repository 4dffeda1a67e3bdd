// SPDX-License-Identifier: Apache-2.0
#include "wasi.h"

#include <system_error>
#include <variant>

#include "base/embedder.h"
#include "door.h"
#include "imports.h"
#include "wasi/call.h"
#include "wasi/host_directory.h"
#include "wasi/host_socket.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

// By the EPSILON_WASI_LIMIT_ constants.
using LimitField =
    std::variant<uint64_t wasi::SystemLimits::*, std::optional<uint64_t> wasi::SystemLimits::*>;
constexpr LimitField limit_fields[] = {
    &wasi::SystemLimits::descriptors,
    &wasi::SystemLimits::output_bytes,
    &wasi::SystemLimits::random_bytes,
    &wasi::SystemLimits::memory_bytes,
    &wasi::SystemLimits::memory_files,
    &wasi::SystemLimits::path_bytes,
    &wasi::SystemLimits::iovecs,
    &wasi::SystemLimits::subscriptions,
    &wasi::SystemLimits::directory_entries,
};
static_assert(std::size(limit_fields) == EPSILON_WASI_LIMIT_DIRECTORY_ENTRIES + 1);

class CallbackInput : public wasi::InputSource {
public:
    CallbackInput(epsilon_wasi_read_callback_t callback, HostData env)
        : callback_(callback), env_(std::move(env)) {}

    ErrorPtr read(uint8_t* data, size_t size, size_t& count) override {
        count = 0;
        ErrorPtr error(capi::from_c(call_embedder(callback_, env_.data(), data, size, &count)));
        if (error == nullptr && count > size) {
            error = misuse("the callback for standard input gave ", count, " bytes of ", size);
        }
        return error;
    }

private:
    const epsilon_wasi_read_callback_t callback_;
    const HostData env_;
};

class CallbackOutput : public wasi::OutputTarget {
public:
    CallbackOutput(epsilon_wasi_write_callback_t callback, HostData env)
        : callback_(callback), env_(std::move(env)) {}

    wasi::Errno write(wasi::Call& call, std::span<const uint8_t> bytes, bool /*may_wait*/,
                      size_t& count) override {
        count = bytes.size();
        if (epsilon_error_t* error =
                call_embedder(callback_, env_.data(), bytes.data(), bytes.size())) {
            return call.end_with(ErrorPtr(capi::from_c(error)));
        }
        return wasi::Errno::success;
    }

private:
    const epsilon_wasi_write_callback_t callback_;
    const HostData env_;
};

ErrorPtr check_output(epsilon_wasi_stream_t stream) {
    return stream == EPSILON_WASI_STDOUT || stream == EPSILON_WASI_STDERR
               ? nullptr
               : misuse("stream ", unsigned(stream), " is no output");
}

}  // namespace

epsilon_error_t* epsilon_wasi_new(epsilon_wasi_t** out) {
    return guarded_new(out, []() -> Result<std::unique_ptr<epsilon_wasi>> {
        return std::make_unique<epsilon_wasi>();
    });
}

void epsilon_wasi_delete(epsilon_wasi_t* wasi) {
    delete wasi;
}

epsilon_error_t* epsilon_wasi_set_limit(epsilon_wasi_t* wasi, epsilon_wasi_limit_t limit,
                                        uint64_t value) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        if (limit >= std::size(limit_fields)) {
            return misuse("unknown limit ", unsigned(limit));
        }
        wasi::SystemLimits limits = wasi->system->limits();
        std::visit([&](auto field) { limits.*field = value; }, limit_fields[limit]);
        wasi->system->set_limits(limits);
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_limit(const epsilon_wasi_t* wasi, epsilon_wasi_limit_t limit,
                                    uint64_t* value) {
    set(value, 0u);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        EPSILON_REQUIRE(value, "value");
        if (limit >= std::size(limit_fields)) {
            return misuse("unknown limit ", unsigned(limit));
        }
        const wasi::SystemLimits& limits = wasi->system->limits();
        if (const auto* field = std::get_if<uint64_t wasi::SystemLimits::*>(&limit_fields[limit])) {
            *value = limits.**field;
        } else {
            *value = limits.output_bytes.value_or(wasi::SystemLimits::captured_output_bytes);
        }
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_add_arg(epsilon_wasi_t* wasi, const char* arg, size_t size) {
    return guarded([&]() -> Result<void> {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_text(arg, size, "the argument")) {
            return error;
        }
        return wasi->system->add_argument(view(arg, size));
    });
}

epsilon_error_t* epsilon_wasi_add_env(epsilon_wasi_t* wasi, const char* name, size_t name_size,
                                      const char* value, size_t value_size) {
    return guarded([&]() -> Result<void> {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_text(name, name_size, "the name")) {
            return error;
        }
        if (ErrorPtr error = check_text(value, value_size, "the value")) {
            return error;
        }
        const std::string_view text = view(name, name_size);
        if (text.empty() || text.find('=') != std::string_view::npos) {
            return misuse("the name of a variable is empty or has a '='");
        }
        return wasi->system->add_variable(text, view(value, value_size));
    });
}

epsilon_error_t* epsilon_wasi_set_stdin_bytes(epsilon_wasi_t* wasi, const void* data, size_t size) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        if (!readable(data, size)) {
            return misuse("data is NULL");
        }
        const auto* bytes = static_cast<const uint8_t*>(data);
        wasi->system->set_stream(
            0, std::make_shared<wasi::BytesInput>(std::vector<uint8_t>(bytes, bytes + size)));
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_set_stdin_callback(epsilon_wasi_t* wasi,
                                                 epsilon_wasi_read_callback_t callback, void* env,
                                                 epsilon_finalizer_t finalizer) {
    HostData host_data(env, finalizer);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        EPSILON_REQUIRE(callback, "callback");
        wasi->system->set_stream(
            0, std::make_shared<wasi::SourceInput>(
                   std::make_unique<CallbackInput>(callback, std::move(host_data))));
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_set_output_callback(epsilon_wasi_t* wasi,
                                                  epsilon_wasi_stream_t stream,
                                                  epsilon_wasi_write_callback_t callback, void* env,
                                                  epsilon_finalizer_t finalizer) {
    HostData host_data(env, finalizer);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_output(stream)) {
            return error;
        }
        std::unique_ptr<wasi::OutputTarget> target;
        if (callback != nullptr) {
            target = std::make_unique<CallbackOutput>(callback, std::move(host_data));
        }
        wasi->system->set_output(stream, std::move(target));
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_set_output_capture(epsilon_wasi_t* wasi,
                                                 epsilon_wasi_stream_t stream) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_output(stream)) {
            return error;
        }
        wasi->system->set_output(stream, std::make_unique<wasi::CapturedOutput>());
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_output(epsilon_wasi_t* wasi, epsilon_wasi_stream_t stream,
                                     const uint8_t** data, size_t* size, bool* truncated) {
    set(data, nullptr);
    set(size, 0u);
    set(truncated, false);
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        EPSILON_REQUIRE(data, "data");
        EPSILON_REQUIRE(size, "size");
        if (ErrorPtr error = check_output(stream)) {
            return error;
        }
        const wasi::OutputStream& output = wasi->system->output(stream);
        const std::vector<uint8_t>* bytes =
            output.target() == nullptr ? nullptr : output.target()->captured();
        if (bytes == nullptr) {
            return misuse("stream ", unsigned(stream), " is not captured");
        }
        std::vector<uint8_t>& copy = wasi->outputs[stream - 1];
        copy = *bytes;
        *data = copy.data();
        *size = copy.size();
        set(truncated, output.allowance.refused());
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_set_stream_fd(epsilon_wasi_t* wasi, epsilon_wasi_stream_t stream,
                                            int32_t fd, bool allow_escapes) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_USE_WASI(use, wasi);
        if (stream == EPSILON_WASI_STDIN) {
            std::shared_ptr<wasi::Descriptor> input = wasi::make_host_input(fd);
            if (!input) {
                return misuse("descriptor ", fd, " can't be a stream");
            }
            wasi->system->set_stream(0, std::move(input));
            return nullptr;
        }
        if (ErrorPtr error = check_output(stream)) {
            return error;
        }
        std::unique_ptr<wasi::OutputTarget> target = wasi::make_host_output(fd, allow_escapes);
        if (!target) {
            return misuse("descriptor ", fd, " can't be a stream");
        }
        wasi->system->set_output(stream, std::move(target));
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_preopen_dir(epsilon_wasi_t* wasi, const char* host, size_t host_size,
                                          const char* guest, size_t guest_size, bool read_only) {
    return guarded([&]() -> Result<void> {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_text(host, host_size, "the host's path")) {
            return error;
        }
        if (ErrorPtr error = check_text(guest, guest_size, "the guest path")) {
            return error;
        }
        const std::string path(view(host, host_size));
        std::shared_ptr<wasi::Directory> directory;
        if (const int error = wasi::HostDirectory::open_tree(path, read_only, directory)) {
            return misuse("cannot open the directory ", quoted(path), ": ",
                          std::generic_category().message(error));
        }
        return wasi->system->preopen_directory(view(guest, guest_size), std::move(directory));
    });
}

epsilon_error_t* epsilon_wasi_preopen_memory(epsilon_wasi_t* wasi, const char* guest,
                                             size_t guest_size, bool read_only) {
    return guarded([&]() -> Result<void> {
        EPSILON_USE_WASI(use, wasi);
        if (ErrorPtr error = check_text(guest, guest_size, "the guest path")) {
            return error;
        }
        return wasi->system->preopen_memory(view(guest, guest_size), read_only);
    });
}

epsilon_error_t* epsilon_wasi_preopen_socket(epsilon_wasi_t* wasi, int32_t fd) {
    return guarded([&]() -> Result<void> {
        EPSILON_USE_WASI(use, wasi);
        std::shared_ptr<wasi::HostSocket> socket = wasi::HostSocket::copy_of(fd);
        if (!socket) {
            return misuse("descriptor ", fd, " is no socket");
        }
        return wasi->system->preopen_socket(std::move(socket));
    });
}

epsilon_error_t* epsilon_imports_add_wasi(epsilon_imports_t* imports, epsilon_wasi_t* wasi) {
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(imports, "imports");
        EPSILON_REQUIRE(wasi, "wasi");
        imports->wasi = wasi->system;
        return nullptr;
    });
}

epsilon_error_t* epsilon_wasi_run(epsilon_module_t* module, uint64_t timeout_ms, uint64_t fuel,
                                  int32_t* status) {
    set(status, 0);
    std::unique_ptr<epsilon_func> func;
    epsilon_error_t* error = guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(module, "module");
        EPSILON_REQUIRE(status, "status");
        {
            EPSILON_ENTER(entered, module->held.store());
            FunctionInstance* function = nullptr;
            for (const std::string_view name : {"_start", "_initialize"}) {
                const std::optional<Extern> found = module->instance().find_export(name);
                auto* const* exported = found ? std::get_if<FunctionInstance*>(&*found) : nullptr;
                if (exported != nullptr) {
                    function = *exported;
                    break;
                }
            }
            if (function == nullptr) {
                return misuse("the module exports neither a function _start nor _initialize");
            }
            func = std::make_unique<epsilon_func>(Held::acquire(*Store::owner_of(function)),
                                                  *function);
        }
        if (!func->callee.shape.type->params.empty() || !func->callee.shape.type->results.empty()) {
            return misuse(describe(func->callee.function), " takes or gives values: it is of type ",
                          to_string(*func->callee.shape.type));
        }
        return nullptr;
    });
    if (error == nullptr) {
        error = epsilon_func_call_metered(func.get(), nullptr, 0, timeout_ms, fuel, nullptr, 0);
    }
    if (error != nullptr && epsilon_error_kind(error) == EPSILON_ERROR_EXIT) {
        *status = epsilon_error_exit_status(error);
        epsilon_error_delete(error);
        return nullptr;
    }
    return error;
}

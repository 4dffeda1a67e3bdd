// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/store.h"
#include "wasi/fd_table.h"
#include "wasi/memory_file_system.h"
#include "wasi/streams.h"

namespace epsilon::wasi {

// On what a program does through WASI. By the EPSILON_WASI_LIMIT_ constants of epsilon.h.
struct SystemLimits {
    static constexpr uint64_t captured_output_bytes = 16 << 20;

    uint64_t descriptors = 1024;
    std::optional<uint64_t> output_bytes;  // none given: for captured output only
    uint64_t random_bytes = uint64_t(1) << 30;
    uint64_t memory_bytes = uint64_t(256) << 20;
    uint64_t memory_files = 65536;
    uint64_t path_bytes = 4096;
    uint64_t iovecs = 1024;
    uint64_t subscriptions = 4096;
    uint64_t directory_entries = uint64_t(1) << 20;
};

// The system that a program sees through WASI: everything it has and may do. Starts with nothing:
// no arguments, no environment, an empty standard input, outputs that go nowhere, and no files.
// Used by one thread at a time, the one that is inside the store.
class System {
public:
    System();
    System(const System&) = delete;
    System& operator=(const System&) = delete;

    // The system serves the instances of one store at a time; false: another one uses it.
    bool bind(const std::shared_ptr<Store>& store);
    std::shared_ptr<Store> store() const { return store_.lock(); }

    // Limits as they are now hold for what comes.
    const SystemLimits& limits() const { return limits_; }
    void set_limits(const SystemLimits& limits);

    // Texts without NUL. misuse when they are too long to be counted by the program.
    Result<void> add_argument(std::string_view text);
    Result<void> add_variable(std::string_view name, std::string_view value);
    const std::vector<std::string>& arguments() const { return arguments_; }
    const std::vector<std::string>& variables() const { return variables_; }

    // What is behind descriptor 0, 1 or 2.
    void set_stream(uint32_t stream, std::shared_ptr<Descriptor> descriptor);
    void set_output(uint32_t stream, std::unique_ptr<OutputTarget> target);
    // Output stream 1 or 2, open or closed.
    const OutputStream& output(uint32_t stream) const { return *outputs_[stream - 1]; }

    // Under the next descriptor. misuse: the name is taken or there are too many descriptors.
    Result<void> preopen_directory(std::string_view guest_path,
                                   std::shared_ptr<Directory> directory);
    Result<void> preopen_socket(std::shared_ptr<Socket> socket);

    // The directories in memory, by the paths they were preopened with.
    struct MemoryMount {
        std::string guest_path;
        std::shared_ptr<MemoryFileSystem> files;
    };
    Result<void> preopen_memory(std::string_view guest_path, bool read_only);
    const std::vector<MemoryMount>& memory_mounts() const { return memory_mounts_; }

    FdTable files;
    uint64_t random_bytes_used = 0;

private:
    Result<void> preopen(std::string_view guest_path, std::shared_ptr<Descriptor> descriptor);

    SystemLimits limits_;
    std::weak_ptr<Store> store_;
    std::vector<std::string> arguments_;
    std::vector<std::string> variables_;
    uint64_t text_bytes_ = 0;  // of arguments and variables
    std::shared_ptr<OutputStream> outputs_[2];
    std::shared_ptr<MemoryQuota> quota_ = std::make_shared<MemoryQuota>();
    std::vector<MemoryMount> memory_mounts_;
};

}  // namespace epsilon::wasi

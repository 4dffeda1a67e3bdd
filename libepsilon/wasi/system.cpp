// SPDX-License-Identifier: Apache-2.0
#include "wasi/system.h"

#include "base/text.h"

namespace epsilon::wasi {

namespace {

// What a standard stream may be used for: an inherited one may be a file of the process's.
constexpr Rights of_input = rights::fd_read | rights::fd_seek | rights::fd_tell |
                            rights::fd_advise | rights::fd_filestat_get |
                            rights::fd_fdstat_set_flags | rights::poll_fd_readwrite;
constexpr Rights of_output = rights::fd_write | rights::fd_sync | rights::fd_datasync |
                             rights::fd_filestat_get | rights::fd_fdstat_set_flags |
                             rights::poll_fd_readwrite;

}  // namespace

System::System() {
    set_limits(SystemLimits());
    set_stream(0, std::make_shared<BytesInput>(std::vector<uint8_t>()));
    set_output(1, nullptr);
    set_output(2, nullptr);
}

bool System::bind(const std::shared_ptr<Store>& store) {
    const std::shared_ptr<Store> bound = store_.lock();
    if (bound && bound != store) {
        return false;
    }
    store_ = store;
    return true;
}

void System::set_limits(const SystemLimits& limits) {
    limits_ = limits;
    quota_->max_bytes = limits.memory_bytes;
    quota_->max_nodes = limits.memory_files;
    for (const auto& output : outputs_) {
        if (output) {
            const bool captured = output->target() && output->target()->captured();
            output->allowance.limit_to(captured && !limits.output_bytes
                                           ? SystemLimits::captured_output_bytes
                                           : limits.output_bytes);
        }
    }
}

Result<void> System::add_argument(std::string_view text) {
    if (text_bytes_ + text.size() >= UINT32_MAX) {
        return make_error(ErrorKind::misuse, "the arguments and the environment are too long");
    }
    arguments_.emplace_back(text);
    text_bytes_ += text.size() + 1;
    return {};
}

Result<void> System::add_variable(std::string_view name, std::string_view value) {
    if (text_bytes_ + name.size() + value.size() + 1 >= UINT32_MAX) {
        return make_error(ErrorKind::misuse, "the arguments and the environment are too long");
    }
    variables_.push_back(std::string(name) + "=" + std::string(value));
    text_bytes_ += variables_.back().size() + 1;
    return {};
}

void System::set_stream(uint32_t stream, std::shared_ptr<Descriptor> descriptor) {
    OpenFile file;
    file.base = descriptor->applicable_rights() & (stream == 0 ? of_input : of_output);
    file.descriptor = std::move(descriptor);
    files.set_stream(stream, std::move(file));
}

void System::set_output(uint32_t stream, std::unique_ptr<OutputTarget> target) {
    auto output = std::make_shared<OutputStream>(std::move(target));
    set_stream(stream, output);
    std::swap(outputs_[stream - 1], output);
    set_limits(limits_);
}

Result<void> System::preopen(std::string_view guest_path, std::shared_ptr<Descriptor> descriptor) {
    OpenFile file;
    file.base = descriptor->applicable_rights();
    file.descriptor = std::move(descriptor);
    if (file.descriptor->as_directory() != nullptr) {
        file.inheriting = rights::all;
        file.preopened_as = guest_path;
        if (files.is_preopened(*file.preopened_as)) {
            return make_error(ErrorKind::misuse,
                              concat("the guest path ", quoted(guest_path), " is taken"));
        }
    } else {
        file.inheriting = file.base;  // of accepted sockets
    }
    uint32_t fd = 0;
    if (files.add(std::move(file), limits_.descriptors, fd) != Errno::success) {
        return make_error(ErrorKind::limit,
                          concat("too many descriptors: the limit is ", limits_.descriptors));
    }
    return {};
}

Result<void> System::preopen_directory(std::string_view guest_path,
                                       std::shared_ptr<Directory> directory) {
    return preopen(guest_path, std::move(directory));
}

Result<void> System::preopen_socket(std::shared_ptr<Socket> socket) {
    return preopen({}, std::move(socket));
}

Result<void> System::preopen_memory(std::string_view guest_path, bool read_only) {
    auto tree = std::make_shared<MemoryFileSystem>(quota_, read_only);
    memory_mounts_.reserve(memory_mounts_.size() + 1);
    MemoryMount mount{std::string(guest_path), tree};
    EPSILON_TRY(preopen(guest_path, tree->open_root()));
    memory_mounts_.push_back(std::move(mount));
    return {};
}

}  // namespace epsilon::wasi

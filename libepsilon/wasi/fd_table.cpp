// SPDX-License-Identifier: Apache-2.0
#include "wasi/fd_table.h"

#include <algorithm>

namespace epsilon::wasi {

OpenFile* FdTable::find(uint32_t fd) {
    return fd < files_.size() && files_[fd].descriptor ? &files_[fd] : nullptr;
}

Errno FdTable::add(OpenFile file, uint64_t most, uint32_t& fd) {
    if (open_ >= most) {
        return Errno::mfile;
    }
    while (lowest_free_ < files_.size() && files_[lowest_free_].descriptor) {
        ++lowest_free_;
    }
    if (lowest_free_ == files_.size()) {
        files_.emplace_back();
    }
    fd = static_cast<uint32_t>(lowest_free_);
    files_[lowest_free_++] = std::move(file);
    ++open_;
    return Errno::success;
}

void FdTable::set_stream(uint32_t fd, OpenFile file) {
    if (files_.size() <= fd) {
        files_.resize(fd + 1);
    }
    open_ += files_[fd].descriptor ? 0 : 1;
    // What was there is given up last: that may run a finalizer.
    std::swap(files_[fd], file);
}

Errno FdTable::close(uint32_t fd) {
    OpenFile* found = find(fd);
    if (found == nullptr) {
        return Errno::badf;
    }
    const OpenFile closed = std::exchange(*found, OpenFile());
    lowest_free_ = std::min<size_t>(lowest_free_, fd);
    --open_;
    return Errno::success;
}

Errno FdTable::renumber(uint32_t from, uint32_t to) {
    OpenFile* source = find(from);
    OpenFile* target = find(to);
    if (source == nullptr || target == nullptr) {
        return Errno::badf;
    }
    if (from != to) {
        const OpenFile closed = std::exchange(*target, std::move(*source));
        *source = OpenFile();
        lowest_free_ = std::min<size_t>(lowest_free_, from);
        --open_;
    }
    return Errno::success;
}

bool FdTable::is_preopened(const std::string& name) const {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const OpenFile& file) { return file.preopened_as == name; });
}

}  // namespace epsilon::wasi

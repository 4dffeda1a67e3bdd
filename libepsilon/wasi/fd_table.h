// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wasi/descriptor.h"

namespace epsilon::wasi {

// An open file descriptor.
struct OpenFile {
    std::shared_ptr<Descriptor> descriptor;
    Rights base = 0;
    Rights inheriting = 0;  // what files opened through this one can have
    std::optional<std::string> preopened_as;
};

// The program's descriptors: the lowest free number is the next.
class FdTable {
public:
    // Null if nothing is open under this number. Good until the table changes.
    OpenFile* find(uint32_t fd);
    // mfile when `most` are open.
    Errno add(OpenFile file, uint64_t most, uint32_t& fd);
    bool is_full(uint64_t most) const { return open_ >= most; }
    // Puts a file under a number below 3.
    void set_stream(uint32_t fd, OpenFile file);
    Errno close(uint32_t fd);
    // `to` is closed, and is what `from` was; both are open.
    Errno renumber(uint32_t from, uint32_t to);
    bool is_preopened(const std::string& name) const;
    const std::vector<OpenFile>& files() const { return files_; }

private:
    std::vector<OpenFile> files_;  // without a descriptor where free
    size_t lowest_free_ = 0;       // none is free below
    size_t open_ = 0;
};

}  // namespace epsilon::wasi

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "handles.h"
#include "wasi/system.h"

struct epsilon_wasi {
    std::shared_ptr<epsilon::wasi::System> system = std::make_shared<epsilon::wasi::System>();

    // What epsilon_wasi_file_count found.
    struct File {
        std::string path;
        std::shared_ptr<epsilon::wasi::MemoryNode> node;
    };
    std::vector<File> files;

    // What the embedder reads: copies, so that a program which another thread begins to run can't
    // take them away.
    std::vector<uint8_t> outputs[2];
    std::vector<uint8_t> content;
};

namespace epsilon::capi {

// Being inside the store that a system serves, if there is one: as Entered.
class WasiUse {
public:
    explicit WasiUse(const epsilon_wasi& wasi) {
        if (std::shared_ptr<Store> store = wasi.system->store()) {
            entered_.emplace(std::move(store));
        }
    }
    bool ok() const { return !entered_ || entered_->ok(); }

private:
    std::optional<Entered> entered_;
};

#define EPSILON_USE_WASI(name, wasi)              \
    EPSILON_REQUIRE(wasi, "wasi");                \
    const ::epsilon::capi::WasiUse name(*(wasi)); \
    if (!name.ok()) {                             \
        return Store::busy_error();               \
    }

// A text for WASI, which has no NUL: the error if it isn't one.
inline ErrorPtr check_text(const char* text, size_t size, std::string_view what) {
    if (!readable(text, size)) {
        return misuse(what, " is NULL");
    }
    if (view(text, size).find('\0') != std::string_view::npos) {
        return misuse(what, " has a NUL byte");
    }
    return nullptr;
}

}  // namespace epsilon::capi

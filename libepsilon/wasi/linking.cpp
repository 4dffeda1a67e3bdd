// SPDX-License-Identifier: Apache-2.0
#include "wasi/linking.h"

#include "base/text.h"
#include "wasi/functions.h"
#include "wasm/trap.h"

namespace epsilon::wasi {

namespace {

std::optional<Edition> edition_of(std::string_view module) {
    if (module == "wasi_snapshot_preview1") {
        return Edition::preview1;
    }
    if (module == "wasi_unstable") {
        return Edition::unstable;
    }
    return std::nullopt;
}

// A function of WASI for the programs of one system.
class SystemFunction : public HostCallable {
public:
    SystemFunction(std::shared_ptr<System> system, Edition edition, const Function& function)
        : system_(std::move(system)), edition_(edition), function_(function) {}

    ErrorPtr call(Caller& caller, const Value* args, size_t /*nargs*/, Value* results,
                  size_t /*nresults*/) override {
        const MemoryView* memory = nullptr;
        if (caller.instance != nullptr) {
            const std::optional<Extern> found = caller.instance->find_export("memory");
            Memory* const* object = found ? std::get_if<Memory*>(&*found) : nullptr;
            memory = object == nullptr ? nullptr : *object;
        }
        if (memory == nullptr && function_.uses_memory) {
            return make_error(ErrorKind::trap,
                              concat(function_.name,
                                     " was called by a module that exports no memory \"memory\""));
        }
        Call running{*system_, caller.store, GuestMemory(memory), edition_};
        return function_.call(running, args, results);
    }

private:
    const std::shared_ptr<System> system_;
    const Edition edition_;
    const Function& function_;
};

}  // namespace

WasiImports::~WasiImports() {
    for (const auto& [name, function] : functions_) {
        if (function != nullptr) {
            function->store().release_handle(*function);
        }
    }
}

Result<void> WasiImports::add(Store& store, const Module& module,
                              const std::shared_ptr<System>& system) {
    for (const Import& import : module.imports) {
        const std::optional<Edition> edition = edition_of(import.module);
        const Function* function = edition ? find_function(*edition, import.name) : nullptr;
        const std::pair<std::string_view, std::string_view> key(import.module, import.name);
        if (function == nullptr || others_.find(import.module, import.name) ||
            functions_.contains(key)) {
            continue;
        }
        if (!system->bind(store.shared_from_this())) {
            return make_error(ErrorKind::misuse, "wasi is in use in another runtime");
        }
        const auto place = functions_.emplace(key, nullptr).first;
        auto made = store.new_host_function(
            function->type(), std::make_unique<SystemFunction>(system, *edition, *function));
        if (!made) {
            functions_.erase(place);
            return made.take_error();
        }
        place->second = made.take();
    }
    return {};
}

std::optional<Extern> WasiImports::find(std::string_view module, std::string_view name) const {
    if (auto found = others_.find(module, name)) {
        return found;
    }
    const auto function = functions_.find({module, name});
    if (function == functions_.end()) {
        return std::nullopt;
    }
    return Extern(&function->second->function);
}

}  // namespace epsilon::wasi

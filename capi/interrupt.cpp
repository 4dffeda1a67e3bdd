// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "door.h"
#include "handles.h"

using namespace epsilon;
using namespace epsilon::capi;

namespace {

// An embedder's function for pauses. Destroying it runs the finalizer.
class PauseFunction : public PauseCallable {
public:
    PauseFunction(epsilon_pause_callback_t callback, HostData env)
        : callback_(callback), env_(std::move(env)) {}

    ErrorPtr call(bool& again) override {
        return ErrorPtr(capi::from_c(call_embedder(callback_, env_.data(), &again)));
    }

private:
    const epsilon_pause_callback_t callback_;
    const HostData env_;
};

// Longer than anybody waits, and short enough to be added to the clock.
constexpr uint64_t longest_interval_ms = uint64_t(1) << 40;

}  // namespace

epsilon_error_t* epsilon_interrupt_new(epsilon_runtime_t* runtime, epsilon_interrupt_t** out) {
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_interrupt>> {
        EPSILON_REQUIRE(runtime, "runtime");
        return std::unique_ptr<epsilon_interrupt>(new epsilon_interrupt{runtime->store});
    });
}

void epsilon_interrupt_delete(epsilon_interrupt_t* interrupt) {
    delete interrupt;
}

void epsilon_interrupt_raise(const epsilon_interrupt_t* interrupt) {
    if (interrupt != nullptr) {
        interrupt->store->request_stop(StopReason::interrupted);
    }
}

epsilon_error_t* epsilon_runtime_set_pause(epsilon_runtime_t* runtime, uint64_t interval_ms,
                                           epsilon_pause_callback_t callback, void* env,
                                           epsilon_finalizer_t finalizer) {
    HostData host_data(env, finalizer);
    return guarded([&]() -> ErrorPtr {
        EPSILON_REQUIRE(runtime, "runtime");
        if (callback != nullptr && interval_ms == 0) {
            return misuse("the interval between pauses is 0");
        }
        EPSILON_ENTER(entered, runtime->store);
        std::shared_ptr<Pauses> pauses;
        if (callback != nullptr) {
            pauses = std::make_shared<Pauses>(
                entered.store(),
                std::chrono::milliseconds(std::min(interval_ms, longest_interval_ms)),
                std::make_unique<PauseFunction>(callback, std::move(host_data)));
        }
        entered.store().set_pauses(std::move(pauses));
        return nullptr;
    });
}

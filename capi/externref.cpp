// SPDX-License-Identifier: Apache-2.0
#include "door.h"
#include "handles.h"
#include "references.h"

using namespace epsilon;
using namespace epsilon::capi;

epsilon_error_t* epsilon_externref_new(epsilon_runtime_t* runtime, void* data,
                                       epsilon_finalizer_t finalizer, epsilon_externref_t** out) {
    HostData host_data(data, finalizer);
    return guarded_new(out, [&]() -> Result<std::unique_ptr<epsilon_externref>> {
        EPSILON_REQUIRE(runtime, "runtime");
        EPSILON_ENTER(entered, runtime->store);
        EPSILON_TRY_ASSIGN(ExternRef * object, entered.store().new_externref(host_data.share()));
        return handle_of<epsilon_externref>(Held::adopt(*object));
    });
}

void epsilon_externref_delete(epsilon_externref_t* externref) {
    delete externref;
}

uint64_t epsilon_externref_ref(const epsilon_externref_t* externref) {
    return externref == nullptr ? 0 : ref_of(externref->externref());
}

void* epsilon_externref_data(const epsilon_externref_t* externref) {
    return externref == nullptr ? nullptr : externref->externref().data.get();
}

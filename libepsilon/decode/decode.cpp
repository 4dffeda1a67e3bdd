// SPDX-License-Identifier: Apache-2.0
#include "decode/decode.h"

#include <algorithm>

#include "base/text.h"
#include "decode/body_validation.h"
#include "decode/module_decoder.h"

namespace epsilon {

Result<std::shared_ptr<const Module>> decode_module(
    std::shared_ptr<const std::vector<uint8_t>> bytes, const DecodeOptions& options) {
    // Offsets in a module are kept in 32 bits.
    const uint64_t limit = std::min<uint64_t>(options.limits.module_bytes, UINT32_MAX);
    if (bytes->size() > limit) {
        return make_error(
            ErrorKind::limit,
            concat("module too large: ", bytes->size(), " bytes exceed the limit of ", limit), 0);
    }
    auto module = std::make_shared<Module>();
    module->bytes = std::move(bytes);
    module->features = options.features;
    ModuleDecoder decoder(*module, options);
    if (Result<void> decoded = decoder.run(); !decoded) {
        const ErrorKind kind = decoded.error().kind;
        if (kind == ErrorKind::malformed || kind == ErrorKind::invalid) {
            if (ErrorPtr error = find_malformed_body(*module)) {
                return error;
            }
        }
        return decoded.take_error();
    }
    EPSILON_TRY(validate_bodies(*module, options, decoder.declared_functions()));
    return std::shared_ptr<const Module>(std::move(module));
}

}  // namespace epsilon

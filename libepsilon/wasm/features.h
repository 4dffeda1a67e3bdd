// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace epsilon {

// Proposals that can be switched, each by its usual name. `core` is WebAssembly 1.0.
enum class Feature : uint8_t {
    core,
    mutable_globals,
    sign_extension,
    saturating_conversions,
    multi_value,
    bulk_memory,
    reference_types,
    simd,
    multi_memory,
    extended_const,
    tail_call,
    count,
};

std::string_view feature_name(Feature feature);

// A set of features.
class Features {
public:
    constexpr bool has(Feature feature) const { return (bits_ >> unsigned(feature)) & 1; }
    constexpr void set(Feature feature, bool on) {
        const uint32_t bit = 1u << unsigned(feature);
        bits_ = on || feature == Feature::core ? bits_ | bit : bits_ & ~bit;
    }
    constexpr uint32_t bits() const { return bits_; }
    // Everything this version implements: WebAssembly 2.0, multiple memories, extended constant
    // expressions and tail calls.
    static constexpr Features all() {
        Features features;
        features.bits_ = (1u << unsigned(Feature::count)) - 1;
        return features;
    }

private:
    uint32_t bits_ = 1;
};

}  // namespace epsilon

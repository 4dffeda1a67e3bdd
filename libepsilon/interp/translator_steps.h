// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "interp/families.h"
#include "wasm/opcode_tables.h"

// What the translator's driver switches on.
namespace epsilon::interp {

// Instructions that are seen often, or have the same immediates as others of their family: for most
// there is one switch then.
enum class Step : uint8_t {
    other,
    local_get,
    local_set,
    local_tee,
    i32_const,
    block,
    end,
    branch,
    branch_if,
    call,
    load,
    store,
    unary,
    binary,
    compare,
    test,
};

constexpr Step find_step(Opcode opcode) {
    switch (opcode) {
        case Opcode::local_get:
            return Step::local_get;
        case Opcode::local_set:
            return Step::local_set;
        case Opcode::local_tee:
            return Step::local_tee;
        case Opcode::i32_const:
            return Step::i32_const;
        case Opcode::block:
            return Step::block;
        case Opcode::end:
            return Step::end;
        case Opcode::br:
            return Step::branch;
        case Opcode::br_if:
            return Step::branch_if;
        case Opcode::call:
            return Step::call;
        default:
            break;
    }
    const Immediates immediates = opcode_tables::read_infos[size_t(opcode)].immediates;
    switch (family_of(opcode)) {
        case Family::load:
            return immediates == Immediates::memory_argument ? Step::load : Step::other;
        case Family::store:
            return immediates == Immediates::memory_argument ? Step::store : Step::other;
        case Family::unary:
        case Family::unary_trap:
            return immediates == Immediates::none ? Step::unary : Step::other;
        case Family::binary:
        case Family::binary_trap:
            return immediates == Immediates::none ? Step::binary : Step::other;
        case Family::compare:
            return immediates == Immediates::none ? Step::compare : Step::other;
        case Family::test:
            return immediates == Immediates::none ? Step::test : Step::other;
        default:
            return Step::other;
    }
}

inline constexpr auto steps = [] {
    std::array<Step, opcode_tables::opcode_count> all{};
    for (size_t i = 0; i < all.size(); ++i) {
        all[i] = find_step(Opcode(i));
    }
    return all;
}();
constexpr Step step_of(Opcode opcode) {
    return steps[size_t(opcode)];
}

}  // namespace epsilon::interp

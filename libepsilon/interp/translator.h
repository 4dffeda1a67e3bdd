// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "interp/cell.h"
#include "runtime/abi.h"
#include "runtime/type_registry.h"
#include "wasm/module.h"

namespace epsilon::interp {

// Which instruction a cell stands for: distance of the cell from the first one, and the
// instruction's offset in the module. In order of cells; an entry holds until the next.
struct CellOrigin {
    uint32_t cell;
    uint32_t offset;
};

struct Run;  // metering.h

// A function's cells, with their header in front.
class CodeBlock {
public:
    CodeBlock() = default;
    CodeBlock(const CodeHeader& header, std::span<const uint8_t> cells);

    const uint8_t* entry() const { return memory_.get() + sizeof(CodeHeader); }
    explicit operator bool() const { return memory_ != nullptr; }
    // The caller frees the block with release_memory(); for tables of plain pointers.
    const uint8_t* release() { return memory_.release() + sizeof(CodeHeader); }
    static void free(const uint8_t* entry) { delete[] (entry - sizeof(CodeHeader)); }

private:
    std::unique_ptr<uint8_t[]> memory_;
};

// What translating takes room for, kept for the next function.
class TranslationRoom {
public:
    TranslationRoom();
    ~TranslationRoom();

    struct Parts;  // the translator's
    Parts& parts() { return *parts_; }

private:
    std::unique_ptr<Parts> parts_;
};

struct TranslateRequest {
    const Module& module;
    std::span<const TypeHandle> types;  // per type index
    uint32_t function;                  // a defined one, by its index in the function index space
    uint32_t variant;                   // CodeVariant bits
    // In the form that is compiled: a cell for each instruction, with its operands in slots or
    // immediate, and native cells where machine code is entered. Only a comparison or a test is in
    // one cell with its branch.
    bool plain = false;
    // What tally cells start with, if the variant is tiered: calls of the function, and rounds of
    // each loop, until they are hot.
    uint32_t hot_calls = UINT32_MAX;
    uint32_t hot_rounds = UINT32_MAX;
    uint64_t random_tiers = 0;                   // not 0: they are drawn at random instead, by this
    std::vector<CellOrigin>* origins = nullptr;  // filled when given
    std::vector<Run>* runs = nullptr;            // filled when given, if the variant is metered
    // Translation gives up (kind interrupted) as soon as the program that runs here must end: a
    // function may be millions of instructions long.
    const Context* running = nullptr;
    // ... or when it has done so much work: instructions, and parts of those with long lists.
    uint64_t most_work = UINT64_MAX;
    uint64_t* work = nullptr;         // gets what was done
    TranslationRoom* room = nullptr;  // what is in use by nobody else, when given
};

// Makes the cells of a function of a validated module: the same cells for the same request.
// Fails with a limit error when the frame would be larger than a value stack can be, or the cells
// more than fit 32-bit distances; with std::bad_alloc without memory.
Result<CodeBlock> translate(const TranslateRequest& request);

}  // namespace epsilon::interp

// SPDX-License-Identifier: Apache-2.0
#include "disassembler.h"

#ifdef EPSILON_HAVE_ZYDIS
#include <dlfcn.h>

#include <Zydis/Zydis.h>
#include <fmt/format.h>
#endif

namespace cli {

#ifdef EPSILON_HAVE_ZYDIS

namespace {

struct Library {
    std::string name;
    decltype(&ZydisDisassembleIntel) disassemble = nullptr;
};

// Of the release whose header this was built with: structures differ between releases.
Library load() {
    Library library;
    library.name = fmt::format("libZydis.so.{}.{}", ZYDIS_VERSION_MAJOR(ZYDIS_VERSION),
                               ZYDIS_VERSION_MINOR(ZYDIS_VERSION));
    if (void* const handle = ::dlopen(library.name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        library.disassemble = reinterpret_cast<decltype(&ZydisDisassembleIntel)>(
            ::dlsym(handle, "ZydisDisassembleIntel"));
    }
    return library;
}

const Library& library() {
    static const Library loaded = load();
    return loaded;
}

// What an operand names by its distance from the next instruction.
std::optional<int64_t> distance_of(const ZydisDisassembledInstruction& instruction) {
    for (size_t i = 0; i < instruction.info.operand_count_visible; ++i) {
        const ZydisDecodedOperand& operand = instruction.operands[i];
        if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand.imm.is_relative) {
            return operand.imm.value.s;
        }
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY && operand.mem.base == ZYDIS_REGISTER_RIP) {
            return operand.mem.disp.value;
        }
    }
    return std::nullopt;
}

// Finds the address in the text: in brackets, or all that follows the name of a jump.
void find_operand(Instruction& instruction) {
    const size_t bracket = instruction.text.find('[');
    const size_t begin = bracket != std::string::npos ? bracket : instruction.text.find(' ');
    const size_t end = bracket != std::string::npos ? instruction.text.find(']', bracket)
                                                    : instruction.text.size();
    if (begin == std::string::npos || end == std::string::npos) {
        instruction.target = std::nullopt;
        return;
    }
    instruction.operand = begin + 1;
    instruction.operand_size = end - begin - 1;
}

}  // namespace

std::string why_no_disassembly() {
    return library().disassemble ? "" : library().name + " is not there";
}

std::optional<Instruction> disassemble(std::span<const uint8_t> code, uint32_t offset) {
    ZydisDisassembledInstruction found;
    if (!library().disassemble ||
        !ZYAN_SUCCESS(library().disassemble(ZYDIS_MACHINE_MODE_LONG_64, offset,
                                            code.data() + offset, code.size() - offset, &found))) {
        return std::nullopt;
    }
    Instruction instruction{.size = found.info.length, .text = found.text};
    if (const std::optional<int64_t> distance = distance_of(found)) {
        const int64_t target = int64_t(offset) + found.info.length + *distance;
        if (target >= 0 && target < int64_t(code.size())) {
            instruction.target = uint32_t(target);
            find_operand(instruction);
        }
    }
    return instruction;
}

#else

std::string why_no_disassembly() {
    return "this program was built without Zydis";
}

std::optional<Instruction> disassemble(std::span<const uint8_t> /* code */, uint32_t /* offset */) {
    return std::nullopt;
}

#endif

}  // namespace cli

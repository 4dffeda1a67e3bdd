# SPDX-License-Identifier: Apache-2.0
# What shows machine code as text in `epsilon inspect --asm` (docs/decisions/0017-disassembly.md):
# Zydis. Its header is needed to build; the library is loaded when it is asked for.

include(CheckCXXSourceCompiles)

option(EPSILON_DISASSEMBLER "Disassemble with Zydis, where its header is there" ON)
set(EPSILON_HAVE_ZYDIS OFF)
if(EPSILON_DISASSEMBLER)
    set(CMAKE_REQUIRED_QUIET ON)
    check_cxx_source_compiles("
        #include <Zydis/Zydis.h>
        int main() {
            return sizeof(ZydisDisassembledInstruction) != 0 &&
                   sizeof(decltype(&ZydisDisassembleIntel)) != 0 ? 0 : 1;
        }" EPSILON_ZYDIS_HEADER)
    unset(CMAKE_REQUIRED_QUIET)
    set(EPSILON_HAVE_ZYDIS "${EPSILON_ZYDIS_HEADER}")
endif()

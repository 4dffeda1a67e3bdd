// SPDX-License-Identifier: Apache-2.0
#include "baseline/function_compiler.h"

// Ranges of memory: the interpreter's.
namespace epsilon::baseline {

void FunctionCompiler::memory_copy(const Operation& operation) {
    interpret(operation, operation.size);
}

void FunctionCompiler::memory_fill(const Operation& operation) {
    interpret(operation, operation.size);
}

void FunctionCompiler::branch_if_longer(Reg length, uint32_t most, Label longer) {
    code_.cmp(Width::w32, length, most);
    code_.jcc(Cond::hi, longer);
}

}  // namespace epsilon::baseline

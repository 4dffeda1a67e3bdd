#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the machine code of the interpreter's hot handlers.

A handler whose name starts with hot_ keeps the machine's state in registers and hands over by an
indirect jump. A push, a change of the stack pointer or a call in one means that the compiler made a
stack frame or lost the tail call, which costs more than the instruction does. A return is the way
out of the interpreter.

    check_handlers.py [--symbols REGEX] OBJECT...

Objects are those of libepsilon/interp/handlers*.cpp, built with tail dispatch. x86-64 only.
"""

import argparse
import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(.*)$")
FORBIDDEN = [
    (re.compile(r"^(push|pop)"), "saves a register"),
    (re.compile(r"^(call|lcall)"), "calls"),
    (re.compile(r"^enter|^leave"), "makes a frame"),
    (re.compile(r",\s*%rsp$"), "changes the stack pointer"),
    # Below the stack pointer, compilers may move a value between register files (no frame).
    (re.compile(r"(^|[\s,*])(0x[0-9a-f]+)?\(%rsp"), "uses the stack"),
]
PADDING = re.compile(r"^(nop|data16|xchg\s+%ax,%ax|cs nop|int3|ud2)")
INDIRECT_JUMP = re.compile(r"^(notrack |bnd )?jmp\s+\*")


def functions(disassembly):
    """Name and instructions of each function in objdump's output."""
    name, instructions = None, []
    for line in disassembly.splitlines():
        start = FUNCTION.match(line)
        if start:
            if name:
                yield name, instructions
            name, instructions = start.group(1), []
            continue
        instruction = INSTRUCTION.match(line)
        if instruction and name:
            text = instruction.group(1).split("#")[0].strip()
            if text and not PADDING.match(text):
                instructions.append(text)
    if name:
        yield name, instructions


def problems_of(instructions):
    problems = []
    for text in instructions:
        for pattern, what in FORBIDDEN:
            if pattern.search(text):
                problems.append(f"{what}: {text}")
                break
    if not any(INDIRECT_JUMP.match(text) for text in instructions):
        problems.append("has no dispatch by indirect jump")
    elif not re.match(r"^(notrack |bnd )?(jmp|ret)", instructions[-1]):
        problems.append(f"ends neither in a jump nor by leaving: {instructions[-1]}")
    return problems


def check(disassembly, symbols):
    """How many functions were looked at, and the problems found."""
    count, problems = 0, []
    for name, instructions in functions(disassembly):
        # The compiler moves unlikely parts away as "name.cold" or "name [clone .cold]".
        if not symbols.search(name) or ".cold" in name:
            continue
        count += 1
        problems += [f"{name}: {problem}" for problem in problems_of(instructions)]
    return count, problems


SELF_TEST = """
0000000000000000 <_Z7hot_addv>:
   0:\tmov    (%rdi),%rax
   3:\tjmp    *%rax
   5:\tnopw   0x0(%rax,%rax,1)
0000000000000000 <_Z7hot_subv>:
   0:\tpush   %rbx
   1:\tsub    $0x10,%rsp
   3:\tmov    0x8(%rsp),%rax
   3:\tmov    %ecx,-0xc(%rsp)
   3:\tjmp    *%rax
0000000000000000 <_Z7hot_mulv>:
   0:\tcall   5 <f>
   5:\tret
0000000000000000 <_Z8slow_mulv>:
   0:\tcall   5 <f>
"""


def self_test(symbols):
    count, problems = check(SELF_TEST, symbols)
    assert count == 3, count
    assert problems == [
        "_Z7hot_subv: saves a register: push   %rbx",
        "_Z7hot_subv: changes the stack pointer: sub    $0x10,%rsp",
        "_Z7hot_subv: uses the stack: mov    0x8(%rsp),%rax",
        "_Z7hot_mulv: calls: call   5 <f>",
        "_Z7hot_mulv: has no dispatch by indirect jump",
    ], problems


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--symbols", default=r"\dhot_\w", help="which mangled names are hot handlers"
    )
    parser.add_argument("objects", nargs="+")
    options = parser.parse_args()
    self_test(re.compile(r"\dhot_\w"))

    symbols = re.compile(options.symbols)
    count, problems = 0, []
    for path in options.objects:
        disassembly = subprocess.run(
            ["objdump", "-d", "--no-show-raw-insn", path],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found, bad = check(disassembly, symbols)
        count += found
        problems += bad
    for problem in problems:
        print(problem)
    print(f"handlers: {count} hot ones, {len(problems)} problems")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())

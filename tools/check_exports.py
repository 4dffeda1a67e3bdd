#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what libepsilon.so shows and what it needs.

It exports epsilon_* and nothing else, exactly the functions of epsilon.h, and needs only the C and
C++ runtime libraries.

    check_exports.py build/release/libepsilon.so
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = re.compile(
    r"^(libc|libm|libpthread|libdl|librt|libstdc\+\+|libgcc_s|ld-linux[\w-]*)\.so\.\d+$"
)
SONAME = re.compile(r"^libepsilon\.so\.\d+$")


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def declared_functions(header):
    return set(re.findall(r"^EPSILON_API[^;{]*?\b(epsilon_\w+)\s*\(", header, re.MULTILINE))


def problems_of_exports(exported, declared):
    problems = [f"exported, but not ours: {name}" for name in sorted(exported - declared)]
    problems += [f"in epsilon.h, but not exported: {name}" for name in sorted(declared - exported)]
    return problems


def problems_of_dynamic_section(text):
    problems = [
        f"needs {name}"
        for name in re.findall(r"\(NEEDED\).*\[(.+)\]", text)
        if not NEEDED.match(name)
    ]
    sonames = re.findall(r"\(SONAME\).*\[(.+)\]", text)
    if len(sonames) != 1 or not SONAME.match(sonames[0]):
        problems.append(f"soname {sonames}, expected one like libepsilon.so.0")
    if re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", text):
        problems.append("has a search path or text relocations")
    return problems


def self_test():
    dynamic = "(NEEDED) Shared library: [libc.so.6]\n(SONAME) Library soname: [libepsilon.so.0]\n"
    assert problems_of_dynamic_section(dynamic) == []
    assert problems_of_dynamic_section(dynamic + "(NEEDED) x: [libfmt.so.9]\n") == [
        "needs libfmt.so.9"
    ]
    assert problems_of_exports({"epsilon_a", "stray"}, {"epsilon_a", "epsilon_b"}) == [
        "exported, but not ours: stray",
        "in epsilon.h, but not exported: epsilon_b",
    ]


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    self_test()
    library = arguments[0]
    # Lines are "address type name", the name perhaps with "@VERSION".
    exported = {
        line.split()[-1].split("@")[0]
        for line in output_of("nm", "-D", "--defined-only", library).splitlines()
    }
    declared = declared_functions((ROOT / "capi/include/epsilon.h").read_text(encoding="utf-8"))
    problems = problems_of_exports(exported, declared)
    problems += problems_of_dynamic_section(output_of("readelf", "-dW", library))
    for problem in problems:
        print(problem)
    print(f"exports: {len(exported)} functions, {len(problems)} problems")
    return 1 if problems or not exported else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

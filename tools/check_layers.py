#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom, and that no file grows beyond its bounds.

The table below is the whole rule: a folder of the library may include itself, the folders named
with it, and what those may include. docs/architecture.md explains it.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LAYERS = {
    "base": [],
    "platform": ["base"],
    "wasm": ["base"],
    "decode": ["wasm"],
    "runtime": ["wasm", "platform"],
    "interp": ["decode", "runtime"],
    "baseline": ["interp"],
    "engine": ["baseline"],
    "wasi": ["runtime"],
}
# The implementation of the C API sees every layer; these see nothing of ours but the C header.
EMBEDDERS = ["cli", "tests/spec", "tests/wasi", "tests/capi", "tests/examples", "examples"]
MAX_LINES = 900
# The one header that is installed: two thirds of it are the reference of the C API.
MAX_LINES_OF = {"capi/include/epsilon.h": 1350}

SOURCES = {".c", ".cc", ".cpp", ".h", ".hpp", ".def", ".inc"}
COUNTED = SOURCES | {".py", ".sh", ".cmake"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def reachable(layer):
    """The layers that `layer` may include: itself and, transitively, what it names."""
    seen = {layer}
    pending = [layer]
    while pending:
        for below in LAYERS[pending.pop()]:
            if below not in seen:
                seen.add(below)
                pending.append(below)
    return seen


def includes(text):
    return [(match.group(1), match.group(2)) for match in INCLUDE.finditer(text)]


def check_library_file(layer, path, text, root):
    problems = []
    for style, name in includes(text):
        folder = name.split("/")[0]
        if style == "<":
            if folder in LAYERS or name == "epsilon.h":
                problems.append(f'{path}: <{name}> is ours, write "{name}"')
            continue
        if name == "epsilon.h":
            problems.append(f"{path}: the library may not include the C API's header")
        elif folder not in LAYERS:
            problems.append(f'{path}: "{name}" is not a path from the root of libepsilon/')
        elif folder not in reachable(layer):
            problems.append(f"{path}: {layer} may not include {name}")
        elif not (root / "libepsilon" / name).is_file():
            problems.append(f'{path}: "{name}" does not exist')
    return problems


def check_embedder_file(path, text, root):
    problems = []
    for style, name in includes(text):
        if name == "epsilon.h":
            continue
        ours = (root / "libepsilon" / name).is_file() or (root / "capi" / name).is_file()
        beside = (root / path).parent / name
        if ours and not (style == '"' and beside.is_file()):
            problems.append(f"{path}: sees epsilon.h only, not {name}")
        elif style == '"' and not beside.is_file():
            problems.append(f'{path}: "{name}" is not beside it')
        elif style == '"' and beside.resolve().parent != (root / path).resolve().parent:
            problems.append(f"{path}: {name} is in another folder")
    return problems


def check_file(path, text, root=ROOT):
    """Problems of one file; `path` is relative to the root, with slashes."""
    problems = []
    parts = path.split("/")
    suffix = Path(path).suffix
    most = MAX_LINES_OF.get(path, MAX_LINES)
    if suffix in COUNTED and text.count("\n") > most:
        problems.append(f"{path}: {text.count(chr(10))} lines, at most {most}")
    if suffix not in SOURCES:
        return problems
    if parts[0] == "libepsilon":
        if len(parts) < 3 or parts[1] not in LAYERS:
            problems.append(f"{path}: libepsilon/ has no such layer")
        else:
            problems += check_library_file(parts[1], path, text, root)
    elif any(path.startswith(folder + "/") for folder in EMBEDDERS):
        problems += check_embedder_file(path, text, root)
    return problems


def tracked_files(root):
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(name for name in set(listing.split("\0")) if name and (root / name).is_file())


def self_test():
    """Each rule must catch a file made to break it."""
    bad = [
        ("libepsilon/base/a.cpp", '#include "wasm/types.h"\n', "base may not include"),
        ("libepsilon/decode/a.cpp", '#include "runtime/abi.h"\n', "decode may not include"),
        ("libepsilon/interp/a.cpp", '#include "epsilon.h"\n', "C API's header"),
        ("libepsilon/interp/a.cpp", '#include "dispatch.h"\n', "not a path from the root"),
        ("libepsilon/wasm/a.h", "#include <base/error.h>\n", "is ours"),
        ("libepsilon/new/a.h", "\n", "no such layer"),
        ("cli/a.cpp", '#include "base/error.h"\n', "sees epsilon.h only"),
        ("examples/c/a.c", '#include "capi/handles.h"\n', "is not beside it"),
        ("tests/capi/a.c", '#include "../cpp/catch.hpp"\n', "another folder"),
        ("tests/cpp/a.cpp", "\n" * (MAX_LINES + 1), "lines, at most"),
    ]
    good = [
        ("libepsilon/interp/a.cpp", '#include "base/error.h"\n#include <vector>\n'),
        ("cli/a.cpp", "#include <epsilon.h>\n"),
        ("tests/cpp/a.cpp", '#include "base/error.h"\n'),
    ]
    failures = []
    for path, text, expected in bad:
        problems = check_file(path, text)
        if not any(expected in problem for problem in problems):
            failures.append(f"self-test: {path} gave {problems}, not '{expected}'")
    for path, text in good:
        failures += [f"self-test: {problem}" for problem in check_file(path, text)]
    return failures


def main():
    problems = self_test()
    files = tracked_files(ROOT)
    for path in files:
        if Path(path).suffix in COUNTED:
            problems += check_file(path, (ROOT / path).read_text(encoding="utf-8"))
    for problem in problems:
        print(problem)
    print(f"layers: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

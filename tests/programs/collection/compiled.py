# SPDX-License-Identifier: Apache-2.0
"""Programs of our own in C and C++, compiled here with wasi-libc."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from collection.places import CACHE, SOURCES, Unavailable, run

FLAGS = ["--target=wasm32-wasi", "-O2", "-Wall", "-Wextra"]
C_FLAGS = ["-std=c17", "-D_GNU_SOURCE"]
CXX_FLAGS = ["-std=c++20", "-fno-exceptions"]


def compiled(name: str) -> Path:
    """The program of a file in sources/, compiled if it is not yet."""
    source = SOURCES / name
    plus = source.suffix == ".cpp"
    compiler = "clang++-19" if plus else "clang-19"
    if not shutil.which(compiler):
        raise Unavailable(f"there is no {compiler}")
    flags = [*FLAGS, *(CXX_FLAGS if plus else C_FLAGS)]
    key = hashlib.sha256(source.read_bytes() + " ".join([compiler, *flags]).encode()).hexdigest()
    program = CACHE / "compiled" / key[:16] / f"{source.stem}.wasm"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        part = program.with_suffix(".part")
        run([compiler, *flags, str(source), "-o", str(part)], SOURCES)
        part.replace(program)
    return program

# SPDX-License-Identifier: Apache-2.0
"""How fast engines make machine code: all functions of a module at once, from its bytes, with
decoding and validation; and the memory that it takes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from suite.engines import Installed
from suite.places import BENCH, log
from suite.processes import EMPTY, launch, load_modules, spread
from suite.workers import WorkerError, figures_of

SLOW_COMPILERS = ("wasmtime", "wazero")
"""Take seconds for the large module, and so compile it once."""
SECONDS = 300
"""What takes longer is ended."""


def code_bytes(wasm: bytes) -> int:
    """The length of a module's code section. Speeds are of it: a module may be mostly data."""

    def number(at: int) -> tuple[int, int]:
        value, shift = 0, 0
        while True:
            byte = wasm[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                return value, at

    at = 8
    while at < len(wasm):
        section = wasm[at]
        length, at = number(at + 1)
        if section == 10:
            return length
        at += length
    return 0


def modules(quick: bool) -> tuple[list[tuple[str, Path]], dict[str, str]]:
    found = [("small", BENCH / "wasm" / "json.wasm")]
    if quick:
        return found, {}
    larger, missing = load_modules(quick)
    return found + [(label, path) for label, path in larger if label != "small"], missing


def run_once(one: Installed, path: Path) -> tuple[dict[str, float], float]:
    """The figures of one process that compiles the module once, and the most memory it had, MiB."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "output"
        memory = launch(one.worker("compile", path), one.env, SECONDS, file).memory
        return figures_of(file.read_text()), memory


def measure(one: Installed, path: Path, rounds: int) -> dict[str, Any]:
    seen: dict[str, list[float]] = {}
    memory = 0.0
    for _ in range(rounds):
        figures, most = run_once(one, path)
        memory = max(memory, most)
        for name, value in figures.items():
            seen.setdefault(name, []).append(value)
    seconds = {
        name: spread([value / 1e9 for value in seen[name]])
        for name in ("compile", "wall", "validate", "again")
        if name in seen
    }
    result: dict[str, Any] = {"seconds": seconds, "memory_mib": memory, "runs": rounds}
    for name in ("machine", "refused"):
        if name in seen:
            result[name] = int(seen[name][0])
    return result


def compiling(engines: dict[str, Installed], rounds: int, quick: bool) -> dict[str, Any]:
    compilers = {name: one for name, one in engines.items() if "compile" in one.modes.split()}
    chosen, missing = modules(quick)
    table: dict[str, Any] = {}
    for label, path in chosen:
        results: dict[str, Any] = {}
        for name, one in compilers.items():
            repeats = 1 if label == "large" and name in SLOW_COMPILERS else rounds
            try:
                results[name] = measure(one, path, repeats)
            except WorkerError as error:
                results[name] = {"error": str(error)}
                log(f"compile {label}: {name}: {error}")
        wasm = path.read_bytes()
        table[label] = {
            "file": path.name,
            "bytes": len(wasm),
            "code_bytes": code_bytes(wasm),
            "engines": results,
        }
    base = {}
    for name, one in compilers.items():
        try:
            base[name] = run_once(one, EMPTY)[1]
        except WorkerError as error:
            log(f"compile empty: {name}: {error}")
    return {"rounds": rounds, "modules": table, "missing": missing, "memory_before_mib": base}

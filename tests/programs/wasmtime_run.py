# SPDX-License-Identifier: Apache-2.0
"""Runs one WASI program in wasmtime, as the command line of Epsilon does in Epsilon.

    python wasmtime_run.py [--dir HOST::GUEST] [--dir-ro HOST::GUEST] [--env K=V] PROGRAM [ARGS...]

Standard input, output and error are those of this process, and so is the exit status. Compiling a
large program takes wasmtime far longer than running it, so what it compiled is kept in the folder
$EPSILON_PROGRAMS_COMPILED, when that is set. wasi_unstable is there too (unstable_adapter.py).
"""

import argparse
import hashlib
import os
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import List, Tuple

import wasmtime
from unstable_adapter import UnstableAdapter

BROKEN = 250
"""The exit status when this script, not the program, went wrong."""


def compiled(engine: wasmtime.Engine, program: Path) -> wasmtime.Module:
    wasm = program.read_bytes()
    folder = os.environ.get("EPSILON_PROGRAMS_COMPILED")
    if not folder:
        return wasmtime.Module(engine, wasm)
    key = hashlib.sha256(wasm + version("wasmtime").encode()).hexdigest()
    kept = Path(folder) / f"{key}.cwasm"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(wasmtime.Module(engine, wasm).serialize())
        part.replace(kept)
    return wasmtime.Module.deserialize_file(engine, str(kept))


def pair(text: str, separator: str) -> Tuple[str, str]:
    first, _, second = text.partition(separator)
    return first, second or first


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", action="append", default=[])
    parser.add_argument("--dir-ro", action="append", default=[])
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("program", type=Path)
    parser.add_argument("args", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    settings = wasmtime.WasiConfig()
    settings.argv = [options.program.name, *options.args]
    environment: List[Tuple[str, str]] = [tuple(text.split("=", 1)) for text in options.env]
    settings.env = environment
    settings.inherit_stdin()
    settings.inherit_stdout()
    settings.inherit_stderr()
    for text in options.dir:
        settings.preopen_dir(*pair(text, "::"))
    for text in options.dir_ro:
        settings.preopen_dir(*pair(text, "::"), fs_mutable=False)

    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    store.set_wasi(settings)
    module = compiled(engine, options.program)
    older = UnstableAdapter(linker, store, module)
    instance = linker.instantiate(store, module)
    older.connect(instance)
    try:
        instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as stopped:
        return stopped.code
    except wasmtime.Trap as trap:
        print(trap, file=sys.stderr)
        return 134
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:
        traceback.print_exc()
        sys.exit(BROKEN)

# SPDX-License-Identifier: Apache-2.0
"""Runs a WASI program in wasmtime, through its Python package, as its own command would.

    wasmtime_program.py cold PROGRAM [ARGUMENT...]              compiles it and runs it
    wasmtime_program.py winch PROGRAM [ARGUMENT...]             the same with the baseline compiler
    wasmtime_program.py cached PROGRAM COMPILED [ARGUMENT...]   runs what was compiled before
    wasmtime_program.py compile PROGRAM COMPILED                compiles it into that file

The older wasi_unstable is tests/programs/unstable_adapter.py, since the package has none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import wasmtime

WINCH = 2  # WASMTIME_STRATEGY_WINCH; the package's own setting knows Cranelift only
PROGRAMS = Path(__file__).resolve().parent.parent.parent / "tests" / "programs"


def make_linker(
    engine: wasmtime.Engine, store: wasmtime.Store, module: wasmtime.Module
) -> tuple[wasmtime.Linker, Any]:
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    if all(one.module != "wasi_unstable" for one in module.imports):
        return linker, None
    sys.path.append(str(PROGRAMS))
    from unstable_adapter import UnstableAdapter

    return linker, UnstableAdapter(linker, store, module)


def run(engine: wasmtime.Engine, module: wasmtime.Module, argv: list[str]) -> int:
    settings = wasmtime.WasiConfig()
    settings.argv = argv
    settings.inherit_stdin()
    settings.inherit_stdout()
    settings.inherit_stderr()
    store = wasmtime.Store(engine)
    store.set_wasi(settings)
    linker, older = make_linker(engine, store, module)
    instance = linker.instantiate(store, module)
    if older is not None:
        older.connect(instance)
    start: Any = instance.exports(store)["_start"]
    try:
        start(store)
    except wasmtime.ExitTrap as ended:
        return int(ended.code)
    return 0


def main() -> int:
    mode, program, *rest = sys.argv[1:]
    config = wasmtime.Config()
    if mode == "winch":
        from wasmtime import _ffi

        config.wasm_tail_call = False
        _ffi.wasmtime_config_strategy_set(config.ptr(), WINCH)
    engine = wasmtime.Engine(config)
    name = Path(program).name
    if mode == "cached":
        compiled, *args = rest
        return run(engine, wasmtime.Module.deserialize_file(engine, compiled), [name, *args])
    module = wasmtime.Module(engine, Path(program).read_bytes())
    if mode in ("cold", "winch"):
        return run(engine, module, [name, *rest])
    # Under another name until it is whole: a run that was ended leaves no half of one.
    part = Path(f"{rest[0]}.{os.getpid()}")
    part.write_bytes(module.serialize())
    part.replace(rest[0])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except wasmtime.WasmtimeError as error:
        sys.exit("error: " + " ".join(str(error).split()))

# SPDX-License-Identifier: Apache-2.0
"""The worker of wasmtime, through its Python package; suite/workers.py says what a worker does.
The first argument chooses the compiler: cranelift, winch, or pulley (Cranelift's code for an
interpreter). Its calls go through Python, which is most of what they cost."""

from __future__ import annotations

import sys
import time
from typing import Any

import wasmtime

WINCH = 2  # WASMTIME_STRATEGY_WINCH; the package's own setting knows Cranelift only


def make_engine(compiler: str) -> wasmtime.Engine:
    config = wasmtime.Config()
    config.wasm_tail_call = compiler != "winch"
    if compiler == "winch":
        from wasmtime import _ffi

        _ffi.wasmtime_config_strategy_set(config.ptr(), WINCH)
    elif compiler == "pulley":
        config.target = "pulley64"
    return wasmtime.Engine(config)


def report(name: str, start: int, count: int) -> None:
    print(name, (time.perf_counter_ns() - start) / count)


def run(engine: wasmtime.Engine, wasm: bytes) -> None:
    store = wasmtime.Store(engine)
    instance = wasmtime.Instance(store, wasmtime.Module(engine, wasm), [])
    function: Any = instance.exports(store)["run"]
    print("ready", flush=True)
    for line in sys.stdin:
        n = int(line)
        print(function(store, n) % 2**64, flush=True)


def load(engine: wasmtime.Engine, wasm: bytes) -> None:
    start = time.perf_counter_ns()
    module = wasmtime.Module(engine, wasm)
    report("load", start, 1)
    del module


def instantiate(engine: wasmtime.Engine, wasm: bytes, count: int) -> None:
    module = wasmtime.Module(engine, wasm)
    start = time.perf_counter_ns()
    for _ in range(count):
        wasmtime.Instance(wasmtime.Store(engine), module, [])
    report("instantiate", start, count)


def main() -> None:
    engine, mode = make_engine(sys.argv[1]), sys.argv[2]
    with open(sys.argv[3], "rb") as file:
        wasm = file.read()
    if mode == "run":
        run(engine, wasm)
    elif mode == "load":
        load(engine, wasm)
    elif mode == "instantiate":
        instantiate(engine, wasm, int(sys.argv[4]))
    else:
        sys.exit(f"unknown mode {mode}")


try:
    main()
except wasmtime.WasmtimeError as error:
    sys.exit("error: " + " ".join(str(error).split()))

# SPDX-License-Identifier: Apache-2.0
"""The worker of wasmtime, through its Python package; suite/workers.py says what a worker does.
The first argument chooses the compiler: cranelift, winch, or pulley (Cranelift's code for an
interpreter). Its calls go through Python, which is most of what they cost. Two more modes keep what
was compiled for later: `precompile FILE COMPILED`, and `cached FILE COMPILED`, which runs that."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import time
from pathlib import Path
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


def run(engine: wasmtime.Engine, module: wasmtime.Module) -> None:
    store = wasmtime.Store(engine)
    instance = wasmtime.Instance(store, module, [])
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


def machine_bytes(module: wasmtime.Module) -> int:
    """The size of its machine code: of the section .text in its image, which is an ELF file."""
    from wasmtime import _ffi

    begin, end = ctypes.c_void_p(), ctypes.c_void_p()
    _ffi.wasmtime_module_image_range(module.ptr(), ctypes.byref(begin), ctypes.byref(end))
    length = (end.value or 0) - (begin.value or 0)
    return text_bytes(memoryview((ctypes.c_ubyte * length).from_address(begin.value or 0)))


def text_bytes(elf: memoryview) -> int:
    (sections,) = struct.unpack_from("<Q", elf, 40)
    size, count, names = struct.unpack_from("<HHH", elf, 58)
    rows = [struct.unpack_from("<IIQQQQ", elf, sections + i * size) for i in range(count)]
    strings = rows[names][4]
    for name, _, _, _, _, length in rows:
        if bytes(elf[strings + name :][:6]) == b".text\0":
            return int(length)
    raise ValueError("no section .text")


def compile_all(engine: wasmtime.Engine, wasm: bytes) -> None:
    start, processor = time.perf_counter_ns(), time.process_time_ns()
    module = wasmtime.Module(engine, wasm)
    print("compile", time.process_time_ns() - processor)
    report("wall", start, 1)
    print("machine", machine_bytes(module))


def precompile(engine: wasmtime.Engine, wasm: bytes, file: Path) -> None:
    # Under another name until it is whole: a run that was ended leaves no half of one.
    part = Path(f"{file}.{os.getpid()}")
    part.write_bytes(wasmtime.Module(engine, wasm).serialize())
    part.replace(file)


def instantiate(engine: wasmtime.Engine, wasm: bytes, count: int) -> None:
    module = wasmtime.Module(engine, wasm)
    start = time.perf_counter_ns()
    for _ in range(count):
        wasmtime.Instance(wasmtime.Store(engine), module, [])
    report("instantiate", start, count)


def main() -> None:
    engine, mode = make_engine(sys.argv[1]), sys.argv[2]
    if mode == "cached":
        run(engine, wasmtime.Module.deserialize_file(engine, sys.argv[4]))
        return
    with open(sys.argv[3], "rb") as file:
        wasm = file.read()
    if mode == "run":
        run(engine, wasmtime.Module(engine, wasm))
    elif mode == "precompile":
        precompile(engine, wasm, Path(sys.argv[4]))
    elif mode == "compile":
        compile_all(engine, wasm)
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

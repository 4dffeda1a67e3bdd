# SPDX-License-Identifier: Apache-2.0
"""A library of collection/libraries.py in wasmtime."""

from pathlib import Path
from typing import Sequence

import wasmtime
from wasmtime_run import compiled


class WasmtimeLibrary:
    def __init__(self, path: Path, args: Sequence[str]) -> None:
        engine = wasmtime.Engine()
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self._store = wasmtime.Store(engine)
        settings = wasmtime.WasiConfig()
        settings.argv = [path.name, *args]
        self._store.set_wasi(settings)
        self._exports = linker.instantiate(self._store, compiled(engine, path)).exports(self._store)

    def call(self, name: str, *args: int) -> int:
        return self._exports[name](self._store, *args)

    def read(self, address: int, size: int) -> bytes:
        return bytes(self._exports["memory"].read(self._store, address, address + size))

    def write(self, address: int, data: bytes) -> None:
        self._exports["memory"].write(self._store, data, address)

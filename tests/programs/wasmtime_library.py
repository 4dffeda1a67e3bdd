# SPDX-License-Identifier: Apache-2.0
"""A library of collection/libraries.py in wasmtime."""

import tempfile
from pathlib import Path
from typing import Mapping, Sequence

import wasmtime
from wasmtime_run import compiled


class WasmtimeLibrary:
    def __init__(self, path: Path, args: Sequence[str], files: Mapping[str, bytes]) -> None:
        engine = wasmtime.Engine()
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        self._store = wasmtime.Store(engine)
        settings = wasmtime.WasiConfig()
        settings.argv = [path.name, *args]
        if files:
            self._folder = tempfile.TemporaryDirectory()
            for name, content in files.items():
                place = Path(self._folder.name) / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            settings.preopen_dir(self._folder.name, "/")
        self._store.set_wasi(settings)
        self._exports = linker.instantiate(self._store, compiled(engine, path)).exports(self._store)

    def call(self, name: str, *args: int) -> int:
        return self._exports[name](self._store, *args)

    def read(self, address: int, size: int) -> bytes:
        return bytes(self._exports["memory"].read(self._store, address, address + size))

    def write(self, address: int, data: bytes) -> None:
        self._exports["memory"].write(self._store, data, address)

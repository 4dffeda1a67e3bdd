# SPDX-License-Identifier: Apache-2.0
"""wasi_unstable for wasmtime's Python binding, which has only wasi_snapshot_preview1.

The older interface is the same but for three things: whence of fd_seek is counted otherwise, the
result of *_filestat_get has a shorter nlink, and poll_oneoff has another subscription. A small
module on top of preview 1 turns the one into the other. It works on the program's memory, which it
can have only once the program is there; so the program is linked to functions in Python that call
the module later.
"""

from __future__ import annotations

import wasmtime

_TYPES = {"i32": wasmtime.ValType.i32, "i64": wasmtime.ValType.i64}

# The last parameter of each is where the filestat goes: 64 bytes of preview 1 in place of the 56
# that the program has room for, so what is behind them is put back.
_FILESTAT = """
    (local $behind i64) (local $result i32)
    (local.set $behind (i64.load offset=56 (local.get {last})))
    {call}
    (local.set $result)
    (if (i32.eqz (local.get $result)) (then
      (i32.store offset=20 (local.get {last}) (i32.load offset=24 (local.get {last})))
      (memory.copy (i32.add (local.get {last}) (i32.const 24))
                   (i32.add (local.get {last}) (i32.const 32)) (i32.const 32))))
    (i64.store offset=56 (local.get {last}) (local.get $behind))
    (local.get $result)
"""
# In the order of preview 1: set, cur, end.
_SEEK = """
    (local.set 2 (i32.rem_u (i32.add (local.get 2) (i32.const 1)) (i32.const 3)))
    {call}
"""


def _text_of(type_: wasmtime.FuncType) -> str:
    params = " ".join(str(part) for part in type_.params)
    results = " ".join(str(part) for part in type_.results)
    return f"(param {params}) (result {results})" if results else f"(param {params})"


def _adapter(functions: dict[str, wasmtime.FuncType]) -> str:
    imports: list[str] = []
    bodies: list[str] = []
    for name, type_ in functions.items():
        signature = _text_of(type_)
        imports.append(f'(import "wasi_snapshot_preview1" "{name}" (func ${name} {signature}))')
        count = len(type_.params)
        call = " ".join(f"(local.get {i})" for i in range(count)) + f" (call ${name})"
        if name.endswith("filestat_get"):
            call = _FILESTAT.format(call=call, last=count - 1)
        elif name == "fd_seek":
            call = _SEEK.format(call=call)
        elif name == "poll_oneoff":
            call = "unreachable"
        bodies.append(f'(func (export "{name}") {signature} {call})')
    memory = '(import "program" "memory" (memory 0)) (export "memory" (memory 0))'
    return f"(module {' '.join(imports)} {memory} {' '.join(bodies)})"


class UnstableAdapter:
    """Defines wasi_unstable in a linker for one module."""

    def __init__(self, linker: wasmtime.Linker, store: wasmtime.Store, module: wasmtime.Module):
        self._linker, self._store = linker, store
        self._exports: dict[str, wasmtime.Func] = {}
        self._functions = {
            import_.name: import_.type
            for import_ in module.imports
            if import_.module == "wasi_unstable"
        }
        for name, type_ in self._functions.items():
            linker.define(
                store, "wasi_unstable", name, wasmtime.Func(store, type_, self._caller(name))
            )

    def _caller(self, name):
        return lambda *args: self._exports[name](self._store, *args)

    def connect(self, instance: wasmtime.Instance) -> None:
        """Called with the instance before it is run."""
        if not self._functions:
            return
        self._linker.define(
            self._store, "program", "memory", instance.exports(self._store)["memory"]
        )
        adapter = wasmtime.Module(self._store.engine, _adapter(self._functions))
        exports = self._linker.instantiate(self._store, adapter).exports(self._store)
        self._exports = {name: exports[name] for name in self._functions}

# SPDX-License-Identifier: Apache-2.0
"""An instance of a module, with the objects that were made of its exports.

`Module` and `Exports` share it: neither refers to the other, so that the instance goes with the
last of them, without the help of the cycle collector.
"""

from typing import Any, Dict, Iterable, Mapping, Optional, Union

from epsilon._compiled import CompiledModule
from epsilon._errors import EpsilonUsageError, raise_error, raise_owned
from epsilon._func import Func
from epsilon._global import Global
from epsilon._memory import Memory, own_memory
from epsilon._native import ffi, lib
from epsilon._store import MODULE_CLOSED, Owner, Store, counted, own
from epsilon._table import Table
from epsilon._values import NO_FUEL_LIMIT, fuel_amount, milliseconds, name_bytes
from epsilon._wasi import Wasi

_NULL = ffi.NULL

Export = Union[Func, Memory, Table, Global]


@counted("store")
class Instance(Owner):
    """A module instance of the library's."""

    __slots__ = (
        "__weakref__", "compiled", "functions", "globals", "handle", "memories", "store",
        "tables", "wasi",
    )  # fmt: skip

    def __init__(
        self, store: Store, handle: Any, compiled: CompiledModule, wasi: Optional[Wasi]
    ) -> None:
        self.store = store
        self.handle = handle
        self.compiled = compiled
        self.wasi = wasi
        self.functions: Dict[str, Func] = {}
        self.memories: Dict[str, Memory] = {}
        self.tables: Dict[str, Table] = {}
        self.globals: Dict[str, Global] = {}
        store.register(self)

    def check_open(self) -> None:
        if not self.handle:
            raise EpsilonUsageError(MODULE_CLOSED)

    def _release(self) -> None:
        handle, self.handle = self.handle, _NULL
        exports: Iterable[Mapping[str, Owner]] = (
            self.functions, self.memories, self.tables, self.globals,
        )  # fmt: skip
        for found in exports:
            for owner in list(found.values()):
                owner._release()
        for found in (self.functions, self.memories, self.tables, self.globals):
            found.clear()
        self.store.give_up(handle)

    def kinds(self) -> Mapping[str, str]:
        """What each export is, in the order of declaration."""
        self.check_open()
        return self.compiled._export_kinds()

    def export(self, name: str) -> Export:
        """The export of this name, the same object each time. KeyError if there is none."""
        kind = self.kinds()[name]
        if kind == "func":
            return self.function(name)
        if kind == "memory":
            return self.memory(name)
        if kind == "table":
            return self.table(name)
        return self.global_(name)

    def function(self, name: str) -> Func:
        self.check_open()
        encoded = name_bytes(name, "func_name")
        func = self.functions.get(name)
        if func is None:
            handle = self._export("func", encoded)
            func = self.functions[name] = Func(self.store, handle, name, MODULE_CLOSED)
        return func

    def memory(self, name: str) -> Memory:
        self.check_open()
        encoded = name_bytes(name, "memory_name")
        memory = self.memories.get(name)
        if memory is None:
            handle = self._new_handle("memory", encoded)
            memory = Memory(self.store, own_memory(handle), MODULE_CLOSED)
            memory = self.memories.setdefault(name, memory)
        return memory

    def table(self, name: str) -> Table:
        self.check_open()
        encoded = name_bytes(name, "table_name")
        table = self.tables.get(name)
        if table is None:
            table = Table(self.store, self._export("table", encoded), MODULE_CLOSED)
            table = self.tables.setdefault(name, table)
        return table

    def global_(self, name: str) -> Global:
        self.check_open()
        encoded = name_bytes(name, "global_name")
        found = self.globals.get(name)
        if found is None:
            handle = self._export("global", encoded)
            found = Global(self.store, handle, MODULE_CLOSED, name)
            found = self.globals.setdefault(name, found)
        return found

    def run(self, timeout_ms: Optional[float], fuel: Optional[int]) -> int:
        """Runs the program that this is; gives its exit code."""
        handle = self.handle  # another thread may close it
        self.check_open()
        timeout = milliseconds(timeout_ms)
        limit = NO_FUEL_LIMIT if fuel is None else fuel_amount(fuel)
        status = ffi.new("int32_t *")
        error = lib.epsilon_wasi_run(handle, timeout, limit, status)
        if error:
            error = own(error, lib.epsilon_error_delete)
            try:
                raise_owned(error)
            finally:
                del error
        if self.wasi is not None:
            self.wasi._end_outputs()
        return int(status[0])

    def _export(self, noun: str, encoded: bytes) -> Any:
        return own(self._new_handle(noun, encoded), getattr(lib, f"epsilon_{noun}_delete"))

    def _new_handle(self, noun: str, encoded: bytes) -> Any:
        """The library's handle for an export, which nobody owns yet."""
        out = ffi.new(f"epsilon_{noun}_t **")
        get = getattr(lib, f"epsilon_module_export_{noun}")
        handle = self.handle  # another thread may close it
        if not handle:
            self.check_open()
        error = get(handle, encoded, len(encoded), out)
        if error:
            raise_error(error)
        return out[0]

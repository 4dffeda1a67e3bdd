# SPDX-License-Identifier: Apache-2.0
"""Module: an instance of a WebAssembly module."""

from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Type, Union

from epsilon import _async
from epsilon._errors import EpsilonUsageError, raise_error
from epsilon._extern import MODULE_CLOSED
from epsilon._func import Func
from epsilon._global import Global
from epsilon._memory import Memory, own_memory
from epsilon._native import ffi, lib, text
from epsilon._store import Owner, Store, give_up, own
from epsilon._table import Table
from epsilon._types import kind_of
from epsilon._values import name_bytes

_NULL = ffi.NULL


class Module(Owner):
    """An instance of a WebAssembly module, made by `Runtime.instantiate`."""

    def __init__(self, store: Store, handle: Any) -> None:
        self._store = store
        self._handle = handle
        self._functions: Dict[str, Func] = {}
        self._memories: Dict[str, Memory] = {}
        self._tables: Dict[str, Table] = {}
        self._globals: Dict[str, Global] = {}
        self._kinds: Optional[Dict[str, str]] = None
        store.register(self)

    # ---- calls -----------------------------------------------------------------------------

    def call(
        self,
        func_name: str,
        *args: Any,
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
    ) -> List[Any]:
        """Calls an exported function; the arguments are converted by the function's own type.

        Gives a list of the results: signed ints, floats, 16 bytes for a v128, Python objects or
        None for references. Integers may be of the signed or the unsigned range of their type. With
        `timeout_ms` the program is stopped after that time, wherever it is, with
        EpsilonTimeoutError; the module stays usable. `fuel` limits what the call may use, as well
        as the Runtime's pool (see Runtime), and ends it with EpsilonFuelError.
        """
        try:
            func = self._functions[func_name]
        except (KeyError, TypeError):
            func = self._function(func_name)
        if timeout_ms is None and fuel is None:
            return func._list(func(*args))
        return func._list(func._call_any(args, timeout_ms, fuel))

    def call_typed(
        self,
        func_name: str,
        args: Sequence[Tuple[Any, str]],
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
    ) -> List[Any]:
        """Calls an exported function with pairs (value, type), where type is 'i32', 'i64', 'f32',
        'f64', 'v128', 'funcref' or 'externref'. A type that is not the parameter's is an error."""
        return self._function(func_name)._call_typed(args, timeout_ms, fuel)

    async def call_async(
        self,
        func_name: str,
        *args: Any,
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
    ) -> List[Any]:
        """Calls an exported function as `call` does, on another thread, while the event loop runs
        on. Asynchronous calls in one Runtime wait for each other. When the task is cancelled the
        program is stopped; the task ends when it has stopped."""
        self._check_open()

        def call() -> List[Any]:
            return self.call(func_name, *args, timeout_ms=timeout_ms, fuel=fuel)

        return await _async.run(self._store, call)

    # ---- exports ---------------------------------------------------------------------------

    def get_export_names(self) -> List[str]:
        """The names of all exports, in the order of declaration."""
        self._check_open()
        if self._kinds is None:
            self._kinds = self._export_kinds()
        return list(self._kinds)

    def _export_kinds(self) -> Dict[str, str]:
        """What each export is, in the order of declaration."""
        out = ffi.new("epsilon_compiled_t **")
        error = lib.epsilon_module_compiled(self._handle, out)
        if error:
            raise_error(error)
        compiled = own(out[0], lib.epsilon_compiled_delete)
        name = ffi.new("const char **")
        size = ffi.new("size_t *")
        described = ffi.new("const epsilon_type_t **")
        kinds: Dict[str, str] = {}
        for i in range(lib.epsilon_compiled_export_count(compiled)):
            error = lib.epsilon_compiled_export(compiled, i, name, size, described)
            if error:
                raise_error(error)
            kinds[text(name[0], size[0])] = kind_of(described[0])
        give_up(compiled)
        return kinds

    # ---- memories --------------------------------------------------------------------------

    def get_memory_size(self, memory_name: str = "memory") -> int:
        """The size of an exported memory in pages of 65536 bytes."""
        return self._memory(memory_name).size

    def read_memory(self, offset: int, length: int, memory_name: str = "memory") -> bytes:
        """A copy of `length` bytes at `offset` of an exported memory."""
        return self._memory(memory_name).read(offset, length)

    def write_memory(
        self,
        offset: int,
        data: Union[bytes, bytearray, memoryview],
        memory_name: str = "memory",
    ) -> int:
        """Writes bytes to `offset` of an exported memory; gives how many."""
        return self._memory(memory_name).write(offset, data)

    def grow_memory(self, pages: int, memory_name: str = "memory") -> int:
        """Grows an exported memory; gives its size before, in pages. Growth beyond the memory's
        maximum or a cap raises EpsilonLimitError; where the system has no memory,
        EpsilonNoMemoryError."""
        return self._memory(memory_name).grow(pages)

    # ---- globals ---------------------------------------------------------------------------

    def get_global(self, global_name: str) -> Any:
        """The value of an exported global, by its type an int, float, bytes or object."""
        return self._global(global_name).get()

    def set_global(self, global_name: str, value: Any) -> None:
        """Sets an exported mutable global; the value is converted by its type."""
        self._global(global_name).set(value)

    # ---- closing ---------------------------------------------------------------------------

    def close(self) -> None:
        """Gives the instance up. Any number of times; every other method then raises
        EpsilonError("Module is closed")."""
        self._release()

    def __enter__(self) -> "Module":
        self._check_open()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._handle else " (closed)"
        return f"<epsilon.Module at {id(self):#x}{state}>"

    # ---- inside ----------------------------------------------------------------------------

    def _check_open(self) -> None:
        if not self._handle:
            raise EpsilonUsageError(MODULE_CLOSED)

    def _release(self) -> None:
        handle, self._handle = self._handle, _NULL
        functions, self._functions = self._functions, {}
        memories, self._memories = self._memories, {}
        tables, self._tables = self._tables, {}
        globals_, self._globals = self._globals, {}
        exports: List[Mapping[str, Owner]] = [functions, memories, tables, globals_]
        for found in exports:
            for owner in found.values():
                owner._release()
        give_up(handle)

    def _function(self, name: str) -> Func:
        self._check_open()
        encoded = name_bytes(name, "func_name")
        func = self._functions.get(name)
        if func is None:
            handle = self._export("func", encoded)
            func = Func(self._store, handle, name)
            func._closed_message = MODULE_CLOSED
            self._store.register(func)  # it may outlive this object
            self._functions[name] = func
        return func

    def _memory(self, name: str) -> Memory:
        self._check_open()
        encoded = name_bytes(name, "memory_name")
        memory = self._memories.get(name)
        if memory is None:
            handle = self._new_handle("memory", encoded)
            memory = Memory(self._store, own_memory(handle), MODULE_CLOSED)
            memory = self._memories.setdefault(name, memory)
        return memory

    def _table(self, name: str) -> Table:
        self._check_open()
        encoded = name_bytes(name, "table_name")
        table = self._tables.get(name)
        if table is None:
            table = Table(self._store, self._export("table", encoded), MODULE_CLOSED)
            table = self._tables.setdefault(name, table)
        return table

    def _global(self, name: str) -> Global:
        self._check_open()
        encoded = name_bytes(name, "global_name")
        found = self._globals.get(name)
        if found is None:
            handle = self._export("global", encoded)
            found = Global(self._store, handle, MODULE_CLOSED, name)
            found = self._globals.setdefault(name, found)
        return found

    def _export_object(self, name: str) -> Union[Func, Memory, Table, Global]:
        """The export of this name, the same object each time. That there is none is an error that
        names it."""
        self._check_open()
        if self._kinds is None:
            self._kinds = self._export_kinds()
        kind = self._kinds.get(name) if isinstance(name, str) else None
        if kind == "memory":
            return self._memory(name)
        if kind == "table":
            return self._table(name)
        if kind == "global":
            return self._global(name)
        return self._function(name)

    def _export(self, noun: str, encoded: bytes) -> Any:
        return own(self._new_handle(noun, encoded), getattr(lib, f"epsilon_{noun}_delete"))

    def _new_handle(self, noun: str, encoded: bytes) -> Any:
        """The library's handle for an export, which nobody owns yet."""
        out = ffi.new(f"epsilon_{noun}_t **")
        get = getattr(lib, f"epsilon_module_export_{noun}")
        error = get(self._handle, encoded, len(encoded), out)
        if error:
            raise_error(error)
        return out[0]

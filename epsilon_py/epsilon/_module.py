# SPDX-License-Identifier: Apache-2.0
"""Module: an instance of a WebAssembly module."""

from types import TracebackType
from typing import Any, List, Optional, Sequence, Tuple, Type, Union

from epsilon._compiled import CompiledModule
from epsilon._exports import Exports
from epsilon._instance import Instance


class Module:
    """An instance of a WebAssembly module, made by `Runtime.instantiate`."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._functions = instance.functions
        self._exports: Optional[Exports] = None

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
            func = self._instance.function(func_name)
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
        return self._instance.function(func_name)._call_typed(args, timeout_ms, fuel)

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
        self._instance.check_open()
        from epsilon import _async  # it takes longer to import than all the rest

        def call() -> List[Any]:
            return self.call(func_name, *args, timeout_ms=timeout_ms, fuel=fuel)

        return await _async.run(self._instance.store, call)

    def run(self, *, timeout_ms: Optional[float] = None, fuel: Optional[int] = None) -> int:
        """Runs a WASI program to its end, by its export `_start`, and gives its exit code: what it
        gave to exit(), or 0. (In any other call exit() is an EpsilonExitError.) A module that has
        `_initialize` instead is prepared by it: its functions can be called afterwards.
        `timeout_ms` and `fuel` limit the program as they do a call."""
        return self._instance.run(timeout_ms, fuel)

    async def run_async(
        self, *, timeout_ms: Optional[float] = None, fuel: Optional[int] = None
    ) -> int:
        """Runs it as `call_async` does."""
        self._instance.check_open()
        from epsilon import _async  # it takes longer to import than all the rest

        return await _async.run(
            self._instance.store, lambda: self.run(timeout_ms=timeout_ms, fuel=fuel)
        )

    # ---- exports ---------------------------------------------------------------------------

    @property
    def exports(self) -> Exports:
        """The exports as objects: `exports.add(5, 37)`, `exports["memory"]`, names by iteration."""
        exports = self._exports
        if exports is None:
            exports = self._exports = Exports(self._instance)
        return exports

    @property
    def compiled(self) -> CompiledModule:
        """What this is an instance of."""
        self._instance.check_open()
        return self._instance.compiled

    def get_export_names(self) -> List[str]:
        """The names of all exports, in the order of declaration."""
        return list(self._instance.kinds())

    # ---- memories --------------------------------------------------------------------------

    def get_memory_size(self, memory_name: str = "memory") -> int:
        """The size of an exported memory in pages of 65536 bytes."""
        return self._instance.memory(memory_name).size

    def read_memory(self, offset: int, length: int, memory_name: str = "memory") -> bytes:
        """A copy of `length` bytes at `offset` of an exported memory."""
        return self._instance.memory(memory_name).read(offset, length)

    def write_memory(
        self,
        offset: int,
        data: Union[bytes, bytearray, memoryview],
        memory_name: str = "memory",
    ) -> int:
        """Writes bytes to `offset` of an exported memory; gives how many."""
        return self._instance.memory(memory_name).write(offset, data)

    def grow_memory(self, pages: int, memory_name: str = "memory") -> int:
        """Grows an exported memory; gives its size before, in pages. Growth beyond the memory's
        maximum or a cap raises EpsilonLimitError; where the system has no memory,
        EpsilonNoMemoryError."""
        return self._instance.memory(memory_name).grow(pages)

    # ---- globals ---------------------------------------------------------------------------

    def get_global(self, global_name: str) -> Any:
        """The value of an exported global, by its type an int, float, bytes or object."""
        return self._instance.global_(global_name).get()

    def set_global(self, global_name: str, value: Any) -> None:
        """Sets an exported mutable global; the value is converted by its type."""
        self._instance.global_(global_name).set(value)

    # ---- closing ---------------------------------------------------------------------------

    def close(self) -> None:
        """Gives the instance up. Any number of times; every other method then raises
        EpsilonError("Module is closed")."""
        self._instance._release()

    def __enter__(self) -> "Module":
        self._instance.check_open()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._instance.handle else " (closed)"
        return f"<epsilon.Module at {id(self):#x}{state}>"

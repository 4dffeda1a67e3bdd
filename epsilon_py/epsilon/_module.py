# SPDX-License-Identifier: Apache-2.0
"""Module: an instance of a WebAssembly module."""

from types import TracebackType
from typing import Any, Dict, List, Optional, Sequence, Tuple, Type, Union

from epsilon._errors import (
    EpsilonUsageError,
    UsageTypeError,
    UsageValueError,
    raise_error,
)
from epsilon._func import Func, read_values, write_value
from epsilon._native import ffi, lib, text
from epsilon._store import Owner, Store, give_up, give_up_all, own
from epsilon._values import TYPES, BadValue, bytes_of, name_bytes, show_int, uint64

_NULL = ffi.NULL
_new_bytes = ffi.new_allocator(should_clear_after_alloc=False)


class Module(Owner):
    """An instance of a WebAssembly module, made by `Runtime.instantiate`."""

    def __init__(self, store: Store, handle: Any) -> None:
        self._store = store
        self._handle = handle
        self._functions: Dict[str, Func] = {}
        self._memories: Dict[str, Any] = {}
        self._globals: Dict[str, Any] = {}
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
        return func._invoke(args, timeout_ms, fuel)

    def call_typed(
        self,
        func_name: str,
        args: Sequence[Tuple[Any, str]],
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
    ) -> List[Any]:
        """Calls an exported function with pairs (value, type), where type is 'i32', 'i64', 'f32',
        'f64', 'v128', 'funcref' or 'externref'. A type that is not the parameter's is an error."""
        return self._function(func_name)._invoke_typed(args, timeout_ms, fuel)

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
        from epsilon import _async  # it takes longer to import than all the rest

        def call() -> List[Any]:
            return self.call(func_name, *args, timeout_ms=timeout_ms, fuel=fuel)

        return await _async.run(self._store, call)

    # ---- exports ---------------------------------------------------------------------------

    def get_export_names(self) -> List[str]:
        """The names of all exports, in the order of declaration."""
        self._check_open()
        out = ffi.new("epsilon_compiled_t **")
        error = lib.epsilon_module_compiled(self._handle, out)
        if error:
            raise_error(error)
        compiled = own(out[0], lib.epsilon_compiled_delete)
        name = ffi.new("const char **")
        size = ffi.new("size_t *")
        names = []
        for i in range(lib.epsilon_compiled_export_count(compiled)):
            error = lib.epsilon_compiled_export(compiled, i, name, size, _NULL)
            if error:
                raise_error(error)
            names.append(text(name[0], size[0]))
        give_up(compiled)
        return names

    # ---- memories --------------------------------------------------------------------------

    def get_memory_size(self, memory_name: str = "memory") -> int:
        """The size of an exported memory in pages of 65536 bytes."""
        return int(lib.epsilon_memory_size(self._memory(memory_name)))

    def read_memory(self, offset: int, length: int, memory_name: str = "memory") -> bytes:
        """A copy of `length` bytes at `offset` of an exported memory."""
        memory = self._memory(memory_name)
        start, size = self._range(memory, offset, length, "length")
        data = _new_bytes("char[]", size)
        error = lib.epsilon_memory_read(memory, start, data, size)
        if error:
            raise_error(error)
        return bytes(ffi.buffer(data, size))

    def write_memory(
        self,
        offset: int,
        data: Union[bytes, bytearray, memoryview],
        memory_name: str = "memory",
    ) -> int:
        """Writes bytes to `offset` of an exported memory; gives how many."""
        memory = self._memory(memory_name)
        try:
            source = bytes_of(data)
        except (TypeError, ValueError, BufferError):
            raise UsageTypeError(
                f"data must be bytes-like and contiguous, not {type(data).__name__}"
            ) from None
        try:
            start, size = self._range(memory, offset, len(source), "length of data")
            error = lib.epsilon_memory_write(memory, start, source, size)
        finally:
            ffi.release(source)
        if error:
            raise_error(error)
        return size

    def grow_memory(self, pages: int, memory_name: str = "memory") -> int:
        """Grows an exported memory; gives its size before, in pages. Growth beyond the memory's
        maximum or a cap raises EpsilonLimitError; where the system has no memory,
        EpsilonNoMemoryError."""
        memory = self._memory(memory_name)
        previous = ffi.new("uint64_t *")
        error = lib.epsilon_memory_grow(memory, uint64(pages, "pages"), previous)
        if error:
            raise_error(error)
        return int(previous[0])

    # ---- globals ---------------------------------------------------------------------------

    def get_global(self, global_name: str) -> Any:
        """The value of an exported global, by its type an int, float, bytes or object."""
        handle = self._global(global_name)
        cell = ffi.new("epsilon_value_t *")
        error = lib.epsilon_global_get(handle, cell)
        if error:
            raise_error(error)
        value_type = TYPES[int(lib.epsilon_global_content(handle))]
        return read_values(cell, [value_type], self._store)[0]

    def set_global(self, global_name: str, value: Any) -> None:
        """Sets an exported mutable global; the value is converted by its type."""
        handle = self._global(global_name)
        value_type = TYPES[int(lib.epsilon_global_content(handle))]
        cell = ffi.new("epsilon_value_t *")
        keep: List[Any] = []
        try:
            write_value(cell, 0, value_type, value, self._store, keep)
            error = lib.epsilon_global_set(handle, cell)
        except BadValue as bad:
            raise bad.at(f"global {global_name} ({value_type.name})") from None
        finally:
            give_up_all(keep)
        if error:
            raise_error(error)

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
            raise EpsilonUsageError("Module is closed")

    def _release(self) -> None:
        handle, self._handle = self._handle, _NULL
        functions, self._functions = self._functions, {}
        memories, self._memories = self._memories, {}
        globals_, self._globals = self._globals, {}
        for func in functions.values():
            func._release()
        for other in (*memories.values(), *globals_.values(), handle):
            give_up(other)

    def _function(self, name: str) -> Func:
        self._check_open()
        encoded = name_bytes(name, "func_name")
        func = self._functions.get(name)
        if func is None:
            handle = self._export("func", encoded)
            func = Func(self._store, handle, name)
            func._closed_message = "Module is closed"
            self._functions[name] = func
        return func

    def _memory(self, name: str) -> Any:
        self._check_open()
        encoded = name_bytes(name, "memory_name")
        memory = self._memories.get(name)
        if memory is None:
            memory = self._memories[name] = self._export("memory", encoded)
        return memory

    def _global(self, name: str) -> Any:
        self._check_open()
        encoded = name_bytes(name, "global_name")
        handle = self._globals.get(name)
        if handle is None:
            handle = self._globals[name] = self._export("global", encoded)
        return handle

    def _export(self, noun: str, encoded: bytes) -> Any:
        out = ffi.new(f"epsilon_{noun}_t **")
        get = getattr(lib, f"epsilon_module_export_{noun}")
        error = get(self._handle, encoded, len(encoded), out)
        if error:
            raise_error(error)
        return own(out[0], getattr(lib, f"epsilon_{noun}_delete"))

    @staticmethod
    def _range(memory: Any, offset: object, length: object, what: str) -> Tuple[int, int]:
        """The range as the library takes it; nothing is allocated for one outside the memory."""
        numbers = []
        for value, name in ((offset, "offset"), (length, what)):
            if not hasattr(type(value), "__index__"):
                raise UsageTypeError(f"{name} must be an integer, not {type(value).__name__}")
            numbers.append(value.__index__())  # type: ignore[attr-defined]
        start, size = numbers
        limit = int(lib.epsilon_memory_byte_size(memory))
        if start < 0 or size < 0 or start + size > limit:
            raise UsageValueError(
                f"out of bounds memory access: offset {show_int(start)}, {what} {show_int(size)}, "
                f"the memory has {limit} bytes"
            )
        return start, size

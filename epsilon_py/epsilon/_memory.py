# SPDX-License-Identifier: Apache-2.0
"""Memory: the bytes that programs work on, for Python to look at.

Python's view of a memory is a memoryview of a cffi buffer of a pointer, and the pointer holds the
library's handle: the bytes stay where they are as long as anything looks at them, also when the
Memory, its Module and its Runtime are closed and gone.
"""

from functools import partial
from struct import Struct
from struct import error as StructError
from typing import Any, Callable, Dict, Optional, SupportsIndex, Tuple, Union, overload

from epsilon._errors import (
    EpsilonNoMemoryError,
    UsageIndexError,
    UsageTypeError,
    UsageValueError,
    raise_error,
)
from epsilon._extern import Extern, subscript
from epsilon._native import ffi, lib
from epsilon._store import RUNTIME_CLOSED, Store, counted
from epsilon._types import MemoryType, maximum_of
from epsilon._values import (
    BadValue,
    bytes_of,
    encode_float,
    encode_integer,
    integer,
    name_bytes,
    show_int,
    uint64,
)

PAGE_SIZE = 65536

_NULL = ffi.NULL
# What the quick ways raise for arguments that are wrong or unusual: the slow ones look closer.
_UNUSUAL = (StructError, IndexError, OverflowError, TypeError, ValueError)
_FIRST_CHUNK = 256
_LARGEST_CHUNK = 1 << 20


def _hold(handle: Any, pointer: Any) -> None:
    """The end of a pointer: nothing is to be done but to have held the handle."""


def _reader(name: str, layout: str, kind: str) -> Callable[["Memory", SupportsIndex], Any]:
    struct = Struct(layout)
    unpack, size = struct.unpack_from, struct.size

    def read(self: "Memory", offset: SupportsIndex) -> Any:
        view = self._bytes
        if view is None:
            view = self._look()
        try:
            if offset >= 0:  # type: ignore[operator]
                return unpack(view, offset)[0]  # type: ignore[arg-type]
        except _UNUSUAL:
            pass
        view, start = self._spot(offset, size)
        return unpack(view, start)[0]

    read.__name__ = f"read_{name}"
    read.__qualname__ = f"Memory.read_{name}"
    read.__doc__ = f"Reads {kind} of {8 * size} bits at `offset`."
    return read


def _int_reader(name: str, layout: str) -> Callable[["Memory", SupportsIndex], int]:
    kind = "an unsigned integer" if name[0] == "u" else "a signed integer"
    return _reader(name, layout, kind)


def _float_reader(name: str, layout: str) -> Callable[["Memory", SupportsIndex], float]:
    return _reader(name, layout, "a floating-point number")


def _int_writer(name: str, layout: str) -> Callable[["Memory", SupportsIndex, SupportsIndex], None]:
    struct = Struct(layout)
    pack, size = struct.pack_into, struct.size
    low = -(1 << (8 * size - 1)) if name[0] == "s" else 0
    high = low + (1 << 8 * size) - 1

    def write(self: "Memory", offset: SupportsIndex, value: SupportsIndex) -> None:
        view = self._bytes
        if view is None:
            view = self._look()
        try:
            if type(value) is int and low <= value <= high and offset >= 0:  # type: ignore[operator]
                pack(view, offset, value)  # type: ignore[arg-type]
                return
        except _UNUSUAL:
            pass
        # pack() would have cleared the bytes before it refuses a value.
        try:
            number = encode_integer(value, low, high)
        except BadValue as bad:
            raise bad.at(write.__name__) from None
        view, start = self._spot(offset, size)
        pack(view, start, number)

    write.__name__ = f"write_{name}"
    write.__qualname__ = f"Memory.write_{name}"
    kind = "an unsigned integer" if low == 0 else "a signed integer"
    write.__doc__ = f"Writes {kind} of {8 * size} bits to `offset`: {low} to {high}."
    return write


def _float_writer(name: str, layout: str) -> Callable[["Memory", SupportsIndex, float], None]:
    struct = Struct(layout)
    pack, size = struct.pack, struct.size

    def write(self: "Memory", offset: SupportsIndex, value: float) -> None:
        try:
            data = pack(value)
        except _UNUSUAL:
            try:
                number = encode_float(value)
            except BadValue as bad:
                raise bad.at(write.__name__) from None
            try:
                data = pack(number)
            except OverflowError:  # beyond f32's range
                data = pack(float("inf") if number > 0 else float("-inf"))
        view = self._bytes
        if view is None:
            view = self._look()
        if type(offset) is int and 0 <= offset <= len(view) - size:
            view[offset : offset + size] = data
        else:
            view, start = self._spot(offset, size)
            view[start : start + size] = data

    write.__name__ = f"write_{name}"
    write.__qualname__ = f"Memory.write_{name}"
    write.__doc__ = f"Writes a floating-point number of {8 * size} bits to `offset`."
    return write


@counted("_store")
class Memory(Extern):
    """A memory: of a Runtime (`runtime.memory(1)`) or what a module exports.

    `memory[3]`, `memory[a:b]`, and the same on the left of `=`, follow Python's rules for sequences
    of bytes, negative indices included; slices are copies. Methods that take an `offset` count from
    the memory's first byte, and refuse negative ones. Numbers are little-endian. What is outside
    raises an error that is an EpsilonUsageError and ValueError, in subscripts also IndexError, and
    nothing is written.
    """

    __slots__ = ("_bytes", "_seen", "_shown")

    def __init__(self, store: Store, handle: Any, closed_message: str = RUNTIME_CLOSED) -> None:
        # The bytes of a memory that cannot move, for quick accesses.
        self._bytes: Optional[memoryview] = None
        # The bytes as they were last looked at, and the library's pointer to them.
        self._seen: Optional[Tuple[Any, memoryview]] = None
        # Whether somebody else got a view.
        self._shown = False
        number = int(lib.epsilon_memory_id(handle))
        super().__init__(store, handle, number, closed_message)

    # ---- size ------------------------------------------------------------------------------

    @property
    def type(self) -> MemoryType:
        """The memory's type; its minimum is the size that the memory has now."""
        handle = self._open()
        size = int(lib.epsilon_memory_size(handle))
        return MemoryType(size, maximum_of(lib.epsilon_memory_maximum, handle))

    @property
    def size(self) -> int:
        """The size in pages of 65536 bytes."""
        return int(lib.epsilon_memory_size(self._open()))

    def __len__(self) -> int:
        """The size in bytes."""
        return int(lib.epsilon_memory_byte_size(self._open()))

    def __bool__(self) -> bool:
        """Always true: an empty memory is one."""
        return True

    def grow(self, pages: SupportsIndex) -> int:
        """Grows the memory; gives its size before, in pages. Growth beyond the memory's maximum or
        a cap raises EpsilonLimitError; where the system has no memory, EpsilonNoMemoryError."""
        delta = uint64(pages, "pages")
        previous = ffi.new("uint64_t *")
        error = lib.epsilon_memory_grow(self._open(), delta, previous)
        if error:
            raise_error(error)
        return int(previous[0])

    # ---- bytes -----------------------------------------------------------------------------

    def read(self, offset: SupportsIndex, length: SupportsIndex) -> bytes:
        """A copy of `length` bytes at `offset`."""
        start, size = integer(offset, "offset"), integer(length, "length")
        return self._range(start, size, "length").tobytes()

    def write(self, offset: SupportsIndex, data: Any) -> int:
        """Writes a bytes-like object to `offset`; gives how many bytes that was."""
        start = integer(offset, "offset")
        if type(data) is bytes:
            ffi.memmove(self._range(start, len(data), "length of data"), data, len(data))
            return len(data)
        source = _source(data)
        try:
            size = len(source)
            ffi.memmove(self._range(start, size, "length of data"), source, size)
        finally:
            ffi.release(source)
        return size

    @overload
    def __getitem__(self, index: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> bytes: ...
    def __getitem__(self, index: Union[SupportsIndex, slice]) -> Union[int, bytes]:
        view = self._bytes
        if view is not None and type(index) is int and 0 <= index < len(view):
            return view[index]
        if isinstance(index, slice):
            return self._slice(index).tobytes()
        view, position = self._position(index)
        return view[position]

    @overload
    def __setitem__(self, index: SupportsIndex, value: SupportsIndex) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Any) -> None: ...
    def __setitem__(self, index: Union[SupportsIndex, slice], value: Any) -> None:
        if isinstance(index, slice):
            self._set_slice(index, value)
            return
        view = self._bytes
        if (
            view is not None
            and type(index) is int
            and 0 <= index < len(view)
            and type(value) is int
            and 0 <= value <= 255
        ):
            view[index] = value
            return
        try:
            byte = encode_integer(value, 0, 255)
        except BadValue as bad:
            raise bad.at("memory[index]") from None
        view, position = self._position(index)
        view[position] = byte

    def __bytes__(self) -> bytes:
        return self._look(whole=True).tobytes()

    # ---- views -----------------------------------------------------------------------------

    def view(self) -> memoryview:
        """The bytes themselves, writable, not a copy.

        A view keeps its length when the memory grows, and stays good for ever: also when everything
        else is closed, it holds the bytes (and with them what else is in the Runtime) until it is
        gone. Where memories are bounded by explicit checks growth may move the bytes; an older view
        then shows the old ones, which the program no longer sees: take a new one after calls. While
        a program runs on another thread no view is given, and older ones show what happens to be
        there.
        """
        self._shown = True
        return memoryview(self._look(whole=True))

    def __buffer__(self, flags: int) -> memoryview:
        return self.view()

    @property
    def __array_interface__(self) -> Dict[str, Any]:
        self._shown = True
        view = self._look(whole=True)
        # numpy holds the object that is given as data.
        return {"version": 3, "shape": (len(view),), "typestr": "|u1", "data": view.obj}

    # ---- numbers and texts -----------------------------------------------------------------

    read_u8 = _int_reader("u8", "<B")
    read_s8 = _int_reader("s8", "<b")
    read_u16 = _int_reader("u16", "<H")
    read_s16 = _int_reader("s16", "<h")
    read_u32 = _int_reader("u32", "<I")
    read_s32 = _int_reader("s32", "<i")
    read_u64 = _int_reader("u64", "<Q")
    read_s64 = _int_reader("s64", "<q")
    read_f32 = _float_reader("f32", "<f")
    read_f64 = _float_reader("f64", "<d")
    write_u8 = _int_writer("u8", "<B")
    write_s8 = _int_writer("s8", "<b")
    write_u16 = _int_writer("u16", "<H")
    write_s16 = _int_writer("s16", "<h")
    write_u32 = _int_writer("u32", "<I")
    write_s32 = _int_writer("s32", "<i")
    write_u64 = _int_writer("u64", "<Q")
    write_s64 = _int_writer("s64", "<q")
    write_f32 = _float_writer("f32", "<f")
    write_f64 = _float_writer("f64", "<d")

    def read_cstring(
        self, offset: SupportsIndex, max_length: Optional[SupportsIndex] = None
    ) -> bytes:
        """The bytes from `offset` up to the next NUL byte, without it. That there is none before
        the memory's end, or that there are more than `max_length` bytes before it, is an error:
        give the most that you expect when the program is not trusted."""
        start = integer(offset, "offset")
        most = None if max_length is None else uint64(max_length, "max_length")
        view = self._look(whole=True)
        if not 0 <= start <= len(view):
            raise _outside(start, 0, "length", len(view))
        end = len(view) if most is None else min(len(view), start + most + 1)
        position, size = start, _FIRST_CHUNK
        while position < end:
            chunk = view[position : min(position + size, end)].tobytes()
            found = chunk.find(b"\0")
            if found >= 0:
                if position == start:
                    return chunk[:found]
                return view[start : position + found].tobytes()
            position += len(chunk)
            size = min(4 * size, _LARGEST_CHUNK)
        raise UsageValueError(f"no NUL byte in the {end - start} bytes at offset {start}")

    def write_cstring(self, offset: SupportsIndex, text: Union[bytes, str]) -> int:
        """Writes bytes, or a str in UTF-8, and a NUL byte after them; gives how many bytes that
        was, the NUL included. What contains a NUL byte is refused."""
        data = name_bytes(text, "text") if isinstance(text, str) else text
        if not isinstance(data, (bytes, bytearray)):
            raise UsageTypeError(f"text must be bytes or str, not {type(text).__name__}")
        if b"\0" in data:
            raise UsageValueError("text must not contain a NUL byte")
        return self.write(offset, bytes(data) + b"\0")

    def read_string(self, offset: SupportsIndex, length: SupportsIndex) -> str:
        """The `length` bytes at `offset` as text. They must be valid UTF-8."""
        data = self.read(offset, length)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UsageValueError(
                f"the {len(data)} bytes at offset {integer(offset, 'offset')} are not valid UTF-8: "
                f"{error.reason} at byte {error.start}"
            ) from None

    def __repr__(self) -> str:
        handle = self._handle
        if not handle:
            return self._show("")
        pages = int(lib.epsilon_memory_size(handle))
        maximum = maximum_of(lib.epsilon_memory_maximum, handle)
        most = "" if maximum is None else f", at most {maximum}"
        return self._show(f"of {pages} page{'' if pages == 1 else 's'}{most}")

    # ---- inside ----------------------------------------------------------------------------

    def _release(self) -> None:
        if self._shown:  # the last view gives the handle up
            self._handle = _NULL
        super()._release()
        self._bytes = self._seen = None

    def _look(self, end: int = 0, *, whole: bool = False) -> memoryview:
        """The bytes where they are now: all of them, or the first if these go up to `end`."""
        handle = self._open()
        seen = self._seen
        if seen is not None and not whole and end <= len(seen[1]):
            pointer = lib.epsilon_memory_data(handle)
            if pointer == seen[0]:
                return seen[1]
        # In this order: what a program on another thread adds meanwhile is left out.
        size = int(lib.epsilon_memory_byte_size(handle))
        pointer = lib.epsilon_memory_data(handle) or self._retry(handle)
        if seen is not None and pointer == seen[0] and size == len(seen[1]):
            return seen[1]
        view = memoryview(ffi.buffer(ffi.gc(pointer, partial(_hold, handle)), size))
        self._seen = (pointer, view)
        if lib.epsilon_memory_is_reserved(handle):
            self._bytes = view
        if not self._handle:  # closed meanwhile
            self._bytes = self._seen = None
        return view

    @staticmethod
    def _retry(handle: Any) -> Any:
        """The bytes, after they were refused, or why."""
        for _ in range(100):  # another thread is inside at one moment, and not at the next
            error = lib.epsilon_memory_read(handle, 0, _NULL, 0)
            if error:
                raise_error(error)
            pointer = lib.epsilon_memory_data(handle)
            if pointer:
                return pointer
        raise EpsilonNoMemoryError("out of memory")

    def _range(self, start: int, size: int, what: str) -> memoryview:
        """That part of the bytes."""
        view = self._look(start + size if start >= 0 and size >= 0 else 0)
        if start < 0 or size < 0 or start + size > len(view):
            raise _outside(start, size, what, len(self))
        return view[start : start + size]

    def _spot(self, offset: SupportsIndex, size: int) -> Tuple[memoryview, int]:
        """Bytes in which so many lie at the offset, as an int."""
        start = integer(offset, "offset")
        view = self._look(start + size)
        if start < 0 or start + size > len(view):
            raise _outside(start, size, "length", len(self))
        return view, start

    def _position(self, index: SupportsIndex) -> Tuple[memoryview, int]:
        """Bytes in which the index lies, and where."""
        given = subscript(index, "memory indices must be integers or slices")
        view = self._look(whole=True)
        position = given + len(view) if given < 0 else given
        if not 0 <= position < len(view):
            raise UsageIndexError(
                f"out of bounds memory access: index {show_int(given)}, "
                f"the memory has {len(view)} bytes"
            )
        return view, position

    def _slice(self, index: slice) -> memoryview:
        view = self._look(whole=True)
        try:
            return view[index]
        except TypeError as error:
            raise UsageTypeError(str(error)) from None
        except ValueError as error:  # a step of 0
            raise UsageValueError(str(error)) from None

    def _set_slice(self, index: slice, data: Any) -> None:
        target = self._slice(index)
        source = _source(data)
        try:
            if len(source) != len(target):
                raise UsageValueError(
                    f"data of {len(source)} bytes does not fit a slice of {len(target)} bytes"
                )
            target[:] = memoryview(ffi.buffer(source))
        finally:
            ffi.release(source)


def _source(data: object) -> Any:
    """The bytes of what is written, until they are released."""
    try:
        return bytes_of(data)
    except (TypeError, ValueError, BufferError):
        raise UsageTypeError(
            f"data must be bytes-like and contiguous, not {type(data).__name__}"
        ) from None


def _outside(start: int, size: int, what: str, limit: int) -> UsageValueError:
    return UsageValueError(
        f"out of bounds memory access: offset {show_int(start)}, {what} {show_int(size)}, "
        f"the memory has {limit} bytes"
    )


def new_memory(store: Store, minimum: Any, maximum: Any) -> Memory:
    """A memory of the store's own."""
    least = uint64(minimum, "minimum")
    most = 0 if maximum is None else uint64(maximum, "maximum")
    store.check_open()
    out = ffi.new("epsilon_memory_t **")
    error = lib.epsilon_memory_new(store.handle, least, maximum is not None, most, out)
    if error:
        raise_error(error)
    return Memory(store, own_memory(out[0]))


def own_memory(handle: Any) -> Any:
    """A memory's handle that deletes itself. The size is for PyPy's collector."""
    size = min(int(lib.epsilon_memory_byte_size(handle)) + PAGE_SIZE, 1 << 30)
    return ffi.gc(handle, lib.epsilon_memory_delete, size)

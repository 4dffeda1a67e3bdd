# SPDX-License-Identifier: Apache-2.0
"""The standard streams of a program: where its input comes from and where its output goes.

What Python reads from and writes to is reached by callbacks of the library's: _stream_callbacks.py
is the way there.
"""

import codecs
import enum
import io
import os
from typing import Any, Callable, NamedTuple, Optional, Protocol, Union

from epsilon._errors import UsageTypeError, UsageValueError, check
from epsilon._native import ffi, lib
from epsilon._store import Owner, raise_closed
from epsilon._values import bytes_of


class Stream(enum.Enum):
    """What a standard stream can be besides Python objects."""

    CAPTURE = "capture"
    """Output is kept in memory, to be asked for."""
    INHERIT = "inherit"
    """The stream of the same number of this process."""
    DISCARD = "discard"
    """Output goes nowhere; input is empty."""

    def __repr__(self) -> str:
        return f"epsilon.{self.name}"


CAPTURE = Stream.CAPTURE
INHERIT = Stream.INHERIT
DISCARD = Stream.DISCARD


class Readable(Protocol):
    """A file object to read from."""

    def read(self, size: int) -> Any: ...


class Writable(Protocol):
    """A file object to write to."""

    def write(self, data: Any) -> Any: ...


InputFrom = Union[
    None, bytes, bytearray, memoryview, str, Stream, int, Readable, Callable[[int], Any]
]
"""What standard input can be."""
OutputTo = Union[Stream, int, Writable, Callable[[Any], Any]]
"""What standard output and standard error can be."""


class Encoding(NamedTuple):
    """How texts and bytes become one another."""

    name: str
    errors: str

    @classmethod
    def of(cls, name: Optional[str], errors: Optional[str]) -> "Encoding":
        """As users give them; UTF-8 and strict."""
        if name is None and errors is None:
            return _UTF_8
        made = cls("utf-8" if name is None else name, "strict" if errors is None else errors)
        for what, given in (("encoding", made.name), ("errors", made.errors)):
            if not isinstance(given, str):
                raise UsageTypeError(f"{what} must be str, not {type(given).__name__}")
        try:
            "".encode(made.name, made.errors)
            codecs.getincrementaldecoder(made.name)
        except (LookupError, ValueError):  # a NUL character
            raise UsageValueError(f"unknown encoding: {made.name!r}") from None
        try:
            codecs.lookup_error(made.errors)
        except (LookupError, ValueError):
            raise UsageValueError(f"unknown error handler: {made.errors!r}") from None
        return made


_UTF_8 = Encoding("utf-8", "strict")


class InputStream(Owner):
    """Standard input that Python gives."""

    __slots__ = ("__weakref__", "_ask", "_encode", "_encoding", "_rest")

    def __init__(self, ask: Callable[[int], Any], encoding: Encoding) -> None:
        self._ask = ask
        self._encoding = encoding
        self._encode: Optional[Callable[[str], bytes]] = None
        # What was given beyond what was asked for.
        self._rest: Any = b""

    def _release(self) -> None:
        """Of a closed Runtime nothing is called."""
        self._ask = raise_closed
        self._rest = b""

    def read(self, size: int) -> Any:
        """1 to `size` bytes; none at the end."""
        data = self._rest or self._more(size)
        if len(data) > size:
            data, self._rest = data[:size], data[size:]
        else:
            self._rest = b""
        return data

    def _more(self, size: int) -> Any:
        while True:
            data = self._ask(size)
            if isinstance(data, str):
                if not data:
                    return b""
                data = self._encoded(data)
                if not data:
                    continue
            elif not isinstance(data, bytes):
                try:
                    data = bytes(memoryview(data))
                except TypeError:
                    raise UsageTypeError(
                        f"stdin must give bytes or str, not {type(data).__name__}"
                    ) from None
            return memoryview(data) if len(data) > size else data

    def _encoded(self, text: str) -> bytes:
        if self._encode is None:
            maker = codecs.getincrementalencoder(self._encoding.name)
            self._encode = maker(self._encoding.errors).encode
        return self._encode(text)


class OutputStream(Owner):
    """Standard output or error that Python gets."""

    __slots__ = ("__weakref__", "_decode", "_take", "write")

    def __init__(self, take: Callable[[Any], Any], encoding: Optional[Encoding]) -> None:
        """`take` gets texts if there is an encoding, otherwise bytes."""
        self._take = take
        self._decode: Optional[Callable[..., str]] = None
        self.write: Callable[[bytes], Any] = take
        if encoding is not None:
            self._decode = codecs.getincrementaldecoder(encoding.name)(encoding.errors).decode
            self.write = self._write_text

    def _release(self) -> None:
        """Of a closed Runtime nothing is called."""
        self.write = raise_closed
        self._decode = None

    def _write_text(self, data: bytes, final: bool = False) -> None:
        decode = self._decode
        text = "" if decode is None else decode(data, final)
        if text:
            self._take(text)

    def end(self) -> None:
        """The program has ended: what is left of a character is none."""
        if self._decode is not None:
            self._write_text(b"", final=True)


def set_stdin(wasi: Any, given: InputFrom, encoding: Encoding) -> Optional[InputStream]:
    """Makes this the standard input of a set-up of the library's. Gives what is still to be
    registered, if Python is asked for it."""
    if given is None or given is DISCARD:
        return None
    if isinstance(given, Stream):
        if given is not INHERIT:
            raise UsageValueError(f"stdin can't be {given!r}")
        given = 0
    if isinstance(given, int):
        _set_descriptor(wasi, lib.EPSILON_WASI_STDIN, given, "stdin", False)
        return None
    if isinstance(given, str):
        try:
            given = given.encode(encoding.name, encoding.errors)
        except UnicodeEncodeError as error:
            raise UsageValueError(f"stdin: {error}") from None
    ask = _reader(given)
    if ask is not None:
        return InputStream(ask, encoding)
    try:
        source = bytes_of(given)
    except (TypeError, ValueError, BufferError):
        raise UsageTypeError(
            "stdin must be bytes, str, a file object, a callable, a file descriptor, "
            f"epsilon.INHERIT, epsilon.DISCARD or None, not {type(given).__name__}"
        ) from None
    try:
        check(lib.epsilon_wasi_set_stdin_bytes(wasi, source, len(source)))
    finally:
        ffi.release(source)
    return None


def _reader(given: Any) -> Optional[Callable[[int], Any]]:
    """What gives the next bytes or text, if the object does. A part that is there at once is better
    than all that was asked for, for which someone at a terminal would have to type on."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return None
    names = ["readline"] if isinstance(given, io.TextIOBase) else ["read1", "read"]
    for name in names:
        method = getattr(given, name, None)
        if callable(method):
            return method  # type: ignore[no-any-return]
    return given if callable(given) else None


def set_output(
    wasi: Any,
    stream: int,
    given: OutputTo,
    encoding: Encoding,
    text: bool,
    allow_escapes: bool,
) -> Optional[OutputStream]:
    """Makes this standard output or error, as set_stdin."""
    name = "stdout" if stream == lib.EPSILON_WASI_STDOUT else "stderr"
    if isinstance(given, Stream):
        if given is DISCARD:
            return None
        if given is CAPTURE:
            check(lib.epsilon_wasi_set_output_capture(wasi, stream))
            return None
        given = stream
    if isinstance(given, int):
        _set_descriptor(wasi, stream, given, name, allow_escapes)
        return None
    write = getattr(given, "write", None)
    if callable(write):
        if isinstance(given, io.RawIOBase):
            return OutputStream(_whole(write), None)
        if isinstance(given, io.BufferedIOBase):
            return OutputStream(write, None)
        is_text = text or hasattr(given, "encoding")
        return OutputStream(write, encoding if is_text else None)
    if callable(given):
        return OutputStream(given, encoding if text else None)
    raise UsageTypeError(
        f"{name} must be epsilon.CAPTURE, epsilon.INHERIT, epsilon.DISCARD, a file object, a "
        f"callable or a file descriptor, not {type(given).__name__}"
    )


def _whole(write: Callable[[Any], Optional[int]]) -> Callable[[bytes], None]:
    """For unbuffered files, which may take a part only."""

    def write_all(data: bytes) -> None:
        left = memoryview(data)
        while left:
            count = write(left)
            if not count:
                raise BlockingIOError("the file takes nothing now")
            left = left[count:]

    return write_all


def _set_descriptor(wasi: Any, stream: int, fd: int, name: str, allow_escapes: bool) -> None:
    if isinstance(fd, bool) or not 0 <= fd < 1 << 31:
        raise UsageValueError(f"{name}: not a file descriptor: {fd!r}")
    try:
        os.fstat(fd)
    except OSError as error:
        raise UsageValueError(f"{name}: file descriptor {fd}: {error.strerror}") from None
    check(lib.epsilon_wasi_set_stream_fd(wasi, stream, fd, allow_escapes))

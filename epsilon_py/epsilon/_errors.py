# SPDX-License-Identifier: Apache-2.0
"""The exceptions, and how an error of the library becomes one."""

import itertools
import sys
from collections import deque
from typing import (
    Any,
    Callable,
    Deque,
    Dict,
    List,
    Mapping,
    NamedTuple,
    NoReturn,
    Optional,
    Tuple,
    Type,
)

from epsilon._native import c_string, ffi, lib, text


class Frame(NamedTuple):
    """A WebAssembly function that was active when an error arose."""

    func_index: int
    """The function's index in its module."""
    func_name: Optional[str]
    """The function's name, from the name section or an export."""
    module_name: Optional[str]
    """Its module's name, from the name section."""
    offset: int
    """The executed instruction's place in the module's bytes."""

    def __str__(self) -> str:
        name = self.func_name
        if name is None:
            name = f"function {self.func_index}"
        if self.module_name is not None:
            name = f"{self.module_name}!{name}"
        return f"{name} ({self.offset:#x})"


class EpsilonError(Exception):
    """Base of all failures of this package.

    `kind` is one of the keys of ERROR_CLASSES, or "host" for an error that a host function outside
    Python made. `offset` is a place in the module's bytes, `trap` the specification's text of the
    trap, `frames` the active WebAssembly functions, innermost first, and `code` the exit status.
    `stdout` and `stderr` are what a program that `epsilon.run` ran had written before.
    """

    kind: str = "host"
    message: str
    offset: Optional[int]
    trap: Optional[str]
    frames: Tuple[Frame, ...]
    code: Optional[int]
    stdout: Any = None
    stderr: Any = None

    @property
    def wasm_traceback(self) -> str:
        """The WebAssembly functions that were active, one a line, innermost first; empty if there
        were none. From Python 3.11 a traceback shows it too."""
        return "\n".join(f"  at {frame}" for frame in self.frames)

    def __init__(
        self,
        message: str = "",
        *,
        offset: Optional[int] = None,
        trap: Optional[str] = None,
        frames: Tuple[Frame, ...] = (),
        code: Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.trap = trap
        self.frames = frames
        self.code = code


class EpsilonMalformedError(EpsilonError, ValueError):
    """The bytes are not a WebAssembly module."""

    kind = "malformed"


class EpsilonInvalidError(EpsilonError, ValueError):
    """The module breaks a validation rule."""

    kind = "invalid"


class EpsilonUnsupportedError(EpsilonError, ValueError):
    """A feature that is switched off or does not exist here."""

    kind = "unsupported"


class EpsilonLinkError(EpsilonError):
    """Missing or unfitting imports; the message lists all of them."""

    kind = "link"


class EpsilonTrapError(EpsilonError):
    """The program trapped; stack exhaustion is a trap too."""

    kind = "trap"


class EpsilonFuelError(EpsilonError):
    """The program used up its fuel."""

    kind = "fuel"


class EpsilonTimeoutError(EpsilonError, TimeoutError):
    """The time given was over."""

    kind = "timeout"


class EpsilonInterruptedError(EpsilonError):
    """The program was stopped from outside."""

    kind = "interrupted"


class EpsilonExitError(EpsilonError):
    """The program ended itself; `code` is its status."""

    kind = "exit"

    @property
    def exit_code(self) -> Optional[int]:
        """The status, as `code`."""
        return self.code


class EpsilonLimitError(EpsilonError):
    """A configured limit."""

    kind = "limit"


class EpsilonNoMemoryError(EpsilonLimitError, MemoryError):
    """The machine has no memory left."""

    kind = "no-memory"


class EpsilonUsageError(EpsilonError):
    """This package was used wrongly: closed objects, wrong arguments, wrong runtime or thread."""

    kind = "misuse"


class UsageTypeError(EpsilonUsageError, TypeError):
    """A usage error where Python would raise TypeError."""


class UsageValueError(EpsilonUsageError, ValueError):
    """A usage error where Python would raise ValueError."""


class UsageIndexError(UsageValueError, IndexError):
    """A usage error where Python would raise IndexError."""


class UsageKeyError(EpsilonUsageError, KeyError):
    """A usage error where Python would raise KeyError."""

    __str__ = Exception.__str__  # KeyError's shows the repr


class UsageAttributeError(EpsilonUsageError, AttributeError):
    """A usage error where Python would raise AttributeError."""


class UsageOverflowError(EpsilonUsageError, OverflowError):
    """A usage error where Python would raise OverflowError."""


class UsageFileNotFoundError(EpsilonUsageError, FileNotFoundError):
    """A usage error where Python would raise FileNotFoundError."""


class UsageOSError(EpsilonUsageError, OSError):
    """A usage error where Python would raise OSError."""


ERROR_CLASSES: Mapping[str, Type[EpsilonError]] = {
    cls.kind: cls
    for cls in (
        EpsilonMalformedError,
        EpsilonInvalidError,
        EpsilonUnsupportedError,
        EpsilonLinkError,
        EpsilonTrapError,
        EpsilonFuelError,
        EpsilonTimeoutError,
        EpsilonInterruptedError,
        EpsilonExitError,
        EpsilonLimitError,
        EpsilonNoMemoryError,
        EpsilonUsageError,
    )
}
"""The class of each kind of error."""

_MOST_NOTES = 16

# Not .__dict__, which a class may define otherwise.
_attributes: Callable[[BaseException], Dict[str, Any]] = BaseException.__dict__["__dict__"].__get__

# Exceptions on their way from a host function through WebAssembly to the outer call, by the number
# that the library's error carries. The number, not the object, crosses: nothing of Python's is
# ever owned by the library.
_travelling: Dict[int, BaseException] = {}
_numbers = itertools.count(1)
# Not .__name__, for which a metaclass may have code of its own.
_class_name: Callable[[type], str] = type.__dict__["__name__"].__get__

# The numbers of errors that were deleted, on the way or at its end. Their exceptions are dropped
# later: destructors may run any code, and a finalizer must not.
_deleted: Deque[int] = deque()

# What a callback of cffi's returns when neither it nor its onerror could be run to the end: at the
# limit of recursion or of memory. NULL would be success.
CALLBACK_FAILED = lib.epsilon_error_callback_failed()


def error_of_exception(exception: BaseException, finalizer: Any) -> Any:
    """An error of the library that stands for a Python exception."""
    while _deleted:
        try:
            _travelling.pop(_deleted.popleft(), None)
        except IndexError:  # another thread took it
            break
    message = _class_name(type(exception)).encode("utf-8", "replace")
    number = next(_numbers)
    error = lib.epsilon_error_new_host(message, len(message), ffi.cast("void *", number), finalizer)
    # Last: where the stack ends before this the exception must not stay.
    _travelling[number] = exception
    return error


note_deleted: Callable[[int], None] = _deleted.append
"""What the finalizer of such errors calls. It is no function written in Python, so that it works
where not one more of those can be called."""


def raise_error(error: Any) -> NoReturn:
    """Deletes an error of the library (not NULL) and raises what it stands for."""
    try:
        exception = _exception_of(error)
    finally:
        lib.epsilon_error_delete(error)
    try:
        raise exception
    finally:
        del exception  # the traceback refers to this frame: no cycle


def check(error: Any) -> None:
    """Raises what an error of the library's stands for, if it is one and not NULL."""
    if error:
        raise_error(error)


def raise_owned(error: Any) -> NoReturn:
    """The same for an error that deletes itself when it is dropped. Programs can be made to fail
    where Python's stack has no room for this function, or for what it calls: then the error is
    dropped where the call was made, with the exception that it carries. The caller's frame must not
    keep it: that exception's traceback leads to the frame."""
    exception = _exception_of(error)
    ffi.release(error)
    try:
        raise exception
    finally:
        del exception


def _exception_of(error: Any) -> BaseException:
    kind = lib.epsilon_error_kind(error)
    if kind == lib.EPSILON_ERROR_HOST:
        number = int(ffi.cast("uintptr_t", lib.epsilon_error_host_data(error)))
        exception = _travelling.pop(number, None)
        if exception is not None:
            _add_note(exception, _frames(error))
            return exception
    if error == CALLBACK_FAILED:
        return EpsilonError(
            "a Python function called by the program could not be run, or its exception could not "
            "be kept: no stack or memory was left"
        )
    size = ffi.new("size_t *")
    message = text(lib.epsilon_error_message(error, size), size[0])
    offset = ffi.new("uint64_t *")
    has_offset = lib.epsilon_error_offset(error, offset)
    trap = c_string(lib.epsilon_trap_text(lib.epsilon_error_trap(error)))
    cls = ERROR_CLASSES.get(c_string(lib.epsilon_error_kind_name(kind)), EpsilonError)
    frames = _frames(error)
    made = cls(
        message,
        offset=int(offset[0]) if has_offset else None,
        trap=trap or None,
        frames=frames,
        code=(
            int(lib.epsilon_error_exit_status(error)) if kind == lib.EPSILON_ERROR_EXIT else None
        ),
    )
    _add_note(made, frames)
    return made


def _add_note(exception: BaseException, frames: Tuple[Frame, ...]) -> None:
    """Lets tracebacks show the WebAssembly functions that an exception came through, as its method
    add_note does. But none of its own methods is called: they may be anyone's code."""
    if not frames or sys.version_info < (3, 11):
        return
    lines = "\n".join(f"  at {frame}" for frame in frames)
    note = f"WebAssembly, innermost first:\n{lines}"
    attributes = _attributes(exception)
    notes = attributes.setdefault("__notes__", [])
    if type(notes) is not list or len(notes) >= _MOST_NOTES:
        return
    if not any(type(other) is str and other == note for other in notes):  # raised once more
        notes.append(note)


def _frames(error: Any) -> Tuple[Frame, ...]:
    index = ffi.new("uint32_t *")
    names = ffi.new("const char *[2]")
    sizes = ffi.new("size_t[2]")
    offset = ffi.new("uint64_t *")
    frames: List[Frame] = []
    while lib.epsilon_error_frame(
        error, len(frames), index, names, sizes, names + 1, sizes + 1, offset
    ):
        func_name, module_name = (text(names[i], sizes[i]) if names[i] else None for i in range(2))
        frames.append(Frame(int(index[0]), func_name, module_name, int(offset[0])))
    return tuple(frames)

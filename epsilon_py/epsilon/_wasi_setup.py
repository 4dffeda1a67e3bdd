# SPDX-License-Identifier: Apache-2.0
"""What users give for a program's world, checked, and handed to the library: limits, arguments,
environment, directories of the host, sockets."""

import os
import stat
from typing import Any, Iterable, List, Mapping, NamedTuple, Optional, Union

from epsilon._errors import (
    EpsilonUsageError,
    UsageFileNotFoundError,
    UsageOSError,
    UsageTypeError,
    UsageValueError,
    check,
)
from epsilon._native import lib
from epsilon._values import uint64

Text = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
"""A text for a program. A str may hold undecodable bytes, as those of the os module do."""

LIMITS: Mapping[str, int] = {
    "descriptors": lib.EPSILON_WASI_LIMIT_DESCRIPTORS,
    "output-bytes": lib.EPSILON_WASI_LIMIT_OUTPUT_BYTES,
    "random-bytes": lib.EPSILON_WASI_LIMIT_RANDOM_BYTES,
    "memory-bytes": lib.EPSILON_WASI_LIMIT_MEMORY_BYTES,
    "memory-files": lib.EPSILON_WASI_LIMIT_MEMORY_FILES,
    "path-bytes": lib.EPSILON_WASI_LIMIT_PATH_BYTES,
    "iovecs": lib.EPSILON_WASI_LIMIT_IOVECS,
    "subscriptions": lib.EPSILON_WASI_LIMIT_SUBSCRIPTIONS,
    "directory-entries": lib.EPSILON_WASI_LIMIT_DIRECTORY_ENTRIES,
}


class ReadOnly(NamedTuple):
    """A directory of the host, as a value of `preopens`, or the dict of `files`, in which a program
    can change nothing."""

    of: Any
    """The directory, or the dict."""


# The keys of a Mapping are invariant: a Dict[str, str] is to be one of these too.
Environment = Union[Mapping[str, Text], Mapping[bytes, Text]]
Preopens = Mapping[Any, Union[Text, ReadOnly]]
"""Directories of the host, by the paths that the program finds them at."""


def text_for_wasi(value: object, what: str) -> bytes:
    """A text given by the user, as programs get it."""
    try:
        text: Any = os.fspath(value)  # type: ignore[call-overload]
    except TypeError:
        raise UsageTypeError(
            f"{what} must be str, bytes or os.PathLike, not {type(value).__name__}"
        ) from None
    if isinstance(text, str):
        try:
            text = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise UsageValueError(f"{what} is not valid Unicode: {text!a}") from None
    if b"\0" in text:
        raise UsageValueError(f"{what} has a NUL character")
    return bytes(text)


def set_limits(
    wasi: Any, max_output_bytes: Optional[int], limits: Optional[Mapping[str, int]]
) -> None:
    if limits is not None:
        if not isinstance(limits, Mapping):
            raise UsageTypeError(f"limits must be a mapping, not {type(limits).__name__}")
        for name, value in limits.items():
            if not isinstance(name, str) or name not in LIMITS:
                raise UsageValueError(f"unknown limit of WASI: {name}")
            size = uint64(value, f"limits[{name!r}]")
            check(lib.epsilon_wasi_set_limit(wasi, LIMITS[name], size))
    if max_output_bytes is not None:
        size = uint64(max_output_bytes, "max_output_bytes")
        check(lib.epsilon_wasi_set_limit(wasi, LIMITS["output-bytes"], size))


def listed(args: Iterable[Text]) -> List[Text]:
    """Arguments given by the user. One text alone is a mistake."""
    if isinstance(args, (str, bytes, os.PathLike)) or not isinstance(args, Iterable):
        raise UsageTypeError(f"args must be a sequence of str, not {type(args).__name__}")
    return list(args)


def add_args(wasi: Any, program: Text, args: Iterable[Text]) -> None:
    texts = [text_for_wasi(program, "program")]
    texts += [text_for_wasi(arg, f"args[{i}]") for i, arg in enumerate(listed(args))]
    for text in texts:
        check(lib.epsilon_wasi_add_arg(wasi, text, len(text)))


def add_env(wasi: Any, env: Environment) -> None:
    if not isinstance(env, Mapping):
        raise UsageTypeError(f"env must be a mapping, not {type(env).__name__}")
    for name, value in env.items():
        key = text_for_wasi(name, "a name in env")
        text = text_for_wasi(value, f"env[{name!r}]")
        if not key or b"=" in key:
            raise UsageValueError(f"env: not a name of a variable: {name!r}")
        check(lib.epsilon_wasi_add_env(wasi, key, len(key), text, len(text)))


def add_preopens(wasi: Any, preopens: Preopens) -> None:
    if not isinstance(preopens, Mapping):
        raise UsageTypeError(f"preopens must be a mapping, not {type(preopens).__name__}")
    for guest, given in preopens.items():
        place = f"preopens[{guest!r}]"
        read_only = isinstance(given, ReadOnly)
        path = text_for_wasi(given.of if isinstance(given, ReadOnly) else given, place)
        at = text_for_wasi(guest, "a path in preopens")
        try:
            is_directory = stat.S_ISDIR(os.stat(path).st_mode)
        except FileNotFoundError as error:
            raise UsageFileNotFoundError(
                f"{place}: no such directory: {os.fsdecode(path)!r}"
            ) from error
        except OSError as error:
            raise UsageOSError(f"{place}: {os.fsdecode(path)!r}: {error.strerror}") from error
        if not is_directory:
            raise UsageOSError(f"{place}: not a directory: {os.fsdecode(path)!r}")
        try:
            check(lib.epsilon_wasi_preopen_dir(wasi, path, len(path), at, len(at), read_only))
        except EpsilonUsageError as error:
            raise UsageValueError(f"{place}: {error}") from None


def add_sockets(wasi: Any, sockets: Iterable[Any]) -> None:
    if not isinstance(sockets, Iterable):
        raise UsageTypeError(f"sockets must be a sequence, not {type(sockets).__name__}")
    for i, given in enumerate(sockets):
        place = f"sockets[{i}]"
        fileno = getattr(given, "fileno", None)
        number = fileno() if callable(fileno) else given
        if not isinstance(number, int) or isinstance(number, bool):
            raise UsageTypeError(f"{place} must be a socket, not {type(given).__name__}")
        if not 0 <= number < 1 << 31:
            raise UsageValueError(f"{place} is not an open socket: {number}")
        try:
            check(lib.epsilon_wasi_preopen_socket(wasi, number))
        except EpsilonUsageError as error:
            raise UsageValueError(f"{place}: {error}") from None

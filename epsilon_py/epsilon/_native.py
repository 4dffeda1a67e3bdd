# SPDX-License-Identifier: Apache-2.0
"""Finds and loads libepsilon; `ffi` and `lib` are the whole of the C API."""

import os
import sys
from typing import Any

from epsilon import _libepsilon
from epsilon._version import __version__

__all__ = ["ffi", "lib", "text", "c_string"]

ffi: Any = _libepsilon.ffi

ENVIRONMENT_VARIABLE = "EPSILON_LIBRARY"


def library_path() -> str:
    """EPSILON_LIBRARY if it is set, otherwise the library that lies beside this package."""
    given = os.environ.get(ENVIRONMENT_VARIABLE)
    if given:
        return given
    name = {"darwin": "libepsilon.dylib", "win32": "epsilon.dll"}.get(sys.platform, "libepsilon.so")
    return os.path.join(os.path.dirname(os.path.realpath(__file__)), name)


def _load() -> Any:
    path = library_path()
    # Never unloaded: finalisers of handles may run after this module is gone.
    flags = ffi.RTLD_NOW | getattr(ffi, "RTLD_NODELETE", 0)
    try:
        library = ffi.dlopen(path, flags)
    except OSError as error:
        raise ImportError(
            f"cannot load Epsilon's library {path} (the environment variable "
            f"{ENVIRONMENT_VARIABLE} can name another file): {error}"
        ) from error
    try:
        found = ffi.string(library.epsilon_version()).decode("ascii")
    except (AttributeError, ffi.error) as error:
        raise ImportError(f"{path} is not Epsilon's library: {error}") from error
    # The declarations in _libepsilon belong to one minor version of the C API.
    if found.split(".")[:2] != __version__.split(".")[:2]:
        raise ImportError(f"{path} is version {found}, but this package is version {__version__}")
    return library


lib: Any = _load()


def text(pointer: Any, size: int) -> str:
    """A text that the library gave; empty for NULL."""
    if not pointer:
        return ""
    return bytes(ffi.buffer(pointer, size)).decode("utf-8", "replace")


def c_string(pointer: Any) -> str:
    """A NUL-terminated text that the library gave; empty for NULL."""
    if not pointer:
        return ""
    return bytes(ffi.string(pointer)).decode("utf-8", "replace")

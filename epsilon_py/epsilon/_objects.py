# SPDX-License-Identifier: Apache-2.0
"""Python objects that WebAssembly refers to: host functions and external references.

The library only ever holds a number. What the number stands for lies in a table that belongs to the
Runtime, so that Python's cycle collector sees it. When the library can no longer reach a number it
calls a finalizer, which may run on any thread and must not run Python code of others: it only notes
the number, and the object is dropped the next time the table is used.
"""

import itertools
import sys
import weakref
from collections import deque
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Tuple

from epsilon._errors import note_deleted
from epsilon._native import ffi

_keys = itertools.count(1)
_UINTPTR = ffi.typeof("uintptr_t")

# For each key that the library holds: where to note its end, and the table that it is in.
_owners: Dict[int, "Tuple[Deque[int], weakref.ref[ObjectTable]]"] = {}


class ObjectTable:
    """The objects that one Runtime's programs refer to."""

    def __init__(self) -> None:
        self._objects: Dict[int, object] = {}
        self._dead: Deque[int] = deque()
        self._owner = (self._dead, weakref.ref(self))

    def add(self, value: object) -> Any:
        """Holds an object until its finalizer runs. Gives what the library is to hold: register it
        there with the finalizer `finalizers().object_unreachable`."""
        self.drop_dead()
        key = next(_keys)
        self._objects[key] = value
        _owners[key] = self._owner
        return ffi.cast("void *", key)

    def drop_dead(self) -> None:
        """Drops the objects that no program can reach any more."""
        while self._dead:
            try:
                key = self._dead.popleft()
            except IndexError:  # another thread took it
                break
            self._objects.pop(key, None)

    def clear(self) -> None:
        objects, self._objects = self._objects, {}
        self._dead.clear()
        objects.clear()

    def __len__(self) -> int:
        self.drop_dead()
        return len(self._objects)


def object_of(data: Any) -> object:
    """The object for what the library holds; KeyError if it is gone, with its Runtime."""
    key = int(ffi.cast(_UINTPTR, data))
    table = _owners[key][1]()
    if table is None:
        raise KeyError(key)
    return table._objects[key]


class Finalizers(NamedTuple):
    """C function pointers; they live as long as the process."""

    object_unreachable: Any
    error_deleted: Any


_immortals: List[Any] = []


def immortal(callback: Any) -> Any:
    """Keeps a C callback for ever: handles that die while the interpreter ends still use it. What
    is cast from it does not keep it."""
    _immortals.append(callback)
    if sys.implementation.name == "cpython":
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(callback))
    return callback


_finalizers: Optional[Finalizers] = None


def finalizers() -> Finalizers:
    """Made at the first use: machines that forbid making code at run time can do without."""
    global _finalizers
    if _finalizers is None:
        # Everything they use is bound here: module globals may be gone when they run.
        cast, owners = ffi.cast, _owners

        def object_unreachable(data: Any) -> None:
            key = int(cast("uintptr_t", data))
            owner = owners.pop(key, None)
            if owner is not None:
                owner[0].append(key)

        _finalizers = Finalizers(
            immortal(ffi.callback("epsilon_finalizer_t", object_unreachable)),
            # The same type, with the data as an integer.
            cast(
                "epsilon_finalizer_t",
                immortal(ffi.callback("void(uintptr_t)", note_deleted)),
            ),
        )
    return _finalizers

# SPDX-License-Identifier: Apache-2.0
"""What a Runtime and everything made in it share, and how handles are owned."""

import atexit
import functools
import itertools
import sys
import weakref
from types import FunctionType
from typing import Any, Callable, Dict, Iterable, List, NoReturn, Optional, Type, TypeVar

from epsilon import _faulthandler
from epsilon._errors import EpsilonUsageError, raise_error
from epsilon._native import ffi, lib
from epsilon._objects import ObjectTable

REFERENCE_COUNTED = sys.implementation.name == "cpython"
RUNTIME_CLOSED = "Runtime is closed"
MODULE_CLOSED = "Module is closed"

_keys = itertools.count(1)
CO_COROUTINE = 0x80  # inspect has it, and takes long to import

T = TypeVar("T")


def own(handle: Any, delete: Any) -> Any:
    """A handle that deletes itself when it is dropped."""
    return ffi.gc(handle, delete)


def give_up(handle: Any) -> None:
    """Deletes a handle that only its owner knows, who drops it now. Where objects are counted
    dropping it does that. For what others may know there is Handles.give_up."""
    if handle and not REFERENCE_COUNTED:
        ffi.release(handle)


def raise_closed(*args: Any) -> NoReturn:
    """What functions of a closed Runtime become, for who still calls them."""
    raise EpsilonUsageError(RUNTIME_CLOSED)


def give_up_all(handles: Iterable[Any]) -> None:
    """The same for several, among which there may be other objects."""
    if not REFERENCE_COUNTED:
        for handle in handles:
            if isinstance(handle, ffi.CData):
                give_up(handle)


class Uncopyable:
    """What stands for something that the library has once."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        """No copies: what the library holds can't be pickled, and a copy would never be closed."""
        raise TypeError(f"cannot copy or pickle '{type(self).__name__}' object")


class Owner(Uncopyable):
    """Something that holds handles of a Runtime and gives them up when the Runtime is closed."""

    __slots__ = ()

    def _release(self) -> None:
        """Gives the handles up. Called any number of times, also during calls."""
        raise NotImplementedError


class Handles:
    """The end of handles that several threads may use."""

    def __init__(self) -> None:
        # For `counted`: an item for each method that is running, and the handles that are given up
        # when none is.
        self.users: List[None] = []
        self.dying: List[Any] = []

    def give_up(self, handle: Any) -> None:
        """Deletes a handle that its owner does not show any more, but which other threads may have
        seen. Where objects are counted, each call holds what it uses."""
        if handle and not REFERENCE_COUNTED:
            self.dying.append(handle)
            self.bury()

    def bury(self) -> None:
        while self.dying and not self.users:
            try:
                handle = self.dying.pop()
            except IndexError:  # another thread took it
                return
            ffi.release(handle)


class Store(Handles):
    """A runtime of the library, with the Python objects that its programs refer to."""

    def __init__(self, config: Any, options: Any, signals: bool) -> None:
        super().__init__()
        out = ffi.new("epsilon_runtime_t **")
        error = lib.epsilon_runtime_new(config, out)
        if error:
            raise_error(error)
        self.handle = own(out[0], lib.epsilon_runtime_delete)
        self.config = config
        # What of the configuration counts for modules (_compiled.py).
        self.options = options
        self.signals = signals
        self.closed = False
        self.objects = ObjectTable()
        # The queue of asynchronous calls, when there was one (_async.py).
        self.async_calls: Optional[Any] = None
        self._owners: Dict[int, weakref.ref[Owner]] = {}
        stores, key = _stores, next(_keys)
        stores[key] = weakref.ref(self, lambda _: stores.pop(key, None))
        if signals:
            _faulthandler.observe(_check_signal_handlers)

    def register(self, owner: Owner) -> None:
        """From now on closing the store releases the owner's handles."""
        key = next(_keys)
        owners = self._owners
        owners[key] = weakref.ref(owner, lambda _: owners.pop(key, None))

    def check_signal_handlers(self) -> None:
        """Puts the library's signal handlers in front again, if this store uses them."""
        error = lib.epsilon_runtime_check_signal_handlers(self.handle)
        if error:
            raise_error(error)

    def check_open(self) -> None:
        if self.closed:
            raise_closed()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        for reference in list(self._owners.values()):
            owner = reference()
            if owner is not None:
                owner._release()
        handles = [self.config, self.handle]
        self.handle = self.config = ffi.NULL
        while handles:
            self.give_up(handles.pop())
        self.objects.clear()


def counted(attribute: str) -> Callable[[Type[T]], Type[T]]:
    """Where nobody counts references, closing gives handles up at once, but not while a method of a
    class that is marked with this uses one: another thread may close, and so may a signal handler
    or a destructor. `attribute` is where the class has its Store, or other Handles."""

    def mark(cls: Type[T]) -> Type[T]:
        if REFERENCE_COUNTED:
            return cls
        for name, member in list(vars(cls).items()):
            if isinstance(member, FunctionType) and name not in ("__init__", "_release"):
                if not member.__code__.co_flags & CO_COROUTINE:
                    setattr(cls, name, counting(member, attribute))
            elif isinstance(member, property) and member.fget is not None and name != "__name__":
                fset = None if member.fset is None else counting(member.fset, attribute)
                fget = counting(member.fget, attribute)
                setattr(cls, name, property(fget, fset, doc=member.__doc__))
        return cls

    return mark


def counting(method: Callable[..., Any], attribute: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        store = getattr(self, attribute)
        users = store.users
        users.append(None)
        try:
            return method(self, *args, **kwargs)
        finally:
            users.pop()
            if store.dying:
                store.bury()

    return call


_stores: Dict[int, "weakref.ref[Store]"] = {}


def _check_signal_handlers() -> None:
    """For all stores: the handlers are the process's. Without an open one the next will do it."""
    for reference in list(_stores.values()):
        store = reference()
        if store is not None and store.signals and not store.closed:
            store.check_signal_handlers()
            return


def _close_all() -> None:
    """At the interpreter's end, while everything that finalizers need is still there."""
    for reference in list(_stores.values()):
        store = reference()
        if store is not None:
            store.close()


atexit.register(_close_all)

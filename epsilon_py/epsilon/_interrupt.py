# SPDX-License-Identifier: Apache-2.0
"""Stopping a Runtime's program from outside."""

from typing import Any

from epsilon._errors import raise_error
from epsilon._native import ffi, lib
from epsilon._store import Store, own


class InterruptHandle:
    """Stops the program of one Runtime, made by `Runtime.interrupt_handle`.

    It can be used on any thread, in signal handlers, and when the Runtime is closed, which it does
    not keep open.
    """

    __slots__ = ("_handle",)

    def __init__(self, store: Store) -> None:
        out = ffi.new("epsilon_interrupt_t **")
        error = lib.epsilon_interrupt_new(store.handle, out)
        if error:
            store.check_open()
            raise_error(error)
        self._handle: Any = own(out[0], lib.epsilon_interrupt_delete)

    def interrupt(self) -> None:
        """Stops the program that is running: its call raises EpsilonInterruptedError, and so do the
        calls that it was made in. If none is running nothing happens, then or later."""
        lib.epsilon_interrupt_raise(self._handle)

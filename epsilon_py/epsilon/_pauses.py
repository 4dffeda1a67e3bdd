# SPDX-License-Identifier: Apache-2.0
"""Python's signal handlers during calls.

Python runs them on the main thread, between two steps of Python code; a long call makes none. So
the library pauses it now and then for a step of Python, and what the handlers raise ends the call.
"""

import threading
from typing import Any, Optional

from epsilon._errors import CALLBACK_FAILED, error_of_exception, raise_error
from epsilon._native import ffi, lib
from epsilon._objects import finalizers, immortal

INTERVAL_MS = 40
"""The first pause of a call comes within two of these."""

_NULL = ffi.NULL


def _pause(env: Any, again: Any) -> Any:
    if threading.get_ident() != threading.main_thread().ident:
        again[0] = False  # this thread never runs handlers
    else:
        for _ in range(3):  # a jump back is where every Python looks for signals
            pass
    return _NULL


def _on_error(kind: Any, exception: BaseException, traceback: Any) -> Any:
    """What a handler has raised."""
    return error_of_exception(exception, finalizers().error_deleted)


_callback: Optional[Any] = None


def set_pauses(runtime: Any) -> None:
    """Lets long calls in this runtime of the library run signal handlers."""
    global _callback
    if _callback is None:
        try:
            _callback = immortal(
                ffi.callback(
                    "epsilon_pause_callback_t", _pause, error=CALLBACK_FAILED, onerror=_on_error
                )
            )
        except (MemoryError, SystemError):  # a machine that forbids making code at run time
            return
    error = lib.epsilon_runtime_set_pause(runtime, INTERVAL_MS, _callback, _NULL, _NULL)
    if error:
        raise_error(error)

# SPDX-License-Identifier: Apache-2.0
"""Python's faulthandler beside the library's signal handlers.

The library turns faults in WebAssembly memories into traps and passes all other faults on. For that
its handlers of SIGSEGV and SIGBUS must be the first to be asked. `faulthandler.enable()` puts its
own in front of them, and would report a crash where there is only a trap; `faulthandler.disable()`
puts back what `enable()` had found, which may not have been ours. So both are observed, and calls
need not look who is in front.
"""

import faulthandler
import functools
from typing import Any, Callable

_observed = False


def observe(check: Callable[[], None]) -> None:
    """From now on `check` runs after every call of faulthandler.enable and faulthandler.disable."""
    global _observed
    if _observed:
        return
    _observed = True

    def observed(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def and_check(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            finally:
                check()

        return and_check

    faulthandler.enable = observed(faulthandler.enable)
    faulthandler.disable = observed(faulthandler.disable)

# SPDX-License-Identifier: Apache-2.0
import sys
from collections import deque
from typing import Callable, Iterator

import pytest
from epsilon import Module, Runtime
from wat import wat


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime() as value:
        yield value


@pytest.fixture
def load(runtime: Runtime) -> Callable[..., Module]:
    """Instantiates a module from text in `runtime`."""

    def instantiate(text: str, *args: object, **kwargs: object) -> Module:
        return runtime.instantiate(wat(text), *args, **kwargs)  # type: ignore[arg-type]

    return instantiate


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limits Python reports what it could not do; pytest's hook could not be run either."""
    monkeypatch.setattr(sys, "unraisablehook", deque(maxlen=0).append)

# SPDX-License-Identifier: Apache-2.0
import sys
from collections import deque
from typing import Callable, Iterator

import pytest
from epsilon import Module, Runtime
from tier_modes import MODES, runtimes_in
from wat import wat


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tiers", choices=MODES, default="tiered", help="how programs are executed (tiered)"
    )


def pytest_configure(config: pytest.Config) -> None:
    mode = runtimes_in(config.getoption("--tiers"))
    mode.__enter__()
    config.add_cleanup(lambda: mode.__exit__(None, None, None))


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

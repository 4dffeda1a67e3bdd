# SPDX-License-Identifier: Apache-2.0
"""Endless recursion from Python, on large and small native stacks: always an exception."""

import threading

import pytest
from epsilon import EpsilonTrapError, Runtime
from exhaustion import assert_exhausted
from wat import wat

RECURSION = """
(import "host" "enter" (func $enter (param i32) (result i32)))
(table funcref (elem $indirect))
(func $direct (export "direct") (param i32) (result i32)
  (if (result i32) (local.get 0)
    (then (i32.add (i32.const 1) (call $direct (i32.sub (local.get 0) (i32.const 1)))))
    (else (i32.const 0))))
(func $indirect (export "indirect") (param i32) (result i32)
  (if (result i32) (local.get 0)
    (then (i32.add (i32.const 1) (call_indirect (param i32) (result i32)
      (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
    (else (i32.const 0))))
(func (export "through_host") (param i32) (result i32)
  (if (result i32) (local.get 0)
    (then (i32.add (i32.const 1) (call $enter (i32.sub (local.get 0) (i32.const 1)))))
    (else (i32.const 0))))
"""


def on_thread(stack_bytes, task):
    """What the task gives, on a thread with a native stack of that size."""
    outcome = []

    def run():
        try:
            outcome.append(task())
        except BaseException as error:
            outcome.append(error)

    before = threading.stack_size(stack_bytes)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def exhaust(**options):
    """Every kind of recursion, endless, and that everything works after it."""
    with Runtime(**options) as runtime:
        module = runtime.instantiate(
            wat(RECURSION),
            imports={"host": {"enter": lambda n: module.call("through_host", n)[0]}},
        )
        for _ in range(3):
            for name in ("direct", "indirect"):
                with pytest.raises(EpsilonTrapError, match="^call stack exhausted(?m:$)") as caught:
                    module.call(name, -1)
                assert caught.value.trap == "call stack exhausted"
            assert_exhausted(lambda: module.call("through_host", -1))
            assert module.call("direct", 5) == [5]
            assert module.call("through_host", 3) == [3]
        return True


OPTIONS = [
    {}, {"max_call_depth": 50}, {"max_call_depth": 100_000}, {"max_stack_bytes": 4096},
    {"max_stack_bytes": 1 << 24, "signals": False}, {"explicit_checks": True},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("stack_kib", [0, 128, 256, 1024])
def test_endless_recursion(options, stack_kib, silent):
    assert on_thread(stack_kib << 10, lambda: exhaust(**options))


@pytest.mark.parametrize("depth", [1, 2, 10, 25])
def test_call_depth_is_exact_through_callbacks(depth):
    """Frames of WebAssembly count, those of Python don't."""
    with Runtime(max_call_depth=depth) as runtime:
        module = runtime.instantiate(
            wat(RECURSION),
            imports={"host": {"enter": lambda n: module.call("through_host", n)[0]}},
        )
        for name in ("direct", "indirect", "through_host"):
            assert module.call(name, depth - 1) == [depth - 1]
            with pytest.raises(EpsilonTrapError, match="^call stack exhausted"):
                module.call(name, depth)


@pytest.mark.parametrize("above", range(12))
def test_the_limit_of_recursion_wherever_it_strikes(above, silent):
    """The callback itself, its body, and the making of its error: each is once the call that Python
    refuses."""

    def below(levels, task):
        return task() if levels == 0 else below(levels - 1, task)

    def task():
        with Runtime() as runtime:
            module = runtime.instantiate(
                wat(RECURSION),
                imports={"host": {"enter": lambda n: module.call("through_host", n)[0]}},
            )
            for _ in range(3):
                assert_exhausted(lambda: below(above, lambda: module.call("through_host", -1)))
            assert module.call("through_host", 3) == [3]
        return True

    assert on_thread(0, task)

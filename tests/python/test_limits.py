# SPDX-License-Identifier: Apache-2.0
"""Limits and timeouts, from Python."""

import math
import subprocess
import sys
import threading
import time

import epsilon
import pytest
from epsilon import EpsilonLimitError, EpsilonTimeoutError, EpsilonTrapError, Runtime
from wat import wat

RUNAWAYS = """
(memory (export "memory") 1)
(func (export "loop") (loop $l (br $l)))
(func $recurse (export "recurse") (call $recurse))
(func $even (export "tail") (return_call $odd)) (func $odd (return_call $even))
(func (export "fill") (loop $l
  (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l)))
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
"""


@pytest.fixture(params=["guard", "explicit", "no signals"])
def runaways(request):
    options = {
        "guard": {}, "explicit": {"explicit_checks": True}, "no signals": {"signals": False},
    }[request.param]  # fmt: skip
    with Runtime(**options) as runtime:
        yield runtime.instantiate(wat(RUNAWAYS))


@pytest.mark.parametrize("name", ["loop", "tail", "fill"])
def test_timeout_stops_a_runaway(runaways, name):
    for _ in range(3):
        start = time.monotonic()
        with pytest.raises(EpsilonTimeoutError) as caught:
            runaways.call(name, timeout_ms=50)
        assert 0.045 <= time.monotonic() - start < 2
        assert caught.value.kind == "timeout"
        assert isinstance(caught.value, TimeoutError)
        assert runaways.call("add", 5, 37) == [42]
        assert runaways.call("add", 5, 37, timeout_ms=1000) == [42]


def test_endless_recursion_ends_with_a_timeout():
    """The stack is large enough that the time is over first."""
    with Runtime(max_stack_bytes=1 << 36) as runtime:
        module = runtime.instantiate(
            wat(
                """(func $wait (param i32) (loop $l
                     (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
                   (func $f (export "f") (call $wait (i32.const 100000)) (call $f))
                   (func (export "add") (param i32 i32) (result i32)
                     (i32.add (local.get 0) (local.get 1)))"""
            )
        )
        with pytest.raises(EpsilonTimeoutError):
            module.call("f", timeout_ms=50)
        assert module.call("add", 1, 2) == [3]


def test_endless_recursion_without_a_timeout_is_a_trap(runaways):
    for _ in range(3):
        with pytest.raises(EpsilonTrapError, match="^call stack exhausted"):
            runaways.call("recurse")
        with pytest.raises((EpsilonTrapError, EpsilonTimeoutError)):
            runaways.call("recurse", timeout_ms=5)
    assert runaways.call("add", 5, 37) == [42]


def test_timeout_of_a_start_function(runtime):
    source = wat("(func $f (loop $l (br $l))) (start $f)")
    with pytest.raises(EpsilonTimeoutError):
        runtime.instantiate(source, timeout_ms=50)
    assert runtime.instantiate(wat(RUNAWAYS)).call("add", 1, 2) == [3]


def test_timeouts_in_many_threads():
    seen = []

    def run(milliseconds):
        with Runtime() as runtime:
            module = runtime.instantiate(wat(RUNAWAYS))
            start = time.monotonic()
            try:
                module.call("loop", timeout_ms=milliseconds)
            except EpsilonTimeoutError:
                seen.append(time.monotonic() - start - milliseconds / 1000)

    threads = [threading.Thread(target=run, args=(50 + 20 * i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 6
    assert all(-0.005 <= late < 2 for late in seen)


def test_the_interpreter_runs_on_during_a_call(runaways):
    """The GIL is released."""
    ticks = []

    def tick():
        while not done.is_set():
            ticks.append(1)
            time.sleep(0.005)

    done = threading.Event()
    thread = threading.Thread(target=tick)
    thread.start()
    try:
        with pytest.raises(EpsilonTimeoutError):
            runaways.call("loop", timeout_ms=200)
    finally:
        done.set()
        thread.join()
    assert len(ticks) > 5


@pytest.mark.parametrize("none", [None, 0, 0.0])
def test_no_timeout(runaways, none):
    assert runaways.call("add", 1, 2, timeout_ms=none) == [3]
    assert runaways.call_typed("add", [(1, "i32"), (2, "i32")], timeout_ms=none) == [3]


@pytest.mark.parametrize("much", [1, 0.5, 2**31, 2**32, 2**63, 2**64 - 1, 10**30, math.inf, True])
def test_any_positive_timeout(runaways, much):
    try:
        assert runaways.call("add", 1, 2, timeout_ms=much) == [3]
    except EpsilonTimeoutError:  # a slow machine
        assert much <= 1


def test_what_is_no_timeout(runaways):
    for value in (-1, -0.5, -(10**30), -math.inf, math.nan):
        with pytest.raises(epsilon.EpsilonUsageError, match="^timeout_ms must") as caught:
            runaways.call("add", 1, 2, timeout_ms=value)
        assert isinstance(caught.value, ValueError)
    for value in ("5", b"5", [], 1j, object()):
        with pytest.raises(epsilon.EpsilonUsageError, match="^timeout_ms must") as caught:
            runaways.call_typed("add", [(1, "i32"), (2, "i32")], timeout_ms=value)
        assert isinstance(caught.value, TypeError)


DEPTH = """
(func $f (export "f") (param i32) (result i32)
  (if (result i32) (local.get 0)
    (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
    (else (i32.const 1))))
(func $t (export "t") (param i32) (result i32)
  (if (local.get 0) (then (return_call $t (i32.sub (local.get 0) (i32.const 1)))))
  (i32.const 7))
"""


@pytest.mark.parametrize("depth", [1, 2, 10, 1000, 20000])
def test_call_depth_is_exact(depth):
    with Runtime(max_call_depth=depth) as runtime:
        module = runtime.instantiate(wat(DEPTH))
        for _ in range(2):
            assert module.call("f", depth - 1) == [depth]
            with pytest.raises(EpsilonTrapError, match="^call stack exhausted") as caught:
                module.call("f", depth)
            assert caught.value.trap == "call stack exhausted"
        assert module.call("t", 3 * depth) == [7]  # a tail call replaces its frame


def test_the_default_depth_fits_real_programs(load):
    assert load(DEPTH).call("f", 9999) == [10000]


GROW = '(memory (export "memory") {0}) (func (export "grow") (param i32) (result i32) ' \
       "(memory.grow (local.get 0)))"  # fmt: skip


@pytest.mark.parametrize("declared", ["1", "1 3", "1 65536"])
def test_memory_cap_of_the_runtime(declared):
    with Runtime(max_memory_pages=2) as runtime:
        module = runtime.instantiate(wat(GROW.format(declared)))
        assert module.call("grow", 1) == [1]
        assert module.call("grow", 1) == [-1]
        with pytest.raises(EpsilonLimitError):
            module.grow_memory(1)
        with pytest.raises(EpsilonLimitError):
            runtime.instantiate(wat("(memory 3)"))
        with pytest.raises(EpsilonLimitError):
            runtime.instantiate(wat("(memory 1) (memory 3)"))


def test_a_cap_given_to_instantiate_replaces_the_runtimes():
    with Runtime(max_memory_pages=2) as runtime:
        more = runtime.instantiate(wat(GROW.format("1")), max_memory_pages=4)
        assert more.call("grow", 3) == [1]
        assert more.call("grow", 1) == [-1]
        less = runtime.instantiate(wat(GROW.format("1")), 1)
        assert less.call("grow", 1) == [-1]
        lifted = runtime.instantiate(wat(GROW.format("1")), max_memory_pages=0)
        assert lifted.call("grow", 100) == [1]
        kept = runtime.instantiate(wat(GROW.format("1")), max_memory_pages=None)
        assert kept.call("grow", 2) == [-1]


def test_max_pages_is_the_cap_of_a_memory_that_declares_none():
    with Runtime() as runtime:
        module = runtime.instantiate(wat(GROW.format("0")))
        assert module.call("grow", Runtime.MAX_PAGES + 1) == [-1]
        declared = runtime.instantiate(wat(GROW.format("0 65536")))
        assert declared.call("grow", 65537) == [-1]


def test_total_memory():
    with Runtime(max_total_memory_bytes=3 * 65536) as runtime:
        first = runtime.instantiate(wat(GROW.format("1")))
        second = runtime.instantiate(wat(GROW.format("1")), max_memory_pages=0)
        assert first.call("grow", 2) == [-1]
        assert first.call("grow", 1) == [1]
        assert second.call("grow", 1) == [-1]
        with pytest.raises(EpsilonLimitError):
            runtime.instantiate(wat("(memory 1)"))


def test_table_elements():
    text = """(table $t 2 funcref) (func (export "grow") (param i32) (result i32)
                (table.grow $t (ref.null func) (local.get 0)))"""
    with Runtime(max_table_elements=3) as runtime:
        module = runtime.instantiate(wat(text))
        assert module.call("grow", 2) == [-1]
        assert module.call("grow", 1) == [2]
        with pytest.raises(EpsilonLimitError):
            runtime.instantiate(wat("(table 4 funcref)"))
    with Runtime() as runtime:
        assert runtime.instantiate(wat(text)).call("grow", 10_000_000) == [-1]


def test_instances():
    with Runtime(max_instances=1) as runtime:
        module = runtime.instantiate(wat(""))
        with pytest.raises(EpsilonLimitError):
            runtime.instantiate(wat(""))
        module.close()


def test_module_limits():
    with Runtime(module_limits={"locals": 10}) as runtime:
        runtime.instantiate(wat("(func (local i32 i32))"))
        with pytest.raises(EpsilonLimitError):
            runtime.instantiate(wat(f"(func (local {'i32 ' * 11}))"))


@pytest.mark.parametrize(
    "name",
    ["max_memory_pages", "max_total_memory_bytes", "max_instances", "max_call_depth",
     "max_stack_bytes", "max_table_elements"],
)  # fmt: skip
def test_bad_options(name):
    with pytest.raises(ValueError, match=f"^{name} must not be negative: -1$"):
        Runtime(**{name: -1})
    with pytest.raises(OverflowError, match=f"^{name} is too large"):
        Runtime(**{name: 2**64})
    for wrong in ("5", 1.5, []):
        with pytest.raises(TypeError, match=f"^{name} must be an integer"):
            Runtime(**{name: wrong})


def test_more_bad_options(runtime):
    with pytest.raises(epsilon.EpsilonUsageError):
        Runtime(65537)
    with pytest.raises(ValueError, match="^unknown feature: levitation$"):
        Runtime(features={"levitation": True})
    with pytest.raises(TypeError, match="^features must be a mapping"):
        Runtime(features=["simd"])
    with pytest.raises(ValueError, match="^unknown module limit: lines$"):
        Runtime(module_limits={"lines": 5})
    for wrong, kind in ((-1, ValueError), ("1", TypeError), (2**64, OverflowError)):
        with pytest.raises(kind, match="^max_memory_pages"):
            runtime.instantiate(wat(""), wrong)
    with pytest.raises(epsilon.EpsilonUsageError):
        runtime.instantiate(wat(""), 65537)


def test_no_memory():
    """What the machine cannot give is an error, and costs nothing but itself."""
    code = f"""
import resource
import epsilon
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
with epsilon.Runtime() as runtime:
    for _ in range(3):
        try:
            runtime.instantiate({wat("(memory 65536)")!r})
        except epsilon.EpsilonNoMemoryError as error:
            assert isinstance(error, MemoryError)
            assert isinstance(error, epsilon.EpsilonLimitError)
            print(error.kind)
    module = runtime.instantiate({wat(GROW.format("1 65536"))!r})
    print(module.call("grow", 65535), module.call("grow", 1))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )  # fmt: skip
    assert done.stderr.decode() == ""
    assert done.stdout.decode() == "no-memory\n" * 3 + "[-1] [1]\n"

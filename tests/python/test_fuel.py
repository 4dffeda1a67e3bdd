# SPDX-License-Identifier: Apache-2.0
"""Fuel and instruction counts, from Python. docs/fuel.md has the rule."""

import threading

import pytest
from epsilon import (
    EpsilonError,
    EpsilonFuelError,
    EpsilonTrapError,
    EpsilonUsageError,
    Runtime,
    Usage,
)
from wat import wat

PROGRAM = """
(memory (export "memory") 1)
(func (export "loop") (param i32)
  (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
(func (export "endless") (loop (br 0)))
(func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(func (export "same") (param externref) (result externref) (local.get 0))
(func (export "function") (result funcref) (ref.func $three))
(func $three (export "three") (result i32) (i32.add (i32.const 1) (i32.const 2)))
(func (export "trap") (drop (i32.const 1)) unreachable)
"""
NOT_METERED = "the runtime does not meter: it was made without fuel or metering"
OPTIONS = [{}, {"explicit_checks": True}, {"signals": False}, {"max_call_depth": 1000}]


@pytest.fixture(params=OPTIONS, ids=str)
def pool(request):
    with Runtime(fuel=1000, **request.param) as runtime:
        yield runtime


def test_a_pool(pool):
    module = pool.instantiate(wat(PROGRAM))
    assert (pool.fuel, pool.fuel_used, pool.instructions) == (1000, 0, 0)
    assert pool.last_call == Usage(0, 0)
    module.call("loop", 10)
    assert pool.fuel == 950
    assert pool.last_call == (50, 50)
    assert module.call("add", 5, 37, timeout_ms=10_000) == [42]
    assert (pool.fuel, pool.last_call) == (947, Usage(fuel=3, instructions=3))
    module.call("fill", 6400)
    assert (pool.fuel, pool.last_call) == (843, Usage(fuel=104, instructions=4))
    assert (pool.fuel_used, pool.instructions) == (157, 57)


def test_running_out_and_going_on(pool):
    module = pool.instantiate(wat(PROGRAM))
    with pytest.raises(EpsilonFuelError) as caught:
        module.call("endless", timeout_ms=60_000)
    assert str(caught.value) == "fuel exhausted"
    assert caught.value.kind == "fuel"
    assert not isinstance(caught.value, EpsilonTrapError)
    assert (caught.value.trap, caught.value.offset) == (None, None)
    assert [frame.func_name for frame in caught.value.frames] == ["endless"]
    assert pool.fuel == 0
    with pytest.raises(EpsilonFuelError):
        module.call("add", 1, 2)
    pool.add_fuel(4)
    assert module.call("add", 1, 2) == [3]
    assert pool.fuel == 1
    pool.fuel = 3
    assert module.call("add", 1, 2) == [3]
    pool.fuel = None
    assert pool.fuel is None
    module.call("loop", 10_000)
    assert pool.last_call.instructions == 50_000
    assert pool.fuel is None


def test_what_is_left_is_not_lost(pool):
    module = pool.instantiate(wat(PROGRAM))
    pool.fuel = 12
    with pytest.raises(EpsilonFuelError):
        module.call("loop", 10)
    assert pool.fuel == 2
    with pytest.raises(EpsilonTrapError):
        pool.fuel = 100
        module.call("trap")
    assert pool.fuel == 97


def test_the_pool_is_shared_by_modules(pool):
    one, two = (pool.instantiate(wat(PROGRAM)) for _ in range(2))
    one.call("loop", 100)
    two.call("loop", 50)
    assert pool.fuel == 250
    with pytest.raises(EpsilonFuelError):
        two.call("loop", 51)
    assert pool.fuel == 0
    with pytest.raises(EpsilonFuelError):
        one.call("add", 1, 2)


def test_limits_of_calls():
    with Runtime(metering=True) as runtime:
        module = runtime.instantiate(wat(PROGRAM))
        assert runtime.fuel is None
        module.call("loop", 10, fuel=50)
        for fuel, used in ((49, 45), (5, 5), (4, 0), (0, 0)):
            with pytest.raises(EpsilonFuelError):
                module.call("loop", 10, fuel=fuel)
            assert runtime.last_call == (used, used)
        assert module.call("same", "an object", fuel=1) == ["an object"]
        with pytest.raises(EpsilonFuelError):
            module.call("same", "an object", fuel=0)
        assert module.call_typed("add", [(5, "i32"), (37, "i32")], fuel=3) == [42]
        with pytest.raises(EpsilonFuelError):
            module.call_typed("add", [(5, "i32"), (37, "i32")], fuel=2)
        func = module.call("function")[0]
        assert func(fuel=3) == 3
        with pytest.raises(EpsilonFuelError):
            func(fuel=2)
        # More than any program can use.
        assert func(fuel=2**64 - 1) == 3
        runtime.fuel = 10
        with pytest.raises(EpsilonFuelError):
            module.call("loop", 10, fuel=100)
        assert runtime.fuel == 0


def test_start_functions():
    start = wat("(func $f (loop (br 0))) (start $f)")
    with Runtime(metering=True) as runtime:
        with pytest.raises(EpsilonFuelError):
            runtime.instantiate(start, fuel=123)
        assert runtime.last_call == (123, 123)
        runtime.instantiate(wat("(func $f (drop (i32.const 1))) (start $f)"), fuel=2)
        assert runtime.last_call == (2, 2)
    with Runtime(fuel=77) as runtime:
        with pytest.raises(EpsilonFuelError):
            runtime.instantiate(start)
        assert runtime.fuel == 0


def test_start_function_from_a_file(tmp_path):
    path = tmp_path / "start.wasm"
    path.write_bytes(wat("(func $f (drop (i32.const 1))) (start $f)"))
    with Runtime(metering=True) as runtime:
        with pytest.raises(EpsilonFuelError):
            runtime.instantiate_file(path, fuel=1)
        runtime.instantiate_file(path, fuel=2)


def test_host_functions_use_and_fill_the_same_pool():
    seen = []

    def host(action):
        seen.append((runtime.fuel, runtime.instructions))
        if action == 1:
            seen.append(inner.call("three"))
        elif action == 2:
            with pytest.raises(EpsilonFuelError):
                inner.call("endless", fuel=30)
            seen.append(runtime.last_call)
        elif action == 3:
            runtime.add_fuel(10)
        elif action == 4:
            runtime.fuel = 0

    with Runtime(fuel=100) as runtime:
        inner = runtime.instantiate(wat(PROGRAM))
        outer = runtime.instantiate(
            wat(
                """(import "e" "host" (func $host (param i32)))
                   (func (export "f") (param i32)
                     (call $host (local.get 0)) (drop (i32.const 1)))"""
            ),
            imports={"e": {"host": host}},
        )
        for action, left, expected in (
            (0, 96, [(98, 2)]),
            (1, 89, [(94, 6), [3]]),
            (2, 55, [(87, 13), Usage(30, 30)]),
            (3, 61, [(53, 47)]),
        ):
            outer.call("f", action)
            assert (runtime.fuel, seen) == (left, expected)
            seen.clear()
        with pytest.raises(EpsilonFuelError):
            outer.call("f", 4)
        assert runtime.fuel == 0
        # The outer call's limit holds inside.
        runtime.fuel = 1000
        with pytest.raises(EpsilonFuelError):
            outer.call("f", 2, fuel=20)
        assert runtime.last_call == (20, 20)
        assert runtime.fuel == 980


def test_without_metering():
    with Runtime() as runtime:
        module = runtime.instantiate(wat(PROGRAM))
        assert runtime.fuel is None
        for use in (
            lambda: module.call("three", fuel=100),
            lambda: runtime.instantiate(wat(PROGRAM), fuel=100),
            lambda: runtime.add_fuel(1),
            lambda: setattr(runtime, "fuel", 1),
            lambda: runtime.instructions,
            lambda: runtime.fuel_used,
            lambda: runtime.last_call,
        ):
            with pytest.raises(EpsilonUsageError) as caught:
                use()
            assert str(caught.value) == NOT_METERED
        assert module.call("three") == [3]


@pytest.mark.parametrize(
    ("fuel", "error", "message"),
    [
        (-1, ValueError, "fuel must not be negative: -1"),
        ("1", TypeError, "fuel must be an integer, not str"),
        (1.5, TypeError, "fuel must be an integer, not float"),
        (2**64, OverflowError, "fuel is too large: 18446744073709551616"),
    ],
)
def test_wrong_amounts(fuel, error, message):
    with Runtime(metering=True) as runtime:
        module = runtime.instantiate(wat(PROGRAM))
        for use in (
            lambda: Runtime(fuel=fuel),
            lambda: module.call("three", fuel=fuel),
            lambda: module.call("same", None, fuel=fuel),
            lambda: runtime.instantiate(wat(PROGRAM), fuel=fuel),
            lambda: runtime.add_fuel(fuel),
            lambda: setattr(runtime, "fuel", fuel),
        ):
            with pytest.raises(error, match="^" + message + "$") as caught:
                use()
            assert isinstance(caught.value, EpsilonUsageError)
        assert module.call("three") == [3]


def test_closed():
    runtime = Runtime(fuel=10)
    runtime.close()
    for use in (
        lambda: runtime.fuel,
        lambda: setattr(runtime, "fuel", 1),
        lambda: runtime.add_fuel(1),
        lambda: runtime.instructions,
        lambda: runtime.last_call,
    ):
        with pytest.raises(EpsilonError, match="^Runtime is closed$"):
            use()


def test_asking_from_another_thread_is_refused():
    errors = []

    def ask():
        for use in (lambda: runtime.fuel, lambda: runtime.instructions):
            try:
                use()
            except EpsilonUsageError as error:
                errors.append(str(error))

    def host():
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()

    with Runtime(fuel=10) as runtime:
        module = runtime.instantiate(
            wat("""(import "e" "host" (func $host)) (func (export "f") (call $host))"""),
            imports={"e": {"host": host}},
        )
        module.call("f")
        assert runtime.fuel == 9
    assert errors == ["the runtime is in use by another thread"] * 2

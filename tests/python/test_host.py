# SPDX-License-Identifier: Apache-2.0
"""Imports: host functions, other modules, and what crosses them."""

import re
import threading
import traceback

import epsilon
import pytest
from epsilon import EpsilonLinkError, EpsilonTrapError, EpsilonUsageError, Runtime
from exhaustion import assert_exhausted
from wat import wat

CALLER = """
(import "env" "f" (func $f (param i32 i64 f32 f64) (result i64)))
(func (export "go") (param i32 i64 f32 f64) (result i64)
  (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
"""

NULLARY = """
(import "env" "f" (func $f {type}))
(func (export "go") {type} (call $f))
(func (export "fine") (result i32) (i32.const 1))
"""


def test_a_plain_callable_takes_its_type_from_the_import(load):
    seen = []

    def f(*args):
        seen.append(args)
        return args[1] * 2

    module = load(CALLER, imports={"env": {"f": f}})
    assert module.call("go", -5, 6, 0.5, 0.1) == [12]
    assert seen == [(-5, 6, 0.5, 0.1)]
    assert [type(value) for value in seen[0]] == [int, int, float, float]


@pytest.mark.parametrize(
    "type_, value, results",
    [
        ("", None, []),
        ("(result i32)", 2**32 - 1, [-1]),
        ("(result i32)", True, [1]),
        ("(result f32)", 3, [3.0]),
        ("(result v128)", bytearray(range(16)), [bytes(range(16))]),
        ("(result externref)", None, [None]),
        ("(result externref)", [1, 2], [[1, 2]]),
        ("(result funcref)", None, [None]),
        ("(result i32 f64)", (1, 2.5), [1, 2.5]),
        ("(result i32 f64)", [1, 2], [1, 2.0]),
        ("(result externref i64 externref)", ("a", -1, "b"), ["a", -1, "b"]),
    ],
)
def test_results(load, type_, value, results):
    module = load(NULLARY.format(type=type_), imports={"env": {"f": lambda: value}})
    assert module.call("go") == results


@pytest.mark.parametrize(
    "type_, value, message",
    [
        ("", 5, "^env.f: a host function of its type must return None, not int$"),
        ("(result i32)", None, r"^env.f: result 0 \(i32\): expected an integer, got NoneType$"),
        ("(result i32)", 2**32, r"^env.f: result 0 \(i32\): 4294967296 is out of range"),
        ("(result i32)", (1,), r"^env.f: result 0 \(i32\): expected an integer, got tuple$"),
        ("(result i32)", 1.0, "expected an integer, got float$"),
        ("(result f64)", "1", r"^env.f: result 0 \(f64\): expected a number, got str$"),
        ("(result v128)", b"short", "expected 16 bytes, got 5$"),
        ("(result funcref)", print, "expected a Func or None"),
        ("(result i32 i32)", 5, r"must return a tuple of 2 \(i32, i32\), not int$"),
        ("(result i32 i32)", (1, 2, 3), r"must return a tuple of 2 \(i32, i32\), not tuple of 3$"),
        ("(result i32 i32)", "ab", "not str$"),
        ("(result i32 i32)", (1, "b"), r"^env.f: result 1 \(i32\): expected an integer"),
    ],
)
def test_wrong_results(load, type_, value, message):
    module = load(NULLARY.format(type=type_), imports={"env": {"f": lambda: value}})
    with pytest.raises(EpsilonUsageError) as caught:
        module.call("go")
    assert re.search(message, str(caught.value))
    assert module.call("fine") == [1]


@pytest.mark.parametrize(
    "exception",
    [ValueError("mine"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), StopIteration(5),
     EpsilonTrapError("a trap of mine"), MemoryError(), AssertionError(), RecursionError()],
)  # fmt: skip
def test_an_exception_comes_out_as_the_same_object(load, exception):
    def f():
        raise exception

    module = load(NULLARY.format(type=""), imports={"env": {"f": f}})
    with pytest.raises(type(exception)) as caught:
        module.call("go")
    assert caught.value is exception
    names = [frame.name for frame in traceback.extract_tb(exception.__traceback__)]
    assert "f" in names
    assert module.call("fine") == [1]
    assert not epsilon._errors._travelling


def test_an_exception_passes_several_levels(load):
    error = KeyError("deep")

    def f():
        raise error

    inner = load(NULLARY.format(type=""), imports={"env": {"f": f}})
    middle = load(NULLARY.format(type=""), imports={"env": {"f": lambda: inner.call("go")[0:0]}})
    outer = load(NULLARY.format(type=""), imports={"env": {"f": lambda: middle.call("go")}})
    with pytest.raises(KeyError) as caught:
        outer.call("go")
    assert caught.value is error


def test_an_exception_in_the_start_function(load):
    error = OSError("no")

    def f():
        raise error

    with pytest.raises(OSError) as caught:
        load('(import "env" "f" (func $f)) (start $f)', imports={"env": {"f": f}})
    assert caught.value is error


def test_a_trap_inside_a_nested_call_can_be_caught(load):
    inner = load('(func (export "trap") unreachable)')

    def f():
        with pytest.raises(EpsilonTrapError):
            inner.call("trap")

    module = load(NULLARY.format(type=""), imports={"env": {"f": f}})
    assert module.call("go") == []


def test_exceptions_belong_to_their_threads():
    """Each thread gets its own exception back, whatever the others do."""
    failures = []

    def work(number):
        class Mine(Exception):
            pass

        def f():
            raise Mine(number)

        with Runtime() as runtime:
            module = runtime.instantiate(wat(NULLARY.format(type="")), imports={"env": {"f": f}})
            for _ in range(200):
                try:
                    module.call("go")
                except Mine as error:
                    if error.args != (number,):
                        failures.append(error)
                else:
                    failures.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not epsilon._errors._travelling


def test_reentry_into_the_same_function(load):
    """Each level has its own argument buffer."""
    modules = []

    def f(n):
        return modules[0].call("sum", n - 1)[0] if n > 0 else 0

    modules.append(
        load(
            """(import "env" "f" (func $f (param i32) (result i32)))
               (func (export "sum") (param i32) (result i32)
                 (i32.add (local.get 0) (call $f (local.get 0))))""",
            imports={"env": {"f": f}},
        )
    )
    assert modules[0].call("sum", 50) == [50 * 51 // 2]


@pytest.mark.parametrize("depth", range(8))
def test_endless_reentry_is_stopped(load, depth, capfd, silent):
    """Wherever in the chain of calls Python's stack ends: also at the entry of the callback, where
    no Python can run (Python then says so on stderr)."""
    modules = []

    def again():
        modules[0].call("go")

    modules.append(load(NULLARY.format(type=""), imports={"env": {"f": again}}))

    def go_at(depth):
        if depth > 0:
            return go_at(depth - 1)
        return modules[0].call("go")

    assert_exhausted(lambda: go_at(depth))
    assert modules[0].call("fine") == [1]


def test_a_timeout_holds_across_host_functions(load):
    text = """(import "env" "f" (func $f)) (func (export "go") (loop $l (call $f) (br $l)))
              (func (export "fine") (result i32) (i32.const 1))"""
    module = load(text, imports={"env": {"f": lambda: None}})
    with pytest.raises(epsilon.EpsilonTimeoutError):
        module.call("go", timeout_ms=50)
    assert module.call("fine") == [1]


def test_a_nested_timeout_does_not_outlive_its_call(load):
    inner = load('(func (export "loop") (loop $l (br $l)))')

    def f():
        with pytest.raises(epsilon.EpsilonTimeoutError):
            inner.call("loop", timeout_ms=20)

    module = load(NULLARY.format(type=""), imports={"env": {"f": f}})
    assert module.call("go") == []
    with pytest.raises(epsilon.EpsilonTimeoutError):
        load(NULLARY.format(type=""), imports={"env": {"f": lambda: inner.call("loop") and None}}
             ).call("go", timeout_ms=20)  # fmt: skip


def test_another_module_gives_imports(load):
    library = load(
        """(func (export "double") (param i32) (result i32)
             (i32.add (local.get 0) (local.get 0)))
           (memory (export "memory") 1) (table (export "t") 1 funcref)
           (global (export "g") (mut i32) (i32.const 3))"""
    )
    user = load(
        """(import "lib" "double" (func $double (param i32) (result i32)))
           (import "lib" "memory" (memory 1)) (import "lib" "t" (table 1 funcref))
           (import "lib" "g" (global $g (mut i32)))
           (export "memory" (memory 0))
           (func (export "f") (param i32) (result i32)
             (global.set $g (i32.const 4)) (call $double (local.get 0)))""",
        imports={"lib": library},
    )
    assert user.call("f", 21) == [42]
    assert library.get_global("g") == 4
    library.write_memory(0, b"shared")
    assert user.read_memory(0, 6) == b"shared"
    library.close()
    assert user.call("f", 4) == [8]


def test_imports_that_nobody_asked_for_are_ignored(load):
    module = load(
        NULLARY.format(type=""),
        imports={"env": {"f": lambda: None, "unused": 5}, "more": {}, "other": 7},
    )
    assert module.call("go") == []


def test_wrong_imports(load, runtime):
    text = NULLARY.format(type="")
    for imports in (5, [], "env", print):
        with pytest.raises(TypeError, match="^imports must be a mapping"):
            load(text, imports=imports)
    for given in (5, [print], print, "f"):
        with pytest.raises(TypeError, match=r"^imports\['env'\] must be a Module or a mapping"):
            load(text, imports={"env": given})
    for given in (5, None, "f", runtime):
        with pytest.raises(TypeError, match="^import env.f must be callable"):
            load(text, imports={"env": {"f": given}})
    closed = load("")
    closed.close()
    with pytest.raises(EpsilonUsageError, match=r"^imports\['env'\]: Module is closed$"):
        load(text, imports={"env": closed})
    with Runtime() as other:
        foreign = other.instantiate(wat('(func (export "f"))'))
        with pytest.raises(EpsilonUsageError, match="belongs to another Runtime"):
            load(text, imports={"env": foreign})


def test_imports_of_another_type(load):
    library = load('(func (export "f") (param i32)) (func (export "g"))')
    with pytest.raises(EpsilonLinkError, match="incompatible import type for env.f"):
        load(NULLARY.format(type=""), imports={"env": library})
    with pytest.raises(EpsilonLinkError, match="incompatible import type for env.m"):
        load('(import "env" "m" (memory 1))', imports={"env": {"m": print}})
    with pytest.raises(EpsilonLinkError) as caught:
        load(
            '(import "env" "m" (memory 1)) (import "env" "x" (func)) (import "env" "f" (func))',
            imports={"env": {"m": print, "f": print}},
        )
    assert "env.m" in caught.value.message
    assert "unknown import env.x" in caught.value.message
    assert "env.f" not in caught.value.message


def test_a_func_as_an_import(load):
    source = load(
        """(func $f (export "f") (result i32) (i32.const 6)) (elem declare func $f)
           (func (export "get") (result funcref) (ref.func $f))"""
    )
    (func,) = source.call("get")
    module = load(NULLARY.format(type="(result i32)"), imports={"env": {"f": func}})
    assert module.call("go") == [6]
    with pytest.raises(EpsilonLinkError, match="incompatible import type for env.f"):
        load(NULLARY.format(type=""), imports={"env": {"f": func}})
    with Runtime() as other, pytest.raises(EpsilonUsageError, match="another Runtime"):
        other.instantiate(wat(NULLARY.format(type="(result i32)")), imports={"env": {"f": func}})


def test_references_cross_host_functions(load):
    seen = []

    def f(thing, func):
        seen.append((thing, func))
        return thing

    module = load(
        """(import "env" "f" (func $f (param externref funcref) (result externref)))
           (func $g (export "g") (result i32) (i32.const 5)) (elem declare func $g)
           (func (export "go") (param externref) (result externref)
             (call $f (local.get 0) (ref.func $g)))""",
        imports={"env": {"f": f}},
    )
    thing = object()
    assert module.call("go", thing)[0] is thing
    assert seen[0][0] is thing
    assert seen[0][1]() == 5


def test_closing_during_a_call(load, runtime):
    """The module and even the runtime may be closed by a host function of theirs."""
    modules = []

    def close_module():
        modules[0].close()

    modules.append(load(NULLARY.format(type=""), imports={"env": {"f": close_module}}))
    assert modules[0].call("go") == []
    with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
        modules[0].call("go")

    modules[0] = load(NULLARY.format(type=""), imports={"env": {"f": runtime.close}})
    assert modules[0].call("go") == []
    with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
        modules[0].call("fine")
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        load("")


def test_host_functions_after_the_runtime_was_closed_in_one(load, runtime):
    calls = []

    def f():
        calls.append(1)
        runtime.close()

    module = load(
        '(import "env" "f" (func $f)) (func (export "go") (call $f) (call $f))',
        imports={"env": {"f": f}},
    )
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed(?m:$)"):
        module.call("go")
    assert calls == [1]

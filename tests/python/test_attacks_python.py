# SPDX-License-Identifier: Apache-2.0
"""The attack checklist, row 29: what only Python can do wrong. A test per part; its comment names
the guard. See test_attacks_embedding.py.
"""

import gc
import os
import subprocess
import sys
import textwrap
import threading

import epsilon
import pytest
from epsilon import EpsilonError, EpsilonTrapError, EpsilonUsageError, Runtime
from wat import wat

PAGE = Runtime.PAGE_SIZE

CALLER = """
(import "env" "f" (func $f (param i32) (result i32)))
(func (export "go") (param i32) (result i32) (call $f (local.get 0)))
(func (export "twice") (param i32) (result i32)
  (i32.add (call $f (local.get 0)) (call $f (i32.add (local.get 0) (i32.const 1)))))
(func (export "fine") (result i32) (i32.const 1))
"""


NAMED = """
(module $named
  (import "env" "f" (func $f (param externref) (result externref)))
  (memory (export "memory") 1) (table (export "t") 2 externref)
  (global (export "g") (mut externref) (ref.null extern))
  (func $inner unreachable)
  (func $outer (export "trap") (call $inner))
  (func (export "go") (param externref) (result externref) (call $f (local.get 0))))
"""


class Strange(BaseException):
    """No Exception, and hard to show."""

    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


class Slotted(Exception):
    __slots__ = ()


def strange_classes():
    names = [
        "BaseException", "Exception", "KeyboardInterrupt", "SystemExit", "GeneratorExit",
        "StopIteration", "StopAsyncIteration", "MemoryError", "RecursionError", "AssertionError",
        "KeyError", "OSError", "UnicodeError", "Warning", "ImportError", "NotImplementedError",
    ]  # fmt: skip
    import asyncio
    import builtins

    ours = [cls for cls in vars(epsilon).values() if isinstance(cls, type)
            and issubclass(cls, EpsilonError)]  # fmt: skip
    own = [Strange, Slotted, asyncio.CancelledError]
    return [*(getattr(builtins, name) for name in names), *ours, *own]


# Callback exceptions ----------------------------------------------------------------------------


@pytest.mark.parametrize("cls", strange_classes(), ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("where", ["import", "func", "table", "start"])
def test_row_29_callback_exceptions_of_any_class(runtime, cls, where):
    """Out of the outer call comes the same object, and everything goes on. Guards: the except of
    BaseException in _call() of epsilon/_host.py, and error_of_exception()."""
    error = cls("mine")

    def f(n=0):
        raise error

    host = runtime.func(f, ["i32"], ["i32"])
    if where == "table":
        table = runtime.table("funcref", 1, init=host)
        call = table[0]
    elif where == "func":
        call = host
    elif where == "import":
        call = runtime.instantiate(wat(CALLER), imports={"env": {"f": f}}).exports["go"]
    else:
        text = '(import "env" "f" (func $f)) (start $f)'

        def call(n):
            return runtime.instantiate(wat(text), imports={"env": {"f": f}})

    for _ in range(3):
        caught = None
        try:
            call(5)
        except BaseException as exception:
            caught = exception
        assert caught is error
        assert caught.__traceback__ is not None
    assert not epsilon._errors._travelling
    assert runtime.instantiate(wat(CALLER), imports={"env": {"f": f}}).call("fine") == [1]


def test_row_29_exceptions_that_cannot_be_shown_leave_the_program_whole(runtime):
    """The exception's own methods are never called. Guard: error_of_exception() uses the class's
    name alone."""

    class Meta(type):
        @property
        def __name__(cls):
            raise ValueError("no name")

    class Bad(Exception, metaclass=Meta):
        def __init__(self):
            pass

        def __str__(self):
            raise SystemExit

        def __getattribute__(self, name):
            if name in ("__traceback__", "__class__", "with_traceback"):
                return super().__getattribute__(name)
            raise SystemExit

    def f(n):
        raise Bad

    module = runtime.instantiate(wat(CALLER), imports={"env": {"f": f}})
    with pytest.raises(Bad):
        module.call("go", 1)
    assert not epsilon._errors._travelling
    assert module.call("fine") == [1]


def test_row_29_an_exception_in_every_place_of_a_callback(runtime):
    """In the arguments' conversion, the function, the result's conversion, and its destructors.
    Guard: the try around all of _call()."""

    class Number:
        def __init__(self, error):
            self.error = error

        def __index__(self):
            raise self.error

    error = LookupError("mine")
    module = runtime.instantiate(wat(CALLER), imports={"env": {"f": lambda n: Number(error)}})
    with pytest.raises(LookupError) as caught:
        module.call("go", 1)
    assert caught.value is error
    with pytest.raises(LookupError) as caught:
        module.call("go", Number(error))
    assert caught.value is error
    module = runtime.instantiate(wat(CALLER), imports={"env": {"f": lambda: 1}})
    with pytest.raises(TypeError, match="positional argument"):
        module.call("go", 1)
    assert module.call("fine") == [1]


# Views ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("explicit", [False, True])
def test_row_29_views_after_growth_and_close(explicit):
    """They keep their length, show what they showed, and can be written to, whatever takes the
    place of other memories. Guards: the pointer that holds the handle in Memory._look of
    epsilon/_memory.py; epsilon_memory::views in the library. test_memory_views.py has the rest."""
    runtime = Runtime(explicit_checks=explicit)
    module = runtime.instantiate(wat('(memory (export "memory") 1 100)'))
    memory = module.exports["memory"]
    memory.write(0, b"first")
    views = [memory.view()]
    for number in range(1, 30):
        memory.grow(1)
        memory.write(number * PAGE, bytes([number]) * PAGE)
        views.append(memory.view())
    module.close()
    runtime.close()
    del memory, module, runtime
    gc.collect()
    with Runtime(explicit_checks=explicit) as other:
        for _ in range(10):  # what would lie where the views look, if they held nothing
            other.memory(30).view()[:] = b"\xee" * (30 * PAGE)
        for number, view in enumerate(views):
            assert len(view) == (number + 1) * PAGE
            assert bytes(view[:5]) == b"first"
            assert bytes(view[number * PAGE : number * PAGE + 5]) == (
                bytes([number]) * 5 if number else b"first"
            )
            view[-1] = 1
            assert view[-1] == 1


# Foreign memory and late writes -----------------------------------------------------------------


def test_row_29_nothing_foreign_is_freed_and_nothing_freed_is_used():
    """The allocator fills what is freed, and checks it: texts, types, frames, errors and values
    that Python was given are its own copies, and each handle is given up once. Guards: text() of
    epsilon/_native.py copies; own() of epsilon/_store.py is the only way to a deletion."""
    code = f"""
    import gc
    import epsilon
    source = {wat(NAMED)!r}
    kept = []
    for round_ in range(60):
        runtime = epsilon.Runtime(explicit_checks=round_ % 2 == 1)
        module = runtime.instantiate(source, imports={{"env": {{"f": lambda x: x}}}})
        memory, table, value = (module.exports[n] for n in ("memory", "t", "g"))
        memory.write(0, b"kept bytes")
        thing = object()
        table[0] = value.value = thing
        try:
            module.call("trap")
        except epsilon.EpsilonTrapError as error:
            kept.append((error, module.get_export_names(), memory.read(0, 10), memory.view(),
                         module.call("go", thing), table.type, value.type, repr(memory), thing,
                         module.exports["trap"]))
        try:
            runtime.instantiate(source)
        except epsilon.EpsilonLinkError as error:
            kept[-1] += (error,)
        for _ in range(round_ % 3 + 1):
            module.close()
        if round_ % 2:
            runtime.close()
            runtime.close()
        del runtime, module, memory, table, value
        gc.collect()
    for error, names, data, view, result, table, value, shown, thing, func, missing in kept:
        assert str(error).startswith("unreachable"), str(error)
        assert [f.func_name for f in error.frames] == ["inner", "outer"], error.frames
        assert error.frames[0].module_name == "named"
        assert names == ["memory", "t", "g", "trap", "go"], names
        assert data == bytes(view[:10]) == b"kept bytes"
        view[5] = 1
        assert result == [thing]
        assert (str(table), str(value)) == ("2 externref", "(mut externref)")
        assert shown == "<epsilon.Memory of 1 page>"
        assert func.params == func.results == ()
        assert "env.f" in str(missing)
    print("whole")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
             "MALLOC_PERTURB_": "165", "MALLOC_CHECK_": "3", "PYTHONMALLOC": "malloc"},
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "whole\n")


def test_row_29_no_late_writes(runtime):
    """Nothing is written into what Python was given before, or gave. A function's buffer serves
    one call at a time, and a call that is stopped writes into it no more. Guards: the free list of
    Func in epsilon/_func.py; results and memories' bytes are copies."""
    seen = []

    def f(n):
        seen.append(n)
        if n == 3:
            raise KeyError
        if n > 5:
            assert module.call("go", n - 1) == [n - 1]
        return n

    module = runtime.instantiate(wat(CALLER), imports={"env": {"f": f}})
    first = module.call("twice", 9)
    assert first == [19]
    with pytest.raises(KeyError):
        module.call("twice", 2)
    assert module.call("go", 4) == [4]
    assert first == [19]
    assert seen == [9, 8, 7, 6, 5, 10, 9, 8, 7, 6, 5, 2, 3, 4]

    memory = runtime.memory(1)
    given = bytearray(b"given")
    memory.write(0, given)
    copies = [memory.read(0, 5), memory[0:5], memory.read_cstring(0), bytes(memory)[:5]]
    memory.write(0, b"after")
    given[:] = b"other"
    assert copies == [b"given"] * 4
    assert memory.read(0, 5) == b"after"
    given.append(1)  # nobody holds it any more


def test_row_29_what_was_given_is_let_go_after_errors(runtime):
    """An error leaves no buffer of the caller's locked. Guard: ffi.release() in the finally of
    Memory.write and Memory._set_slice."""
    memory = runtime.memory(1)
    data = bytearray(b"12345")
    for use in (
        lambda: memory.write(PAGE, data),
        lambda: memory.__setitem__(slice(0, 3), data),
        lambda: runtime.instantiate(data),
    ):
        with pytest.raises(EpsilonError):
            use()
        data.append(1)


# Errors of threads ------------------------------------------------------------------------------


def test_row_29_errors_are_per_thread():
    """Every thread gets what its own call did wrong, of every kind, with its own frames. Guard: an
    error is what the failed function returned; there is no other error state, and an exception on
    its way has a number of its own (error_of_exception)."""
    failures = []
    barrier = threading.Barrier(4)

    def work(number):
        class Mine(Exception):
            pass

        def f(n):
            raise Mine(number, n)

        text = f"""
        (import "env" "f" (func $f (param i32) (result i32)))
        (memory (export "memory") {number + 1})
        (func ${"g" * (number + 1)} (export "trap") unreachable)
        (func (export "divide") (param i32) (result i32)
          (i32.div_s (i32.const 1) (local.get 0)))
        (func (export "go") (param i32) (result i32) (call $f (local.get 0)))
        """
        with Runtime() as runtime:
            module = runtime.instantiate(wat(text), imports={"env": {"f": f}})
            memory = module.exports["memory"]
            barrier.wait()
            for i in range(100):
                for use, kind, check in (
                    (lambda: module.call("go", i), Mine,  # noqa: B023
                     lambda e: e.args == (number, i)),  # noqa: B023
                    (lambda: module.call("trap"), EpsilonTrapError,
                     lambda e: e.frames[0].func_name == "g" * (number + 1)),
                    (lambda: module.call("divide", 0), EpsilonTrapError,
                     lambda e: e.trap == "integer divide by zero"),
                    (lambda: memory.read((number + 1) * PAGE, i + 1), EpsilonUsageError,  # noqa: B023
                     lambda e: str(e).endswith(f"the memory has {(number + 1) * PAGE} bytes")),
                    (lambda: module.call("go", "x" * i), EpsilonUsageError,  # noqa: B023
                     lambda e: "expected an integer, got str" in str(e)),
                    (lambda: runtime.instantiate(b"\0asm" + bytes([number + 2, 0, 0, 0])),
                     EpsilonError, lambda e: e.kind == "malformed"),
                ):  # fmt: skip
                    try:
                        use()
                        failures.append((number, i, "no error"))
                    except BaseException as error:
                        if not isinstance(error, kind) or not check(error):
                            failures.append((number, i, error))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert not epsilon._errors._travelling

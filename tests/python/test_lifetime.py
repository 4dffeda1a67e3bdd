# SPDX-License-Identifier: Apache-2.0
"""Nothing leaks, nothing dies early, in any order, on any thread, at the interpreter's end."""

import gc
import itertools
import os
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
from epsilon import EpsilonUsageError, Runtime, _objects, _store
from wat import wat

NULLARY = '(import "env" "f" (func $f)) (func (export "go") (call $f))'
HOLDER = """
(table $t 4 externref)
(func (export "put") (param i32 externref) (table.set $t (local.get 0) (local.get 1)))
(func (export "get") (param i32) (result externref) (table.get $t (local.get 0)))
(func (export "nothing"))
"""


class Thing:
    pass


def collect():
    for _ in range(3):
        gc.collect()


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_dropping(order):
    runtime = Runtime()
    module = runtime.instantiate(
        wat(
            """(import "env" "f" (func $f)) (memory (export "memory") 1)
               (func $g (export "get") (result funcref) (ref.func $g))"""
        ),
        imports={"env": {"f": lambda: None}},
    )
    (func,) = module.call("get")
    module.read_memory(0, 1)
    objects = [runtime, module, func, module.call("get")[0]]
    del runtime, module, func
    for index in order:
        objects[index] = None
        collect()


def test_a_module_outlives_its_runtime_object():
    module = Runtime().instantiate(wat('(func (export "f") (result i32) (i32.const 1))'))
    collect()
    assert module.call("f") == [1]


def test_a_dropped_runtime_is_gone():
    collect()
    before = len(_store._stores)
    runtime = Runtime()
    reference = weakref.ref(runtime._store)
    module = runtime.instantiate(wat(NULLARY), imports={"env": {"f": lambda: None}})
    module.call("go")
    del runtime, module
    collect()
    assert reference() is None
    assert len(_store._stores) <= before


def test_cycles_through_host_functions_are_collected():
    def make():
        runtime = Runtime()
        thing = Thing()

        def f():
            assert thing.module is not None

        thing.module = runtime.instantiate(wat(NULLARY), imports={"env": {"f": f}})
        thing.module.call("go")
        return [weakref.ref(x) for x in (thing, thing.module, runtime._store, f)]

    references = make()
    collect()
    assert [reference() for reference in references] == [None] * 4


def test_cycles_through_external_references_are_collected():
    runtime = Runtime()
    module = runtime.instantiate(wat(HOLDER))
    thing = Thing()
    thing.module = module
    module.call("put", 0, thing)
    references = [weakref.ref(thing), weakref.ref(module), weakref.ref(runtime._store)]
    del runtime, module, thing
    collect()
    assert [reference() for reference in references] == [None] * 3


def test_external_references_live_as_long_as_the_program_holds_them():
    with Runtime() as runtime:
        module = runtime.instantiate(wat(HOLDER))
        thing = Thing()
        reference = weakref.ref(thing)
        module.call("put", 0, thing)
        del thing
        collect()
        assert reference() is not None
        assert module.call("get", 0) == [reference()]
    collect()
    assert reference() is None


def test_external_references_do_not_pile_up():
    with Runtime() as runtime:
        module = runtime.instantiate(wat(HOLDER))
        for i in range(20000):
            module.call("put", i % 4, Thing())
        assert len(runtime._store.objects) < 10000
    assert len(_objects._owners) < 10000


def test_external_references_do_not_pile_up_in_a_long_call():
    """Those that a host function returned and the program dropped."""
    most = 0

    def make():
        nonlocal most
        most = max(most, len(runtime._store.objects))
        return Thing()

    with Runtime() as runtime:
        module = runtime.instantiate(
            wat(
                """(import "env" "make" (func $make (result externref)))
                   (func (export "go") (param i32)
                     (loop $l
                       (drop (call $make))
                       (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))"""
            ),
            imports={"env": {"make": make}},
        )
        module.call("go", 250_000)
    assert most <= 200_001


def test_closed_runtimes_keep_no_objects():
    collect()
    owned = len(_objects._owners)
    for _ in range(20):
        with Runtime() as runtime:
            module = runtime.instantiate(wat(NULLARY), imports={"env": {"f": lambda: None}})
            module.call("go")
            runtime.instantiate(wat(HOLDER)).call("put", 1, Thing())
    del module, runtime
    collect()
    assert len(_objects._owners) <= owned


def test_a_failed_instantiation_keeps_nothing(runtime):
    owned = len(_objects._owners)
    thing = Thing()
    reference = weakref.ref(thing)

    def f(thing=thing):
        pass

    with pytest.raises(Exception, match="env.missing"):
        runtime.instantiate(wat('(import "env" "f" (func)) (import "env" "missing" (func))'),
                            imports={"env": {"f": f}})  # fmt: skip
    del f, thing
    collect()
    runtime._store.objects.drop_dead()
    collect()
    assert reference() is None
    assert len(_objects._owners) == owned


def resident_kib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_memory_stays_flat():
    source = wat(
        """(import "env" "f" (func $f)) (memory (export "memory") 1)
           (func (export "go") (call $f)) (func (export "trap") unreachable)
           (func $g (export "get") (result funcref) (ref.func $g))
           (func (export "id") (param externref) (result externref) (local.get 0))"""
    )

    def fail():
        raise KeyError

    def work(count):
        for _ in range(count):
            with Runtime() as runtime:
                module = runtime.instantiate(source, imports={"env": {"f": fail}})
                module.write_memory(0, bytes(65536))
                for _ in range(20):
                    module.call("get")
                    module.call("id", object())
                    for name in ("go", "trap"):
                        with pytest.raises((KeyError, Exception)):
                            module.call(name)

    cpython = sys.implementation.name == "cpython"
    work(30 if cpython else 150)  # PyPy's compiler takes memory for a while
    collect()
    before = resident_kib()
    work(150)
    collect()
    # If memories leaked, it would be 9600; what is small leaks more often.
    assert resident_kib() - before < (4096 if cpython else 8192)


def test_calls_in_many_threads_each_with_its_own_runtime():
    failures = []

    def work():
        with Runtime() as runtime:
            module = runtime.instantiate(
                wat('(func (export "add") (param i32 i32) (result i32) '
                    "(i32.add (local.get 0) (local.get 1)))")
            )  # fmt: skip
            for i in range(3000):
                if module.call("add", i, 1) != [i + 1]:
                    failures.append(i)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_a_second_thread_is_refused():
    """And gets its error at once, while the first one's call goes on."""
    with Runtime() as runtime:
        module = runtime.instantiate(
            wat('(func (export "loop") (loop $l (br $l))) (func (export "f"))')
        )
        module.call("f")
        errors = []

        def loop():
            try:
                module.call("loop", timeout_ms=1000)
            except TimeoutError as error:
                errors.append(error)

        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.2)
        for use in (lambda: module.call("f"), lambda: runtime.instantiate(wat(""))):
            with pytest.raises(EpsilonUsageError, match="thread") as caught:
                use()
            assert caught.value.kind == "misuse"
        assert thread.is_alive()
        thread.join(30)
        assert len(errors) == 1
        assert module.call("f") == []


def test_dropping_on_another_thread_during_a_call():
    """Handles are given up while their runtime is busy."""
    with Runtime() as runtime:
        module = runtime.instantiate(
            wat(
                """(func (export "loop") (loop $l (br $l)))
                   (func $g (export "get") (result funcref) (ref.func $g))"""
            )
        )
        others = [runtime.instantiate(wat(HOLDER)) for _ in range(20)]
        for other in others:
            other.call("put", 0, Thing())
        funcs = [module.call("get")[0] for _ in range(20)]

        def loop():
            with pytest.raises(TimeoutError):
                module.call("loop", timeout_ms=300)

        thread = threading.Thread(target=loop)
        thread.start()
        time.sleep(0.05)
        while others:
            others.pop().close()
            funcs.pop()
        collect()
        thread.join(30)
        assert module.call("get")


def test_closing_on_another_thread_during_a_call():
    runtime = Runtime()
    module = runtime.instantiate(wat('(func (export "loop") (loop $l (br $l)))'))
    seen = []

    def loop():
        try:
            module.call("loop", timeout_ms=300)
        except BaseException as error:
            seen.append(type(error).__name__)

    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(0.05)
    runtime.close()
    collect()
    thread.join(30)
    assert seen == ["EpsilonTimeoutError"]


def run(code):
    """Runs a program of its own and gives what it prints; it must end well and in silence."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(code)],
        capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()


PROGRAM = f"""
import gc, sys, threading, weakref
import epsilon
holder = {wat(HOLDER)!r}
caller = {wat(NULLARY)!r}
class Thing: pass
class Loud:
    def __del__(self): print("dropped")
"""


@pytest.mark.parametrize(
    "code",
    [
        # everything is a global at the end
        """
        runtime = epsilon.Runtime()
        module = runtime.instantiate(caller, imports={"env": {"f": lambda: None}})
        module.call("go")
        holding = runtime.instantiate(holder)
        holding.call("put", 0, Loud())
        """,
        # in a cycle, which the collector finds late
        """
        gc.disable()
        thing = Thing()
        thing.runtime = epsilon.Runtime()
        thing.module = thing.runtime.instantiate(caller, imports={"env": {"f": lambda: thing}})
        thing.holder = thing.runtime.instantiate(holder)
        thing.holder.call("put", 0, thing)
        thing.loud = Loud()
        del thing
        """,
        # kept by modules that die after this one
        """
        import builtins, os
        runtime = epsilon.Runtime()
        sys.kept = builtins.kept = os.kept = runtime.instantiate(holder)
        sys.kept.call("put", 0, Loud())
        """,
        # made after the package's own exit handler has run
        """
        import atexit, importlib
        atexit.unregister(epsilon._store._close_all)
        def late():
            global runtime, module
            runtime = epsilon.Runtime()
            module = runtime.instantiate(holder)
            module.call("put", 0, Loud())
        atexit.register(late)
        """,
        # an exception that is still there
        """
        def f(): raise ValueError
        runtime = epsilon.Runtime()
        module = runtime.instantiate(caller, imports={"env": {"f": f}})
        loud = Loud()
        try:
            module.call("go")
        except ValueError as error:
            kept = error
        """,
        # the last reference dies on another thread
        """
        def work(box):
            box.pop()
            gc.collect()
        runtime = epsilon.Runtime()
        module = runtime.instantiate(holder)
        module.call("put", 0, Loud())
        box = [(runtime, module)]
        del runtime, module
        thread = threading.Thread(target=work, args=(box,))
        thread.start()
        thread.join()
        """,
    ],
)
def test_the_end_of_the_interpreter(code):
    # PyPy ends without finalising anything.
    ends = ("dropped\n",) if sys.implementation.name == "cpython" else ("dropped\n", "")
    assert run(PROGRAM + textwrap.dedent(code)) in ends


def test_a_daemon_thread_in_a_call_at_the_end_of_the_interpreter():
    code = f"""
    import threading, time
    import epsilon
    source = {wat('(func (export "loop") (loop $l (br $l)))')!r}
    def work():
        epsilon.Runtime().instantiate(source).call("loop")
    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.2)
    print("end")
    """
    assert run(code) == "end\n"


def test_import_without_the_library():
    code = """
    import os
    os.environ["EPSILON_LIBRARY"] = "/nowhere/libepsilon.so"
    try:
        import epsilon
    except ImportError as error:
        print(error)
    """
    assert "/nowhere/libepsilon.so" in run(code)
    assert "EPSILON_LIBRARY" in run(code)


def test_import_with_another_library():
    code = """
    import ctypes.util, os
    os.environ["EPSILON_LIBRARY"] = ctypes.util.find_library("c")
    try:
        import epsilon
    except ImportError as error:
        print(error)
    """
    assert "is not Epsilon's library" in run(code)


def test_what_is_closed_counts_no_more():
    """At once, on every Python: its memories and tables are given back when the module is closed,
    whatever was done with them from Python."""
    source = wat('(memory (export "memory") 2) (table (export "t") 2 externref)'
                 '(global (export "g") (mut externref) (ref.null extern))')  # fmt: skip
    with Runtime(max_memories=2, max_tables=2, max_instances=2) as runtime:
        for i in range(60):
            module = runtime.instantiate(source)
            memory, table, value = (module.exports[n] for n in ("memory", "t", "g"))
            module.write_memory(0, b"text")
            assert (memory.read(0, 4), memory[0], memory.read_u8(1)) == (b"text", 116, 101)
            memory[1:3] = b"ab"
            table[0] = value.value = i
            assert table[0] == value.value == i
            assert list(table) == [i, None]
            module.close()


@pytest.mark.parametrize("explicit", [False, True])
def test_closing_on_another_thread_while_methods_run(explicit):
    """Of memories, tables and globals: right, closed or busy, and never a look at what is gone."""
    source = wat('(memory (export "memory") 2) (table (export "t") 2 externref)'
                 '(global (export "g") (mut externref) (ref.null extern))')  # fmt: skip
    current = []
    failures = []
    done = threading.Event()
    expected = ("Module is closed", "the runtime is in use by another thread")

    def work():
        while not done.is_set():
            memory, table, value = current[-1]
            try:
                memory.write_u32(8, 7)
                seen = [memory.read_u32(8), memory[8], memory.read(8, 4)[0], memory[8:9][0]]
                table[0] = value.value = "x"
                if seen != [7] * 4 or table[0] != value.value:
                    failures.append(seen)
            except EpsilonUsageError as error:
                if str(error) not in expected:
                    failures.append(error)
            except BaseException as error:
                failures.append(error)

    with Runtime(explicit_checks=explicit) as runtime:

        def make():
            module = runtime.instantiate(source)
            current.append([module.exports[n] for n in ("memory", "t", "g")])
            return module

        module = make()
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try:
                newer = make()
            except EpsilonUsageError as error:
                assert str(error) == expected[1]
            else:
                module.close()
                module = newer
                current[:-1] = []
        done.set()
        for thread in threads:
            thread.join(60)
    assert failures == []

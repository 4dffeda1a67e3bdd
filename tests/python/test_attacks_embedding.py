# SPDX-License-Identifier: Apache-2.0
"""The attack checklist, third part: at the border to the embedder. A test per row; its comment
names the guard. See test_attacks_binary.py; rows 9, 10, 22, 25, 27 and 28 are in
tests/capi/attacks.c too.
"""

import gc
import os
import subprocess
import sys
import textwrap
import threading
import time
import weakref

import pytest
from binary import DATA, ELEMENTS, FUNCREF, I32, MEMORIES, TABLES, module, name, section, vec
from epsilon import (
    EpsilonError,
    EpsilonLimitError,
    EpsilonTimeoutError,
    EpsilonTrapError,
    EpsilonUsageError,
    Runtime,
)
from wat import wat

MEMORY = "out of bounds memory access"
TABLE = "out of bounds table access"


def traps(trap, call, *args):
    with pytest.raises(EpsilonTrapError) as caught:
        call(*args)
    assert caught.value.trap == trap


# Row 9 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "results, returned",
    [
        ("", 1), ("", ()), ("i32", None), ("i32", ()), ("i32", (1, 2)), ("i32", "1"), ("i32", 1.0),
        ("i32", 2**32), ("i32", -(2**31) - 1), ("i64", 2**64), ("f32", "x"), ("f64", None),
        ("v128", b"short"), ("v128", 5), ("funcref", 1), ("funcref", object()), ("funcref", print),
        ("i32 i32", 1), ("i32 i32", (1,)), ("i32 i32", (1, 2, 3)), ("i32 i32", ("a", "b")),
        ("i32 i32", "ab"), ("i32 i32", {1: 1, 2: 2}), ("i32 funcref", (1, 2)),
    ],
)  # fmt: skip
def test_row_09_host_functions_return_what_their_type_says(load, results, returned):
    """Guard: HostFunction.call in epsilon/_host.py, by count, type and range."""
    after = []
    instance = load(
        f"""
        (import "env" "f" (func $f (result {results})))
        (import "env" "after" (func $after))
        (func (export "go") (result {results}) (call $f) (call $after))
        """,
        imports={"env": {"f": lambda: returned, "after": lambda: after.append(1)}},
    )
    with pytest.raises(EpsilonUsageError, match="env.f"):
        instance.call("go")
    assert after == []


@pytest.mark.parametrize("type_", ["i32", "i64", "f32", "f64", "v128", "funcref"])
def test_row_09_arguments_are_of_the_type(load, type_):
    """Guard: write_value() in epsilon/_func.py. Nothing is called for a wrong one; a number is
    never taken for a reference."""
    called = []
    instance = load(
        f"""
        (import "env" "f" (func $f))
        (func (export "go") (param {type_}) (call $f))
        (global (export "g") (mut {type_}) ({
            "ref.null func"
            if type_ == "funcref"
            else "v128.const i64x2 0 0"
            if type_ == "v128"
            else type_ + ".const 0"
        }))
        """,
        imports={"env": {"f": lambda: called.append(1)}},
    )
    wrong = ["text", object(), [1], b"123", print, 1j]
    wrong += [0, 1, 2**64 - 1, 0x7F0000000000] if type_ == "funcref" else []
    wrong += [None] if type_ != "funcref" else []
    for value in wrong:
        with pytest.raises(EpsilonUsageError):
            instance.call("go", value)
        with pytest.raises(EpsilonUsageError):
            instance.call_typed("go", [(value, type_)])
        with pytest.raises(EpsilonUsageError):
            instance.set_global("g", value)
    assert called == []


# Row 10 ----------------------------------------------------------------------------------------


def test_row_10_objects_of_another_runtime_are_refused(runtime):
    """Guards: the comparison of stores in _encode_reference() and in _use() of _imports.py, and
    foreign() in capi/imports.cpp behind them."""
    text = wat(
        """
        (global (export "g") (mut funcref) (ref.null func))
        (memory (export "memory") 1)
        (func $f (export "get") (result funcref) (ref.func $f))
        (func (export "take") (param funcref))
        """
    )
    with Runtime() as other:
        foreign = other.instantiate(text)
        (func,) = foreign.call("get")
        own = runtime.instantiate(text)
        for use in (
            lambda: own.call("take", func),
            lambda: own.call_typed("take", [(func, "funcref")]),
            lambda: own.set_global("g", func),
            lambda: runtime.instantiate(
                wat('(import "m" "get" (func (result funcref)))'), imports={"m": foreign}
            ),
            lambda: runtime.instantiate(
                wat('(import "m" "get" (func (result funcref)))'), imports={"m": {"get": func}}
            ),
            lambda: runtime.instantiate(
                wat('(import "m" "memory" (memory 1))'), imports={"m": foreign}
            ),
        ):
            with pytest.raises(EpsilonUsageError, match="another Runtime"):
                use()
        assert own.get_global("g") is None
        # From a host function as well.
        giving = runtime.instantiate(
            wat('(import "m" "f" (func (result funcref))) (func (export "go") (drop (call 0)))'),
            imports={"m": {"f": lambda: func}},
        )
        with pytest.raises(EpsilonUsageError, match="another Runtime"):
            giving.call("go")


def test_row_10_closed_objects_are_refused(runtime):
    """Guard: _check_open() before every use; closing twice is nothing."""
    instance = runtime.instantiate(
        wat('(memory (export "memory") 1) (func $f (export "get") (result funcref) (ref.func $f))')
    )
    (func,) = instance.call("get")
    instance.close()
    instance.close()
    with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
        instance.call("get")
    with pytest.raises(EpsilonUsageError, match=r"^imports\['m'\]: Module is closed$"):
        runtime.instantiate(wat('(import "m" "memory" (memory 1))'), imports={"m": instance})
    assert func()() == func()  # a function of its own lives on
    runtime.close()
    runtime.close()
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        func()


def test_row_10_types_are_compared_by_structure_across_modules(runtime):
    """The same type has another index in each module, and other types the same. Guard:
    TypeHandle, whose numbers are the process's, in look_up() and in matching."""
    maker = runtime.instantiate(
        wat(
            """
            (type (func)) (type $ii (func (param i32) (result i32)))
            (table (export "table") 3 funcref)
            (func $double (type $ii) (i32.mul (local.get 0) (i32.const 2)))
            (func $nothing)
            (elem (i32.const 0) $double $nothing)
            """
        )
    )
    user = runtime.instantiate(
        wat(
            """
            (type $ii (func (param i32) (result i32)))
            (type $ll (func (param i64) (result i64)))
            (type $none (func))
            (import "m" "table" (table 3 funcref))
            (func (export "ii") (param i32) (result i32)
              (call_indirect (type $ii) (i32.const 5) (local.get 0)))
            (func (export "ll") (param i32) (result i64)
              (call_indirect (type $ll) (i64.const 5) (local.get 0)))
            (func (export "none") (param i32) (call_indirect (type $none) (local.get 0)))
            """
        ),
        imports={"m": maker},
    )
    assert user.call("ii", 0) == [10]
    assert user.call("none", 1) == []
    for wrong in (("ii", 1), ("ll", 0), ("ll", 1), ("none", 0)):
        traps("indirect call type mismatch", user.call, *wrong)
    maker.close()
    del maker
    gc.collect()
    assert user.call("ii", 0) == [10]


# Row 12 ----------------------------------------------------------------------------------------

GROWING = """
(memory (export "memory") 1) (table $t (export "table") 1 {reference})
(func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
(func (export "memory.size") (result i32) (memory.size))
(func (export "table.grow") (param i32) (result i32)
  (table.grow $t (ref.null {null}) (local.get 0)))
(func (export "table.size") (result i32) (table.size $t))
"""
FUNCTIONS_TABLE = GROWING.format(reference="funcref", null="func")


@pytest.mark.parametrize("options", [{}, {"explicit_checks": True}])
def test_row_12_growth_obeys_caps(options):
    """Without a declared maximum too, from inside and from outside. Guards: Memory::grow against
    max_pages_ and Store::reserve_memory_bytes; Table::grow against max_elements_."""
    with Runtime(3, max_table_elements=100, **options) as runtime:
        instance = runtime.instantiate(wat(FUNCTIONS_TABLE))
        call = instance.call
        for delta in (3, 65535, 2**31, 2**32 - 1):
            assert call("memory.grow", delta) == [-1]
            with pytest.raises(EpsilonLimitError, match="cannot grow by"):
                instance.grow_memory(delta)
        for delta in (100, 2**31, 2**32 - 1):
            assert call("table.grow", delta) == [-1]
        assert call("memory.grow", 2) == [1]
        assert call("memory.grow", 1) == [-1]
        assert call("memory.grow", 0) == [3]
        assert call("table.grow", 99) == [1]
        assert call("table.grow", 1) == [-1]
        assert call("memory.size") == [3]
        assert call("table.size") == [100]
    with Runtime(max_total_memory_bytes=5 * 65536, **options) as runtime:
        first, second = (runtime.instantiate(wat(FUNCTIONS_TABLE)) for _ in range(2))
        assert first.call("memory.grow", 4) == [-1]
        assert first.call("memory.grow", 2) == [1]
        assert second.call("memory.grow", 1) == [-1] or second.get_memory_size() <= 2
        assert first.get_memory_size() + second.get_memory_size() <= 5


def test_row_12_growth_that_the_host_refuses_is_refused():
    """With no address space left: -1 inside, an error outside, and all goes on. Guards:
    Reservation::commit's and realloc's results in Memory::grow and Table::grow."""
    code = f"""
    import resource
    import epsilon
    for explicit in (False, True):
        runtime = epsilon.Runtime(explicit_checks=explicit)
        module = runtime.instantiate({wat(FUNCTIONS_TABLE)!r}, 0)
        module.call("memory.grow", 1), module.call("table.grow", 1)
        try:
            module.grow_memory(65535)
        except epsilon.EpsilonError:
            pass
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (16 << 20), resource.RLIM_INFINITY))
        size = module.get_memory_size()
        big = module.call("memory.grow", 32768)[0]
        table = module.call("table.grow", 9000000)[0]
        if explicit:
            print(big, table)
        try:
            print(runtime.instantiate({wat("(memory 20000)")!r}, 0) and "made")
        except epsilon.EpsilonNoMemoryError as error:
            print(error.kind)
        module.write_memory(0, b"fine")
        assert module.get_memory_size() == (size if big == -1 else size + 32768)
        print(module.read_memory(0, 4), module.call("table.size"))
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    # A guarded memory's address space is its own already.
    assert done.stdout.splitlines() == [
        "no-memory", "b'fine' [2]", "-1 -1", "no-memory", "b'fine' [2]",
    ]  # fmt: skip


def test_row_12_a_refused_growth_is_minus_one_in_32_bits(load):
    """The result is an i32, whose upper half nobody sees. Guard: UINT32_MAX in table_grow() and
    memory_grow() of interp/execute.cpp; slots hold an i32 zero-extended."""
    instance = load(
        GROWING.format(reference="externref", null="extern")
        + """
        (func (export "wide table") (result i64)
          (i64.extend_i32_u (table.grow $t (ref.null extern) (i32.const -1))))
        (func (export "wide memory") (result i64)
          (i64.extend_i32_u (memory.grow (i32.const -1))))
        """
    )
    assert instance.call("wide table") == instance.call("wide memory") == [2**32 - 1]


# Row 22 ----------------------------------------------------------------------------------------


class Thing:
    pass


@pytest.mark.parametrize("end", ["trap", "timeout", "exception"])
def test_row_22_references_survive_interrupted_calls(load, end):
    """A call that is stopped in any way leaves what the program holds, and lets go of the rest.
    Guard: the roots of Store::collect_unreachable; frames of ended calls are none."""

    def host():
        raise KeyError

    instance = load(
        """
        (import "env" "f" (func $f))
        (table $t 2 externref)
        (func (export "trap") (param externref externref)
          (table.set $t (i32.const 0) (local.get 0)) (unreachable))
        (func (export "timeout") (param externref externref)
          (table.set $t (i32.const 0) (local.get 0)) (loop $l (br $l)))
        (func (export "exception") (param externref externref)
          (table.set $t (i32.const 0) (local.get 0)) (call $f))
        (func (export "get") (result externref) (table.get $t (i32.const 0)))
        (func (export "clear") (table.set $t (i32.const 0) (ref.null extern)))
        """,
        imports={"env": {"f": host}},
    )
    kept, dropped = Thing(), Thing()
    references = [weakref.ref(kept), weakref.ref(dropped)]
    with pytest.raises((EpsilonTrapError, EpsilonTimeoutError, KeyError)):
        instance.call(end, kept, dropped, timeout_ms=50)
    del kept, dropped
    instance._instance.store.objects.drop_dead()
    gc.collect()
    assert references[0]() is not None
    assert instance.call("get") == [references[0]()]
    instance.call("clear")
    instance.close()
    instance._instance.store.close()
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def test_row_22_functions_outlive_their_module_while_something_refers_to_them(runtime):
    """Guards: owner_of() and Marker::mark_function: a function in a foreign table keeps its
    instance."""
    holder = runtime.instantiate(
        wat(
            """
            (table $t (export "table") 2 funcref) (type $v (func (result i32)))
            (func (export "call") (result i32) (call_indirect (type $v) (i32.const 0)))
            (func (export "clear") (table.set $t (i32.const 0) (ref.null func)))
            """
        )
    )
    for round_ in range(10):
        maker = runtime.instantiate(
            wat(
                """
                (import "m" "table" (table 2 funcref))
                (memory 1) (data (i32.const 0) "\\2a")
                (func $f (result i32)
                  (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
                  (i32.load8_u (i32.const 0)))
                (elem (i32.const 0) $f)
                """
            ),
            imports={"m": holder},
        )
        maker.close()
        del maker
        gc.collect()
        for i in range(20):  # leaving a runtime is when it looks for garbage
            assert holder.call("call") == [43 + i], round_
        holder.call("clear")
        traps("uninitialized element", holder.call, "call")


# Row 23 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"explicit_checks": True}])
def test_row_23_new_memories_are_empty(options):
    """Whatever used the address before, also pages that growth adds. Guard: fresh mappings from the
    system for every memory; what grows in place was never accessible."""
    source = wat('(memory (export "memory") 2 10)')
    with Runtime(**options) as runtime:
        for _ in range(30):
            instance = runtime.instantiate(source)
            assert instance.read_memory(0, 2 * 65536) == bytes(2 * 65536)
            instance.write_memory(0, b"\xa5" * (2 * 65536))
            assert instance.grow_memory(3) == 2
            assert instance.read_memory(2 * 65536, 3 * 65536) == bytes(3 * 65536)
            instance.write_memory(2 * 65536, b"\x5a" * (3 * 65536))
            instance.close()
    with Runtime(**options) as runtime:
        # Tables, globals and locals as well.
        instance = runtime.instantiate(
            wat(
                """
                (table 5000 externref) (global $g (mut i64) (i64.const 0))
                (func (export "dirty") (param i64)
                  (local i64 i64 i64 i64 v128)
                  (local.set 1 (local.get 0)) (local.set 2 (local.get 0))
                  (local.set 3 (local.get 0)) (local.set 4 (local.get 0))
                  (local.set 5 (i64x2.splat (local.get 0))))
                (func (export "clean") (result i64)
                  (local i64 i64 i64 i64 v128)
                  (i64.or (i64.or (i64.or (local.get 0) (local.get 1))
                                  (i64.or (local.get 2) (local.get 3)))
                          (i64.or (i64x2.extract_lane 0 (local.get 4))
                                  (i64x2.extract_lane 1 (local.get 4)))))
                (func (export "table") (result i32) (local i32)
                  (loop $l
                    (if (i32.eqz (ref.is_null (table.get (local.get 0)))) (then (unreachable)))
                    (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                                        (i32.const 5000))))
                  (local.get 0))
                """
            )
        )
        for value in (-1, 2**62, 12345):
            instance.call("dirty", value)
            assert instance.call("clean") == [0]
        assert instance.call("table") == [5000]


def partly_built(*, offset_of_data=b"\x41\0", offset_of_elements=b"\x41\0"):
    """Imports a table and a memory, has its own as well, and writes to them in order."""
    return module(
        section(1, vec(b"\x60\0\0")),
        section(2, vec(name("m") + name("table") + bytes([1, FUNCREF, 0, 0]),
                       name("m") + name("memory") + b"\x02\0\0")),
        section(3, vec(b"\0")),
        section(TABLES, vec(bytes([FUNCREF]) + b"\0\x05")),
        section(MEMORIES, vec(b"\0\x01")),
        section(6, vec(bytes([I32]) + b"\0\x41\0\x0b")),
        section(ELEMENTS, vec(b"\0\x41\0\x0b" + vec(b"\0"),
                              b"\0" + offset_of_elements + b"\x0b" + vec(b"\0"))),
        section(10, vec(b"\x02\0\x0b")),
        section(DATA, vec(b"\0\x41\x04\x0b\x02hi", b"\0" + offset_of_data + b"\x0b\x01!")),
    )  # fmt: skip


def test_row_23_partly_built_instances_drop_cleanly(runtime):
    """What they wrote into what they imported stays, and works; the rest is gone. Guards:
    Instantiation::Handle, and references that keep the instance."""
    shared = runtime.instantiate(
        wat(
            """
            (table (export "table") 3 funcref) (memory (export "memory") 1)
            (func (export "call") (call_indirect (i32.const 0)))
            (func (export "clear") (table.set (i32.const 0) (ref.null func)))
            """
        )
    )
    for _ in range(10):
        traps("uninitialized element", shared.call, "call")
        with pytest.raises(EpsilonTrapError, match=f"^{TABLE}"):
            runtime.instantiate(partly_built(offset_of_elements=b"\x41\x7f"), imports={"m": shared})
        assert shared.call("call") == []
        assert shared.read_memory(4, 2) == bytes(2)
        with pytest.raises(EpsilonTrapError, match=f"^{MEMORY}"):
            runtime.instantiate(partly_built(offset_of_data=b"\x41\x7f"), imports={"m": shared})
        assert shared.read_memory(4, 2) == b"hi"
        gc.collect()
        assert shared.call("call") == []
        shared.call("clear")
        shared.write_memory(4, bytes(2))
    with Runtime(max_instances=2) as small:
        for _ in range(10):  # each of them counts until it is dropped
            with pytest.raises(EpsilonTrapError):
                small.instantiate(wat("(start 0) (func unreachable)"))
        small.instantiate(wat(""))


@pytest.mark.parametrize("options", [{}, {"explicit_checks": True}])
def test_row_23_an_empty_memory(options):
    """Of no pages: every access of any kind is outside, and it can grow. Guard: no_bytes in
    runtime/memory.cpp is 0 bytes long."""
    with Runtime(**options) as runtime:
        instance = runtime.instantiate(
            wat(
                """
                (memory (export "memory") 0)
                (func (export "load") (param i32) (drop (i32.load8_u (local.get 0))))
                (func (export "store") (param i32) (i64.store (local.get 0) (i64.const 1)))
                (func (export "vector") (param i32) (drop (v128.load (local.get 0))))
                (func (export "fill") (param i32)
                  (memory.fill (local.get 0) (i32.const 1) (i32.const 1)))
                (func (export "nothing") (param i32)
                  (memory.fill (local.get 0) (i32.const 1) (i32.const 0)))
                """
            )
        )
        for access in ("load", "store", "vector", "fill"):
            for address in (0, 1, 15, 2**31, -1):
                traps(MEMORY, instance.call, access, address)
        assert instance.call("nothing", 0) == []
        traps(MEMORY, instance.call, "nothing", 1)
        assert instance.read_memory(0, 0) == b""
        with pytest.raises(EpsilonUsageError):
            instance.read_memory(0, 1)
        assert instance.grow_memory(1) == 0
        assert instance.call("store", 65528) == []
        traps(MEMORY, instance.call, "store", 65529)


# Row 24 ----------------------------------------------------------------------------------------


def test_row_24_bulk_instructions_check_before_they_write(load):
    """Ranges that begin inside and end outside write nothing at all, in both directions of an
    overlapping copy too. Guard: is_within() comes first in every function of runtime/bulk.cpp."""
    instance = load(
        """
        (memory (export "memory") 1) (data $d "0123456789")
        (table $t (export "table") 10 externref)
        (table $f 10 funcref) (elem $e func $null $null) (func $null)
        (func (export "fill") (param i32 i32)
          (memory.fill (local.get 0) (i32.const 255) (local.get 1)))
        (func (export "copy") (param i32 i32 i32)
          (memory.copy (local.get 0) (local.get 1) (local.get 2)))
        (func (export "init") (param i32 i32 i32)
          (memory.init $d (local.get 0) (local.get 1) (local.get 2)))
        (func (export "table fill") (param i32 externref i32)
          (table.fill $t (local.get 0) (local.get 1) (local.get 2)))
        (func (export "table copy") (param i32 i32 i32)
          (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
        (func (export "table init") (param i32 i32 i32)
          (table.init $f $e (local.get 0) (local.get 1) (local.get 2)))
        (func (export "get") (param i32) (result externref) (table.get $t (local.get 0)))
        (func (export "is_null") (param i32) (result i32)
          (ref.is_null (table.get $f (local.get 0))))
        """
    )
    size = 65536
    pattern = bytes(range(256)) * (size // 256)
    instance.write_memory(0, pattern)
    call = instance.call
    for args in ((0, size + 1), (size - 100, 101), (1, 2**32 - 1)):
        traps(MEMORY, call, "fill", *args)
    for args in ((0, 1, size), (1, 0, size), (size - 10, 0, 11), (0, size - 10, 11)):
        traps(MEMORY, call, "copy", *args)
    for args in ((0, 0, 11), (size - 5, 0, 6), (0, 5, 6)):
        traps(MEMORY, call, "init", *args)
    assert instance.read_memory(0, size) == pattern
    things = [Thing() for _ in range(10)]
    for i, thing in enumerate(things):
        call("table fill", i, thing, 1)
    traps(TABLE, call, "table fill", 5, None, 6)
    for args in ((0, 1, 10), (1, 0, 10), (5, 0, 6), (0, 5, 6)):
        traps(TABLE, call, "table copy", *args)
    assert [call("get", i)[0] for i in range(10)] == things
    for args in ((9, 0, 2), (0, 1, 2), (0, 0, 3)):
        traps(TABLE, call, "table init", *args)
    assert [call("is_null", i)[0] for i in range(10)] == [1] * 10


def test_row_24_a_stopped_bulk_instruction_leaves_a_prefix(runtime):
    """Or has done nothing or everything: never something else, and no host function is called in
    the middle. Guard: stops are only seen between instructions or chunks."""
    pages = 256
    size = pages * 65536
    instance = runtime.instantiate(
        wat(
            f"""
            (memory (export "memory") {pages})
            (func (export "fill") (param i32)
              (loop $l
                (memory.fill (i32.const 0) (local.get 0) (i32.const {size}))
                (br $l)))
            """
        )
    )
    previous = 0
    for value in range(1, 6):
        with pytest.raises(EpsilonTimeoutError):
            instance.call("fill", value, timeout_ms=3 * value)
        data = instance.read_memory(0, size)
        filled = len(data) - len(data.lstrip(bytes([value])))
        assert data[filled:] == bytes([previous]) * (size - filled)
        instance.write_memory(0, bytes([value]) * size)
        previous = value


# Row 27 ----------------------------------------------------------------------------------------


def test_row_27_compiling_calling_and_closing_at_the_same_time(runtime):
    """Types interned by all threads, code of one module compiled and dropped by all. Guards: the
    lock in TypeHandle and the shared ownership of ModuleCells; under ThreadSanitizer in
    tests/capi/attacks.c."""
    sources = [
        wat(f'(func (export "f") (param {"i32 " * n}) (result i32) (i32.const {n}))')
        for n in range(12)
    ]
    failures = []

    def work(first):
        try:
            for round_ in range(15):
                with Runtime() as own:
                    for n in range(12):
                        n = (first + n) % 12
                        instance = own.instantiate(sources[n])
                        if instance.call("f", *range(n)) != [n]:
                            failures.append((round_, n))
                        if n % 3 == 0:
                            instance.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(3 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_row_27_a_second_thread_never_gets_in(load):
    """While calls come and go: either it works or it is refused. Guard: Store::enter()."""
    instance = load(
        """
        (global $inside (mut i32) (i32.const 0))
        (func (export "f") (result i32) (local i32)
          (if (global.get $inside) (then (unreachable)))
          (global.set $inside (i32.const 1))
          (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                                       (i32.const 3000))))
          (global.set $inside (i32.const 0))
          (local.get 0))
        """
    )
    outcomes = {"ok": 0, "refused": 0}
    failures = []

    def work():
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try:
                assert instance.call("f") == [3000]
                outcomes["ok"] += 1
            except EpsilonUsageError as error:
                outcomes["refused"] += 1
                if str(error) != "the runtime is in use by another thread":
                    failures.append(error)
            except EpsilonError as error:
                failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert outcomes["ok"] > 0


# Row 28 ----------------------------------------------------------------------------------------


def test_row_28_lengths_beyond_32_bits(load):
    """Guard: sizes cross the C API as size_t and uint64_t, and are compared without a sum that
    wraps, in Memory::read, and in Memory._range of epsilon/_memory.py."""
    instance = load('(memory (export "memory") 1)')
    for offset, length in [
        (2**32, 1), (0, 2**32), (2**32, 2**32), (2**63, 1), (2**64 - 1, 1), (1, 2**64 - 1),
        (2**64, 1), (2**64, 2**64), (0, 2**31), (2**31, 2**31), (65536, 1), (65535, 2),
    ]:  # fmt: skip
        with pytest.raises(EpsilonUsageError, match="^out of bounds memory access"):
            instance.read_memory(offset, length)
        with pytest.raises(EpsilonUsageError, match="^out of bounds memory access"):
            instance.write_memory(offset if offset > 65535 else 65536, b"12")
    for pages in (2**32, 2**48, 2**64 - 1):
        with pytest.raises(EpsilonLimitError):
            instance.grow_memory(pages)
    with pytest.raises(EpsilonUsageError):
        instance.grow_memory(2**64)
    assert instance.get_memory_size() == 1

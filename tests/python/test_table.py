# SPDX-License-Identifier: Apache-2.0
"""Table objects: functions and any Python objects, by number."""

import copy
import gc
import threading
import time
import weakref

import pytest
from epsilon import EpsilonLimitError, EpsilonTrapError, EpsilonUsageError, Runtime, TableType
from wat import wat

CALLER = """
(import "env" "t" (table $t 1 funcref))
(type $ii (func (param i32) (result i32)))
(export "table" (table $t)) (export "again" (table $t))
(table (export "other") 1 externref)
(func $double (export "double") (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
(func (export "call") (param i32 i32) (result i32)
  (call_indirect $t (type $ii) (local.get 1) (local.get 0)))
(func (export "grow") (param i32) (result i32)
  (table.grow $t (ref.null func) (local.get 0)))
"""


class Thing:
    pass


class Index:
    def __init__(self, value, action=lambda: None):
        self.value, self.action = value, action

    def __index__(self):
        self.action()
        return self.value


def collect():
    for _ in range(3):
        gc.collect()


def test_type_and_size(runtime):
    table = runtime.table("externref", 2, 5)
    assert table.type == TableType("externref", 2, 5)
    assert (table.size, len(table)) == (2, 2)
    assert repr(table) == "<epsilon.Table of 2 externref, at most 5>"
    assert table.grow(1) == 2
    assert table.type == TableType("externref", 3, 5)
    empty = runtime.table()
    assert empty.type == TableType("funcref", 0, None)
    assert repr(empty) == "<epsilon.Table of 0 funcref>"
    assert list(empty) == []
    assert empty


def test_any_object_is_an_externref(runtime):
    thing = Thing()
    table = runtime.table("externref", 3, init=thing)
    assert list(table) == [thing] * 3
    for value in (thing, 5, "text", b"bytes", [1], {}, 1.5, print, Thing, False, 0, runtime, table):
        table[1] = value
        assert table[1] is value
        table.set(1, value)
        assert table.get(1) is value
    table[1] = None
    assert table[1] is None
    assert table[-1] is thing
    table[-1] = "last"
    assert table[2] == "last"
    assert "last" in table
    assert table.grow(2, "new") == 3
    assert list(table)[3:] == ["new", "new"]
    assert table.grow(Index(0), None) == 5


def test_functions(runtime):
    table = runtime.table("funcref", 3)
    module = runtime.instantiate(wat(CALLER), imports={"env": {"t": table}})
    double = module.exports["double"]
    table[1] = double
    table.set(Index(2), runtime.func(lambda n: n * 3, ["i32"], ["i32"]))
    assert (table[0], table[1], table.get(1)) == (None, double, double)
    assert table[1](21) == 42
    assert table[2](5) == 15
    assert module.call("call", 1, 4) == [8]
    assert module.call("call", 2, 4) == [12]
    table[1], table[2] = table[2], table[1]
    assert module.call("call", 1, 4) == [12]
    table[1] = None
    with pytest.raises(EpsilonTrapError, match="^uninitialized element"):
        module.call("call", 1, 4)
    assert table.grow(2, double) == 3
    assert module.call("call", 4, 4) == [8]
    assert module.call("grow", 1) == [5]
    assert (len(table), table[5], table[-1]) == (6, None, None)
    assert [func and func.name for func in table] == [
        None,
        None,
        "double",
        "double",
        "double",
        None,
    ]
    # The type is not the table's matter, but the call's.
    table[0] = runtime.func(lambda: None, [], [])
    with pytest.raises(EpsilonTrapError, match="^indirect call type mismatch"):
        module.call("call", 0, 4)


@pytest.mark.parametrize("index", [3, -1, 2**32, 2**64, -(2**64), 1 << 400])
def test_methods_outside(runtime, index):
    table = runtime.table("externref", 3)
    message = "^out of bounds table access: index .*, the table has 3 elements$"
    for use in (lambda: table.get(index), lambda: table.set(index, 1)):
        with pytest.raises(ValueError, match=message) as caught:
            use()
        assert isinstance(caught.value, EpsilonUsageError)
        assert not isinstance(caught.value, IndexError)


@pytest.mark.parametrize("index", [3, -4, 2**32, 2**64, -(2**64)])
def test_indices_outside(runtime, index):
    table = runtime.table("externref", 3)
    for use in (lambda: table[index], lambda: table.__setitem__(index, 1)):
        with pytest.raises(IndexError, match=f"^out of bounds table access: index {index}, ") as c:
            use()
        assert isinstance(c.value, EpsilonUsageError)
    with pytest.raises(
        IndexError, match="^out of bounds table access: index 0, the table has 0 el"
    ):
        runtime.table()[0]


@pytest.mark.parametrize("index", [1.0, "1", None, slice(0, 1)])
def test_what_is_no_index(runtime, index):
    table = runtime.table("externref", 3)
    for use in (lambda: table[index], lambda: table.__setitem__(index, 1)):
        with pytest.raises(TypeError, match="^table indices must be integers, not ") as caught:
            use()
        assert isinstance(caught.value, EpsilonUsageError)
    for use in (lambda: table.get(index), lambda: table.set(index, 1)):
        with pytest.raises(TypeError, match="^index must be an integer, not ") as caught:
            use()
        assert isinstance(caught.value, EpsilonUsageError)


def test_what_is_no_function(runtime):
    table = runtime.table("funcref", 2)
    message = r"^table element \(funcref\): expected a Func or None"
    with Runtime() as other:
        foreign = other.func(print, [], [])
        for wrong in (print, 5, "f", Thing(), lambda: None, 0):
            for use in (
                lambda: table.__setitem__(0, wrong),  # noqa: B023
                lambda: table.set(0, wrong),  # noqa: B023
                lambda: table.grow(1, wrong),  # noqa: B023
                lambda: runtime.table("funcref", 1, init=wrong),  # noqa: B023
            ):
                with pytest.raises(EpsilonUsageError, match=message):
                    use()
        for use in (
            lambda: table.__setitem__(0, foreign), lambda: table.grow(1, foreign),
            lambda: runtime.table("funcref", 1, init=foreign),
        ):  # fmt: skip
            with pytest.raises(EpsilonUsageError, match="another Runtime"):
                use()
    assert list(table) == [None, None]


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (("i32",), ValueError, "^element must be 'funcref' or 'externref', not 'i32'$"),
        (("",), ValueError, "^element must be 'funcref' or 'externref', not ''$"),
        ((5,), TypeError, "^element must be str, not int$"),
        (("funcref", -1), ValueError, "^minimum must not be negative: -1$"),
        (("funcref", 1.0), TypeError, "^minimum must be an integer, not float$"),
        (("funcref", 0, "1"), TypeError, "^maximum must be an integer, not str$"),
        (("funcref", 2, 1), EpsilonUsageError, "^size minimum must not be greater than maximum$"),
        (
            ("funcref", 2**32),
            EpsilonUsageError,
            "^table size is 4294967296 elements, which is more",
        ),
        (("funcref", 0, 2**64), OverflowError, "^maximum is too large"),
    ],
)
def test_what_no_table_is_made_of(runtime, arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        runtime.table(*arguments)
    assert isinstance(caught.value, EpsilonUsageError)


def test_caps():
    with Runtime(max_table_elements=10, max_tables=2) as runtime:
        with pytest.raises(EpsilonLimitError):
            runtime.table("funcref", 11)
        table = runtime.table("externref", 8)
        with pytest.raises(EpsilonLimitError, match="cannot grow by 3"):
            table.grow(3, "x")
        assert table.grow(2, "x") == 8
        assert list(table) == [None] * 8 + ["x"] * 2
        other = runtime.table()
        with pytest.raises(EpsilonLimitError):
            runtime.table()
        del other
        with pytest.raises(EpsilonLimitError):
            runtime.table("funcref", 0, 5).grow(6)
    with Runtime(max_total_memory_bytes=8 * 100) as runtime:
        table = runtime.table("externref", 60)
        with pytest.raises(EpsilonLimitError):
            table.grow(60)
        with pytest.raises(EpsilonLimitError):
            runtime.table("externref", 60)
        assert table.size == 60
    with pytest.raises(ValueError, match="^delta must not be negative: -1$"), Runtime() as runtime:
        runtime.table().grow(-1)


def test_it_is_the_same_table(runtime):
    table = runtime.table("funcref", 1)
    module = runtime.instantiate(wat(CALLER), imports={"env": {"t": table}})
    exported, again, other = (module.exports[n] for n in ("table", "again", "other"))
    assert module.exports["table"] is exported
    assert table == exported == again
    assert table != other
    assert len({table, exported, again, other}) == 2
    assert other.type == TableType("externref", 1, None)


def test_iteration_while_the_table_changes(runtime):
    table = runtime.table("externref", 2, init=0)
    seen = []
    for value in table:
        seen.append(value)
        if len(seen) < 4:
            table.grow(1, len(seen))
    assert seen == [0, 0, 1, 2, 3]


USES = [
    lambda t: t.type, lambda t: t.size, len, lambda t: t.get(0), lambda t: t.set(0, None),
    lambda t: t[0], lambda t: t[-1], lambda t: t.__setitem__(0, None), lambda t: t.grow(0), list,
]  # fmt: skip


def test_closing(runtime):
    own = runtime.table("externref", 1)
    module = runtime.instantiate(wat('(table (export "t") 1 externref)'))
    exported = module.exports["t"]
    for use in USES:
        use(own)
        use(exported)
    module.close()
    for use in USES:
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            use(exported)
    runtime.close()
    for use in USES:
        with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
            use(own)
    assert repr(own) == "<epsilon.Table (closed)>"
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        runtime.table()


def test_closing_while_an_index_is_looked_at():
    for use in (
        lambda t, i: t[i], lambda t, i: t.get(i), lambda t, i: t.set(i, Thing()),
        lambda t, i: t.__setitem__(i, Thing()), lambda t, i: t.grow(i, Thing()),
    ):  # fmt: skip
        runtime = Runtime()
        table = runtime.table("externref", 1)
        with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
            use(table, Index(0, runtime.close))


def test_no_copies(runtime):
    with pytest.raises(TypeError, match="^cannot copy or pickle 'Table' object$"):
        copy.copy(runtime.table())


def test_a_second_thread(runtime):
    module = runtime.instantiate(
        wat('(table (export "t") 1 externref) (func (export "loop") (loop $l (br $l)))')
    )
    table = module.exports["t"]

    def loop():
        with pytest.raises(TimeoutError):
            module.call("loop", timeout_ms=500)

    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(0.15)
    for use in (lambda: table[0], lambda: table.__setitem__(0, 5), lambda: table.grow(1),
                lambda: list(table), lambda: runtime.table()):  # fmt: skip
        with pytest.raises(EpsilonUsageError, match="^the runtime is in use by another thread$"):
            use()
    assert len(table) == 1
    thread.join(30)
    assert table[0] is None


# ---- what tables hold ----------------------------------------------------------------------


def test_objects_live_as_long_as_the_table_holds_them(runtime):
    table = runtime.table("externref", 2)
    thing = Thing()
    reference = weakref.ref(thing)
    table[0] = table[1] = thing
    del thing
    collect()
    assert reference() is not None
    assert table[0] is table[1] is reference()
    table[0] = None
    collect()
    assert table[1] is reference()
    runtime.close()
    collect()
    assert reference() is None


def test_objects_do_not_pile_up(runtime):
    table = runtime.table("externref", 2)
    for i in range(20000):
        table[i % 2] = Thing()
    assert len(runtime._store.objects) < 10000


def test_cycles_through_tables_are_collected():
    """A host function that refers to its Runtime and Module, and an object that holds the module
    whose table holds it: each in a table that Python has and one that only the program has."""

    def make():
        runtime = Runtime()
        thing = Thing()
        thing.runtime = runtime
        functions, objects = runtime.table("funcref", 2), runtime.table("externref", 2)
        thing.tables = (functions, objects)

        def host(n):
            return thing.module.call("double", n)[0] if runtime else 0

        thing.module = runtime.instantiate(wat(CALLER), imports={"env": {"t": functions}})
        functions[0] = runtime.func(host, ["i32"], ["i32"])
        functions[1] = thing.module.exports["double"]
        assert thing.module.call("call", 0, 5) == [10]
        objects[0] = thing
        thing.module.exports["other"][0] = thing
        return [weakref.ref(x) for x in (thing, thing.module, runtime._store, host, *thing.tables)]

    references = make()
    collect()
    assert [reference() for reference in references] == [None] * 6


def test_a_table_keeps_the_runtime(runtime):
    table = Runtime().table("externref", 1)
    collect()
    table[0] = "here"
    assert table[0] == "here"

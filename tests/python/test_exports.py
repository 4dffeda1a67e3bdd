# SPDX-License-Identifier: Apache-2.0
"""Exports as objects, and functions called as Python's are."""

import copy
import decimal
import gc
import pickle
import weakref

import epsilon
import pytest
from epsilon import EpsilonError, EpsilonUsageError, FuncType, Runtime
from wat import wat

TEXT = """
  (memory (export "memory") 1)
  (table (export "table") 2 funcref)
  (global (export "g") (mut i32) (i32.const 7))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "wide") (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
  (func (export "half") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
  (func (export "swap") (param i32 f64) (result f64 i32) (local.get 1) (local.get 0))
  (func (export "nothing"))
  (func (export "five") (result i64) (i64.const 5))
  (func (export "ten") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.sub (local.get 0) (local.get 9)))
  (func (export "v") (param v128) (result v128) (local.get 0))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "spin") (loop $l (br $l)))
  (func (export "get") (result i32) (i32.const 1))
  (func (export "_instance") (result i32) (i32.const 2))
  (func (export "keys") (result i32) (i32.const 3))
  (func (export "a name, with spaces") (result i32) (i32.const 4))
"""


@pytest.fixture
def module():
    with Runtime() as runtime:
        yield runtime.instantiate(wat(TEXT))


@pytest.fixture
def exports(module):
    return module.exports


def test_natural_values(exports):
    assert exports.add(5, 37) == 42
    assert exports["add"](5, 37) == 42
    assert exports.nothing() is None
    assert exports.swap(1, 2.5) == (2.5, 1)
    assert exports.five() == 5
    assert exports.half(3) == 1.5
    assert exports.ten(*range(10)) == -9
    assert exports.v(bytes(range(16))) == bytes(range(16))


def test_they_are_found_by_any_name(exports):
    assert exports.get() == 1
    assert exports["_instance"]() == 2
    assert exports.keys() == 3
    assert exports["a name, with spaces"]() == 4
    assert exports.add is exports.add is exports["add"]
    assert exports.memory is exports["memory"]


def test_iteration(module, exports):
    assert list(exports) == module.get_export_names()
    assert len(exports) == len(module.get_export_names())
    assert "add" in exports and "sub" not in exports and 5 not in exports
    assert "add" in dir(exports) and "a name, with spaces" not in dir(exports)
    assert module.exports is exports
    assert repr(exports).startswith("<epsilon.Exports: memory (memory), table (table), g (global)")
    many = "".join(f'(func (export "f{i}"))' for i in range(30))
    with Runtime() as runtime:
        assert repr(runtime.instantiate(wat(many)).exports).endswith("f19 (func), and 10 more>")


def test_what_is_not_there(exports):
    with pytest.raises(AttributeError, match='^unknown export "sub"$') as caught:
        exports.sub  # noqa: B018
    assert isinstance(caught.value, EpsilonUsageError)
    assert not hasattr(exports, "sub")
    with pytest.raises(KeyError) as caught:
        exports["sub"]
    assert isinstance(caught.value, EpsilonUsageError)
    assert str(caught.value) == 'unknown export "sub"'
    for change in (lambda: setattr(exports, "add", 1), lambda: delattr(exports, "add")):
        with pytest.raises(AttributeError, match="^exports can't be "):
            change()
    assert exports.add(1, 2) == 3
    assert copy.copy(exports) is copy.deepcopy(exports) is exports
    with pytest.raises(TypeError, match="^exports can't be pickled$"):
        pickle.dumps(exports)


def test_what_a_function_says_of_itself(exports):
    add = exports.add
    assert add.type == FuncType(("i32", "i32"), ("i32",))
    assert str(add.type) == "[i32 i32] -> [i32]"
    assert add.__name__ == add.name == "add"
    assert repr(add) == "<epsilon.Func 'add' [i32 i32] -> [i32]>"
    assert type(add).__name__ == type(exports.v).__name__ == "Func"
    assert isinstance(add, epsilon.Func) and isinstance(exports.v, epsilon.Func)


# Every form of call says the same of wrong arguments: integers in the call, numbers by an array,
# more than are written out, and others.
@pytest.mark.parametrize("name, wanted", [
    ("add", "2 arguments (i32, i32)"), ("half", "1 argument (f32)"), ("nothing", "0 arguments"),
    ("swap", "2 arguments (i32, f64)"), ("v", "1 argument (v128)"),
    ("ten", "10 arguments (" + ", ".join(["i32"] * 10) + ")"),
])  # fmt: skip
def test_wrong_counts(exports, name, wanted):
    for count in range(13):
        if wanted.startswith(f"{count} "):
            continue
        with pytest.raises(TypeError) as caught:
            exports[name](*[0] * count)
        assert isinstance(caught.value, EpsilonUsageError)
        assert str(caught.value) == f"{name}: expected {wanted}, got {count}"


@pytest.mark.parametrize("name, args, error, message", [
    ("add", (1 << 32, 0), OverflowError, "parameter 0 (i32): 4294967296 is out of range"),
    ("add", (0, -(1 << 31) - 1), OverflowError, "parameter 1 (i32): -2147483649 is out of range"),
    ("add", (0, 1 << 80), OverflowError, "parameter 1 (i32): 1208925819614629174706176 is out of"),
    ("wide", (1 << 64,), OverflowError, "parameter 0 (i64): 18446744073709551616 is out of range"),
    ("add", (1.0, 0), TypeError, "parameter 0 (i32): expected an integer, got float"),
    ("add", (0, "1"), TypeError, "parameter 1 (i32): expected an integer, got str"),
    ("add", (0, None), TypeError, "parameter 1 (i32): expected an integer, got NoneType"),
    ("add", (decimal.Decimal(1), 0), TypeError, "parameter 0 (i32): expected an integer, got Dec"),
    ("half", ("1",), TypeError, "parameter 0 (f32): expected a number, got str"),
    ("half", (1j,), TypeError, "parameter 0 (f32): expected a number, got complex"),
    ("half", (10**400,), OverflowError, "parameter 0 (f32): the integer is too large for a float"),
    ("swap", (1, None), TypeError, "parameter 1 (f64): expected a number, got NoneType"),
    ("v", (b"short",), ValueError, "parameter 0 (v128): expected 16 bytes, got 5"),
])  # fmt: skip
def test_wrong_arguments(exports, name, args, error, message):
    with pytest.raises(error) as caught:
        exports[name](*args)
    assert isinstance(caught.value, EpsilonUsageError)
    assert str(caught.value).startswith(f"{name}: {message}")


def test_both_ranges(exports):
    assert exports.add(0xFFFFFFFF, 0) == -1
    assert exports.add(-1, 0x80000000) == 0x7FFFFFFF
    assert exports.wide((1 << 64) - 1) == exports.wide(-1) == -1
    assert exports.wide(1 << 63) == 0
    assert exports.add(True, False) == 1

    class Index:
        def __index__(self):
            return 20

    assert exports.add(Index(), Index()) == 40
    assert exports.half(1e300) == float("inf")


def test_numpy_scalars(exports):
    numpy = pytest.importorskip("numpy")
    assert exports.add(numpy.int32(-5), numpy.uint8(7)) == 2
    assert exports.add(numpy.uint32(0xFFFFFFFF), numpy.int64(1)) == 0
    assert exports.wide(numpy.uint64(2**64 - 1)) == -1
    assert exports.half(numpy.float32(3)) == exports.half(numpy.float64(3)) == 1.5
    assert exports.half(numpy.int16(3)) == 1.5
    for wrong in (numpy.float32(1.5), numpy.float64(1), numpy.array([1, 2])):
        with pytest.raises(TypeError, match=r"^add: parameter 0 \(i32\): "):
            exports.add(wrong, 0)


def test_limits_of_one_call(exports):
    with pytest.raises(epsilon.EpsilonTimeoutError):
        exports.spin(timeout_ms=20)
    assert exports.add(1, 2, timeout_ms=1000) == 3
    with pytest.raises(EpsilonUsageError, match="the runtime does not meter"):
        exports.add(1, 2, fuel=5)
    with pytest.raises(TypeError, match="unexpected keyword argument 'c'"):
        exports.add(1, 2, c=3)
    with Runtime(metering=True) as runtime:
        add = runtime.instantiate(wat(TEXT)).exports.add
        assert add(1, 2) == 3
        assert add(1, 2, fuel=5) == 3
        with pytest.raises(epsilon.EpsilonFuelError):
            add(1, 2, fuel=1)


def test_traps(exports):
    for _ in range(3):
        with pytest.raises(epsilon.EpsilonTrapError, match="^integer divide by zero") as caught:
            exports.divide(1, 0)
        assert caught.value.frames[0].func_name == "divide"
        assert exports.divide(-7, 2) == -3


@pytest.mark.parametrize("name, args", [("add", (1, 2)), ("half", (1,)), ("v", (bytes(16),))])
@pytest.mark.parametrize("closed", ["module", "runtime"])
def test_closed(name, args, closed):
    runtime = Runtime()
    module = runtime.instantiate(wat(TEXT))
    exports = module.exports
    func = exports[name]
    func(*args)
    (module if closed == "module" else runtime).close()
    for use in (
        lambda: func(*args),
        lambda: func(*args, timeout_ms=5),
        lambda: func(),
        lambda: exports[name],
        lambda: exports.nothing,
        lambda: list(exports),
        lambda: len(exports),
        lambda: name in exports,
    ):
        with pytest.raises(EpsilonError, match="^Module is closed$"):
            use()
    assert repr(exports) == "<epsilon.Exports (closed)>"
    assert repr(func) == "<epsilon.Func (closed)>"
    dir(exports)


@pytest.mark.parametrize("close", ["module", "runtime"])
@pytest.mark.parametrize("args", [(1, 2), (1.5,)])
def test_closed_by_its_own_host_function(close, args):
    """The call goes on to its end, and the buffer it comes back with is dropped."""
    types = {int: "i32", float: "f64"}
    params = " ".join(types[type(arg)] for arg in args)
    runtime = Runtime()
    module = runtime.instantiate(
        wat(f"""(import "env" "f" (func $f))
            (func (export "go") (param {params}) (result i32) (call $f) (i32.const 3))"""),
        imports={"env": {"f": lambda: {"module": module, "runtime": runtime}[close].close()}},
    )
    go = module.exports.go
    assert go(*args) == 3
    with pytest.raises(EpsilonError, match="^Module is closed$"):
        go(*args)


def test_what_keeps_an_instance():
    """Each of them is dropped without the cycle collector's help."""
    runtime = Runtime()
    gc.disable()
    try:
        exports = runtime.instantiate(wat(TEXT)).exports
        assert exports.add(1, 2) == 3
        instance = weakref.ref(exports._instance)
        add = exports.add
        del exports
        if epsilon._store.REFERENCE_COUNTED:
            assert instance() is None
        assert add(3, 4) == 7
    finally:
        gc.enable()
    runtime.close()
    with pytest.raises(EpsilonError, match="^Module is closed$"):
        add(1, 2)

# SPDX-License-Identifier: Apache-2.0
"""Global objects: every type, both mutabilities, what they hold."""

import copy
import gc
import math
import weakref

import pytest
from epsilon import EpsilonUsageError, GlobalType, Runtime
from wat import wat

USER = """
(import "env" "g" (global $g (mut i32)))
(export "same" (global $g)) (export "again" (global $g))
(global (export "constant") f64 (f64.const 0.5))
(global (export "thing") (mut externref) (ref.null extern))
(func (export "get") (result i32) (global.get $g))
(func (export "set") (param i32) (global.set $g (local.get 0)))
(func $f (export "f") (result i32) (i32.const 6))
"""

VALUES = {
    "i32": [(5, 5), (-1, -1), (2**32 - 1, -1), (-(2**31), -(2**31)), (True, 1)],
    "i64": [(2**63 - 1, 2**63 - 1), (2**64 - 1, -1), (0, 0)],
    "f32": [(1.5, 1.5), (3, 3.0), (1e300, math.inf), (-0.0, -0.0)],
    "f64": [(0.1, 0.1), (2**60, float(2**60))],
    "v128": [(bytes(range(16)), bytes(range(16))), (bytearray(16), bytes(16))],
    "externref": [(None, None), ("text", "text"), (0, 0), ([1], [1])],
    "funcref": [(None, None)],
}
WRONG = {
    "i32": [(2**32, OverflowError), (-(2**31) - 1, OverflowError), (1.0, TypeError),
            ("1", TypeError), (None, TypeError)],
    "i64": [(2**64, OverflowError), (0.5, TypeError)],
    "f32": [("1", TypeError), (None, TypeError)],
    "f64": [(10**400, OverflowError), (1j, TypeError)],
    "v128": [(b"short", ValueError), (5, TypeError)],
    "funcref": [(print, TypeError), (0, TypeError)],
}  # fmt: skip


class Thing:
    pass


class Closing:
    def __init__(self, runtime):
        self.runtime = runtime

    def __index__(self):
        self.runtime.close()
        return 1


@pytest.mark.parametrize("type_", VALUES)
def test_every_type(runtime, type_):
    for given, value in VALUES[type_]:
        constant = runtime.global_(type_, given)
        assert constant.value == constant.get() == value
        assert type(constant.value) is type(value)
        assert constant.type == GlobalType(type_, False)
        assert repr(constant) == f"<epsilon.Global {type_}>"
        variable = runtime.global_(type_, VALUES[type_][0][0], mutable=True)
        variable.value = given
        assert variable.value == value
        variable.set(VALUES[type_][0][0])
        variable.set(given)
        assert variable.get() == value
        assert variable.type == GlobalType(type_, True)
        assert repr(variable) == f"<epsilon.Global (mut {type_})>"
    assert math.copysign(1, runtime.global_("f32", -0.0).value) == -1


@pytest.mark.parametrize("type_", WRONG)
def test_wrong_values(runtime, type_):
    good = VALUES[type_][0]
    variable = runtime.global_(type_, good[0], True)
    for wrong, error in WRONG[type_]:
        for use in (
            lambda: runtime.global_(type_, wrong),  # noqa: B023
            lambda: variable.set(wrong),  # noqa: B023
            lambda: setattr(variable, "value", wrong),  # noqa: B023
        ):
            with pytest.raises(error, match=rf"^global \({type_}\): ") as caught:
                use()
            assert isinstance(caught.value, EpsilonUsageError)
        assert variable.value == good[1]


@pytest.mark.parametrize(
    "type_, error, message",
    [
        ("i33", ValueError, "^Unknown type: i33$"),
        ("", ValueError, "^Unknown type: $"),
        (int, TypeError, "^type must be str, not type$"),
        (None, TypeError, "^type must be str, not NoneType$"),
    ],
)
def test_unknown_types(runtime, type_, error, message):
    with pytest.raises(error, match=message) as caught:
        runtime.global_(type_, 0)
    assert isinstance(caught.value, EpsilonUsageError)


def test_an_immutable_global(runtime):
    constant = runtime.global_("i32", 5)
    for use in (lambda: constant.set(6), lambda: setattr(constant, "value", 6)):
        with pytest.raises(EpsilonUsageError, match="^the global is immutable$"):
            use()
    assert constant.value == 5
    with pytest.raises(AttributeError):
        del constant.value
    module = runtime.instantiate(wat(USER), imports={"env": {"g": runtime.global_("i32", 5, True)}})
    with pytest.raises(EpsilonUsageError, match="^the global is immutable$"):
        module.exports["constant"].value = 1
    assert module.exports["constant"].value == 0.5


def test_the_program_shares_it(runtime):
    shared = runtime.global_("i32", 5, mutable=True)
    module = runtime.instantiate(wat(USER), imports={"env": {"g": shared}})
    assert module.call("get") == [5]
    shared.value = -7
    assert module.call("get") == [-7]
    module.call("set", 9)
    assert shared.value == module.get_global("same") == 9
    module.set_global("again", 10)
    assert shared.get() == 10
    with pytest.raises(EpsilonUsageError, match=r"^global same \(i32\): expected an integer"):
        module.exports["same"].value = "x"


def test_it_is_the_same_global(runtime):
    shared = runtime.global_("i32", 5, mutable=True)
    module = runtime.instantiate(wat(USER), imports={"env": {"g": shared}})
    same, again, other = (module.exports[n] for n in ("same", "again", "constant"))
    assert module.exports["same"] is same
    assert shared == same == again
    assert shared != other
    assert shared != runtime.global_("i32", 5, mutable=True)
    assert len({shared, same, again, other}) == 2


def test_functions(runtime):
    module = runtime.instantiate(wat(USER), imports={"env": {"g": runtime.global_("i32", 0, True)}})
    func = module.exports["f"]
    holder = runtime.global_("funcref", func, mutable=True)
    assert holder.value == func
    assert holder.value() == 6
    holder.value = runtime.func(lambda: 7, [], ["i32"])
    assert holder.value() == 7
    with Runtime() as other, pytest.raises(EpsilonUsageError, match="another Runtime"):
        holder.value = other.func(print, [], [])
    assert holder.value() == 7


USES = [lambda g: g.type, lambda g: g.value, lambda g: g.get(), lambda g: g.set(None),
        lambda g: setattr(g, "value", None)]  # fmt: skip


def test_closing(runtime):
    own = runtime.global_("externref", None, True)
    module = runtime.instantiate(wat('(global (export "g") (mut externref) (ref.null extern))'))
    exported = module.exports["g"]
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
    assert repr(own) == "<epsilon.Global (closed)>"
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        runtime.global_("i32", 5)


def test_closing_while_a_value_is_looked_at():
    for use in (
        lambda r, g: g.set(Closing(r)), lambda r, g: r.global_("i32", Closing(r)),
    ):  # fmt: skip
        runtime = Runtime()
        variable = runtime.global_("i32", 0, True)
        with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
            use(runtime, variable)


def test_no_copies(runtime):
    with pytest.raises(TypeError, match="^cannot copy or pickle 'Global' object$"):
        copy.copy(runtime.global_("i32", 1))


def test_numpy_scalars(runtime):
    numpy = pytest.importorskip("numpy")
    assert runtime.global_("i32", numpy.uint32(2**32 - 1)).value == -1
    assert runtime.global_("i64", numpy.int8(-5)).value == -5
    assert runtime.global_("f32", numpy.float64(0.5)).value == 0.5
    assert runtime.global_("f64", numpy.int64(3)).value == 3.0
    assert runtime.global_("v128", numpy.arange(16, dtype="u1")).value == bytes(range(16))


def test_cycles_through_globals_are_collected():
    """An object that holds the global that holds it, and a host function in one."""

    def make():
        runtime = Runtime()
        thing = Thing()
        shared = runtime.global_("i32", 0, True)
        thing.module = runtime.instantiate(wat(USER), imports={"env": {"g": shared}})
        thing.own = runtime.global_("externref", thing, True)
        thing.constant = runtime.global_("externref", thing)
        thing.module.exports["thing"].value = thing

        def host():
            return thing, runtime

        thing.func = runtime.global_("funcref", runtime.func(host, [], []))
        assert thing.own.value is thing.constant.value is thing.module.get_global("thing") is thing
        return [weakref.ref(x) for x in (thing, thing.module, thing.own, runtime._store, host)]

    references = make()
    for _ in range(3):
        gc.collect()
    assert [reference() for reference in references] == [None] * 5

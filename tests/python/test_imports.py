# SPDX-License-Identifier: Apache-2.0
"""What a module's imports can be bound to, and what is said of what can't. Host functions and their
values are in test_host.py."""

import collections
import functools
import gc
import types
import weakref
from collections.abc import Mapping

import pytest
from epsilon import (
    EpsilonLimitError,
    EpsilonLinkError,
    EpsilonTrapError,
    EpsilonUsageError,
    Func,
    Global,
    Memory,
    Runtime,
    Table,
)
from wat import wat

ALL = """
(import "env" "f" (func $f (param i32) (result i32)))
(import "env" "m" (memory 1))
(import "env" "t" (table $t 1 funcref))
(import "env" "g" (global $g (mut i32)))
(export "f" (func $f)) (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0))
(func (export "go") (param i32) (result i32)
  (global.set $g (i32.add (global.get $g) (i32.const 1)))
  (i32.store8 (i32.const 0) (local.get 0))
  (call $f (local.get 0)))
"""
ONE = '(import "env" "f" (func $f)) (func (export "go") (call $f))'


def everything(runtime):
    return {
        "f": runtime.func(lambda n: n + 1, ["i32"], ["i32"]),
        "m": runtime.memory(1),
        "t": runtime.table("funcref", 1),
        "g": runtime.global_("i32", 5, True),
    }


def test_objects_of_every_kind(runtime):
    given = everything(runtime)
    module = runtime.instantiate(wat(ALL), imports={"env": given})
    assert module.call("go", 6) == [7]
    assert given["g"].value == 6
    assert given["m"][0] == 6
    for name, object_ in given.items():
        assert module.exports[name] == object_
    kinds = dict(zip("fmtg", [Func, Memory, Table, Global]))
    assert all(isinstance(module.exports[n], kind) for n, kind in kinds.items())
    # What one module exports is another's import, singly or all together.
    second = runtime.instantiate(wat(ALL), imports={"env": {n: module.exports[n] for n in "fmtg"}})
    third = runtime.instantiate(wat(ALL), imports={"env": second})
    assert third.call("go", 41) == [42]
    assert given["g"].value == 7


def test_the_exports_of_a_module_stand_for_it(runtime):
    module = runtime.instantiate(wat(ALL), imports={"env": everything(runtime)})
    imports = {"env": module.exports}
    assert runtime.instantiate(wat(ALL), imports=imports).call("go", 1) == [2]
    for wrong in (types.SimpleNamespace(_instance=module._instance), [module.exports], "env"):
        with pytest.raises(TypeError, match=r"^imports\['env'\] must be a Module or a mapping, "):
            runtime.instantiate(wat(ALL), imports={"env": wrong})


def test_one_object_in_many_modules(runtime):
    given = everything(runtime)
    modules = [runtime.instantiate(wat(ALL), imports={"env": given}) for _ in range(5)]
    assert [module.call("go", n) for n, module in enumerate(modules)] == [[n + 1] for n in range(5)]
    assert given["g"].value == 10
    modules[0].close()
    assert modules[1].call("go", 1) == [2]
    assert given["m"][0] == 1


def test_limits_of_imports(runtime):
    for memory, text, fits in (
        (runtime.memory(1), "1", True), (runtime.memory(2), "1", True),
        (runtime.memory(1), "2", False), (runtime.memory(1), "1 5", False),
        (runtime.memory(1, 5), "1 5", True), (runtime.memory(1, 6), "1 5", False),
    ):  # fmt: skip
        text = f'(import "env" "m" (memory {text}))'
        if fits:
            runtime.instantiate(wat(text), imports={"env": {"m": memory}})
        else:
            with pytest.raises(EpsilonLinkError, match="incompatible import type for env.m"):
                runtime.instantiate(wat(text), imports={"env": {"m": memory}})
    grown = runtime.memory(1)
    grown.grow(1)
    runtime.instantiate(wat('(import "env" "m" (memory 2))'), imports={"env": {"m": grown}})


def test_wrong_kinds_and_types_are_listed_together(runtime):
    given = everything(runtime)
    given["f"], given["m"], given["t"], given["g"] = (
        given["m"], given["t"], given["g"], given["f"],
    )  # fmt: skip
    with pytest.raises(EpsilonLinkError) as caught:
        runtime.instantiate(wat(ALL), imports={"env": given})
    for name in "fmtg":
        assert f"incompatible import type for env.{name}" in str(caught.value)
    with pytest.raises(EpsilonLinkError) as caught:
        runtime.instantiate(
            wat(ALL),
            imports={
                "env": {
                    "f": runtime.func(print, [], []),
                    "m": lambda: None,
                    "g": runtime.global_("i32", 5),
                }
            },
        )
    for name in "fmg":
        assert f"incompatible import type for env.{name}" in str(caught.value)
    assert "unknown import env.t" in str(caught.value)


@pytest.mark.parametrize("name", "fmtg")
def test_objects_of_another_runtime_or_closed_ones(runtime, name):
    with Runtime() as other:
        given = {**everything(runtime), name: everything(other)[name]}
        with pytest.raises(ValueError, match=f"^import env.{name} belongs to another Runtime$"):
            runtime.instantiate(wat(ALL), imports={"env": given})
        foreign = other.instantiate(wat(ALL), imports={"env": everything(other)})
        with pytest.raises(ValueError, match=r"^imports\['env'\] belongs to another Runtime$"):
            runtime.instantiate(wat(ALL), imports={"env": foreign})
    with pytest.raises(EpsilonUsageError, match=f"^import env.{name}: Runtime is closed$"):
        runtime.instantiate(wat(ALL), imports={"env": given})
    module = runtime.instantiate(wat(ALL), imports={"env": everything(runtime)})
    given[name] = module.exports[name]
    module.close()
    with pytest.raises(EpsilonUsageError, match=f"^import env.{name}: Module is closed$"):
        runtime.instantiate(wat(ALL), imports={"env": given})
    with pytest.raises(EpsilonUsageError, match=r"^imports\['env'\]: Module is closed$"):
        runtime.instantiate(wat(ALL), imports={"env": module})


@pytest.mark.parametrize("wrong", [5, None, "f", [], (), object(), b"", {}])
def test_what_is_no_import(runtime, wrong):
    message = (
        "^import env.f must be callable, or a Func, Memory, Table or Global, "
        f"not {type(wrong).__name__}$"
    )
    with pytest.raises(TypeError, match=message) as caught:
        runtime.instantiate(wat(ONE), imports={"env": {"f": wrong}})
    assert isinstance(caught.value, EpsilonUsageError)


def test_any_callable(runtime):
    calls = []

    class Callable:
        def __call__(self):
            calls.append("object")

        def method(self):
            calls.append("method")

        @staticmethod
        def static():
            calls.append("static")

    class Made:
        def __init__(self):
            calls.append("class")

        def __new__(cls):
            calls.append("class")

    for function in (Callable(), Callable().method, Callable.static,
                     functools.partial(calls.append, "partial"), Made):  # fmt: skip
        runtime.instantiate(wat(ONE), imports={"env": {"f": function}}).call("go")
    assert calls == ["object", "method", "static", "partial", "class"]


# ---- mappings of the user's ----------------------------------------------------------------


class Odd(Mapping):
    """A mapping that only has what a function says."""

    def __init__(self, get, names=()):
        self.get_item, self.names = get, names

    def __getitem__(self, name):
        return self.get_item(name)

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)


def test_mappings_of_any_class(runtime):
    def f():
        pass

    class Own(dict):
        pass

    for imports in (
        types.MappingProxyType({"env": types.MappingProxyType({"f": f})}),
        collections.OrderedDict(env=collections.OrderedDict(f=f)),
        collections.ChainMap({}, {"env": collections.ChainMap({"f": f}, {})}),
        Own(env=Own(f=f)),
        collections.defaultdict(lambda: {"f": f}),
        {"env": collections.defaultdict(lambda: f)},
        Odd(lambda name: {"f": f}),
        {"env": Odd(lambda name: f)},
    ):
        assert runtime.instantiate(wat(ONE), imports=imports).call("go") == []


@pytest.mark.parametrize(
    "error", [ValueError("mine"), KeyboardInterrupt(), LookupError(), OSError()]
)
def test_a_mapping_that_raises(runtime, error):
    """What it raises comes out, and nothing stays behind."""

    def fail(name):
        raise error

    class Host:
        def __call__(self):
            pass

    host = Host()
    reference = weakref.ref(host)
    text = '(import "a" "f" (func)) (import "env" "f" (func))'
    for imports in (
        Odd(fail),
        {"a": {"f": host}, "env": Odd(fail)},
    ):
        with pytest.raises(type(error)) as caught:
            runtime.instantiate(wat(text), imports=imports)
        assert caught.value is error
    error.__traceback__ = None
    del host, imports, caught
    gc.collect()
    runtime._store.objects.drop_dead()
    gc.collect()
    assert reference() is None


def test_a_missing_key_is_a_missing_import(runtime):
    def missing(name):
        raise KeyError(name)

    for imports in (Odd(missing), {"env": Odd(missing)}, {}, {"env": {}}, {"env": None}, None):
        with pytest.raises(EpsilonLinkError, match="unknown import env.f"):
            runtime.instantiate(wat(ONE), imports=imports)


def test_mappings_that_change_underneath(runtime):
    """Every name is asked for once; what is got is what is used."""
    text = """(import "env" "f" (func $f)) (import "env" "g" (func $g)) (import "env" "f" (func $h))
              (func (export "go") (call $f) (call $g) (call $h))"""
    asked, called = [], []

    def inner(name):
        asked.append(name)
        number = len(asked)
        return lambda: called.append((name, number))

    def outer(name):
        asked.append(name)
        return Odd(inner)

    module = runtime.instantiate(wat(text), imports=Odd(outer))
    assert asked == ["env", "f", "g"]
    assert module.call("go") == []
    assert called == [("f", 2), ("g", 3), ("f", 2)]

    given = {"f": lambda: None}

    class Shrinking(dict):
        def __getitem__(self, name):
            value = super().__getitem__(name)
            self.clear()
            given.clear()
            return value

    with pytest.raises(EpsilonLinkError, match="unknown import env.g"):
        runtime.instantiate(wat(text), imports={"env": Shrinking(given)})


@pytest.mark.parametrize("level", ["outer", "inner"])
def test_a_mapping_that_closes_the_runtime(level):
    runtime = Runtime()

    def close(name):
        runtime.close()
        return {"f": print} if level == "outer" else print

    imports = Odd(close) if level == "outer" else {"env": Odd(close)}
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        runtime.instantiate(wat(ONE), imports=imports)
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
        runtime.instantiate(wat(""))


def test_a_mapping_that_instantiates(runtime):
    made = []

    def get(name):
        made.append(runtime.instantiate(wat('(func (export "f"))')))
        return made[-1]

    module = runtime.instantiate(wat(ONE), imports=Odd(get))
    assert module.call("go") == []
    assert len(made) == 1


def test_names_of_any_kind(runtime):
    names = ["", "a b", "\0", "é☃", "x" * 5000]
    text = "".join(f'(import "{_escaped(a)}" "{_escaped(b)}" (func))' for a in names for b in names)
    given = {a: dict.fromkeys(names, lambda: None) for a in names}
    runtime.instantiate(wat(text), imports=given)
    with pytest.raises(EpsilonUsageError, match="must be callable"):
        runtime.instantiate(wat(text), imports={**given, "a b": {"\0": 5}})


def _escaped(name):
    return "".join(f"\\{byte:02x}" for byte in name.encode())


def test_many_imports(runtime):
    text = "".join(f'(import "m{i % 7}" "f{i % 100}" (func))' for i in range(20000))
    asked = []

    def get(name):
        asked.append(name)
        return lambda: None

    runtime.instantiate(wat(text), imports={f"m{i}": Odd(get) for i in range(7)})
    assert len(asked) == 700


# ---- runtime.func --------------------------------------------------------------------------


def test_func(runtime):
    def add(a, b):
        return a + b

    func = runtime.func(add, ["i32", "i32"], ("i32",))
    assert func(5, 37) == 42
    assert (func.name, func.params, func.results) == ("add", ("i32", "i32"), ("i32",))
    assert runtime.func(lambda: (1, 2.5), [], iter(["i32", "f64"]))() == (1, 2.5)
    assert runtime.func(print, [], [])() is None
    thing = object()
    identity = runtime.func(lambda x, f: (x, f), ["externref", "funcref"], ["externref", "funcref"])
    assert identity(thing, func) == (thing, func)
    wide = runtime.func(add, ["i64", "i64"], ["i32"])
    with pytest.raises(EpsilonUsageError, match=r"^add: result 0 \(i32\): 4294967296 is out of"):
        wide(2**32, 0)


def test_exceptions_come_out_of_a_func(runtime):
    error = KeyError("mine")

    def fail():
        raise error

    func = runtime.func(fail, [], [])
    with pytest.raises(KeyError) as caught:
        func()
    assert caught.value is error
    module = runtime.instantiate(wat(ONE), imports={"env": {"f": func}})
    with pytest.raises(KeyError) as caught:
        module.call("go")
    assert caught.value is error


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ((5, [], []), TypeError, "^callable must be callable, not int$"),
        ((None, [], []), TypeError, "^callable must be callable, not NoneType$"),
        ((print, "i32", []), TypeError, "^params must be a sequence of types, not str$"),
        ((print, [], "i32"), TypeError, "^results must be a sequence of types, not str$"),
        ((print, None, []), TypeError, "^params must be a sequence of types, not NoneType$"),
        ((print, ["i32", "i33"], []), ValueError, "^Unknown type: i33$"),
        ((print, [int], []), TypeError, r"^params\[0\] must be str, not type$"),
        ((print, [], ["i32", None]), TypeError, r"^results\[1\] must be str, not NoneType$"),
        ((print, ["i32"] * 1001, []), EpsilonLimitError, "1000"),
    ],
)
def test_what_no_func_is_made_of(runtime, arguments, error, message):
    with pytest.raises(error, match=message):
        runtime.func(*arguments)


def test_a_func_is_closed_with_its_runtime(runtime):
    func = runtime.func(lambda: 5, [], ["i32"])
    assert func() == 5
    runtime.close()
    for use in (func, lambda: runtime.func(print, [], [])):
        with pytest.raises(EpsilonUsageError, match="^Runtime is closed$"):
            use()


def test_a_func_and_what_it_closes_over_are_collected():
    def make():
        runtime = Runtime()

        def f():
            return func, runtime

        func = runtime.func(f, [], [])
        return [weakref.ref(x) for x in (f, func, runtime._store)]

    references = make()
    for _ in range(3):
        gc.collect()
    assert [reference() for reference in references] == [None] * 3


def test_a_trap_in_a_func_of_a_module(runtime):
    module = runtime.instantiate(wat('(func (export "f") unreachable)'))
    other = runtime.instantiate(wat(ONE), imports={"env": {"f": module.exports["f"]}})
    with pytest.raises(EpsilonTrapError, match="^unreachable"):
        other.call("go")


# ---- Module.exports -------------------------------------------------------------------------


def test_exports_by_name(runtime):
    module = runtime.instantiate(
        wat('(func (export "f")) (func (export "")) (memory (export "m\\00") 1)')
    )
    assert module.exports["f"] is module.exports["f"]
    assert module.exports[""] == module.exports[""]
    assert isinstance(module.exports["m\0"], Memory)
    assert module.get_export_names() == ["f", "", "m\0"]
    for missing in ("g", "m", "F"):
        with pytest.raises(EpsilonUsageError, match=f'^unknown export "{missing}"$'):
            module.exports[missing]
    for wrong in (5, None, [], b"f"):
        with pytest.raises(TypeError, match="must be str, not "):
            module.exports[wrong]
    module.close()
    with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
        module.exports["f"]

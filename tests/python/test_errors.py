# SPDX-License-Identifier: Apache-2.0
"""The exceptions: classes, attributes, and what raises them."""

import copy
import pickle

import epsilon
import pytest
from epsilon import EpsilonError, Frame, Runtime
from epsilon._errors import raise_error
from epsilon._native import ffi, lib
from wat import wat

KINDS = {
    "malformed": (epsilon.EpsilonMalformedError, ValueError),
    "invalid": (epsilon.EpsilonInvalidError, ValueError),
    "unsupported": (epsilon.EpsilonUnsupportedError, ValueError),
    "link": (epsilon.EpsilonLinkError, None),
    "trap": (epsilon.EpsilonTrapError, None),
    "fuel": (epsilon.EpsilonFuelError, None),
    "timeout": (epsilon.EpsilonTimeoutError, TimeoutError),
    "interrupted": (epsilon.EpsilonInterruptedError, None),
    "exit": (epsilon.EpsilonExitError, None),
    "limit": (epsilon.EpsilonLimitError, None),
    "no-memory": (epsilon.EpsilonNoMemoryError, MemoryError),
    "misuse": (epsilon.EpsilonUsageError, None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_classes(kind):
    cls, also = KINDS[kind]
    assert epsilon.ERROR_CLASSES[kind] is cls
    assert cls.kind == kind
    assert issubclass(cls, EpsilonError)
    assert issubclass(cls, Exception)
    assert also is None or issubclass(cls, also)
    assert cls.__name__ in epsilon.__all__
    assert cls.__doc__


def test_every_kind_has_its_class():
    assert set(epsilon.ERROR_CLASSES) == set(KINDS)
    assert issubclass(epsilon.EpsilonNoMemoryError, epsilon.EpsilonLimitError)
    assert not issubclass(epsilon.EpsilonUsageError, (TypeError, ValueError))


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_the_library_becomes_its_class(kind):
    code = getattr(lib, "EPSILON_ERROR_" + kind.upper().replace("-", "_"))
    assert ffi.string(lib.epsilon_error_kind_name(code)).decode() == kind
    message = "what it is: é\0!".encode()
    with pytest.raises(EpsilonError) as caught:
        raise_error(lib.epsilon_error_new(code, message, len(message)))
    error = caught.value
    assert type(error) is KINDS[kind][0]
    assert error.kind == kind
    assert error.message == "what it is: é\0!"
    assert str(error) == error.message
    assert error.args == (error.message,)
    assert error.offset is None
    assert error.trap is None
    assert error.frames == ()
    assert error.code == (0 if kind == "exit" else None)


def test_exit_has_its_status():
    for status in (0, 3, -1, 255):
        with pytest.raises(epsilon.EpsilonExitError) as caught:
            raise_error(lib.epsilon_error_new_exit(status))
        assert caught.value.code == status


def test_a_foreign_host_error_is_a_plain_one():
    with pytest.raises(EpsilonError, match="^mine$") as caught:
        raise_error(lib.epsilon_error_new_host(b"mine", 4, ffi.NULL, ffi.NULL))
    assert type(caught.value) is EpsilonError
    assert caught.value.kind == "host"


@pytest.mark.parametrize("cls", [*(c for c, _ in KINDS.values()), EpsilonError])
def test_exceptions_can_be_made_copied_and_pickled(cls):
    error = cls("text", offset=7, trap="t", frames=(Frame(1, "f", None, 9),), code=3)
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is cls
        assert str(twin) == twin.message == "text"
        assert (twin.offset, twin.trap, twin.code) == (7, "t", 3)
        assert twin.frames == ((1, "f", None, 9),)
        assert twin.kind == error.kind
    assert str(cls()) == ""


def test_malformed(runtime):
    for source in (b"", b"\0asm", b"\0asm\2\0\0\0", b"not wasm at all", bytes(1000)):
        with pytest.raises(epsilon.EpsilonMalformedError) as caught:
            runtime.instantiate(source)
        assert caught.value.kind == "malformed"
        assert isinstance(caught.value.offset, int)
        assert caught.value.message
    with pytest.raises(epsilon.EpsilonMalformedError, match="^magic header not detected"):
        runtime.instantiate(b"xxxx\1\0\0\0")


def test_invalid(runtime):
    source = wat('(func $wrong (export "f") (result i32) (i64.const 1))')
    with pytest.raises(epsilon.EpsilonInvalidError, match="^type mismatch") as caught:
        runtime.instantiate(source)
    assert caught.value.kind == "invalid"
    assert 8 < caught.value.offset < len(source)
    assert "wrong" in caught.value.message


def test_unsupported_when_a_feature_is_off():
    vectors = wat('(func (export "f") (result v128) (v128.const i32x4 0 0 0 0))')
    with Runtime(features={"simd": False}) as runtime:
        with pytest.raises(epsilon.EpsilonUnsupportedError, match="simd") as caught:
            runtime.instantiate(vectors)
        assert caught.value.offset is not None
    with Runtime(features={"simd": True}) as runtime:
        assert runtime.instantiate(vectors).call("f") == [bytes(16)]


def test_link_errors_list_all(runtime):
    source = wat(
        """(import "env" "one" (func)) (import "env" "two" (memory 1))
           (import "other" "three" (global i32)) (import "env" "four" (table 1 funcref))"""
    )
    for imports in (None, {}, {"env": {}}, {"env": {"fore": print}}):
        with pytest.raises(epsilon.EpsilonLinkError) as caught:
            runtime.instantiate(source, imports=imports)
        for name in ("env.one", "env.two", "other.three", "env.four"):
            assert f"unknown import {name}" in caught.value.message


TRAPS = {
    "unreachable": "unreachable",
    "integer divide by zero": "(drop (i32.div_s (i32.const 1) (i32.const 0)))",
    "integer overflow": "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
    "invalid conversion to integer": "(drop (i32.trunc_f32_s (f32.const nan)))",
    "out of bounds memory access": "(drop (i32.load (i32.const -1)))",
    "out of bounds table access": "(drop (table.get $t (i32.const 5)))",
    "undefined element": "(call_indirect $t (i32.const 5))",
    "uninitialized element": "(call_indirect $t (i32.const 2))",
    "indirect call type mismatch": "(call_indirect $t (param i32) (i32.const 0) (i32.const 0))",
    "call stack exhausted": "(call $f)",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps(load, trap):
    module = load(
        f"""(memory 1) (table $t 3 funcref) (elem (i32.const 0) $outer)
            (func $f {TRAPS[trap]}) (func $outer (export "go") (call $f))
            (func (export "fine") (result i32) (i32.const 1))"""
    )
    for _ in range(3):
        with pytest.raises(epsilon.EpsilonTrapError) as caught:
            module.call("go")
        error = caught.value
        assert error.kind == "trap"
        assert error.trap == trap
        assert error.message.startswith(trap)
        assert error.code is None
        assert error.frames
        assert module.call("fine") == [1]
    if trap == "uninitialized element":
        assert error.message.startswith("uninitialized element 2")


def test_frames(load):
    text = """(module $shop
        (func $inner unreachable) (func (call $inner)) (func (export "outer") (call 1)))"""
    module = load(text)
    with pytest.raises(epsilon.EpsilonTrapError) as caught:
        module.call("outer")
    frames = caught.value.frames
    assert [frame.func_index for frame in frames] == [0, 1, 2]
    assert frames[0].func_name == "inner"
    assert frames[1].func_name is None
    assert all(frame.module_name == "shop" for frame in frames)
    assert frames[0].offset == caught.value.offset
    offsets = [frame.offset for frame in frames]
    assert offsets == sorted(offsets)
    assert wat(text)[offsets[0]] == 0x00  # unreachable
    assert wat(text)[offsets[1]] == wat(text)[offsets[2]] == 0x10  # call


def test_limit(load):
    with pytest.raises(epsilon.EpsilonLimitError) as caught:
        load("(memory 3)", 2)
    assert caught.value.kind == "limit"


def test_a_trap_in_the_start_function(load):
    with pytest.raises(epsilon.EpsilonTrapError, match="^unreachable"):
        load("(func $start unreachable) (start $start)")


def test_no_traceback_cycles(load):
    """An exception does not keep itself alive through the frames it passed."""
    import gc
    import weakref

    module = load('(func (export "f") unreachable)')
    gc.collect()
    gc.disable()
    try:
        reference = None
        try:
            module.call("f")
        except epsilon.EpsilonTrapError as error:
            reference = weakref.ref(error)
        if hasattr(gc, "freeze"):  # objects are counted
            assert reference() is None
    finally:
        gc.enable()

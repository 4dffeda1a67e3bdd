# SPDX-License-Identifier: Apache-2.0
"""The documented names, one after the other."""

import array
import pathlib
import re

import epsilon
import pytest
from epsilon import EpsilonError, EpsilonUsageError, Module, Runtime
from wat import wat

ADD = """
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(memory (export "memory") 2 5)
(global (export "counter") (mut i32) (i32.const -7))
(func (export "nothing"))
(func (export "two") (result i32 f64) (i32.const 3) (f64.const 0.5))
"""


@pytest.fixture
def module(load):
    return load(ADD)


def test_quick_start():
    with Runtime() as runtime, runtime.instantiate(wat(ADD)) as module:
        assert module.call("add", 5, 37) == [42]


def test_versions():
    assert re.fullmatch(r"\d+\.\d+\.\d+", epsilon.version())
    assert epsilon.wrapper_version() == "0.1.0"
    assert epsilon.__version__ == "0.1.0"
    assert epsilon.build_info()


def test_features():
    known = epsilon.features()
    assert known["simd"] is True
    assert known["multi-memory"] is True


def test_everything_public_exists():
    for name in epsilon.__all__:
        assert hasattr(epsilon, name)
    assert epsilon.EpsilonError.__module__ == "epsilon"


def test_constants_of_runtime():
    assert Runtime.PAGE_SIZE == 65536
    assert Runtime.MAX_PAGES == 32768


def test_runtime_takes_a_cap_by_position_and_by_name():
    for runtime in (Runtime(3), Runtime(max_memory_pages=3), Runtime(0), Runtime()):
        with runtime:
            runtime.instantiate(wat("(memory 2)"))
    with pytest.raises(TypeError):
        Runtime(3, 4)


def test_runtime_closes_any_number_of_times():
    runtime = Runtime()
    runtime.close()
    runtime.close()
    with pytest.raises(EpsilonError, match="^Runtime is closed$"):
        runtime.instantiate(wat(ADD))
    with pytest.raises(EpsilonError, match="^Runtime is closed$"):
        runtime.instantiate_file("/nowhere")
    with pytest.raises(EpsilonError, match="^Runtime is closed$"):
        runtime.__enter__()


def test_closing_a_runtime_closes_its_modules():
    with Runtime() as runtime:
        module = runtime.instantiate(wat(ADD))
        assert module.call("add", 1, 2) == [3]
    with pytest.raises(EpsilonError, match="^Module is closed$"):
        module.call("add", 1, 2)
    module.close()


@pytest.mark.parametrize("convert", [bytes, bytearray, memoryview, lambda b: array.array("B", b)])
def test_instantiate_takes_bytes_like_objects(runtime, convert):
    assert runtime.instantiate(convert(wat(ADD))).call("add", 1, 1) == [2]


@pytest.mark.parametrize("thing", ["text", None, 7, [0, 97], memoryview(b"12345678")[::2]])
def test_instantiate_refuses_other_things(runtime, thing):
    with pytest.raises(TypeError, match="^wasm_bytes must be bytes or bytearray$") as caught:
        runtime.instantiate(thing)
    assert isinstance(caught.value, EpsilonUsageError)


def test_a_bytearray_can_change_after_instantiation(runtime):
    source = bytearray(wat(ADD))
    module = runtime.instantiate(source)
    source[:] = b""  # not exported any more
    assert module.call("add", 2, 2) == [4]


def test_instantiate_file(runtime, tmp_path):
    path = tmp_path / "add.wasm"
    path.write_bytes(wat(ADD))
    assert runtime.instantiate_file(str(path)).call("add", 5, 37) == [42]
    assert runtime.instantiate_file(path).call("add", 5, 37) == [42]
    with pytest.raises(epsilon.EpsilonLimitError):
        runtime.instantiate_file(path, 1)


def test_instantiate_file_errors(runtime, tmp_path):
    missing = str(tmp_path / "missing.wasm")
    with pytest.raises(EpsilonError) as caught:
        runtime.instantiate_file(missing)
    assert str(caught.value) == f"File not found: {missing}"
    assert caught.value.message == f"File not found: {missing}"
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(EpsilonError, match="^Cannot read file: "):
        runtime.instantiate_file(tmp_path)
    with pytest.raises(EpsilonError, match="^Cannot read file: "):
        runtime.instantiate_file("a\0b")
    for thing in (None, 3, [], pathlib):
        with pytest.raises(EpsilonUsageError, match="^file_path must be"):
            runtime.instantiate_file(thing)


def test_call_always_gives_a_list(module):
    assert module.call("add", 5, 37) == [42]
    assert module.call("nothing") == []
    assert module.call("two") == [3, 0.5]
    assert isinstance(module.call("nothing"), list)


def test_call_typed(load):
    module = load(
        """(func (export "compute") (param i32 f64 i64) (result f64)
             (f64.add (f64.convert_i32_s (local.get 0))
                      (f64.add (local.get 1) (f64.convert_i64_s (local.get 2)))))"""
    )
    assert module.call_typed("compute", [(42, "i32"), (3.5, "f64"), (1000000, "i64")]) == [
        1000045.5
    ]
    assert module.call_typed("compute", ((1, "i32"), (1, "f64"), (1, "i64")), timeout_ms=1000) == [
        3.0
    ]


def test_call_typed_of_every_type(load):
    module = load(
        """(func (export "id") (param i32 i64 f32 f64 v128 funcref externref)
             (result i32 i64 f32 f64 v128 funcref externref)
             (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
             (local.get 5) (local.get 6))"""
    )
    thing = object()
    vector = bytes(range(16))
    assert module.call_typed(
        "id",
        [(1, "i32"), (2, "i64"), (0.5, "f32"), (0.1, "f64"), (vector, "v128"), (None, "funcref"),
         (thing, "externref")],
    ) == [1, 2, 0.5, 0.1, vector, None, thing]  # fmt: skip


def test_call_typed_errors(module):
    with pytest.raises(EpsilonError, match="^Unknown type: i33$") as caught:
        module.call_typed("add", [(1, "i33"), (2, "i32")])
    assert isinstance(caught.value, ValueError)
    with pytest.raises(EpsilonError, match="^Unknown type: None$"):
        module.call_typed("add", [(1, None), (2, "i32")])
    with pytest.raises(TypeError, match=r"^add: parameter 1 \(i32\): got i64$"):
        module.call_typed("add", [(1, "i32"), (2, "i64")])
    with pytest.raises(TypeError, match=r"^add: expected 2 arguments \(i32, i32\), got 1$"):
        module.call_typed("add", [(1, "i32")])
    for pair in (5, (5,), (5, "i32", 6), None):
        with pytest.raises(EpsilonUsageError, match="^add: argument 0 must be a pair"):
            module.call_typed("add", [pair, (1, "i32")])
    with pytest.raises(EpsilonUsageError, match="^add: args must be"):
        module.call_typed("add", 5)


def test_export_names_in_the_order_of_declaration(module, load):
    assert module.get_export_names() == ["add", "memory", "counter", "nothing", "two"]
    assert load("").get_export_names() == []


def test_memory(module):
    assert module.get_memory_size() == 2
    assert module.get_memory_size("memory") == 2
    assert module.write_memory(0, b"Hello, WASM!") == 12
    assert module.write_memory(offset=12, data=b"!", memory_name="memory") == 1
    data = module.read_memory(offset=0, length=13, memory_name="memory")
    assert data == b"Hello, WASM!!"
    assert type(data) is bytes
    assert module.grow_memory(3) == 2
    assert module.get_memory_size() == 5
    assert module.read_memory(5 * 65536 - 1, 1) == b"\0"


def test_globals(module, load):
    assert module.get_global("counter") == -7
    module.set_global("counter", 2**32 - 1)
    assert module.get_global("counter") == -1
    floats = load(
        """(global (export "d") f64 (f64.const 2.5)) (global (export "f") (mut f32) (f32.const 1))
           (global (export "l") (mut i64) (i64.const -1))
           (global (export "v") (mut v128) (v128.const i32x4 1 2 3 4))
           (global (export "e") (mut externref) (ref.null extern))"""
    )
    assert floats.get_global("d") == 2.5
    assert type(floats.get_global("f")) is float
    assert floats.get_global("l") == -1
    assert floats.get_global("v") == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
    floats.set_global("v", bytes(16))
    assert floats.get_global("v") == bytes(16)
    thing = object()
    assert floats.get_global("e") is None
    floats.set_global("e", thing)
    assert floats.get_global("e") is thing
    floats.set_global("e", None)
    assert floats.get_global("e") is None


def test_global_errors(module, load):
    with pytest.raises(OverflowError, match=r"^global counter \(i32\): 4294967296 is out of range"):
        module.set_global("counter", 2**32)
    with pytest.raises(TypeError, match=r"^global counter \(i32\): expected an integer, got str$"):
        module.set_global("counter", "7")
    assert module.get_global("counter") == -7
    constant = load('(global (export "c") i32 (i32.const 4))')
    with pytest.raises(EpsilonUsageError):
        constant.set_global("c", 5)
    assert constant.get_global("c") == 4


@pytest.mark.parametrize(
    "use",
    [
        lambda m: m.call("add", 1, 2),
        lambda m: m.call_typed("add", []),
        lambda m: m.get_export_names(),
        lambda m: m.get_memory_size(),
        lambda m: m.read_memory(0, 1),
        lambda m: m.write_memory(0, b""),
        lambda m: m.grow_memory(1),
        lambda m: m.get_global("counter"),
        lambda m: m.set_global("counter", 1),
        lambda m: m.__enter__(),
    ],
)
def test_a_closed_module(module, use):
    module.call("add", 1, 2)
    module.get_memory_size()
    module.get_global("counter")
    with module:
        pass
    module.close()
    with pytest.raises(EpsilonError, match="^Module is closed$") as caught:
        use(module)
    assert caught.value.kind == "misuse"


def test_closing_one_module_leaves_the_others(load):
    first, second = load(ADD), load(ADD)
    first.close()
    assert second.call("add", 1, 2) == [3]


@pytest.mark.parametrize(
    "name", ["", " ", "a b(c)", "\0", "a\0b", "é", "日本", "\U0001f600", "get_x", '"'],
)  # fmt: skip
def test_export_names_are_any_text(load, name):
    escaped = "".join(f"\\{byte:02x}" for byte in name.encode("utf-8"))
    module = load(
        f"""(func (export "{escaped}") (result i32) (i32.const 9))
            (memory (export "{escaped}m") 1) (global (export "{escaped}g") i32 (i32.const 8))"""
    )
    assert module.get_export_names() == [name, name + "m", name + "g"]
    assert module.call(name) == [9]
    assert module.get_memory_size(name + "m") == 1
    assert module.get_global(name + "g") == 8
    with pytest.raises(EpsilonUsageError):
        module.call(name + "\0x")


@pytest.mark.parametrize(
    "use, what",
    [
        (lambda m, name: m.call(name), "func_name"),
        (lambda m, name: m.call_typed(name, []), "func_name"),
        (lambda m, name: m.read_memory(0, 0, name), "memory_name"),
        (lambda m, name: m.get_memory_size(name), "memory_name"),
        (lambda m, name: m.get_global(name), "global_name"),
    ],
)
def test_bad_names(module, use, what):
    for name in (None, 5, b"add", ["add"], {}):
        with pytest.raises(TypeError, match=f"^{what} must be str, not {type(name).__name__}$"):
            use(module, name)
    with pytest.raises(EpsilonUsageError, match=f"^{what} is not valid Unicode"):
        use(module, "\ud800")
    with pytest.raises(EpsilonUsageError, match="nothing-of-this-name") as caught:
        use(module, "nothing-of-this-name")
    assert caught.value.kind == "misuse"


def test_an_export_of_another_kind(module):
    with pytest.raises(EpsilonUsageError, match="memory"):
        module.call("memory")
    with pytest.raises(EpsilonUsageError, match="add"):
        module.get_memory_size("add")
    with pytest.raises(EpsilonUsageError, match="add"):
        module.get_global("add")


def test_reprs(module):
    assert re.fullmatch(r"<epsilon.Module at 0x\w+>", repr(module))
    module.close()
    assert repr(module).endswith("(closed)>")
    runtime = Runtime()
    assert re.fullmatch(r"<epsilon.Runtime at 0x\w+>", repr(runtime))
    runtime.close()
    assert repr(runtime).endswith("(closed)>")


def test_module_is_made_by_a_runtime_only(module):
    assert isinstance(module, Module)
    with pytest.raises(TypeError):
        Module()

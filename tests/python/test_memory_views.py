# SPDX-License-Identifier: Apache-2.0
"""Views of memories outlive growth, closing, and every object they came from; and nothing leaks."""

import gc
import os
import subprocess
import sys
import textwrap
import weakref

import pytest
from epsilon import EpsilonUsageError, Runtime
from wat import wat

PAGE = Runtime.PAGE_SIZE
CPYTHON = sys.implementation.name == "cpython"

GROWER = """
(memory (export "memory") 1 200)
(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
(func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0)))
(func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
"""


def array_of(memory):
    return pytest.importorskip("numpy").asarray(memory)


WAYS = {
    "view": lambda m: m.view(),
    "slice": lambda m: memoryview(m.view())[0:][:],
    "cast": lambda m: m.view().cast("b").cast("B"),
    "numpy": array_of,
    "numpy of a view": lambda m: pytest.importorskip("numpy").frombuffer(m.view(), dtype="u1"),
    "numpy slice": lambda m: array_of(m)[0:].reshape(-1),
}


@pytest.fixture(params=[False, True], ids=["guard", "explicit"])
def explicit(request):
    """With explicit checks memories move when they grow."""
    return request.param


@pytest.fixture
def runtime(explicit):
    with Runtime(explicit_checks=explicit) as value:
        yield value


@pytest.fixture(params=WAYS)
def look(request):
    return WAYS[request.param]


def collect():
    for _ in range(1 if CPYTHON else 4):
        gc.collect()


def test_a_view_is_the_memory(runtime, look):
    module = runtime.instantiate(wat(GROWER))
    memory = module.exports["memory"]
    view = look(memory)
    assert len(view) == PAGE
    module.call("poke", 5, 55)
    assert view[5] == 55
    view[6] = 66
    assert module.call("peek", 6) == [66]
    assert memory[6] == 66
    memory.write(7, b"\x07")
    assert view[7] == 7


def test_the_shape_of_a_view(runtime):
    view = runtime.memory(2).view()
    assert (view.format, view.itemsize, view.ndim, view.nbytes) == ("B", 1, 1, 2 * PAGE)
    assert not view.readonly
    assert view.c_contiguous
    words = view.cast("I")
    words[1] = 5
    assert view[4] + view[7] == 5
    empty = runtime.memory(0)
    assert len(empty.view()) == 0
    assert bytes(empty) == b""


def test_the_shape_of_an_array(runtime):
    numpy = pytest.importorskip("numpy")
    memory = runtime.memory(1)
    array = numpy.asarray(memory)
    assert (array.dtype, array.shape) == (numpy.uint8, (PAGE,))
    assert array.flags.writeable
    assert not array.flags.owndata
    array[:4] = [1, 2, 3, 4]
    assert memory.read(0, 4) == b"\1\2\3\4"
    assert numpy.asarray(memory).ctypes.data == array.ctypes.data
    assert numpy.asarray(runtime.memory(0)).shape == (0,)
    copied = numpy.array(memory)
    memory[0] = 9
    assert (copied[0], array[0]) == (1, 9)


def test_an_old_view_after_growth(runtime, explicit, look):
    """It keeps its length and stays good for reading and writing. Where the memory did not move it
    shows what the program sees."""
    module = runtime.instantiate(wat(GROWER))
    memory = module.exports["memory"]
    memory[0] = 1
    views = []
    for pages in range(1, 40):
        views.append(look(memory))
        assert len(views[-1]) == pages * PAGE
        if pages % 2:
            assert memory.grow(1) == pages
        else:
            assert module.call("grow", 1) == [pages]
    for i, view in enumerate(views):
        assert len(view) == (i + 1) * PAGE
        assert view[0] == 1
        view[len(view) - 1] = i + 1
        assert view[len(view) - 1] == i + 1
    newest = look(memory)
    module.call("poke", 9, 9)
    assert newest[9] == 9
    if not explicit:
        for i, view in enumerate(views):
            assert view[9] == 9
            assert memory[(i + 1) * PAGE - 1] == i + 1
    else:
        # What was written to where the bytes were is nowhere else.
        assert memory[PAGE - 1] == 0
        assert views[0][9] == 0


@pytest.mark.parametrize("end", ["module", "runtime", "objects", "everything"])
def test_a_view_outlives(runtime, explicit, look, end):
    own = Runtime(explicit_checks=explicit)
    module = own.instantiate(wat(GROWER))
    memory = module.exports["memory"]
    memory.write(0, b"still here")
    whole = look(memory)
    part = whole[6:10]
    memory.grow(60)
    last = look(memory)[-10:]
    if end in ("module", "everything"):
        module.close()
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            look(memory)
    if end in ("runtime", "everything"):
        own.close()
        with pytest.raises(EpsilonUsageError, match="^Module is closed$"):
            look(memory)
    if end in ("objects", "everything"):
        del module, memory, own
    collect()
    churn(runtime)
    assert bytes(whole[:10]) == b"still here"
    del whole
    collect()
    churn(runtime)
    assert bytes(part) == b"here"
    part[0] = ord("H")
    assert bytes(part) == b"Here"
    last[9] = 1
    assert bytes(last) == bytes(9) + b"\1"


def churn(runtime):
    """Maps and unmaps memories, which would take the place of what was freed too early."""
    for _ in range(3):
        module = runtime.instantiate(wat(GROWER))
        module.write_memory(0, b"\xee" * PAGE)
        module.grow_memory(60)
        module.close()


def test_views_are_what_holds_the_bytes():
    """The bytes are given back when the last view is gone, not before and not much later."""
    with open("/proc/self/maps") as file:
        if "\n" not in file.read():
            pytest.skip("needs /proc")
    runtime = Runtime()
    memory = runtime.memory(300)
    address = _address(memory.view())
    part = memory.view()[1000:2000][::2]
    assert _is_mapped(address)
    runtime.close()
    del memory, runtime
    collect()
    assert _is_mapped(address)
    del part
    collect()
    assert not _is_mapped(address)


def _address(view):
    import cffi

    return int(cffi.FFI().cast("uintptr_t", cffi.FFI().from_buffer(view)))


def _is_mapped(address):
    with open("/proc/self/maps") as file:
        for line in file:
            low, high = (int(end, 16) for end in line.split()[0].split("-"))
            if low <= address < high:
                return "rw" in line.split()[1]
    return False


def test_a_view_does_not_hold_the_python_objects(look):
    if look in (WAYS["numpy"], WAYS["numpy slice"]) and sys.version_info >= (3, 12):
        pytest.skip("numpy asks for a buffer of the Memory, which holds it")
    runtime = Runtime()
    memory = runtime.memory(1)
    view = look(memory)
    references = [weakref.ref(runtime), weakref.ref(runtime._store), weakref.ref(memory)]
    del runtime, memory
    collect()
    assert [reference() for reference in references] == [None] * 3
    view[0] = 1


def test_releasing_one_view_leaves_the_others(runtime):
    memory = runtime.memory(1)
    first, second = memory.view(), memory.view()
    with first:
        pass
    second[0] = 5
    assert (memory[0], memory.read_u8(0), memory.view()[0]) == (5, 5, 5)
    if CPYTHON:
        with pytest.raises(ValueError):
            first[0]


def test_a_view_can_be_written_to_a_file(runtime, tmp_path):
    memory = runtime.memory(1)
    memory.write(0, b"abc")
    path = tmp_path / "bytes"
    with open(path, "wb") as file:
        file.write(memory.view())
    with open(path, "rb") as file:
        memory.write(0, bytes(8))
        assert file.readinto(memory.view()[5:]) == PAGE - 5
    assert memory.read(0, 9) == bytes(5) + b"abc\0"


def test_a_host_function_looks_at_memory(runtime):
    """Also while the program that called it goes on, through a view of before."""
    seen = []
    views = []

    def host(pointer, length):
        memory = modules[0].exports["memory"]
        seen.append(memory.read_string(pointer, length))
        views.append(memory.view())
        memory.write_cstring(pointer, "HI")

    modules = [
        runtime.instantiate(
            wat(
                """(import "env" "host" (func $host (param i32 i32)))
                   (memory (export "memory") 1) (data (i32.const 8) "hello")
                   (func (export "go") (result i32)
                     (call $host (i32.const 8) (i32.const 5))
                     (drop (memory.grow (i32.const 30)))
                     (i32.store8 (i32.const 100) (i32.const 1))
                     (call $host (i32.const 8) (i32.const 2))
                     (i32.load8_u (i32.const 9)))"""
            ),
            imports={"env": {"host": host}},
        )
    ]
    assert modules[0].call("go") == [ord("I")]
    assert seen == ["hello", "HI"]
    assert [len(view) for view in views] == [PAGE, 31 * PAGE]
    assert views[1][100] == 1


def resident_kib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_nothing_leaks(explicit):
    """Views of every kind, growth, and closing in between."""

    def work(count):
        for i in range(count):
            runtime = Runtime(explicit_checks=explicit)
            memories = [
                runtime.memory(1),
                runtime.instantiate(wat(GROWER)).exports["memory"],
            ]
            for memory in memories:
                views = []
                for pages in range(1, 20):
                    view = memory.view()
                    view[:] = b"\1" * len(view)
                    views.append(view[3:])
                    assert memory.read(0, 3) == b"\1\1\1"
                    memory.write(0, bytes(PAGE * pages))
                    memory[3:5] = b"ab"
                    assert memory.read_cstring(3) == b"ab"
                    memory.grow(1)
                views[0][0] = 5
            if i % 2:
                runtime.close()
            views[0][0] = 5
            if i % 8 == 0:
                collect()

    work(6 if CPYTHON else 30)
    collect()
    before = resident_kib()
    work(30)
    collect()
    # One memory at its end is 1280 KiB: if each round leaked one, it would be 38,400.
    assert resident_kib() - before < (4096 if CPYTHON else 16384)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_growth_with_views_holds_little():
    """In the fallback a memory that was looked at holds the places it had; there are few of them,
    because growth takes room for more."""
    with Runtime(explicit_checks=True) as runtime:
        memory = runtime.memory(1)
        collect()
        before = resident_kib()
        for pages in range(1, 500):
            memory.write(pages * PAGE - 1, b"\1")
            memory.view()
            memory.read_u8(0)
            memory.view()[(pages - 1) * PAGE :][:] = b"\1" * PAGE
            memory.grow(1)
        # All the places together would be 8,000,000.
        assert resident_kib() - before < 4 * 500 * 64


@pytest.mark.parametrize(
    "code",
    [
        # globals, which die in any order
        "view = runtime.memory(1).view()",
        "memory = runtime.memory(1); view = memory.view()[5:]; memory.read_u32(0)",
        # kept by a module that dies after the package
        "import builtins; builtins.kept = sys.kept = runtime.memory(1).view()",
        # used when the package's exit handler has closed everything
        """
        import atexit
        view = runtime.memory(1).view()
        view[0] = 5
        def late():
            assert view[0] == 5 and runtime._store.closed
            view[1] = 6
        epsilon._store.atexit.unregister(epsilon._store._close_all)
        atexit.register(late)
        atexit.register(epsilon._store._close_all)
        """,
        # in a cycle
        "gc.disable(); cycle = [runtime.memory(1)]; cycle += [cycle, cycle[0].view()]; del cycle",
    ],
)
def test_views_at_the_end_of_the_interpreter(code):
    program = "import gc, sys\nimport epsilon\nruntime = epsilon.Runtime()\n" + textwrap.dedent(
        code
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_views_in_a_forked_child(runtime):
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    memory = runtime.memory(1)
    view = memory.view()
    view[0] = 1
    child = os.fork()
    if child == 0:
        try:
            assert view[0] == memory[0] == 1
            view[0] = 2
            memory.grow(1)
            runtime.close()
            assert view[0] == 2
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert view[0] == 1
    assert memory.size == 1

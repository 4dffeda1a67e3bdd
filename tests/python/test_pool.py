# SPDX-License-Identifier: Apache-2.0
"""What the process keeps of closed memories: never their bytes, and not more than it says."""

import gc
import os

import epsilon
import pytest
from epsilon import EpsilonError, Runtime
from epsilon._native import lib
from wat import wat

PAGE = Runtime.PAGE_SIZE
POOLED = bool(lib.epsilon_build_guard_pages())
MODULE = wat("""
(memory (export "memory") 2)
(data (i32.const 100) "data")
(func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
""")


def collect():
    for _ in range(3):
        gc.collect()


@pytest.fixture(autouse=True)
def empty():
    collect()
    epsilon.trim()
    yield
    epsilon.set_pool_limit(32)
    collect()
    epsilon.trim()


def open_and_close(runtime, times=1):
    for _ in range(times):
        with runtime.instantiate(MODULE) as module:
            module.exports.memory.write(0, b"\xee" * 2 * PAGE)


def test_trim_gives_back_what_was_kept(runtime):
    assert epsilon.trim() == 0
    open_and_close(runtime, 3)
    assert epsilon.trim() == int(POOLED)
    assert epsilon.trim() == 0


def test_at_most_so_many_are_kept(runtime):
    def many():
        memories = [runtime.memory(1) for _ in range(40)]
        del memories
        collect()

    many()
    assert lib.epsilon_pool_size() == (32 if POOLED else 0)
    epsilon.set_pool_limit(3)
    assert lib.epsilon_pool_size() == (3 if POOLED else 0)
    many()
    assert epsilon.trim() == (3 if POOLED else 0)
    epsilon.set_pool_limit(0)
    many()
    assert epsilon.trim() == 0


def test_what_the_limit_can_be():
    epsilon.set_pool_limit(2**64 - 1)
    with pytest.raises(ValueError, match=r"^ranges must not be negative: -1$"):
        epsilon.set_pool_limit(-1)
    with pytest.raises(OverflowError, match=r"^ranges is too large: 18446744073709551616$"):
        epsilon.set_pool_limit(2**64)
    with pytest.raises(TypeError, match=r"^ranges must be an integer, not str$"):
        epsilon.set_pool_limit("3")  # type: ignore[arg-type]
    with pytest.raises(EpsilonError):
        epsilon.set_pool_limit(None)  # type: ignore[arg-type]


def test_instances_see_no_bytes_of_those_before(runtime):
    open_and_close(runtime)
    for pages in (0, 1, 40, 2, 300, 1):
        with runtime.instantiate(MODULE) as module:
            expected = bytearray(2 * PAGE)
            expected[100:104] = b"data"
            assert bytes(module.exports.memory) == expected
            with pytest.raises(EpsilonError, match="out of bounds memory access"):
                module.call("load", 2 * PAGE)
            module.exports.memory.grow(pages)
            assert module.exports.memory.read(2 * PAGE, pages * PAGE) == bytes(pages * PAGE)
            module.exports.memory.view()[:] = b"\xee" * (pages + 2) * PAGE


def test_a_view_keeps_its_memory_out_of_the_pool():
    runtime = Runtime()
    module = runtime.instantiate(MODULE)
    view = module.exports.memory.view()
    module.close()
    runtime.close()
    del module, runtime
    collect()
    assert lib.epsilon_pool_size() == 0
    with Runtime() as other:
        memories = [other.memory(2) for _ in range(4)]
        view[:] = b"\x55" * 2 * PAGE
        assert all(bytes(memory) == bytes(2 * PAGE) for memory in memories)
        for memory in memories:
            memory[0] = 1
        assert bytes(view[:8]) == b"\x55" * 8
        del view
        collect()
        assert lib.epsilon_pool_size() == int(POOLED)
        # Now it is one of the next.
        assert bytes(other.memory(2)) == bytes(2 * PAGE)


def test_memories_without_guard_pages_are_not_kept():
    with Runtime(explicit_checks=True) as runtime:
        open_and_close(runtime, 5)
        collect()
        assert epsilon.trim() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_has_a_pool_of_its_own(runtime):
    open_and_close(runtime)
    with runtime.instantiate(MODULE) as module:
        module.exports.memory[0] = 7
        child = os.fork()
        if child == 0:
            code = 1
            try:
                module.exports.memory[0] = 8
                module.close()
                with Runtime() as own:
                    open_and_close(own, 5)
                    fresh = own.memory(2)
                    code = int(bytes(fresh) != bytes(2 * PAGE))
                epsilon.trim()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert module.exports.memory[0] == 7

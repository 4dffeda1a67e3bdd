# SPDX-License-Identifier: Apache-2.0
"""Memory that is capped, refused by the system, and given back."""

import subprocess
import sys

import pytest
from epsilon import EpsilonLimitError, Runtime
from wat import wat

PAGE = 65536
BOTH = """
(memory (export "memory") 1) (table $t 100 funcref)
(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
(func (export "grow_table") (param i32) (result i32)
  (table.grow $t (ref.null func) (local.get 0)))
"""

USE = """
(memory (export "memory") 1 65536) (table $t 1 funcref)
(func $f (export "deep") (param i32) (if (local.get 0)
  (then (call $f (i32.sub (local.get 0) (i32.const 1))))))
(func (export "use") (param i32 i32) (result i32) (local i32)
  (if (i32.lt_s (memory.grow (local.get 0)) (i32.const 0)) (then (return (i32.const -1))))
  (memory.fill (i32.const 0) (i32.const 1)
    (i32.mul (i32.const 65536) (i32.add (local.get 0) (i32.const 1))))
  (if (i32.lt_s (table.grow $t (ref.func $f) (local.get 1)) (i32.const 0))
    (then (return (i32.const -2))))
  (i32.const 0))
"""


def test_tables_count_in_the_total():
    with Runtime(max_total_memory_bytes=3 * PAGE) as runtime:
        module = runtime.instantiate(wat(BOTH))
        left = 2 * PAGE - 800
        assert module.call("grow_table", left // 8 + 1) == [-1]
        assert module.call("grow", 2) == [-1]
        assert module.call("grow_table", left // 8) == [100]
        assert module.call("grow", 1) == [-1]
        with pytest.raises(EpsilonLimitError) as caught:
            runtime.instantiate(wat("(table 1 funcref)"))
        assert str(caught.value) == (
            "table 0: the minimum of 1 elements exceeds the limit on all memories and tables "
            f"together: {3 * PAGE} of {3 * PAGE} bytes are in use"
        )
        with pytest.raises(EpsilonLimitError) as caught:
            module.grow_memory(1)
        assert str(caught.value) == (
            "a memory of 1 pages cannot grow by 1: all memories and tables together have "
            f"{3 * PAGE} of {3 * PAGE} bytes"
        )
        del caught  # its traceback holds the memory
        module.close()
        assert runtime.instantiate(wat(BOTH)).call("grow", 1) == [1]


def test_numbers_of_memories_and_tables():
    with Runtime(max_memories=2, max_tables=3) as runtime:
        first = runtime.instantiate(wat("(memory 1) (table 1 funcref) (table 1 funcref)"))
        for source, what in (
            ("(memory 0) (memory 0)", "memories: the limit is 2"),
            ("(table 0 funcref) (table 0 funcref)", "tables: the limit is 3"),
        ):
            with pytest.raises(EpsilonLimitError, match=f"^too many {what}$"):
                runtime.instantiate(wat(source))
        runtime.instantiate(wat("(memory 1) (table 1 funcref)"))
        first.close()
        runtime.instantiate(wat("(memory 1) (table 1 funcref) (table 1 funcref)"))


def test_memories_are_capped_by_default():
    """Each reserves address space, of which the process has only so much."""
    source = wat("(memory 0) " * 1000)
    with Runtime() as runtime:
        modules = [runtime.instantiate(source) for _ in range(10)]
        with pytest.raises(EpsilonLimitError, match="^too many memories: the limit is 10000$"):
            runtime.instantiate(wat("(memory 0)"))
        modules[0].close()
        runtime.instantiate(wat("(memory 0)"))
    with Runtime(max_memories=0) as runtime:
        runtime.instantiate(wat("(memory 0)"))


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=120, check=False
    )  # fmt: skip
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS and /proc")
@pytest.mark.parametrize("checks", ["False", "True"])
def test_little_address_space(checks):
    """With so many bytes more than the process has: every step works or says no, and works when
    there is more again."""
    code = f"""
import resource
import epsilon

def life():
    with epsilon.Runtime(explicit_checks={checks}) as runtime:
        module = runtime.instantiate({wat(USE)!r})
        done = module.call("use", 100, 100_000)
        module.call("deep", 10_000)
        return done

def size():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()

assert life() == [0]
outcomes = set()
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
for shift in range(12, 34):
    for part in (2, 3):
        resource.setrlimit(resource.RLIMIT_AS, (size() + (part << shift - 1), hard))
        try:
            outcomes.add(life()[0])
        except (epsilon.EpsilonNoMemoryError, MemoryError) as error:
            outcomes.add(type(error).__name__)
        except epsilon.EpsilonTrapError as error:
            raise SystemExit(f"{{shift}}: {{error}}")
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        assert life() == [0]
print(outcomes >= {{0, "EpsilonNoMemoryError"}}, outcomes - {{0, -1, -2, "MemoryError"}})
"""
    assert run(code) == "True {'EpsilonNoMemoryError'}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("checks", ["False", "True"])
def test_closing_gives_memory_back(checks):
    """Memories, tables, stack and code: address space and memory are what they were."""
    code = f"""
import gc
import resource
import epsilon

def sizes():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return [int(pages) * resource.getpagesize() for pages in statm.read().split()[:2]]

def life():
    with epsilon.Runtime(explicit_checks={checks}) as runtime:
        modules = [runtime.instantiate({wat(USE)!r}) for _ in range(5)]
        for module in modules:
            assert module.call("use", 200, 500_000) == [0]
            module.call("deep", 100_000)
        return sizes()

life()
before = sizes()
afters = []
for _ in range(4):
    during = life()
    assert during[1] - before[1] > 70 << 20, (before, during)
    afters.append(sizes())
    # The allocators may keep some of one life, but not of each.
    assert afters[-1][0] - before[0] < 50 << 20, (before, afters)
    assert afters[-1][1] - before[1] < 50 << 20, (before, afters)
    assert afters[-1][0] - afters[0][0] < 4 << 20, (before, afters)
    assert afters[-1][1] - afters[0][1] < 4 << 20, (before, afters)
"""
    assert run(code) == ""

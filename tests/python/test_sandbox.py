# SPDX-License-Identifier: Apache-2.0
"""Runtime.sandboxed(): everything is capped, and nothing lifts a cap."""

import inspect
import time

import bombs
import epsilon
import pytest
from epsilon import (
    EpsilonFuelError,
    EpsilonLimitError,
    EpsilonTimeoutError,
    EpsilonTrapError,
    EpsilonUsageError,
    Runtime,
)
from wat import wat

PROGRAM = """
(memory (export "memory") 1) (table $t 1 funcref)
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(func (export "loop") (loop $l (br $l)))
(func $recurse (export "recurse") (call $recurse))
(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
(func (export "grow_table") (param i32) (result i32)
  (table.grow $t (ref.null func) (local.get 0)))
(func (export "count") (param i32)
  (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
"""
PAGES_OF_256_MIB = 4096


@pytest.fixture
def program():
    with Runtime.sandboxed(timeout_ms=300) as runtime:
        yield runtime.instantiate(wat(PROGRAM))


def test_ordinary_programs_run(program):
    assert program.call("add", 5, 37) == [42]
    assert program.call("grow", 100) == [1]
    program.call("count", 100_000)


def test_memory(program):
    assert program.call("grow", PAGES_OF_256_MIB) == [-1]
    assert program.call("grow", PAGES_OF_256_MIB - 2) == [1]  # a page less: the table counts too
    assert program.call("grow", 1) == [-1]


def test_table_elements(program):
    assert program.call("grow_table", 1_000_000) == [-1]
    assert program.call("grow_table", 999_999) == [1]


def test_time(program):
    for timeout in (None, 0, 10_000, 1e30):
        began = time.monotonic()
        with pytest.raises(EpsilonTimeoutError):
            program.call("loop", timeout_ms=timeout)
        assert 0.29 < time.monotonic() - began < 8
    with pytest.raises(EpsilonTimeoutError):
        program.call("loop", timeout_ms=1)  # less can be had
    assert program.call("add", 1, 2) == [3]


def test_time_of_start_functions():
    with Runtime.sandboxed(timeout_ms=50) as runtime:
        for options in ({}, {"timeout_ms": 0}, {"timeout_ms": 60_000}):
            with pytest.raises(EpsilonTimeoutError):
                runtime.instantiate(wat("(func $f (loop (br 0))) (start $f)"), **options)


def test_fuel():
    with Runtime.sandboxed(fuel=50_000, timeout_ms=None) as runtime:
        program = runtime.instantiate(wat(PROGRAM))
        for options in ({}, {"fuel": 10**12}):
            runtime.fuel = 50_000
            with pytest.raises(EpsilonFuelError):
                program.call("loop", **options)
        with pytest.raises(EpsilonFuelError):
            program.call("add", 1, 2)
        runtime.fuel = 1000
        assert program.call("add", 1, 2) == [3]
        for lift in (50_001, 2**63, None):
            with pytest.raises(
                EpsilonLimitError, match="^the pool of fuel may hold 50000 at most$"
            ):
                runtime.fuel = lift
        left = runtime.fuel
        runtime.add_fuel(50_000 - left)
        for amount in (1, 2**64 - 1):
            with pytest.raises(EpsilonLimitError):
                runtime.add_fuel(amount)
        assert runtime.fuel == 50_000


def test_depth(program):
    with pytest.raises(EpsilonTrapError, match="^call stack exhausted") as caught:
        program.call("recurse")
    assert caught.value.trap == "call stack exhausted"
    assert program.call("add", 1, 2) == [3]


def test_depth_is_exact():
    text = """(func $f (export "f") (param i32) (result i32) (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 1))))"""
    with Runtime.sandboxed() as runtime:
        module = runtime.instantiate(wat(text))
        assert module.call("f", 9999) == [10_000]
        with pytest.raises(EpsilonTrapError, match="^call stack exhausted"):
            module.call("f", 10_000)


def test_module_size():
    with Runtime.sandboxed(max_module_bytes=1000) as runtime:
        runtime.instantiate(bombs.tiny_functions(500))
        with pytest.raises(
            EpsilonLimitError,
            match="^module too large: [0-9]+ bytes exceed the limit of 1000$",
        ):
            runtime.instantiate(bombs.tiny_functions(1000))
    with Runtime.sandboxed() as runtime, pytest.raises(
        EpsilonLimitError, match="^module too large"
    ):
        runtime.instantiate(b"\0asm\1\0\0\0" + bytes(64 << 20))


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (bombs.tiny_functions, 1 << 20), (bombs.equal_types, 1 << 20),
        (bombs.empty_data_segments, 1 << 20), (bombs.empty_element_segments, 1 << 20),
        (bombs.globals_, 1 << 20), (bombs.tables, 1000), (bombs.memories, 100),
        (bombs.operands_piled_up, 1 << 20), (bombs.values_never_used, 9 << 20),
        (bombs.imports_of_a_wide_type, 1 << 20), (bombs.a_giant_element_segment, 2 << 20),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_counts_in_modules(make, size):
    with Runtime.sandboxed() as runtime, pytest.raises(EpsilonLimitError):
        runtime.instantiate(make(size))


def test_instances():
    with Runtime.sandboxed(max_instances=2) as runtime:
        kept = [runtime.instantiate(wat("")) for _ in range(2)]
        with pytest.raises(EpsilonLimitError, match="^too many instances: the limit is 2$"):
            runtime.instantiate(wat(""))
        kept.pop().close()
        runtime.instantiate(wat(""))


def test_instantiate_lowers_the_cap_on_memory_and_never_lifts_it():
    with Runtime.sandboxed(max_memory_pages=10) as runtime:
        for pages, most in ((None, 10), (0, 10), (11, 10), (65536, 10), (10, 10), (4, 4)):
            module = runtime.instantiate(wat(PROGRAM), pages)
            assert module.call("grow", most) == [-1]
            assert module.call("grow", most - 1) == [1]
            with pytest.raises(EpsilonLimitError, match="it may have"):
                module.grow_memory(1)
        for pages in (None, 0, 65536):
            with pytest.raises(
                EpsilonLimitError,
                match="^memory 0: the minimum of 11 pages is above the cap of 10 pages$",
            ):
                runtime.instantiate(wat("(memory 11)"), pages)


def test_the_cap_holds_for_imported_memories():
    with Runtime.sandboxed(max_memory_pages=10) as runtime:
        owner = runtime.instantiate(wat(PROGRAM))
        user = wat("""(import "m" "memory" (memory 1))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))""")
        for pages in (None, 0, 65536):
            module = runtime.instantiate(user, pages, imports={"m": owner})
            assert module.call("grow", 10) == [-1]
        assert module.call("grow", 9) == [1]


def test_every_cap_can_be_given():
    parameters = inspect.signature(Runtime.sandboxed).parameters
    ordinary = inspect.signature(Runtime.__init__).parameters
    assert set(parameters) == set(ordinary) - {"self", "metering", "ceilings"}
    with Runtime.sandboxed(
        max_memory_pages=0, max_total_memory_bytes=0, max_table_elements=None, max_memories=0,
        max_tables=0, max_instances=0, max_call_depth=0, max_stack_bytes=0, max_module_bytes=None,
        timeout_ms=None, fuel=None,
        module_limits={"types": 1_000_000, "function-bytes": 128 << 20},
    ) as runtime:  # fmt: skip
        module = runtime.instantiate(wat(PROGRAM))
        assert module.call("grow", 5000) == [1]
        assert module.call("grow_table", 2_000_000) == [1]
        assert runtime.fuel is None
        runtime.instantiate(bombs.equal_types(1 << 20))
        runtime.instantiate(bombs.values_never_used(9 << 20))


def test_module_limits_are_added():
    assert epsilon.SANDBOX_MODULE_LIMITS["types"] == 100_000
    with Runtime.sandboxed(module_limits={"locals": 5}) as runtime:
        with pytest.raises(EpsilonLimitError, match="^too many locals"):
            runtime.instantiate(wat("(func (local i32 i32 i32 i32 i32 i32))"))
        with pytest.raises(EpsilonLimitError, match="count of types"):
            runtime.instantiate(bombs.equal_types(1 << 20))
    for wrong in ({"lines": 5}, ["types"], 5):
        with pytest.raises(EpsilonUsageError):
            Runtime.sandboxed(module_limits=wrong)


def test_subclasses():
    class Mine(Runtime):
        pass

    with Mine.sandboxed() as runtime:
        assert type(runtime) is Mine


def test_ordinary_runtimes_have_no_ceilings():
    with Runtime(max_memory_pages=2, timeout_ms=1, fuel=10) as runtime:
        runtime.fuel = 10**9
        assert runtime.fuel == 10**9
        module = runtime.instantiate(wat(PROGRAM), 0, timeout_ms=0)
        assert module.call("grow", 100, timeout_ms=0) == [1]
        module.call("count", 3_000_000, timeout_ms=0)

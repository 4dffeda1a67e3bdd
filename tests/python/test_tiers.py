# SPDX-License-Identifier: Apache-2.0
"""How programs are executed: what can be chosen, what is refused, and that it changes nothing."""

import threading

import epsilon
import pytest
from epsilon import CompiledModule, Runtime
from tier_modes import MODES, runtimes_in
from wat import wat

COMPILES = epsilon.features()["baseline compiler"]
WAYS = ("interpreter", "compiled", "tiered")
PROGRAM = """
  (func $fib (export "fib") (param i32) (result i32)
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
    (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
             (call $fib (i32.sub (local.get 0) (i32.const 2)))))
  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  (func (export "spin") (loop (br 0)))
"""
COMMAND = """
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const 7)))
"""


@pytest.mark.parametrize("tiers", WAYS)
def test_every_way_computes_the_same(tiers):
    with Runtime(tiers=tiers) as runtime, runtime.instantiate(wat(PROGRAM)) as module:
        assert runtime.tiers == (tiers if COMPILES else "interpreter")
        assert module.call("fib", 15) == [610]
        with pytest.raises(epsilon.EpsilonTrapError, match="integer divide by zero"):
            module.call("divide", 1, 0)
        with pytest.raises(epsilon.EpsilonTimeoutError):
            module.call("spin", timeout_ms=1)


@pytest.mark.parametrize("mode", MODES)
def test_backtraces_and_counts_are_the_same(mode):
    with runtimes_in("interpreter"), Runtime(metering=True) as runtime:
        module = runtime.instantiate(wat(PROGRAM))
        module.call("fib", 10)
        expected = runtime.last_call
        with pytest.raises(epsilon.EpsilonTrapError) as expected_error:
            module.call("divide", 1, 0)
    for seed in range(1, 6):
        with runtimes_in(mode, seed), Runtime(metering=True) as runtime:
            module = runtime.instantiate(wat(PROGRAM))
            for _ in range(3):
                module.call("fib", 10)
                assert runtime.last_call == expected
                with pytest.raises(epsilon.EpsilonTrapError) as error:
                    module.call("divide", 1, 0)
                assert error.value.frames == expected_error.value.frames


@pytest.mark.parametrize(
    ("tiers", "kind", "message"),
    [
        ("fast", ValueError, "unknown tiers: fast (known: interpreter, compiled, tiered)"),
        ("", ValueError, "unknown tiers:  (known: interpreter, compiled, tiered)"),
        ("Tiered", ValueError, "unknown tiers: Tiered (known: interpreter, compiled, tiered)"),
        (None, TypeError, "tiers must be str, not NoneType"),
        (1, TypeError, "tiers must be str, not int"),
        (b"tiered", TypeError, "tiers must be str, not bytes"),
    ],
)
def test_wrong_tiers(tiers, kind, message):
    for make in (
        Runtime,
        Runtime.sandboxed,
        lambda **options: epsilon.run(wat(COMMAND), **options),
    ):
        with pytest.raises(kind) as error:
            make(tiers=tiers)
        assert str(error.value) == message


@pytest.mark.parametrize(
    ("thresholds", "kind", "message"),
    [
        ((0, 1), ValueError, "tier_thresholds are from 1 to 4294967295, not 0"),
        ((1, 0), ValueError, "tier_thresholds are from 1 to 4294967295, not 0"),
        ((-1, 1), ValueError, "tier_thresholds are from 1 to 4294967295, not -1"),
        ((1, 2**32), ValueError, "tier_thresholds are from 1 to 4294967295, not 4294967296"),
        ((1,), TypeError, "tier_thresholds must be two ints: calls and rounds of loops"),
        ((1, 2, 3), TypeError, "tier_thresholds must be two ints: calls and rounds of loops"),
        ((1, 2.0), TypeError, "tier_thresholds must be two ints: calls and rounds of loops"),
        ((True, 2), TypeError, "tier_thresholds must be two ints: calls and rounds of loops"),
        ("12", TypeError, "tier_thresholds must be two ints: calls and rounds of loops"),
        (5, TypeError, "tier_thresholds must be two ints: calls and rounds of loops"),
    ],
)
def test_wrong_thresholds(thresholds, kind, message):
    with pytest.raises(kind) as error:
        Runtime(tier_thresholds=thresholds)
    assert str(error.value) == message


@pytest.mark.parametrize("thresholds", [(1, 1), [3, 4], (2**32 - 1, 2**32 - 1), None])
def test_thresholds(thresholds):
    with Runtime(tier_thresholds=thresholds) as runtime:
        module = runtime.instantiate(wat(PROGRAM))
        assert module.call("fib", 12) == [144]


def test_what_was_compiled():
    compiled = CompiledModule(wat(PROGRAM))
    assert compiled.machine_code == (0, 0, 0)
    with Runtime(tiers="interpreter") as runtime:
        runtime.instantiate(compiled).call("fib", 12)
        assert compiled.machine_code == (0, 0, 0)
    with Runtime(tier_thresholds=(2**32 - 1, 2**32 - 1)) as runtime:
        runtime.instantiate(compiled).call("fib", 12)
        assert compiled.machine_code == (0, 0, 0)
    with Runtime(tiers="compiled") as runtime:
        runtime.instantiate(compiled).call("fib", 12)
        made = compiled.machine_code
        assert isinstance(made, epsilon.MachineCode)
        assert made.functions == COMPILES
        assert (made.bytes > 0) == (made.nanoseconds > 0) == COMPILES
        runtime.instantiate(compiled).call("fib", 12)
        assert compiled.machine_code.functions == COMPILES
    with Runtime(tiers="compiled", features={"simd": False}) as runtime:  # compiles it again
        runtime.instantiate(compiled).call("fib", 12)
        assert compiled.machine_code.functions == 2 * COMPILES


def test_runtimes_of_all_ways_share_a_module_on_several_threads():
    compiled = CompiledModule(wat(PROGRAM))
    results = []

    def compute(tiers, thresholds):
        with Runtime(tiers=tiers, tier_thresholds=thresholds) as runtime:
            module = runtime.instantiate(compiled)
            results.append([module.call("fib", n) for n in range(15)])

    ways = [(tiers, None) for tiers in WAYS] + [("tiered", (1, 1)), ("tiered", (5, 5))]
    threads = [threading.Thread(target=compute, args=way) for way in ways * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(threads)
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize("tiers", WAYS)
def test_run(tiers):
    done = epsilon.run(wat(COMMAND), tiers=tiers, tier_thresholds=(1, 1))
    assert done.exit_code == 7


def test_a_closed_runtime_has_no_tiers():
    runtime = Runtime()
    runtime.close()
    with pytest.raises(epsilon.EpsilonError, match="Runtime is closed"):
        _ = runtime.tiers


def test_features_say_whether_anything_can_be_compiled():
    assert isinstance(COMPILES, bool)
    with Runtime() as runtime:
        assert (runtime.tiers == "interpreter") == (not COMPILES)


@pytest.mark.parametrize("tiers", WAYS)
def test_vectors_that_are_zero_have_two_halves(tiers):
    fill = " ".join(f"(local.set {i} (i64x2.splat (i64.const -1)))" for i in range(20))
    use = " ".join(f"(v128.store (i32.const 0) (local.get {i}))" for i in range(20))
    text = f"""
      (memory (export "memory") 1)
      (func (export "fill") (local {"v128 " * 20}) {fill} {use})
      (func (export "zero") (local v128)
        i32.const 16
        local.get 0
        block end
        v128.store)"""
    with Runtime(tiers=tiers) as runtime, runtime.instantiate(wat(text)) as module:
        for _ in range(2):
            module.call("fill")
            module.write_memory(16, b"x" * 16)
            module.call("zero")
            assert module.read_memory(16, 16) == bytes(16)

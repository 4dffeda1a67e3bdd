#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What calls between Python and WebAssembly cost, in both directions, and what lies around them:
Epsilon beside wasmtime, in one process, in paired rounds.

    bench/python_calls.py [--rounds N] [--json FILE]

Each figure is the median of the rounds; in a round each engine's part lasts some 50 ms, and the
cost of the loop itself is taken off. The limits are those that the project has set itself.
"""

import argparse
import gc
import json
import platform
import statistics
import sys
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import epsilon

try:
    import wasmtime
except ImportError:
    wasmtime = None  # type: ignore[assignment]

MODULE = """
(module
  (import "env" "f" (func $f (param i32 i32) (result i32)))
  (memory (export "memory") 32)
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "mul") (param f64 f64) (result f64) (f64.mul (local.get 0) (local.get 1)))
  (func (export "callbacks") (param i32)
    (loop $l
      (drop (call $f (i32.const 5) (i32.const 37)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
"""
# Without a memory, and with one.
SMALL = '(module (func (export "add") (param i32 i32) (result i32) (local.get 0)))'
WITH_MEMORY = '(module (memory (export "memory") 1) (func (export "f")))'
MIB = bytes(range(256)) * 4096
TARGET_S = 0.05


class Measured(NamedTuple):
    """A thing to do many times: `repeat(n)` does it n times. Units are microseconds each."""

    name: str
    limit: Optional[float]
    epsilon: Callable[[int], None]
    wasmtime: Optional[Callable[[int], None]]
    in_wasm: bool = False
    """The loop is not Python's."""


def loop(action: str, **names: Any) -> Callable[[int], None]:
    """Repeats a piece of code in a loop of its own: a function called in it would cost as much as
    what is measured."""
    parameters = ", ".join(names)
    source = (
        f"def make({parameters}):\n"
        f"    def repeat(n):\n        for _ in range(n): {action}\n"
        f"    return repeat\n"
    )
    namespace: Dict[str, Any] = {}
    exec(source, namespace)
    made: Callable[[int], None] = namespace["make"](**names)
    return made


def measures() -> List[Measured]:
    runtime = epsilon.Runtime()
    given = {"env": {"f": lambda a, b: a}}
    module = runtime.instantiate(MODULE, imports=given)
    exports = module.exports
    compiled, small = runtime.compile(SMALL), runtime.compile(WITH_MEMORY)
    memory = exports.memory
    theirs: Dict[str, Callable[[int], None]] = {}
    if wasmtime is not None:
        store = wasmtime.Store()
        i32 = wasmtime.ValType.i32()
        kind = wasmtime.FuncType([i32, i32], [i32])
        host = wasmtime.Func(store, kind, lambda a, b: a)
        code = wasmtime.Module(store.engine, MODULE)
        their = wasmtime.Instance(store, code, [host]).exports(store)
        their_add, their_mul, their_loop = their["add"], their["mul"], their["callbacks"]
        their_memory = their["memory"]
        codes = [wasmtime.Module(store.engine, text) for text in (SMALL, WITH_MEMORY)]

        def instantiate(which: int) -> Callable[[int], None]:
            # A store is the only thing that gives an instance back, so each has its own.
            def repeat(n: int) -> None:
                for _ in range(n):
                    own = wasmtime.Store(store.engine)
                    wasmtime.Instance(own, codes[which], [])
                    own.close()

            return repeat

        theirs = {
            "add": loop("add(store, 5, 37)", add=their_add, store=store),
            "mul": loop("mul(store, 5.0, 37.0)", mul=their_mul, store=store),
            "callback": lambda n: their_loop(store, n),
            "small": instantiate(0),
            "memory": instantiate(1),
            "write": loop(
                "memory.write(store, data, 0)", memory=their_memory, store=store, data=MIB
            ),
            "read": loop("memory.read(store, 0, 1048576)", memory=their_memory, store=store),
        }
    add = exports.add
    create = "runtime.instantiate(compiled).close()"
    return [
        Measured(
            "exports.add(5, 37)", 0.6,
            loop("exports.add(5, 37)", exports=exports), theirs.get("add"),
        ),
        Measured("call(\"add\", 5, 37)", 0.9, loop("call('add', 5, 37)", call=module.call), None),
        Measured("add = exports.add; add(5, 37)", None, loop("add(5, 37)", add=add), None),
        Measured("exports.mul(5.0, 37.0)", None,
                 loop("exports.mul(5.0, 37.0)", exports=exports), theirs.get("mul")),
        Measured("host callback (i32, i32) -> i32", 0.7, exports.callbacks, theirs.get("callback"),
                 True),
        Measured(
            "instantiate and close, compiled, no memory", 20,
            loop(create, runtime=runtime, compiled=compiled), theirs.get("small"),
        ),
        Measured(
            "instantiate and close, compiled, a memory", 20,
            loop(create, runtime=runtime, compiled=small), theirs.get("memory"),
        ),
        Measured("memory.write of 1 MiB", None,
                 loop("memory.write(0, data)", memory=memory, data=MIB), theirs.get("write")),
        Measured("memory.read of 1 MiB", None,
                 loop("memory.read(0, 1048576)", memory=memory), theirs.get("read")),
        Measured("memcpy of 1 MiB (bytearray)", None,
                 loop("copy[:] = data", copy=bytearray(len(MIB)), data=MIB), None),
    ]  # fmt: skip


def seconds(repeat: Callable[[int], None], count: int) -> float:
    start = time.process_time()
    repeat(count)
    return time.process_time() - start


def calibrate(repeat: Callable[[int], None]) -> int:
    count = 1
    while True:
        took = seconds(repeat, count)
        if took > TARGET_S / 4:
            return max(1, int(count * TARGET_S / took))
        count *= 4


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    rows = []
    empty = loop("pass")
    for measured in measures():
        sides = {"epsilon": measured.epsilon, "wasmtime": measured.wasmtime}
        counts = {name: calibrate(side) for name, side in sides.items() if side}
        figures: Dict[str, List[float]] = {name: [] for name in counts}
        gc.disable()
        for _ in range(options.rounds):
            for name, count in counts.items():
                side = sides[name]
                assert side is not None
                used = seconds(side, count)
                if not measured.in_wasm:
                    used -= seconds(empty, count)
                figures[name].append(1e6 * used / count)
            gc.collect()
        gc.enable()
        medians = {name: statistics.median(values) for name, values in figures.items()}
        rows.append({
            "what": measured.name, "limit_us": measured.limit,
            **{f"{name}_us": round(value, 3) for name, value in medians.items()},
            "spread": round(max(figures["epsilon"]) / min(figures["epsilon"]), 2),
        })  # fmt: skip
    print(f"{'':45}{'Epsilon':>10}{'limit':>8}{'wasmtime':>10}   microseconds, medians")
    for row in rows:
        limit = "" if row["limit_us"] is None else f"{row['limit_us']:g}"
        their = f"{row['wasmtime_us']:.2f}" if "wasmtime_us" in row else ""
        print(f"{row['what']:45}{row['epsilon_us']:10.2f}{limit:>8}{their:>10}")
    result = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": platform.machine(),
        "epsilon": epsilon.version(), "build": epsilon.build_info(),
        "wasmtime": getattr(wasmtime, "__version__", None),
        "rounds": options.rounds, "figures": rows,
    }  # fmt: skip
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

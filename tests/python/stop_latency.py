#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long after their deadline programs stop: endless ones of every kind, stopped at random
moments, each followed by a call whose result must be right.

    stop_latency.py [--stops N] [--seed N] [--median MS] [--p99 MS] [--rest MS]
                    [--signals on|off|both]

Prints the figures; the status is 1 if the median or the 99th percentile is above its bound.
"""

import argparse
import random
import sys
import time
from typing import Dict, List, NamedTuple

import epsilon
from wat import wat

PROGRAMS: Dict[str, str] = {
    "empty loop": """
      (func (export "run") (loop $l (br $l)))""",
    "tail calls": """
      (func $even (export "run") (return_call $odd))
      (func $odd (return_call $even))""",
    "br_table": """
      (func (export "run") (loop $l (br_table $l $l (i32.const 1))))""",
    "memory.fill": """
      (memory 32768)
      (func (export "run") (loop $l
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x7fffffff)) (br $l)))""",
    "memory.copy": """
      (memory 32768)
      (func (export "run") (loop $l
        (memory.copy (i32.const 0x40000000) (i32.const 0) (i32.const 0x3fffffff))
        (memory.copy (i32.const 1) (i32.const 0) (i32.const 0x7ffffff0)) (br $l)))""",
    "table.fill": """
      (table $t 10000000 funcref) (elem declare func 0)
      (func (export "run") (loop $l
        (table.fill $t (i32.const 0) (ref.func 0) (i32.const 10000000)) (br $l)))""",
}
ADD = """
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"""


class Stop(NamedTuple):
    program: str
    late: float
    """Milliseconds between the deadline and the return of the call."""


def stops(
    count: int,
    rng: random.Random,
    signals: bool = True,
    longest_ms: int = 20,
    rest_ms: float = 0,
) -> List[Stop]:
    """Stops each program so many times. Raises AssertionError if a call afterwards is wrong."""
    found: List[Stop] = []
    for name, text in PROGRAMS.items():
        with epsilon.Runtime(signals=signals) as runtime:
            module = runtime.instantiate(wat(text + ADD))
            for _ in range(count):
                timeout = rng.randint(1, longest_ms)
                start = time.perf_counter()
                try:
                    module.call("run", timeout_ms=timeout)
                    raise AssertionError(f"{name} has returned")
                except epsilon.EpsilonTimeoutError:
                    late = (time.perf_counter() - start) * 1e3 - timeout
                found.append(Stop(name, late))
                left, right = rng.randrange(1 << 20), rng.randrange(1 << 20)
                assert module.call("add", left, right) == [left + right]
                time.sleep(rest_ms / 1e3)
    return found


def percentile(values: List[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def report(title: str, late: List[float]) -> None:
    print(
        f"{title:<24}{len(late):6} stops: median {percentile(late, 50):6.2f} ms, "
        f"99 % {percentile(late, 99):6.2f} ms, longest {max(late):6.2f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stops", type=int, default=1000, help="in total, for each form of stops")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--median", type=float, default=5.0)
    parser.add_argument("--p99", type=float, default=20.0)
    parser.add_argument("--rest", type=float, default=0, help="milliseconds between stops")
    parser.add_argument("--signals", choices=["on", "off", "both"], default="both")
    options = parser.parse_args()

    print(f"{epsilon.build_info()}, seed {options.seed}")
    good = True
    for signals in (True, False):
        if options.signals not in ("both", "on" if signals else "off"):
            continue
        each = -(-options.stops // len(PROGRAMS))
        found = stops(each, random.Random(options.seed), signals, rest_ms=options.rest)
        for name in PROGRAMS:
            report(name, [stop.late for stop in found if stop.program == name])
        late = [stop.late for stop in found]
        report(f"all, signals {'on' if signals else 'off'}", late)
        good = good and min(late) >= -0.5
        good = good and percentile(late, 50) <= options.median
        good = good and percentile(late, 99) <= options.p99
    print("good" if good else "TOO LATE")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

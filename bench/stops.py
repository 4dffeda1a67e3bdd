#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What being stoppable costs: calls with and without a timeout, and tight loops under a deadline.

    bench/stops.py [--rounds N] [--no-signals]

Times are CPU time of the calling thread, so that other work on the machine disturbs little; each
line is the median of paired rounds. --no-signals measures programs that poll.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Callable, List, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))

import epsilon  # noqa: E402
from wat import wat  # noqa: E402

PROGRAM = """
(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
(func (export "count") (param i32)
  (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
(func (export "table") (param i32)
  (block $end
    (loop $l
      (br_table $l $end (i32.eqz (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))
(func $even (export "tail") (param i32)
  (if (local.get 0) (then (return_call $odd (i32.sub (local.get 0) (i32.const 1))))))
(func $odd (param i32)
  (if (local.get 0) (then (return_call $even (i32.sub (local.get 0) (i32.const 1))))))
"""
LONG_MS = 10_000_000
CALLS = 100_000
LOOPS = 20_000_000


def seconds(run: Callable[[], object]) -> float:
    start = time.thread_time()
    run()
    return time.thread_time() - start


def paired(
    first: Callable[[], object], second: Callable[[], object], rounds: int
) -> Tuple[float, float]:
    """Medians of the times of `first`, and of `second` minus `first`."""
    times: List[float] = []
    differences: List[float] = []
    for _ in range(rounds):
        one = seconds(first)
        two = seconds(second)
        times.append(one)
        differences.append(two - one)
    return statistics.median(times), statistics.median(differences)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--no-signals", action="store_true")
    options = parser.parse_args()

    print(f"{epsilon.build_info()}, {epsilon.__file__}")
    runtime = epsilon.Runtime(signals=not options.no_signals)
    module = runtime.instantiate(wat(PROGRAM))

    def calls(timeout_ms: object) -> Callable[[], None]:
        def run() -> None:
            call = module.call
            for _ in range(CALLS):
                call("add", 1, 2, timeout_ms=timeout_ms)

        return run

    base, more = paired(calls(None), calls(LONG_MS), options.rounds)
    print(f"call from Python        {base / CALLS * 1e9:8.0f} ns")
    print(f"  with a timeout        {more / CALLS * 1e9:+8.0f} ns")
    for name in ("count", "table", "tail"):

        def loop(timeout_ms: object, name: str = name) -> Callable[[], object]:
            return lambda: module.call(name, LOOPS, timeout_ms=timeout_ms)

        base, more = paired(loop(None), loop(LONG_MS), options.rounds)
        print(f"{name:<8} a round        {base / LOOPS * 1e9:8.2f} ns")
        print(f"  with a timeout        {more / base * 100:+8.2f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())

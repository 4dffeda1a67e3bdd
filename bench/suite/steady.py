# SPDX-License-Identifier: Apache-2.0
"""Time of running programs: every kernel in every engine, in paired rounds."""

from __future__ import annotations

import math
import statistics
import time
from typing import Any, NamedTuple

from suite.engines import ENGINES, Installed
from suite.kernels import Kernel
from suite.places import log
from suite.workers import Worker, WorkerError

INTERPRETER_DIVISOR = 4
"""Interpreters get a part of the work, as native code does once more beside them."""


class Settings(NamedTuple):
    rounds: int
    divisor: int
    """Only this part of the work."""
    warm_seconds: float
    """For engines that compile what is hot."""
    clock: str
    """cpu or wall"""


class Runner:
    """One engine's worker with one kernel, and what it was seen to do."""

    def __init__(self, name: str, worker: Worker, n: int) -> None:
        self.name, self.worker, self.n = name, worker, n
        self.seconds: list[float] = []
        self.ratios: list[float] = []
        self.error = ""

    def time(self) -> tuple[int, float]:
        return self.worker.call(self.n)


def start(
    kernel: Kernel, engines: dict[str, Installed], settings: Settings
) -> tuple[list[Runner], dict[str, str]]:
    """Starts the workers and warms them up; the errors of those that can't run the kernel."""
    runners, errors = [], {}
    for engine in ENGINES:
        installed = engines.get(engine.name)
        if installed is None or (kernel.kind == "package" and engine.kind == "native"):
            continue
        slow = INTERPRETER_DIVISOR if engine.kind == "interpreter" else 1
        n = kernel.size(settings.divisor * slow)
        worker = None
        try:
            worker = Worker(installed.worker("run", kernel.wasm), installed.env, settings.clock)
            runner = Runner(engine.name, worker, n)
            end = time.monotonic() + (settings.warm_seconds if engine.tiers else 0)
            worker.call(n if engine.tiers else kernel.size(settings.divisor * 20))
            while time.monotonic() < end:
                worker.call(n)
            runners.append(runner)
        except WorkerError as error:
            if worker is not None:
                worker.close()
            errors[engine.name] = str(error)
            log(f"{kernel.name}: {engine.name}: {error}")
    return runners, errors


def reference_of(runners: list[Runner]) -> str:
    """Whom the others are compared with: native code, or the first that there is of these."""
    names = [runner.name for runner in runners]
    for name in ("native", "wasmtime", "node", *names):
        if name in names:
            return name
    return ""


def one_round(kernel: Kernel, runners: list[Runner], reference: str) -> bool:
    """Times each engine once, one after the other; whether the checksums agree."""
    first = next(runner for runner in runners if runner.name == reference)
    expected: dict[int, tuple[int, float]] = {}
    agree = True
    for runner in [first, *(other for other in runners if other is not first)]:
        if runner.error:
            continue
        if runner.n not in expected:
            expected[runner.n] = first.worker.call(runner.n)
        checksum, base = expected[runner.n]
        try:
            result, seconds = (checksum, base) if runner is first else runner.time()
        except WorkerError as error:
            runner.error = str(error)
            log(f"{kernel.name}: {runner.name}: {error}")
            continue
        if result != checksum:
            runner.error = f"checksum {result:#018x}, {reference} {checksum:#018x}"
            log(f"{kernel.name}: {runner.name}: {runner.error}")
            agree = False
        runner.seconds.append(seconds)
        runner.ratios.append(seconds / max(base, 1e-9))
    return agree


def measure(
    kernel: Kernel, engines: dict[str, Installed], settings: Settings
) -> tuple[dict[str, Any], bool]:
    runners, errors = start(kernel, engines, settings)
    reference = reference_of(runners)
    agree = True
    try:
        for _ in range(settings.rounds if runners else 0):
            agree = one_round(kernel, runners, reference) and agree
    except WorkerError as error:  # the reference: nothing can be compared any more
        for runner in runners:
            runner.error = runner.error or f"{reference}: {error}"
    finally:
        for runner in runners:
            runner.worker.close()
    results: dict[str, Any] = {name: {"error": error} for name, error in errors.items()}
    for runner in runners:
        if runner.error:
            results[runner.name] = {"error": runner.error}
            continue
        results[runner.name] = {
            "n": runner.n,
            "seconds": statistics.median(runner.seconds),
            "ratio": statistics.median(runner.ratios),
            "ratios": runner.ratios,
        }
    row = {"kernel": kernel.name, "kind": kernel.kind, "about": kernel.about}
    return {**row, "reference": reference, "engines": results}, agree


def geometric_mean(values: list[float]) -> float:
    return math.exp(statistics.mean(math.log(value) for value in values))


def means(rows: list[dict[str, Any]], names: list[str]) -> dict[str, dict[str, Any]]:
    """By kind of kernel and engine: the geometric mean of the medians; of each round alone, the
    least and the greatest; and the kernels that it is of. An engine that can't run a kernel has a
    mean of fewer."""
    found: dict[str, dict[str, Any]] = {}
    for kind in ("scalar", "simd", "package"):
        for name in names:
            results = [row["engines"].get(name, {}) for row in rows if row["kind"] == kind]
            results = [result for result in results if "ratio" in result]
            if not results:
                continue
            rounds = min(len(result["ratios"]) for result in results)
            by_round = [
                geometric_mean([result["ratios"][i] for result in results]) for i in range(rounds)
            ]
            found.setdefault(kind, {})[name] = {
                "mean": geometric_mean([result["ratio"] for result in results]),
                "least": min(by_round),
                "greatest": max(by_round),
                "kernels": len(results),
            }
    return found


def steady(
    kernels: list[Kernel], engines: dict[str, Installed], settings: Settings
) -> tuple[dict[str, Any], bool]:
    usable = {name: one for name, one in engines.items() if "run" in one.modes.split()}
    rows, agree = [], True
    for kernel in kernels:
        log(f"{kernel.name}...")
        row, ok = measure(kernel, usable, settings)
        rows.append(row)
        agree = agree and ok
    report = {
        "clock": settings.clock,
        "rounds": settings.rounds,
        "divisor": settings.divisor,
        "checksums_agree": agree,
        "kernels": rows,
        "geomean": means(rows, list(usable)),
    }
    return report, agree

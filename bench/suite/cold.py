# SPDX-License-Identifier: Apache-2.0
"""Kernels as whole programs that run once: from the start of the process to its end, with nothing
warmed up. Short, medium and long ones, by the time that native code takes."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple

from suite.engines import Installed, titles
from suite.kernels import KERNELS
from suite.places import CACHE, Unavailable, log, run
from suite.processes import Spawned, launch, spread
from suite.steady import geometric_mean
from suite.workers import WorkerError

LENGTHS = {"5 ms": 5, "50 ms": 50, "500 ms": 500}
"""About what native code takes for each, in milliseconds."""
PER_MILLISECOND = {"json": 10, "vmloop": 1.08, "nbody": 110}
"""The kernels, and how much n keeps native code busy for a millisecond."""
SLOW_SECONDS = 4
"""What takes more processor time is run only once."""
LIMIT_SECONDS = 25
"""What would take longer, by what the next shorter one took, is not run."""
QUICK_LENGTHS = ("5 ms",)


class Way(NamedTuple):
    title: str
    command: Callable[[Path], list[str]]
    """Raises Unavailable where it can't be run in this way."""
    env: Mapping[str, str] = {}


def cached(one: Installed) -> Callable[[Path], list[str]]:
    """wasmtime with what it compiled before."""

    def command(path: Path) -> list[str]:
        key = hashlib.sha256(path.read_bytes() + f"worker {one.version}".encode()).hexdigest()[:32]
        compiled = CACHE / "compiled" / f"{key}.cwasm"
        if not compiled.exists():
            compiled.parent.mkdir(parents=True, exist_ok=True)
            run([*one.worker("precompile", path), str(compiled)], env=one.env)
        return [*one.worker("cached", path), str(compiled)]

    return command


def ways(engines: Mapping[str, Installed]) -> dict[str, Way]:
    found: dict[str, Way] = {}
    for name, one in engines.items():
        if name == "novec" or "run" not in one.modes.split():
            continue

        def command(path: Path, one: Installed = one) -> list[str]:
            return one.worker("run", path)

        title = titles().get(name, name)
        if name != "wasmtime":
            found[name] = Way(title, command, one.env)
            continue
        found[name] = Way(f"{title}, cold", command, one.env)
        found["wasmtime-cached"] = Way(f"{title}, cached", cached(one), one.env)
    return found


class Attempt:
    """A way with one program, and what it was seen to do."""

    def __init__(self, way: Way, path: Path, expected_seconds: float) -> None:
        self.runs: list[Spawned] = []
        self.said = b""
        self.error = ""
        self.env = way.env
        self.argv: list[str] = []
        self.refused = expected_seconds > LIMIT_SECONDS
        if self.refused:
            self.error = f"it would take some {expected_seconds:.0f} s"
            return
        try:
            self.argv = way.command(path)
        except Unavailable as error:
            self.error = str(error)

    def run(self, given: Path) -> None:
        if self.error or (self.runs and self.runs[0].processor > SLOW_SECONDS):
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "output"
            try:
                self.runs.append(launch(self.argv, self.env, output=file, given=given))
                self.said = file.read_bytes()
            except WorkerError as error:
                self.error = str(error)

    def result(self) -> dict[str, Any]:
        if self.error:
            return {"error": self.error}
        return {
            "runs": len(self.runs),
            "seconds": spread([one.wall for one in self.runs]),
            "processor_seconds": spread([one.processor for one in self.runs]),
            "memory_mib": max(one.memory for one in self.runs),
        }


def measure(
    path: Path, n: int, ways: Mapping[str, Way], expected: Mapping[str, float], rounds: int
) -> tuple[dict[str, Any], bool]:
    """One program in every way, in paired rounds; False if one printed another checksum."""
    attempts = {name: Attempt(way, path, expected.get(name, 0)) for name, way in ways.items()}
    agree = True
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "n"
        given.write_text(f"{n}\n")
        for _ in range(rounds):
            for attempt in attempts.values():
                attempt.run(given)
    right = next((one.said for one in attempts.values() if one.runs and not one.error), b"")
    for name, attempt in attempts.items():
        if not attempt.error and attempt.said != right:
            attempt.error = f"it printed {attempt.said[:60]!r}, not {right[:60]!r}"
            agree = False
        if attempt.error and not attempt.refused:
            log(f"{path.stem} {n}: {name}: {attempt.error}")
    return {name: attempt.result() for name, attempt in attempts.items()}, agree


def cold(engines: Mapping[str, Installed], rounds: int, quick: bool) -> tuple[dict[str, Any], bool]:
    found = ways(engines)
    files = {kernel.name: kernel.wasm for kernel in KERNELS}
    table: dict[str, Any] = {}
    agree = True
    expected: dict[str, dict[str, float]] = {kernel: {} for kernel in PER_MILLISECOND}
    for length, milliseconds in LENGTHS.items():
        if quick and length not in QUICK_LENGTHS:
            continue
        table[length] = {}
        for kernel, scale in PER_MILLISECOND.items():
            n = round(scale * milliseconds)
            results, same = measure(files[kernel], n, found, expected[kernel], rounds)
            table[length][kernel] = {"n": n, "ways": results}
            agree = agree and same
            for name, result in results.items():
                # On a busy machine wall time says little about the next run.
                took = result["processor_seconds"]["median"] if "seconds" in result else 0
                expected[kernel][name] = 10 * max(took, expected[kernel].get(name, 0))
    titles_of = {name: way.title for name, way in found.items()}
    return {"rounds": rounds, "ways": titles_of, "lengths": table}, agree


def means(report: dict[str, Any], length: str, way: str) -> dict[str, float]:
    """Geometric means over the kernels, in seconds; nothing where one of them did not run."""
    results = [one["ways"][way] for one in report["lengths"][length].values()]
    if any("error" in result for result in results):
        return {}
    return {
        name: geometric_mean([result[name]["median"] for result in results])
        for name in ("seconds", "processor_seconds")
    }

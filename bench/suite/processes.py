# SPDX-License-Identifier: Apache-2.0
"""What is measured of whole processes and of an engine's edges: start-up, loading of modules,
instances, calls, and sizes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Sequence

from suite.engines import Installed, build_c
from suite.places import BENCH, NATIVE, ROOT, Unavailable, log, npm
from suite.workers import WorkerError, ask, figures_of, last_words

MODULES = BENCH / "modules"
EMPTY, SMALL, CALLS = (MODULES / f"{name}.wasm" for name in ("empty", "small", "calls"))


class Spawned(NamedTuple):
    wall: float
    """Seconds."""
    memory: float
    """The most, MiB."""
    processor: float
    """Seconds, of all threads together."""


def launch(
    argv: Sequence[str],
    env: Mapping[str, str],
    seconds: float = 120,
    output: Path | None = None,
    given: Path | None = None,
) -> Spawned:
    """Runs a program, with its output in that file, and its input from the other. Raises
    WorkerError if it fails or takes longer."""
    program = build_c(BENCH / "launch.c", NATIVE / "launch")
    with subprocess.Popen(
        [
            str(program),
            *(["-o", str(output)] if output else []),
            *(["-i", str(given)] if given else []),
            *argv,
        ],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            told, said = started.communicate(timeout=seconds)
        except BaseException as error:
            os.killpg(started.pid, signal.SIGKILL)  # the program too, not only its launcher
            if isinstance(error, subprocess.TimeoutExpired):
                raise WorkerError(f"not done within {seconds:g} s") from None
            raise
    if started.returncode != 0 or not told.endswith(" 0\n"):
        raise WorkerError(last_words(said))
    wall, processor, memory, _ = told.split()
    return Spawned(int(wall) / 1e9, int(memory) / 1024, int(processor) / 1e9)


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def startup(engines: dict[str, Installed], build: Path, rounds: int) -> dict[str, Any]:
    """A program that does nothing, from the start of the process to its end, in paired rounds."""
    programs: dict[str, tuple[list[str], dict[str, str]]] = {}
    program = build / "bin" / "epsilon"
    if "native" in engines:  # any kernel: without input it does nothing
        programs["native"] = ([str(NATIVE / "native_fib")], {})
    if "epsilon" in engines and program.exists():
        programs["epsilon run"] = ([str(program), "run", str(EMPTY)], {})
    for name, one in engines.items():
        if name in ("native", "novec"):
            continue
        programs[name] = (one.worker("run", EMPTY), one.env)
    if "epsilon" in engines:
        env = {
            "EPSILON_LIBRARY": str(build / "libepsilon.so"),
            "PYTHONPATH": str(ROOT / "epsilon_py"),
        }
        code = f"import epsilon; epsilon.Runtime().instantiate(open({str(EMPTY)!r}, 'rb').read())"
        programs["epsilon (Python)"] = ([sys.executable, "-c", code], env)
    programs["python -c pass"] = ([sys.executable, "-c", "pass"], {})

    seen: dict[str, list[Spawned]] = {name: [] for name in programs}
    errors = {}
    for _ in range(rounds):
        for name, (argv, env) in programs.items():
            try:
                seen[name].append(launch(argv, env))
            except WorkerError as error:
                errors[name] = str(error)
    rows = {
        name: {
            "seconds": spread([one.wall for one in spawned]),
            "memory_mib": statistics.median([one.memory for one in spawned]),
        }
        for name, spawned in seen.items()
        if spawned
    }
    return {"rounds": rounds, "programs": rows, "errors": errors}


def load_modules(quick: bool) -> tuple[list[tuple[str, Path]], dict[str, str]]:
    modules, missing = [("small", SMALL)], {}
    wanted = [
        ("medium", "sql.js", "1.16.0", "dist/sql-wasm.wasm"),
        ("large", "@ruby/3.4-wasm-wasi", "2.10.1", "dist/ruby.wasm"),
    ]
    for name, package, version, file in wanted:
        try:
            path = npm(package, version) / file
            if not path.exists():
                raise Unavailable(f"{package} {version} has no {file}")
            modules.append((name, path))
        except Unavailable as error:
            missing[name] = str(error)
            log(f"the {name} module is left out: {error}")
    return modules, missing


EAGER_COMPILERS = ("wasmtime", "winch", "pulley", "wazero", "wazero-int")
"""Take seconds for the large module: not in the short form."""


def load_once(argv: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    """The seconds that a worker says loading took, and the most memory it had, MiB."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "output"
        memory = launch(argv, env, output=file).memory
        return figures_of(file.read_text())["load"] / 1e9, memory


def load(engines: dict[str, Installed], rounds: int, quick: bool) -> dict[str, Any]:
    """From bytes in memory to a module that can be instantiated, and the memory of the process."""
    modules, missing = load_modules(quick)
    table: dict[str, Any] = {}
    for label, path in modules:
        results: dict[str, Any] = {}
        for name, one in engines.items():
            if "load" not in one.modes.split():
                continue
            if label == "large" and quick and name in EAGER_COMPILERS:
                results[name] = {"error": "only in the full benchmark"}
                continue
            repeats = 1 if label == "large" and name in EAGER_COMPILERS else rounds
            try:
                argv = one.worker("load", path)
                seen = [load_once(argv, one.env) for _ in range(repeats)]
                times = [seconds for seconds, _ in seen]
                memory = statistics.median([memory for _, memory in seen])
                results[name] = {"seconds": spread(times), "memory_mib": memory}
            except WorkerError as error:
                results[name] = {"error": str(error)}
                log(f"load {label}: {name}: {error}")
        table[label] = {"bytes": path.stat().st_size, "file": path.name, "engines": results}
    base = {}
    for name, one in engines.items():
        if "load" in one.modes.split():
            base[name] = launch(one.worker("load", EMPTY), one.env).memory
    return {"modules": table, "missing": missing, "memory_before_mib": base, "rounds": rounds}


def repeated(
    one: Installed, mode: str, file: Path, count: int, rounds: int
) -> dict[str, dict[str, float]]:
    """The figures of a worker's mode, in nanoseconds, over several processes."""
    seen: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, value in ask([*one.worker(mode, file), str(count)], one.env).items():
            seen.setdefault(name, []).append(value)
    return {name: spread(values) for name, values in seen.items()}


def calls(engines: dict[str, Installed], build: Path, rounds: int, quick: bool) -> dict[str, Any]:
    """Calls across the edge, and instances."""
    table: dict[str, Any] = {}
    for name, one in engines.items():
        row: dict[str, Any] = {}
        for mode, label, file, count in (
            ("calls", "", CALLS, 300_000 if quick else 2_000_000),
            ("instantiate", "empty", EMPTY, 2000),
            ("instantiate", "small", SMALL, 2000),
        ):
            if mode not in one.modes.split():
                continue
            try:
                figures = repeated(one, mode, file, count, rounds)
            except WorkerError as error:
                log(f"{mode}: {name}: {error}")
                row[f"{mode} {label}".strip()] = {"error": str(error)}
                continue
            for figure, values in figures.items():
                row[f"{figure} {label}".strip()] = values
        if row:
            table[name] = row
    return {"rounds": rounds, "engines": table, "python": python_calls(build, rounds)}


def python_calls(build: Path, rounds: int) -> Any:
    """What bench/python_calls.py measures."""
    env = {
        **os.environ,
        "EPSILON_LIBRARY": str(build / "libepsilon.so"),
        "PYTHONPATH": str(ROOT / "epsilon_py"),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls.json"
        script = str(BENCH / "python_calls.py")
        done = subprocess.run(
            [sys.executable, script, "--rounds", str(rounds), "--json", str(file)],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if not file.exists():
            return {"error": last_words(done.stderr)}
        return json.loads(file.read_text())


def size(engines: dict[str, Installed], build: Path) -> dict[str, Any]:
    """Bytes of what a program has to ship, stripped where `strip` is there."""
    files = {name: one.files for name, one in engines.items() if one.files}
    program = build / "bin" / "epsilon"
    if program.exists():
        files["epsilon (program)"] = [program]
    strip = shutil.which("strip")
    rows = {}
    for name, paths in files.items():
        row: dict[str, Any] = {"file": paths[0].name, "bytes": paths[0].stat().st_size}
        if strip is not None:
            with tempfile.TemporaryDirectory() as folder:
                stripped = Path(folder) / "stripped"
                done = subprocess.run(
                    [strip, "-o", str(stripped), str(paths[0].resolve())],
                    stderr=subprocess.DEVNULL,
                )
                if done.returncode == 0 and stripped.exists():
                    row["stripped"] = stripped.stat().st_size
        rows[name] = row
    return {"files": rows}

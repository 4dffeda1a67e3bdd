# SPDX-License-Identifier: Apache-2.0
"""The engines: how each is installed into the cache and started.

An engine is a row of ENGINES: a name, a kind, and a function that installs what is missing and
returns how its worker is started (suite/workers.py), or raises Unavailable with the reason.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from pathlib import Path
from typing import Callable, NamedTuple

from suite.places import BENCH, CACHE, NATIVE, ROOT, Unavailable, clang, log, npm, run

NODE_VERSION = "26.10.0"
BUN_VERSION = "1.4.5"
WASMTIME_VERSION = "50.0.1"
SOURCES = BENCH / "engines"
VECTORS = ("simd_", "es-module-lexer")
"""Beginnings of the names of modules with vector instructions."""


class Installed(NamedTuple):
    """An engine that is there."""

    version: str
    worker: Callable[[str, Path], list[str]]
    """The mode and the module's file -> the worker's command."""
    modes: str = "run load instantiate calls"
    env: dict[str, str] = {}
    files: list[Path] = []
    """What an embedder ships, for its size."""


class Engine(NamedTuple):
    name: str
    title: str
    kind: str
    """native, compiler, baseline (a compiler of one pass), interpreter"""
    install: Callable[[Path], Installed]
    """Gets the folder of Epsilon's build."""
    tiers: bool = False
    """Starts with slow code and compiles what is hot: needs to be warmed up."""
    steady: bool = True
    """Whether it is in the tables of steady state without being named: not if another row has the
    same code once it is warm."""


def command(*prefix: str) -> Callable[[str, Path], list[str]]:
    return lambda mode, file: [*prefix, mode, str(file)]


def newer(product: Path, *sources: Path) -> bool:
    return product.exists() and all(
        product.stat().st_mtime >= source.stat().st_mtime for source in sources
    )


def machine(names: dict[str, str]) -> str:
    """This machine's name in a package's name."""
    try:
        return names[platform.machine()]
    except KeyError:
        raise Unavailable(f"no package for {platform.machine()}") from None


def native(prefix: str) -> Callable[[Path], Installed]:
    def install(_: Path) -> Installed:
        sources = [*(BENCH / "kernels").glob("*.[ch]"), BENCH / "native_main.c", BENCH / "build.sh"]
        names = [source.stem for source in (BENCH / "kernels").glob("*.c")]
        built = [NATIVE / f"{kind}_{name}" for kind in ("native", "novec") for name in names]
        if not all(newer(program, *sources) for program in built):
            log("compiling the kernels to native code")
            run([str(BENCH / "build.sh"), "native", str(NATIVE)], env={"CLANG": clang()})
        version = run([clang(), "--version"]).splitlines()[0]
        # Started with no arguments, whatever the mode: a native program is one kernel.
        return Installed(
            version, lambda _mode, file: [str(NATIVE / f"{prefix}_{file.stem}")], modes="run"
        )

    return install


def build_c(source: Path, program: Path, *flags: str) -> Path:
    """Compiles a small program of this suite."""
    if not newer(program, source):
        program.parent.mkdir(parents=True, exist_ok=True)
        run(["cc", "-O2", "-std=c11", str(source), "-o", str(program), *flags])
    return program


def epsilon(tiers: str = "tiered") -> Callable[[Path], Installed]:
    def install(build: Path) -> Installed:
        library = build / "libepsilon.so"
        if not library.exists():
            raise Unavailable(f"there is no {library}; make build")
        program = build_c(
            SOURCES / "epsilon.c",
            NATIVE / "epsilon_worker",
            f"-I{ROOT / 'capi' / 'include'}",
            f"-L{build}",
            "-lepsilon",
        )
        env = {"LD_LIBRARY_PATH": str(build)}
        version = run([str(program), "version"], env=env).strip()
        worker = command(str(program), "--tiers", tiers)
        if tiers == "tiered":
            return Installed(version, worker, env=env, files=[library])
        if tiers == "compiled":
            compiler = command(str(build / "bench" / "bench_compile_speed"))

            def either(mode: str, file: Path) -> list[str]:
                return (compiler if mode == "compile" else worker)(mode, file)

            return Installed(version, either, "run calls compile", env=env)
        return Installed(version, worker, "run calls", env=env)

    return install


def wasmtime(compiler: str) -> Callable[[Path], Installed]:
    def install(_: Path) -> Installed:
        env = {}
        spec = importlib.util.find_spec("wasmtime")
        if spec is None or spec.origin is None:
            target = CACHE / "python"
            if not (target / "wasmtime").exists():
                log(f"installing wasmtime {WASMTIME_VERSION} from PyPI")
                pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target)]
                run([*pip, f"wasmtime=={WASMTIME_VERSION}"])
            env = {"PYTHONPATH": str(target)}
            package = target / "wasmtime"
        else:
            package = Path(spec.origin).parent
        version = run(
            [
                sys.executable,
                "-c",
                "from importlib import metadata; print(metadata.version('wasmtime'))",
            ],
            env=env,
        ).strip()
        return Installed(
            version,
            command(sys.executable, str(SOURCES / "wasmtime_worker.py"), compiler),
            modes="run load instantiate" + ("" if compiler == "pulley" else " compile"),
            env=env,
            files=list(package.glob("*/_libwasmtime.so")),
        )

    return install


def node(*flags: str) -> Callable[[Path], Installed]:
    def install(_: Path) -> Installed:
        system = machine({"x86_64": "linux-x64", "aarch64": "linux-arm64"})
        program = npm(f"node-{system}", NODE_VERSION) / "bin" / "node"
        version = run([str(program), "-p", "`${process.version}, V8 ${process.versions.v8}`"])

        def worker(mode: str, file: Path) -> list[str]:
            eager = ["--no-wasm-lazy-compilation"] if mode == "compile" else []
            return [str(program), *flags, *eager, str(SOURCES / "worker.mjs"), mode, str(file)]

        # Without the flag a module is compiled by two compilers, and the second when it likes.
        compiles = " compile" if "--liftoff-only" in flags else ""
        modes = f"run load instantiate calls{compiles}"
        return Installed(version.strip(), worker, modes, files=[program])

    return install


def bun(_: Path) -> Installed:
    system = machine({"x86_64": "linux-x64", "aarch64": "linux-aarch64"})
    program = npm(f"@oven/bun-{system}", BUN_VERSION) / "bin" / "bun"
    version = run([str(program), "--version"]).strip()
    return Installed(version, command(str(program), str(SOURCES / "worker.mjs")), files=[program])


def wasmi(_: Path) -> Installed:
    sources = SOURCES / "wasmi"
    files = [sources / "src" / "main.rs", sources / "Cargo.toml", sources / "Cargo.lock"]
    programs = []
    for features in ([], ["--features", "simd"]):
        target = CACHE / ("wasmi-simd" if features else "wasmi")
        program = target / "release" / "epsilon-bench-wasmi"
        if not newer(program, *files):
            if shutil.which("cargo") is None:
                raise Unavailable("there is no cargo")
            log(f"compiling {target.name}, some minutes")
            cargo = ["cargo", "build", "--release", "--locked", *features]
            run(
                [*cargo, "--manifest-path", str(sources / "Cargo.toml")],
                env={"CARGO_TARGET_DIR": str(target)},
            )
            program.touch()
        programs.append(str(program))
    scalar, simd = programs
    rust = run(["rustc", "--version"]).split()[1] if shutil.which("rustc") else "?"
    lock = (sources / "Cargo.lock").read_text()
    version = lock.split('name = "wasmi"\nversion = "')[1].split('"')[0]
    return Installed(
        f"{version}, rustc {rust}",
        lambda mode, file: [simd if file.stem.startswith(VECTORS) else scalar, mode, str(file)],
        files=[Path(scalar)],
    )


def wazero(tier: str) -> Callable[[Path], Installed]:
    def install(_: Path) -> Installed:
        sources = SOURCES / "wazero"
        program = CACHE / "wazero" / "worker"
        if not newer(program, sources / "main.go", sources / "go.mod"):
            if shutil.which("go") is None:
                raise Unavailable("there is no go")
            log("compiling wazero")
            run(["go", "build", "-o", str(program), "."], cwd=sources)
        go = run(["go", "version", str(program)]).split()[-1] if shutil.which("go") else "?"
        version = (sources / "go.mod").read_text().split("wazero v")[1].split()[0]
        modes = "run load instantiate calls" + (" compile" if tier == "compiler" else "")
        return Installed(f"{version}, {go}", command(str(program), tier), modes, files=[program])

    return install


def epsilon_go(_: Path) -> Installed:
    """The runtime in Go that has the same name. The module proxy did not give it out when this was
    written, so that there is no worker for it; this asks again, and says what it hears."""
    folder = CACHE / "epsilon-go"
    folder.mkdir(parents=True, exist_ok=True)
    module = "github.com/ziggy42/epsilon"
    if not (folder / "go.mod").exists():
        run(["go", "mod", "init", "probe"], cwd=folder)
    run(["go", "list", "-m", f"{module}@latest"], cwd=folder)
    raise Unavailable("the module is to be had now, but this suite has no worker for it yet")


ENGINES = [
    Engine("native", "native, clang -O2", "native", native("native")),
    Engine("novec", "native, no vectoriser", "native", native("novec")),
    Engine("epsilon", "Epsilon, tiered", "baseline", epsilon(), tiers=True),
    Engine(
        "epsilon-compiled",
        "Epsilon, compiled at once",
        "baseline",
        epsilon("compiled"),
        steady=False,
    ),
    Engine("epsilon-interpreter", "Epsilon, interpreter", "interpreter", epsilon("interpreter")),
    Engine("wasmi", "wasmi", "interpreter", wasmi),
    Engine("pulley", "wasmtime, Pulley", "interpreter", wasmtime("pulley")),
    Engine("wazero-int", "wazero, interpreter", "interpreter", wazero("interpreter")),
    Engine("epsilon-go", "epsilon (Go)", "interpreter", epsilon_go),
    Engine("winch", "wasmtime, Winch", "baseline", wasmtime("winch")),
    Engine("liftoff", "node, Liftoff only", "baseline", node("--liftoff-only"), tiers=True),
    Engine("wazero", "wazero, compiler", "compiler", wazero("compiler")),
    Engine("wasmtime", "wasmtime, Cranelift", "compiler", wasmtime("cranelift")),
    Engine("node", "node (V8)", "compiler", node(), tiers=True),
    Engine("bun", "bun (JavaScriptCore)", "compiler", bun, tiers=True),
]


def install(names: list[str], build: Path) -> tuple[dict[str, Installed], dict[str, str]]:
    """The engines that are there, and why the others are not."""
    found, missing = {}, {}
    for engine in ENGINES:
        if engine.name not in names:
            continue
        try:
            found[engine.name] = engine.install(build)
        except (Unavailable, OSError, IndexError) as error:
            missing[engine.name] = str(error)
            log(f"{engine.name} is left out: {error}")
    return found, missing


def titles() -> dict[str, str]:
    return {engine.name: engine.title for engine in ENGINES}

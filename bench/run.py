#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the kernels natively and in WebAssembly engines, side by side, and compares.

    bench/run.py [--quick] [--rounds N] [--engines epsilon,wasmtime] [--kernels fib,lu]
                 [--clock cpu|wall] [--json FILE]

Each round of a kernel times every engine once, one after the other, so that a change in the
machine's speed meets all of them. A figure is the median over the rounds of the ratio to native in
the same round. Module loading and a warm-up call are outside the timing. Exit status 1 when a
checksum differs, 3 when nothing could be compared.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
NATIVE = HERE.parent / "build" / "bench"

# The n of each kernel that keeps native code busy for 50 to 150 ms.
SIZES = {
    "fib": 37,
    "vmloop": 50,
    "sha256": 300,
    "format": 700,
    "lu": 200,
    "simd_float": 5000,
    "simd_int": 15000,
}
# About a tenth of that.
QUICK_SIZES = {
    "fib": 32,
    "vmloop": 5,
    "sha256": 30,
    "format": 70,
    "lu": 20,
    "simd_float": 500,
    "simd_int": 1500,
}
WARM_UP = 1

Kernel = Callable[[int], int]


def load_epsilon(wasm: bytes) -> Kernel:
    from epsilon import Runtime

    module = Runtime().instantiate(wasm)
    return lambda n: int(module.call("run", n)[0])


def load_wasmtime(wasm: bytes) -> Kernel:
    import wasmtime

    store = wasmtime.Store()
    instance = wasmtime.Instance(store, wasmtime.Module(store.engine, wasm), [])
    run = instance.exports(store)["run"]
    return lambda n: int(run(store, n))  # type: ignore[operator]


LOADERS: dict[str, Callable[[bytes], Kernel]] = {
    "epsilon": load_epsilon,
    "wasmtime": load_wasmtime,
}


def run_native(program: Path, n: int, clock: str) -> tuple[int, float]:
    """Returns the checksum and the seconds that one run took."""
    result = subprocess.run(
        [str(program), str(n), "1"], check=True, stdout=subprocess.PIPE, text=True
    )
    checksum, cpu, wall = result.stdout.split()
    return int(checksum), int(cpu if clock == "cpu" else wall) / 1e9


def run_kernel(kernel: Kernel, n: int, clock: str) -> tuple[int, float]:
    now = time.thread_time if clock == "cpu" else time.perf_counter
    start = now()
    checksum = kernel(n)
    seconds = now() - start
    return checksum % 2**64, seconds


def measure(
    name: str, n: int, engines: list[str], rounds: int, clock: str, native_dir: Path
) -> tuple[dict[str, object], bool]:
    """Times one kernel; returns its row and whether all checksums agree."""
    wasm = (HERE / "wasm" / (name + ".wasm")).read_bytes()
    program = native_dir / ("native_" + name)
    kernels = {engine: LOADERS[engine](wasm) for engine in engines}
    for kernel in kernels.values():
        kernel(WARM_UP)
    run_native(program, n, clock)

    seconds: dict[str, list[float]] = {"native": []}
    ratios: dict[str, list[float]] = {}
    agree = True
    for _ in range(rounds):
        expected, native_seconds = run_native(program, n, clock)
        seconds["native"].append(native_seconds)
        for engine, kernel in kernels.items():
            checksum, engine_seconds = run_kernel(kernel, n, clock)
            if checksum != expected:
                print(
                    f"{name}: {engine} returns {checksum:#018x}, native {expected:#018x}",
                    file=sys.stderr,
                )
                agree = False
            seconds.setdefault(engine, []).append(engine_seconds)
            ratios.setdefault(engine, []).append(engine_seconds / native_seconds)
    row: dict[str, object] = {
        "kernel": name,
        "n": n,
        "seconds": {engine: statistics.median(values) for engine, values in seconds.items()},
        "ratio": {engine: statistics.median(values) for engine, values in ratios.items()},
    }
    return row, agree


def available(wanted: str | None) -> list[str]:
    """The engines asked for; without a wish, those whose package can be imported."""
    names = wanted.split(",") if wanted else list(LOADERS)
    found = []
    for name in names:
        if name not in LOADERS:
            sys.exit(f"unknown engine {name}; known: {', '.join(LOADERS)}")
        try:
            __import__(name)
            found.append(name)
        except ImportError as error:
            if wanted:
                print(f"engine {name} is left out: {error}", file=sys.stderr)
    return found


def print_table(rows: list[dict[str, object]], engines: list[str]) -> None:
    print(f"{'kernel':<12}{'n':>6}{'native ms':>12}", end="")
    for engine in engines:
        print(f"{engine + ' ms':>15}{'x native':>10}", end="")
    print()
    for row in rows:
        seconds, ratio = row["seconds"], row["ratio"]
        assert isinstance(seconds, dict) and isinstance(ratio, dict)
        print(f"{row['kernel']:<12}{row['n']:>6}{seconds['native'] * 1e3:>12.2f}", end="")
        for engine in engines:
            print(f"{seconds[engine] * 1e3:>15.2f}{ratio[engine]:>10.2f}", end="")
        print()


def geometric_means(rows: list[dict[str, object]], engines: list[str]) -> dict[str, object]:
    """By kind of kernel and engine; vector kernels (simd_*) are a kind of their own."""
    means: dict[str, object] = {}
    for kind in ("scalar", "simd"):
        chosen = [row for row in rows if str(row["kernel"]).startswith("simd_") == (kind == "simd")]
        if chosen:
            means[kind] = {
                engine: math.exp(
                    statistics.mean(math.log(row["ratio"][engine]) for row in chosen)  # type: ignore[index]
                )
                for engine in engines
            }
    return means


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, 3 rounds")
    parser.add_argument("--rounds", type=int, help="paired rounds (default 5)")
    parser.add_argument("--engines", help="comma-separated; default: all that are installed")
    parser.add_argument("--kernels", help="comma-separated; default: all")
    parser.add_argument("--clock", choices=["cpu", "wall"], default="cpu")
    parser.add_argument("--json", metavar="FILE", help="write the figures there ('-': stdout only)")
    parser.add_argument("--native", type=Path, default=NATIVE, help="folder of native_* programs")
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.quick else 5)
    sizes = QUICK_SIZES if options.quick else SIZES
    names = options.kernels.split(",") if options.kernels else list(sizes)
    for name in names:
        if name not in sizes:
            parser.error(f"unknown kernel {name}; known: {', '.join(sizes)}")
    engines = available(options.engines)
    if not engines:
        print("no engine to measure: install the epsilon package first", file=sys.stderr)
        return 3
    if not all((options.native / ("native_" + name)).exists() for name in names):
        subprocess.run([str(HERE / "build.sh"), "native", str(options.native)], check=True)

    rows = []
    agree = True
    for name in names:
        row, ok = measure(name, sizes[name], engines, rounds, options.clock, options.native)
        rows.append(row)
        agree = agree and ok
    means = geometric_means(rows, engines)
    report = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "clock": options.clock,
        "rounds": rounds,
        "checksums_agree": agree,
        "kernels": rows,
        "geomean": means,
    }
    if options.json == "-":
        print(json.dumps(report, indent=2))
    else:
        print_table(rows, engines)
        for kind, of_engines in means.items():
            assert isinstance(of_engines, dict)
            for engine, mean in of_engines.items():
                print(f"geomean of {kind} kernels, {engine}: {mean:.2f} x native")
        if options.json:
            Path(options.json).write_text(json.dumps(report, indent=2) + "\n")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())

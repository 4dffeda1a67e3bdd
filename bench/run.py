#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures Epsilon beside native code and other engines: all of it, or parts.

    bench/run.py [--quick] [--only steady,startup,programs,cold,compile,load,calls,size]
                 [--engines epsilon,wasmtime] [--kernels fib,lu] [--rounds N] [--clock cpu|wall]
                 [--build DIR] [--json FILE] [--from FILE] [--write-docs] [--list]

Engines that are missing are installed from packages into build/bench-engines (or the folder that
EPSILON_BENCH_CACHE names); one that can't be is left out, and the report says why. Figures are
medians of paired rounds: each round times every engine once, one after the other, so that a change
in the machine's speed meets all of them. Exit status 1 when a checksum or what a program
prints differs, 3 when nothing could be measured.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from suite import (  # noqa: E402
    cold,
    compiling,
    engines,
    kernels,
    packages,
    plot,
    processes,
    programs,
    report,
    steady,
)
from suite.places import BENCH, NATIVE, ROOT, log  # noqa: E402

SECTIONS = ["steady", "startup", "programs", "cold", "compile", "load", "calls", "size"]


def describe_machine() -> dict[str, Any]:
    processor = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "processor": processor,
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "system": "Linux " + ".".join(platform.release().split(".")[:2]),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer kernels, shorter, 2 rounds")
    parser.add_argument("--only", help="sections, comma-separated: " + ", ".join(SECTIONS))
    parser.add_argument("--rounds", type=int, help="paired rounds (default 5; quick 2)")
    parser.add_argument("--engines", help="comma-separated; default: all")
    parser.add_argument("--kernels", help="comma-separated; default: all; none from packages: own")
    parser.add_argument("--clock", choices=["cpu", "wall"], default="cpu")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument(
        "--json", metavar="FILE", help="default build/bench/results.json; '-': stdout"
    )
    parser.add_argument("--from", dest="source", metavar="FILE", help="show what was kept there")
    parser.add_argument("--write-docs", action="store_true", help="update docs/performance.md")
    parser.add_argument(
        "--record-checksums", action="store_true", help="write bench/checksums.json, for the tests"
    )
    parser.add_argument("--list", action="store_true", help="list engines and kernels")
    options = parser.parse_args()
    options.sections = options.only.split(",") if options.only else SECTIONS
    names = [engine.name for engine in engines.ENGINES]
    options.engine_names = options.engines.split(",") if options.engines else names
    for section in options.sections:
        if section not in SECTIONS:
            parser.error(f"unknown section {section}; known: {', '.join(SECTIONS)}")
    for name in options.engine_names:
        if name not in names:
            parser.error(f"unknown engine {name}; known: {', '.join(names)}")
    return options


def choose_kernels(options: argparse.Namespace, missing: dict[str, str]) -> list[kernels.Kernel]:
    own = {kernel.name: kernel for kernel in kernels.KERNELS}
    wanted = options.kernels.split(",") if options.kernels else None
    if wanted == ["own"]:
        return list(own.values())
    if wanted is not None and all(name in own for name in wanted):
        return [own[name] for name in wanted]
    made, lacking = packages.kernels()
    missing.update(lacking)
    everything = {**own, **{kernel.name: kernel for kernel in made}}
    if wanted is not None:
        for name in wanted:
            if name not in everything:
                sys.exit(f"unknown kernel {name}; known: {', '.join(everything)}")
        return [everything[name] for name in wanted]
    if options.quick:
        return [one for one in everything.values() if one.quick or one.name == "xxhash-wasm"]
    return list(everything.values())


def record_checksums() -> None:
    """What native code returns for a small n of each kernel."""
    installed = engines.native("native")(ROOT)
    recorded = {}
    for kernel in kernels.KERNELS:
        n = kernel.size(200)
        argv = [*installed.worker("run", kernel.wasm), str(n)]
        done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
        recorded[kernel.name] = [n, done.stdout.strip()]
    lines = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in sorted(recorded.items())]
    (BENCH / "checksums.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def measure(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    build = options.build.resolve()
    missing: dict[str, str] = {}
    chosen = choose_kernels(options, missing) if "steady" in options.sections else []
    found, lacking = engines.install(options.engine_names, build)
    missing.update(lacking)
    result: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "quick": options.quick,
        "machine": describe_machine(),
        "engines": {name: one.version for name, one in found.items()},
        "missing": missing,
    }
    agree = True
    if not found:
        return result, agree
    rounds = options.rounds or (2 if options.quick else 5)
    if "steady" in options.sections:
        settings = steady.Settings(
            rounds,
            divisor=8 if options.quick else 1,
            warm_seconds=0.2 if options.quick else 1.0,
            clock=options.clock,
        )
        named = options.engine_names if options.engines else []
        warm = {
            engine.name: found[engine.name]
            for engine in engines.ENGINES
            if engine.name in found and (engine.steady or engine.name in named)
        }
        result["steady"], agree = steady.steady(chosen, warm, settings)
    if "startup" in options.sections:
        log("start-up...")
        result["startup"] = processes.startup(found, build, 5 if options.quick else 20)
    if "programs" in options.sections:
        log("programs...")
        result["programs"], same = programs.programs(
            found, build, 2 if options.quick else options.rounds or 5, options.quick
        )
        agree = agree and same
    if "cold" in options.sections:
        log("cold runs...")
        result["cold"], same = cold.cold(found, rounds, options.quick)
        agree = agree and same
    if "compile" in options.sections:
        log("compiling...")
        result["compile"] = compiling.compiling(found, rounds, options.quick)
    if "load" in options.sections:
        log("loading...")
        result["load"] = processes.load(found, rounds, options.quick)
    if "calls" in options.sections:
        log("calls and instances...")
        result["calls"] = processes.calls(found, build, rounds, options.quick)
    if "size" in options.sections:
        result["size"] = processes.size(found, build)
    return result, agree


def main() -> int:
    options = arguments()
    if options.list:
        for engine in engines.ENGINES:
            print(f"{engine.name:<21}{engine.kind:<14}{engine.title}")
        print()
        for kernel in kernels.KERNELS:
            print(f"{kernel.name:<14}{kernel.kind:<14}{kernel.about}")
        for package in packages.PACKAGES:
            print(f"{package.name:<21}package {package.package} {package.version}: {package.about}")
        return 0
    if options.record_checksums:
        record_checksums()
        return 0
    if options.source:
        result, agree = json.loads(Path(options.source).read_text()), True
    else:
        result, agree = measure(options)
    if not result["engines"]:
        print("no engine to measure: make build first", file=sys.stderr)
        return 3
    texts = report.sections(result)
    if options.json == "-":
        print(json.dumps(result, indent=1))
    else:
        for name, text in texts.items():
            print(f"\n## {name}\n\n{text}")
        if not options.source:
            name = "results-quick.json" if options.quick else "results.json"
            file = Path(options.json) if options.json else NATIVE / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(result, indent=1) + "\n")
            log(f"kept in {file}")
    if options.write_docs:
        has_plot = "steady" in result and "scalar" in result["steady"]["geomean"]
        report.write_docs(texts, plot.draw(result["steady"]) if has_plot else "")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())

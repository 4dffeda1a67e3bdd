#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A guard against getting slower: the machine instructions that fixed work takes.

    bench/instructions.py               compares with bench/instructions.json; fails beyond 2 %
    bench/instructions.py --record      writes it anew: on purpose, in the commit that explains why

valgrind's callgrind counts, so that the figures are the same on a busy machine, to within some
hundredths of a per cent. Everything is interpreted. The figures depend on the compiler, and so the
record has a set for each compiler that it was made with; with another one there is nothing to
compare with, and that is an error under CI. Fewer instructions are no proof of more speed: steps of
tuning are measured by bench/run.py too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from suite.engines import Installed, epsilon
from suite.kernels import KERNELS
from suite.places import BENCH, ROOT, Unavailable

RECORD = BENCH / "instructions.json"
TOLERANCE = 0.02
SECONDS = 300

# The sizes make for 10 to 180 million instructions, a second of callgrind. `bulk` is not among
# them: how the C library copies depends on the processor.
KERNEL_SIZES = {
    "fib": 24,
    "indirect": 5,
    "tail": 16,
    "multi": 5000,
    "bignum": 60,
    "gemm": 3,
    "stencil": 8,
    "nbody": 50,
    "sort": 1,
    "vmloop": 1,
    "json": 5,
    "base64": 8,
    "sha256": 2,
    "hash64": 30,
    "simd_float": 30,
    "simd_int": 60,
}


# Its handlers are what is guarded. When compiling begins depends on thresholds, and what compiled
# code takes is better measured as time.
INTERPRETER = ["--tiers", "interpreter"]


class Work(NamedTuple):
    name: str
    argv: list[str]
    env: dict[str, str]


def all_work(build: Path, worker: Installed) -> list[Work]:
    program = str(build / "bin" / "epsilon")
    files = {kernel.name: kernel.wasm for kernel in KERNELS}
    work = [
        Work(name, [program, "run", *INTERPRETER, "--invoke", "run", str(files[name]), str(n)], {})
        for name, n in KERNEL_SIZES.items()
    ]
    modules = sorted(str(path) for path in (BENCH / "wasm").glob("*.wasm"))
    work.append(Work("validation", [program, "validate", *modules * 3], {}))
    for mode, module, count in (
        ("calls", "calls.wasm", 20_000),
        ("instantiate", "small.wasm", 1_000),
    ):
        argv = [*worker.worker(mode, BENCH / "modules" / module), str(count)]
        work.append(Work(mode, argv, worker.env))
    return work


def count(work: Work) -> int:
    """The instructions of a process; in a fixed environment, which the loader goes through."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = ["valgrind", "--tool=callgrind", f"--log-file={log}"]
        command += [f"--callgrind-out-file={folder}/out", *work.argv]
        env = {"PATH": os.environ.get("PATH", ""), **work.env}
        try:
            done = subprocess.run(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except FileNotFoundError:
            raise Unavailable("there is no valgrind") from None
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{work.name}: not done within {SECONDS} s") from None
        said = log.read_text() if log.exists() else ""
        found = re.search(r"Collected : (\d+)", said)
        if done.returncode != 0 or not found:
            raise Unavailable(f"{work.name}: {done.stderr.strip() or said[-500:]}")
        return int(found[1])


def compare(recorded: dict[str, int], counted: dict[str, int]) -> tuple[list[str], bool]:
    """The lines of the report, and whether all is within the tolerance."""
    lines, good = [], True
    for name, now in counted.items():
        before = recorded.get(name)
        if before is None:
            lines.append(f"{name:12} {now:>12,}  not recorded")
            good = False
            continue
        change = now / before - 1
        word = ""
        if change > TOLERANCE:
            word = "  SLOWER"
            good = False
        elif change < -TOLERANCE:
            word = "  better: record it, so that it stays"
            good = False
        lines.append(f"{name:12} {now:>12,}  {before:>12,}  {change:+8.2%}{word}")
    for name in recorded.keys() - counted.keys():
        lines.append(f"{name:12} is recorded and no longer counted")
        good = False
    return lines, good


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release")
    parser.add_argument("--record", action="store_true", help="write bench/instructions.json")
    parser.add_argument("--only", help="names, comma-separated; for looking, not for recording")
    options = parser.parse_args()

    try:
        worker = epsilon(INTERPRETER[1])(options.build)
        work = all_work(options.build, worker)
        if options.only:
            wanted = options.only.split(",")
            work = [one for one in work if one.name in wanted]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            counted = dict(zip((one.name for one in work), pool.map(count, work)))
    except Unavailable as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 1

    # What the version says in brackets; the vector handlers of processors with AVX2 are others.
    key = worker.version.partition("(")[2].rstrip(")")
    if "avx2" in Path("/proc/cpuinfo").read_text():
        key += ", AVX2"
    records = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if options.record and not options.only:
        records[key] = counted
        RECORD.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n")
        print(f"recorded {len(counted)} counts of {key}")
        return 0
    if key not in records:
        print(f"instructions: nothing is recorded for {key}; the records are of:")
        print("\n".join(f"  {name}" for name in records))
        return 1 if os.environ.get("CI") == "true" else 0
    recorded = records[key]
    if options.only:
        recorded = {name: value for name, value in recorded.items() if name in counted}
    lines, good = compare(recorded, counted)
    print(f"{'':12} {'instructions':>12}  {'recorded':>12}  {'change':>8}   ({key})")
    print("\n".join(lines))
    if not good:
        print(
            f"Beyond {TOLERANCE:.0%}. If that is meant: bench/instructions.py --record, "
            "and say why in the commit."
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the libFuzzer targets of the preset `fuzz`, side by side.

    tests/fuzz/run.py --seconds 60               # each target, from the corpus and fresh seeds
    tests/fuzz/run.py --seed 7 run               # one target, with a seed of its own
    tests/fuzz/run.py --replay FILE [TARGET]     # one input again, with all that it says
    tests/fuzz/run.py --keep-corpus              # what was found worth keeping, into the project

A target begins with its corpus (corpus/TARGET.tar.xz) and its regressions; those that take modules
also with small ones from wasm-smith, and with those of the specification's scripts where
tests/spec/run.py has converted them. What it finds goes to build/fuzzing/TARGET/. A crash, a hang,
a leak or too much memory is a failure: its input is kept as a file there.

The exit status is 0 when nothing was found, 1 otherwise.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import io
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGETS = ["validate", "run", "api"]
MODULE_TARGETS = ["validate", "run"]
SMITH_SEEDS = 100
SCRIPT_SEEDS = 500  # of thousands, others each time: all are run before the fuzzing begins
LARGEST_INPUT = 4096
LARGEST_PROGRAM = 256  # of the target api
FEWEST_EXECUTIONS = 100  # less in a minute is no fuzzing
# Seconds for one input. Each takes milliseconds, but machines may be busy.
INPUT_TIMEOUT = 60
# More than its seconds, its last input and a report take together: then a target is killed.
TARGET_GRACE = 300
RSS_LIMIT_MB = 2048

# Names functions in reports. Not addr2line: it gives up on machine code, which is in no file, and
# the sanitizers then wait for it for ever.
SYMBOLIZER = shutil.which("llvm-symbolizer-19")
NAMES = f"external_symbolizer_path={SYMBOLIZER}" if SYMBOLIZER else "symbolize=0"
ENVIRONMENT = {
    "ASAN_OPTIONS": f"detect_stack_use_after_return=1:strict_string_checks=1:{NAMES}",
    "UBSAN_OPTIONS": f"print_stacktrace=1:{NAMES}",
}


class Target:
    def __init__(self, name: str, build: pathlib.Path, work: pathlib.Path) -> None:
        self.name = name
        self.program = build / "tests" / "fuzz" / f"fuzz_{name}"
        self.folder = work / name
        self.corpus = self.folder / "corpus"  # what the fuzzer adds to
        self.seeds = self.folder / "seeds"
        self.archive = HERE / "corpus" / f"{name}.tar.xz"
        self.regressions = HERE / "regressions" / name

    def prepare(self, modules: list[bytes]) -> None:
        self.corpus.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.seeds, ignore_errors=True)
        self.seeds.mkdir()
        self.unpack(self.seeds)
        for module in modules if self.name in MODULE_TARGETS else []:
            (self.seeds / digest(module)).write_bytes(module)

    def unpack(self, folder: pathlib.Path) -> None:
        if self.archive.exists():
            with tarfile.open(self.archive) as archive:
                for member in archive:
                    content = archive.extractfile(member)
                    assert content is not None
                    (folder / pathlib.PurePath(member.name).name).write_bytes(content.read())

    def options(self) -> list[str]:
        return [
            f"-timeout={INPUT_TIMEOUT}",
            f"-report_slow_units={INPUT_TIMEOUT}",
            f"-rss_limit_mb={RSS_LIMIT_MB}",
            f"-max_len={LARGEST_INPUT if self.name in MODULE_TARGETS else LARGEST_PROGRAM}",
            "-len_control=0",  # long ones from the beginning
            f"-artifact_prefix={self.folder}/",
        ]

    def start(self, arguments: list[str], log: pathlib.Path, seconds: float | None = None) -> int:
        """Its exit status; that of a killed process when it goes on for longer than it may."""
        with log.open("w") as output:
            process = subprocess.Popen(
                [str(self.program), *self.options(), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **ENVIRONMENT},
            )
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                output.write(f"killed: it had not ended after {seconds} s\n")
                return -signal.SIGKILL
            finally:
                process.kill()
                process.wait()

    def fuzz(self, seconds: int, seed: int) -> tuple[bool, str]:
        """Whether nothing was found, and what happened."""
        log = self.folder / "log.txt"
        folders = [self.corpus, self.seeds, self.regressions]
        status = self.start(
            [
                f"-seed={seed}",
                f"-max_total_time={seconds}",
                "-print_final_stats=1",
                "-print_funcs=0",
                *map(str, folders),
            ],
            log,
            seconds + TARGET_GRACE,
        )
        text = log.read_text(errors="replace")
        executed = re.findall(r"stat::number_of_executed_units: *(\d+)", text)
        executions = int(executed[-1]) if executed else 0
        covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", text)
        edges, features, inputs = covered[-1] if covered else ("0", "0", "0")
        report = (
            f"fuzz {self.name}: seed {seed}, {executions} executions in {seconds} s, "
            f"{edges} edges, {features} features, {inputs} inputs"
        )
        enough = executions * 60 >= FEWEST_EXECUTIONS * seconds
        if status == 0 and enough:
            return True, report
        return False, "\n".join([report, self.finding(text, status)])

    def finding(self, log: str, status: int) -> str:
        lines = [f"FAILED {self.name}: " + (f"status {status}" if status else "too few executions")]
        # Without libFuzzer's account of its progress.
        lines += [line for line in log.splitlines() if not re.match(r"#\d+\t", line)][-120:]
        for path in re.findall(r"Test unit written to (\S+)", log):
            command = [sys.argv[0], "--replay", path, self.name]
            lines.append(f"again: {shlex.join(command)}")
        return "\n".join(lines)

    def replay(self, path: pathlib.Path) -> int:
        command = [str(self.program), *self.options(), "-runs=1", str(path)]
        print(shlex.join(command), flush=True)
        return subprocess.run(command, env={**os.environ, **ENVIRONMENT}, check=False).returncode

    def keep_corpus(self) -> str:
        """The fewest inputs that cover what all cover, into the archive."""
        merged = self.folder / "merged"
        shutil.rmtree(merged, ignore_errors=True)
        merged.mkdir()
        own = self.folder / "own"
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        self.unpack(own)
        # By what they cover, not by how often: these would be three times as many.
        status = self.start(
            ["-merge=1", "-use_counters=0", str(merged), str(own), str(self.corpus)],
            self.folder / "merge.txt",
        )
        if status != 0:
            raise SystemExit(f"fuzz {self.name}: merging failed: {self.folder / 'merge.txt'}")
        self.archive.parent.mkdir(exist_ok=True)
        contents = sorted({path.read_bytes() for path in merged.iterdir()})
        # The same inputs give the same archive.
        with tarfile.open(self.archive, "w:xz", preset=9) as archive:
            for content in contents:
                member = tarfile.TarInfo(digest(content))
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        size = self.archive.stat().st_size
        return f"fuzz {self.name}: {len(contents)} inputs kept, {size} bytes: {self.archive}"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def with_choices(module: bytes, seed: int) -> bytes:
    """Every other module decides by a section of choices what is done with it."""
    if seed % 2 == 0:
        return module
    content = b"\x07choices" + random.Random(seed).randbytes(80)
    return module[:8] + bytes([0, len(content)]) + content + module[8:]


def seed_modules(work: pathlib.Path, with_scripts: bool, seed: int) -> list[bytes]:
    sys.path.insert(0, str(HERE))
    from smith import TOOL, Smith

    modules: list[bytes] = []
    if TOOL:
        folder = work / "smith"
        folder.mkdir(parents=True, exist_ok=True)
        smith = Smith(folder)
        made = (smith.small_module(seed) for seed in range(SMITH_SEEDS))
        modules += [with_choices(module, i) for i, module in enumerate(made) if module is not None]
    scripts = sorted((ROOT / "build" / "spec-scripts").glob("*/*.wasm")) if with_scripts else []
    fitting = [path for path in scripts if path.stat().st_size <= LARGEST_INPUT]
    chosen = random.Random(seed).sample(fitting, min(SCRIPT_SEEDS, len(fitting)))
    modules += [path.read_bytes() for path in chosen]
    print(f"fuzz: {len(modules)} modules to begin with, {len(chosen)} from the specification's")
    return modules


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "fuzz")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "fuzzing")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--seed", type=int, help="default: from the clock")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time")
    parser.add_argument(
        "--no-scripts", action="store_true", help="without the specification's modules"
    )
    parser.add_argument("--replay", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--keep-corpus", action="store_true")
    arguments = parser.parse_intermixed_args()
    unknown = set(arguments.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if arguments.replay and len(arguments.targets) > 1:
        parser.error("an input is of one target")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    names = arguments.targets or TARGETS
    targets = [Target(name, arguments.build, arguments.work) for name in names]
    missing = [str(target.program) for target in targets if not target.program.exists()]
    if missing:
        raise SystemExit(f"fuzz: not built (cmake --build --preset fuzz): {', '.join(missing)}")
    if arguments.replay:
        # Files lie in folders that are named after their targets.
        of_path = [t for t in targets if t.name in arguments.replay.resolve().parts]
        target = targets[0] if arguments.targets else (of_path or targets)[0]
        target.folder.mkdir(parents=True, exist_ok=True)
        return target.replay(arguments.replay)
    if arguments.keep_corpus:
        for target in targets:
            print(target.keep_corpus(), flush=True)
        return 0

    seed = arguments.seed if arguments.seed is not None else int(time.time()) % 2**31
    modules = seed_modules(arguments.work, not arguments.no_scripts, seed)
    for target in targets:
        target.prepare(modules)
    good = True
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        runs = [pool.submit(target.fuzz, arguments.seconds, seed) for target in targets]
        for run in concurrent.futures.as_completed(runs):
            fine, report = run.result()
            good = good and fine
            print(report, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

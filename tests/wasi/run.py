#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of the WASI test suite and compares what they print and how they end.

    tests/wasi/run.py build/release                     # every program
    tests/wasi/run.py build/release lseek fd_write      # those whose names have this in them
    tests/wasi/run.py build/release --program build/release/bin/epsilon run
    tests/wasi/run.py build/release --mode compiled --mode random

The suite is taken from --suite, EPSILON_WASI_TESTSUITE, or the folder ../shared/wasi-testsuite
beside the project: its doc/ describes the .json files. Programs run in a copy of their directory,
as they write to it. After them comes programs/escape.wasm, which tries to get out of its
directories. --program is what runs them, in the manner of `epsilon run`; without it the build's
epsilon_wasi_runner does, once for each --mode, a way to execute them.

Where the suite is missing this is said and nothing of it is run; with CI=true that is an error. The
last line is "N passed, N failed in Ns"; the exit status is not 0 if anything failed.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Seconds for one program, under a sanitizer or an emulator too.
TIMEOUT = 120
MODES = ("tiered", "interpreter", "compiled", "hot", "random")


def operations_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of a specification of either form."""
    if "operations" in spec:
        return list(spec["operations"])
    operations: list[dict[str, Any]] = [
        {key: spec[key] for key in ("args", "env", "root") if key in spec} | {"type": "run"}
    ]
    for stream in ("stdout", "stderr"):
        if stream in spec:
            operations.append({"type": "read", "id": stream, "payload": spec[stream]})
    return [*operations, {"type": "wait", "exit_code": spec.get("exit_code", 0)}]


def run_program(command: list[str], wasm: pathlib.Path, spec: dict[str, Any]) -> str:
    """Runs one program; what was wrong, or nothing."""
    operations = operations_of(spec)
    kinds = {operation["type"] for operation in operations}
    if spec.get("proposals") or not kinds <= {"run", "read", "wait"}:
        return f"needs what this runner doesn't have: {sorted(kinds)}"
    run = operations[0]
    with tempfile.TemporaryDirectory() as folder:
        options = []
        if run.get("root") is not None:
            root = pathlib.Path(folder) / "root"
            shutil.copytree(wasm.parent / run["root"], root)
            options += ["--dir", f"{root}::/"]
        for name, value in run.get("env", {}).items():
            options += ["--env", f"{name}={value}"]
        try:
            ended = subprocess.run(
                [*command, *options, str(wasm), *run.get("args", [])],
                input=b"",
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"runs longer than {TIMEOUT} s"
    problems = []
    for operation in operations[1:]:
        if operation["type"] == "wait":
            wanted = operation.get("exit_code", 0)
            if ended.returncode != wanted:
                problems.append(f"exit status {ended.returncode}, not {wanted}")
        else:
            stream = operation.get("id", "stdout")
            got = (ended.stdout if stream == "stdout" else ended.stderr).decode(errors="replace")
            if got != operation.get("payload", ""):
                problems.append(f"{stream} is {got!r}, not {operation.get('payload', '')!r}")
    if problems and ended.stderr:
        problems.append(ended.stderr.decode(errors="replace").strip())
    return "; ".join(problems)


def lay_traps(folder: pathlib.Path) -> None:
    """Directories for programs/escape.wasm, with links that lead out of them."""
    for name in ("top/sub", "ro"):
        (folder / name).mkdir(parents=True)
    (folder / "secret").write_text("outside")
    (folder / "top" / "ok").write_text("inside")
    (folder / "ro" / "file").write_text("fixed")
    links = {
        "out": "../secret",
        "chain": "out",
        "up": "..",
        "sub/up2": "../..",
        "absolute": str(folder),
        "magic": "/proc/self/root",
        "cwd": "/proc/self/cwd",
        "fd": "/proc/self/fd",
        "winding": "sub/../../secret",
        "dangling": "../new",
    }
    for name, target in links.items():
        (folder / "top" / name).symlink_to(target)


def contents(folder: pathlib.Path) -> dict[str, Any]:
    """What is in a folder, by path: of files the content and the time, of links the target."""
    return {
        str(path.relative_to(folder)): os.readlink(path)
        if path.is_symlink()
        else (path.read_text(), path.stat().st_mtime_ns)
        if path.is_file()
        else None
        for path in folder.rglob("*")
    }


def run_escapes(command: list[str]) -> str:
    """A program that tries to get out of its directories; what was wrong, or nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        lay_traps(folder)
        before = contents(folder)
        options = ["--dir", f"{folder}/top::/", "--dir-ro", f"{folder}/ro::/ro"]
        wasm = ROOT / "tests" / "wasi" / "programs" / "escape.wasm"
        ended = subprocess.run(
            [*command, *options, str(wasm)],
            input="",
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            text=True,
        )
        after = contents(folder)
        changed = {
            path
            for path in before.keys() | after.keys()
            if not path.startswith("top") and before.get(path) != after.get(path)
        }
    if ended.returncode != 0 or ended.stdout != "0 escapes\n":
        return f"exit status {ended.returncode}: {ended.stdout}{ended.stderr}"
    return f"changed: {sorted(changed)}" if changed else ""


def run_all(command: list[str], suite: pathlib.Path, names: list[str]) -> list[tuple[str, str]]:
    """What was run, and what was wrong with it, or nothing."""
    problems = []
    for wasm in sorted(suite.glob("tests/*/testsuite/wasm32-wasip1/*.wasm")):
        if names and not any(name in wasm.stem for name in names):
            continue
        spec_file = wasm.with_suffix(".json")
        spec = json.loads(spec_file.read_text("utf-8")) if spec_file.is_file() else {}
        problems.append((str(wasm.relative_to(suite)), run_program(command, wasm, spec)))
    if not names or "escape" in names:
        problems.append(("programs/escape.wasm", run_escapes(command)))
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the WASI test suite.")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--suite", type=pathlib.Path)
    parser.add_argument("--program", nargs="+")
    parser.add_argument("--mode", choices=MODES, action="append", dest="modes")
    options = parser.parse_args()
    suite = options.suite or pathlib.Path(
        os.environ.get("EPSILON_WASI_TESTSUITE", ROOT.parent / "shared" / "wasi-testsuite")
    )
    if not suite.is_dir():
        print(f"the WASI test suite is not at {suite}")
        if os.environ.get("CI") == "true":
            return 1
    runner = [str(options.build / "bin" / "epsilon_wasi_runner"), "--mode"]
    modes = options.modes or ["tiered"]
    start = time.monotonic()
    passed = failed = 0
    for command in [options.program] if options.program else [[*runner, mode] for mode in modes]:
        problems = run_all(command, suite, options.names)
        failed += sum(problem != "" for _, problem in problems)
        passed += sum(problem == "" for _, problem in problems)
        for name, problem in problems:
            if problem:
                print(f"FAILED {' '.join(command)} {name}: {problem}")
    print(f"{passed} passed, {failed} failed in {time.monotonic() - start:.1f}s")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())

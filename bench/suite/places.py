# SPDX-License-Identifier: Apache-2.0
"""Where things are, and running of other programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Mapping, Sequence

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
DOCS = ROOT / "docs"
NATIVE = ROOT / "build" / "bench"
"""Native forms of the kernels, and the small programs of this suite."""
CACHE = Path(os.environ.get("EPSILON_BENCH_CACHE", ROOT / "build" / "bench-engines"))
"""Engines and modules from packages."""
INSTALL_SECONDS = 600


class Unavailable(Exception):
    """Why an engine or a module is not to be had here."""


def run(
    command: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Runs an installer or compiler; returns what it printed. Raises Unavailable if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except FileNotFoundError:
        raise Unavailable(f"there is no {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took more than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower() or "403" in line] or lines
        why = errors[0] if errors else f"status {done.returncode}"
        why = re.sub(r"\S*https?://\S+ ?", "", why)
        raise Unavailable(f"{' '.join(command[:3])}: {why[:200]}")
    return done.stdout


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def npm(package: str, version: str) -> Path:
    """The folder of an npm package of this version, installed if it is not; no scripts are run."""
    folder = CACHE / "npm"
    place = folder / "node_modules" / package
    stamp = folder / (package.replace("/", "+") + ".version")
    if not place.exists() or not stamp.exists() or stamp.read_text() != version:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").touch()
        if not (folder / "package.json").read_text():
            (folder / "package.json").write_text('{"private": true}\n')
        log(f"installing {package} {version} from npm")
        run(
            [
                "npm",
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                f"{package}@{version}",
            ],
            cwd=folder,
        )
        if not place.exists():
            raise Unavailable(f"npm installed no {package}")
        stamp.write_text(version)
    return place


def wasm_tools() -> str:
    beside = Path(sys.executable).parent / "wasm-tools"
    return str(beside) if beside.exists() else "wasm-tools"


def clang() -> str:
    """The compiler of the native programs: clang-19 if it is there, as for the modules."""
    names = [
        os.environ.get("CLANG", "clang-19"),
        "clang",
        *(f"clang-{n}" for n in range(18, 13, -1)),
    ]
    for name in names:
        if shutil.which(name):
            return name
    raise Unavailable("there is no clang")

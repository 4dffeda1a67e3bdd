# SPDX-License-Identifier: Apache-2.0
"""The program epsilon, as a shell sees it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, Optional

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "tests" / "python"))

from wat import wat  # noqa: E402

# EPSILON_CLI names the program of another build.
PROGRAM = os.environ.get("EPSILON_CLI") or str(ROOT / "build" / "release" / "bin" / "epsilon")

# Python's own tools, wasm-tools among them, are found as in an activated environment.
ENVIRONMENT = dict(
    os.environ, PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def program() -> str:
    """The path of the program."""
    return PROGRAM


@pytest.fixture
def environment() -> Dict[str, str]:
    """The environment it runs in, to change."""
    return dict(ENVIRONMENT)


@pytest.fixture
def epsilon() -> Run:
    """Runs the program with these arguments; standard input is empty unless given. With
    text=False the output stays bytes."""

    def run(
        *args: object, stdin: Optional[bytes] = None, text: bool = True, **options: object
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [PROGRAM, *(arg if isinstance(arg, bytes) else str(arg) for arg in args)],
            input=stdin or b"",
            capture_output=True,
            timeout=60,
            check=False,
            **{"env": ENVIRONMENT, **options},
        )
        return subprocess.CompletedProcess(
            done.args,
            done.returncode,
            done.stdout.decode() if text else done.stdout,
            done.stderr.decode(),
        )

    return run


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a module from text to a file."""

    def write(text: str) -> Path:
        path = tmp_path / f"module{len(list(tmp_path.iterdir()))}.wasm"
        path.write_bytes(wat(text))
        return path

    return write

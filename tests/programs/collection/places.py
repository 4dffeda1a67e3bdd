# SPDX-License-Identifier: Apache-2.0
"""Where things are, and running of installers and compilers."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Sequence

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("EPSILON_PROGRAMS_CACHE") or ROOT / "build" / "programs")
"""Programs from packages, and those compiled here."""
INPUTS = HERE / "inputs"
SOURCES = HERE / "sources"
EXPECTED = HERE / "expected"
INSTALL_SECONDS = 900


class Unavailable(Exception):
    """Why a program is not to be had here."""


def run(command: Sequence[str], cwd: Path) -> None:
    """Runs an installer or a compiler. Raises Unavailable if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Unavailable(f"there is no {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took more than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower()] or lines
        why = errors[0] if errors else f"status {done.returncode}"
        why = re.sub(r"\S*https?://\S+ ?", "", why)
        raise Unavailable(f"{' '.join(command[:4])}: {why[:300]}")

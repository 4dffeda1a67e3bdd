#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the sdist and, from it, the wheel, as `python -m build` does, and uses the wheel.

The wheel takes the library that build/release has; with --compile it compiles its own from the
sdist. Either way the sdist must hold every source, and configure.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "build" / "release" / "libepsilon.so"
NEEDED = ["CMakeLists.txt", "setup.py", "pyproject.toml", "LICENSE", "README.md"]
NEEDED_FOLDERS = ["cmake", "libepsilon", "capi", "epsilon_py"]
QUICK_START = """
import pathlib, sys
import epsilon
assert pathlib.Path(epsilon.__file__).is_relative_to(sys.prefix), epsilon.__file__
wasm = pathlib.Path(sys.argv[1]).read_bytes()
with epsilon.Runtime() as runtime:
    assert runtime.instantiate(wasm).call("add", 5, 37) == [42]
print("wheel:", epsilon.version(), "add(5, 37) =", [42])
"""


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL, **options)


def quietly(*command, **options):
    """Like run, but shows what the command prints only if it fails."""
    outcome = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip
    if outcome.returncode:
        print(outcome.stdout)
        sys.exit(f"failed: {command}")


def check_sdist(path, scratch):
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *NEEDED_FOLDERS],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
        archive.extractall(scratch)
    missing = [name for name in NEEDED + tracked if name not in names]
    built = [name for name in names if name.endswith((".so", ".pyc", ".o"))]
    if missing or built:
        sys.exit(f"sdist: lacks {missing}, should not have {built}")
    tree = scratch / path.name[: -len(".tar.gz")]
    quietly(
        "cmake", "-S", tree, "-B", scratch / "configured", "-G", "Ninja",
        "-DEPSILON_BUILD_TESTS=OFF", "-DEPSILON_BUILD_CLI=OFF",
    )  # fmt: skip
    print(f"sdist: {path.name}, {len(names)} entries, complete, configures")


def check_wheel(path, scratch):
    if "-py3-none-" not in path.name or path.name.endswith("-any.whl"):
        sys.exit(f"wheel: {path.name} has the wrong tag")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    for name in ("epsilon/__init__.py", "epsilon/py.typed", "epsilon/libepsilon.so"):
        if names.count(name) != 1:
            sys.exit(f"wheel: {name} is not in it")
    libraries = [name for name in names if ".so" in name]
    if libraries != ["epsilon/libepsilon.so"]:
        sys.exit(f"wheel: libraries {libraries}")
    environment = scratch / "venv"
    run(sys.executable, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", path)
    run(python, "-c", QUICK_START, ROOT / "demo" / "add.wasm", cwd=scratch)
    print(f"wheel: {path.name}, {path.stat().st_size} bytes")


def main(arguments):
    environment = dict(os.environ)
    if "--compile" not in arguments:
        environment["EPSILON_LIBRARY"] = str(LIBRARY)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        # From a copy, so that no earlier build of the same tree can lend anything.
        tracked = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split("\0")  # fmt: skip
        copy = scratch / "copy"
        for name in tracked:
            if name and (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        quietly(sys.executable, "-m", "build", copy, "--outdir", scratch / "dist", env=environment)
        dist = scratch / "dist"
        check_sdist(next(dist.glob("*.tar.gz")), scratch)
        check_wheel(next(dist.glob("*.whl")), scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

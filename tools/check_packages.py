#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the sdist and, from it, the wheel, as `python -m build` does; checks both with the tools
that PyPI and its users have; and tests what they install.

The wheel takes the library that build/release has; with --compile it compiles its own from the
sdist. Either way the sdist must hold every source, and configure. auditwheel gives the wheel the
manylinux tag that its symbols allow, and that wheel is tested in an environment of its own: by a
quick part of the Python tests, with --full by all of them.

    check_packages.py [--compile] [--full]
"""

import argparse
import hashlib
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from installed_tests import ROOT, copy_sources, environment, make_suite, quietly, run_suite

LIBRARY = ROOT / "build" / "release" / "libepsilon.so"
NEEDED = ["CMakeLists.txt", "setup.py", "pyproject.toml", "LICENSE", "README.md"]
NEEDED_FOLDERS = ["cmake", "libepsilon", "capi", "epsilon_py"]
METADATA = [
    "Name: epsilon-wasm",
    "License-File: LICENSE",
    "Requires-Python: >=3.8",
    "Requires-Dist: cffi>=1.15",
    "Provides-Extra: numpy",
    "Provides-Extra: wat",
    "Classifier: Typing :: Typed",
]
# A part that takes seconds: every module of the package is imported and called.
QUICK_TESTS = [
    f"tests/python/test_{name}.py"
    for name in """
        async compiled errors exports global host import imports memory surface table types values
    """.split()
]
QUICK_START = """
import pathlib, sys
import epsilon
assert pathlib.Path(epsilon.__file__).is_relative_to(sys.prefix), epsilon.__file__
wasm = pathlib.Path(sys.argv[1]).read_bytes()
with epsilon.Runtime() as runtime:
    assert runtime.instantiate(wasm).call("add", 5, 37) == [42]
print("wheel:", epsilon.version(), "add(5, 37) =", [42])
"""
# A time after 1980, where zip's begins.
EPOCH = "1000000000"


def check_sdist(path, scratch):
    """Gives the folder that it was unpacked to."""
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
    return tree


def check_other_systems(tree, scratch):
    """Where the library doesn't run, the build says so before it looks for a compiler."""
    for system in ("Darwin", "Windows"):
        outcome = subprocess.run(
            ["cmake", "-S", tree, "-B", scratch / system, f"-DCMAKE_SYSTEM_NAME={system}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        said = " ".join(outcome.stdout.split())
        wanted = f"Epsilon runs on Linux only so far, not on {system}."
        if outcome.returncode == 0 or wanted not in said or "compiler" in said:
            sys.exit(f"cmake for {system}: {outcome.stdout}")


def check_contents(path):
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        metadata = archive.read(next(n for n in names if n.endswith(".dist-info/METADATA")))
    for name in ("epsilon/__init__.py", "epsilon/py.typed", "epsilon/libepsilon.so"):
        if names.count(name) != 1:
            sys.exit(f"wheel: {name} is not in it")
    libraries = [name for name in names if ".so" in name]
    if libraries != ["epsilon/libepsilon.so"]:
        sys.exit(f"wheel: libraries {libraries}")
    if not any(name.endswith("/licenses/LICENSE") for name in names):
        sys.exit("wheel: the license is not in it")
    lines = metadata.decode("utf-8").split("\n\n", 1)[0].splitlines()
    missing = [line for line in METADATA if line not in lines]
    if missing:
        sys.exit(f"wheel: its metadata lacks {missing}")


def repair(path, scratch):
    """The wheel as auditwheel makes it: with the tag of what it needs, and nothing else changed."""
    repaired = scratch / "repaired"
    quietly(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", repaired, path,
            env=environment())  # fmt: skip
    wheel = next(repaired.glob("*.whl"))
    if not re.fullmatch(
        rf"epsilon_wasm-[\d.]+-py3-none-(manylinux\w+_{platform.machine()}\.?)+\.whl", wheel.name
    ):
        sys.exit(f"wheel: auditwheel made {wheel.name}")
    check_contents(wheel)
    with zipfile.ZipFile(wheel) as archive:
        library = Path(archive.extract("epsilon/libepsilon.so", scratch / "unpacked"))
    quietly(sys.executable, ROOT / "tools" / "check_exports.py", library)
    return wheel


def check_wheel(path, scratch, full):
    if "-py3-none-" not in path.name or path.name.endswith("-any.whl"):
        sys.exit(f"wheel: {path.name} has the wrong tag")
    check_contents(path)
    wheel = repair(path, scratch)
    quietly(sys.executable, "-m", "check_wheel_contents", wheel)
    print(f"wheel: {path.name} is {wheel.name}, {wheel.stat().st_size} bytes", flush=True)
    virtual = scratch / "venv"
    quietly(sys.executable, "-m", "venv", virtual)
    python = virtual / "bin" / "python"
    quietly(python, "-m", "pip", "install", "--disable-pip-version-check", f"{wheel}[numpy]",
            "pytest", env=environment())  # fmt: skip
    print(quietly(python, "-c", QUICK_START, ROOT / "demo" / "add.wasm", cwd=scratch,
                  env=environment()), end="", flush=True)  # fmt: skip
    suite = scratch / "suite"
    make_suite(suite)
    if run_suite(python, suite, *([] if full else QUICK_TESTS)):
        sys.exit("wheel: the tests failed in an environment of its own")


def check_reproducible(tree, wheel, scratch, variables):
    """The same sources make the same bytes, whatever their times and whenever."""
    for path in (tree / "epsilon_py").rglob("*"):
        os.utime(path, (1.5e9, 1.5e9))
    again = scratch / "again"
    quietly(sys.executable, "-m", "build", "--wheel", tree, "--outdir", again, env=variables)
    digests = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (wheel, *again.glob("*.whl"))]
    if len(digests) != 2 or len(set(digests)) != 1:
        sys.exit(f"wheel: built twice, digests {digests}")
    print(f"wheel: built twice, sha256 {digests[0]} both times")


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--compile", action="store_true", help="compile the library of the wheel")
    parser.add_argument("--full", action="store_true", help="run all Python tests")
    options = parser.parse_args()
    variables = {**environment(), "SOURCE_DATE_EPOCH": EPOCH}
    if not options.compile:
        variables["EPSILON_LIBRARY"] = str(LIBRARY)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        copy = scratch / "copy"
        copy_sources(copy)
        dist = scratch / "dist"
        quietly(sys.executable, "-m", "build", copy, "--outdir", dist, env=variables)
        sdist, wheel = next(dist.glob("*.tar.gz")), next(dist.glob("*.whl"))
        quietly(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
        tree = check_sdist(sdist, scratch)
        check_other_systems(tree, scratch)
        check_reproducible(tree, wheel, scratch, variables)
        check_wheel(wheel, scratch, options.full)
    return 0


if __name__ == "__main__":
    sys.exit(main())

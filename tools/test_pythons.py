#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the Python tests on every Python that is installed here, against build/release's library.

    test_pythons.py [--only NAME]... [--require NAME]... [--list] [PYTEST ARGUMENT...]

For each Python from 3.8 on that is on the path or below ~/.pyenv (PYENV_ROOT), one of each
implementation and minor version: an environment in build/pythons, where the package is installed as
a user would install it, `pip install -e .` first and then `pip install .`, and tested from a folder
without the sources. Names are like cpython3.12 and pypy3.9; --require pypy fails if there is none.
"""

import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from installed_tests import ROOT, copy_sources, environment, make_suite, quietly, run_suite

LIBRARY = ROOT / "build" / "release" / "libepsilon.so"
ENVIRONMENTS = ROOT / "build" / "pythons"
OLDEST, NEWEST = 8, 14
"""Minor versions of CPython that users may have; newer ones are found too."""
WANTED = [*(f"cpython3.{minor}" for minor in range(OLDEST, NEWEST + 1)), "pypy3"]
DESCRIBE = """
import json, platform, sys, venv
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:3]),
    "prefix": sys.base_prefix,
    "text": platform.python_implementation() + " " + platform.python_version(),
}))
"""
EDITABLE = """
import sys
from pathlib import Path
import epsilon
assert Path(epsilon.__file__).resolve().parent.parent == Path(sys.argv[1]).resolve(), epsilon
print(epsilon.version())
"""


def candidates():
    """Programs that may be Pythons, the best known places first."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders += ["/usr/bin", "/usr/local/bin"]
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    folders += sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin")), reverse=True)
    for folder in folders:
        if folder == os.path.join(pyenv, "shims"):
            continue  # they stand for what lies in versions
        if os.path.exists(os.path.join(os.path.dirname(folder), "pyvenv.cfg")):
            continue  # an environment of some Python
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if re.fullmatch(r"python3(\.\d+t?)?|pypy3(\.\d+)?", name):
                yield os.path.join(folder, name)


def find_pythons():
    """What DESCRIBE tells of each Python, by name, with the program."""
    found = {}
    asked = set()
    for program in candidates():
        real = os.path.realpath(program)
        if real in asked:
            continue
        asked.add(real)
        outcome = subprocess.run(
            [program, "-c", DESCRIBE], env=environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if outcome.returncode:
            continue  # without the module venv, or broken
        about = json.loads(outcome.stdout)
        major, minor = about["version"][:2]
        name = f"{about['implementation']}{major}.{minor}"
        if minor >= OLDEST and name not in found:
            found[name] = {**about, "program": program}
    return dict(sorted(found.items(), key=lambda item: (item[0][0], item[1]["version"])))


def make_environment(name, about):
    """An environment of that Python with what the tests need; gives its program."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    stamp = folder / "made-by.json"
    wanted = json.dumps(about)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    quietly(about["program"], "-m", "venv", folder, env=environment())
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:"]
    quietly(*pip, "pytest", env=environment())
    numpy = subprocess.run(
        [*pip, "numpy"], env=environment(), stdin=subprocess.DEVNULL, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if numpy.returncode:
        print(f"{name}: no numpy for it, so no tests with numpy")
    stamp.write_text(wanted, encoding="utf-8")
    return python


def test(name, about, scratch, arguments):
    """True if all is well."""
    print(f"\n-- {name}: {about['text']}, {about['program']}", flush=True)
    python = make_environment(name, about)
    variables = {**environment(), "EPSILON_LIBRARY": str(LIBRARY)}
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    copy = scratch / name
    copy_sources(copy)
    quietly(*pip, "-e", copy, env=variables)
    quietly(python, "-c", EDITABLE, copy / "epsilon_py", cwd=scratch, env=environment())
    quietly(*pip, copy, env=variables)
    suite = scratch / f"{name}-suite"
    make_suite(suite)
    return run_suite(python, suite, *arguments) == 0


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="names that begin so")
    parser.add_argument("--require", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    options, arguments = parser.parse_known_args()
    pythons = find_pythons()
    for name, about in pythons.items():
        print(f"{name}: {about['text']}, {about['program']}")
    missing = [name for name in WANTED if not any(p.startswith(name) for p in pythons)]
    if missing:
        print(f"not here: {', '.join(missing)}")
    outcomes = {}
    if not options.list:
        for name, about in pythons.items():
            if options.only and not name.startswith(tuple(options.only)):
                continue
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as scratch:
                good = test(name, about, Path(scratch), arguments)
            outcomes[name] = good
            print(f"-- {name}: {'ok' if good else 'FAILED'}, {time.monotonic() - began:.0f}s")
        failed = [name for name, good in outcomes.items() if not good]
        print(f"\npythons: {len(outcomes) - len(failed)} well, failed: {failed or 'none'}")
    refused = [n for n in options.require if not any(p.startswith(n) for p in pythons)]
    if refused:
        print(f"required, but not here: {', '.join(refused)}")
    return 1 if refused or not all(outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

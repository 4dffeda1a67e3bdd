#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the site of docs/ into build/docs: Doxygen reads epsilon.h, Sphinx makes the pages.

Warnings are errors. Afterwards the site's index is compared with the header and with the package:
every function, type and constant of the one and every public name of the other is documented.
"""

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SITE = BUILD / "docs"
HEADER = ROOT / "capi" / "include" / "epsilon.h"
sys.path.insert(0, str(ROOT / "epsilon_py"))


def run(name, *command):
    outcome = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if outcome.returncode:
        print(outcome.stdout)
        sys.exit(f"docs: {name} failed")


def read_header():
    if not shutil.which("doxygen"):
        sys.exit("docs: no doxygen here; make setup installs it")
    run("doxygen", "doxygen", "docs/Doxyfile")
    # "#include <epsilon.h>" would be shown as a link to a page that is not made.
    for path in (BUILD / "doxygen" / "xml").glob("union*.xml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r" *<includes .*\n", "", text), encoding="utf-8")


def documented():
    """The names in the site's index, by domain."""
    from sphinx.util.inventory import InventoryFile

    with open(SITE / "objects.inv", "rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, name: name)
    names = {}
    for role, entries in inventory.items():
        names.setdefault(role.split(":")[0], {})[role.split(":")[1]] = set(entries)
    return names


def declared_in_header():
    """What the header declares, by the kind that the site gives it."""
    source = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    functions = re.findall(r"^EPSILON_API\b[^;(]*?\b(epsilon_\w+)\(", source, re.MULTILINE)
    assert len(functions) == len(re.findall(r"^EPSILON_API\b", source, re.MULTILINE))
    types = re.findall(r"^typedef \w+ (?:\w+ )?(epsilon_\w+);", source, re.MULTILINE)
    types += re.findall(r"^typedef [^;]*?\(\*(epsilon_\w+)\)\(", source, re.MULTILINE)
    types += re.findall(r"^\} (epsilon_\w+);", source, re.MULTILINE)
    constants = re.findall(r"^    (EPSILON_\w+) = ", source, re.MULTILINE)
    macros = re.findall(r"^#define (EPSILON_\w+) \d+$", source, re.MULTILINE)
    return {
        "function": set(functions), "type": set(types), "enumerator": set(constants),
        "macro": set(macros),
    }  # fmt: skip


def check_header(site):
    """What the header and the site differ in; everything if the site has nothing."""
    for kind, names in declared_in_header().items():
        found = {name.split(".")[-1] for name in site.get(kind, ())}
        for name in sorted(names - found):
            yield f"epsilon.h: {kind} {name} is not documented"
        for name in sorted(found - names):
            yield f"C reference: no {kind} {name} in epsilon.h"


def public_names():
    """What the package offers: its names, and the public members of its classes. What a class
    overrides or inherits from one of Python's is documented with the base."""
    import epsilon

    for name in epsilon.__all__:
        yield name
        thing = getattr(epsilon, name)
        if inspect.isclass(thing):
            bases = set().union(*(dir(base) for base in thing.__bases__))
            for member in vars(thing):
                if not member.startswith("_") and member not in bases:
                    yield f"{name}.{member}"


def check_package(site):
    found = set().union(*site.values())
    for name in sorted({f"epsilon.{name}" for name in public_names()} - found):
        yield f"{name} is not documented"


def main():
    os.environ.setdefault("EPSILON_LIBRARY", str(BUILD / "release" / "libepsilon.so"))
    for folder in (SITE, BUILD / "doctrees"):
        shutil.rmtree(folder, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    read_header()
    run(
        "sphinx", sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-b", "html",
        "-d", str(BUILD / "doctrees"), "docs", str(SITE),
    )  # fmt: skip
    site = documented()
    problems = [*check_header(site["c"]), *check_package(site["py"])]
    declared = declared_in_header()
    if len(list(check_header({}))) != sum(map(len, declared.values())):
        problems.append("self-test: a site without anything passes")
    for problem in problems:
        print(problem)
    counts = ", ".join(f"{len(names)} {kind}s" for kind, names in declared.items())
    print(f"docs: epsilon.h has {counts}; the package {len(set(public_names()))} names")
    print(f"docs: {SITE.relative_to(ROOT)}/index.html, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

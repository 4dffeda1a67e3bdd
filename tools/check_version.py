#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that everything that states the version states the one in CMakeLists.txt."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def found(path, pattern):
    match = re.search(pattern, (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    return match.group(1) if match else f"nothing like {pattern}"


def main():
    version = found("CMakeLists.txt", r"^project\(epsilon VERSION ([\d.]+)")
    header = ".".join(
        found("capi/include/epsilon.h", rf"^#define EPSILON_VERSION_{part} (\d+)$")
        for part in ("MAJOR", "MINOR", "PATCH")
    )
    stated = {
        "capi/include/epsilon.h": header,
        "epsilon_py/epsilon/_version.py": found(
            "epsilon_py/epsilon/_version.py", r'^__version__ = "([\d.]+)"'
        ),
        "CHANGELOG.md": found("CHANGELOG.md", r"^## \[?([\d.]+)"),
    }
    problems = [
        f"{path} states {other}, CMakeLists.txt {version}"
        for path, other in stated.items()
        if other != version
    ]
    for problem in problems:
        print(problem)
    print(f"version: {version}, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

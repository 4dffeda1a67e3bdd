#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs in wasmtime and writes what came of it to expected/, for test_programs.py to
compare Epsilon with. With --check nothing is written: a difference is an error.

wasmtime compiles a program before it runs it, which takes up to a minute of the largest; what it
compiled is kept beside the programs, in build/programs (or EPSILON_PROGRAMS_CACHE).
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict

sys.path.insert(0, str(Path(__file__).resolve().parent))

from collection.cases import CASES, Case  # noqa: E402
from collection.engines import outcome, wasmtime  # noqa: E402
from collection.libraries import LIBRARIES  # noqa: E402
from collection.places import CACHE, EXPECTED, Unavailable  # noqa: E402
from wasmtime_library import WasmtimeLibrary  # noqa: E402
from wasmtime_run import BROKEN  # noqa: E402


class Broken(Exception):
    """wasmtime could not run a program."""


def outcome_of_command(case: Case) -> Dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        result = outcome(case, wasmtime, Path(folder))
    for step in result["steps"]:
        if step["exit_code"] == BROKEN:
            raise Broken("".join(step["stderr"]))
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("cases", nargs="*", help="names of cases; all if none is given")
    options = parser.parse_args()
    known = {case.name: case for case in CASES}
    names = [*known, *LIBRARIES]
    unknown = [name for name in options.cases if name not in names]
    if unknown:
        parser.error(f"no case is named {', '.join(unknown)}")

    os.environ.setdefault("EPSILON_PROGRAMS_COMPILED", str(CACHE / "wasmtime"))
    same, differ = 0, 0
    for name in options.cases or names:
        try:
            if name in LIBRARIES:
                result = LIBRARIES[name](WasmtimeLibrary)
            else:
                result = outcome_of_command(known[name])
        except (Unavailable, Broken) as why:
            print(f"{name}: {why}")
            differ += 1
            continue
        text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        kept = EXPECTED / f"{name}.json"
        if kept.exists() and kept.read_text(encoding="utf-8") == text:
            same += 1
            print(f"{name}: as recorded")
        elif options.check:
            differ += 1
            print(f"{name}: not as recorded; now:\n{text}")
        else:
            EXPECTED.mkdir(exist_ok=True)
            kept.write_text(text, encoding="utf-8")
            print(f"{name}: written")
    if options.check:
        print(f"{same} passed, {differ} failed")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())

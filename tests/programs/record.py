#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs in wasmtime and writes what came of it to expected/, for test_programs.py to
compare Epsilon with. With --check nothing is written: a difference is an error.

wasmtime compiles a program before it runs it, which takes up to a minute of the largest; what it
compiled is kept beside the programs, in build/programs (or EPSILON_PROGRAMS_CACHE).
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from collection.cases import CASES  # noqa: E402
from collection.engines import outcome_in_temporary_folder, wasmtime  # noqa: E402
from collection.places import EXPECTED, Unavailable  # noqa: E402
from wasmtime_run import BROKEN  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("cases", nargs="*", help="names of cases; all if none is given")
    options = parser.parse_args()
    known = {case.name: case for case in CASES}
    unknown = [name for name in options.cases if name not in known]
    if unknown:
        parser.error(f"no case is named {', '.join(unknown)}")

    same, differ = 0, 0
    for name in options.cases or known:
        try:
            result = outcome_in_temporary_folder(known[name], wasmtime)
        except Unavailable as why:
            print(f"{name}: {why}")
            differ += 1
            continue
        broken = [step for step in result["steps"] if step["exit_code"] == BROKEN]
        if broken:
            print(f"{name}: wasmtime could not run it: {''.join(broken[0]['stderr'])}")
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

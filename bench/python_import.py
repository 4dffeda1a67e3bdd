#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What importing costs a program: epsilon, cffi alone, and wasmtime where it is installed.

    bench/python_import.py [--rounds N]

Starts this Python again and again with one import each, in paired rounds, and prints one line of
JSON: milliseconds more than a Python that imports nothing, as medians of the rounds; by the clock,
and of processor time, which other work on the machine disturbs less. Modules are compiled before.
"""

import argparse
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from typing import Dict, List, Tuple

IMPORTS = ["pass", "import cffi", "import epsilon", "import wasmtime"]
LIMIT_MS = 30
"""How much more than cffi epsilon may take."""


def cost(code: str, environment: Dict[str, str]) -> Tuple[float, float]:
    """Milliseconds of a process by the clock and of its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return 1e3 * wall, 1e3 * used


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    codes = [c for c in IMPORTS if c == "pass" or importlib.util.find_spec(c.split()[1])]
    for code in codes:
        cost(code, environment)
    rounds: List[Dict[str, Tuple[float, float]]] = [
        {code: cost(code, environment) for code in codes} for _ in range(options.rounds)
    ]

    def median(code: str, base: str, which: int) -> float:
        return round(statistics.median(r[code][which] - r[base][which] for r in rounds), 1)

    figures = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "rounds": options.rounds,
        "limit_ms": LIMIT_MS,
        "epsilon_more_than_cffi_ms": median("import epsilon", "import cffi", 0),
        "epsilon_more_than_cffi_cpu_ms": median("import epsilon", "import cffi", 1),
    }
    for code in codes[1:]:
        name = code.split()[1]
        figures[f"{name}_ms"] = median(code, "pass", 0)
        figures[f"{name}_cpu_ms"] = median(code, "pass", 1)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())

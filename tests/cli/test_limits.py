# SPDX-License-Identifier: Apache-2.0
"""Limits on a program: --max-memory, --max-total-memory, --max-stack, --timeout,
--max-call-depth."""

import platform
import subprocess
import time
from pathlib import Path

import pytest

GROW = """(memory 1)
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))"""
ENDLESS = """(func (export "spin") (loop (br 0)))"""
DEPTH = """(func $depth (export "depth") (param i32) (result i32)
             (if (result i32) (i32.le_s (local.get 0) (i32.const 1))
               (then (i32.const 1))
               (else (i32.add (i32.const 1)
                              (call $depth (i32.sub (local.get 0) (i32.const 1)))))))"""


@pytest.mark.parametrize("cap", ["2", "128K", "0.125M", "191KiB"])
def test_max_memory(epsilon, module, cap):
    path = module(GROW)
    assert epsilon("run", "--max-memory", cap, "--invoke", "grow", path, 1).stdout == "1\n"
    assert epsilon("run", "--max-memory", cap, "--invoke", "grow", path, 2).stdout == "-1\n"
    assert epsilon("--max-memory", cap, path, "grow", 2).stdout == "-1\n"


def test_memory_above_the_cap_is_refused(epsilon, module):
    done = epsilon("run", "--max-memory", 2, module("(memory 3)"))
    assert done.returncode == 1
    assert ": limit: " in done.stderr


@pytest.mark.parametrize("cap", ["131072", "128K", "0.125M"])
def test_max_total_memory(epsilon, module, cap):
    path = module("(memory 1) (table 0 funcref)" + GROW[GROW.index("(func") :])
    option = ("--max-total-memory", cap)
    assert epsilon("run", *option, "--invoke", "grow", path, 1).stdout == "1\n"
    assert epsilon("run", *option, "--invoke", "grow", path, 2).stdout == "-1\n"
    done = epsilon("run", *option, module("(memory 1) (memory 2)"))
    assert done.returncode == 1
    assert "exceeds the limit on all memories and tables together" in done.stderr


def test_max_stack(epsilon, module):
    path = module(DEPTH)
    assert epsilon("run", "--max-stack", "1M", "--invoke", "depth", path, 5000).stdout == "5000\n"
    done = epsilon("run", "--max-stack", "64K", "--invoke", "depth", path, 5000)
    assert done.returncode == 1
    assert ": trap: call stack exhausted" in done.stderr


@pytest.mark.parametrize("limit", ["100", "100ms", "0.1s"])
def test_timeout(epsilon, module, limit):
    began = time.monotonic()
    done = epsilon("run", "--timeout", limit, "--invoke", "spin", module(ENDLESS))
    assert done.returncode == 1
    assert ": timeout: " in done.stderr
    assert 0.1 <= time.monotonic() - began < 10


def test_timeout_of_a_start_function(epsilon, module):
    done = epsilon("run", "--timeout", "50ms", module("(func $f (loop (br 0))) (start $f)"))
    assert done.returncode == 1
    assert ": timeout: " in done.stderr


def test_timeout_that_is_not_reached(epsilon, module):
    done = epsilon("run", "--timeout", "1m", "--invoke", "depth", module(DEPTH), 5)
    assert (done.stdout, done.stderr, done.returncode) == ("5\n", "", 0)


def test_max_call_depth(epsilon, module):
    path = module(DEPTH)
    assert epsilon("run", "--max-call-depth", 50, "--invoke", "depth", path, 50).stdout == "50\n"
    done = epsilon("run", "--max-call-depth", 50, "--invoke", "depth", path, 51)
    assert done.returncode == 1
    assert ": trap: call stack exhausted" in done.stderr


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--max-memory", "x"),
        ("--max-memory", "-1"),
        ("--max-memory", "65537"),
        ("--max-memory", "1.5"),
        ("--max-memory", "1K"),
        ("--max-memory", "5G"),
        ("--max-memory", "1T"),
        ("--max-total-memory", "much"),
        ("--max-total-memory", "-1"),
        ("--max-total-memory", "1.5"),
        ("--max-total-memory", "1e9G"),
        ("--max-stack", "1T"),
        ("--max-stack", "0.1"),
        ("--timeout", "soon"),
        ("--timeout", "-5"),
        ("--timeout", "5x"),
        ("--timeout", "nan"),
        ("--max-call-depth", "1.5"),
        ("--max-call-depth", "-1"),
        ("--tiers", "fast"),
        ("--tiers", "Compiled"),
    ],
)
def test_limits_that_are_not_understood(epsilon, module, option, text):
    done = epsilon("run", f"{option}={text}", module(ENDLESS))
    assert done.returncode == 2
    assert done.stderr.startswith(f"epsilon: {option} {text}: expected ")


@pytest.mark.parametrize("tiers", ["interpreter", "compiled", "tiered"])
def test_tiers(epsilon, module, tiers):
    path = module(DEPTH)
    assert epsilon("run", "--tiers", tiers, "--invoke", "depth", path, 1000).stdout == "1000\n"
    assert epsilon(f"--tiers={tiers}", path, "depth", 5).stdout == "5\n"
    done = epsilon("repl", "--tiers", tiers, stdin=f"LOAD {path}\nINVOKE depth 7\n".encode())
    assert (done.stdout, done.stderr) == ("7\n", "")


def test_perf_map(module, program):
    path = module(DEPTH)
    started = subprocess.Popen(
        [program, "repl", "--perf-map", "--tiers=compiled"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    map_file = Path(f"/tmp/perf-{started.pid}.map")
    try:
        out, _ = started.communicate(f"LOAD {path}\nINVOKE depth 7\n", timeout=60)
        assert out == "7\n"
        if platform.machine() == "x86_64":
            assert " wasm: depth\n" in map_file.read_text()
    finally:
        map_file.unlink(missing_ok=True)


def test_fuel(epsilon, module):
    path = module(DEPTH)
    # 5 instructions at the end, 10 for each call around it.
    enough = epsilon("run", "--fuel", 45, "--invoke", "depth", path, 5)
    assert (enough.stdout, enough.stderr, enough.returncode) == ("5\n", "", 0)
    done = epsilon("run", "--fuel", 44, "--invoke", "depth", path, 5)
    assert done.returncode == 1
    assert done.stdout == ""
    assert ": fuel: fuel exhausted\n" in done.stderr
    assert epsilon("--fuel", 45, path, "depth", 5).stdout == "5\n"
    assert epsilon("run", "--fuel", 0, "--invoke", "depth", path, 5).returncode == 1


def test_fuel_of_a_start_function(epsilon, module):
    done = epsilon("run", "--fuel", 1000, module("(func $f (loop (br 0))) (start $f)"))
    assert done.returncode == 1
    assert ": fuel: fuel exhausted\n" in done.stderr


@pytest.mark.parametrize("fuel", ["-1", "1k", "1.5", "18446744073709551616"])
def test_wrong_fuel(epsilon, module, fuel):
    done = epsilon("run", "--fuel", fuel, "--invoke", "depth", module(DEPTH), 5)
    assert done.returncode == 2
    assert done.stderr.startswith(f"epsilon: --fuel {fuel}: expected a number of instructions")

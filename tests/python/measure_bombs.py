# SPDX-License-Identifier: Apache-2.0
"""Measures what the modules of bombs.py cost: seconds of processor time for each MiB of module, and
the peak of memory as a multiple of its size, each in a process of its own.

    python tests/python/measure_bombs.py [--size MIB] [--json] [NAME...]

Ends with 1 if one costs more than it may.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

from bombs import BOMBS, Bomb
from epsilon._native import ffi, lib

MIB = 1 << 20
FIXED_SECONDS = 0.3
STACK_BYTES = 16 * MIB
FIXED_BYTES = STACK_BYTES + 8 * MIB
"""Whatever the size: a thread's arena, the runtime, its stack."""


def memory_peak() -> int:
    """Bytes, since the process was forked. 0 where the system doesn't tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")
    )


def outcome_of(error: Any) -> Optional[str]:
    if not error:
        return None
    message = ffi.string(lib.epsilon_error_message(error, ffi.NULL), 200).decode()
    lib.epsilon_error_delete(error)
    return str(message)


def use(module: bytes) -> str:
    """Compiles, lists, instantiates and runs; "ok", or the error's message."""
    config = ffi.new("epsilon_config_t **")
    runtime = ffi.new("epsilon_runtime_t **")
    compiled = ffi.new("epsilon_compiled_t **")
    instance = ffi.new("epsilon_module_t **")
    func = ffi.new("epsilon_func_t **")
    lib.epsilon_config_new(config)
    lib.epsilon_config_set_max_stack_bytes(config[0], STACK_BYTES)
    lib.epsilon_runtime_new(config[0], runtime)
    source = ffi.from_buffer(module)
    error = outcome_of(lib.epsilon_compiled_new(config[0], source, len(module), compiled))
    if error is None:
        null = ffi.NULL
        if lib.epsilon_compiled_export_count(compiled[0]):
            lib.epsilon_compiled_export(compiled[0], 0, null, null, null)
        if lib.epsilon_compiled_import_count(compiled[0]):
            lib.epsilon_compiled_import(compiled[0], 0, null, null, null, null, null)
        error = outcome_of(lib.epsilon_module_new(runtime[0], compiled[0], null, null, instance))
    if error is None:
        missing = outcome_of(lib.epsilon_module_export_func(instance[0], b"run", 3, func))
        if missing is None:
            error = outcome_of(lib.epsilon_func_call(func[0], ffi.NULL, 0, 0, ffi.NULL, 0))
    return error or "ok"


def measure(name: str, bomb: Bomb, size: int) -> Dict[str, Any]:
    module = bomb.make(size)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        before, began = memory_peak(), time.process_time()
        outcome = use(module)
        spent = {"seconds": time.process_time() - began, "bytes": memory_peak() - before}
        os.write(writer, json.dumps({**spent, "outcome": outcome}).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    found = json.loads(answer) if answer else {"seconds": 0, "bytes": 0, "outcome": "died"}
    return {"name": name, "size": len(module), "status": status, **found}


def complaint(row: Dict[str, Any]) -> Optional[str]:
    """What is wrong with a measurement."""
    bomb = BOMBS[row["name"]]
    if row["status"] != 0 or not row["outcome"].startswith(bomb.outcome):
        return f"expected: {bomb.outcome}, found: {row['outcome']}, status {row['status']}"
    seconds = FIXED_SECONDS + bomb.seconds_per_mib * row["size"] / MIB
    if row["seconds"] > seconds:
        return f"takes {row['seconds']:.2f} s, expected less than {seconds:.2f}"
    memory = FIXED_BYTES + bomb.bytes_per_byte * row["size"]
    if row["bytes"] > memory:
        return f"takes {row['bytes']} bytes, expected less than {memory:.0f}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=float, default=1, help="of the modules, in MiB; default 1")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each")
    parser.add_argument("names", nargs="*", help="parts of names; default: all")
    options = parser.parse_args()
    bad: List[str] = []
    for name, bomb in BOMBS.items():
        if options.names and not any(part in name for part in options.names):
            continue
        row = measure(name, bomb, int(options.size * MIB))
        problem = complaint(row)
        if problem:
            bad.append(f"{name}: {problem}")
        if options.json:
            print(json.dumps(row), flush=True)
        else:
            print(
                f"{name:42} {row['size'] / MIB:6.2f} MiB {row['seconds'] * MIB / row['size']:7.3f} "
                f"s/MiB {row['bytes'] / row['size']:6.1f} x  {row['outcome'][:40]}",
                flush=True,
            )
    for problem in bad:
        print(problem, file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

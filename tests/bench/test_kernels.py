# SPDX-License-Identifier: Apache-2.0
"""The kernels of bench/: their checksums in Epsilon, in native code, and whether the committed
modules are what the sources give."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from epsilon import Runtime

BENCH = Path(__file__).resolve().parent.parent.parent / "bench"
NAMES = sorted(path.stem for path in (BENCH / "wasm").glob("*.wasm"))
CLANG = "clang-19"

# What native code returns, by kernel: [n, run(n)]. bench/run.py --record-checksums writes it.
CHECKSUMS = json.loads((BENCH / "checksums.json").read_text())


def tool(name: str) -> str | None:
    """A program beside this Python, or on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def clang_is_that_of_the_modules() -> bool:
    """Whether it has the very version that the committed modules name as their compiler."""
    if shutil.which(CLANG) is None:
        return False
    said = subprocess.run([CLANG, "--version"], check=True, capture_output=True, text=True).stdout
    version = said.splitlines()[0].split("version ")[-1]
    return version.encode() in (BENCH / "wasm" / "fib.wasm").read_bytes()


def test_every_source_has_a_module_and_a_checksum() -> None:
    sources = sorted(path.stem for path in (BENCH / "kernels").glob("*.c"))
    assert sources == NAMES
    assert sorted(CHECKSUMS) == NAMES
    assert len(NAMES) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_epsilon_gives_the_native_checksum(name: str) -> None:
    n, expected = CHECKSUMS[name]
    wasm = (BENCH / "wasm" / f"{name}.wasm").read_bytes()
    with Runtime() as runtime:
        compiled = runtime.compile(wasm)
        assert not compiled.imports
        module = runtime.instantiate(compiled)
        # Every call starts from the same state.
        for _ in range(2):
            (result,) = module.call("run", n)
            assert result % 2**64 == int(expected)


@pytest.mark.skipif(shutil.which(CLANG) is None, reason=f"there is no {CLANG}")
def test_native_code_gives_the_recorded_checksums(tmp_path: Path) -> None:
    # Unoptimised, which is quick to compile: the results must not depend on the optimiser either.
    for name in NAMES:
        program = tmp_path / name
        flags = ["-std=c11", "-O0", "-ffp-contract=off", "-fno-math-errno"]
        sources = [str(BENCH / "native_main.c"), str(BENCH / "kernels" / f"{name}.c")]
        subprocess.run([CLANG, *flags, *sources, "-o", str(program)], check=True)
        n, expected = CHECKSUMS[name]
        done = subprocess.run([str(program), str(n)], check=True, capture_output=True, text=True)
        assert done.stdout.strip() == expected, name


@pytest.mark.skipif(
    not clang_is_that_of_the_modules()
    or shutil.which("wasm-ld-19") is None
    or tool("wasm-tools") is None,
    reason=f"needs {CLANG} of the version that made the modules, wasm-ld-19 and wasm-tools",
)
def test_the_committed_modules_are_what_the_sources_give(tmp_path: Path) -> None:
    wasm_tools = tool("wasm-tools")
    assert wasm_tools is not None
    environment = {**os.environ, "CLANG": CLANG, "WASM_TOOLS": wasm_tools}
    subprocess.run(
        [str(BENCH / "build.sh"), "wasm", str(tmp_path)], check=True, env=environment, timeout=120
    )
    assert sorted(path.stem for path in tmp_path.glob("*.wasm")) == NAMES
    for name in NAMES:
        built = (tmp_path / f"{name}.wasm").read_bytes()
        committed = (BENCH / "wasm" / f"{name}.wasm").read_bytes()
        assert built == committed, f"bench/wasm/{name}.wasm is stale: bench/build.sh wasm"
    for text in sorted((BENCH / "modules").glob("*.wat")):
        built_file = tmp_path / f"{text.stem}.module"
        subprocess.run([wasm_tools, "parse", str(text), "-o", str(built_file)], check=True)
        assert built_file.read_bytes() == text.with_suffix(".wasm").read_bytes(), text.name

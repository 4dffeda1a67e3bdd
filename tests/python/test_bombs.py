# SPDX-License-Identifier: Apache-2.0
"""Compile bombs: time and memory stay in proportion to a module's size, whatever is in it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import bombs
import epsilon
import pytest
from bombs import BOMBS
from epsilon import EpsilonTimeoutError, Runtime
from measure_bombs import complaint

SIZE_MIB = 0.5


@pytest.fixture(scope="module")
def rows():
    """Measured in other processes, one for each: this one has used memory that could be used again,
    and threads."""
    if sys.platform != "linux":
        pytest.skip("needs /proc")
    script = Path(__file__).with_name("measure_bombs.py")
    command = [sys.executable, str(script), "--json", "--size", str(SIZE_MIB)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=300, check=False)
    return {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(rows, name):
    assert complaint(rows[name]) is None


@pytest.mark.parametrize("signals", [True, False])
@pytest.mark.parametrize(
    "make", [bombs.calls_of_wide_functions, bombs.ifs_with_many_parameters, bombs.br_table_stubs]
)
def test_translation_stops_at_the_deadline(make, signals):
    """The guard: Translator::is_stopped."""
    with Runtime(signals=signals) as runtime:
        module = runtime.instantiate(make(4 << 20))
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(EpsilonTimeoutError):
                module.call("run", timeout_ms=20)
            assert time.monotonic() - began < 5  # of a machine that does much else
        # Its time is over at once: nothing of the function was kept, and it starts afresh.
        quick = runtime.instantiate(bombs.tiny_functions(100))
        assert quick.call("run") == []


def test_backtraces_do_bounded_work():
    """Sixty frames of long functions: the innermost place is known, others while it is cheap."""
    with Runtime() as runtime:
        module = runtime.instantiate(bombs.long_functions_in_every_frame(4 << 20))
        with pytest.raises(epsilon.EpsilonTrapError, match="^unreachable") as caught:
            module.call("run")
        assert caught.value.offset is not None
        assert len(caught.value.frames) > 50


def test_long_names_in_backtraces_are_cut():
    with Runtime() as runtime:
        module = runtime.instantiate(bombs.a_long_name_in_every_frame(100_000))
        with pytest.raises(epsilon.EpsilonTrapError) as caught:
            module.call("run")
        assert {frame.func_name for frame in caught.value.frames} == {"x" * 1000}


def test_a_module_that_imports_the_same_thing_ever_again():
    """One binding for all of them."""
    count = 100_000
    source = bombs.module(
        bombs.section(1, bombs.vec([bombs.wide_type()])),
        bombs.section(2, bombs.vec([bombs.name("m") + bombs.name("f") + b"\0\0"] * count)),
    )
    with Runtime() as runtime:
        began = time.process_time()
        runtime.instantiate(source, imports={"m": {"f": lambda *args: args}}).close()
        assert time.process_time() - began < 5


def test_code_is_capped():
    with Runtime(module_limits={"code-bytes": 1 << 20}) as runtime:
        module = runtime.instantiate(bombs.short_instructions(1 << 20))
        for _ in range(3):
            with pytest.raises(
                epsilon.EpsilonLimitError,
                match="^function 0 takes [0-9]+ bytes of code: the limit for the module is 1048576",
            ):
                module.call("run")
        assert runtime.instantiate(bombs.tiny_functions(100)).call("run") == []

# SPDX-License-Identifier: Apache-2.0
"""The differential runs of tests/fuzz end as they should. (make test has a run of them.)"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import epsilon
import pytest

pytest.importorskip("wasmtime")
SCRIPT = Path(__file__).resolve().parent.parent / "fuzz" / "differential.py"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_end_a_run_with_its_figures(tmp_path, name):
    packages = os.pathsep.join([str(Path(epsilon.__file__).parent.parent), *sys.path[1:]])
    run = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--only", "expressions", "--failures", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": packages},
        start_new_session=True,
    )
    last = tmp_path / "last.wasm"  # the module at hand
    while run.poll() is None and not (last.exists() and last.stat().st_size):
        time.sleep(0.05)
    if run.poll() is None:
        os.killpg(run.pid, getattr(signal, name))  # as a terminal does
    printed, complaints = run.communicate(timeout=120)
    if run.returncode == 77:
        pytest.skip(printed.decode())
    assert run.returncode == 0, complaints.decode()
    figures = r"seeds 0 to \d+: 0 smith, [1-9]\d* expressions, .*, 0 different\n"
    assert re.fullmatch(figures, printed.decode())
    assert not last.exists()

# SPDX-License-Identifier: Apache-2.0
"""SIGSEGV and SIGBUS in a Python process: faults in memories are traps whoever else has handlers,
and faults that are not ours end the process as they would without the library.

Every case is a program of its own.
"""

import os
import re
import subprocess
import sys
import textwrap

import pytest
from wat import wat

MODULE = wat(
    """
    (import "env" "f" (func $f))
    (memory 1)
    (func (export "trap") (result i32) (i32.load (i32.const 70000)))
    (func (export "host") (call $f))
    (func (export "loop") (loop $l (br $l)))
    (func (export "loop_with_host") (loop $l (call $f) (br $l)))
    """
)
PROGRAM = f"""
import ctypes, faulthandler, signal, sys, threading

MODULE = {MODULE!r}

def start(**options):
    global epsilon, runtime, module
    import epsilon
    runtime = epsilon.Runtime(**options)
    module = runtime.instantiate(MODULE, imports={{"env": {{"f": call_host}}}})

def host():
    pass

def call_host():
    host()

def trap():
    try:
        print("returned", module.call("trap"))
    except epsilon.EpsilonTrapError as error:
        print(error.trap)

def crash():
    ctypes.memset(8, 0, 1)
"""
TRAP = "out of bounds memory access\n"


def run(code):
    """The exit status and what was printed and reported."""
    done = subprocess.run(
        # Unbuffered: what is printed before a signal ends the process counts.
        [sys.executable, "-u", "-c", PROGRAM + textwrap.dedent(code)],
        capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# ---- faulthandler -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "start(); trap(); trap()",
        "faulthandler.enable(); start(); trap(); trap()",
        "start(); faulthandler.enable(); trap(); trap()",
        "start(); trap(); faulthandler.enable(); trap()",
        "start(); faulthandler.enable(); faulthandler.disable(); trap(); trap()",
        "start(); faulthandler.disable(); trap(); trap()",
        "faulthandler.enable(); start(); faulthandler.disable(); trap(); trap()",
        # put back what it found at its first call, which was not ours
        """
        faulthandler.enable()
        start()
        faulthandler.disable()
        faulthandler.enable()
        trap()
        faulthandler.disable()
        faulthandler.disable()
        trap()
        """,
        "import epsilon; faulthandler.enable(); start(); faulthandler.disable(); trap(); trap()",
        # with another file, and twice
        "start(); faulthandler.enable(sys.stdout, all_threads=False); trap(); trap()",
        "start(); faulthandler.enable(file=sys.stderr); faulthandler.enable(); trap(); trap()",
        # between two calls, from a host function, and while a runtime is closed
        """
        start()
        host = lambda: print(end=faulthandler.enable() or "")
        module.call("host")
        trap()
        was_on = faulthandler.is_enabled()
        host = faulthandler.disable
        module.call("host")
        assert was_on and not faulthandler.is_enabled()
        trap()
        """,
        """
        faulthandler.enable()
        start()
        runtime.close()
        faulthandler.disable()
        start()
        trap()
        faulthandler.enable()
        trap()
        """,
        # there is one without signals as well
        """
        start()
        kept = epsilon.Runtime(signals=False)
        faulthandler.enable()
        trap()
        faulthandler.disable()
        trap()
        """,
        # the first runtime uses no signals
        "start(signals=False); start(); faulthandler.enable(); trap(); trap()",
        "start(signals=False); faulthandler.enable(); trap(); trap()",
    ],
)
def test_traps_beside_faulthandler(code):
    assert run(code) == (0, TRAP * 2, "")


def test_faulthandler_stays_what_it_was():
    code = """
    import inspect
    doc = faulthandler.enable.__doc__
    start()
    start()
    assert faulthandler.enable.__doc__ == doc and faulthandler.enable.__name__ == "enable"
    assert not hasattr(faulthandler.enable.__wrapped__, "__wrapped__")  # once
    assert faulthandler.disable() in (False, None)  # PyPy's gives None
    faulthandler.enable()
    assert faulthandler.is_enabled()
    assert faulthandler.disable() in (True, None)
    assert not faulthandler.is_enabled()
    try:
        faulthandler.enable(file="nonsense")
    except (AttributeError, TypeError, ValueError, RuntimeError) as error:
        print("refused")
    """
    assert run(code) == (0, "refused\n", "")


def test_a_runtime_without_signals_leaves_faulthandler_alone():
    code = """
    before = faulthandler.enable, faulthandler.disable
    start(signals=False)
    print((faulthandler.enable, faulthandler.disable) == before)
    trap()
    """
    assert run(code) == (0, "True\n" + TRAP, "")


def test_a_function_of_faulthandler_bound_before_is_not_observed_but_does_no_harm():
    """It reports a trap as a crash, once; the program goes on."""
    code = """
    from faulthandler import enable
    start()
    enable()
    trap()
    trap()
    """
    status, output, report = run(code)
    assert (status, output) == (0, TRAP * 2)
    assert report.count("Fatal Python error: Segmentation fault") == 1


@pytest.mark.parametrize("make", ["runtime.instantiate(MODULE, imports={'env': {'f': host}})",
                                  "epsilon.Runtime()",
                                  "runtime.check_signal_handlers()"])  # fmt: skip
def test_what_puts_the_handlers_in_front_again(make):
    code = f"""
    from faulthandler import enable
    start()
    enable()
    made = {make}
    trap()
    trap()
    """
    assert run(code) == (0, TRAP * 2, "")


# ---- handlers of the host's own ---------------------------------------------------------------


def test_a_python_handler_installed_later():
    """signal.signal's handlers pass nothing on: the check is needed."""
    code = """
    start()
    signal.signal(signal.SIGSEGV, lambda number, frame: print("seen"))
    runtime.check_signal_handlers()
    trap()
    signal.raise_signal(signal.SIGSEGV)  # sent, so it is the host's
    trap()
    """
    assert run(code) == (0, TRAP + "seen\n" + TRAP, "")


def test_a_python_handler_installed_before():
    code = """
    signal.signal(signal.SIGBUS, lambda number, frame: print("seen"))
    start()
    trap()
    signal.raise_signal(signal.SIGBUS)
    trap()
    """
    assert run(code) == (0, TRAP + "seen\n" + TRAP, "")


def test_checking_a_closed_runtime():
    code = """
    start()
    runtime.close()
    try:
        runtime.check_signal_handlers()
    except epsilon.EpsilonUsageError as error:
        print(error)
    """
    assert run(code) == (0, "Runtime is closed\n", "")


# ---- crashes that are not ours ----------------------------------------------------------------

CRASHES = [
    "start(); crash()",
    "start(); trap(); crash()",
    "start(); host = crash; module.call('host')",
    "start(); trap(); threading.Thread(target=crash).start(); threading.Event().wait(20)",
    # while another thread is in WebAssembly
    """
    start()
    threading.Thread(target=module.call, args=("loop",), daemon=True).start()
    trap_runtime = runtime
    crash()
    """,
    "start(); runtime.close(); crash()",
]


@pytest.mark.parametrize("code", CRASHES)
def test_a_crash_of_the_host_ends_the_process(code):
    status, _, report = run(code)
    assert (status, report) == (-11, "")


@pytest.mark.parametrize("code", CRASHES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_faulthandler_reports_a_crash_of_the_host_once(code, when):
    code = textwrap.dedent(code)
    if when == "before":
        code = "faulthandler.enable()\n" + code
    else:
        code = code.replace("start()", "start(); faulthandler.enable()")
    status, _, report = run(code)
    assert status == -11
    assert report.count("Fatal Python error: Segmentation fault") == 1
    assert re.search(r'File "<string>", line \d+ in crash', report)


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGBUS"])
def test_a_signal_from_outside_ends_the_process(signal):
    code = f"""
    import os
    start()
    trap()
    os.kill(os.getpid(), signal.{signal})
    """
    assert run(code) == ({"SIGSEGV": -11, "SIGBUS": -7}[signal], TRAP, "")

# SPDX-License-Identifier: Apache-2.0
"""Processes made from one that uses the library: by multiprocessing's three ways, and by fork() at
awkward moments. Every case is a program of its own."""

import os
import subprocess
import sys
import textwrap

import pytest
from wat import wat

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

MODULE = wat(
    """
    (import "env" "f" (func $f (result i32)))
    (memory (export "memory") 1 10)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "trap") (result i32) (i32.load (i32.const 700000)))
    (func (export "loop") (loop $l (br $l)))
    (func (export "host") (result i32) (call $f))
    (func (export "host_then_loop") (if (call $f) (then (loop $l (br $l)))))
    """
)
PROGRAM = f"""
import multiprocessing, os, signal, sys, threading, time
import epsilon

MODULE = {MODULE!r}

def host():
    return 0

def instantiate(runtime):
    return runtime.instantiate(MODULE, imports={{"env": {{"f": lambda: host()}}}})

def use(module):
    "Everything that needs signals, threads or the stack of this process."
    assert module.call("add", 20, 22) == [42]
    assert module.call("host") == [0]
    for _ in range(2):
        try:
            module.call("trap")
            return "no trap"
        except epsilon.EpsilonTrapError as error:
            assert error.trap == "out of bounds memory access"
        try:
            module.call("loop", timeout_ms=20)
            return "no timeout"
        except epsilon.EpsilonTimeoutError:
            pass
    module.write_memory(5, b"child")
    assert module.read_memory(5, 5) == b"child"
    return "well"

def use_a_new_one():
    with epsilon.Runtime() as runtime, instantiate(runtime) as module:
        return use(module)

def use_several(_):
    results = []
    threads = [threading.Thread(target=lambda: results.append(use_a_new_one())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results + [use_a_new_one()]

def in_child(work):
    "Runs work() in a forked child, which prints what it gives, and waits for its end."
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        code = 1
        try:
            print(work(), flush=True)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0) == (pid, 0)
"""


def run(tmp_path, code):
    """What the program prints; it must end well and in silence."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM + textwrap.dedent(code))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program)],
        capture_output=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout.decode()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tmp_path, method):
    code = f"""
    if __name__ == "__main__":
        runtime = epsilon.Runtime()
        module = instantiate(runtime)
        assert use(module) == "well"
        with multiprocessing.get_context({method!r}).Pool(2) as pool:
            for results in pool.map(use_several, range(4)):
                print(*results)
        assert use(module) == "well"
    """
    assert run(tmp_path, code) == "well well well well\n" * 4


def test_a_process_that_forks_uses_no_daemon_of_its_parent(tmp_path):
    """The child of a child, with and without a monitor thread in between."""
    code = """
    def grandchild():
        in_child(use_a_new_one)
        result = use_a_new_one()
        in_child(use_a_new_one)
        return result
    in_child(grandchild)
    assert use_a_new_one() == "well"
    in_child(grandchild)
    """
    assert run(tmp_path, code) == "well\n" * 6


def test_an_inherited_runtime_is_a_copy(tmp_path):
    code = """
    module = instantiate(epsilon.Runtime())
    module.write_memory(5, b"parent")

    def child():
        assert module.read_memory(5, 6) == b"parent"
        assert module.grow_memory(3) == 1
        return use(module)

    in_child(child)
    assert module.read_memory(5, 6) == b"parent"
    assert module.get_memory_size() == 1
    print(use(module))
    """
    assert run(tmp_path, code) == "well\nwell\n"


def test_fork_while_another_thread_is_in_a_call_with_a_deadline(tmp_path):
    """Its runtime stays busy in the child, where nobody will ever leave it: it is refused to every
    thread there. The system gives new threads the numbers of the lost ones: guard,
    Store::enter by platform::current_thread_id."""
    code = """
    busy = instantiate(epsilon.Runtime())
    idle = instantiate(epsilon.Runtime())
    ended = []

    def loop():
        started = time.monotonic()
        try:
            busy.call("loop", timeout_ms=3000)
        except epsilon.EpsilonTimeoutError:
            ended.append(time.monotonic() - started)

    thread = threading.Thread(target=loop)
    thread.start()
    time.sleep(0.3)

    def child():
        refused = []
        def call():
            try:
                busy.call("add", 1, 1)
            except epsilon.EpsilonUsageError as error:
                refused.append(str(error))
        for _ in range(10):
            other = threading.Thread(target=call)
            other.start()
            other.join()
        call()
        assert refused == ["the runtime is in use by another thread"] * 11
        busy.close()  # lets go of it; nothing is freed
        return use(idle) + " " + use_a_new_one()

    in_child(child)
    thread.join()
    assert 2.9 < ended[0] < 20
    print(use(busy), use(idle))
    """
    assert run(tmp_path, code) == "well well\nwell well\n"


def test_fork_in_a_host_function(tmp_path):
    code = """
    module = instantiate(epsilon.Runtime())
    child_pid = None

    def host():
        global child_pid
        child_pid = os.fork()
        return 0 if child_pid else 7

    result = module.call("host", timeout_ms=5000)
    if child_pid == 0:
        host = lambda: 0
        print(result, use(module), flush=True)
        os._exit(0)
    assert os.waitpid(child_pid, 0) == (child_pid, 0)
    host = lambda: 0
    print(result, use(module))
    """
    assert run(tmp_path, code) == "[7] well\n[0] well\n"


def test_a_deadline_holds_in_a_child_made_during_the_call(tmp_path):
    """Guard: DeadlineMonitor::go_on_after_fork."""
    code = """
    module = instantiate(epsilon.Runtime())
    child_pid = None

    def host():
        global child_pid
        child_pid = os.fork()
        if child_pid == 0:
            signal.alarm(30)
        return 1

    try:
        module.call("host_then_loop", timeout_ms=500)
    except epsilon.EpsilonTimeoutError:
        host = lambda: 0
        if child_pid == 0:
            print(use(module), flush=True)
            os._exit(0)
    assert os.waitpid(child_pid, 0) == (child_pid, 0)
    print(use(module))
    """
    assert run(tmp_path, code) == "well\nwell\n"


def test_fork_at_any_moment_of_other_threads(tmp_path):
    """While they compile, instantiate, call, and give up handles. Guard: platform::ForkMutex."""
    code = """
    done = False
    problems = []

    def churn():
        try:
            while not done:
                with epsilon.Runtime() as runtime:
                    module = instantiate(runtime)
                    try:
                        module.call("loop", timeout_ms=1)
                    except epsilon.EpsilonTimeoutError:
                        pass
                    module.call("add", 1, 2)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=churn) for _ in range(4)]
    for thread in threads:
        thread.start()
    kept = instantiate(epsilon.Runtime())
    for _ in range(10):
        in_child(lambda: use(kept) + " " + use_a_new_one())
    done = True
    for thread in threads:
        thread.join()
    assert problems == []
    """
    assert run(tmp_path, code) == "well well\n" * 10


def test_a_child_that_ends_as_python_does(tmp_path):
    """With its exit handlers and finalisers, while the parent's other thread was in a call."""
    code = """
    module = instantiate(epsilon.Runtime())
    busy = instantiate(epsilon.Runtime())
    thread = threading.Thread(target=lambda: busy.call("host"))
    ready, leave = threading.Event(), threading.Event()
    host = lambda: (ready.set(), leave.wait(), 0)[-1]
    thread.start()
    ready.wait()
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        host = lambda: 0
        print(use(module))
        sys.exit(0)
    assert os.waitpid(pid, 0) == (pid, 0)
    leave.set()
    thread.join()
    """
    assert run(tmp_path, code) == "well\n"

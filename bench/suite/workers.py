# SPDX-License-Identifier: Apache-2.0
"""The one interface that all engines have: a worker, a program that is started for one module.

    WORKER run FILE                 instantiates it and prints "ready"; then, for each line with an
                                    n that it reads, prints what the export run(n) returns, an
                                    unsigned 64-bit number. Ends with its input.
    WORKER load FILE                prints "load NANOSECONDS", from the bytes to a compiled module
    WORKER compile FILE             prints "compile" and "wall", nanoseconds of the processor and of
                                    the clock, from the bytes to machine code of all functions, and
                                    "machine", the bytes of that, if the engine tells
    WORKER instantiate FILE COUNT   prints "instantiate NANOSECONDS", one instance, made and freed
                                    ("instantiate:fresh": without what is kept of the last one)
    WORKER calls FILE COUNT         prints "host-to-wasm NANOSECONDS" and "wasm-to-host ...", of one
                                    call of "add" and one turn of "callbacks" (modules/calls.wat)

The time of a run is taken from outside, by the processor clock of the worker's whole process, so
that each engine is measured alike, with its compiler and collector threads. What a request itself
costs (some 20 us) is in all figures.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Mapping, Sequence

REPLY_SECONDS = 120
SETTLE_SECONDS = 0.05


class WorkerError(Exception):
    """A worker ended, or did not answer in time; the text is what it said."""


def last_words(said: str) -> str:
    """The line of what a program said that tells most about why it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower()] or lines[-1:]
    return errors[0][:160] if errors else "it ended without a word"


class Worker:
    """A running worker in its mode `run`."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], clock: str) -> None:
        self._process = subprocess.Popen(
            argv,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._rest = b""
        # Of linux/posix-timers.h: the processor time of all threads of another process.
        self._clock = (~self._process.pid << 3) | 2 if clock == "cpu" else time.CLOCK_MONOTONIC
        try:
            if self._line() != "ready":
                raise WorkerError("unexpected answer")
        except WorkerError:
            self.close()
            raise

    def _line(self) -> str:
        assert self._process.stdout is not None and self._process.stderr is not None
        end = time.monotonic() + REPLY_SECONDS
        while b"\n" not in self._rest:
            stdout = self._process.stdout.fileno()
            if not select.select([stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                self._process.kill()
                raise WorkerError(f"no answer within {REPLY_SECONDS} s")
            part = os.read(stdout, 4096)
            if not part:
                said = self._process.stderr.read().decode(errors="replace")
                raise WorkerError(last_words(said))
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode().strip()

    def call(self, n: int) -> tuple[int, float]:
        """Has run(n) called: the checksum and the seconds it took."""
        assert self._process.stdin is not None
        start = time.clock_gettime_ns(self._clock)
        with contextlib.suppress(BrokenPipeError):  # _line tells why
            self._process.stdin.write(b"%d\n" % n)
            self._process.stdin.flush()
        checksum = int(self._line())
        if self._clock != time.CLOCK_MONOTONIC:
            self._settle()
        return checksum, (time.clock_gettime_ns(self._clock) - start) / 1e9

    def _settle(self) -> None:
        """Waits until all threads of the worker sleep: what a running one used since the last tick
        of its processor, some milliseconds, is in no other process's view of its clock."""
        end = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < end:
            running = False
            for task in Path(f"/proc/{self._process.pid}/task").iterdir():
                with contextlib.suppress(OSError):  # it ended just now
                    running |= (task / "stat").read_text().rpartition(")")[2].split()[0] == "R"
            if not running:
                return
            time.sleep(0.0002)

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def ask(
    argv: Sequence[str], env: Mapping[str, str], seconds: float = REPLY_SECONDS
) -> dict[str, float]:
    """Runs a worker in one of its other modes; returns the figures that it prints by name."""
    try:
        done = subprocess.run(
            argv,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise WorkerError(f"not done within {seconds:g} s") from None
    if done.returncode != 0:
        raise WorkerError(last_words(done.stderr))
    return figures_of(done.stdout)


def figures_of(printed: str) -> dict[str, float]:
    """Lines of a name and a number."""
    return {name: float(value) for name, value in map(str.split, printed.splitlines())}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything that the Python package makes is made and let go very often; the process must not grow
by as much as 1 MiB between a tenth of each run and its end.

    soak.py [--full]

--full is for make test-full: 100,000 instances, 1,000,000 calls with callbacks and the like;
otherwise a hundredth. The figures are printed. tests/capi/soak.c does the same at the C API.
"""

import argparse
import contextlib
import gc
import os
import pickle
import sys
import threading
import time

from epsilon import EpsilonError, EpsilonTimeoutError, EpsilonTrapError, Runtime

MODULE = """
(module $soak
  (import "host" "callback" (func $callback (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (table $t (export "table") 8 externref)
  (global (export "global") (mut i64) (i64.const 0))
  (elem declare func $call)
  (func $call (export "call") (param i32) (result i32) (call $callback (local.get 0)))
  (func (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "keep") (param i32 externref) (result externref)
    (table.get $t (local.get 0))
    (table.set $t (local.get 0) (local.get 1)))
  (func (export "func") (result funcref) (ref.func $call))
  (func $deep (export "deep") (param i32) (result i32)
    (if (local.get 0)
      (then (return (call $deep (i32.sub (local.get 0) (i32.const 1))))))
    (i32.load (i32.const 65533)))
  (func (export "loop") (loop (br 0))))
"""


class Thing:
    """Something that a cycle can be made of."""


class Failure(Exception):
    pass


def resident_kib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Soak:
    def __init__(self, module, divisor):
        self.source = module
        self.divisor = divisor
        self.grown = []
        self.runtime = Runtime()
        self.imports = {"host": {"callback": self.callback}}
        self.module = self.runtime.instantiate(module, imports=self.imports)

    @staticmethod
    def callback(value):
        if value < 0:
            raise Failure(value)
        return value + 1

    def run(self, what, rounds, once):
        rounds = max(rounds // self.divisor, 20)
        began = time.monotonic()
        at_tenth = 0
        for i in range(rounds):
            if i == rounds // 10:
                gc.collect()
                at_tenth = resident_kib()
            once(i)
        gc.collect()
        at_end = resident_kib()
        print(
            f"{what:44} {rounds:8} rounds {time.monotonic() - began:6.1f} s, resident "
            f"{at_tenth:6} KiB at 10 %, {at_end:6} KiB at the end",
            flush=True,
        )
        if at_end - at_tenth >= 1024:
            self.grown.append(what)

    # ---- rounds ----------------------------------------------------------------------------

    def instantiate(self, i):
        module = self.runtime.instantiate(self.source, imports=self.imports)
        assert module.call("call", i) == [i + 1]
        if i % 2:
            module.close()

    def call(self, i):
        assert self.module.call("call", i) == [i + 1]

    def externref(self, i):
        self.module.call("keep", i % 8, Thing() if i % 3 else None)

    def funcref(self, i):
        (func,) = self.module.call("func")
        if i % 2:
            assert func(i) == i + 1

    def exception(self, i):
        try:
            self.module.call("call", -1 - i)
        except Failure:
            return
        raise AssertionError

    def trap(self, i):
        try:
            self.module.call("deep", i % 50)
        except EpsilonTrapError as error:
            assert error.frames
            return
        raise AssertionError

    def malformed(self, i):
        size = 8 + i % (len(self.source) - 8)
        with contextlib.suppress(EpsilonError):
            self.runtime.instantiate(self.source[:size], imports={})

    def memory(self, i):
        self.module.write_memory(i % 1000, b"soak")
        assert self.module.read_memory(i % 1000, 4) == b"soak"
        self.module.set_global("global", i)
        assert self.module.get_global("global") == i

    def compiled_module(self, i):
        compiled = self.runtime.compile(self.source)
        assert len(compiled.exports) == 9
        with self.runtime.instantiate(compiled, imports=self.imports) as module:
            assert module.exports.call(i) == i + 1
            assert module.compiled is compiled
        if i % 10 == 0:
            again = pickle.loads(pickle.dumps(compiled))
            self.runtime.instantiate(again, imports=self.imports)

    def objects(self, i):
        """Of exports and of the host's own, and what is seen through them."""
        exports = self.runtime.instantiate(self.source, imports=self.imports).exports
        view = exports.memory.view()
        view[0] = i % 256
        exports.memory.grow(1)
        assert exports.memory.read_u8(0) == view[0] == i % 256
        exports.table[i % 8] = Thing()
        exports["global"].value = i
        memory, table = self.runtime.memory(1), self.runtime.table("funcref", 2)
        table[0] = exports.call
        table[1] = self.runtime.func(lambda: None, [], [])
        assert table[0](i) == i + 1 and table[1]() is None
        assert memory.size == 1 and self.runtime.global_("f64", 0.5).value == 0.5

    def timed_call(self, i):
        assert self.module.call("add", i, timeout_ms=100_000) == [i + 1]

    def timeout(self, i):
        try:
            self.module.call("loop", timeout_ms=1)
        except EpsilonTimeoutError:
            return
        raise AssertionError

    def whole_runtime(self, i):
        with Runtime(explicit_checks=i % 2 == 0) as runtime:
            module = runtime.instantiate(self.source, imports=self.imports)
            module.call("keep", 0, Thing())
            assert module.call("call", i) == [i + 1]

    def cycle(self, i):
        """Nobody closes anything: the collector finds it."""
        thing = Thing()
        thing.runtime = Runtime()
        thing.module = thing.runtime.instantiate(
            self.source, imports={"host": {"callback": lambda value: thing and value + 1}}
        )
        thing.module.call("keep", 0, thing)
        thing.func = thing.module.call("func")[0]
        assert thing.func(i) == i + 1

    def thread(self, i):
        thread = threading.Thread(target=self.whole_runtime, args=(i,))
        thread.start()
        thread.join()

    def run_all(self):
        self.run("instantiate and close", 100_000, self.instantiate)
        self.run("calls with a callback each", 1_000_000, self.call)
        self.run("external references kept for a while", 300_000, self.externref)
        self.run("function references", 200_000, self.funcref)
        self.run("exceptions of callbacks", 100_000, self.exception)
        self.run("traps with backtraces", 50_000, self.trap)
        self.run("modules cut off", 50_000, self.malformed)
        self.run("reading and writing memory and globals", 200_000, self.memory)
        self.run("compiled modules", 50_000, self.compiled_module)
        self.run("exports and the host's own objects", 50_000, self.objects)
        self.run("calls with a deadline", 200_000, self.timed_call)
        self.run("timeouts", 2000, self.timeout)
        self.run("runtimes", 20_000, self.whole_runtime)
        self.run("runtimes in cycles", 10_000, self.cycle)
        self.run("threads with a runtime each", 5000, self.thread)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from wat import wat

    soak = Soak(wat(MODULE), 1 if full else 100)
    soak.run_all()
    for what in soak.grown:
        print(f"grew by 1 MiB or more: {what}")
    return 1 if soak.grown else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Control, calls, counts and stops, compiled and interpreted."""

import itertools

import epsilon
import pytest
from epsilon import Runtime
from parity_runs import FORMS
from tier_modes import runtimes_in
from wat import wat

pytestmark = pytest.mark.skipif(
    not epsilon.features()["baseline compiler"], reason="there is no compiler for this processor"
)

MODES = ("interpreter", "compiled", "hot", "random")


def happened(call):
    """What a call gives, or how it ends: all of it."""
    try:
        return repr(call())
    except epsilon.EpsilonError as error:
        frames = [tuple(frame) for frame in getattr(error, "frames", ())]
        return (type(error).__name__, str(error), frames)
    except KeyError as error:
        return repr(error)


class Host:
    """Host functions, which remember what they were called with."""

    def __init__(self):
        self.seen = []
        self.module = None

    def imports(self):
        return {
            "host": {
                "see": self.see,
                "pair": self.pair,
                "fail": self.fail,
                "back": self.back,
                "grow": lambda: self.module.grow_memory(1) and None,
                "wide": self.wide,
            }
        }

    def see(self, number):
        self.seen.append(number)
        return number + 1

    def pair(self, number):
        self.seen.append(number)
        return (number + 1, float(number))

    def fail(self, number):
        if number > 2:
            raise KeyError(number)

    def back(self, number):
        return self.module.call("fib", number)[0]

    def wide(self, *numbers):
        self.seen.append(numbers)
        return sum(numbers)


HEAD = """
  (import "host" "see" (func $see (param i32) (result i32)))
  (import "host" "pair" (func $pair (param i32) (result i64 f64)))
  (import "host" "fail" (func $fail (param i32)))
  (import "host" "back" (func $back (param i32) (result i32)))
  (import "host" "grow" (func $host_grow))
  (import "host" "wide" (func $wide (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64 i32)
    (result i64)))
  (memory (export "memory") 1 5)
  (global $g (export "g") (mut i64) (i64.const 0))
  (global $v (mut v128) (v128.const i64x2 0 0))
  (type $i_i (func (param i32) (result i32)))
  (type $ii_i (func (param i32 i32) (result i32)))
  (table 8 8 funcref)
  (elem (i32.const 0) func $fib $even $see $ackermann $trap)
  (func $fib (export "fib") (param i32) (result i32)
    (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
    (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
             (call $fib (i32.sub (local.get 0) (i32.const 2)))))
  (func $even (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
    (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
  (func $odd (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call_indirect (type $i_i) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))
  (func $ackermann (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.add (local.get 1) (i32.const 1)))))
    (if (i32.eqz (local.get 1))
      (then (return_call $ackermann (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))
    (return_call $ackermann (i32.sub (local.get 0) (i32.const 1))
      (call $ackermann (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))
  (func $trap (param i32) (result i32) (i32.load offset=65535 (local.get 0)))
  (func $many (param i32) (result i32 i64 f32 f64 v128 i32)
    (local.get 0) (i64.extend_i32_s (local.get 0)) (f32.convert_i32_s (local.get 0))
    (f64.convert_i32_s (local.get 0)) (i32x4.splat (local.get 0)) (i32.const 77))
"""

# Bodies of (param $n i32) (result i64), and what they are called with.
PROGRAMS = {
    "sum": (
        "(local $s i64) (loop (local.set $s (i64.add (local.get $s) (i64.extend_i32_u"
        " (local.get $n)))) (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
        " (local.get $s)",
        [1, 5],
    ),
    "fib": ("(i64.extend_i32_s (call $fib (local.get $n)))", [1, 4]),
    "tail calls": ("(i64.extend_i32_s (call $even (local.get $n)))", [0, 7]),
    "ackermann": (
        "(i64.extend_i32_s (call $ackermann (i32.const 2) (local.get $n)))",
        [0, 1],
    ),
    "indirect": (
        "(local $i i32) (loop (global.set $g (i64.add (global.get $g) (i64.extend_i32_s"
        " (call_indirect (type $i_i) (i32.const 3) (local.get $i)))))"
        " (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
        " (local.get $n)))) (global.get $g)",
        [1, 3, 4],
    ),
    "null": (
        "(i64.extend_i32_s (call_indirect (type $i_i) (i32.const 3) (local.get $n)))",
        [3, 4, 5, 9, -1],
    ),
    "many results": (
        "(local $v v128) (local $d f64) (local $l i64) (call $many (local.get $n)) drop"
        " local.set $v local.set $d drop local.set $l drop"
        " (i64.add (local.get $l) (i64.add (i64.trunc_f64_s (local.get $d))"
        " (i64x2.extract_lane 1 (local.get $v))))",
        [5, -6],
    ),
    "br_table": (
        "(local $s i64) (loop (block (block (block (block (br_table 0 1 2 3 1 0"
        " (i32.and (local.get $n) (i32.const 7)))) (local.set $s (i64.add (local.get $s)"
        " (i64.const 1)))) (local.set $s (i64.mul (local.get $s) (i64.const 3))))"
        " (global.set $g (local.get $s))) (br_if 0 (local.tee $n (i32.sub (local.get $n)"
        " (i32.const 1))))) (local.get $s)",
        [9],
    ),
    "br_table with a value": (
        "(block $a (result i64) (block $b (result i64) (block $c (result i64)"
        " (i64.const 5) (br_table $a $b $c $b (local.get $n)))"
        " (i64.add (i64.const 1))) (i64.add (i64.const 10)))",
        [0, 1, 2, 3, 4, -1],
    ),
    "host": (
        "(loop (local.set $n (call $see (local.get $n))) (br_if 0 (i32.lt_s (local.get $n)"
        " (i32.const 3)))) (i64.extend_i32_s (local.get $n))",
        [0, -2],
    ),
    "host of two": (
        "(local $d f64) (call $pair (local.get $n)) local.set $d"
        " (i64.add (i64.trunc_f64_s (local.get $d)))",
        [3, -4],
    ),
    "host that fails": (
        "(loop (call $fail (local.get $n)) (local.set $n (i32.add (local.get $n) (i32.const 1)))"
        " (global.set $g (i64.extend_i32_s (local.get $n))) (br 0)) unreachable",
        [0, 3],
    ),
    "host that calls": ("(i64.extend_i32_s (call $back (local.get $n)))", [3]),
    "host of many": (
        "(call $wide (local.get $n) (i64.const -1) (i32.const 2) (i64.const 3) (i32.const 4)"
        " (i64.const 5) (i32.const 6) (i64.const 7) (i32.const 8) (i64.const 9) (local.get $n))",
        [1, -1],
    ),
    "grows": (
        "(loop (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4))"
        " (local.get $n)) (global.set $g (i64.add (global.get $g) (i64.extend_i32_s"
        " (memory.grow (i32.const 1))))) (br_if 0 (local.tee $n (i32.sub (local.get $n)"
        " (i32.const 1))))) (global.get $g)",
        [3, 6],
    ),
    "host grows": (
        "(call $host_grow) (i32.store (i32.const 65536) (local.get $n))"
        " (call $host_grow) (i64.load (i32.const 131072))",
        [3],
    ),
    "fills": (
        "(loop (memory.fill (i32.const 0) (local.get $n) (i32.const 300)) (memory.copy"
        " (i32.const 400) (i32.const 1) (i32.const 299)) (br_if 0 (local.tee $n (i32.sub"
        " (local.get $n) (i32.const 1))))) (i64.load (i32.const 500))",
        [2],
    ),
    "traps in a loop": (
        "(local $i i32) (loop (global.set $g (i64.extend_i32_s (i32.load offset=65532"
        " (local.get $i)))) (i32.store offset=65500 (local.get $i) (local.get $n))"
        " (local.set $i (i32.add (local.get $i) (i32.const 1))) (br 0)) unreachable",
        [3],
    ),
    "divides in a loop": (
        "(local $s i64) (loop (local.set $s (i64.add (local.get $s) (i64.extend_i32_s (i32.div_s"
        " (i32.const 100) (local.get $n))))) (global.set $g (local.get $s)) (local.set $n"
        " (i32.sub (local.get $n) (i32.const 1))) (br 0)) unreachable",
        [3],
    ),
    "traps below": (
        "(call_indirect (type $i_i) (local.get $n) (i32.const 4)) i64.extend_i32_s"
        " (global.set $g (i64.const 1)) global.get $g i64.add",
        [-65530, 5],
    ),
    "nested loops": (
        "(local $i i32) (local $s i64) (loop (local.set $i (i32.const 3)) (loop"
        " (local.set $s (i64.add (i64.rotl (local.get $s) (i64.const 3))"
        " (i64.extend_i32_u (i32.mul (local.get $i) (local.get $n)))))"
        " (br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))"
        " (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $s)",
        [3],
    ),
    "vectors in a loop": (
        "(local $x v128) (local $y v128) (loop (local.set $x (i32x4.add (local.get $x)"
        " (i32x4.splat (local.get $n)))) (local.set $y (v128.xor (local.get $y) (local.get $x)))"
        " (global.set $v (local.get $y)) (v128.store (i32.const 32) (global.get $v))"
        " (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
        " (i64x2.extract_lane 1 (local.get $y))",
        [4],
    ),
    "dead code": (
        "(block (br_if 0 (local.get $n)) (return (i64.const 9)) (drop (i32.div_u (i32.const 1)"
        " (i32.const 0))) (loop (br 0))) (block (br 0) (unreachable)) (loop (if (local.get $n)"
        " (then (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br 1)) (else (return"
        " (i64.const 4)) (br 1)))) (i64.const 1)",
        [0, 2],
    ),
    "loop with parameters": (
        "(i64.const 1) (i64.const 2) (f64.const 3) (loop (param i64 i64 f64) (result i64)"
        " (local.set $d) (local.set $b) (local.set $a) (global.set $g (local.get $a))"
        " (if (result i64) (local.tee $n (i32.sub (local.get $n) (i32.const 1)))"
        " (then (local.get $b) (i64.add (local.get $a) (i64.trunc_f64_s (local.get $d)))"
        " (f64.add (local.get $d) (f64.const 1)) (br 1)) (else (local.get $b))))",
        [1, 4],
    ),
    # Labels of one place, which don't cost the same.
    "br_table to one place": (
        "(block (block (block (br_table 0 1 2 0 (local.get $n))) (drop (local.get $n)))"
        " (drop (i32.const 1)) (drop (i32.const 1))) (i64.const 1)",
        [0, 1, 2, 3],
    ),
    # Where the ways meet the slot is in a register on the first one, and in memory on the other.
    "extended on one way": (
        "(local $x i64) (local.set $x (i64.const 0x123456789abcdef))"
        " (drop (call $fib (i32.const 1))) (block $end (block $other"
        " (br_if $other (i32.eqz (local.get $n))) (local.set $x (i64.extend_i32_u"
        " (i32.add (local.get $n) (i32.const 1)))) (br $end))"
        " (global.set $g (i64.const 1))) (local.get $x)",
        [0, 1, -2],
    ),
}
LOCALS = "(local $a i64) (local $b i64) (local $d f64)"


def program(body):
    """With another function around it, so that there is something in the backtrace."""
    return wat(
        f"{HEAD} (func $run (param $n i32) (result i64)"
        f" {LOCALS if '$b)' in body and 'local $b' not in body else ''} {body})"
        ' (func (export "run") (param i32) (result i64)'
        " (i64.add (call $run (local.get 0)) (i64.const 1)))"
    )


def run_program(binary, argument, mode, form, seed=1, repeats=2, **limits):
    """Everything that can be told of a run."""
    told = []
    with runtimes_in(mode, seed), Runtime(**form) as ran:
        host = Host()
        module = host.module = ran.instantiate(binary, imports=host.imports())
        for _ in range(repeats):
            told.append(happened(lambda: module.call("run", argument, **limits)))
            if form.get("metering"):
                told.append(tuple(ran.last_call))
            told += [module.get_global("g"), host.seen[:], module.get_memory_size()]
            told.append(module.read_memory(0, 70000 if module.get_memory_size() > 1 else 65536))
    return told


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    body, arguments = PROGRAMS[name]
    binary = program(body)
    for argument, form in itertools.product(arguments, FORMS):
        expected = run_program(binary, argument, "interpreter", form)
        for mode in MODES[1:]:
            assert run_program(binary, argument, mode, form) == expected, (mode, form)


def fuel_of(binary, argument):
    with Runtime(tiers="interpreter", metering=True) as ran:
        host = Host()
        host.module = ran.instantiate(binary, imports=host.imports())
        happened(lambda: host.module.call("run", argument))
        return ran.last_call.fuel


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_amount_of_fuel(name):
    body, arguments = PROGRAMS[name]
    binary = program(body)
    for argument, form in itertools.product(arguments, ({}, {"signals": False})):
        form = {"metering": True, **form}
        needed = fuel_of(binary, argument)
        for fuel in range(min(needed, 150) + 2):
            expected = run_program(binary, argument, "interpreter", form, fuel=fuel)
            for mode in ("compiled", "random") if fuel % 2 else ("compiled", "hot"):
                got = run_program(binary, argument, mode, form, seed=fuel + 1, fuel=fuel)
                assert got == expected, (mode, form, argument, fuel)

# SPDX-License-Identifier: Apache-2.0
"""Ways between blocks and functions, compiled and interpreted: values that exchange registers, tail
calls, many arguments, exhausted stacks, stops, threads, and instances that are linked."""

import random
import threading
import time

import epsilon
import pytest
from bombs import BOMBS
from epsilon import CompiledModule, Runtime
from parity_runs import FORMS, outcome
from tier_modes import runtimes_in
from wat import wat

pytestmark = pytest.mark.skipif(
    not epsilon.features()["baseline compiler"], reason="there is no compiler for this processor"
)

MODES = ("interpreter", "compiled", "hot", "random")
KINDS = ("i32", "i64", "f32", "f64", "v128")
CONSTANT = {
    "i32": "(i32.const {n})",
    "i64": "(i64.const {n})",
    "f32": "(f32.const {n})",
    "f64": "(f64.const {n})",
    "v128": "(v128.const i64x2 {n} {m})",
}
NEXT = {
    "i32": "(i32.add {x} (i32.const 3))",
    "i64": "(i64.rotl {x} (i64.const 3))",
    "f32": "(f32.add {x} (f32.const 0.5))",
    "f64": "(f64.mul {x} (f64.const 1.5))",
    "v128": "(i32x4.add {x} (v128.const i32x4 1 2 3 4))",
}
AS_I64 = {
    "i32": "(i64.extend_i32_u {x})",
    "i64": "{x}",
    "f32": "(i64.extend_i32_u (i32.reinterpret_f32 {x}))",
    "f64": "(i64.reinterpret_f64 {x})",
    "v128": "(i64.add (i64x2.extract_lane 0 {x}) (i64x2.extract_lane 1 {x}))",
}


def run_in(mode, text, calls, form, seed=1, imports=None):
    with runtimes_in(mode, seed), Runtime(**form) as ran:
        module = ran.instantiate(wat(text), imports=imports)
        told = []
        for call in calls:
            told.append(repr(outcome(module, *call)))
            told.append(tuple(ran.last_call) if form.get("metering") else None)
        return told


def same_in_all_modes(text, calls, forms=FORMS):
    for form in forms:
        expected = run_in("interpreter", text, calls, form)
        for mode in MODES[1:]:
            assert run_in(mode, text, calls, form) == expected, (mode, form)


def exchange(seed):
    """Loops, ifs and tables whose parameters and results are permuted from way to way."""
    chooser = random.Random(seed)
    count = chooser.choice([1, 2, 3, 4, 5, 8, 12, 17, 30])
    # Permuted are values of equal types, of which there are many, or of any.
    kinds = [chooser.choice(KINDS) for _ in range(count)]
    if chooser.random() < 0.6:
        few = chooser.sample(KINDS, 2)
        kinds = [chooser.choice(few) for _ in range(count)]
    types = " ".join(kinds)
    names = [f"$x{i}" for i in range(count)]

    def permuted():
        order = list(range(count))
        for kind in set(kinds):
            places = [i for i in range(count) if kinds[i] == kind]
            for place, other in zip(places, chooser.sample(places, len(places))):
                order[place] = other
        return order

    def pushed(advance=0.3):
        out = []
        for i, other in enumerate(permuted()):
            get = f"(local.get {names[other]})"
            if chooser.random() < 0.05:
                get = CONSTANT[kinds[i]].format(n=chooser.randrange(100), m=5)
            out.append(NEXT[kinds[i]].format(x=get) if chooser.random() < advance else get)
        return " ".join(out)

    def popped():
        return " ".join(f"(local.set {name})" for name in reversed(names))

    def step(depth):
        kind = chooser.randrange(5)
        if depth == 0 or kind == 0:
            return f"{popped()} {pushed()}"
        inner = step(depth - 1)
        test = (
            f"(i32.and (i32.shr_u (local.get $n) (i32.const {chooser.randrange(4)})) (i32.const 1))"
        )
        if kind == 1:
            return (
                f"{popped()} {pushed()} (if (param {types}) (result {types}) {test}"
                f" (then {inner}) (else {step(depth - 1)}))"
            )
        if kind == 2:
            return (
                f"(block (param {types}) (result {types}) {inner} (br_if 0 {test}) {popped()}"
                f" {pushed()})"
            )
        if kind == 3:
            size = chooser.choice([1, 2, 3, 4, 5, 40])
            labels = " ".join(str(chooser.randrange(3)) for _ in range(size))
            return (
                f"(block (param {types}) (result {types}) (block (param {types}) (result {types})"
                f" (block (param {types}) (result {types}) {inner}"
                f" (br_table {labels} (i32.rem_u (local.get $n) (i32.const {size + 1}))))"
                f" {popped()} {pushed()}) {popped()} {pushed()})"
            )
        counter = f"$c{depth}"
        return (
            f"(local.set {counter} (i32.const 0)) (loop (param {types}) (result {types}) {inner}"
            f" {popped()} {pushed()} (local.set {counter} (i32.add (local.get {counter})"
            f" (i32.const 1))) (br_if 0 (i32.lt_u (local.get {counter}) (i32.const 3))))"
        )

    locals_ = "".join(f"(local {name} {kind})" for name, kind in zip(names, kinds))
    locals_ += "".join(f"(local $c{i} i32)" for i in range(1, 5))
    start = " ".join(CONSTANT[kind].format(n=i + 1, m=i + 50) for i, kind in enumerate(kinds))
    total = "".join(
        f"(local.set $t (i64.add (i64.mul (local.get $t) (i64.const 31))"
        f" {AS_I64[kind].format(x=f'(local.get {name})')}))"
        for name, kind in zip(names, kinds)
    )
    return (
        f'(func (export "f{seed}") (param $n i32) (result i64) (local $t i64) {locals_}'
        f" {start} {step(3)} {popped()} {total} (local.get $t))"
    )


@pytest.mark.parametrize("start", range(0, 300, 60))
def test_values_that_exchange_places(start):
    seeds = range(start, start + 60)
    text = "\n".join(exchange(seed) for seed in seeds)
    calls = [(f"f{seed}", n) for seed in seeds for n in (0, 1, 5, 10, 15)]
    same_in_all_modes(text, calls, FORMS[:3:2])


def test_tables_of_all_sizes():
    functions, calls = [], []
    for size in (1, 2, 3, 4, 5, 6, 7, 8, 33, 1000):
        depth = min(size, 12)
        labels = " ".join(str(i * 7 % depth) for i in range(size))
        blocks = "(block " * depth
        ends = "".join(
            f") (local.set $s (i64.add (i64.mul (local.get $s) (i64.const 3)) (i64.const {i})))"
            for i in range(depth)
        )
        functions.append(
            f'(func (export "t{size}") (param i32) (result i64) (local $s i64)'
            f" (local.set $s (i64.extend_i32_u (local.get 0)))"
            f" {blocks} (br_table {labels} {depth - 1} (local.get 0)) {ends} (local.get $s))"
        )
        calls += [(f"t{size}", i) for i in (*range(-2, 14), size - 1, size, size + 1, -(2**31))]
    same_in_all_modes("\n".join(functions), calls)


def signature(kinds):
    return " ".join(f"(param {kind})" for kind in kinds)


@pytest.mark.parametrize("seed", range(8))
def test_calls_and_tail_calls_with_any_arguments(seed):
    """Functions that call each other in every way, with more and with fewer arguments."""
    chooser = random.Random(seed)
    count = 8
    params = [[chooser.choice(KINDS) for _ in range(chooser.choice([0, 1, 2, 5, 9, 20, 40]))]
              for _ in range(count)]  # fmt: skip
    results = [chooser.choice(KINDS) for _ in range(chooser.choice([1, 2, 3, 7]))]
    result = f"(result {' '.join(results)})"
    types = "".join(f"(type $t{i} (func {signature(p)} {result}))" for i, p in enumerate(params))
    functions = ""
    for i, own in enumerate(params):
        gets = {kind: [n for n, k in enumerate(own) if k == kind] for kind in KINDS}

        def operand(kind, gets=gets):
            if gets[kind] and chooser.random() < 0.8:
                return NEXT[kind].format(x=f"(local.get {chooser.choice(gets[kind])})")
            return CONSTANT[kind].format(n=chooser.randrange(99), m=3)

        def call(form, to, operand=operand):
            given = " ".join(operand(kind) for kind in params[to])
            if "indirect" in form:
                return f"({form} (type $t{to}) {given} (i32.const {to}))"
            return f"({form} $f{to} {given})"

        others = [chooser.randrange(count) for _ in range(3)]
        drops = "drop " * len(results)
        functions += f"""(func $f{i} (export "f{i}") {signature(own)} {result}
          (if (i32.eqz (global.get $left)) (then (return
            {" ".join(operand(kind) for kind in results)})))
          (global.set $left (i32.sub (global.get $left) (i32.const 1)))
          (if (i32.and (global.get $left) (i32.const 1)) (then {call("call", others[0])} {drops}))
          (if (i32.and (global.get $left) (i32.const 2))
            (then {call("call_indirect", others[1])} {drops}))
          (if (i32.and (global.get $left) (i32.const 4)) (then {call("return_call", others[2])}))
          {call(chooser.choice(["return_call_indirect", "return_call", "call"]), others[1])})"""
    elements = " ".join(f"$f{i}" for i in range(count))
    mixed = "".join(f"(local.set $x{n})" for n in reversed(range(len(results))))
    total = "".join(
        f"(local.set $t (i64.add (i64.mul (local.get $t) (i64.const 31))"
        f" {AS_I64[kind].format(x=f'(local.get $x{n})')}))"
        for n, kind in enumerate(results)
    )
    runs = ""
    for i, own in enumerate(params):
        given = " ".join(CONSTANT[kind].format(n=n + 1, m=n) for n, kind in enumerate(own))
        locals_ = "".join(f"(local $x{n} {kind})" for n, kind in enumerate(results))
        runs += f"""(func (export "run{i}") (param i32) (result i64) (local $t i64) {locals_}
          (global.set $left (local.get 0)) (call $f{i} {given}) {mixed} {total} (local.get $t))"""
    text = f"""{types} (table funcref (elem {elements}))
      (global $left (mut i32) (i32.const 0)) {functions} {runs}"""
    calls = [(f"run{i}", n) for i in range(count) for n in (0, 1, 2, 3, 7, 12)]
    same_in_all_modes(text, calls)


DEEP = """
  (type $i_i (func (param i32) (result i32)))
  (import "host" "call" (func $host (param i32) (result i32)))
  (table funcref (elem $indirect $last))
  (global $depth (export "depth") (mut i32) (i32.const 0))
  (func $count (global.set $depth (i32.add (global.get $depth) (i32.const 1))))
  (func $own (export "own") (param i32) (result i32)
    (call $count) (i32.add (call $own (local.get 0)) (i32.const 1)))
  (func $indirect (export "indirect") (param i32) (result i32)
    (call $count) (i32.add (call_indirect (type $i_i) (local.get 0) (i32.const 0)) (i32.const 1)))
  (func $large (export "large") (param i32) (result i32) (local i64 i64 i64 v128 v128 v128 f64)
    (call $count) (i32.add (call $large (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func $through_host (export "through_host") (param i32) (result i32)
    (call $count) (i32.add (call $host (local.get 0)) (i32.const 1)))
  (func $last (param i32) (result i32) (local.get 0))
  (func $tail (export "tail") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return_call $last (i32.const 5))))
    (return_call $tail2 (local.get 0) (v128.const i32x4 1 2 3 4) (i64.const 5)))
  (func $tail2 (param i32 v128 i64) (result i32)
    (return_call $tail (i32.sub (local.get 0)
      (i32x4.extract_lane 0 (local.get 1)))))"""


@pytest.mark.parametrize("form", [{"max_call_depth": 500}, {"max_call_depth": 500, "metering": True},
                                  {"signals": False, "max_call_depth": 77}], ids=str)  # fmt: skip
@pytest.mark.parametrize("name", ["own", "indirect", "large", "through_host"])
def test_exhausted_depth_is_the_same(name, form):
    if name == "through_host":
        form = {**form, "max_call_depth": 60}  # less than Python's own
    outcomes = []
    for mode in MODES:
        with runtimes_in(mode), Runtime(**form) as ran:
            held = []
            imports = {"host": {"call": lambda n: held[0].call("through_host", n)[0]}}
            held.append(ran.instantiate(wat(DEEP), imports=imports))
            told = [repr(outcome(held[0], name, 1)), held[0].get_global("depth")]
            assert "call stack exhausted" in told[0]
            told += [repr(outcome(held[0], name, 1)), held[0].get_global("depth")]
            outcomes.append(told)
    assert all(each == outcomes[0] for each in outcomes)


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_exhausted_stacks(mode, form):
    """How many frames fit depends on how they are executed, but it ends, and all goes on."""
    with runtimes_in(mode), Runtime(**form) as ran:
        imports = {"host": {"call": lambda n: n}}
        module = ran.instantiate(wat(DEEP), imports=imports)
        for name in ("own", "indirect", "large", "own"):
            with pytest.raises(epsilon.EpsilonTrapError, match="call stack exhausted") as caught:
                module.call(name, 1)
            assert caught.value.frames
        assert module.call("tail", 200_000) == [5]


SPIN = """
  (import "host" "tick" (func $tick))
  (global $n (export "n") (mut i64) (i64.const 0))
  (memory (export "memory") 1)
  (func (export "loop") (loop (global.set $n (i64.add (global.get $n) (i64.const 1))) (br 0)))
  (func (export "empty") (loop (br 0)))
  (func (export "inner") (local i32) (loop (local.set 0 (i32.const 5)) (loop (br_if 0
    (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br 0)))
  (func (export "memory_loop") (loop (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8))
    (i64.const 1))) (br 0)))
  (func $deep (export "recursion") (call $deep2) (call $deep2) (call $deep2))
  (func $deep2 (local i32) (local.set 0 (i32.const 1000))
    (loop (call $leaf) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (br 0 (return_call $deep)))
  (func $leaf (nop))
  (func $tail (export "tail") (return_call $tail))
  (func (export "host") (loop (call $tick) (br 0)))"""
SPINS = ("loop", "empty", "inner", "memory_loop", "recursion", "tail", "host")


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_deadlines_and_interrupts(mode, form):
    with runtimes_in(mode), Runtime(**form) as ran:
        module = ran.instantiate(wat(SPIN), imports={"host": {"tick": lambda: None}})
        for name in SPINS:
            began = time.monotonic()
            with pytest.raises(epsilon.EpsilonTimeoutError):
                module.call(name, timeout_ms=5)
            timer = threading.Timer(0.01, ran.interrupt)
            timer.start()
            with pytest.raises(epsilon.EpsilonInterruptedError):
                module.call(name)
            timer.join()
            assert time.monotonic() - began < 10
        assert module.get_global("n") > 0


def test_many_threads_run_one_module():
    text = """
      (memory (export "memory") 1)
      (func $fib (export "fib") (param i32) (result i32)
        (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
        (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                 (call $fib (i32.sub (local.get 0) (i32.const 2)))))
      (func (export "fill") (param i32) (result i32) (local i32)
        (loop (i32.store (i32.shl (local.get 1) (i32.const 2)) (local.get 0))
          (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1)))
            (i32.const 9000))))
        (i32.load (i32.const 20000)))
      (func (export "beyond") (result i32) (i32.load offset=65535 (i32.const 1)))"""
    compiled = CompiledModule(wat(text))
    wrong = []

    def use(number):
        way = {"tiers": "compiled"} if number % 2 else {"tier_thresholds": (3, 3)}
        with Runtime(**way) as ran:
            first, second = ran.instantiate(compiled), ran.instantiate(compiled)
            for n in range(30):
                if first.call("fib", 14) != [377]:
                    wrong.append("fib")
                for module, fill in ((first, n), (second, number)):
                    if module.call("fill", fill) != [fill]:
                        wrong.append("fill")
                try:
                    second.call("beyond")
                    wrong.append("beyond")
                except epsilon.EpsilonTrapError:
                    pass
                if first.read_memory(20000, 1)[0] != n:
                    wrong.append("another's memory")

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


PROVIDER = """
  (memory (export "memory") 1 9)
  (table (export "table") 4 funcref)
  (elem (i32.const 0) $bump $sum)
  (global $count (export "count") (mut i64) (i64.const 5))
  (global (export "vector") (mut v128) (v128.const i64x2 1 2))
  (func $bump (export "bump") (param i32) (result i32)
    (global.set $count (i64.add (global.get $count) (i64.extend_i32_u (local.get 0))))
    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (local.get 0)))
    (i32.load (i32.const 16)))
  (func $sum (export "sum") (param i32) (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.add (local.get 0) (memory.size)))
  (func (export "fail") (param i32) (result i32) (i32.load offset=65536 (i32.const -1)))"""
USER = """
  (type $i_i (func (param i32) (result i32)))
  (import "provider" "bump" (func $bump (type $i_i)))
  (import "provider" "sum" (func $sum (type $i_i)))
  (import "provider" "fail" (func $fail (type $i_i)))
  (import "provider" "table" (table 4 funcref))
  (import "provider" "count" (global $count (mut i64)))
  (import "provider" "vector" (global $vector (mut v128)))
  OWN
  (elem (table 0) (i32.const 2) func $mine)
  (func $mine (param i32) (result i32) (i32.store (i32.const 24) (local.get 0))
    (i32.add (i32.load (i32.const 24)) (i32.const 100)))
  (func (export "run") (param i32) (result i64) (local $i i32)
    (loop
      (i32.store (i32.const 32) (i32.add (call $bump (local.get 0)) (i32.load (i32.const 32))))
      (i32.store (i32.const 40) (call_indirect (type $i_i) (i32.const 7) (local.get $i)))
      (global.set $count (i64.add (global.get $count) (i64.load (i32.const 40))))
      (global.set $vector (i64x2.add (global.get $vector) (i64x2.splat (global.get $count))))
      (i32.store (i32.const 32) (call $sum (i32.load (i32.const 32))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (i64.add (i64x2.extract_lane 1 (global.get $vector)) (i64.load (i32.const 32))))
  (func (export "tail") (param i32) (result i32) (return_call $bump (local.get 0)))
  (func (export "tail_indirect") (param i32) (result i32)
    (return_call_indirect (type $i_i) (i32.const 9) (local.get 0)))
  (func (export "fail") (param i32) (result i32) (call $fail (local.get 0)))"""


@pytest.mark.parametrize("own", ['(import "provider" "memory" (memory 1 9))', "(memory 1 2)"])
def test_linked_instances(own):
    calls = [("run", 3), ("tail", 4), ("tail_indirect", 0), ("tail_indirect", 1)]
    calls += [("tail_indirect", 2), ("tail_indirect", 3), ("tail_indirect", 4), ("fail", 1)]
    calls += [("run", -1)]
    for form in FORMS:
        told = []
        for mode in MODES:
            with runtimes_in(mode), Runtime(**form) as ran:
                provider = ran.instantiate(wat(PROVIDER))
                user = ran.instantiate(
                    wat(USER.replace("OWN", own)), imports={"provider": provider}
                )
                given = [repr(outcome(user, *call)) for call in calls]
                given += [provider.get_global("count"), provider.read_memory(0, 65536)]
                given += [provider.get_memory_size()]
                told.append(given)
        assert all(each == told[0] for each in told)


def seconds_of(tiers, binary):
    with Runtime(tiers=tiers) as ran:
        module = ran.instantiate(binary)
        began = time.process_time()
        outcome(module, "run")
        return time.process_time() - began


@pytest.mark.parametrize(
    "name",
    ["branches_with_many_values", "ifs_with_many_parameters", "br_table_one_label",
     "br_tables_of_many_labels", "returns_with_many_values"],
)  # fmt: skip
def test_bombs_compile_in_proportion(name):
    """Known constants were looked through at every branch, also those that were none any more."""
    binary = BOMBS[name].make(1 << 18)
    interpreted = seconds_of("interpreter", binary)
    assert seconds_of("compiled", binary) < 10 * interpreted + 0.5

# SPDX-License-Identifier: Apache-2.0
"""memory.copy and memory.fill, compiled and interpreted: every short length, overlaps of every
distance, known and unknown operands, with other values alive; at the memory's end and beyond it;
and what they cost."""

import itertools
import signal

import epsilon
import pytest
from epsilon import Runtime
from parity_runs import FORMS, outcome
from tier_modes import MODES, runtimes_in
from wat import wat

pytestmark = pytest.mark.skipif(
    not epsilon.features()["baseline compiler"], reason="there is no compiler for this processor"
)

PAGE = 65536
SHORT = range(131)
LONG = (131, 192, 200, 255, 256, 257, 511, 1000, 2047, 2048, 2049, 5000)
COPY = "(memory.copy {d} {a} {n})"
FILL = "(memory.fill {d} {a} {n})"

# Values that are alive around an instruction: of one bank and of both, with registers left and with
# none. First how many integers, then floats, then vectors.
ALIVE = {"nothing": (0, 0, 0), "some": (3, 1, 1), "many": (12, 6, 9), "vectors": (1, 0, 16)}


def around(code, alive):
    """A function's body: the code between what sets the values and what reads them."""
    ints, floats, vectors = ALIVE[alive]
    seed = "(i64.extend_i32_u (i32.add (local.get $d) (i32.mul (local.get $a) (i32.const 7))))"
    head, before, after = [], [], ["(i64.extend_i32_u (local.get $n))"]
    for i in range(ints):
        head.append(f"(local $i{i} i64)")
        before.append(f"(local.set $i{i} (i64.mul {seed} (i64.const {2 * i + 0x123456789})))")
        after.append(f"(local.get $i{i})")
    for i in range(floats):
        head.append(f"(local $f{i} f64)")
        before.append(f"(local.set $f{i} (f64.add (f64.convert_i64_u {seed}) (f64.const {i})))")
        after.append(f"(i64.reinterpret_f64 (local.get $f{i}))")
    for i in range(vectors):
        head.append(f"(local $v{i} v128)")
        before.append(
            f"(local.set $v{i} (i64x2.replace_lane 1 (i64x2.splat {seed}) (i64.const {i + 5})))"
        )
        after += [f"(i64x2.extract_lane {lane} (local.get $v{i}))" for lane in (0, 1)]
    mixed = "(i64.extend_i32_u (local.get $d))"
    for value in [*after, "(i64.extend_i32_u (local.get $a))"]:
        mixed += f" (i64.const 31) (i64.mul) {value} (i64.xor)"
    return f"{' '.join(head)} {' '.join(before)} {code} {mixed}"


def function(code, alive, name=""):
    return (
        f"(func {name} (param $d i32) (param $a i32) (param $n i32) (result i64)"
        f" {around(code, alive)})"
    )


# Calls function $f with all lengths from $from to below $to and all distances up to $most; before
# that a range is set anew, and afterwards its hash and the result are put behind the last ones.
DRIVE = """(memory (export "memory") 4)
  (global $out (mut i32) (i32.const 65536))
  (type $op (func (param i32 i32 i32) (result i64)))
  (func $set (param $end i32) (local $i i32)
    (loop
      (i64.store (local.get $i) (i64.mul (i64.extend_i32_u (i32.add (local.get $i) (i32.const 3)))
        (i64.const 0x9e3779b97f4a7c15)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $end)))))
  (func $hash (param $end i32) (result i64) (local $i i32) (local $h i64)
    (loop
      (local.set $h (i64.mul (i64.xor (local.get $h) (i64.load (local.get $i)))
        (i64.const 0x100000001b3)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $end))))
    (local.get $h))
  (func $put (param $word i64)
    (i64.store (global.get $out) (local.get $word))
    (global.set $out (i32.add (global.get $out) (i32.const 8)))
    (if (i32.ge_u (global.get $out) (i32.const 262144))
      (then (global.set $out (i32.const 65536)))))
  (func (export "drive") (param $f i32) (param $d i32) (param $a i32) (param $n i32)
      (param $end i32) (result i64)
    (local $result i64) (local $hash i64)
    (call $set (local.get $end))
    (local.set $result (call_indirect (type $op) (local.get $d) (local.get $a) (local.get $n)
      (local.get $f)))
    (local.set $hash (call $hash (local.get $end)))
    (call $put (local.get $result)) (call $put (local.get $hash))
    (i64.xor (local.get $hash) (local.get $result)))
  (func (export "all") (param $f i32) (param $step i32) (param $n i32) (param $to i32)
      (param $from i32) (param $least i32) (param $most i32) (param $end i32)
    (local $distance i32)
    (loop $lengths
      (local.set $distance (local.get $least))
      (loop $distances
        (drop (call 3 (local.get $f) (i32.add (local.get $from) (local.get $distance))
          (local.get $from) (local.get $n) (local.get $end)))
        (br_if $distances (i32.le_s
          (local.tee $distance (i32.add (local.get $distance) (i32.const 1))) (local.get $most))))
      (local.set $f (i32.add (local.get $f) (local.get $step)))
      (br_if $lengths
        (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $to)))))"""


def module_of(functions):
    listed = "\n".join(functions)
    elements = " ".join(str(5 + i) for i in range(len(functions)))
    return wat(f"(module {DRIVE} {listed} (table funcref (elem {elements})))")


def in_both(binary, run, **form):
    """What `run` gives with the module, and the memory then."""
    found = []
    for tiers in ("interpreter", "compiled"):
        with Runtime(tiers=tiers, **form) as runtime:
            module = runtime.instantiate(binary)
            found.append(
                (run(runtime, module), module.read_memory(0, module.get_memory_size() * PAGE))
            )
    return found


def expected(code, memory, d, a, n):
    """What the range becomes."""
    memory = bytearray(memory)
    memory[d : d + n] = memory[a : a + n] if code is COPY else bytes([a & 255]) * n
    return bytes(memory)


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("alive", ALIVE)
@pytest.mark.parametrize("code", [COPY, FILL], ids=["copy", "fill"])
def test_every_short_length_at_every_distance(code, alive, form):
    operands = {"d": "(local.get $d)", "a": "(local.get $a)"}
    functions = [function(code.format(**operands, n="(local.get $n)"), alive)]
    functions += [function(code.format(**operands, n=f"(i32.const {n})"), alive) for n in SHORT]

    def run(runtime, module):
        for first, step in ((0, 0), (1, 1)):
            module.call("all", first, step, 0, 131, 160, -70, 70, 384)

    interpreted, compiled = in_both(module_of(functions), run, **form)
    assert interpreted == compiled


@pytest.mark.parametrize("code", [COPY, FILL], ids=["copy", "fill"])
def test_short_ranges_are_what_they_should_be(code):
    """By a model: the interpreter is not asked."""
    operands = {"d": "(local.get $d)", "a": "(local.get $a)"}
    functions = [function(code.format(**operands, n="(local.get $n)"), "some", '(export "run")')]
    functions += [
        function(code.format(**operands, n=f"(i32.const {n})"), "some", f'(export "{n}")')
        for n in SHORT
    ]
    with Runtime(tiers="compiled") as runtime:
        module = runtime.instantiate(module_of(functions))
        before = bytes(i * 7 % 251 for i in range(512))
        for n in SHORT:
            for name, d in itertools.product(("run", str(n)), (100, 159, 160, 161, 200, 290)):
                module.write_memory(0, before)
                module.call(name, d, 160, n)
                assert module.read_memory(0, 512) == expected(code, before, d, 160, n), (name, n, d)


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("code", [COPY, FILL], ids=["copy", "fill"])
def test_long_ranges(code, form):
    operands = {"d": "(local.get $d)", "a": "(local.get $a)"}
    functions = [function(code.format(**operands, n="(local.get $n)"), "many")]
    functions += [function(code.format(**operands, n=f"(i32.const {n})"), "many") for n in LONG]

    def run(runtime, module):
        given = []
        for i, n in enumerate(LONG):
            distances = {0, *range(-70, 71, 7), n, n - 1, n + 1, 1 - n, -n, -n - 1}
            distances |= {-65, -64, -63, -33, -32, -31, -1, 1, 31, 32, 33, 63, 64, 65}
            for distance, index in itertools.product(sorted(distances), (0, i + 1)):
                at = 5200 + distance
                given.append(module.call("drive", index, at, 5200, n, 15600))
        return given

    interpreted, compiled = in_both(module_of(functions), run, **form)
    assert interpreted == compiled


KNOWN = (0, 1, 3, 16, 100, 65400, 65472, 65520, 65535, 65536, 65537, 131072, 2**30, 2**30 + 1)
KNOWN += (2**31 - 1, 2**31, 2**32 - 65536, 2**32 - 16, 2**32 - 1)
EDGES = [0, 1, PAGE - 1, PAGE, PAGE + 1, 2**31 - 1, 2**31, 2**32 - PAGE, 2**32 - 1]
EDGES += [PAGE - n for n in (2, 3, 4, 8, 16, 17, 32, 33, 64, 65, 128, 2048, 2049)]
LENGTHS = (
    0,
    1,
    2,
    3,
    4,
    5,
    8,
    15,
    16,
    17,
    32,
    33,
    63,
    64,
    65,
    128,
    129,
    2048,
    2049,
    PAGE - 1,
    PAGE,
)
LENGTHS += (PAGE + 1, 2**31 - 1, 2**31, 2**32 - PAGE, 2**32 - 1)


def signed(number):
    return (number ^ 2**31) - 2**31


EDGE_MODULE = """(module (memory (export "memory") {pages})
  (func (export "grow") (drop (memory.grow (i32.const 1)))) {functions})"""


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("code", [COPY, FILL], ids=["copy", "fill"])
def test_what_is_out_of_bounds_writes_nothing(code, form):
    """The same traps, with the same backtraces; costs too, where they are counted."""
    names = {"d": "(local.get $d)", "a": "(local.get $a)", "n": "(local.get $n)"}
    functions = [function(code.format(**names), "some", '(export "run")')]
    calls = [("run", d, a, n) for d in EDGES for a in EDGES[::3] for n in LENGTHS]
    calls += [("run", a, d, n) for d in EDGES for a in EDGES[::3] for n in LENGTHS]
    for n in LENGTHS:
        constant = {**names, "n": f"(i32.const {n})"}
        functions.append(function(code.format(**constant), "some", f'(export "n {n}")'))
        calls += [(f"n {n}", d, a, 7) for d in EDGES for a in EDGES[::4]]
        calls += [(f"n {n}", a, d, 7) for d in EDGES for a in EDGES[::4]]
    for known, operand in itertools.product(KNOWN, "da"):
        constant = {**names, operand: f"(i32.const {known})"}
        name = f"{operand} {known}"
        functions.append(function(code.format(**constant), "some", f'(export "{name}")'))
        calls += [(name, d, d ^ 64, n) for d in EDGES[::2] for n in LENGTHS[::2]]
        for n in (0, 1, 3, 16, 40, 64, 100):
            constant["n"] = f"(i32.const {n})"
            functions.append(function(code.format(**constant), "some", f'(export "{name} {n}")'))
            calls += [(f"{name} {n}", d, d ^ 64, 7) for d in EDGES[::2]]
    binary = wat(EDGE_MODULE.format(pages=1, functions="\n".join(functions)))
    first = bytes(i * 7 % 251 for i in range(PAGE))

    def run(runtime, module):
        given = []
        module.write_memory(0, first)
        module.write_memory(PAGE - 256, bytes(range(256)))
        for name, *operands in calls:
            before = module.read_memory(0, PAGE)
            result = outcome(module, name, *map(signed, operands))
            if result[0] == "out of bounds memory access":
                assert module.read_memory(0, PAGE) == before
            given.append((name, operands, result, runtime.last_call if form.get("metering") else 0))
        return given

    interpreted, compiled = in_both(binary, run, **form)
    assert [pair for pair in zip(interpreted[0], compiled[0]) if pair[0] != pair[1]][:3] == []
    assert interpreted[1] == compiled[1]
    assert any(each[2][0] == "out of bounds memory access" for each in compiled[0])


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("pages", [0, 1])
def test_memory_that_grows(pages, form):
    """Known places that are beyond the least memory, and the size that is looked at is today's."""
    functions = []
    names = []
    for n in (0, 1, 16, 64, 100):
        for at in sorted({0, 65535, 65536 - n, 65536, 131072 - n, 131072}):
            for name, code in (("copy", COPY), ("fill", FILL)):
                text = code.format(d=f"(i32.const {at})", a="(local.get $a)", n=f"(i32.const {n})")
                functions.append(function(text, "some", f'(export "{name} {at} {n}")'))
                text = code.format(d="(local.get $d)", a=f"(i32.const {at})", n=f"(i32.const {n})")
                functions.append(function(text, "some", f'(export "{name} from {at} {n}")'))
                names += [f"{name} {at} {n}", f"{name} from {at} {n}"]
    binary = wat(EDGE_MODULE.format(pages=pages, functions="\n".join(functions)))

    def run(runtime, module):
        given = []
        for _ in range(3):
            for name in names:
                given.append((name, outcome(module, name, 0, 64, 0)))
                given.append((name, outcome(module, name, 65536, 65530, 0)))
            module.call("grow")
        return given

    interpreted, compiled = in_both(binary, run, **form)
    assert interpreted == compiled


LOOP = """(module (memory (export "memory") 1)
  (func (export "run") (param $rounds i32) (param $n i32) (result i64)
    (local $i i32) (local $h i64) (local $f f64)
    (loop
      (memory.copy (i32.mul (local.get $i) (i32.const 3)) (i32.mul (local.get $i) (i32.const 5))
        (local.get $n))
      (memory.fill (i32.mul (local.get $i) (i32.const 7)) (local.get $i)
        (i32.and (local.get $n) (i32.const 255)))
      (memory.copy (i32.const 300) (local.get $i) (i32.const 40))
      (memory.copy (i32.const 400) (local.get $i) (i32.const 200))
      (memory.fill (local.get $i) (i32.const 9) (i32.const 64))
      (memory.init $text (local.get $i) (i32.const 0) (i32.and (local.get $n) (i32.const 127)))
      (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31))
        (i64.load offset=100 (local.get $i))))
      (local.set $f (f64.add (local.get $f) (f64.convert_i64_u (local.get $h))))
      (local.set $n (i32.add (local.get $n) (i32.const 13)))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (local.get $rounds))))
    (i64.xor (local.get $h) (i64.reinterpret_f64 (local.get $f))))
  (data $text "%s"))""" % ("0123456789abcdef" * 8)


def test_what_is_charged():
    """Whatever the fuel: what is left, what was counted, and what memory has become."""
    binary = wat(LOOP)
    with Runtime(tiers="interpreter", metering=True) as runtime:
        runtime.instantiate(binary).call("run", 40, 0)
        total = runtime.last_call.fuel
        assert runtime.last_call.instructions < total
    found = []
    for tiers in ("interpreter", "compiled"):
        with Runtime(tiers=tiers, fuel=0) as runtime:
            module = runtime.instantiate(binary)
            given = []
            for fuel in [*range(250), *range(250, total, 7), *range(total - 40, total + 3)]:
                module.write_memory(0, bytes(PAGE))
                runtime.fuel = fuel
                try:
                    result = module.call("run", 40, 0)
                except epsilon.EpsilonFuelError as error:
                    result = str(error)
                given.append((fuel, result, runtime.fuel, runtime.last_call))
                if fuel % 11 == 0:
                    given.append(module.read_memory(0, PAGE))
            found.append(given)
    assert found[0] == found[1]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_loops_with_values_in_registers(mode, form):
    binary = wat(LOOP)
    results = []
    for each in ("interpreter", mode):
        with runtimes_in(each), Runtime(**form) as runtime:
            module = runtime.instantiate(binary)
            results.append([module.call("run", rounds, 0) for rounds in (1, 30, 400, 2000)])
            results.append(module.read_memory(0, PAGE))
    assert results[:2] == results[2:]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_registers_and_memory_after_a_pause_in_the_middle(form):
    """Long ranges are the interpreter's. A handler of Python's makes the memory grow meanwhile,
    which may move it; the loop goes on with its values and with the memory where it is now."""
    text = """(module (memory (export "memory") 640)
      (func (export "run") (param $n i32) (result i64)
        (local $i i32) (local $h i64) (local $f f64) (local $v v128)
        (loop
          (memory.fill (i32.const 16) (local.get $i) (local.get $n))
          (memory.copy (i32.const 8) (local.get $i) (local.get $n))
          (memory.copy (i32.const 0) (i32.const 64) (i32.and (local.get $n) (i32.const 31)))
          (local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) (i64.load (i32.const 4))))
          (local.set $f (f64.add (local.get $f) (f64.convert_i64_u (local.get $h))))
          (local.set $v (i64x2.add (local.get $v) (i64x2.splat (local.get $h))))
          (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
            (i32.const 12))))
        (i64.add (i64x2.extract_lane 1 (local.get $v))
          (i64.xor (local.get $h) (i64.reinterpret_f64 (local.get $f))))))"""
    size = 600 * PAGE
    binary = wat(text)
    with Runtime(tiers="interpreter") as runtime:
        expected_result = runtime.instantiate(binary).call("run", size)
    pages = []
    before = signal.getsignal(signal.SIGALRM)
    with Runtime(tiers="compiled", **form) as runtime:
        module = runtime.instantiate(binary)
        signal.signal(signal.SIGALRM, lambda *_: pages.append(module.grow_memory(1)))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.002)
        try:
            for _ in range(100):
                assert module.call("run", size) == expected_result
                if len(pages) >= 5:
                    break
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert len(pages) >= 5

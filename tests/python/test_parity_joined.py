# SPDX-License-Identifier: Apache-2.0
"""Several instructions that the compiler may make one of, in the shapes that it looks for and in
those next to them: where the result between lives on, or an operand changes."""

import random

import epsilon
import parity
import pytest
from parity import NAMES, OPERANDS
from parity_runs import FORMS
from test_parity import differences
from test_parity_calls import same_in_all_modes

pytestmark = pytest.mark.skipif(
    not epsilon.features()["baseline compiler"], reason="there is no compiler for this processor"
)

COMPARISONS = ("eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u")
P0, P1 = "(local.get $p0)", "(local.get $p1)"


def named(bodies):
    return [(body, body) for body in bodies]


def comparisons(letter):
    name = NAMES[letter]
    for comparison in COMPARISONS:
        for other in (P1, f"({name}.const 0)", f"({name}.const 255)", f"({name}.const -2)"):
            yield f"({name}.{comparison} {P0} {other})"
    yield f"({name}.eqz {P0})"


@pytest.mark.parametrize("letter", "il")
def test_comparisons_that_select(letter):
    name = NAMES[letter]

    def number(n):
        return f"({name}.const {n})"

    bodies = []
    for compared in comparisons(letter):
        pairs = [(P0, P1), (P1, P0), (P0, P0), (number(0), P1), (P0, number(0))]
        pairs += [(number(5), number(0)), (number(0), number(0)), (number(-7), number(9))]
        bodies += [f"(select {a} {b} {compared})" for a, b in pairs]
        extended = "(local.get $c)" if letter == "i" else "(i64.extend_i32_u (local.get $c))"
        bodies.append(
            f"(local $c i32) (local.set $c {compared})"
            f" ({name}.add (select {P0} {number(3)} (local.get $c)) {extended})"
        )
        # An operand changes between, and is what is selected.
        bodies.append(
            f"(local $c i32) (local.set $c {compared}) (local.set $p0 {number(8)})"
            f" (select {P0} {P1} (local.get $c))"
        )
        # The condition is selected, or its place is taken.
        if letter == "i":
            bodies.append(f"(local.set $p0 {compared}) (select {P0} {P1} {P0})")
            bodies.append(f"(local.set $p1 {compared}) (select {P0} {number(0)} {P1})")
        for kind in "fd":
            zero, one = f"({NAMES[kind]}.const 0)", f"({NAMES[kind]}.const 1.5)"
            of = "i32.reinterpret_f32" if kind == "f" else "i64.reinterpret_f64"
            bits = f"({of} (select {one} {zero} {compared}))"
            if (kind == "f") != (letter == "i"):
                bits = f"({'i32.wrap_i64' if letter == 'i' else 'i64.extend_i32_u'} {bits})"
            bodies.append(bits)
        vectors = f"(select (v128.const i64x2 1 2) (v128.const i64x2 3 4) {compared})"
        lane = f"(i64x2.extract_lane 1 {vectors})"
        bodies.append(lane if letter == "l" else f"(i32.wrap_i64 {lane})")
    for form in FORMS[1:3]:
        assert differences(letter * 2, letter, named(bodies), form) == []


@pytest.mark.parametrize("letter", "il")
def test_comparisons_that_branch_after_moves(letter):
    name = NAMES[letter]
    bodies = []
    moves = (
        "",
        f"(local.set $t {P0}) (local.set $p0 {P1}) (local.set $p1 (local.get $t))",
        f"(local.set $p0 ({name}.const 0)) (local.set $t {P1})",
        f"(local.set $t {P0}) (local.set $d (f64.const 0)) (local.set $e (local.get $d))",
    )
    for compared in comparisons(letter):
        for moved in moves:
            for asked in ("(local.get $c)", "(i32.eqz (local.get $c))"):
                for last in (P0, f"({name}.const 0)"):
                    bodies.append(
                        f"(local $c i32) (local $t {name}) (local $d f64) (local $e f64)"
                        f" (local.set $c {compared}) {moved}"
                        f" (if (result {name}) {asked} (then ({name}.sub {P1} {P0}))"
                        f" (else ({name}.xor {last} (local.get $t))))"
                    )
        bodies.append(
            f"(local $c i32) (local.set $c {compared})"
            f" (if (local.get $c) (then (local.set $p1 ({name}.const 3))))"
            f" (if (local.get $c) (then (local.set $p0 {P1}))) ({name}.add {P0} {P1})"
        )
    for form in FORMS[1:3]:
        assert differences(letter * 2, letter, named(bodies), form) == []


@pytest.mark.parametrize("letter", "il")
def test_additions_of_shifts_and_constants(letter):
    name = NAMES[letter]
    constants = [0, 1, -1, 255, 256, 65535, 65536, 0x7FFFFFFF, -0x80000000]
    if letter == "l":
        constants += [0x80000000, 0xFFFFFFFF, 0x100000000, -0x80000001, 0x123456789ABC]
    bodies = []

    def add(a, b):
        return f"({name}.add {a} {b})"

    shifted = [f"({name}.shl {P0} ({name}.const {k}))" for k in (0, 1, 2, 3, 4, 31, 33, 63)]
    added = [add(P0, f"({name}.const {c})") for c in constants]
    for inner in shifted + added:
        sums = [add(inner, P1), add(P1, inner), add(inner, P0), add(P0, inner), add(inner, inner)]
        sums += [add(inner, f"({name}.const {c})") for c in constants]
        bodies += sums
        mixed = f"({name}.sub {P0} (local.get $p1))"
        bodies += [f"(local $r {name}) (local.set $r {each}) ({name}.mul (local.get $r) {mixed})"
                   for each in sums]  # fmt: skip
        bodies.append(
            f"(local $s {name}) (local.set $s {inner})"
            f" ({name}.mul {add('(local.get $s)', P1)} (local.get $s))"
        )
        bodies.append(f"(local.set $p1 {inner}) {add(P1, P1)}")
        bodies.append(f"(local.set $p0 {inner}) (local.set $p0 {add(P0, P1)}) {add(P0, P1)}")
    for c in constants:
        bodies.append(f"({name}.and {P0} ({name}.const {c}))")
        bodies.append(f"({name}.xor ({name}.and {P0} ({name}.const {c})) {P0})")
    assert differences(letter * 2, letter, named(bodies), FORMS[1]) == []


ARITHMETIC = {
    "i": ("add", "sub", "mul", "and", "or", "xor"),
    "l": ("add", "sub", "mul", "and", "or", "xor"),
    "f": ("add", "sub", "mul", "div", "min", "copysign"),
    "d": ("add", "sub", "mul", "div", "min", "copysign"),
}


@pytest.mark.parametrize("letter", "ilfd")
@pytest.mark.parametrize("form", FORMS[:3], ids=str)
def test_operands_in_memory(letter, form):
    name = NAMES[letter]
    place = "(i32.and (local.get $p0) (i32.const 240))"
    loads = [f"({name}.load offset={OPERANDS[letter]} {place})"]
    loads.append(f"({name}.load (i32.const {OPERANDS[letter] + 48}))")
    bodies = []
    for operation in ARITHMETIC[letter]:
        op = f"{name}.{operation}"
        for load in loads:
            bodies += [f"({op} {P1} {load})", f"({op} {load} {P1})", f"({op} {load} {load})"]
            bodies.append(f"({op} ({op} {P1} {load}) {P1})")
            bodies.append(f"(local $x {name}) ({op} {P1} (local.tee $x {load})) (drop)"
                          f" ({op} (local.get $x) {P1})")  # fmt: skip
            bodies.append(f"(local $x {name}) (local.set $x {load})"
                          f" ({op} ({op} {P1} (local.get $x)) (local.get $x))")  # fmt: skip
            bodies.append(f"(local.set $p1 ({op} {P1} {load})) ({op} {P1} {load})")
        if letter == "i":
            at = f"(local.tee $p0 (i32.and {P0} (i32.const 240)))"
            bodies.append(f"({op} {at} (i32.load offset={OPERANDS['i']} {P0}))")
            bodies.append(
                f"(local.set $p0 {at}) ({op} (i32.load offset={OPERANDS['i']} {P0}) {P0})"
            )
            bodies.append(f"(local.set $p0 {at}) (local.set $p0 ({op} {P1}"
                          f" (i32.load offset={OPERANDS['i']} {P0}))) {P0}")  # fmt: skip
        if letter in "fd":
            for bits in parity.EDGES[letter]:
                constant = parity.constant(letter, bits)
                bodies += [f"({op} {P1} {constant})", f"({op} {constant} {P1})"]
    assert differences("i" + letter, letter, named(bodies), form) == []


def test_operands_out_of_memory_trap_where_they_are_loaded():
    functions, calls = [], []
    places = (0, 65532, 65533, 65536, 0x7FFFFFFF, -1, -4)
    for name, size in (("i32", 4), ("i64", 8), ("f32", 4), ("f64", 8)):
        for offset in (0, 8, 0x7FFFFFF8, 0xFFFFFFF0):
            n = len(functions)
            functions.append(
                f"""(func (export "f{n}") (param i32 i32) (result i32)
                (local $x {name}) (local $k i64)
                (local.set $k (i64.const 5))
                (loop $l
                  (local.set $x ({name}.add (local.get $x)
                    ({name}.load offset={offset} (local.get 0))))
                  (local.set $x ({name}.mul ({name}.load offset={offset} (local.get 1))
                    (local.get $x)))
                  (br_if $l (i64.ne (i64.const 0)
                    (local.tee $k (i64.sub (local.get $k) (i64.const 1))))))
                (i32.load8_u (i32.const {size})))"""
            )
            calls += [(f"f{n}", a, b) for a in places for b in (0, 65530, -1)]
    text = f"(module (memory 1 1) {''.join(functions)})"
    same_in_all_modes(text, calls)


def test_tables_of_branches():
    functions, calls = [], []
    for labels in range(1, 8):
        for order in (list(range(labels)), [0] * labels, [*range(labels)][::-1]):
            for backward in (False, True):
                n = len(functions)
                code = f"(br_table {' '.join(map(str, order))} (local.get 0))"
                for i in range(labels - (1 if backward else 0)):
                    code = (
                        f"(block {code}) (local.set $r (i32.add (i32.mul (local.get $r)"
                        f" (i32.const 7)) (i32.const {i + 1})))"
                    )
                if backward:
                    # The last label is the loop's, which turns a few times.
                    code = f"""(loop
                      (local.set $n (i32.add (local.get $n) (i32.const 1)))
                      (local.set 0 (select (local.get 0) (i32.const 0)
                        (i32.lt_u (local.get $n) (i32.const 4))))
                      (br_if 1 (i32.gt_u (local.get $n) (i32.const 9)))
                      {code})"""
                functions.append(
                    f"""(func (export "f{n}") (param i32) (result i32)
                    (local $r i32) (local $n i32)
                    (local.set $r (i32.const 1)) (block {code})
                    (i32.add (local.get $r) (i32.shl (local.get $n) (i32.const 20))))"""
                )
                calls += [(f"f{n}", i) for i in (*range(labels + 2), -1, 0x7FFFFFFF)]
    same_in_all_modes(f"(module {''.join(functions)})", calls)


def test_constants_that_labels_get():
    chooser = random.Random(7)
    kinds = ("i32", "i64", "f32", "f64")
    functions, calls = [], []
    for n in range(60):
        count = chooser.choice((2, 6, 14, 40))
        names = [f"$v{i}" for i in range(count)]
        types = [chooser.choice(kinds) for _ in names]
        declared = " ".join(f"(local {v} {t})" for v, t in zip(names, types))

        def some(of, typed, rng=chooser):
            chosen = rng.sample(range(len(of)), rng.randrange(len(of) + 1))
            return " ".join(
                f"(local.set {of[i]} ({typed[i]}.const {rng.choice((0, 1, -3, 0x12345678))}))"
                for i in chosen
            )

        body = some(names, types)
        for i in range(4):
            asked = f"(i32.and (local.get $p) (i32.const {1 << i}))"
            first, second = some(names, types), some(names, types)
            shape = chooser.randrange(4)
            if shape == 0:
                body += f" (if {asked} (then {first}) (else {second}))"
            elif shape == 1:
                body += f" (block {first} (br_if 0 {asked}) {second})"
            elif shape == 2:
                body += (
                    f" (block (block {first} (br_table 0 1 0 1 0 1"
                    f" (i32.shr_u (local.get $p) (i32.const {i})))) {second})"
                )
            else:
                body += (
                    f" (loop {first} (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n)"
                    f" (i32.const 1))) {asked})) {second})"
                )
        used = ""
        for v, t in zip(names, types):
            as_i64 = {
                "i32": "(i64.extend_i32_u {})",
                "i64": "{}",
                "f32": "(i64.extend_i32_u (i32.reinterpret_f32 {}))",
                "f64": "(i64.reinterpret_f64 {})",
            }[t].format(f"(local.get {v})")
            used += f"(local.set $r (i64.add (i64.mul (local.get $r) (i64.const 31)) {as_i64}))"
        functions.append(
            f"""(func (export "f{n}") (param $p i32) (result i64) (local $r i64) (local $n i32)
            {declared} {body} {used} (local.get $r))"""
        )
        calls += [(f"f{n}", p) for p in range(16)]
    same_in_all_modes(f"(module {''.join(functions)})", calls)


def test_more_values_than_registers():
    chooser = random.Random(11)
    functions, calls = [], []
    for n in range(40):
        kind = ("i32", "i64", "f64")[n % 3]
        operations = ("add", "sub", "mul") if kind == "f64" else ("add", "sub", "xor", "mul", "or")
        count = chooser.choice((9, 12, 18, 30))
        names = [f"$v{i}" for i in range(count)]
        body = ""
        for _ in range(3 * count):
            a, b, c, d = (f"(local.get {chooser.choice(names)})" for _ in range(4))
            one, two, three = (f"{kind}.{chooser.choice(operations)}" for _ in range(3))
            body += f"(local.set {chooser.choice(names)} ({one} ({two} {a} {b}) ({three} {c} {d})))"
        start = "".join(f"(local.set {v} ({kind}.const {i + 1}))" for i, v in enumerate(names))
        total = f"({kind}.const 0)"
        for v in names:
            total = f"({kind}.add {total} (local.get {v}))"
        functions.append(
            f"""(func (export "f{n}") (param $p i32) (result {kind})
            {" ".join(f"(local {v} {kind})" for v in names)} {start}
            (loop {body} (br_if 0 (local.tee $p (i32.sub (local.get $p) (i32.const 1)))))
            {total})"""
        )
        calls += [(f"f{n}", 1), (f"f{n}", 3)]
    same_in_all_modes(f"(module {''.join(functions)})", calls)

# SPDX-License-Identifier: Apache-2.0
"""Random modules of the shapes that compilers make: expressions over locals that are set late,
addresses that are sums, counting loops, conditional branches with values, arithmetic with what was
just loaded, vectors, calls, ways that meet with values in different places. What wasm-smith makes
is valid above all; this is dense in what the interpreter's translator joins into one cell, and in
what the compiler has to bring together at labels.

Programs end: every loop has a counter of its own. NaNs, whose bits may differ, don't get into
integers or vectors, and are taken out of memory right away.
"""

import random
from typing import Callable, Dict, List, Tuple

HELPERS = "i32 i64 f32 f64 v128".split()
LOCALS = 4  # of each type, the parameters included
STORES = 4  # of floats, one inside the other
INT_BINARY = "add sub mul and or xor shl shr_s shr_u rotl rotr".split()
COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()
LOADS = {
    "i32": "load load8_s load8_u load16_s load16_u".split(),
    "i64": "load load8_s load16_u load32_s load32_u".split(),
    "f32": ["load"],
    "f64": ["load"],
    "v128": "load load load8x8_s load16x4_u load8_splat load32_splat load64_splat".split()
    + ["load32_zero"],
}
SHAPES = {"i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64}
LANES = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}
SCALARS = {"i64x2": "i64", "f32x4": "f32", "f64x2": "f64"}  # others: i32


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.labels: List[str] = []  # value types of the enclosing blocks, "" for none
        self.loops = 0
        self.stores = 0
        self.budget = 0
        self.is_helper = False

    def pick(self, *choices: Callable[[], str]) -> str:
        return self.random.choice(choices)()

    def constant(self, kind: str) -> str:
        if kind in ("f32", "f64"):
            value = self.random.choice(["0", "1", "-0.5", "3.25", "-0", "1e10", "inf"])
            return f"({kind}.const {value})"
        if kind == "v128":
            words = " ".join(str(self.random.choice([0, 1, -1, 255, 65537])) for _ in range(4))
            return f"(v128.const i32x4 {words})"
        values = [0, 1, -1, 2, 4, 8, 31, 100, 32767, 32768, -32768, -32769, 2**31 - 1, -(2**31)]
        if kind == "i64":
            values += [2**31, 2**32 - 1, -(2**63), 2**63 - 1]
        return f"({kind}.const {self.random.choice(values)})"

    def local(self, kind: str) -> str:
        return f"${kind}{self.random.randrange(LOCALS)}"

    def get(self, kind: str) -> str:
        return f"(local.get {self.local(kind)})"

    def leaf(self, kind: str) -> str:
        return self.constant(kind) if self.random.random() < 0.25 else self.get(kind)

    def address(self) -> str:
        """An i32 below 65536 + 32768 or so, mostly in bounds."""
        low = f"(i32.and {self.value('i32')} (i32.const {self.random.choice([255, 4095])}))"
        if self.random.random() < 0.3:
            return low
        step = self.random.choice([1, 4, 8, 16, 256, 40000])
        term = f"(i32.const {step})" if self.random.random() < 0.6 else low
        name = self.local("i32")
        if self.random.random() < 0.5:
            return f"(local.tee {name} (i32.add {low} {term}))"
        return f"(i32.add {low} {term})"

    def load(self, kind: str) -> str:
        offset = self.random.choice(["", "", " offset=4", " offset=1000"])
        return f"({kind}.{self.random.choice(LOADS[kind])}{offset} {self.address()})"

    def compare(self) -> str:
        kind = self.random.choice(["i32", "i32", "i64", "f64", "f32"])
        if kind[0] == "f":
            operator = self.random.choice("eq ne lt gt le ge".split())
        else:
            operator = self.random.choice(COMPARE)
        return f"({kind}.{operator} {self.value(kind)} {self.value(kind)})"

    def condition(self) -> str:
        return self.pick(
            self.compare,
            self.compare,
            lambda: f"(i32.eqz {self.condition()})",
            lambda: f"(i32.and {self.value('i32')} {self.value('i32')})",
            lambda: f"(i64.eqz {self.value('i64')})",
            lambda: self.value("i32"),
        )

    def binary(self, kind: str) -> str:
        if kind == "v128":
            return self.vector()
        if kind[0] == "f":
            if self.random.random() < 0.3:
                return self.multiply_add(kind, lambda: self.value(kind))
            operator = self.random.choice("add sub mul mul div min max".split())
        else:
            operator = self.random.choice(INT_BINARY + ["add"] * 5 + ["/"])
            if operator == "/":
                return self.division(kind)
        return f"({kind}.{operator} {self.value(kind)} {self.value(kind)})"

    def division(self, kind: str) -> str:
        """Traps now and then: the divisor is 0, or -1 where that is too much."""
        operator = self.random.choice("div_s div_u rem_s rem_u".split())
        divisor = self.value(kind)
        if self.random.random() < 0.95:
            divisor = f"({kind}.or ({kind}.and {divisor} ({kind}.const 255)) ({kind}.const 1))"
        return f"({kind}.{operator} {self.value(kind)} {divisor})"

    def multiply_add(self, kind: str, value: Callable[[], str]) -> str:
        one, other = f"({kind}.mul {value()} {value()})", value()
        if self.random.random() < 0.5:
            one, other = other, one
        return f"({kind}.{self.random.choice(['add', 'sub'])} {one} {other})"

    def without_nan(self, shape: str, vector: str) -> str:
        """Lanes that are NaN become 0."""
        equal = f"({shape}.eq (local.get $vector) (local.get $vector))"
        return f"(v128.and (local.tee $vector {vector}) {equal})"

    def vector(self) -> str:
        """A vector calculated from others."""

        def value() -> str:
            return self.value("v128")

        def integers() -> str:
            operator = self.random.choice("add add sub eq gt_s abs neg".split())
            if operator in ("abs", "neg"):
                return f"({shape}.{operator} {value()})"
            return f"({shape}.{operator} {value()} {value()})"

        def floats() -> str:
            shape = self.random.choice(["f32x4", "f64x2"])
            operator = self.random.choice("add sub mul div min sqrt".split())
            if operator == "sqrt":
                return self.without_nan(shape, f"({shape}.sqrt {value()})")
            return self.without_nan(shape, f"({shape}.{operator} {value()} {value()})")

        def rotation() -> str:
            count, name = self.random.randrange(1, SHAPES[shape]), self.local("v128")
            back = SHAPES[shape] - (count if self.random.random() < 0.8 else 1)
            return (
                f"(v128.or ({shape}.shl (local.tee {name} {value()}) (i32.const {count})) "
                f"({shape}.shr_u (local.get {name}) (i32.const {back})))"
            )

        def replacement() -> str:
            shape = self.random.choice([s for s in LANES if s[0] == "i"])
            scalar = self.value(SCALARS.get(shape, "i32"))
            lane = self.random.randrange(LANES[shape])
            return f"({shape}.replace_lane {lane} {value()} {scalar})"

        def shuffle() -> str:
            lanes = " ".join(str(self.random.randrange(32)) for _ in range(16))
            return f"(i8x16.shuffle {lanes} {value()} {value()})"

        def multiply_add() -> str:
            shape = self.random.choice(["f32x4", "f64x2", "i32x4", "i16x8"])
            text = self.multiply_add(shape, value)
            return self.without_nan(shape, text) if shape[0] == "f" else text

        def splat() -> str:
            shape = self.random.choice([s for s in LANES if s[0] == "i"])
            return f"({shape}.splat {self.value(SCALARS.get(shape, 'i32'))})"

        def load_lane() -> str:
            return f"(v128.load32_lane {self.random.randrange(4)} {self.address()} {value()})"

        shape = self.random.choice(list(SHAPES))
        shift = self.random.choice("shl shr_s shr_u".split())
        bits = self.random.choice("and or xor andnot".split())
        return self.pick(
            integers,
            integers,
            floats,
            multiply_add,
            multiply_add,
            rotation,
            rotation if shape != "i8x16" else shuffle,
            replacement,
            shuffle,
            splat,
            load_lane,
            lambda: f"({shape}.{shift} {value()} {self.value('i32')})",
            lambda: f"({shape}.{shift} {value()} (i32.const {self.random.randrange(70)}))",
            lambda: f"(v128.{bits} {value()} {value()})",
            lambda: f"(v128.bitselect {value()} {value()} {value()})",
            lambda: f"(v128.not {value()})",
        )

    def from_vector(self, kind: str) -> str:
        """A scalar from a vector."""
        value = self.value("v128")
        if kind == "i32":
            shape = self.random.choice(list(SHAPES))
            test = self.random.choice(["v128.any_true", f"{shape}.all_true", f"{shape}.bitmask"])
            if self.random.random() < 0.5:
                return f"({test} {value})"
            return f"(i8x16.extract_lane_u {self.random.randrange(16)} {value})"
        shape = {"i64": "i64x2", "f32": "f32x4", "f64": "f64x2"}[kind]
        return f"({shape}.extract_lane {self.random.randrange(LANES[shape])} {value})"

    def unary(self, kind: str) -> str:
        if kind == "v128":
            return self.vector()
        if self.random.random() < 0.1:
            return self.from_vector(kind)
        if kind == "i32":
            return self.pick(
                self.condition,
                lambda: f"(i32.wrap_i64 {self.value('i64')})",
                lambda: f"(i32.trunc_sat_f64_s {self.value('f64')})",
                lambda: f"(i32.clz {self.value('i32')})",
                lambda: f"(i32.extend8_s {self.value('i32')})",
                lambda: f"(i32.extend16_s {self.value('i32')})",
            )
        if kind == "i64":
            return self.pick(
                lambda: f"(i64.extend_i32_s {self.value('i32')})",
                lambda: f"(i64.extend_i32_u {self.value('i32')})",
                lambda: f"(i64.popcnt {self.value('i64')})",
                lambda: f"(i64.extend32_s {self.value('i64')})",
                lambda: f"(i64.reinterpret_f64 {self.constant('f64')})",
            )
        other = "f32" if kind == "f64" else "f64"
        convert = "promote_f32" if kind == "f64" else "demote_f64"
        return self.pick(
            lambda: f"({kind}.convert_i32_s {self.value('i32')})",
            lambda: f"({kind}.{convert} {self.value(other)})",
            lambda: f"({kind}.sqrt ({kind}.abs {self.value(kind)}))",
            lambda: f"({kind}.neg {self.value(kind)})",
        )

    def block(self, kind: str) -> str:
        """A value that may come by a branch."""
        self.labels.append(kind)
        add = "i32x4.add" if kind == "v128" else f"{kind}.add"
        text = (
            f"(block (result {kind}) {self.statements(2)} {self.value(kind)} {self.condition()} "
            f"br_if 0 {self.statements(1)} {self.value(kind)} {add})"
        )
        self.labels.pop()
        return text

    def meeting(self, kind: str) -> str:
        """A value from two ways of some length, or from three by a table."""
        if self.random.random() < 0.3:
            self.labels += [kind, kind, kind]
            text = f"{self.value(kind)} (br_table 0 1 2 {self.value('i32')})"
            for rest in (
                lambda: f"{self.statements(2)} drop {self.value(kind)}",
                lambda: f"{self.statements(1)} {self.local_set_and_get(kind)}",
                lambda: "",
            ):
                self.labels.pop()
                text = f"(block (result {kind}) {text}) {rest()}"
            return text
        self.labels += [kind, ""]
        first = f"(br_if 0 {self.condition()}) {self.statements(2)} (br 1 {self.value(kind)})"
        self.labels.pop()
        second = f"{self.statements(2)} {self.value(kind)}"
        self.labels.pop()
        return f"(block (result {kind}) (block {first}) {second})"

    def local_set_and_get(self, kind: str) -> str:
        """The value that is on the stack, by a local."""
        name = self.local(kind)
        return f"(local.set {name}) {self.move()} (local.get {name})"

    def call(self, kind: str) -> str:
        """Helpers call nothing, so that programs end soon."""
        if self.is_helper or self.loops == 2:
            return self.leaf(kind)
        how = self.random.random()
        arguments = f"{self.value('i32')} {self.value(kind)}"
        if how < 0.7:
            return f"(call $h{kind} {arguments})"
        number = f"(i32.const {HELPERS.index(kind)})"
        if how < 0.9:
            return f"(call_indirect (type $t{kind}) {arguments} {number})"
        # Traps, mostly: another type, or no function.
        index = f"(i32.and {self.value('i32')} (i32.const 7))"
        condition = f"(i32.eqz (i32.and {self.value('i32')} (i32.const 31)))"
        return f"(call_indirect (type $t{kind}) {arguments} (select {index} {number} {condition}))"

    def pair(self, kind: str) -> str:
        """A function's two results, through locals."""
        if self.is_helper or self.loops == 2:
            return self.leaf(kind)
        values = " ".join(self.value(each) for each in ("i32", "i64", "f64"))
        names = " ".join(f"(local.set {self.local(each)})" for each in ("f64", "i64", "i32"))
        return f"(call $exchange {values}) {names} {self.leaf(kind)}"

    def turning(self, kind: str) -> str:
        """A value that goes through the rounds of a loop on the stack."""
        if self.loops >= 2:
            return self.leaf(kind)
        counter = f"$n{self.loops}"
        first = self.value(kind)
        self.loops += 1
        self.labels.append("loop")
        turns = self.random.randrange(1, 5)
        text = (
            f"{first} (local.set {counter} (i32.const {turns})) "
            f"(loop (param {kind}) (result {kind}) {self.local_set_and_get(kind)} "
            f"{self.statements(2)} (br_if 0 (local.tee {counter} "
            f"(i32.sub (local.get {counter}) (i32.const 1)))))"
        )
        self.labels.pop()
        self.loops -= 1
        return text

    def choose(self, kind: str) -> str:
        condition = self.condition()
        self.labels.append(kind)
        first, second = self.value(kind), self.value(kind)
        text = f"(if (result {kind}) {condition} (then {first}) (else {second}))"
        self.labels.pop()
        return text

    def value(self, kind: str) -> str:
        self.budget -= 1
        if self.budget <= 0:
            return self.leaf(kind)
        return self.pick(
            lambda: self.leaf(kind),
            lambda: self.leaf(kind),
            lambda: self.binary(kind),
            lambda: self.binary(kind),
            lambda: self.binary(kind),
            lambda: self.unary(kind),
            lambda: f"(local.tee {self.local(kind)} {self.value(kind)})",
            lambda: self.load(kind),
            lambda: f"(select {self.value(kind)} {self.value(kind)} {self.condition()})",
            lambda: self.block(kind),
            lambda: self.choose(kind),
            lambda: f"(global.get $g{kind})",
            lambda: self.call(kind),
            lambda: self.call(kind) if self.loops == 0 else self.leaf(kind),
            lambda: self.meeting(kind),
            lambda: self.pair(kind),
            lambda: self.turning(kind),
        )

    def loop(self) -> str:
        if self.loops >= 2:
            return "(nop)"
        counter = f"$n{self.loops}"
        self.loops += 1
        self.labels.append("loop")
        body = self.statements(3)
        step = self.random.choice([1, 2, -1, 40000])
        turns = self.random.randrange(1, 6)
        add = f"(i32.add (local.get {counter}) (i32.const {step}))"
        end = f"(i32.const {step * turns})"
        if self.random.random() < 0.4:
            tail = f"(br_if 0 (i32.ne (local.tee {counter} {add}) {end}))"
        elif self.random.random() < 0.5:
            tail = (
                f"(local.set {counter} {add}) (local.set $end {end}) "
                f"(br_if 0 (i32.ne (local.get {counter}) (local.get $end)))"
            )
        else:
            moves = " ".join(self.move() for _ in range(self.random.randrange(4)))
            tail = (
                f"(if (i32.ne (local.get {counter}) {end}) "
                f"(then (local.set {counter} {add}) {moves} (br 1)))"
            )
        self.labels.pop()
        self.loops -= 1
        return f"(local.set {counter} (i32.const 0)) (loop {body} {tail})"

    def move(self) -> str:
        kind = self.random.choice(["i32", "i32", "i64", "f64", "v128"])
        return f"(local.set {self.local(kind)} {self.get(kind)})"

    def store_float(self) -> str:
        # The value may have such stores in it, which don't change this one's address.
        if self.stores == STORES:
            return self.move()
        at_local = f"$at{self.stores}"
        self.stores += 1
        text = self.float_stored_at(at_local)
        self.stores -= 1
        return text

    def float_stored_at(self, at_local: str) -> str:
        kind = self.random.choice(["f32", "f64", "f64"])
        value = self.pick(
            lambda: self.value(kind),
            lambda: self.multiply_add(kind, lambda: self.load(kind)),
            lambda: self.multiply_add(kind, lambda: self.leaf(kind)),
        )
        address = f"(local.get {at_local})"
        at = f"({kind}.load offset=8 {address})"
        return (
            f"(local.set {at_local} {self.address()}) ({kind}.store offset=8 {address} {value}) "
            f"(if ({kind}.ne {at} {at}) "
            f"(then (i{kind[1:]}.store offset=8 {address} (i{kind[1:]}.const 0))))"
        )

    def leave(self) -> str:
        """A conditional branch to a block around."""
        targets = [i for i, kind in enumerate(reversed(self.labels)) if kind == ""]
        if not targets:
            return self.move()
        return f"(br_if {self.random.choice(targets)} {self.condition()})"

    def statement(self) -> str:
        self.budget -= 1
        if self.budget <= 0:
            return self.move()
        kind = self.random.choice(["i32", "i32", "i32", "i64", "f64", "f32", "v128"])
        whole = self.random.choice(["i32", "i64"])

        def block() -> str:
            self.labels.append("")
            text = f"(block {self.statements(4)})"
            self.labels.pop()
            return text

        def conditional() -> str:
            condition = self.condition()
            self.labels.append("")
            text = f"(if {condition} (then {self.statements(2)}) (else {self.statements(2)}))"
            self.labels.pop()
            return text

        def conversion() -> str:
            narrow = self.pick(lambda: self.leaf("i32"), lambda: self.load("i32"))
            return self.pick(
                lambda: f"(local.set {self.local('i64')} (i64.extend_i32_u {narrow}))",
                lambda: f"(local.set {self.local('i64')} (i64.extend_i32_u {self.value('i32')}))",
                lambda: f"(local.set {self.local('i64')} (i64.extend_i32_s {narrow}))",
                lambda: f"(local.set {self.local('i32')} (i32.wrap_i64 {self.leaf('i64')}))",
                lambda: f"(local.set {self.local('f64')} (f64.promote_f32 {self.leaf('f32')}))",
                lambda: f"(local.set {self.local('f32')} (f32.demote_f64 {self.leaf('f64')}))",
            )

        def two_ways() -> str:
            self.labels += ["", ""]
            first = f"(br_if 0 {self.condition()}) {self.statements(2)} (br 1)"
            self.labels.pop()
            second = self.statements(2)
            self.labels.pop()
            return f"(block (block {first}) {second})"

        def table() -> str:
            self.labels += ["", ""]
            text = (
                f"(block (block {self.statements(1)} (br_table 0 1 0 {self.value('i32')})) "
                f"{self.move()})"
            )
            del self.labels[-2:]
            return text

        def swap() -> str:
            one, two = self.local(kind), self.local(kind)
            return f"(local.get {one}) {self.value(kind)} (local.set {one}) (local.set {two})"

        return self.pick(
            lambda: f"(local.set {self.local(kind)} {self.value(kind)})",
            lambda: f"(local.set {self.local(kind)} {self.value(kind)})",
            lambda: f"({whole}.store {self.address()} {self.value(whole)})",
            lambda: f"(v128.store {self.address()} {self.value('v128')})",
            self.store_float,
            lambda: f"(i32.store8 {self.address()} {self.value('i32')})",
            lambda: f"(global.set $g{kind} {self.value(kind)})",
            lambda: f"(drop {self.condition()})",
            lambda: f"(drop {self.call(kind)})",
            self.move,
            self.loop,
            self.loop,
            block,
            conditional,
            conversion,
            conversion,
            two_ways,
            table,
            self.leave,
            self.leave,
            swap,
        )

    def statements(self, most: int) -> str:
        return " ".join(self.statement() for _ in range(self.random.randrange(1, most + 1)))

    def function(self, head: str, params: List[Tuple[str, int]], result: str) -> str:
        self.budget = self.random.choice([20, 60, 150])
        self.labels = []
        given = " ".join(f"(param ${kind}{i} {kind})" for kind, i in params)
        rest = " ".join(
            f"(local ${kind}{i} {kind})"
            for kind in ("i32", "i64", "f32", "f64", "v128")
            for i in range(LOCALS)
            if (kind, i) not in params
        )
        counters = "(local $n0 i32) (local $n1 i32) (local $end i32) "
        counters += "".join(f"(local $at{i} i32) " for i in range(STORES))
        counters += "(local $vector v128)"
        self.is_helper = head.startswith("$h")
        self.loops = 1 if self.is_helper else 0
        return (
            f"(func {head} {given} (result {result}) {rest} {counters} "
            f"{self.statements(8)} {self.value(result)})"
        )


def module_text(seed: int) -> str:
    generator = Generator(seed)
    kinds: Dict[str, str] = {"i32": "0", "i64": "0", "f32": "0", "f64": "0"}
    kinds["v128"] = "i64x2 0 0"
    fields = ['(memory (export "memory") 1 2)']
    # Bytes of which no NaN can be made.
    some = generator.random.choices([b for b in range(256) if b not in (0x7F, 0xFF)], k=1024)
    fields.append('(data (i32.const 0) "' + "".join(f"\\{byte:02x}" for byte in some) + '")')
    for kind, zero in kinds.items():
        export = "" if kind == "v128" else f'(export "g{kind}")'
        fields.append(f"(global $g{kind} {export} (mut {kind}) ({kind}.const {zero}))")
    fields += [f"(type $t{k} (func (param i32 {k}) (result {k})))" for k in kinds]
    fields.append(f"(table 8 funcref) (elem (i32.const 0) {' '.join(f'$h{k}' for k in HELPERS)})")
    fields.append(
        "(func $exchange (param i32 i64 f64) (result i32 i64 f64) (i32.wrap_i64 (local.get 1)) "
        "(i64.extend_i32_u (local.get 0)) (local.get 2))"
    )
    fields += [generator.function(f"$h{k}", [("i32", 1), (k, 2)], k) for k in kinds]
    for i, result in enumerate(["i32", "i64", "f64", "i32"]):
        params = [("i32", 0), ("i32", 1), ("f64", 0), ("i64", 0), ("i64", 1)]
        fields.append(generator.function(f'(export "{result} {i}")', params, result))
    return "(module " + "\n".join(fields) + ")"

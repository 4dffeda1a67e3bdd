# SPDX-License-Identifier: Apache-2.0
"""Every instruction that computes, in functions of many shapes, for tests that compare the ways to
execute them: WebAssembly text made from wasm/opcodes.def.

A module has functions of one signature, in a table, and `drive`, which calls one of them with all
combinations of operands, puts the results into memory and gives a hash of them.
"""

import random
import re
import struct
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Tuple

ROW = re.compile(
    r'^EPSILON_OP\(\w+, 0x(\w\w), 0x\w+, "([^"]+)", (\w+), (\w+), (\d+), \w+, (\w+)\)', re.M
)
OPCODES = Path(__file__).resolve().parent.parent.parent / "libepsilon" / "wasm" / "opcodes.def"

NAMES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "v": "v128", "w": "v128", "x": "v128"}
"""Of vectors there are three: of integers, and of floats of either width, whose NaNs are few."""
BITS = {"i": 32, "l": 64, "f": 32, "d": 64, "v": 128, "w": 128, "x": 128}
LANES = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}
SLOT = 16
OPERANDS = {
    "i": 0x1000,
    "l": 0x2000,
    "f": 0x3000,
    "d": 0x4000,
    "v": 0x5000,
    "w": 0x6000,
    "x": 0x7000,
}
"""Where the operands of each type are in memory, `SLOT` bytes each."""
RESULTS = 0x10000
STORED = 0x800
"""Where functions may store."""


NAN = {"f": 0xFFC00000, "d": 0xFFF8000000000000}
"""The one that the processor makes. Which one of two NaNs a result is made of is not promised, so
there are no others where both operands may be NaNs."""
NANS = {
    "f": [0x7FC00000, 0xFFC00000, 0x7FA00001, 0xFF812345, 0x7FC12345],
    "d": [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF4000000000001, 0x7FF8000012345678],
}


class Instruction(NamedTuple):
    name: str
    text: str  # with its immediates
    params: str
    result: str
    lowering: str


def _f32(value: float) -> int:
    return int.from_bytes(struct.pack("<f", value), "little")


def _f64(value: float) -> int:
    return int.from_bytes(struct.pack("<d", value), "little")


def _edges() -> Dict[str, List[int]]:
    chooser = random.Random(7)
    ints = {}
    for letter, bits in (("i", 32), ("l", 64)):
        top = 1 << (bits - 1)
        edges = [0, 1, 2, 3, 5, 7, 9, 10, 31, 32, 33, 63, 64, 127, 128, 255, 0xFFFF, 0x12345678]
        edges += [top, top - 1, top + 1, 2 * top - 1, 2 * top - 2, 2 * top - 10, top // 3]
        if bits == 64:
            edges += [1 << 31, (1 << 32) - 1, 1 << 32, 0xFFFFFFFF80000000, 0x7FFFFFFF, 1 << 33]
        ints[letter] = edges + [chooser.getrandbits(bits) for _ in range(3)]
    numbers = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, -0.9, 3.9, 2147483647.0, 2147483648.0]
    numbers += [-2147483648.0, -2147483649.0, 4294967295.0, 4294967296.0, 9223372036854775808.0]
    numbers += [-9223372036854775808.0, 18446744073709551616.0, 1e30, float("inf"), float("-inf")]
    f32 = [_f32(n) for n in numbers] + [1, 0x007FFFFF, 0x80000001, 0x7F7FFFFF, 0x4B000001]
    f32.append(NAN["f"])
    f64 = [_f64(n) for n in numbers] + [1, 0x000FFFFFFFFFFFFF, 0x7FEFFFFFFFFFFFFF]
    f64 += [
        NAN["d"],
        0x41DFFFFFFFE00000,
        0x43DFFFFFFFFFFFFF,
        0x36A0000000000000,
        0x47EFFFFFF0000000,
    ]
    vectors = [0, (1 << 128) - 1, 1, 1 << 127]

    def lanes(edges: List[int], bits: int) -> int:
        return sum(chooser.choice(edges) << (bits * i) for i in range(128 // bits))

    vectors += [lanes(edges, bits) for edges, bits in ((ints["i"], 32), (ints["l"], 64)) * 4]
    vectors += [lanes(edges, bits) for edges, bits in ((f32, 32), (f64, 64)) * 3]
    vectors += [lanes([0, 1, 127, 128, 255], 8) for _ in range(3)]
    vectors += [lanes([0, 1, 0x7FFF, 0x8000, 0xFFFF], 16) for _ in range(3)]
    return {
        **{"i": ints["i"], "l": ints["l"], "f": f32, "d": f64, "v": vectors},
        "w": [0, *(lanes(f32, 32) for _ in range(20))],
        "x": [0, *(lanes(f64, 64) for _ in range(20))],
    }


EDGES = _edges()


def constant(letter: str, bits: int) -> str:
    """The instruction for a constant that has these bits."""
    if letter in "vwx":
        parts = " ".join(str(bits >> (64 * i) & (2**64 - 1)) for i in range(2))
        return f"(v128.const i64x2 {parts})"
    if letter == "f":
        return (
            f"(f32.reinterpret_i32 (i32.const {bits}))"
            if _is_nan(letter, bits)
            else (f"(f32.const {struct.unpack('<f', bits.to_bytes(4, 'little'))[0].hex()})")
        )
    if letter == "d":
        return (
            f"(f64.reinterpret_i64 (i64.const {bits}))"
            if _is_nan(letter, bits)
            else (f"(f64.const {struct.unpack('<d', bits.to_bytes(8, 'little'))[0].hex()})")
        )
    return f"({NAMES[letter]}.const {bits})"


def _is_nan(letter: str, bits: int) -> bool:
    top = 0x7F800000 if letter == "f" else 0x7FF0000000000000
    return bits & (2 * top - 1 if letter == "f" else 0x7FFFFFFFFFFFFFFF) >= top


def instructions() -> List[Instruction]:
    """All that compute without accessing memory, a few times where there are lanes to choose."""
    found = []
    for prefix, text, immediates, signature, _, lowering in ROW.findall(OPCODES.read_text()):
        if signature == "special" or lowering == "special" or immediates.startswith("memory"):
            continue
        kind = {"f32x4": "w", "f64x2": "x"}.get(text.split(".")[0], "v")
        params, result = signature.replace("v", kind).split("_")
        texts = [text]
        if immediates == "lane":
            lanes = LANES[text.split(".")[0]]
            texts = [f"{text} {lane}" for lane in sorted({0, 1, lanes // 2, lanes - 1})]
        elif immediates == "lanes16":
            chooser = random.Random(3)
            orders = [range(16), range(16, 32), [0] * 16, [31] * 16, range(8, 24)]
            orders += [[15 - i for i in range(16)], [i ^ 16 for i in range(16)]]
            orders += [[0, 1, 2, 3] * 4, [4, 5, 6, 7] * 2 + [16, 17, 18, 19] * 2]
            orders += [[i // 2 + 16 * (i % 2) for i in range(16)]]
            orders += [[chooser.randrange(32) for _ in range(16)] for _ in range(4)]
            orders += [[chooser.randrange(16) for _ in range(16)] for _ in range(2)]
            texts = [f"{text} {' '.join(map(str, order))}" for order in orders]
        found += [Instruction(text, each, params, result, lowering) for each in texts]
    return found


def accesses() -> List[Tuple[str, str, str, int, str]]:
    """Those of memory: text, operands, result, bytes, and what comes behind the address."""
    found = []
    for prefix, text, immediates, signature, width, _ in ROW.findall(OPCODES.read_text()):
        if not immediates.startswith("memory_") or signature == "special":
            continue
        params, result = signature.split("_")
        lane = " 1" if immediates == "memory_lane" else ""
        found.append((text, params, result, int(width), lane))
    return found


def as_bits(letter: str, value: str) -> str:
    """An i64 that has the value's bits; of v128, which is evaluated twice, a mixture."""
    if letter == "i":
        return f"(i64.extend_i32_u {value})"
    if letter == "l":
        return value
    if letter == "f":
        return f"(i64.extend_i32_u (i32.reinterpret_f32 {value}))"
    if letter == "d":
        return f"(i64.reinterpret_f64 {value})"
    return (
        f"(i64.xor (i64x2.extract_lane 0 {value})"
        f" (i64.rotl (i64x2.extract_lane 1 {value}) (i64.const 13)))"
    )


def mix(letter: str, local: str) -> str:
    """Makes the local's value part of what `drive` gives."""
    value = as_bits(letter, f"(local.get {local})")
    return f"(global.set $mixed (i64.xor (i64.mul (global.get $mixed) (i64.const 31)) {value}))"


def truth(letter: str, value: str) -> str:
    """An i32 for a condition."""
    if letter == "i":
        return value
    if letter in "vwx":
        return f"(v128.any_true {value})"
    if letter == "l":
        return f"(i64.ne {value} (i64.const 0))"
    return f"({NAMES[letter]}.lt {value} {constant(letter, 0)})"


class Shapes:
    """The bodies of functions with an instruction's operands and result; params are $p0, $p1..."""

    def __init__(self, op: Instruction) -> None:
        self.op = op
        self.gets = [f"(local.get $p{i})" for i in range(len(op.params))]
        self.same = len(set(op.params)) == 1
        self.feeds = op.params[0] == op.result
        self.r = NAMES[op.result]

    def do(self, *operands: str) -> str:
        return f"({self.op.text} {' '.join(operands or self.gets)})"

    def mix_params(self) -> str:
        return " ".join(mix(t, f"$p{i}") for i, t in enumerate(self.op.params))

    def all(self, constants: int) -> Iterator[Tuple[str, str]]:
        """Names and bodies; at most so many constants of each operand."""
        op, do, r = self.op, self.do, self.r
        yield "params", do()
        yield "live on", f"(local $r {r}) (local.set $r {do()}) {self.mix_params()} (local.get $r)"
        if self.same and len(op.params) > 1:
            for i in range(len(op.params)):
                yield f"same {i}", do(*[f"(local.get $p{i})"] * len(op.params))
                same = do(*[f"(local.get $p{i})"] * len(op.params))
                yield f"same {i} lives", f"{mix(op.params[0], '$p0')} {same} {self.mix_params()}"
        yield (
            "twice",
            (
                f"(local $r {r}) (local $s {r}) (local.set $r {do()}) (local.set $s {do()})"
                f" {mix(op.result, '$s')} (local.get $r)"
            ),
        )
        for i, letter in enumerate(op.params):
            if letter == op.result:
                yield (
                    f"into operand {i}",
                    (f"(local.set $p{i} {do()}) {self.mix_params()} (local.get $p{i})"),
                )
                yield f"tee into operand {i}", (f"(local.tee $p{i} {do()}) {self.mix_params()}")
        for i, letter in enumerate(op.params):
            edges = EDGES[letter]
            chosen = (
                edges
                if len(edges) <= constants
                else (random.Random(op.text).sample(edges, constants))
            )
            for bits in chosen:
                operands = list(self.gets)
                operands[i] = constant(letter, bits)
                yield f"constant {i} {bits:#x}", do(*operands)
                if constants > 4:
                    yield (
                        f"constant {i} {bits:#x} live on",
                        (
                            f"(local $r {r}) (local.set $r {do(*operands)}) {self.mix_params()}"
                            " (local.get $r)"
                        ),
                    )
                    yield (
                        f"constant {i} {bits:#x} condition",
                        (
                            f"(if (result {r}) {truth(op.result, do(*operands))}"
                            f" (then {do()}) (else {constant(op.result, 7)}))"
                        ),
                    )
        chooser = random.Random(op.text)
        for n in range(min(3, constants)):
            yield (
                f"constants {n}",
                do(*[constant(letter, chooser.choice(EDGES[letter])) for letter in op.params]),
            )
        yield (
            "from locals",
            (
                "".join(f"(local $q{i} {NAMES[t]})" for i, t in enumerate(op.params))
                + "".join(f"(local.set $q{i} {get})" for i, get in enumerate(self.gets))
                + do(*[f"(local.get $q{i})" for i in range(len(op.params))])
            ),
        )
        zero = "".join(f"(local $q{i} {NAMES[t]})" for i, t in enumerate(op.params))
        for i in range(len(op.params)):
            operands = list(self.gets)
            operands[i] = f"(local.get $q{i})"
            yield f"zero local {i}", f"{zero} {do(*operands)}"
        yield (
            "from memory",
            do(
                *[
                    f"({NAMES[t]}.load offset={OPERANDS[t]} (i32.shl (i32.and"
                    f" (i32.wrap_i64 {as_bits(op.params[0], self.gets[0])}) (i32.const 7))"
                    " (i32.const 4)))"
                    for t in op.params
                ]
            ),
        )
        yield "from calls", do(*[f"(call $same_{t} {g})" for t, g in zip(op.params, self.gets)])
        yield "after a call", f"(call $nothing) {do()} (call $nothing)"
        yield (
            "between calls",
            (
                f"(local $r {r}) {do()} (call $nothing) local.set $r (call $nothing)"
                f" {self.mix_params()} {mix(op.result, '$r')} (local.get $r)"
            ),
        )
        yield (
            "from globals",
            (
                "".join(f"(global.set $g{t} {g})" for t, g in zip(op.params, self.gets))
                + do(*[f"(global.get $g{t})" for t in op.params])
            ),
        )
        if self.same and self.feeds:
            back = list(reversed(self.gets))
            yield (
                "nested",
                do(*[do(*(self.gets if n % 2 else back)) for n in range(len(self.gets))]),
            )
            deep = self.gets[0]
            for _ in range(14):
                deep = do(deep, *self.gets[1:])
            yield "deep left", deep
            if len(op.params) == 2:
                deep = self.gets[1]
                for n in range(16):
                    deep = do(self.gets[0] if n % 3 else do(), deep)
                yield "deep right", deep
        yield from self.under_pressure()
        yield from self.conditions()
        yield from self.loops()

    def under_pressure(self) -> Iterator[Tuple[str, str]]:
        op, r = self.op, self.r
        kinds = "l" * 14 + "d" * 12 + "i" * 4 + "f" * 4 + "v" * 3
        locals_ = "".join(f"(local $x{n} {NAMES[t]})" for n, t in enumerate(kinds))
        values = {
            "l": "(i64.const {n}00000000001)",
            "d": "(f64.convert_i32_s (i32.load (i32.const {n})))",
            "i": "(i32.load8_u offset=4096 (i32.const {n}))",
            "f": "(f32.load offset=12288 (i32.const {n}))",
            "v": "(i8x16.splat (i32.load8_u offset=4096 (i32.const {n})))",
        }
        first = as_bits(op.params[0], self.gets[0])
        fill = "".join(
            f"(local.set $x{n} (i64.add {first} {values[t].format(n=n + 1)}))"
            if t == "l"
            else f"(local.set $x{n} {values[t].format(n=n)})"
            for n, t in enumerate(kinds)
        )
        uses = "".join(mix(t, f"$x{n}") for n, t in enumerate(kinds))
        yield (
            "pressure",
            (
                f"(local $r {r}) {locals_} {fill} (local.set $r {self.do()}) {uses}"
                f" {self.mix_params()} {mix(op.result, '$r')} (local.get $r)"
            ),
        )
        yield (
            "pressure, dying",
            (
                f"(local $r {r}) {locals_} {fill} {uses} {fill} (local.set $r {self.do()}) {uses}"
                " (local.get $r)"
            ),
        )
        yield (
            "pressure in a loop",
            (
                f"(local $r {r}) (local $n i32) {locals_} {fill}"
                f" (loop (local.set $r {self.do()}) {uses}"
                f" (local.set $x3 (i64.add (local.get $x3) {as_bits(op.result, '(local.get $r)')}))"
                " (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))"
                f" (i32.const 3)))) {uses} {self.mix_params()} (local.get $r)"
            ),
        )

    def conditions(self) -> Iterator[Tuple[str, str]]:
        op, r, do = self.op, self.r, self.do()
        is_true = truth(op.result, do)
        other = constant(op.result, 3)
        yield "if", f"(if (result {r}) {is_true} (then {other}) (else {do}))"
        yield "if not", (f"(if (result {r}) (i32.eqz {is_true}) (then {other}) (else {do}))")
        yield "br_if", f"(block (br_if 0 {is_true}) (return {other})) {self.mix_params()} {do}"
        yield (
            "br_if not",
            (f"(block (br_if 0 (i32.eqz {is_true})) {self.mix_params()} (return {other})) {do}"),
        )
        yield (
            "br_if with a value",
            (f"(block (result {r}) (br_if 0 {do} {is_true}) drop {self.mix_params()} {other})"),
        )
        yield "select", f"(select {other} {do} {is_true})"
        yield (
            "select of it",
            (
                f"(select {do} {other} (i32.and (i32.wrap_i64 {as_bits(op.params[0], self.gets[0])})"
                " (i32.const 1)))"
            ),
        )
        yield (
            "select of locals",
            (
                f"(local $r {r}) (local $s {r}) (local.set $r {do}) (local.set $s {other})"
                f" (local.set $r (select (local.get $r) (local.get $s) {is_true}))"
                f" {mix(op.result, '$s')} (local.get $r)"
            ),
        )
        yield (
            "select into the other",
            (
                f"(local $r {r}) (local $s {r}) (local.set $r {do}) (local.set $s {other})"
                f" (local.set $s (select (local.get $r) (local.get $s) {is_true}))"
                f" {mix(op.result, '$r')} (local.get $s)"
            ),
        )
        yield (
            "br_table",
            (
                f"(block (block (block (br_table 0 1 2 0 {is_true})) {self.mix_params()}"
                f" (return {do})) (return {other})) {do}"
            ),
        )
        yield (
            "merged",
            (
                f"(local $r {r}) (local $s {r}) (if {is_true} (then (local.set $r {do})"
                f" (local.set $s {other})) (else (local.set $s {do}))) {mix(op.result, '$s')}"
                f" {self.mix_params()} (local.get $r)"
            ),
        )

    def loops(self) -> Iterator[Tuple[str, str]]:
        op, r, do = self.op, self.r, self.do()
        again = (
            "(br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))"
            " (i32.const 5)))"
        )
        yield (
            "loop",
            (
                f"(local $r {r}) (local $n i32) (loop (local.set $r {do}) {mix(op.result, '$r')}"
                f" {again}) (local.get $r)"
            ),
        )
        yield (
            "loop condition",
            (
                f"(local $n i32) (block (loop (local.set $n (i32.add (local.get $n) (i32.const 1)))"
                f" (br_if 1 (i32.gt_u (local.get $n) (i32.const 3)))"
                f" (br_if 0 {truth(op.result, do)})))"
                f" (global.set $mixed (i64.extend_i32_u (local.get $n))) {do}"
            ),
        )
        if self.feeds:
            yield (
                "loop that feeds itself",
                (f"(local $n i32) (loop (local.set $p0 {do}) {again}) (local.get $p0)"),
            )
            yield (
                "loop with a parameter",
                (
                    f"(local $n i32) (local $q {r}) (local.get $p0) (loop (param {r}) (result {r})"
                    f" (local.set $q) {self.do('(local.get $q)', *self.gets[1:])} {again})"
                ),
            )
            yield (
                "nested loops",
                (
                    "(local $n i32) (local $m i32) (loop (local.set $n (i32.const 2))"
                    f" (loop (local.set $p0 {do}) {again})"
                    " (br_if 0 (i32.lt_u (local.tee $m (i32.add (local.get $m) (i32.const 1)))"
                    " (i32.const 3)))) (local.get $p0)"
                ),
            )
        if self.same and len(op.params) == 2 and self.feeds:
            yield (
                "loop that exchanges",
                (
                    f"(local $n i32) (local $t {r}) (loop (local.set $t {do})"
                    " (local.set $p0 (local.get $p1)) (local.set $p1 (local.get $t))"
                    f" {again}) (local.get $p0) {mix(op.result, '$p1')}"
                ),
            )


def module(params: str, result: str, bodies: List[str]) -> str:
    """A module with functions of this type, and `drive`."""
    r = NAMES[result]
    typed = " ".join(f"(param $p{i} {NAMES[t]})" for i, t in enumerate(params))
    functions = "\n".join(f"(func $f{n} {typed} (result {r}) {b})" for n, b in enumerate(bodies))
    names = " ".join(f"$f{n}" for n in range(len(bodies)))
    loads = " ".join(
        f"({NAMES[t]}.load offset={OPERANDS[t]} (i32.shl (local.get $i{n}) (i32.const 4)))"
        for n, t in enumerate(params)
    )
    same = "".join(
        f"(func $same_{t} (param {n}) (result {n}) (local.get 0))"
        f"(global $g{t} (mut {n}) {constant(t, 0)})"
        for t, n in NAMES.items()
    )
    body = f"""
      (local.set $r (call_indirect (type $t) {loads} (local.get $f)))
      ({r}.store (local.get $at) (local.get $r))
      (local.set $at (i32.add (local.get $at) (i32.const {SLOT})))
      {mix(result, "$r")}"""
    for n, t in reversed(list(enumerate(params))):
        count = len(EDGES[t]) if n < 2 else 5
        body = f"""(local.set $i{n} (i32.const 0))
          (loop {body} (br_if 0 (i32.lt_u (local.tee $i{n}
            (i32.add (local.get $i{n}) (i32.const 1))) (i32.const {count}))))"""
    counters = " ".join(f"(local $i{n} i32)" for n in range(len(params)))
    return f"""(module
  (type $t (func {typed} (result {r})))
  (memory (export "memory") 4)
  (global $mixed (mut i64) (i64.const 0))
  (table funcref (elem {names}))
  (func $nothing)
  {same}
  {functions}
  (func (export "one") (param $f i32) {typed} (result {r})
    (call_indirect (type $t) {" ".join(f"(local.get $p{i})" for i in range(len(params)))}
      (local.get $f)))
  (func (export "mixed") (result i64) (global.get $mixed))
  (func (export "drive") (param $f i32) (result i64) (local $at i32) (local $r {r}) {counters}
    (global.set $mixed (i64.const 0)) (local.set $at (i32.const {RESULTS}))
    {body}
    (global.get $mixed)))"""


def operands() -> bytes:
    """What is in memory at first, from 0 on."""
    data = bytearray(RESULTS)
    for letter, at in OPERANDS.items():
        for n, bits in enumerate(EDGES[letter]):
            data[at + SLOT * n : at + SLOT * n + BITS[letter] // 8] = bits.to_bytes(
                BITS[letter] // 8, "little"
            )
    return bytes(data)


def number(letter: str, bits: int) -> float:
    """A float that has these bits."""
    form = "<f" if letter == "f" else "<d"
    return float(struct.unpack(form, bits.to_bytes(BITS[letter] // 8, "little"))[0])

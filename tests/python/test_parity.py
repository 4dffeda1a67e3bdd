# SPDX-License-Identifier: Apache-2.0
"""Machine code does what the interpreter does: every instruction in functions of many shapes
(parity.py), and everything around them that has a template of its own."""

import itertools
import random
from typing import Any, Dict, List, Tuple

import epsilon
import parity
import pytest
from epsilon import Runtime
from parity import BITS, EDGES, NANS, RESULTS, SLOT, Shapes
from parity_runs import FORMS, outcome
from wat import wat

pytestmark = pytest.mark.skipif(
    not epsilon.features()["baseline compiler"], reason="there is no compiler for this processor"
)

AT_ONCE = 400  # functions in a module


def value(letter: str, bits: int) -> Any:
    """What a function is called with to get these bits."""
    if letter in "fd":
        return parity.number(letter, bits)
    if letter in "vwx":
        return bits
    return bits - (1 << BITS[letter]) if bits >> (BITS[letter] - 1) else bits


def differences(
    params: str, result: str, cases: List[Tuple[str, str]], form: Dict[str, Any]
) -> List[str]:
    """The cases, names and bodies, that give other results compiled than interpreted."""
    count = 1
    for n, letter in enumerate(params):
        count *= len(EDGES[letter]) if n < 2 else 5
    binary = wat(parity.module(params, result, [body for _, body in cases]))
    outcomes = []
    for tiers in ("interpreter", "compiled"):
        with Runtime(tiers=tiers, **form) as ran:
            module = ran.instantiate(binary)
            module.write_memory(0, parity.operands())
            given = []
            for f in range(len(cases)):
                hashed = outcome(module, "drive", f)
                results = module.read_memory(RESULTS, count * SLOT)
                fuel = ran.last_call if form.get("metering") else None
                given.append((hashed, module.call("mixed"), fuel, results))
            outcomes.append(given)
    return [
        f"{form} {name}: {ours[:3]} is not {theirs[:3]}"
        for (name, _), theirs, ours in zip(cases, *outcomes)
        if theirs != ours
    ]


def grouped() -> Dict[Tuple[str, str], List[Tuple[str, str]]]:
    groups: Dict[Tuple[str, str], List[Tuple[str, str]]] = {}
    for op in parity.instructions():
        constants = 1 if op.lowering.startswith("vector") else 4
        for name, body in Shapes(op).all(constants):
            cases = groups.setdefault((op.params, op.result), [])
            cases.append((f"{op.text}, {name}", body))
    return groups


GROUPS = grouped()
PARTS = [
    (*signature, start)
    for signature, cases in GROUPS.items()
    for start in range(0, len(cases), AT_ONCE)
]


@pytest.mark.parametrize(("params", "result", "start"), PARTS)
def test_every_instruction_in_every_shape(params, result, start):
    cases = GROUPS[params, result][start : start + AT_ONCE]
    form = FORMS[(start // AT_ONCE) % len(FORMS)]
    assert differences(params, result, cases, form) == []


def test_which_operands_trap():
    """One by one: where, and with what backtrace."""
    for op in parity.instructions():
        if not op.lowering.endswith("trap"):
            continue
        cases = list(Shapes(op).all(3))
        binary = wat(parity.module(op.params, op.result, [body for _, body in cases]))
        edges = [EDGES[t][::3] + EDGES[t][-8:] for t in op.params]
        operands = (
            list(itertools.product(*edges))
            if len(op.params) == 1
            else (list(itertools.product(*(each[::2] for each in edges))))
        )
        outcomes = []
        for tiers in ("interpreter", "compiled"):
            with Runtime(tiers=tiers) as ran:
                module = ran.instantiate(binary)
                module.write_memory(0, parity.operands())
                outcomes.append([
                    outcome(module, "one", f, *map(value, op.params, each))
                    for f in range(len(cases))
                    for each in operands
                ])  # fmt: skip
        assert [repr(each) for each in outcomes[0]] == [repr(each) for each in outcomes[1]], op.text


@pytest.mark.parametrize("letter", "fd")
def test_every_nan(letter):
    """Of one NaN all bits are the same."""
    as_int = "i" if letter == "f" else "l"
    name, number, size = parity.NAMES[as_int], parity.NAMES[letter], BITS[letter]
    other = [bits for bits in EDGES[letter] if bits != parity.NAN[letter]]
    for op in parity.instructions():
        if letter not in op.params or op.lowering.endswith("trap"):
            continue
        for at in range(len(op.params)):
            if op.params[at] != letter:
                continue
            bodies = []
            for nan, rest in itertools.product(NANS[letter], other[::5]):
                operands = [parity.constant(t, rest if t == letter else 1)
                            for t in op.params]  # fmt: skip
                operands[at] = (
                    f"({number}.reinterpret_i{size} ({name}.xor (local.get $p0) "
                    f"({name}.const {nan})))"
                )
                bodies.append(
                    (f"{op.text} {nan:#x} {rest:#x}", f"({op.text} {' '.join(operands)})")
                )
            shortened = [
                (what, parity.as_bits(op.result, body) if op.result not in "vwx" else
                 f"(i64x2.extract_lane 0 {body})") for what, body in bodies
            ]  # fmt: skip
            assert differences(as_int, "l", shortened, FORMS[0]) == []


CONSTANTS_OF = [
    op for op in parity.instructions() if op.lowering in ("binary", "binary_trap", "compare")
]


@pytest.mark.parametrize("op", CONSTANTS_OF, ids=lambda op: op.text)
def test_every_constant_on_either_side(op):
    cases = [
        (f"{op.text}, {name}", body)
        for name, body in Shapes(op).all(1000)
        if name.startswith("constant")
    ]
    assert differences(op.params, op.result, cases, FORMS[0]) == []


@pytest.mark.parametrize("letter", "il")
def test_every_divisor(letter):
    bits = BITS[letter]
    chooser = random.Random(5)
    divisors = {*range(301), *(1 << n for n in range(bits)), *((1 << n) - 1 for n in range(bits))}
    divisors |= {(1 << n) + 1 for n in range(bits)} | {chooser.getrandbits(bits) for _ in range(60)}
    divisors |= {(1 << bits) - each for each in divisors if each}
    name = parity.NAMES[letter]
    for operation in ("div_u", "rem_u", "div_s", "rem_s"):
        bodies = []
        for divisor in sorted(divisors):
            constant = parity.constant(letter, divisor)
            body = f"({name}.{operation} (local.get $p0) {constant})"
            bodies.append((f"{operation} by {divisor}", body))
        assert differences(letter, letter, bodies, FORMS[0]) == []
        lives = [(what, f"{body} (local.set $p0 {body}) (drop (local.get $p0))")
                 for what, body in bodies]  # fmt: skip
        assert differences(letter, letter, lives, FORMS[0]) == []

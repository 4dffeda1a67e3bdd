# SPDX-License-Identifier: Apache-2.0
"""Accesses to memory, compiled and interpreted: addresses as compilers got them wrong (zero-extended, folded offsets,
select on addresses), and no access wider than it says."""

import itertools

import epsilon
import parity
import pytest
from epsilon import Runtime
from parity_runs import FORMS, outcome
from wat import wat

pytestmark = pytest.mark.skipif(
    not epsilon.features()["baseline compiler"], reason="there is no compiler for this processor"
)

PAGE = 65536
OFFSETS = (0, 1, 8, 65520, 65535, 65536, 2**31 - 17, 2**31 - 1, 2**31, 2**32 - 65536, 2**32 - 1)
ADDRESSES = [0, 1, 7, 4096, PAGE - 1, PAGE, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - PAGE, 2**32 - 1]
ADDRESSES += [PAGE - n for n in (2, 3, 4, 5, 8, 9, 15, 16, 17, 20, 24, 32)]
SIGNED = [(each ^ 2**31) - 2**31 for each in ADDRESSES]

# Ways to come by an address whose upper bits, if there were any, must not matter.
WAYS = {
    "parameter": "(local.get $a)",
    "wrapped": "(i32.wrap_i64 (i64.or (i64.extend_i32_u (local.get $a))"
    " (i64.const 0x7654321000000000)))",
    "sum": "(i32.add (i32.sub (local.get $a) (i32.const 40)) (i32.const 40))",
    "sum that wraps": "(i32.sub (i32.add (local.get $a) (i32.const -1)) (i32.const -1))",
    "difference": "(i32.sub (i32.const 0) (i32.sub (i32.const 0) (local.get $a)))",
    "product": "(i32.mul (i32.mul (local.get $a) (i32.const -1)) (i32.const -1))",
    "shifted": "(i32.rotr (i32.rotl (local.get $a) (i32.const 5)) (i32.const 5))",
    "sign of 64": "(i32.wrap_i64 (i64.extend_i32_s (local.get $a)))",
    "select": "(select (local.get $a) (i32.const 16) (i32.const 1))",
    "select of addresses": "(select (i32.const -1) (local.get $a) (i32.eqz (i32.const 1)))",
    "loaded": "(block (result i32) (i32.store (i32.const 64) (local.get $a))"
    " (i32.load (i32.const 64)))",
    "loaded 64": "(block (result i32) (i64.store (i32.const 64)"
    " (i64.or (i64.extend_i32_u (local.get $a)) (i64.const 0x100000000)))"
    " (i32.wrap_i64 (i64.load (i32.const 64))))",
    "global": "(block (result i32) (global.set $g (local.get $a)) (global.get $g))",
    "set by the host": "(global.get $host)",
    "called": "(call $same (local.get $a))",
    "of the host": "(call $host_same (local.get $a))",
    "lane": "(i32x4.extract_lane 1 (i32x4.replace_lane 1"
    " (v128.const i32x4 -1 -1 -1 -1) (local.get $a)))",
    "float": "(i32.reinterpret_f32 (f32.reinterpret_i32 (local.get $a)))",
    "truncated": "(i32.trunc_f64_u (f64.convert_i32_u (local.get $a)))",
    "truncated signed": "(i32.trunc_sat_f64_s (f64.convert_i32_s (local.get $a)))",
    "loop": "(block (result i32) (loop (local.set $a (i32.add (local.get $a) (i32.const 1)))"
    " (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 3))))"
    " (i32.sub (local.get $a) (i32.const 3)))",
}
MODULE = """(module
  (import "host" "same" (func $host_same (param i32) (result i32)))
  (memory (export "memory") 1 {most})
  (global $g (mut i32) (i32.const 0))
  (global $host (export "host") (mut i32) (i32.const 0))
  (func $same (param i32) (result i32) (local.get 0))
  {functions})"""


def same_outcomes(text, calls, form, *, before=lambda module, args: None):
    """All calls, then the memory, interpreted and compiled."""
    binary = wat(text)
    outcomes = []
    for tiers in ("interpreter", "compiled"):
        with Runtime(tiers=tiers, **form) as ran:
            module = ran.instantiate(binary, imports={"host": {"same": lambda number: number}})
            module.write_memory(0, bytes(i * 7 % 251 for i in range(PAGE)))
            given = []
            for name, *args in calls:
                before(module, args)
                given.append((name, args, repr(outcome(module, name, *args))))
            given.append(module.read_memory(0, PAGE))
            outcomes.append(given)
    wrong = [(a, b) for a, b in zip(*outcomes) if a != b]
    assert wrong[:3] == []


def body_of(access, address, value="local"):
    text, params, result, _, lane = access
    constants = {"i": "(i32.const 0x81828384)", "l": "(i64.const 0x8182838485868788)"}
    constants["f"] = "(f32.const 1.5)"
    constants["d"] = "(f64.const -2.5)"
    constants["v"] = "(v128.const i64x2 0x8182838485868788 0x9192939495969798)"
    values = [constants[t] for t in params[1:]]
    if value == "local" and values:
        values = [f"(local.get $v{params[1]})"]
    code = f"({text} {{memarg}}{lane} {address} {' '.join(values)})"
    if not result:
        return code + " (i64.const 0)"
    if result == "v":
        return f"(local.set $vv {code}) {parity.as_bits('v', '(local.get $vv)')}"
    return parity.as_bits(result, code)


HEAD = "(param $a i32) (result i64)"
LOCALS = """(local $n i32) (local $vi i32) (local $vl i64) (local $vf f32) (local $vd f64)
  (local $vv v128)
  (local.set $vi (i32.add (local.get $a) (i32.const 0x81828384)))
  (local.set $vl (i64.add (i64.extend_i32_u (local.get $a)) (i64.const 0x8182838485868788)))
  (local.set $vf (f32.convert_i32_u (local.get $a))) (local.set $vd (f64.convert_i32_u (local.get $a)))
  (local.set $vv (i64x2.splat (local.get $vl)))"""


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("access", parity.accesses(), ids=lambda access: access[0])
def test_every_access_at_every_edge(access, form):
    functions, calls = [], []
    for offset, value in itertools.product(OFFSETS, ("local", "constant")):
        name = f"{offset} {value}"
        body = body_of(access, "(local.get $a)", value).replace("{memarg}", f"offset={offset}")
        functions.append(f'(func (export "{name}") {HEAD} {LOCALS} {body})')
        calls += [(name, address) for address in SIGNED]
        for address in ADDRESSES[::2]:
            constant = f"{name} {address}"
            body = body_of(access, f"(i32.const {address})", value)
            body = body.replace("{memarg}", f"offset={offset}")
            functions.append(f'(func (export "{constant}") {HEAD} {LOCALS} {body})')
            calls.append((constant, 5))
    most = 1 if form else ""
    same_outcomes(MODULE.format(functions="\n".join(functions), most=most), calls, form)


@pytest.mark.parametrize("form", FORMS[:2], ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_addresses_have_32_bits(way, form):
    chosen = ("i32.load8_u", "i64.load", "v128.load", "i32.store16", "f64.store", "v128.load8_lane")
    functions, calls = [], []
    for access in parity.accesses():
        for offset in (0, 4, 65520, 2**31, 2**32 - 8) if access[0] in chosen else ():
            name = f"{access[0]} {offset}"
            body = body_of(access, WAYS[way]).replace("{memarg}", f"offset={offset}")
            functions.append(f'(func (export "{name}") {HEAD} {LOCALS} {body})')
            calls += [(name, address) for address in SIGNED]
            # The offset and a constant address, or a sum with one, are not to be folded.
            body = body_of(access, f"(i32.add {WAYS[way]} (i32.const {2**32 - 4}))")
            body = body.replace("{memarg}", f"offset={offset}")
            functions.append(f'(func (export "{name} folded") {HEAD} {LOCALS} {body})')
            calls += [(f"{name} folded", address) for address in SIGNED]

    def before(module, args):
        module.set_global("host", args[0])

    text = MODULE.format(functions="\n".join(functions), most="")
    same_outcomes(text, calls, form, before=before)


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("tiers", ["interpreter", "compiled"])
def test_memory_that_grows_under_compiled_loops(tiers, form):
    """By the loop itself, a function it calls, and the host."""
    text = """(module
      (import "host" "grow" (func $host_grow))
      (memory (export "memory") 1 40)
      (func $grow (drop (memory.grow (i32.const 1))))
      (func (export "run") (param $how i32) (result i32) (local $n i32) (local $last i32)
        (loop
          (local.set $last (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)))
          (i32.store (local.get $last) (local.get $n))
          (if (i32.eq (local.get $how) (i32.const 0)) (then (drop (memory.grow (i32.const 1)))))
          (if (i32.eq (local.get $how) (i32.const 1)) (then (call $grow)))
          (if (i32.eq (local.get $how) (i32.const 2)) (then (call $host_grow)))
          (local.set $last (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)))
          (i32.store (local.get $last) (i32.const 1000))
          (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1)))
            (i32.const 12))))
        (i32.add (i32.load (local.get $last)) (i32.load (i32.const 65532))))
      (func (export "beyond") (result i32)
        (loop (drop (i32.load (i32.mul (memory.size) (i32.const 65536))))
          (br_if 0 (memory.grow (i32.const 1)))) (i32.const 0)))"""
    for how in range(3):
        with Runtime(tiers=tiers, **form) as ran:
            holder = []
            imports = {"host": {"grow": lambda: holder[0].grow_memory(1) and None}}
            holder.append(ran.instantiate(wat(text), imports=imports))
            assert holder[0].call("run", how) == [1000]
            with pytest.raises(epsilon.EpsilonTrapError, match="out of bounds memory access"):
                holder[0].call("beyond")
            assert holder[0].get_memory_size() == 13

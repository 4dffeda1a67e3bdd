# SPDX-License-Identifier: Apache-2.0
"""The attack checklist, second part: programs that push against what keeps them in. A test per row;
its comment names the guard. See test_attacks_binary.py.

Each test runs in both forms of memory checks, and without signals.
"""

import struct

import pytest
from epsilon import EpsilonInvalidError, EpsilonTrapError, Runtime
from wat import wat

FORMS = {
    "guard": {},
    "explicit": {"explicit_checks": True},
    "no-signals": {"signals": False},
    "counted": {"max_call_depth": 1000},
}


@pytest.fixture(params=FORMS)
def runtime(request):
    with Runtime(**FORMS[request.param]) as value:
        yield value


MEMORY = "out of bounds memory access"
TABLE = "out of bounds table access"


def traps(trap, call, *args):
    with pytest.raises(EpsilonTrapError) as caught:
        call(*args)
    assert caught.value.trap == trap


# Row 7 -----------------------------------------------------------------------------------------


def test_row_07_zero_is_not_null(load):
    """A slot of a table that nobody filled is null, and does not call function 0, which nobody may
    call. Guard: look_up() in interp/handlers_call.cpp; references are addresses, so no function is
    ever the zero that fills new tables, locals and globals."""
    module = load(
        """
        (type $secret (func (result i32)))
        (func $private (type $secret) (i32.const 42))
        (table $t (export "t") 2 10 funcref)
        (global $g (mut funcref) (ref.null func))
        (elem declare func $private)
        (func (export "call") (param i32) (result i32)
          (call_indirect (type $secret) (local.get 0)))
        (func (export "tail_call") (param i32) (result i32)
          (return_call_indirect (type $secret) (local.get 0)))
        (func (export "grow") (result i32) (table.grow (ref.null func) (i32.const 3)))
        (func (export "get") (param i32) (result funcref) (table.get (local.get 0)))
        (func (export "local") (result i32) (local funcref externref)
          (i32.add (ref.is_null (local.get 0)) (ref.is_null (local.get 1))))
        (func (export "global") (result i32) (ref.is_null (global.get $g)))
        (func (export "first") (result i32) (ref.is_null (ref.func $private)))
        """
    )
    for name in ("call", "tail_call"):
        traps("uninitialized element", module.call, name, 0)
        traps("uninitialized element", module.call, name, 1)
        traps("undefined element", module.call, name, 2)
        traps("undefined element", module.call, name, -1)
    assert module.call("grow") == [2]
    traps("uninitialized element", module.call, "call", 4)
    assert module.call("get", 0) == module.call("get", 4) == [None]
    assert module.call("local") == [2]
    assert module.call("global") == [1]
    assert module.call("first") == [0]


def test_row_07_null_is_no_value_of_the_embedder(load):
    """0, empty and false objects are references like others. Guard: _encode_reference() in
    epsilon/_func.py gives the null reference for None alone."""
    module = load(
        """
        (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))
        (func (export "id") (param externref) (result externref) (local.get 0))
        """
    )
    assert module.call("is_null", None) == [1]
    for value in (0, 0.0, False, "", b"", (), [], Ellipsis):
        assert module.call("is_null", value) == [0]
        assert module.call("id", value)[0] is value


# Row 8 -----------------------------------------------------------------------------------------


def test_row_08_the_operand_stack_keeps_its_height(load):
    """Block parameters, results under which operands are left, and branches out of all of it.
    Guard: OperandStack's heights in decode/, and the translator's moves at branches."""
    module = load(
        """
        (func (export "params") (param i32 i32) (result i32)
          (local.get 0) (local.get 1)
          (block (param i32 i32) (result i32)
            (i32.sub)
            (br_if 0 (i32.eqz (local.get 1)))
            (drop) (i32.const 77)))
        ;; A phantom parameter would be taken for the 100 below the block.
        (func (export "below") (param i32) (result i32)
          (i32.const 100)
          (i32.const 5)
          (loop (param i32) (result i32)
            (i32.const 1) (i32.sub) (local.tee 0)
            (br_if 0 (local.get 0)))
          (i32.add))
        (func (export "left_over") (param i32) (result i32 i64)
          (i32.const 1) (i64.const 3)
          (block (result i64)
            (i32.const 4) (i64.const 5) (i32.const 6) (i64.const 7)
            (br_if 0 (local.get 0))
            (return))
          (i64.add))
        (func (export "table") (param i32) (result i32 i32)
          (i32.const 50)
          (block (result i32 i32)
            (block (result i32 i32)
              (i32.const 60) (i32.const 1) (i32.const 2)
              (br_table 0 1 2 (local.get 0)))
            (i32.add) (i32.const 3))
          (br 0))
        """
    )
    assert module.call("params", 9, 0) == [9]
    assert module.call("params", 9, 4) == [77]
    assert module.call("below", 0) == [100]
    assert module.call("left_over", 0) == [6, 7]
    assert module.call("left_over", 1) == [1, 10]
    assert module.call("table", 0) == [3, 3]
    assert module.call("table", 1) == [1, 2]
    assert module.call("table", 2) == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        # a branch to a loop takes its parameters, not its results
        "(func (result i32) (loop (result i32) (br_if 0 (i32.const 1))))",
        "(func (i32.const 1) (loop (param i32) (br_if 0 (i32.const 1))) (drop))",
        "(func (param i32) (local.get 0) (block (param i32) (nop)))",
        "(func (block (i32.const 1)))",
        "(func (i32.const 1) (block (drop)))",
        "(func (result i32) (block (result i32) (br 0)))",
        "(func (result i32) (return))",
        "(func (if (result i32) (i32.const 1) (then (i32.const 1))) (drop))",
    ],
)
def test_row_08_wrong_heights_are_refused(load, text):
    """Guard: OperandStack::pop against the block's base."""
    with pytest.raises(EpsilonInvalidError, match="^type mismatch"):
        load(text)


def test_row_08_the_stack_is_restored_after_a_trap_and_a_failing_start(runtime):
    """Guard: the context's fields that interp::call() restores (view, depth, stack top)."""
    depth = wat(
        """
        (func $deep (export "deep") (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
            (else (unreachable))))
        (func (export "count") (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call 1 (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
        """
    )
    failing = wat(
        """
        (func $deep (param i32)
          (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))))
          (unreachable))
        (start $start) (func $start (call $deep (i32.const 500)))
        """
    )
    module = runtime.instantiate(depth)
    for _ in range(200):
        traps("unreachable", module.call, "deep", 900)
        traps("unreachable", runtime.instantiate, failing)
    assert module.call("count", 900) == [900]


# Row 11 ----------------------------------------------------------------------------------------

RANGES = """
(memory $m (export "memory") 1) (data $d "0123456789")
(table $t 10 funcref) (elem $e func $f $f $f) (func $f)
(func (export "memory.fill") (param i32 i32)
  (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
(func (export "memory.copy to") (param i32 i32)
  (memory.copy (local.get 0) (i32.const 0) (local.get 1)))
(func (export "memory.copy from") (param i32 i32)
  (memory.copy (i32.const 0) (local.get 0) (local.get 1)))
(func (export "memory.init to") (param i32 i32)
  (memory.init $d (local.get 0) (i32.const 0) (local.get 1)))
(func (export "memory.init from") (param i32 i32)
  (memory.init $d (i32.const 0) (local.get 0) (local.get 1)))
(func (export "table.fill") (param i32 i32)
  (table.fill (local.get 0) (ref.null func) (local.get 1)))
(func (export "table.copy to") (param i32 i32)
  (table.copy (local.get 0) (i32.const 0) (local.get 1)))
(func (export "table.copy from") (param i32 i32)
  (table.copy (i32.const 0) (local.get 0) (local.get 1)))
(func (export "table.init to") (param i32 i32)
  (table.init $e (local.get 0) (i32.const 0) (local.get 1)))
(func (export "table.init from") (param i32 i32)
  (table.init $e (i32.const 0) (local.get 0) (local.get 1)))
"""
SIZES = {"memory.fill": 65536, "memory.copy to": 65536, "memory.copy from": 65536,
         "memory.init to": 65536, "memory.init from": 10, "table.fill": 10, "table.copy to": 10,
         "table.copy from": 10, "table.init to": 10, "table.init from": 3}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_row_11_ranges_do_not_wrap(load, name):
    """Offset and length whose sum is beyond 32 bits. Guard: is_within() in runtime/bulk.cpp."""
    module = load(RANGES)
    size = SIZES[name]
    trap = MEMORY if name.startswith("memory") else TABLE
    for offset, length in [
        (size, 1), (size - 1, 2), (size + 1, 0), (0, size + 1), (1, size), (2, 2**32 - 1),
        (2**32 - 1, 1), (2**32 - 1, 2), (2**32 - 1, 2**32 - 1), (2**32 - size, size),
        (2**31, 2**31), (2**32 - 1, 0), (1, 2**32 - 1), (0, 2**32 - 1),
    ]:  # fmt: skip
        traps(trap, module.call, name, offset, length)
    for offset, length in [(0, 0), (size, 0), (0, 1), (size - 1, 1)]:
        assert module.call(name, offset, length) == []


ACCESSES = [("i32.load8_u", 1), ("i32.load16_u", 2), ("i32.load", 4), ("i64.load", 8),
            ("f64.load", 8), ("v128.load", 16), ("i32.store8", 1), ("i32.store", 4),
            ("i64.store", 8), ("f32.store", 4), ("v128.store", 16)]  # fmt: skip
ZEROS = {"i": "({}.const 0)", "f": "({}.const 0)", "v": "(v128.const i64x2 0 0)"}


@pytest.mark.parametrize("instruction, width", ACCESSES)
def test_row_11_addresses_do_not_wrap(load, instruction, width):
    """Base and static offset whose sum is beyond 32 bits, on memory 0 and on another. Guards: the
    reservation behind a memory (guarded_span in runtime/memory.cpp), the comparisons of explicit
    checks, and far_address() in interp/memory_access.h."""
    type_ = instruction.split(".")[0]
    if "store" in instruction:
        form = f"({instruction} {{}} (local.get 0) {ZEROS[type_[0]].format(type_)})"
    else:
        form = f"(drop ({instruction} {{}} (local.get 0)))"
    offsets = [0, 1, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1]
    module = load(
        "(memory 1) (memory 1)"
        + "".join(
            f'(func (export "{memory} {offset}") (param i32) '
            + form.format(f"{memory} offset={offset}")
            + ")"
            for memory in (0, 1)
            for offset in offsets
        )
    )
    for memory in (0, 1):
        for offset in offsets:
            first_outside = max(65537 - width - offset, 0)
            for base in {
                0, 1, 65535, 65536, 2**31, 2**32 - 1, (2**32 - offset) % 2**32,
                max(first_outside - 1, 0), first_outside,
            }:  # fmt: skip
                name = f"{memory} {offset}"
                if base + offset + width <= 65536:
                    assert module.call(name, base) == []
                else:
                    traps(MEMORY, module.call, name, base)


def test_row_11_the_largest_memory(runtime):
    """65536 pages: a size of 2^32 bytes, which 32 bits do not hold. Guard: 64-bit sizes in
    MemoryView and everywhere behind it."""
    module = runtime.instantiate(
        wat(
            """
            (memory (export "memory") 65536)
            (func (export "size") (result i32) (memory.size))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
            (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
            (func (export "load4") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "load_off") (param i32) (result i32) (i32.load8_u offset=1 (local.get 0)))
            (func (export "fill") (param i32 i32)
              (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
            """
        ),
        max_memory_pages=0,
    )
    call = module.call
    assert call("size") == [65536]
    assert module.get_memory_size() == 65536
    assert call("grow", 0) == [65536]
    assert call("grow", 1) == call("grow", -1) == [-1]
    assert call("store", -1, 9) == []
    assert call("load", -1) == [9]
    assert call("load4", -4) == [9 << 24]
    traps(MEMORY, call, "load4", -3)
    traps(MEMORY, call, "load_off", -1)
    assert call("fill", -1, 1) == []
    traps(MEMORY, call, "fill", -1, 2)
    assert call("load", 0) == [0]
    assert module.read_memory(2**32 - 1, 1) == b"\7"


# Row 13 ----------------------------------------------------------------------------------------


def test_row_13_dropped_segments_are_empty(load):
    """Passive ones that were dropped; active and declarative ones are from the start. Guards:
    dropped_elements and dropped_data in runtime/bulk.cpp and Instantiation::initialise."""
    module = load(
        """
        (memory 1) (table $t 10 funcref) (func $f)
        (data $passive "abc") (data $active (i32.const 0) "abc")
        (elem $list func $f $f) (elem $expressions funcref (ref.func $f) (ref.null func))
        (elem $placed (table $t) (i32.const 0) func $f)
        (elem $placed_expressions (table $t) (i32.const 1) funcref (ref.func $f))
        (elem $declared declare func $f) (elem $declared_expressions declare funcref (ref.func $f))
        """
        + "".join(
            f"""
            (func (export "{name}") (param i32)
              (memory.init ${name} (i32.const 0) (i32.const 0) (local.get 0)))
            (func (export "drop {name}") (data.drop ${name}))
            """
            for name in ("passive", "active")
        )
        + "".join(
            f"""
            (func (export "{name}") (param i32)
              (table.init $t ${name} (i32.const 5) (i32.const 0) (local.get 0)))
            (func (export "drop {name}") (elem.drop ${name}))
            """
            for name in ("list", "expressions", "placed", "placed_expressions", "declared",
                         "declared_expressions")
        )
    )  # fmt: skip
    for name, length in [("passive", 3), ("list", 2), ("expressions", 2)]:
        trap = MEMORY if name == "passive" else TABLE
        assert module.call(name, length) == []
        traps(trap, module.call, name, length + 1)
        module.call(f"drop {name}")
        for _ in range(2):
            assert module.call(name, 0) == []
            traps(trap, module.call, name, 1)
            module.call(f"drop {name}")
    for name in ("active", "placed", "placed_expressions", "declared", "declared_expressions"):
        trap = MEMORY if name == "active" else TABLE
        assert module.call(name, 0) == []
        traps(trap, module.call, name, 1)
        module.call(f"drop {name}")
        traps(trap, module.call, name, 1)


def test_row_13_segments_belong_to_their_instance(load):
    """Dropping one instance's leaves the other's: what is dropped is not in the shared module."""
    text = """
        (memory (export "memory") 1) (data $d "abc")
        (func (export "init") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3)))
        (func (export "drop") (data.drop $d))
        """
    first, second = load(text), load(text)
    first.call("drop")
    traps(MEMORY, first.call, "init")
    second.call("init")
    assert second.read_memory(0, 3) == b"abc"


# Row 14 ----------------------------------------------------------------------------------------

CACHED = """
(import "env" "host" (func $host))
(import "env" "other" (func $other))
(memory (export "memory") 1 100)
(table (export "table") 1 1000 funcref)
(type $v (func))
(func $self (drop (memory.grow (i32.const 1))))
(elem (i32.const 0) $self)
(func $touch (result i32)
  ;; The last byte that there is, written and read by different cells.
  (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1)) (i32.const 5))
  (i32.load8_u offset=65535 (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536))))
(func (export "by grow") (result i32)
  (drop (i32.load8_u (i32.const 0))) (drop (memory.grow (i32.const 1))) (call $touch))
(func (export "by call") (result i32)
  (drop (i32.load8_u (i32.const 0))) (call $self) (call $touch))
(func (export "by call_indirect") (result i32)
  (drop (i32.load8_u (i32.const 0))) (call_indirect (type $v) (i32.const 0)) (call $touch))
(func (export "by host") (result i32)
  (drop (i32.load8_u (i32.const 0))) (call $host) (call $touch))
(func (export "by other") (result i32)
  (drop (i32.load8_u (i32.const 0))) (call $other) (call $touch))
(func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
(func (export "many")
  (local $i i32)
  (loop $l
    (i32.store8 (i32.const 3) (local.get $i))
    (call $host)
    (if (i32.ne (i32.load8_u (i32.const 3)) (local.get $i)) (then (unreachable)))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20)))))
"""


def test_row_14_cached_memories_are_read_again(runtime):
    """Whoever grew it: the code itself, a callee, the host, another instance. Guard: the reload of
    `mem` after calls and memory.grow (handlers_call.cpp, handlers_bulk.cpp); in the explicit form
    growth moves the memory. A stale base would read the old bytes, a stale length trap."""
    world = {}

    def grow_by_host():
        world["module"].grow_memory(1)

    def grow_by_other():
        world["other"].call("grow")

    module = world["module"] = runtime.instantiate(
        wat(CACHED), imports={"env": {"host": grow_by_host, "other": grow_by_other}}
    )
    world["other"] = runtime.instantiate(
        wat(
            """
            (import "m" "memory" (memory 1 100))
            (func (export "grow")
              (drop (memory.grow (i32.const 1))) (i32.store8 (i32.const 9) (i32.const 1)))
            """
        ),
        imports={"m": module},
    )
    for name in ("grow", "call", "call_indirect", "host", "other"):
        before = module.get_memory_size()
        module.write_memory(0, b"mark")
        assert module.call(f"by {name}") == [5]
        assert module.get_memory_size() == before + 1
        assert module.read_memory(0, 4) == b"mark"
        assert module.read_memory((before + 1) * 65536 - 1, 1) == b"\5"
        traps(MEMORY, module.call, "read", (before + 1) * 65536)
    module.call("many")


def test_row_14_cached_tables_are_read_again(load):
    """The same for a table that its callee grows, and so moves. Guard: tables are looked up in the
    instance's views at every access."""
    module = load(
        """
        (table $t 1 100000 funcref) (type $v (func (result i32)))
        (func $seven (result i32) (i32.const 7)) (elem declare func $seven)
        (func $grow (param i32) (drop (table.grow $t (ref.func $seven) (local.get 0))))
        (func (export "run") (param i32) (result i32)
          (table.set $t (i32.const 0) (ref.func $seven))
          (drop (call_indirect $t (type $v) (i32.const 0)))
          (call $grow (local.get 0))
          (i32.add
            (call_indirect $t (type $v) (i32.const 0))
            (call_indirect $t (type $v) (i32.sub (table.size $t) (i32.const 1)))))
        (func (export "past") (result i32) (call_indirect $t (type $v) (table.size $t)))
        """
    )
    for step in (1, 10, 1000, 50000):
        assert module.call("run", step) == [14]
        traps("undefined element", module.call, "past")


# Row 15 ----------------------------------------------------------------------------------------


def test_row_15_tail_calls_reuse_their_frame(runtime):
    """Between functions of different numbers of parameters, locals and results' places; to host
    functions and other instances; for very long; with backtraces. Guards: enter_tail_call and
    foreign_return in interp/handlers_call.cpp."""
    seen = []
    other = runtime.instantiate(
        wat(
            """
            (import "env" "back" (func $back (param i32 i64) (result i64)))
            (func (export "away") (param i32 i64) (result i64)
              (return_call $back (local.get 0) (i64.add (local.get 1) (i64.const 1))))
            (func (export "trap") (param i32) (result i64) (unreachable))
            """
        ),
        imports={"env": {"back": lambda count, sum_: seen.append((count, sum_)) or sum_ * 2}},
    )
    module = runtime.instantiate(
        wat(
            """
            (import "env" "host" (func $host (param i32) (result i64)))
            (import "other" "away" (func $away (param i32 i64) (result i64)))
            (import "other" "trap" (func $trap (param i32) (result i64)))
            (table funcref (elem $few $many))
            (type $t (func (param i32 i64) (result i64)))
            (func $few (type $t)
              (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
              (return_call $many (local.get 0) (i64.const 1) (i64.const 2) (i64.const 3)
                (i64.const 4) (i64.const 5) (i64.const 6) (local.get 1)))
            (func $many (param i32 i64 i64 i64 i64 i64 i64 i64) (result i64)
              (local v128 v128 i32 i64 externref)
              (if (i64.ne (local.get 11) (i64.const 0)) (then (unreachable)))  ;; cleared
              (local.set 11 (i64.const -1))
              (return_call_indirect (type $t)
                (i32.sub (local.get 0) (i32.const 1))
                (i64.add (local.get 7) (i64.sub (local.get 6) (local.get 5)))
                (i32.const 0)))
            (func (export "sum") (param i32) (result i64)
              (i64.sub (call $few (local.get 0) (i64.const 0)) (i64.const 0)))
            (func $to_host (param i32 i64) (result i64) (return_call $host (local.get 0)))
            (func (export "host") (param i32) (result i64)
              (i64.add (i64.const 1000) (call $to_host (local.get 0) (i64.const 5))))
            (func $to_other (param i32) (result i64)
              (return_call $away (local.get 0) (i64.const 20)))
            (func (export "other") (param i32) (result i64)
              (i64.add (i64.const 1000) (call $to_other (local.get 0))))
            (func $to_trap (param i32 i32 i32) (result i64) (return_call $trap (local.get 0)))
            (func (export "trap") (param i32) (result i64)
              (call $to_trap (local.get 0) (i32.const 1) (i32.const 2)))
            """
        ),
        imports={"env": {"host": lambda count: count + 7}, "other": other},
    )
    assert module.call("sum", 200_000) == [200_000]
    for count in range(300):
        assert module.call("host", count) == [1000 + count + 7]
        assert module.call("other", count) == [1000 + 42]
        assert seen.pop() == (count, 21)
        with pytest.raises(EpsilonTrapError) as caught:
            module.call("trap", count)
        # The function that tail-called is gone from the backtrace.
        assert [frame.func_index for frame in caught.value.frames] == [2, 11]
    assert module.call("sum", 1000) == [1000]


# Row 16 ----------------------------------------------------------------------------------------


def test_row_16_fused_instructions_keep_their_parts_apart(load):
    """Comparisons, tests and arithmetic that share cells with branches, drops, tees and multi-value
    tables. Guard: the translator fuses only what no label lies between and nobody else uses."""
    module = load(
        """
        (func (export "tee") (param i32 i32) (result i32)
          (block (result i32)
            (br_if 0 (local.get 1) (i32.lt_s (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                                             (local.get 1)))
            (drop) (local.get 0)))
        ;; The comparison is needed twice.
        (func (export "twice") (param i32 i32) (result i32) (local i32)
          (local.set 2 (i32.eq (local.get 0) (local.get 1)))
          (if (local.get 2) (then (return (i32.add (local.get 2) (i32.const 10)))))
          (local.get 2))
        ;; A label between the comparison and the branch.
        (func (export "label") (param i32) (result i32)
          (block (result i32) (br_if 0 (i32.const 1) (local.get 0)) (i32.eqz))
          (if (result i32) (then (i32.const 20)) (else (i32.const 30))))
        (func (export "dropped") (param i32 i32) (result i32)
          (drop (i32.div_u (local.get 0) (local.get 1)))
          (drop (i32.lt_u (local.get 0) (local.get 1)))
          (local.get 0))
        (func (export "table") (param i32) (result i32 i64)
          (block (result i32 i64)
            (block (result i32 i64)
              (block (result i32 i64)
                (i32.const 1) (i64.const 2) (local.get 0) (br_table 0 1 2))
              (i64.const 10) (i64.add))
            (i64.const 100) (i64.add)))
        (func (export "float") (param f64 f64) (result i32)
          (if (result i32) (f64.lt (local.get 0) (local.get 1))
            (then (i32.const 1))
            (else (if (result i32) (f64.ge (local.get 0) (local.get 1))
              (then (i32.const 2)) (else (i32.const 3))))))
        (func (export "not_float") (param f64 f64) (result i32)
          (if (result i32) (i32.eqz (f64.lt (local.get 0) (local.get 1)))
            (then (i32.const 1)) (else (i32.const 0))))
        ;; The local is changed after its value was taken.
        (func (export "stale") (param i32) (result i32)
          (local.get 0) (local.set 0 (i32.const 100)) (local.get 0) (i32.sub))
        (func (export "swap") (param i32 i32) (result i32)
          (local.get 0) (local.get 1) (local.set 0) (local.set 1)
          (i32.sub (local.get 0) (local.get 1)))
        (func (export "loop") (param i32) (result i32) (local i32)
          (loop $l
            (local.set 1 (i32.add (local.get 1) (local.get 0)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get 1))
        """
    )
    call = module.call
    assert call("tee", 1, 5) == [5]
    assert call("tee", 4, 5) == [5]
    assert call("tee", 5, 5) == [6]
    assert call("tee", 2**31 - 1, 0) == [0]  # wraps to the smallest
    assert call("twice", 3, 3) == [11]
    assert call("twice", 3, 4) == [0]
    assert call("label", 0) == [30]
    assert call("label", 1) == [20]
    assert call("dropped", 5, 2) == [5]
    traps("integer divide by zero", call, "dropped", 5, 0)
    assert [call("table", i) for i in (0, 1, 2, 3)] == [[1, 112], [1, 102], [1, 2], [1, 2]]
    nan = float("nan")
    assert [call("float", *pair)[0] for pair in ((1, 2), (2, 2), (nan, 1), (1, nan))] == [
        1,
        2,
        3,
        3,
    ]
    assert [call("not_float", *pair)[0] for pair in ((1, 2), (2, 1), (nan, 1))] == [0, 1, 1]
    assert call("stale", 7) == [-93]
    assert call("swap", 3, 5) == [2]
    assert call("loop", 100) == [5050]


# Row 18 ----------------------------------------------------------------------------------------

NARROW = [("v128.load8_splat", 1), ("v128.load16_splat", 2), ("v128.load32_splat", 4),
          ("v128.load64_splat", 8), ("v128.load32_zero", 4), ("v128.load64_zero", 8),
          ("v128.load8x8_s", 8), ("v128.load16x4_u", 8), ("v128.load32x2_s", 8),
          ("i32.load8_s", 1), ("i32.load16_s", 2), ("i64.load8_u", 1), ("i64.load32_s", 4),
          ("f32.load", 4)]  # fmt: skip


@pytest.mark.parametrize("instruction, width", NARROW)
def test_row_18_no_load_reads_more_than_it_says(load, instruction, width):
    """The last bytes of a memory can be loaded, and not one more. Guard: guarded_load() uses an
    access of the instruction's own width, far_address() compares with it."""
    module = load(
        "(memory 1) (memory 1)"
        + "".join(
            f'(func (export "{memory}") (param i32) (drop ({instruction} {memory} (local.get 0))))'
            for memory in (0, 1)
        )
    )
    for memory in ("0", "1"):
        assert module.call(memory, 65536 - width) == []
        traps(MEMORY, module.call, memory, 65537 - width)


@pytest.mark.parametrize("lane, width", [(8, 1), (16, 2), (32, 4), (64, 8)])
def test_row_18_lanes_at_the_end(load, lane, width):
    """The same for lanes, loaded and stored, of both memories."""
    module = load(
        "(memory (export \"memory\") 1) (memory 1)"
        + "".join(
            f"""
            (func (export "load {m}") (param i32)
              (drop (v128.load{lane}_lane {m} 0 (local.get 0) (v128.const i64x2 0 0))))
            (func (export "store {m}") (param i32)
              (v128.store{lane}_lane {m} 1 (local.get 0) (v128.const i64x2 -1 -1)))
            """
            for m in (0, 1)
        )
    )  # fmt: skip
    for memory in (0, 1):
        for name in ("load", "store"):
            assert module.call(f"{name} {memory}", 65536 - width) == []
            traps(MEMORY, module.call, f"{name} {memory}", 65537 - width)
    assert module.read_memory(65536 - 2 * width, 2 * width) == bytes(width) + b"\xff" * width


@pytest.mark.parametrize("instruction, width", [a for a in ACCESSES if "store" in a[0]])
def test_row_18_a_store_that_traps_writes_nothing(load, instruction, width):
    """Not even the part that is inside. Guard: one access for a store, or the comparison before."""
    type_ = instruction.split(".")[0]
    value = {"i": "({}.const -1)", "f": "({}.const -nan)", "v": "(v128.const i64x2 -1 -1)"}
    module = load(
        f"""
        (memory (export "memory") 1) (memory (export "second") 1)
        (func (export "memory 0") (param i32)
          ({instruction} 0 (local.get 0) {value[type_[0]].format(type_)}))
        (func (export "memory 1") (param i32)
          ({instruction} 1 (local.get 0) {value[type_[0]].format(type_)}))
        """
    )
    for number, memory in enumerate(("memory", "second")):
        for inside in range(width):
            traps(MEMORY, module.call, f"memory {number}", 65536 - inside)
        assert module.read_memory(65536 - 16, 16, memory) == bytes(16)


# Row 20 ----------------------------------------------------------------------------------------


def bits(value, size):
    return struct.unpack(
        "<I" if size == 32 else "<Q", struct.pack("<f" if size == 32 else "<d", value)
    )[0]


@pytest.mark.parametrize("size", [32, 64])
def test_row_20_bits_of_nans(load, size):
    """What only moves a number keeps every bit; sign operations change the sign alone; arithmetic
    gives quiet NaNs; min and max see NaNs and the sign of zero. Guard: wasm/numeric_float.h."""
    f, i = f"f{size}", f"i{size}"
    quiet = 0x400000 if size == 32 else 0x8000000000000
    exponent = 0x7F800000 if size == 32 else 0x7FF0000000000000
    sign = 1 << (size - 1)
    module = load(
        "".join(
            f"""
            (func (export "{name}") (param {i}) (result {i})
              ({i}.reinterpret_{f} ({f}.{name} ({f}.reinterpret_{i} (local.get 0)))))"""
            for name in ("abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt")
        )
        + "".join(
            f"""
            (func (export "{name}") (param {i} {i}) (result {i})
              ({i}.reinterpret_{f} ({f}.{name} ({f}.reinterpret_{i} (local.get 0))
                                               ({f}.reinterpret_{i} (local.get 1)))))"""
            for name in ("add", "sub", "mul", "div", "min", "max", "copysign")
        )
        + f"""
        (memory 1) (global $g (mut {f}) ({f}.const 0))
        (func $id (param {f}) (result {f}) (local.get 0))
        (func (export "move") (param {i}) (result {i}) (local {f})
          (local.set 1 (call $id ({f}.reinterpret_{i} (local.get 0))))
          ({f}.store (i32.const 0) (local.get 1))
          (global.set $g ({f}.load (i32.const 0)))
          ({i}.reinterpret_{f} (select (global.get $g) (local.get 1) (i32.const 1))))
        """
    )

    def call(name, *args):
        return module.call(name, *args)[0] % (1 << size)

    signalling = exponent | 1
    for pattern in (
        signalling,
        signalling | sign,
        exponent | quiet | 5,
        exponent | quiet,
        exponent,
    ):
        assert call("move", pattern) == pattern
        assert call("abs", pattern) == pattern & ~sign
        assert call("neg", pattern) == pattern ^ sign
        assert call("copysign", pattern, sign) == pattern | sign
        assert call("copysign", pattern, 0) == pattern & ~sign
    one = bits(1.0, size)
    for pattern in (signalling, signalling | sign, exponent | quiet | 5):
        for name in ("ceil", "floor", "trunc", "nearest", "sqrt"):
            assert call(name, pattern) & (exponent | quiet) == exponent | quiet, name
        for name in ("add", "sub", "mul", "div", "min", "max"):
            for pair in ((pattern, one), (one, pattern), (pattern, pattern)):
                assert call(name, *pair) & (exponent | quiet) == exponent | quiet, name
    for pair in ((0, sign), (sign, 0)):
        assert call("min", *pair) == sign
        assert call("max", *pair) == 0
    half = bits(-0.5, size)
    for name in ("ceil", "trunc", "nearest"):
        assert call(name, half) == sign  # minus zero
    assert call("nearest", bits(2.5, size)) == bits(2.0, size)
    assert call("div", 0, 0) & (exponent | quiet) == exponent | quiet

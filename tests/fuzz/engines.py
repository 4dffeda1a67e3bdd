# SPDX-License-Identifier: Apache-2.0
"""What a program does, in wasmtime and in Epsilon, in a form that can be compared.

A plan says what is done with a new instance: calls of one exported function, then a look at all
exported globals and memories, and at what the instance imported.
"""

import hashlib
import math
import random
import struct
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

import epsilon
import wasmtime
from module_reader import FUNC, GLOBAL, MEMORY, ModuleReader
from smith import PROVIDER, parse

TRAPS = {
    "STACK_OVERFLOW": "call stack exhausted",
    "MEMORY_OUT_OF_BOUNDS": "out of bounds memory access",
    "TABLE_OUT_OF_BOUNDS": "out of bounds table access",
    "INDIRECT_CALL_TO_NULL": "uninitialized element",
    "BAD_SIGNATURE": "indirect call type mismatch",
    "INTEGER_OVERFLOW": "integer overflow",
    "INTEGER_DIVISION_BY_ZERO": "integer divide by zero",
    "BAD_CONVERSION_TO_INTEGER": "invalid conversion to integer",
    "UNREACHABLE": "unreachable",
}
EXHAUSTED = ("trap", "call stack exhausted")

INTERESTING: Dict[str, List[Any]] = {
    "i32": [0, 1, -1, 2, 7, 31, 255, 65535, 65536, -(2**31), 2**31 - 1, 0x12345678],
    "i64": [0, 1, -1, 2, 63, 2**32, 2**31, -(2**31), -(2**63), 2**63 - 1, 0x123456789ABCDEF],
    "f32": [0.0, -0.0, 1.0, -1.5, 1e10, -1e-40, math.inf, -math.inf, math.nan],
    "f64": [0.0, -0.0, 1.0, -1.5, 1e300, -5e-324, math.inf, -math.inf, math.nan],
}

CALLS = 4  # of each function
TIMEOUT_MS = 20_000

Outcome = Tuple[Any, ...]


class HostError(Exception):
    """What host functions raise."""


class Host:
    """Host functions for one instance. What they return, and whether they raise, depends on what
    they were called with and how often; all calls end up in `calls`."""

    TYPES = {"i_i": ("i32", "i32"), "lil_l": ("i64", "i32", "i64", "i64"), "i_": ("i32",)}
    RESULTS = {"i_i": 1, "lil_l": 1, "i_": 0}

    def __init__(self) -> None:
        self.calls = hashlib.sha256()
        self.count = 0

    def function(self, name: str) -> Callable[..., Any]:
        def called(*args: int) -> Any:
            self.count += 1
            numbers = [number & 0xFFFFFFFFFFFFFFFF for number in args]
            self.calls.update(f"{name}{numbers};".encode())
            if (sum(numbers) + self.count) % 23 == 0:
                raise HostError
            if not self.RESULTS[name]:
                return None
            result = (sum(numbers) * 0x9E3779B1 + self.count) % 2**31
            return -result if result % 2 else result

        return called

    def outcome(self) -> Outcome:
        return ("host", self.count, self.calls.hexdigest())


class Plan(NamedTuple):
    """An instance per function, because the fuel of wasm-smith's modules is per instance."""

    name: str
    calls: List[List[Any]]
    params: List[str]  # types
    results: List[str]
    globals: List[Tuple[str, str]]  # name, type
    memories: List[str]
    module: ModuleReader

    def imports(self, module: str) -> List[str]:
        return [found.name for found in self.module.imports if found.module == module]

    def label(self, index: int) -> str:
        """What the outcome of this number is of."""
        labels = ["instantiation"]
        labels += [f"call {i} of {self.name!r}: {call}" for i, call in enumerate(self.calls)]
        labels += [f"global {name!r}" for name, _ in self.globals]
        labels += [f"memory {name!r}" for name in self.memories]
        labels += ["host functions", "provider's global", "provider's memory", "provider's table"]
        return labels[index]


def make_plans(data: bytes, seed: int) -> List[Plan]:
    chooser = random.Random(seed)
    module = ModuleReader(data)
    variables = [(e.name, module.globals[e.index]) for e in module.exports if e.kind == GLOBAL]
    memories = [e.name for e in module.exports if e.kind == MEMORY]
    plans = []
    for name, kind, index in module.exports:
        if kind == FUNC:
            params, results = module.functions[index]
            calls = [[chooser.choice(INTERESTING[t]) for t in params] for _ in range(CALLS)]
            plans.append(Plan(name, calls, params, results, variables, memories, module))
    return plans


def bits(value: Any, kind: str) -> Any:
    """A value in a form that compares by bits, NaNs as one."""
    if kind == "i32":
        return value & 0xFFFFFFFF
    if kind == "i64":
        return value & 0xFFFFFFFFFFFFFFFF
    if kind in ("f32", "f64"):
        if math.isnan(value):
            return "nan"
        return struct.pack("<f" if kind == "f32" else "<d", value).hex()
    return "reference"


class Contents:
    """A memory's bytes, as they are or a view of them; they show themselves in short."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents) and self.data == other.data

    def __repr__(self) -> str:
        return f"{len(self.data)} bytes {hashlib.sha256(self.data).hexdigest()[:16]}"


def trap_outcome(text: str) -> Outcome:
    # wasmtime has one code for both: an index that is out of bounds in a call too.
    return ("trap", text.replace("undefined element", "out of bounds table access"))


class Wasmtime:
    def __init__(self) -> None:
        config = wasmtime.Config()
        config.cranelift_opt_level = "none"
        config.parallel_compilation = False
        # Every proposal that Epsilon has, and no other.
        config.wasm_multi_memory = True
        config.wasm_tail_call = True
        config.wasm_simd = True
        for proposal in (
            "exceptions",
            "function_references",
            "gc",
            "memory64",
            "relaxed_simd",
            "threads",
        ):
            setattr(config, f"wasm_{proposal}", False)
        self.engine = wasmtime.Engine(config)
        self.provider = self.compile(parse(PROVIDER))

    def compile(self, data: bytes) -> Any:
        return wasmtime.Module(self.engine, data)

    def run(self, module: Any, plan: Plan) -> Iterator[Outcome]:
        store = wasmtime.Store(self.engine)
        host = Host()
        provider = wasmtime.Instance(store, self.provider, []).exports(store)
        imports = [
            self.host_function(store, host, name) if of == "host" else provider[name]
            for of, name, _ in plan.module.imports
        ]
        try:
            exports = wasmtime.Instance(store, module, imports).exports(store)
        except (wasmtime.Trap, wasmtime.WasmtimeError, HostError) as error:
            yield self.outcome_of(error)
            return
        yield ("instantiated",)
        for args in plan.calls:
            try:
                given = exports[plan.name](store, *args)
            except (wasmtime.Trap, wasmtime.WasmtimeError, HostError) as error:
                yield self.outcome_of(error)
                continue
            values = given if len(plan.results) > 1 else [given]
            yield ("returned", *map(bits, values, plan.results))
        for name, kind in plan.globals:
            yield ("global", bits(exports[name].value(store), kind))
        for name in plan.memories:
            yield ("memory", Contents(exports[name].read(store, 0, exports[name].data_len(store))))
        yield host.outcome()
        yield ("global", bits(provider["gi"].value(store), "i32"))
        memory = provider["memory"]
        yield ("memory", Contents(memory.read(store, 0, memory.data_len(store))))
        yield ("table", provider["table_state"](store))

    @staticmethod
    def host_function(store: Any, host: Host, name: str) -> Any:
        types = [getattr(wasmtime.ValType, kind)() for kind in Host.TYPES[name]]
        count = Host.RESULTS[name]
        kind = wasmtime.FuncType(types[: len(types) - count], types[len(types) - count :])
        return wasmtime.Func(store, kind, host.function(name))

    @staticmethod
    def outcome_of(error: Exception) -> Outcome:
        if isinstance(error, HostError):
            return ("host error",)
        if isinstance(error, wasmtime.Trap):
            code = error.trap_code
            name = code.name if code is not None else str(error)
            return ("trap", TRAPS.get(name, name))
        return ("trap", next((t for t in TRAPS.values() if t in str(error)), str(error)))


class Epsilon:
    """A module in a Runtime, by the package. Each instance is compiled for itself."""

    def __init__(self, runtime: epsilon.Runtime, provider: bytes, module: bytes) -> None:
        self.runtime = runtime
        self.provider = provider
        self.module = module

    def run(self, plan: Plan) -> Iterator[Outcome]:
        host = Host()
        provider = self.runtime.instantiate(self.provider)
        functions = {name: host.function(name) for name in plan.imports("host")}
        imports: epsilon._runtime.Imports = {"host": functions, "provider": provider}
        try:
            module = self.runtime.instantiate(self.module, imports=imports, timeout_ms=TIMEOUT_MS)
        except (epsilon.EpsilonError, HostError) as error:
            yield self.outcome_of(error)
            return
        with provider, module:
            yield ("instantiated",)
            for args in plan.calls:
                try:
                    values = module.call(plan.name, *args, timeout_ms=TIMEOUT_MS)
                except (epsilon.EpsilonError, HostError) as error:
                    yield self.outcome_of(error)
                    continue
                yield ("returned", *map(bits, values, plan.results))
            for name, kind in plan.globals:
                yield ("global", bits(module.get_global(name), kind))
            for name in plan.memories:
                pages = module.get_memory_size(name)
                yield ("memory", Contents(module.read_memory(0, pages * 65536, name)))
            yield host.outcome()
            yield ("global", bits(provider.get_global("gi"), "i32"))
            yield ("memory", Contents(provider.read_memory(0, provider.get_memory_size() * 65536)))
            yield ("table", *provider.call("table_state"))

    @staticmethod
    def outcome_of(error: Exception) -> Outcome:
        if isinstance(error, epsilon.EpsilonTrapError):
            return trap_outcome(error.trap or "")
        if isinstance(error, epsilon.EpsilonError):
            return (error.kind, error.message)
        return ("host error",)

# SPDX-License-Identifier: Apache-2.0
"""Epsilon by its C API, for runs of thousands of instances: it does and gives what engines.Epsilon
does by the package, in a third of the time."""

from typing import Any, Dict, Iterator, NamedTuple, Tuple

import epsilon
from engines import (
    INTERESTING,
    TIMEOUT_MS,
    Contents,
    Host,
    HostError,
    Outcome,
    Plan,
    bits,
    trap_outcome,
)
from epsilon._errors import CALLBACK_FAILED, check
from epsilon._native import c_string, ffi, lib, text
from epsilon._store import own

MOST_VALUES = 16  # parameters or results of what is called
HOST_ERROR = HostError.__name__
CODES = {"i32": lib.EPSILON_VALTYPE_I32, "i64": lib.EPSILON_VALTYPE_I64}


class Maker(NamedTuple):
    """A function of the library that gives a handle in its last parameter."""

    make: Any
    delete: Any
    out: Any  # the parameter's type

    @staticmethod
    def of(make: str, noun: str) -> "Maker":
        function = getattr(lib, f"epsilon_{make}")
        out = ffi.typeof(function).args[-1]
        return Maker(function, getattr(lib, f"epsilon_{noun}_delete"), out)

    def __call__(self, *args: Any) -> Any:
        out = ffi.new(self.out)
        check(self.make(*args, out))
        return own(out[0], self.delete)


new_options = Maker.of("options_new", "options")
new_compiled = Maker.of("compiled_new", "compiled")
new_imports = Maker.of("imports_new", "imports")
new_module = Maker.of("module_new", "module")
new_func = Maker.of("func_new_in_place", "func")
export_func = Maker.of("module_export_func", "func")
export_memory = Maker.of("module_export_memory", "memory")
export_global = Maker.of("module_export_global", "global")


def sized(name: str) -> Tuple[bytes, int]:
    encoded = name.encode()
    return encoded, len(encoded)


class Direct:
    """A module in a Runtime. With `shared` its instances are of one compiled module; otherwise each
    is compiled for itself, and nothing of it is hot when it begins."""

    def __init__(
        self, runtime: epsilon.Runtime, provider: bytes, module: bytes, shared: bool
    ) -> None:
        self.runtime = runtime._store.handle
        self.config = runtime._store.config
        self.module = module
        self.provider = self.compile(provider)
        self.compiled = self.compile(module) if shared else None
        self.values = ffi.new("epsilon_value_t[]", MOST_VALUES)
        self.options = new_options()
        check(lib.epsilon_options_set_timeout_ms(self.options, TIMEOUT_MS))
        self.host = Host()
        self.functions: Dict[str, Any] = {}
        self.callbacks: Dict[str, Any] = {}
        self.memory: Any = None

    def compile(self, data: bytes) -> Any:
        return new_compiled(self.config, data, len(data))

    def run(self, plan: Plan) -> Iterator[Outcome]:
        self.host = Host()
        provider = new_module(self.runtime, self.provider, ffi.NULL, self.options)
        imports = self.imports(plan, provider)
        compiled = self.compiled or self.compile(self.module)
        out = ffi.new(new_module.out)
        error = new_module.make(self.runtime, compiled, imports, self.options, out)
        if error:
            yield self.outcome_of(error)
            return
        module = own(out[0], new_module.delete)
        yield ("instantiated",)
        called = export_func(module, *sized(plan.name))
        for args in plan.calls:
            for i, (value, kind) in enumerate(zip(args, plan.params)):
                setattr(self.values[i], kind, value)
            yield self.call(called, len(args), plan.results)
        for name, kind in plan.globals:
            yield ("global", self.global_bits(module, name, kind))
        for name in plan.memories:
            yield self.contents(module, name)
        yield self.host.outcome()
        yield ("global", self.global_bits(provider, "gi", "i32"))
        yield self.contents(provider, "memory")
        state = self.call(export_func(provider, *sized("table_state")), 0, ["i64"])
        yield ("table", *state[1:])

    def imports(self, plan: Plan, provider: Any) -> Any:
        imports = new_imports()
        check(lib.epsilon_imports_add_module(imports, *sized("provider"), provider))
        for name in plan.imports("host"):
            if name not in self.functions:
                self.functions[name] = self.host_function(name)
            function = self.functions[name]
            check(lib.epsilon_imports_add_func(imports, *sized("host"), *sized(name), function))
        return imports

    def host_function(self, name: str) -> Any:
        kinds = Host.TYPES[name]
        params = kinds[: len(kinds) - Host.RESULTS[name]]
        results = kinds[len(params) :]

        def called(env: Any, values: Any) -> Any:
            args = [getattr(values[i], kind) for i, kind in enumerate(params)]
            try:
                result = self.host.function(name)(*args)
            except HostError:
                return lib.epsilon_error_new_host(*sized(HOST_ERROR), ffi.NULL, ffi.NULL)
            for kind in results:
                setattr(values[0], kind, result)
            return ffi.NULL

        callback = ffi.callback("epsilon_func_callback_in_place_t", called, error=CALLBACK_FAILED)
        self.callbacks[name] = callback
        types = [[CODES[kind] for kind in of] for of in (params, results)]
        return new_func(
            self.runtime, types[0], len(params), types[1], len(results),
            callback, ffi.NULL, ffi.NULL,
        )  # fmt: skip

    def call(self, called: Any, count: int, results: Any) -> Outcome:
        values = self.values
        error = lib.epsilon_func_call(called, values, count, TIMEOUT_MS, values, len(results))
        if error:
            return self.outcome_of(error)
        return self.returned(results)

    def returned(self, results: Any) -> Outcome:
        return ("returned", *[self.bits_of(self.values[i], kind) for i, kind in enumerate(results)])

    def global_bits(self, module: Any, name: str, kind: str) -> Any:
        check(lib.epsilon_global_get(export_global(module, *sized(name)), self.values))
        return self.bits_of(self.values[0], kind)

    @staticmethod
    def bits_of(value: Any, kind: str) -> Any:
        return bits(getattr(value, kind) if kind in INTERESTING else None, kind)

    def contents(self, module: Any, name: str) -> Outcome:
        # Kept until the next one: as long the view is good.
        self.memory = memory = export_memory(module, *sized(name))
        size = lib.epsilon_memory_byte_size(memory)
        data = ffi.buffer(lib.epsilon_memory_data(memory), size) if size else b""
        return ("memory", Contents(data))

    @staticmethod
    def outcome_of(error: Any) -> Outcome:
        kind = lib.epsilon_error_kind(error)
        try:
            if kind == lib.EPSILON_ERROR_TRAP:
                return trap_outcome(c_string(lib.epsilon_trap_text(lib.epsilon_error_trap(error))))
            size = ffi.new("size_t *")
            message = text(lib.epsilon_error_message(error, size), size[0])
            if kind == lib.EPSILON_ERROR_HOST and message == HOST_ERROR:
                return ("host error",)
            return (c_string(lib.epsilon_error_kind_name(kind)), message)
        finally:
            lib.epsilon_error_delete(error)

# SPDX-License-Identifier: Apache-2.0
"""Runtime: the world that WebAssembly programs run in, and its limits."""

import os
from types import TracebackType
from typing import (
    Any,
    Callable,
    ClassVar,
    Dict,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Type,
    Union,
)

from epsilon import _sandbox, _tiers
from epsilon._compiled import (
    CompiledModule,
    CompileOptions,
    WasmBytes,
    constants,
    file_bytes,
    new_config,
)
from epsilon._errors import check, raise_owned
from epsilon._func import Func
from epsilon._global import Global, new_global
from epsilon._imports import Imports, bind, new_func
from epsilon._instance import Instance
from epsilon._interrupt import InterruptHandle
from epsilon._memory import Memory, new_memory
from epsilon._module import Module
from epsilon._native import ffi, lib
from epsilon._pauses import set_pauses
from epsilon._store import Store, counted, give_up_all, own
from epsilon._table import Table, new_table
from epsilon._values import (
    NO_FUEL_LIMIT,
    NO_TIMEOUT,
    fuel_amount,
    milliseconds,
    uint64,
)
from epsilon._wasi import Wasi


def features() -> Dict[str, bool]:
    """The WebAssembly features that this library knows, and whether it supports them; and, as
    "baseline compiler", whether functions can be compiled to machine code here: not where there is
    no compiler for the processor, or where the system forbids code that is made at run time."""
    codes = constants(lib.epsilon_feature_name)
    found = {name: bool(lib.epsilon_feature_supported(code)) for name, code in codes.items()}
    found["baseline compiler"] = bool(lib.epsilon_build_baseline_compiler())
    return found


class Usage(NamedTuple):
    """What a program has used."""

    fuel: int
    instructions: int


@counted("_store")
class Runtime:
    """A world for WebAssembly programs, with its limits.

    A Runtime and what is made in it is used by one thread at a time: a second thread that enters
    during a call gets an EpsilonUsageError. It can be closed, and dropped, anywhere.
    """

    PAGE_SIZE: ClassVar[int] = 65536
    """Bytes in a page of memory."""
    MAX_PAGES: ClassVar[int] = 32768
    """To how many pages a memory without a declared maximum may grow, if no cap is given."""

    def __init__(
        self,
        max_memory_pages: int = 0,
        *,
        max_total_memory_bytes: int = 0,
        max_table_elements: Optional[int] = None,
        max_memories: Optional[int] = None,
        max_tables: int = 0,
        max_instances: int = 0,
        max_call_depth: int = 0,
        max_stack_bytes: int = 0,
        max_module_bytes: Optional[int] = None,
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
        metering: bool = False,
        ceilings: bool = False,
        features: Optional[Mapping[str, bool]] = None,
        module_limits: Optional[Mapping[str, int]] = None,
        explicit_checks: bool = False,
        signals: bool = True,
        tiers: str = _tiers.DEFAULT,
        tier_thresholds: Optional[Tuple[int, int]] = None,
    ) -> None:
        """Makes a runtime.

        max_memory_pages caps every memory, in pages of 64 KiB; 0 means none given: then a memory's
        declared maximum holds, and a memory that declares none may grow to MAX_PAGES.
        max_total_memory_bytes caps all memories and tables together; 0 is no cap.
        max_table_elements caps each table; None is 10,000,000.
        max_memories, max_tables and max_instances cap how many there are of each; None is 10,000
        memories, 0 is no cap.
        max_call_depth caps the nested calls of a program exactly; with 0 max_stack_bytes decides.
        max_stack_bytes is the size of the programs' stack; 0 is 64 MiB.
        max_module_bytes caps the size of a module; None is 1 GiB.
        timeout_ms limits every call and start function that names no timeout of its own; None and 0
        are no limit.
        fuel is what all programs together may use: about one for each instruction (docs/fuel.md);
        a program that has none left is stopped with EpsilonFuelError.
        metering counts the same without a pool, for `instructions`, `fuel_used`, `last_call` and
        limits on single calls. Either costs programs up to 3 %.
        ceilings makes max_memory_pages, timeout_ms and fuel ceilings: what `instantiate`, a call or
        `fuel` asks for can be lower, never higher.
        features switches WebAssembly features off and on, by the names that features() gives.
        module_limits sets limits on the modules themselves, such as {"locals": 1000}.
        explicit_checks bounds memories by comparisons instead of guard pages.
        signals=False keeps the library from installing signal handlers.
        tiers says how programs are executed: "interpreter"; "compiled", each function to machine
        code at its first call; "tiered", when it is hot. What can't be compiled is interpreted.
        tier_thresholds is when a function is hot: after so many calls of it, or rounds of one of
        its loops. None is what suits most programs.
        """
        config = new_config()
        sizes: Dict[str, Optional[int]] = {
            "max_memory_pages": max_memory_pages,
            "max_total_memory_bytes": max_total_memory_bytes,
            "max_table_elements": max_table_elements,
            "max_memories": max_memories,
            "max_tables": max_tables,
            "max_instances": max_instances,
            "max_call_depth": max_call_depth,
            "max_stack_bytes": max_stack_bytes,
        }
        for name, size in sizes.items():
            if size is not None or name not in ("max_table_elements", "max_memories"):
                setter = getattr(lib, f"epsilon_config_set_{name}")
                check(setter(config, uint64(size, name)))
        default_timeout = milliseconds(timeout_ms)
        if default_timeout != NO_TIMEOUT:
            check(lib.epsilon_config_set_timeout_ms(config, default_timeout))
        if metering:
            check(lib.epsilon_config_set_metering(config, True))
        if fuel is not None:
            check(lib.epsilon_config_set_fuel(config, fuel_amount(fuel)))
        options = CompileOptions.of(features, module_limits)
        if max_module_bytes is not None:
            size = uint64(max_module_bytes, "max_module_bytes")
            options = options.with_module_bytes(size)
        options.apply(config)
        check(lib.epsilon_config_set_ceilings(config, bool(ceilings)))
        if explicit_checks:
            check(lib.epsilon_config_set_memory_checks(config, lib.EPSILON_MEMORY_CHECKS_EXPLICIT))
        check(lib.epsilon_config_set_signals(config, bool(signals)))
        _tiers.set_tiers(config, tiers, tier_thresholds)
        self._store = Store(config, options, bool(signals))
        self._interrupt: Optional[InterruptHandle] = None
        set_pauses(self._store.handle)

    @classmethod
    def sandboxed(
        cls,
        *,
        max_memory_pages: int = _sandbox.MEMORY_PAGES,
        max_total_memory_bytes: int = _sandbox.MEMORY_BYTES,
        max_table_elements: Optional[int] = _sandbox.TABLE_ELEMENTS,
        max_memories: Optional[int] = _sandbox.MEMORIES,
        max_tables: int = _sandbox.TABLES,
        max_instances: int = _sandbox.INSTANCES,
        max_call_depth: int = _sandbox.CALL_DEPTH,
        max_stack_bytes: int = _sandbox.STACK_BYTES,
        max_module_bytes: Optional[int] = _sandbox.MODULE_BYTES,
        timeout_ms: Optional[float] = _sandbox.TIMEOUT_MS,
        fuel: Optional[int] = _sandbox.FUEL,
        module_limits: Optional[Mapping[str, int]] = None,
        features: Optional[Mapping[str, bool]] = None,
        explicit_checks: bool = False,
        signals: bool = True,
        tiers: str = _tiers.DEFAULT,
        tier_thresholds: Optional[Tuple[int, int]] = None,
    ) -> "Runtime":
        """Makes a runtime for programs that nobody trusts: memory, time, fuel, depth and the sizes
        of modules are capped, and nothing that is said later lifts a cap (docs/security.md).

        Every cap can be given here instead, as to Runtime(); module_limits is added to
        `epsilon.SANDBOX_MODULE_LIMITS`. Without more said: 256 MiB for all memories and tables
        together, 10 seconds for a call or a start function, ten thousand million instructions for
        all calls together (`runtime.fuel = n` fills up again), 10,000 nested calls in 16 MiB of
        stack, modules of 64 MiB.
        """
        return cls(
            max_memory_pages,
            max_total_memory_bytes=max_total_memory_bytes,
            max_table_elements=max_table_elements,
            max_memories=max_memories,
            max_tables=max_tables,
            max_instances=max_instances,
            max_call_depth=max_call_depth,
            max_stack_bytes=max_stack_bytes,
            max_module_bytes=max_module_bytes,
            timeout_ms=timeout_ms,
            fuel=fuel,
            ceilings=True,
            features=features,
            module_limits=_sandbox.module_limits(module_limits),
            explicit_checks=explicit_checks,
            signals=signals,
            tiers=tiers,
            tier_thresholds=tier_thresholds,
        )

    def compile(self, wasm_bytes: WasmBytes) -> CompiledModule:
        """Decodes and validates a module, with the features and the limits on modules of this
        Runtime. The result belongs to no Runtime and no thread."""
        self._store.check_open()
        return CompiledModule._with(wasm_bytes, self._store.options, self._store.config)

    def instantiate(
        self,
        wasm_bytes: Union[WasmBytes, CompiledModule],
        max_memory_pages: Optional[int] = None,
        *,
        imports: Optional[Imports] = None,
        wasi: Optional[Wasi] = None,
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
    ) -> Module:
        """Instantiates a module and runs its start function. It is decoded and validated first, if
        it is not a CompiledModule.

        max_memory_pages replaces the Runtime's cap for the memories of this module; an explicit 0
        lifts MAX_PAGES too. imports gives what the module imports, and wasi what programs that use
        WASI import beside it. timeout_ms and fuel limit the start function.
        """
        module, error = self._attempt(wasm_bytes, max_memory_pages, imports, wasi, timeout_ms, fuel)
        if module is None:
            try:
                raise_owned(error)
            finally:
                del error
        return module

    def _attempt(
        self,
        wasm_bytes: Union[WasmBytes, CompiledModule],
        max_memory_pages: Optional[int],
        imports: Optional[Imports],
        wasi: Optional[Wasi],
        timeout_ms: Optional[float],
        fuel: Optional[int],
    ) -> Tuple[Optional[Module], Any]:
        """Instantiates a module, or gives the library's error: the start function's, perhaps."""
        store = self._store
        store.check_open()
        compiled = wasm_bytes
        if not isinstance(compiled, CompiledModule):
            compiled = CompiledModule._with(compiled, store.options, store.config)
        handle = compiled._for(store.options, store.config)
        options = self._options(max_memory_pages, timeout_ms, fuel)
        handles = [options]
        out = ffi.new("epsilon_module_t **")
        try:
            bound = ffi.NULL
            if imports is not None or wasi is not None:
                bound = bind(store, handle, imports, wasi, handles)
            error = lib.epsilon_module_new(store.handle, handle, bound, options, out)
            if error:
                return None, own(error, lib.epsilon_error_delete)
        finally:
            give_up_all(handles)
        return Module(Instance(store, own(out[0], lib.epsilon_module_delete), compiled, wasi)), None

    def instantiate_file(
        self,
        file_path: Union[str, "os.PathLike[str]"],
        max_memory_pages: Optional[int] = None,
        *,
        imports: Optional[Imports] = None,
        wasi: Optional[Wasi] = None,
        timeout_ms: Optional[float] = None,
        fuel: Optional[int] = None,
    ) -> Module:
        """Instantiates a module from a file, in binary or text form, as instantiate."""
        self._store.check_open()
        return self.instantiate(
            file_bytes(file_path),
            max_memory_pages,
            imports=imports,
            wasi=wasi,
            timeout_ms=timeout_ms,
            fuel=fuel,
        )

    def memory(self, minimum: int, maximum: Optional[int] = None) -> Memory:
        """Makes a memory of `minimum` pages of 64 KiB, zeroed, which modules can import. Without a
        maximum it may grow as far as the Runtime's caps let it."""
        return new_memory(self._store, minimum, maximum)

    def table(
        self,
        element: str = "funcref",
        minimum: int = 0,
        maximum: Optional[int] = None,
        init: Any = None,
    ) -> Table:
        """Makes a table of `minimum` elements, each `init`, which modules can import. `element` is
        "funcref" or "externref"."""
        return new_table(self._store, element, minimum, maximum, init)

    def global_(self, type: str, value: Any, mutable: bool = False) -> Global:
        """Makes a global of a type such as "i32", which modules can import."""
        return new_global(self._store, type, value, mutable)

    def func(
        self, callable: Callable[..., Any], params: Sequence[str], results: Sequence[str]
    ) -> Func:
        """Makes a function of WebAssembly that calls `callable`, with these types of parameters
        and results, such as ["i32", "f64"]. (A callable given as an import has the import's type;
        this is for tables, and where one function serves many modules.)"""
        return new_func(self._store, callable, params, results)

    def interrupt(self) -> None:
        """Stops the program that is running in this Runtime, from another thread or a signal
        handler: its call raises EpsilonInterruptedError. If none is running nothing happens, then
        or later."""
        self._store.check_open()
        handle = self._interrupt
        if handle is None:
            handle = self._interrupt = InterruptHandle(self._store)
        handle.interrupt()

    def interrupt_handle(self) -> InterruptHandle:
        """Something whose method interrupt() does the same, and which can be given away: it does
        not keep the Runtime open."""
        self._store.check_open()
        return InterruptHandle(self._store)

    def check_signal_handlers(self) -> None:
        """Puts the library's handlers of SIGSEGV and SIGBUS in front again. Needed after something
        else than Python's faulthandler installed handlers that don't pass on what isn't theirs,
        such as signal.signal(); making a Runtime or Module does it too."""
        self._store.check_open()
        self._store.check_signal_handlers()

    @property
    def tiers(self) -> str:
        """How programs are executed: as was asked for, but "interpreter" where nothing can be
        compiled."""
        self._store.check_open()
        return _tiers.tiers_of(self._store.handle)

    @property
    def fuel(self) -> Optional[int]:
        """What is left in the pool of fuel; None if there is no pool. Can be set, also during a
        call, from a host function; None takes the pool away."""
        self._store.check_open()
        left = ffi.new("uint64_t *")
        check(lib.epsilon_runtime_fuel(self._store.handle, left))
        return None if left[0] == NO_FUEL_LIMIT else int(left[0])

    @fuel.setter
    def fuel(self, amount: Optional[int]) -> None:
        self._store.check_open()
        value = NO_FUEL_LIMIT if amount is None else fuel_amount(amount)
        check(lib.epsilon_runtime_set_fuel(self._store.handle, value))

    def add_fuel(self, amount: int) -> None:
        """Adds to the pool of fuel."""
        self._store.check_open()
        check(lib.epsilon_runtime_add_fuel(self._store.handle, uint64(amount, "fuel")))

    @property
    def instructions(self) -> int:
        """How many instructions the programs have executed since the Runtime was made."""
        return self._usage(lib.epsilon_runtime_usage).instructions

    @property
    def fuel_used(self) -> int:
        """How much fuel the programs have used since the Runtime was made."""
        return self._usage(lib.epsilon_runtime_usage).fuel

    @property
    def last_call(self) -> Usage:
        """What the call that ended last has used, whether it succeeded or not, with all calls
        inside it. Start functions are calls too."""
        return self._usage(lib.epsilon_runtime_last_call_usage)

    def _usage(self, ask: Callable[..., Any]) -> Usage:
        self._store.check_open()
        out = ffi.new("uint64_t[2]")
        check(ask(self._store.handle, out, out + 1))
        return Usage(int(out[0]), int(out[1]))

    def close(self) -> None:
        """Closes all modules and gives everything up. Any number of times; every other method
        then raises EpsilonError("Runtime is closed"). A call_async that is going on is stopped, and
        raises that too."""
        store = self._store
        self._interrupt = None
        store.close()
        if store.async_calls is not None:
            from epsilon import _async

            _async.stop_all_of(store)

    def __enter__(self) -> "Runtime":
        self._store.check_open()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = " (closed)" if self._store.closed else ""
        return f"<epsilon.Runtime at {id(self):#x}{state}>"

    @staticmethod
    def _options(
        max_memory_pages: Optional[int], timeout_ms: Optional[float], fuel: Optional[int]
    ) -> Any:
        if max_memory_pages is None and timeout_ms is None and fuel is None:
            return ffi.NULL
        out = ffi.new("epsilon_options_t **")
        check(lib.epsilon_options_new(out))
        options = own(out[0], lib.epsilon_options_delete)
        if max_memory_pages is not None:
            pages = uint64(max_memory_pages, "max_memory_pages")
            check(lib.epsilon_options_set_max_memory_pages(options, pages))
        check(lib.epsilon_options_set_timeout_ms(options, milliseconds(timeout_ms)))
        if fuel is not None:
            check(lib.epsilon_options_set_fuel(options, fuel_amount(fuel)))
        return options

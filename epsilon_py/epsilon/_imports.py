# SPDX-License-Identifier: Apache-2.0
"""What a module's imports are bound to."""

from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
)

from epsilon._errors import EpsilonUsageError, UsageTypeError, UsageValueError, check
from epsilon._exports import Exports
from epsilon._extern import Extern
from epsilon._func import Func, value_types
from epsilon._global import Global
from epsilon._host import host_func
from epsilon._instance import Instance
from epsilon._memory import Memory
from epsilon._module import Module
from epsilon._native import ffi, lib, text
from epsilon._store import Store, own
from epsilon._table import Table
from epsilon._values import ValueType, name_bytes, value_type_named
from epsilon._wasi import Wasi

Importable = Union[Callable[..., Any], Func, Memory, Table, Global]
Imports = Mapping[str, Union[Module, Exports, Mapping[str, Importable]]]
"""What a module's imports are bound to: for each module name another Module, or the exports of one,
which are taken by name, or a mapping of names to callables and objects of the Runtime."""


class _Import(NamedTuple):
    """An import of a compiled module; the texts and the type are the library's."""

    module: Tuple[Any, int]
    name: Tuple[Any, int]
    type: Any
    given: Any

    @property
    def place(self) -> str:
        return f"import {text(*self.module)}.{text(*self.name)}"


def bind(
    store: Store,
    compiled: Any,
    imports: Optional[Imports],
    wasi: Optional[Wasi],
    handles: List[Any],
) -> Any:
    """The library's set of imports for what `compiled` asks for. What is missing in `imports`, and
    no function of WASI, is left out: the library's error lists all of it. The handles made are
    added to `handles`."""
    modules: Dict[str, Instance] = {}
    wanted: List[_Import] = []
    if imports is not None:
        if not isinstance(imports, Mapping):
            raise UsageTypeError(f"imports must be a mapping, not {type(imports).__name__}")
        # The mappings are the user's: their methods may do anything, so they are asked first.
        modules, wanted = _ask(compiled, imports)
    if wasi is not None and not isinstance(wasi, Wasi):
        raise UsageTypeError(f"wasi must be a Wasi, not {type(wasi).__name__}")
    store.check_open()
    out = ffi.new("epsilon_imports_t **")
    check(lib.epsilon_imports_new(out))
    bound = own(out[0], lib.epsilon_imports_delete)
    handles.append(bound)
    for name, instance in modules.items():
        _use(store, instance.store, instance.check_open, f"imports[{name!r}]")
        encoded = name_bytes(name, "module name")
        check(lib.epsilon_imports_add_module(bound, encoded, len(encoded), instance.handle))
    for item in wanted:
        add, handle = _object_for(store, item, handles)
        check(add(bound, *item.module, *item.name, handle))
    if wasi is not None:
        wasi._add_to(bound, store)
    return bound


def _ask(compiled: Any, imports: Imports) -> Tuple[Dict[str, Instance], List[_Import]]:
    """What `imports` has of the modules, and of the single imports, that `compiled` asks for."""
    module, name = ffi.new("const char **"), ffi.new("const char **")
    sizes = ffi.new("size_t[2]")
    described = ffi.new("const epsilon_type_t **")
    # Each is asked for once, and the same one for all: a module may import a million times.
    scopes: Dict[str, Any] = {}
    modules: Dict[str, Instance] = {}
    seen: Set[Tuple[str, str]] = set()
    wanted: List[_Import] = []
    for i in range(lib.epsilon_compiled_import_count(compiled)):
        check(lib.epsilon_compiled_import(compiled, i, module, sizes, name, sizes + 1, described))
        names = text(module[0], sizes[0]), text(name[0], sizes[1])
        if names in seen:
            continue
        seen.add(names)
        module_name, import_name = names
        if module_name not in scopes:
            scopes[module_name] = _scope(imports, module_name)
        scope = scopes[module_name]
        if isinstance(scope, Instance):
            modules[module_name] = scope
        elif scope is not None:
            try:
                given = scope[import_name]
            except KeyError:
                continue
            wanted.append(_Import((module[0], sizes[0]), (name[0], sizes[1]), described[0], given))
    return modules, wanted


def _scope(imports: Imports, name: str) -> Any:
    """An instance, a mapping, or None if there is nothing of this name."""
    try:
        given = imports[name]
    except KeyError:
        return None
    if isinstance(given, (Module, Exports)):
        return given._instance
    if given is None or isinstance(given, Mapping):
        return given
    raise UsageTypeError(
        f"imports[{name!r}] must be a Module or a mapping, not {type(given).__name__}"
    )


def _use(store: Store, its_store: Store, check_open: Callable[[], None], place: str) -> None:
    """Refuses what can't be used in this store."""
    try:
        check_open()
    except EpsilonUsageError as error:
        raise EpsilonUsageError(f"{place}: {error}") from None
    if its_store is not store:
        raise UsageValueError(f"{place} belongs to another Runtime")


_OBJECTS: Tuple[Tuple[Type[Union[Func, Extern]], Any], ...] = (
    (Func, lib.epsilon_imports_add_func),
    (Memory, lib.epsilon_imports_add_memory),
    (Table, lib.epsilon_imports_add_table),
    (Global, lib.epsilon_imports_add_global),
)


def _object_for(store: Store, item: _Import, handles: List[Any]) -> Tuple[Any, Any]:
    """How the library takes an object, and its handle."""
    given = item.given
    for kind, add in _OBJECTS:
        if isinstance(given, kind):
            _use(store, given._store, given._check_open, item.place)
            return add, given._handle
    if not callable(given):
        raise UsageTypeError(
            f"{item.place} must be callable, or a Func, Memory, Table or Global, "
            f"not {type(given).__name__}"
        )
    # For an import of another kind the type is empty, and the library says that it is none.
    handle = host_func(
        store,
        given,
        item.place[len("import ") :],
        value_types(lib.epsilon_type_params, item.type),
        value_types(lib.epsilon_type_results, item.type),
    )
    handles.append(handle)
    return lib.epsilon_imports_add_func, handle


def new_func(
    store: Store,
    function: Callable[..., Any],
    params: Sequence[str],
    results: Sequence[str],
) -> Func:
    """A Func of the store's own, that calls `function`."""
    if not callable(function):
        raise UsageTypeError(f"callable must be callable, not {type(function).__name__}")
    takes, gives = _types_named(params, "params"), _types_named(results, "results")
    store.check_open()
    name = getattr(function, "__name__", "")
    name = name if isinstance(name, str) and name else "host function"
    return Func(store, host_func(store, function, name, takes, gives), name)


def _types_named(names: object, what: str) -> Tuple[ValueType, ...]:
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise UsageTypeError(f"{what} must be a sequence of types, not {type(names).__name__}")
    return tuple(value_type_named(name, f"{what}[{i}]") for i, name in enumerate(names))

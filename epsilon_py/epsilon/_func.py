# SPDX-License-Identifier: Apache-2.0
"""Functions of WebAssembly, callable from Python.

A call costs little more than the foreign call: the values lie in a buffer prepared for the
function. A call takes a buffer out of the free list for itself alone, because between filling it
and reading the results other code can run and call the same function: a host function, another
thread, a signal handler, a destructor.
"""

from struct import Struct
from typing import (
    Any,
    Callable,
    Dict,
    List,
    NoReturn,
    Optional,
    Sequence,
    Tuple,
    Type,
)

from epsilon._call import MISSING, call_of_numbers, takes_integers
from epsilon._errors import (
    EpsilonUsageError,
    UsageTypeError,
    UsageValueError,
    raise_error,
    raise_owned,
)
from epsilon._native import ffi, lib, text
from epsilon._objects import finalizers, object_of
from epsilon._store import (
    REFERENCE_COUNTED,
    RUNTIME_CLOSED,
    Owner,
    Store,
    counted,
    counting,
    give_up,
    give_up_all,
    own,
)
from epsilon._types import FuncType
from epsilon._values import (
    NO_FUEL_LIMIT,
    TYPE_NAMES,
    TYPES,
    V128_SIZE,
    BadValue,
    ValueType,
    fuel_amount,
    milliseconds,
)

_NULL = ffi.NULL


def value_types(ask: Callable[[Any, Any], Any], function_type: Any) -> Tuple[ValueType, ...]:
    """Parameters or results of a type of the library's: `ask` says which."""
    count = ffi.new("size_t *")
    codes = ask(function_type, count)
    return tuple(TYPES[int(codes[i])] for i in range(count[0]))


def write_value(
    cells: Any, index: int, value_type: ValueType, value: object, store: Store, keep: List[Any]
) -> None:
    """Stores a value of any type. What must live until the library has read it goes into `keep`.
    Raises BadValue."""
    if value_type.encode is None:
        cells[index].ref = _encode_reference(value_type, value, store, keep)
    elif value_type.code == lib.EPSILON_VALTYPE_V128:
        ffi.memmove(cells + index, value_type.encode(value), V128_SIZE)
    else:
        setattr(cells[index], value_type.member, value_type.encode(value))


def read_values(cells: Any, types: Sequence[ValueType], store: Store) -> List[Any]:
    """Reads values of any types."""
    # The references are good until something is done in the runtime: handles that were made for
    # the first ones are deleted after the last was read.
    keep: List[Any] = []
    values = [_read_value(cells, i, t, store, keep) for i, t in enumerate(types)]
    give_up_all(keep)
    return values


def _read_value(
    cells: Any, index: int, value_type: ValueType, store: Store, keep: List[Any]
) -> Any:
    if value_type.encode is None:
        return _decode_reference(value_type, cells[index].ref, store, keep)
    if value_type.code == lib.EPSILON_VALTYPE_V128:
        return bytes(ffi.buffer(cells + index, V128_SIZE))
    return getattr(cells[index], value_type.member)


def _encode_reference(value_type: ValueType, value: object, store: Store, keep: List[Any]) -> int:
    if value is None:
        return 0
    if value_type.code == lib.EPSILON_VALTYPE_FUNCREF:
        if not isinstance(value, Func):
            raise BadValue(UsageTypeError, f"expected a Func or None, got {type(value).__name__}")
        if value._store is not store:
            raise BadValue(UsageValueError, "the function belongs to another Runtime")
        value._check_open()
        keep.append(value)
        return int(lib.epsilon_func_ref(value._handle))
    out = ffi.new("epsilon_externref_t **")
    error = lib.epsilon_externref_new(
        store.handle, store.objects.add(value), finalizers().object_unreachable, out
    )
    if error:
        raise_error(error)
    handle = own(out[0], lib.epsilon_externref_delete)
    keep.append(handle)
    return int(lib.epsilon_externref_ref(handle))


def _decode_reference(value_type: ValueType, ref: int, store: Store, keep: List[Any]) -> object:
    if ref == 0:
        return None
    if value_type.code == lib.EPSILON_VALTYPE_FUNCREF:
        out = ffi.new("epsilon_func_t **")
        error = lib.epsilon_runtime_func_from_ref(store.handle, ref, out)
        if error:
            raise_error(error)
        return Func(store, own(out[0], lib.epsilon_func_delete), None)
    out = ffi.new("epsilon_externref_t **")
    error = lib.epsilon_runtime_externref_from_ref(store.handle, ref, out)
    if error:
        raise_error(error)
    handle = own(out[0], lib.epsilon_externref_delete)
    keep.append(handle)
    try:
        return object_of(lib.epsilon_externref_data(handle))
    except KeyError:
        raise EpsilonUsageError("the external reference is not a Python object") from None


def _layout(types: Sequence[ValueType]) -> Struct:
    """Numbers of these types in the library's values."""
    return Struct("=" + "".join(t.pack for t in types))


class _NoBuffers(List[Any]):
    """The free list of a function that is closed: a call that was going on gives its buffer back
    here."""

    def append(self, buffer: Any) -> None:
        give_up(buffer[0])


@counted("_store")
class Func(Owner):
    """A function of WebAssembly, or one given to it.

    Calling it gives None, the result, or a tuple of the results. Two of them are equal if they are
    the same function.
    """

    __slots__ = (
        "__weakref__", "_all_numbers", "_call", "_closed_message", "_free", "_handle", "_name",
        "_nparams", "_nresults", "_pack", "_params", "_results", "_store", "_unpack",
    )  # fmt: skip

    def __init__(
        self,
        store: Store,
        handle: Any,
        name: Optional[str],
        closed_message: str = RUNTIME_CLOSED,
    ) -> None:
        function_type = lib.epsilon_func_type(handle)
        self._store = store
        self._handle = handle
        self._name = name
        self._closed_message = closed_message
        self._params = value_types(lib.epsilon_type_params, function_type)
        self._results = value_types(lib.epsilon_type_results, function_type)
        self._nparams = len(self._params)
        self._nresults = len(self._results)
        self._all_numbers = all(t.exact is not None for t in self._params + self._results)
        self._pack = _layout(self._params).pack_into
        self._unpack = _layout(self._results).unpack_from
        # For each call that is going on one, taken out of here: a prepared call of the library's,
        # and its values as bytes.
        self._free: List[Tuple[Any, Any]] = []
        # One more whose array is not used, for functions of integers.
        self._call: Any = _NULL
        if self._all_numbers:
            if takes_integers(self._params, self._results):
                self._call = self._new_call()
            self.__class__ = _class_for(self._params, self._results)
        store.register(self)

    @property
    def name(self) -> str:
        """The function's name: that of the export, of the name section, or its index."""
        if self._name is None:
            self._check_open()
            size = ffi.new("size_t *")
            pointer = lib.epsilon_func_name(self._handle, size)
            index = ffi.new("uint32_t *")
            if pointer:
                self._name = text(pointer, size[0])
            elif lib.epsilon_func_index(self._handle, index):
                self._name = f"function {index[0]}"
            else:
                self._name = "host function"
        return self._name

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def type(self) -> FuncType:
        """The function's type."""
        return FuncType(self.params, self.results)

    @property
    def params(self) -> Tuple[str, ...]:
        """The names of the parameters' types."""
        return tuple(t.name for t in self._params)

    @property
    def results(self) -> Tuple[str, ...]:
        """The names of the results' types."""
        return tuple(t.name for t in self._results)

    def __call__(
        self, *args: Any, timeout_ms: Optional[float] = None, fuel: Optional[int] = None
    ) -> Any:
        """Calls the function; the arguments are converted by its type. `timeout_ms` and `fuel`
        limit the call, as for Module.call."""
        return self._call_any(args, timeout_ms, fuel)

    async def call_async(
        self, *args: Any, timeout_ms: Optional[float] = None, fuel: Optional[int] = None
    ) -> Any:
        """Calls it as `Module.call_async` does."""
        self._check_open()
        from epsilon import _async  # it takes longer to import than all the rest

        return await _async.run(self._store, lambda: self(*args, timeout_ms=timeout_ms, fuel=fuel))

    def __repr__(self) -> str:
        if not self._handle:
            return "<epsilon.Func (closed)>"
        return f"<epsilon.Func {self.name!r} {self.type}>"

    def _ref(self) -> int:
        return int(lib.epsilon_func_ref(self._handle))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Func):
            return NotImplemented
        return self is other or (self._store is other._store and self._ref() == other._ref() != 0)

    def __hash__(self) -> int:
        # Not the reference: a hash must not change when the Runtime is closed.
        return hash((id(self._store), self._params, self._results))

    def _check_open(self) -> None:
        if not self._handle:
            raise EpsilonUsageError(self._closed_message)

    def _release(self) -> None:
        handle, self._handle = self._handle, _NULL
        free, self._free = self._free, _NoBuffers()
        unbuffered, self._call = self._call, _NULL
        for dropped in (handle, unbuffered):
            self._store.give_up(dropped)
        while free:
            try:
                buffer = free.pop()
            except IndexError:  # another thread took it for a call
                break
            give_up(buffer[0])

    def _call_any(
        self, args: Sequence[Any], timeout_ms: Optional[float], fuel: Optional[int]
    ) -> Any:
        """Calls the function, whatever it takes and gives."""
        while args and args[-1] is MISSING:
            args = args[:-1]
        if len(args) != self._nparams:
            self._check_open()
            raise self._count_error(len(args))
        timeout = 0 if timeout_ms is None else milliseconds(timeout_ms)
        limit = NO_FUEL_LIMIT if fuel is None else fuel_amount(fuel)
        try:
            buffer = self._free.pop()
        except IndexError:
            buffer = self._new_buffer()
        call, memory = buffer
        cells = lib.epsilon_call_values(call)
        keep: List[Any] = []
        try:
            for i, value_type in enumerate(self._params):
                try:
                    write_value(cells, i, value_type, args[i], self._store, keep)
                except BadValue as bad:
                    raise bad.at(f"{self.name}: parameter {i} ({value_type.name})") from None
            error = lib.epsilon_call_run_metered(call, timeout, limit)
            if error:
                error = ffi.gc(error, lib.epsilon_error_delete)
                try:
                    raise_owned(error)
                finally:
                    del error
            values: Sequence[Any]
            if self._all_numbers:
                values = self._unpack(memory)
            else:
                values = tuple(read_values(cells, self._results, self._store))
        finally:
            give_up_all(keep)
            self._free.append(buffer)
        if self._nresults == 1:
            return values[0]
        return values or None

    def _new_call(self) -> Any:
        handle = self._handle  # another thread may close it
        if not handle:
            self._check_open()
        out = ffi.new("epsilon_call_t **")
        error = lib.epsilon_call_new(handle, out)
        if error:
            raise_error(error)
        return own(out[0], lib.epsilon_call_delete)

    def _new_buffer(self) -> Tuple[Any, Any]:
        self._check_open()
        call = self._new_call()
        size = V128_SIZE * max(self._nparams, self._nresults, 1)
        return call, ffi.buffer(lib.epsilon_call_values(call), size)

    def _failed(self, error: Any) -> NoReturn:
        """The end of a call that failed."""
        if not self._handle and lib.epsilon_error_kind(error) == lib.EPSILON_ERROR_MISUSE:
            self._check_open()
        raise_owned(error)

    def _list(self, value: Any) -> List[Any]:
        """The results as `Module.call` gives them."""
        if self._nresults == 1:
            return [value]
        return list(value) if self._nresults else []

    def _count_error(self, given: int) -> EpsilonUsageError:
        types = ", ".join(t.name for t in self._params)
        plural = "" if self._nparams == 1 else "s"
        wanted = f"{self._nparams} argument{plural}" + (f" ({types})" if types else "")
        return UsageTypeError(f"{self.name}: expected {wanted}, got {given}")

    def _call_typed(
        self, args: Sequence[Tuple[Any, str]], timeout_ms: Optional[float], fuel: Optional[int]
    ) -> List[Any]:
        """Calls the function after checking the types that the user named."""
        self._check_open()
        values = []
        tags = []
        try:
            pairs = iter(args)
        except TypeError:
            raise UsageTypeError(
                f"{self.name}: args must be a sequence of pairs, not {type(args).__name__}"
            ) from None
        for i, pair in enumerate(pairs):
            try:
                value, tag = pair
            except (TypeError, ValueError):
                raise UsageTypeError(
                    f"{self.name}: argument {i} must be a pair (value, type)"
                ) from None
            if not isinstance(tag, str) or tag not in TYPE_NAMES:
                raise UsageValueError(f"Unknown type: {tag}")
            values.append(value)
            tags.append(tag)
        if len(values) != self._nparams:
            raise self._count_error(len(values))
        for i, (tag, value_type) in enumerate(zip(tags, self._params)):
            if tag != value_type.name:
                raise UsageTypeError(f"{self.name}: parameter {i} ({value_type.name}): got {tag}")
        return self._list(self._call_any(values, timeout_ms, fuel))


_classes: Dict[Any, Type[Func]] = {}


def _class_for(params: Sequence[ValueType], results: Sequence[ValueType]) -> Type[Func]:
    """The class of functions of these numbers: Func, but for how it is called."""
    call = call_of_numbers(params, results)
    if call is None:
        return Func
    if call not in _classes:
        way_in = call if REFERENCE_COUNTED else counting(call, "_store")
        members = {"__slots__": (), "__doc__": Func.__doc__, "__module__": Func.__module__}
        _classes[call] = type("Func", (Func,), {**members, "__call__": way_in})
    return _classes[call]

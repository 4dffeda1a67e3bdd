# SPDX-License-Identifier: Apache-2.0
"""Functions of WebAssembly, callable from Python.

A call costs little more than the foreign call: the values lie in a buffer prepared for the
function. A call takes a buffer out of the free list for itself alone, because between filling it
and reading the results other code can run and call the same function: a host function, another
thread, a signal handler, a destructor.
"""

from struct import Struct
from struct import error as StructError
from typing import Any, Callable, List, Optional, Sequence, Tuple

from epsilon._errors import (
    EpsilonUsageError,
    UsageTypeError,
    UsageValueError,
    raise_error,
)
from epsilon._native import ffi, lib, text
from epsilon._objects import finalizers, object_of
from epsilon._store import Owner, Store, give_up, give_up_all, own
from epsilon._values import (
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


def signature(params: Sequence[ValueType], results: Sequence[ValueType]) -> str:
    """A function type as the specification writes it."""
    left, right = (" ".join(t.name for t in types) for types in (params, results))
    return f"[{left}] -> [{right}]"


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
        func = Func(store, own(out[0], lib.epsilon_func_delete), None)
        store.register(func)
        return func
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


class Func(Owner):
    """A function of WebAssembly, or one given to it.

    Calling it gives None, the result, or a tuple of the results. Two of them are equal if they are
    the same function.
    """

    __slots__ = (
        "__weakref__", "_all_numbers", "_closed_message", "_free", "_handle", "_made", "_name",
        "_nparams", "_nresults", "_pack", "_params", "_results", "_store", "_unpack",
    )  # fmt: skip

    def __init__(self, store: Store, handle: Any, name: Optional[str]) -> None:
        function_type = lib.epsilon_func_type(handle)
        self._store = store
        self._handle = handle
        self._name = name
        self._closed_message = "Runtime is closed"
        self._params = value_types(lib.epsilon_type_params, function_type)
        self._results = value_types(lib.epsilon_type_results, function_type)
        self._nparams = len(self._params)
        self._nresults = len(self._results)
        self._all_numbers = all(t.exact is not None for t in self._params + self._results)
        self._pack = _layout(self._params).pack_into
        self._unpack = _layout(self._results).unpack_from
        # The values of one call; arguments and results share them. As the library takes them, and
        # as bytes.
        self._free: List[Tuple[Any, Any]] = []
        self._made = 0

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
        results = self._invoke(args, timeout_ms, fuel)
        if self._nresults == 1:
            return results[0]
        return tuple(results) if results else None

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
        return f"<epsilon.Func {self.name!r} {signature(self._params, self._results)}>"

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
        if len(self._free) == self._made:  # otherwise a call is using it
            give_up(handle)
        self._free = []
        self._made = 0

    def _invoke(
        self, args: Sequence[Any], timeout_ms: Optional[float], fuel: Optional[int]
    ) -> List[Any]:
        """Calls the function, with the arguments converted by its type; gives all results."""
        if len(args) != self._nparams:
            self._check_open()
            raise self._count_error(len(args))
        timeout = 0 if timeout_ms is None else milliseconds(timeout_ms)
        free = self._free
        try:
            buffer = free.pop()
        except IndexError:
            buffer = self._new_buffer()
        try:
            cells, memory = buffer
            if not self._all_numbers:
                return self._invoke_any(cells, args, timeout, fuel)
            try:
                self._pack(memory, 0, *args)
            except (StructError, OverflowError, TypeError):
                # An integer of the unsigned range, a float beyond f32's, or something wrong.
                self._fill(cells, args, [])
            if fuel is None:
                error = lib.epsilon_func_call(
                    self._handle, cells, self._nparams, timeout, cells, self._nresults
                )
            else:
                error = self._call_metered(cells, timeout, fuel)
            if error:
                self._raise(error)
            return list(self._unpack(memory))
        finally:
            free.append(buffer)

    def _new_buffer(self) -> Tuple[Any, Any]:
        self._made += 1
        cells = ffi.new("epsilon_value_t[]", max(self._nparams, self._nresults, 1))
        return cells, ffi.buffer(cells)

    def _call_metered(self, cells: Any, timeout: int, fuel: int) -> Any:
        return lib.epsilon_func_call_metered(
            self._handle, cells, self._nparams, timeout, fuel_amount(fuel), cells, self._nresults
        )

    def _invoke_any(
        self, cells: Any, args: Sequence[Any], timeout: int, fuel: Optional[int]
    ) -> List[Any]:
        """The rest of a call whose values are not all numbers."""
        self._check_open()
        keep: List[Any] = []
        try:
            self._fill(cells, args, keep)
            if fuel is None:
                error = lib.epsilon_func_call(
                    self._handle, cells, self._nparams, timeout, cells, self._nresults
                )
            else:
                error = self._call_metered(cells, timeout, fuel)
            if error:
                self._raise(error)
            return read_values(cells, self._results, self._store)
        finally:
            give_up_all(keep)

    def _fill(self, cells: Any, args: Sequence[Any], keep: List[Any]) -> None:
        """Stores the arguments, whatever they are, or says what is wrong."""
        for i, value_type in enumerate(self._params):
            try:
                write_value(cells, i, value_type, args[i], self._store, keep)
            except BadValue as bad:
                raise bad.at(f"{self.name}: parameter {i} ({value_type.name})") from None

    def _raise(self, error: Any) -> None:
        if not self._handle and lib.epsilon_error_kind(error) == lib.EPSILON_ERROR_MISUSE:
            lib.epsilon_error_delete(error)
            self._check_open()
        raise_error(error)

    def _count_error(self, given: int) -> EpsilonUsageError:
        types = ", ".join(t.name for t in self._params)
        plural = "" if self._nparams == 1 else "s"
        wanted = f"{self._nparams} argument{plural}" + (f" ({types})" if types else "")
        return UsageTypeError(f"{self.name}: expected {wanted}, got {given}")

    def _invoke_typed(
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
        return self._invoke(values, timeout_ms, fuel)

# SPDX-License-Identifier: Apache-2.0
"""CompiledModule: a module that was decoded and validated, to be instantiated often."""

import os
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from epsilon._errors import (
    EpsilonLimitError,
    UsageFileNotFoundError,
    UsageOSError,
    UsageTypeError,
    UsageValueError,
    check,
)
from epsilon._native import c_string, ffi, lib, text
from epsilon._store import own
from epsilon._text import is_text, wat2wasm
from epsilon._tiers import MachineCode, machine_code_of
from epsilon._types import CustomSection, ExportType, ImportType, kind_of, type_of
from epsilon._values import bytes_of, uint64

WasmBytes = Union[bytes, bytearray, memoryview, str]
"""A module: in binary form, or in text form."""

_MODULE_BYTES = "module-bytes"

# How far to look for the beginning of a text.
_START = 4096


class CompileOptions(NamedTuple):
    """What modules may have, and how large they may be."""

    features: Tuple[Tuple[str, bool], ...] = ()
    limits: Tuple[Tuple[str, int], ...] = ()

    @classmethod
    def of(
        cls, features: Optional[Mapping[str, bool]], limits: Optional[Mapping[str, int]]
    ) -> "CompileOptions":
        """As users give them. Names that the library doesn't know are refused."""
        chosen = _named(features, "feature", lib.epsilon_feature_name)
        sizes = _named(limits, "module limit", lib.epsilon_limit_name)
        return cls(
            tuple(sorted((name, bool(value)) for name, value in chosen)),
            tuple(sorted((name, uint64(value, "module limit")) for name, value in sizes)),
        )

    def with_module_bytes(self, size: int) -> "CompileOptions":
        """The same with another limit on the size of a module."""
        limits = {**dict(self.limits), _MODULE_BYTES: size}
        return self._replace(limits=tuple(sorted(limits.items())))

    def apply(self, config: Any) -> None:
        """Sets them in a configuration of the library's."""
        codes = constants(lib.epsilon_feature_name)
        for name, enabled in self.features:
            check(lib.epsilon_config_set_feature(config, codes[name], enabled))
        codes = constants(lib.epsilon_limit_name)
        for name, size in self.limits:
            check(lib.epsilon_config_set_limit(config, codes[name], size))

    def config(self) -> Any:
        """A configuration of the library's with nothing else in it."""
        config = new_config()
        self.apply(config)
        return config


def new_config() -> Any:
    out = ffi.new("epsilon_config_t **")
    check(lib.epsilon_config_new(out))
    return own(out[0], lib.epsilon_config_delete)


_constants: Dict[Any, Dict[str, int]] = {}


def constants(name_of: Callable[[int], Any]) -> Dict[str, int]:
    """The library's constants of one kind, by the names it has for them."""
    found = _constants.get(name_of)
    if found is None:
        found = {}
        while True:
            name = c_string(name_of(len(found)))
            if not name:
                break
            found[name] = len(found)
        _constants[name_of] = found
    return found


def _named(
    given: Optional[Mapping[str, Any]], what: str, name_of: Callable[[int], Any]
) -> List[Tuple[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise UsageTypeError(f"{what}s must be a mapping, not {type(given).__name__}")
    items = list(given.items())
    for name, _ in items:
        if not isinstance(name, str) or name not in constants(name_of):
            raise UsageValueError(f"unknown {what}: {name}")
    return items


def begins_as_text(given: str) -> bool:
    """Whether this can be a module in text form."""
    try:
        return is_text(given[:_START].encode("utf-8"))
    except UnicodeEncodeError:
        return False


def file_bytes(file_path: Union[str, "os.PathLike[str]"]) -> bytes:
    """What is in a module's file."""
    try:
        path = os.fspath(file_path)
    except TypeError:
        raise UsageTypeError(
            f"file_path must be str or os.PathLike, not {type(file_path).__name__}"
        ) from None
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise UsageFileNotFoundError(f"File not found: {path}") from error
    except OSError as error:
        raise UsageOSError(f"Cannot read file: {path}: {error.strerror}") from error
    except ValueError as error:  # a NUL character in the name
        raise UsageValueError(f"Cannot read file: {path!r}: {error}") from error


def source_of(wasm_bytes: object, options: CompileOptions) -> Any:
    """The bytes of a module in binary form, for the library, until they are released."""
    if isinstance(wasm_bytes, str):
        if not begins_as_text(wasm_bytes):
            raise UsageTypeError("wasm_bytes must be bytes or bytearray")
        return bytes_of(_converted(wasm_bytes, options))
    try:
        source = bytes_of(wasm_bytes)
    except (TypeError, ValueError, BufferError):
        raise UsageTypeError("wasm_bytes must be bytes or bytearray") from None
    start = bytes(ffi.buffer(source)[:_START])
    if start[:1] == b"\0" or not is_text(start):
        return source
    try:
        return bytes_of(_converted(bytes(ffi.buffer(source)), options))
    finally:
        ffi.release(source)


def _converted(given: Union[str, bytes], options: CompileOptions) -> bytes:
    """A text in binary form. The limit on the size of a module holds for the text too."""
    code = constants(lib.epsilon_limit_name)[_MODULE_BYTES]
    limit = dict(options.limits).get(_MODULE_BYTES, lib.epsilon_limit_default(code))
    if len(given) > limit:
        raise EpsilonLimitError(f"the text is larger than the limit of {limit} bytes")
    return wat2wasm(given)


def validate(
    wasm_bytes: WasmBytes,
    *,
    features: Optional[Mapping[str, bool]] = None,
    module_limits: Optional[Mapping[str, int]] = None,
) -> None:
    """Decodes and validates a module, and keeps nothing of it. One that is not valid raises the
    error that compiling it would: EpsilonMalformedError, EpsilonInvalidError,
    EpsilonUnsupportedError, or EpsilonLimitError."""
    options = CompileOptions.of(features, module_limits)
    config = options.config()
    source = source_of(wasm_bytes, options)
    try:
        error = lib.epsilon_compiled_validate(config, source, len(source))
    finally:
        ffi.release(source)
    check(error)


class CompiledModule:
    """A module that was decoded and validated, also made by `Runtime.compile`.

    It never changes, and can be instantiated any number of times, in any Runtime, on any thread. A
    Runtime with other features or limits on modules than it was compiled with compiles it again,
    once, with its own. A pickle of it holds the bytes and these options, never code: loading one
    decodes and validates them as it does those of any module.
    """

    __slots__ = (
        "__weakref__", "_custom_sections", "_exports", "_handle", "_imports", "_kinds", "_options",
        "_others",
    )  # fmt: skip

    def __init__(
        self,
        wasm_bytes: WasmBytes,
        *,
        features: Optional[Mapping[str, bool]] = None,
        module_limits: Optional[Mapping[str, int]] = None,
    ) -> None:
        """Decodes and validates a module, in binary or in text form."""
        options = CompileOptions.of(features, module_limits)
        self._set_up(wasm_bytes, options, options.config())

    @classmethod
    def _with(cls, wasm_bytes: object, options: CompileOptions, config: Any) -> "CompiledModule":
        """Compiles with options that are in a configuration already."""
        made = cls.__new__(cls)
        made._set_up(wasm_bytes, options, config)
        return made

    def _set_up(self, wasm_bytes: object, options: CompileOptions, config: Any) -> None:
        source = source_of(wasm_bytes, options)
        try:
            self._handle = _compile(config, source)
        finally:
            ffi.release(source)
        self._options = options
        self._others: Dict[CompileOptions, Any] = {}
        self._imports: Optional[Tuple[ImportType, ...]] = None
        self._exports: Optional[Tuple[ExportType, ...]] = None
        self._kinds: Optional[Dict[str, str]] = None
        self._custom_sections: Optional[Tuple[CustomSection, ...]] = None

    def _for(self, options: CompileOptions, config: Any) -> Any:
        """The library's compiled module for a Runtime with these options."""
        if options == self._options:
            return self._handle
        handle = self._others.get(options)
        if handle is None:
            handle = self._others.setdefault(options, _compile(config, self._buffer()))
        return handle

    @property
    def name(self) -> Optional[str]:
        """The module's name, from its name section."""
        size = ffi.new("size_t *")
        pointer = lib.epsilon_compiled_name(self._handle, size)
        return text(pointer, size[0]) if pointer else None

    @property
    def imports(self) -> Tuple[ImportType, ...]:
        """What the module asks for, in the order of declaration."""
        if self._imports is None:
            names = ffi.new("const char *[2]")
            sizes = ffi.new("size_t[2]")
            described = ffi.new("const epsilon_type_t **")
            found = []
            for i in range(lib.epsilon_compiled_import_count(self._handle)):
                check(
                    lib.epsilon_compiled_import(
                        self._handle, i, names, sizes, names + 1, sizes + 1, described
                    )
                )
                module, name = text(names[0], sizes[0]), text(names[1], sizes[1])
                found.append(ImportType(module, name, kind_of(described[0]), type_of(described[0])))
            self._imports = tuple(found)
        return self._imports

    @property
    def exports(self) -> Tuple[ExportType, ...]:
        """What the module gives, in the order of declaration."""
        if self._exports is None:
            name = ffi.new("const char **")
            size = ffi.new("size_t *")
            described = ffi.new("const epsilon_type_t **")
            found = []
            for i in range(lib.epsilon_compiled_export_count(self._handle)):
                check(lib.epsilon_compiled_export(self._handle, i, name, size, described))
                kind = described[0]
                found.append(ExportType(text(name[0], size[0]), kind_of(kind), type_of(kind)))
            self._exports = tuple(found)
        return self._exports

    def _export_kinds(self) -> Mapping[str, str]:
        """What each export is, by its name: for the exports of all instances."""
        if self._kinds is None:
            self._kinds = {name: kind for name, kind, _ in self.exports}
        return self._kinds

    @property
    def custom_sections(self) -> Tuple[CustomSection, ...]:
        """The custom sections, in the order of the file."""
        if self._custom_sections is None:
            name = ffi.new("const char **")
            data = ffi.new("const uint8_t **")
            sizes = ffi.new("size_t[2]")
            found = []
            for i in range(lib.epsilon_compiled_custom_section_count(self._handle)):
                check(
                    lib.epsilon_compiled_custom_section(
                        self._handle, i, name, sizes, data, sizes + 1
                    )
                )
                content = bytes(ffi.buffer(data[0], sizes[1])) if sizes[1] else b""
                found.append(CustomSection(text(name[0], sizes[0]), content))
            self._custom_sections = tuple(found)
        return self._custom_sections

    @property
    def machine_code(self) -> MachineCode:
        """What has been compiled to machine code of it so far, for all Runtimes together. Runtimes
        that differ in metering, in how memories are checked and the like have code of their own."""
        made = [machine_code_of(handle) for handle in (self._handle, *self._others.values())]
        return MachineCode(*map(sum, zip(*made)))

    def _buffer(self) -> Any:
        size = ffi.new("size_t *")
        data = lib.epsilon_compiled_bytes(self._handle, size)
        return ffi.buffer(data, size[0])

    def __bytes__(self) -> bytes:
        """The module in binary form."""
        return bytes(self._buffer())

    def __reduce__(self) -> Tuple[Any, ...]:
        return _load, (bytes(self), dict(self._options.features), dict(self._options.limits))

    def __copy__(self) -> "CompiledModule":
        return self

    def __deepcopy__(self, memo: object) -> "CompiledModule":
        return self

    def __repr__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"<epsilon.CompiledModule{named}: {len(self._buffer())} bytes>"


def _compile(config: Any, source: Any) -> Any:
    out = ffi.new("epsilon_compiled_t **")
    if not isinstance(source, ffi.CData):
        source = ffi.from_buffer(source)
    check(lib.epsilon_compiled_new(config, source, len(source), out))
    return own(out[0], lib.epsilon_compiled_delete)


def _load(
    wasm_bytes: object, features: Mapping[str, bool], module_limits: Mapping[str, int]
) -> CompiledModule:
    """What pickles call. They may come from anyone: the bytes are those of an untrusted module, and
    no converter is run for them."""
    if not isinstance(wasm_bytes, bytes):
        raise UsageTypeError("a pickled module holds bytes")
    if is_text(wasm_bytes[:_START]):
        raise UsageValueError("a pickled module is in binary form")
    return CompiledModule(wasm_bytes, features=features, module_limits=module_limits)

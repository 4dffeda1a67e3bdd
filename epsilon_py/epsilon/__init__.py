# SPDX-License-Identifier: Apache-2.0
"""Epsilon: run WebAssembly.

from epsilon import Runtime

with Runtime() as runtime:
    with runtime.instantiate_file("add.wasm") as module:
        print(module.call("add", 5, 37))  # [42]
"""

from epsilon._compiled import CompiledModule, validate
from epsilon._errors import (
    ERROR_CLASSES,
    EpsilonError,
    EpsilonExitError,
    EpsilonFuelError,
    EpsilonInterruptedError,
    EpsilonInvalidError,
    EpsilonLimitError,
    EpsilonLinkError,
    EpsilonMalformedError,
    EpsilonNoMemoryError,
    EpsilonTimeoutError,
    EpsilonTrapError,
    EpsilonUnsupportedError,
    EpsilonUsageError,
    Frame,
)
from epsilon._exports import Exports
from epsilon._files import SymbolicLink
from epsilon._func import Func
from epsilon._global import Global
from epsilon._interrupt import InterruptHandle
from epsilon._memory import Memory
from epsilon._module import Module
from epsilon._native import c_string as _c_string
from epsilon._native import lib as _lib
from epsilon._pool import set_pool_limit, trim
from epsilon._run import RunResult, run
from epsilon._runtime import Runtime, Usage, features
from epsilon._sandbox import MODULE_LIMITS as SANDBOX_MODULE_LIMITS
from epsilon._streams import CAPTURE, DISCARD, INHERIT, Stream
from epsilon._table import Table
from epsilon._text import wat2wasm
from epsilon._tiers import MachineCode
from epsilon._types import (
    CustomSection,
    ExportType,
    FuncType,
    GlobalType,
    ImportType,
    MemoryType,
    TableType,
)
from epsilon._version import __version__
from epsilon._wasi import Wasi
from epsilon._wasi_setup import ReadOnly

__all__ = [
    "CAPTURE",
    "CompiledModule",
    "CustomSection",
    "DISCARD",
    "ERROR_CLASSES",
    "EpsilonError",
    "EpsilonExitError",
    "EpsilonFuelError",
    "EpsilonInterruptedError",
    "EpsilonInvalidError",
    "EpsilonLimitError",
    "EpsilonLinkError",
    "EpsilonMalformedError",
    "EpsilonNoMemoryError",
    "EpsilonTimeoutError",
    "EpsilonTrapError",
    "EpsilonUnsupportedError",
    "EpsilonUsageError",
    "ExportType",
    "Exports",
    "Frame",
    "Func",
    "FuncType",
    "Global",
    "GlobalType",
    "INHERIT",
    "ImportType",
    "InterruptHandle",
    "MachineCode",
    "Memory",
    "MemoryType",
    "Module",
    "ReadOnly",
    "RunResult",
    "Runtime",
    "SANDBOX_MODULE_LIMITS",
    "Stream",
    "SymbolicLink",
    "Table",
    "TableType",
    "Usage",
    "Wasi",
    "__version__",
    "build_info",
    "features",
    "run",
    "set_pool_limit",
    "trim",
    "validate",
    "version",
    "wat2wasm",
    "wrapper_version",
]


def version() -> str:
    """The version of the library."""
    return _c_string(_lib.epsilon_version())


def wrapper_version() -> str:
    """The version of this package."""
    return __version__


def build_info() -> str:
    """How the library was built, one line for people."""
    return _c_string(_lib.epsilon_build_info())


# Tracebacks and pickles name the classes as users import them.
for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
del _name

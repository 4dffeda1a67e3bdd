#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks objdump whether the bytes in the encoders' tests are the instructions that they say.

Run by hand after changing those tests; needs GNU binutils for both processors (names of others'
tools in OBJDUMP_X64 and OBJDUMP_AARCH64).
"""

import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPECTED = re.compile(r'code\.is\(\s*"([^"]*)",\s*"([0-9a-f]*)"\)')
LINE = re.compile(r"\s*([0-9a-f]+):\t[0-9a-f ]+?\s*\t(.*)")
COMMENT = re.compile(r"\s*(//.*|<.*>)$")
ADDRESS = re.compile(r"(?<![#\w])0x([0-9a-f]+)$")  # AArch64's; immediates have a #
SLOT = 64  # bytes in which the instructions of one check are disassembled

# By folder: the nop that fills up slots, and the command.
TARGETS = {
    "x64": (
        b"\x90",
        [os.environ.get("OBJDUMP_X64", "objdump"), "-m", "i386:x86-64", "-M", "intel"],
    ),
    "aarch64": (
        b"\x1f\x20\x03\xd5",
        [os.environ.get("OBJDUMP_AARCH64", "aarch64-linux-gnu-objdump"), "-m", "aarch64"],
    ),
}


def relative(start, address):
    """An address as a distance from the start of its code."""
    distance = (int(address.group(1), 16) - start + 2**63) % 2**64 - 2**63
    return f"{distance:+#x}"


def disassembled(codes, nop, command):
    """The texts of each code, put together with semicolons."""
    texts = [[] for _ in codes]
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(code + nop * ((SLOT - len(code)) // len(nop)) for code in codes))
        file.flush()
        listing = subprocess.check_output(
            [*command, "-D", "-z", "-w", "-b", "binary", file.name], text=True
        )
    for line in listing.splitlines():
        match = LINE.match(line)
        if match:
            number, offset = divmod(int(match.group(1), 16), SLOT)
            if offset < len(codes[number]):
                text = " ".join(COMMENT.sub("", match.group(2)).split())
                if "aarch64" in command:
                    text = ADDRESS.sub(partial(relative, number * SLOT), text)
                texts[number].append(text)
    return ["; ".join(text) for text in texts]


def check(target):
    """Whether all rows of the target's tests are right; prints those that are not."""
    expected = [
        match
        for path in sorted((HERE / target).glob("encode*_test.cpp"))
        for match in EXPECTED.findall(path.read_text())
    ]
    texts = disassembled([bytes.fromhex(code) for _, code in expected], *TARGETS[target])
    wrong = [(e, text) for e, text in zip(expected, texts, strict=True) if e[0] != text]
    for (text, code), got in wrong:
        print(f"{code} is said to be '{text}' and is '{got}'")
    print(f"{target}: {len(expected)} encodings, {len(wrong)} wrong")
    return not wrong


def main():
    right = [check(target) for target in TARGETS]
    return not all(right)


if __name__ == "__main__":
    sys.exit(main())

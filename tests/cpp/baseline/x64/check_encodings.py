#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks objdump whether the bytes in the encoder's tests are the instructions that they say.

Run by hand after changing those tests; needs GNU binutils.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPECTED = re.compile(r'code\.is\(\s*"([^"]*)",\s*"([0-9a-f]*)"\)')
LINE = re.compile(r"\s*([0-9a-f]+):\t[0-9a-f ]+?\s*\t(.*)")
SLOT = 64  # bytes in which the instructions of one check are disassembled
NOP = b"\x90"


def disassembled(codes):
    """The texts of each code, put together with semicolons."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(code + NOP * (SLOT - len(code)) for code in codes))
        file.flush()
        command = ["objdump", "-D", "-z", "-w", "-b", "binary", "-m", "i386:x86-64", "-M", "intel"]
        listing = subprocess.check_output([*command, file.name], text=True)
    texts = [[] for _ in codes]
    for line in listing.splitlines():
        match = LINE.match(line)
        if match:
            number, offset = divmod(int(match.group(1), 16), SLOT)
            if offset < len(codes[number]):
                texts[number].append(" ".join(match.group(2).split()))
    return ["; ".join(text) for text in texts]


def main():
    expected = [
        match
        for path in sorted(HERE.glob("encode_*_test.cpp"))
        for match in EXPECTED.findall(path.read_text())
    ]
    texts = disassembled([bytes.fromhex(code) for _, code in expected])
    wrong = [(e, text) for e, text in zip(expected, texts, strict=True) if e[0] != text]
    for (text, code), got in wrong:
        print(f"{code} is said to be '{text}' and is '{got}'")
    print(f"{len(expected)} encodings, {len(wrong)} wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

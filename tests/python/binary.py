# SPDX-License-Identifier: Apache-2.0
"""Modules as readable bytes, for tests of what no text can say."""

I32, I64, F32, F64, V128, FUNCREF, EXTERNREF = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F
(CUSTOM, TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS, EXPORTS, START, ELEMENTS, CODE, DATA,
 DATA_COUNT) = range(13)  # fmt: skip
END = b"\x0b"
MOST = b"\xff\xff\xff\xff\x0f"
"""2^32 - 1, the largest count there is."""


def u32(value):
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def vec(*items):
    return u32(len(items)) + b"".join(items)


def sized(data):
    return u32(len(data)) + data


def name(text):
    return sized(text if isinstance(text, bytes) else text.encode())


def section(number, *parts):
    return bytes([number]) + sized(b"".join(parts))


def function_type(params=(), results=()):
    return b"\x60" + sized(bytes(params)) + sized(bytes(results))


def body(instructions, local_groups=b"\x00"):
    """A function's entry in the code section; `instructions` with the last end."""
    return sized(local_groups + bytes(instructions))


def module(*sections):
    return b"\0asm\x01\0\0\0" + b"".join(sections)


def one_function(instructions, params=(), results=(), *, before=b"", after=b"", local_groups=b"\0"):
    """A module with a function exported as "f". `before` has sections 4 to 6, `after` those behind
    the code."""
    return module(
        section(TYPES, vec(function_type(params, results))),
        section(FUNCTIONS, vec(b"\0")),
        before,
        section(EXPORTS, vec(name("f") + b"\0\0")),
        section(CODE, vec(body(instructions, local_groups))),
        after,
    )

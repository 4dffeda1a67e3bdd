# SPDX-License-Identifier: Apache-2.0
"""The kernels: what each exercises, and how large a run is."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from suite.places import BENCH


class Kernel(NamedTuple):
    name: str
    n: int
    """Keeps native code busy for 20 to 50 ms."""
    about: str
    kind: str = "scalar"
    """scalar, simd, or package: compiled by others, with no native twin."""
    quick: bool = False
    """Also in the short form of the benchmark."""
    exponential: bool = False
    file: Path | None = None

    @property
    def wasm(self) -> Path:
        return self.file or BENCH / "wasm" / f"{self.name}.wasm"

    def size(self, divisor: int) -> int:
        """The n of a run that does about 1/divisor of the work."""
        if self.exponential:  # the work of fib(n) is the golden ratio to the n
            return max(1, self.n - round(math.log(divisor) / math.log((1 + math.sqrt(5)) / 2)))
        return max(1, self.n // divisor)


KERNELS = [
    Kernel("fib", 36, "recursive calls", quick=True, exponential=True),
    Kernel("queens", 50, "recursion with work in it, masks and arrays"),
    Kernel(
        "indirect", 400, "indirect calls: methods, callbacks, a table of operations", quick=True
    ),
    Kernel("tail", 1600, "tail calls, direct and indirect (WAT; the native twin has loops)"),
    Kernel("multi", 300000, "several results, block parameters, br_table, globals (WAT)"),
    Kernel("integer", 170000, "division, remainders, bit counting, 32 and 64 bits"),
    Kernel("sieve", 50, "sieves of bytes and bits, smallest factors"),
    Kernel("life", 700, "the game of life, by bytes and by bits"),
    Kernel("matint", 100, "matrices of integers, shortest paths"),
    Kernel("bignum", 4000, "big numbers: products, Montgomery powers, division"),
    Kernel("mandelbrot", 18, "floating point in registers, double and single", quick=True),
    Kernel("nbody", 3200, "doubles, square roots and divisions"),
    Kernel("gemm", 200, "product of dense matrices"),
    Kernel("lu", 85, "LU decomposition with pivoting", quick=True),
    Kernel("cholesky", 64, "Cholesky, inverse of a triangle, Gram-Schmidt"),
    Kernel("stencil", 800, "5-point stencil of doubles, 3 x 3 blur of floats"),
    Kernel("chase", 50, "pointers: a random cycle, a tree, a list"),
    Kernel("strided", 200, "memory by strides; gathering and scattering"),
    Kernel("hashmap", 60, "a hash map: insertion, look-up, deletion", quick=True),
    Kernel("bulk", 2500, "memory.copy, fill and init, table.fill and copy (WAT)"),
    Kernel("sort", 40, "five sorts of integers, doubles and pairs"),
    Kernel("vmloop", 40, "an interpreter's loop: one big switch", quick=True),
    Kernel("mix", 5400, "a mix like CoreMark's: list, matrix, state machine, CRC"),
    Kernel("compress", 40, "LZ77 and Huffman codes, there and back"),
    Kernel("json", 450, "a JSON parser and writer"),
    Kernel("regex", 280, "regular expressions, backtracking and in step"),
    Kernel("format", 450, "printf-like formatting"),
    Kernel("search", 220, "searching text, edit distance", quick=True),
    Kernel("utf8", 120, "UTF-8: validation, conversion, folding"),
    Kernel("base64", 700, "base64, hexadecimal and runs"),
    Kernel("sha256", 150, "SHA-256", quick=True),
    Kernel("crc32", 120, "CRC-32, Adler-32, Fletcher-64"),
    Kernel("hash64", 2000, "64-bit hashes: stripes and SipHash"),
    Kernel("simd_float", 2700, "vectors of floats: tiled product", kind="simd", quick=True),
    Kernel("simd_int", 6500, "vectors of bytes: blending, differences", kind="simd"),
    Kernel("simd_cipher", 560, "vectors of words: ChaCha20; bytes; products", kind="simd"),
]

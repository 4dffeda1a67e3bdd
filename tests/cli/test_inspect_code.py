# SPDX-License-Identifier: Apache-2.0
"""epsilon inspect --cells and --asm: which function, what is printed of it, and what can't be."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
KERNELS = sorted((ROOT / "bench" / "wasm").glob("*.wasm"))

MODULE = """(module
  (import "host" "f" (func $imported (param i32)))
  (func $twice (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
  (func $other (export "shown") (param i32) (result i32) (call $twice (local.get 0)))
  (func $shown (export "7"))
  (func $named)
  (export "also twice" (func $twice)))"""


def first_line(done):
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()[0]


def has_text(epsilon):
    """Whether there is a disassembler, in a build whose handlers are called as the page says."""
    page = ROOT / "demo" / "add.wasm"
    return "; bytes only" not in epsilon("inspect", "--asm", "add", page).stdout


def has_compiler(epsilon):
    return epsilon("inspect", "--asm", "add", ROOT / "demo" / "add.wasm").returncode == 0


@pytest.mark.parametrize(
    "name, index, called",
    [
        ("twice", 1, "twice"),
        ("also twice", 1, "twice"),
        ("named", 4, "named"),
        ("other", 2, "other"),
        ("1", 1, "twice"),
        ("4", 4, "named"),
        # The name of an export, not an index.
        ("7", 3, "shown"),
    ],
)
def test_names(epsilon, module, name, index, called):
    path = module(MODULE)
    expected = f'{path}: function {index} "{called}": cells, which are interpreted'
    assert first_line(epsilon("inspect", "--cells", name, path)) == expected


@pytest.mark.parametrize("option", ["--cells", "--asm"])
@pytest.mark.parametrize(
    "name, message",
    [
        ("shown", '2 functions are called "shown": 2, 3; name one by its index'),
        ("twise", 'no function is called "twise"; did you mean "twice"?'),
        ("", 'no function is called ""'),
        ("-1", 'no function is called "-1"'),
        ("5", "no function 5: the module has 5"),
        ("99999999999999999999", "no function 99999999999999999999: the module has 5"),
        ("\x1b[m", 'no function is called "\\1b[m"'),
        ("0", "misuse: function 0 is an import: its code is not in the module"),
    ],
)
def test_no_such_function(epsilon, module, option, name, message):
    path = module(MODULE)
    done = epsilon("inspect", *([f"{option}={name}"] if name else [option, name]), path)
    assert done.stdout == ""
    assert done.stderr == f"epsilon: {path}: {message}\n"
    assert done.returncode == 1


def test_several(epsilon, module):
    """Each that is named, those that are there, in each file."""
    path = module(MODULE)
    done = epsilon("inspect", "--cells", "1", "--cells", "nobody", "--cells", "4", path, path)
    titles = [line for line in done.stdout.splitlines() if "interpreted" in line]
    assert titles == 2 * [
        f'{path}: function 1 "twice": cells, which are interpreted',
        f'{path}: function 4 "named": cells, which are interpreted',
    ]
    assert done.stderr == 2 * f'epsilon: {path}: no function is called "nobody"\n'
    assert done.returncode == 1


def test_usage(epsilon, module):
    path = module(MODULE)
    for option in ("--cells", "--asm"):
        done = epsilon("inspect", "--json", option, "1", path)
        assert done.returncode == 2
        assert done.stderr.startswith(
            "epsilon: --json prints no code: leave it out, or --cells and --asm\n"
        )
        done = epsilon("inspect", option)
        assert done.returncode == 2
        assert done.stderr.startswith(f"epsilon: {option} needs a value\n")


def test_too_large(epsilon, module):
    path = module("(module (func $big " + "nop " * (1 << 20) + "))")
    for option in ("--cells", "--asm"):
        done = epsilon("inspect", option, "big", path)
        assert (done.stdout, done.returncode) == ("", 1)
        assert done.stderr == (
            f"epsilon: {path}: limit: function 0 has 1048578 bytes: at most 1048576 are listed\n"
        )


def test_invalid(epsilon, tmp_path):
    path = tmp_path / "bad.wasm"
    path.write_bytes(b"\0asm\1\0\0\0\xff")
    done = epsilon("inspect", "--asm", "0", path)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr.startswith(f"epsilon: {path}: malformed: ")


def numbers(text):
    """The offsets of lines of a listing, and how many bytes each has."""
    for line in text.splitlines():
        row = re.match(r" *([0-9a-f]+)  ((?:[0-9a-f]{2} |\.\. )*(?:[0-9a-f]{2}|\.\.)) *", line)
        if row:
            yield int(row[1], 16), len(row[2].split())


def test_no_byte_is_missing(epsilon):
    """Rows follow each other, and labels that are named are there."""
    path = ROOT / "bench" / "wasm" / "crc32.wasm"
    if not has_compiler(epsilon):
        pytest.skip("no compiler for this processor")
    for index in range(40):
        done = epsilon("inspect", "--asm", str(index), path)
        if done.returncode != 0:
            continue
        size = int(re.search(r": (\d+) bytes? of machine code", done.stdout)[1])
        at = 0
        for offset, count in numbers(done.stdout):
            assert offset == at
            at += count
        assert at == size
        named = set(re.findall(r"\bL\d+\b(?!:)", done.stdout))
        assert named <= set(re.findall(r"^(L\d+):$", done.stdout, re.MULTILINE))
        assert "?" not in [line.split()[-1] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_kernels(epsilon, path):
    """All functions of all kernels can be printed, and no cell is unknown."""
    compiles = has_compiler(epsilon)
    listed = epsilon("inspect", path).stdout
    indices = re.findall(r"^  (\d+): ", listed[listed.index("\nfunctions: ") :], re.MULTILINE)
    cells = epsilon("inspect", *(f"--cells={index}" for index in indices), path)
    assert (cells.stderr, cells.returncode) == ("", 0)
    assert cells.stdout.count("plain cells, which are compiled") == len(indices)
    assert not re.search(r"^\d+: \?", cells.stdout, re.MULTILINE)
    if compiles:
        code = epsilon("inspect", *(f"--asm={index}" for index in indices), path)
        assert (code.stderr, code.returncode) == ("", 0)
        assert code.stdout.count("; called by machine code") == len(indices)


# --- The example of docs/architecture.md


def example():
    """The page's module, and what it shows of it, by the commands."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text[text.index("\n## Tiers\n") :]
    blocks = re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)
    (source,) = [body for kind, body in blocks if kind == "wat"]
    return source, [body for kind, body in blocks if kind == "text"]


def test_example_cells(epsilon, tmp_path, module):
    source, shown = example()
    path = module(source)
    done = epsilon("inspect", "--cells", "checksum", path)
    if not has_compiler(epsilon):
        pytest.skip("no compiler for this processor: nothing is counted")
    cells, plain = done.stdout.split("\n\n")
    assert cells.split("\n", 1)[1] + "\n" == shown[0]
    assert plain.split("\n", 1)[1] == shown[1]


def test_example_machine_code(epsilon, module):
    if not has_compiler(epsilon) or not has_text(epsilon):
        pytest.skip("no compiler for this processor, or no disassembler")
    if "tail-call" not in epsilon("--version").stdout:
        pytest.skip("machine code ends differently in this form of dispatch")
    if " avx2 " not in Path("/proc/cpuinfo").read_text():
        pytest.skip("locals are cleared by other instructions on this processor")
    source, shown = example()
    done = epsilon("inspect", "--asm", "checksum", module(source))
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.split("\n", 1)[1] == shown[2]

# SPDX-License-Identifier: Apache-2.0
"""The completions and the man page know the commands and options that the program has."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

CLI = Path(__file__).resolve().parent.parent.parent / "cli"
BASH = CLI / "completion" / "epsilon.bash"
ZSH = CLI / "completion" / "_epsilon"
FISH = CLI / "completion" / "epsilon.fish"
MAN = CLI / "man" / "epsilon.1"


def needs(tool):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"no {tool}")


@pytest.fixture
def commands(epsilon):
    """Each command with its options as --help has them; "" is the program without one."""
    whole = epsilon("--help").stdout
    names = re.findall(r"^  (\w+) ", whole.partition("\nCommands:\n")[2].partition("\n\n")[0], re.M)
    assert {"run", "validate", "inspect", "wat", "help"} <= set(names)
    found = {}
    for name in ["", *names]:
        text = epsilon("help", name).stdout if name else whole
        listed = text.partition("\nOptions:\n")[2].partition("\n\n")[0]
        found[name] = set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*(?=[ ,])", listed))
        assert "--help" in found[name]
    assert "--timeout" in found[""] & found["run"]
    assert {"-o", "--output"} < found["wat"]
    return found


def complete_in_bash(line, folder):
    """What bash would offer for the last word of a line, as readline splits it."""
    words = re.findall(r"=|[^\s=]+", line)
    if line.endswith(" "):
        words.append("")
    script = """
        source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _epsilon
        [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-uc", script, "bash", BASH, *words],
        cwd=folder, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path):
    for name in ("a.wasm", "b.wat", "c.txt", "run it.wasm"):
        (tmp_path / name).write_text("")
    (tmp_path / "folder").mkdir()
    return tmp_path


MODULES = ["a.wasm", "b.wat", "run it.wasm", "folder"]


@needs("bash")
def test_bash_offers_every_option(commands, folder):
    for command, options in commands.items():
        offered = complete_in_bash(f"epsilon {command} -".replace("  ", " "), folder)
        assert sorted(offered) == sorted(options), command


@needs("bash")
def test_bash_offers_every_command(commands, folder):
    names = [name for name in commands if name]
    assert sorted(complete_in_bash("epsilon ", folder)) == sorted(names + MODULES)
    offered = complete_in_bash("epsilon help ", folder)
    assert sorted([*offered, "help"]) == sorted(names)


@needs("bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("epsilon --tim", ["--timeout"]),
        ("epsilon run --max-", ["--max-memory", "--max-total-memory", "--max-stack",
                                "--max-call-depth"]),
        ("epsilon inspect --j", ["--json"]),
        ("epsilon va", ["validate"]),
        ("epsilon r", ["run", "repl", "run it.wasm"]),
        ("epsilon run r", ["run it.wasm"]),
        ("epsilon run ", MODULES),
        ("epsilon run --timeout ", []),
        ("epsilon run --timeout 5 ", MODULES),
        ("epsilon run --timeout=", []),
        ("epsilon run --timeout=5 ", MODULES),
        ("epsilon run --timeout=5 --fu", ["--fuel"]),
        ("epsilon --fuel 5 a", ["a.wasm"]),
        ("epsilon run --tiers ", ["interpreter", "compiled", "tiered"]),
        ("epsilon --tiers=c", ["compiled"]),
        ("epsilon repl --tiers=", ["interpreter", "compiled", "tiered"]),
        ("epsilon run --tiers compiled ", MODULES),
        ("epsilon run --invoke f ", MODULES),
        ("epsilon run a.wasm --", []),
        ("epsilon a.wasm --", []),
        ("epsilon a.wasm ", []),
        ("epsilon repl --tim", ["--timeout"]),
        ("epsilon repl --timeout ", []),
        ("epsilon repl --inv", []),
        ("epsilon validate a.wasm ", MODULES),
        ("epsilon inspect a.wasm --", ["--json", "--cells", "--asm", "--help"]),
        ("epsilon inspect fol", ["folder"]),
        ("epsilon inspect --asm ", []),
        ("epsilon inspect --cells f ", MODULES),
        ("epsilon inspect --cells=", []),
        ("epsilon wat -o ", MODULES),
        ("epsilon help wa", ["wat"]),
        ("epsilon help run", ["run"]),
    ],
)  # fmt: skip
def test_bash(folder, line, offered):
    assert sorted(complete_in_bash(line, folder)) == sorted(offered)


@needs("bash")
def test_bash_registers_the_completion():
    done = subprocess.run(
        ["bash", "-c", 'source "$1" && complete -p epsilon', "bash", BASH],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.stdout == "complete -o bashdefault -o default -F _epsilon epsilon\n"


def zsh_options(text):
    """The options of a piece of the file: '--name[', '--name=[' and '{-h,--help}'."""
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*(?==?[\[,}])", text))


def test_zsh_knows_every_option(commands):
    text = ZSH.read_text(encoding="utf-8")
    shared = {
        "help": zsh_options(re.search(r"\n    help=(.*)\n", text)[1]),
        **{
            name: zsh_options(re.search(rf"\n    {name}=\((.*?)\n    \)\n", text, re.S)[1])
            for name in ("limits", "wasi")
        },
    }

    def known(piece):
        options = zsh_options(piece)
        for name, more in shared.items():
            if f"${name}" in piece:
                options |= more
        return options

    top, _, rest = text.partition("_arguments -C")[2].partition("case $state in")
    found = {"": known(top)}
    for match in re.finditer(r"\n +(\w+)\)\n +(_arguments .*?);;", rest, re.S):
        found[match[1]] = known(match[2])
    assert found == commands
    listed = re.search(r"\n    commands=\((.*?)\n    \)\n", text, re.S)[1]
    assert set(re.findall(r"'(\w+):", listed)) == set(commands) - {""}


def test_fish_knows_every_option(commands):
    found = {name: set() for name in commands}
    named = set()
    for line in FISH.read_text(encoding="utf-8").splitlines():
        if not line.startswith("complete -c epsilon"):
            continue
        options = {f"--{name}" for name in re.findall(r" -l ([\w-]+)", line)}
        options |= {f"-{letter}" for letter in re.findall(r" -s (\w)\b", line)}
        of_command = re.search(r"__epsilon_command (\w+)", line)
        if of_command:
            places = [of_command[1]]
        elif "__epsilon_before_file" in line:
            places = ["", "run", "repl"]
        elif "__fish_is_first_arg" in line:
            places = [""]
            named |= set(re.findall(r" -a (\w+)", line))
        else:
            places = list(commands)
        for place in places:
            found[place] |= options
    assert found == commands
    assert named == set(commands) - {""}


@needs("fish")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("epsilon --tim", {"--timeout"}),
        ("epsilon va", {"validate"}),
        ("epsilon run --fuel 5 --max-s", {"--max-stack"}),
        ("epsilon run --inv", {"--invoke"}),
        ("epsilon repl --fuel 5 --max-s", {"--max-stack"}),
        ("epsilon repl --inv", set()),
        ("epsilon repl ", set()),
        ("epsilon run a.wasm --", set()),
        ("epsilon inspect --j", {"--json"}),
        ("epsilon help ", {"run", "repl", "validate", "inspect", "wat"}),
    ],
)
def test_fish(folder, line, offered):
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {FISH}; complete -C '{line}'"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert {row.split("\t")[0] for row in done.stdout.splitlines()} == offered
    assert done.stderr == ""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["bash", "-n", BASH], marks=needs("bash")),
        pytest.param(["zsh", "-n", ZSH], marks=needs("zsh")),
        pytest.param(["fish", "-n", FISH], marks=needs("fish")),
        pytest.param(["groff", "-ww", "-mandoc", "-Tutf8", "-z", MAN], marks=needs("groff")),
        pytest.param(["mandoc", "-T", "lint", "-W", "warning", MAN], marks=needs("mandoc")),
    ],
    ids=lambda command: command[0],
)
def test_the_files_are_sound(command):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_man_page_has_every_command_and_option(commands):
    text = MAN.read_text(encoding="utf-8")
    items = "\n".join(line for line in text.splitlines() if line.startswith(".It "))
    described = set(re.findall(r"Fl (-?[a-z][a-z0-9-]*)", items))
    assert {f"-{name}" for name in described} == set().union(*commands.values())
    assert set(re.findall(r"^\.It Cm (\w+)$", items, re.M)) == set(commands) - {""}


def test_the_documentation_has_every_option(commands):
    text = (CLI.parent / "docs" / "cli.md").read_text(encoding="utf-8")
    for option in set().union(*commands.values()) - {"-h"}:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", text), option
    for command in set(commands) - {""}:
        assert f"epsilon {command} " in text

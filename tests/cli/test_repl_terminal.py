# SPDX-License-Identifier: Apache-2.0
"""epsilon repl on a terminal, which Python plays."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import stat
import struct
import termios
import time

import pytest

PROMPT = "epsilon> "

# Not empty once that is known.
without_editing = []

CALC = """(module $calc
  (memory (export "memory") 1)
  (global (export "count") (mut i32) (i32.const 5))
  (global (export "pi") f64 (f64.const 3.25))
  (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
  (func (export "a b.c") (result i32) i32.const 1)
  (func $spin (export "spin") (loop (br 0))))"""


def on_screen(text):
    """What a row shows after this was written to it, behind the prompt."""
    text = PROMPT + text[text.rfind(PROMPT) + len(PROMPT) :] if PROMPT in text else PROMPT + text
    row, column = [], 0
    for code, character in re.findall("\x1b\\[([0-9;]*[A-Za-z])|(.)", text, re.S):
        if character == "\r":
            column = 0
        elif character == "\b" or code in ("D", "1D"):
            column -= 1
        elif code.endswith("G"):
            column = int(code[:-1]) - 1
        elif code == "K":
            del row[column:]
        elif character and character not in "\a\n":
            row += " " * (column + 1 - len(row))
            row[column] = character
            column += 1
    return "".join(row)[len(PROMPT) :]


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, args, folder, environment):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            self.file = 0
            self.resize(24, 80)
            os.chdir(folder)
            # Whoever runs the tests may ignore them.
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.execve(args[0], args, environment)
        self.seen = ""
        self.is_plain = environment.get("TERM", "") in ("", "dumb")

    def resize(self, rows, columns):
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def more(self, timeout):
        """What the program has written since; nothing when it has ended."""
        if not select.select([self.file], [], [], timeout)[0]:
            raise AssertionError(f"nothing more behind {self.seen!r}")
        try:
            return os.read(self.file, 1 << 16).decode(errors="replace")
        except OSError:  # EIO: the other side is closed
            return ""

    def until(self, text):
        """Everything up to this text."""
        while text not in self.seen:
            new = self.more(20)
            assert new, f"the end behind {self.seen!r}"
            self.seen += new
        before, _, self.seen = self.seen.partition(text)
        return before

    def type(self, text):
        os.write(self.file, text.encode())

    def press(self, text):
        """Types something at a prompt."""
        self.begins_editing()
        self.type(text)

    def begin(self, text):
        """Types a line, for what comes then."""
        self.press(text + "\n")
        self.until("\n")

    def until_line(self, line):
        """Waits until the row of the prompt shows this line; then forgets it."""
        while on_screen(self.seen) != line:
            new = self.more(20)
            assert new, f"the end behind {self.seen!r}"
            self.seen += new
        self.type("\3")
        self.until("^C")
        self.until(PROMPT)

    def enter(self, text):
        """What a line printed, on a terminal whose codes are left out."""
        self.begin(text)
        return re.sub("\x1b\\[[0-9;]*[A-Za-z]", "", self.until(PROMPT)).replace("\r", "")

    def is_editing(self):
        return not termios.tcgetattr(self.file)[3] & termios.ICANON

    def begins_editing(self):
        """Waits until lines are edited: what is typed before is shown by the system too. False
        where the program was built without a library for that."""
        deadline = time.monotonic() + 5
        while not self.is_plain and not self.is_editing():
            self.is_plain = bool(without_editing) or time.monotonic() > deadline
            time.sleep(0.005)
        return not self.is_plain

    def end(self):
        """What it still printed, and its status."""
        new = self.seen
        self.seen = ""
        while new:
            self.seen += new
            new = self.more(20)
        if not self.seen:
            while self.more(20):
                pass
        status = os.waitpid(self.pid, 0)[1]
        self.pid = 0
        return status

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.file)


@pytest.fixture
def folder(module, tmp_path):
    path = tmp_path / "here"
    path.mkdir()
    module(CALC).rename(path / "calc.wasm")
    (path / "notes.txt").write_text("")
    (path / "a folder").mkdir()
    return path


@pytest.fixture
def start(program, environment, folder, tmp_path):
    """Starts a session; more are variables of the environment."""
    terminals = []

    def run(*args, to=PROMPT, **more):
        variables = dict(environment, TERM="xterm", XDG_STATE_HOME=str(tmp_path / "state"),
                         HOME=str(tmp_path), LC_ALL="C.UTF-8")  # fmt: skip
        variables.pop("NO_COLOR", None)
        terminal = Terminal([program, *args], folder, dict(variables, **more))
        terminals.append(terminal)
        terminal.until(to)
        return terminal

    yield run
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def edited(start):
    """The same, where the program was built with a library that edits lines."""

    def run(*args, **more):
        terminal = start(*args, **more)
        if not terminal.begins_editing():
            without_editing.append(True)
            pytest.skip("this program was built without line editing")
        return terminal

    return run


@pytest.fixture
def history(tmp_path):
    return tmp_path / "state" / "epsilon" / "history"


def test_a_session(start):
    terminal = start("repl")
    assert terminal.enter("load calc.wasm") == "loaded default: 6 exports\n"
    assert terminal.enter("invoke add 5 37") == "42\n"
    assert terminal.enter("invoke ad 5 37") == (
        'error: module "default" exports no func "ad"; did you mean add?\n'
    )
    assert terminal.enter("clear") == "unloaded 1 module\n"
    assert terminal.enter("list") == "no module is loaded; LOAD FILE loads one\n"
    terminal.press("quit\n")
    assert terminal.end() == 0


def test_the_program_alone(start):
    terminal = start("--timeout", "50ms")
    terminal.enter("load calc.wasm")
    assert "error: timeout: execution timed out" in terminal.enter("invoke spin")
    terminal.press("\4")
    assert terminal.end() == 0


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": ""}])
def test_colours(start, variables):
    terminal = start("repl", **variables)
    terminal.enter("load calc.wasm")
    terminal.begin("invoke add 5 37")
    terminal.until("\x1b[32m42\x1b[0m\r\n")
    terminal.until(PROMPT)
    terminal.begin("bad")
    terminal.until('\x1b[31merror: no command "bad"; HELP lists them\x1b[0m\r\n')


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}])
def test_without_colours(start, variables):
    terminal = start("repl", **variables)
    terminal.enter("load calc.wasm")
    terminal.begin("invoke add 5 37")
    terminal.until("42\r\n" + PROMPT)
    terminal.begin("bad")
    terminal.until('error: no command "bad"; HELP lists them\r\n' + PROMPT)


def test_ctrl_c_stops_the_program(start):
    terminal = start("repl")
    terminal.enter("load calc.wasm")
    for _ in range(3):
        terminal.begin("invoke spin")
        time.sleep(0.05)
        terminal.type("\3")
        assert "error: interrupted" in terminal.until(PROMPT)
    assert terminal.enter("invoke add 1 2") == "3\n"


def test_ctrl_c_is_not_lost_where_the_program_begins(start):
    """Whenever it comes after the line: while it is parsed, before the call, in the call. As long
    as the terminal still edits lines it is a key of the next one."""
    terminal = start("repl")
    terminal.enter("load calc.wasm")
    for _ in range(20):
        terminal.begin("invoke spin")
        while terminal.is_editing():
            time.sleep(0.0002)
        terminal.type("\3")
        terminal.until(PROMPT)


def test_ctrl_c_stops_a_load(start, folder):
    os.mkfifo(folder / "pipe")
    terminal = start("repl")
    terminal.begin("load pipe")
    time.sleep(0.1)
    terminal.type("\3")
    assert "error: pipe: Interrupted system call" in terminal.until(PROMPT)


def test_ctrl_c_stops_what_is_printed(start):
    terminal = start("repl")
    terminal.enter("load calc.wasm")
    terminal.type("mem 0 65536\n")
    terminal.until("00000020 ")
    terminal.type("\3")
    terminal.until(PROMPT)
    assert terminal.enter("invoke add 1 2") == "3\n"


@pytest.mark.parametrize("variables", [{}, {"TERM": "dumb"}, {"TERM": ""}, {"TERM": "no-such"}])
def test_ctrl_c_forgets_the_line(start, variables):
    terminal = start("repl", **variables)
    terminal.begins_editing()
    terminal.type("bad")
    terminal.until("bad")
    terminal.type("\3")
    assert terminal.until(PROMPT).startswith("^C\r\n")
    assert terminal.enter("get g") == "error: no module is loaded; LOAD FILE loads one\n"
    terminal.press("\4")
    assert terminal.end() == 0


def test_a_terminal_that_cannot_edit(start):
    terminal = start("repl", TERM="dumb")
    assert not terminal.is_editing()
    assert terminal.enter("load calc.wasm") == "loaded default: 6 exports\n"
    terminal.begin("invoke spin")
    time.sleep(0.05)
    terminal.type("\3")
    assert "error: interrupted" in terminal.until(PROMPT)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("lo", "load "),
        ("LO", "LOAD "),
        ("load c", "load calc.wasm "),
        ("load m calc", "load m calc.wasm "),
        ("load a", 'load "a folder/'),
        ("load n", "load notes.txt "),
        ("invoke sp", "invoke spin "),
        ("invoke m.sp", "invoke m.spin "),
        ("invoke m", "invoke m."),
        ('invoke "a ', 'invoke "a b.c" '),
        ("get p", "get pi "),
        ("set ", "set count "),
        ("list d", "list default "),
        ("help cl", "help clear "),
        ("mem memo", "mem memory "),
    ],
)
def test_completion(edited, typed, line):
    terminal = edited("repl")
    if not typed.startswith("lo"):
        terminal.enter("load calc.wasm")
    if "m" in typed.split()[1:] or "m." in typed:
        terminal.enter("load m calc.wasm")
    terminal.press(typed + "\t")
    terminal.until_line(line)


def test_completion_lists_what_there_is(edited):
    terminal = edited("repl")
    terminal.enter("load calc.wasm")
    terminal.press("invoke \t")
    terminal.until('invoke \r\nadd      "a b.c"  spin\r\n')
    terminal.until(PROMPT)
    assert terminal.enter("add 1 2") == "3\n"
    # Nothing fits.
    terminal.press("x \t\t")
    terminal.until_line("x ")


def test_editing(edited):
    terminal = edited("repl")
    terminal.enter("load calc.wasm")
    # Arrows, the beginning and the end of the line, a word deleted, an accent.
    assert terminal.enter("invoke add 1 2\x1b[D\x1b[D9") == "21\n"
    assert terminal.enter("nvoke add 1 3\x01i\x055") == "36\n"
    assert terminal.enter("invoke add 1 3\x1b[H\x1b[3~i\x1b[F0") == "31\n"
    assert 'no global "é"' in terminal.enter("get é")


def test_history(start, edited, history):
    terminal = edited("repl")
    terminal.enter("load calc.wasm")
    terminal.enter("invoke add 1 2  ")
    terminal.enter("invoke add 1 2")
    assert terminal.enter("\x1b[A") == "3\n"
    terminal.enter("")
    assert terminal.enter("\x1b[A\x1b[A") == (
        'error: a module "default" is loaded already; LOAD NAME FILE gives another name, CLEAR '
        "unloads all\n"
    )
    terminal.press("\4")
    assert terminal.end() == 0
    assert history.read_text() == "load calc.wasm\ninvoke add 1 2\nload calc.wasm\n"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700
    terminal = edited("repl")
    assert terminal.enter("\x1b[A") == "loaded default: 6 exports\n"
    terminal.press("\x12add")
    terminal.type("\n")
    terminal.until("\x1b[32m3\x1b[0m")


def test_a_history_of_any_bytes(edited, history):
    history.parent.mkdir(parents=True)
    history.write_bytes(b"a\0b\n\xff\xfe\n\x1b[2J\n" + b"x" * (1 << 21) + b"\nhelp quit\n")
    terminal = edited("repl")
    assert terminal.enter("\x1b[A").startswith("QUIT\n")


def test_a_long_history_is_cut_down(edited, history):
    history.parent.mkdir(parents=True)
    history.write_text("".join(f"get {number}\n" for number in range(5000)))
    terminal = edited("repl")
    terminal.enter("help quit")
    lines = history.read_text().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (1001, "get 4000", "help quit")
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


@pytest.mark.parametrize("obstacle", ["file", "folder", "pipe", "link", "nowhere"])
def test_a_history_that_cannot_be_written(edited, history, tmp_path, obstacle):
    if obstacle == "file":
        (tmp_path / "state").write_text("")
    elif obstacle == "folder":
        history.mkdir(parents=True)
    elif obstacle == "pipe":
        history.parent.mkdir(parents=True)
        os.mkfifo(history)
    elif obstacle == "link":
        history.parent.mkdir(parents=True)
        history.symlink_to("/dev/full")
    variables = {"XDG_STATE_HOME": "", "HOME": "/dev/null/no"} if obstacle == "nowhere" else {}
    terminal = edited("repl", **variables)
    assert terminal.enter("help quit") == "QUIT\nLeaves the program, as Ctrl-D does.\n"
    assert terminal.enter("\x1b[A").startswith("QUIT\n")


def test_the_default_place_of_the_history(edited, tmp_path):
    terminal = edited("repl", XDG_STATE_HOME="not/absolute")
    terminal.enter("help quit")
    assert (tmp_path / ".local/state/epsilon/history").read_text() == "help quit\n"


def test_resizing(edited):
    terminal = edited("repl")
    terminal.press("help qu")
    terminal.until("help qu")
    terminal.resize(40, 132)
    terminal.until("help qu")
    assert terminal.enter("it").startswith("QUIT\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_the_terminal_is_given_back(edited, number):
    terminal = edited("repl")
    terminal.press("help")
    terminal.until("help")
    assert terminal.is_editing()
    os.kill(terminal.pid, number)
    status = os.waitpid(terminal.pid, 0)[1]
    terminal.pid = 0
    assert os.WTERMSIG(status) == number
    assert not terminal.is_editing()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_ctrl_z_and_fg(program, environment, folder, tmp_path):
    variables = dict(environment, TERM="xterm", PS1="shell: ", HOME=str(tmp_path), HISTFILE="")
    terminal = Terminal(
        [shutil.which("bash"), "--norc", "--noprofile", "-i"], folder, variables
    )  # fmt: skip
    try:
        terminal.until("shell: ")
        terminal.type(f"{program} repl\n")
        terminal.until(PROMPT)
        if not terminal.begins_editing():
            pytest.skip("this program was built without line editing")
        terminal.press("help qu")
        terminal.until("help qu")
        terminal.type("\x1a")
        terminal.until("Stopped")
        terminal.until("shell: ")
        terminal.type("fg\n")
        terminal.until(PROMPT)
        terminal.type("it\n")
        terminal.until("Leaves the program")
        terminal.press("\4")
        terminal.until("shell: ")
        terminal.type("exit\n")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_the_terminal_goes_away(start):
    terminal = start("repl")
    os.close(terminal.file)
    status = os.waitpid(terminal.pid, 0)[1]
    terminal.pid, terminal.file = 0, os.open(os.devnull, os.O_RDONLY)
    assert status in (0, signal.SIGHUP)


def test_a_long_line(edited):
    terminal = edited("repl")
    for _ in range(50):
        terminal.press("x" * 100)
        while select.select([terminal.file], [], [], 0.01)[0]:
            terminal.more(20)
    terminal.type("\n")
    terminal.until(f'error: no command "{"x" * 100}"...; HELP lists them')


def test_output_elsewhere(program, environment, folder):
    """Where only the input is a terminal there are no prompts, and no REPL without its name."""
    script = '"$1" repl >out; echo "status $?"; "$1" >out2; echo "status $?"'
    terminal = Terminal(["/bin/sh", "-c", script, "sh", program], folder, environment)
    try:
        terminal.type("load calc.wasm\ninvoke add 5 37\nquit\n")
        terminal.until("status 0")
        terminal.until("epsilon: no file given")
        terminal.until("status 2")
        assert terminal.end() == 0
    finally:
        terminal.close()
    assert (folder / "out").read_text() == "42\n"

# SPDX-License-Identifier: Apache-2.0
"""Where a program's input comes from and where its output goes."""

import gc
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref

import epsilon
import pytest
from epsilon import (
    CAPTURE,
    DISCARD,
    INHERIT,
    CompiledModule,
    EpsilonTimeoutError,
    EpsilonUsageError,
    Runtime,
    Wasi,
)
from wasi_programs import echo, program, writes

ECHO = CompiledModule(echo())
BYTEWISE = CompiledModule(echo(1))
HELLO = CompiledModule(writes("hello\n"))
BINARY = bytes(range(256)) * 300


class Failure(Exception):
    pass


# ---- standard input --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [BINARY, bytearray(BINARY), memoryview(BINARY), io.BytesIO(BINARY)],
    ids=lambda given: type(given).__name__,
)
def test_binary_input(given):
    assert epsilon.run(ECHO, stdin=given).stdout == BINARY


def test_input_can_be_read_bytewise():
    assert epsilon.run(BYTEWISE, stdin=BINARY[:1000]).stdout == BINARY[:1000]
    assert epsilon.run(BYTEWISE, stdin=io.BytesIO(BINARY[:1000])).stdout == BINARY[:1000]
    assert epsilon.run(BYTEWISE, stdin=io.StringIO("gr\u00fcn" * 9)).stdout == "grün".encode() * 9


@pytest.mark.parametrize("given", [None, DISCARD, b"", "", io.BytesIO(), lambda size: b""])
def test_no_input(given):
    assert epsilon.run(ECHO, stdin=given).stdout == b""


def test_text_input():
    text = "grün \U0001f600\n" * 5000
    assert epsilon.run(ECHO, stdin=text).stdout == text.encode()
    assert epsilon.run(ECHO, stdin=io.StringIO(text)).stdout == text.encode()
    assert epsilon.run(ECHO, stdin=text, encoding="utf-16", errors="strict").stdout == text
    given = io.StringIO("ab\n" * 100)
    assert epsilon.run(ECHO, stdin=given, encoding="utf-16").stdout == "ab\n" * 100
    assert epsilon.run(ECHO, stdin="\udcff", errors="surrogateescape").stdout == "\udcff"


def test_text_input_that_cannot_be_encoded():
    with pytest.raises(EpsilonUsageError, match="^stdin: 'utf-8' codec can't encode"):
        epsilon.run(ECHO, stdin="\ud800")
    with pytest.raises(UnicodeEncodeError):
        epsilon.run(ECHO, stdin=io.StringIO("a\ud800"))
    with pytest.raises(UnicodeEncodeError):
        epsilon.run(ECHO, stdin=io.StringIO("grün"), encoding="ascii")


def test_a_str_is_never_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "input").write_bytes(b"secret")
    assert epsilon.run(ECHO, stdin="input").stdout == b"input"


def test_input_from_files(tmp_path):
    path = tmp_path / "input"
    path.write_bytes(BINARY)
    with open(path, "rb") as file:
        assert file.read(10) == BINARY[:10]
        assert epsilon.run(ECHO, stdin=file).stdout == BINARY[10:]
    with open(path, "rb", buffering=0) as raw:
        assert epsilon.run(ECHO, stdin=raw).stdout == BINARY
    path.write_text("a\nb")
    with open(path) as text:
        assert epsilon.run(ECHO, stdin=text).stdout == b"a\nb"
    with open(path, "rb") as file:
        assert epsilon.run(ECHO, stdin=file.fileno()).stdout == b"a\nb"


def test_input_from_a_callable_that_gives_parts_of_any_size():
    parts = [b"a", b"bc", "d\u00e9", bytearray(b"f" * 100_000), memoryview(b"g"), b""]
    sizes = []

    def give(size):
        sizes.append(size)
        return parts.pop(0)

    assert epsilon.run(ECHO, stdin=give).stdout == b"abcd\xc3\xa9" + b"f" * 100_000 + b"g"
    assert parts == []
    assert set(sizes) == {4096}


def test_the_end_of_input_is_asked_for_again():
    parts = [b"a", b"", b"b", b""]
    twice = program(
        "(call $copy (i32.const 0) (i32.const 1) (i32.const 9))"
        "(call $copy (i32.const 0) (i32.const 1) (i32.const 9))"
    )
    assert epsilon.run(twice, stdin=lambda size: parts.pop(0)).stdout == b"ab"


@pytest.mark.parametrize("wrong", [None, 3, [b"a"], object()])
def test_what_input_gives_is_checked(wrong):
    name = type(wrong).__name__
    with pytest.raises(EpsilonUsageError, match=f"^stdin must give bytes or str, not {name}\\b"):
        epsilon.run(ECHO, stdin=lambda size: wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (CAPTURE, "stdin can't be epsilon.CAPTURE"),
        (-1, "stdin: not a file descriptor: -1"),
        (True, "stdin: not a file descriptor: True"),
        (1 << 31, "stdin: not a file descriptor: 2147483648"),
        (987654, "stdin: file descriptor 987654: Bad file descriptor"),
        (1.5, None),
        (object(), None),
        ([b"a"], None),
    ],
)
def test_what_input_cannot_be(wrong, message):
    if message is None:
        message = (
            "stdin must be bytes, str, a file object, a callable, a file descriptor, "
            f"epsilon.INHERIT, epsilon.DISCARD or None, not {type(wrong).__name__}"
        )
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(ECHO, stdin=wrong)
    assert str(caught.value) == message


def test_input_from_a_closed_file():
    file = io.BytesIO(b"x")
    file.close()
    with pytest.raises(ValueError, match="closed file") as caught:
        epsilon.run(ECHO, stdin=file)
    assert not isinstance(caught.value, epsilon.EpsilonError)


def test_large_input():
    data = os.urandom(1 << 20) * 10
    assert epsilon.run(program("(call $copy (i32.const 0) (i32.const 1) (i32.const 65536))"),
                       stdin=data).stdout == data  # fmt: skip
    assert epsilon.run(ECHO, stdin=io.BytesIO(data[:3_000_000])).stdout == data[:3_000_000]


# ---- standard output and error ---------------------------------------------------------------


def test_output_to_a_callable():
    parts = []
    result = epsilon.run(HELLO, stdout=parts.append)
    assert parts == [b"hello\n"]
    assert result.stdout is None
    assert result.stderr == b""
    errors = []
    result = epsilon.run(writes("x", fd=2), stderr=errors.append, stdout=DISCARD)
    assert errors == [b"x"]
    assert (result.stdout, result.stderr, result.truncated) == (None, None, False)


def test_output_to_a_callable_in_text_mode():
    parts = []
    assert epsilon.run(BYTEWISE, stdin="gr\u00fcn", stdout=parts.append, text=True).stdout is None
    assert parts == ["g", "r", "ü", "n"]
    parts.clear()
    with pytest.raises(UnicodeDecodeError):
        epsilon.run(ECHO, stdin=b"a\xff", stdout=parts.append, text=True)
    epsilon.run(ECHO, stdin=b"a\xff", stdout=parts.append, errors="replace")
    assert parts == ["a\ufffd"]


def test_text_that_ends_in_the_middle_of_a_character():
    parts = []
    with pytest.raises(UnicodeDecodeError):
        epsilon.run(ECHO, stdin=b"a\xc3", stdout=parts.append, text=True)
    assert parts == ["a"]
    epsilon.run(ECHO, stdin=b"\xc3", stdout=parts.append, errors="replace")
    assert parts == ["a", "\ufffd"]


def test_output_to_files(tmp_path):
    path = tmp_path / "output"
    memory = io.BytesIO()
    assert epsilon.run(ECHO, stdin=BINARY, stdout=memory).stdout is None
    assert memory.getvalue() == BINARY
    for buffering in (-1, 0):
        with open(path, "wb", buffering=buffering) as file:
            epsilon.run(ECHO, stdin=BINARY, stdout=file)
        assert path.read_bytes() == BINARY
    with open(path, "w", encoding="utf-8") as text:
        epsilon.run(BYTEWISE, stdin="grün", stdout=text)
    assert path.read_text(encoding="utf-8") == "grün"
    with open(path, "wb") as file:
        epsilon.run(ECHO, stdin=b"by number", stdout=file.fileno())
    assert path.read_bytes() == b"by number"
    for mode in ("w", "wb"):
        with tempfile.NamedTemporaryFile(mode) as named:
            epsilon.run(ECHO, stdin=b"x", stdout=named)
            named.flush()
            with open(named.name) as again:
                assert again.read() == "x"
    strings = io.StringIO()
    epsilon.run(ECHO, stdin="grün", stdout=strings)
    assert strings.getvalue() == "grün"


def test_binary_files_get_bytes_in_text_mode_too():
    memory = io.BytesIO()
    epsilon.run(HELLO, stdout=memory, text=True)
    assert memory.getvalue() == b"hello\n"


def test_other_objects_with_write():
    class Log:
        def __init__(self):
            self.parts = []

        def write(self, data):
            self.parts.append(data)

    log = Log()
    epsilon.run(HELLO, stdout=log)
    epsilon.run(HELLO, stdout=log, text=True)
    assert log.parts == [b"hello\n", "hello\n"]


def test_unbuffered_files_that_take_a_part_only():
    class Slow(io.RawIOBase):
        def __init__(self, step):
            self.step = step
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            part = bytes(data[: self.step])
            self.data += part
            return len(part) if self.step else None

    slow = Slow(7)
    epsilon.run(ECHO, stdin=BINARY[:1000], stdout=slow)
    assert slow.data == BINARY[:1000]
    with pytest.raises(BlockingIOError):
        epsilon.run(HELLO, stdout=Slow(0))


def test_one_callable_for_both():
    both = program(
        """(drop (call $write (i32.const 1) (i32.const 64) (i32.const 1)))
        (drop (call $write (i32.const 2) (i32.const 65) (i32.const 1)))
        (drop (call $write (i32.const 1) (i32.const 66) (i32.const 1)))""",
        '(data (i32.const 64) "abc")',
    )
    parts = []
    epsilon.run(both, stdout=parts.append, stderr=parts.append)
    assert parts == [b"a", b"b", b"c"]


def test_a_large_write_comes_in_large_parts():
    sizes = []
    epsilon.run(
        program("(call $must (call $write (i32.const 1) (i32.const 0) (i32.const 400000)))"),
        stdout=lambda data: sizes.append(len(data)),
    )
    assert sum(sizes) == 400_000
    assert len(sizes) < 10


def test_output_is_capped_wherever_it_goes():
    parts = []
    result = epsilon.run(writes("x" * 100), stdout=parts.append, max_output_bytes=30)
    assert b"".join(parts) == b"x" * 30
    assert result.exit_code == 1051  # ENOSPC
    assert epsilon.run(writes("x" * 100), stdout=DISCARD, max_output_bytes=30).exit_code == 1051


def test_output_that_is_not_captured_has_no_cap_by_default():
    total = []
    body = """(local.set $a (i32.const 320))
        (loop $l
          (call $must (call $write (i32.const 1) (i32.const 0) (i32.const 65536)))
          (br_if $l (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))"""
    assert epsilon.run(program(body), stdout=lambda data: total.append(len(data))).exit_code == 0
    assert sum(total) == 320 * 65536


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (-2, "stdout: not a file descriptor: -2"),
        (False, "stdout: not a file descriptor: False"),
        (987654, "stdout: file descriptor 987654: Bad file descriptor"),
        (None, None),
        (b"x", None),
        ("path", None),
        (object(), None),
    ],
)
def test_what_output_cannot_be(wrong, message):
    if message is None:
        message = (
            "stdout must be epsilon.CAPTURE, epsilon.INHERIT, epsilon.DISCARD, a file object, a "
            f"callable or a file descriptor, not {type(wrong).__name__}"
        )
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(HELLO, stdout=wrong)
    assert str(caught.value) == message


def test_the_constants_show_themselves():
    assert (
        repr([CAPTURE, INHERIT, DISCARD]) == "[epsilon.CAPTURE, epsilon.INHERIT, epsilon.DISCARD]"
    )
    assert epsilon.Stream.CAPTURE is CAPTURE


# ---- inherited -------------------------------------------------------------------------------


def test_inherited_streams(tmp_path):
    path = tmp_path / "echo.wasm"
    path.write_bytes(echo())
    (tmp_path / "error.wasm").write_bytes(writes("err", fd=2))
    code = """
import epsilon, sys
all = dict(stdin=epsilon.INHERIT, stdout=epsilon.INHERIT, stderr=epsilon.INHERIT)
assert epsilon.run(sys.argv[1], **all).stdout is None
assert epsilon.run(sys.argv[2], **all).stderr is None
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(tmp_path / "error.wasm")],
        input=BINARY, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout == BINARY) == (0, b"err", True)


def test_control_characters_do_not_reach_a_terminal():
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    try:
        text = writes(b"a\x1b[31mb\x07\tc")
        epsilon.run(text, stdout=follower)
        assert os.read(leader, 100) == "a\ufffd[31mb\ufffd\tc".encode()
        epsilon.run(text, stdout=follower, allow_escapes=True)
        assert os.read(leader, 100) == b"a\x1b[31mb\x07\tc"
    finally:
        os.close(leader)
        os.close(follower)


def test_a_timeout_ends_a_read_of_a_pipe_that_stays_empty():
    reader, writer = os.pipe()
    try:
        began = time.monotonic()
        with pytest.raises(EpsilonTimeoutError):
            epsilon.run(ECHO, stdin=reader, timeout_ms=100)
        assert time.monotonic() - began < 10
    finally:
        os.close(reader)
        os.close(writer)


def test_sockets():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send = program(
            """(call $vector (i32.const 64) (i32.const 4))
            (call $must
              (call $sock_send (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 0)
                (i32.const 8)))""",
            '(data (i32.const 64) "ping")',
        )
        assert epsilon.run(send, sockets=[theirs]).exit_code == 0
        assert ours.recv(10) == b"ping"
        assert epsilon.run(send, sockets=[theirs.fileno()]).exit_code == 0
        assert ours.recv(10) == b"ping"
    for wrong, message in [
        ("x", "sockets[0] must be a socket, not str"),
        (True, "sockets[0] must be a socket, not bool"),
        (-1, "sockets[0] is not an open socket: -1"),
        (ours, "sockets[0] is not an open socket: -1"),
        (987654, "sockets[0]: descriptor 987654 is no socket"),
    ]:
        with pytest.raises(EpsilonUsageError) as caught:
            epsilon.run(HELLO, sockets=[wrong])
        assert str(caught.value) == message
    with pytest.raises(EpsilonUsageError, match="^sockets must be a sequence, not int$"):
        epsilon.run(HELLO, sockets=3)


# ---- exceptions, stops, re-entry -------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [Failure, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError]
)
def test_exceptions_come_out_as_they_are(kind):
    exception = kind("x")

    def fail(_):
        raise exception

    for streams in ({"stdin": fail}, {"stdout": fail}):
        with pytest.raises(kind) as caught:
            epsilon.run(ECHO, **{"stdin": b"x", **streams})
        assert caught.value is exception
        names = [entry.name for entry in caught.traceback]
        assert names[-1] == "fail"


def test_an_exception_ends_the_program():
    calls = []

    def fail(data):
        calls.append(data)
        raise Failure

    with pytest.raises(Failure):
        epsilon.run(BYTEWISE, stdin=b"abc", stdout=fail)
    assert calls == [b"a"]


def test_exceptions_are_not_kept():
    references = []

    def fail(data):
        failure = Failure()
        references.append(weakref.ref(failure))
        raise failure

    with pytest.raises(Failure):
        epsilon.run(HELLO, stdout=fail)
    gc.collect()
    epsilon.run(HELLO, stdout=lambda data: None)
    gc.collect()
    assert references[0]() is None


def test_a_timeout_while_input_is_asked_for():
    def slow(size):
        time.sleep(0.3)
        return b"x"

    began = time.monotonic()
    with pytest.raises(EpsilonTimeoutError):
        epsilon.run(ECHO, stdin=slow, timeout_ms=100)
    assert time.monotonic() - began < 10


def test_recursion_in_a_callable():
    def again(data):
        return again(data)

    with pytest.raises(RecursionError):
        epsilon.run(HELLO, stdout=again)


def test_callables_may_run_programs():
    parts = []

    def transform(data):
        parts.append(epsilon.run(ECHO, stdin=data + data).stdout)

    epsilon.run(HELLO, stdout=transform)
    assert parts == [b"hello\nhello\n"]


def test_callables_may_call_the_program_again():
    seen = []
    wasm = program(
        "(call $must (call $write (i32.const 1) (i32.const 64) (i32.const 1)))",
        '(data (i32.const 64) "x") (func (export "seven") (result i32) (i32.const 7))',
    )
    with Runtime() as runtime:
        wasi = Wasi(stdout=lambda data: seen.append((data, module.exports.seven())))
        module = runtime.instantiate(wasm, wasi=wasi)
        assert module.run() == 0
    assert seen == [(b"x", 7)]


def test_a_callable_that_closes_its_runtime():
    runtime = Runtime()
    seen = []

    def close(data):
        seen.append(data)
        runtime.close()

    module = runtime.instantiate(BYTEWISE, wasi=Wasi(stdin=b"ab", stdout=close))
    with pytest.raises(EpsilonUsageError, match="^Runtime is closed"):
        module.run()
    assert seen == [b"a"]


def test_callables_are_dropped_with_their_runtime():
    class Sink:
        def __call__(self, data):
            pass

    sink = Sink()
    reference = weakref.ref(sink)
    with Runtime() as runtime:
        runtime.instantiate(HELLO, wasi=Wasi(stdout=sink)).run()
    del runtime, sink
    gc.collect()
    assert reference() is None


def test_cycles_through_callables_are_collected():
    class Host:
        def __init__(self):
            self.runtime = Runtime()
            self.wasi = Wasi(stdout=self.take, stdin=self.take)
            self.module = self.runtime.instantiate(HELLO, wasi=self.wasi)
            self.module.run()

        def take(self, data):
            pass

    reference = weakref.ref(Host())
    gc.collect()
    gc.collect()
    assert reference() is None


def test_a_callable_outlives_the_wasi_it_was_given_to():
    parts = []
    with Runtime() as runtime:
        module = runtime.instantiate(HELLO, wasi=Wasi(stdout=lambda data: parts.append(data)))
        gc.collect()
        assert module.run() == 0
    assert parts == [b"hello\n"]


def test_streams_run_on_the_thread_of_the_call():
    seen = set()
    done = threading.Event()

    def work():
        epsilon.run(HELLO, stdout=lambda data: seen.add(threading.get_ident()))
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done.is_set()
    assert seen == {thread.ident}

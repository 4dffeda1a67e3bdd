# SPDX-License-Identifier: Apache-2.0
"""WASI programs in text form, for tests."""

from typing import Union

from wat import wat

_FUNCTIONS = {
    "args_get": "(param i32 i32) (result i32)",
    "args_sizes_get": "(param i32 i32) (result i32)",
    "environ_get": "(param i32 i32) (result i32)",
    "environ_sizes_get": "(param i32 i32) (result i32)",
    "fd_close": "(param i32) (result i32)",
    "fd_prestat_get": "(param i32 i32) (result i32)",
    "fd_prestat_dir_name": "(param i32 i32 i32) (result i32)",
    "fd_read": "(param i32 i32 i32 i32) (result i32)",
    "fd_write": "(param i32 i32 i32 i32) (result i32)",
    "path_create_directory": "(param i32 i32 i32) (result i32)",
    "path_link": "(param i32 i32 i32 i32 i32 i32 i32) (result i32)",
    "path_open": "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)",
    "path_remove_directory": "(param i32 i32 i32) (result i32)",
    "path_symlink": "(param i32 i32 i32 i32 i32) (result i32)",
    "path_unlink_file": "(param i32 i32 i32) (result i32)",
    "poll_oneoff": "(param i32 i32 i32 i32) (result i32)",
    "proc_exit": "(param i32)",
    "random_get": "(param i32 i32) (result i32)",
    "sock_send": "(param i32 i32 i32 i32 i32) (result i32)",
}

# Bytes 0 to 63 are for vectors and results, 64 to 4095 for data, those from 65536 on for buffers.
_HELPERS = """
(memory (export "memory") 8)
(func $vector (param $data i32) (param $size i32)
  (i32.store (i32.const 0) (local.get $data))
  (i32.store (i32.const 4) (local.get $size)))
(func $write (param $fd i32) (param $data i32) (param $size i32) (result i32)
  (local $errno i32)
  (block $end
    (loop $more
      (br_if $end (i32.eqz (local.get $size)))
      (call $vector (local.get $data) (local.get $size))
      (br_if $end
        (local.tee $errno
          (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
      (local.set $data (i32.add (local.get $data) (i32.load (i32.const 8))))
      (local.set $size (i32.sub (local.get $size) (i32.load (i32.const 8))))
      (br $more)))
  (local.get $errno))
(func $read (param $fd i32) (param $data i32) (param $size i32) (result i32)
  (call $vector (local.get $data) (local.get $size))
  (call $must (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
  (i32.load (i32.const 8)))
(func $must (param $errno i32)
  (if (local.get $errno) (then (call $proc_exit (i32.add (i32.const 1000) (local.get $errno))))))
(func $copy (param $from i32) (param $to i32) (param $piece i32)
  (local $size i32)
  (loop $more
    (local.set $size (call $read (local.get $from) (i32.const 65536) (local.get $piece)))
    (if (local.get $size)
      (then
        (call $must (call $write (local.get $to) (i32.const 65536) (local.get $size)))
        (br $more)))))
(func $open (param $dir i32) (param $path i32) (param $size i32) (param $flags i32)
    (param $rights i64) (result i32)
  (call $must
    (call $path_open (local.get $dir) (i32.const 1) (local.get $path) (local.get $size)
      (local.get $flags) (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 16)))
  (i32.load (i32.const 16)))
"""


def escaped(data: Union[bytes, str]) -> str:
    """Bytes as the text format writes them."""
    raw = data.encode() if isinstance(data, str) else data
    return '"' + "".join(f"\\{byte:02x}" for byte in raw) + '"'


def program(body: str, *fields: str, start: str = "_start") -> bytes:
    """A program whose start is `body`. `$write`, `$read` and others are there to be called; an
    errno that `$must` gets ends it with status 1000 + errno."""
    imports = "\n".join(
        f'(import "wasi_snapshot_preview1" "{name}" (func ${name} {kind}))'
        for name, kind in _FUNCTIONS.items()
    )
    return wat(
        f"""(module {imports} {_HELPERS} {" ".join(fields)}
        (func $start (export "{start}") (local $a i32) (local $b i32) {body}))"""
    )


def writes(data: Union[bytes, str], fd: int = 1, then: str = "") -> bytes:
    """Writes this."""
    size = len(data.encode() if isinstance(data, str) else data)
    return program(
        f"(call $must (call $write (i32.const {fd}) (i32.const 64) (i32.const {size}))) {then}",
        f"(data (i32.const 64) {escaped(data)})",
    )


def echo(piece: int = 4096) -> bytes:
    """Copies its input to its output."""
    return program(f"(call $copy (i32.const 0) (i32.const 1) (i32.const {piece}))")


def exits(status: int) -> bytes:
    return program(f"(call $proc_exit (i32.const {status}))")


def shows_args() -> bytes:
    """Writes its arguments, a NUL behind each."""
    return _shows("args")


def shows_env() -> bytes:
    """Writes its environment, a NUL behind each variable."""
    return _shows("environ")


def _shows(what: str) -> bytes:
    return program(
        f"""
        (call $must (call ${what}_sizes_get (i32.const 16) (i32.const 20)))
        (call $must (call ${what}_get (i32.const 131072) (i32.const 65536)))
        (call $must (call $write (i32.const 1) (i32.const 65536) (i32.load (i32.const 20))))"""
    )


def sleeps(nanoseconds: int) -> bytes:
    """Waits by the monotonic clock."""
    return program(
        f"""
        (i32.store (i32.const 80) (i32.const 1))
        (i64.store (i32.const 88) (i64.const {nanoseconds}))
        (call $must
          (call $poll_oneoff (i32.const 64) (i32.const 256) (i32.const 1) (i32.const 16)))"""
    )


SPIN = program("(loop $l (br $l))")

CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE = 1, 2, 4, 8
TO_READ = "(i64.const 0x200026)"
TO_WRITE = "(i64.const 0x1fffffff)"


class Files:
    """Programs that use the files of descriptor 3."""

    def __init__(self, directory: int = 3) -> None:
        self._directory = directory

    def _program(self, body: str, *texts: str) -> bytes:
        fields = []
        at = 1024
        for number, text in enumerate(texts):
            data = text.encode("utf-8", "surrogateescape")
            fields.append(f"(data (i32.const {at}) {escaped(data)})")
            body = body.replace(f"TEXT{number}", f"(i32.const {at}) (i32.const {len(data)})")
            at += len(data) + 16
        return program(body.replace("DIR", f"(i32.const {self._directory})"), *fields)

    def reads(self, path: str) -> bytes:
        """Copies the file to the output."""
        return self._program(
            f"""(call $copy (call $open DIR TEXT0 (i32.const 0) {TO_READ}) (i32.const 1)
                  (i32.const 4096))""",
            path,
        )

    def writes(self, path: str, text: str, flags: int = CREATE | TRUNCATE) -> bytes:
        return self._program(
            f"""(call $must
                  (call $write (call $open DIR TEXT0 (i32.const {flags}) {TO_WRITE}) TEXT1))""",
            path,
            text,
        )

    def does(self, function: str, *paths: str) -> bytes:
        """Calls path_create_directory and others that take one path."""
        body = "".join(f"(call $must (call ${function} DIR TEXT{i}))" for i in range(len(paths)))
        return self._program(body, *paths)

    def links(self, target: str, path: str) -> bytes:
        return self._program("(call $must (call $path_symlink TEXT0 DIR TEXT1))", target, path)

    def copies_input(self, path: str) -> bytes:
        """Copies its input to the file."""
        return self._program(
            f"""(call $copy (i32.const 0)
                  (call $open DIR TEXT0 (i32.const {CREATE | TRUNCATE}) {TO_WRITE})
                  (i32.const 65536))""",
            path,
        )

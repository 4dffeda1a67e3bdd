# SPDX-License-Identifier: Apache-2.0
"""Wasi: what a program that uses WASI preview 1 gets of the world."""

import threading
import weakref
from types import TracebackType
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    Union,
)

from epsilon._errors import EpsilonUsageError, UsageValueError, check
from epsilon._files import Files, FileTree, SymbolicLink
from epsilon._native import ffi, lib
from epsilon._store import Handles, Store, Uncopyable, counted, own
from epsilon._stream_callbacks import register
from epsilon._streams import (
    CAPTURE,
    Encoding,
    InputFrom,
    OutputStream,
    OutputTo,
    set_output,
    set_stdin,
)
from epsilon._values import bytes_of
from epsilon._wasi_setup import (
    Environment,
    Preopens,
    ReadOnly,
    Text,
    add_args,
    add_env,
    add_preopens,
    add_sockets,
    set_limits,
    text_for_wasi,
)

WASI_CLOSED = "Wasi is closed"
PROGRAM = "main.wasm"
"""What programs are called that have no other name."""

_NULL = ffi.NULL

_OUTPUTS = (lib.EPSILON_WASI_STDOUT, lib.EPSILON_WASI_STDERR)

FilesGiven = Union[None, Files, ReadOnly]


class _Exclusive:
    """For what borrows memory of the library's: other threads, signal handlers and finalizers may
    come between."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise EpsilonUsageError("Wasi is in use")

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


@counted("_handles")
class Wasi(Uncopyable):
    """What a program that uses WASI gets of the world: nothing but what is named here.

    Given to `Runtime.instantiate(wasm, wasi=...)`, it serves that Runtime from then on, with any
    number of instances, which share its streams and files.
    """

    __slots__ = (
        "__weakref__", "_encoding", "_files", "_handle", "_handles", "_exclusive", "_mounted_at",
        "_stdin", "_outputs", "_captured", "_store", "_text",
    )  # fmt: skip

    def __init__(
        self,
        *,
        args: Iterable[Text] = (),
        program: Text = PROGRAM,
        env: Optional[Environment] = None,
        stdin: InputFrom = None,
        stdout: OutputTo = CAPTURE,
        stderr: OutputTo = CAPTURE,
        files: FilesGiven = None,
        files_at: Text = "/",
        preopens: Optional[Preopens] = None,
        sockets: Iterable[Any] = (),
        text: bool = False,
        encoding: Optional[str] = None,
        errors: Optional[str] = None,
        max_output_bytes: Optional[int] = None,
        limits: Optional[Mapping[str, int]] = None,
        allow_escapes: bool = False,
    ) -> None:
        """Sets up the world of a program.

        args are its arguments, behind its name, which is `program`. env are its environment
        variables, and there are no others.
        stdin is bytes, a str, a file object, a callable that is given the most bytes to return and
        returns none at the end, a file descriptor, INHERIT, or None: then it is empty.
        stdout and stderr are CAPTURE (the attributes of these names have what was written),
        DISCARD, INHERIT, a file object, a callable, or a file descriptor. Exceptions that file
        objects and callables raise come out of the call that runs the program.
        files are files in memory, which the program finds below `files_at`: a dict of paths and
        contents, bytes or str, or dicts of their own for directories. The attribute of this name
        reads them back. preopens are directories of the host, by the path that the program finds
        each at. A program can change what is in both, unless `ReadOnly(...)` stands around it.
        sockets are listening or connected sockets, or their descriptors. From 3 on descriptors are
        those of files, preopens and sockets, in this order.
        text, or an encoding or errors, makes captured outputs, and what callables get, str. The
        encoding is UTF-8 and errors are strict unless said otherwise.
        max_output_bytes limits each of the outputs: what a program writes beyond it fails for the
        program. Where outputs are captured it is 16 MiB. limits sets other limits of WASI, such as
        {"descriptors": 100}.
        Control characters that the program writes to a terminal are replaced by U+FFFD, unless
        allow_escapes is true.
        """
        self._handles = Handles()
        self._handle: Any = _NULL
        self._exclusive = _Exclusive()
        # The first Runtime that used it. Weak: it does not keep its instances.
        self._store: Optional[weakref.ref[Store]] = None
        self._text = bool(text) or encoding is not None or errors is not None
        self._encoding = Encoding.of(encoding, errors)
        self._mounted_at = text_for_wasi(files_at, "files_at")
        out = ffi.new("epsilon_wasi_t **")
        check(lib.epsilon_wasi_new(out))
        wasi = self._handle = own(out[0], lib.epsilon_wasi_delete)
        set_limits(wasi, max_output_bytes, limits)
        add_args(wasi, program, args)
        if env is not None:
            add_env(wasi, env)
        self._files: Optional[FileTree] = None
        if files is not None:
            self._add_files(files)
        if preopens is not None:
            add_preopens(wasi, preopens)
        add_sockets(wasi, sockets)
        self._stdin = set_stdin(wasi, stdin, self._encoding)
        self._outputs: List[Tuple[int, OutputStream]] = []
        self._captured: List[bool] = []
        for number, given in zip(_OUTPUTS, (stdout, stderr)):
            stream = set_output(
                wasi, number, given, self._encoding, self._text, bool(allow_escapes)
            )
            if stream is not None:
                self._outputs.append((number, stream))
            self._captured.append(given is CAPTURE)

    def _add_files(self, files: Union[Files, ReadOnly]) -> None:
        read_only = isinstance(files, ReadOnly)
        tree = FileTree(files.of if isinstance(files, ReadOnly) else files)
        wasi, guest = self._handle, self._mounted_at
        check(lib.epsilon_wasi_preopen_memory(wasi, guest, len(guest), read_only))
        root = guest if guest.endswith(b"/") else guest + b"/"
        for parts, content in tree.entries:
            path = root + text_for_wasi("/".join(parts), "files")
            if content is None:
                check(lib.epsilon_wasi_file_write(wasi, path + b"/", len(path) + 1, _NULL, 0))
            else:
                source = bytes_of(content)
                try:
                    check(lib.epsilon_wasi_file_write(wasi, path, len(path), source, len(source)))
                finally:
                    ffi.release(source)
        tree.entries.clear()
        self._files = tree

    # ---- what came of it -------------------------------------------------------------------

    @property
    def stdout(self) -> Any:
        """What was written to the standard output until now, bytes or, in text mode, str. None if
        it is not captured."""
        return self._text_of(self._read_output(0)[0])

    @property
    def stderr(self) -> Any:
        """What was written to the standard error, as `stdout`."""
        return self._text_of(self._read_output(1)[0])

    @property
    def truncated(self) -> bool:
        """Whether max_output_bytes has kept bytes out of a captured output."""
        return self._read_output(0)[1] or self._read_output(1)[1]

    @property
    def files(self) -> Dict[Any, Any]:
        """The files in memory as they are now, as a dict like the one that was given: bytes, dicts
        for directories, and a SymbolicLink for each link that the program has made."""
        wasi = self._open()
        tree = self._files
        if tree is None:
            return {}
        with self._exclusive:
            return tree.read_back(self._listed(wasi))

    def _outputs_at_end(self) -> Tuple[Any, Any, bool]:
        """stdout, stderr and truncated."""
        stdout, stdout_cut = self._read_output(0)
        stderr, stderr_cut = self._read_output(1)
        return self._text_of(stdout), self._text_of(stderr), stdout_cut or stderr_cut

    def _outputs_so_far(self) -> Tuple[Any, Any]:
        """stdout and stderr of a program that was stopped, perhaps in the middle of a character."""
        found = [self._read_output(i)[0] for i in range(2)]
        try:
            return self._text_of(found[0]), self._text_of(found[1])
        except UnicodeDecodeError:
            name = self._encoding.name
            stdout, stderr = (
                None if data is None else data.decode(name, "replace") for data in found
            )
            return stdout, stderr

    def _text_of(self, output: Optional[bytes]) -> Any:
        return output.decode(*self._encoding) if self._text and output is not None else output

    def _read_output(self, index: int) -> Tuple[Optional[bytes], bool]:
        """None if it is not captured; whether it was cut."""
        wasi = self._open()
        if not self._captured[index]:
            return None, False
        data = ffi.new("const uint8_t **")
        size = ffi.new("size_t *")
        truncated = ffi.new("bool *")
        with self._exclusive:
            check(lib.epsilon_wasi_output(wasi, _OUTPUTS[index], data, size, truncated))
            return (ffi.buffer(data[0], size[0])[:] if size[0] else b""), bool(truncated[0])

    def _listed(self, wasi: Any) -> Iterator[Tuple[str, Any]]:
        """All that is in memory, by its path from the root of the files, sorted as bytes; those of
        directories end in "/"."""
        count = ffi.new("size_t *")
        path = ffi.new("const char **")
        data = ffi.new("const uint8_t **")
        sizes = ffi.new("size_t[2]")
        is_link = ffi.new("bool *")
        root = len(self._mounted_at.rstrip(b"/") + b"/")
        check(lib.epsilon_wasi_file_count(wasi, count))
        for i in range(count[0]):
            check(lib.epsilon_wasi_file(wasi, i, path, sizes, data, sizes + 1, is_link))
            name = ffi.buffer(path[0] + root, sizes[0] - root)[:].decode("utf-8", "surrogateescape")
            content: Any = ffi.buffer(data[0], sizes[1])[:] if sizes[1] else b""
            if is_link[0]:
                content = SymbolicLink(content.decode("utf-8", "surrogateescape"))
            yield name, content

    # ---- use -------------------------------------------------------------------------------

    def _add_to(self, imports: Any, store: Store) -> None:
        """Adds the functions of WASI to imports of the library's, for a program of this store.
        From now on this is the store's."""
        wasi = self._open()
        with self._exclusive:
            if self._store is None:
                if self._stdin is not None:
                    register(store, wasi, lib.EPSILON_WASI_STDIN, self._stdin)
                for number, stream in self._outputs:
                    register(store, wasi, number, stream)
                self._store = weakref.ref(store)
            elif self._store() is not store:
                raise UsageValueError("wasi belongs to another Runtime")
        check(lib.epsilon_imports_add_wasi(imports, wasi))

    def _end_outputs(self) -> None:
        """The program has ended."""
        for _, stream in self._outputs:
            stream.end()

    def _open(self) -> Any:
        """The handle. Whoever uses it holds it: it may be given up meanwhile."""
        handle = self._handle
        if not handle:
            raise EpsilonUsageError(WASI_CLOSED)
        return handle

    def close(self) -> None:
        """Gives everything up; what instances still use is closed with the last of them. Any number
        of times; everything else then raises EpsilonError("Wasi is closed")."""
        handle, self._handle = self._handle, _NULL
        self._handles.give_up(handle)

    def __enter__(self) -> "Wasi":
        self._open()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._handle else " (closed)"
        return f"<epsilon.Wasi at {id(self):#x}{state}>"

# SPDX-License-Identifier: Apache-2.0
"""Files in memory: given to a program as a dict, and read back as one of the same shape."""

import os
from typing import Any, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Set, Tuple, Union

from epsilon._errors import UsageTypeError, UsageValueError

Files = Mapping[Any, Union[bytes, bytearray, memoryview, str, "Mapping[Any, Any]"]]
"""Paths and what is there: the content of a file, or a directory as another such mapping."""

_DEEPEST = 500


class SymbolicLink(NamedTuple):
    """A symbolic link that a program has made among its files in memory."""

    target: str
    """The path that it leads to."""


Parts = Tuple[str, ...]


class Entry(NamedTuple):
    """Something in the file system, by its path from the root."""

    parts: Parts
    content: Any
    """None for a directory."""


class _Shape:
    """The paths as they were given, so that what is read back can have the same."""

    __slots__ = ("deepest", "directories", "names", "prefix")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        # Of the paths of directories, as many names as the longest has.
        self.deepest = 0
        self.names: Dict[Parts, Any] = {}
        self.directories: Dict[Parts, _Shape] = {}

    def place(self, parts: Parts, into: Dict[Any, Any]) -> Tuple[Dict[Any, Any], Any]:
        """Where something goes: a dict below `into` and the key there. The dicts on the way are
        made."""
        shape = self
        while True:
            if parts in shape.names:
                return into, shape.names[parts]
            for length in range(min(len(parts) - 1, shape.deepest), 0, -1):
                inner = shape.directories.get(parts[:length])
                if inner is not None:
                    into = into.setdefault(shape.names[parts[:length]], {})
                    shape = inner
                    parts = parts[length:]
                    break
            else:
                return into, shape.prefix + "/".join(parts)


class FileTree:
    """Files as the user has given them. `entries` has them in an order in which they can be made;
    it is emptied by who has made them."""

    __slots__ = ("_directories", "_shape", "entries")

    def __init__(self, files: Files) -> None:
        if not isinstance(files, Mapping):
            raise UsageTypeError(f"files must be a mapping, not {type(files).__name__}")
        given = [(key, _path(key), value) for key, value in files.items()]
        rooted = {path.startswith("/") for _, path, _ in given}
        if len(rooted) > 1:
            raise UsageValueError("files: either all paths begin with '/' or none")
        self._shape = _Shape("/" if rooted == {True} else "")
        collection = _Collection()
        collection.add(given, self._shape)
        self.entries = collection.entries
        self._directories = {"/".join(parts) for parts in collection.given_directories}

    def read_back(self, found: Iterator[Tuple[str, Any]]) -> Dict[Any, Any]:
        """The files that are there now, as they were given. Those that were not come by their path
        from the innermost directory that was given as a mapping; of other directories only empty
        ones. Paths of directories end in "/", and what is in one comes right after it."""
        result: Dict[Any, Any] = {}
        current = next(found, None)
        while current is not None:
            path, content = current
            current = next(found, None)
            if path.endswith("/"):
                is_empty = current is None or not current[0].startswith(path)
                path = path[:-1]
                if is_empty or path in self._directories:
                    into, key = self._shape.place(tuple(path.split("/")), result)
                    into.setdefault(key, {})
            else:
                into, key = self._shape.place(tuple(path.split("/")), result)
                into[key] = content
        return result


class _Collection:
    """Makes entries of mappings."""

    def __init__(self) -> None:
        self.entries: List[Entry] = []
        self.given_directories: Set[Parts] = set()
        self._files: Set[Parts] = set()
        self._directories: Set[Parts] = set()
        # Mappings that are still to be looked at: where they are, and their shapes.
        self._pending: List[Tuple[Files, Parts, _Shape]] = []

    def add(self, items: Iterable[Tuple[Any, str, Any]], shape: _Shape) -> None:
        for key, path, value in items:
            self._add(key, path, value, (), shape)
        while self._pending:
            mapping, above, inner = self._pending.pop()
            for key, value in mapping.items():
                self._add(key, _path(key), value, above, inner)

    def _add(self, key: Any, path: str, value: Any, above: Parts, shape: _Shape) -> None:
        is_directory = isinstance(value, Mapping)
        parts = _parts(path, is_directory, not above)
        whole = above + parts
        if len(whole) > _DEEPEST:
            raise UsageValueError("files: directories are nested too deeply")
        taken = self.given_directories if is_directory else self._directories
        if whole in self._files or whole in taken:
            raise UsageValueError(f"files: given twice: {'/'.join(whole)!r}")
        for length in range(len(above) + 1, len(whole)):
            if whole[:length] in self._files:
                raise UsageValueError(
                    f"files: both a file and a directory: {'/'.join(whole[:length])!r}"
                )
            self._directories.add(whole[:length])
        shape.names[parts] = key
        if is_directory:
            inner = shape.directories[parts] = _Shape("")
            shape.deepest = max(shape.deepest, len(parts))
            self._directories.add(whole)
            self.given_directories.add(whole)
            self.entries.append(Entry(whole, None))
            self._pending.append((value, whole, inner))
        else:
            self._files.add(whole)
            self.entries.append(Entry(whole, _content(value, whole)))


def _path(key: Any) -> str:
    try:
        path = os.fspath(key)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise UsageTypeError(f"files: a path must be str or os.PathLike, not {type(key).__name__}")
    return path


def _parts(path: str, is_directory: bool, at_root: bool) -> Parts:
    """The names in a path."""
    plain = path[1:] if at_root and path.startswith("/") else path
    if is_directory and plain.endswith("/"):
        plain = plain[:-1]
    parts = tuple(plain.split("/"))
    for part in parts:
        if part in ("", ".", "..") or "\0" in part:
            raise UsageValueError(f"files: not a path of a file in memory: {path!r}")
    return parts


def _content(value: Any, parts: Parts) -> Any:
    if isinstance(value, str):
        try:
            return value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            reason = "the text is not valid Unicode"
            raise UsageValueError(f"files: {'/'.join(parts)!r}: {reason}") from None
    try:
        with memoryview(value) as view:
            contiguous = view.c_contiguous
    except TypeError:
        raise UsageTypeError(
            f"files: {'/'.join(parts)!r} must be bytes, str or a mapping, "
            f"not {type(value).__name__}"
        ) from None
    if not contiguous:
        raise UsageTypeError(f"files: {'/'.join(parts)!r} must be contiguous bytes")
    return value

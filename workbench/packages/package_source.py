"""PackageSource: where a package lies, a `.tgz` or a folder, with its files and a key that changes when they do."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.packages.package_archive import LARGEST_FILE, MOST_FILES, read_archive

ARCHIVE_ENDINGS = (".tgz", ".tar.gz")
MANIFEST = "package.json"


@dataclass(frozen=True, slots=True)
class PackageSource:
    """`path` is an archive, or the folder that holds `package.json`; files are named from the folder `package` on."""

    path: Path

    @property
    def is_archive(self) -> bool:
        return self.path.is_file()

    def key(self) -> str:
        """A checksum of the archive, or of the manifest and the names, sizes and times of the folder's files.

        The times alone do not tell: archives give all files of all versions one and the same.
        """
        digest = hashlib.sha256()
        if self.is_archive:
            with self.path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            return digest.hexdigest()
        for name, path in _walk(self.path):
            told = path.stat()
            digest.update(json.dumps([name, told.st_size, told.st_mtime_ns, told.st_ctime_ns]).encode())
            if name == MANIFEST:
                digest.update(_read(path))
        return digest.hexdigest()

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and content of each JSON file in a fixed order, the manifest among them."""
        if not self.is_archive:
            for name, path in _walk(self.path):
                yield name, _read(path)
            return
        for name, content in read_archive(self.path):
            folder, _, rest = name.partition("/")
            if folder == "package" and rest.endswith(".json"):
                yield rest, content

    def read(self, name: str) -> bytes:
        """Return one file of the package, by the name under which `files` gave it."""
        if not self.is_archive:
            found = next((path for known, path in _walk(self.path) if known == name), None)
            content = _read(found) if found else None
        else:
            content = next((content for known, content in self.files() if known == name), None)
        if content is None:
            raise WorkbenchError(f"{self.path.name} has no file {name}.")
        return content


def find_source(path: Path) -> PackageSource:
    """Return the package at `path`: an archive, a folder with `package.json` in it or in its folder `package`."""
    if path.is_file() and path.name.lower().endswith(ARCHIVE_ENDINGS):
        return PackageSource(path)
    for folder in (path / "package", path):
        if (folder / MANIFEST).is_file():
            return PackageSource(folder)
    what = "There is no such file or folder" if not path.exists() else "It is no .tgz and no folder with a package.json"
    raise WorkbenchError(
        f"{path} is not a FHIR package: {what[0].lower() + what[1:]}.",
        hint="Name a .tgz, a folder, or ID#VERSION of a package that is installed.",
    )


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """The JSON files in the folder and in those right below it, `example` …; links are not followed."""
    found: list[tuple[str, Path]] = []
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                inner = (item for item in os.scandir(entry.path) if item.is_file(follow_symlinks=False))
                found += [(f"{entry.name}/{item.name}", Path(item.path)) for item in inner if _is_json(item.name)]
            elif entry.is_file(follow_symlinks=False) and _is_json(entry.name):
                found.append((entry.name, Path(entry.path)))
    except OSError as error:
        raise WorkbenchError(f"Cannot read {folder}: {error.strerror or error}.") from error
    if len(found) > MOST_FILES:
        raise WorkbenchError(f"{folder} has more than {MOST_FILES:,} files, which no FHIR package has.")
    return iter(sorted(found))


def _is_json(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise WorkbenchError(f"{path} is larger than {LARGEST_FILE >> 20} MB.")
        return path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error

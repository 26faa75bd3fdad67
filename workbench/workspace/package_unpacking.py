"""Unpacking of a package's archive into the user's package cache: all of it or nothing of it, whatever happens.

Files go to a hidden folder beside, are flushed to the disk, and take their place in one step.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.packages.package_archive import read_archive
from workbench.packages.package_manifest import read_manifest
from workbench.packages.package_source import MANIFEST, PackageSource

# A hidden folder that is older was left by a process that died.
_LEFT_BEHIND = 24 * 3600.0
_TEMPORARY = ".workbench-"
# What follows it is the name of the package that a new one was about to replace.
_SET_ASIDE = "~"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """How far it is: `files` and their `size` in bytes so far; `folder` is where they lie once all are there."""

    files: int
    size: int
    label: str = ""
    folder: Path | None = None


def unpack_package(
    archive: Path, shelf: Path, *, replace: bool = False, expected: str = ""
) -> Generator[Unpacked, None, None]:
    """Unpack `archive` into `shelf/ID#VERSION`, yielding after each file; closing the iterator leaves nothing behind.

    `expected` is the label that it must have. Raises WorkbenchError, and then the shelf is as it was.
    """
    temporary = shelf / f"{_TEMPORARY}{secrets.token_hex(8)}"
    try:
        try:
            shelf.mkdir(parents=True, exist_ok=True)
            _clean(shelf)
            temporary.mkdir()
            progress = Unpacked(0, 0)
            for progress in _write_files(archive, temporary):
                yield progress
            label = _label_of(archive, temporary, expected)
            folder = _take_place(temporary, shelf / label, replace)
        except OSError as error:
            reason = error.strerror or str(error)
            hint = "Free some space, or look at the folder's permissions."
            raise WorkbenchError(f"Cannot install {archive.name} in {shelf}: {reason}.", hint=hint) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    yield Unpacked(progress.files, progress.size, label, folder)


def remove_folder(folder: Path) -> None:
    """Take an installed package away in one step, then delete it. Raises WorkbenchError, and then it is still there."""
    away = folder.with_name(f"{_TEMPORARY}{secrets.token_hex(8)}")
    try:
        folder.rename(away)
    except OSError as error:
        raise WorkbenchError(f"Cannot remove {folder}: {error.strerror or error}.") from error
    if away.is_symlink():  # what it leads to is not ours
        away.unlink()
    else:
        shutil.rmtree(away, ignore_errors=True)


def _write_files(archive: Path, temporary: Path) -> Iterator[Unpacked]:
    files = size = 0
    made: set[Path] = set()
    for name, content in read_archive(archive):
        if not name.startswith("package/"):
            continue
        target = temporary / name
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        with target.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        files, size = files + 1, size + len(content)
        yield Unpacked(files, size)


def _label_of(archive: Path, temporary: Path, expected: str) -> str:
    if not (temporary / "package" / MANIFEST).is_file():
        raise WorkbenchError(
            f"{archive.name} is not a FHIR package: it has no package.json.", hint="Nothing was installed."
        )
    label = read_manifest(PackageSource(temporary / "package"), called=archive.name).label
    if expected and label != expected:
        raise WorkbenchError(
            f"The archive says it is {label}, and not {expected}.", hint="Nothing was installed. Ask whom it came from."
        )
    return label


def _take_place(temporary: Path, folder: Path, replace: bool) -> Path:
    old = folder.with_name(f"{_TEMPORARY}{secrets.token_hex(8)}{_SET_ASIDE}{folder.name}")
    if folder.exists():
        if not replace:
            hint = "It was left as it is; replace it (--replace) where this one is to stand in its place."
            raise WorkbenchError(f"{folder.name} is installed already.", hint=hint)
        folder.rename(old)
    try:
        temporary.rename(folder)
    except OSError:
        with contextlib.suppress(OSError):
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
    return folder


def _clean(shelf: Path) -> None:
    """Delete what a process that died left behind, and put back what it had set aside and not replaced yet."""
    for left in shelf.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError):
            name = left.name.partition(_SET_ASIDE)[2]
            if name and not (shelf / name).exists():
                left.rename(shelf / name)
            elif time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)

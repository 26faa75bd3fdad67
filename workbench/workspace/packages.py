"""Packages: those that are here, and the ways that others come and go."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from workbench.definitions.core_facts import BUILT_IN, built_in_path, load_built_in
from workbench.errors import WorkbenchError
from workbench.packages.package_shelf import PackageShelf, ShelfEntry
from workbench.workspace.package_unpacking import Unpacked, remove_folder, unpack_package

if TYPE_CHECKING:
    from workbench.definitions.package_facts import PackageFacts
    from workbench.packages.package_manifest import PackageManifest

Stage = Literal["downloading", "unpacking", "reading"]
_Item = TypeVar("_Item")
_STRIDE = 25
# More than any guide has, and few enough for one evening.
_MOST_DEPENDENCIES = 60


@dataclass(frozen=True, slots=True)
class PackageHere:
    """One package that is here. `folder` is None where it is built in; `error` says why it cannot be read.

    `size` is in bytes on disk, `missing` the labels of what it depends on and is not here.
    """

    id: str
    version: str
    title: str = ""
    fhir_versions: tuple[str, ...] = ()
    folder: Path | None = None
    size: int = 0
    is_partial: bool = False
    missing: tuple[str, ...] = ()
    error: str = ""

    @property
    def label(self) -> str:
        return f"{self.id}#{self.version}"


@dataclass(frozen=True, slots=True)
class InstallProgress:
    """How far it is: `done` of `total` bytes while downloading, files while unpacking; None where nobody knows."""

    label: str
    stage: Stage
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PackageInstalled:
    """The package is in its place and can be read; where dependencies come along, the last is the one asked for."""

    package: PackageHere


InstallEvent = InstallProgress | PackageInstalled


def list_packages(folder: Path | None = None) -> tuple[PackageHere, ...]:
    """Return what is here, by id and from new to old; one that cannot be read says why.

    Packages are not opened, only their manifests are read.
    """
    shelf = PackageShelf(folder)
    return tuple(_describe(shelf, entry) for entry in shelf.entries)


def describe_package(name: str, folder: Path | None = None) -> tuple[PackageHere, PackageFacts]:
    """Return the package of `ID#VERSION`, `ID`, a `.tgz` or a folder; raises WorkbenchError."""
    shelf = PackageShelf(folder)
    package = shelf.open(name)
    entry = shelf.find(name) or ShelfEntry(package.id, package.version, Path(name))
    return _describe_said(shelf, entry, package, package.is_partial), package


async def install_archive(
    archive: Path, *, folder: Path | None = None, replace: bool = False, expected: str = ""
) -> AsyncGenerator[InstallEvent, None]:
    """Install a `.tgz`, telling how far it is; closing the iterator, or cancelling, leaves nothing behind.

    `expected` is the label that it must have. Raises WorkbenchError, and then all is as it was.
    """
    label, last = expected or archive.name, Unpacked(0, 0)
    yield InstallProgress(label, "unpacking", 0)
    steps = _every(unpack_package(archive, PackageShelf(folder).folder, replace=replace, expected=expected))
    async with aclosing(_in_thread(steps)) as told:
        async for last in told:
            yield InstallProgress(last.label or label, "unpacking", last.files)
    yield InstallProgress(last.label, "reading", last.files)
    yield PackageInstalled(await asyncio.to_thread(_find, last.label, folder))


async def install_with_dependencies(
    name: str, registry: str, *, folder: Path | None = None, replace: bool = False
) -> AsyncGenerator[InstallEvent, None]:
    """Install a package as `install_from_registry` does, and then all that it depends on and is not here.

    What the registry does not give of those is left out, and is told as missing by the last event.
    """
    waiting, asked, first = [name], set[str](), ""
    while waiting:
        wanted = waiting.pop(0)
        asked.add(wanted)
        try:
            async with aclosing(install_from_registry(wanted, registry, folder=folder, replace=replace)) as events:
                async for event in events:
                    if isinstance(event, PackageInstalled):
                        first = first or event.package.label
                        waiting += [label for label in event.package.missing if label not in (*asked, *waiting)]
                    yield event
        except WorkbenchError:
            if not first:
                raise
        replace = False
        if len(asked) > _MOST_DEPENDENCIES:
            break
    yield PackageInstalled(await asyncio.to_thread(_find, first, folder))


async def install_from_registry(
    name: str, registry: str, *, folder: Path | None = None, replace: bool = False
) -> AsyncGenerator[InstallEvent, None]:
    """Install `ID#VERSION`, or the newest `ID`, from the registry at an address that the user has set."""
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.package_registry import LARGEST_ARCHIVE, Downloaded, fetch_package

    async with HttpClient(limit=LARGEST_ARCHIVE) as client:
        got = Downloaded(name, 0)
        async with aclosing(fetch_package(name, registry, client)) as chunks:
            async for got in chunks:
                yield InstallProgress(got.label, "downloading", got.size, got.total)
    with tempfile.TemporaryDirectory(prefix="workbench-") as place:
        archive = Path(place) / f"{got.label.replace('#', '-')}.tgz"
        await asyncio.to_thread(archive.write_bytes, got.content)
        async with aclosing(install_archive(archive, folder=folder, replace=replace, expected=got.label)) as events:
            async for event in events:
                yield event


def remove_package(label: str, folder: Path | None = None) -> PackageHere:
    """Remove an installed package and return what it was; one that is built in stays, and WorkbenchError says so."""
    shelf = PackageShelf(folder)
    entry = shelf.find(label)
    if entry is None or entry.label != label:
        near = ", ".join(each.label for each in shelf.entries if each.id == label.partition("#")[0])
        hint = f"Here are {near}." if near else "workbench package list tells what is."
        raise WorkbenchError(f"There is no package {label} here to remove.", hint=hint)
    if entry.folder is None:
        raise WorkbenchError(f"{label} comes with the workbench and cannot be removed.")
    told = _describe(shelf, entry)
    remove_folder(entry.folder)
    return told


def _find(label: str, folder: Path | None) -> PackageHere:
    shelf = PackageShelf(folder)
    entry = shelf.find(label)
    if entry is None:
        raise WorkbenchError(f"{label} was installed and is gone again.", hint="Install it once more.")
    return _describe(shelf, entry)


def _describe(shelf: PackageShelf, entry: ShelfEntry) -> PackageHere:
    try:
        return _describe_said(shelf, entry, shelf.manifest_of(entry), _is_partial(entry))
    except WorkbenchError as error:
        return PackageHere(entry.id, entry.version, folder=entry.folder, error=str(error))


def _describe_said(
    shelf: PackageShelf, entry: ShelfEntry, said: PackageFacts | PackageManifest, is_partial: bool
) -> PackageHere:
    missing = shelf.missing_of(said)
    size = _size_of(entry)
    return PackageHere(entry.id, entry.version, said.title, said.fhir_versions, entry.folder, size, is_partial, missing)


def _is_partial(entry: ShelfEntry) -> bool:
    return entry.folder is None and load_built_in(BUILT_IN[entry.label]).is_partial


def _size_of(entry: ShelfEntry) -> int:
    if entry.folder is None:
        return built_in_path(BUILT_IN[entry.label]).stat().st_size
    if entry.folder.is_file():
        return entry.folder.stat().st_size
    return sum(file.stat().st_size for file in entry.folder.rglob("*") if file.is_file())


def _every(steps: Generator[Unpacked, None, None]) -> Generator[Unpacked, None, None]:
    """One step in so many, and the last, so that telling takes no longer than doing."""
    try:
        for step in steps:
            if step.folder is not None or step.files % _STRIDE == 0:
                yield step
    finally:
        steps.close()


async def _in_thread(steps: Generator[_Item, None, None]) -> AsyncGenerator[_Item, None]:
    """Take each step in a thread; a step that runs when this is cancelled is waited for, and then undone."""
    end = object()
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, steps, end))
            try:
                item = await asyncio.shield(step)
            except asyncio.CancelledError:
                await asyncio.wait({step})
                raise
            if item is end:
                return
            yield item  # type: ignore[misc] # it is not the end
    finally:
        await asyncio.to_thread(steps.close)

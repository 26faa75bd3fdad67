"""PackageShelf: the packages that are here, those of the user's package cache and those built in, found by name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.definitions.core_facts import BUILT_IN, load_built_in
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.release import RELEASES, Release, find_release
from workbench.errors import WorkbenchError
from workbench.packages.package import open_package
from workbench.packages.package_manifest import PackageManifest, read_manifest
from workbench.packages.package_source import ARCHIVE_ENDINGS, MANIFEST, find_source
from workbench.packages.package_version import is_asked_for, labels_of, order_of, preference_of, split_label

# Packages whose content every release here brings, whatever version of them is asked for.
_ALWAYS_HERE = re.compile(
    r"hl7\.fhir\.core|hl7\.fhir\.r(?:4|4b|5)\.\w+|hl7\.terminology(?:\.r\d)?|hl7\.fhir\.uv\.extensions(?:\.r\d)?"
)


@dataclass(frozen=True, slots=True)
class ShelfEntry:
    """One package that is here; `folder` is None where it is built in."""

    id: str
    version: str
    folder: Path | None = None

    @property
    def label(self) -> str:
        return f"{self.id}#{self.version}"


@dataclass(frozen=True, slots=True)
class PackageSet:
    """Packages with all that they depend on, and the labels of what is not here."""

    packages: tuple[PackageFacts, ...]
    missing: tuple[str, ...] = ()

    def release(self) -> Release:
        """Return the release that the first package is made for; R4 where none says."""
        versions = [version for package in self.packages for version in package.fhir_versions]
        named = (each for version in versions for each in RELEASES if each.covers(version))
        return next(named, find_release("4.0"))


class PackageShelf:
    """`folder` is laid out as all FHIR tools do it: `<id>#<version>/package/` (FHIR NPM packages, package cache)."""

    def __init__(self, folder: Path | None = None, *, cache: Path | None = None) -> None:
        self._folder = folder
        self._cache = cache

    @property
    def folder(self) -> Path:
        """The folder that was named, or the user's own; a user who has no home raises WorkbenchError."""
        return self._folder if self._folder is not None else default_folder()

    @cached_property
    def entries(self) -> tuple[ShelfEntry, ...]:
        """Return what is here, by id and from new to old; of one version twice, the one the user installed."""
        found = {entry.label: entry for entry in (*self._built_in(), *self._installed())}
        newest_first = sorted(found.values(), key=lambda entry: order_of(entry.version), reverse=True)
        return tuple(sorted(newest_first, key=lambda entry: entry.id))

    def open(self, name: str) -> PackageFacts:
        """Return the package that `name` names: `ID#VERSION`, `ID` for the newest, a `.tgz`, or a folder.

        Raises WorkbenchError that says what there is instead.
        """
        path = Path(name)
        if name.lower().endswith(ARCHIVE_ENDINGS) or "/" in name or os.sep in name or path.exists():
            return open_package(path.expanduser(), cache=self._cache)
        entry = self.find(name)
        if entry is None:
            raise self._unknown(name)
        return self.open_entry(entry)

    def find(self, name: str) -> ShelfEntry | None:
        """Return the entry of `ID#VERSION` or `ID`; of those that match the newest, a release before any ballot."""
        wanted, version = split_label(name)
        matching = (entry for entry in self.entries if entry.id == wanted and is_asked_for(entry.version, version))
        return max(matching, key=lambda entry: preference_of(entry.version), default=None)

    def open_entry(self, entry: ShelfEntry) -> PackageFacts:
        if entry.folder is None:
            return load_built_in(BUILT_IN[entry.label])
        return open_package(entry.folder, cache=self._cache)

    def manifest_of(self, entry: ShelfEntry) -> PackageManifest:
        """Return what a package says of itself, without reading what is in it; raises WorkbenchError."""
        if entry.folder is not None:
            return read_manifest(find_source(entry.folder))
        package = load_built_in(BUILT_IN[entry.label])
        return PackageManifest(
            package.id, package.version, package.title, "", package.fhir_versions, package.dependencies
        )

    def with_dependencies(self, packages: Iterable[PackageFacts]) -> PackageSet:
        """Return the packages and all that they ask for, nearest first; what is not here is told.

        One that several ask for in different versions comes in each; another version than the one asked for, which was
        named or asked for before, is better than none.
        """
        found = {package.label: package for package in packages}
        missing: dict[str, None] = {}
        waiting = list(found.values())
        while waiting:
            package = waiting.pop(0)
            for label in _labels_to_find(package):
                entry = self.find(label)
                if entry is not None and entry.label not in found:
                    found[entry.label] = self.open_entry(entry)
                    waiting.append(found[entry.label])
                elif entry is None and all(known.id != split_label(label)[0] for known in found.values()):
                    missing[label] = None
        return PackageSet(tuple(found.values()), tuple(missing))

    def missing_of(self, package: PackageFacts | PackageManifest) -> tuple[str, ...]:
        """Return the labels of what `package` asks for itself and is not here."""
        return tuple(label for label in _labels_to_find(package) if self.find(label) is None)

    def _built_in(self) -> list[ShelfEntry]:
        return [ShelfEntry(name, version) for name, version in (label.split("#") for label in BUILT_IN)]

    def _installed(self) -> list[ShelfEntry]:
        try:
            with os.scandir(self.folder) as found:
                folders = [entry for entry in found if "#" in entry.name and not entry.name.startswith(".")]
        except (OSError, WorkbenchError):
            return []
        named = [(entry.name.partition("#"), Path(entry.path)) for entry in folders]
        return [
            ShelfEntry(name, version, path)
            for (name, _, version), path in named
            if name and version and (path / "package" / MANIFEST).is_file()
        ]

    def _unknown(self, name: str) -> WorkbenchError:
        wanted, _ = split_label(name)
        near = [entry.label for entry in self.entries if entry.id == wanted] or [e.label for e in self.entries]
        return WorkbenchError(
            f"The package {name} is not installed.",
            hint=f"Here are {', '.join(near[:8])}. Install another from its .tgz, or name the file itself.",
        )


def is_always_here(package_id: str) -> bool:
    """Tell whether every release here brings what is in a package, so that nobody needs to open it."""
    return _ALWAYS_HERE.fullmatch(package_id) is not None


def default_folder() -> Path:
    try:
        return Path.home() / ".fhir" / "packages"
    except RuntimeError as error:
        raise WorkbenchError(
            "There is no place for packages: this user has no home folder.", hint="Set HOME to a folder."
        ) from error


def _labels_to_find(package: PackageFacts | PackageManifest) -> Iterator[str]:
    return (label for label in labels_of(package.dependencies) if not is_always_here(split_label(label)[0]))

"""Known definitions: what a release and the packages installed here define, for checks and for choosing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.release import Release, find_release
from workbench.definitions.structure import StructureHead
from workbench.errors import WorkbenchError
from workbench.packages.package_manifest import PackageManifest
from workbench.packages.package_shelf import PackageShelf, ShelfEntry, is_always_here

Stamp = tuple[str, int]
# The release that most hospitals run, where neither the text nor the analyst names another.
USUAL_RELEASE = "4.0"


def known_definitions(release: str = "", package: str = "", *, folder: Path | None = None) -> Definitions:
    """The definitions of a release with the packages that are installed for it, those with newer versions first.

    `package`, `ID#VERSION`, and what it depends on stand before all others; it raises WorkbenchError where it is not
    here. `folder` is the package cache, the user's own where it is None.
    """
    return _load(release, package, folder, tuple(map(_stamp_of, PackageShelf(folder).entries)))


def known_profiles(release: str = "", *, folder: Path | None = None) -> tuple[StructureHead, ...]:
    """The profiles of resources that a check can be asked for, extensions and data types left out."""
    definitions = known_definitions(release, folder=folder)
    return tuple(
        head
        for head in definitions.structure_heads()
        if head.derivation == "constraint" and definitions.is_resource(head.type)
    )


@lru_cache(maxsize=6)
def _load(release: str, package: str, folder: Path | None, stamps: tuple[Stamp, ...]) -> Definitions:
    """Loaded anew once another package is here, or one is replaced; `stamps` tell that."""
    shelf = PackageShelf(folder)
    first: tuple[PackageFacts, ...] = ()
    wanted = find_release(release) if release else None
    if package:
        found = shelf.with_dependencies([shelf.open(package)])
        first, wanted = found.packages, wanted or found.release()
    wanted = wanted or find_release(USUAL_RELEASE)
    taken = {each.label for each in first}
    rest = (each for each in _made_for(wanted, shelf) if each.label not in taken)
    return load_definitions(wanted.key, (*first, *rest))


def _stamp_of(entry: ShelfEntry) -> Stamp:
    """What tells that a package was replaced, or that a file of it was; not one that was written over in its place."""
    if entry.folder is None:
        return entry.label, 0
    inside = entry.folder / "package"
    return entry.label, max(map(_time_of, (entry.folder, inside, inside / "package.json")))


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _made_for(release: Release, shelf: PackageShelf) -> Iterator[PackageFacts]:
    """The packages made for a release; one that cannot be read holds up no check, and Packages says what ails it."""
    for entry in shelf.entries:
        if not is_always_here(entry.id):
            found = _open(release, shelf, entry)
            if found is not None:
                yield found


def _open(release: Release, shelf: PackageShelf, entry: ShelfEntry) -> PackageFacts | None:
    """What is made for another release is not read any further than to its manifest."""
    try:
        return shelf.open_entry(entry) if _is_made_for(release, shelf.manifest_of(entry)) else None
    except WorkbenchError:
        return None


def _is_made_for(release: Release, manifest: PackageManifest) -> bool:
    versions = manifest.fhir_versions
    return not versions or any(release.covers(version) for version in versions)

"""Sides that are definitions: packages, releases of FHIR, and what is found in them by canonical, name or type.

Forms: `hl7.fhir.us.core#6.1.0`, `FILE.tgz`, either with `|us-core-patient` behind it, `R4`, `R4:Patient`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.release import RELEASES, Release, find_release
from workbench.errors import WorkbenchError
from workbench.packages.package import Package
from workbench.packages.package_shelf import PackageShelf
from workbench.workspace.comparison_side import Side, SideKind, side_of_json

_RELEASE = re.compile(rf"({'|'.join(release.name for release in RELEASES)})(?::(.+))?", re.IGNORECASE)
_PACKAGE = re.compile(r"([A-Za-z][A-Za-z0-9._-]*#[A-Za-z0-9][A-Za-z0-9._+-]*)(?:\|(.+))?")
_ARCHIVE = re.compile(r"(.+?\.(?:tgz|tar\.gz))(?:\|(.+))?", re.IGNORECASE)
_MOST_NAMED = 8


def find_definition_side(text: str) -> Side | None:
    """Read what `text` names; None where it has another form. Raises WorkbenchError that says what is here instead."""
    if release := _RELEASE.fullmatch(text):
        return _side_of_release(text, find_release(release[1]), release[2] or "")
    archive = _ARCHIVE.fullmatch(text)
    if archive:
        return side_of_package(Path(archive[1]), text, archive[2] or "")
    named = _PACKAGE.fullmatch(text)
    if named is None:
        return side_of_package(Path(text), text) if (Path(text) / "package" / "package.json").is_file() else None
    shelf = PackageShelf()
    return _side_of_package(shelf, shelf.open(named[1]), text, named[2] or "")


def package_versions(name: str) -> tuple[str, ...]:
    """The labels of the packages that are here with this id."""
    return tuple(entry.label for entry in PackageShelf().entries if entry.id == name)


def side_of_package(path: Path, label: str, name: str = "") -> Side:
    """The package that is an archive or a folder, or what `name` names in it."""
    shelf = PackageShelf()
    return _side_of_package(shelf, shelf.open(str(path.absolute())), label, name)


def _side_of_package(shelf: PackageShelf, package: PackageFacts, label: str, name: str) -> Side:
    known = shelf.with_dependencies([package])
    definitions = load_definitions(known.release().key, known.packages)
    if name:
        return find_in_package(label, package, definitions, name)
    return Side(label, "package", (package, definitions))


def _side_of_release(text: str, release: Release, name: str) -> Side:
    definitions = load_definitions(release.key)
    if name:
        return find_in_package(text, load_core_facts(release), definitions, name)
    return Side(text, "release", (load_core_facts(release), definitions))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One definition of a package that can be named."""

    kind: SideKind
    type: str
    url: str
    names: tuple[str, ...]


def find_in_package(label: str, package: PackageFacts, definitions: Definitions, name: str) -> Side:
    """Return the definition that `name` names: its canonical, or the last step of it, its name or its type.

    Raises WorkbenchError where there is none or more than one.
    """
    entries = list(_entries(package))
    wanted = name.partition("|")[0]
    found = [entry for entry in entries if entry.url == wanted] or _named(entries, wanted)
    if len(found) > 1:
        kinds = {entry.type for entry in found}
        ways = [f"{entry.type}/{entry.names[0]}" if len(kinds) == len(found) else entry.url for entry in found]
        hint = f"Name one: {', '.join(ways[:_MOST_NAMED])}."
        raise WorkbenchError(f"“{name}” names {len(found)} definitions of {package.label}.", hint=hint)
    if not found:
        known = {entry.names[0] for entry in entries if entry.kind == "structure"}
        near = ", ".join(get_close_matches(wanted.rpartition("/")[2], known, _MOST_NAMED, 0.5))
        raise WorkbenchError(
            f"{package.label} does not define “{name}”.",
            hint=f"It has {near}." if near else "Name a type, or a definition by its canonical.",
        )
    return _side_of(label, package, definitions, found[0])


def _named(entries: list[_Entry], name: str) -> list[_Entry]:
    """By last step, name or type, exactly and then in any case; a type goes before what is only called so.

    `SearchParameter/us-core-race` tells which of two kinds is meant.
    """
    kind, _, last = name.rpartition("/")
    for fold in (str, str.casefold):
        found = [entry for entry in entries if fold(last) in map(fold, entry.names) and kind in ("", entry.type)]
        if len(found) > 1:
            found = [entry for entry in found if entry.kind == "structure"] or found
        if found:
            return found
    return []


def _entries(package: PackageFacts) -> Iterator[_Entry]:
    for head in package.structure_heads():
        last = head.url.rpartition("/")[2]
        yield _Entry("structure", "StructureDefinition", head.url, (last, head.name))
    for item in package.value_set_heads():
        yield _Entry("value set", "ValueSet", item.url, (item.url.rpartition("/")[2], item.name))
    for item in package.code_system_heads():
        yield _Entry("code system", "CodeSystem", item.url, (item.url.rpartition("/")[2], item.name))
    for parameter in package.search_parameters():
        names = parameter.url.rpartition("/")[2], parameter.name
        yield _Entry("search parameter", "SearchParameter", parameter.url, names)
    for item in package.other_heads() if isinstance(package, Package) else ():
        kind: SideKind = "capability statement" if item.type == "CapabilityStatement" else "resource"
        yield _Entry(kind, item.type, item.url, (item.url.rpartition("/")[2], item.name))


def _side_of(label: str, package: PackageFacts, definitions: Definitions, entry: _Entry) -> Side:
    value: Any = None
    if entry.kind == "structure":
        value = definitions.structure(entry.url)
    elif entry.kind == "value set":
        value = definitions.value_set(entry.url)
    elif entry.kind == "code system":
        value = package.code_system(entry.url)
    elif entry.kind == "search parameter":
        value = package.search_parameter(entry.url)
    elif isinstance(package, Package):
        return side_of_json(package.other(entry.type, entry.url), label)
    if entry.kind == "structure":
        value = value, definitions
    return Side(label, entry.kind, value)


def side_of_definition(resource: dict[str, Any], label: str) -> Side:
    """A StructureDefinition, ValueSet, CodeSystem or SearchParameter by itself, among what is known for its release."""
    from workbench.definitions.search_parameter import parse_search_parameter
    from workbench.definitions.structure_json import parse_structure
    from workbench.terminology.terminology_json import parse_code_system, parse_value_set
    from workbench.workspace.known_definitions import known_definitions
    from workbench.workspace.lone_definition import LoneDefinition

    kind = resource["resourceType"]
    if kind == "SearchParameter":
        return Side(label, "search parameter", parse_search_parameter(resource, package=label))
    if kind == "CodeSystem":
        return Side(label, "code system", parse_code_system(resource))
    release = _release_of(str(resource.get("fhirVersion", "")))
    installed = known_definitions(release.key).packages
    if kind == "ValueSet":
        value_set = parse_value_set(resource)
        definitions = Definitions(release, (LoneDefinition(label, value_set_found=value_set), *installed))
        return Side(label, "value set", definitions.value_set(value_set.canonical) or value_set)
    structure = parse_structure(resource, package=label)
    definitions = Definitions(release, (LoneDefinition(label, structure_found=structure), *installed))
    return Side(label, "structure", (definitions.structure(structure.canonical) or structure, definitions))


def _release_of(version: str) -> Release:
    """R4 where it is not said."""
    try:
        return find_release(version)
    except WorkbenchError:
        return find_release("4.0")

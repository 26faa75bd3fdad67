"""PackageContents: what one package that is here holds, as lists for a screen, each thing read when it is looked at.

What reads packages is imported where it is called first, since the window holds these words and reads elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.definitions.definitions import Definitions
    from workbench.definitions.package_facts import PackageFacts
    from workbench.definitions.search_parameter import SearchParameter
    from workbench.definitions.structure import Structure, StructureHead
    from workbench.fhir.resource import Json
    from workbench.packages.package_shelf import PackageShelf
    from workbench.terminology.code_system import CodeSystem
    from workbench.terminology.value_set import Selection, ValueSet

ContentKind = Literal[
    "profile", "extension", "type", "value set", "code system", "search parameter", "other definition", "example"
]
# More rows than anybody reads of one value set; the count is told.
MOST_CODES = 2000


@dataclass(frozen=True, slots=True)
class PackageSummary:
    """One package that is here; `folder` is None where it is built in, `fault` says why it cannot be read.

    `unread` are the files of it that are no JSON and were left out.
    """

    label: str
    title: str = ""
    fhir_versions: tuple[str, ...] = ()
    folder: Path | None = None
    partial: bool = False
    dependencies: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fault: str = ""
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentHead:
    """One definition of a package by its address, or an example by its file; `about` is what it is of."""

    kind: ContentKind
    url: str
    title: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class ContentTable:
    """A value set, code system or search parameter as pairs of words."""

    title: str
    canonical: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ContentResource:
    """A resource of a package as it stands: an example, a capability statement, an operation."""

    title: str
    canonical: str
    value: Json
    data: bytes


Content: TypeAlias = "Structure | ContentTable | ContentResource"


def list_labels(folder: Path | None = None) -> tuple[PackageSummary, ...]:
    """What is here by its label alone, without reading any."""
    return tuple(PackageSummary(entry.label, folder=entry.folder) for entry in _shelf(folder).entries)


def read_summary(label: str, folder: Path | None = None) -> PackageSummary:
    """What a package says of itself; one that cannot be read says why."""
    from workbench.packages.package import Package
    from workbench.packages.package_version import labels_of

    shelf = _shelf(folder)
    entry = shelf.find(label)
    if entry is None:
        return PackageSummary(label, fault="It is not here any more.")
    try:
        package = shelf.open_entry(entry)
    except WorkbenchError as error:
        place = f" ({error.place})" if error.place else ""
        return PackageSummary(label, folder=entry.folder, fault=f"It cannot be read: {error.message}{place}")
    return PackageSummary(
        label,
        package.title,
        package.fhir_versions,
        entry.folder,
        package.is_partial,
        tuple(labels_of(package.dependencies)),
        shelf.missing_of(package),
        unread=package.unread if isinstance(package, Package) else (),
    )


def read_contents(label: str, folder: Path | None = None) -> tuple[ContentHead, ...]:
    """The definitions of a package that a person may look at."""
    package = _shelf(folder).open(label)
    return tuple(_heads_of(package))


def read_content(
    label: str, head: ContentHead, folder: Path | None = None
) -> Structure | ContentTable | ContentResource:
    """One definition whole; raises WorkbenchError where the package has no such."""
    package = _shelf(folder).open(label)
    content: Content | None = None
    if head.kind == "value set":
        content = _read_values(package, head.url, folder)
    elif head.kind == "code system":
        system = package.code_system(head.url)
        content = _table_of_codes(system) if system else None
    elif head.kind == "search parameter":
        parameter = package.search_parameter(head.url)
        content = _table_of_search(parameter) if parameter else None
    elif head.kind in ("other definition", "example"):
        content = _read_resource(package, head)
    else:
        content = package.structure(head.url)
    if content is None:
        raise WorkbenchError(f"{label} has no {head.kind} “{head.url}” any more.", hint="Choose the package again.")
    return content


def _shelf(folder: Path | None) -> PackageShelf:
    from workbench.packages.package_shelf import PackageShelf

    return PackageShelf(folder)


def _read_values(package: PackageFacts, url: str, folder: Path | None) -> ContentTable | None:
    """Asked of all that is known, since a value set is made of the code systems and value sets of other packages."""
    from workbench.workspace.known_definitions import known_definitions

    found = package.value_set(url)
    if found is None:
        return None
    definitions = known_definitions(package=package.label, folder=folder)
    return _table_of_values(definitions.value_set(found.canonical) or found, definitions)


def _read_resource(package: PackageFacts, head: ContentHead) -> ContentResource | None:
    from workbench.fhir.resource import parse_resource, to_json
    from workbench.packages.package import Package

    if not isinstance(package, Package):
        return None
    if head.kind == "example":
        data = next((package.read_example(each) for each in package.examples if each.file == head.url), None)
        return ContentResource(head.title, head.url, parse_resource(data), data) if data is not None else None
    value = package.other(head.about, head.url)
    if value is None:
        return None
    return ContentResource(head.title, head.url, value, to_json(value, indent=2).encode())


def _heads_of(package: PackageFacts) -> Iterator[ContentHead]:
    from workbench.packages.package import Package

    for head in package.structure_heads():
        kind = _kind_of(head)
        about = head.type if kind == "profile" else ""
        yield ContentHead(kind, head.url, head.title or head.name or head.url, about)
    for value_set in package.value_set_heads():
        yield ContentHead("value set", value_set.url, value_set.title or value_set.name or value_set.url)
    for system in package.code_system_heads():
        yield ContentHead("code system", system.url, system.title or system.name or system.url)
    for parameter in package.search_parameters():
        yield ContentHead("search parameter", parameter.url, parameter.code, ", ".join(parameter.bases[:4]))
    if isinstance(package, Package):
        for other in package.other_heads():
            yield ContentHead("other definition", other.url, other.title or other.name or other.url, other.type)
        for example in package.examples:
            yield ContentHead("example", example.file, example.id or example.file, example.type)


def _kind_of(head: StructureHead) -> ContentKind:
    if head.derivation != "constraint":
        return "type"
    return "extension" if head.type == "Extension" else "profile"


def _table_of_values(value_set: ValueSet, definitions: Definitions) -> ContentTable:
    codes = value_set.codes()
    listed = sorted(codes) if codes is not None else []
    rows = [(code, _describe_code(system, code, definitions)) for system, code in listed[:MOST_CODES]]
    said = [("Selects", _in_words(selection)) for selection in value_set.includes]
    said += [("Leaves out", _in_words(selection)) for selection in value_set.excludes]
    count = f"{len(listed):,}" if codes is not None else "cannot all be listed here"
    return ContentTable(
        value_set.title or value_set.name, value_set.canonical, (*said, ("Codes", count), *rows, *_rest(len(listed)))
    )


def _describe_code(system: str, code: str, definitions: Definitions) -> str:
    known = definitions.code_system(system)
    display = known.display_of(code) if known is not None else ""
    return f"{display} · {system}" if display else system


def _in_words(selection: Selection) -> str:
    parts = [f"of {selection.system}" if selection.system else ""]
    parts += [f"where {each.property} {each.operation} {each.value}" for each in selection.filters]
    parts += [f"what is in {each}" for each in selection.value_sets]
    parts.append(f"{len(selection.codes):,} codes" if selection.codes else "")
    return ", ".join(part for part in parts if part)


def _table_of_codes(system: CodeSystem) -> ContentTable:
    rows = [(each.code, each.display) for each in list(system.concepts.values())[:MOST_CODES]]
    head = ("Content", system.content), ("Codes", f"{len(system.concepts):,}")
    return ContentTable(system.title or system.name, system.canonical, (*head, *rows, *_rest(len(system.concepts))))


def _table_of_search(parameter: SearchParameter) -> ContentTable:
    pairs = (
        ("Name in a query", parameter.code),
        ("Kind", parameter.kind),
        ("Searches", ", ".join(parameter.bases)),
        ("Looks at", parameter.expression),
        ("Refers to", ", ".join(parameter.targets)),
        ("Comparators", ", ".join(parameter.comparators)),
        ("Modifiers", ", ".join(parameter.modifiers)),
    )
    canonical = f"{parameter.url}|{parameter.version}" if parameter.version else parameter.url
    return ContentTable(parameter.name, canonical, tuple(pair for pair in pairs if pair[1]))


def _rest(count: int) -> tuple[tuple[str, str], ...]:
    return (("…", f"and {count - MOST_CODES:,} more"),) if count > MOST_CODES else ()

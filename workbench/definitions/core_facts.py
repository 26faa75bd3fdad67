"""CoreFacts: what one release defines, read from its compiled facts as it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from workbench.definitions.facts_file import FactsFile
from workbench.definitions.release import Release
from workbench.definitions.structure import Constraint, Structure, StructureHead
from workbench.definitions.structure_facts import constraints_from_facts, structure_from_facts
from workbench.definitions.type_table import Primitive, TypeTable
from workbench.definitions.type_tables import make_tables


class CoreFacts:
    """One file of compiled facts; what was read stays, and reading twice at once does no harm."""

    def __init__(self, path: Path) -> None:
        self._file = FactsFile(path)
        self.label = str(self._file.header["package"])
        self._structures: dict[str, Structure] = {}
        self._tables: dict[str, TypeTable] = {}

    @cached_property
    def heads(self) -> Mapping[str, StructureHead]:
        """The head of every structure by its url."""
        return {url: _head(url, facts[2:], self.label) for url, facts in self._index.items()}

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

    def structure(self, url: str) -> Structure | None:
        if url not in self._structures:
            place = self._index.get(url)
            if place is None:
                return None
            facts = self._file.record(place[0], place[1])
            self._structures[url] = structure_from_facts(facts, self._constraints, self.label)
        return self._structures[url]

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

    @cached_property
    def _constraints(self) -> Mapping[str, Constraint]:
        return constraints_from_facts(self._file.section("constraints"))

    @property
    def _index(self) -> dict[str, list[Any]]:
        index: dict[str, list[Any]] = self._file.section("structures")
        return index


def _head(url: str, facts: list[Any], label: str) -> StructureHead:
    version, name, title, kind, type_name, base, derivation = facts
    return StructureHead(url, version, name, title, kind, type_name, base, derivation, label)


@lru_cache(maxsize=8)
def load_core_facts(release: Release) -> CoreFacts:
    """Return the facts of a release, those of one release once for all who ask."""
    return CoreFacts(Path(str(files(__package__) / "data" / f"{release.name.lower()}.facts")))

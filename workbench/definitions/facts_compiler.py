"""FactsCompiler: makes the lines of a FactsFile of the resources of a package, one by one."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from workbench.definitions.facts_file import FactsWriter
from workbench.definitions.search_parameter import parse_search_parameter, search_parameter_to_facts
from workbench.definitions.structure_facts import ConstraintBook, structure_to_facts
from workbench.definitions.structure_json import parse_structure
from workbench.fhir.resource import Json
from workbench.terminology.terminology_facts import code_system_to_facts, value_set_to_facts
from workbench.terminology.terminology_json import parse_code_system, parse_value_set

_SECTIONS = {
    "StructureDefinition": "structures",
    "ValueSet": "value_sets",
    "CodeSystem": "code_systems",
    "SearchParameter": "search_parameters",
}


class FactsCompiler:
    """Of two resources with one canonical the first is taken.

    With `prose`, the sentences of structures are kept; with `properties`, of the concepts of code systems only those.
    """

    def __init__(self, label: str, *, prose: bool = False, properties: Container[str] | None = None) -> None:
        self.writer = FactsWriter()
        self._label = label
        self._book = ConstraintBook(prose=prose)
        self._properties = properties
        self._indexes: dict[str, dict[str, list[Any]]] = {section: {} for section in _SECTIONS.values()}

    def add(self, resource: Json) -> bool:
        """Take a resource in; False where it is no definition of a kind that has facts."""
        section, url = _SECTIONS.get(str(resource.get("resourceType"))), resource.get("url")
        if section is None or not isinstance(url, str) or not url:
            return False
        if url not in self._indexes[section]:
            facts, head = self._compile(section, resource)
            self._indexes[section][url] = [*self.writer.add_record(facts), *head]
        return True

    def to_bytes(self, header: Mapping[str, Any]) -> bytes:
        self.writer.add_section("constraints", self._book.to_facts())
        for section, index in self._indexes.items():
            self.writer.add_section(section, index)
        return self.writer.to_bytes({**header, "package": self._label})

    def _compile(self, section: str, resource: Json) -> tuple[Any, list[Any]]:
        if section == "structures":
            structure = parse_structure(resource, package=self._label)
            head = [*names_of(resource), structure.kind, structure.type, structure.base, structure.derivation]
            return structure_to_facts(structure, self._book), head
        if section == "value_sets":
            return value_set_to_facts(parse_value_set(resource)), names_of(resource)
        if section == "code_systems":
            system = parse_code_system(resource, properties=self._properties)
            return code_system_to_facts(system), names_of(resource)
        parameter = parse_search_parameter(resource)
        return search_parameter_to_facts(parameter), [list(parameter.bases)]


def names_of(resource: Json) -> list[str]:
    values = (resource.get(name) for name in ("version", "name", "title"))
    return [value if isinstance(value, str) else "" for value in values]

"""Compiler of packages: the resources of a package into the lines of a FactsFile."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from workbench.definitions.facts_file import FactsWriter
from workbench.definitions.search_parameter import parse_search_parameter, search_parameter_to_facts
from workbench.definitions.structure_facts import ConstraintBook, structure_to_facts
from workbench.definitions.structure_json import parse_structure
from workbench.definitions.terminology_facts import code_system_to_facts, value_set_to_facts
from workbench.definitions.terminology_json import parse_code_system, parse_value_set
from workbench.fhir.resource import Json

ByType = Mapping[str, Mapping[str, Json]]


def compile_facts(
    writer: FactsWriter, resources: ByType, label: str, *, properties: Container[str] | None = None
) -> None:
    """Write the definitions in `resources`, which are by type and canonical.

    With `properties`, of the concepts of code systems only those facts are kept.
    """
    compile_structures(writer, resources.get("StructureDefinition", {}).values(), label)

    def write(section: str, type_name: str, make: Callable[[Json], tuple[Any, list[Any]]]) -> None:
        index = {}
        for url, resource in resources.get(type_name, {}).items():
            facts, head = make(resource)
            index[url] = [*writer.add_record(facts), *head]
        writer.add_section(section, index)

    write("value_sets", "ValueSet", lambda item: (value_set_to_facts(parse_value_set(item)), _names(item)))
    write(
        "code_systems",
        "CodeSystem",
        lambda item: (code_system_to_facts(parse_code_system(item, properties=properties)), _names(item)),
    )
    write("search_parameters", "SearchParameter", _search_parameter)


def compile_structures(writer: FactsWriter, resources: Iterable[Json], label: str) -> None:
    book, index = ConstraintBook(), {}
    for resource in resources:
        structure = parse_structure(resource, package=label)
        place = writer.add_record(structure_to_facts(structure, book))
        head = [structure.version, structure.name, structure.title, structure.kind]
        index[structure.url] = [*place, *head, structure.type, structure.base, structure.derivation]
    writer.add_section("constraints", book.to_facts())
    writer.add_section("structures", index)


def _names(resource: Json) -> list[str]:
    return [str(resource.get(name, "")) for name in ("version", "name", "title")]


def _search_parameter(resource: Json) -> tuple[Any, list[Any]]:
    parameter = parse_search_parameter(resource)
    return search_parameter_to_facts(parameter), [list(parameter.bases)]

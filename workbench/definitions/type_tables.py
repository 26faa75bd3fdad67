"""Type tables made of a structure: one for the type itself and one for each of its inner ones, `Patient.contact`."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.definitions.structure import ElementDefinition, Structure
from workbench.definitions.structure_json import CANONICAL
from workbench.definitions.type_table import TypedElement, TypeTable

_REFERRING = frozenset({"Reference", "canonical", "CodeableReference"})


def make_tables(structure: Structure) -> dict[str, TypeTable]:
    """Return the tables of a type by their names; slices are left out, since they are elements seen again."""
    children: dict[str, list[ElementDefinition]] = {structure.type: []}
    for element in structure.elements[1:]:
        if ":" not in element.id:
            children.setdefault(element.path.rpartition(".")[0], []).append(element)
    bases = {element.path: element.types[0].code for element in structure.elements if element.types}
    bases[structure.type] = structure.base.removeprefix(CANONICAL)
    return {path: _table(path, found, children, bases.get(path, "")) for path, found in children.items()}


def _table(
    path: str, found: list[ElementDefinition], parents: dict[str, list[ElementDefinition]], base: str
) -> TypeTable:
    by_name = {element.path.rpartition(".")[2]: tuple(_typed_elements(element, parents)) for element in found}
    return TypeTable(
        path,
        {typed.json_name: typed for elements in by_name.values() for typed in elements},
        tuple(element.path.rpartition(".")[2] for element in found if element.least > 0),
        {name: tuple(typed.json_name for typed in elements) for name, elements in by_name.items()},
        base,
    )


def _typed_elements(element: ElementDefinition, parents: dict[str, list[ElementDefinition]]) -> Iterator[TypedElement]:
    name = element.path.rpartition(".")[2]
    stem = name.removesuffix("[x]")
    binding = element.binding
    value_set = binding.value_set if binding and binding.strength == "required" else ""
    for code, targets in _types_of(element, parents):
        yield TypedElement(
            json_name=stem if stem == name else stem + code[0].upper() + code[1:],
            name=name,
            type=code,
            least=element.least,
            most=element.most,
            value_set=value_set,
            targets=targets,
            is_attribute=element.is_attribute,
        )


def _types_of(
    element: ElementDefinition, parents: dict[str, list[ElementDefinition]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if element.base_path == "Element.id":
        yield "string", ()  # R4B and R5 call it an id, against the ids in their own definitions: Observation.value[x]
    elif element.path in parents:
        yield element.path, ()
    elif element.content_reference:
        yield element.content_reference, ()
    else:
        for kind in element.types:
            targets = tuple(target.removeprefix(CANONICAL) for target in kind.targets)
            yield kind.code, () if kind.code not in _REFERRING or targets == ("Resource",) else targets

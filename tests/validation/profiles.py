"""Profiles made for the tests: the snapshot of a type with some of its elements replaced and others added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.structure import (
    Discriminator,
    ElementDefinition,
    ElementType,
    ExtensionContext,
    Slicing,
    Structure,
    StructureHead,
)
from workbench.terminology.code_system import CodeSystem
from workbench.terminology.value_set import ValueSet
from workbench.validation.validator import Validator

BASE = "http://example.org/fhir/StructureDefinition/"


class MadePackage:
    """A package of what the tests make."""

    label = "example.made#1.0.0"

    def __init__(self, structures: Sequence[Structure], value_sets: Sequence[ValueSet] = ()) -> None:
        self._structures = {structure.url: structure for structure in structures}
        self._value_sets = {value_set.url: value_set for value_set in value_sets}

    def structure_heads(self) -> Sequence[StructureHead]:
        return ()

    def structure(self, url: str) -> Structure | None:
        return self._structures.get(url)

    def value_set(self, url: str) -> ValueSet | None:
        return self._value_sets.get(url)

    def code_system(self, url: str) -> CodeSystem | None:
        return None


def element(id: str, least: int = 0, most: int | None = None, **facts: Any) -> ElementDefinition:
    """One element by its id, `Patient.identifier:mrn.system`; types are given by their names or whole."""
    path = ".".join(part.partition(":")[0] for part in id.split("."))
    slice_name = id.rpartition(".")[2].partition(":")[2]
    types = tuple(ElementType(kind) if isinstance(kind, str) else kind for kind in facts.pop("types", ()))
    return ElementDefinition(
        id, path, least, most, types, slice_name=slice_name, base_path=facts.pop("base_path", path), **facts
    )


def slicing(*discriminators: tuple[str, str], rules: str = "open", ordered: bool = False) -> Slicing:
    made = tuple(Discriminator(kind, path) for kind, path in discriminators)  # type: ignore[arg-type] # from the tests
    return Slicing(made, rules, ordered)  # type: ignore[arg-type] # from the tests


def make_profile(
    name: str, type_name: str, elements: Sequence[ElementDefinition], *, release: str = "4.0", **facts: Any
) -> Structure:
    """The snapshot of `type_name` with `elements` put in: those of a known id replace what is there."""
    base = load_definitions(release).structure(type_name)
    assert base is not None
    changed = {item.id: item for item in elements}
    snapshot = [_merge(item, changed.pop(item.id, None)) for item in base.elements]
    for item in changed.values():
        snapshot.append(item)
    made = replace(
        base,
        url=BASE + name,
        version="1.0.0",
        name=name,
        title=name,
        base=base.url,
        derivation="constraint",
        elements=tuple(snapshot),
        package=MadePackage.label,
    )
    return replace(made, **facts)


def _merge(base: ElementDefinition, item: ElementDefinition | None) -> ElementDefinition:
    if item is None:
        return base
    return replace(
        item,
        types=item.types or base.types,
        binding=item.binding or base.binding,
        constraints=(*base.constraints, *item.constraints),
        base_path=base.base_path,
        base_least=base.base_least,
        base_most=base.base_most,
        least=max(base.least, item.least),
        most=base.most if item.most is None else item.most,
        content_reference=base.content_reference,
    )


def make_extension(name: str, *contexts: str, kind: str = "element", types: Sequence[str] = ("string",)) -> Structure:
    """A simple extension with a value of one of `types`."""
    made = (ExtensionContext(kind, expression) for expression in contexts)  # type: ignore[arg-type] # from the tests
    return make_profile(
        name,
        "Extension",
        [
            element("Extension.extension", most=0),
            element("Extension.url", 1, 1, fixed=("uri", BASE + name)),
            element("Extension.value[x]", 1, 1, types=types),
        ],
        contexts=tuple(made),
    )


def validator_of(*structures: Structure, value_sets: Sequence[ValueSet] = (), release: str = "4.0") -> Validator:
    definitions = load_definitions(release, [MadePackage(structures, value_sets)])
    assert isinstance(definitions, Definitions)
    return Validator(definitions)


def told(validator: Validator, resource: Any, *profiles: Structure) -> list[tuple[str, str, str]]:
    """Severity, path and rule of each issue, without the narrative that is missed."""
    issues = validator.validate(resource, profiles=[profile.url for profile in profiles])
    return [(issue.severity, issue.path, issue.rule) for issue in issues if issue.rule != "dom-6"]

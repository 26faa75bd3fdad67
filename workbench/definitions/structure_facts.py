"""Facts of structures as compact JSON values and back: an element says what is not as usual, the rest is derived.

An element is `[id, least, most, types]` and, where there is more to say, a mapping of it. A canonical of the
standard's own structures is written `~Patient`; an invariant by its key, its words being kept once for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from workbench.definitions.structure import (
    Binding,
    Constraint,
    Discriminator,
    ElementDefinition,
    ElementType,
    ExtensionContext,
    Slicing,
    Structure,
)
from workbench.definitions.structure_json import CANONICAL

_FLAGS = (
    ("s", "must_support"),
    ("m", "is_modifier"),
    ("u", "is_summary"),
    ("a", "is_attribute"),
)
# What an ElementType has behind its code, where nothing is said.
_NO_MORE: tuple[Any, ...] = ([], [], [], "")


class ConstraintBook:
    """Invariants by key, each kept once; one key with two meanings gets a number behind it, `ele-1~2`."""

    def __init__(self, *, prose: bool = False) -> None:
        self.prose = prose
        self._names: dict[Constraint, str] = {}

    def name_of(self, constraint: Constraint) -> str:
        """Return the name under which `constraint` is kept, its sentence left out unless prose is wanted."""
        bare = constraint if self.prose else replace(constraint, human="")
        if bare not in self._names:
            same = sum(1 for known in self._names if known.key == bare.key)
            self._names[bare] = f"{bare.key}~{same + 1}" if same else bare.key
        return self._names[bare]

    def to_facts(self) -> dict[str, list[str]]:
        return {
            name: [item.severity, item.expression, _short(item.source), *([item.human] if item.human else [])]
            for item, name in self._names.items()
        }


def constraints_from_facts(facts: Mapping[str, list[str]]) -> dict[str, Constraint]:
    return {
        name: Constraint(name.partition("~")[0], severity, expression, "".join(human), _long(source))  # type: ignore[arg-type] # from our own compiler
        for name, (severity, expression, source, *human) in facts.items()
    }


def structure_to_facts(structure: Structure, book: ConstraintBook) -> dict[str, Any]:
    facts = {
        "url": structure.url,
        "version": structure.version,
        "name": structure.name,
        "title": structure.title,
        "kind": structure.kind,
        "type": structure.type,
        "base": structure.base,
        "derivation": structure.derivation,
        "abstract": structure.abstract,
        "status": structure.status,
        "fhir_version": structure.fhir_version,
        "contexts": [[context.kind, context.expression] for context in structure.contexts],
        "context_invariants": list(structure.context_invariants),
        "is_differential": structure.is_differential,
    }
    elements = [_element_to_facts(element, book) for element in structure.elements]
    return {name: value for name, value in facts.items() if value} | {"elements": elements}


def structure_from_facts(facts: Mapping[str, Any], constraints: Mapping[str, Constraint], package: str) -> Structure:
    return Structure(
        url=facts["url"],
        version=facts.get("version", ""),
        name=facts.get("name", ""),
        kind=facts.get("kind", "complex-type"),
        type=facts.get("type", ""),
        base=facts.get("base", ""),
        derivation=facts.get("derivation", ""),
        abstract=facts.get("abstract", False),
        elements=tuple(_element_from_facts(element, constraints) for element in facts["elements"]),
        title=facts.get("title", ""),
        status=facts.get("status", ""),
        fhir_version=facts.get("fhir_version", ""),
        contexts=tuple(ExtensionContext(kind, expression) for kind, expression in facts.get("contexts", ())),
        context_invariants=tuple(facts.get("context_invariants", ())),
        package=package,
        is_differential=facts.get("is_differential", False),
    )


def _element_to_facts(element: ElementDefinition, book: ConstraintBook) -> list[Any]:
    more: dict[str, Any] = {
        "path": element.path if element.path != _path_of(element.id) else "",
        "slice": element.slice_name if element.slice_name != _slice_of(element.id) else "",
        "slicing": _slicing_to_facts(element.slicing),
        "content": element.content_reference,
        "binding": _binding_to_facts(element.binding),
        "fixed": element.fixed,
        "pattern": element.pattern,
        "from": element.least_value,
        "to": element.most_value,
        "length": element.most_length,
        "rules": [book.name_of(constraint) for constraint in element.constraints],
        "flags": "".join(letter for letter, name in _FLAGS if getattr(element, name)),
        "base": _base_to_facts(element),
        "marks": list(element.marks),
        "said": sorted(element.said),
    }
    if book.prose:
        more |= {"short": element.short, "definition": element.definition}
    more = {name: value for name, value in more.items() if value}
    types = [_type_to_facts(kind) for kind in element.types]
    return [element.id, element.least, element.most, types, *([more] if more else [])]


def _element_from_facts(facts: list[Any], constraints: Mapping[str, Constraint]) -> ElementDefinition:
    name, least, most, types = facts[:4]
    more: dict[str, Any] = facts[4] if len(facts) > 4 else {}
    path = more.get("path") or _path_of(name)
    base_path, base_least, base_most = more.get("base") or (path, least, most)
    flags = more.get("flags", "")
    binding, slicing = more.get("binding"), more.get("slicing")
    return ElementDefinition(
        name,
        path,
        least,
        most,
        tuple(_type_from_facts(kind) for kind in types),
        more.get("slice") or _slice_of(name),
        _slicing_from_facts(slicing) if slicing else None,
        more.get("content", ""),
        Binding(*binding) if binding else None,
        _pair(more.get("fixed")),
        _pair(more.get("pattern")),
        _pair(more.get("from")),
        _pair(more.get("to")),
        more.get("length"),
        tuple(constraints[key] for key in more.get("rules", ())),
        "s" in flags,
        "m" in flags,
        "u" in flags,
        base_path,
        base_least,
        base_most,
        more.get("short", ""),
        more.get("definition", ""),
        is_attribute="a" in flags,
        marks=tuple(more.get("marks", ())),
        said=frozenset(more.get("said", ())),
    )


def _path_of(name: str) -> str:
    if ":" not in name:
        return name
    return ".".join(part.partition(":")[0] for part in name.split("."))


def _slice_of(name: str) -> str:
    return name.rpartition(".")[2].partition(":")[2]


def _base_to_facts(element: ElementDefinition) -> list[Any] | None:
    usual = (element.path, element.least, element.most)
    base = (element.base_path, element.base_least, element.base_most)
    return None if base == usual else list(base)


def _type_to_facts(kind: ElementType) -> Any:
    facts: list[Any] = [
        kind.code,
        [_short(profile) for profile in kind.profiles],
        [_short(target) for target in kind.targets],
        list(kind.aggregation),
        kind.versioning,
    ]
    while not facts[-1]:
        facts.pop()
    return facts if len(facts) > 1 else kind.code


def _type_from_facts(facts: str | list[Any]) -> ElementType:
    if isinstance(facts, str):
        return _plain_type(facts)
    code, profiles, targets, aggregation, versioning = [*facts, *_NO_MORE[len(facts) - 1 :]]
    return ElementType(code, tuple(map(_long, profiles)), tuple(map(_long, targets)), tuple(aggregation), versioning)


@lru_cache(maxsize=512)
def _plain_type(code: str) -> ElementType:
    return ElementType(code)


def _slicing_to_facts(slicing: Slicing | None) -> list[Any] | None:
    if slicing is None:
        return None
    return [[[by.kind, by.path] for by in slicing.discriminators], slicing.rules, slicing.ordered]


def _slicing_from_facts(facts: list[Any]) -> Slicing:
    discriminators, rules, ordered = facts
    return Slicing(tuple(Discriminator(kind, path) for kind, path in discriminators), rules, ordered)


def _binding_to_facts(binding: Binding | None) -> list[str] | None:
    if binding is None:
        return None
    return [binding.strength, binding.value_set, *([binding.most] if binding.most else [])]


def _pair(facts: list[Any] | None) -> tuple[str, Any] | None:
    return (facts[0], facts[1]) if facts else None


def _short(canonical: str) -> str:
    return "~" + canonical.removeprefix(CANONICAL) if canonical.startswith(CANONICAL) else canonical


def _long(text: str) -> str:
    return CANONICAL + text[1:] if text.startswith("~") else text

"""Facts of value sets and code systems as compact JSON values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.terminology.code_system import CodeSystem, Concept
from workbench.terminology.value_set import ConceptFilter, Selection, ValueSet

# What a concept has behind its code, where nothing is said.
_NO_MORE: tuple[Any, ...] = ("", (), {}, "active")
_NAMES = ("url", "version", "name", "title", "status")


def value_set_to_facts(value_set: ValueSet) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(value_set, name) for name in _NAMES}
    facts["include"] = [_selection_to_facts(item) for item in value_set.includes]
    facts["exclude"] = [_selection_to_facts(item) for item in value_set.excludes]
    facts["expansion"] = value_set.expansion
    facts["whole"] = value_set.whole
    facts["active_only"] = value_set.active_only
    return {name: value for name, value in facts.items() if value}


def value_set_from_facts(facts: Mapping[str, Any], package: str) -> ValueSet:
    return ValueSet(
        **{name: facts.get(name, "") for name in _NAMES},
        includes=tuple(_selection_from_facts(item) for item in facts.get("include", ())),
        excludes=tuple(_selection_from_facts(item) for item in facts.get("exclude", ())),
        expansion=tuple((system, code, display) for system, code, display in facts.get("expansion", ())),
        whole=facts.get("whole", False),
        active_only=facts.get("active_only", False),
        package=package,
    )


def code_system_to_facts(system: CodeSystem) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(system, name) for name in _NAMES}
    facts["content"] = "" if system.content == "complete" else system.content
    facts["any_case"] = not system.is_case_sensitive
    facts["concepts"] = [_concept_to_facts(concept) for concept in system.concepts.values()]
    return {name: value for name, value in facts.items() if value}


def code_system_from_facts(facts: Mapping[str, Any], package: str) -> CodeSystem:
    concepts = [_concept_from_facts(item) for item in facts.get("concepts", ())]
    return CodeSystem(
        **{name: facts.get(name, "") for name in _NAMES},
        content=facts.get("content", "complete"),
        is_case_sensitive=not facts.get("any_case", False),
        concepts={concept.code: concept for concept in concepts},
        package=package,
    )


def _selection_to_facts(item: Selection) -> dict[str, Any]:
    facts = {
        "system": item.system,
        "version": item.version,
        "codes": [[code, display] if display else code for code, display in item.codes],
        "filters": [[by.property, by.operation, by.value] for by in item.filters],
        "sets": item.value_sets,
    }
    return {name: value for name, value in facts.items() if value}


def _selection_from_facts(facts: Mapping[str, Any]) -> Selection:
    listed = facts.get("codes", ())
    return Selection(
        facts.get("system", ""),
        facts.get("version", ""),
        tuple((item, "") if isinstance(item, str) else (item[0], item[1]) for item in listed),
        tuple(ConceptFilter(*by) for by in facts.get("filters", ())),
        tuple(facts.get("sets", ())),
    )


def _concept_to_facts(concept: Concept) -> Any:
    """`code`, or `[code, display, parents, properties, standing]` as far as there is something to say."""
    standing = "" if concept.standing == "active" else concept.standing
    facts: list[Any] = [concept.code, concept.display, concept.parents, concept.properties, standing]
    while not facts[-1]:
        facts.pop()
    return facts if len(facts) > 1 else concept.code


def _concept_from_facts(facts: str | list[Any]) -> Concept:
    if isinstance(facts, str):
        return Concept(facts)
    code, display, parents, properties, standing = [*facts, *_NO_MORE[len(facts) - 1 :]]
    return Concept(
        code,
        display,
        tuple(parents),
        {name: tuple(values) for name, values in properties.items()},
        standing,
    )

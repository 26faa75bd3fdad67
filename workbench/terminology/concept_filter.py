"""Filters of a value set, decided for one code by the hierarchy and the properties of its system.

The operations are those of FHIR R4 and R5, ValueSet.compose.include.filter.op.
"""

from __future__ import annotations

from collections.abc import Callable

import regex

from workbench.terminology.code_system import CodeSystem, Concept
from workbench.terminology.value_set import ConceptFilter

# In seconds; a pattern that takes longer backtracks without end.
LONGEST_MATCHING = 0.1
LONGEST_PATTERN = 1000
_Hierarchy = Callable[[CodeSystem, Concept, Concept], bool]
_HIERARCHY: dict[str, _Hierarchy] = {
    "is-a": lambda system, code, top: code == top or system.is_below(code.code, top.code),
    "descendent-of": lambda system, code, top: system.is_below(code.code, top.code),
    "is-not-a": lambda system, code, top: not (code == top or system.is_below(code.code, top.code)),
    "generalizes": lambda system, code, top: code == top or system.is_below(top.code, code.code),
    "child-of": lambda system, code, top: top.code in code.parents,
    "descendent-leaf": lambda system, code, top: (
        system.is_below(code.code, top.code) and not system.has_children(code.code)
    ),
}


def meets(system: CodeSystem | None, by: ConceptFilter, code: str) -> bool | None:
    """Tell whether `code` meets a filter; None where what is here of its system does not tell."""
    if by.operation == "regex" and by.property in ("code", "concept"):
        return _matches(by.value, code)
    if system is None:
        return None
    concept = system.find(code)
    if concept is None:
        return False if system.is_complete else None
    decide = _HIERARCHY.get(by.operation)
    if decide is not None:
        top = system.find(by.value)
        return decide(system, concept, top) if top is not None and by.property in ("concept", "code") else None
    return _meets_values(system, by, concept)


def _meets_values(system: CodeSystem, by: ConceptFilter, concept: Concept) -> bool | None:
    values = _values_of(system, by.property, concept)
    if values is None:
        return None
    if by.operation == "exists":
        return bool(values) is (by.value == "true")
    if by.operation == "=":
        return by.value in values
    if by.operation in ("in", "not-in"):
        wanted = {part.strip() for part in by.value.split(",")}
        return bool(wanted & set(values)) is (by.operation == "in")
    if by.operation == "regex":
        found = [_matches(by.value, value) for value in values]
        return True if True in found else None if None in found else False
    return None


def _values_of(system: CodeSystem, name: str, concept: Concept) -> tuple[str, ...] | None:
    """A property that no concept of the system has is not known here, rather than absent everywhere."""
    if name in ("code", "concept"):
        return (concept.code,)
    if name == "display":
        return (concept.display,)
    if name == "parent":
        return concept.parents
    if name in concept.properties:
        return concept.properties[name]
    known = any(name in other.properties for other in system.concepts.values())
    return () if known else None


def _matches(pattern: str, text: str) -> bool | None:
    if len(pattern) > LONGEST_PATTERN:
        return None
    try:
        return regex.fullmatch(pattern, text, timeout=LONGEST_MATCHING) is not None
    except (regex.error, TimeoutError, RecursionError, OverflowError):
        return None

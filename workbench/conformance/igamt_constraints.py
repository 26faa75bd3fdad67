"""IGAMT constraints: what an export says beside the profile, of conditional usage and of value sets, by target.

A target is a row of numbers below a data type, segment, group or message, such as `4[1].2[1]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from workbench.conformance.condition import (
    All,
    AnyOf,
    Condition,
    Expression,
    Not,
    OneOf,
    Valued,
    parse_matches,
    to_text,
)
from workbench.conformance.message_profile import USAGES, Statement, Usage
from workbench.conformance.xml_elements import XmlElement
from workbench.conformance.xml_rules import table_number
from workbench.errors import WorkbenchError
from workbench.hl7v2.path import Path

Target = tuple[int, ...]
Resolve = Callable[[Target], Path | None]
"""Gives the place in a message that numbers lead to; None where they lead to none."""

_STEP = re.compile(r"(\d{1,4})(?:\[(\d{1,6}|\*)\])?")


@dataclass(frozen=True, slots=True)
class Predicate:
    """`usage` where it holds and `otherwise` where not; `said` is the expression as XML, None where there is none."""

    usage: Usage
    otherwise: Usage
    description: str
    said: XmlElement | None

    def condition(self, resolve: Resolve) -> Condition:
        """The condition as it is decided here; in words alone where it asks what cannot be decided."""
        expression = _expression(self.said, resolve) if self.said is not None else None
        if expression is None:
            return Condition(self.description or "it is said in code")
        return Condition(to_text(expression), expression)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A conformance statement about what stands at `target`, or about its holder where that is empty."""

    target: Target
    description: str
    said: XmlElement

    def statement(self, resolve: Resolve, at: str) -> Statement | None:
        """None where it asks what cannot be decided here."""
        expression = _expression(self.said, lambda numbers: resolve((*self.target, *numbers)))
        if expression is None:
            return None
        return Statement(Condition(to_text(expression), expression), self.description, at)


_Key = tuple[str, str]
_Stated = TypeVar("_Stated")


@dataclass(frozen=True, slots=True)
class Constraints:
    """Predicates and value sets by level (`Datatype`, `Segment`, `Group`, `Message`) and ID or name."""

    predicates: Mapping[_Key, Mapping[Target, Predicate]] = field(default_factory=dict)
    tables: Mapping[_Key, Mapping[Target, str]] = field(default_factory=dict)
    assertions: Mapping[_Key, tuple[Assertion, ...]] = field(default_factory=dict)

    def predicates_of(self, level: str, element: XmlElement) -> Mapping[Target, Predicate]:
        return _of(self.predicates, level, element)

    def assertions_of(self, level: str, element: XmlElement) -> tuple[Assertion, ...]:
        by_id, by_name = (level, element.get("ID")), (level, element.get("Name"))
        return self.assertions.get(by_id) or self.assertions.get(by_name) or ()

    def tables_of(self, level: str, element: XmlElement) -> Mapping[Target, str]:
        return _of(self.tables, level, element)


def read_constraints(predicates: XmlElement | None, bindings: XmlElement | None) -> Constraints:
    """What stands in CONSTRAINTS.xml and VALUESETBINDINGS.xml; what cannot be understood there is left out."""
    stated: dict[_Key, dict[Target, Predicate]] = {}
    tables: dict[_Key, dict[Target, str]] = {}
    for level, key, element in _entries(predicates.find("Predicates") if predicates else None, "Predicate"):
        target, predicate = _target(element.get("Target")), _predicate(element)
        if target and predicate:
            stated.setdefault((level, key), {})[target] = predicate
    for level, key, element in _entries(bindings.find("ValueSetBindings") if bindings else None, "ValueSetBinding"):
        target, table = _target(element.get("Target")), _bound(element)
        if target and table:
            tables.setdefault((level, key), {})[target] = table
    asserted: dict[_Key, tuple[Assertion, ...]] = {}
    for level, key, element in _entries(predicates.find("Constraints") if predicates else None, "Constraint"):
        if (assertion := _assertion(element)) is not None:
            asserted[level, key] = (*asserted.get((level, key), ()), assertion)
    return Constraints(stated, tables, asserted)


def _of(by_key: Mapping[_Key, Mapping[Target, _Stated]], level: str, element: XmlElement) -> Mapping[Target, _Stated]:
    return by_key.get((level, element.get("ID"))) or by_key.get((level, element.get("Name"))) or {}


def _entries(root: XmlElement | None, name: str) -> list[tuple[str, str, XmlElement]]:
    found = []
    for level in root.children if root is not None else ():
        for holder in level.children:
            key = holder.get("ID") or holder.get("Name")
            found += [(level.name, key, element) for element in holder.find_all(name)]
    return found


def _predicate(element: XmlElement) -> Predicate | None:
    usage, otherwise = _usage(element.get("TrueUsage")), _usage(element.get("FalseUsage"))
    if usage is None or otherwise is None:
        return None
    described, condition = element.find("Description"), element.find("Condition")
    said = condition.children[0] if condition is not None and len(condition.children) == 1 else None
    return Predicate(usage, otherwise, " ".join(described.text.split()) if described is not None else "", said)


def _assertion(element: XmlElement) -> Assertion | None:
    """What must hold; what only should is left out."""
    described, said = element.find("Description"), element.find("Assertion")
    if said is None or len(said.children) != 1 or element.get("Strength") not in ("", "SHALL", "shall"):
        return None
    words = " ".join(described.text.split()) if described is not None else ""
    where = element.get("Target")
    target = () if where in ("", ".") else _target(where)
    return Assertion(target, words, said.children[0]) if target or where in ("", ".") else None


def _bound(element: XmlElement) -> str:
    """The value set that must be kept, where there is one and it is no suggestion."""
    holder = element.find("Bindings")
    names = [each.get("BindingIdentifier") for each in holder.find_all("Binding")] if holder is not None else []
    return table_number(names[0]) if len(names) == 1 and element.get("BindingStrength") in ("", "R") else ""


def _expression(element: XmlElement, resolve: Resolve) -> Expression | None:
    """None where any part of it is of a kind that is not decided here."""
    if element.name in ("AND", "OR", "NOT"):
        inner = [_expression(child, resolve) for child in element.children]
        parts = tuple(dict.fromkeys(part for part in inner if part is not None))
        if len(inner) != sum(part is not None for part in inner) or not parts:
            return None
        if element.name == "NOT":
            return Not(parts[0]) if len(inner) == 1 else None
        return parts[0] if len(parts) == 1 else All(parts) if element.name == "AND" else AnyOf(parts)
    if element.name == "IMPLY":
        sides = [_expression(child, resolve) for child in element.children]
        if len(sides) != 2 or sides[0] is None or sides[1] is None:
            return None
        return AnyOf((Not(sides[0]), sides[1]))
    said = element.get("Path")
    target = _target(said)
    place = resolve(target) if target or said == "." else None
    if place is None:
        return None
    path = _with_occurrence(place, said, len(target))
    if element.name == "Presence":
        return Valued(path)
    absent = element.get("NotPresentBehavior").upper() or "PASS"
    listed = _listed(element, path)
    if listed is None or element.get("IgnoreCase") == "true" or absent not in ("PASS", "FAIL"):
        return None
    return listed if absent == "FAIL" else AnyOf((Not(Valued(path)), listed))


def _listed(element: XmlElement, path: Path) -> Expression | None:
    if element.name != "Format":
        values = _values(element)
        return OneOf(path, values) if values else None
    try:
        return parse_matches(path, element.get("Regex"))
    except WorkbenchError:
        return None


def _values(element: XmlElement) -> tuple[str, ...]:
    if element.name == "PlainText":
        return (element.attributes.get("Text", ""),)
    if element.name == "StringList":
        return tuple(value for value in element.get("CSV").split(",") if value)
    return ()


def _target(text: str) -> Target:
    found = [_STEP.fullmatch(step) for step in text.split(".")]
    return tuple(int(step[1]) for step in found if step) if all(found) else ()


def _with_occurrence(place: Path, text: str, steps: int) -> Path:
    """The repetition of the field that is meant, where the text itself leads through the field: `5[1].7[1]`, `5[*]`."""
    depth = sum(number is not None for number in (place.field, place.component, place.subcomponent))
    if place.field is None or steps < depth:
        return place
    found = _STEP.fullmatch(text.split(".")[steps - depth])
    occurrence = found[2] if found else None
    return replace(place, repetition=int(occurrence)) if occurrence and occurrence != "*" else place


def _usage(word: str) -> Usage | None:
    return next((usage for usage in USAGES if word == usage), None)

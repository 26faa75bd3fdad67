"""Checks of one value against its definition: fixed and pattern values, types, ranges and length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.definitions.structure import Structure
from workbench.fhirpath.environment import NotEvaluated
from workbench.fhirpath.node import Node
from workbench.fhirpath.value import compare
from workbench.plain_text import with_article
from workbench.profiles.value_match import equals, fits, tell_difference, tell_value
from workbench.rules.element import is_of_types
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import show


@dataclass(frozen=True, slots=True)
class ValueCheck:
    """`is_whole` tells that the value must be exactly this (fixed), and not only have it (pattern)."""

    wanted: Any
    is_whole: bool
    element: str
    structure: Structure

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        value = node.value
        if (equals if self.is_whole else fits)(value, self.wanted) or visit.log.is_spoilt(place):
            return
        must, said = "must be", f", and is {_tell_actual(value)}"
        if isinstance(value, dict) and isinstance(self.wanted, dict):
            must = "must be exactly" if self.is_whole else "must have"
            said = f": {tell_difference(value, self.wanted, is_whole=self.is_whole)}"
        said = f"“{place.name}” {must} {tell_value(self.wanted)}{said}."
        word = "fixed" if self.is_whole else "pattern"
        visit.log.tell(
            "error", "value", said, place, f"{self.element} {word}", self.structure.canonical, aspect="value"
        )
        visit.log.spoil(place)


@dataclass(frozen=True, slots=True)
class TypeCheck:
    """The types that a profile leaves of those that the base has."""

    types: frozenset[str]
    element: str
    structure: Structure

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        if is_of_types(node, self.types):
            return
        if visit.log.is_spoilt(place):
            return
        shown = " or ".join(sorted(self.types))
        said = f"“{place.name}” is {with_article(node.type)} and must be {with_article(shown)}."
        visit.log.tell("error", "structure", said, place, f"{self.element} type", self.structure.canonical)
        visit.log.spoil(place)


@dataclass(frozen=True, slots=True)
class RangeCheck:
    """The least and the most that a number, a date or a quantity may be (minValue and maxValue)."""

    least: tuple[str, Any] | None
    most: tuple[str, Any] | None
    element: str
    structure: Structure

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        for bound, sign, word in ((self.least, 1, "at least"), (self.most, -1, "at most")):
            if bound is None or bound[0] != node.type:
                continue
            try:
                order = compare([node], [Node(bound[1], node.kind)])
            except NotEvaluated:
                continue
            if order is not None and order * sign < 0:
                said = f"“{place.name}” must be {word} {tell_value(bound[1])}, and is {_tell_actual(node.value)}."
                rule = f"{self.element} {'minValue' if sign > 0 else 'maxValue'}"
                visit.log.tell("error", "value", said, place, rule, self.structure.canonical)


@dataclass(frozen=True, slots=True)
class LengthCheck:
    most: int
    element: str
    structure: Structure

    def __call__(self, node: Node, place: Place, visit: Visit) -> None:
        if isinstance(node.value, str) and len(node.value) > self.most:
            said = f"“{place.name}” has {len(node.value)} characters, and may have {self.most}."
            visit.log.tell("error", "too-long", said, place, f"{self.element} maxLength", self.structure.canonical)


def _tell_actual(value: Any) -> str:
    return "not there" if value is None else show(value) if not isinstance(value, dict | list) else tell_value(value)

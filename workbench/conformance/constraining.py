"""Constraining: predicates and value sets of an IGAMT export put to the rules that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from workbench.conformance.igamt_constraints import Predicate, Resolve, Target
from workbench.conformance.message_profile import GroupRule, PartRule, Placed, SegmentRule
from workbench.hl7v2.path import Path

_AnyRule = TypeVar("_AnyRule", PartRule, SegmentRule, GroupRule)
_NONE: Mapping[Target, str] = {}


def constrain_parts(
    parts: tuple[PartRule, ...],
    predicates: Mapping[Target, Predicate],
    tables: Mapping[Target, str],
    resolve: Resolve,
    before: Target = (),
) -> tuple[PartRule, ...]:
    """Parts with what is said of them and of what lies below them; targets begin at `before`."""
    changed = []
    for part in parts:
        target = (*before, part.number)
        part = _condition(part, predicates.get(target), resolve)
        if table := tables.get(target):
            part = replace(part, table=table)
        changed.append(replace(part, parts=constrain_parts(part.parts, predicates, tables, resolve, target)))
    return tuple(changed)


def constrain_children(children: tuple[Placed, ...], predicates: Mapping[Target, Predicate]) -> tuple[Placed, ...]:
    """Children of a group or message with what is said of them; a target counts the children, and then fields."""

    def resolve(target: Target) -> Path | None:
        return _find(children, target)

    return _constrain(children, predicates, resolve, ())


def place_of(numbers: Target, segment: str) -> Path | None:
    """Field, component and subcomponent of a segment; what lies deeper has no place in a message."""
    if not 1 <= len(numbers) <= 3:
        return None
    field, component, subcomponent = (*numbers, None, None)[:3]
    return Path(segment, None, field, None, component, subcomponent)


def _constrain(
    children: tuple[Placed, ...], predicates: Mapping[Target, Predicate], resolve: Resolve, before: Target
) -> tuple[Placed, ...]:
    changed: list[Placed] = []
    for number, child in enumerate(children, 1):
        target = (*before, number)
        if not any(each[: len(target)] == target for each in predicates):
            changed.append(child)
        elif isinstance(child, GroupRule):
            group = _condition(child, predicates.get(target), resolve)
            changed.append(replace(group, children=_constrain(group.children, predicates, resolve, target)))
        else:
            segment = _condition(child, predicates.get(target), resolve)
            below = {
                each[len(target) :]: stated for each, stated in predicates.items() if each[: len(target)] == target
            }
            changed.append(replace(segment, fields=constrain_parts(segment.fields, below, _NONE, resolve)))
    return tuple(changed)


def _condition(rule: _AnyRule, predicate: Predicate | None, resolve: Resolve) -> _AnyRule:
    if predicate is None:
        return rule
    return replace(rule, usage=predicate.usage, otherwise=predicate.otherwise, condition=predicate.condition(resolve))


def _find(children: tuple[Placed, ...], target: Target) -> Path | None:
    """The place to which numbers lead from a group: its children by their order, and then fields and below."""
    if not target or target[0] > len(children):
        return None
    child, rest = children[target[0] - 1], target[1:]
    if isinstance(child, GroupRule):
        return _find(child.children, rest)
    return place_of(rest, child.name) if rest else Path(child.name)

"""Rule tree: rules by their paths, put together as the groups, segments and fields of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from workbench.conformance.message_profile import GroupRule, PartRule, Placed, Rule, SegmentRule
from workbench.conformance.rule_path import RulePath, Step

# What of a rule tells where it stands and not what it asks.
_PLACE = frozenset({"name", "number", "parts", "fields", "children"})


@dataclass(slots=True)
class _Branch:
    """A place on the way; `rule` is None where none is for the place itself, but for one below it."""

    name: str
    is_group: bool
    rule: Rule | None = None
    below: dict[Step, _Branch] = field(default_factory=dict)
    parts: dict[tuple[int, ...], PartRule] = field(default_factory=dict)


def plant_rules(rules: Iterable[tuple[RulePath, Rule]]) -> tuple[Placed, ...]:
    """The rules as a tree, in the order in which their places are met first."""
    root = _Branch("", True)
    for path, rule in rules:
        branch = root
        for step in path.groups:
            branch = branch.below.setdefault(step, _Branch(step.name, True))
        if path.segment is not None:
            branch = branch.below.setdefault(path.segment, _Branch(path.segment.name, False))
        if path.numbers and isinstance(rule, PartRule):
            branch.parts[path.numbers] = rule
        else:
            branch.rule = rule
    return tuple(map(_grow, root.below.values()))


def pick_rules(children: Iterable[Placed], groups: tuple[Step, ...] = ()) -> Iterator[tuple[RulePath, Rule]]:
    """Each rule with its path, in order; some say nothing and only lead to others."""
    seen: dict[str, int] = {}
    for child in children:
        seen[child.name] = seen.get(child.name, 0) + 1
        step = Step(child.name, seen[child.name])
        if isinstance(child, GroupRule):
            yield RulePath((*groups, step)), child
            yield from pick_rules(child.children, (*groups, step))
        else:
            yield RulePath(groups, step), child
            yield from _pick_parts(child.fields, groups, step, ())


def says_something(rule: Rule) -> bool:
    """Whether it asks or names anything, beside what stands below it."""
    return any(getattr(rule, each.name) for each in fields(rule) if each.name not in _PLACE)


def _pick_parts(
    parts: tuple[PartRule, ...], groups: tuple[Step, ...], segment: Step, before: tuple[int, ...]
) -> Iterator[tuple[RulePath, Rule]]:
    for part in parts:
        numbers = (*before, part.number)
        yield RulePath(groups, segment, numbers), part
        yield from _pick_parts(part.parts, groups, segment, numbers)


def _grow(branch: _Branch) -> Placed:
    said = _said(branch.rule)
    if branch.is_group:
        return GroupRule(name=branch.name, children=tuple(map(_grow, branch.below.values())), **said)
    return SegmentRule(name=branch.name, fields=_parts_below(branch.parts, ()), **said)


def _parts_below(rules: dict[tuple[int, ...], PartRule], before: tuple[int, ...]) -> tuple[PartRule, ...]:
    depth = len(before)
    numbers = sorted({path[depth] for path in rules if path[:depth] == before and len(path) > depth})
    found = []
    for number in numbers:
        path = (*before, number)
        below = {other: rule for other, rule in rules.items() if other[: depth + 1] == path}
        rule = rules.get(path) or PartRule(number=number)
        found.append(replace(rule, number=number, parts=_parts_below(below, path)))
    return tuple(found)


def _said(rule: Rule | None) -> dict[str, Any]:
    return {} if rule is None else {each.name: getattr(rule, each.name) for each in fields(Rule)}

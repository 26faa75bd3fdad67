"""Shared rules: what several profiles ask alike, told once for every message, so that a site file stays short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.conformance.message_profile import MessageProfile, PartRule, Range, Rule, TableRule, Usage
from workbench.conformance.rule_path import RulePath
from workbench.conformance.rule_tree import pick_rules, plant_rules, says_something


def share_rules(profiles: Sequence[MessageProfile]) -> tuple[MessageProfile | None, tuple[MessageProfile, ...]]:
    """What holds for every message, and the rest of each; None where there is nothing to share.

    Of a place that several messages have, the widest limits hold for all; a message that asks more keeps its own rule.
    """
    stated = [_Stated(dict(_rules(profile))) for profile in profiles]
    paths = dict.fromkeys(path for each in stated for path in each.rules if path.numbers)
    joined = ((path, _join(path, stated)) for path in paths)
    shared = {path: rule for path, rule in joined if rule is not None}
    if not shared:
        return None, tuple(profiles)
    tables = {rule.table: _join_table(rule.table, profiles) for rule in shared.values() if rule.table}
    general = MessageProfile("", children=plant_rules(shared.items()), tables=tuple(tables.values()))
    return general, tuple(_without(profile, shared, tables) for profile in profiles)


def _rules(profile: MessageProfile) -> Iterator[tuple[RulePath, Rule]]:
    return ((path, rule) for path, rule in pick_rules(profile.children) if says_something(rule))


@dataclass(frozen=True)
class _Stated:
    """The rules of one profile by their places."""

    rules: dict[RulePath, Rule]

    @cached_property
    def segments(self) -> frozenset[RulePath]:
        return frozenset(replace(path, numbers=()) for path in self.rules)

    @cached_property
    def parted(self) -> frozenset[RulePath]:
        """Places of which parts have rules."""
        return frozenset(replace(path, numbers=path.numbers[:-1]) for path in self.rules if path.numbers)

    def find(self, path: RulePath) -> Rule | None:
        """The rule of a place; of a first part that is never parted from others, that of what it is the whole of."""
        if path in self.rules or len(path.numbers) < 2 or path.numbers[-1] != 1:
            return self.rules.get(path)
        above = replace(path, numbers=path.numbers[:-1])
        whole = self.find(above) if above not in self.parted else None
        return replace(whole, number=1, usage="R", cardinality=None) if isinstance(whole, PartRule) else None


def _join(path: RulePath, stated: Sequence[_Stated]) -> PartRule | None:
    """The rule of all messages that have the segment of a place; None where fewer than two name the place."""
    holder = replace(path, numbers=())
    found = [each.find(path) for each in stated if holder in each.segments]
    parts = [rule for rule in found if isinstance(rule, PartRule)]
    if len(parts) < 2 or any(rule.condition for rule in parts):
        return None
    usage: Usage = "R" if len(parts) == len(found) and all(rule.usage == "R" for rule in parts) else "RE"
    tables = {rule.table for rule in parts}
    return replace(
        parts[0],
        usage=usage,
        cardinality=_widest([rule.cardinality or Range(0, 1) for rule in parts]) if _repeats(parts) else None,
        length=_widest([rule.length for rule in parts if rule.length]) if all(rule.length for rule in parts) else None,
        table=tables.pop() if len(tables) == 1 else "",
        parts=(),
    )


def _repeats(parts: Sequence[PartRule]) -> bool:
    return any(rule.cardinality for rule in parts)


def _widest(ranges: Sequence[Range]) -> Range:
    most = [limits.most for limits in ranges]
    return Range(min(limits.least for limits in ranges), None if None in most else max(filter(None, most), default=0))


def _join_table(number: str, profiles: Sequence[MessageProfile]) -> TableRule:
    found = [table for profile in profiles if (table := profile.find_table(number)) is not None]
    values = dict(pair for table in found for pair in table.values)
    return replace(found[0], values=tuple(sorted(values.items()))) if found else TableRule(number, closed=False)


def _without(profile: MessageProfile, shared: dict[RulePath, PartRule], tables: dict[str, TableRule]) -> MessageProfile:
    kept = [
        (path, rule)
        for path, rule in _rules(profile)
        if path not in shared or (rule.usage == "R" and shared[path].usage != "R")
    ]
    used = {rule.table for _, rule in kept if isinstance(rule, PartRule)}
    own = tuple(table for table in profile.tables if table.number in used and table.number not in tables)
    return replace(profile, children=plant_rules(kept), tables=own)

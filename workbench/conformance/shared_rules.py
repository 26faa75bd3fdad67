"""Shared rules: what several profiles ask alike, told once for every message, so that a site file stays short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.conformance.message_profile import MessageProfile, PartRule, Range, Rule, TableRule, Usage
from workbench.conformance.rule_path import RulePath
from workbench.conformance.rule_tree import pick_rules, plant_rules, says_something


def share_rules(profiles: Sequence[MessageProfile]) -> tuple[MessageProfile | None, tuple[MessageProfile, ...]]:
    """What holds for every message, and the rest of each; None where there is nothing to share.

    Of a place that several messages have, the widest limits hold for all; a message that asks more keeps its own rule.
    """
    stated = [dict(_rules(profile)) for profile in profiles]
    paths = dict.fromkeys(path for rules in stated for path in rules if path.numbers)
    shared = {path: rule for path in paths if (rule := _join(path, stated)) is not None}
    if not shared:
        return None, tuple(profiles)
    tables = {rule.table: _join_table(rule.table, profiles) for rule in shared.values() if rule.table}
    general = MessageProfile("", children=plant_rules(shared.items()), tables=tuple(tables.values()))
    return general, tuple(_without(profile, shared, tables) for profile in profiles)


def _rules(profile: MessageProfile) -> Iterator[tuple[RulePath, Rule]]:
    return ((path, rule) for path, rule in pick_rules(profile.children) if says_something(rule))


def _join(path: RulePath, stated: Sequence[dict[RulePath, Rule]]) -> PartRule | None:
    """The rule of all messages that have the segment of a place; None where fewer than two name the place."""
    holder = RulePath(path.groups, path.segment)
    found = [rules.get(path) for rules in stated if holder in rules or path in rules]
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

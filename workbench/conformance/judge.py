"""Judge of HL7 v2: a message held against its version and a profile, whose word counts before the version’s."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Placed, Rule, SegmentRule
from workbench.conformance.profile_judge import judge_profile
from workbench.conformance.version_judge import judge_version
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import parse_path
from workbench.issue import Issue

# What a rule of the version is about, by the words that it ends with.
_KIND = re.compile(
    r"(required|withdrawn|unknown \w+|repetitions|length \d+|table \d{4}|cardinality|order|choice|not in \w+)\Z"
)
_PLACE = re.compile(
    r"[A-Z][A-Z0-9]{2}(?:\[\d{1,6}\])?-[1-9]\d{0,3}(?:\[[1-9]\d{0,5}\])?(?:\.[1-9]\d{0,3}){0,2}", re.ASCII
)


def judge(message: Message, *, version: str = "", profile: MessageProfile | None = None) -> tuple[Issue, ...]:
    """What the standard and `profile` have against `message`, in the order of its text, each cause once.

    It is held against `version`, or against the one that MSH-12 names, or the nearest to it that is known. Where the
    profile says of a place what it asks, the version is not asked there.
    """
    issues = judge_version(message, version=version)
    if profile is None:
        return issues
    asked = judge_profile(message, profile)
    if not profile.is_of(message.type_name):
        return (*asked, *issues)
    told = {(issue.line, issue.column, issue.code) for issue in asked}
    kept = (issue for issue in issues if not _is_overruled(issue, profile))
    rest = (issue for issue in kept if (issue.line, issue.column, issue.code) not in told)
    return tuple(sorted((*rest, *asked), key=lambda issue: (issue.line or 0, issue.column or 0)))


def _is_overruled(issue: Issue, profile: MessageProfile) -> bool:
    found = _KIND.search(issue.rule)
    if found is None:
        return not _PLACE.fullmatch(issue.path) and profile.complete
    kind = found[1]
    if not _PLACE.fullmatch(issue.path):
        return profile.complete or _speaks_of_segment(profile.children, issue.path, kind)
    return any(_speaks(rule, kind) for rule in _find_rules(profile, issue.path))


def _speaks_of_segment(children: tuple[Placed, ...], path: str, kind: str) -> bool:
    """Whether a rule names the segment or group at the end of `path`, and says how often it stands."""
    rules = tuple(_named(children, path.rpartition("/")[2].partition("[")[0]))
    if kind in ("required", "cardinality"):
        return any(rule.usage is not None or rule.cardinality is not None for rule in rules)
    return bool(rules) and kind.startswith(("unknown", "not in"))


def _named(children: tuple[Placed, ...], name: str) -> Iterator[Rule]:
    for child in children:
        if child.name == name:
            yield child
        if isinstance(child, GroupRule):
            yield from _named(child.children, name)


def _find_rules(profile: MessageProfile, path: str) -> Iterator[PartRule]:
    """The rules of a place in all rules of its segment."""
    place = parse_path(path)
    numbers = [number for number in (place.field, place.component, place.subcomponent) if number]
    for _, segment in profile.segments():
        rule: SegmentRule | PartRule | None = segment if segment.name == place.segment else None
        for number in numbers:
            rule = rule.find(number) if rule is not None else None
        if isinstance(rule, PartRule):
            yield rule


def _speaks(rule: PartRule, kind: str) -> bool:
    """Whether the rule of a place says something of the kind."""
    match kind.split()[0]:
        case "required" | "withdrawn" | "unknown":
            return rule.usage is not None
        case "repetitions":
            return rule.cardinality is not None
        case "length":
            return rule.length is not None or bool(rule.conformance_length)
        case "table":
            return bool(rule.table or rule.constant)
    return False

"""GapCount: messages counted and judged as they come, and told as a report: what is used beside what is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from workbench.conformance.asked import Asked, path_of, place_of
from workbench.conformance.gap import Gap, GapReport, TypeCount, Verdict
from workbench.conformance.judge import judge
from workbench.conformance.text_place import TextPlaces
from workbench.conformance.usage_count import Place, PlaceCount, UsageCount
from workbench.conformance.version_plan import OPEN_SEGMENTS
from workbench.hl7v2.message import Message
from workbench.issue import Issue

_ORDINAL = re.compile(r"\[\d+\]")
_MOST_PLACES = 20
_MOST_RULES = 5
# A log of one interface has a few dozen; what has more is broken, and must not fill the memory.
_MOST_TYPES = 300
UNKNOWN_TYPE = "without a type"
OTHER_TYPES = "other types"

_Paths = dict[str, tuple["Place | None", "PlaceCount | None"]]
FindAsked = Callable[[str], "Asked | None"]
"""Gives what is asked of a message type such as `ADT^A01`; None where such messages are not taken."""


@dataclass(slots=True)
class _Broken:
    """What is wrong at one path: in how many messages, and the first of them."""

    errors: int = 0
    warnings: int = 0
    example: str = ""
    rules: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Type:
    asked: Asked
    is_asked: bool
    count: UsageCount
    broken: dict[str, _Broken] = field(default_factory=dict)


class GapCount:
    """`against` is what a report says of what the log is held against; `version` counts for all messages where given.

    `taken_versions` are those that a site takes, all where empty. `most_values` codes are told of a place; values of
    all places are kept where `shows_values` is set.
    """

    def __init__(
        self,
        against: str,
        find_asked: FindAsked,
        *,
        version: str = "",
        taken_versions: tuple[str, ...] = (),
        most_values: int = 10,
        shows_values: bool = False,
    ) -> None:
        self._against = against
        self._find_asked = find_asked
        self._version = version
        self._taken_versions = taken_versions
        self._most_values = most_values
        self._shows_values = shows_values
        self._types: dict[str, _Type] = {}
        self._versions = Counter[str]()
        self._senders = Counter[str]()
        self._unreadable: list[str] = []
        self._unreadable_count = 0

    def add(self, message: Message, source: str = "", line: int = 1) -> None:
        """Count a message that begins in `line` of `source`."""
        self._versions[message.version or "none"] += 1
        sender = " at ".join(filter(None, (message.get("MSH-3.1"), message.get("MSH-4.1"))))
        self._senders[sender or "nobody named"] += 1
        kind = self._type(message)
        kind.count.add(message)
        told: dict[str, bool] = {}
        for issue in self._judge(message, kind):
            if issue.severity in ("fatal", "error", "warning") and not issue.is_undecided:
                self._tell(kind, issue, told, f"{source}:{(issue.line or 1) + line - 1}" if source else "")
        for path, is_error in told.items():
            broken = kind.broken[path]
            broken.errors += is_error
            broken.warnings += not is_error

    def add_unreadable(self, place: str) -> None:
        self._unreadable_count += 1
        if len(self._unreadable) < _MOST_PLACES:
            self._unreadable.append(place)

    def report(self) -> GapReport:
        """What was counted; no message may be added after."""
        types = sorted(self._types.items(), key=lambda pair: -pair[1].count.messages)
        rows = tuple(row for name, kind in types for row in self._rows(name, kind))
        local = dict.fromkeys(row.path for row in rows if row.path[:1] == "Z" and "-" not in row.path and row.messages)
        return GapReport(
            against=self._against,
            messages=sum(kind.count.messages for _, kind in types),
            types=tuple(TypeCount(name, kind.count.messages, kind.is_asked) for name, kind in types),
            versions=tuple(self._versions.most_common()),
            senders=tuple(self._senders.most_common(self._most_values)),
            local_segments=tuple(local),
            rows=rows,
            unreadable=self._unreadable_count,
            unreadable_places=tuple(self._unreadable),
            taken_versions=self._taken_versions,
        )

    def _type(self, message: Message) -> _Type:
        name = message.type_name or UNKNOWN_TYPE
        if name not in self._types and len(self._types) >= _MOST_TYPES:
            name = OTHER_TYPES
        found = self._types.get(name)
        if found is None:
            stated = self._find_asked(name)
            asked = stated or Asked()
            asked = replace(asked, version=self._version or asked.version or message.version)
            keeps = (lambda place: place[1] > 0) if self._shows_values else asked.keeps_values
            found = self._types[name] = _Type(asked, stated is not None, UsageCount(keeps))
        return found

    def _judge(self, message: Message, kind: _Type) -> Iterator[Issue]:
        said: list[str] = []
        for path in kind.asked.required:
            if not any(value != '""' for value in message.get_all(path)):
                said.append(path)
                line = _line_of(message, path.partition("-")[0])
                yield Issue("error", "required", "", path, f"{path} required", line=line)
        for issue in judge(message, version=self._version, profile=kind.asked.profile):
            if not any(is_same_place(issue.path, path) for path in said):
                yield issue

    def _shown_values(self, asked: Asked, place: Place, count: PlaceCount) -> tuple[tuple[str, int], ...]:
        """The most frequent codes; what only might be one stays unseen, since anything is sent in a wrong place."""
        if count.values is None:
            return ()
        shown = (pair for pair in count.values.most_common() if self._shows_values or asked.is_code(place, *pair))
        return tuple(islice(shown, self._most_values))

    def _tell(self, kind: _Type, issue: Issue, told: dict[str, bool], example: str) -> None:
        path = _ORDINAL.sub("", issue.path.rpartition("/")[2])
        broken = kind.broken.setdefault(path, _Broken())
        if len(broken.rules) < _MOST_RULES or issue.rule in broken.rules:
            broken.rules[_ORDINAL.sub("", issue.rule)] += 1
        if issue.is_error and not told.get(path):
            broken.example = broken.example if broken.errors else example
        broken.example = broken.example or example
        told[path] = told.get(path, False) or issue.is_error

    def _rows(self, name: str, kind: _Type) -> Iterator[Gap]:
        asked, total = kind.asked, kind.count.messages
        counted = kind.count.places(lambda place: asked.is_asked(place) or path_of(place) in kind.broken)
        places: _Paths = {path_of(place): (place, count) for place, count in counted.items()}
        for path, place in _asked_paths(kind, counted):
            places.setdefault(path, (place, None))
        for path, (place, count) in _in_order(places):
            yield self._row(name, path, place, count, kind, total)

    def _row(self, name: str, path: str, place: Place | None, count: PlaceCount | None, kind: _Type, total: int) -> Gap:
        asked = kind.asked
        text, asker = asked.text_of(place) if place else ("", "")
        broken = kind.broken.get(path, _Broken())
        values = self._shown_values(asked, place, count) if place and count and count.values else ()
        row = Gap(
            name,
            path,
            asked.name_of(place) if place else "",
            of=total,
            values=values,
            asked=text,
            asker=asker,
            broken=broken.errors or broken.warnings,
            rules=tuple(rule for rule, _ in broken.rules.most_common()),
            example=broken.example,
        )
        if count is not None:
            row = replace(
                row,
                messages=count.messages,
                times=count.times,
                held=count.held,
                most=count.most,
                shortest=count.shortest,
                longest=count.longest,
                distinct=count.distinct,
                is_cut=count.is_cut,
                nulls=count.nulls,
            )
        return replace(row, verdict=_decide(row, broken, is_known=bool(text) or _is_known(place, asked)))


def is_same_place(path: str, other: str) -> bool:
    """Whether one is the other, or a part of it: `PID-3` and `PID-3.1`."""
    longer, shorter = sorted((_ORDINAL.sub("", path), other), key=len, reverse=True)
    return longer.startswith(shorter) and longer[len(shorter) : len(shorter) + 1] in ("", "-", ".")


def _line_of(message: Message, segment: str) -> int:
    found = message.find_segments(segment)
    return TextPlaces(message.text).place_of(found[0].start)[0] if found else 1


def _decide(row: Gap, broken: _Broken, *, is_known: bool) -> Verdict:
    if broken.errors:
        return "breaks"
    if broken.warnings:
        return "warns"
    if not row.messages:
        return "unused"
    return "holds" if is_known else "unasked"


def _is_known(place: Place | None, asked: Asked) -> bool:
    """Whether the version has a field or segment, or a profile any rule in it; of a local segment it alone knows."""
    if place is None or any(known[0] == place[0] for known in asked.rules):
        return True
    if not asked.dictionary.knows_segment(place[0]):
        return False
    return not place[1] or place[0] in OPEN_SEGMENTS or place[1] <= len(asked.dictionary.fields(place[0]))


def _asked_paths(kind: _Type, counted: Mapping[Place, object]) -> Iterator[tuple[str, Place | None]]:
    """Places that are asked for or broken, whether they were seen or not; of a part only where its holder was."""
    for place, rules in kind.asked.rules.items():
        is_asked = any(rule.usage not in (None, "O", "X", "B", "W") or rule.condition for rule in rules)
        if is_asked and (not place[1] or _holder(place) in counted):
            yield path_of(place), place
    for path in (*kind.asked.required, *kind.broken):
        yield path, place_of(path)


def _holder(place: Place) -> Place:
    name, number, component, subcomponent = place
    if subcomponent:
        return (name, number, component, 0)
    return (name, number, 0, 0) if component else (name, 0, 0, 0)


def _in_order(places: _Paths) -> list[tuple[str, tuple[Place | None, PlaceCount | None]]]:
    """Segments as they were met, the parts of each together; groups last."""
    order: dict[str, int] = {}
    for path in places:
        order.setdefault(path.partition("-")[0], len(order))
    return sorted(
        places.items(),
        key=lambda item: (item[1][0] is None, order[item[0].partition("-")[0]], item[1][0] or ("", 0, 0, 0)),
    )

"""Rows of HL7 v2 messages held against what is asked of them: what is sent on the left, what is asked on the right.

The left is who sends, so that what is refused breaks the sender; what nobody asks for, or nobody sends, informs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from workbench.conformance.gap import Gap, GapReport, Verdict
from workbench.conformance.gap_report import usage_text, values_text, why_text
from workbench.diff.difference import Difference, DifferenceKind, Grade
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.placement import place_message
from workbench.issue import Issue

_ORDINAL = re.compile(r"\[\d+\]")
_KINDS: dict[Verdict, DifferenceKind] = {
    "breaks": "changed",
    "warns": "changed",
    "unasked": "removed",
    "unused": "added",
    "holds": "same",
}
_ASPECTS = {"code-invalid": "table", "business-rule": "rule", "required": "usage"}
_GRADES: dict[Verdict, Grade] = {"breaks": "breaks-sender"}
_WHYS: dict[Verdict, str] = {
    "unasked": "Nothing is asked here, and who reads may pass over it.",
    "unused": "It is asked for where it can be sent, and is not sent.",
}


def rows_of_message(message: Message, issues: Iterable[Issue], report: GapReport) -> tuple[Difference, ...]:
    """What is wrong in one message, each issue with the value and what is asked; then what is asked and holds."""
    asked = {row.path: row for row in report.rows}
    rows = [_row_of_issue(message, issue, asked) for issue in issues]
    said = {_ORDINAL.sub("", row.path) for row in rows}
    rows += [_row_of_value(message, gap) for gap in report.rows if gap.path not in said and _is_field(gap)]
    order = {path: at for at, path in enumerate(asked)}
    return tuple(sorted(rows, key=lambda row: _rank(row.path, order)))


def _rank(path: str, order: dict[str, int]) -> int:
    bare = _ORDINAL.sub("", path)
    return order.get(bare, order.get(bare.partition("-")[0], len(order)))


def _is_field(gap: Gap) -> bool:
    return "-" in gap.path


def _row_of_issue(message: Message, issue: Issue, asked: dict[str, Gap]) -> Difference:
    path = _flat(message, issue.path) or "MSH"
    left = _value_at(message, path)
    gap = asked.get(_ORDINAL.sub("", path))
    right = _asked_words(gap) or ("not taken" if issue.rule.startswith("table 0357") else issue.rule)
    kind: DifferenceKind = "added" if left is None else "changed"
    grade: Grade = "breaks-sender" if issue.is_error else "information"
    aspect = _ASPECTS.get(issue.code, issue.code)
    name = gap.name if gap else _name_of(message, path)
    return Difference(kind, path, name, left, right, aspect, grade, issue.message)


def _row_of_value(message: Message, gap: Gap) -> Difference:
    values = message.get_all(gap.path)
    left = " and ".join(values) if values else None
    kind = _KINDS[gap.verdict] if gap.verdict in ("unasked", "unused") else "same"
    right = None if kind == "removed" else _asked_words(gap) or left
    why = _WHYS.get(gap.verdict, "") or f"Asked here: {_asked_words(gap)}."
    return Difference(kind, gap.path, gap.name, left, right, "value", "information", why)


def rows_of_log(report: GapReport) -> tuple[Difference, ...]:
    """Places of a log with how they are used and what is asked there; of several types, each path starts with one.

    Of what nobody asks for, the parts make no rows.
    """
    several = len(report.types) > 1
    unasked = {(gap.message, gap.path) for gap in report.rows if gap.verdict == "unasked"}
    rows = (_row_of_gap(gap, several) for gap in report.rows if not _is_within(gap, unasked))
    return (*_tell_whole(report), *rows)


def _is_within(gap: Gap, places: set[tuple[str, str]]) -> bool:
    above = [gap.path[: found.start()] for found in re.finditer(r"[-.]", gap.path)]
    return any((gap.message, path) in places for path in above)


def _tell_whole(report: GapReport) -> Iterator[Difference]:
    if report.untaken_versions:
        words = ", ".join(f"{name} in {count:,} of {report.messages:,}" for name, count in report.untaken_versions)
        why = "Messages of other versions are refused: write the version that is taken."
        yield Difference(
            "changed", "MSH-12", "Version ID", words, ", ".join(report.taken_versions), "", "breaks-sender", why
        )
    for kind in report.types:
        if not kind.is_asked:
            why = "Messages of this type are not taken: send them no more, or ask for them to be taken."
            words = f"{kind.messages:,} of {report.messages:,}"
            yield Difference("removed", kind.message, kind.message, words, None, "message", "breaks-sender", why)
    if report.unreadable:
        why = f"The first at {', '.join(report.unreadable_places[:3])}."
        words = f"{report.unreadable:,} unreadable"
        yield Difference("removed", "messages", "messages", words, None, "unreadable", "breaks-sender", why)


def _row_of_gap(gap: Gap, several: bool) -> Difference:
    path = f"{gap.message}.{gap.path}" if several else gap.path
    values = values_text(gap)
    left = "; ".join(filter(None, (usage_text(gap), values))) if gap.messages else None
    kind = "added" if left is None and gap.verdict != "holds" else _KINDS[gap.verdict]
    right = _asked_words(gap) or None
    grade = _GRADES.get(gap.verdict, "information")
    why = why_text(gap) or _WHYS.get(gap.verdict, "")
    return Difference(kind, path, gap.name, left, right, "value", grade, why)


def _asked_words(gap: Gap | None) -> str:
    return gap.asked if gap is not None else ""


def _name_of(message: Message, path: str) -> str:
    """What the version of the message calls a place; nothing for a path of groups."""
    return "" if "/" in path else load_dictionary(message.version).name_of(path)


def _flat(message: Message, path: str) -> str:
    """A path without its groups, where that finds the same place."""
    if "/" not in path:
        return path
    placement = place_message(message)
    try:
        return placement.to_flat_path(path) if placement else path
    except WorkbenchError:
        return path


def _value_at(message: Message, path: str) -> str | None:
    try:
        if "-" in path:
            return message.get(path)
        found = message.find_segments(path.partition("[")[0])
        return found[0].text if found else None
    except WorkbenchError:
        return None

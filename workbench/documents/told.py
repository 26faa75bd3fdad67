"""Issues that were told: what the judge of a standard says of places of which the judge of documents has said more."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.documents.carrier import read_carriers
from workbench.documents.fault import RULE, line_of
from workbench.hl7v2.message import Message
from workbench.issue import Issue

_BROKEN = (f"{RULE}: line-break", f"{RULE}: text-line-break")
_SHIFTED = f"{RULE}: field-separator"
# Content in the wrong place leaves other components of the field empty, or fills those that are not there.
_OF_THE_WHOLE = tuple(f"{RULE}: {name}" for name in ("base64-place", "base64-cut", "type-whole", "value-type"))
_MISSING = f"{RULE}: content-missing"


def leave_out_told(issues: Iterable[Issue], documents: tuple[Issue, ...], message: Message) -> tuple[Issue, ...]:
    """The `issues` without those that one of `documents` tells by what the receiver sees: one cause, one issue."""
    if not documents:
        return tuple(issues)
    spilled = _spilled_lines(message) if any(each.rule in _BROKEN for each in documents) else frozenset()
    return tuple(issue for issue in issues if not _is_told(issue, documents, spilled))


def _is_told(issue: Issue, documents: tuple[Issue, ...], spilled: frozenset[int]) -> bool:
    if issue.line in spilled:
        return True
    place = issue.path.rpartition("/")[2]
    return any(_tells(document, issue, place) for document in documents if document.rank <= issue.rank)


def _tells(document: Issue, issue: Issue, place: str) -> bool:
    """Whether a document's fault is of the same place, a part or the whole of it, or makes the place what it is."""
    if _is_part(place, document.path) or _is_part(document.path, place):
        return True
    if document.rule == _MISSING:
        return "-" not in place and issue.rule.endswith("required")
    segment, _, field = place.partition("-")
    if segment != document.path.partition("-")[0]:
        return False
    number = field.partition(".")[0].partition("[")[0]
    if document.rule in _OF_THE_WHOLE:
        return number == "5"
    if document.rule == _SHIFTED:
        return number.isdecimal() and int(number) > 5
    return document.rule in _BROKEN and number == "11"


def _is_part(place: str, whole: str) -> bool:
    return place == whole or (bool(whole) and "-" in whole and place.startswith((f"{whole}.", f"{whole}[")))


def _spilled_lines(message: Message) -> frozenset[int]:
    """The lines that a line break has cut off an OBX."""
    spilled = (segment.start for carrier in read_carriers(message) for segment in carrier.spill)
    return frozenset(line_of(message.text, tuple(spilled)))

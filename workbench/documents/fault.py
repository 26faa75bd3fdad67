"""Fault: what is wrong with the way a message carries a document, told by what its receiver will see."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.issue import Issue, Severity

RULE = "document"
_LINE_END = re.compile(r"\r\n?|\n")
_OF_TEXT = (
    *("rtf-in-text", "field-separator", "component-separator", "subcomponent-separator"),
    *("escape-broken", "text-line-break", "markup-in-text"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`symptom` is what people at the receiver see, `cause` why, and `remedy` what to do; each is a sentence.

    `name` is the same for each fault of one kind, such as `base64-place`; `start` is the offset in the message's text.
    """

    name: str
    symptom: str
    cause: str
    remedy: str
    path: str
    start: int = 0
    severity: Severity = "error"
    code: str = "invalid"

    @property
    def is_of_text(self) -> bool:
        """Tell whether it is a fault of a text, which a receiver takes without a word and shows with a part missing."""
        return self.name in _OF_TEXT


def to_issues(text: str, faults: Iterable[Fault]) -> tuple[Issue, ...]:
    """The faults as issues, each with its line and column in the message's text; the lines are counted once."""
    found = tuple(faults)
    starts = _line_starts(text) if found else [0]
    return tuple(_to_issue(fault, starts) for fault in found)


def _to_issue(fault: Fault, starts: list[int]) -> Issue:
    line = bisect_right(starts, fault.start)
    words = f"{fault.symptom} {fault.cause} {fault.remedy}"
    return Issue(
        fault.severity,
        fault.code,
        words,
        path=fault.path,
        rule=f"{RULE}: {fault.name}",
        line=line,
        column=fault.start - starts[line - 1] + 1,
    )


def line_of(text: str, offsets: Sequence[int]) -> tuple[int, ...]:
    """The lines of offsets, from 1."""
    starts = _line_starts(text)
    return tuple(bisect_right(starts, offset) for offset in offsets)


def _line_starts(text: str) -> list[int]:
    return [0, *(end.end() for end in _LINE_END.finditer(text))]

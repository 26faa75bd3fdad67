"""ShiftLook: segments whose fields stand one place too far or too early, which one separator puts right."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.soundness import Soundness
from workbench.hl7v2.segment import HEADERS, Segment

# A shift puts right so many fields at least, since one alone is wrong by itself, and leaves so small a part of them.
_LEAST = 2
_PART = 4


@dataclass(frozen=True, slots=True)
class ShiftLook:
    """The segments of one message, whose fields are right where `soundness` has nothing against them."""

    log: IssueLog
    soundness: Soundness

    def tell(self, segment: Segment, fields: Sequence[str], doubtful: Sequence[int]) -> bool:
        """Tell of a shift that explains what is doubtful in a segment, if not all; whether there is one."""
        if len(doubtful) < _LEAST or segment.name in HEADERS:
            return False
        first = min(doubtful)
        far, left = self._find(segment.name, _take_out(fields, first))
        early, lacking = self._find(segment.name, _put_in(fields, first))
        is_far = left < lacking
        number, left = (far, left) if is_far else (early, lacking)
        if left * _PART > len(doubtful) or len(doubtful) - left < _LEAST:
            return False
        advice = "too far: take one “{}” out before it" if is_far else "too early: write one “{}” more before it"
        path = f"{self.log.name(segment)}-{number}"
        part = segment.find_field(number)
        said = f"From {path} on the fields of {segment.name} stand one place {advice}."
        self.log.add(
            "error",
            "structure",
            said.format(segment.encoding.field),
            path=path,
            rule=f"{segment.name} fields",
            offset=part.start if part else segment.start,
        )
        return True

    def _find(self, name: str, shifted: Iterator[tuple[int, list[str]]]) -> tuple[int, int]:
        """The number of the first field astray in the best of the shifted segments, and how many are doubtful in it."""
        best = 0, sys.maxsize
        for number, fields in shifted:
            left = len(self.soundness.find(name, fields))
            if left < best[1]:
                best = number, left
            if not left:
                break
        return best


def _take_out(fields: Sequence[str], first: int) -> Iterator[tuple[int, list[str]]]:
    """The segment without one of its empty fields up to the first doubtful one: the set ID’s, or the last first."""
    numbers = [number for number in range(min(first, len(fields) - 2), 0, -1) if not fields[number]]
    last = max(numbers, default=0)
    if numbers[-1:] == [1] and fields[2].isdecimal():
        numbers = [1, *numbers[:-1]]
    for number in numbers:
        if number == last or fields[number + 1]:  # of several side by side it is the same which one is taken
            yield number + 1, [*fields[:number], *fields[number + 1 :]]


def _put_in(fields: Sequence[str], first: int) -> Iterator[tuple[int, list[str]]]:
    """The segment with one more empty field before one of those up to the first doubtful one, the last first."""
    for number in range(min(first, len(fields) - 1), 0, -1):
        yield number, [*fields[:number], "", *fields[number:]]

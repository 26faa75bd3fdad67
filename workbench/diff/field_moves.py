"""Fields that two versions put at two places: what one message has in PID-2, and one of a later version in PID-3."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from workbench.diff.segment_identity import Line
from workbench.diff.version_moves import all_version_moves, is_between
from workbench.hl7v2.path import parse_path

Spot = tuple[int, int]
"""A field and one of its repetitions, from 1."""


@dataclass(frozen=True, slots=True)
class MovedValue:
    """A repetition that stands in another field on the other side, known by its first component."""

    left: Spot
    right: Spot
    left_text: str
    right_text: str
    why: str

    def turned(self) -> MovedValue:
        return MovedValue(self.right, self.left, self.right_text, self.left_text, self.why)


def find_moved(left: Line, right: Line, versions: tuple[str, str], older_is_left: bool) -> tuple[MovedValue, ...]:
    found: list[MovedValue] = []
    for old, new, why in _moves(left.segment.name, *versions):
        before, after = (left, right) if older_is_left else (right, left)
        if not before.field(old) or after.field(old):
            continue
        known = {_first(text, before) for text in _repetitions(before, new)}
        there = {_first(text, after): (number, text) for number, text in enumerate(_repetitions(after, new), 1)}
        for number, text in enumerate(_repetitions(before, old), 1):
            value = _first(text, before)
            if value and value in there and value not in known:
                at, moved = there.pop(value)
                made = MovedValue((old, number), (new, at), text, moved, why)
                found.append(made if older_is_left else made.turned())
    return tuple(found)


@lru_cache(maxsize=1024)
def _moves(segment: str, left: str, right: str) -> tuple[tuple[int, int, str], ...]:
    """From which field to which the later of two versions puts what stands in a segment, whole repetitions alone."""
    found = []
    for move in all_version_moves():
        if move.left.startswith(f"{segment}-") and "_" not in move.right and is_between(move, left, right):
            old, new = parse_path(move.left), parse_path(move.right)
            if new.segment == segment and old.field and new.field and new.component is None:
                found.append((old.field, new.field, move.why))
    return tuple(found)


def _repetitions(line: Line, number: int) -> list[str]:
    mark, text = line.segment.encoding.repetition, line.field(number)
    return (text.split(mark) if mark else [text]) if text else []


def _first(text: str, line: Line) -> str:
    mark = line.segment.encoding.component
    return text.partition(mark)[0] if mark else text

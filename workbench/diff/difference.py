"""Difference: one row of a comparison, with its place and both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

DifferenceKind = Literal["same", "changed", "added", "removed", "masked", "encoding"]
Grade = Literal["breaks-sender", "breaks-receiver", "breaks-both", "compatible", "information"]


class Verdict(NamedTuple):
    grade: Grade
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` in its standard's notation, `name` its words for people; a side that lacks the place is None.

    `added` stands on the right alone, `removed` on the left alone. `masked` differs where a mask allows it,
    and `encoding` is written otherwise and means the same.
    `aspect` is what of the place differs, such as `min` or `binding`. `grade` speaks of consequences for who moves
    from left to right: a sender's content may be refused, a receiver may get what it does not know; `why` says it.
    """

    kind: DifferenceKind
    path: str
    name: str
    left: str | None
    right: str | None
    aspect: str = ""
    grade: Grade = "information"
    why: str = ""

    @property
    def differs(self) -> bool:
        return self.kind in ("changed", "added", "removed")


def make_row(
    path: str, aspect: str, left: str | None, right: str | None, verdict: Verdict, name: str = ""
) -> Difference:
    kind: DifferenceKind = "added" if left is None else "removed" if right is None else "changed"
    return Difference(kind, path, name or path, left, right, aspect, verdict.grade, verdict.why)


def keep_differing(rows: Iterable[Difference]) -> tuple[Difference, ...]:
    """The rows that differ in what they say; masked ones and those of encoding alone are left out."""
    return tuple(row for row in rows if row.differs)


def keep_telling(rows: Iterable[Difference]) -> tuple[Difference, ...]:
    """The rows that differ, and those of encoding alone."""
    return tuple(row for row in rows if row.differs or row.kind == "encoding")

"""Difference: one row of a comparison, with its place and both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

DifferenceKind = Literal["same", "changed", "added", "removed", "masked"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` in its standard's notation, `name` its words for people; a side that lacks the place is None.

    `added` stands on the right alone, `removed` on the left alone. `masked` differs where a mask allows it.
    """

    kind: DifferenceKind
    path: str
    name: str
    left: str | None
    right: str | None

    @property
    def differs(self) -> bool:
        return self.kind in ("changed", "added", "removed")


def keep_differing(rows: Iterable[Difference]) -> tuple[Difference, ...]:
    """The rows that differ, masked ones left out."""
    return tuple(row for row in rows if row.differs)

"""Moves between releases of FHIR: elements that a later release calls otherwise, where that is certain.

Kept as data with the reason of each line; what is not in it counts as removed here and added there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """`left` and `right` are element ids; a rename keeps the content, a move that is none puts it in another form."""

    left: str
    right: str
    why: str
    is_rename: bool = True

    def turned(self) -> Move:
        return Move(self.right, self.left, self.why, self.is_rename)

"""Moves between releases of FHIR: types and elements that a later release calls otherwise, where that is certain.

They are kept as data with the reason of each; what is not among them counts as removed here and added there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Move:
    """`left` and `right` are element ids or names of types, `since` the release that brought the new one, `5.0`.

    A rename keeps what stands there; another move puts it in another form too.
    """

    left: str
    right: str
    why: str
    since: str
    is_rename: bool = True

    def turned(self) -> Move:
        return Move(self.right, self.left, self.why, self.since, self.is_rename)


@lru_cache(maxsize=1)
def all_moves() -> tuple[Move, ...]:
    """Return all that are known, the older name on the left."""
    text = (files(__package__) / "data/release_moves.json").read_text("utf-8")
    return tuple(
        Move(item["from"], item["to"], item["why"], item["in"], item.get("form") != "other")
        for item in json.loads(text)
    )


def renamed_types() -> Iterator[tuple[str, str]]:
    """Return the types that a later release calls otherwise, each with its later name."""
    return ((move.left, move.right) for move in all_moves() if "." not in move.left and move.is_rename)


def find_moves(left_release: str, right_release: str) -> tuple[Move, ...]:
    """Return the moves of elements and types between two releases, `4.0` and `5.0`, in the direction asked."""
    if left_release > right_release:
        return tuple(move.turned() for move in find_moves(right_release, left_release))
    found = [move for move in all_moves() if left_release < move.since <= right_release]
    return (*found, *_chains(found))


def _chains(moves: list[Move]) -> Iterator[Move]:
    """What moved twice between the two: first in the release between them, and on in the later one."""
    first: dict[str, list[Move]] = {}
    for move in moves:
        first.setdefault(move.right, []).append(move)
    for move in moves:
        for before in first.get(move.left, ()):
            if before.since < move.since:
                is_rename = before.is_rename and move.is_rename
                why = before.why if before.why == move.why else f"{before.why} {move.why}"
                yield Move(before.left, move.right, why, move.since, is_rename)

"""Moves between versions of HL7 v2: messages and fields whose content a later version puts elsewhere, where certain.

They are kept as data with the reason of each; what is not among them counts as removed here and added there.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from workbench.diff.release_moves import Move
from workbench.hl7v2.dictionary import KNOWN_VERSIONS


@lru_cache(maxsize=1)
def all_version_moves() -> tuple[Move, ...]:
    """Every move that is known, the older place on the left; `since` is the version that asks for the new one."""
    text = (files(__package__) / "data/version_moves.json").read_text("utf-8")
    return tuple(Move(item["from"], item["to"], item["why"], item["in"]) for item in json.loads(text))


@lru_cache(maxsize=256)
def find_version_moves(left: str, right: str) -> dict[str, Move]:
    """The moves between two known versions by where the left has it, in the direction asked.

    From an older version to a later one, a place that the later version only withdraws at last is among them too.
    """
    forward = KNOWN_VERSIONS.index(left) <= KNOWN_VERSIONS.index(right)
    older, newer = (left, right) if forward else (right, left)
    limit = KNOWN_VERSIONS.index(newer)
    found = [move for move in all_version_moves() if KNOWN_VERSIONS.index(move.since) <= limit]
    if forward:
        return {move.left: move for move in found}
    since = KNOWN_VERSIONS.index(older)
    turned = [move.turned() for move in found if KNOWN_VERSIONS.index(move.since) > since]
    places = [move.left for move in turned]
    return {move.left: move for move in turned if places.count(move.left) == 1}


def is_between(move: Move, left: str, right: str) -> bool:
    """Whether one of two known versions asks for the old place and the other for the new one."""
    first, last = sorted((KNOWN_VERSIONS.index(left), KNOWN_VERSIONS.index(right)))
    return first < KNOWN_VERSIONS.index(move.since) <= last

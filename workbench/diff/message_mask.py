"""MessageMask: the places of a message that may differ, as paths, each of which stands for all below it."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.hl7v2.path import Path, parse_path


class MessageMask:
    """Masks by segment, so that a place is held against those of its own segment alone."""

    __slots__ = ("_by_segment", "empty")

    def __init__(self, masks: Iterable[str]) -> None:
        self._by_segment: dict[str, list[Path]] = {}
        for mask in map(parse_path, masks):
            self._by_segment.setdefault(mask.segment, []).append(mask)
        self.empty = not self._by_segment

    def covers(self, place: Path) -> bool:
        return any(covers(mask, place) for mask in self._by_segment.get(place.segment, ()))


def covers(mask: Path, place: Path) -> bool:
    """Whether `place` is at or below `mask`, which without an index stands for every one.

    A component that is not split is its own first part.
    """
    return (
        mask.segment == place.segment
        and mask.ordinal in (None, place.ordinal or 1)
        and mask.field in (None, place.field)
        and mask.repetition in (None, place.repetition or 1)
        and mask.component in (None, place.component or 1)
        and mask.subcomponent in (None, place.subcomponent or 1)
    )

"""PathMask: the places at which a comparison lets both sides differ, followed while a resource is walked.

A mask such as `Bundle.entry.resource.id` covers all below it. `*` stands for one or more elements, a name without index
for every index; a mask that starts with a type holds wherever a resource of that type stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.errors import WorkbenchError

# Where in each mask the walk is: (which mask, how many of its segments are behind).
Places = frozenset[tuple[int, int]]
Place = int
UNMASKED: Place = 0

_SEGMENT = re.compile(r"^(\*|[A-Za-z_][\w-]*)(?:\[(\d+)\])?$")


class PathMask:
    """A small automaton over paths: `enter` gives the place after a step, `is_masked` tells of a place."""

    def __init__(self, masks: Iterable[str]) -> None:
        self._masks = tuple(_parse_mask(mask) for mask in masks)
        self.empty = not self._masks
        self._uses_index = any(index is not None for mask in self._masks for _, index in mask)
        self._places: list[Places] = [frozenset()]
        self._numbers: dict[Places, Place] = {frozenset(): UNMASKED}
        self._masked: list[bool] = [False]
        self._steps: dict[tuple[Place, str, int | None, str], Place] = {}

    @property
    def outside(self) -> Place:
        """The place around the whole resource; the first step enters it by its type."""
        return self._number(frozenset((mask, 0) for mask in range(len(self._masks))))

    def is_masked(self, place: Place) -> bool:
        return self._masked[place]

    def enter(self, place: Place, name: str, index: int | None = None, type_name: str = "") -> Place:
        """Return the place of element `name`; `type_name` is the type where a resource stands there."""
        if self.empty:
            return UNMASKED
        step = (place, name, index if self._uses_index else None, type_name)
        found = self._steps.get(step)
        if found is None:
            found = self._steps[step] = self._follow(place, *step[1:])
        return found

    def _follow(self, place: Place, name: str, index: int | None, type_name: str) -> Place:
        reached = set(self._advance(self._places[place], name, index))
        if type_name and type_name != name:
            reached |= set(self._advance(frozenset((mask, 0) for mask in range(len(self._masks))), type_name, None))
        return self._number(frozenset(reached))

    def _advance(self, places: Places, name: str, index: int | None) -> Iterable[tuple[int, int]]:
        for mask, position in places:
            segments = self._masks[mask]
            if position == len(segments):
                yield mask, position
                continue
            wanted, wanted_index = segments[position]
            if wanted == "*":
                yield mask, position
                yield mask, position + 1
            elif wanted == name and wanted_index in (None, index):
                yield mask, position + 1

    def _number(self, places: Places) -> Place:
        if places not in self._numbers:
            self._numbers[places] = len(self._places)
            self._places.append(places)
            self._masked.append(any(position == len(self._masks[mask]) for mask, position in places))
        return self._numbers[places]


def _parse_mask(mask: str) -> tuple[tuple[str, int | None], ...]:
    segments = [_SEGMENT.match(segment) for segment in mask.strip().split(".")]
    if not mask.strip() or any(segment is None for segment in segments):
        raise WorkbenchError(
            f"“{mask}” is not a path that can be masked.", hint="Write a path such as Patient.meta or *.meta."
        )
    return tuple((match[1], int(match[2]) if match[2] else None) for match in segments if match)

"""Alignment of two lists by what identifies their items before their position counts, in time that grows with them."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Key = Callable[[Item], Hashable | None]
"""What identifies an item; one without such an identity gives None, or an empty text."""

_NONE = (None, "")


def pair_alike(left: Sequence[Item], right: Sequence[Item], keys: Iterable[Key[Item]]) -> dict[int, int]:
    """Positions on the left with their partners on the right: by each key in turn, and at last in the order they stand.

    Of several items with one key the first of each side are partners.
    """
    partners: dict[int, int] = {}
    here, there = list(range(len(left))), list(range(len(right)))
    for key in keys:
        if not here or not there:
            return partners
        waiting: dict[Hashable, deque[int]] = {}
        for position in there:
            found = key(right[position])
            if found not in _NONE:
                waiting.setdefault(found, deque()).append(position)
        rest = []
        for position in here:
            found = key(left[position])
            alike = None if found in _NONE else waiting.get(found)
            if alike:
                partners[position] = alike.popleft()
            else:
                rest.append(position)
        taken = set(partners.values())
        here, there = rest, [position for position in there if position not in taken]
    partners.update(zip(here, there, strict=False))
    return partners


def weave(
    left: Sequence[Item], right: Sequence[Item], partners: Mapping[int, int]
) -> Iterator[tuple[Item | None, Item | None]]:
    """Both lists in one order, the left's; what the right alone has stands where it stands there."""
    taken = set(partners.values())
    position = 0
    for at, item in enumerate(left):
        partner = partners.get(at)
        if partner is None:
            yield item, None
            continue
        while position < partner:
            if position not in taken:
                yield None, right[position]
            position += 1
        position = max(position, partner + 1)
        yield item, right[partner]
    for rest in range(position, len(right)):
        if rest not in taken:
            yield None, right[rest]


def find_moved_positions(positions: Sequence[int]) -> set[int]:
    """Of numbers that mostly rise, where those stand that do not: the fewest that must go for the rest to rise."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, number in enumerate(positions):
        place = bisect_left(tails, number)
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1], ends[place : place + 1] = [number], [at]
    kept, at = set[int](), ends[-1] if ends else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return set(range(len(positions))) - kept

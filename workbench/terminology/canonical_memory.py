"""CanonicalMemory: what was found by its canonical stays found, and what was not is not looked for again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")
# A resource may name anything, so what is not here is forgotten at some point.
MOST_ABSENT = 10_000


class CanonicalMemory(Generic[Found]):
    """`find` is asked once for each canonical; asking it twice at once, from two threads, does no harm."""

    def __init__(self, find: Callable[[str], Found | None]) -> None:
        self._find = find
        self._found: dict[str, Found] = {}
        self._absent: set[str] = set()

    def get(self, canonical: str) -> Found | None:
        known = self._found.get(canonical)
        if known is not None or canonical in self._absent:
            return known
        found = self._find(canonical)
        if found is not None:
            self._found[canonical] = found
        elif len(self._absent) < MOST_ABSENT:
            self._absent.add(canonical)
        else:
            self._absent = {canonical}
        return found

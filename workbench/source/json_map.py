"""JsonMap: where the members and items of a JSON text lie, looked up a container at a time when it is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BLANK = re.compile(r"[ \t\n\r]*")
# Skips a value at the speed of the JSON reader; what it reads is thrown away.
_skip = json.JSONDecoder(parse_float=str, parse_constant=str).raw_decode


@dataclass(frozen=True, slots=True)
class Spot:
    """A value from offset `at` up to `end`; `name_at` is where its name stands, -1 for the items of an array."""

    at: int
    end: int
    name_at: int = -1

    @property
    def start(self) -> int:
        return self.at if self.name_at < 0 else self.name_at


class JsonMap:
    """`text` is JSON that was read before, so nothing in it is wrong."""

    __slots__ = ("_items", "_members", "root", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        start = self._after_blank(0)
        self.root = Spot(start, len(text.rstrip(" \t\n\r")))
        self._members: dict[int, Mapping[str, Spot]] = {}
        self._items: dict[int, Sequence[Spot]] = {}

    def is_object(self, spot: Spot) -> bool:
        return self.text.startswith("{", spot.at)

    def is_array(self, spot: Spot) -> bool:
        return self.text.startswith("[", spot.at)

    def members(self, spot: Spot) -> Mapping[str, Spot]:
        """Return the members of an object by their names; none of anything else."""
        if not self.is_object(spot):
            return {}
        if spot.at not in self._members:
            self._members[spot.at] = self._read_members(spot.at)
        return self._members[spot.at]

    def items(self, spot: Spot) -> Sequence[Spot]:
        """Return the items of an array; none of anything else."""
        if not self.is_array(spot):
            return ()
        if spot.at not in self._items:
            self._items[spot.at] = self._read_items(spot.at)
        return self._items[spot.at]

    def _read_members(self, start: int) -> Mapping[str, Spot]:
        found: dict[str, Spot] = {}
        at = self._after_blank(start + 1)
        while self.text[at] != "}":
            name, name_end = _skip(self.text, at)
            value_at = self._after_blank(self._after_blank(name_end) + 1)
            _, end = _skip(self.text, value_at)
            found[name] = Spot(value_at, end, at)
            at = self._after_comma(end)
        return found

    def _read_items(self, start: int) -> Sequence[Spot]:
        found: list[Spot] = []
        at = self._after_blank(start + 1)
        while self.text[at] != "]":
            _, end = _skip(self.text, at)
            found.append(Spot(at, end))
            at = self._after_comma(end)
        return found

    def _after_comma(self, at: int) -> int:
        at = self._after_blank(at)
        return self._after_blank(at + 1) if self.text[at] == "," else at

    def _after_blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

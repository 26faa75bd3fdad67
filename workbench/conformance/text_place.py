"""Text places: lines and columns of offsets in the text of a message, both counted from 1."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n?|\n")


class TextPlaces:
    """Finds line and column; the lines are looked for once, at the first question."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []

    def place_of(self, offset: int) -> tuple[int, int]:
        if not self._starts:
            self._starts = [0, *(found.end() for found in _LINE_END.finditer(self._text))]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

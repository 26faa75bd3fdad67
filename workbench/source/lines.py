"""Lines of a text: where each begins, so that an offset has a line and a column and the other way round."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile("\n")


class Lines:
    """Lines and columns count from 1 and columns in characters; `first` is the number of the text's first line."""

    __slots__ = ("_starts", "first")

    def __init__(self, text: str, first: int = 1) -> None:
        self.first = first
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def place_of(self, offset: int) -> tuple[int, int]:
        at = bisect_right(self._starts, offset) - 1
        return self.first + at, offset - self._starts[at] + 1

    def offset_of(self, line: int, column: int) -> int:
        at = min(max(line - self.first, 0), len(self._starts) - 1)
        return self._starts[at] + max(column - 1, 0)
